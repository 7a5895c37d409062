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
    let file = args.config.as_deref().map_or_else(Given::default, |path| {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Given::from_toml(&name, &text),
            Err(error) => Given::from_unreadable(&name, &error),
        }
    });
    Config::check(Given::from(args).over(file), environment)
}

impl From<&RunArgs> for Given {
    fn from(args: &RunArgs) -> Self {
        let mut given = Self::default();
        service(
            &mut given,
            Key::Receive,
            ["--receive", "--receive-port"],
            &args.receive,
            &args.receive_port,
            RECEIVE_PORT,
        );
        service(
            &mut given,
            Key::Broadcast,
            ["--broadcast", "--broadcast-port"],
            &args.broadcast,
            &args.broadcast_port,
            BROADCAST_PORT,
        );
        for (key, flag, values) in [
            (Key::ReceiveAllow, "--receive-allow", &args.receive_allow),
            (Key::BroadcastAllow, "--broadcast-allow", &args.broadcast_allow),
            (Key::Subscribe, "--subscribe", &args.subscribe),
            (Key::Filter, "--filter", &args.filter),
        ] {
            given.flag(key, flag, values.iter().cloned());
        }
        for (key, flag, value) in [
            (Key::LocalIvo, "--local-ivo", &args.local_ivo),
            (Key::ReceiveMaxConnections, "--receive-max-connections", &args.receive_max_connections),
            (Key::ReceiveMaxPerAddress, "--receive-max-per-address", &args.receive_max_per_address),
            (Key::MaxEventSize, "--max-event-size", &args.max_event_size),
            (Key::BroadcastMaxConnections, "--broadcast-max-connections", &args.broadcast_max_connections),
            (Key::BroadcastMaxPerAddress, "--broadcast-max-per-address", &args.broadcast_max_per_address),
            (Key::BroadcastTestInterval, "--broadcast-test-interval", &args.broadcast_test_interval),
            (Key::MaxBehind, "--max-behind", &args.max_behind),
            (Key::AckTimeout, "--ack-timeout", &args.ack_timeout),
            (Key::DataDir, "--data-dir", &args.data_dir),
            (Key::Retention, "--retention", &args.retention),
            (Key::MinFree, "--min-free", &args.min_free),
            (Key::Grace, "--grace", &args.grace),
        ] {
            given.flag(key, flag, value.clone());
        }
        given.flag(Key::Verbose, "--verbose", verbosity(args.verbose, args.quiet));
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
    [flag, port_flag]: [&'static str; 2],
    endpoints: &[String],
    port: &Option<String>,
    default_port: u16,
) {
    let endpoint = port.as_ref().map_or_else(|| format!("tcp:{default_port}"), |port| format!("tcp:{port}"));
    if port.is_some() && !endpoints.iter().any(|text| text == BARE) {
        given.flag(key, port_flag, [endpoint.clone()]);
    }
    let named = |text: &String| if text == BARE { endpoint.clone() } else { text.clone() };
    given.flag(key, flag, endpoints.iter().map(named));
}

/// The sum of `-v` and `-q`, as far as there are levels; nothing if neither was given.
fn verbosity(verbose: u8, quiet: u8) -> Option<String> {
    let sum = i16::from(verbose) - i16::from(quiet);
    (verbose > 0 || quiet > 0).then(|| sum.clamp(-1, 2).to_string())
}
