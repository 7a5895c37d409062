//! What an event must be to be found, and how that is asked of the tables.
//!
//! All that is set must hold; of what has several values one must. Positions are compared by the chord between two points on
//! the unit sphere, which is right at the poles, across zero of right ascension, and for the smallest angles.

use std::f64::consts::PI;

use jiff::Timestamp;
use rusqlite::types::Value;

use super::write::point;
use crate::event::Place;

/// What is wanted; what is not set is not asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Criteria {
    /// An identifier that begins with one of these.
    pub(crate) streams: Vec<String>,
    /// An identifier.
    pub(crate) ivoid: Option<Pattern>,
    /// One of these roles.
    pub(crate) roles: Vec<String>,
    /// An author in whose name this stands, in either case.
    pub(crate) author: Option<String>,
    /// A citation of this identifier.
    pub(crate) cites: Option<Pattern>,
    /// A citation of this kind, of that identifier if both are set.
    pub(crate) relation: Option<String>,
    /// A position within this.
    pub(crate) cone: Option<Cone>,
    /// Accepted by the broker at this time or later, and before that.
    pub(crate) received: (Option<Timestamp>, Option<Timestamp>),
    /// Made by its author at this time or later, and before that.
    pub(crate) authored: (Option<Timestamp>, Option<Timestamp>),
    /// Observed at this time or later, and before that.
    pub(crate) observed: (Option<Timestamp>, Option<Timestamp>),
}

/// A text, in which each `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    /// Whether a `*` is one.
    is_exact: bool,
}

/// A circle in the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cone {
    centre: Place,
    radius: f64,
}

/// Why there is no such circle.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(crate) enum ConeError {
    /// The right ascension is out of bounds.
    #[error("the right ascension {0} is out of bounds; write 0 to 360 degrees")]
    RightAscension(f64),
    /// The declination is out of bounds.
    #[error("the declination {0} is out of bounds; write -90 to 90 degrees")]
    Declination(f64),
    /// The radius is out of bounds.
    #[error("the radius {0} is out of bounds; write 0 to 180 degrees")]
    Radius(f64),
}

impl Cone {
    /// A circle around a place, all in degrees.
    ///
    /// # Errors
    /// A [`ConeError`]; what is not a number is out of bounds.
    pub(crate) fn new(ra: f64, dec: f64, radius: f64) -> Result<Self, ConeError> {
        if !(0.0..=360.0).contains(&ra) {
            return Err(ConeError::RightAscension(ra));
        }
        if !(-90.0..=90.0).contains(&dec) {
            return Err(ConeError::Declination(dec));
        }
        if !(0.0..=180.0).contains(&radius) {
            return Err(ConeError::Radius(radius));
        }
        Ok(Self { centre: Place { ra, dec, error: None }, radius })
    }
}

impl Pattern {
    /// The pattern that a text is.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), is_exact: false }
    }

    /// A text in which nothing stands for anything else.
    pub(crate) fn exact(text: &str) -> Self {
        Self { text: text.to_owned(), is_exact: true }
    }

    /// What comes before the first `*`, and whether there is one.
    fn beginning(&self) -> (&str, bool) {
        let star = self.text.split_once('*').filter(|_| !self.is_exact);
        star.map_or((&self.text, false), |(beginning, _)| (beginning, true))
    }

    /// The same as SQLite's GLOB reads it.
    fn glob(&self) -> String {
        self.text.replace('[', "[[]").replace('?', "[?]")
    }
}

/// Conditions in SQL that must all hold, and the values for their marks.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    all: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    /// The conditions, as they stand behind WHERE.
    pub(super) fn sql(&self) -> String {
        self.all.join(" AND ")
    }

    /// Adds a condition; each `?` in it is for one of the values, in order.
    pub(super) fn add(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.all.push(condition.to_owned());
        self.values.extend(values);
    }

    fn any(&mut self, condition: &str, values: Vec<Vec<Value>>) {
        if !values.is_empty() {
            let all = vec![condition; values.len()].join(" OR ");
            self.add(&format!("({all})"), values.into_iter().flatten());
        }
    }

    fn between(&mut self, column: &str, (from, before): (Option<Timestamp>, Option<Timestamp>)) {
        if let Some(from) = from {
            self.add(&format!("{column} >= ?"), [from.as_microsecond().into()]);
        }
        if let Some(before) = before {
            self.add(&format!("{column} < ?"), [before.as_microsecond().into()]);
        }
    }
}

impl Criteria {
    /// Whether nothing is asked but when it was received, which the log itself can tell.
    pub(crate) fn is_of_time(&self) -> bool {
        *self == Self { received: self.received, ..Self::default() }
    }

    /// Whether an index of the tables leads to what is wanted; if none does, the order of places is as good.
    pub(super) fn is_indexed(&self) -> bool {
        !self.streams.is_empty()
            || self.ivoid.is_some()
            || self.cites.is_some()
            || self.relation.is_some()
            || self.cone.is_some()
            || self.authored != (None, None)
            || self.observed != (None, None)
    }

    /// Adds what is asked.
    pub(super) fn ask(&self, conditions: &mut Conditions) {
        let streams = self.streams.iter().map(|stream| beginning_with(stream));
        conditions.any("(ivoid >= ? AND ivoid < ?)", streams.collect());
        if let Some(pattern) = &self.ivoid {
            match_pattern(conditions, "ivoid", pattern);
        }
        conditions.any("role = ?", self.roles.iter().map(|role| vec![role.clone().into()]).collect());
        if let Some(author) = &self.author {
            // What LIKE takes for patterns is none here, and it knows the cases of ASCII alone.
            conditions.add("instr(author_lower, ?) > 0", [author.to_lowercase().into()]);
        }
        conditions.between("received", self.received);
        conditions.between("authored", self.authored);
        conditions.between("observed", self.observed);
        self.ask_citation(conditions);
        if let Some(cone) = &self.cone {
            cone.ask(conditions);
        }
    }

    fn ask_citation(&self, conditions: &mut Conditions) {
        let mut cited = Conditions::default();
        if let Some(pattern) = &self.cites {
            match_pattern(&mut cited, "ivoid", pattern);
        }
        if let Some(relation) = &self.relation {
            cited.add("relation = ?", [relation.clone().into()]);
        }
        if !cited.all.is_empty() {
            conditions.add(&format!("seq IN (SELECT seq FROM citation WHERE {})", cited.sql()), cited.values);
        }
    }
}

impl Cone {
    fn ask(&self, conditions: &mut Conditions) {
        let chord = 2.0 * (self.radius * PI / 360.0).sin();
        let [x, y, z] = point(self.centre);
        // Declinations may be off by what rounding does to them, and the chord decides.
        let (low, high) =
            (self.centre.dec - self.radius - ROUNDING_DEG, self.centre.dec + self.radius + ROUNDING_DEG);
        conditions.add("dec BETWEEN ? AND ?", [low.into(), high.into()]);
        conditions.add(
            "(x - ?) * (x - ?) + (y - ?) * (y - ?) + (z - ?) * (z - ?) <= ?",
            [x, x, y, y, z, z, chord * chord + ROUNDING_CHORD].map(Value::from),
        );
    }
}

/// Under a thousandth of a milliarcsecond.
const ROUNDING_DEG: f64 = 1e-10;
/// The square of a chord of some microarcseconds.
const ROUNDING_CHORD: f64 = 1e-22;

fn match_pattern(conditions: &mut Conditions, column: &str, pattern: &Pattern) {
    let (beginning, is_open) = pattern.beginning();
    if !is_open {
        conditions.add(&format!("{column} = ?"), [beginning.to_owned().into()]);
        return;
    }
    if !beginning.is_empty() {
        conditions.add(&format!("{column} >= ? AND {column} < ?"), beginning_with(beginning));
    }
    conditions.add(&format!("{column} GLOB ?"), [pattern.glob().into()]);
}

/// The first and the last of the texts that begin with one, as the database sorts them.
fn beginning_with(beginning: &str) -> Vec<Value> {
    vec![beginning.to_owned().into(), format!("{beginning}{}", char::MAX).into()]
}
