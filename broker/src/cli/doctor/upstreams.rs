//! Upstream brokers: whether each can be reached and speaks VTP, and what it says of the time.
//!
//! One that the running broker is linked to is not knocked at again. The others are all at once, each until its first
//! message; it is not answered, so that the upstream sees somebody come and go.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::Value;
use vtp::frame::Decoder;
use vtp::message::Message;

use super::super::told::{age, each, text, time};
use super::finding::Finding;
use super::log::is_quiet;
use super::site::Site;
use crate::net::connect::connect;
use crate::net::endpoint::{ConnectEndpoint, Host};
use crate::net::link::{Link, Progress};

/// How long a name may take to be looked up, a knock to be answered, and the first message to come, each.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest first message.
const LIMIT_BYTES: u32 = 1 << 20;
/// How much two clocks may differ, messages being on their way for a while.
const CLOSE: f64 = 5.0;
/// Zones differ by multiples of this; some peers tell the time of theirs.
const ZONE: f64 = 900.0;

pub(super) async fn look(site: &Site<'_>) -> Vec<Finding> {
    let endpoints = &site.config.subscribe.endpoints;
    join_all(endpoints.iter().map(|endpoint| one(endpoint, site))).await.into_iter().flatten().collect()
}

/// What is found of one of them.
async fn one(endpoint: &ConnectEndpoint, site: &Site<'_>) -> Vec<Finding> {
    let now = Timestamp::now();
    if let Some(finding) = site.broker.status().and_then(|status| linked(endpoint, status, now)) {
        return vec![finding];
    }
    match hear(endpoint).await {
        Ok(first) => {
            let spoke = Finding::ok("upstream", format!("{endpoint}: it answers and speaks VTP"));
            std::iter::once(spoke).chain(compared(endpoint, &first)).collect()
        }
        Err(finding) => vec![finding],
    }
}

/// What the broker says of a link that is up, and whether events come over it.
fn linked(endpoint: &ConnectEndpoint, status: &Value, now: Timestamp) -> Option<Finding> {
    let name = endpoint.to_string();
    let link = each(status, "upstreams").find(|link| text(link, "upstream") == name)?;
    if text(link, "state") != "connected" {
        return None;
    }
    let (since, last) = (text(link, "since"), text(link, "last_heartbeat").max(text(link, "last_event")));
    let last = if last.is_empty() {
        "no sign of life yet".to_owned()
    } else {
        format!("the last sign is of {last}")
    };
    let found = format!("{name}: the broker is linked to it since {since}; {last}");
    let event = time(link, "last_event");
    if !event.or(time(link, "since")).is_some_and(|heard| is_quiet(heard, now)) {
        return Some(Finding::ok("upstream", found));
    }
    let event =
        event.map_or_else(|| "no event".to_owned(), |event| format!("no event for {}", age(now, event)));
    let remedy = "it may have none for you: look at your --filter, and ask whoever runs it";
    Some(Finding::warning("upstream", format!("{found}, and {event}"), remedy))
}

/// The first message that comes from it.
async fn hear(endpoint: &ConnectEndpoint) -> Result<Bytes, Finding> {
    let fault =
        |found: String, remedy: &str| Finding::fault("upstream", format!("{endpoint}: {found}"), remedy);
    if let ConnectEndpoint::Tcp { host: Host::Name(name), port } = endpoint {
        let looked_up = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name.as_str(), *port))).await;
        let why = match looked_up {
            Ok(Ok(mut addresses)) => addresses.next().is_none().then(|| "it has no address".to_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        if let Some(why) = why {
            return Err(fault(
                format!("the name cannot be looked up: {why}"),
                "mend the name, or the resolver",
            ));
        }
    }
    let stream = match connect(endpoint, PATIENCE).await {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let remedy = "ask whoever runs it whether it is up, and mend the port if it is another";
            return Err(fault("it refuses: nobody listens there".to_owned(), remedy));
        }
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            let found = format!("it does not answer within {} s", PATIENCE.as_secs());
            return Err(fault(found, "it is down, or a firewall is between: ask whoever runs either"));
        }
        Err(error) => return Err(fault(error.to_string(), "mend the network, or name another")),
    };
    match tokio::time::timeout(PATIENCE, first_message(stream)).await {
        Ok(Ok(Some(message))) => Ok(message),
        Ok(Ok(None)) => {
            let found = "it lets us in and closes without a word".to_owned();
            Err(fault(found, "ask whoever runs it to let this address subscribe"))
        }
        Ok(Err(error)) => Err(fault(error.to_string(), "name a broker's port for subscribers, often 8099")),
        Err(_) => {
            let found = format!("{endpoint}: it lets us in and is silent for {} s", PATIENCE.as_secs());
            let remedy =
                "it may be the port for authors, or no broker; wait for a sign of life with philae tap";
            Err(Finding::warning("upstream", found, remedy))
        }
    }
}

async fn first_message(stream: crate::net::stream::Stream) -> io::Result<Option<Bytes>> {
    let (mut link, mut decoder) = (Link::new(stream), Decoder::new(LIMIT_BYTES));
    loop {
        let progress = link.progress(true, |piece| decoder.feed(piece)).await?;
        let frame = decoder.next_frame().map_err(io::Error::other)?;
        if let Some(message) = frame {
            let is_vtp = Message::peek(message.clone()).is_ok();
            let none = || io::Error::other("what it says is no VTP");
            return if is_vtp { Ok(Some(message)) } else { Err(none()) };
        }
        if progress == Progress::Ended {
            return Ok(None);
        }
    }
}

/// How its clock compares with ours, if it says what time it is.
fn compared(endpoint: &ConnectEndpoint, message: &Bytes) -> Option<Finding> {
    let ahead = ahead(&vtp::written(message)?, Timestamp::now())?;
    if ahead.abs() <= CLOSE {
        let found = format!("{endpoint} says the same time, to {:.0} s", ahead.abs().ceil());
        return Some(Finding::ok("clock", found));
    }
    let which = if ahead > 0.0 { "behind" } else { "ahead of" };
    let found = format!("this machine is {:.0} s {which} {endpoint}", ahead.abs());
    Some(Finding::warning("clock", found, "set the clock by NTP; if it is, the upstream's is wrong"))
}

/// By how many seconds a clock is ahead of ours, whatever zone it is of unless it says.
fn ahead(text: &str, now: Timestamp) -> Option<f64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.duration_since(now).as_secs_f64());
    }
    let at = text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let apart = at.timestamp().duration_since(now).as_secs_f64();
    Some(apart - (apart / ZONE).round() * ZONE)
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_link_without_an_event_for_a_day_is_told_though_it_beats() {
        let now: Timestamp = "2026-04-06T12:00:00Z".parse().unwrap();
        let endpoint = ConnectEndpoint::Tcp { host: Host::Name("a.test".to_owned()), port: 8099 };
        let of = |last_event: Value| {
            let link = serde_json::json!({ "upstream": endpoint.to_string(), "state": "connected",
                "since": "2026-04-01T12:00:00Z", "last_event": last_event, "last_heartbeat": "2026-04-06T11:59:30Z" });
            linked(&endpoint, &serde_json::json!({ "upstreams": [link] }), now).unwrap()
        };
        assert_eq!(of("2026-04-05T13:00:00Z".into()).state, State::Ok);
        let quiet = of("2026-04-04T12:00:00Z".into());
        assert!(quiet.state == State::Warning && quiet.found.ends_with("no event for 2 d"), "{quiet:?}");
        assert_eq!(of(Value::Null).state, State::Warning);
    }

    #[test]
    fn a_clock_is_compared_by_its_zone_or_within_any() {
        let now: Timestamp = "2026-04-06T12:00:00Z".parse().unwrap();
        assert_eq!(ahead("2026-04-06T12:00:07Z", now), Some(7.0));
        assert_eq!(ahead("2026-04-06T14:00:00+02:00", now), Some(0.0));
        assert_eq!(ahead("2026-04-06T13:59:50", now), Some(-10.0), "the time of some zone");
        assert_eq!(ahead("noon", now), None);
    }
}
