//! The names of a document's elements, and the elements of each name.
//!
//! A table with open addressing over the hashes that expressions carry along from their compilation.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::OnceLock;

/// The hash of a name, by keys of this process.
pub(crate) fn hash(name: &str) -> u64 {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    KEYS.get_or_init(RandomState::new).hash_one(name)
}

#[derive(Debug, Default)]
pub(super) struct Names<'input> {
    names: Vec<Entry<'input>>,
    /// One more than the place in `names`, or zero; as many as a power of two, at most half of them taken.
    slots: Vec<u32>,
    /// The name of each element with one, and the element, in document order; and after sorting by name.
    elements: Vec<(u32, u32)>,
    sorted: Vec<u32>,
    last: u32,
}

#[derive(Debug)]
struct Entry<'input> {
    hash: u64,
    name: &'input str,
    /// How many elements have the name, and after sorting, where the last of them ends.
    count: u32,
    end: u32,
}

impl<'input> Names<'input> {
    /// Notes an element and returns the number of its name.
    pub(super) fn add(&mut self, name: &'input str, element: u32) -> u32 {
        let is_last = self.names.get(self.last as usize).is_some_and(|entry| entry.name == name);
        if !is_last {
            self.last = self.intern(name);
        }
        if let Some(entry) = self.names.get_mut(self.last as usize) {
            entry.count += 1;
        }
        self.elements.push((self.last, element));
        self.last
    }

    fn intern(&mut self, name: &'input str) -> u32 {
        let hash = hash(name);
        if let Some(found) = self.find(hash, name) {
            return found;
        }
        if self.slots.len() <= self.names.len() * 2 {
            self.slots = vec![0; (self.slots.len() * 2).max(64)];
            for at in 0..self.names.len() {
                let hash = self.names.get(at).map_or(0, |entry| entry.hash);
                self.take_slot(hash, at);
            }
        }
        let at = self.names.len();
        self.take_slot(hash, at);
        self.names.push(Entry { hash, name, count: 0, end: 0 });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn take_slot(&mut self, hash: u64, name: usize) {
        let free = self.probe(hash).find(|at| self.slots.get(*at) == Some(&0));
        if let Some(slot) = free.and_then(|at| self.slots.get_mut(at)) {
            *slot = u32::try_from(name + 1).unwrap_or_default();
        }
    }

    /// The slots in which a name with this hash may be, in order.
    #[inline]
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().wrapping_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "the mask leaves the lowest bits alone")]
        let start = hash as usize & mask;
        (0..self.slots.len()).map(move |step| (start + step) & mask)
    }

    #[inline]
    pub(super) fn find(&self, hash: u64, name: &str) -> Option<u32> {
        for at in self.probe(hash) {
            let found = self.slots.get(at)?.checked_sub(1)?;
            let entry = self.names.get(found as usize)?;
            if entry.hash == hash && entry.name == name {
                return Some(found);
            }
        }
        None
    }

    /// Brings the elements of each name together.
    pub(super) fn sort(&mut self) {
        let mut end = 0;
        for entry in &mut self.names {
            entry.end = end; // So far where the first of them goes.
            end += entry.count;
        }
        self.sorted = vec![0; self.elements.len()];
        for (name, element) in std::mem::take(&mut self.elements) {
            if let Some(entry) = self.names.get_mut(name as usize)
                && let Some(slot) = self.sorted.get_mut(entry.end as usize)
            {
                *slot = element;
                entry.end += 1;
            }
        }
    }

    pub(super) fn elements(&self, name: u32) -> &[u32] {
        let Some(entry) = self.names.get(name as usize) else { return &[] };
        self.sorted.get((entry.end - entry.count) as usize..entry.end as usize).unwrap_or_default()
    }
}
