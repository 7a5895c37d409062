//! The settings that ship as an example, held to what is understood.

use super::super::key::{Key, Table};
use super::*;

/// The example with the defaults written out, and the folder that it grants made one that is there.
fn written_out(folder: &str) -> String {
    let is_setting = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let line = |line: &str| match line.strip_prefix('#').filter(|rest| is_setting(rest)) {
        Some(rest) => format!("{rest}\n"),
        None => format!("{line}\n"),
    };
    EXAMPLE.lines().map(line).collect::<String>().replace("/srv/alerts", folder)
}

#[test]
fn the_example_is_a_settings_file() {
    let settings = parse(EXAMPLE).unwrap();
    assert_eq!(settings.wants.filters.len(), 2);
    assert_eq!(settings.grants.tcp.len(), 3);
    assert_eq!(settings.config.len(), 3);
}

#[test]
fn the_defaults_in_the_example_are_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = parse(&written_out(folder.path().to_str().unwrap())).unwrap();
    assert_eq!(settings.grants.folders.len(), 1);
    settings.grants.folders.clear();
    assert_eq!(parse(EXAMPLE), Ok(settings));
}

#[test]
fn the_example_names_every_key_in_its_table() {
    let mut table = String::new();
    let mut named = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            table = name.to_owned();
        } else if let Some((name, _)) = line.trim_start_matches('#').split_once(" = ") {
            named.push((table.clone(), name.to_owned()));
        }
    }
    for key in Key::ALL.into_iter().filter(|key| key.table() != Table::Folder) {
        let wanted = (key.table().path().to_owned(), key.name().to_owned());
        assert!(named.contains(&wanted), "{wanted:?}");
    }
    let folder = EXAMPLE.lines().find(|line| line.contains("folders = ")).unwrap();
    assert!(Table::Folder.keys().all(|key| folder.contains(&format!("{} = ", key.name()))));
}
