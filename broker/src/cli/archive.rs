//! What commands that read a broker's log have in common: which folder, and how they end when it cannot be read.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{EXIT_FAILED, EXIT_STORE, EXIT_UNAVAILABLE, run_args};
use crate::archive::{Archive, Log, LogError};
use crate::control::BrokerError;
use crate::store::{Damage, Wanted};

/// The data folder that is meant: the one that was named, else the one of `philae run`.
///
/// # Errors
/// The exit code; what is wrong has been said.
pub(super) fn data_folder(named: Option<&PathBuf>) -> Result<PathBuf, ExitCode> {
    named.cloned().or_else(|| run_args::environment().data_dir()).ok_or_else(|| {
        tell!("philae: which data folder is not known; name it with --data-dir");
        ExitCode::from(EXIT_FAILED)
    })
}

/// Begins to read a log.
///
/// # Errors
/// The exit code; what is wrong has been said.
pub(super) fn open(folder: Option<&PathBuf>, wanted: &Wanted) -> Result<Log, ExitCode> {
    Archive::open(&data_folder(folder)?)
        .and_then(|archive| archive.read(wanted))
        .map_err(|error| tell(&error))
}

/// Says what was found missing when a store was opened.
pub(super) fn tell_damages(damages: &[Damage]) {
    for Damage { lost_from, lost_to, .. } in damages {
        tell!(
            "philae: the store was damaged: acknowledged events #{lost_from} to #{lost_to} are missing from the log"
        );
    }
}

/// Says that nothing was selected.
pub(super) fn tell_none() {
    tell!("philae: there are no such events in the log");
}

/// Says why a log cannot be read, or not to its end.
pub(super) fn tell(error: &LogError) -> ExitCode {
    tell!("philae: {error}");
    ExitCode::from(match error {
        LogError::AtRest(_) | LogError::Store { .. } => EXIT_STORE,
        LogError::Broker(
            BrokerError::Deaf { .. } | BrokerError::NotServed { .. } | BrokerError::BrokenOff { .. },
        ) => EXIT_UNAVAILABLE,
        LogError::Broker(BrokerError::Refused { .. }) => EXIT_FAILED,
    })
}
