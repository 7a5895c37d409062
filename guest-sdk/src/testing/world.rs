//! What the fake broker holds, and which one a thread's calls go to.

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::reader::Packet;
use crate::time::Timestamp;

/// 2026-01-01T00:00:00 UTC.
const START: Timestamp = Timestamp { seconds: 1_767_225_600, nanoseconds: 0 };

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) event: Option<Packet>,
    pub(crate) seq: u64,
    pub(crate) now: Timestamp,
    pub(crate) config: BTreeMap<String, String>,
    /// Values, and the second from which on they are gone.
    pub(crate) state: BTreeMap<String, (Vec<u8>, Option<i64>)>,
    pub(crate) log: Vec<String>,
    pub(crate) may_publish: bool,
    pub(crate) published: Vec<Vec<u8>>,
    pub(crate) counters: BTreeMap<String, u64>,
    pub(crate) gauges: BTreeMap<String, f64>,
    #[cfg(feature = "files")]
    pub(crate) folders: BTreeMap<String, std::path::PathBuf>,
    #[cfg(feature = "http")]
    pub(crate) answer: Option<Answer>,
    #[cfg(feature = "http")]
    pub(crate) requests: Vec<crate::http::Request>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            event: None,
            seq: 0,
            now: START,
            config: BTreeMap::new(),
            state: BTreeMap::new(),
            log: Vec::new(),
            may_publish: false,
            published: Vec::new(),
            counters: BTreeMap::new(),
            gauges: BTreeMap::new(),
            #[cfg(feature = "files")]
            folders: BTreeMap::new(),
            #[cfg(feature = "http")]
            answer: None,
            #[cfg(feature = "http")]
            requests: Vec::new(),
        }
    }
}

#[cfg(feature = "http")]
type Answering = dyn Fn(&crate::http::Request) -> crate::Result<crate::http::Response>;

/// What answers HTTP requests.
#[cfg(feature = "http")]
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) Rc<Answering>);

#[cfg(feature = "http")]
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer")
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Rc<RefCell<World>>);

thread_local! {
    /// The broker whose handler is being called; one that grants nothing outside of calls.
    static CURRENT: RefCell<Shared> = RefCell::default();
}

impl Shared {
    pub(crate) fn borrow(&self) -> Ref<'_, World> {
        self.0.borrow()
    }

    pub(crate) fn borrow_mut(&self) -> RefMut<'_, World> {
        self.0.borrow_mut()
    }

    /// Calls something whose calls to the broker are to come here.
    pub(crate) fn enter<T>(&self, call: impl FnOnce() -> T) -> T {
        let _return = Return(CURRENT.replace(self.clone()));
        call()
    }
}

/// Puts back whose turn it was, after a panic too.
struct Return(Shared);

impl Drop for Return {
    fn drop(&mut self) {
        CURRENT.set(self.0.clone());
    }
}

/// Does something with the broker whose turn it is.
pub(crate) fn with<T>(call: impl FnOnce(&mut World) -> T) -> T {
    let world = CURRENT.with_borrow(Shared::clone);
    let mut world = world.borrow_mut();
    call(&mut world)
}
