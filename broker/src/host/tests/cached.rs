//! Compiled code on disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

fn entries(rig: &Rig) -> Vec<PathBuf> {
    let folder = fs::read_dir(rig.folder.path().join("cache")).unwrap();
    folder.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn code_is_kept_for_its_owner_alone_and_used_again() {
    let rig = Rig::new();
    rig.load(&handler("", "")).unwrap();
    rig.load(&command("")).unwrap();
    let kept = entries(&rig);
    assert_eq!(kept.len(), 2);
    for path in &kept {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before: Vec<_> = kept.iter().map(|path| fs::read(path).unwrap()).collect();
    rig.load(&handler("", "")).unwrap();
    assert_eq!(entries(&rig).iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>(), before);
}

#[test]
fn a_damaged_entry_is_compiled_anew() {
    let rig = Rig::new();
    rig.load(&handler("", "")).unwrap();
    let path = entries(&rig).remove(0);
    let whole = fs::read(&path).unwrap();
    let mut rotten = whole.clone();
    rotten[5_000] ^= 1;
    for damaged in [&rotten[..], &whole[..whole.len() - 1], &whole[..10], b""] {
        fs::write(&path, damaged).unwrap();
        let loaded = rig.load(&handler("", "")).unwrap();
        assert_eq!(call(&loaded, Arc::new(MemoryState::default())).verdict, Ok(()));
        assert!(fs::read(&path).unwrap().len() == whole.len());
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let words = Host::start(&HostOptions::new(folder.path().to_owned())).unwrap_err().to_string();
    assert!(words.contains("nobody else may be able to write to it"), "{words}");
}

#[test]
fn what_a_crash_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    let left = folder.path().join("0-0-module.part0000000000000001");
    fs::write(&left, "half").unwrap();
    Host::start(&HostOptions::new(folder.path().to_owned())).unwrap();
    assert!(!left.exists());
}
