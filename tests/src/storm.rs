//! A storm: authors and subscribers that go on while a broker is ended and started under them.
//!
//! ```text
//!  authors ──> broker, ended and started again and again ──> subscribers that return by cursor
//!  remember what was acked                                   remember what came
//! ```
//!
//! [`SEED`] fixes the moments and the packets. What the machine does between is its own.
#![expect(clippy::unwrap_used, reason = "what fails in a storm fails the test")]

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use fastrand::Rng;
use vtp::transport::Role;

use crate::client::{self, Listener, PATIENCE};
use crate::philae::Philae;
use crate::wait::{wait_for, wait_until};

/// What chance begins with.
pub const SEED: u64 = 2;
/// Authors of a storm, numbered from 0.
pub const AUTHORS: usize = 6;
/// Acks between one end and the next, at most.
const MOST_ACKS: usize = 80;

/// What authors, subscribers and the one who kills have in common.
#[derive(Debug, Default)]
pub struct Storm {
    /// The life of the broker that runs, counted from 1, and where it is.
    present: Mutex<Option<(usize, Addresses)>>,
    acks: AtomicUsize,
    is_over: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Addresses {
    receive: SocketAddr,
    broadcast: SocketAddr,
}

impl Storm {
    /// Tells everybody of a broker that has started.
    pub fn announce(&self, life: usize, philae: &Philae) {
        let (receive, broadcast) = (philae.receive().unwrap(), philae.broadcast().unwrap());
        *self.present.lock().unwrap() = Some((life, Addresses { receive, broadcast }));
    }

    /// Waits for a broker that was started after the given life; none when the storm is over.
    fn next_life(&self, after: usize) -> Option<(usize, Addresses)> {
        let look = || {
            let found = self.present.lock().unwrap().filter(|(life, _)| *life > after);
            Ok((found.is_some() || self.is_over.load(Ordering::SeqCst)).then_some(found))
        };
        wait_for(PATIENCE, "a broker", look).unwrap()
    }

    /// Tells everybody that no other broker will come.
    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Submits until the storm is over; returns what was acknowledged.
    ///
    /// What was not is submitted again, every second time: it may be in the log, and must not get there twice.
    pub fn submit(&self, author: usize) -> Vec<Vec<u8>> {
        let mut rng = Rng::with_seed(SEED + 1 + author as u64);
        let (mut acked, mut life, mut to, mut number) = (Vec::new(), 0, None, author);
        while !self.is_over.load(Ordering::SeqCst) {
            let Some(address) = to else {
                let Some((next, addresses)) = self.next_life(life) else { break };
                (life, to) = (next, Some(addresses.receive));
                continue;
            };
            let packet = client::packet(number, padding(number));
            if let Ok(Some(receipt)) = client::submit(address, &packet) {
                assert_eq!(receipt.role, Role::Ack, "{:?}", receipt.result);
                self.acks.fetch_add(1, Ordering::SeqCst);
                acked.push(packet);
                number += AUTHORS;
            } else {
                to = None;
                number += if rng.bool() { AUTHORS } else { 0 };
            }
        }
        acked
    }

    /// Listens through every life of the broker, returning by cursor; returns all that came, up to `last`.
    pub fn listen(&self, mut listener: Listener, last: &[u8]) -> Vec<Bytes> {
        let (mut received, mut life) = (Vec::new(), 1);
        loop {
            while let Ok(Some(packet)) = listener.next(PATIENCE) {
                received.push(packet);
                if received.last().is_some_and(|packet| packet == last) {
                    return received;
                }
            }
            let place = listener.cursor().cloned();
            listener = loop {
                let Some((next, addresses)) = self.next_life(life) else { return received };
                life = next;
                if let Ok(returned) = Listener::returning(addresses.broadcast, place.clone()) {
                    break returned;
                }
            };
        }
    }

    /// Waits for a random number of acks from now on.
    pub fn wait(&self, rng: &mut Rng) {
        let goal = self.acks.load(Ordering::SeqCst) + rng.usize(..=MOST_ACKS);
        wait_until(PATIENCE, "acks", || self.acks.load(Ordering::SeqCst) >= goal).unwrap();
    }

    /// Ends the broker after a random number of acks, again and again; leaves one running.
    pub fn rage(
        &self,
        times: usize,
        mut philae: Philae,
        end: fn(Philae),
        start: impl Fn() -> Philae,
    ) -> Philae {
        let mut rng = Rng::with_seed(SEED);
        for life in 2..times + 2 {
            self.wait(&mut rng);
            end(philae);
            philae = start();
            self.announce(life, &philae);
        }
        philae
    }
}

/// Mostly a few kB; now and then what does not go through at once.
fn padding(number: usize) -> usize {
    let mut rng = Rng::with_seed(SEED ^ number as u64);
    if rng.u8(..) < 8 { rng.usize(..150_000) } else { rng.usize(..6_000) }
}
