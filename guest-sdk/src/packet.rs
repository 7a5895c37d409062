//! VOEvent packets, written.

use std::fmt::Write as _;

use crate::event::{Relation, Role};
use crate::position::Position;
use crate::time::Timestamp;

/// A VOEvent 2.0 packet to be published, or to be handled in a test. What it writes is valid by the schema.
///
/// ```
/// use philae_guest::{Packet, Position};
///
/// let packet = Packet::new("ivo://your.site/summaries#grb-731")
///     .param("Trigger_ID", 731)
///     .param_with_unit("Burst_Duration", 8.192, "s")
///     .position(&Position { error_radius: Some(0.05), ..Position::new(211.8034, -36.2719) })
///     .to_xml();
/// assert!(packet.contains("<Error2Radius>0.05</Error2Radius>"));
/// ```
#[derive(Debug, Clone)]
pub struct Packet {
    ivoid: String,
    role: Role,
    date: Option<Timestamp>,
    params: String,
    position: String,
    citations: String,
    description: String,
}

impl Packet {
    /// An observation with this identifier and nothing else.
    #[must_use]
    pub fn new(ivoid: &str) -> Self {
        Self {
            ivoid: ivoid.to_owned(),
            role: Role::Observation,
            date: None,
            params: String::new(),
            position: String::new(),
            citations: String::new(),
            description: String::new(),
        }
    }

    /// Says what it is for.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Says when it was made (Who/Date), to the second.
    #[must_use]
    pub fn date(mut self, date: Timestamp) -> Self {
        self.date = Some(date);
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl ToString) -> Self {
        let _ = writeln!(
            self.params,
            "    <Param name=\"{}\" value=\"{}\"/>",
            escape(name),
            escape(&value.to_string())
        );
        self
    }

    /// Adds a parameter with its unit, such as `s`.
    #[must_use]
    pub fn param_with_unit(mut self, name: &str, value: impl ToString, unit: &str) -> Self {
        let (name, value, unit) = (escape(name), escape(&value.to_string()), escape(unit));
        let _ = writeln!(self.params, "    <Param name=\"{name}\" value=\"{value}\" unit=\"{unit}\"/>");
        self
    }

    /// Says where it was seen, in degrees, and when if the position has a time. The schema wants an error radius: 0 is written
    /// where none is given.
    #[must_use]
    pub fn position(mut self, position: &Position) -> Self {
        let system = escape(&position.system);
        let (c1, c2) = (position.longitude, position.latitude);
        let time = position.time.map_or_else(String::new, |time| {
            let time = time.to_string();
            let time = time.trim_end_matches('Z');
            format!("<Time unit=\"s\"><TimeInstant><ISOTime>{time}</ISOTime></TimeInstant></Time>")
        });
        let radius = position.error_radius.unwrap_or(0.0);
        self.position = format!(
            "  <WhereWhen><ObsDataLocation>\n    \
             <ObservatoryLocation id=\"GEOLUN\"/>\n    \
             <ObservationLocation><AstroCoordSystem id=\"{system}\"/><AstroCoords coord_system_id=\"{system}\">{time}\n      \
             <Position2D unit=\"deg\"><Name1>RA</Name1><Name2>Dec</Name2>\
             <Value2><C1>{c1}</C1><C2>{c2}</C2></Value2><Error2Radius>{radius}</Error2Radius></Position2D>\n    \
             </AstroCoords></ObservationLocation>\n  </ObsDataLocation></WhereWhen>\n"
        );
        self
    }

    /// Cites an earlier event. [`Relation::Other`] is written as a follow-up, the weakest that the standard has.
    #[must_use]
    pub fn cite(mut self, ivoid: &str, relation: Relation) -> Self {
        let relation = match relation {
            Relation::Followup | Relation::Other => "followup",
            Relation::Supersedes => "supersedes",
            Relation::Retraction => "retraction",
        };
        let ivoid = escape(ivoid);
        let _ = writeln!(self.citations, "    <EventIVORN cite=\"{relation}\">{ivoid}</EventIVORN>");
        self
    }

    /// Says in words what it is.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = format!("  <Description>{}</Description>\n", escape(text));
        self
    }

    /// The packet.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let ivoid = escape(&self.ivoid);
        let stream = ivoid.split('#').next().unwrap_or_default();
        let role = self.role.as_str();
        let date = self.date.map_or_else(String::new, |date| {
            let date = Timestamp { nanoseconds: 0, ..date }.to_string();
            format!("<Date>{}</Date>", date.trim_end_matches('Z'))
        });
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <voe:VOEvent xmlns:voe=\"http://www.ivoa.net/xml/VOEvent/v2.0\" version=\"2.0\" role=\"{role}\" ivorn=\"{ivoid}\">\n  \
             <Who><AuthorIVORN>{stream}</AuthorIVORN>{date}</Who>\n"
        );
        if !self.params.is_empty() {
            let _ = write!(xml, "  <What>\n{}  </What>\n", self.params);
        }
        xml += &self.position;
        if !self.citations.is_empty() {
            let _ = write!(xml, "  <Citations>\n{}  </Citations>\n", self.citations);
        }
        xml += &self.description;
        xml += "</voe:VOEvent>\n";
        xml
    }
}

impl From<&Packet> for Vec<u8> {
    fn from(packet: &Packet) -> Self {
        packet.to_xml().into_bytes()
    }
}

/// Makes a text fit for an attribute or an element; characters that XML cannot hold become the replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\t' => escaped += "&#9;",
            '\n' => escaped += "&#10;",
            '\r' => escaped += "&#13;",
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_comes_back() {
        let text = "a<b & \"c\" 'd'\n\t]]> é";
        let xml = Packet::new("ivo://a.b/c#d").param("x", text).description(text).to_xml();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let param = document.descendants().find(|node| node.has_tag_name("Param")).unwrap();
        assert_eq!(param.attribute("value"), Some(text));
        let description = document.descendants().find(|node| node.has_tag_name("Description")).unwrap();
        assert_eq!(description.text(), Some(text));
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escape("a\u{1}b"), "a\u{fffd}b");
    }
}
