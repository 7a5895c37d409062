//! Denials: what a handler asked for and was not granted, for whoever writes its settings.
//!
//! The last of them are kept, each once, with how often and when. They begin anew when a newer revision or other settings
//! take over, which may be granted more.

use jiff::Timestamp;
use serde::Serialize;

use crate::grants::Denied;

/// Things that are kept of each handler.
const KEPT: usize = 32;

/// Something that was denied, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Denial {
    /// What it asked for.
    pub(crate) asked: String,
    /// The line of settings, under `[grants]`, that grants it.
    pub(crate) grant: String,
    /// How often it asked.
    pub(crate) count: u64,
    /// When it last did.
    pub(crate) last: Timestamp,
}

/// What was denied to a handler since it last took over.
#[derive(Debug, Default)]
pub(super) struct Denials {
    kept: Vec<(Denied, Denial)>,
    told: usize,
}

impl Denials {
    /// Notes something; whether it is to be told: once each, and no more of them than are kept.
    pub(super) fn note(&mut self, denied: &Denied, now: Timestamp) -> bool {
        if let Some((_, known)) = self.kept.iter_mut().find(|(known, _)| known == denied) {
            known.count += 1;
            known.last = now;
            return false;
        }
        if self.kept.len() >= KEPT
            && let Some(oldest) =
                (0..self.kept.len()).min_by_key(|at| self.kept.get(*at).map(|(_, one)| one.last))
        {
            self.kept.remove(oldest);
        }
        let (asked, grant) = (denied.asked(), denied.grant_line());
        self.kept.push((denied.clone(), Denial { asked, grant, count: 1, last: now }));
        let is_told = self.told < KEPT;
        self.told += usize::from(is_told);
        is_told
    }

    /// All that is kept, in the order in which it was first asked for.
    pub(super) fn list(&self) -> Vec<Denial> {
        self.kept.iter().map(|(_, denial)| denial.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tcp(port: u16) -> Denied {
        Denied::Tcp(([192, 0, 2, 7], port).into())
    }

    #[test]
    fn what_is_asked_for_again_is_counted_and_not_told_again() {
        let mut denials = Denials::default();
        assert!(denials.note(&tcp(1), at(1)) && denials.note(&Denied::Publish, at(2)));
        assert!(!denials.note(&tcp(1), at(3)));
        let kept: Vec<_> = denials.list().into_iter().map(|one| (one.grant, one.count, one.last)).collect();
        let expected = [("tcp = [\"192.0.2.7:1\"]", 2, at(3)), ("publish = true", 1, at(2))];
        assert_eq!(kept, expected.map(|(grant, count, last)| (grant.to_owned(), count, last)));
    }

    #[test]
    fn of_many_the_last_are_kept_and_the_first_are_told() {
        let mut denials = Denials::default();
        let told = (1..=100).filter(|port| denials.note(&tcp(*port), at(i64::from(*port)))).count();
        assert_eq!((told, denials.list().len()), (KEPT, KEPT));
        assert!(denials.list().iter().all(|one| one.last > at(68)));
    }
}
