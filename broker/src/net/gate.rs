//! The gate: who may come in, and how many.
//!
//! Every accepted connection passes the [`Gate`] of its service: the allow-list first, then a limit for the listener and
//! one for the peer's address, so that no single host can take all places. Unix sockets are subject to the listener's
//! limit only. A refusal is told in the log, at most once a second for each gate with a count of those in between.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::allow::AllowList;
use super::stream::Peer;

/// How often a gate speaks of refusals.
const QUIET: Duration = Duration::from_secs(1);

/// How many connections a gate lets in at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// Altogether.
    pub(crate) total: usize,
    /// From one address.
    pub(crate) per_address: usize,
}

/// Decides who comes in.
#[derive(Debug)]
pub(crate) struct Gate {
    service: &'static str,
    allow: AllowList,
    places: Places,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    by_address: HashMap<IpAddr, usize>,
    refused: u64,
    told: Option<Instant>,
}

/// Why a connection was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotAllowed,
    Full(usize),
    AddressFull(usize),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("its network is not allowed"),
            Self::Full(limit) => write!(f, "all {limit} places are taken"),
            Self::AddressFull(limit) => write!(f, "its address has all the {limit} places of one address"),
        }
    }
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    address: Option<IpAddr>,
}

impl Gate {
    /// A gate with all places free.
    #[must_use]
    pub(crate) fn new(service: &'static str, allow: AllowList, places: Places) -> Arc<Self> {
        Arc::new(Self { service, allow, places, state: Mutex::default() })
    }

    /// Lets a peer in, or says in the log why not.
    pub(crate) fn enter(self: &Arc<Self>, peer: Peer) -> Option<Place> {
        match self.take(peer.ip()) {
            Ok(()) => Some(Place { gate: self.clone(), address: peer.ip() }),
            Err(refusal) => {
                self.tell(peer, refusal);
                None
            }
        }
    }

    fn take(&self, address: Option<IpAddr>) -> Result<(), Refusal> {
        if address.is_some_and(|address| !self.allow.permits(address)) {
            return Err(Refusal::NotAllowed);
        }
        let address = address.map(site);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.taken >= self.places.total {
            return Err(Refusal::Full(self.places.total));
        }
        if let Some(address) = address {
            let taken = state.by_address.entry(address).or_default();
            if *taken >= self.places.per_address {
                return Err(Refusal::AddressFull(self.places.per_address));
            }
            *taken += 1;
        }
        state.taken += 1;
        Ok(())
    }

    fn tell(&self, peer: Peer, refusal: Refusal) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refused += 1;
        if state.told.is_some_and(|told| told.elapsed() < QUIET) {
            return;
        }
        state.told = Some(Instant::now());
        let refused = state.refused;
        drop(state);
        warn!(service = self.service, %peer, %refusal, refused_so_far = refused, "connection refused");
    }

    fn leave(&self, address: Option<IpAddr>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_sub(1);
        if let Some(address) = address.map(site)
            && let Some(taken) = state.by_address.get_mut(&address)
        {
            *taken = taken.saturating_sub(1);
            if *taken == 0 {
                state.by_address.remove(&address);
            }
        }
    }
}

/// What counts as one address: over IPv6 a /64, which any host may use all of.
pub(super) fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.leave(self.address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8) -> Peer {
        Peer::of(([192, 0, 2, last], 4711).into())
    }

    #[tokio::test]
    async fn places_are_limited_in_all_and_by_address_and_given_back() {
        let gate = Gate::new("test", AllowList::default(), Places { total: 3, per_address: 2 });
        let first = gate.enter(peer(1)).unwrap();
        let _second = gate.enter(peer(1)).unwrap();
        assert!(gate.enter(peer(1)).is_none());
        let _third = gate.enter(peer(2)).unwrap();
        assert_eq!(gate.take(peer(3).ip()), Err(Refusal::Full(3)));
        drop(first);
        assert!(gate.enter(peer(3)).is_some());
    }

    #[tokio::test]
    async fn a_network_of_sixty_four_bits_counts_as_one_address() {
        let gate = Gate::new("test", AllowList::default(), Places { total: 3, per_address: 1 });
        let peer = |text: &str| Peer::of((text.parse::<IpAddr>().unwrap(), 4711).into());
        let _first = gate.enter(peer("2001:db8::1")).unwrap();
        assert!(gate.enter(peer("2001:db8::2")).is_none());
        assert!(gate.enter(peer("2001:db8:0:1::1")).is_some());
    }
}
