//! Checks, and the tables that change them for one endpoint.

use super::*;

const TABLE: &str = "[[endpoint]]\nat = ";

fn with_table(table: &str) -> String {
    format!("{SITE}subscribe = ['up.org']\n{TABLE}{table}")
}

#[test]
fn authors_are_asked_for_valid_packets_and_upstreams_are_not() {
    let config = check(&format!("{SITE}subscribe = ['up.org']")).unwrap();
    assert_eq!(config.receive_check_at(&config.receive.endpoints[0]), Policy::Schema);
    assert_eq!(config.subscribe_check_at(&config.subscribe.endpoints[0]), Policy::WellFormed);
    let config = check(&format!("{SITE}receive-check = 'flag'\nsubscribe-check = 'schema'")).unwrap();
    assert_eq!((config.receive_check, config.subscribe.check), (Policy::Flag, Policy::Schema));
}

#[test]
fn a_table_changes_the_check_of_the_endpoint_it_names_in_any_form() {
    for at in ["'tcp:8098'", "'8098'", "8098", "'tcp:port=8098'"] {
        let config = check(&with_table(&format!("{at}\ncheck = 'flag'"))).unwrap();
        assert_eq!(config.receive_check_at(&config.receive.endpoints[0]), Policy::Flag, "{at}");
        assert_eq!(config.receive_check, Policy::Schema);
    }
    let config = check(&with_table("'tcp:up.org:8099'\ncheck = 'schema'")).unwrap();
    assert_eq!(config.subscribe_check_at(&config.subscribe.endpoints[0]), Policy::Schema);
    let inline = format!("{SITE}endpoint = [{{ at = 8098, check = 'well-formed' }}]");
    let config = check(&inline).unwrap();
    assert_eq!(config.receive_check_at(&config.receive.endpoints[0]), Policy::WellFormed);
}

#[test]
fn the_folder_of_each_socket_is_known_also_where_a_path_has_none() {
    let endpoints = "receive = ['unix:in', 8098]\nbroadcast = ['unix:/run/philae/out']\nadmin = 'unix:/page'";
    let config = check(&format!("local-ivo = 'ivo://a.b/c'\n{endpoints}")).unwrap();
    let folders: Vec<_> = config.socket_folders().collect();
    assert_eq!(folders, [".", "/run/philae", "/"].map(Path::new));
}

#[test]
fn a_table_stays_when_flags_replace_what_stands_above_it() {
    let file = Given::from_toml("p.toml", &with_table("8098\ncheck = 'flag'"));
    let config = Config::check(flags(&[(Key::Receive, "tcp:8098")]).over(file), &environment()).unwrap();
    assert_eq!(config.endpoints.len(), 1);
}

#[test]
fn a_faulty_table_is_told_with_line_key_and_remedy() {
    let no_service = "name it there, or remove this table";
    let cases = [
        (
            "'tcp:1'",
            format!("p.toml:6: endpoint.at: neither receive nor broadcast nor subscribe names 'tcp:1'; {no_service}"),
        ),
        (
            "8099\ncheck = 'flag'",
            "p.toml:7: endpoint.check: nothing is received on an endpoint of 'broadcast'; remove it".to_owned(),
        ),
        (
            "8098\ncheck = 'strict'",
            "p.toml:7: endpoint.check: 'strict' is no check; write schema, flag or well-formed".to_owned(),
        ),
        ("8098\ncheck = 1", "p.toml:7: endpoint.check: a number stands here; write text in quotes".to_owned()),
        ("8098\nchek = ''", "p.toml:7: endpoint.chek: there is no such option; did you mean 'check'?".to_owned()),
        (
            "8098\ncolour = ''",
            "p.toml:7: endpoint.colour: an endpoint has no such option; remove it, it may have at, check, refuse, accept".to_owned(),
        ),
        (
            "8098\ngrace = 1",
            "p.toml:7: endpoint.grace: it concerns the whole broker; move it above the first [[endpoint]]".to_owned(),
        ),
        (
            "8098\n[[endpoint]]\nat = '8098'",
            "p.toml:8: endpoint.at: the same endpoint stands at p.toml:6: endpoint.at; keep one of the two tables"
                .to_owned(),
        ),
    ];
    for (table, wanted) in cases {
        assert_eq!(faults(&with_table(table)), [wanted], "{table}");
    }
    let no_at =
        "p.toml:4: endpoint: the endpoint has no 'at'; add one that receive, broadcast or subscribe names";
    assert_eq!(faults(&format!("{SITE}[[endpoint]]\ncheck = 'flag'")), [no_at]);
    let single = "p.toml:4: endpoint: a table stands here; write [[endpoint]] in a line of its own, and below it 'at' and what holds there";
    assert_eq!(faults(&format!("{SITE}[endpoint]\nat = 8098")), [single]);
}

#[test]
fn the_table_in_the_example_is_one() {
    let (above, table) = EXAMPLE.split_once("# [[endpoint]]").unwrap();
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
    let config = check(&format!("{above}[[endpoint]]{table}")).unwrap();
    assert_eq!(config.receive_check_at(&config.receive.endpoints[0]), Policy::Flag);
    let rules = config.rules_at(&At::Receive(config.receive.endpoints[0].clone()));
    assert_eq!((rules.refuse.len(), rules.accept.len()), (2, 2));
}
