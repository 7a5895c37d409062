//! The one writer: everything that changes the store happens on its thread.
//!
//! It takes what waits, commits it as one group, and only when the group is on disk publishes the entries to the tail
//! and answers. It waits for nothing but the disk: a lone submission is committed at once, many at once share one
//! sync. Between groups it does the upkeep: retention, the mark, and getting out of trouble.
//!
//! ```text
//!            room on the disk                    a write failed
//!   Well ◄───────────────────── Full    Well ──────────────────► Broken ──┐ opened again
//!     └────────────────────────►         ▲                                │ by itself
//!            no room                     └────────────────────────────────┘
//! ```
//!
//! In `Full` and `Broken` submissions are refused at once. A group that failed may yet be found on disk, whole, when
//! the database is opened again: then it counts as accepted, log and index together, and is published.

use super::{
    clock::Clock,
    condition::Health,
    damage,
    engine::{Engine, EngineError},
    entry::Seq,
    group::Group,
    lock::FolderLock,
    mailbox::{Mail, Mailbox},
    mark::{Mark, MarkFile},
    open::Layout,
    retention::{self, Expired, Retention},
    shared::Shared,
    submit::{Refusal, Waiting},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const GROUP_ENTRIES: usize = 512;
const GROUP_BYTES: usize = 8 << 20;
const ROOM_PATIENCE: Duration = Duration::from_secs(5);
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
const FLUSH_PATIENCE: Duration = Duration::from_secs(10);

/// The writer, waiting to be run on a thread of its own.
pub struct Writer {
    pub(super) layout: Layout,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: mpsc::Receiver<Waiting>,
    pub(super) mark: MarkFile,
    pub(super) retention: Retention,
    pub(super) clock: Clock,
    pub(super) upkeep: Duration,
    pub(super) min_free_bytes: u64,
    pub(super) health: Health,
    pub(super) mark_is_synced: bool,
    /// Held as long as the writer lives.
    pub(super) _lock: FolderLock,
}

impl Writer {
    /// Serves submissions until `stop` is cancelled and those that were waiting are through, then closes the store.
    ///
    /// This is the body of a thread: it blocks. Whatever goes wrong with the disk is answered to the submitters and
    /// logged; it is no reason to return.
    pub fn run(mut self, stop: CancellationToken) {
        let (_, empty) = mpsc::channel(1);
        let queue = std::mem::replace(&mut self.queue, empty);
        let mut mailbox = Mailbox::new(queue, stop);
        let mut next_upkeep = self.clock.read().uptime + self.upkeep;
        self.has_room();
        loop {
            let patience = next_upkeep.saturating_sub(self.clock.read().uptime).min(self.upkeep);
            match mailbox.wait(patience) {
                Mail::Arrived(first) => self.serve(first, &mut mailbox),
                Mail::Idle => {}
                Mail::Ended => break,
            }
            if self.clock.read().uptime >= next_upkeep {
                let has_more = self.maintain();
                next_upkeep = self.clock.read().uptime + if has_more { Duration::ZERO } else { self.upkeep };
            }
            self.show_life();
        }
        self.close();
    }

    fn serve(&mut self, first: Waiting, mailbox: &mut Mailbox) {
        let mut bytes = first.submission.weight();
        let mut group = vec![first];
        while group.len() < GROUP_ENTRIES && bytes < GROUP_BYTES {
            let Some(next) = mailbox.take() else { break };
            bytes += next.submission.weight();
            group.push(next);
        }
        let before = self.shared.recent.head();
        let outcome = match self.ready() {
            Ok(engine) => self.commit(&engine, &group).map_err(|error| {
                self.fail(&error);
                Refusal::Unwritable
            }),
            Err(refusal) => Err(refusal),
        };
        // Before the answers, so that what was acknowledged and is lost is always told; and never ahead of what is on disk.
        let head = self.shared.recent.head();
        if head != before {
            self.write_mark(head, self.shared.oldest());
        }
        // A submitter that no longer waits for its answer is no fault.
        match outcome {
            Ok(answers) => group.into_iter().zip(answers).for_each(|(waiting, answer)| {
                let _ = waiting.answer.send(Ok(answer));
            }),
            Err(refusal) => group.into_iter().for_each(|waiting| {
                let _ = waiting.answer.send(Err(refusal));
            }),
        }
    }

    fn commit(&mut self, engine: &Engine, group: &[Waiting]) -> Result<Vec<super::Committed>, EngineError> {
        let head = self.shared.recent.head();
        let mut batch = Group::new(engine, head, self.clock.read().wall);
        let answers = group.iter().map(|waiting| batch.add(&waiting.submission)).collect::<Result<_, _>>()?;
        let entries = batch.commit()?;
        if let Some(newest) = entries.last() {
            self.shared.recent.append(&entries);
            self.shared.head.send_replace(newest.seq);
        }
        Ok(answers)
    }

    /// Looks whether a group can be committed now.
    fn ready(&mut self) -> Result<Arc<Engine>, Refusal> {
        if self.health == Health::Broken {
            return Err(Refusal::Unwritable);
        }
        if !self.has_room() {
            return Err(Refusal::DiskFull);
        }
        let engine = self.shared.engine().ok_or(Refusal::Unwritable)?;
        match engine.wait_for_room(ROOM_PATIENCE) {
            Ok(true) => Ok(engine),
            Ok(false) => {
                tracing::warn!("store: the disk does not keep up, events are not accepted");
                Err(Refusal::Unwritable)
            }
            Err(error) => {
                drop(engine);
                self.fail(&error);
                Err(Refusal::Unwritable)
            }
        }
    }

    /// Compares the free space with what is to be kept free, and says so when that changes.
    fn has_room(&mut self) -> bool {
        // A file system that cannot tell is left to fail at the write.
        let free_bytes = self.layout.free_bytes().unwrap_or(u64::MAX);
        self.shared.told.free_bytes(free_bytes);
        let has_room = free_bytes >= self.min_free_bytes;
        match (self.health, has_room) {
            (Health::Well, false) => {
                self.turn(Health::Full);
                let kept_free = self.min_free_bytes;
                tracing::error!(free_bytes, kept_free, "store: the disk is full, events are not accepted");
            }
            (Health::Full, true) => {
                self.turn(Health::Well);
                tracing::info!(free_bytes, "store: there is room on the disk again, events are accepted");
            }
            (Health::Well | Health::Full | Health::Broken, _) => {}
        }
        has_room
    }

    /// Goes over into a state of health, and tells it.
    fn turn(&mut self, health: Health) {
        self.health = health;
        self.shared.told.health(health);
    }

    fn fail(&mut self, error: &EngineError) {
        if self.health != Health::Broken {
            tracing::error!(%error, "store: the log cannot be written, events are not accepted");
        }
        self.turn(Health::Broken);
    }

    /// What is done between groups; whether there is more of it.
    fn maintain(&mut self) -> bool {
        if self.health == Health::Broken && self.has_room() {
            self.reopen();
        }
        if self.health != Health::Broken {
            self.has_room();
        }
        if !self.mark_is_synced {
            self.mark_is_synced = self.mark.sync().is_ok();
        }
        let Some(engine) = self.shared.engine().filter(|_| self.health != Health::Broken) else {
            return false;
        };
        let outcome = engine.check().and_then(|()| self.expire(&engine));
        drop(engine);
        outcome.unwrap_or_else(|error| {
            self.fail(&error);
            false
        })
    }

    fn expire(&mut self, engine: &Engine) -> Result<bool, EngineError> {
        let now = self.clock.read();
        let Some(cutoff) = self.retention.cutoff(now) else { return Ok(false) };
        let head = self.shared.recent.head();
        let expired = Expired::find(engine, self.shared.oldest(), head, cutoff, now.wall)?;
        let Some(kept_from) = expired.kept_from() else { return Ok(false) };
        if !engine.wait_for_room(ROOM_PATIENCE)? {
            return Ok(false);
        }
        // First the mark, so that a kill between the two is not taken for a loss.
        self.write_mark(head, kept_from);
        expired.remove(engine)?;
        self.shared.set_oldest(engine.first(kept_from)?.unwrap_or(head.next()));
        Ok(true)
    }

    fn write_mark(&mut self, head: Seq, oldest: Seq) {
        self.mark_is_synced = false;
        if let Err(error) = self.mark.write(Mark { head, oldest, closed: false }) {
            tracing::warn!(%error, head = head.0, "store: the high-water mark cannot be written");
        }
    }

    /// Puts the mark on the disk for whoever asks whether this thread gets on.
    fn show_life(&mut self) {
        let Some(wanted) = self.shared.signs.wanted() else { return };
        self.write_mark(self.shared.recent.head(), self.shared.oldest());
        self.mark_is_synced = self.mark.sync().is_ok();
        self.shared.signs.show(wanted);
    }

    /// Tries to open the database again after a failed write.
    fn reopen(&mut self) {
        let reopened = self.try_reopen();
        match reopened {
            Ok(()) => {
                self.turn(Health::Well);
                tracing::info!(head = self.shared.recent.head().0, "store: the log is written again");
            }
            Err(error) => tracing::debug!(%error, "store: the log is still not to be opened"),
        }
    }

    fn try_reopen(&mut self) -> Result<(), EngineError> {
        if !self.shared.close(CLOSE_PATIENCE) {
            return Err(EngineError::Locked);
        }
        let engine = Engine::open(&self.layout.database())?;
        let mark = Mark { head: self.shared.recent.head(), oldest: self.shared.oldest(), closed: false };
        let slack = retention::SLICE as u64;
        let found = damage::inspect(&engine, Some(mark), slack, self.clock.read().wall)?;
        for damage in &found.new {
            let (from, to) = (damage.lost_from.0, damage.lost_to.0);
            tracing::error!(lost_from = from, lost_to = to, "store: acknowledged entries were lost");
        }
        // What a failed sync left in the system's memory may not be on disk, though it reads well: write it anew.
        engine.flush(FLUSH_PATIENCE)?;
        self.shared.install(engine);
        self.shared.set_oldest(found.oldest);
        self.shared.recent.restart(found.head);
        self.shared.head.send_replace(found.head);
        self.write_mark(found.head, found.oldest);
        Ok(())
    }

    /// Moves everything to tables, says in the mark that the end was an orderly one, and closes the database.
    fn close(mut self) {
        let (head, oldest) = (self.shared.recent.head(), self.shared.oldest());
        let flushed =
            self.shared.engine().is_some_and(|engine| engine.flush(FLUSH_PATIENCE).unwrap_or(false));
        let closed = self.shared.close(CLOSE_PATIENCE);
        self.write_mark(head, oldest);
        if flushed && closed {
            let marked = self.mark.write(Mark { head, oldest, closed: true }).and_then(|()| self.mark.sync());
            tracing::info!(head = head.0, marked = marked.is_ok(), "store: closed");
        } else {
            tracing::warn!(
                head = head.0,
                flushed,
                closed,
                "store: not closed in order, opening will take longer"
            );
        }
    }
}
