//! Positions: where in the sky WhereWhen says it was (VOEvent 2.0 §3.4).
//!
//! ```text
//! WhereWhen / ObsDataLocation / ObservationLocation / AstroCoords @coord_system_id
//!     Time / TimeInstant / ISOTime
//!     Position2D @unit / Value2 / C1, C2    · Error2Radius
//!     Position3D @unit / Value3 / C1, C2
//! ```
//! The first one that can be read is taken. What cannot be read for certain is not: a unit that is unknown, angles
//! outside of their range, axes in another order. Where the observatory stands is another matter
//! (ObservatoryLocation).

use jiff::Timestamp;
use roxmltree::Node;
use serde::Serialize;

use super::{authored, child, children, text};

/// Degrees of a turn.
const TURN: f64 = 360.0;
/// Time scales that are not UTC; what they name is up to minutes away.
const OTHER_SCALES: [&str; 7] = ["TT", "TDT", "ET", "TDB", "TCB", "TAI", "GPS"];

/// Frames whose longitude and latitude are right ascension and declination.
const EQUATORIAL: [&str; 4] = ["FK5", "ICRS", "FK4", "J2000"];

/// A place in the sky, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position<'a> {
    /// Longitude in the system's frame, from 0 up to 360: right ascension in an equatorial one.
    pub longitude: f64,
    /// Latitude, from -90 to 90: declination in an equatorial one.
    pub latitude: f64,
    /// The radius of the error circle.
    pub error_radius: Option<f64>,
    /// The coordinate system as the author names it, such as `UTC-FK5-GEO`; empty if it is not named.
    pub system: &'a str,
    /// When it was seen there, if that is given in UTC.
    pub time: Option<Timestamp>,
}

impl Position<'_> {
    /// The place, if its angles are right ascension and declination, in one of the frames that are near enough to each
    /// other for a map and a search; one that is not named is taken for it.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let system = self.system.to_ascii_uppercase();
        let is_equatorial = system.is_empty() || EQUATORIAL.iter().any(|frame| system.contains(frame));
        is_equatorial.then_some(Place { ra: self.longitude, dec: self.latitude, error: self.error_radius })
    }
}

/// A place in the sky, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    /// Right ascension, from 0 up to 360.
    pub ra: f64,
    /// Declination, from -90 to 90.
    pub dec: f64,
    /// The radius of the error circle.
    pub error: Option<f64>,
}

/// The first position that can be read.
pub(super) fn first<'a>(root: Node<'a, '_>) -> Option<Position<'a>> {
    children(root, "WhereWhen")
        .flat_map(|place| children(place, "ObsDataLocation"))
        .flat_map(|place| children(place, "ObservationLocation"))
        .flat_map(|place| children(place, "AstroCoords"))
        .find_map(read)
}

fn read<'a>(coords: Node<'a, '_>) -> Option<Position<'a>> {
    let system = coords.attribute("coord_system_id").unwrap_or_default().trim();
    let (longitude, latitude, error_radius) =
        children(coords, "Position2D").chain(children(coords, "Position3D")).find_map(angles)?;
    Some(Position { longitude, latitude, error_radius, system, time: time(coords, system) })
}

fn time(coords: Node<'_, '_>, system: &str) -> Option<Timestamp> {
    if system.split('-').any(|part| OTHER_SCALES.contains(&part)) {
        return None;
    }
    let instant = child(child(coords, "Time")?, "TimeInstant")?;
    authored::moment(text(child(instant, "ISOTime")?))
}

/// Longitude, latitude and error radius.
fn angles(position: Node<'_, '_>) -> Option<(f64, f64, Option<f64>)> {
    let units = Units::of(position)?;
    let names = [("Name1", ["dec", "lat"]), ("Name2", ["ra", "lon"])];
    if names.iter().any(|(name, wrong)| child(position, name).is_some_and(|node| begins(text(node), wrong))) {
        return None;
    }
    let value = child(position, "Value2").or_else(|| child(position, "Value3"))?;
    let longitude = number(child(value, "C1")?)? * units.longitude;
    let latitude = number(child(value, "C2")?)? * units.latitude;
    if longitude.abs() > TURN || latitude.abs() > TURN / 4.0 {
        return None;
    }
    let radius = child(position, "Error2Radius")
        .and_then(number)
        .map(|radius| radius * units.latitude)
        .filter(|radius| (0.0..=TURN / 2.0).contains(radius));
    Some((turned(longitude), latitude, radius))
}

/// From 0 up to, and not including, 360.
fn turned(longitude: f64) -> f64 {
    let turned = longitude.rem_euclid(TURN);
    if turned < TURN { turned } else { 0.0 }
}

/// What makes degrees of each angle.
struct Units {
    longitude: f64,
    latitude: f64,
}

impl Units {
    /// The units as `deg`, `deg deg` or `deg-deg-m` name them; unnamed they are degrees, which all authors use.
    fn of(position: Node<'_, '_>) -> Option<Self> {
        let value = child(position, "Value2").or_else(|| child(position, "Value3"))?;
        let axis = |name| child(value, name).and_then(|axis| axis.attribute("pos_unit"));
        let named = position.attribute("unit").unwrap_or_default();
        let mut words = named.split([' ', '-', ',']).filter(|word| !word.is_empty());
        let first = words.next();
        let second = words.next().or(first);
        let longitude = degrees(axis("C1").or(first).unwrap_or("deg"))?;
        let latitude = axis("C2").or(second).unwrap_or("deg");
        // Hours are no measure of latitude: `unit="hour"` alone leaves it open.
        let latitude = Some(latitude).filter(|unit| !is_hours(unit)).and_then(degrees)?;
        Some(Self { longitude, latitude })
    }
}

fn degrees(unit: &str) -> Option<f64> {
    match unit.trim().to_ascii_lowercase().as_str() {
        "deg" | "degs" | "degree" | "degrees" => Some(1.0),
        "rad" | "radian" | "radians" => Some(180.0 / std::f64::consts::PI),
        "arcmin" => Some(1.0 / 60.0),
        "arcsec" => Some(1.0 / 3600.0),
        unit if is_hours(unit) => Some(TURN / 24.0),
        _ => None,
    }
}

fn is_hours(unit: &str) -> bool {
    matches!(unit.trim().to_ascii_lowercase().as_str(), "h" | "hr" | "hour" | "hours" | "hourangle")
}

fn begins(text: &str, beginnings: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    beginnings.iter().any(|beginning| text.starts_with(beginning))
}

fn number(node: Node<'_, '_>) -> Option<f64> {
    text(node).parse().ok().filter(|number: &f64| number.is_finite())
}
