//! A fake broker, to test handlers natively: `cargo test`, without WebAssembly.
//!
//! ```
//! use philae_guest::{prelude::*, testing::Broker};
//!
//! fn bright(event: &Event) -> Outcome {
//!     let flux = event.param::<f64>("Peak_Flux")?;
//!     if flux > config::get("limit")? {
//!         log::warn!("{} is bright", event.ivoid());
//!     }
//!     Ok(())
//! }
//!
//! let broker = Broker::new().config("limit", 1e-7);
//! let packet = Packet::new("ivo://a.b/c#d").param("Peak_Flux", 3.1e-7);
//! broker.handle(bright, &packet).unwrap();
//! assert_eq!(broker.log(), ["warn: ivo://a.b/c#d is bright"]);
//!
//! let failure = broker.handle(bright, &Packet::new("ivo://a.b/c#e")).unwrap_err();
//! assert_eq!(failure.to_string(), "there is no Param \"Peak_Flux\"");
//! ```

pub(crate) mod fake;
mod reader;
mod world;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Outcome};
use crate::event::{Envelope, Event};
use crate::logger;
use crate::time::Timestamp;
#[cfg(feature = "http")]
pub(crate) use world::Answer;
use world::Shared;
pub(crate) use world::{World, with};

/// A broker of one handler, without limits and without a clock of its own. It keeps state from one event to the next.
///
/// Clones are the same broker.
#[derive(Debug, Clone, Default)]
pub struct Broker {
    world: Shared,
}

impl Broker {
    /// A broker without settings that grants nothing; it is 2026-01-01T00:00:00 UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a setting of `[config]`: whatever a settings file can hold.
    #[must_use]
    pub fn config(self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.world.borrow_mut().config.insert(key.to_owned(), text);
        self
    }

    /// Sets a value in state, as [`state::set`](crate::state::set) would.
    #[must_use]
    pub fn with_state(self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_vec(&value).unwrap_or_default();
        self.world.borrow_mut().state.insert(key.to_owned(), (value, None));
        self
    }

    /// Grants publishing.
    #[must_use]
    pub fn grant_publish(self) -> Self {
        self.world.borrow_mut().may_publish = true;
        self
    }

    /// Sets the clock: events are received at this moment, in ISO 8601, and state expires by it.
    #[must_use]
    pub fn at(self, time: &str) -> Self {
        if let Some(time) = Timestamp::parse(time) {
            self.world.borrow_mut().now = time;
        }
        self
    }

    /// Grants a folder of this machine under the name that the handler knows, to read and to write.
    #[cfg(feature = "files")]
    #[must_use]
    pub fn folder(self, guest: &str, host: impl Into<std::path::PathBuf>) -> Self {
        self.world.borrow_mut().folders.insert(guest.to_owned(), host.into());
        self
    }

    /// Answers HTTP requests. Without it they fail as those that are not granted do.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn answer(
        self,
        answer: impl Fn(&crate::http::Request) -> crate::Result<crate::http::Response> + 'static,
    ) -> Self {
        self.world.borrow_mut().answer = Some(Answer(std::rc::Rc::new(answer)));
        self
    }

    /// Calls a handler's `init`.
    ///
    /// # Errors
    /// As it says.
    pub fn init(&self, init: fn() -> Outcome) -> Outcome {
        logger::install();
        self.world.enter(init)
    }

    /// Calls a handler for a packet: a [`Packet`](crate::Packet), a text or bytes. What it changed takes effect if it
    /// succeeds; what it logged, counted and asked over HTTP remains either way.
    ///
    /// # Errors
    /// As the handler says; or the packet cannot be read, which no broker would have accepted.
    pub fn handle(&self, handle: fn(&Event) -> Outcome, packet: impl Into<Vec<u8>>) -> Outcome {
        logger::install();
        let packet = reader::Packet::read(&packet.into()).map_err(Error::permanent)?;
        let before = {
            let mut world = self.world.borrow_mut();
            world.seq += 1;
            world.event = Some(packet.clone());
            (world.state.clone(), world.published.len())
        };
        let envelope = Envelope {
            seq: self.world.borrow().seq,
            stream: packet.ivoid.split('#').next().unwrap_or_default().to_owned(),
            ivoid: packet.ivoid,
            role: packet.role,
            media_type: "application/xml".to_owned(),
            authored: packet.authored,
            received: self.world.borrow().now,
            source: "author 192.0.2.1:4711".to_owned(),
            attempt: 1,
        };
        let outcome = self.world.enter(|| handle(&Event::new(envelope)));
        let mut world = self.world.borrow_mut();
        world.event = None;
        if outcome.is_err() {
            world.state = before.0;
            world.published.truncate(before.1);
        }
        outcome
    }

    /// The value of a key in state; none if it is not there or is no `T`.
    #[must_use]
    pub fn state<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.world.enter(|| fake::state::get(key))?;
        serde_json::from_slice(&value).ok()
    }

    /// The lines logged so far, such as `info: done`.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.world.borrow().log.clone()
    }

    /// The packets published so far; bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn published(&self) -> Vec<String> {
        self.world
            .borrow()
            .published
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect()
    }

    /// What a counter has come to; 0 if nobody has counted.
    #[must_use]
    pub fn counter(&self, name: &str) -> u64 {
        self.world.borrow().counters.get(name).copied().unwrap_or_default()
    }

    /// What a gauge was set to last.
    #[must_use]
    pub fn gauge(&self, name: &str) -> Option<f64> {
        self.world.borrow().gauges.get(name).copied()
    }

    /// The HTTP requests so far.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn requests(&self) -> Vec<crate::http::Request> {
        self.world.borrow().requests.clone()
    }
}
