//! `philae config` as an operator meets it.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::Path;

use system_tests::philae::Philae;
use system_tests::tool::philae;

const SITE: &str = "local-ivo = \"ivo://philae.test/site\"\nreceive = [\"127.0.0.1:0\"]\ngrace = \"4s\"\n";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn check_tells_all_faults_with_their_lines_and_exits_with_78() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("philae.toml");
    fs::write(&file, "receive = [\"nonsense:1\"]\nretention = \"-1\"\n").unwrap();
    let left = philae(&["config", "check", "--config", text(&file), "--grace", "x"]).unwrap();
    assert_eq!(left.code, Some(78));
    for place in [":1: receive: ", ":2: retention: ", "--grace: ", "local-ivo: it is missing"] {
        assert!(left.err().contains(place), "{place} in {}", left.err());
    }
    assert!(left.err().ends_with("4 faults in the configuration\n"), "{}", left.err());
}

#[test]
fn check_says_what_a_sound_configuration_is_and_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("philae.toml"), folder.path().join("data"));
    fs::write(&file, SITE).unwrap();
    let left = philae(&["config", "check", "--config", text(&file), "--data-dir", text(&data)]).unwrap();
    assert_eq!(left.code, Some(0), "{}", left.err());
    let wanted = format!(
        "sound: ivo://philae.test/site receives on 127.0.0.1:0, and keeps events in {}\n",
        data.display()
    );
    assert_eq!(left.out(), wanted);
    assert!(!data.exists());
}

#[test]
fn what_show_prints_is_a_configuration_that_a_broker_runs_with() {
    let folder = tempfile::tempdir().unwrap();
    let (file, shown) = (folder.path().join("philae.toml"), folder.path().join("shown.toml"));
    fs::write(&file, SITE).unwrap();
    let data = folder.path().join("data");
    let flags = ["config", "show", "--config", text(&file), "--data-dir", text(&data), "-v"];
    let left = philae(&flags).unwrap();
    assert_eq!(left.code, Some(0), "{}", left.err());
    let out = left.out();
    let grace = format!("grace = \"4s\"  # {}:3", file.display());
    for line in [grace.as_str(), "verbose = 1  # --verbose", "max-behind = 100000  # default"] {
        assert!(out.lines().any(|shown| shown == line), "{line} in {out}");
    }
    fs::write(&shown, out).unwrap();
    let broker = Philae::start(&["--config", text(&shown), "--receive", "127.0.0.1:0"]).unwrap();
    assert!(data.is_dir());
    assert!(broker.stop().unwrap().contains("grace_s=4.0"));
}

#[test]
fn init_writes_the_example_and_leaves_a_file_that_is_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("philae.toml");
    let flags = ["config", "init", "--out", text(&file)];
    assert_eq!(philae(&flags).unwrap().code, Some(0));
    assert_eq!(fs::read_to_string(&file).unwrap(), include_str!("../../broker/src/config/example.toml"));
    assert_eq!(philae(&["config", "check", "--config", text(&file)]).unwrap().code, Some(0));
    fs::write(&file, "mine").unwrap();
    let left = philae(&flags).unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("left alone"), "{}", left.err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
