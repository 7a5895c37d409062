//! Metrics: the numbers that a handler reports of itself, by name.
//!
//! Counters are summed up; of a gauge the last value holds. They count whether the call succeeded or not, as its lines do:
//! what was counted has happened. The host bounds the length of names, here their number is bounded.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::host::{Metric, MetricChange};

/// Names that are kept of each handler.
const KEPT: usize = 64;

/// What a handler has reported since the broker started.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Metrics {
    /// Sums, by name.
    pub(crate) counters: BTreeMap<String, u64>,
    /// Last values, by name.
    pub(crate) gauges: BTreeMap<String, f64>,
    /// How many reports had a name for which there is no room.
    pub(crate) left_out: u64,
}

impl Metrics {
    /// Takes in what a call reported.
    pub(super) fn report(&mut self, metrics: &[Metric]) {
        for Metric { name, change } in metrics {
            let has_room = self.counters.len() + self.gauges.len() < KEPT;
            let is_kept = match *change {
                MetricChange::Count(by) => {
                    put(&mut self.counters, name, has_room, |sum| *sum = sum.saturating_add(by))
                }
                MetricChange::Gauge(value) => put(&mut self.gauges, name, has_room, |last| *last = value),
            };
            self.left_out += u64::from(!is_kept);
        }
    }
}

/// Changes the value of a name; false if it is new and there is no room.
fn put<T: Default>(
    values: &mut BTreeMap<String, T>,
    name: &str,
    has_room: bool,
    change: impl FnOnce(&mut T),
) -> bool {
    match values.get_mut(name) {
        Some(value) => change(value),
        None if has_room => change(values.entry(name.to_owned()).or_default()),
        None => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(name: &str, change: MetricChange) -> Metric {
        Metric { name: name.to_owned(), change }
    }

    #[test]
    fn counters_are_summed_and_of_gauges_the_last_holds() {
        let mut metrics = Metrics::default();
        for (by, value) in [(2, 0.5), (3, -1.5)] {
            metrics.report(&[
                metric("seen", MetricChange::Count(by)),
                metric("height", MetricChange::Gauge(value)),
            ]);
        }
        assert_eq!(metrics.counters, [("seen".to_owned(), 5)].into());
        assert_eq!(metrics.gauges, [("height".to_owned(), -1.5)].into());
    }

    #[test]
    fn what_has_a_new_name_when_there_are_many_is_left_out_and_counted() {
        let mut metrics = Metrics::default();
        for number in 0..100 {
            metrics.report(&[metric(&format!("n{number}"), MetricChange::Count(1))]);
            metrics.report(&[metric("n0", MetricChange::Count(u64::MAX))]);
        }
        assert_eq!((metrics.counters.len(), metrics.left_out), (KEPT, 100 - KEPT as u64));
        assert_eq!(metrics.counters.get("n0"), Some(&u64::MAX));
    }
}
