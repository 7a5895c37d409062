//! From a handler's files to what can be called, or why not.
//!
//! Everything here may take seconds and touches the disk; it runs on a thread for that. What the operator wrote comes
//! before what the handler says of itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::filter::{Asked, Filters, Selection};
use crate::handlers::{self as settings, Files, Forbidden, ReadError, Settings, SettingsFaults};
use crate::host::{self, Description, Host, LoadError, Setup};
use crate::pipeline::{Active, Begin, Publisher, Retry, Wants};

/// What a handler's files came to.
pub(super) enum Settled {
    /// Its settings say that it is not to run.
    Disabled,
    /// It can be called.
    Ready(Box<Ready>),
}

/// A handler that can be called.
pub(super) struct Ready {
    pub(super) active: Active,
    pub(super) begin: Begin,
    pub(super) shape: String,
    pub(super) revision: String,
    /// How long it took to load.
    pub(super) took: Duration,
}

/// Why a handler cannot be called.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Its files cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its settings have faults.
    #[error("its settings have faults: {}", .0.lines().collect::<Vec<_>>().join("; "))]
    Settings(SettingsFaults),
    /// Its filters take more than there is room for.
    #[error("its filters: {0}")]
    Filters(String),
    /// The thread that was to load it.
    #[error("a thread to load it: {0}")]
    Thread(String),
    /// Its module is no handler, or cannot be one with these grants.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Reads, checks and loads a handler.
pub(super) fn settle(
    files: &Files,
    host: &Host,
    forbidden: &Forbidden,
    filters: &Filters,
) -> Result<Settled, Fault> {
    let start = Instant::now();
    let read = files.read()?;
    let settings = match (&read.settings, &files.settings) {
        (Some(text), Some(path)) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Settings::parse(&name, text, forbidden).map_err(Fault::Settings)?
        }
        _ => Settings::default(),
    };
    if !settings.enabled {
        return Ok(Settled::Disabled);
    }
    let name = files.name.as_str();
    let handler = host.load(&read.module, &setup(name, &settings))?;
    let wants = wants(&settings.wants, handler.description(), filters).map_err(Fault::Filters)?;
    let settings::Retry { attempts, first_wait, longest_wait } = settings.retry;
    let begin = match settings.start {
        settings::Start::Latest => Begin::Latest,
        settings::Start::Earliest => Begin::Earliest,
        settings::Start::At(moment) => Begin::At(moment),
    };
    let (shape, revision) = (handler.shape().name().to_owned(), handler.revision().to_string());
    let active = Active {
        handle: Arc::new(handler),
        wants,
        retry: Retry { attempts, first_wait, longest_wait },
        concurrency: settings.concurrency as usize,
    };
    Ok(Settled::Ready(Box::new(Ready { active, begin, shape, revision, took: start.elapsed() })))
}

/// The events that a handler is called for, by its settings and what it says of itself.
///
/// # Errors
/// Why the filters cannot be had.
pub(crate) fn wants(
    settings: &settings::Wants,
    said: &Description,
    filters: &Filters,
) -> Result<Wants, String> {
    let asked = Asked::of(filters, &settings.filters);
    if let Some(refusal) = asked.refusal {
        return Err(refusal);
    }
    let roles = if settings.roles.is_empty() { &said.roles } else { &settings.roles };
    let streams = if settings.streams.is_empty() { &said.streams } else { &settings.streams };
    Ok(Wants {
        roles: roles.iter().map(|role| role.name().to_owned()).collect(),
        streams: streams.clone(),
        selection: Selection { screen: None, wanted: asked.set },
    })
}

/// What the host is told of a handler.
pub(crate) fn setup(name: &str, settings: &Settings) -> Setup {
    let settings::Limits { memory_bytes, time, log_bytes, output_bytes, state_bytes, publications } =
        settings.limits;
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let limits = host::Limits {
        memory_bytes: size(memory_bytes),
        time,
        log_bytes: size(log_bytes),
        state_bytes,
        published_packets: publications as usize,
        published_bytes: size(output_bytes),
        ..host::Limits::default()
    };
    let publisher = Publisher::new(name);
    let judge = move |packet: &Bytes| publisher.judge(packet.clone()).map(drop);
    Setup {
        name: name.to_owned(),
        config: settings.config.clone(),
        limits,
        grants: settings.grants.clone(),
        judge: Some(Arc::new(judge)),
        stand_in: None,
    }
}
