//! A packet read as the broker reads it for a handler: parameters, citations and position, in plain words of the interface.

use roxmltree::{Document, Node};

use crate::bindings::philae::handler::event::SkyPosition;
use crate::event::{Citation, Param, Relation, Role};
use crate::time::Timestamp;

#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) raw: Vec<u8>,
    pub(crate) ivoid: String,
    pub(crate) role: Role,
    pub(crate) authored: Option<Timestamp>,
    pub(crate) params: Vec<Param>,
    pub(crate) citations: Vec<Citation>,
    pub(crate) position: Option<SkyPosition>,
}

impl Packet {
    /// Reads a packet in UTF-8; the error says why it is none.
    pub(crate) fn read(raw: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(raw).map_err(|error| error.to_string())?;
        let document = Document::parse(text).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if root.tag_name().name() != "VOEvent" {
            return Err(format!("the root element is {}, no VOEvent", root.tag_name().name()));
        }
        let role = match root.attribute("role").unwrap_or("observation") {
            "observation" => Role::Observation,
            "prediction" => Role::Prediction,
            "utility" => Role::Utility,
            "test" => Role::Test,
            other => return Err(format!("there is no role {other:?}")),
        };
        let authored = child(root, "Who").and_then(|who| child(who, "Date"));
        Ok(Self {
            raw: raw.to_vec(),
            ivoid: root.attribute("ivorn").ok_or("it has no ivorn")?.to_owned(),
            role,
            authored: authored.and_then(|date| Timestamp::parse(&text_of(date))),
            params: child(root, "What").map(params).unwrap_or_default(),
            citations: child(root, "Citations").map(citations).unwrap_or_default(),
            position: child(root, "WhereWhen").and_then(position),
        })
    }
}

fn params(what: Node<'_, '_>) -> Vec<Param> {
    let is_param = |node: &Node<'_, '_>| node.tag_name().name() == "Param";
    let found = what.descendants().filter(is_param).filter(|param| !is_in_table(*param));
    found.map(param).collect()
}

fn is_in_table(param: Node<'_, '_>) -> bool {
    param.ancestors().any(|node| node.tag_name().name() == "Table")
}

fn param(node: Node<'_, '_>) -> Param {
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    let group = node.ancestors().skip(1).find(|node| node.tag_name().name() == "Group");
    Param {
        group: group.and_then(|group| group.attribute("name")).map(str::to_owned),
        name: attribute("name").unwrap_or_default(),
        value: attribute("value").or_else(|| child(node, "Value").map(text_of)).unwrap_or_default(),
        unit: attribute("unit"),
        ucd: attribute("ucd"),
        data_type: attribute("dataType"),
    }
}

fn citations(node: Node<'_, '_>) -> Vec<Citation> {
    let cited = node.children().filter(|node| node.tag_name().name() == "EventIVORN");
    let citation = |node: Node<'_, '_>| Citation {
        ivoid: text_of(node),
        relation: match node.attribute("cite") {
            Some("followup") => Relation::Followup,
            Some("supersedes") => Relation::Supersedes,
            Some("retraction") => Relation::Retraction,
            _ => Relation::Other,
        },
    };
    cited.map(citation).collect()
}

/// The first position that can be read: two angles, in two or three dimensions.
fn position(where_when: Node<'_, '_>) -> Option<SkyPosition> {
    where_when.descendants().filter(|node| node.tag_name().name() == "AstroCoords").find_map(|coords| {
        let position =
            coords.children().find(|node| matches!(node.tag_name().name(), "Position2D" | "Position3D"))?;
        let degrees = match position.attribute("unit").unwrap_or("deg").split([' ', '-']).next()? {
            "rad" => 1.0_f64.to_degrees(),
            "arcmin" => 1.0 / 60.0,
            "arcsec" => 1.0 / 3_600.0,
            _ => 1.0,
        };
        let number = |name: &str| -> Option<f64> {
            let node = position.descendants().find(|node| node.tag_name().name() == name)?;
            Some(text_of(node).parse::<f64>().ok()? * degrees).filter(|number| number.is_finite())
        };
        let latitude = number("C2").filter(|latitude| latitude.abs() <= 90.0)?;
        let time = coords.descendants().find(|node| node.tag_name().name() == "ISOTime");
        Some(SkyPosition {
            longitude: number("C1")?.rem_euclid(360.0),
            latitude,
            error_radius: number("Error2Radius").filter(|radius| *radius >= 0.0),
            system: coords.attribute("coord_system_id").unwrap_or_default().trim().to_owned(),
            time: time.and_then(|time| Timestamp::parse(&text_of(time))),
        })
    })
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn text_of(node: Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.trim().to_owned()
}
