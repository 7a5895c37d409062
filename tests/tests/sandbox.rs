//! The broker's own sandbox: what it cannot reach, though it runs as a user who can.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use system_tests::client::{PATIENCE, submit_acked};
use system_tests::fixtures;
use system_tests::handler_site::HandlerSite;
use system_tests::philae::Philae;
use system_tests::wait::wait_until;

/// Whether this kernel holds the broker to its sandbox; if not, that is told.
fn is_held(philae: &Philae) -> bool {
    let is_held = philae.log().contains("sandboxed: ");
    if !is_held {
        assert_eq!(philae.log().matches("no sandbox: this kernel has no Landlock").count(), 1);
        eprintln!("NO LANDLOCK: this kernel holds nobody to anything");
    }
    is_held
}

/// Starts a broker that saves events in a folder, and then puts a link to another in its place.
fn with_a_folder_that_becomes_a_link(root: &Path, flags: &[&str]) -> Philae {
    let (saved, outside) = (root.join("saved"), root.join("outside"));
    fs::create_dir(&outside).unwrap();
    let directory = saved.display().to_string();
    let saving = ["--save-event", "--save-event-directory", &directory];
    let philae = Philae::start_in(&root.join("data"), &[&saving, flags].concat()).unwrap();
    fs::rename(&saved, root.join("away")).unwrap();
    symlink(&outside, &saved).unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    philae
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_folder_that_was_not_there_at_the_start_cannot_be_written() {
    let root = tempfile::tempdir().unwrap();
    let mut philae = with_a_folder_that_becomes_a_link(root.path(), &[]);
    if is_held(&philae) {
        philae.wait_for_lines("Permission denied", 1, PATIENCE).unwrap();
        assert_eq!(files(&root.path().join("outside")), 0);
    }
}

#[test]
fn without_the_sandbox_it_is_written() {
    let root = tempfile::tempdir().unwrap();
    let philae = with_a_folder_that_becomes_a_link(root.path(), &["--no-sandbox"]);
    wait_until(PATIENCE, "the file", || files(&root.path().join("outside")) == 1).unwrap();
    assert_eq!(philae.log().matches("no sandbox: the broker was told to").count(), 1);
}

#[test]
fn every_thread_is_in_the_sandbox_also_those_that_run_handlers_and_the_log() {
    let site = HandlerSite::start(&[("hello", "")]).unwrap();
    if !is_held(&site.philae) {
        return;
    }
    site.submit(0..8).unwrap();
    let mut names = Vec::new();
    for task in fs::read_dir(format!("/proc/{}/task", site.philae.id())).unwrap() {
        let task = task.unwrap().path();
        let status = fs::read_to_string(task.join("status")).unwrap();
        let name = fs::read_to_string(task.join("comm")).unwrap();
        assert!(status.contains("NoNewPrivs:\t1"), "the thread {name} may gain privileges");
        names.push(name.trim().to_owned());
    }
    for wanted in ["philae", "store-writer", "log-writer", "handlers"] {
        assert!(names.iter().any(|name| name == wanted), "no thread {wanted} among {names:?}");
    }
}

#[test]
fn a_folder_that_is_granted_later_is_told_to_need_a_restart_and_has_it_then() {
    let granted = tempfile::tempdir().unwrap();
    let site = HandlerSite::start(&[]).unwrap();
    let settings = format!(
        "start = 'earliest'\n[config]\nfolder = '/out'\n[grants]\n\
         folders = [{{ host = '{}', guest = '/out', writable = true }}]",
        granted.path().display()
    );
    site.install_guest("save-event", &settings, "save-event").unwrap();
    if !is_held(&site.philae) {
        return;
    }
    let is_told = |handler: &serde_json::Value| {
        handler["trouble"].as_str().is_some_and(|trouble| trouble.contains("start it again"))
    };
    site.wait_for("save-event", "the fault", is_told).unwrap();
    site.submit(0..1).unwrap();
    let _site = site.restarted(|philae| philae.stop().map(drop)).unwrap();
    wait_until(PATIENCE, "the saved event", || files(granted.path()) == 1).unwrap();
}

#[test]
fn a_broker_that_runs_programs_says_that_it_has_no_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--cmd", "/bin/true"]).unwrap();
    assert!(philae.log().contains("no sandbox: the programs of --cmd need all rights"), "{}", philae.log());
}
