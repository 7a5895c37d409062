//! `philae dev` in a clone: the broker at once, and handlers beside it as soon as they are built.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use system_tests::client::{Listener, PATIENCE, submit_acked};
use system_tests::tool::philae;
use system_tests::wait::{wait_for, wait_until};
use system_tests::{fixtures, guests};
use tempfile::TempDir;

/// `philae dev` that runs in a folder which looks like a clone. Dropping it kills it.
struct Dev {
    folder: TempDir,
    child: Child,
}

impl Dev {
    /// Starts it where `handlers/build.sh` has these lines, the folder for what it builds being `$2`.
    fn start(script: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let handlers = folder.path().join("handlers");
        for name in guests::SHIPPED {
            fs::create_dir_all(handlers.join(name)).unwrap();
            fs::copy(guests::settings(name), handlers.join(name).join(format!("{name}.toml"))).unwrap();
        }
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        fs::write(handlers.join("build.sh"), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(handlers.join("build.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(system_tests::philae::binary().unwrap());
        command
            .args(["dev", "--receive-port", "0", "--broadcast-port", "0", "--data-dir", "data"])
            .args(flags);
        command.current_dir(folder.path()).env_remove("RUST_LOG").stdin(Stdio::null());
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
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
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
    let mut dev = Dev::start(&putting(guests::folder().unwrap()), &[]);
    for words in ["handlers: Compiling all of it", "Handlers are built.", "handler list --data-dir "] {
        dev.wait_to_say(words);
    }
    for name in ["print-event", "save-event", "grb-latest", "observable"] {
        dev.wait_to_say(&format!("the handler runs handler={name}"));
    }
    let mut listener = Listener::start(dev.at("broadcast")).unwrap();
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    dev.wait_to_say(
        "said=\"observation ivo://philae.test/wide-field-monitor#grb-260114-0731 211.8034 -36.2719",
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
    let mut dev = Dev::start("echo $$ > pid; sleep 1000", &[]);
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    wait_until(PATIENCE, "the build", || {
        fs::read_to_string(dev.path("pid")).is_ok_and(|pid| !pid.is_empty())
    })
    .unwrap();
    let build = fs::read_to_string(dev.path("pid")).unwrap();
    dev.stop();
    assert!(!Path::new("/proc").join(build.trim()).exists(), "the build is gone");
    assert!(!dev.said().contains("not built"), "nobody wants to know: {}", dev.said());
}

#[test]
fn without_a_toolchain_the_broker_says_what_is_missing_and_goes_on() {
    let dev = Dev::start("echo 'get it with rustup' >&2; exit 69", &[]);
    dev.wait_to_say("handlers: get it with rustup");
    dev.wait_to_say("handlers: they are not built (exit status: 69); the broker goes on");
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
}

#[test]
fn a_folder_of_modules_that_is_named_takes_the_place_of_the_clone() {
    let handlers = tempfile::tempdir().unwrap();
    fs::copy(guests::module("hello").unwrap(), handlers.path().join("hello.wasm")).unwrap();
    let dev = Dev::start("touch built", &["--handlers", handlers.path().to_str().unwrap()]);
    submit_acked(dev.at("receive"), fixtures::GRB).unwrap();
    dev.wait_to_say(": ivo://philae.test/wide-field-monitor#grb-260114-0731 at ");
    assert!(!dev.path("built").exists() && !dev.path("data-handlers").exists());
}

#[test]
fn it_runs_without_handlers_where_there_are_none_or_none_are_wanted() {
    let dev = Dev::start("touch built", &["--no-handlers"]);
    dev.wait_to_say("No handlers: they are built in a clone of Philae");
    assert!(!dev.path("built").exists());
}
