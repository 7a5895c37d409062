//! Orders for what is in quarantine: one event after the other, each when the one before is done.
//!
//! Cases outlive their handler: what was removed, or does not load, is called for none, and its cases can be dropped.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::Desk;
use crate::pipeline::{Running, quarantine};
use crate::roster;
use crate::store::{Effects, Seq, Store, Submission};

/// Cases that are looked up at once.
const PIECE: usize = 1_000;
/// Failures that one answer tells of.
const MAX_FAILED: usize = 10_000;

impl Desk {
    /// Calls a handler again for an event in its quarantine, or for all that are there.
    pub(super) async fn retry(&self, name: &str, seq: Option<u64>) -> Result<Value, String> {
        let running = self.worker_or_cases(name).await?.ok_or_else(|| {
            format!("the handler '{name}' does not run; load it, or drop its cases: philae handler quarantine drop {name} --all")
        })?;
        let mut tally = Tally::default();
        let mut cases = Cases::of(self, name, seq);
        while let Some(seq) = cases.next().await? {
            tally.note(seq, roster::retry(&running, seq).await);
        }
        Ok(tally.to_json())
    }

    /// Takes an event out of a handler's quarantine, or all that are there.
    pub(super) async fn drop_cases(&self, name: &str, seq: Option<u64>) -> Result<Value, String> {
        let running = self.worker_or_cases(name).await?;
        let mut tally = Tally::default();
        let mut cases = Cases::of(self, name, seq);
        while let Some(seq) = cases.next().await? {
            let dropped = match &running {
                Some(running) => roster::drop_case(running, seq).await,
                None => self.drop_left(name, seq).await,
            };
            tally.note(seq, dropped);
        }
        Ok(tally.to_json())
    }

    /// The worker of a handler; none where the handler does not run and has left cases.
    async fn worker_or_cases(&self, name: &str) -> Result<Option<Arc<Running>>, String> {
        match self.roster.worker(name) {
            Ok(running) => Ok(Some(running)),
            Err(error) => {
                let owner = name.to_owned();
                let left =
                    move |store: &Store| quarantine::places(store, &owner, Seq::START, Seq(u64::MAX), 1);
                if self.blocking(left).await?.is_empty() { Err(error) } else { Ok(None) }
            }
        }
    }

    /// Takes out a case that no worker knows of.
    async fn drop_left(&self, name: &str, seq: Seq) -> Result<(), String> {
        let owner = name.to_owned();
        let held = self.blocking(move |store| quarantine::find(store, &owner, seq)).await?;
        held.ok_or("there is no such event in the handler's quarantine")?;
        let effects = Effects { published: Vec::new(), records: vec![quarantine::take_out(name, seq)] };
        let committed = self.store.submitter().commit(Submission::effects(effects)).await;
        committed.map(drop).map_err(|error| error.to_string())
    }
}

/// The cases that a request means, in order: one, or all that are there when it comes.
struct Cases<'a> {
    desk: &'a Desk,
    name: &'a str,
    piece: VecDeque<Seq>,
    reached: Seq,
    end: Seq,
}

impl<'a> Cases<'a> {
    fn of(desk: &'a Desk, name: &'a str, seq: Option<u64>) -> Self {
        let end = desk.store.head();
        let reached = if seq.is_some() { end } else { Seq::START };
        Self { desk, name, piece: seq.map(Seq).into_iter().collect(), reached, end }
    }

    async fn next(&mut self) -> Result<Option<Seq>, String> {
        if self.piece.is_empty() && self.reached < self.end {
            let (name, after, to) = (self.name.to_owned(), self.reached, self.end);
            let read = self.desk.blocking(move |store| quarantine::places(store, &name, after, to, PIECE));
            self.piece = read.await?.into();
            self.reached = self.piece.back().copied().unwrap_or(self.end);
        }
        Ok(self.piece.pop_front())
    }
}

/// What came of orders for several events.
#[derive(Debug, Default)]
struct Tally {
    done: u64,
    failed: Vec<Value>,
    left_out: u64,
}

impl Tally {
    fn note(&mut self, seq: Seq, verdict: Result<(), String>) {
        match verdict {
            Ok(()) => self.done += 1,
            Err(_) if self.failed.len() >= MAX_FAILED => self.left_out += 1,
            Err(reason) => self.failed.push(json!({ "seq": seq.0, "reason": reason })),
        }
    }

    fn to_json(&self) -> Value {
        json!({ "done": self.done, "failed": self.failed, "left_out": self.left_out })
    }
}
