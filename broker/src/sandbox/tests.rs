//! That a thread in the sandbox has what is in reach, and nothing else.

use std::fs;
use std::io::ErrorKind;
use std::sync::mpsc::sync_channel;

use super::*;
use crate::lifecycle;

#[test]
fn a_thread_in_the_sandbox_and_what_it_starts_reach_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["data", "handlers", "other"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("file"), name).unwrap();
    }
    let mut reach = Reach::default();
    reach.keep_to_write(&folder.path().join("data"));
    reach.keep_to_read(&folder.path().join("handlers"));
    let (tell, told) = sync_channel(1);
    let path = folder.path().to_owned();
    // The sandbox is a thread's, so that the other tests keep their rights.
    let entered = move || {
        let hold = reach.enter().unwrap();
        let looked = move || {
            let read = |name: &str| fs::read(path.join(name).join("file")).map_err(|error| error.kind());
            let wrote =
                |name: &str| fs::write(path.join(name).join("new"), "x").map_err(|error| error.kind());
            let reads = ["data", "handlers", "other"].map(|name| read(name).err());
            let writes = ["data", "handlers", "other"].map(|name| wrote(name).err());
            let cannot_run = std::process::Command::new("/bin/true").status().is_err();
            tell.send((hold, reads, writes, cannot_run)).unwrap();
        };
        drop(lifecycle::start_thread("started", looked).unwrap());
    };
    drop(lifecycle::start_thread("sandboxed", entered).unwrap());
    let (hold, reads, writes, cannot_run) = told.recv().unwrap();
    if hold == Hold::None {
        return eprintln!("NO LANDLOCK: this kernel holds nobody to anything");
    }
    let denied = Some(ErrorKind::PermissionDenied);
    assert_eq!(reads, [None, None, denied]);
    assert_eq!(writes, [None, denied, denied]);
    assert!(cannot_run);
}
