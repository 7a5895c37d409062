//! Comparisons (§3.4): of node-sets with each other, of a node-set with a value, and of values.
//!
//! Node-sets compare as "there is a node such that". Against a value that ends at the first such node; against
//! another node-set the work is that of both together, never their product.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Evaluator, Expr, Focus, Result};
use crate::ast::{Chain, Comparison, Type};

/// Up to so many values are compared one by one.
const FEW: usize = 4;

impl Comparison {
    /// The comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Equal => Self::Equal,
            Self::NotEqual => Self::NotEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    #[expect(clippy::float_cmp, reason = "the recommendation asks for IEEE 754 comparison")]
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl<'e> Evaluator<'e, '_, '_> {
    /// `a = b`, and for `a = b = c` the truth of `a = b` against `c`.
    pub(super) fn comparison(&self, chain: &'e Chain<Comparison>, focus: Focus) -> Result<bool> {
        let Some(((comparison, second), rest)) = chain.rest.split_first() else { return Ok(false) };
        let mut outcome = self.compare(*comparison, &chain.first, second, focus)?;
        for (comparison, operand) in rest {
            self.budget.work(1)?;
            outcome = self.compare(*comparison, constant(outcome), operand, focus)?;
        }
        Ok(outcome)
    }

    fn compare(&self, comparison: Comparison, left: &'e Expr, right: &'e Expr, focus: Focus) -> Result<bool> {
        match (left.ty(), right.ty()) {
            (Type::Nodes, Type::Nodes) => self.compare_sets(comparison, left, right, focus),
            (Type::Nodes, _) => self.compare_with_value(comparison, left, right, focus),
            (_, Type::Nodes) => self.compare_with_value(comparison.mirrored(), right, left, focus),
            (left_ty, right_ty) => {
                let has = |ty| left_ty == ty || right_ty == ty;
                if comparison.is_equality() && has(Type::Boolean) {
                    let is_equal = self.truth(left, focus)? == self.truth(right, focus)?;
                    return Ok(is_equal == (comparison == Comparison::Equal));
                }
                if comparison.is_equality() && !has(Type::Number) {
                    let (left, right) = (self.string(left, focus)?, self.string(right, focus)?);
                    self.budget.text(left.len().min(right.len()))?;
                    return Ok((left == right) == (comparison == Comparison::Equal));
                }
                Ok(comparison.holds(self.number(left, focus)?, self.number(right, focus)?))
            }
        }
    }

    fn compare_with_value(
        &self,
        comparison: Comparison,
        nodes: &'e Expr,
        value: &'e Expr,
        focus: Focus,
    ) -> Result<bool> {
        match value.ty() {
            Type::Boolean => {
                let number = |truth| f64::from(u8::from(truth));
                let (left, right) = (self.truth(nodes, focus)?, self.truth(value, focus)?);
                Ok(comparison.holds(number(left), number(right)))
            }
            Type::String if comparison.is_equality() => {
                let value = self.string(value, focus)?;
                let wanted = comparison == Comparison::Equal;
                if let Some(attribute) = self.attribute(nodes, focus)? {
                    self.budget.text(value.len())?;
                    return Ok(attribute.is_some_and(|attribute| (attribute == value) == wanted));
                }
                self.any(nodes, focus, &mut |place| Ok(self.is_value(place, &value)? == wanted))
            }
            Type::String | Type::Number | Type::Nodes => {
                let value = self.number(value, focus)?;
                if let Some(attribute) = self.attribute(nodes, focus)? {
                    let Some(attribute) = attribute else { return Ok(false) };
                    return Ok(comparison.holds(self.parse(attribute)?, value));
                }
                self.any(nodes, focus, &mut |place| Ok(comparison.holds(self.number_of(place)?, value)))
            }
        }
    }

    fn compare_sets(
        &self,
        comparison: Comparison,
        left: &'e Expr,
        right: &'e Expr,
        focus: Focus,
    ) -> Result<bool> {
        match comparison {
            Comparison::Equal => self.have_equal_values(left, right, focus),
            Comparison::NotEqual => self.have_different_values(left, right, focus),
            Comparison::Less | Comparison::LessOrEqual => {
                let (least, _) = self.extremes(left, focus)?;
                let (_, greatest) = self.extremes(right, focus)?;
                Ok(comparison.holds(least, greatest))
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                let (_, greatest) = self.extremes(left, focus)?;
                let (least, _) = self.extremes(right, focus)?;
                Ok(comparison.holds(greatest, least))
            }
        }
    }

    fn have_equal_values(&self, left: &'e Expr, right: &'e Expr, focus: Focus) -> Result<bool> {
        let mut values: Vec<Cow<'e, str>> = Vec::new();
        for place in self.nodes(left, focus)? {
            values.push(self.value(place)?);
        }
        if values.is_empty() {
            return Ok(false);
        }
        if values.len() <= FEW {
            return self.any(right, focus, &mut |place| {
                for value in &values {
                    if self.is_value(place, value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            });
        }
        for value in &values {
            self.budget.text(value.len() + 64)?;
        }
        let values: HashSet<Cow<'e, str>> = values.into_iter().collect();
        self.any(right, focus, &mut |place| {
            let value = self.value(place)?;
            self.budget.text(value.len() + 32)?;
            Ok(values.contains(&value))
        })
    }

    /// There are two different values unless all on both sides are one and the same.
    fn have_different_values(&self, left: &'e Expr, right: &'e Expr, focus: Focus) -> Result<bool> {
        let (Some(left_first), Some(right_first)) = (self.first(left, focus)?, self.first(right, focus)?)
        else {
            return Ok(false);
        };
        let value = self.value(left_first)?;
        if !self.is_value(right_first, &value)? {
            return Ok(true);
        }
        let differs = &mut |place| Ok(!self.is_value(place, &value)?);
        Ok(self.any(left, focus, differs)? || self.any(right, focus, differs)?)
    }

    /// The least and the greatest number among the values, or NaN twice if none of them is one.
    fn extremes(&self, expr: &'e Expr, focus: Focus) -> Result<(f64, f64)> {
        let mut found = (f64::NAN, f64::NAN);
        self.any(expr, focus, &mut |place| {
            let value = self.number_of(place)?;
            found = (found.0.min(value), found.1.max(value));
            Ok(false)
        })?;
        Ok(found)
    }
}

fn constant(value: bool) -> &'static Expr {
    if value { &Expr::Boolean(true) } else { &Expr::Boolean(false) }
}
