//! Files: granted folders and nothing outside of them.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// Errors of WASI preview 1.
const SUCCESS: i32 = 0;
const ACCESS: i32 = 2;
const BADF: i32 = 8;
const NOENT: i32 = 44;
const NOTCAPABLE: i32 = 76;
const PERM: i32 = 63;
const ROFS: i32 = 69;

/// A folder with `inside.txt` and links that lead out of it, beside `outside.txt`.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let granted = folder.path().join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("inside.txt"), "in").unwrap();
    fs::write(folder.path().join("outside.txt"), "out").unwrap();
    symlink("../outside.txt", granted.join("link")).unwrap();
    symlink(folder.path(), granted.join("up")).unwrap();
    symlink("/etc/passwd", granted.join("absolute")).unwrap();
    folder
}

/// What opening a path says, to read or to make and write it.
fn open(folder: &TempDir, path: &str, is_write: bool, writable: bool) -> i32 {
    match opening(folder, path, is_write, writable).verdict {
        Ok(()) => SUCCESS,
        Err(CallFailure::Retry(_)) => 75,
        Err(other) => other.to_string().rsplit(' ').next().unwrap().parse().unwrap(),
    }
}

fn opening(folder: &TempDir, path: &str, is_write: bool, writable: bool) -> Outcome {
    let (flags, rights) = if is_write { (1, 64) } else { (0, 2) };
    let more = format!(r#"(data (i32.const 256) "{path}")"#);
    let body = format!(
        "(call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 256) (i32.const {}) (i32.const {flags})
           (i64.const {rights}) (i64.const 0) (i32.const 0) (i32.const 512)))",
        path.len()
    );
    let granted = FolderGrant { host: folder.path().join("granted"), guest: "/data".to_owned(), writable };
    let setup = Setup { grants: Grants { folders: vec![granted], ..Grants::default() }, ..setup() };
    run(&command_with(&more, &body), &setup)
}

#[test]
fn what_may_not_be_opened_is_noted_with_the_line_that_grants_it() {
    let folder = folders();
    let denied = |path: &str, is_write, writable| {
        let denied = opening(&folder, path, is_write, writable).denied;
        denied.iter().map(ToString::to_string).collect::<Vec<_>>().concat()
    };
    let host = folder.path().join("granted").display().to_string();
    let expected = format!(
        "it asked for writing 'new.txt' in /data; \
         grant it with folders = [{{ host = \"{host}\", guest = \"/data\", writable = true }}]"
    );
    assert_eq!(denied("new.txt", true, false), expected);
    assert!(
        denied("../outside.txt", false, true).starts_with("it asked for opening '../outside.txt', outside")
    );
    for (path, is_write, writable) in
        [("inside.txt", false, false), ("new.txt", true, true), ("none", false, true)]
    {
        assert_eq!(denied(path, is_write, writable), "", "{path}");
    }
}

#[test]
fn a_granted_folder_can_be_read_and_written() {
    let folder = folders();
    assert_eq!(open(&folder, "inside.txt", false, false), SUCCESS);
    assert_eq!(open(&folder, "new.txt", true, true), SUCCESS);
    assert!(folder.path().join("granted/new.txt").exists());
}

#[test]
fn a_read_only_folder_cannot_be_written() {
    let folder = folders();
    let refused = open(&folder, "new.txt", true, false);
    assert!([ACCESS, PERM, ROFS, NOTCAPABLE].contains(&refused), "{refused}");
    assert!(!folder.path().join("granted/new.txt").exists());
}

#[test]
fn no_path_leads_out_of_a_granted_folder() {
    let folder = folders();
    for path in
        ["../outside.txt", "/etc/passwd", "link", "up/outside.txt", "absolute", "./../granted/../outside.txt"]
    {
        for writable in [false, true] {
            let refused = open(&folder, path, writable, writable);
            assert!([ACCESS, PERM, NOTCAPABLE, NOENT].contains(&refused), "{path}: {refused}");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("outside.txt")).unwrap(), "out");
}

#[test]
fn a_flood_of_open_files_ends_at_the_limit() {
    let folder = folders();
    let open = "(local.tee $error (call $open (i32.const 3) (i32.const 1) (i32.const 256) (i32.const 10) (i32.const 0)
                 (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))";
    let body = format!(
        "(local $error i32) (loop $again (local.set $n (i32.add (local.get $n) (i32.const 1)))
           (br_if $again (i32.eqz {open})))
         (call $exit (i32.add (local.get $error) (i32.eq (local.get $n) (i32.const 257))))"
    );
    let granted =
        FolderGrant { host: folder.path().join("granted"), guest: "/data".to_owned(), writable: false };
    let setup = Setup { grants: Grants { folders: vec![granted], ..Grants::default() }, ..setup() };
    let outcome = run(&command_with(r#"(data (i32.const 256) "inside.txt")"#, &body), &setup);
    assert_eq!(outcome.verdict.unwrap_err().to_string(), "exit status 42", "41 at the 257th");
}

#[test]
fn without_a_grant_there_is_no_folder() {
    let body =
        "(call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 2) (i32.const 0)
                 (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))";
    let words = failure(&command(body));
    assert_eq!(words, format!("exit status {BADF}"));
}

#[test]
fn a_folder_that_is_not_there_cannot_be_granted() {
    let granted = FolderGrant { host: "/nowhere/at/all".into(), guest: "/data".to_owned(), writable: false };
    let setup = Setup { grants: Grants { folders: vec![granted], ..Grants::default() }, ..setup() };
    let words = rig().host.load(&command(""), &setup).unwrap_err().to_string();
    assert!(words.starts_with("the grant of the folder /nowhere/at/all cannot be given: "), "{words}");
}
