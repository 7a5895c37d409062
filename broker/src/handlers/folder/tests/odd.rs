//! What is odd in a folder: told once, with its remedy.

use super::*;

#[test]
fn a_bad_name_is_told_once_with_its_remedy() {
    let mut scene = Scene::new();
    scene.write("a/My Handler.wasm", "1");
    scene.look();
    let wanted = "a/My Handler.wasm is not loaded, since a handler cannot have its name; rename it with at most 64 of a-z, \
                  0-9, '_' and '-', a letter or digit first";
    assert_eq!(scene.look(), [wanted]);
    assert_eq!(scene.look(), NOTHING);
    fs::rename(scene.path("a/My Handler.wasm"), scene.path("a/my-handler.wasm")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["+ a/my-handler.wasm".to_owned()]));
}

#[test]
fn other_files_and_temporary_names_are_passed_over() {
    let mut scene = Scene::new();
    for name in
        ["README.md", ".x.wasm", ".x.wasm.Ab3", "x.wasm~", "#x.wasm#", "~x.wasm", "x.wasm.part", "wasm"]
    {
        scene.write(&format!("a/{name}"), "");
    }
    assert_eq!((scene.look(), scene.look()), (vec![], vec![]));
}

#[test]
fn the_first_of_two_folders_has_the_name() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.write("b/x.wasm", "2");
    scene.write("b/x.toml", "");
    scene.look();
    let second = "b/x.wasm is not loaded, since a/x.wasm comes first; rename one of them";
    assert_eq!(scene.look(), ["+ a/x.wasm", second]);
    fs::remove_file(scene.path("a/x.wasm")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Both b/x.wasm".to_owned()]));
}

#[test]
fn a_folder_that_cannot_be_read_keeps_its_handlers_and_is_told_when_it_is_back() {
    let mut scene = Scene::new();
    scene.write("a/x.wasm", "1");
    scene.write("b/y.wasm", "1");
    scene.settle();
    fs::rename(scene.path("a"), scene.path("c")).unwrap();
    assert_eq!(scene.look(), NOTHING);
    let lost = "a cannot be read: No such file or directory (os error 2); what it held before stays, let the broker's user \
                read it";
    assert_eq!(scene.look(), [lost]);
    scene.write("b/y.wasm", "12");
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["Module b/y.wasm".to_owned()]));
    fs::rename(scene.path("c"), scene.path("a")).unwrap();
    assert_eq!((scene.look(), scene.look()), (vec![], vec!["a can be read again".to_owned()]));
}

#[test]
fn settings_without_a_module_and_what_is_no_file_are_told() {
    let mut scene = Scene::new();
    scene.write("a/x.toml", "");
    fs::create_dir(scene.path("a/y.wasm")).unwrap();
    scene.look();
    let alone = "a/x.toml has no effect, since there is no a/x.wasm; add it, or remove the settings";
    assert_eq!(scene.look(), [alone, "a/y.wasm is no file; remove or rename it"]);
    assert_eq!(scene.look(), NOTHING);
}
