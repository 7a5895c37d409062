//! Damage: finding at opening that acknowledged entries are gone, and mending what can be mended.
//!
//! The log is compared with the high-water mark, its newest part is searched for holes, and the seen index is
//! compared with the newest entries. A hole is recorded for ever and said once; its places are never given again.
//! Where anything is amiss, the indexes are made anew from the log, so that what is left is still told from
//! duplicates, and what was lost is accepted again.

use super::{
    encoding::{ivoid_key, seq_bytes, seq_of},
    engine::{Durability, Engine, EngineError},
    entry::Seq,
    mark::Mark,
};
use jiff::Timestamp;
use std::time::Duration;

/// How far back holes are searched: beyond what memtables, and so journals, can hold of the log.
const SEARCHED_FOR_HOLES: usize = 100_000;
/// How many of the newest entries must be in the seen index; a cut journal takes the newest first.
const SEARCHED_IN_SEEN: usize = 64;
const REINDEX_BATCH: usize = 1000;
const ROOM_PATIENCE: Duration = Duration::from_secs(60);

/// Acknowledged entries that are gone from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The first place that was lost.
    pub lost_from: Seq,
    /// The last place that was lost.
    pub lost_to: Seq,
    /// When the loss was found.
    pub found: Timestamp,
}

/// What a look at the database brought.
pub(super) struct Inspection {
    /// The place after which new entries go.
    pub(super) head: Seq,
    /// The oldest place that holds an entry; the one after the head when none does.
    pub(super) oldest: Seq,
    /// The damage that was not known before.
    pub(super) new: Vec<Damage>,
}

/// Reads the damage that is on record, oldest first.
pub(super) fn recorded(engine: &Engine) -> Result<Vec<Damage>, EngineError> {
    let mut damages = Vec::new();
    for guard in engine.damage.iter() {
        let (key, value) = guard.into_inner()?;
        let Some((from, to)) = key.split_at_checked(8) else { continue };
        let found =
            value.first_chunk().and_then(|b| Timestamp::from_microsecond(i64::from_be_bytes(*b)).ok());
        if let (Some(lost_from), Some(lost_to), Some(found)) = (seq_of(from), seq_of(to), found) {
            damages.push(Damage { lost_from, lost_to, found });
        }
    }
    Ok(damages)
}

/// Compares the database with the mark and with itself, records what is new, and mends the indexes.
pub(super) fn inspect(
    engine: &Engine,
    mark: Option<Mark>,
    slack: u64,
    now: Timestamp,
) -> Result<Inspection, EngineError> {
    let mark = mark.unwrap_or(Mark { head: Seq::START, oldest: Seq(1), closed: false });
    let known = recorded(engine)?;
    let last = engine.last()?;
    let mut holes = holes_below(engine, mark.oldest, last)?;
    if last < mark.head {
        holes.push((last.next().max(mark.oldest), mark.head));
    }
    let is_known = |from: Seq, to: Seq| known.iter().any(|d| d.lost_from <= from && to <= d.lost_to);
    let new: Vec<Damage> = holes
        .into_iter()
        .filter(|&(from, to)| from <= to && !is_known(from, to))
        .map(|(lost_from, lost_to)| Damage { lost_from, lost_to, found: now })
        .collect();
    if !new.is_empty() || !newest_are_seen(engine, last)? {
        reindex(engine, last)?;
    }
    record(engine, &new)?;
    let head = known.iter().map(|d| d.lost_to).chain([last, mark.head]).max().unwrap_or_default();
    // Retention moves the mark before it removes; a crash between leaves a few entries just below it.
    let oldest = engine.first(Seq(mark.oldest.0.saturating_sub(slack)))?.unwrap_or(head.next());
    Ok(Inspection { head, oldest, new })
}

fn record(engine: &Engine, damages: &[Damage]) -> Result<(), EngineError> {
    let mut batch = engine.batch();
    for damage in damages {
        let key = [seq_bytes(damage.lost_from), seq_bytes(damage.lost_to)].concat();
        batch.insert(&engine.damage, key, damage.found.as_microsecond().to_be_bytes());
    }
    engine.commit(batch, Durability::OnDisk)
}

fn holes_below(engine: &Engine, oldest: Seq, last: Seq) -> Result<Vec<(Seq, Seq)>, EngineError> {
    let mut holes = Vec::new();
    let mut above = last.next();
    for place in engine.places(oldest..=last).rev().take(SEARCHED_FOR_HOLES) {
        let place = place?;
        if place.next() < above {
            holes.push((place.next(), above.previous()));
        }
        above = place;
    }
    holes.reverse();
    Ok(holes)
}

fn newest_are_seen(engine: &Engine, last: Seq) -> Result<bool, EngineError> {
    let from = Seq(last.0.saturating_sub(SEARCHED_IN_SEEN as u64));
    for entry in engine.entries(from..=last) {
        let (seq, Some(entry)) = entry? else { continue };
        if engine.indexed(&engine.seen, entry.digest.as_bytes())? != Some(seq) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes both indexes agree with the log, whatever they say now.
fn reindex(engine: &Engine, last: Seq) -> Result<(), EngineError> {
    tracing::warn!(entries_up_to = last.0, "store: making the indexes anew from the log");
    let mut batch = engine.batch();
    for entry in engine.entries(Seq::START..=last) {
        let (seq, Some(entry)) = entry? else { continue };
        batch.insert(&engine.seen, *entry.digest.as_bytes(), seq_bytes(seq));
        batch.insert(&engine.ivoids, ivoid_key(&entry.ivoid), seq_bytes(seq));
        if batch.len() >= REINDEX_BATCH {
            engine.commit(std::mem::replace(&mut batch, engine.batch()), Durability::Buffered)?;
            engine.wait_for_room(ROOM_PATIENCE)?;
        }
    }
    engine.commit(batch, Durability::Buffered)
}
