//! What `deploy/` ships: the unit's rating, and supervisor's entry around a broker that is killed.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use system_tests::client::{self, PATIENCE};
use system_tests::deployment::{self, Supervisor};
use system_tests::kept::{kept, missing, repeated};
use system_tests::philae::{Philae, binary};
use system_tests::wait::wait_until;
use vtp::transport::Role;

/// The rating that the unit must not exceed; 10 is no protection at all.
const WORST: f32 = 1.5;
const KILLS: u32 = 3;
/// Acknowledgements between two kills.
const ACKS: usize = 40;

#[test]
fn the_unit_is_rated_as_well_protected() {
    let unit = deployment::folder().join("systemd/philae.service");
    let rate =
        Command::new("systemd-analyze").args(["security", "--offline=yes", "--no-pager"]).arg(unit).output();
    let Some(rated) = rate.ok().filter(|output| output.status.success()) else {
        return eprintln!("NO SYSTEMD-ANALYZE: the unit is not rated (Debian's package systemd has it)");
    };
    let said = String::from_utf8(rated.stdout).unwrap();
    let level = said.split("Overall exposure level for philae.service: ").nth(1).unwrap();
    let level: f32 = level.split_whitespace().next().unwrap().parse().unwrap();
    assert!(level <= WORST, "{said}");
}

#[test]
fn unit_and_entry_leave_a_broker_down_that_a_restart_does_not_mend() {
    let read = |name: &str| fs::read_to_string(deployment::folder().join(name)).unwrap();
    let unit = read("systemd/philae.service");
    assert!(unit.lines().any(|line| line == "RestartPreventExitStatus=2 78"));
    for entry in ["supervisor/philae.conf", "ansible/roles/philae/templates/supervisor.conf.j2"] {
        assert!(read(entry).lines().any(|line| line == "exitcodes=0,2,78"), "{entry}");
    }
}

#[test]
fn under_supervisor_a_broker_that_is_killed_comes_back_and_nothing_acknowledged_is_lost() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name).display().to_string();
    let (receive, broadcast) = (free(), free());
    for folder in ["data", "log", "entries"] {
        fs::create_dir(at(folder)).unwrap();
    }
    let config = format!(
        "local-ivo = 'ivo://philae.test/broker'\nreceive = ['{receive}']\nbroadcast = ['{broadcast}']\n"
    );
    fs::write(at("philae.toml"), config).unwrap();
    let entry = fs::read_to_string(deployment::folder().join("supervisor/philae.conf")).unwrap();
    let entry = entry.replace("/usr/bin/philae", &binary().unwrap().display().to_string());
    let entry = entry.replace("/etc/philae/philae.toml", &at("philae.toml"));
    let entry = entry.replace("--handlers /etc/philae/handlers ", "");
    let entry = entry.replace("/var/lib/philae", &at("data")).replace("/var/log/philae", &at("log"));
    // The user is the role's affair; here it is whoever runs the test.
    fs::write(at("entries/philae.conf"), entry.replace("user=voeventserve\n", "")).unwrap();
    let supervisor = Supervisor::start(root.path(), &root.path().join("entries")).unwrap();
    let (acks, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let acked = thread::scope(|scope| {
        let author = scope.spawn(|| submit(receive, &acks, &is_over));
        let mut process = supervisor.process("philae", None).unwrap();
        for _ in 0..KILLS {
            let goal = acks.load(Ordering::SeqCst) + ACKS;
            wait_until(PATIENCE, "acks", || acks.load(Ordering::SeqCst) >= goal).unwrap();
            Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
            process = supervisor.process("philae", Some(process)).unwrap();
        }
        let goal = acks.load(Ordering::SeqCst) + ACKS;
        wait_until(PATIENCE, "acks", || acks.load(Ordering::SeqCst) >= goal).unwrap();
        is_over.store(true, Ordering::SeqCst);
        author.join().unwrap()
    });
    supervisor.ask(&["stop", "philae"]).unwrap();
    drop(supervisor);
    let philae = Philae::start_in(&root.path().join("data"), &[]).unwrap();
    let kept = kept(&philae).unwrap();
    assert_eq!(missing(&acked, &kept), 0, "acknowledged events are not in the log");
    assert_eq!(repeated(&kept).unwrap(), 0, "events are in the log twice");
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Submits one event after another, those again that were not acknowledged; returns those that were.
fn submit(to: SocketAddr, acks: &AtomicUsize, is_over: &AtomicBool) -> Vec<Vec<u8>> {
    let mut acked = Vec::new();
    while !is_over.load(Ordering::SeqCst) {
        let packet = client::packet(acked.len(), 0);
        if let Ok(Some(receipt)) = client::submit(to, &packet) {
            assert_eq!(receipt.role, Role::Ack, "{:?}", receipt.result);
            acked.push(packet);
            acks.fetch_add(1, Ordering::SeqCst);
        }
    }
    acked
}
