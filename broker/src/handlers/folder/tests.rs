//! The watch in folders on a disk, at times that the test sets.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::*;

mod odd;
mod read;

/// The time from one look to the next.
const LOOK: Duration = Duration::from_millis(250);

/// A watch, the folders `a` and `b` that it watches, and the time.
struct Scene {
    disk: tempfile::TempDir,
    watch: Watch,
    now: Duration,
}

impl Scene {
    fn new() -> Self {
        let disk = tempfile::tempdir().unwrap();
        let folders = ["a", "b"].map(|name| disk.path().join(name));
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        Self { disk, watch: Watch::new(folders), now: Duration::ZERO }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.disk.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Looks after the usual time, and gives what is told in short.
    fn look(&mut self) -> Vec<String> {
        self.now += LOOK;
        let changes = self.watch.look(self.now);
        self.in_short(&changes)
    }

    fn in_short(&self, changes: &[Change]) -> Vec<String> {
        let short = |path: &Path| path.strip_prefix(self.disk.path()).unwrap().display().to_string();
        let one = |change: &Change| match change {
            Change::Appeared(files) => {
                let settings = files.settings.as_deref().map(|path| format!(" with {}", short(path)));
                format!("+ {}{}", short(&files.module), settings.unwrap_or_default())
            }
            Change::Changed { files, what } => format!("{what:?} {}", short(&files.module)),
            Change::Removed(name) => format!("- {name}"),
            Change::Noticed(notice) => {
                notice.to_string().replace(&format!("{}/", self.disk.path().display()), "")
            }
        };
        changes.iter().map(one).collect()
    }

    /// Looks until all is told.
    fn settle(&mut self) {
        while !(self.look().is_empty() && self.look().is_empty()) {}
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_new_file_is_told_when_it_is_the_same_on_two_looks() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    assert_eq!(scene.look(), NOTHING);
    assert_eq!(scene.look(), ["+ a/x.wasm"]);
    assert_eq!(scene.look(), NOTHING);
}

#[test]
fn a_module_and_its_settings_are_told_together() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.look();
    scene.write("a/x.toml", "");
    assert_eq!(scene.look(), NOTHING);
    assert_eq!(scene.look(), ["+ a/x.wasm with a/x.toml"]);
}

#[test]
fn a_half_copied_file_is_not_told() {
    let mut scene = Scene::new();
    let mut file = File::create(scene.path("a/x.wasm")).unwrap();
    for _ in 0..4 {
        file.write_all(b"more").unwrap();
        assert_eq!(scene.look(), NOTHING);
    }
    assert_eq!(scene.look(), ["+ a/x.wasm"]);
}

#[test]
fn what_ran_stays_while_a_newer_file_is_copied_over_it() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "old");
    scene.settle();
    let mut file = OpenOptions::new().write(true).truncate(true).open(scene.path("a/x.wasm")).unwrap();
    assert_eq!(scene.look(), NOTHING);
    file.write_all(b"newer").unwrap();
    assert_eq!(scene.look(), NOTHING);
    assert_eq!(scene.look(), ["Module a/x.wasm"]);
}

#[test]
fn a_file_renamed_over_another_is_a_change_whatever_its_size_and_time() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "old");
    scene.settle();
    let time = fs::metadata(scene.path("a/x.wasm")).unwrap().modified().unwrap();
    scene.write("a/.x.wasm.tmp", "new");
    File::options().write(true).open(scene.path("a/.x.wasm.tmp")).unwrap().set_modified(time).unwrap();
    fs::rename(scene.path("a/.x.wasm.tmp"), scene.path("a/x.wasm")).unwrap();
    assert_eq!(scene.look(), NOTHING);
    assert_eq!(scene.look(), ["Module a/x.wasm"]);
}

#[test]
fn settings_that_come_change_and_go_are_changes_of_the_settings() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.settle();
    for text in ["enabled = true", "enabled = false"] {
        scene.write("a/x.toml", text);
        assert_eq!((scene.look(), scene.look()), (vec![], vec!["Settings a/x.wasm".to_owned()]));
    }
    fs::remove_file(scene.path("a/x.toml")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Settings a/x.wasm".to_owned()]));
}

#[test]
fn both_files_changed_are_one_change() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.settle();
    scene.write("a/x.wasm", "12");
    scene.look();
    scene.write("a/x.toml", "");
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Both a/x.wasm".to_owned()]));
}

#[test]
fn a_removed_file_is_told_and_one_written_anew_at_once_was_changed() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.settle();
    fs::remove_file(scene.path("a/x.wasm")).unwrap();
    assert_eq!(scene.look(), NOTHING);
    scene.write("a/x.wasm", "12");
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Module a/x.wasm".to_owned()]));
    fs::remove_file(scene.path("a/x.wasm")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["- x".to_owned()]));
}

#[test]
fn a_renamed_handler_goes_before_it_comes() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.settle();
    fs::rename(scene.path("a/x.wasm"), scene.path("a/b.wasm")).unwrap();
    assert_eq!(scene.look(), NOTHING);
    assert_eq!(scene.look(), ["- x", "+ a/b.wasm"]);
}

#[test]
fn a_look_that_is_asked_for_does_not_wait() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    let changes = scene.watch.look_again(scene.now);
    assert_eq!(scene.in_short(&changes), ["+ a/x.wasm"]);
}

#[test]
fn looks_in_quick_succession_do_not_make_a_file_steady() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    for _ in 0..10 {
        scene.now += Duration::from_millis(1);
        assert_eq!(scene.watch.look(scene.now), []);
    }
}

#[test]
fn a_link_set_to_another_file_is_a_change() {
    let mut scene = Scene::new();
    for (version, path) in [("1", "x-1"), ("2", "x-2")] {
        scene.write(path, version);
    }
    std::os::unix::fs::symlink(scene.path("x-1"), scene.path("a/x.wasm")).unwrap();
    scene.settle();
    fs::remove_file(scene.path("a/x.wasm")).unwrap();
    std::os::unix::fs::symlink(scene.path("x-2"), scene.path("a/x.wasm")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Module a/x.wasm".to_owned()]));
}
