//! Checks: what a packet must pass before it is kept, as pure functions.
//!
//! Each check takes a packet and says in words written for its author what is wrong, or nothing. The first failure is
//! the one that is told: what keeps others from reading the packet at all, then its identifier, which make it
//! [`Sound`], then its structure. A packet is parsed into a tree once, for all of them and for whoever else asks what is
//! in it. What is done about a failure is left to [`admission`](crate::admission).

mod encoding;
mod name;
mod report;
pub mod schema;
mod sound;
mod uri;
mod well_formed;

use std::fmt;

use vtp::{Ivoid, Packet};

use self::schema::Fault;

pub use report::{Finding, Report};
pub use sound::Sound;
pub(crate) use well_formed::tree;

/// Where a packet comes from, which decides how much is asked of its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An author: somebody is there to read what is wrong and to mend it.
    Author,
    /// Another broker: the packet is on its way to many and nobody could mend it.
    Upstream,
}

/// How much is asked of a packet's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// It must be valid VOEvent 2.0.
    Schema,
    /// It must be well-formed XML, as everything must.
    WellFormed,
    /// It is taken when it is well formed, and flagged when it is not valid VOEvent 2.0.
    Flag,
}

impl Policy {
    /// Every policy, the strictest first.
    pub const ALL: [Self; 3] = [Self::Schema, Self::Flag, Self::WellFormed];

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// Its name in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::WellFormed => "well-formed",
            Self::Flag => "flag",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Runs all checks on a packet; gives its first fault under VOEvent 2.0 if the policy is to flag it.
///
/// # Errors
/// The first failure, as a reason that follows "Event rejected: ".
pub fn judge(packet: &Packet, origin: Origin, policy: Policy) -> Result<Option<Fault>, String> {
    Sound::check(packet, origin)?.structure(policy)
}

/// The identifier must be an IVOID; from an author it must name one event. The words are those of Comet, then more.
fn identifier(packet: &Packet, origin: Origin) -> Result<(), String> {
    let ivorn = packet.ivorn();
    let ivoid = Ivoid::parse(ivorn).map_err(|error| format!("Invalid IVOID: {ivorn}: {error}"))?;
    if origin == Origin::Author && ivoid.local().is_empty() {
        return Err(format!("No per-event local ID: {ivorn}: add '#' and a name of its own for each event"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_text(text: &str, origin: Origin) -> Result<Option<Fault>, String> {
        judge(&Packet::parse(text.to_owned().into()).unwrap(), origin, Policy::WellFormed)
    }

    #[test]
    fn an_author_must_name_each_event() {
        let packet = "<VOEvent ivorn='ivo://org.site/stream'/>";
        assert!(judge_text(packet, Origin::Author).unwrap_err().starts_with("No per-event local ID"));
        assert_eq!(judge_text(packet, Origin::Upstream), Ok(None));
    }

    #[test]
    fn a_bad_identifier_is_named_with_its_fault() {
        let reason = judge_text("<VOEvent ivorn='ivo://a/b#c'/>", Origin::Author).unwrap_err();
        assert!(reason.starts_with("Invalid IVOID: ivo://a/b#c: the authority"), "{reason}");
    }

    #[test]
    fn the_place_of_a_fault_is_told() {
        let reason =
            judge_text("<VOEvent ivorn='ivo://org.site/s#e'>\n<Who>&nbsp;</Who></VOEvent>", Origin::Author);
        assert!(reason.as_ref().is_err_and(|r| r.contains("2:")), "{reason:?}");
    }

    #[test]
    fn the_policy_decides_what_becomes_of_a_packet_that_is_not_valid() {
        let packet = Packet::parse("<VOEvent ivorn='ivo://org.site/s#e'/>".into()).unwrap();
        assert_eq!(judge(&packet, Origin::Author, Policy::WellFormed), Ok(None));
        let fault = judge(&packet, Origin::Author, Policy::Flag).unwrap().unwrap();
        let reason = judge(&packet, Origin::Author, Policy::Schema).unwrap_err();
        assert_eq!(reason, format!("not valid VOEvent 2.0: {fault}"));
        assert!(fault.to_string().starts_with("line 1: the root element is in no namespace"), "{fault}");
    }

    #[test]
    fn the_identifier_is_told_before_the_structure() {
        let packet = Packet::parse("<VOEvent ivorn='x'/>".into()).unwrap();
        assert!(judge(&packet, Origin::Author, Policy::Schema).unwrap_err().starts_with("Invalid IVOID"));
    }
}
