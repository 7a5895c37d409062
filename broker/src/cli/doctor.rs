//! `philae doctor`: whether an installation is sound, and what to do where it is not, with the broker running or not.
//!
//! Each file looks at a group of things and gives [`Finding`]s; none leaves a change behind. Each port that is free is bound
//! for a moment to see that it is, and a store at rest is read through links that are made beside it. What a broker says of itself is
//! believed before what can be seen from outside. Permissions are judged for the user who runs the broker, by owners, groups
//! and modes; what access lists add to these is seen for the calling user alone.
//!
//! ```text
//! configuration ──> Site ──> running · ports · folder · store · handlers · files · clock · upstreams · system ──> lines
//! ```

mod clock;
mod files;
mod finding;
mod folder;
mod handlers;
mod log;
mod ports;
mod running;
mod site;
mod system;
mod upstreams;
mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::files::print;
use super::run_args::{self, RunArgs};
use super::{EXIT_FAILED, runtime};
use crate::config::{Config, EXIT_CONFIG, Faults};
use crate::plain::json_line;
use finding::{Finding, State};
use site::Site;

/// The configuration of the service.
const SHIPPED: &str = "/etc/philae/philae.toml";

/// Check an installation, and say what to do where it is not sound
///
/// It takes the options of `philae run`, and looks at what a broker with these needs: ports, data folder, handlers, permissions,
/// clock, upstream brokers, limits; and asks the broker, if one runs on the data folder. It leaves nothing changed; to see whether a
/// port is free it has it for a moment. Given no options, it takes /etc/philae/philae.toml if that is there. A line tells
/// a check: ok, warning or fault, what it was, what was found, what to do. Exits with 1 if there is a fault, and with 78 if
/// the configuration has some.
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    run: RunArgs,

    /// Judge permissions for this user, by name or number [default: who runs the broker, else who owns the data folder]
    #[arg(long, value_name = "USER", help_heading = "Doctor")]
    user: Option<String>,

    /// Print all findings as one JSON object
    #[arg(long, help_heading = "Doctor")]
    json: bool,
}

pub(super) fn main(args: &DoctorArgs) -> ExitCode {
    let run = with_shipped(&args.run);
    let checked = Config::check(run_args::given(&run), &run_args::environment());
    let (mut findings, code) = match checked {
        Ok(config) => match runtime::block_on(look(args, &run, &config)) {
            Ok(findings) => {
                let is_faulty = findings.iter().any(|finding| finding.state == State::Fault);
                (findings, if is_faulty { EXIT_FAILED } else { 0 })
            }
            Err(error) => {
                tell!("philae: {error}");
                return ExitCode::from(EXIT_FAILED);
            }
        },
        Err(faults) => (misconfigured(&faults), EXIT_CONFIG),
    };
    if run.config != args.run.config {
        let found = format!("{SHIPPED} is looked at, since none was named");
        findings.insert(0, Finding::ok("configuration", found));
    }
    let told = print(|out| {
        if args.json {
            writeln!(out, "{}", json_line(&json!({ "state": worst(&findings), "checks": findings })))?;
        } else {
            findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
        }
        Ok(true)
    });
    if told == ExitCode::SUCCESS { ExitCode::from(code) } else { told }
}

/// The options that were given, with the service's configuration where none but the data folder was.
fn with_shipped(given: &RunArgs) -> RunArgs {
    let is_nothing = RunArgs { data_dir: None, ..given.clone() } == RunArgs::default();
    let config = given.config.clone().or_else(|| {
        let shipped = PathBuf::from(SHIPPED);
        (is_nothing && shipped.exists()).then_some(shipped)
    });
    RunArgs { config, ..given.clone() }
}

/// All checks, in the order in which what is wrong explains what follows.
async fn look(args: &DoctorArgs, run: &RunArgs, config: &Config) -> Vec<Finding> {
    let (site, mut findings) = Site::find(config, run.config.as_deref(), args.user.as_deref()).await;
    findings.push(version());
    findings.push(Finding::ok("configuration", super::config::summary(config)));
    findings.extend(running::look(&site));
    findings.extend(ports::look(&site));
    findings.extend(folder::look(&site));
    findings.extend(log::look(&site));
    findings.extend(handlers::look(&site));
    findings.extend(files::look(&site));
    let (clock, upstreams) = tokio::join!(clock::look(), upstreams::look(&site));
    findings.extend(clock.into_iter().chain(upstreams));
    findings.extend(system::look(&site));
    findings
}

fn misconfigured(faults: &Faults) -> Vec<Finding> {
    let fault = |line| Finding::fault("configuration", line, "mend it, then look again");
    std::iter::once(version()).chain(faults.lines().map(fault)).collect()
}

fn version() -> Finding {
    Finding::ok("version", format!("philae {}", env!("CARGO_PKG_VERSION")))
}

fn worst(findings: &[Finding]) -> State {
    findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok)
}
