//! The schema of VOEvent 2.0 as data: `VOEvent-v2.0.xsd`, type by type.
//!
//! No kind is among its own descendants, so no valid tree is deeper than nine elements.

use super::kind::{Attribute, Child, Content, Kind, Order, attribute, may, must, needed};
use super::lexical::Lexical::{DateTime, Float, Id, OneOf, Probability, Text, Two, Uri};

const ROLES: &[&str] = &["observation", "prediction", "utility", "test"];
const DATA_TYPES: &[&str] = &["string", "float", "int"];
const CITES: &[&str] = &["followup", "supersedes", "retraction"];
const COORDINATE_SYSTEMS: &[&str] = &[
    "TT-ICRS-TOPO",
    "UTC-ICRS-TOPO",
    "TT-FK5-TOPO",
    "UTC-FK5-TOPO",
    "GPS-ICRS-TOPO",
    "GPS-FK5-TOPO",
    "TT-ICRS-GEO",
    "UTC-ICRS-GEO",
    "TT-FK5-GEO",
    "UTC-FK5-GEO",
    "GPS-ICRS-GEO",
    "TDB-ICRS-BARY",
    "TDB-FK5-BARY",
    "UTC-GEOD-TOPO",
];

const fn elements(
    name: &'static str,
    attributes: &'static [Attribute],
    order: Order,
    children: &'static [Child],
) -> Kind {
    Kind { name, attributes, content: Content::Elements(order, children) }
}

const fn nothing(name: &'static str, attributes: &'static [Attribute]) -> Kind {
    Kind { name, attributes, content: Content::Nothing }
}

const UNIT: &[Attribute] = &[attribute("unit", Text)];
const NAME_AND_TYPE: &[Attribute] = &[attribute("name", Text), attribute("type", Text)];

static TEXT: Kind = Kind { name: "string", attributes: &[], content: Content::Value(Text) };
static URI: Kind = Kind { name: "anyURI", attributes: &[], content: Content::Value(Uri) };
static DATE: Kind = Kind { name: "dateTime", attributes: &[], content: Content::Value(DateTime) };
static FLOAT: Kind = Kind { name: "float", attributes: &[], content: Content::Value(Float) };

pub(super) static VOEVENT: Kind = elements(
    "",
    &[needed("version", Two), needed("ivorn", Uri), attribute("role", OneOf(ROLES))],
    Order::All,
    &[
        may("Who", &WHO),
        may("What", &WHAT),
        may("WhereWhen", &WHERE_WHEN),
        may("How", &HOW),
        may("Why", &WHY),
        may("Citations", &CITATIONS),
        may("Description", &TEXT),
        may("Reference", &REFERENCE),
    ],
);

static WHO: Kind = elements(
    "Who",
    &[],
    Order::All,
    &[
        may("AuthorIVORN", &URI),
        may("Date", &DATE),
        may("Description", &TEXT),
        may("Reference", &REFERENCE),
        may("Author", &AUTHOR),
    ],
);

static AUTHOR: Kind = elements(
    "",
    &[],
    Order::Some,
    &[
        may("title", &TEXT),
        may("shortName", &TEXT),
        may("logoURL", &URI),
        may("contactName", &TEXT),
        may("contactEmail", &TEXT),
        may("contactPhone", &TEXT),
        may("contributor", &TEXT),
    ],
);

static WHAT: Kind = elements(
    "What",
    &[],
    Order::Any,
    &[
        may("Param", &PARAM),
        may("Group", &GROUP),
        may("Table", &TABLE),
        may("Description", &TEXT),
        may("Reference", &REFERENCE),
    ],
);

static PARAM: Kind = elements(
    "Param",
    &[
        attribute("name", Text),
        attribute("ucd", Text),
        attribute("value", Text),
        attribute("unit", Text),
        attribute("dataType", OneOf(DATA_TYPES)),
        attribute("utype", Text),
    ],
    Order::Any,
    &[may("Description", &TEXT), may("Reference", &REFERENCE), may("Value", &TEXT)],
);

static GROUP: Kind = elements(
    "Group",
    NAME_AND_TYPE,
    Order::Any,
    &[may("Param", &PARAM), may("Description", &TEXT), may("Reference", &REFERENCE)],
);

static TABLE: Kind = elements(
    "Table",
    NAME_AND_TYPE,
    Order::Any,
    &[
        may("Description", &TEXT),
        may("Reference", &REFERENCE),
        may("Param", &PARAM),
        may("Field", &FIELD),
        may("Data", &DATA),
    ],
);

static FIELD: Kind = elements(
    "Field",
    &[
        attribute("name", Text),
        attribute("ucd", Text),
        attribute("unit", Text),
        attribute("dataType", OneOf(DATA_TYPES)),
        attribute("utype", Text),
    ],
    Order::Any,
    &[may("Description", &TEXT), may("Reference", &REFERENCE)],
);

static DATA: Kind = elements("Data", &[], Order::Some, &[may("TR", &ROW)]);
static ROW: Kind = elements("TR", &[], Order::Some, &[may("TD", &TEXT)]);

static WHERE_WHEN: Kind = elements(
    "WhereWhen",
    &[attribute("id", Id)],
    Order::Any,
    &[may("ObsDataLocation", &OBS_DATA_LOCATION), may("Description", &TEXT), may("Reference", &REFERENCE)],
);

static OBS_DATA_LOCATION: Kind = elements(
    "ObsDataLocation",
    &[],
    Order::All,
    &[must("ObservatoryLocation", &OBSERVATORY_LOCATION), must("ObservationLocation", &OBSERVATION_LOCATION)],
);

static OBSERVATORY_LOCATION: Kind = elements(
    "ObservatoryLocation",
    &[attribute("id", Text)],
    Order::All,
    &[may("AstroCoordSystem", &ASTRO_COORD_SYSTEM), may("AstroCoords", &ASTRO_COORDS)],
);

static OBSERVATION_LOCATION: Kind = elements(
    "ObservationLocation",
    &[],
    Order::All,
    &[must("AstroCoordSystem", &ASTRO_COORD_SYSTEM), must("AstroCoords", &ASTRO_COORDS)],
);

static ASTRO_COORD_SYSTEM: Kind = nothing("AstroCoordSystem", &[attribute("id", OneOf(COORDINATE_SYSTEMS))]);

static ASTRO_COORDS: Kind = elements(
    "AstroCoords",
    &[attribute("coord_system_id", OneOf(COORDINATE_SYSTEMS))],
    Order::All,
    &[may("Time", &TIME), may("Position2D", &POSITION_2D), may("Position3D", &POSITION_3D)],
);

static TIME: Kind =
    elements("Time", UNIT, Order::Any, &[may("TimeInstant", &TIME_INSTANT), may("Error", &FLOAT)]);

static TIME_INSTANT: Kind = elements(
    "TimeInstant",
    &[],
    Order::Any,
    &[may("ISOTime", &TEXT), may("TimeOffset", &FLOAT), may("TimeScale", &TEXT)],
);

static POSITION_2D: Kind = elements(
    "Position2D",
    UNIT,
    Order::All,
    &[may("Name1", &TEXT), may("Name2", &TEXT), must("Value2", &VALUE_2), must("Error2Radius", &FLOAT)],
);

static POSITION_3D: Kind = elements(
    "Position3D",
    UNIT,
    Order::All,
    &[may("Name1", &TEXT), may("Name2", &TEXT), may("Name3", &TEXT), must("Value3", &VALUE_3)],
);

static VALUE_2: Kind = elements("Value2", &[], Order::All, &[must("C1", &FLOAT), must("C2", &FLOAT)]);

static VALUE_3: Kind =
    elements("Value3", &[], Order::All, &[must("C1", &FLOAT), must("C2", &FLOAT), must("C3", &FLOAT)]);

static HOW: Kind =
    elements("How", &[], Order::Some, &[may("Description", &TEXT), may("Reference", &REFERENCE)]);

static WHY: Kind = elements(
    "Why",
    &[attribute("importance", Float), attribute("expires", DateTime)],
    Order::Some,
    &[
        may("Name", &TEXT),
        may("Concept", &TEXT),
        may("Inference", &INFERENCE),
        may("Description", &TEXT),
        may("Reference", &REFERENCE),
    ],
);

static INFERENCE: Kind = elements(
    "Inference",
    &[attribute("probability", Probability), attribute("relation", Text)],
    Order::Some,
    &[may("Name", &TEXT), may("Concept", &TEXT), may("Description", &TEXT), may("Reference", &REFERENCE)],
);

static CITATIONS: Kind = elements(
    "Citations",
    &[],
    Order::Sequence,
    &[must("EventIVORN", &EVENT_IVORN), may("Description", &TEXT)],
);

static EVENT_IVORN: Kind = Kind {
    name: "EventIVORN",
    attributes: &[attribute("cite", OneOf(CITES))],
    content: Content::Value(Text),
};

static REFERENCE: Kind = nothing(
    "Reference",
    &[needed("uri", Uri), attribute("type", Text), attribute("mimetype", Text), attribute("meaning", Uri)],
);
