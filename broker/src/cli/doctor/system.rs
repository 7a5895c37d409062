//! The system: the sandbox that the kernel can hold the broker to, the limits it runs under, and its unit.

use std::fs;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use rustix::process::{Resource, getrlimit};

use super::super::told::size;
use super::finding::Finding;
use super::site::Site;
use crate::lifecycle::start_thread;
use crate::sandbox::{Hold, Reach};

/// Files that a broker has open beside its connections.
const BESIDE: u64 = 256;
/// With less memory than this, somebody should look.
const MEMORY: u64 = 256 << 20;
/// Where units are, the operator's own first.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/philae.service",
    "/usr/lib/systemd/system/philae.service",
    "/lib/systemd/system/philae.service",
];

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let mut findings = vec![sandbox(site), sockets(site)];
    findings.extend(memory(site));
    findings.push(unit());
    findings
}

fn sandbox(site: &Site<'_>) -> Finding {
    if site.config.no_sandbox {
        return Finding::warning("sandbox", "off, by --no-sandbox", "leave that option out");
    }
    if !site.config.handlers.commands.is_empty() {
        return Finding::warning(
            "sandbox",
            "off, since programs of --cmd need all rights",
            "use handlers in its place",
        );
    }
    match offered() {
        None => Finding::warning(
            "sandbox",
            "what this kernel offers cannot be known",
            "the log of its start says",
        ),
        Some(Hold::Full) => {
            Finding::ok("sandbox", "this kernel has Landlock, with all that the broker asks of it")
        }
        Some(Hold::Partial) => {
            Finding::ok("sandbox", "this kernel has Landlock, and not all that came later")
        }
        Some(Hold::None) => {
            let found = "this kernel has no Landlock, or it is switched off: the broker keeps its user's rights to files";
            Finding::warning("sandbox", found, "boot with lsm=landlock,.. or a kernel from 5.13 on")
        }
    }
}

/// How far this kernel would hold a broker: a thread that has nothing else to do gives up all files, and ends.
fn offered() -> Option<Hold> {
    let (tell, told) = sync_channel(1);
    start_thread("sandbox", move || drop(tell.send(Reach::default().enter()))).ok()?;
    told.recv().ok()?.ok()
}

/// Whether as many connections as are allowed can be open at once.
fn sockets(site: &Site<'_>) -> Finding {
    let config = site.config;
    let of = |service: &crate::config::Service| {
        service.endpoints.len() as u64 * u64::from(service.max_connections)
    };
    let wanted = of(&config.receive) + of(&config.broadcast) + BESIDE;
    let (limit, whose) = match site.broker.process().and_then(limit_of) {
        Some(limit) => (Some(limit), "the broker"),
        None => (getrlimit(Resource::Nofile).maximum, "whoever calls; a service has one of its own"),
    };
    let limit = limit.unwrap_or(u64::MAX);
    let shown = if limit == u64::MAX { "any number of".to_owned() } else { limit.to_string() };
    let found =
        format!("{shown} files may be open at once, for {whose}; as configured up to {wanted} can be");
    if limit >= wanted {
        return Finding::ok("limits", found);
    }
    let remedy = format!("LimitNOFILE={wanted} in the unit, or lower the -max-connections");
    Finding::warning("limits", found, remedy)
}

/// The files that a process may have open; none if that cannot be known.
fn limit_of(process: i32) -> Option<u64> {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().nth(1)? {
        "unlimited" => Some(u64::MAX),
        number => number.parse().ok(),
    }
}

/// The memory that the broker's control group may use, where it has one with a limit.
fn memory(site: &Site<'_>) -> Option<Finding> {
    let process = site.broker.process().map_or_else(|| "self".to_owned(), |process| process.to_string());
    let groups = fs::read_to_string(format!("/proc/{process}/cgroup")).ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let folder = Path::new("/sys/fs/cgroup").join(group);
    // A limit further up holds as well.
    let limits = folder.ancestors().take_while(|above| above.starts_with("/sys/fs/cgroup"));
    let limits =
        limits.filter_map(|above| fs::read_to_string(above.join("memory.max")).ok()?.trim().parse().ok());
    let least: u64 = limits.min()?;
    let found = format!("its control group may use {}", size(least));
    Some(match least < MEMORY {
        true => Finding::warning(
            "limits",
            found,
            "MemoryMax= in the unit: give it more, handlers have 64 MiB each",
        ),
        false => Finding::ok("limits", found),
    })
}

fn unit() -> Finding {
    match UNITS.iter().find(|unit| Path::new(unit).exists()) {
        Some(unit) => {
            Finding::ok("service", format!("systemd has {unit}; systemctl status philae tells of it"))
        }
        None => Finding::ok("service", "systemd has no unit for it; deploy/README.md says how it gets one"),
    }
}
