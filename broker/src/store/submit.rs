//! The way in: what may be submitted, and what the writer answers.
//!
//! A [`Submitter`] puts submissions in a bounded queue and waits for room in it, never longer for anything else. The
//! answer comes when the group that the submission fell into is on disk, and not before.

use super::{
    entry::{Draft, Seq},
    record::RecordChange,
};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::{mpsc, oneshot};

/// The name of a cursor that is kept for someone: an upstream, a handler.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CursorName(Box<str>);

impl CursorName {
    /// A cursor's name; any text that is not empty will do.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CursorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is committed in one piece: an event, the new value of a cursor, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub(super) event: Option<Draft>,
    pub(super) cursor: Option<(CursorName, Box<str>)>,
    pub(super) effects: Option<Box<Effects>>,
}

/// What handlers' calls came to, and takes effect with the cursor that moves past their events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Events that were published.
    pub published: Vec<Draft>,
    /// Records that change, in this order.
    pub records: Vec<RecordChange>,
}

impl Submission {
    /// An event.
    #[must_use]
    pub fn event(draft: Draft) -> Self {
        Self { event: Some(draft), cursor: None, effects: None }
    }

    /// The new value of a cursor alone. It survives a kill at once, and a power cut from the next event on.
    #[must_use]
    pub fn cursor(name: CursorName, value: &str) -> Self {
        Self { event: None, cursor: Some((name, value.into())), effects: None }
    }

    /// What calls came to. It is as durable as a [cursor](Self::cursor) unless events were published.
    #[must_use]
    pub fn effects(effects: Effects) -> Self {
        Self { event: None, cursor: None, effects: Some(Box::new(effects)) }
    }

    /// Adds a cursor that moves if and only if the rest takes effect.
    #[must_use]
    pub fn with_cursor(self, name: CursorName, value: &str) -> Self {
        Self { cursor: Some((name, value.into())), ..self }
    }

    /// What the submission costs in memory, roughly, in bytes.
    pub(super) fn weight(&self) -> usize {
        let published = self.effects.iter().flat_map(|effects| &effects.published);
        let records = self.effects.iter().flat_map(|effects| &effects.records);
        self.event.iter().chain(published).map(|draft| draft.bytes.len()).sum::<usize>()
            + records.map(RecordChange::weight).sum::<usize>()
    }
}

/// What became of a submission that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// The event is new, on disk and in the log.
    New {
        /// Its place.
        seq: Seq,
        /// Whether an entry with the same IVOID and other bytes is in the log.
        conflict: bool,
    },
    /// The same packet is in the log already, on disk.
    Duplicate {
        /// The place of the first one.
        seq: Seq,
    },
    /// There was no event, and the cursor has moved.
    Cursor,
    /// The effects have taken place; for each event that was published, what became of it.
    Effects(Box<[Committed]>),
}

/// Why nothing was accepted, in words for the author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Less room is left than is kept free.
    #[error("not accepted: the disk is full")]
    DiskFull,
    /// The log cannot be written; the broker keeps trying to open it again.
    #[error("not accepted: the log cannot be written at the moment")]
    Unwritable,
}

/// Why a submission was not committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// It was refused, and may be submitted again later.
    #[error(transparent)]
    NotAccepted(#[from] Refusal),
    /// The store is closed; whether the submission was kept is not known.
    #[error("not accepted: the broker is shutting down")]
    Closed,
}

/// A submission in the queue and the one who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) answer: oneshot::Sender<Result<Committed, Refusal>>,
}

/// The way into the store, as many as are needed.
#[derive(Debug, Clone)]
pub struct Submitter {
    queue: mpsc::Sender<Waiting>,
}

impl Submitter {
    pub(super) fn new(queue: mpsc::Sender<Waiting>) -> Self {
        Self { queue }
    }

    /// Submits, and waits until it is on disk.
    ///
    /// Dropping the future leaves open whether the submission is committed.
    ///
    /// # Errors
    /// A [`CommitError`], whose text is fit to be a nak's reason.
    pub async fn commit(&self, submission: Submission) -> Result<Committed, CommitError> {
        self.send(submission).await?.await
    }

    /// Submits, waiting only for room in the queue; the answer is awaited later, by a link that has many on the way.
    ///
    /// Submissions of one caller are committed in the order in which they were sent.
    ///
    /// # Errors
    /// [`CommitError::Closed`].
    pub async fn send(&self, submission: Submission) -> Result<Receipt, CommitError> {
        let (answer, receipt) = oneshot::channel();
        let waiting = Waiting { submission, answer };
        self.queue.send(waiting).await.map_err(|_| CommitError::Closed)?;
        Ok(Receipt(receipt))
    }

    /// The same from a thread without a runtime.
    ///
    /// # Errors
    /// [`CommitError::Closed`].
    pub fn send_blocking(&self, submission: Submission) -> Result<Receipt, CommitError> {
        let (answer, receipt) = oneshot::channel();
        let waiting = Waiting { submission, answer };
        self.queue.blocking_send(waiting).map_err(|_| CommitError::Closed)?;
        Ok(Receipt(receipt))
    }
}

/// The answer to a submission, once it is there; a future of what [`Submitter::commit`] gives.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Result<Committed, Refusal>>);

impl Future for Receipt {
    type Output = Result<Committed, CommitError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| Ok(answer.map_err(|_| CommitError::Closed)??))
    }
}
