//! Checks: what a packet must pass before it is kept, as pure functions.
//!
//! Each check takes a packet and says in words written for its author what is wrong, or nothing. The order is
//! [`judge`]'s, cheapest first, and the first failure is the one that is told. What is done about it is left to
//! [`admission`](crate::admission).

mod encoding;
mod well_formed;

use vtp::{Ivoid, Packet};

/// Where a packet comes from, which decides how much is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An author: somebody is there to read what is wrong and to mend it.
    Author,
    /// Another broker: the packet is on its way to many and nobody could mend it.
    Upstream,
}

/// Runs all checks on a packet.
///
/// # Errors
/// The first failure, as a reason that follows "Event rejected: ".
pub fn judge(packet: &Packet, origin: Origin) -> Result<(), String> {
    encoding::check(packet)?;
    well_formed::check(packet)?;
    identifier(packet, origin)
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

    fn judge_text(text: &str, origin: Origin) -> Result<(), String> {
        judge(&Packet::parse(text.to_owned().into()).unwrap(), origin)
    }

    #[test]
    fn an_author_must_name_each_event() {
        let packet = "<VOEvent ivorn='ivo://org.site/stream'/>";
        assert!(judge_text(packet, Origin::Author).unwrap_err().starts_with("No per-event local ID"));
        assert_eq!(judge_text(packet, Origin::Upstream), Ok(()));
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
}
