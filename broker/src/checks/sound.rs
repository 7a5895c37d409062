//! Sound packets: what every policy asks, with the tree on which the rest is asked.

use roxmltree::Document;
use vtp::Packet;

use super::schema::{self, Fault};
use super::{Origin, Policy, encoding, identifier, well_formed};

/// A packet that others can read and refer to, with its tree.
#[derive(Debug)]
pub struct Sound<'p> {
    document: Document<'p>,
}

impl<'p> Sound<'p> {
    /// Checks what holds under every policy.
    ///
    /// # Errors
    /// The first failure, as a reason that follows "Event rejected: ".
    pub fn check(packet: &'p Packet, origin: Origin) -> Result<Self, String> {
        encoding::check(packet.text(), packet.encoding())?;
        let document = well_formed::parse_packet(packet)?;
        identifier(packet, origin)?;
        Ok(Self { document })
    }

    /// Checks the structure; gives the first fault under VOEvent 2.0 if the policy is to flag it.
    ///
    /// # Errors
    /// The first fault, as a reason that follows "Event rejected: ".
    pub fn structure(&self, policy: Policy) -> Result<Option<Fault>, String> {
        match policy {
            Policy::WellFormed => Ok(None),
            Policy::Flag => Ok(schema::first_fault(&self.document)),
            Policy::Schema => match schema::first_fault(&self.document) {
                Some(fault) => Err(format!("not valid VOEvent 2.0: {fault}")),
                None => Ok(None),
            },
        }
    }

    /// The packet's tree.
    pub(crate) fn document(&self) -> &Document<'p> {
        &self.document
    }
}
