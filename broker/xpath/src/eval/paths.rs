//! Location paths (§2.1), filter expressions and unions (§3.3), as walks and as sets.
//!
//! A path on which no node can be met twice is walked depth first, with nothing kept. Any other is evaluated step by
//! step, and the set after each step is sorted and freed of doubles, so that no chain of steps can multiply.

use super::{Evaluator, Expr, Focus, Result};
use crate::ast::{Axis, Path, Predicate, Rule, Start, Step};
use crate::axes::{Visitor, Walk};
use crate::budget::Budget;
use crate::functions::Function;
use crate::node::{Part, Place};

impl<'e> Evaluator<'e, '_, '_> {
    /// Visits the nodes of an expression until the visitor has seen enough; some perhaps twice, in no set order.
    pub(super) fn any(&self, expr: &'e Expr, focus: Focus, visit: Visitor<'_>) -> Result<bool> {
        match expr {
            Expr::Path(path) => self.any_on_path(path, focus, visit),
            Expr::Union(operands) => {
                for operand in operands {
                    if self.any(operand, focus, visit)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Expr::Call(Function::Id, arguments) => match &**arguments {
                [argument] => self.any_by_id(argument, focus, visit),
                _ => Ok(false),
            },
            // Nothing else is of the type.
            Expr::Boolean(_)
            | Expr::Number(_)
            | Expr::Literal(_)
            | Expr::Or(_)
            | Expr::And(_)
            | Expr::Comparison(_)
            | Expr::Arithmetic(_)
            | Expr::Negated(_)
            | Expr::Call(..) => Ok(false),
        }
    }

    /// The nodes of an expression in document order, each once.
    pub(crate) fn nodes(&self, expr: &'e Expr, focus: Focus) -> Result<Vec<Place>> {
        let mut set = Set::new(self.budget);
        self.any(expr, focus, &mut |place| set.push(place))?;
        set.finish()
    }

    /// The first node of an expression in document order.
    pub(super) fn first(&self, expr: &'e Expr, focus: Focus) -> Result<Option<Place>> {
        let is_ordered = matches!(expr, Expr::Path(path) if path.is_ordered);
        let mut first = None;
        self.any(expr, focus, &mut |place| {
            first = Some(first.map_or(place, |first| place.min(first)));
            Ok(is_ordered)
        })?;
        Ok(first)
    }

    /// `count()` (§4.1).
    pub(super) fn count(&self, expr: &'e Expr, focus: Focus) -> Result<usize> {
        if !matches!(expr, Expr::Path(path) if path.is_distinct) {
            return Ok(self.nodes(expr, focus)?.len());
        }
        let mut count = 0;
        self.any(expr, focus, &mut |_| {
            count += 1;
            Ok(false)
        })?;
        Ok(count)
    }

    fn any_on_path(&self, path: &'e Path, focus: Focus, visit: Visitor<'_>) -> Result<bool> {
        let start = match &path.start {
            Start::Root => Place::ROOT,
            Start::Context => focus.place,
            Start::Filter(primary, predicates) => {
                let set = self.filtered(self.nodes(primary, focus)?, predicates)?;
                return self.any_from_set(set, &path.steps, visit);
            }
        };
        if path.is_distinct {
            self.any_from(start, &path.steps, visit)
        } else {
            self.any_from_set(vec![start], &path.steps, visit)
        }
    }

    fn any_from(&self, place: Place, steps: &'e [Step], visit: Visitor<'_>) -> Result<bool> {
        match steps {
            [] => visit(place),
            [step] => self.step(step, place, visit),
            [step, rest @ ..] => self.step(step, place, &mut |next| self.any_from(next, rest, visit)),
        }
    }

    fn any_from_set(&self, mut set: Vec<Place>, steps: &'e [Step], visit: Visitor<'_>) -> Result<bool> {
        let (last, before) = match steps {
            [] => (None, steps),
            [before @ .., last] => (Some(last), before),
        };
        for step in before {
            let mut next = Set::new(self.budget);
            self.step_from_set(step, set, &mut |place| next.push(place))?;
            set = next.finish()?;
        }
        if let Some(last) = last {
            return self.step_from_set(last, set, visit);
        }
        for place in set {
            if visit(place)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn step_from_set(&self, step: &'e Step, mut set: Vec<Place>, visit: Visitor<'_>) -> Result<bool> {
        if !step.is_positional() {
            self.prune(step.axis, &mut set);
        }
        for place in set {
            if self.step(step, place, visit)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Leaves out those nodes from which an axis leads to nothing that the others do not lead to.
    fn prune(&self, axis: Axis, set: &mut Vec<Place>) {
        let index = self.index;
        match axis {
            Axis::Descendant | Axis::DescendantOrSelf => {
                let mut covered = 0;
                set.retain(|place| {
                    let is_inside = place.part() == Part::Tree && place.id() < covered;
                    if !is_inside && place.part() == Part::Tree {
                        covered = index.end(place.id());
                    }
                    !is_inside
                });
            }
            Axis::Following => {
                *set = set.iter().copied().min_by_key(|place| index.end(place.id())).into_iter().collect();
            }
            Axis::Preceding => *set = set.last().copied().into_iter().collect(),
            Axis::Ancestor
            | Axis::AncestorOrSelf
            | Axis::Attribute
            | Axis::Child
            | Axis::FollowingSibling
            | Axis::Namespace
            | Axis::Parent
            | Axis::PrecedingSibling
            | Axis::Itself => {}
        }
    }

    /// Visits what one step selects from one node (§2.1), in the order of its axis.
    fn step(&self, step: &'e Step, from: Place, visit: Visitor<'_>) -> Result<bool> {
        let walk = Walk { index: self.index, budget: self.budget, test: &step.test };
        if !step.is_positional() {
            if step.predicates.is_empty() {
                return walk.along(step.axis, from, visit);
            }
            return walk.along(step.axis, from, &mut |place| {
                for predicate in &step.predicates {
                    if !self.truth(&predicate.expr, Focus::on(place))? {
                        return Ok(false);
                    }
                }
                visit(place)
            });
        }
        let enough = step.predicates.first().and_then(single_position).unwrap_or(usize::MAX);
        let mut candidates = Vec::new();
        walk.along(step.axis, from, &mut |place| {
            self.budget.room_for_node(candidates.len())?;
            candidates.push(place);
            Ok(candidates.len() >= enough)
        })?;
        for place in self.filtered(candidates, &step.predicates)? {
            if visit(place)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What passes all predicates (§2.4): the position is that among those that passed the ones before.
    fn filtered(&self, mut places: Vec<Place>, predicates: &'e [Predicate]) -> Result<Vec<Place>> {
        for predicate in predicates {
            self.budget.work(1)?;
            if let Some(position) = single_position(predicate) {
                places = position.checked_sub(1).and_then(|at| places.get(at)).copied().into_iter().collect();
                continue;
            }
            let size = places.len();
            let mut passing = Vec::new();
            for (place, position) in places.into_iter().zip(1..) {
                if self.passes(predicate, Focus { place, position, size })? {
                    passing.push(place);
                }
            }
            places = passing;
        }
        Ok(places)
    }

    #[expect(clippy::cast_precision_loss, reason = "a position is bounded far below 2^52")]
    fn passes(&self, predicate: &'e Predicate, focus: Focus) -> Result<bool> {
        match predicate.rule {
            Rule::Position => Ok(self.number(&predicate.expr, focus)? == focus.position as f64),
            Rule::Truth | Rule::PositionalTruth => self.truth(&predicate.expr, focus),
        }
    }
}

/// The position that a predicate asks for, where it is written as a number.
fn single_position(predicate: &Predicate) -> Option<usize> {
    let Expr::Number(value) = predicate.expr else { return None };
    if !(value >= 1.0 && value.fract() == 0.0) {
        return Some(0);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, past every set"
    )]
    Some(value as usize)
}

/// A node-set while it is made.
struct Set<'b> {
    budget: &'b Budget,
    places: Vec<Place>,
    is_ascending: bool,
    is_descending: bool,
}

impl<'b> Set<'b> {
    fn new(budget: &'b Budget) -> Self {
        Self { budget, places: Vec::new(), is_ascending: true, is_descending: true }
    }

    fn push(&mut self, place: Place) -> Result<bool> {
        self.budget.work(1)?;
        match self.places.last() {
            Some(last) if *last == place => return Ok(false),
            Some(last) if *last > place => self.is_ascending = false,
            Some(_) => self.is_descending = false,
            None => {}
        }
        self.budget.room_for_node(self.places.len())?;
        self.places.push(place);
        Ok(false)
    }

    fn finish(mut self) -> Result<Vec<Place>> {
        if self.is_ascending {
            return Ok(self.places);
        }
        if self.is_descending {
            self.budget.text(self.places.len())?;
            self.places.reverse();
        } else {
            self.budget.sort(self.places.len())?;
            self.places.sort_unstable();
            self.places.dedup();
        }
        Ok(self.places)
    }
}
