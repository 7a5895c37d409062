//! A disk without room, and writes that fail.

use super::*;
use crate::store::Refusal;
use rustix::{
    fs::{FallocateFlags, fallocate, statvfs},
    process::{Resource, Rlimit, getrlimit, setrlimit},
};
use std::process::Command;

const MIB: u64 = 1 << 20;
const REFUSED_FOR_ROOM: Result<Committed, CommitError> = Err(CommitError::NotAccepted(Refusal::DiskFull));

/// Set for the process that [`failed_write_is_refused_and_the_log_goes_on_by_itself`] starts.
const FAILING: &str = "PHILAE_TEST_WRITES_FAIL";

#[test]
fn full_disk_is_refused_at_once_and_accepted_again_when_there_is_room() {
    let folder = folder();
    let volume = statvfs(folder.path()).unwrap();
    let min_free_bytes = volume.f_bavail * volume.f_frsize - 512 * MIB;
    let options = StoreOptions { min_free_bytes, ..StoreOptions::default() };
    let running = Running::open_with(folder.path(), &options);
    assert_eq!(running.commit("a"), new(1));
    let filler = fs::File::create(folder.path().join("damaged")).unwrap();
    fallocate(&filler, FallocateFlags::empty(), 0, 1024 * MIB).unwrap();
    assert_eq!(running.submit(Submission::event(draft("b"))), REFUSED_FOR_ROOM);
    assert_eq!((running.store.head(), running.places()), (Seq(1), vec![1]));
    filler.set_len(0).unwrap();
    assert_eq!(running.commit("b"), new(2));
}

/// Writes beyond a size are made to fail by a limit of the process, so the test runs in a process of its own, from a
/// shell that ignores the signal that comes with such a failure.
#[test]
fn failed_write_is_refused_and_the_log_goes_on_by_itself() {
    if std::env::var_os(FAILING).is_some() {
        return writes_fail_and_recover();
    }
    let test = concat!(module_path!(), "::failed_write_is_refused_and_the_log_goes_on_by_itself");
    let test = test.split_once("::").unwrap().1;
    let script = r#"trap "" XFSZ; exec "$0" --exact "$1" --nocapture"#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(std::env::current_exe().unwrap()).arg(test).env(FAILING, "1");
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

fn writes_fail_and_recover() {
    let folder = folder();
    let options = StoreOptions { upkeep: Duration::from_millis(5), ..StoreOptions::default() };
    let running = Running::open_with(folder.path(), &options);
    running.commit_together((0..20).map(|n| Submission::event(draft(&n.to_string()))).collect());
    let before = running.log();

    let unlimited = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(2048), ..unlimited }).unwrap();
    let refused = Err(CommitError::NotAccepted(Refusal::Unwritable));
    for n in 20..40 {
        assert_eq!(running.submit(Submission::event(draft(&n.to_string()))), refused);
    }
    setrlimit(Resource::Fsize, unlimited).unwrap();

    eventually(|| running.submit(Submission::event(draft("after"))).is_ok());
    let answers =
        running.commit_together((0..40).map(|n| Submission::event(draft(&n.to_string()))).collect());
    let log = running.log();
    assert_eq!(log[..20], before[..], "nothing that was acknowledged is lost");
    assert!(answers[..20].iter().all(|answer| matches!(answer, Committed::Duplicate { .. })));
    assert_eq!(
        log.len(),
        41,
        "what was refused is in the log once, whether by its first submission or its second"
    );
    assert!(log.windows(2).all(|pair| pair[1].seq == pair[0].seq.next()));
    running.close();
    assert_eq!(Running::open(folder.path()).log(), log);
}
