//! Settings through their public edge: defaults, the example, what is granted, and the exact text of faults.

use super::*;

fn parse(toml: &str) -> Result<Settings, SettingsFaults> {
    Settings::parse("h.toml", toml, &Forbidden::default())
}

fn faults(toml: &str) -> Vec<String> {
    parse(toml).unwrap_err().lines().collect()
}

#[test]
fn what_is_not_given_has_its_default() {
    let settings = Settings::default();
    assert_eq!(parse(""), Ok(settings.clone()));
    assert!(settings.enabled);
    assert_eq!((settings.start, settings.concurrency), (Start::Latest, 1));
    assert_eq!(settings.limits.memory_bytes, 64 << 20);
    assert_eq!(settings.retry.longest_wait, Duration::from_secs(300));
    assert_eq!(settings.grants, Grants::default());
}

#[test]
fn what_is_given_holds() {
    let toml = "enabled = false\nroles = ['test']\nstreams = ['ivo://a.b/']\nfilter = ['//Who']\nconcurrency = 4
        [retry]\nattempts = 2\nfirst-wait = '10m'\n[limits]\nstate = 0\npublish = 1\n[grants]\npublish = true";
    let settings = parse(toml).unwrap();
    assert!(!settings.enabled && settings.grants.publish);
    let [roles, streams] = [vec![Role::Test], vec![]];
    let wants = Wants { roles, streams: vec!["ivo://a.b/".to_owned()], filters: vec!["//Who".to_owned()] };
    assert_eq!((settings.wants, streams), (wants, vec![]));
    assert_eq!(settings.concurrency, 4);
    let wait = Duration::from_secs(600);
    assert_eq!(settings.retry, Retry { attempts: 2, first_wait: wait, longest_wait: wait });
    assert_eq!((settings.limits.state_bytes, settings.limits.publications), (0, 1));
}

#[test]
fn a_start_is_a_word_or_a_time_with_or_without_quotes() {
    let at = Start::At("2026-04-06T12:00:00Z".parse().unwrap());
    let forms = [
        ("'latest'", Start::Latest),
        ("'earliest'", Start::Earliest),
        ("'2026-04-06T12:00:00Z'", at),
        ("2026-04-06T14:00:00+02:00", at),
    ];
    for (text, wanted) in forms {
        assert_eq!(parse(&format!("start = {text}")).unwrap().start, wanted, "{text}");
    }
}

#[test]
fn the_handlers_own_settings_are_sorted_texts() {
    let toml = "[config]\nz = 'as it is'\nn = 5\nf = 0.5\nb = true\nd = 2026-04-06\nl = ['a', 1]\n\
                t = { y = 'b', x = 1 }\n[config.deep]\nk = 'v'\n[[config.many]]\ni = 1\n[[config.many]]\ni = 2";
    let pairs = [
        ("b", "true"),
        ("d", "2026-04-06"),
        ("deep", r#"{"k":"v"}"#),
        ("f", "0.5"),
        ("l", r#"["a",1]"#),
        ("many", r#"[{"i":1},{"i":2}]"#),
        ("n", "5"),
        ("t", r#"{"x":1,"y":"b"}"#),
        ("z", "as it is"),
    ];
    assert_eq!(parse(toml).unwrap().config, pairs.map(|(key, text)| (key.to_owned(), text.to_owned())));
}

#[test]
fn each_fault_has_its_line_key_and_remedy() {
    let cases = [
        ("enabled = 1", "h.toml:1: enabled: a number stands here; write true or false without quotes"),
        ("enable = true", "h.toml:1: enable: there is no such key; did you mean 'enabled'?"),
        ("[grant]\nhttp = []", "h.toml:1: grant: there is no such key; did you mean 'grants'?"),
        (
            "colour = 1",
            "h.toml:1: colour: there is no such key; remove it, here may stand enabled, roles, streams, filter, start, \
             concurrency, retry, config, limits, grants",
        ),
        ("memory = 1", "h.toml:1: memory: it has no place here; move it into [limits]"),
        (
            "[retry]\nenabled = true",
            "h.toml:2: retry.enabled: it has no place in a table; move it above the first",
        ),
        (
            "retry = 5",
            "h.toml:1: retry: a number stands here; write [retry] in a line of its own, and its keys below it",
        ),
        (
            "config = 5",
            "h.toml:1: config: a number stands here; write [config] in a line of its own, and its keys below it",
        ),
        (
            "roles = ['observation',\n'tset']",
            "h.toml:2: roles: 'tset' is no role; write observation, prediction, utility or test",
        ),
        (
            "roles = []",
            "h.toml:1: roles: the list is empty, which may mean all events or none; name roles, or remove the key",
        ),
        (
            "streams = ['nasa.gsfc.gcn']",
            "h.toml:1: streams: no identifier begins with 'nasa.gsfc.gcn'; write one such as ivo://nasa.gsfc.gcn/",
        ),
        (
            "streams = ['']",
            "h.toml:1: streams: the text is empty, and begins every identifier; write more, or remove the key",
        ),
        (
            "filter = [\n'//What',\n'//Who[']",
            "h.toml:3: filter: '//Who[' is no filter: at character 7: expected a name, a node test or an expression, found \
             end of expression; mend the expression",
        ),
        (
            "filter = ['']",
            "h.toml:1: filter: the filter is empty; write an XPath expression, or leave it out",
        ),
        (
            "start = 'yesterday'",
            "h.toml:1: start: 'yesterday' is no place in the log; write \"latest\", \"earliest\" or a time such as \
             2026-04-06T12:00:00Z",
        ),
        (
            "start = 2026-04-06",
            "h.toml:1: start: '2026-04-06' is no place in the log; write \"latest\", \"earliest\" or a time such as \
             2026-04-06T12:00:00Z",
        ),
        ("concurrency = 0", "h.toml:1: concurrency: '0' is out of bounds; write 1 to 64"),
        ("[retry]\nfirst-wait = '2h'", "h.toml:2: retry.first-wait: '2h' is out of bounds; write 10ms to 1h"),
        (
            "[retry]\nfirst-wait = '1m'\nlongest-wait = 30",
            "h.toml:3: retry.longest-wait: it is shorter than first-wait; write as much or more",
        ),
        ("limits.memory = '64KiB'", "h.toml:1: limits.memory: '64KiB' is out of bounds; write 1MiB to 4GiB"),
        (
            "limits.time = '10 secs'",
            "h.toml:1: limits.time: '10 secs' is no duration; write seconds, or a whole number with ms, s, m, h or d, such \
             as 10m",
        ),
        (
            "[config]\nlimit = nan",
            "h.toml:2: config.limit: JSON has no 'NaN', and handlers get numbers as JSON; write it in quotes",
        ),
        (
            "[grants.environment]\nKEY = 5",
            "h.toml:2: grants.environment.KEY: a variable is text; write it in quotes",
        ),
        (
            "[grants.environment]\n'A=B' = ''",
            "h.toml:2: grants.environment.A=B: it is no name of a variable; write one without '=' and NUL",
        ),
        ("enabled = true\nenabled = true", "h.toml:2: duplicate key; mend the TOML here"),
    ];
    for (toml, wanted) in cases {
        assert_eq!(faults(toml), [wanted], "{toml}");
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    let toml = "enabled = 'yes'\ncolour = 1\n[limits]\ntime = 0\n[grants]\nhttp = ['ftp://h']";
    let wanted = "\
h.toml:1: enabled: text in quotes stands here; write true or false without quotes
h.toml:2: colour: there is no such key; remove it, here may stand enabled, roles, streams, filter, start, concurrency, retry, config, limits, grants
h.toml:4: limits.time: '0' is out of bounds; write 1ms to 10m
h.toml:6: grants.http: 'ftp://' cannot be granted here; write http:// or https://
4 faults in the settings; they do not take effect";
    assert_eq!(parse(toml).unwrap_err().to_string(), wanted);
}

mod example;
mod grants;
