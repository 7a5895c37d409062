//! What a service manager is told, as systemd listens: on a socket for datagrams.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use system_tests::client::{PATIENCE, packet, submit_acked};
use system_tests::philae::{Philae, bare, binary};

/// The time after which a manager would end the broker.
const WATCHDOG: Duration = Duration::from_secs(2);
/// Holds one thread of another process until its input ends, and says when it does.
const HOLD: &str = "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
thread = int(sys.argv[1])
if libc.ptrace(16, thread, 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(thread, 0x40000000)
print('held', flush=True)
sys.stdin.read()
libc.ptrace(17, thread, 0, 0)
";

/// What a manager hears.
struct Manager(UnixDatagram);

impl Manager {
    fn listen(folder: &Path) -> Self {
        Self(UnixDatagram::bind(folder.join("notify")).unwrap())
    }

    fn start(&self, folder: &Path, flags: &[&str]) -> Philae {
        let mut command = Command::new(binary().unwrap());
        command.env("NOTIFY_SOCKET", folder.join("notify"));
        command.env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
        let data = folder.join("data").display().to_string();
        Philae::start_by(command, &[&["--receive", "127.0.0.1:0", "--data-dir", &data], flags].concat())
            .unwrap()
    }

    /// The next message, if one comes within this time.
    fn hear(&self, within: Duration) -> Option<String> {
        let mut bytes = vec![0; 4096];
        self.0.set_read_timeout(Some(within)).unwrap();
        match self.0.recv(&mut bytes) {
            Ok(count) => {
                bytes.truncate(count);
                Some(String::from_utf8(bytes).unwrap())
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                None
            }
        }
    }

    /// Waits for a message with this line in it.
    fn hear_of(&self, wanted: &str) -> String {
        loop {
            let message = self.hear(PATIENCE);
            assert!(message.is_some(), "{wanted} was never told");
            let message = message.unwrap_or_default();
            if message.lines().any(|line| line == wanted) {
                return message;
            }
        }
    }
}

#[test]
fn a_manager_is_told_that_the_broker_serves_that_it_looks_at_handlers_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::listen(folder.path());
    let broker = manager.start(folder.path(), &[]);
    let first = manager.hear(PATIENCE).unwrap();
    assert_eq!(first.trim_end(), "READY=1\nSTATUS=serving; the log is at 0");
    // Whoever is told can connect.
    submit_acked(broker.receive().unwrap(), &packet(1, 0)).unwrap();
    broker.signal("HUP").unwrap();
    assert!(manager.hear_of("RELOADING=1").contains("MONOTONIC_USEC="));
    manager.hear_of("READY=1");
    manager.hear_of("WATCHDOG=1");
    broker.signal("TERM").unwrap();
    manager.hear_of("STOPPING=1");
    broker.stop().unwrap();
}

#[test]
fn a_broker_that_cannot_start_is_never_ready() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::listen(folder.path());
    fs::write(folder.path().join("data"), "no store").unwrap();
    let mut command = bare(&folder.path().join("data")).unwrap();
    command.env("NOTIFY_SOCKET", folder.path().join("notify")).stderr(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(74));
    assert_eq!(manager.hear(Duration::from_millis(1)), None);
}

#[test]
fn signs_of_life_come_while_the_log_can_be_written_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let manager = Manager::listen(folder.path());
    let broker = manager.start(folder.path(), &[]);
    manager.hear_of("WATCHDOG=1");
    let Some(held) = hold(broker.id(), "store-writer") else { return };
    // A sign that was under way may still come.
    let start = Instant::now();
    let mut signs = 0;
    while let Some(left) = (3 * WATCHDOG).checked_sub(start.elapsed()).filter(|left| !left.is_zero()) {
        signs += u32::from(manager.hear(left).is_some());
    }
    assert!(signs <= 1, "{signs} signs of life from a broker whose writer is stuck");
    drop(held);
    manager.hear_of("WATCHDOG=1");
    submit_acked(broker.receive().unwrap(), &packet(1, 0)).unwrap();
    broker.stop().unwrap();
}

/// What holds a thread; dropping it lets go.
struct Held(Child);

/// Holds a thread of a process by its name, as a disk that hangs would; none where the system does not let us.
fn hold(process: u32, name: &str) -> Option<Held> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap().map(|task| task.unwrap().path());
    let is_it = |task: &Path| fs::read_to_string(task.join("comm")).unwrap().trim() == name;
    let thread = tasks.into_iter().find(|task| is_it(task)).unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", HOLD]).arg(thread.file_name().unwrap());
    let mut held = Held(python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut said = String::new();
    BufReader::new(held.0.stdout.take().unwrap()).read_line(&mut said).unwrap();
    if said != "held\n" {
        eprintln!("NO THREAD HELD: this system lets us stop no thread of another process");
        return None;
    }
    Some(held)
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
