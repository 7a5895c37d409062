//! The event in hand.

use std::any::type_name;
use std::fmt::Display;
use std::str::FromStr;

use crate::broker;
use crate::error::{Error, Result};
use crate::position::Position;
use crate::time::Timestamp;

pub use crate::bindings::philae::handler::event::{Citation, Param, Relation};
pub(crate) use crate::bindings::philae::handler::types::Envelope;
pub use crate::bindings::philae::handler::types::Role;

/// What an XPath expression came to.
pub use crate::bindings::philae::handler::event::XpathValue as Found;

/// The event for which a handler is called.
///
/// The broker knows the envelope beforehand; everything else is read out of the packet when it is asked for.
#[derive(Debug)]
pub struct Event {
    envelope: Envelope,
}

impl Event {
    pub(crate) fn new(envelope: Envelope) -> Self {
        Self { envelope }
    }

    /// Its number in the broker's log: greater for later events, never given twice.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.envelope.seq
    }

    /// Its identifier, such as `ivo://nasa.gsfc.gcn/SWIFT#BAT_1-2`.
    #[must_use]
    pub fn ivoid(&self) -> &str {
        &self.envelope.ivoid
    }

    /// The identifier without its local part, such as `ivo://nasa.gsfc.gcn/SWIFT`.
    #[must_use]
    pub fn stream(&self) -> &str {
        &self.envelope.stream
    }

    /// What it is for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.envelope.role
    }

    /// The language of its bytes: `application/xml` for a VOEvent packet.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.envelope.media_type
    }

    /// When its author says it was made, if that can be read.
    #[must_use]
    pub fn authored(&self) -> Option<Timestamp> {
        self.envelope.authored
    }

    /// When this broker accepted it.
    #[must_use]
    pub fn received(&self) -> Timestamp {
        self.envelope.received
    }

    /// Who brought it, such as `author 192.0.2.1:4711`; `replay of ` before that if an operator has the event played once
    /// more, which alerts nobody: what is published then is dropped.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.envelope.source
    }

    /// How many times the handler has been called for it, this time included; 1 at first.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.envelope.attempt
    }

    /// The packet's bytes, as they came.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        broker::event::raw()
    }

    /// All parameters of What, in document order, those in Groups too.
    #[must_use]
    pub fn params(&self) -> Vec<Param> {
        broker::event::params()
    }

    /// The value of the first parameter of that name.
    ///
    /// ```
    /// # use philae_guest::{prelude::*, testing::Broker};
    /// # fn handler(event: &Event) -> Outcome {
    /// let latitude = event.param::<f64>("SC_Lat")?;
    /// # assert_eq!(latitude, 20.4);
    /// # Ok(()) }
    /// # Broker::new().handle(handler, &Packet::new("ivo://a.b/c#d").param("SC_Lat", "20.4")).unwrap();
    /// ```
    ///
    /// # Errors
    /// It is not there, or cannot be read as `T`: permanent, because the packet will be the same the next time.
    pub fn param<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        self.optional_param(name)?.ok_or_else(|| Error::permanent(format_args!("there is no Param {name:?}")))
    }

    /// The value of the first parameter of that name, if there is one.
    ///
    /// # Errors
    /// It is there and cannot be read as `T`.
    pub fn optional_param<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>> {
        self.find_param(None, name).map(|param| read(&param)).transpose()
    }

    /// The value of the first parameter of that name in the Group of that name.
    ///
    /// # Errors
    /// It is not there, or cannot be read as `T`.
    pub fn param_in<T: FromStr<Err: Display>>(&self, group: &str, name: &str) -> Result<T> {
        let missing = || Error::permanent(format_args!("there is no Param {name:?} in Group {group:?}"));
        read(&self.find_param(Some(group), name).ok_or_else(missing)?)
    }

    /// The first parameter of that name, in the Group of that name if one is given, with its unit and its UCD.
    #[must_use]
    pub fn find_param(&self, group: Option<&str>, name: &str) -> Option<Param> {
        broker::event::find_param(name, group)
    }

    /// The events it cites, in document order.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        broker::event::citations()
    }

    /// Whether it takes an earlier event back.
    #[must_use]
    pub fn is_retraction(&self) -> bool {
        self.citations().iter().any(|citation| citation.relation == Relation::Retraction)
    }

    /// The first position in WhereWhen, if there is one that can be read.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        broker::event::position().map(Position::from)
    }

    /// Evaluates an XPath 1.0 expression, with the VOEvent element as context and no prefixes bound.
    ///
    /// # Errors
    /// The expression is wrong or costs too much.
    pub fn xpath(&self, expression: &str) -> Result<Found> {
        broker::event::xpath(expression)
            .map_err(|reason| Error::permanent(format_args!("{expression}: {reason}")))
    }
}

fn read<T: FromStr<Err: Display>>(param: &Param) -> Result<T> {
    param.value.trim().parse().map_err(|error| {
        let kind = type_name::<T>().rsplit("::").next().unwrap_or_default();
        Error::permanent(format_args!("Param {:?} is {:?}, no {kind}: {error}", param.name, param.value))
    })
}

impl Found {
    /// Whether it counts as a match: not false, not zero, not NaN, not empty.
    #[must_use]
    pub fn is_match(&self) -> bool {
        match self {
            Self::Boolean(is_true) => *is_true,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Nodes(nodes) => !nodes.is_empty(),
        }
    }

    /// It as text; the first of the nodes found, or nothing where there is none.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Boolean(is_true) => is_true.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Nodes(nodes) => nodes.first().cloned().unwrap_or_default(),
        }
    }
}

impl Role {
    /// As packets write it, such as `observation`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Prediction => "prediction",
            Self::Utility => "utility",
            Self::Test => "test",
        }
    }
}

impl Relation {
    /// As packets write it, such as `followup`; `other` for what the standard does not have.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Followup => "followup",
            Self::Supersedes => "supersedes",
            Self::Retraction => "retraction",
            Self::Other => "other",
        }
    }
}
