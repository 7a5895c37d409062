//! Rules of endpoints: what they are read as, and what is wrong with them.

use super::*;
use crate::event::Role;

const AT: &str = "[[endpoint]]\nat = 8098\n";

/// The rules where authors submit.
fn rules(lines: &str) -> Rules {
    let config = check(&format!("{SITE}{AT}{lines}")).unwrap();
    config.rules_at(&At::Receive(config.receive.endpoints[0].clone()))
}

fn condition(text: &str) -> Condition {
    Condition::compile(text).unwrap()
}

#[test]
fn rules_are_read_key_by_key() {
    let written = "refuse = [{ role = ['test', 'utility'] }, { ivoid = ['ivo://a.b/'], larger-than = '1KiB' }]\n\
                   accept = [{ xpath = ['//What', '//Why'], larger-than = 5 }]";
    let size = |larger_than_bytes| Rule { larger_than_bytes, ..Rule::default() };
    let refuse = vec![
        Rule { role: vec![Role::Test, Role::Utility], ..Rule::default() },
        Rule { ivoid: vec!["ivo://a.b/".to_owned()], ..size(Some(1024)) },
    ];
    let accept = vec![Rule { xpath: vec![condition("//What"), condition("//Why")], ..size(Some(5)) }];
    assert_eq!(rules(written), Rules { refuse, accept });
}

#[test]
fn rules_may_be_tables_of_their_own() {
    let inline = "refuse = [{ role = ['test'] }, { xpath = ['//How'] }]";
    let tables = "[[endpoint.refuse]]\nrole = ['test']\n[[endpoint.refuse]]\nxpath = ['//How']";
    assert_eq!(rules(tables), rules(inline));
}

#[test]
fn each_service_has_rules_and_they_hold_at_their_endpoint_alone() {
    let rule = "refuse = [{ role = ['test'] }]\n";
    let site = format!("{SITE}subscribe = ['up.org', 'other.org']\n");
    let config =
        check(&format!("{site}[[endpoint]]\nat = 8099\n{rule}[[endpoint]]\nat = 'tcp:up.org:8099'\n{rule}"))
            .unwrap();
    let is_ruled = |at: At| !config.rules_at(&at).is_empty();
    assert!(is_ruled(At::Broadcast(config.broadcast.endpoints[0].clone())));
    assert!(!is_ruled(At::Receive(config.receive.endpoints[0].clone())));
    let [up, other] = [0, 1].map(|place| is_ruled(At::Subscribe(config.subscribe.endpoints[place].clone())));
    assert!(up && !other);
}

#[test]
fn a_faulty_rule_is_told_with_line_key_and_remedy() {
    let cases = [
        (
            "refuse = []",
            "p.toml:6: endpoint.refuse: the list has no rule; write one such as { role = [\"test\"] }, or remove the key",
        ),
        (
            "accept = 'test'",
            "p.toml:6: endpoint.accept: text in quotes stands here; write a list of rules, such as [{ role = [\"test\"] }]",
        ),
        (
            "accept = [\n 'test']",
            "p.toml:7: endpoint.accept: text in quotes stands here; write a rule in braces, such as { role = [\"test\"] }",
        ),
        (
            "refuse = [{}]",
            "p.toml:6: endpoint.refuse: the rule is empty and would match every packet; write what it is about, or remove it",
        ),
        (
            "refuse = [{ role = [] }]",
            "p.toml:6: endpoint.refuse.role: the list is empty, so that the rule would match nothing; write a value, or remove the key",
        ),
        (
            "refuse = [{ role = 'test' }]",
            "p.toml:6: endpoint.refuse.role: text in quotes stands here; write a list such as [\"...\"]",
        ),
        (
            "refuse = [{ role = ['tests'] }]",
            "p.toml:6: endpoint.refuse.role: 'tests' is no role; write observation, prediction, utility or test",
        ),
        (
            "refuse = [{ ivorn = ['ivo://a'] }]",
            "p.toml:6: endpoint.refuse.ivorn: a rule has no such key; did you mean 'ivoid'?",
        ),
        (
            "refuse = [{ colour = 1 }]",
            "p.toml:6: endpoint.refuse.colour: a rule has no such key; remove it, it may have ivoid, role, larger-than, xpath",
        ),
        (
            "refuse = [{ ivoid = ['nasa.gsfc.gcn'] }]",
            "p.toml:6: endpoint.refuse.ivoid: 'nasa.gsfc.gcn' begins no identifier; write one that begins with 'ivo://', such as ivo://your.site/",
        ),
        (
            "refuse = [{ larger-than = '1M' }]",
            "p.toml:6: endpoint.refuse.larger-than: '1M' is no size; write bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, such as 1MiB",
        ),
        (
            "refuse = [{ larger-than = 0 }]",
            "p.toml:6: endpoint.refuse.larger-than: '0' is out of bounds; write 1 to 64MiB",
        ),
        (
            "refuse = [{ xpath = ['//What',\n '//Who['] }]",
            "p.toml:7: endpoint.refuse.xpath: '//Who[' is no expression: at character 7: expected a name, a node test or an expression, found end of expression; mend it there",
        ),
        (
            "refused = [{ role = ['test'] }]",
            "p.toml:6: endpoint.refused: there is no such option; did you mean 'refuse'?",
        ),
    ];
    for (lines, wanted) in cases {
        assert_eq!(faults(&format!("{SITE}{AT}{lines}")), [wanted], "{lines}");
    }
}

#[test]
fn all_faults_of_rules_are_told_at_once() {
    let lines =
        "refuse = [\n { role = ['x', 'test', 'y'], xpath = ['('] },\n {},\n 1,\n]\naccept = []\nchek = 1";
    let told = faults(&format!("{SITE}{AT}{lines}"));
    let lines: Vec<&str> = told.iter().filter_map(|fault| fault.split(':').nth(1)).collect();
    assert_eq!(lines, ["7", "7", "7", "8", "9", "11", "12"], "{told:#?}");
}
