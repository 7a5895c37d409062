//! The table of what rules mean.

use super::*;

const FACTS: Facts<'_> = Facts { ivoid: "ivo://a.site/x#1", role: "test", size_bytes: 100 };

fn ivoid(beginning: &str) -> Rule {
    Rule { ivoid: vec![beginning.to_owned()], ..Rule::default() }
}

fn role(roles: &[Role]) -> Rule {
    Rule { role: roles.to_vec(), ..Rule::default() }
}

fn xpath(texts: &[&str]) -> Rule {
    Rule { xpath: texts.iter().map(|text| Condition::compile(text).unwrap()).collect(), ..Rule::default() }
}

fn larger(bytes: u64) -> Rule {
    Rule { larger_than_bytes: Some(bytes), ..Rule::default() }
}

/// The verdict in words, where `true()`, `false()` and `'long'` say what they mean and others are not known.
fn judge(refuse: &[Rule], accept: &[Rule]) -> String {
    let rules = Rules { refuse: refuse.to_vec(), accept: accept.to_vec() };
    let verdict = rules.judge(&FACTS, |condition| match condition.text() {
        "true()" => Some(Answer::Yes),
        "false()" => Some(Answer::No),
        "'long'" => Some(Answer::OverBudget),
        _ => None,
    });
    match verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Refuse(refusal) => refusal.to_string(),
        Verdict::Ask(condition) => format!("ask {}", condition.text()),
    }
}

#[test]
fn a_packet_is_refused_by_the_values_that_match() {
    let both = Rule { role: vec![Role::Utility, Role::Test], ..ivoid("ivo://a.site/") };
    let cases = [
        (ivoid("ivo://a.site/"), "ivoid 'ivo://a.site/'"),
        (ivoid("ivo://b.site/"), "pass"),
        (ivoid("ivo://A.site/"), "pass"),
        (role(&[Role::Observation, Role::Test]), "role 'test'"),
        (role(&[Role::Observation]), "pass"),
        (larger(99), "larger than 99 bytes"),
        (larger(100), "pass"),
        (xpath(&["false()", "true()"]), "xpath 'true()'"),
        (xpath(&["false()"]), "pass"),
        (both.clone(), "ivoid 'ivo://a.site/' and role 'test'"),
        (Rule { larger_than_bytes: Some(100), ..both }, "pass"),
    ];
    for (rule, wanted) in cases {
        assert_eq!(judge(std::slice::from_ref(&rule), &[]), wanted, "{rule:?}");
    }
}

#[test]
fn one_rule_of_accept_must_match_if_there_are_any() {
    assert_eq!(judge(&[], &[]), "pass");
    assert_eq!(judge(&[], &[ivoid("ivo://b.site/"), role(&[Role::Test])]), "pass");
    let utility = Rule { ivoid: vec!["ivo://b/".into(), "ivo://c/".into()], ..role(&[Role::Utility]) };
    let wanted =
        "it takes only ivoid 'ivo://b/' or ivoid 'ivo://c/', and role 'utility'; or larger than 100 bytes";
    assert_eq!(judge(&[], &[utility, larger(100)]), wanted);
}

#[test]
fn what_is_refused_is_not_accepted() {
    assert_eq!(judge(&[role(&[Role::Test])], &[ivoid("ivo://a.site/")]), "role 'test'");
    assert_eq!(judge(&[role(&[Role::Utility])], &[ivoid("ivo://a.site/")]), "pass");
}

#[test]
fn an_expression_over_budget_lets_the_packet_pass() {
    assert_eq!(judge(&[xpath(&["'long'"])], &[]), "pass");
    assert_eq!(judge(&[], &[xpath(&["'long'"])]), "pass");
    assert_eq!(judge(&[xpath(&["'long'", "true()"])], &[]), "xpath 'true()'");
}

#[test]
fn an_expression_is_asked_for_only_if_the_verdict_hangs_on_it() {
    let unknown = || xpath(&["//What"]);
    assert_eq!(judge(&[unknown()], &[]), "ask //What");
    assert_eq!(judge(&[], &[unknown()]), "ask //What");
    assert_eq!(judge(&[unknown(), role(&[Role::Test])], &[]), "role 'test'");
    assert_eq!(judge(&[], &[unknown(), role(&[Role::Test])]), "pass");
    assert_eq!(judge(&[xpath(&["//What", "true()"])], &[]), "xpath 'true()'");
    let elsewhere = Rule { ivoid: vec!["ivo://b.site/".to_owned()], ..unknown() };
    assert_eq!(judge(&[elsewhere], &[]), "pass");
}
