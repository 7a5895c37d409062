//! A compiled expression: what this crate is for, in one type.

use roxmltree::NodeId;

use crate::ast::{Expr, Type};
use crate::budget::{Budget, EvalError};
use crate::error::CompileError;
use crate::eval::{Evaluator, Focus};
use crate::node::Place;
use crate::{Index, Limits, Value, parser};

/// An expression of XPath 1.0, checked and ready to be evaluated on any document, by any thread.
#[derive(Debug)]
pub struct Expression {
    text: Box<str>,
    expr: Expr,
}

/// The node at which an expression is evaluated; its position and the size of the context are 1 (§1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Context {
    /// The outermost element.
    #[default]
    RootElement,
    /// Some node of the tree.
    Node(NodeId),
}

impl Expression {
    /// Reads and checks an expression.
    ///
    /// # Errors
    /// A [`CompileError`] that says what is wrong and where: the grammar (§3), a name that is not bound, a type that
    /// cannot be converted, or one of the [`Limits`].
    pub fn compile(text: &str, limits: &Limits) -> Result<Self, CompileError> {
        Ok(Self { expr: parser::parse(text, limits)?, text: text.into() })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it holds on the heap, in bytes; `size_of::<Expression>()` comes on top.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.text.len() + self.expr.heap_bytes()
    }

    /// Whether the expression is true of a document: `boolean()` of its value at the root element (§4.3).
    ///
    /// That is often known before the value is: at the first node of a set, at the first operand of an `or`.
    ///
    /// # Errors
    /// An [`EvalError`] if it costs more than the budget has left.
    pub fn matches(&self, index: &Index<'_, '_>, budget: &mut Budget) -> Result<bool, EvalError> {
        Evaluator::new(index, budget).truth(&self.expr, focus(index, Context::RootElement))
    }

    /// The value of the expression at a node.
    ///
    /// # Errors
    /// An [`EvalError`] if it costs more than the budget has left.
    pub fn evaluate<'a, 'input>(
        &self,
        index: &Index<'a, 'input>,
        context: Context,
        budget: &mut Budget,
    ) -> Result<Value<'a, 'input>, EvalError> {
        let evaluator = Evaluator::new(index, budget);
        let focus = focus(index, context);
        Ok(match self.expr.ty() {
            Type::Boolean => Value::Boolean(evaluator.truth(&self.expr, focus)?),
            Type::Number => Value::Number(evaluator.number(&self.expr, focus)?),
            Type::String => Value::String(evaluator.string(&self.expr, focus)?.into_owned()),
            Type::Nodes => {
                let places = evaluator.nodes(&self.expr, focus)?;
                Value::Nodes(places.into_iter().filter_map(|place| place.node(index)).collect())
            }
        })
    }
}

fn focus(index: &Index<'_, '_>, context: Context) -> Focus {
    let id = match context {
        Context::RootElement => index.document().root_element().id(),
        Context::Node(id) => id,
    };
    Focus::on(Place::tree(id.get()))
}
