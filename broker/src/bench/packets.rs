//! The packets of a load: valid VOEvent 2.0 in the manner of GCN's, each with an ivorn of its own.
//!
//! A real notice has some 4.1 kB and thirty Params in a few Groups, a position and a contact. Ours have as many Params as
//! their size allows and then a Description of the length that is missing, so that each has exactly the bytes asked for.
//! The role is `test`: nothing in the field points a telescope at it.

use vtp::transport::{Role, Transport};

use super::stencil::{HOLE, Stencil};

/// The smallest packet that can be made, in bytes.
pub const MIN_PACKET_BYTES: usize = 2048;

/// What authors submit in one run, and what subscribers answer to it.
#[derive(Debug)]
pub(super) struct Packets {
    /// The packets.
    pub(super) packet: Stencil,
    /// The receipts for them.
    pub(super) ack: Stencil,
}

impl Packets {
    /// Packets of `size_bytes`, which no other run has made.
    pub(super) fn new(size_bytes: usize) -> Self {
        let ivorn = format!("ivo://philae.bench/load#{:012x}-{HOLE}", fastrand::u64(..1 << 48));
        let ack = Transport::new(Role::Ack, ivorn.as_str())
            .with_response(Some(SUBSCRIBER))
            .to_bytes(jiff::Timestamp::now());
        Self {
            packet: Stencil::new(&packet(&ivorn, size_bytes)),
            ack: Stencil::new(&String::from_utf8_lossy(&ack)),
        }
    }
}

/// The name under which our subscribers answer.
pub(super) const SUBSCRIBER: &str = "ivo://philae.bench/subscriber";

fn packet(ivorn: &str, size_bytes: usize) -> String {
    let spare = size_bytes.saturating_sub(document(ivorn, "", "").len());
    let params = params(spare);
    let filler: String = FILLER.chars().cycle().take(spare - params.len()).collect();
    document(ivorn, &params, &filler)
}

fn document(ivorn: &str, params: &str, filler: &str) -> String {
    format!(
        r#"<?xml version = '1.0' encoding = 'UTF-8'?>
<voe:VOEvent
      ivorn="{ivorn}"
      role="test" version="2.0"
      xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:schemaLocation="http://www.ivoa.net/xml/VOEvent/v2.0  http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd" >
  <Who>
    <AuthorIVORN>ivo://philae.bench/author</AuthorIVORN>
    <Author>
      <shortName>Philae bench</shortName>
      <contactName>The observer on duty</contactName>
      <contactEmail>observer@example.org</contactEmail>
    </Author>
    <Date>2026-01-01T00:00:00</Date>
    <Description>A packet of a load test; nothing happened in the sky.</Description>
  </Who>
  <What>
    <Param name="TrigID" value="{HOLE}" ucd="meta.id" />
{params}    <Description>{filler}</Description>
  </What>
  <WhereWhen>
    <ObsDataLocation>
      <ObservatoryLocation id="GEOLUN" />
      <ObservationLocation>
        <AstroCoordSystem id="UTC-FK5-GEO" />
        <AstroCoords coord_system_id="UTC-FK5-GEO">
          <Time unit="s"><TimeInstant><ISOTime>2026-01-01T00:00:00.00</ISOTime></TimeInstant></Time>
          <Position2D unit="deg">
            <Name1>RA</Name1><Name2>Dec</Name2>
            <Value2><C1>163.8333</C1><C2>-48.6166</C2></Value2>
            <Error2Radius>0.0500</Error2Radius>
          </Position2D>
        </AstroCoords>
      </ObservationLocation>
    </ObsDataLocation>
  </WhereWhen>
  <Why importance="0.5"><Inference probability="0.5"><Concept>process.variation.burst;em.gamma</Concept></Inference></Why>
</voe:VOEvent>
"#
    )
}

fn params(spare_bytes: usize) -> String {
    let mut params = String::new();
    for (name, value, unit, ucd) in PARAMS {
        let param =
            format!("    <Param name=\"{name}\" value=\"{value}\" unit=\"{unit}\" ucd=\"{ucd}\" />\n");
        if params.len() + param.len() > spare_bytes {
            break;
        }
        params.push_str(&param);
    }
    params
}

/// Name, value, unit and UCD.
const PARAMS: [(&str, &str, &str, &str); 28] = [
    ("Packet_Type", "61", "dn", "meta.code"),
    ("Pkt_Ser_Num", "1", "dn", "meta.number"),
    ("Burst_TJD", "21041", "days", "time"),
    ("Burst_SOD", "40775.88", "sec", "time"),
    ("Burst_Inten", "4183", "cts", "phot.count"),
    ("Burst_Peak", "271", "cts", "phot.count;stat.max"),
    ("Integ_Time", "1.024", "sec", "time.interval"),
    ("Phi", "-12.40", "deg", "pos.az.azi"),
    ("Theta", "31.02", "deg", "pos.az.zd"),
    ("Trig_Index", "147", "dn", "meta.id"),
    ("Rate_Signif", "11.83", "sigma", "stat.snr"),
    ("Image_Signif", "8.26", "sigma", "stat.snr"),
    ("Bkg_Inten", "29817", "cts", "phot.count"),
    ("Bkg_Time", "40744.12", "sec", "time"),
    ("Bkg_Dur", "8.0", "sec", "time.interval"),
    ("SC_Long", "283.93", "deg", "pos.earth.lon"),
    ("SC_Lat", "9.92", "deg", "pos.earth.lat"),
    ("Sun_RA", "281.32", "deg", "pos.eq.ra"),
    ("Sun_Dec", "-23.02", "deg", "pos.eq.dec"),
    ("Sun_Distance", "104.26", "deg", "pos.angDistance"),
    ("Moon_RA", "66.73", "deg", "pos.eq.ra"),
    ("Moon_Dec", "25.61", "deg", "pos.eq.dec"),
    ("Moon_Distance", "118.64", "deg", "pos.angDistance"),
    ("Moon_Illum", "92.43", "%", "arith.ratio"),
    ("Galactic_Long", "283.93", "deg", "pos.galactic.lon"),
    ("Galactic_Lat", "9.92", "deg", "pos.galactic.lat"),
    ("Ecliptic_Long", "191.53", "deg", "pos.ecliptic.lon"),
    ("Ecliptic_Lat", "-49.61", "deg", "pos.ecliptic.lat"),
];

const FILLER: &str =
    "The values of the Sun and the Moon are valid at the time at which the message was made. ";

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(size_bytes: usize, serial: u64) -> bytes::Bytes {
        let mut frame = Vec::new();
        Packets::new(size_bytes).packet.write_frame(serial, &mut frame);
        bytes::Bytes::from(frame).split_off(4)
    }

    #[test]
    fn a_packet_has_the_size_that_was_asked_for() {
        for size_bytes in [MIN_PACKET_BYTES, 3000, 4096, 90_000] {
            assert_eq!(payload(size_bytes, 7).len(), size_bytes);
        }
    }

    #[test]
    fn a_packet_is_well_formed_and_named_by_its_serial_number() {
        let raw = payload(4096, 7);
        let document = roxmltree::Document::parse(std::str::from_utf8(&raw).unwrap()).unwrap();
        assert_eq!(document.descendants().filter(|node| node.has_tag_name("Param")).count(), 29);
        let packet = vtp::Packet::parse(raw).unwrap();
        assert!(packet.ivorn().ends_with("-000000000007"), "{}", packet.ivorn());
        assert_eq!(packet.role(), "test");
    }

    #[test]
    fn no_two_runs_make_the_same_packet() {
        assert_ne!(payload(4096, 7), payload(4096, 7));
    }
}
