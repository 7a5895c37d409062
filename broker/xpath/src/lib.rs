//! XPath 1.0 for expressions that strangers wrote.
//!
//! The whole language of the [recommendation](https://www.w3.org/TR/1999/REC-xpath-19991116/) over
//! [`roxmltree`], compiled once and evaluated on any number of documents by any number of threads. Whatever the
//! expression and the document, compiling ends within [`Limits`] and evaluating within a [`Budget`], and neither
//! overflows the stack. Results are those of libxml2; the README names the exceptions. Reading XML is left to
//! `roxmltree`. References such as §3.4 are to sections of the recommendation.
//!
//! ```text
//! text ──▶ lexer ──▶ parser ──▶ ast ─┐
//!                                    ├──▶ eval: axes, functions ──▶ Value, or over Budget
//! roxmltree::Document ──▶ Index ─────┘
//! ```
//!
//! ```
//! use bounded_xpath::{Expression, Index, Limits};
//!
//! let limits = Limits::default();
//! let filter = Expression::compile("//Param[@name='SC_Lat' and @value > 600]", &limits).unwrap();
//!
//! let packet = "<What><Param name='SC_Lat' value='610.5'/></What>";
//! let document = roxmltree::Document::parse(packet).unwrap();
//! let index = Index::new(&document);
//! assert_eq!(filter.matches(&index, &mut limits.budget()), Ok(true));
//!
//! let error = Expression::compile("//Param[@name='SC_Lat'", &limits).unwrap_err();
//! assert_eq!(error.to_string(), "at character 23: expected ']', found end of expression");
//! ```
#![forbid(unsafe_code)]

mod ast;
mod axes;
mod budget;
mod error;
mod eval;
mod expression;
mod functions;
mod index;
mod lexer;
mod limits;
mod node;
mod number;
mod parser;
mod value;

pub use budget::{Bound, Budget, EvalError};
pub use error::{CompileError, Reason};
pub use expression::{Context, Expression};
pub use index::Index;
pub use limits::Limits;
pub use node::Node;
pub use value::Value;
