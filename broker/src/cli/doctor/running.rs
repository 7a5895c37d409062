//! The broker that runs: what it says of itself.

use serde_json::Value;

use super::super::told::{each, number, part, text};
use super::finding::Finding;
use super::site::{Broker, Deafness, Site};

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let folder = site.config.store.data_dir.display();
    let elsewhere = site.elsewhere.map(|service| {
        let found =
            format!("no data folder was named, and {service} is there, where the service keeps its data");
        Finding::warning("broker", found, format!("name it: --data-dir {service}"))
    });
    let mut findings: Vec<_> = elsewhere.into_iter().collect();
    let status = match &site.broker {
        Broker::Away => {
            let found = format!("none runs on {folder}; permissions are judged for user {}", site.user.name);
            findings.push(Finding::ok("broker", found));
            return findings;
        }
        Broker::Deaf { why, found } => {
            findings.push(Finding::warning("broker", found.clone(), asking_again(*why, site)));
            return findings;
        }
        Broker::Runs { status, .. } => status,
    };
    findings.push(who(site, status));
    findings.extend(stages(status));
    findings.extend(quarantine(status));
    findings
}

/// How a broker could be asked that was not.
fn asking_again(why: Deafness, site: &Site<'_>) -> String {
    match why {
        Deafness::Forbidden => format!("ask as its user: sudo -u {} philae doctor ..", site.user.name),
        Deafness::Silent => "it hangs or has very much to do: its log says which (journalctl -u philae); \
                             restart it if it stays so"
            .to_owned(),
        Deafness::NoSocket => "it is just starting, or its control.sock was removed: \
                               look again in a minute, then restart it"
            .to_owned(),
    }
}

fn who(site: &Site<'_>, status: &Value) -> Finding {
    let (theirs, ours) = (text(status, "version"), env!("CARGO_PKG_VERSION"));
    let process = site.broker.process().map(|process| format!(", process {process}")).unwrap_or_default();
    let found = format!(
        "philae {theirs} runs as user {}{process}, since {}",
        site.user.name,
        text(status, "started")
    );
    if theirs == ours {
        return Finding::ok("broker", found);
    }
    let remedy = format!("this program is {ours}: restart the broker, or use the program that it runs");
    Finding::warning("broker", found, remedy)
}

/// What is not well, by its own judgement.
fn stages(status: &Value) -> Vec<Finding> {
    let health = part(status, "health").as_object();
    let troubled = health.into_iter().flatten().filter_map(|(name, stage)| {
        let found = format!("{name}: {}", text(stage, "reason"));
        let remedy = "philae status tells more";
        match text(stage, "state").as_str() {
            "failing" => Some(Finding::fault("health", found, remedy)),
            "degraded" => Some(Finding::warning("health", found, remedy)),
            _ => None,
        }
    });
    let troubled: Vec<_> = troubled.collect();
    if troubled.is_empty() {
        let subscribers = number(status, "connected");
        let behind = each(status, "subscribers").filter(|seat| number(seat, "lag") > 0).count();
        let found = format!("all is well; {subscribers} subscribers, {behind} of them behind");
        return vec![Finding::ok("health", found)];
    }
    troubled
}

/// Events that handlers could not handle.
fn quarantine(status: &Value) -> Option<Finding> {
    let held = part(status, "quarantined").as_object();
    let held = held.into_iter().flatten().filter_map(|(name, held)| Some((name, held.as_u64()?)));
    let held: Vec<_> =
        held.filter(|(_, held)| *held > 0).map(|(name, held)| format!("{held} of {name}")).collect();
    let remedy = "philae handler quarantine list says why; retry them once that is mended, or drop them";
    (!held.is_empty()).then(|| Finding::warning("quarantine", format!("events: {}", held.join(", ")), remedy))
}
