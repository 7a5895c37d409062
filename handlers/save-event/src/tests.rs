//! Files in a folder of this machine.

use std::fs;
use std::path::Path;

use philae_guest::testing::Broker;

use super::*;

const IVOID: &str = "ivo://a.b/c#d-1";

fn broker(folder: &Path) -> Broker {
    Broker::new().folder("/out", folder)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn names_are_those_of_comet() {
    assert_eq!(comet_name(IVOID), "ivo__a.b_cd1");
    assert_eq!(comet_name("ivo://a.b/c\\d#é e:f"), "ivo__a.b_c_def");
    assert_eq!(comet_name(&"x".repeat(1000)).len(), NAME_BYTES);
}

#[test]
fn an_event_is_saved_with_the_bytes_in_which_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let packet = Packet::new(IVOID).to_xml();
    broker(folder.path()).handle(save, packet.as_str()).unwrap();
    assert_eq!(names(folder.path()), ["ivo__a.b_cd1"]);
    assert_eq!(fs::read_to_string(folder.path().join("ivo__a.b_cd1")).unwrap(), packet);
}

#[test]
fn the_same_event_is_saved_once_and_another_gets_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let broker = broker(folder.path());
    for text in ["one", "one", "two", "two"] {
        broker.handle(save, &Packet::new(IVOID).description(text)).unwrap();
    }
    // Events 3 and 4 are two events in the log, though of the same bytes.
    assert_eq!(
        names(folder.path()),
        ["ivo__a.b_cd1", "ivo__a.b_cd1-1767225600.3", "ivo__a.b_cd1-1767225600.4"]
    );
    let first = fs::read_to_string(folder.path().join("ivo__a.b_cd1")).unwrap();
    assert!(first.contains("one"));
}

#[test]
fn what_a_crash_left_behind_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    broker(folder.path()).handle(save, &Packet::new(IVOID)).unwrap();
    let file = folder.path().join("ivo__a.b_cd1");
    let (whole, cut) = (fs::read(&file).unwrap(), b"<voe");
    fs::remove_file(&file).unwrap();
    for name in names(folder.path()) {
        fs::write(folder.path().join(name), cut).unwrap();
    }
    broker(folder.path()).handle(save, &Packet::new(IVOID)).unwrap();
    assert_eq!(fs::read(&file).unwrap(), whole);
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn without_its_folder_it_does_not_load() {
    let fault = Broker::new().init(check).unwrap_err();
    assert_eq!(fault.to_string(), "folder \"/out\" is not granted: [grants] folders");
}

#[test]
fn a_folder_that_is_gone_is_worth_a_retry() {
    let fault = broker(Path::new("/nowhere/at/all")).handle(save, &Packet::new(IVOID)).unwrap_err();
    assert!(fault.is_retry(), "{fault}");
}
