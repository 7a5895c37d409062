//! The engine: an expression compiled, and evaluated on packets. Alone knows how xee is called.
//!
//! The engine panics where it is not finished. That is a fault like others: what it worked on is thrown away.

use std::panic::{AssertUnwindSafe, catch_unwind};

use xee_xpath::context::{StaticContextBuilder, Variables};
use xee_xpath::error::{Error, ErrorValue};
use xee_xpath::query::{Query as _, SequenceQuery};
use xee_xpath::{Documents, Item, Queries, Sequence};
use xot::Node;
use xot::xmlname::OwnedName;

use super::fault::Fault;

/// Prefixes that expressions may use: the root element is the only one in a namespace.
const NAMESPACES: [(&str, &str); 3] = [
    ("voe", "http://www.ivoa.net/xml/VOEvent/v2.0"),
    ("voe11", "http://www.ivoa.net/xml/VOEvent/v1.1"),
    ("voe21", "http://www.ivoa.net/xml/VOEvent/v2.1"),
];

/// An expression, compiled.
#[derive(Debug)]
pub(super) struct Expression {
    query: SequenceQuery,
    variables: Vec<OwnedName>,
}

impl Expression {
    /// Compiles an expression that may use these variables.
    pub(super) fn compile(text: &str, variables: &[&str]) -> Result<Self, Fault> {
        let name = |name: &&str| OwnedName::new((*name).to_owned(), String::new(), String::new());
        let variables: Vec<OwnedName> = variables.iter().map(name).collect();
        let mut context = StaticContextBuilder::default();
        context.namespaces(NAMESPACES).variable_names(variables.clone());
        let query = guarded(|| Queries::new(context).sequence(text))?;
        Ok(Self { query, variables })
    }

    /// Evaluates it; values stand in the order of the variables.
    pub(super) fn evaluate(
        &self,
        documents: &mut Documents,
        context: Option<Item>,
        values: impl IntoIterator<Item = Sequence>,
    ) -> Result<Sequence, Fault> {
        let variables: Variables = self.variables.iter().cloned().zip(values).collect();
        guarded(|| {
            self.query.execute_build_context(documents, |builder| {
                builder.variables(variables);
                if let Some(item) = context {
                    builder.context_item(item);
                }
            })
        })
    }
}

/// Adds a packet to documents: its root element.
pub(super) fn add(documents: &mut Documents, packet: &str) -> Result<Node, Fault> {
    let handle = documents.add_string_without_uri(packet).map_err(Fault::packet)?;
    let document = documents.document_node(handle);
    let root = document.and_then(|document| documents.xot().document_element(document).ok());
    root.ok_or_else(|| Fault::packet("it has no root element"))
}

/// Calls the engine, whose panics are faults.
fn guarded<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(fault),
        Err(panic) => {
            let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Fault::engine(format!("the XPath engine gave up: {words}")))
        }
    }
}

fn fault(error: Error) -> Fault {
    let place = error.span.map(|span| (span.range().start, span.range().end));
    let words = if error.error == ErrorValue::StackOverflow {
        "it calls itself too often"
    } else if error.error == ErrorValue::Unsupported {
        "the XPath engine does not know this yet"
    } else {
        error.error.message()
    };
    let words = words.to_owned();
    Fault { code: error.error.code(), words, place }
}

impl From<ErrorValue> for Fault {
    fn from(error: ErrorValue) -> Self {
        fault(error.into())
    }
}
