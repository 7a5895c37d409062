//! The rule of `wit/README.md`: within version 1 the interface only grows.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use system_tests::client::submit_acked;
use system_tests::handler_site::{HandlerSite, install};
use system_tests::{fixtures, guests};

/// The items of each interface and world, as text without documentation and spacing.
fn items(file: &str) -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap());
    let mut blocks = BTreeMap::<String, Vec<String>>::new();
    let (mut block, mut item, mut depth) = (String::new(), String::new(), 0);
    for character in code.collect::<Vec<_>>().join(" ").chars() {
        match character {
            '{' if depth == 0 => block = std::mem::take(&mut item),
            '}' if depth == 1 => item.clear(),
            other => item.push(other),
        }
        depth += i32::from(character == '{') - i32::from(character == '}');
        let is_whole = (depth == 1 && matches!(character, ';' | '}')) || (depth == 0 && character == ';');
        if is_whole {
            let words = item.split_whitespace().collect::<Vec<_>>().join(" ");
            blocks.entry(block.trim().to_owned()).or_default().push(words);
            item.clear();
        }
    }
    blocks
}

#[test]
fn todays_interface_has_all_of_the_first_version_unchanged() {
    let (first, today) = (items("guests/first-version/handler.wit"), items("../wit/handler.wit"));
    let interfaces = first.iter().filter(|(name, _)| !name.is_empty());
    for (name, items) in interfaces.clone() {
        let today = today.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        for item in items {
            assert!(today.contains(item), "{name} changed or lost: {item}");
        }
    }
    assert_eq!(interfaces.count(), 9, "eight interfaces and the world were looked at");
}

#[test]
fn what_every_handler_must_export_has_not_grown() {
    let (first, today) = (items("guests/first-version/handler.wit"), items("../wit/handler.wit"));
    assert_eq!(today.get("interface handler"), first.get("interface handler"));
    let exports = |blocks: &BTreeMap<String, Vec<String>>| -> Vec<String> {
        let world = blocks.get("world handler-world").unwrap();
        world.iter().filter(|item| item.starts_with("export")).cloned().collect()
    };
    assert_eq!(exports(&today), exports(&first));
}

#[test]
fn a_handler_of_the_first_version_handles_the_events_of_today() {
    let fill = |folder: &Path| install(folder, "first", "", &guests::first_version()?);
    let site = HandlerSite::prepared(fill).unwrap();
    for event in [fixtures::GRB, fixtures::MINIMAL, fixtures::GRAVITATIONAL_WAVE] {
        submit_acked(site.philae.receive().unwrap(), event).unwrap();
    }
    let first = site.wait_for("first", "all to be handled", |first| first["counts"]["handled"] == 3).unwrap();
    assert_eq!((&first["counts"]["failures"], &first["trouble"]), (&0.into(), &serde_json::Value::Null));
    let log = site.handler(&["logs", "first"]).unwrap().out();
    for said in
        ["#1 ivo://philae.test/wide-field-monitor#grb-260114-0731", "#1 731", "#2 ivo://philae.test/least#1"]
    {
        assert!(log.contains(said), "{said}: {log}");
    }
}
