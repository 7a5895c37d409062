//! Trials: an expression on a packet, for somebody who wants to see what it does.
//!
//! What a broker would say of it, the value behind that, and how long it took. Nothing is shared or remembered.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bounded_xpath::{Context, EvalError, Expression, Index};
use bytes::Bytes;

use super::limits;
use crate::event::Tree;

/// Evaluations of which the fastest is told: the first finds nothing in the processor's caches.
const TIMES: usize = 5;

/// What an expression said of a packet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    /// Whether the packet would be sent.
    pub(crate) is_match: bool,
    /// The value, in words.
    pub(crate) value: String,
    /// How long the evaluation took, without parsing.
    pub(crate) took: Duration,
}

/// Why it said nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TrialError {
    /// The packet cannot be read.
    #[error("not a packet: {0}")]
    Packet(String),
    /// The evaluation was broken off; a broker takes it for no match.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
}

/// Tries an expression on a packet's bytes.
pub(crate) fn try_out(expression: &Expression, packet: &Bytes) -> Result<Trial, TrialError> {
    Tree::read(packet).map_err(TrialError::Packet)?.with_index(|index| {
        let (is_match, mut took) = timed(expression, index)?;
        for _ in 1..TIMES {
            took = timed(expression, index)?.1.min(took);
        }
        let value = expression.evaluate(index, Context::RootElement, &mut limits().budget())?;
        Ok(Trial { is_match, value: value.to_string(), took })
    })
}

/// Whether one of some expressions matches a packet's bytes; so does what costs too much to tell.
pub(crate) fn any_matches(expressions: &[Expression], packet: &Bytes) -> Result<bool, TrialError> {
    Tree::read(packet).map_err(TrialError::Packet)?.with_index(|index| {
        Ok(expressions.iter().any(|one| one.matches(index, &mut limits().budget()).unwrap_or(true)))
    })
}

fn timed(expression: &Expression, index: &Index<'_, '_>) -> Result<(bool, Duration), EvalError> {
    let start = Instant::now();
    let is_match = black_box(expression.matches(index, &mut limits().budget())?);
    Ok((is_match, start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::check;

    #[test]
    fn a_trial_tells_the_verdict_and_the_value_behind_it() {
        let packet =
            Bytes::from_static(b"<VOEvent role='test'><What><Param name='a' value='7'/></What></VOEvent>");
        let trial =
            |text: &str| try_out(&check(text).unwrap(), &packet).map(|trial| (trial.is_match, trial.value));
        assert_eq!(trial("//Param/@value + 1"), Ok((true, "8".to_owned())));
        assert_eq!(trial("//Param/@value - 7"), Ok((false, "0".to_owned())));
        assert_eq!(trial("@role"), Ok((true, "1 node: @role=\"test\"".to_owned())));
        assert!(matches!(
            try_out(&check("1").unwrap(), &Bytes::from_static(b"<a>")),
            Err(TrialError::Packet(_))
        ));
    }

    #[test]
    fn one_expression_that_matches_is_enough() {
        let expressions = ["//Who", "//What"].map(|text| check(text).unwrap());
        let any_matches =
            |packet: &'static str| any_matches(&expressions, &Bytes::from_static(packet.as_bytes()));
        assert_eq!(any_matches("<VOEvent><What/></VOEvent>"), Ok(true));
        assert_eq!(any_matches("<VOEvent><Why/></VOEvent>"), Ok(false));
    }
}
