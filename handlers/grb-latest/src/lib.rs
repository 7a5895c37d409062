//! Keeps the best localisation of each trigger over all of its notices, and publishes a summary whenever it changes.
//!
//! A notice belongs to the trigger that its parameters name, or else to that of a notice that it cites. What a notice takes
//! back or takes the place of counts no more. The best localisation is that with the smallest error radius, of equal ones the
//! latest; a summary supersedes the one before, and retracts it when no localisation is left.

use std::time::Duration;

use philae_guest::prelude::*;
use serde::{Deserialize, Serialize};

philae_guest::handler!(follow, init = || settings().map(|_| ()), roles = &[Role::Observation]);

const MONTH: Duration = Duration::from_secs(30 * 86_400);
/// Of a trigger's localisations so many are kept, the latest.
const KEPT: usize = 32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The identifier of the summaries, without local part.
    stream: String,
    /// The parameters that name a trigger; the first that is there counts.
    triggers: Vec<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct Trigger {
    notices: u32,
    summaries: u32,
    places: Vec<Place>,
    /// The best one when the last summary was published.
    told: Option<Place>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    ivoid: String,
    longitude: f64,
    latitude: f64,
    radius: Option<f64>,
}

fn settings() -> Result<Settings> {
    config::all()
}

/// Follows one notice.
pub fn follow(event: &Event) -> Outcome {
    let settings = settings()?;
    let Some(id) = trigger_of(event, &settings)? else { return Ok(()) };
    state::set_for(&notice(event.ivoid()), &id, MONTH)?;
    let mut trigger: Trigger = state::get(&format!("trigger/{id}"))?.unwrap_or_default();
    trigger.notices += 1;
    let gone = |relation| matches!(relation, Relation::Retraction | Relation::Supersedes);
    let citations = event.citations();
    let is_gone =
        |place: &Place| citations.iter().any(|cited| gone(cited.relation) && cited.ivoid == place.ivoid);
    trigger.places.retain(|place| !is_gone(place));
    if let Some(Position { longitude, latitude, error_radius: radius, .. }) =
        event.position().filter(|_| !event.is_retraction())
    {
        trigger.places.push(Place { ivoid: event.ivoid().to_owned(), longitude, latitude, radius });
        let surplus = trigger.places.len().saturating_sub(KEPT);
        trigger.places.drain(..surplus);
    }
    // Authors write 0 where they know none.
    let radius = |place: &Place| place.radius.filter(|radius| *radius > 0.0).unwrap_or(f64::INFINITY);
    let best = trigger.places.iter().rev().min_by(|a, b| radius(a).total_cmp(&radius(b))).cloned();
    if best != trigger.told {
        publish::packet(&summary(event, &settings, &id, &trigger, best.as_ref()))?;
        log::info!("{id}: best localisation is now {}", best.as_ref().map_or("none", |place| &place.ivoid));
        trigger.summaries += 1;
        trigger.told = best;
    }
    state::set_for(&format!("trigger/{id}"), &trigger, MONTH)
}

fn trigger_of(event: &Event, settings: &Settings) -> Result<Option<String>> {
    if event.stream() == settings.stream {
        return Ok(None);
    }
    // Numbers are the author's own: two authors may use the same.
    let named = settings.triggers.iter().find_map(|name| event.find_param(None, name));
    if let Some(param) = named.filter(|param| !param.value.is_empty()) {
        let id: String = param.value.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let author = event.stream().rsplit("//").next().unwrap_or_default().replace('/', ".");
        return Ok(Some(format!("{}-{id}", author.chars().take(100).collect::<String>())));
    }
    event.citations().iter().find_map(|cited| state::get(&notice(&cited.ivoid)).transpose()).transpose()
}

/// The key under which a notice's trigger is kept. Identifiers may be longer than keys.
fn notice(ivoid: &str) -> String {
    let hash = |start: u64| {
        ivoid.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    format!("notice/{:016x}{:016x}", hash(0xcbf2_9ce4_8422_2325), hash(0x9e37_79b9_7f4a_7c15))
}

fn summary(event: &Event, settings: &Settings, id: &str, trigger: &Trigger, best: Option<&Place>) -> Packet {
    let ivoid = |number: u32| format!("{}#{id}-{number}", settings.stream);
    let mut packet = Packet::new(&ivoid(trigger.summaries + 1)).date(event.received());
    packet =
        packet.param("Trigger", id).param("Notices", trigger.notices).cite(event.ivoid(), Relation::Followup);
    if let Some(best) = best {
        let place = Position { error_radius: best.radius, ..Position::new(best.longitude, best.latitude) };
        packet = packet.param("Best_Notice", &best.ivoid).position(&place);
    }
    let relation = if best.is_some() { Relation::Supersedes } else { Relation::Retraction };
    if trigger.summaries > 0 { packet.cite(&ivoid(trigger.summaries), relation) } else { packet }
}

#[cfg(test)]
mod tests;
