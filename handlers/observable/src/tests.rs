//! The worked examples of Meeus, Astronomical Algorithms, and nights at sites.

use philae_guest::testing::Broker;

use super::*;

fn unix(time: &str) -> f64 {
    Timestamp::parse(time).unwrap().to_unix()
}

fn assert_near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

#[test]
fn sidereal_time_of_example_12() {
    assert_near(sky::sidereal_time(unix("1987-04-10T00:00:00")), 197.693_195, 1e-5);
    assert_near(sky::sidereal_time(unix("1987-04-10T19:21:00")), 128.737_873_4, 1e-5);
}

#[test]
fn venus_over_washington_of_example_13() {
    let site = Site { latitude: 38.921_389, longitude: -77.065_556 };
    assert_near(site.altitude((347.319_337_5, -6.719_892), unix("1987-04-10T19:21:00")), 15.1249, 0.005);
}

#[test]
fn precession_of_theta_persei_of_example_21() {
    let (ra, dec) = sky::of_date((41.054_063, 49.227_750), unix("2028-11-13T04:33:36"));
    assert_near(ra, 41.547_214, 1e-5);
    assert_near(dec, 49.348_483, 1e-5);
}

#[test]
fn the_sun_of_example_25() {
    let (ra, dec) = sky::sun(unix("1992-10-13T00:00:00"));
    assert_near(ra, 198.380_83, 0.003);
    assert_near(dec, -7.785_07, 0.003);
}

#[test]
fn from_a_mountain_one_sees_below_the_level_plane() {
    assert_near(sky::sea_horizon(0.0), -34.0 / 60.0, 1e-9);
    assert_near(sky::sea_horizon(2_500.0), -2.033, 0.001);
}

/// Paranal, on an evening at which the Sun sets about 23:40 UTC.
fn paranal() -> Broker {
    let site =
        Broker::new().at("2026-01-14T18:00:00").config("latitude", -24.627).config("longitude", -70.404);
    site.config("height", 2_635).config("min-altitude", 30)
}

fn at(ra: f64, dec: f64) -> Packet {
    Packet::new("ivo://a.b/c#d").position(&Position::new(ra, dec))
}

#[test]
fn a_position_is_observable_when_it_is_high_and_dark() {
    let broker = paranal();
    broker.handle(look, &at(101.287, -16.716)).unwrap();
    let line = &broker.log()[0];
    // Sirius is high at dusk, and culminates at 90 - |-24.63 + 16.72| degrees.
    assert!(line.contains("observable from 2026-01-15T00:"), "{line}");
    assert!(line.ends_with(": 82.1°"), "{line}");
    assert_eq!(broker.counter("observable"), 1);
}

#[test]
fn it_may_never_rise_or_be_up_by_day_only() {
    let broker = paranal();
    broker.handle(look, &at(37.95, 89.26)).unwrap();
    broker.handle(look, &at(295.0, -21.0)).unwrap();
    assert!(broker.log()[0].ends_with("it never rises so high there"), "{:?}", broker.log());
    assert!(broker.log()[1].ends_with("it is up only by day"), "{:?}", broker.log());
    assert_eq!(broker.counter("not_observable"), 2);
}

#[test]
fn without_a_position_nothing_is_said_to_the_operator() {
    let broker = paranal();
    broker.handle(look, &Packet::new("ivo://a.b/c#d")).unwrap();
    assert_eq!(broker.log(), ["debug: ivo://a.b/c#d has no position"]);
}

#[test]
fn a_place_that_is_none_keeps_it_from_loading() {
    assert!(paranal().init(check).is_ok());
    assert!(paranal().config("latitude", 91).init(check).is_err());
    assert!(paranal().config("latitude", "north").init(check).unwrap_err().to_string().contains("\"north\""));
}
