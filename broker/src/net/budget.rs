//! A budget of memory for what peers have announced and not yet sent.
//!
//! A [`Budget`] is shared by all connections of a service. A connection takes a [`Share`] before it buffers more than a
//! small message needs, and gives it back when dropped. All connections of one address share a quarter of the whole, so
//! that whoever announces much and sends little keeps nobody else from being heard. Processes on this machine have no
//! address and are bounded by the whole alone.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::gate::site;

/// Bytes that may be buffered for all connections of a service together.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: u32,
    free: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// A part of a budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _whole: OwnedSemaphorePermit,
    _address: Option<OwnedSemaphorePermit>,
}

impl Budget {
    pub(crate) fn new(bytes: u32) -> Arc<Self> {
        Arc::new(Self { bytes, free: pool(bytes), by_address: Mutex::default() })
    }

    /// Takes a share, waiting for others to give theirs back, those of the same address first.
    ///
    /// Cancelled, it has taken nothing. Nobody can take more than there is: a packet larger than the budget, where the
    /// operator permits such, takes all of it.
    pub(crate) async fn take(&self, address: Option<IpAddr>, bytes: u32) -> Option<Share> {
        let address = match address.map(|address| self.pool_of(address)) {
            Some(pool) => Some(pool.acquire_many_owned(bytes.min(self.bytes / 4)).await.ok()?),
            None => None,
        };
        let whole = self.free.clone().acquire_many_owned(bytes.min(self.bytes)).await.ok()?;
        Some(Share { _whole: whole, _address: address })
    }

    /// Takes a share if there is one at once.
    pub(crate) fn try_take(&self, address: Option<IpAddr>, bytes: u32) -> Option<Share> {
        let address = match address.map(|address| self.pool_of(address)) {
            Some(pool) => Some(pool.try_acquire_many_owned(bytes.min(self.bytes / 4)).ok()?),
            None => None,
        };
        let whole = self.free.clone().try_acquire_many_owned(bytes.min(self.bytes)).ok()?;
        Some(Share { _whole: whole, _address: address })
    }

    /// The quarter of an address; those that nobody uses any more are forgotten.
    fn pool_of(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        by_address.retain(|_, pool| Arc::strong_count(pool) > 1);
        by_address.entry(site(address)).or_insert_with(|| pool(self.bytes / 4)).clone()
    }
}

fn pool(bytes: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(bytes as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    #[tokio::test]
    async fn an_address_holds_a_quarter_at_most_and_others_get_theirs() {
        let budget = Budget::new(100);
        let first = budget.take(address(1), 20).await.unwrap();
        assert!(budget.try_take(address(1), 20).is_none());
        let _second = budget.take(address(2), 25).await.unwrap();
        let _third = budget.take(None, 50).await.unwrap();
        assert!(budget.try_take(address(3), 10).is_none(), "five are left");
        drop(first);
        assert!(budget.try_take(address(3), 10).is_some());
        assert_eq!(budget.by_address.lock().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn what_is_larger_than_the_budget_takes_all_of_it() {
        let budget = Budget::new(100);
        let all = budget.take(None, 1000).await.unwrap();
        assert!(budget.try_take(None, 1).is_none());
        drop(all);
        assert!(budget.try_take(None, 100).is_some());
    }
}
