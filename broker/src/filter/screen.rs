//! The screen: an operator's rules at one endpoint, at work.
//!
//! Where packets come in, each is judged once, on the tree that the checks have made; nothing is remembered. Where events
//! go out, what the rules say of one is found out once for all subscribers, as the expressions of subscribers are: within
//! a small allowance where somebody waits, or else on the [lane](super::lane). What passes costs each of them one load.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bounded_xpath::Index;
use roxmltree::Document;
use vtp::Packet;

use super::answer::Answer;
use super::expression::{Asker, Filter};
use super::lane::Lane;
use super::memo::Memo;
use super::packet::Packets;
use super::rules::judge::{Facts, Verdict};
use super::rules::{Condition, Rule, Rules};
use crate::store::Entry;

/// The rules of one endpoint.
#[derive(Debug)]
pub(crate) struct Screen {
    rules: Rules,
    filters: HashMap<Box<str>, Arc<Filter>>,
    memo: Memo,
    kept_out: AtomicU64,
}

impl Screen {
    /// A screen of rules; none, if there are no rules.
    pub(crate) fn of(rules: Rules) -> Option<Arc<Self>> {
        if rules.is_empty() {
            return None;
        }
        let conditions = rules.refuse.iter().chain(&rules.accept).flat_map(|rule: &Rule| &rule.xpath);
        let filter = |condition: &Condition| {
            let filter = Filter::new(condition.expression(), Asker::Operator, Arc::default());
            (condition.text().into(), Arc::new(filter))
        };
        let filters = conditions.map(filter).collect();
        Some(Arc::new(Self { rules, filters, memo: Memo::new(), kept_out: AtomicU64::new(0) }))
    }

    /// Why a packet is not let in, in words for its author; `document` is its tree.
    pub(crate) fn refusal(&self, packet: &Packet, document: &Document<'_>) -> Option<String> {
        let facts = Facts { ivoid: packet.ivorn(), role: packet.role(), size_bytes: packet.raw().len() };
        let index = OnceCell::new();
        let verdict = self.rules.judge(&facts, |condition| {
            Some(self.filter(condition).evaluate_on(index.get_or_init(|| Index::new(document))))
        });
        match verdict {
            Verdict::Refuse(refusal) => {
                self.kept_out.fetch_add(1, Ordering::Relaxed);
                Some(format!("refused by this broker: {refusal}"))
            }
            // Every expression was answered.
            Verdict::Pass | Verdict::Ask(_) => None,
        }
    }

    /// How many packets it has kept out.
    pub(crate) fn kept_out(&self) -> u64 {
        self.kept_out.load(Ordering::Relaxed)
    }

    /// Whether it had better be asked where nobody waits.
    pub(crate) fn is_long(&self) -> bool {
        self.filters.values().any(|filter| filter.is_long())
    }

    /// Whether an event is let out, if that is known or can be found out within `allowance`.
    pub(super) fn try_on(&self, entry: &Entry, packets: &Packets, allowance: &mut u64) -> Option<bool> {
        if let Some(answer) = self.memo.get(entry.seq) {
            return Some(answer == Answer::Yes);
        }
        let verdict = self
            .rules
            .judge(&Facts::of(entry), |condition| self.filter(condition).try_on(entry, packets, allowance));
        match verdict {
            Verdict::Pass => Some(self.remember(entry, true)),
            Verdict::Refuse(_) => Some(self.remember(entry, false)),
            Verdict::Ask(_) => None,
        }
    }

    /// Whether an event is let out, found out on the lane, where it may take its time.
    pub(super) async fn decide(&self, entry: &Arc<Entry>, lane: &Lane) -> bool {
        let mut answers = HashMap::new();
        loop {
            let verdict = self.rules.judge(&Facts::of(entry), |condition| {
                let answer = answers.get(condition.text()).copied();
                answer.or_else(|| self.filter(condition).remembered(entry.seq))
            });
            match verdict {
                Verdict::Pass => return self.remember(entry, true),
                Verdict::Refuse(_) => return self.remember(entry, false),
                Verdict::Ask(condition) => {
                    let answer = lane.evaluate(self.filter(condition).clone(), entry.clone()).await;
                    // Without the lane it is as if it had cost too much.
                    answers.insert(condition.text(), answer.unwrap_or(Answer::OverBudget));
                }
            }
        }
    }

    fn filter(&self, condition: &Condition) -> &Arc<Filter> {
        let filter = self.filters.get(condition.text());
        filter.unwrap_or_else(|| unreachable!("each condition of the rules has its filter"))
    }

    fn remember(&self, entry: &Entry, passes: bool) -> bool {
        self.memo.set(entry.seq, Answer::from(passes));
        passes
    }
}

impl<'p> Facts<'p> {
    fn of(entry: &'p Entry) -> Self {
        Self { ivoid: &entry.ivoid, role: &entry.role, size_bytes: entry.bytes.len() }
    }
}
