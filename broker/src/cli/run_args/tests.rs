//! The command line through its public edge: Comet's two dialects, the help, and the file.

use clap::{CommandFactory, Parser};

use super::*;
use crate::config::{Config, EXAMPLE, Environment, Faults, Key, Verbosity};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    run: RunArgs,
}

fn run(line: &str) -> Result<Config, Faults> {
    let words = ["philae", "--local-ivo=ivo://your.site/broker"];
    let args = Command::try_parse_from(words.into_iter().chain(line.split_whitespace())).unwrap();
    load(&args.run, &Environment { home: Some("/home/voevent".into()), ..Environment::default() })
}

fn listeners(line: &str) -> (Vec<String>, Vec<String>) {
    let config = run(line).unwrap();
    let texts = |service: crate::config::Service| service.endpoints.iter().map(ToString::to_string).collect();
    (texts(config.receive), texts(config.broadcast))
}

#[test]
fn a_bare_service_has_comets_port() {
    assert_eq!(listeners("-r -b"), (vec!["tcp:8098".into()], vec!["tcp:8099".into()]));
    assert_eq!(listeners("--broadcast --receive"), (vec!["tcp:8098".into()], vec!["tcp:8099".into()]));
}

#[test]
fn a_service_may_be_given_many_times() {
    let (receive, _) = listeners("-r 1 --receive=[::1]:2 --receive --receive unix:/s");
    assert_eq!(receive, ["tcp:1", "[::1]:2", "tcp:8098", "unix:/s"]);
}

#[test]
fn the_port_flags_of_comet_3_1_are_taken() {
    let wanted = (vec!["tcp:1".into()], vec!["tcp:2".into()]);
    assert_eq!(listeners("-r --receive-port=1 -b --broadcast-port=2"), wanted);
    assert_eq!(listeners("--receive-port 1 --broadcast-port 2"), wanted);
}

#[test]
fn a_line_for_comet_3_1_means_the_same() {
    let line = "-r --author-whitelist=10.1.0.0/8 --author-whitelist 192.0.2.1 --remote=a.org --remote=b.org:1 \
                --filter=//Who -b --subscriber-whitelist=::/0 --broadcast-test-interval=0 --eventdb=/e -q";
    let config = run(line).unwrap();
    assert!(config.receive.allow.permits("192.0.2.1".parse().unwrap()));
    assert!(!config.broadcast.allow.permits("192.0.2.1".parse().unwrap()));
    let upstream: Vec<_> = config.subscribe.endpoints.iter().map(ToString::to_string).collect();
    assert_eq!(upstream, ["a.org:8099", "b.org:1"]);
    assert_eq!(config.subscribe.filters, ["//Who"]);
    assert_eq!(config.delivery.test_interval, None);
    assert_eq!(config.store.data_dir, PathBuf::from("/e"));
}

#[test]
fn several_networks_may_follow_one_flag() {
    let config = run("-r --receive-whitelist 10.0.0.0/8 ::1 -b").unwrap();
    assert!(config.receive.allow.permits("10.1.1.1".parse().unwrap()));
    assert!(!config.receive.allow.permits("11.1.1.1".parse().unwrap()));
    assert!(config.broadcast.allow.permits("11.1.1.1".parse().unwrap()));
}

#[test]
fn verbosity_is_counted_and_quiet_takes_one_back() {
    let levels = [
        ("", Verbosity::Info),
        ("-v", Verbosity::Debug),
        ("-vvvv", Verbosity::Trace),
        ("-q", Verbosity::Warn),
        ("-v -q", Verbosity::Info),
    ];
    for (line, wanted) in levels {
        assert_eq!(run(&format!("-r {line}")).unwrap().verbosity, wanted, "{line}");
    }
}

#[test]
fn a_fault_of_a_flag_names_the_flag() {
    let error = run("-r --receive-port=x --receive tls:1 --grace never").unwrap_err();
    let wanted = "\
--receive-port: 'x' is no port; write a number from 0 to 65535
--receive: 'tls:' is not supported; write tcp: or unix: here and put a TLS proxy before it
--grace: 'never' is no duration; write seconds, or a whole number with ms, s, m, h or d, such as 10m
3 faults in the configuration; nothing was started";
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn a_file_is_read_and_flags_win() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("philae.toml");
    std::fs::write(&path, "receive = [1]\nbroadcast = [2]\nverbose = 1").unwrap();
    let line = format!("--config {} -r 3", path.display());
    assert_eq!(listeners(&line), (vec!["tcp:3".into()], vec!["tcp:2".into()]));
    assert_eq!(run(&line).unwrap().verbosity, Verbosity::Debug);
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_fault_it_makes() {
    let error = run("--config /nowhere/philae.toml").unwrap_err();
    assert_eq!(error.len(), 1);
    assert!(error.to_string().starts_with("/nowhere/philae.toml: the file cannot be read: "), "{error}");
}

#[test]
fn every_option_is_a_flag_of_the_same_name() {
    let command = Command::command();
    for key in Key::ALL {
        let flag = command.get_arguments().find(|arg| arg.get_long() == Some(key.name()));
        let aliases = flag.unwrap().get_visible_aliases().unwrap_or_default();
        assert!(key.alias().is_none_or(|alias| aliases.contains(&alias)), "{}", key.name());
    }
}

#[test]
fn the_help_tells_the_defaults_of_the_example() {
    let help = Command::command().render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = |key: &str, value: &str| {
        let about = help.split(&format!("--{key} ")).nth(1).unwrap();
        about.split("--").next().unwrap().contains(&format!("[default: {value}]"))
    };
    let scalars = EXAMPLE.lines().filter_map(|line| line.strip_prefix('#')?.split_once(" = "));
    for (key, value) in scalars.filter(|(key, value)| Key::find(key).is_some() && !value.starts_with('[')) {
        // A folder is told in words, and a switch is off unless it is given.
        if !matches!(
            key,
            "data-dir" | "verbose" | "print-event" | "save-event" | "no-admin" | "admin-token-file"
        ) {
            assert!(told(key, value.trim_matches('"')), "{key}");
        }
    }
}
