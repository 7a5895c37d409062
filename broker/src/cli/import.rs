//! `philae import`: packets of archives into a broker's log, as history.

mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use super::files::plain_name;
use super::{EXIT_FAILED, EXIT_STORE, EXIT_UNAVAILABLE, archive, logging, runtime};
use crate::checks::Policy;
use crate::config::{ByteSize, LogFormat, Verbosity};
use crate::control::BrokerError;
use crate::import::{self, ImportError, Way};
use crate::store::OpenError;
use tally::Tally;

/// Take packets of archives into a broker's log, as history
///
/// Files, folders (with all .xml files and tarballs below them), tarballs (plain, gzip, bzip2, xz or zstd, known by what is
/// in them) and standard input are read, and each packet is checked as an author's. What is imported is kept, listed,
/// searched and replayed; it is not sent to subscribers nor given to handlers, and does not count as traffic. A packet that
/// the log has already is passed over: after an interruption run the same command again, and it goes on where it was. The
/// other way round, a packet that was imported is a duplicate when it comes in later: import what is over.
///
/// The broker that runs on the data folder takes the packets, as its user, while it serves; if none runs, they go into the
/// store itself, which is made if there is none. Entries are dated by the import, and retention removes them that long after
/// it, 30 days unless said: an archive is kept with retention = "forever" in the configuration.
///
/// Exits with 1 if a packet was refused or something could not be read.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Packets, tarballs, or folders of them; "-" is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// The data folder of the broker, whether that runs or not [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// What is asked of a packet: that it is valid VOEvent 2.0, that it is well formed and flagged if it is not valid, or
    /// that it is well formed
    #[arg(long, value_enum, default_value_t = Check::Flag)]
    check: Check,

    /// The longest packet that is taken, no longer than a broker that runs would take [default: as it, else 1MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_event_size: Option<ByteSize>,

    /// Tell of each packet that is refused, not of the first ten
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Check {
    #[value(alias = "schema")]
    Valid,
    Flag,
    WellFormed,
}

impl From<Check> for Policy {
    fn from(check: Check) -> Self {
        match check {
            Check::Valid => Self::Schema,
            Check::Flag => Self::Flag,
            Check::WellFormed => Self::WellFormed,
        }
    }
}

fn size(text: &str) -> Result<ByteSize, String> {
    let bounds = ByteSize::kib(1)..=ByteSize::mib(64);
    ByteSize::parse_within(text, &bounds).map_err(|error| error.to_string())
}

pub(super) fn main(args: &ImportArgs) -> ExitCode {
    let folder = match archive::data_folder(args.data_dir.as_ref()) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    if !is_any_there(&args.paths) {
        return ExitCode::from(EXIT_FAILED);
    }
    // A store that is opened may have something to tell.
    let _guard = logging::start(Verbosity::Warn, logging::Style::Broker(LogFormat::Text));
    let mut tally = Tally::new(args.verbose);
    let imported = runtime::block_on(import(args, &folder, &mut tally));
    match imported.map_err(ImportError::Thread).flatten() {
        Ok(was_stopped) => {
            tally.close(was_stopped);
            if was_stopped || !tally.is_good() { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            tally.fail(&error);
            exit_code(&error)
        }
    }
}

/// Whether there is something to be read; else says so, before a store is opened or made for nothing.
fn is_any_there(paths: &[PathBuf]) -> bool {
    let missing = |path: &&PathBuf| path.as_os_str() != "-" && path.symlink_metadata().is_err();
    let missing: Vec<_> = paths.iter().filter(missing).collect();
    let is_any_there = missing.len() < paths.len();
    if !is_any_there {
        missing.iter().for_each(|path| tell!("philae: there is no '{}'", plain_name(path)));
    }
    is_any_there
}

/// Imports, and tells whether it was asked to stop before the end.
async fn import(args: &ImportArgs, folder: &Path, tally: &mut Tally) -> Result<bool, ImportError> {
    let way = Way::open(folder, args.check.into()).await?;
    if let Way::AtRest(at_rest) = &way {
        archive::tell_damages(at_rest.damages());
    }
    let asked = args.max_event_size.map(ByteSize::bytes);
    let limit_bytes = match (way.limit_bytes(), asked) {
        (Some(of_broker), Some(asked)) if asked > of_broker => {
            tell!(
                "philae: the broker takes no packet of more than {of_broker} bytes, whatever --max-event-size says"
            );
            of_broker
        }
        (Some(of_broker), None) => of_broker,
        (_, asked) => asked.unwrap_or(ByteSize::mib(1).bytes()),
    };
    let reading = import::read(args.paths.clone(), limit_bytes)?;
    tally.begin(&args.paths, reading.read_bytes);
    let stop = CancellationToken::new();
    let taking = way.take(reading.pieces, &stop, |told| tally.note(told));
    tokio::pin!(taking);
    // What is done first, since nothing is left to be stopped then.
    tokio::select! {
        biased;
        done = &mut taking => return done.map(|()| false),
        _ = runtime::asked_to_end() => stop.cancel(),
    }
    taking.await.map(|()| true)
}

fn exit_code(error: &ImportError) -> ExitCode {
    ExitCode::from(match error {
        ImportError::Broker(
            BrokerError::Deaf { .. } | BrokerError::NotServed { .. } | BrokerError::BrokenOff { .. },
        )
        | ImportError::Open(OpenError::InUse { .. }) => EXIT_UNAVAILABLE,
        ImportError::Open(
            OpenError::Folder { .. }
            | OpenError::OfAnother { .. }
            | OpenError::Format { .. }
            | OpenError::Damaged { .. },
        )
        | ImportError::NotKept { .. } => EXIT_STORE,
        ImportError::Broker(BrokerError::Refused { .. }) | ImportError::Thread(_) | ImportError::NotRead => {
            EXIT_FAILED
        }
    })
}
