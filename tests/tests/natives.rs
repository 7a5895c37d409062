//! What Comet's command lines ask to be done with events: `--cmd`, `--print-event`, `--save-event`.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use system_tests::client::{PATIENCE, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::wait::wait_until;

fn program(folder: &Path, script: &str) -> String {
    let path = folder.join("program");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn submit_all(philae: &Philae) {
    for packet in fixtures::ALL {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
}

#[test]
fn a_program_gets_each_event_on_its_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let script = format!("cat > {0}/$$.part && mv {0}/$$.part {0}/$$.xml", out.display());
    let flags = ["--cmd", &program(folder.path(), &script)];
    let philae = Philae::start_in(&folder.path().join("data"), &flags).unwrap();
    assert!(philae.log().contains("all the rights of the broker"), "{}", philae.log());
    submit_all(&philae);
    let saved = || {
        let files = fs::read_dir(&out).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|e| e == "xml")).map(|path| fs::read(path).unwrap())
    };
    wait_until(PATIENCE, "a file for each event", || saved().count() == fixtures::ALL.len()).unwrap();
    let mut saved: Vec<_> = saved().collect();
    let mut expected: Vec<_> = fixtures::ALL.map(<[u8]>::to_vec).into();
    saved.sort();
    expected.sort();
    assert_eq!(saved, expected);
}

#[test]
fn what_a_program_says_is_logged_and_that_it_failed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["-v", "--cmd", &program(folder.path(), "cat >/dev/null; echo seen; exit 3")];
    let mut philae = Philae::start_in(&folder.path().join("data"), &flags).unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    philae.wait_for_lines("said=\"seen\"", 1, PATIENCE).unwrap();
    philae.wait_for_lines("the event goes into quarantine", 1, PATIENCE).unwrap();
    assert!(philae.log().contains("exit status: 3"), "{}", philae.log());
}

#[test]
fn events_are_saved_as_files_also_those_that_came_before_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    let flags = ["--save-event", "--save-event-directory", saved.to_str().unwrap()];
    let philae = Philae::start_in(&folder.path().join("data"), &flags).unwrap();
    submit_all(&philae);
    philae.kill().unwrap();
    let _philae = Philae::start_in(&folder.path().join("data"), &flags).unwrap();
    let names = || fs::read_dir(&saved).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let count = || names().filter(|name| name.ends_with(".xml")).count();
    wait_until(PATIENCE, "a file for each event", || count() == fixtures::ALL.len()).unwrap();
    let file = saved.join("philae.test_wide-field-monitor_grb-260114-0731.xml");
    assert_eq!(fs::read(file).unwrap(), fixtures::GRB);
}

#[test]
fn a_program_that_is_not_there_is_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let failed = Philae::start_in(&folder.path().join("data"), &["--cmd", "/does/not/exist"]).unwrap_err();
    assert!(format!("{failed:?}").contains("cannot run '/does/not/exist' for each event"), "{failed:?}");
}
