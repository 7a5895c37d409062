//! Strangers' orders to a terminal come out of no command as they are, in JSON neither.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;

use serde_json::Value;
use system_tests::tool::philae;
use tempfile::TempDir;

/// A C1 control that begins an order, and a turn of the direction of text.
const ORDERS: [char; 2] = ['\u{9b}', '\u{202e}'];

/// A packet with orders in its text.
fn packet() -> String {
    let [control, turn] = ORDERS;
    format!(
        "<voe:VOEvent xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' \
         ivorn='ivo://philae.test/orders#1'><Who><Date>2014-04-01T00:00:00</Date></Who>\
         <What><Description>a{control}2J{turn}b</Description></What></voe:VOEvent>\n"
    )
}

fn said(arguments: &[&str]) -> String {
    let left = philae(arguments).unwrap();
    left.out() + &left.err()
}

/// A data folder with that packet in it.
fn imported() -> TempDir {
    let [folder, packets] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let file = packets.path().join("packet.xml");
    fs::write(&file, packet()).unwrap();
    let (data_dir, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    assert!(said(&["import", "--data-dir", data_dir, file]).starts_with("1 new"));
    folder
}

fn has_orders(text: &str) -> bool {
    text.contains(ORDERS)
}

#[test]
fn json_escapes_orders_and_reads_back_as_it_was() {
    let folder = imported();
    let data_dir = folder.path().to_str().unwrap();
    let description = "string(//Description)";
    for (arguments, key) in [
        (vec!["export", "-", "--format", "jsonl", "--data-dir", data_dir], "packet"),
        (vec!["show", "1", "--json", "--data-dir", data_dir], "packet"),
        (vec!["query", description, "--format", "json", "--data-dir", data_dir], "value"),
    ] {
        let said = said(&arguments);
        assert!(!has_orders(&said), "{arguments:?}: {said:?}");
        let value: Value = serde_json::from_str(&said).unwrap();
        assert!(value[key].as_str().is_some_and(|text| text.contains("a\u{9b}2J\u{202e}b")), "{said}");
    }
}

#[test]
fn csv_that_nobody_looks_at_is_as_it_is() {
    let folder = imported();
    let data_dir = folder.path().to_str().unwrap();
    let said = said(&["query", "string(//Description)", "--format", "csv", "--data-dir", data_dir]);
    assert!(has_orders(&said), "{said:?}");
}

#[test]
fn names_of_files_order_no_terminal_about() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str| format!("{}/{name}\u{9b}2J\u{202e}.xml", folder.path().display());
    let (valid, none, missing) = (named("valid"), named("none"), named("missing"));
    fs::write(&valid, packet()).unwrap();
    fs::write(&none, "no event").unwrap();
    for arguments in [
        vec!["validate", &valid, &none, &missing],
        vec!["send", "127.0.0.1:1", &valid, &none, &missing],
        vec!["handler", "inspect", &none, &missing],
        vec!["filter", "true()", &valid, &none, &missing],
        vec!["config", "init", "--out", &named("config")],
        vec!["config", "init", "--out", &none],
    ] {
        let said = said(&arguments);
        assert!(said.contains("\u{fffd}2J\u{fffd}.xml") && !has_orders(&said), "{arguments:?}: {said:?}");
    }
}
