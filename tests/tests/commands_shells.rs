//! Completions and manual pages: made for every command, and sound.

use std::fs;
use std::process::{Command, Stdio};

use system_tests::tool::philae;

const COMMANDS: [&str; 12] = [
    "run",
    "dev",
    "send",
    "tap",
    "validate",
    "filter",
    "import",
    "replay",
    "handler",
    "bench",
    "completions",
    "man",
];
const HANDLER_COMMANDS: [&str; 12] = [
    "new",
    "build",
    "inspect",
    "test",
    "run",
    "list",
    "show",
    "logs",
    "quarantine",
    "pause",
    "resume",
    "reload",
];

#[test]
fn every_shell_gets_a_script_that_names_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let left = philae(&["completions", shell]).unwrap();
        assert_eq!((left.code, left.err().as_str()), (Some(0), ""));
        for command in COMMANDS.iter().chain(&HANDLER_COMMANDS).chain(&["--http-mock", "--broadcast-allow"]) {
            let name = command.trim_start_matches("--");
            assert!(left.out().contains(name), "{shell}: {command}");
        }
    }
    let left = philae(&["completions", "tcsh"]).unwrap();
    assert_eq!((left.code, left.err().contains("possible values: bash")), (Some(2), true), "{}", left.err());
}

#[test]
fn bash_completes_a_command_with_its_script() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("philae.bash");
    fs::write(&script, philae(&["completions", "bash"]).unwrap().stdout).unwrap();
    assert!(Command::new("bash").arg("-n").arg(&script).status().unwrap().success());
    let complete = ". \"$1\"; COMP_WORDS=(philae handler qua); COMP_CWORD=2; _philae philae qua handler; \
                    echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["-c", complete, "bash"]).arg(&script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "quarantine");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man/man1");
    let left = philae(&["man", "--out", out.to_str().unwrap()]).unwrap();
    assert_eq!(left.code, Some(0), "{}", left.err());
    let page = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    for command in COMMANDS {
        assert!(page(&format!("philae-{command}.1")).starts_with(".ie"), "{command}");
    }
    for command in HANDLER_COMMANDS {
        assert!(page(&format!("philae-handler-{command}.1")).contains(".SH SYNOPSIS"), "{command}");
    }
    assert!(page("philae-handler-quarantine-retry.1").contains("SEQ"));
    assert!(page("philae-run.1").contains("local\\-ivo"));
    let first = philae(&["man"]).unwrap();
    assert_eq!((first.code, first.out()), (Some(0), page("philae.1")));
    let pages = fs::read_dir(&out).unwrap().count();
    assert_eq!(left.out(), format!("{pages} pages in {}\n", out.display()));
}

#[test]
fn manual_pages_are_sound_where_there_is_groff_to_say() {
    let page = philae(&["man"]).unwrap().stdout;
    let groff = Command::new("groff")
        .args(["-man", "-Tascii", "-ww"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut groff) = groff else { return println!("there is no groff here; nothing is said") };
    std::io::Write::write_all(&mut groff.stdin.take().unwrap(), &page).unwrap();
    let output = groff.wait_with_output().unwrap();
    assert_eq!((output.status.success(), output.stderr), (true, Vec::new()));
}

#[test]
fn what_cannot_be_written_is_told() {
    let left = philae(&["man", "--out", "/proc/none/here"]).unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("cannot write manual pages into '/proc/none/here': "), "{}", left.err());
}
