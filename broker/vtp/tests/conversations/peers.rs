//! What real peers say, in the shapes in which they say it (PROTOCOL.md § 9).

use bytes::Bytes;

const VOEVENT: &str = "http://www.ivoa.net/xml/VOEvent/v2.0";

/// pygcn's answer to an iamalive: other namespace, no declaration of its own, local time with microseconds and no Z.
pub(crate) const PYGCN_IAMALIVE: &str = "<?xml version='1.0' encoding='UTF-8'?>\
    <trn:Transport role=\"iamalive\" version=\"1.0\" \
    xmlns:trn=\"http://telescope-networks.org/schema/Transport/v1.1\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:schemaLocation=\"http://telescope-networks.org/schema/Transport/v1.1 \
    http://telescope-networks.org/schema/Transport-v1.1.xsd\">\
    <Origin>ivo://nasa.gsfc.gcn/GCN#</Origin><Response>ivo://python_voeventclient/anonymous</Response>\
    <TimeStamp>2026-01-01T01:00:00.123456</TimeStamp></trn:Transport>";

/// pygcn's receipt.
pub(crate) const PYGCN_ACK: &str = "<?xml version='1.0' encoding='UTF-8'?>\
    <trn:Transport role=\"ack\" version=\"1.0\" \
    xmlns:trn=\"http://telescope-networks.org/schema/Transport/v1.1\">\
    <Origin>ivo://org.example/stream#1</Origin><Response>ivo://python_voeventclient/anonymous</Response>\
    <TimeStamp>2026-01-01T01:00:00.123456</TimeStamp></trn:Transport>";

/// The receipt of GCN's Tcl client, which writes the rest of the packet where the Origin should stand.
pub(crate) const TCL_ACK: &str = "<?xml version='1.0'?><trn:Transport role=\"ack\" version=\"1.0\" \
    xmlns:trn=\"http://telescope-networks.org/schema/Transport/v1.1\">\
    <Origin>ivo://org.example/stream#1\" role=\"test\"><Who/></voe:VOEvent></Origin></trn:Transport>";

/// A subscriber's filters in the form that old Comets use.
pub(crate) const LEGACY_AUTHENTICATE: &str = "<?xml version='1.0' encoding='UTF-8'?>\
    <trn:Transport xmlns:trn=\"http://www.telescope-networks.org/xml/Transport/v1.1\" version=\"1.0\" \
    role=\"authenticate\"><Origin>ivo://org.example/broker</Origin><TimeStamp>2012-01-01T00:00:00Z</TimeStamp>\
    <Meta><filter type=\"xpath\">//Param[@name=\"SC_Lat\" and @value&lt;600]</filter></Meta></trn:Transport>";

/// A sign of life as GCN's servers give it.
pub(crate) const GCN_IAMALIVE: &str = "<?xml version = '1.0' encoding = 'UTF-8'?>\n\
    <trn:Transport role=\"iamalive\" version=\"1.0\" \
    xmlns:trn=\"http://telescope-networks.org/schema/Transport/v1.1\">\n\
    <Origin>ivo://nasa.gsfc.tan/gcn</Origin><TimeStamp>2026-01-01T00:00:00</TimeStamp></trn:Transport>";

/// A packet of that number.
pub(crate) fn packet(number: usize) -> Bytes {
    let ivorn = ivorn(number);
    format!(
        "<?xml version='1.0'?>\n<v:VOEvent xmlns:v='{VOEVENT}' ivorn='{ivorn}' role='test' version='2.0'/>"
    )
    .into()
}

/// The name of the packet of that number.
pub(crate) fn ivorn(number: usize) -> String {
    format!("ivo://org.example/stream#{number}")
}
