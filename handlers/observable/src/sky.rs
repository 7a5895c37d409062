//! Where things stand in the sky: to a hundredth of a degree or so, which is finer than the minute to which times are said.
//!
//! After Meeus, Astronomical Algorithms, 2nd edition. Angles are in degrees, places are (right ascension, declination), times
//! are seconds since 1970 in UTC, taken for UT1 and TT (one second, one minute: nothing here). Nutation and aberration, at most
//! 0.006 degrees each, are left out.

/// A place on Earth.
pub(crate) struct Site {
    /// Degrees north.
    pub(crate) latitude: f64,
    /// Degrees east.
    pub(crate) longitude: f64,
}

impl Site {
    /// How high a place of the date stands above the horizon of a level plane, without the air's refraction (13.6).
    pub(crate) fn altitude(&self, (ra, dec): (f64, f64), time: f64) -> f64 {
        let hour_angle = (sidereal_time(time) + self.longitude - ra).to_radians();
        let (latitude, dec) = (self.latitude.to_radians(), dec.to_radians());
        let sine = latitude.sin() * dec.sin() + latitude.cos() * dec.cos() * hour_angle.cos();
        sine.clamp(-1.0, 1.0).asin().to_degrees()
    }

    /// The highest that it ever stands.
    pub(crate) fn highest(&self, (_, dec): (f64, f64)) -> f64 {
        90.0 - (self.latitude - dec).abs()
    }
}

/// The altitude at which something is seen on the horizon of the sea: 34' for the air, and what the eye's height in metres
/// lets it see beyond the level plane (some 1.76' for each root of a metre).
pub(crate) fn sea_horizon(height: f64) -> f64 {
    -(34.0 + 1.76 * height.max(0.0).sqrt()) / 60.0
}

/// Julian centuries since 2000 January 1.5.
fn centuries(time: f64) -> f64 {
    (time - 946_728_000.0) / (36_525.0 * 86_400.0)
}

/// Mean sidereal time at Greenwich (12.4).
pub(crate) fn sidereal_time(time: f64) -> f64 {
    let t = centuries(time);
    let days = (time - 946_728_000.0) / 86_400.0;
    (280.460_618_37 + 360.985_647_366_29 * days + t * t * (0.000_387_933 - t / 38_710_000.0))
        .rem_euclid(360.0)
}

/// A place of J2000 as the equator of the date has it: precession (21.3, 21.4).
pub(crate) fn of_date((ra, dec): (f64, f64), time: f64) -> (f64, f64) {
    let t = centuries(time);
    let arcseconds = |a: f64, b: f64, c: f64| (t * (a + t * (b + t * c)) / 3_600.0).to_radians();
    let zeta = arcseconds(2_306.218_1, 0.301_88, 0.017_998);
    let z = arcseconds(2_306.218_1, 1.094_68, 0.018_203);
    let theta = arcseconds(2_004.310_9, -0.426_65, -0.041_833);
    let (ra, dec) = (ra.to_radians() + zeta, dec.to_radians());
    let a = dec.cos() * ra.sin();
    let b = theta.cos() * dec.cos() * ra.cos() - theta.sin() * dec.sin();
    let c = theta.sin() * dec.cos() * ra.cos() + theta.cos() * dec.sin();
    ((a.atan2(b) + z).to_degrees().rem_euclid(360.0), c.atan2(a.hypot(b)).to_degrees())
}

/// The Sun, of the date (25.2 to 25.8).
pub(crate) fn sun(time: f64) -> (f64, f64) {
    let t = centuries(time);
    let mean_longitude = 280.466_46 + t * (36_000.769_83 + t * 0.000_303_2);
    let anomaly = (357.529_11 + t * (35_999.050_29 - t * 0.000_153_7)).to_radians();
    let centre = (1.914_602 - t * 0.004_817) * anomaly.sin()
        + 0.019_993 * (2.0 * anomaly).sin()
        + 0.000_289 * (3.0 * anomaly).sin();
    let node = (125.04 - 1_934.136 * t).to_radians();
    let longitude = (mean_longitude + centre - 0.005_69 - 0.004_78 * node.sin()).to_radians();
    let obliquity = (23.439_291 - 0.013_004_2 * t + 0.002_56 * node.cos()).to_radians();
    let ra = (obliquity.cos() * longitude.sin()).atan2(longitude.cos()).to_degrees().rem_euclid(360.0);
    (ra, (obliquity.sin() * longitude.sin()).asin().to_degrees())
}
