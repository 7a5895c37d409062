//! Citation trees: the events that an event goes back to, and all that goes back to those.
//!
//! Authors cite by identifier, and what is cited need not be kept, need not exist, and may cite in a circle. The tree begins
//! with the earliest that can be reached by citations; an event that stands in it already is named again and not followed,
//! and it has no more than so many branches.

use std::collections::HashSet;

use super::select::SelectError;
use crate::index::{Cited, Criteria, Facts, Pattern, Search};
use crate::store::Span;

/// Events of a tree, and steps to its root.
const NODES: usize = 500;
const STEPS: usize = 100;

/// An event in a tree.
#[derive(Debug)]
pub(crate) struct Node {
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it does to the one that it hangs on.
    pub(crate) relation: Option<&'static str>,
    /// The latest that is kept under that identifier, if one is.
    pub(crate) facts: Option<Facts>,
    /// What cites it, oldest first.
    pub(crate) cited_by: Vec<Node>,
    /// Whether it stands in the tree before, or there was no room for what cites it.
    pub(crate) is_cut: bool,
}

/// The tree that an event stands in.
///
/// # Errors
/// A [`SelectError`].
pub(crate) fn tree(search: &Search, kept: Span, ivoid: &str) -> Result<Node, SelectError> {
    let root = Trees { search, kept }.root(ivoid)?;
    let mut seen = HashSet::new();
    Trees { search, kept }.node(&root, None, &mut seen)
}

struct Trees<'a> {
    search: &'a Search,
    kept: Span,
}

impl Trees<'_> {
    /// Goes back by the first citation of each.
    fn root(&self, ivoid: &str) -> Result<String, SelectError> {
        let mut path = vec![ivoid.to_owned()];
        while path.len() < STEPS
            && let Some(last) = path.last()
            && let Some(facts) = self.latest(last)?
            && let Some(Cited { ivoid, .. }) = facts.citations.into_iter().next()
            && !path.contains(&ivoid)
        {
            path.push(ivoid);
        }
        Ok(path.pop().unwrap_or_default())
    }

    fn node(
        &self,
        ivoid: &str,
        relation: Option<&'static str>,
        seen: &mut HashSet<String>,
    ) -> Result<Node, SelectError> {
        let is_cut = seen.len() >= NODES || !seen.insert(ivoid.to_owned());
        let facts = self.latest(ivoid)?;
        let mut node = Node { ivoid: ivoid.to_owned(), relation, facts, cited_by: Vec::new(), is_cut };
        if !is_cut {
            let citing = Criteria { cites: Some(Pattern::exact(ivoid)), ..Criteria::default() };
            let mut told = HashSet::new();
            for facts in self.search.facts(&citing, self.kept, NODES as u64)? {
                let cited = facts.citations.iter().find(|cited| cited.ivoid == ivoid);
                if told.insert(facts.ivoid.clone()) {
                    let relation = cited.and_then(|cited| cited.relation);
                    node.cited_by.push(self.node(&facts.ivoid, relation, seen)?);
                }
            }
        }
        Ok(node)
    }

    fn latest(&self, ivoid: &str) -> Result<Option<Facts>, SelectError> {
        let criteria = Criteria { ivoid: Some(Pattern::exact(ivoid)), ..Criteria::default() };
        Ok(self.search.facts(&criteria, self.kept, 1)?.pop())
    }
}
