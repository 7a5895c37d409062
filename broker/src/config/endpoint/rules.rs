//! The rules of an endpoint: `refuse` and `accept`, from what was written to what was checked.
//!
//! ```text
//! refuse = [{ role = ["test"] }, { ivoid = ["ivo://noisy.site/"], larger-than = "100KiB" }]
//!             └── a key ────────┐
//!           └── a rule          └── its values, of which one must match
//! ```

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::config::amount::ByteSize;
use crate::config::fault::Place;
use crate::config::given::Entry;
use crate::config::key::Shape;
use crate::config::reader::Reader;
use crate::event::Role;
use crate::filter::rules::{Condition, Rule};
use crate::plain::excerpt;

/// Sizes that can tell packets apart: up to the largest that `max-event-size` can allow.
const SIZE: RangeInclusive<ByteSize> = ByteSize::new(1)..=ByteSize::mib(64);
/// How every identifier begins.
const SCHEME: &str = "ivo://";

/// A key of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::config) enum RuleKey {
    Ivoid,
    Role,
    LargerThan,
    Xpath,
}

impl RuleKey {
    pub(in crate::config) const ALL: [Self; 4] = [Self::Ivoid, Self::Role, Self::LargerThan, Self::Xpath];

    pub(in crate::config) const fn name(self) -> &'static str {
        match self {
            Self::Ivoid => "ivoid",
            Self::Role => "role",
            Self::LargerThan => "larger-than",
            Self::Xpath => "xpath",
        }
    }

    pub(in crate::config) const fn shape(self) -> Shape {
        match self {
            Self::Ivoid | Self::Role | Self::Xpath => Shape::Texts,
            Self::LargerThan => Shape::Size,
        }
    }

    pub(in crate::config) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }
}

/// A list of rules as it was written.
#[derive(Debug, Clone)]
pub(in crate::config) struct RuleList {
    pub(in crate::config) place: Place,
    pub(in crate::config) rules: Vec<RuleTable>,
    /// A fault was reported already that took rules away.
    pub(in crate::config) is_damaged: bool,
}

/// A rule as it was written.
#[derive(Debug, Clone)]
pub(in crate::config) struct RuleTable {
    pub(in crate::config) place: Place,
    pub(in crate::config) keys: BTreeMap<RuleKey, Entry>,
    /// A fault was reported already that took keys away.
    pub(in crate::config) is_damaged: bool,
}

/// Checks a list of rules; what could match nothing or everything by an oversight is a fault.
pub(super) fn check(reader: &mut Reader, list: &RuleList) -> Vec<Rule> {
    if list.rules.is_empty() && !list.is_damaged {
        let text = "the list has no rule; write one such as { role = [\"test\"] }, or remove the key";
        reader.fault(list.place.clone(), text);
    }
    list.rules.iter().map(|table| rule(reader, table)).collect()
}

fn rule(reader: &mut Reader, table: &RuleTable) -> Rule {
    if table.keys.is_empty() && !table.is_damaged {
        let text = "the rule is empty and would match every packet; write what it is about, or remove it";
        reader.fault(table.place.clone(), text);
    }
    Rule {
        ivoid: values(reader, table, RuleKey::Ivoid, beginning),
        role: values(reader, table, RuleKey::Role, Role::named),
        larger_than_bytes: values(reader, table, RuleKey::LargerThan, size).pop(),
        xpath: values(reader, table, RuleKey::Xpath, condition),
    }
}

fn values<T>(
    reader: &mut Reader,
    table: &RuleTable,
    key: RuleKey,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    let Some(entry) = table.keys.get(&key) else { return Vec::new() };
    if entry.values.is_empty() && !entry.is_damaged {
        let text =
            "the list is empty, so that the rule would match nothing; write a value, or remove the key";
        reader.fault(entry.place.clone(), text);
    }
    reader.parsed(entry, parse).into_iter().map(|(_, value)| value).collect()
}

fn beginning(text: &str) -> Result<String, String> {
    if text.starts_with(SCHEME) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "'{text}' begins no identifier; write one that begins with '{SCHEME}', such as ivo://your.site/"
    ))
}

fn size(text: &str) -> Result<u64, String> {
    ByteSize::parse_within(text, &SIZE).map(ByteSize::bytes).map_err(|error| error.to_string())
}

fn condition(text: &str) -> Result<Condition, String> {
    Condition::compile(text)
        .map_err(|error| format!("'{}' is no expression: {error}; mend it there", excerpt(text)))
}
