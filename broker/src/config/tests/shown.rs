//! What is shown of a configuration.

use super::*;

const EVERYTHING: &str = r#"
local-ivo = "ivo://your.site/broker"
receive = ["tcp:8098", "127.0.0.1:9000", "unix:/run/a \"b\"\u007f.sock"]
receive-allow = ["10.0.0.0/8", "::1"]
max-event-size = 99999
broadcast = ["[::1]:8099"]
broadcast-test-interval = 0
ack-timeout = "500ms"
subscribe = ["a.org", "[2001:db8::1]:99", "unix:/run/up"]
filter = ['//Param[@name="a\b"]']
handlers = ["/srv/handlers"]
cmd = ["/bin/true"]
save-event = true
retention = "forever"
verbose = -1
[[endpoint]]
at = 8098
check = "flag"
refuse = [{ role = ["test", "utility"] }, { ivoid = ["ivo://noisy/"], larger-than = "100KiB" }]
accept = [{ xpath = ["//Param[@name='x']"] }]
[[endpoint]]
at = "a.org"
check = "schema"
"#;

#[test]
fn what_is_shown_makes_the_same_configuration() {
    for text in [SITE, EXAMPLE, EVERYTHING, "subscribe = ['a.org']"] {
        let given = Given::from_toml("p.toml", text);
        let config = Config::check(given.clone(), &environment()).unwrap();
        let shown = config.to_toml(&given);
        assert_eq!(check(&shown).as_ref(), Ok(&config), "{shown}");
    }
}

#[test]
fn what_is_shown_says_where_it_stands() {
    let given = flags(&[(Key::Grace, "3")]).over(Given::from_toml("p.toml", SITE));
    let shown = Config::check(given.clone(), &environment()).unwrap().to_toml(&given);
    for line in [
        "local-ivo = \"ivo://your.site/broker\"  # p.toml:1",
        "grace = \"3s\"  # --grace",
        "retention = \"30d\"  # default",
        "#receive-allow = [\"0.0.0.0/0\", \"::/0\"]  # default",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
}
