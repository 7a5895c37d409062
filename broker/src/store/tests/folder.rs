//! The folder: lock, format, identity.

use super::*;
use crate::store::{FormatError, OpenError, Purpose};
use std::os::unix::fs::{chown, symlink};

fn refusal(folder: &Path) -> OpenError {
    Store::open(folder, &StoreOptions::default()).map(|_| ()).unwrap_err()
}

fn format_refusal(folder: &Path) -> FormatError {
    let OpenError::Format { source, .. } = refusal(folder) else { panic!("the format was not the reason") };
    source
}

#[test]
fn second_broker_on_a_folder_is_refused_and_told_who_has_it() {
    let folder = folder();
    let _running = Running::open(folder.path());
    let refusal = refusal(folder.path());
    let expected = format!("in use by the broker with process number {}; stop that one", std::process::id());
    assert!(refusal.to_string().contains(&expected), "{refusal}");
}

#[test]
fn broker_on_a_folder_that_is_imported_into_is_told_so() {
    let folder = folder();
    let _importing = Running::open_with(folder.path(), &StoreOptions::at_rest(Purpose::Import));
    let refusal = refusal(folder.path()).to_string();
    assert!(refusal.contains("in use by the import with process number "), "{refusal}");
}

#[test]
fn folder_is_free_again_after_closing() {
    let folder = folder();
    Running::open(folder.path()).close();
    Running::open(folder.path()).close();
}

#[test]
fn folder_that_holds_something_else_is_refused_untouched() {
    let folder = folder();
    fs::write(folder.path().join("thesis.tex"), "").unwrap();
    assert!(
        matches!(format_refusal(folder.path()), FormatError::NotAStore { found } if found == "thesis.tex")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn store_of_a_later_format_is_refused() {
    let folder = folder();
    Running::open(folder.path()).close();
    let text = fs::read_to_string(folder.path().join("format")).unwrap();
    fs::write(folder.path().join("format"), text.replace("format 1", "format 7")).unwrap();
    assert!(matches!(format_refusal(folder.path()), FormatError::Newer { found: 7 }));
}

#[test]
fn store_of_an_earlier_format_is_recognised() {
    let folder = folder();
    fs::write(folder.path().join("format"), "philae store\nformat 0\n").unwrap();
    let refusal = format_refusal(folder.path());
    assert!(matches!(refusal, FormatError::Older { found: 0 }));
    assert!(refusal.to_string().contains("move it aside"));
}

#[test]
fn store_without_its_database_is_refused() {
    let folder = folder();
    Running::open(folder.path()).close();
    fs::remove_dir_all(folder.path().join("db")).unwrap();
    assert!(matches!(refusal(folder.path()), OpenError::Damaged { .. }));
}

#[test]
fn creation_that_was_interrupted_is_done_again() {
    let folder = folder();
    fs::create_dir(folder.path().join("db.new")).unwrap();
    fs::write(folder.path().join("db.new/0.jnl"), "half").unwrap();
    fs::write(folder.path().join("lock"), "1").unwrap();
    assert_eq!(Running::open(folder.path()).commit("a"), new(1));
}

#[test]
fn identity_stays_and_is_of_one_store_only() {
    let (one, other) = (folder(), folder());
    let first = Running::open(one.path()).store.id();
    assert_eq!(Running::open(one.path()).store.id(), first);
    assert_ne!(Running::open(other.path()).store.id(), first);
    assert_eq!(first.to_string().len(), 32);
}

#[test]
fn a_folder_of_another_user_is_opened_by_none_but_a_broker() {
    let folder = folder();
    // Only root gives a folder away; for whoever else, root's own is another's.
    let is_given = chown(folder.path(), Some(12_345), None).is_ok();
    let others = if is_given { folder.path() } else { Path::new("/") };
    let refusal = Store::open(others, &StoreOptions::at_rest(Purpose::Import)).map(|_| ()).unwrap_err();
    assert!(matches!(refusal, OpenError::OfAnother { .. }));
    assert!(refusal.to_string().contains("runuser -u"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_database_that_the_system_keeps_from_us_is_not_called_damaged() {
    let folder = folder();
    Running::open(folder.path()).close();
    // A link that leads to itself is opened for nobody, not even root.
    let file = folder.path().join("db/lock");
    fs::remove_file(&file).unwrap();
    symlink("lock", &file).unwrap();
    let refusal = refusal(folder.path());
    assert!(matches!(refusal, OpenError::Folder { .. }), "{refusal:?}");
}
