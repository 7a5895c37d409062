//! `philae run`: the broker, until it is asked to end.

use std::process::ExitCode;

use super::confined::Confined;
use super::logging::{self, Style};
use super::run_args::{self, RunArgs};
use super::runtime::Asked;
use super::service::ServiceManager;
use super::{EXIT_STORE, EXIT_UNAVAILABLE, runtime};
use crate::broker::{Broker, StartError};
use crate::config::{Config, EXIT_CONFIG};
use crate::handlers::writable_by_self;
use crate::store::OpenError;

pub(super) fn main(args: &RunArgs) -> ExitCode {
    match run_args::load(args, &run_args::environment()) {
        Ok(config) => run(&config, Style::Broker(config.log_format), || warn_of_writable(&config)),
        Err(faults) => {
            tell!("{faults}");
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

/// Tells of folders from which whoever takes over the broker could replace its handlers.
fn warn_of_writable(config: &Config) {
    for folder in config.handlers.folders.iter().filter(|folder| writable_by_self(folder)) {
        tracing::warn!(
            folder = %folder.display(),
            "the broker's own user can write this folder of handlers; let another user own it, and this one only read"
        );
    }
}

/// Runs a broker; `ready` is called when it serves, and what it gives is dropped when the broker is to stop.
pub(super) fn run<T>(config: &Config, style: Style, ready: impl FnOnce() -> T) -> ExitCode {
    // Before there is another thread, which would keep its rights.
    let confined = Confined::enter(config);
    let _guard = match logging::start(config.verbosity, style) {
        Ok(guard) => guard,
        Err(error) => {
            tell!("philae: cannot start a thread: {error}");
            return ExitCode::from(EXIT_UNAVAILABLE);
        }
    };
    confined.tell();
    runtime::raise_socket_limit();
    let served = runtime::block_on(async {
        // Before anything is served, so that no signal falls between.
        let mut signals = runtime::Signals::listen().map_err(StartError::Signals)?;
        let broker = Broker::start(config, confined.reach()).await?;
        let beside = ready();
        let manager = ServiceManager::of_environment();
        manager.ready(&broker);
        {
            let mut life = std::pin::pin!(manager.show_life(&broker));
            loop {
                // Signals first: there may always be a sign of life to show. Both can be waited for again.
                tokio::select! {
                    biased;
                    asked = signals.next() => match asked {
                        Asked::End => break,
                        Asked::Look => manager.look(&broker),
                    },
                    () = &mut life => {}
                }
            }
        }
        manager.stopping();
        drop(beside);
        broker.stop().await;
        Ok(())
    });
    match served.map_err(StartError::Thread).flatten() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell!("philae: {}", chain(&error));
            exit_code(&error)
        }
    }
}

/// An error with all that lies under it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

fn exit_code(error: &StartError) -> ExitCode {
    ExitCode::from(match error {
        StartError::Token(_) => EXIT_CONFIG,
        StartError::Bind(_)
        | StartError::Host(_)
        | StartError::Thread(_)
        | StartError::Signals(_)
        | StartError::Native(_)
        | StartError::Store(OpenError::InUse { .. }) => EXIT_UNAVAILABLE,
        StartError::Store(
            OpenError::Folder { .. }
            | OpenError::OfAnother { .. }
            | OpenError::Format { .. }
            | OpenError::Damaged { .. },
        ) => EXIT_STORE,
    })
}
