//! A circle in the sky, as an astronomer writes it.
//!
//! ```text
//! 83.633,22.014,1.5               degrees
//! 05:34:31.9,+22:00:52,30arcmin   right ascension in hours, declination in degrees, a radius with its unit
//! ```

use crate::index::Cone;

/// Degrees of an hour of right ascension.
const HOUR_DEG: f64 = 15.0;

/// Reads a circle.
///
/// # Errors
/// What in it cannot be, and what it looks like.
pub(super) fn parse(text: &str) -> Result<Cone, String> {
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    let [ra, dec, radius] = parts.as_slice() else {
        return Err(format!("it has {} parts; write RA,DEC,RADIUS, such as 83.63,22.01,1.5", parts.len()));
    };
    let ra = angle(ra, HOUR_DEG).ok_or_else(|| no_angle("right ascension", ra, "83.63 or 05:34:32"))?;
    let dec = angle(dec, 1.0).ok_or_else(|| no_angle("declination", dec, "22.01 or +22:00:52"))?;
    let radius = size(radius).ok_or_else(|| no_angle("radius", radius, "1.5, 30arcmin or 10arcsec"))?;
    Cone::new(ra, dec, radius).map_err(|error| error.to_string())
}

fn no_angle(what: &str, text: &str, such_as: &str) -> String {
    format!("the {what} '{text}' is no angle; write one such as {such_as}")
}

/// Degrees, or sexagesimal units of so many degrees.
fn angle(text: &str, unit_deg: f64) -> Option<f64> {
    if !text.contains(':') {
        return number(text);
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts = text.split(':').map(number).collect::<Option<Vec<_>>>()?;
    let is_within = |part: &f64| (0.0..60.0).contains(part);
    match parts.as_slice() {
        [whole, minutes] if *whole >= 0.0 && is_within(minutes) => {
            Some(sign * unit_deg * (whole + minutes / 60.0))
        }
        [whole, minutes, seconds] if *whole >= 0.0 && is_within(minutes) && is_within(seconds) => {
            Some(sign * unit_deg * (whole + minutes / 60.0 + seconds / 3600.0))
        }
        _ => None,
    }
}

/// Degrees, or a number with its unit.
fn size(text: &str) -> Option<f64> {
    let units = [("arcmin", 60.0), ("arcsec", 3600.0), ("deg", 1.0), ("'", 60.0), ("\"", 3600.0)];
    let with_unit = units.iter().find_map(|(unit, parts)| Some((text.strip_suffix(unit)?, parts)));
    let (text, parts) = with_unit.unwrap_or((text, &1.0));
    Some(number(text)? / parts)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_mean_the_same() {
        assert_eq!(parse("83.625,-22.5,0.5"), parse("05:34:30,-22:30,30arcmin"));
        assert_eq!(parse("0, 0, 10"), Cone::new(0.0, 0.0, 10.0).map_err(|error| error.to_string()));
        assert_eq!(parse("1,-0:30,1deg"), parse("1,-0.5,3600\""));
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (text, named) in [
            ("1,2", "2 parts"),
            ("1,2,-1", "the radius -1 is out of bounds"),
            ("x,2,1", "right ascension 'x'"),
            ("1,91,1", "declination 91"),
            ("1,2,181", "radius 181"),
            ("400,2,1", "right ascension 400"),
            ("25:00,2,1", "right ascension 375"),
            ("1,2:60:00,1", "declination '2:60:00'"),
            ("1,inf,1", "declination 'inf'"),
            ("1,2,nan", "radius 'nan'"),
        ] {
            assert!(parse(text).unwrap_err().contains(named), "{text}: {:?}", parse(text));
        }
    }
}
