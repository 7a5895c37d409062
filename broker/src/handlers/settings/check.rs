//! The rules of a handler's settings, key by key, with bounds and defaults beside each other.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::Timestamp;

use super::folders::{Forbidden, guest_path};
use super::key::Key;
use super::reader::{FolderTable, Reader};
use super::{Limits, Retry, Settings, Start, Wants};
use crate::config::{ByteSize, Place, count, duration};
use crate::event::Role;
use crate::filter;
use crate::grants::{FolderGrant, Grants, HttpGrant, TcpGrant};
use crate::plain::excerpt;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const NOTHING: ByteSize = ByteSize::new(0);

const CONCURRENCY: RangeInclusive<u32> = 1..=64;
const ATTEMPTS: RangeInclusive<u32> = 1..=1_000;
const FIRST_WAIT: RangeInclusive<Duration> = MILLISECOND.saturating_mul(10)..=HOUR;
const LONGEST_WAIT: RangeInclusive<Duration> = MILLISECOND.saturating_mul(10)..=DAY;
/// What one memory of 32-bit WebAssembly can have at most.
const MEMORY: RangeInclusive<ByteSize> = ByteSize::mib(1)..=ByteSize::mib(4_096);
const TIME: RangeInclusive<Duration> = MILLISECOND..=MINUTE.saturating_mul(10);
const LOG: RangeInclusive<ByteSize> = NOTHING..=ByteSize::mib(16);
const OUTPUT: RangeInclusive<ByteSize> = NOTHING..=ByteSize::mib(64);
const STATE: RangeInclusive<ByteSize> = NOTHING..=ByteSize::mib(1_024);
const PUBLICATIONS: RangeInclusive<u32> = 0..=1_000;

/// Checks what was read, and fills in what was not; what is wrong goes to the reader's faults.
pub(super) fn settings(reader: &mut Reader, forbidden: &Forbidden) -> Settings {
    Settings {
        enabled: switch(reader, Key::Enabled, true),
        wants: wants(reader),
        start: reader.one(Key::Start, start).unwrap_or(Start::Latest),
        concurrency: number(reader, Key::Concurrency, &CONCURRENCY, 1),
        retry: retry(reader),
        config: std::mem::take(&mut reader.config).into_iter().collect(),
        limits: Limits {
            memory_bytes: size(reader, Key::Memory, &MEMORY, ByteSize::mib(64)),
            time: time(reader, Key::Time, &TIME, 10 * SECOND),
            log_bytes: size(reader, Key::Log, &LOG, ByteSize::kib(64)),
            output_bytes: size(reader, Key::Output, &OUTPUT, ByteSize::mib(1)),
            state_bytes: size(reader, Key::State, &STATE, ByteSize::mib(16)),
            publications: number(reader, Key::Publications, &PUBLICATIONS, 8),
        },
        grants: Grants {
            publish: switch(reader, Key::Publish, false),
            folders: folders(reader, forbidden),
            environment: std::mem::take(&mut reader.environment).into_iter().collect(),
            http: reader.many(Key::Http, HttpGrant::parse),
            tcp: reader.many(Key::Tcp, TcpGrant::parse),
        },
    }
}

fn wants(reader: &mut Reader) -> Wants {
    for (key, what) in [(Key::Roles, "roles"), (Key::Streams, "streams"), (Key::Filter, "filters")] {
        if let Some(place) = reader.empty_list(key) {
            let text = "the list is empty, which may mean all events or none";
            reader.fault(place, format!("{text}; name {what}, or remove the key"));
        }
    }
    Wants {
        roles: reader.many(Key::Roles, Role::named),
        streams: reader.many(Key::Streams, stream),
        filters: reader.many(Key::Filter, filter),
    }
}

fn stream(text: &str) -> Result<String, String> {
    let is_beginning = text.starts_with("ivo://") || "ivo://".starts_with(text);
    match text {
        "" => Err("the text is empty, and begins every identifier; write more, or remove the key".to_owned()),
        _ if is_beginning => Ok(text.to_owned()),
        _ => Err(format!("no identifier begins with '{text}'; write one such as ivo://nasa.gsfc.gcn/")),
    }
}

fn filter(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("the filter is empty; write an XPath expression, or leave it out".to_owned());
    }
    match filter::check(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!("'{}' is no filter: {error}; mend the expression", excerpt(text))),
    }
}

fn start(text: &str) -> Result<Start, String> {
    match text {
        "latest" => Ok(Start::Latest),
        "earliest" => Ok(Start::Earliest),
        _ => text.parse::<Timestamp>().map(Start::At).map_err(|_| {
            let remedy = r#"write "latest", "earliest" or a time such as 2026-04-06T12:00:00Z"#;
            format!("'{text}' is no place in the log; {remedy}")
        }),
    }
}

fn retry(reader: &mut Reader) -> Retry {
    let attempts = number(reader, Key::Attempts, &ATTEMPTS, 8);
    let first_wait = time(reader, Key::FirstWait, &FIRST_WAIT, SECOND);
    let longest = reader.placed(Key::LongestWait, |text| duration(text, &LONGEST_WAIT));
    if let Some((place, longest)) = &longest
        && *longest < first_wait
    {
        reader.fault(place.clone(), "it is shorter than first-wait; write as much or more");
    }
    let longest_wait = longest.map_or(first_wait.max(5 * MINUTE), |(_, wait)| wait);
    Retry { attempts, first_wait, longest_wait }
}

/// Reads all granted folders; one that is seen where another is, is a fault.
fn folders(reader: &mut Reader, forbidden: &Forbidden) -> Vec<FolderGrant> {
    let mut grants = Vec::new();
    let mut seen: Vec<(Place, String)> = Vec::new();
    for table in reader.folders() {
        require(reader, &table, Key::FolderHost, "the folder of this machine");
        require(reader, &table, Key::FolderGuest, "where the handler sees it");
        let host = table.placed(reader, Key::FolderHost, |text| forbidden.admit(text));
        let guest = table.placed(reader, Key::FolderGuest, guest_path);
        let writable = table.placed(reader, Key::FolderWritable, is_true);
        let Some((place, guest)) = guest else { continue };
        if let Some((first, _)) = seen.iter().find(|(_, other)| *other == guest) {
            let text = format!("'{guest}' is another folder already, at {first}; write another path");
            reader.fault(place.clone(), text);
        }
        seen.push((place, guest.clone()));
        if let Some((place, host)) = host {
            let writable = writable.is_some_and(|(_, is)| is);
            if let Some(text) = forbidden.beyond(&host, writable) {
                reader.fault(place, text);
            }
            grants.push(FolderGrant { host, guest, writable });
        }
    }
    grants
}

fn require(reader: &mut Reader, table: &FolderTable, key: Key, what: &str) {
    if !table.has(key) {
        reader.fault(table.place.clone(), format!("it has no '{}'; add it, {what}", key.name()));
    }
}

fn is_true(text: &str) -> Result<bool, Infallible> {
    Ok(text == "true")
}

fn switch(reader: &mut Reader, key: Key, default: bool) -> bool {
    reader.one(key, is_true).unwrap_or(default)
}

fn time(reader: &mut Reader, key: Key, bounds: &RangeInclusive<Duration>, default: Duration) -> Duration {
    reader.one(key, |text| duration(text, bounds)).unwrap_or(default)
}

fn size(reader: &mut Reader, key: Key, bounds: &RangeInclusive<ByteSize>, default: ByteSize) -> u64 {
    reader.one(key, |text| ByteSize::parse_within(text, bounds)).unwrap_or(default).bytes()
}

fn number(reader: &mut Reader, key: Key, bounds: &RangeInclusive<u32>, default: u32) -> u32 {
    reader.one(key, |text| count(text, bounds)).unwrap_or(default)
}
