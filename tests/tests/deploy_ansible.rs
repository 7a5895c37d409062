//! The ansible role, on this machine below a folder: what it puts there, what a second run does, who may write what.
//!
//! Users are made and removed again, so the tests need root; without it they say so.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use system_tests::client::{PATIENCE, packet, submit_acked};
use system_tests::deployment::{Played, Supervisor, play};
use system_tests::guests;
use system_tests::philae::{binary, run};
use system_tests::wait::wait_until;
use tempfile::TempDir;

const DEPLOY: &str = "philae-t-deploy";
const SERVE: &str = "philae-t-serve";

/// A folder that stands for a machine, and the two users.
struct Machine {
    root: TempDir,
    receive: SocketAddr,
    broadcast: SocketAddr,
}

impl Machine {
    fn new() -> Option<Self> {
        let id = Command::new("id").arg("-u").output().unwrap();
        if id.stdout != b"0\n" {
            eprintln!("NOT ROOT: the role makes users, and is not tried");
            return None;
        }
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(root.path().join("source")).unwrap();
        Some(Self { root, receive: free(), broadcast: free() })
    }

    /// A path on the machine.
    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join("machine").join(path)
    }

    /// Writes files that the role copies.
    fn source(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.root.path().join("source").join(name);
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// The variables of a site with some handlers and that grace, under a service manager.
    fn variables(&self, manager: Option<&str>, handlers: &[&str], grace: &str) -> Value {
        let module = self.source("handler.wasm", &guests::first_version().unwrap());
        let settings = self.source("handler.toml", b"");
        let (receive, broadcast) = (self.receive.to_string(), self.broadcast.to_string());
        let handler = |name: &&str| json!({"name": name, "module": module, "settings": settings});
        json!({
            "philae_binary": binary().unwrap(),
            "philae_local_ivo": "ivo://philae.test/role",
            "philae_options": {"receive": [receive], "broadcast": [broadcast], "grace": grace},
            "philae_handlers": handlers.iter().map(handler).collect::<Vec<_>>(),
            "philae_prefix": self.root.path().join("machine"),
            "philae_deploy_user": DEPLOY,
            "philae_serve_user": SERVE,
            "philae_serve_group": SERVE,
            "philae_service_manager": if manager.is_some() { "supervisor" } else { "systemd" },
            "philae_supervisorctl": manager,
            "philae_start": manager.is_some(),
            "philae_become": false,
        })
    }

    fn play(&self, variables: &Value) -> Played {
        play(self.root.path(), variables).unwrap()
    }

    /// Whether the user that runs the broker can do this, in a shell.
    fn serve_can(&self, script: &str) -> bool {
        let mut shell = Command::new("setpriv");
        shell.args(["--reuid", SERVE, "--regid", SERVE, "--clear-groups", "sh", "-c", script]);
        shell.output().unwrap().status.success()
    }

    /// Waits until the broker takes a packet.
    fn wait_for_broker(&self, number: usize) {
        let takes = || submit_acked(self.receive, &packet(number, 0)).is_ok();
        let taken = wait_until(PATIENCE, "the broker", takes);
        let log = fs::read_to_string(self.at("var/log/philae/philae.log")).unwrap_or_default();
        assert!(taken.is_ok(), "the broker takes nothing:\n{log}");
    }

    fn handlers(&self) -> String {
        let data = self.at("var/lib/philae").display().to_string();
        let listed = run(&["handler", "--data-dir", &data, "list"]).unwrap();
        String::from_utf8(listed.stdout).unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for (command, name) in
            [("userdel", SERVE), ("userdel", DEPLOY), ("groupdel", SERVE), ("groupdel", DEPLOY)]
        {
            // A group goes with its user as a rule.
            let _ = Command::new(command).arg(name).output();
        }
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn owner(process: u32) -> u32 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn user_id(name: &str) -> u32 {
    let id = Command::new("id").args(["-u", name]).output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().parse().unwrap()
}

fn assert_code_is_read_only(machine: &Machine) {
    let data = machine.at("var/lib/philae");
    for path in ["usr/local/bin/philae", "etc/philae/philae.toml", "etc/philae/handlers/first.wasm"] {
        let path = machine.at(path);
        assert!(machine.serve_can(&format!("cat {} > /dev/null", path.display())), "{path:?} cannot be read");
        assert!(!machine.serve_can(&format!("echo x >> {}", path.display())), "{path:?} can be written");
        assert!(!machine.serve_can(&format!("rm -f {}", path.display())), "{path:?} can be removed");
    }
    let new = machine.at("etc/philae/handlers/new.wasm");
    assert!(!machine.serve_can(&format!("touch {}", new.display())), "a handler can be added");
    let probing = format!("touch {0}/probe && rm {0}/probe", data.display());
    assert!(machine.serve_can(&probing), "the data folder cannot be written");
}

/// One test, since the users are the machine's.
#[test]
fn the_role_installs_what_one_owns_and_another_runs_and_changes_only_what_is_new() {
    let Some(machine) = Machine::new() else { return };
    installs_for_systemd(&machine);
    serves_under_supervisor(&machine);
}

fn installs_for_systemd(machine: &Machine) {
    let variables = machine.variables(None, &["first"], "2s");
    assert!(machine.play(&variables).changed > 0);
    let again = machine.play(&variables);
    assert_eq!(again.changed, 0, "{}", again.said);
    assert_code_is_read_only(machine);
    let site = fs::read_to_string(machine.at("etc/systemd/system/philae.service.d/site.conf")).unwrap();
    assert!(site.contains(&format!("User={SERVE}\n")), "{site}");
    let shipped = fs::read(system_tests::deployment::folder().join("systemd/philae.service")).unwrap();
    assert_eq!(fs::read(machine.at("etc/systemd/system/philae.service")).unwrap(), shipped);
}

fn serves_under_supervisor(machine: &Machine) {
    let entries = machine.at("etc/supervisor/conf.d");
    fs::create_dir_all(&entries).unwrap();
    let supervisor = Supervisor::start(machine.root.path(), &entries).unwrap();
    let ctl = supervisor.ctl().unwrap();
    let site = |handlers: &[&str], grace: &str| machine.variables(Some(&ctl), handlers, grace);
    machine.play(&site(&["first"], "2s"));
    machine.wait_for_broker(1);
    let process = supervisor.process("philae", None).unwrap();
    assert_eq!(owner(process), user_id(SERVE));
    wait_until(PATIENCE, "the handler", || machine.handlers().contains("first")).unwrap();
    let again = machine.play(&site(&["first"], "2s"));
    assert_eq!(again.changed, 0, "{}", again.said);

    machine.play(&site(&["second"], "2s"));
    let is_exchanged = || machine.handlers().contains("second") && !machine.handlers().contains("first");
    wait_until(PATIENCE, "the second handler in place of the first", is_exchanged).unwrap();
    assert_eq!(supervisor.process("philae", None).unwrap(), process, "handlers alone need no restart");

    machine.play(&site(&["second"], "3s"));
    supervisor.process("philae", Some(process)).unwrap();
    machine.wait_for_broker(2);

    let refused = play(machine.root.path(), &site(&["second"], "no time")).unwrap_err().to_string();
    assert!(refused.contains("grace: 'no time' is no duration"), "{refused}");
    let running = fs::read_to_string(machine.at("etc/philae/philae.toml")).unwrap();
    assert!(running.contains("grace = \"3s\""), "{running}");
    assert_log_is_private(&machine.at("var/log/philae"));
}

fn assert_log_is_private(folder: &Path) {
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(fs::read_to_string(folder.join("philae.log")).unwrap().contains("philae runs"));
}
