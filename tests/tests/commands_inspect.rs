//! `philae handler inspect`: what it says of modules, without a broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;

use system_tests::guests;
use system_tests::tool::{Left, philae};

fn inspect(arguments: &[&str]) -> Left {
    philae(&[&["handler", "inspect"], arguments].concat()).unwrap()
}

fn module(name: &str) -> String {
    guests::module(name).unwrap().to_str().unwrap().to_owned()
}

/// What is said of bytes that are written to a file.
fn inspect_bytes(bytes: &[u8]) -> Left {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    fs::write(&file, bytes).unwrap();
    inspect(&[file.to_str().unwrap()])
}

#[test]
fn a_handler_is_told_with_what_it_says_and_uses() {
    let left = inspect(&[&module("print-event")]);
    assert_eq!((left.code, left.err().as_str()), (Some(0), ""));
    for words in [
        "shape     core module, ",
        "print-event 1.0.0, for every role",
        "log          write",
        "it needs none",
    ] {
        assert!(left.out().contains(words), "{words}: {}", left.out());
    }
}

#[test]
fn what_must_be_granted_is_told_with_the_lines_to_write() {
    for (name, line) in [
        ("save-event", "folders = [{ host = "),
        ("webhook", "http = [\"https://"),
        ("grb-latest", "publish = true"),
    ] {
        // Alone in a folder, without the settings that ship with it.
        let folder = tempfile::tempdir().unwrap();
        let alone = folder.path().join(format!("{name}.wasm"));
        fs::copy(module(name), &alone).unwrap();
        let out = inspect(&[alone.to_str().unwrap()]).out();
        assert!(out.contains(&format!("{name}.toml beside it")), "{out}");
        let lines: Vec<_> = out.lines().map(str::trim_start).skip_while(|line| *line != "[grants]").collect();
        assert!(lines.iter().any(|shown| shown.starts_with(line)), "{name}: {out}");
    }
}

#[test]
fn all_of_it_is_to_be_had_as_json_an_object_a_file() {
    let names = guests::SHIPPED.map(module);
    let mut arguments: Vec<_> = names.iter().map(String::as_str).collect();
    arguments.push("--json");
    let out = inspect(&arguments).out();
    let told: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let says: Vec<_> = told.iter().map(|told| told["says"]["name"].as_str().unwrap()).collect();
    assert_eq!(says, guests::SHIPPED);
    let webhook = &told[3];
    assert_eq!(webhook["needs"], serde_json::json!(["http"]));
    assert_eq!(webhook["says"]["roles"], serde_json::json!(["observation", "prediction"]));
    assert_eq!(webhook["revision"].as_str().unwrap().len(), 64);
    assert!(webhook["uses"]["config"][0].as_str().unwrap().starts_with("philae:handler/config@1"));
}

#[test]
fn what_is_no_handler_is_told_and_the_others_are_inspected_all_the_same() {
    let left = inspect(&["/does/not/exist", &module("hello")]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().starts_with("/does/not/exist: cannot read it: "), "{}", left.err());
    assert!(left.out().contains("hello 1.0.0"), "{}", left.out());
    for (bytes, words) in [
        (b"<VOEvent/>".to_vec(), "it is no WebAssembly module: it begins with '<VOEvent'"),
        (Vec::new(), "it is no WebAssembly module: it is empty"),
        (wat::parse_str("(module (func (export \"run\")))").unwrap(), "it is no handler: it exports neither"),
    ] {
        let left = inspect_bytes(&bytes);
        assert_eq!((left.code, left.out().as_str()), (Some(1), ""));
        assert!(left.err().contains(words), "{}", left.err());
    }
}

#[test]
fn an_import_that_no_broker_has_is_named() {
    for (import, words) in [
        ("\"env\" \"telepathy\"", "it cannot run: it imports env telepathy, which this broker does not have"),
        ("\"wasi_snapshot_preview1\" \"telepathy\"", "telepathy"),
    ] {
        let text = format!(
            "(module (import {import} (func)) (memory (export \"memory\") 1) (func (export \"_start\")))"
        );
        let left = inspect_bytes(&wat::parse_str(text).unwrap());
        assert_eq!(left.code, Some(1));
        assert!(left.err().contains(words), "{}", left.err());
        assert!(left.out().contains("command (WASI preview 1)"), "{}", left.out());
    }
}

#[test]
fn a_module_that_was_cut_off_is_told_as_one() {
    let whole = fs::read(module("hello")).unwrap();
    let left = inspect_bytes(&whole[..whole.len() / 2]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("it is no WebAssembly module: "), "{}", left.err());
}
