//! The configuration through its public edge: defaults, precedence, the example, and the exact text of faults.

use std::time::Duration;

use super::*;
use crate::net::allow::parse_network;

const SITE: &str = "local-ivo = 'ivo://your.site/broker'\nreceive = [8098]\nbroadcast = ['tcp:8099']\n";

fn environment() -> Environment {
    Environment { state_directory: Some("/var/lib/philae".into()), ..Environment::default() }
}

fn check(toml: &str) -> Result<Config, Faults> {
    Config::check(Given::from_toml("p.toml", toml), &environment())
}

fn flags(flags: &[(Key, &str)]) -> Given {
    let mut given = Given::default();
    for (key, value) in flags {
        given.flag(*key, [(*value).to_owned()]);
    }
    given
}

/// The faults of a file, without the closing line.
fn faults(toml: &str) -> Vec<String> {
    let text = check(toml).unwrap_err().to_string();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

#[test]
fn what_is_not_given_has_its_default() {
    let config = check(SITE).unwrap();
    assert_eq!(config.receive.endpoints, [ListenEndpoint::Tcp { interface: None, port: 8098 }]);
    assert_eq!(config.receive.allow, AllowList::Everyone);
    assert_eq!(config.max_event_size.bytes(), 1_048_576);
    assert_eq!(config.delivery.test_interval, Some(Duration::from_secs(3600)));
    assert_eq!(config.store.retention, Some(Duration::from_secs(2_592_000)));
    assert_eq!(config.store.data_dir, PathBuf::from("/var/lib/philae"));
    assert_eq!(config.verbosity, Verbosity::Info);
}

#[test]
fn zero_and_forever_switch_off() {
    let config = check(&format!("{SITE}broadcast-test-interval = 0\nretention = 'forever'")).unwrap();
    assert_eq!(config.delivery.test_interval, None);
    assert_eq!(config.store.retention, None);
}

#[test]
fn a_flag_replaces_the_whole_value_of_the_file() {
    let file = Given::from_toml("p.toml", &format!("{SITE}receive-allow = ['10.0.0.0/8', 'nonsense']"));
    let flags = flags(&[(Key::Receive, "9000"), (Key::ReceiveAllow, "::1")]);
    let config = Config::check(flags.over(file), &environment()).unwrap();
    assert_eq!(config.receive.endpoints, [ListenEndpoint::Tcp { interface: None, port: 9000 }]);
    assert_eq!(config.receive.allow, AllowList::Only(vec![parse_network("::1").unwrap()]));
    assert_eq!(config.broadcast.endpoints.len(), 1);
}

#[test]
fn the_example_is_a_configuration() {
    assert!(check(EXAMPLE).is_ok());
}

#[test]
fn the_example_names_every_option() {
    for key in Key::ALL {
        let found = EXAMPLE.lines().any(|line| {
            line.trim_start_matches('#').strip_prefix(key.name()).is_some_and(|rest| rest.starts_with(" = "))
        });
        assert!(found, "{}", key.name());
        assert!(key.alias().is_none_or(|alias| EXAMPLE.contains(alias)), "{}", key.name());
    }
}

#[test]
fn the_defaults_in_the_example_are_the_defaults() {
    let is_setting = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let written: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| is_setting(rest)).unwrap_or(line))
        .collect();
    let mut wanted = check(EXAMPLE).unwrap();
    let everyone = ["0.0.0.0/0", "::/0"].map(|network| parse_network(network).unwrap());
    wanted.receive.allow = AllowList::Only(everyone.to_vec());
    wanted.broadcast.allow = AllowList::Only(everyone.to_vec());
    // What is off unless it is named stands there with an example of a name.
    wanted.admin = wanted.admin.map(|admin| Admin {
        is_named: true,
        allow: AllowList::Only(everyone.to_vec()),
        token_file: Some("/etc/philae/admin-token".into()),
        ..admin
    });
    assert_eq!(check(&written.join("\n")), Ok(wanted));
}

#[test]
fn each_fault_has_its_line_key_and_remedy() {
    let cases = [
        ("recieve = [1]", "p.toml:4: recieve: there is no such option; did you mean 'receive'?"),
        (
            "pidfile = 'x'",
            "p.toml:4: pidfile: there is no such option; remove it, philae run --help lists all",
        ),
        (
            "grace = true",
            "p.toml:4: grace: true or false stands here; write a number of seconds, or text such as \"30s\"",
        ),
        (
            "subscribe = 'h'",
            "p.toml:4: subscribe: text in quotes stands here; write a list such as [\"...\"]",
        ),
        ("filter = [\n  '//a',\n  7,\n]", "p.toml:6: filter: a number stands here; write text in quotes"),
        (
            "max-behind = '9'",
            "p.toml:4: max-behind: text in quotes stands here; write a whole number without quotes",
        ),
        (
            "[store]\npath = 1",
            "p.toml:4: store: there is no such option; remove it, philae run --help lists all",
        ),
        ("max-behind = 0", "p.toml:4: max-behind: '0' is out of bounds; write 1 to 1000000000"),
        (
            "subscribe = [\n 'a',\n 'tls:b']",
            "p.toml:6: subscribe: 'tls:' is not supported; write tcp: or unix: here and put a TLS proxy before it",
        ),
        (
            "filter = ['//What', '//Who[']",
            "p.toml:4: filter: '//Who[' is no filter: at character 7: expected a name, a node test or an expression, \
             found end of expression; mend the expression",
        ),
        (
            "filter = [' ']",
            "p.toml:4: filter: the filter is empty; write an XPath expression, or leave it out",
        ),
        (
            "receive-allow = []",
            "p.toml:4: receive-allow: the list is empty, which may mean everyone or no one; name networks, or remove the key",
        ),
        ("retention = 0", "p.toml:4: retention: '0' is out of bounds; write 1s to 36525d, or \"forever\""),
        ("max-event-size = '1GB'", "p.toml:4: max-event-size: '1GB' is out of bounds; write 1KiB to 64MiB"),
        ("verbose = 3", "p.toml:4: verbose: '3' is no verbosity; write 0 to 2, or -1 for warnings alone"),
        (
            "eventdb = '/a'\ndata-dir = '/b'",
            "p.toml:5: data-dir: the same option stands at p.toml:4: eventdb; keep one of them",
        ),
        ("grace = 1\ngrace = 2", "p.toml:5: duplicate key; mend the TOML here"),
        ("grace =", "p.toml:4: string values must be quoted, expected literal string; mend the TOML here"),
    ];
    for (line, wanted) in cases {
        assert_eq!(faults(&format!("{SITE}{line}")), [wanted], "{line}");
    }
}

#[test]
fn rules_between_options_name_what_to_add() {
    let cases = [
        (
            "",
            "receive, broadcast, subscribe: none of the three is given, so there is nothing to do; add --receive, --broadcast or --subscribe HOST",
        ),
        (
            "receive = []",
            "receive, broadcast, subscribe: none of the three is given, so there is nothing to do; add --receive, --broadcast or --subscribe HOST",
        ),
        (
            "receive = [1]",
            "local-ivo: it is missing, and needed to receive or broadcast; add --local-ivo ivo://your.site/broker",
        ),
        (
            "local-ivo = 'ivo://a.b/c#d'\nreceive = [1]",
            "p.toml:1: local-ivo: '#d' names one event, and test events append their own; remove it",
        ),
        (
            "local-ivo = 'a.b'\nreceive = [1]",
            "p.toml:1: local-ivo: 'a.b' is no IVOA identifier: an IVOID begins with 'ivo://'; write one such as ivo://your.site/broker",
        ),
        (
            "local-ivo = 'ivo://a.b/c'\nreceive = [1]\nbroadcast = ['[::1]:1']",
            "p.toml:3: broadcast: [::1]:1 clashes with tcp:1 at p.toml:2: receive; keep one, or change its port",
        ),
    ];
    for (toml, wanted) in cases {
        assert_eq!(faults(toml), [wanted], "{toml}");
    }
}

#[test]
fn a_broker_that_only_subscribes_needs_no_identifier() {
    assert_eq!(check("subscribe = ['voevent.site.org']").unwrap().local_ivo, None);
}

#[test]
fn without_a_home_the_data_directory_must_be_named() {
    let error = Config::check(Given::from_toml("p.toml", SITE), &Environment::default()).unwrap_err();
    assert!(error.to_string().starts_with("data-dir: it is missing"), "{error}");
}

#[test]
fn every_fault_is_reported_at_once() {
    let file = Given::from_toml("p.toml", "grace = 'x'\nreceive = [0, 70000]\ncolour = 1\nmin-free = 1.5");
    let flags = flags(&[(Key::Subscribe, "h:0")]);
    let faults = Config::check(flags.over(file), &environment()).unwrap_err();
    let wanted = "\
p.toml:1: grace: 'x' is no duration; write seconds, or a whole number with ms, s, m, h or d, such as 10m
p.toml:2: receive: '70000' is no port; write a number from 0 to 65535
p.toml:3: colour: there is no such option; remove it, philae run --help lists all
p.toml:4: min-free: a fraction stands here; write a number of bytes, or text such as \"1MiB\"
--subscribe: '0' is no port; write a number from 1 to 65535
local-ivo: it is missing, and needed to receive or broadcast; add --local-ivo ivo://your.site/broker
6 faults in the configuration; nothing was started";
    assert_eq!(faults.to_string(), wanted);
}

#[test]
fn what_a_broken_file_may_hold_is_not_called_missing() {
    assert_eq!(faults("receive = [").len(), 1);
}

#[test]
fn a_fault_is_one_line_whatever_it_quotes() {
    let wanted = r"p.toml:4: retention: 'a\nb\u{1b}' is no duration; ";
    let [fault] = <[String; 1]>::try_from(faults(&format!(r#"{SITE}retention = "a\nb\u001b""#))).unwrap();
    assert!(fault.starts_with(wanted), "{fault}");
}

mod endpoints;
mod rules;
mod shown;
