//! What is said of one endpoint: the tables `[[endpoint]]` of the file, which no flag can write.
//!
//! ```text
//! [[endpoint]]
//! at = "tcp:8098"        one that receive, broadcast or subscribe names, in any of its forms
//! check = "flag"         what holds there instead of receive-check or subscribe-check
//! refuse = [{ ... }]     what does not come in there, or go out: see `rules`
//! accept = [{ ... }]     what alone does
//! ```
//!
//! A further setting is a row of [`Setting`], a field of [`EndpointRules`], and a line where both are joined.

pub(super) mod rules;

use std::collections::BTreeMap;

use super::fault::Place;
use super::given::Entry;
use super::key::Shape;
use super::reader::Reader;
use crate::checks::Policy;
use crate::filter::rules::Rules;
use crate::net::endpoint::{BROADCAST_PORT, ConnectEndpoint, ListenEndpoint};

use self::rules::RuleList;

/// What holds at one endpoint alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRules {
    /// Where.
    pub at: At,
    /// What is asked of packets there, if that was said.
    pub check: Option<Policy>,
    /// What comes in there, or goes out.
    pub rules: Rules,
}

/// An endpoint that a service names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Where authors submit.
    Receive(ListenEndpoint),
    /// Where subscribers connect.
    Broadcast(ListenEndpoint),
    /// An upstream broker.
    Subscribe(ConnectEndpoint),
}

/// A key of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Setting {
    At,
    Check,
    Refuse,
    Accept,
}

impl Setting {
    pub(super) const ALL: [Self; 4] = [Self::At, Self::Check, Self::Refuse, Self::Accept];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Check => "check",
            Self::Refuse => "refuse",
            Self::Accept => "accept",
        }
    }

    /// The shape of its value; none if that is a list of rules.
    pub(super) const fn shape(self) -> Option<Shape> {
        match self {
            Self::At => Some(Shape::Endpoint),
            Self::Check => Some(Shape::Text),
            Self::Refuse | Self::Accept => None,
        }
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }
}

/// A table as it was written.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) place: Place,
    pub(super) settings: BTreeMap<Setting, Entry>,
    pub(super) rules: BTreeMap<Setting, RuleList>,
}

/// The endpoints that services name.
pub(super) struct Named<'a> {
    pub(super) receive: &'a [ListenEndpoint],
    pub(super) broadcast: &'a [ListenEndpoint],
    pub(super) subscribe: &'a [ConnectEndpoint],
}

/// Reads all tables; one that names no endpoint, or one that another names, is a fault.
pub(super) fn read(reader: &mut Reader, named: &Named<'_>) -> Vec<EndpointRules> {
    let mut read: Vec<(Place, EndpointRules)> = Vec::new();
    for table in reader.tables() {
        let check = one(reader, &table, Setting::Check, policy);
        let mut list =
            |setting| table.rules.get(&setting).map(|list| rules::check(reader, list)).unwrap_or_default();
        let imposed = Rules { refuse: list(Setting::Refuse), accept: list(Setting::Accept) };
        let Some((place, at)) = at(reader, &table, named) else { continue };
        if let Some((first, _)) = read.iter().find(|(_, other)| other.at == at) {
            let text = format!("the same endpoint stands at {first}; keep one of the two tables");
            reader.fault(place.clone(), text);
        }
        if let (At::Broadcast(_), Some((place, _))) = (&at, &check) {
            reader.fault(place.clone(), "nothing is received on an endpoint of 'broadcast'; remove it");
        }
        read.push((place, EndpointRules { at, check: check.map(|(_, policy)| policy), rules: imposed }));
    }
    read.into_iter().map(|(_, rules)| rules).collect()
}

/// The endpoint of a table, if a service names it.
fn at(reader: &mut Reader, table: &Table, named: &Named<'_>) -> Option<(Place, At)> {
    if !table.settings.contains_key(&Setting::At) {
        let text = "the endpoint has no 'at'; add one that receive, broadcast or subscribe names";
        reader.fault(table.place.clone(), text);
    }
    let find = |text: &str| {
        let listen = ListenEndpoint::parse(text);
        let connect = ConnectEndpoint::parse(text, BROADCAST_PORT);
        if let (Err(error), Err(_)) = (&listen, &connect) {
            return Err(error.to_string());
        }
        let (listen, connect) = (listen.ok(), connect.ok());
        let of = |names: &[ListenEndpoint]| listen.clone().filter(|listen| names.contains(listen));
        let receive = of(named.receive).map(At::Receive);
        let found = receive
            .or_else(|| of(named.broadcast).map(At::Broadcast))
            .or_else(|| connect.filter(|connect| named.subscribe.contains(connect)).map(At::Subscribe));
        found.ok_or_else(|| {
            format!("neither receive nor broadcast nor subscribe names '{text}'; name it there, or remove this table")
        })
    };
    one(reader, table, Setting::At, find)
}

/// The value of a setting that has one, with its place.
fn one<T>(
    reader: &mut Reader,
    table: &Table,
    setting: Setting,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<(Place, T)> {
    table.settings.get(&setting).and_then(|entry| reader.parsed(entry, parse).pop())
}

/// Reads what is asked of packets.
pub(super) fn policy(text: &str) -> Result<Policy, String> {
    let found = Policy::ALL.into_iter().find(|policy| policy.name() == text);
    found.ok_or_else(|| format!("'{text}' is no check; write schema, flag or well-formed"))
}
