//! lxml, the XPath engine of Comet, as an oracle: a Python process that answers as long as it is held.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Peers;

/// A running lxml. Dropping it ends the process.
#[derive(Debug)]
pub struct Lxml {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Lxml {
    /// Starts the process.
    ///
    /// # Errors
    /// The peers cannot be installed or started.
    pub fn start() -> Result<Self> {
        let mut command = Peers::get()?.script("xpath_lxml.py");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().context("it has no output")?);
        Ok(Self { process, questions, answers })
    }

    /// The verdicts on all expressions at the root element of a document, as `xpath_lxml.py` describes them.
    ///
    /// # Errors
    /// The document is not well-formed, or the process has ended.
    pub fn evaluate(&mut self, document: &str, expressions: &[String]) -> Result<Vec<Value>> {
        let question = json!({ "document": document, "expressions": expressions });
        let questions = self.questions.as_mut().context("the process has ended")?;
        writeln!(questions, "{question}").and_then(|()| questions.flush()).context("cannot ask lxml")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        serde_json::from_str(&answer).with_context(|| format!("lxml has no answer on {document}"))
    }
}

impl Drop for Lxml {
    fn drop(&mut self) {
        drop(self.questions.take()); // It ends with its input.
        let _ = self.process.wait();
    }
}
