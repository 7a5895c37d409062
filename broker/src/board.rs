//! The board: what the parts of a broker tell of themselves while they run.
//!
//! Whoever does something notes it here, whoever wants to know looks. To note is to move an atomic number, or at a
//! connection's beginning and end to take a lock for a moment, so that nobody is slower for it. It is bounded by the
//! connections and links there are, and keeps nothing: what is past is in the store and in the log of the process. To make
//! something of it is left to `status`.

mod intake;
mod link;
mod subscriber;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub(crate) use intake::{Intake, Judged};
pub(crate) use link::{Link, LinkNow, Standing};
pub(crate) use subscriber::{Seat, SeatNow};

/// The board of a broker; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Timestamp,
    intake: Intake,
    links: Mutex<Vec<Arc<Link>>>,
    seats: Mutex<Vec<Arc<Seat>>>,
}

impl Board {
    /// A board with nothing on it.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            started: Timestamp::now(),
            intake: Intake::default(),
            links: Mutex::default(),
            seats: Mutex::default(),
        }))
    }

    /// When the broker started.
    pub(crate) fn started(&self) -> Timestamp {
        self.0.started
    }

    /// What became of packets.
    pub(crate) fn intake(&self) -> &Intake {
        &self.0.intake
    }

    /// Enters the link to an upstream broker, which is there for good.
    pub(crate) fn link(&self, upstream: String) -> Arc<Link> {
        let link = Arc::new(Link::new(upstream));
        lock(&self.0.links).push(link.clone());
        link
    }

    /// Enters a subscriber, until it leaves.
    pub(crate) fn seat(&self, peer: String) -> Seated {
        let seat = Arc::new(Seat::new(peer));
        lock(&self.0.seats).push(seat.clone());
        Seated { board: self.clone(), seat }
    }

    /// How the links stand, in the order of the configuration.
    pub(crate) fn links(&self) -> Vec<LinkNow> {
        lock(&self.0.links).iter().map(|link| link.now()).collect()
    }

    /// How the subscribers stand, the longest there first.
    pub(crate) fn seats(&self) -> Vec<SeatNow> {
        lock(&self.0.seats).iter().map(|seat| seat.now()).collect()
    }
}

/// A subscriber's seat, given up when dropped.
#[derive(Debug)]
pub(crate) struct Seated {
    board: Board,
    seat: Arc<Seat>,
}

impl std::ops::Deref for Seated {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        lock(&self.board.0.seats).retain(|seat| !Arc::ptr_eq(seat, &self.seat));
    }
}

// No code that holds such a lock can stop half way through a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_on_the_board_until_it_leaves() {
        let board = Board::new();
        let first = board.seat("192.0.2.1:1".to_owned());
        let second = board.seat("192.0.2.2:1".to_owned());
        first.delivered(3);
        drop(second);
        let seats = board.seats();
        assert_eq!((seats.len(), seats[0].peer.as_str(), seats[0].delivered), (1, "192.0.2.1:1", 3));
    }
}
