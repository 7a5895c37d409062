//! Playing: one event after the other, no faster than is wanted, until there are no more or somebody ends it.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::into::Into;
use super::rate::Rate;
use super::tally::{Played, Tally};
use crate::archive::{LogError, Selected};
use crate::cli::ask::{AskError, ask};
use crate::cli::selection::SelectionArgs;
use crate::cli::submit::{Receipt, Unreachable, submit};
use crate::cli::{EXIT_UNAVAILABLE, runtime};
use crate::control::Request;
use crate::net::endpoint::ConnectEndpoint;
use crate::plain::excerpt;
use crate::replay::marked;
use crate::store::Entry;

/// How long a broker may take to take a packet.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays events.
pub(super) struct Player {
    way: Way,
    as_is: bool,
}

enum Way {
    Handler { folder: PathBuf, name: String },
    Broker(ConnectEndpoint),
    Stdout,
}

/// How a replay ended.
pub(super) enum Ended {
    /// All was played.
    Whole,
    /// Somebody ended it.
    Stopped,
    /// Nobody reads what is written any more.
    Unread,
    /// The log could not be read to its end.
    Log(LogError),
    /// Nobody is there to take more; in words, and the exit code.
    Gone(String, ExitCode),
}

impl Player {
    /// Makes ready to play.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn new(into: &Into, as_is: bool, selection: &SelectionArgs) -> Result<Self, ExitCode> {
        let way = match into {
            Into::Handler(name) => Way::Handler { folder: selection.data_folder()?, name: name.clone() },
            Into::Broker(broker) => Way::Broker(broker.clone()),
            Into::Stdout => Way::Stdout,
        };
        Ok(Self { way, as_is })
    }

    async fn play(&self, entry: &Entry) -> Result<Played, Ended> {
        match &self.way {
            Way::Handler { folder, name } => {
                let request = Request::Replay { name: name.clone(), seq: entry.seq.0 };
                let answer = ask(folder, &request).await.map_err(gone)?;
                Ok(handled(&answer))
            }
            Way::Broker(broker) => match self.packet(entry) {
                Ok(packet) => send(broker, packet).await,
                Err(reason) => Ok(Played::Refused(reason)),
            },
            Way::Stdout => match self.packet(entry) {
                Ok(packet) => write(&packet),
                Err(reason) => Ok(Played::Refused(reason)),
            },
        }
    }

    fn packet(&self, entry: &Entry) -> Result<Bytes, String> {
        if self.as_is {
            return Ok(entry.bytes.clone());
        }
        marked(entry, Timestamp::now()).map_err(|error| format!("it cannot be marked: {error}"))
    }
}

/// Plays all events of a log.
pub(super) async fn play_all(
    player: Player,
    mut log: Selected,
    rate: Option<Rate>,
    tally: &mut Tally,
) -> Ended {
    let mut asked_to_end = pin!(runtime::asked_to_end());
    let mut due = Instant::now();
    loop {
        // A disk is read, or a broker that reads one, until something is wanted.
        let reading = tokio::task::spawn_blocking(move || {
            let next = log.next();
            (log, next)
        });
        // The end first; what is read then is of no use to anybody.
        let read = tokio::select! {
            biased;
            _ = &mut asked_to_end => return Ended::Stopped,
            read = reading => read,
        };
        let next;
        (log, next) = match read {
            Ok(read) => read,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let entry = match next {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => return Ended::Log(error),
            None => return Ended::Whole,
        };
        // The end first. What waits for its time has not been played.
        tokio::select! {
            biased;
            _ = &mut asked_to_end => return Ended::Stopped,
            () = tokio::time::sleep_until(due) => {}
        }
        if let Some(rate) = rate {
            due = Instant::now() + rate.interval();
        }
        match player.play(&entry).await {
            Ok(played) => tally.note(&entry, &played),
            Err(ended) => return ended,
        }
    }
}

fn gone(error: AskError) -> Ended {
    Ended::Gone(error.to_string(), error.exit_code())
}

/// What a broker says of a handler's call.
fn handled(answer: &Value) -> Played {
    let dropped = answer.get("dropped").and_then(Value::as_u64).unwrap_or(0);
    match answer.get("replayed").and_then(Value::as_str) {
        Some("handled") => Played::Taken { dropped },
        Some("unwanted") => Played::Unwanted,
        Some(_) | None => Played::Refused(excerpt(
            answer.get("reason").and_then(Value::as_str).unwrap_or("no reason given"),
        )),
    }
}

async fn send(broker: &ConnectEndpoint, packet: Bytes) -> Result<Played, Ended> {
    match submit(broker, packet, PATIENCE).await {
        Ok(Receipt::Ack(Some(note))) if note.starts_with("Duplicate") => Ok(Played::Duplicate),
        Ok(Receipt::Ack(_)) => Ok(Played::Taken { dropped: 0 }),
        Ok(Receipt::Nak(reason)) => {
            Ok(Played::Refused(format!("nak: {}", reason.as_deref().unwrap_or("no reason given"))))
        }
        Err(error) if error.is::<Unreachable>() => {
            Err(Ended::Gone(format!("{error:#}"), ExitCode::from(EXIT_UNAVAILABLE)))
        }
        Err(error) => Ok(Played::Refused(format!("{error:#}"))),
    }
}

fn write(packet: &[u8]) -> Result<Played, Ended> {
    let mut out = io::stdout().lock();
    match out.write_all(packet).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Ok(()) => Ok(Played::Taken { dropped: 0 }),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Ended::Unread),
        Err(error) => {
            Err(Ended::Gone(format!("cannot write: {error}"), ExitCode::from(crate::cli::EXIT_FAILED)))
        }
    }
}
