//! What is looked at: a configuration, the user who runs the broker, and what the broker says if it runs.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::net::sockopt::socket_peercred;
use serde_json::Value;

use super::super::ask::{AskError, ask};
use super::super::run_args;
use super::finding::Finding;
use super::user::User;
use crate::config::Config;
use crate::control::{PATIENCE, Request, connect, socket};
use crate::store;

/// Where systemd's unit and the package keep the data.
const SERVICE: &str = "/var/lib/philae";

/// An installation.
pub(super) struct Site<'a> {
    pub(super) config: &'a Config,
    /// Its configuration file, if it has one.
    pub(super) file: Option<&'a Path>,
    /// For whom permissions are judged.
    pub(super) user: User,
    /// The broker that runs there.
    pub(super) broker: Broker,
    /// Where a broker may have its data instead, if none was named.
    pub(super) elsewhere: Option<&'static str>,
}

/// A broker on a data folder.
pub(super) enum Broker {
    /// None runs.
    Away,
    /// One has the folder, or may have it, and could not be asked.
    Deaf {
        /// Why it could not.
        why: Deafness,
        /// What was found.
        found: String,
    },
    /// It says how it does.
    Runs {
        /// Its process, unless that is hidden.
        process: Option<i32>,
        /// What it says.
        status: Value,
    },
}

/// Why a broker could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deafness {
    /// The calling user may not.
    Forbidden,
    /// It took the question, and gave no answer.
    Silent,
    /// The store is held, and there is nobody behind the socket.
    NoSocket,
}

impl Broker {
    /// Asks who has a folder. Whether somebody has it is known by the lock of its store, not by the socket, which anybody
    /// who may write the folder can remove.
    async fn on(folder: &Path, process: Option<i32>) -> Self {
        let deaf = |why, found| Self::Deaf { why, found };
        let error = match ask(folder, &Request::Status).await {
            Ok(status) => return Self::Runs { process, status },
            Err(AskError::Away { error, .. }) => error,
            Err(AskError::Deaf { .. }) => {
                return deaf(Deafness::Silent, format!("it does not answer within {} s", PATIENCE.as_secs()));
            }
            Err(error) => return deaf(Deafness::Silent, error.to_string()),
        };
        let name = folder.display();
        let forbidden = |error| {
            let found = format!("whether one runs on {name} cannot be seen by this user: {error}");
            deaf(Deafness::Forbidden, found)
        };
        if error.kind() == ErrorKind::PermissionDenied {
            return forbidden(error);
        }
        match store::holder(folder) {
            Ok(Some(holder)) if holder.is_broker() => {
                let found = format!("{holder} has the store in {name}, and no socket to ask it: {error}");
                deaf(Deafness::NoSocket, found)
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => forbidden(error),
            // What else is wrong with the folder is told of the folder, and who else has it of the store.
            Ok(_) | Err(_) => Self::Away,
        }
    }

    /// What it says of itself, if it says something.
    pub(super) fn status(&self) -> Option<&Value> {
        match self {
            Self::Runs { status, .. } => Some(status),
            Self::Away | Self::Deaf { .. } => None,
        }
    }

    /// The process, if it is known.
    pub(super) fn process(&self) -> Option<i32> {
        match self {
            Self::Runs { process, .. } => *process,
            Self::Away | Self::Deaf { .. } => None,
        }
    }
}

impl<'a> Site<'a> {
    /// Finds out who runs the broker, and asks it; and what could not be found out.
    pub(super) async fn find(
        config: &'a Config,
        file: Option<&'a Path>,
        named: Option<&str>,
    ) -> (Self, Vec<Finding>) {
        let folder = &config.store.data_dir;
        let peer = connect(folder).and_then(|stream| Ok(socket_peercred(&stream)?));
        let peer = peer.ok();
        let broker = Broker::on(folder, peer.map(|peer| peer.pid.as_raw_nonzero().get())).await;
        let likely = peer.map(|peer| peer.uid.as_raw()).or_else(|| owner(folder));
        let (user, finding) = match named.map_or_else(|| User::of(likely), User::named) {
            Ok(user) => (user, None),
            Err(error) => {
                let finding = Finding::fault("user", error, "name another with --user");
                (User::own(), Some(finding))
            }
        };
        let elsewhere = elsewhere(folder);
        (Self { config, file, user, broker, elsewhere }, finding.into_iter().collect())
    }

    /// What is said of a file that the caller may not look at and the broker's user perhaps may; nothing, if the caller is that
    /// user or the trouble is another.
    pub(super) fn unseen(&self, check: &'static str, path: &Path, error: &io::Error) -> Option<Finding> {
        let is_hidden = error.kind() == ErrorKind::PermissionDenied && !self.user.is_caller();
        let found = || format!("{} cannot be seen by you: {error}", path.display());
        is_hidden.then(|| Finding::warning(check, found(), "run doctor as root, who sees everything"))
    }

    /// Who has what a broker with this configuration would have, if it is not known to be a stranger.
    pub(super) fn likely_holder(&self) -> Option<String> {
        match (&self.broker, self.elsewhere) {
            (Broker::Deaf { .. }, _) => {
                Some("in use, probably by this broker, which could not be asked".to_owned())
            }
            (_, Some(folder)) => {
                Some(format!("in use, probably by the broker on {folder}, which was not asked"))
            }
            (Broker::Away | Broker::Runs { .. }, None) => None,
        }
    }
}

/// Where the service keeps its data, if something is there and nobody named a data folder.
fn elsewhere(folder: &Path) -> Option<&'static str> {
    let is_named = run_args::environment().data_dir().is_none_or(|default| default != folder);
    let service = Path::new(SERVICE);
    // What this user may not look into belongs to another, who is most likely the broker's.
    let is_there = [socket(service), service.join("format")].iter().any(|file| {
        let found = file.symlink_metadata();
        found.map_or_else(|error| error.kind() == ErrorKind::PermissionDenied, |_| true)
    });
    (!is_named && folder != service && is_there).then_some(SERVICE)
}

/// Who owns a folder, if it is there.
fn owner(folder: &Path) -> Option<u32> {
    folder.metadata().ok().map(|data| data.uid())
}

/// The nearest folder above a path that is there.
pub(super) fn nearest(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.ancestors().find(|above| above.exists()).unwrap_or(Path::new("/")).to_owned()
}
