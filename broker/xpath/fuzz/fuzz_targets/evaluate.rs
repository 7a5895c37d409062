//! Any expression on a packet like those of the field: no panic, nothing spent beyond the budget, and `matches` says
//! what the value does, however early it stops.
//!
//! The input is the expression; behind a NUL a document can follow that takes the packet's place.
#![no_main]

use bounded_xpath::{Bound, Budget, Context, EvalError, Expression, Index, Limits, Value};
use libfuzzer_sys::fuzz_target;

const PACKET: &str = include_str!("../../examples/packet.xml");

fuzz_target!(|input: &str| {
    let (text, document) = input.split_once('\0').unwrap_or((input, PACKET));
    let Ok(expression) = Expression::compile(text, &Limits::default()) else { return };
    let Ok(document) = roxmltree::Document::parse(document) else { return };
    let index = Index::new(&document);
    let mut budget = Limits::default().budget();
    let value = expression.evaluate(&index, Context::RootElement, &mut budget);
    check_budget(&budget, &value);
    let spent = budget.spent();
    let mut budget = Limits::default().budget();
    let matches = expression.matches(&index, &mut budget);
    assert!(budget.spent() <= Limits::default().work);
    if let (Ok(value), Ok(matches)) = (&value, &matches) {
        assert_eq!(value.to_boolean(), *matches);
        check_value(value);
    }
    // What was enough once is enough again, and one unit less is not.
    if value.is_ok() && spent > 0 {
        let again = |units| expression.evaluate(&index, Context::RootElement, &mut Budget::new(units));
        assert!(again(spent).is_ok());
        assert!(again(spent - 1).is_err());
    }
});

fn check_budget(budget: &Budget, value: &Result<Value<'_, '_>, EvalError>) {
    assert_eq!(budget.spent() + budget.left(), Limits::default().work);
    if let Err(EvalError::OverBudget(Bound::Work(_))) = value {
        assert_eq!(budget.left(), 0);
    }
}

fn check_value(value: &Value<'_, '_>) {
    let (text, number) = (value.to_text(), value.to_number());
    assert!(!value.to_string().is_empty());
    match value {
        Value::Boolean(_) => assert!(text == "true" || text == "false"),
        Value::Number(value) => assert!(value.to_bits() == number.to_bits() || value.is_nan()),
        Value::String(string) => assert_eq!(*string, text),
        Value::Nodes(nodes) => assert!(!nodes.is_empty() || (text.is_empty() && number.is_nan())),
    }
}
