//! What a worker does: orders in, answers out, until its parent closes the link.

use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::net::UnixStream;

use xee_xpath::{Documents, Item, Sequence};

use super::engine::{Expression, add};
use super::fault::Fault;
use super::order::{self, Answer, FRAME_BYTES, Head, Order, Over, Task};
use super::unpack::Unpack;
use super::value::{Kind, Value};
use crate::event;

/// What the broker knows of an event, by name.
const OF_EACH: [&str; 6] = ["seq", "received", "ivoid", "stream", "role", "source"];
/// What is evaluated over all.
const OF_ALL: [&str; 1] = ["events"];
const OF_RESULTS: [&str; 1] = ["results"];

/// Does what the other end orders, until that closes.
///
/// # Errors
/// The link broke; nobody is left to be told.
pub(crate) fn work(link: &UnixStream) -> io::Result<()> {
    let mut orders = BufReader::new(link);
    let mut answers = BufWriter::new(link);
    let Some(Order::Begin(task)) = order::read(&mut orders)? else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let begun = Work::begin(task);
    order::write(
        &mut answers,
        &begun.as_ref().map_or_else(|fault| Answer::Failed(fault.clone()), |_| Answer::Ready),
    )?;
    answers.flush()?;
    let Ok(mut work) = begun else { return Ok(()) };
    while let Some(order) = order::read(&mut orders)? {
        let done = match order {
            Order::Event(head) => {
                let packet = order::read_frame(&mut orders)?.unwrap_or_default();
                work.event(&head, &packet, &mut answers)?
            }
            Order::Result(values) => {
                work.keep(&values);
                continue;
            }
            Order::Evaluate => work.evaluate(&mut answers)?,
            Order::Begin(_) => return Err(io::ErrorKind::InvalidData.into()),
        };
        order::write(&mut answers, &done.map_or_else(Answer::Failed, |()| Answer::Done))?;
        answers.flush()?;
    }
    Ok(())
}

/// A task, and what was kept for it.
struct Work {
    over: Over,
    expression: Expression,
    unpack: Unpack,
    documents: Documents,
    kept: Vec<Item>,
    /// What went wrong where nobody waited for an answer.
    trouble: Option<Fault>,
}

impl Work {
    fn begin(task: Task) -> Result<Self, Fault> {
        let variables: &[&str] = match task.over {
            Over::Each => &OF_EACH,
            Over::All => &OF_ALL,
            Over::Results => &OF_RESULTS,
        };
        Ok(Self {
            over: task.over,
            expression: Expression::compile(&task.expression, variables)?,
            unpack: Unpack::new(&task.expression, task.values_only)?,
            documents: Documents::new(),
            kept: Vec::new(),
            trouble: None,
        })
    }

    /// Evaluates the expression on an event, or keeps that.
    fn event(&mut self, head: &Head, packet: &[u8], to: &mut impl Write) -> io::Result<Result<(), Fault>> {
        let Ok(packet) = std::str::from_utf8(packet) else { return Err(io::ErrorKind::InvalidData.into()) };
        if self.over == Over::All {
            return Ok(add(&mut self.documents, packet).map(|root| self.kept.push(Item::Node(root))));
        }
        let mut documents = Documents::new();
        let result = self.on_event(&mut documents, head, packet);
        result.map_or_else(|fault| Ok(Err(fault)), |result| self.tell(&mut documents, &result, to))
    }

    fn on_event(&mut self, documents: &mut Documents, head: &Head, packet: &str) -> Result<Sequence, Fault> {
        let root = add(documents, packet)?;
        let received = self.unpack.atomic(documents, Kind::DateTime, &head.received)?;
        let seq = self.unpack.atomic(documents, Kind::Integer, &head.seq.to_string())?;
        let [ivoid, stream, role, source] =
            [&*head.ivoid, event::stream(&head.ivoid), &*head.role, &*head.source].map(Item::from);
        let known = [seq, received, ivoid, stream, role, source].map(Sequence::from);
        self.expression.evaluate(documents, Some(Item::Node(root)), known)
    }

    /// Keeps what another expression came to.
    fn keep(&mut self, values: &[Value]) {
        for value in values {
            match self.unpack.item(&mut self.documents, value) {
                Ok(item) => self.kept.push(item),
                Err(fault) => self.trouble = self.trouble.take().or(Some(fault)),
            }
        }
    }

    /// Evaluates the expression on all that was kept.
    fn evaluate(&mut self, to: &mut impl Write) -> io::Result<Result<(), Fault>> {
        if let Some(fault) = self.trouble.take() {
            return Ok(Err(fault));
        }
        let kept = Sequence::from(std::mem::take(&mut self.kept));
        let mut documents = std::mem::take(&mut self.documents);
        let result = self.expression.evaluate(&mut documents, None, [kept]);
        result.map_or_else(|fault| Ok(Err(fault)), |result| self.tell(&mut documents, &result, to))
    }

    /// Tells a result, an item at a time.
    fn tell(
        &self,
        documents: &mut Documents,
        result: &Sequence,
        to: &mut impl Write,
    ) -> io::Result<Result<(), Fault>> {
        for item in result.iter() {
            let value = match self.unpack.value(documents, item) {
                Ok(value) => value,
                Err(fault) => return Ok(Err(fault)),
            };
            let answer = serde_json::to_vec(&Answer::Item(value))?;
            if answer.len() > FRAME_BYTES {
                return Ok(Err(Fault::engine(format!(
                    "a value of the result is longer than {FRAME_BYTES} bytes"
                ))));
            }
            order::write_frame(to, &answer)?;
        }
        Ok(Ok(()))
    }
}
