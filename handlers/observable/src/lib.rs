//! Says whether, and when, the position of an event can be observed from a site within the next 24 hours: above the altitude
//! that the settings ask for, while the Sun is as low as they ask for.

mod sky;

use philae_guest::prelude::*;
use serde::Deserialize;
use sky::Site;

philae_guest::handler!(look, init = check, roles = &[Role::Observation, Role::Prediction]);

/// From one look at the sky to the next, in seconds: the precision of what is said.
const STEP: f64 = 60.0;
/// What is looked ahead, in seconds.
const AHEAD: f64 = 86_400.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
    /// Metres above the sea.
    #[serde(default)]
    height: f64,
    /// Degrees above the horizon; if not given, the horizon of the sea as seen from that height, through the air.
    min_altitude: Option<f64>,
    /// The Sun is at most so high, in degrees; -18 is the end of astronomical twilight.
    #[serde(default = "nautical")]
    max_sun_altitude: f64,
}

fn nautical() -> f64 {
    -12.0
}

fn check() -> Outcome {
    let site: Settings = config::all()?;
    let is_right = site.latitude.abs() <= 90.0
        && site.longitude.abs() <= 360.0
        && (-500.0..=100_000.0).contains(&site.height);
    if is_right {
        Ok(())
    } else {
        Err(Error::permanent("there is no such place: latitude, longitude or height in [config]"))
    }
}

/// Looks at one event.
pub fn look(event: &Event) -> Outcome {
    let Some(position) = event.position() else {
        log::debug!("{} has no position", event.ivoid());
        return Ok(());
    };
    let settings: Settings = config::all()?;
    let site = Site { latitude: settings.latitude, longitude: settings.longitude };
    let limit = settings.min_altitude.unwrap_or_else(|| sky::sea_horizon(settings.height));
    let start = event.received().to_unix();
    let place = sky::of_date((position.longitude, position.latitude), start);

    let altitude = |time: f64| site.altitude(place, time);
    let is_dark = |time: f64| site.altitude(sky::sun(time), time) <= settings.max_sun_altitude;
    let mut times = std::iter::successors(Some(start), |time| Some(time + STEP))
        .take_while(|time| *time <= start + AHEAD);
    let Some(from) = times.find(|&time| altitude(time) >= limit && is_dark(time)) else {
        let highest =
            if site.highest(place) < limit { "never rises so high there" } else { "is up only by day" };
        log::info!("{}: not observable within a day, it {highest}", event.ivoid());
        metrics::count("not_observable", 1);
        return Ok(());
    };
    let window: Vec<f64> = std::iter::once(from)
        .chain(times.take_while(|&time| altitude(time) >= limit && is_dark(time)))
        .collect();
    let best = window.iter().copied().max_by(|a, b| altitude(*a).total_cmp(&altitude(*b))).unwrap_or(from);
    let clock = |time: f64| Timestamp { nanoseconds: 0, ..Timestamp::from_unix(time) };
    let until = clock(window.last().copied().unwrap_or(from));
    let (when, best_time) = (clock(from), clock(best));
    log::info!(
        "{}: observable from {when} until {until}, highest at {best_time}: {:.1}°",
        event.ivoid(),
        altitude(best)
    );
    metrics::count("observable", 1);
    Ok(())
}

#[cfg(test)]
mod tests;
