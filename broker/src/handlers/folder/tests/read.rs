//! Reading what was seen, and nothing else.

use super::*;

/// A handler with settings, and the files as the watch tells them.
fn seen(scene: &mut Scene) -> Files {
    scene.write("a/x.wasm", "module");
    scene.write("a/x.toml", "enabled = true");
    scene.look();
    let now = scene.now + LOOK;
    let changes = scene.watch.look(now);
    let [Change::Appeared(files)] = changes.as_slice() else { panic!("{changes:?}") };
    files.clone()
}

#[test]
fn both_files_are_read() {
    let mut scene = Scene::new();
    let files = seen(&mut scene);
    let wanted = ReadFiles { module: b"module".to_vec(), settings: Some("enabled = true".to_owned()) };
    assert_eq!(files.read().unwrap(), wanted);
}

#[test]
fn what_changed_since_it_was_seen_is_not_read() {
    let changes: [fn(&Scene); 5] = [
        |scene| scene.write("a/x.wasm", "another"),
        |scene| scene.write("a/x.wasm", "same 6"),
        |scene| scene.write("a/x.toml", ""),
        |scene| fs::remove_file(scene.path("a/x.toml")).unwrap(),
        |scene| fs::remove_file(scene.path("a/x.wasm")).unwrap(),
    ];
    for change in changes {
        let mut scene = Scene::new();
        let files = seen(&mut scene);
        later(&scene.path("a/x.wasm"));
        change(&scene);
        assert!(matches!(files.read(), Err(ReadError::Changed { .. })));
    }
}

#[test]
fn settings_that_came_since_are_not_left_out() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "module");
    let changes = scene.watch.look_again(scene.now);
    let [Change::Appeared(files)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(files.read().unwrap().settings, None);
    scene.write("a/x.toml", "");
    assert!(matches!(files.read(), Err(ReadError::Changed { .. })));
}

#[test]
fn a_file_too_large_or_no_text_is_an_error_that_says_so() {
    let mut scene = Scene::new();
    fs::write(scene.path("a/x.toml"), [0xff]).unwrap();
    File::create(scene.path("a/y.wasm")).unwrap().set_len(200 << 20).unwrap();
    scene.write("a/x.wasm", "module");
    let changes = scene.watch.look_again(scene.now);
    let [Change::Appeared(x), Change::Appeared(y)] = changes.as_slice() else { panic!("{changes:?}") };
    let told = [x, y].map(|files| files.read().unwrap_err().to_string());
    let root = scene.disk.path().display();
    let no_text = format!("'{root}/a/x.toml' is no text in UTF-8");
    let too_large = format!("'{root}/a/y.wasm' has 200MiB, and at most 64MiB are taken");
    assert_eq!(told, [no_text, too_large]);
}

/// Waits until the disk's clock, which is coarser than the machine's, shows another time than that of the file.
fn later(file: &Path) {
    let changed = || fs::metadata(file).unwrap().modified().unwrap();
    let probe = tempfile::NamedTempFile::new_in(file.parent().unwrap()).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while fs::metadata(probe.path()).unwrap().modified().unwrap() <= changed() {
        assert!(std::time::Instant::now() < deadline, "the disk's clock stands still");
        fs::write(probe.path(), "x").unwrap();
    }
}
