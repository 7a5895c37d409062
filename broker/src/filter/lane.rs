//! The lane: a thread of its own for evaluations that take long.
//!
//! One expression on one event at a time, in the order of asking, and whoever asks waits for the answer before it asks
//! again: so each subscriber gets its turn, and a hostile one delays only those that need the lane too. The system gives
//! the lane what the network threads leave. It ends when nobody can ask any more.

use std::io;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::answer::Answer;
use super::expression::Filter;
use super::packet::Packets;
use crate::lifecycle;
use crate::store::Entry;

/// Questions that wait; whoever has another waits for room.
const QUEUE: usize = 64;

/// The way to the lane.
#[derive(Debug, Clone)]
pub(super) struct Lane(mpsc::Sender<Question>);

#[derive(Debug)]
struct Question {
    filter: Arc<Filter>,
    entry: Arc<Entry>,
    answer: oneshot::Sender<Answer>,
}

impl Lane {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub(super) fn start(packets: Arc<Packets>) -> io::Result<Self> {
        let (sender, questions) = mpsc::channel(QUEUE);
        lifecycle::start_background_thread("long-filters", move || serve(questions, &packets))?;
        Ok(Self(sender))
    }

    /// What an expression says of an event; nothing, if the lane is gone.
    pub(super) async fn evaluate(&self, filter: Arc<Filter>, entry: Arc<Entry>) -> Option<Answer> {
        let (answer, given) = oneshot::channel();
        self.0.send(Question { filter, entry, answer }).await.ok()?;
        given.await.ok()
    }
}

fn serve(mut questions: mpsc::Receiver<Question>, packets: &Packets) {
    while let Some(Question { filter, entry, answer }) = questions.blocking_recv() {
        // Whoever asked may be gone by now.
        if !answer.is_closed() {
            let packet = packets.parsed(&entry);
            let _ = answer.send(filter.evaluate(&packet, entry.seq));
        }
    }
}
