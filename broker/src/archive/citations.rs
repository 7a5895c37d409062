//! Citation trees: the events that an event goes back to, and all that goes back to those.
//!
//! Authors cite by identifier, and what is cited need not be kept, need not exist, and may cite in a circle. The tree begins
//! with the earliest that can be reached from the event by first citations, and the way from there to the event is always in
//! it. An event that stands in it already is named again and not followed. It has so many events and no more, whoever cites
//! whom how often, and says where some are left out.

use std::collections::HashSet;

use super::select::SelectError;
use crate::index::{Citing, Criteria, Facts, Pattern, Search};
use crate::store::{Seq, Span};

/// Events of a tree.
const NODES: usize = 500;
/// Steps to its root.
const STEPS: usize = 20;
/// Events that are told of one that is cited.
const BRANCHES: usize = 50;

/// A tree: its root first, and behind each event those that cite it, generation by generation.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

/// An event in a tree.
#[derive(Debug)]
pub(crate) struct Node {
    /// The one that it cites, by its number in the tree; none for the root.
    pub(crate) cites: Option<usize>,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it does to the one that it cites.
    pub(crate) relation: Option<&'static str>,
    /// The place of the latest that is kept under that identifier, or of the event that is shown, if one is kept.
    pub(crate) seq: Option<Seq>,
    /// Whether others cite it, too, that are left out.
    pub(crate) is_more: bool,
    /// Whether it stands in the tree before.
    pub(crate) is_again: bool,
}

impl Tree {
    /// The tree that an event stands in.
    ///
    /// # Errors
    /// A [`SelectError`].
    pub(crate) fn of(search: &Search, kept: Span, event: &Facts) -> Result<Self, SelectError> {
        let path = path(search, kept, event)?;
        let mut tree = Self { nodes: Vec::new() };
        let mut seen = HashSet::new();
        for step in path {
            let cites = tree.nodes.len().checked_sub(1);
            seen.insert(step.ivoid.clone());
            tree.nodes.push(Node { cites, ..step });
        }
        let mut at = 0;
        while let Some(node) = tree.nodes.get(at) {
            if !node.is_again {
                let ivoid = node.ivoid.clone();
                let (citing, is_more) = search.citing(&ivoid, kept, BRANCHES)?;
                let is_full = tree.take(at, citing, &mut seen);
                if let Some(node) = tree.nodes.get_mut(at) {
                    node.is_more = is_more || is_full;
                }
            }
            at += 1;
        }
        Ok(tree)
    }

    /// Adds what cites an event, as far as there is room; whether there was not.
    fn take(&mut self, at: usize, citing: Vec<Citing>, seen: &mut HashSet<String>) -> bool {
        for citing in citing {
            let is_child = |node: &Node| node.cites == Some(at) && node.ivoid == citing.ivoid;
            if self.nodes.iter().any(is_child) {
                continue;
            }
            if self.nodes.len() >= NODES {
                return true;
            }
            let is_again = !seen.insert(citing.ivoid.clone());
            self.nodes.push(Node {
                cites: Some(at),
                ivoid: citing.ivoid,
                relation: citing.relation,
                seq: Some(citing.seq),
                is_more: false,
                is_again,
            });
        }
        false
    }
}

/// The way from the root to an event, by the first citation of each.
fn path(search: &Search, kept: Span, event: &Facts) -> Result<Vec<Node>, SelectError> {
    let node = |ivoid: &str, seq| Node {
        cites: None,
        ivoid: ivoid.to_owned(),
        relation: None,
        seq,
        is_more: false,
        is_again: false,
    };
    let mut path = vec![node(&event.ivoid, Some(event.seq))];
    let mut next = event.citations.first().cloned();
    while let Some(cited) = next
        && path.len() < STEPS
        && path.iter().all(|node| node.ivoid != cited.ivoid)
    {
        if let Some(last) = path.last_mut() {
            last.relation = cited.relation;
        }
        let found = latest(search, kept, &cited.ivoid)?;
        path.push(node(&cited.ivoid, found.as_ref().map(|facts| facts.seq)));
        next = found.and_then(|facts| facts.citations.into_iter().next());
    }
    path.reverse();
    Ok(path)
}

fn latest(search: &Search, kept: Span, ivoid: &str) -> Result<Option<Facts>, SelectError> {
    let criteria = Criteria { ivoid: Some(Pattern::exact(ivoid)), ..Criteria::default() };
    let mut found = None;
    search.find(&criteria, kept, Some(1), |facts| {
        found = Some(facts);
        std::ops::ControlFlow::Break(())
    })?;
    Ok(found)
}
