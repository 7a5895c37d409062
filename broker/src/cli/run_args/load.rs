//! From arguments to a configuration: the flags as what was given, and the file that they name.

use std::env;
use std::fs;

use super::{BARE, RunArgs};
use crate::config::{Config, Environment, Faults, Given, Key};
use crate::net::endpoint::{BROADCAST_PORT, RECEIVE_PORT};

/// The environment of this process, as far as configuration depends on it.
#[must_use]
pub fn environment() -> Environment {
    Environment {
        state_directory: env::var_os("STATE_DIRECTORY"),
        xdg_state_home: env::var_os("XDG_STATE_HOME"),
        home: env::var_os("HOME"),
    }
}

/// Makes the configuration of a run out of its flags and the file they name.
///
/// # Errors
/// All [`Faults`] of flags and file at once; a file that cannot be read is one of them.
pub fn load(args: &RunArgs, environment: &Environment) -> Result<Config, Faults> {
    Config::check(given(args), environment)
}

/// What the flags of a run and the file that they name say, not yet checked.
#[must_use]
pub fn given(args: &RunArgs) -> Given {
    let file = args.config.as_deref().map_or_else(Given::default, |path| {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Given::from_toml(&name, &text),
            Err(error) => Given::from_unreadable(&name, &error),
        }
    });
    Given::from(args).over(file)
}

impl From<&RunArgs> for Given {
    fn from(args: &RunArgs) -> Self {
        let mut given = Self::default();
        service(&mut given, Key::Receive, &args.receive, RECEIVE_PORT, "receive-port", &args.receive_port);
        let port = &args.broadcast_port;
        service(&mut given, Key::Broadcast, &args.broadcast, BROADCAST_PORT, "broadcast-port", port);
        for (key, values) in [
            (Key::ReceiveAllow, &args.receive_allow),
            (Key::BroadcastAllow, &args.broadcast_allow),
            (Key::Subscribe, &args.subscribe),
            (Key::Filter, &args.filter),
            (Key::Handlers, &args.handlers),
            (Key::Cmd, &args.cmd),
            (Key::AdminAllow, &args.admin_allow),
            (Key::AdminName, &args.admin_name),
        ] {
            given.flag(key, values.iter().cloned());
        }
        for (key, value) in [
            (Key::LocalIvo, &args.local_ivo),
            (Key::ReceiveMaxConnections, &args.receive_max_connections),
            (Key::ReceiveMaxPerAddress, &args.receive_max_per_address),
            (Key::ReceiveCheck, &args.receive_check),
            (Key::MaxEventSize, &args.max_event_size),
            (Key::BroadcastMaxConnections, &args.broadcast_max_connections),
            (Key::BroadcastMaxPerAddress, &args.broadcast_max_per_address),
            (Key::BroadcastTestInterval, &args.broadcast_test_interval),
            (Key::MaxBehind, &args.max_behind),
            (Key::AckTimeout, &args.ack_timeout),
            (Key::SubscribeCheck, &args.subscribe_check),
            (Key::SaveEventDirectory, &args.save_event_directory),
            (Key::DataDir, &args.data_dir),
            (Key::Retention, &args.retention),
            (Key::MinFree, &args.min_free),
            (Key::Admin, &args.admin),
            (Key::AdminTokenFile, &args.admin_token_file),
            (Key::Grace, &args.grace),
            (Key::LogFormat, &args.log_format),
        ] {
            given.flag(key, value.clone());
        }
        for (key, is_set) in [
            (Key::PrintEvent, args.print_event),
            (Key::SaveEvent, args.save_event),
            (Key::NoAdmin, args.no_admin),
            (Key::NoSandbox, args.no_sandbox),
        ] {
            given.flag(key, is_set.then(|| "true".to_owned()));
        }
        given.flag(Key::Verbose, verbosity(args.verbose, args.quiet));
        given
    }
}

/// Records the endpoints of a service.
///
/// Comet 3.1 has a switch and a port where we have an endpoint: its port goes to each bare switch, and to one of its
/// own where there is none, since a site that names a port wants it open.
fn service(
    given: &mut Given,
    key: Key,
    endpoints: &[String],
    default_port: u16,
    port_flag: &'static str,
    port: &Option<String>,
) {
    let (flag, bare) = match port {
        Some(port) => (port_flag, format!("tcp:{port}")),
        None => (key.name(), format!("tcp:{default_port}")),
    };
    for text in endpoints {
        match text.as_str() {
            BARE => given.flag_named(key, flag, [bare.clone()]),
            _ => given.flag(key, [text.clone()]),
        }
    }
    if port.is_some() && !endpoints.iter().any(|text| text == BARE) {
        given.flag_named(key, flag, [bare]);
    }
}

/// The sum of `-v` and `-q`, as far as there are levels; nothing if neither was given.
fn verbosity(verbose: u8, quiet: u8) -> Option<String> {
    let sum = i16::from(verbose) - i16::from(quiet);
    (verbose > 0 || quiet > 0).then(|| sum.clamp(-1, 2).to_string())
}
