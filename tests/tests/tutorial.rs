//! The tutorial, followed literally: every block of commands of each section, in one shell.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use system_tests::philae::binary;
use system_tests::toolchains::Toolchains;

const TUTORIAL: &str = include_str!("../../handlers/TUTORIAL.md");

/// The commands of a section, in order.
fn commands(section: &str) -> String {
    let begins = format!("## {section}\n");
    let text = TUTORIAL.split_once(&begins).unwrap().1;
    let text = text.split("\n## ").next().unwrap();
    text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// Follows a section as somebody would who has these tools.
fn follow(section: &str, toolchains: &Toolchains) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data/philae");
    fs::create_dir_all(&data).unwrap();
    symlink(&toolchains.folder, data.join("tools")).unwrap();
    // Further commands of the shell would hide that one failed.
    let script = format!("set -eux\n{}", commands(section));
    let programs = binary().unwrap().parent().map(Path::to_owned).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).current_dir(home.path()).env("PATH", path);
    shell.env("XDG_DATA_HOME", home.path().join("data")).env("XDG_CACHE_HOME", home.path().join("cache"));
    let output = shell.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("galactic latitude 24.1: in the Milky Way"), "the change shows: {out}\n{err}");
    let expected = fs::read_to_string(home.path().join("sky/expected.txt")).unwrap();
    assert!(expected.contains("24.1: in the Milky Way"), "{expected}");
}

#[test]
fn the_way_in_go_leads_there() {
    follow("Go", &Toolchains::lock().unwrap());
}

#[test]
fn the_way_in_rust_leads_there() {
    follow("Rust", &Toolchains::with_rust().unwrap());
}

#[test]
fn the_way_in_python_leads_there() {
    follow("Python", &Toolchains::lock().unwrap());
}
