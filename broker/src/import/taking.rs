//! Taking: packets are checked as an author's and submitted as history, a piece at a time, on a thread of its own.
//!
//! The same for a broker that runs and for a store at rest. The thread comes after all others: an import is never in the way
//! of an event. So many pieces are under way and no more; the answers come in order, each when its packet is on disk.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Answer, Brought};
use crate::admission::{self, Terms};
use crate::checks::{Origin, Policy};
use crate::lifecycle::start_background_thread;
use crate::store::{CommitError, Committed, Draft, Receipt, Submission, Submitter};

/// Packets of a piece.
pub(crate) const PIECE_PACKETS: usize = 64;
/// Bytes of a piece; a packet that is longer is a piece of its own.
pub(crate) const PIECE_BYTES: usize = 512 << 10;
/// Pieces that wait to be checked, and that wait to be answered.
const PIECES: usize = 2;

/// Where packets are taken.
#[derive(Debug)]
pub(crate) struct Taking {
    pub(crate) pieces: mpsc::Sender<Vec<Brought>>,
    /// For each packet of a piece, what became of it.
    pub(crate) answers: mpsc::Receiver<Vec<Taken>>,
}

/// A packet that was looked at.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It failed a check.
    Refused(String),
    /// It is on its way to the disk.
    Submitted(Receipt),
    /// The store is closed.
    NotSubmitted(CommitError),
}

impl Taking {
    /// Starts to take packets under a policy. It ends when no more can come, or nobody waits for answers.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(submitter: Submitter, policy: Policy) -> io::Result<Self> {
        let (pieces, mut coming) = mpsc::channel::<Vec<Brought>>(PIECES);
        let (done, answers) = mpsc::channel(PIECES);
        let terms = Terms { origin: Origin::Author, policy, screen: None };
        start_background_thread("import", move || {
            while let Some(piece) = coming.blocking_recv() {
                let taken = piece.into_iter().map(|brought| take(brought, &terms, &submitter)).collect();
                if done.blocking_send(taken).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { pieces, answers })
    }
}

impl Taken {
    /// What became of it, once that is on disk.
    ///
    /// # Errors
    /// It was not kept, and may be later.
    pub(crate) async fn answer(self) -> Result<Answer, CommitError> {
        match self {
            Self::Refused(reason) => Ok(Answer::Refused(reason)),
            Self::NotSubmitted(error) => Err(error),
            Self::Submitted(receipt) => match receipt.await? {
                Committed::New { seq, .. } => Ok(Answer::New(seq)),
                Committed::Duplicate { seq } => Ok(Answer::Kept(seq)),
                Committed::Cursor | Committed::Effects(_) => unreachable!("an event was submitted"),
            },
        }
    }
}

fn take(brought: Brought, terms: &Terms, submitter: &Submitter) -> Taken {
    let source: &Arc<str> = &brought.source;
    match admission::examine_now(brought.bytes, terms, source) {
        Ok(admissible) => {
            let draft = Draft { is_imported: true, ..admissible.draft };
            submitter
                .send_blocking(Submission::event(draft))
                .map_or_else(Taken::NotSubmitted, Taken::Submitted)
        }
        Err(rejection) => Taken::Refused(rejection.into_reason()),
    }
}
