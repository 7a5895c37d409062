//! The clock: whether something keeps it right. What upstream brokers say of the time is compared where they are heard.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::finding::Finding;

/// What systemd's own client leaves behind once it has set the clock.
const SET: &str = "/run/systemd/timesync/synchronized";
/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn look() -> Vec<Finding> {
    if Path::new(SET).exists() {
        return vec![Finding::ok("clock", "kept right by systemd-timesyncd")];
    }
    // It asks the kernel, whoever sets the clock.
    if let Some(told) = asked("timedatectl", &["show", "--property=NTPSynchronized", "--value"]).await {
        match told.trim() {
            "yes" => return vec![Finding::ok("clock", "kept right, by what timedatectl says")],
            "no" => {
                let found = "nothing keeps it right, by what timedatectl says";
                return vec![Finding::warning(
                    "clock",
                    found,
                    "set it by NTP: timedatectl set-ntp true, or chrony",
                )];
            }
            _ => {}
        }
    }
    if let Some(told) = asked("chronyc", &["-c", "tracking"]).await {
        let is_kept = told.trim().ends_with("Normal");
        return vec![match is_kept {
            true => Finding::ok("clock", "kept right by chrony"),
            false => {
                Finding::warning("clock", "chrony does not keep it right yet", "chronyc tracking tells why")
            }
        }];
    }
    let found = "whether something keeps it right cannot be known here";
    vec![Finding::warning("clock", found, "see to it that the machine, or its host, sets its clock by NTP")]
}

/// What a program says, if there is such a one and it answers.
async fn asked(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
