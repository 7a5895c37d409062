//! Evaluation (§3): the truth, number, string or nodes of an expression at a node.
//!
//! The type of an expression is known, so that each is computed as what its place asks for, and no more than that:
//! the truth of a path ends at its first node, and a node that is compared is not copied. Functions that only convert
//! or ask are here; paths, comparisons, strings and names have a file each. Calls nest as the expression does, never
//! as the document does.

mod comparison;
mod names;
mod paths;
mod strings;
mod values;

use std::borrow::Cow;
use std::cell::Cell;

use crate::ast::{Chain, Expr, Type};
use crate::budget::{Budget, EvalError};
use crate::functions::Function;
use crate::index::Index;
use crate::node::Place;
use crate::number;

type Result<T, E = EvalError> = std::result::Result<T, E>;

/// One evaluation.
pub(crate) struct Evaluator<'e, 'a, 'input> {
    index: &'e Index<'a, 'input>,
    budget: &'e Budget,
    /// The work of collecting identifiers is charged once, whoever has done it.
    has_paid_for_ids: Cell<bool>,
}

/// The context of an expression (§1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Focus {
    pub(crate) place: Place,
    pub(crate) position: usize,
    pub(crate) size: usize,
}

impl Focus {
    /// A node that is alone.
    pub(crate) fn on(place: Place) -> Self {
        Self { place, position: 1, size: 1 }
    }
}

impl<'e, 'a, 'input> Evaluator<'e, 'a, 'input> {
    pub(crate) fn new(index: &'e Index<'a, 'input>, budget: &'e Budget) -> Self {
        Self { index, budget, has_paid_for_ids: Cell::new(false) }
    }

    /// What `boolean()` makes of an expression (§4.3).
    pub(crate) fn truth(&self, expr: &'e Expr, focus: Focus) -> Result<bool> {
        self.budget.work(1)?;
        match expr {
            Expr::Boolean(value) => Ok(*value),
            Expr::Or(operands) => self.is_any_true(operands, focus),
            Expr::And(operands) => self.are_all_true(operands, focus),
            Expr::Comparison(chain) => self.comparison(chain, focus),
            Expr::Call(function, arguments) if function.result() == Type::Boolean => {
                self.boolean_call(*function, arguments, focus)
            }
            Expr::Number(_)
            | Expr::Literal(_)
            | Expr::Arithmetic(_)
            | Expr::Negated(_)
            | Expr::Union(_)
            | Expr::Path(_)
            | Expr::Call(..) => match expr.ty() {
                Type::Nodes => match self.attribute(expr, focus)? {
                    Some(attribute) => Ok(attribute.is_some()),
                    None => self.any(expr, focus, &mut |_| Ok(true)),
                },
                Type::Number => self.number(expr, focus).map(|value| value != 0.0 && !value.is_nan()),
                Type::String => self.string(expr, focus).map(|text| !text.is_empty()),
                Type::Boolean => Ok(false),
            },
        }
    }

    fn is_any_true(&self, operands: &'e [Expr], focus: Focus) -> Result<bool> {
        for operand in operands {
            if self.truth(operand, focus)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn are_all_true(&self, operands: &'e [Expr], focus: Focus) -> Result<bool> {
        for operand in operands {
            if !self.truth(operand, focus)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn boolean_call(&self, function: Function, arguments: &'e [Expr], focus: Focus) -> Result<bool> {
        match (function, arguments) {
            (Function::Boolean, [argument]) => self.truth(argument, focus),
            (Function::Not, [argument]) => Ok(!self.truth(argument, focus)?),
            (Function::Lang, [argument]) => self.lang(&self.string(argument, focus)?, focus.place),
            (Function::StartsWith, [text, start]) => {
                let (text, start) = (self.string(text, focus)?, self.string(start, focus)?);
                self.budget.text(start.len())?;
                Ok(text.starts_with(&*start))
            }
            (Function::Contains, [text, part]) => {
                let (text, part) = (self.string(text, focus)?, self.string(part, focus)?);
                self.budget.text(text.len() + part.len())?;
                Ok(text.contains(&*part))
            }
            _ => Ok(false),
        }
    }

    /// What `number()` makes of an expression (§4.4).
    pub(crate) fn number(&self, expr: &'e Expr, focus: Focus) -> Result<f64> {
        self.budget.work(1)?;
        match expr {
            Expr::Number(value) => Ok(*value),
            Expr::Negated(operand) => Ok(-self.number(operand, focus)?),
            Expr::Arithmetic(chain) => {
                let Chain { first, rest } = &**chain;
                let mut value = self.number(first, focus)?;
                for (operator, operand) in rest {
                    value = operator.apply(value, self.number(operand, focus)?);
                }
                Ok(value)
            }
            Expr::Call(function, arguments) if function.result() == Type::Number => {
                self.number_call(*function, arguments, focus)
            }
            Expr::Boolean(_)
            | Expr::Literal(_)
            | Expr::Or(_)
            | Expr::And(_)
            | Expr::Comparison(_)
            | Expr::Union(_)
            | Expr::Path(_)
            | Expr::Call(..) => match expr.ty() {
                Type::Boolean => Ok(f64::from(u8::from(self.truth(expr, focus)?))),
                Type::Nodes | Type::String | Type::Number => {
                    let text = self.string(expr, focus)?;
                    self.parse(&text)
                }
            },
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "positions, counts and lengths are bounded far below 2^52"
    )]
    fn number_call(&self, function: Function, arguments: &'e [Expr], focus: Focus) -> Result<f64> {
        match (function, arguments) {
            (Function::Last, []) => Ok(focus.size as f64),
            (Function::Position, []) => Ok(focus.position as f64),
            (Function::Count, [nodes]) => Ok(self.count(nodes, focus)? as f64),
            (Function::Sum, [nodes]) => self.sum(nodes, focus),
            (Function::StringLength, []) => self.length(&self.value(focus.place)?),
            (Function::StringLength, [text]) => self.length(&self.string(text, focus)?),
            (Function::Number, []) => self.number_of(focus.place),
            (Function::Number, [argument]) => self.number(argument, focus),
            (Function::Floor, [argument]) => Ok(self.number(argument, focus)?.floor()),
            (Function::Ceiling, [argument]) => Ok(self.number(argument, focus)?.ceil()),
            (Function::Round, [argument]) => Ok(number::round(self.number(argument, focus)?)),
            _ => Ok(f64::NAN),
        }
    }

    /// What `string()` makes of an expression (§4.2).
    pub(crate) fn string(&self, expr: &'e Expr, focus: Focus) -> Result<Cow<'e, str>> {
        self.budget.work(1)?;
        match expr {
            Expr::Literal(text) => Ok(Cow::Borrowed(text)),
            Expr::Call(function, arguments) if function.result() == Type::String => {
                self.string_call(*function, arguments, focus)
            }
            Expr::Boolean(_)
            | Expr::Number(_)
            | Expr::Or(_)
            | Expr::And(_)
            | Expr::Comparison(_)
            | Expr::Arithmetic(_)
            | Expr::Negated(_)
            | Expr::Union(_)
            | Expr::Path(_)
            | Expr::Call(..) => match expr.ty() {
                Type::Boolean => Ok(Cow::Borrowed(if self.truth(expr, focus)? { "true" } else { "false" })),
                Type::Number => {
                    self.budget.work(10)?;
                    Ok(Cow::Owned(number::format(self.number(expr, focus)?)))
                }
                Type::Nodes | Type::String => match self.first(expr, focus)? {
                    Some(place) => self.value(place),
                    None => Ok(Cow::Borrowed("")),
                },
            },
        }
    }
}
