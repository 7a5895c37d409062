//! Any text is compiled or refused: within the limits, without a panic, and with a place inside of the text.
//!
//! The input is the expression.
#![no_main]

use bounded_xpath::{Expression, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Long enough for the parser to meet its other limits.
    let limits = Limits { text_bytes: 64 * 1024, ..Limits::default() };
    match Expression::compile(text, &limits) {
        Ok(expression) => {
            assert_eq!(expression.text(), text);
            assert!(expression.heap_bytes() <= limits.compiled_bytes + text.len());
        }
        Err(error) => {
            assert!((1..=text.chars().count() + 1).contains(&error.position()), "{error}");
            assert!(!error.reason().to_string().is_empty());
        }
    }
});
