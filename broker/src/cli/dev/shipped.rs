//! What the handlers that ship are granted by `philae dev`.
//!
//! What needs nothing but a place on this machine is given one and enabled, as long as its settings are as they ship: what
//! somebody has changed stays as it is.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

/// Enables what needs nothing but a place on this machine, where the settings are as they ship.
///
/// # Errors
/// A file or a folder cannot be written.
pub(super) fn enable(sources: &Path, out: &Path, saved: &Path) -> io::Result<()> {
    fs::create_dir_all(saved)?;
    for (name, change) in [("save-event", save_event as Change), ("grb-latest", grb_latest)] {
        let Ok(shipped) = fs::read_to_string(sources.join(name).join(format!("{name}.toml"))) else {
            continue;
        };
        let path = out.join(format!("{name}.toml"));
        if fs::read_to_string(&path).is_ok_and(|text| text == shipped)
            && let Some(settings) = change(&shipped, saved)
        {
            super::settings::write(&path, settings.as_bytes())?;
        }
    }
    Ok(())
}

/// Makes settings of those that ship; nothing if they are not as they were thought to be.
type Change = fn(&str, &Path) -> Option<String>;

/// It saves into a folder of dev's own.
fn save_event(shipped: &str, saved: &Path) -> Option<String> {
    // What is text in JSON is the same text in TOML.
    let folder = json!(saved.to_str()?);
    let folders = format!("folders = [{{ host = {folder}, guest = \"/out\", writable = true }}]");
    with_lines(shipped, &[("enabled = ", "enabled = true"), ("# folders = ", &folders)])
}

/// It follows everyone, and publishes under the name of dev's broker.
fn grb_latest(shipped: &str, _: &Path) -> Option<String> {
    let stream = "stream = \"ivo://philae.dev/grb-latest\"";
    with_lines(shipped, &[("enabled = ", "enabled = true"), ("streams = ", ""), ("stream = ", stream)])
}

/// The text with other lines in place of those that begin so, if each is there.
fn with_lines(text: &str, lines: &[(&str, &str)]) -> Option<String> {
    let mut changed: Vec<&str> = text.lines().collect();
    for (beginning, line) in lines {
        *changed.iter_mut().find(|line| line.starts_with(beginning))? = line;
    }
    Some(changed.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::{Forbidden, Settings};

    const SAVE_EVENT: &str = include_str!("../../../../handlers/save-event/save-event.toml");
    const GRB_LATEST: &str = include_str!("../../../../handlers/grb-latest/grb-latest.toml");

    fn parse(settings: &str) -> Settings {
        Settings::parse("a.toml", settings, &Forbidden::default()).unwrap()
    }

    #[test]
    fn shipped_settings_are_enabled_with_grants_of_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let settings = parse(&save_event(SAVE_EVENT, folder.path()).unwrap());
        assert!(settings.enabled && settings.grants.folders[0].writable);
        assert_eq!(settings.grants.folders[0].host, folder.path().canonicalize().unwrap());
        let settings = parse(&grb_latest(GRB_LATEST, folder.path()).unwrap());
        assert!(settings.enabled && settings.grants.publish && settings.wants.streams.is_empty());
        assert!(settings.config.contains(&("stream".into(), "ivo://philae.dev/grb-latest".into())));
    }

    #[test]
    fn settings_that_somebody_changed_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (sources, out) = (folder.path().join("sources"), folder.path().join("out"));
        fs::create_dir_all(sources.join("save-event")).unwrap();
        fs::create_dir(&out).unwrap();
        fs::write(sources.join("save-event/save-event.toml"), SAVE_EVENT).unwrap();
        let settings = out.join("save-event.toml");
        for (before, is_changed) in [(SAVE_EVENT, true), ("enabled = false", false)] {
            fs::write(&settings, before).unwrap();
            enable(&sources, &out, &folder.path().join("saved")).unwrap();
            assert_eq!(fs::read_to_string(&settings).unwrap() != before, is_changed);
        }
    }
}
