//! Places in the sky.

use std::fmt;

use crate::bindings::philae::handler::event::SkyPosition;
use crate::time::Timestamp;

/// A place in the sky. Angles are in degrees.
///
/// ```
/// use philae_guest::Position;
///
/// let crab = Position::new(83.633, 22.014);
/// let betelgeuse = Position::new(88.793, 7.407);
/// assert!((crab.separation(&betelgeuse) - 15.43).abs() < 0.01);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Longitude in the system's frame, from 0 up to 360: right ascension in an equatorial one.
    pub longitude: f64,
    /// Latitude, from -90 to 90: declination in an equatorial one.
    pub latitude: f64,
    /// The radius of the error circle, if one is given.
    pub error_radius: Option<f64>,
    /// The coordinate system as the author names it, such as `UTC-FK5-GEO`.
    pub system: String,
    /// When the event was seen there, if that can be read.
    pub time: Option<Timestamp>,
}

impl Position {
    /// A place in FK5 with neither error nor time.
    #[must_use]
    pub fn new(longitude: f64, latitude: f64) -> Self {
        Self { longitude, latitude, error_radius: None, system: "UTC-FK5-GEO".to_owned(), time: None }
    }

    /// The angle between two places, from 0 to 180 degrees: exact for the smallest angles, at the poles and across 0h.
    ///
    /// Both must be in the same system; this is not looked at.
    #[must_use]
    pub fn separation(&self, other: &Self) -> f64 {
        // Vincenty's formula for a sphere: the tangent of the angle keeps its digits where sine and cosine lose theirs.
        let (lat, other_lat) = (self.latitude.to_radians(), other.latitude.to_radians());
        let between = (other.longitude - self.longitude).to_radians();
        let east = other_lat.cos() * between.sin();
        let north = lat.cos() * other_lat.sin() - lat.sin() * other_lat.cos() * between.cos();
        let along = lat.sin() * other_lat.sin() + lat.cos() * other_lat.cos() * between.cos();
        east.hypot(north).atan2(along).to_degrees()
    }

    /// Whether the two may be one place: closer than their error radii together, a radius that is not given counting as 0.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.separation(other) <= self.error_radius.unwrap_or(0.0) + other.error_radius.unwrap_or(0.0)
    }
}

impl From<SkyPosition> for Position {
    fn from(position: SkyPosition) -> Self {
        let SkyPosition { longitude, latitude, error_radius, system, time } = position;
        Self { longitude, latitude, error_radius, system, time }
    }
}

/// Such as `211.8034 -36.2719 ±0.05°`.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.longitude, self.latitude)?;
        match self.error_radius {
            Some(radius) => write!(f, " ±{radius}°"),
            None => f.write_str("°"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separation(from: (f64, f64), to: (f64, f64)) -> f64 {
        Position::new(from.0, from.1).separation(&Position::new(to.0, to.1))
    }

    #[test]
    fn separation_is_small_across_zero_hours() {
        assert!((separation((359.999, 0.0), (0.001, 0.0)) - 0.002).abs() < 1e-12);
    }

    #[test]
    fn longitude_means_nothing_at_a_pole() {
        assert!(separation((12.0, 90.0), (250.0, 90.0)) < 1e-12);
        assert!((separation((12.0, 90.0), (250.0, 89.0)) - 1.0).abs() < 1e-12);
        assert!((separation((0.0, 89.5), (180.0, 89.5)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn opposite_places_are_half_a_turn_apart() {
        assert!((separation((30.0, 45.0), (210.0, -45.0)) - 180.0).abs() < 1e-9);
    }

    #[test]
    fn separation_of_a_milliarcsecond_keeps_its_digits() {
        let milliarcsecond = 1.0 / 3_600_000.0;
        assert!(
            (separation((10.0, 60.0), (10.0, 60.0 + milliarcsecond)) / milliarcsecond - 1.0).abs() < 1e-6
        );
    }
}
