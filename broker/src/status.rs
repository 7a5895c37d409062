//! Status: how the broker does, as one value, for a page, a terminal and a machine.
//!
//! It gathers what the parts have noted on the [board](crate::board), what passed through the log, how handlers and the
//! store stand, and judges whether all is well. It promises that looking costs the broker little, however often somebody
//! does, and changes nothing. How it is shown is left to `admin`, `control` and `cli`.

mod health;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use crate::board::{Board, Judged, LinkNow, SeatNow};
use crate::pipeline::quarantine;
use crate::roster::{Roster, Standing};
use crate::store::Store;
use crate::traffic::{PerMinute, StreamNow, Traffic};

pub(crate) use health::{Health, State};

/// How long what takes reading the disk is good for.
const FRESH: Duration = Duration::from_secs(5);
/// Subscribers that are told of one by one.
const SUBSCRIBERS: usize = 200;
/// Events in quarantine that are counted.
pub(crate) const MAX_COUNTED: usize = 100_000;

/// What the status is made of; clones are the same.
#[derive(Clone)]
pub(crate) struct Status(Arc<Inner>);

struct Inner {
    about: About,
    board: Board,
    traffic: Traffic,
    roster: Roster,
    store: Store,
    disk: Mutex<Kept>,
}

/// What does not change while the broker runs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct About {
    /// The broker's version.
    pub(crate) version: &'static str,
    /// Its identifier, if it has one.
    pub(crate) local_ivo: Option<String>,
    /// Where authors submit.
    pub(crate) receive: Vec<String>,
    /// Where subscribers connect.
    pub(crate) broadcast: Vec<String>,
    /// Where the status page is served, if it is.
    pub(crate) admin: Option<String>,
    /// Whether the status page takes orders from whoever has the token.
    pub(crate) orders: bool,
    /// How long events are kept, in seconds; for ever if it is not said.
    pub(crate) retention_s: Option<u64>,
    /// The room on the disk below which no event is accepted.
    pub(crate) min_free_bytes: u64,
}

/// What takes reading the disk.
#[derive(Debug, Clone, Default)]
struct Disk {
    /// None until it was read once.
    bytes: Option<u64>,
    quarantined: BTreeMap<String, u64>,
}

/// The last of it.
#[derive(Debug, Default)]
struct Kept {
    disk: Disk,
    read_at: Option<Instant>,
    is_being_read: bool,
}

/// How the broker does at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Now {
    /// What does not change.
    #[serde(flatten)]
    pub(crate) about: About,
    /// When this was so.
    pub(crate) now: Timestamp,
    /// When the broker started.
    pub(crate) started: Timestamp,
    /// Whether all is well.
    pub(crate) health: Health,
    /// The log.
    pub(crate) store: StoreNow,
    /// What became of packets since the start.
    pub(crate) intake: Judged,
    /// Events of each of the last minutes.
    pub(crate) per_minute: PerMinute,
    /// The streams that have spoken.
    pub(crate) streams: Vec<StreamNow>,
    /// The links to upstream brokers.
    pub(crate) upstreams: Vec<LinkNow>,
    /// The subscribers, those that are furthest behind if there are many.
    pub(crate) subscribers: Vec<Subscriber>,
    /// How many there are.
    pub(crate) connected: usize,
    /// The handlers.
    pub(crate) handlers: Vec<Standing>,
    /// How many events each handler has in quarantine.
    pub(crate) quarantined: BTreeMap<String, u64>,
}

/// How the log stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StoreNow {
    /// Its name, which cursors carry.
    pub(crate) id: String,
    /// The place of the newest event.
    pub(crate) head: u64,
    /// The place of the oldest that is kept.
    pub(crate) oldest: u64,
    /// What it takes of the disk, in bytes; none until it was looked at.
    pub(crate) disk_bytes: Option<u64>,
    /// What is left on the disk; none if the system does not tell.
    pub(crate) free_bytes: Option<u64>,
    /// Stretches of events that were lost to damage, ever.
    pub(crate) damages: usize,
}

/// A subscriber, and how far behind it is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Subscriber {
    #[serde(flatten)]
    seat: SeatNow,
    /// Events between it and the newest.
    pub(crate) lag: u64,
}

impl Status {
    /// The status of a broker.
    pub(crate) fn new(about: About, board: Board, traffic: Traffic, roster: Roster, store: Store) -> Self {
        Self(Arc::new(Inner { about, board, traffic, roster, store, disk: Mutex::default() }))
    }

    /// The log that this is the status of.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// What passes through the log.
    pub(crate) fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// How the broker does now.
    pub(crate) fn now(&self) -> Now {
        let disk = self.disk();
        let Inner { about, board, traffic, roster, store, .. } = &*self.0;
        let (now, head, oldest) = (Timestamp::now(), store.head(), store.oldest());
        let (upstreams, handlers) = (board.links(), roster.standings(head));
        let seats = board.seats().into_iter().map(|seat| {
            let lag = head.0.saturating_sub(seat.place);
            Subscriber { seat, lag }
        });
        let mut subscribers: Vec<_> = seats.collect();
        let connected = subscribers.len();
        if connected > SUBSCRIBERS {
            subscribers.sort_by_key(|subscriber| Reverse(subscriber.lag));
            subscribers.truncate(SUBSCRIBERS);
        }
        Now {
            about: about.clone(),
            now,
            started: board.started(),
            health: Health::of(store, &upstreams, &handlers),
            store: StoreNow {
                id: store.id().to_string(),
                head: head.0,
                oldest: oldest.0,
                disk_bytes: disk.bytes,
                free_bytes: store.free_bytes(),
                damages: store.damages().len(),
            },
            intake: board.intake().now(),
            per_minute: traffic.per_minute(now),
            streams: traffic.streams(),
            subscribers,
            connected,
            upstreams,
            handlers,
            quarantined: disk.quarantined,
        }
    }

    /// Whether all is well, at no cost.
    pub(crate) fn health(&self) -> Health {
        let Inner { board, roster, store, .. } = &*self.0;
        Health::of(store, &board.links(), &roster.standings(store.head()))
    }

    /// What takes reading the disk, as it was when somebody last read it. It is read again after a while, by one at a time and
    /// behind whoever asks: a disk that hangs holds up no one who wants to know of it.
    fn disk(&self) -> Disk {
        let mut kept = self.0.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let is_stale = kept.read_at.is_none_or(|at| at.elapsed() >= FRESH);
        if is_stale && !kept.is_being_read {
            kept.is_being_read = true;
            let status = self.clone();
            drop(tokio::task::spawn_blocking(move || status.read_disk()));
        }
        kept.disk.clone()
    }

    fn read_disk(&self) {
        let Inner { store, disk, .. } = &*self.0;
        let (bytes, quarantined) = (store.disk_bytes(), quarantine::count(store, MAX_COUNTED));
        let mut kept = disk.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.read_at, kept.is_being_read) = (Some(Instant::now()), false);
        // What cannot be read at the moment stays as it was.
        if let Ok(bytes) = bytes {
            kept.disk.bytes = Some(bytes);
        }
        if let Ok(quarantined) = quarantined {
            kept.disk.quarantined = quarantined;
        }
    }
}
