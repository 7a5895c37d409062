//! XPath on an event, for expressions that a handler made.
//!
//! Compiled and evaluated within the bounds of a subscriber's filter; nothing is remembered.

use bounded_xpath::{CompileError, Context, EvalError, Index, Node, Value};

use crate::filter;

/// Most nodes of an answer.
pub const MAX_ANSWER_NODES: usize = 1_000;
/// Most bytes of all their values.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// What an expression came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// True or false.
    Boolean(bool),
    /// A number; it may be NaN.
    Number(f64),
    /// A text.
    Text(String),
    /// The string-values of the nodes, in document order, no more than [`MAX_ANSWER_NODES`].
    Nodes(Vec<String>),
}

/// Why an expression came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It is no expression.
    #[error("{0}")]
    Expression(CompileError),
    /// It costs too much.
    #[error("{0}")]
    Evaluation(EvalError),
    /// Its answer is too long.
    #[error("the answer is longer than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
}

pub(super) fn evaluate(index: &Index<'_, '_>, expression: &str) -> Result<Answer, QueryError> {
    let expression = filter::check(expression).map_err(QueryError::Expression)?;
    let value = expression
        .evaluate(index, Context::RootElement, &mut filter::limits().budget())
        .map_err(QueryError::Evaluation)?;
    Ok(match value {
        Value::Boolean(value) => Answer::Boolean(value),
        Value::Number(value) => Answer::Number(value),
        Value::String(value) => Answer::Text(value),
        Value::Nodes(nodes) => Answer::Nodes(values(&nodes)?),
    })
}

/// The values of the nodes. Nested ones repeat their text: a thousand times the packet's, if nobody counted.
fn values(nodes: &[Node<'_, '_>]) -> Result<Vec<String>, QueryError> {
    let mut room = MAX_ANSWER_BYTES;
    let mut values = Vec::new();
    for node in nodes.iter().take(MAX_ANSWER_NODES) {
        let value = node.value();
        room = room.checked_sub(value.len()).ok_or(QueryError::TooLong)?;
        values.push(value);
    }
    Ok(values)
}
