//! The broker's own, which no handler is ever granted.

use std::path::Path;

use crate::config::Config;
use crate::handlers::Forbidden;

/// What no handler is granted by a broker with this configuration.
pub(crate) fn forbidden(config: &Config) -> Forbidden {
    Forbidden {
        data: Some(config.store.data_dir.clone()),
        handlers: config.handlers.folders.clone(),
        sockets: config.socket_folders().map(Path::to_owned).collect(),
        reach: None,
    }
}
