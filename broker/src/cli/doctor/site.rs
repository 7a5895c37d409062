//! What is looked at: a configuration, the user who runs the broker, and what the broker says if it runs.

use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use serde_json::Value;

use super::super::ask::{AskError, ask};
use super::finding::Finding;
use super::user::User;
use crate::config::Config;
use crate::control::{Request, SOCKET};

/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// An installation.
pub(super) struct Site<'a> {
    pub(super) config: &'a Config,
    /// Its configuration file, if it has one.
    pub(super) file: Option<&'a Path>,
    /// For whom permissions are judged.
    pub(super) user: User,
    /// The broker that runs there.
    pub(super) broker: Broker,
}

/// A broker on a data folder.
pub(super) enum Broker {
    /// None runs.
    Away,
    /// One has the folder, and could not be asked.
    Deaf(String),
    /// It says how it does.
    Runs {
        /// Its process, unless that is hidden.
        process: Option<i32>,
        /// What it says.
        status: Value,
    },
}

impl Broker {
    /// What it says of itself, if it says something.
    pub(super) fn status(&self) -> Option<&Value> {
        match self {
            Self::Runs { status, .. } => Some(status),
            Self::Away | Self::Deaf(_) => None,
        }
    }

    /// The process, if it is known.
    pub(super) fn process(&self) -> Option<i32> {
        match self {
            Self::Runs { process, .. } => *process,
            Self::Away | Self::Deaf(_) => None,
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
        let peer = UnixStream::connect(folder.join(SOCKET)).and_then(|stream| Ok(socket_peercred(&stream)?));
        let peer = peer.ok();
        let asked = tokio::time::timeout(PATIENCE, ask(folder, &Request::Status)).await;
        let broker = match asked {
            Ok(Ok(status)) => {
                let process = peer.map(|peer| peer.pid.as_raw_nonzero().get());
                Broker::Runs { process, status }
            }
            Ok(Err(AskError::Away { error, .. })) if error.kind() != std::io::ErrorKind::PermissionDenied => {
                Broker::Away
            }
            Ok(Err(error)) => Broker::Deaf(error.to_string()),
            Err(_) => Broker::Deaf(format!("it does not answer within {} s", PATIENCE.as_secs())),
        };
        let likely = peer.map(|peer| peer.uid.as_raw()).or_else(|| owner(folder));
        let (user, finding) = match named.map_or_else(|| User::of(likely), User::named) {
            Ok(user) => (user, None),
            Err(error) => {
                let finding = Finding::fault("user", error, "name another with --user");
                (User::own(), Some(finding))
            }
        };
        (Self { config, file, user, broker }, finding.into_iter().collect())
    }
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
