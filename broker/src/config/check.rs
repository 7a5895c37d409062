//! The rules of a configuration, option by option, with bounds and defaults beside each other.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use vtp::Ivoid;

use super::amount::{ByteSize, count, duration};
use super::endpoint::{self, Named, policy};
use super::fault::Place;
use super::reader::Reader;
use super::{
    Admin, Config, Delivery, Environment, Faults, Given, Handlers, Key, LogFormat, Service, Storage,
    Subscribe, Verbosity,
};
use crate::checks::Policy;
use crate::filter;
use crate::net::allow::{AllowList, parse_network};
use crate::net::endpoint::{ADMIN_PORT, BROADCAST_PORT, ConnectEndpoint, ListenEndpoint};
use crate::plain::excerpt;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

const CONNECTIONS: RangeInclusive<u32> = 1..=1_000_000;
const EVENT_SIZE: RangeInclusive<ByteSize> = ByteSize::kib(1)..=ByteSize::mib(64);
/// Zero is no test events.
const TEST_INTERVAL: RangeInclusive<Duration> = Duration::ZERO..=DAY.saturating_mul(365);
const BEHIND: RangeInclusive<u32> = 1..=1_000_000_000;
const ACK_TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(10)..=DAY;
/// A century and little more: far enough, and no arithmetic with it overflows.
const RETENTION: RangeInclusive<Duration> = SECOND..=DAY.saturating_mul(36_525);
const FREE: RangeInclusive<ByteSize> = ByteSize::new(0)..=ByteSize::new(1 << 50);
/// Zero is no drain at all.
const GRACE: RangeInclusive<Duration> = Duration::ZERO..=HOUR;

impl Config {
    /// Checks what was given, and fills in what was not.
    ///
    /// # Errors
    /// All [`Faults`] at once.
    pub fn check(given: Given, environment: &Environment) -> Result<Self, Faults> {
        let mut reader = Reader::new(given);
        let endpoints = listeners(&mut reader);
        let local_ivo = local_ivo(&mut reader);
        let (receive, broadcast) = services(&mut reader, endpoints);
        let max_event_size = size(&mut reader, Key::MaxEventSize, &EVENT_SIZE, ByteSize::mib(1));
        let delivery = delivery(&mut reader);
        let subscribe = subscribe(&mut reader);
        let receive_check = reader.one(Key::ReceiveCheck, policy).unwrap_or(Policy::Schema);
        let named = Named {
            receive: &receive.endpoints,
            broadcast: &broadcast.endpoints,
            subscribe: &subscribe.endpoints,
        };
        let endpoints = endpoint::read(&mut reader, &named);
        let handlers = handlers(&mut reader);
        let store = storage(&mut reader, environment);
        let admin = admin(&mut reader, &[&receive.endpoints, &broadcast.endpoints]);
        let grace = time(&mut reader, Key::Grace, &GRACE, 10 * SECOND);
        let verbosity = reader.one(Key::Verbose, verbosity).unwrap_or(Verbosity::Info);
        let log_format = reader.one(Key::LogFormat, log_format).unwrap_or(LogFormat::Text);
        let no_sandbox = reader.one(Key::NoSandbox, switch).unwrap_or(false);
        if !reader.may_have(&[Key::Receive, Key::Broadcast, Key::Subscribe]) {
            let text = "none of the three is given, so there is nothing to do; \
                        add --receive, --broadcast or --subscribe HOST";
            reader.fault(Place::Nowhere("receive, broadcast, subscribe"), text);
        }
        let config = Self {
            local_ivo,
            receive,
            receive_check,
            max_event_size,
            broadcast,
            delivery,
            subscribe,
            handlers,
            endpoints,
            store,
            admin,
            grace,
            verbosity,
            log_format,
            no_sandbox,
        };
        reader.finish().map_or(Ok(config), Err)
    }
}

/// Reads both lists of listeners; a clash is a fault of the later one.
fn listeners(reader: &mut Reader) -> [Vec<ListenEndpoint>; 2] {
    let mut seen: Vec<(Place, ListenEndpoint)> = Vec::new();
    [Key::Receive, Key::Broadcast].map(|key| {
        let mut endpoints = Vec::new();
        for (place, endpoint) in reader.many(key, ListenEndpoint::parse) {
            if let Some((first, other)) = seen.iter().find(|(_, other)| endpoint.clashes_with(other)) {
                let text =
                    format!("{endpoint} clashes with {other} at {first}; keep one, or change its port");
                reader.fault(place.clone(), text);
            }
            seen.push((place, endpoint.clone()));
            endpoints.push(endpoint);
        }
        endpoints
    })
}

/// Reads the identifier, which receipts and test events carry: without it no peer can be served.
fn local_ivo(reader: &mut Reader) -> Option<Ivoid> {
    let ivoid = reader.one(Key::LocalIvo, |text| {
        let ivoid = Ivoid::parse(text).map_err(|error| {
            format!("'{text}' is no IVOA identifier: {error}; write one such as ivo://your.site/broker")
        })?;
        // Comet takes it, and then makes test events with two '#'.
        match text.strip_prefix(ivoid.stream()) {
            Some("") => Ok(ivoid),
            local => Err(format!(
                "'{}' names one event, and test events append their own; remove it",
                local.unwrap_or_default()
            )),
        }
    });
    if reader.has(&[Key::Receive, Key::Broadcast]) && !reader.may_have(&[Key::LocalIvo]) {
        let text =
            "it is missing, and needed to receive or broadcast; add --local-ivo ivo://your.site/broker";
        reader.fault(Place::Nowhere("local-ivo"), text);
    }
    ivoid
}

fn services(reader: &mut Reader, [receive, broadcast]: [Vec<ListenEndpoint>; 2]) -> (Service, Service) {
    use Key::{
        BroadcastAllow, BroadcastMaxConnections, BroadcastMaxPerAddress, ReceiveAllow, ReceiveMaxConnections,
        ReceiveMaxPerAddress,
    };
    let receive = Service {
        endpoints: receive,
        allow: allow(reader, ReceiveAllow),
        max_connections: number(reader, ReceiveMaxConnections, &CONNECTIONS, 1024),
        max_per_address: number(reader, ReceiveMaxPerAddress, &CONNECTIONS, 256),
    };
    let broadcast = Service {
        endpoints: broadcast,
        allow: allow(reader, BroadcastAllow),
        max_connections: number(reader, BroadcastMaxConnections, &CONNECTIONS, 4096),
        max_per_address: number(reader, BroadcastMaxPerAddress, &CONNECTIONS, 256),
    };
    (receive, broadcast)
}

fn allow(reader: &mut Reader, key: Key) -> AllowList {
    if let Some(place) = reader.empty_list(key) {
        let text = "the list is empty, which may mean everyone or no one; name networks, or remove the key";
        reader.fault(place, text);
    }
    let networks = values(reader.many(key, parse_network));
    if networks.is_empty() { AllowList::Everyone } else { AllowList::Only(networks) }
}

fn delivery(reader: &mut Reader) -> Delivery {
    let test_interval = time(reader, Key::BroadcastTestInterval, &TEST_INTERVAL, HOUR);
    Delivery {
        test_interval: (!test_interval.is_zero()).then_some(test_interval),
        max_behind: number(reader, Key::MaxBehind, &BEHIND, 100_000).into(),
        ack_timeout: time(reader, Key::AckTimeout, &ACK_TIMEOUT, 120 * SECOND),
    }
}

fn subscribe(reader: &mut Reader) -> Subscribe {
    let endpoint = |text: &str| ConnectEndpoint::parse(text, BROADCAST_PORT);
    let filter = |text: &str| match text.trim() {
        "" => Err("the filter is empty; write an XPath expression, or leave it out".to_owned()),
        _ => match filter::check(text) {
            Ok(_) => Ok(text.to_owned()),
            Err(error) => Err(format!("'{}' is no filter: {error}; mend the expression", excerpt(text))),
        },
    };
    Subscribe {
        endpoints: values(reader.many(Key::Subscribe, endpoint)),
        filters: values(reader.many(Key::Filter, filter)),
        check: reader.one(Key::SubscribeCheck, policy).unwrap_or(Policy::WellFormed),
    }
}

fn handlers(reader: &mut Reader) -> Handlers {
    let path = |text: &str| match text {
        "" => Err("the path is empty; write one, or leave it out"),
        _ => Ok(PathBuf::from(text)),
    };
    let folders = values(reader.many(Key::Handlers, path));
    let commands = values(reader.many(Key::Cmd, path));
    let print_event = reader.one(Key::PrintEvent, switch).unwrap_or(false);
    let save_event = reader.one(Key::SaveEvent, switch).unwrap_or(false);
    // As in Comet, a directory without the switch saves nothing.
    let directory = reader.one(Key::SaveEventDirectory, path).unwrap_or_else(|| PathBuf::from("."));
    Handlers { folders, commands, print_event, save_event: save_event.then_some(directory) }
}

fn storage(reader: &mut Reader, environment: &Environment) -> Storage {
    let given = reader.one(Key::DataDir, |text| match text {
        "" => Err("the path is empty; write the directory in which events are kept"),
        _ => Ok(PathBuf::from(text)),
    });
    let data_dir = given.or_else(|| environment.data_dir());
    if data_dir.is_none() && !reader.may_have(&[Key::DataDir]) {
        let text = "it is missing, and STATE_DIRECTORY, XDG_STATE_HOME and HOME name no default; \
                    add --data-dir DIR";
        reader.fault(Place::Nowhere("data-dir"), text);
    }
    let retention = reader.one(Key::Retention, |text| match text {
        "forever" => Ok(None),
        _ => duration(text, &RETENTION).map(Some).map_err(|error| format!("{error}, or \"forever\"")),
    });
    Storage {
        data_dir: data_dir.unwrap_or_default(),
        retention: retention.unwrap_or(Some(30 * DAY)),
        min_free: size(reader, Key::MinFree, &FREE, ByteSize::mib(64)),
    }
}

fn admin(reader: &mut Reader, others: &[&Vec<ListenEndpoint>]) -> Option<Admin> {
    // Whoever took the port first would be shown the token.
    let is_named = reader.has(&[Key::Admin, Key::AdminTokenFile]);
    let mut placed = reader.many(Key::Admin, ListenEndpoint::parse);
    let is_off = reader.one(Key::NoAdmin, switch).unwrap_or(false);
    let allow = allow(reader, Key::AdminAllow);
    let names = values(reader.many(Key::AdminName, |text| match text {
        "" => Err("the name is empty; write one such as broker.your.site"),
        _ => Ok(text.to_ascii_lowercase()),
    }));
    let token_file = reader.one(Key::AdminTokenFile, |text| match text {
        "" => Err("the path is empty; write the file that holds the token"),
        _ => Ok(PathBuf::from(text)),
    });
    let endpoint = match placed.pop() {
        Some((place, endpoint)) => {
            let other = others.iter().copied().flatten().find(|other| endpoint.clashes_with(other));
            if let Some(other) = other {
                reader.fault(place, format!("{endpoint} clashes with {other}; change its port"));
            }
            endpoint
        }
        None => ListenEndpoint::Tcp { interface: Some(Ipv4Addr::LOCALHOST.into()), port: ADMIN_PORT },
    };
    (!is_off).then_some(Admin { endpoint, is_named, allow, names, token_file })
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("'{text}' is neither true nor false"))
}

fn verbosity(text: &str) -> Result<Verbosity, String> {
    match text {
        "-1" => Ok(Verbosity::Warn),
        "0" => Ok(Verbosity::Info),
        "1" => Ok(Verbosity::Debug),
        "2" => Ok(Verbosity::Trace),
        _ => Err(format!("'{text}' is no verbosity; write 0 to 2, or -1 for warnings alone")),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    let found = LogFormat::ALL.into_iter().find(|format| format.name() == text);
    found.ok_or_else(|| format!("'{text}' is no format of the log; write text or json"))
}

fn time(reader: &mut Reader, key: Key, bounds: &RangeInclusive<Duration>, default: Duration) -> Duration {
    reader.one(key, |text| duration(text, bounds)).unwrap_or(default)
}

fn size(reader: &mut Reader, key: Key, bounds: &RangeInclusive<ByteSize>, default: ByteSize) -> ByteSize {
    reader.one(key, |text| ByteSize::parse_within(text, bounds)).unwrap_or(default)
}

fn number(reader: &mut Reader, key: Key, bounds: &RangeInclusive<u32>, default: u32) -> u32 {
    reader.one(key, |text| count(text, bounds)).unwrap_or(default)
}

fn values<T>(placed: Vec<(Place, T)>) -> Vec<T> {
    placed.into_iter().map(|(_, value)| value).collect()
}
