//! Into a store that no broker has open: it is opened here as a broker opens it, for as long as the import lasts.
//!
//! Nothing is removed meanwhile, however old: retention is the broker's affair. In the end the index beside the log is
//! brought up to it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::carry::{Answers, Onward, carry};
use super::taking::{Taken, Taking};
use super::{Answer, Brought, Found, ImportError, Told};
use crate::checks::Policy;
use crate::index::Keeper;
use crate::store::{Damage, Purpose, Store, StoreOptions};
use crate::writing::Writing;

/// A store that is open.
#[derive(Debug)]
pub(crate) struct AtRest {
    folder: PathBuf,
    damages: Vec<Damage>,
    /// Keeps the index meanwhile, since no broker is there to do it.
    index: Option<Keeper>,
    taking: Taking,
    writing: Writing,
}

impl AtRest {
    /// Opens the store in a folder, or makes one; blocks on the disk.
    pub(super) fn open(folder: &Path, policy: Policy) -> Result<Self, ImportError> {
        let options = StoreOptions::at_rest(Purpose::Import);
        let (store, writer) = Store::open(folder, &options)?;
        let writing = Writing::start(writer)?;
        let taking = Taking::start(store.submitter(), policy)?;
        let (folder, damages) = (folder.to_owned(), store.new_damages().to_vec());
        let index = Keeper::start(store, folder.clone()).ok();
        Ok(Self { folder, damages, index, taking, writing })
    }

    /// What was found missing when the store was opened.
    pub(crate) fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// Takes what is found, and closes the store.
    pub(super) async fn take(
        self,
        pieces: mpsc::Receiver<Vec<Found>>,
        stop: &CancellationToken,
        told: impl FnMut(Told),
    ) -> Result<(), ImportError> {
        let Taking { pieces: to, answers } = self.taking;
        let answers = Awaited { folder: self.folder, taken: VecDeque::new(), coming: answers };
        let carried = carry(pieces, stop, To(Some(to)), answers, told).await;
        match self.index {
            Some(index) if carried.is_ok() && !stop.is_cancelled() => bring_up(index, stop).await,
            Some(index) => index.stop(),
            None => {}
        }
        // A writer that panicked has said so; what was told as new is on disk.
        let _ = tokio::task::spawn_blocking(|| self.writing.end()).await;
        carried
    }
}

/// Brings the index up to the log; without it, searches read the log.
async fn bring_up(index: Keeper, stop: &CancellationToken) {
    let orders = index.orders();
    let finishing = tokio::task::spawn_blocking(|| index.finish());
    tokio::pin!(finishing);
    // What is done first; it is waited for in either case.
    tokio::select! {
        biased;
        _ = &mut finishing => return,
        () = stop.cancelled() => orders.end(),
    }
    let _ = finishing.await;
}

struct To(Option<mpsc::Sender<Vec<Brought>>>);

impl Onward for To {
    async fn send(&mut self, piece: Vec<Brought>) -> bool {
        match &self.0 {
            Some(to) => to.send(piece).await.is_ok(),
            None => false,
        }
    }

    async fn end(&mut self) {
        self.0 = None;
    }
}

struct Awaited {
    folder: PathBuf,
    taken: VecDeque<Taken>,
    coming: mpsc::Receiver<Vec<Taken>>,
}

impl Answers for Awaited {
    async fn next(&mut self) -> Result<Answer, ImportError> {
        let not_kept = |words: String| ImportError::NotKept { folder: self.folder.clone(), words };
        if self.taken.is_empty() {
            let piece = self.coming.recv().await;
            self.taken =
                piece.ok_or_else(|| not_kept("its packets are no longer checked".to_owned()))?.into();
        }
        let taken = self.taken.pop_front().ok_or(ImportError::NotRead)?;
        taken.answer().await.map_err(|error| not_kept(error.to_string()))
    }

    async fn end(&mut self) -> Result<(), ImportError> {
        Ok(())
    }
}
