//! Projects on the workbench: made from templates, built by real compilers, and tested against what is expected.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use system_tests::guests;
use system_tests::philae::binary;
use system_tests::tool::{Left, philae};
use system_tests::toolchains::Toolchains;

/// What a command on a folder comes to.
fn handler(arguments: &[&str]) -> Left {
    philae(&[&["handler"], arguments].concat()).unwrap()
}

fn text_of(path: &Path) -> String {
    path.display().to_string()
}

/// Makes a project, builds it, and holds it against what the template expects.
fn make_build_test(language: &str, toolchains: &Toolchains) {
    let folder = tempfile::tempdir().unwrap();
    let (inside, tools) = (text_of(folder.path()), text_of(&toolchains.folder));
    let left = handler(&["new", "alert", "--lang", language, "--dir", &inside]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    let project = folder.path().join("alert");
    let (folder, expected) = (text_of(&project), text_of(&project.join("expected.txt")));
    let left = handler(&["build", &folder, "--install", "--tools", &tools]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    assert!(left.out().contains("alert.wasm: ") && left.out().contains(" kB, built in "), "{}", left.out());
    let left = handler(&["test", &folder, "--expect", &expected]);
    assert_eq!(left.code, Some(0), "{}{}", left.out(), left.err());
    let other = project.join("elsewhere");
    let left = handler(&["build", &folder, "--tools", &tools, "--out", &text_of(&other)]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    assert!(other.join("alert.wasm").is_file() && other.join("alert.toml").is_file());
    let left_behind = fs::read_dir(&project).unwrap().map(|file| file.unwrap().file_name());
    assert!(!left_behind.into_iter().any(|name| name.to_string_lossy().starts_with(".build")));
}

#[test]
fn a_new_project_in_rust_does_what_it_says() {
    make_build_test("rust", &Toolchains::with_rust().unwrap());
}

#[test]
fn a_new_project_in_c_does_what_it_says() {
    make_build_test("c", &Toolchains::lock().unwrap());
}

#[test]
fn a_new_project_in_zig_does_what_it_says() {
    make_build_test("zig", &Toolchains::lock().unwrap());
}

#[test]
fn a_new_project_in_go_does_what_it_says() {
    make_build_test("go", &Toolchains::lock().unwrap());
}

#[test]
fn what_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    let inside = text_of(folder.path());
    for (name, language, code, words) in [
        ("alert", "pyton", 2, "did you mean 'python'?"),
        ("alert", "fortran", 2, "there are rust, c, zig, go"),
        ("Alert 1", "c", 2, "a handler's name has 1 to 64 of a-z"),
        ("../alert", "c", 2, "is no name"),
        ("there", "c", 1, "there' is there already"),
        ("1st", "rust", 1, "a crate's name begins with a letter"),
    ] {
        let left = handler(&["new", name, "--lang", language, "--dir", &inside]);
        assert_eq!((left.code, left.err().contains(words)), (Some(code), true), "{words}: {}", left.err());
    }
}

#[test]
fn a_folder_that_is_no_project_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = text_of(folder.path());
    let told = |words: &str| {
        let left = handler(&["build", &path]);
        assert_eq!((left.code, left.err().contains(words)), (Some(1), true), "{words}: {}", left.err());
    };
    told("has no source in a language that is known");
    fs::write(folder.path().join("a.c"), "").unwrap();
    fs::write(folder.path().join("b.py"), "").unwrap();
    told("several languages (c, python); say which with --lang");
    let left = handler(&["test", &path]);
    assert!(left.err().contains("make one with 'philae handler build"), "{}", left.err());
}

#[test]
fn a_missing_compiler_is_told_with_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let inside = text_of(folder.path());
    for (language, words) in [
        ("go", "there is no Go 1.21 or newer; get one by any of\n    philae handler build --install"),
        ("zig", "\n    pip install ziglang\n"),
        ("rust", "rustup target add wasm32-unknown-unknown"),
        ("assemblyscript", "npm install assemblyscript"),
        ("javascript", "npm install @bytecodealliance/componentize-js"),
        ("python", "pip install componentize-py"),
    ] {
        assert_eq!(handler(&["new", language, "--lang", language, "--dir", &inside]).code, Some(0));
        let mut command = std::process::Command::new(binary().unwrap());
        command.args(["handler", "build", language, "--tools", "tools"]).current_dir(folder.path());
        let left = command.env("PATH", "/nowhere").output().unwrap();
        let err = String::from_utf8_lossy(&left.stderr);
        assert_eq!((left.status.code(), err.contains(words)), (Some(69), true), "{words}: {err}");
    }
}

#[test]
fn a_compilers_words_are_shown_and_what_stood_there_stays() {
    let toolchains = Toolchains::lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (inside, tools) = (text_of(folder.path()), text_of(&toolchains.folder));
    assert_eq!(handler(&["new", "alert", "--lang", "c", "--dir", &inside]).code, Some(0));
    let project = folder.path().join("alert");
    let build = || handler(&["build", &text_of(&project), "--install", "--tools", &tools]);
    fs::copy(guests::module("hello").unwrap(), project.join("alert.wasm")).unwrap();
    let before = fs::read(project.join("alert.wasm")).unwrap();
    fs::write(project.join("handler.c"), "int main(void) { return undeclared_name; }").unwrap();
    let left = build();
    assert_eq!(left.code, Some(1), "{}", left.err());
    assert!(
        left.err().contains("undeclared_name") && left.err().contains("it does not build"),
        "{}",
        left.err()
    );
    assert_eq!(fs::read(project.join("alert.wasm")).unwrap(), before);
}

#[test]
fn a_compiler_that_writes_nothing_is_told_and_what_stood_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let compilers = folder.path().join("bin");
    fs::create_dir(&compilers).unwrap();
    let go = compilers.join("go");
    fs::write(&go, "#!/bin/sh\n[ \"$1\" = version ] && echo 'go version go1.27 linux/amd64'\nexit 0\n")
        .unwrap();
    fs::set_permissions(&go, fs::Permissions::from_mode(0o755)).unwrap();
    let inside = text_of(folder.path());
    assert_eq!(handler(&["new", "alert", "--lang", "go", "--dir", &inside]).code, Some(0));
    let module = folder.path().join("alert/alert.wasm");
    fs::write(&module, "what stood there").unwrap();
    let mut command = std::process::Command::new(binary().unwrap());
    command.args(["handler", "build", "alert", "--tools", "tools"]).current_dir(folder.path());
    let left = command.env("PATH", format!("{}:/usr/bin:/bin", compilers.display())).output().unwrap();
    let err = String::from_utf8_lossy(&left.stderr);
    assert_eq!((left.status.code(), left.stdout.as_slice()), (Some(1), &b""[..]), "{err}");
    assert!(err.ends_with("\nphilae: go ended well and wrote no module\n"), "{err}");
    assert_eq!(fs::read_to_string(&module).unwrap(), "what stood there");
}

#[test]
fn languages_are_compared_in_a_table() {
    let toolchains = Toolchains::with_rust().unwrap();
    let tools = text_of(&toolchains.folder);
    let compare = |more: &[&str]| philae(&[&["bench", "languages"], more].concat()).unwrap();
    let left = compare(&["rust", "zig", "--calls", "5", "--install", "--tools", &tools]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    let rows: Vec<Vec<String>> = left
        .out()
        .lines()
        .skip(2)
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    assert_eq!([&rows[0][1], &rows[1][1]], ["Rust", "Zig"]);
    let numbers = rows.iter().flat_map(|row| &row[2..9]);
    assert!(
        numbers.clone().count() == 14 && numbers.into_iter().all(|cell| cell.starts_with(char::is_numeric))
    );
    assert_eq!(compare(&["--calls", "0"]).code, Some(2));
    let left = compare(&["fortran"]);
    assert!(left.code == Some(2) && left.err().contains("there are rust, c, zig, go"), "{}", left.err());
}
