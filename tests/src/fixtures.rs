//! Packets written for these tests, one of each kind that a broker meets.
//!
//! All are valid by the VOEvent 2.0 schema and have an IVOID that Comet accepts from authors.

/// A gamma-ray burst with its sky position: a typical packet in size and shape.
pub const GRB: &[u8] = include_bytes!("../fixtures/grb.xml");
/// A gravitational wave, with groups of parameters and a link to its sky map, but no position.
pub const GRAVITATIONAL_WAVE: &[u8] = include_bytes!("../fixtures/gravitational-wave.xml");
/// A neutrino track, with a table and CDATA.
pub const NEUTRINO: &[u8] = include_bytes!("../fixtures/neutrino.xml");
/// A retraction, which cites the gravitational wave.
pub const RETRACTION: &[u8] = include_bytes!("../fixtures/retraction.xml");
/// The least that Comet takes: a root element with the two required attributes and a role, and no line break.
pub const MINIMAL: &[u8] = include_bytes!("../fixtures/minimal.xml");
/// Text outside ASCII in UTF-8, and a comment after the root element.
pub const UTF8: &[u8] = include_bytes!("../fixtures/utf8.xml");

/// Every packet of this module.
pub const ALL: [&[u8]; 6] = [GRB, GRAVITATIONAL_WAVE, NEUTRINO, RETRACTION, MINIMAL, UTF8];
