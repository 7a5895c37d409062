//! The crew: workers that do one task, and their answers in the order of the events.
//!
//! Events go to the workers in turn, and answers are taken in turn, so that they are in order and nothing is kept but what
//! is on its way. It cannot lock up: the answer that is waited for is of an event that was handed over before any that a
//! worker may not have taken yet.

use std::io;
use std::process::Command;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use super::fault::Fault;
use super::feed::{Fed, feed};
use super::order::{Answer, Head, Order, Task};
use super::trouble::{During, Trouble};
use super::value::Value;
use super::worker::{Bounds, Worker};
use crate::lifecycle::start_thread;
use crate::store::Entry;

/// How many events may be on their way.
const UNDER_WAY: usize = 1_024;

/// Workers that have compiled an expression. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Crew {
    task: Task,
    bounds: Bounds,
    workers: Vec<Worker>,
}

/// What is told of a query.
#[derive(Debug)]
pub(crate) enum Told<'a> {
    /// An item of what the expression came to, on an event or over all.
    Item(Option<&'a Head>, Value),
    /// The expression failed on an event.
    Failed(&'a Head, Fault),
    /// An event is done.
    Done,
}

/// Whoever is told; its error ends the query.
type Tell<'a> = &'a mut dyn FnMut(Told<'_>) -> io::Result<()>;

impl Crew {
    /// Starts so many workers, and has them compile the expression.
    ///
    /// # Errors
    /// A [`Trouble`], above all that the expression is none.
    pub(crate) fn start(
        count: usize,
        command: impl Fn() -> Command,
        task: Task,
        bounds: Bounds,
    ) -> Result<Self, Trouble> {
        let mut workers = Vec::with_capacity(count);
        for _ in 0..count {
            let mut worker = Worker::start(command()).map_err(Trouble::System)?;
            worker.order(&Order::Begin(task.clone()), During::Compiling)?;
            workers.push(worker);
        }
        for worker in &mut workers {
            let mut spent = Duration::ZERO;
            match worker.answer(|| During::Compiling, &bounds, &mut spent)? {
                Answer::Failed(fault) => return Err(Trouble::Refused { expression: task.expression, fault }),
                Answer::Ready => {}
                Answer::Item(_) | Answer::Done => return Err(no_answer()),
            }
        }
        Ok(Self { task, bounds, workers })
    }

    /// Hands all events to the workers and tells what comes of each, in order. Gives back what the events came from, and
    /// why there were no more if that failed.
    ///
    /// # Errors
    /// A [`Trouble`]; the workers have ended.
    pub(crate) fn feed<I, E>(&mut self, events: I, tell: Tell<'_>) -> Result<(I, Option<E>), Trouble>
    where
        I: Iterator<Item = Result<Entry, E>> + Send + 'static,
        E: Send + 'static,
    {
        let links = self.workers.iter().map(Worker::link).collect::<io::Result<Vec<_>>>();
        let links = links.map_err(Trouble::System)?;
        let (word, words) = sync_channel(UNDER_WAY);
        let feeding = start_thread("feed", move || feed(events, &links, &word)).map_err(Trouble::System)?;
        let ended = self.take(&words, tell);
        if ended.is_err() {
            self.workers.clear();
        }
        // Nobody takes words any more, and where there is trouble there are no workers either: it has ended, or does now.
        drop(words);
        let _ = feeding.join();
        ended
    }

    /// Takes the answers to all that is fed.
    fn take<I, E>(&mut self, words: &Receiver<Fed<I, E>>, tell: Tell<'_>) -> Result<(I, Option<E>), Trouble> {
        loop {
            match words.recv() {
                Ok(Fed::Event(head, at)) => self.answers(Some(&head), at, tell)?,
                Ok(Fed::Unreadable(head, fault)) => {
                    tell(Told::Failed(&head, fault))
                        .and_then(|()| tell(Told::Done))
                        .map_err(Trouble::Output)?;
                }
                Ok(Fed::End(events, error)) => return Ok((events, error)),
                // The feed tells of its end, whatever that is.
                Err(_) => return Err(no_answer()),
            }
        }
    }

    /// Takes a result of another expression, for [`Crew::evaluate`].
    ///
    /// # Errors
    /// A [`Trouble`].
    pub(crate) fn keep(&mut self, values: Vec<Value>) -> Result<(), Trouble> {
        self.first()?.order(&Order::Result(values), During::All)
    }

    /// Has one worker evaluate the expression over all that it was given.
    ///
    /// # Errors
    /// A [`Trouble`].
    pub(crate) fn evaluate(&mut self, tell: Tell<'_>) -> Result<(), Trouble> {
        self.first()?.order(&Order::Evaluate, During::All)?;
        self.answers(None, 0, tell)
    }

    /// The one that works on all at once.
    fn first(&mut self) -> Result<&mut Worker, Trouble> {
        self.workers.first_mut().ok_or_else(no_answer)
    }

    /// Takes what a worker answers to an order.
    fn answers(&mut self, head: Option<&Head>, at: usize, tell: Tell<'_>) -> Result<(), Trouble> {
        let worker = self.workers.get_mut(at).ok_or_else(no_answer)?;
        let during = || head.map_or(During::All, |head| During::Event(head.seq, head.ivoid.clone()));
        let mut spent = Duration::ZERO;
        let told = loop {
            match worker.answer(during, &self.bounds, &mut spent)? {
                Answer::Item(value) => tell(Told::Item(head, value)).map_err(Trouble::Output)?,
                Answer::Done => break Ok(()),
                Answer::Failed(fault) => match head {
                    Some(head) => break tell(Told::Failed(head, fault)),
                    None => return Err(Trouble::Failed { expression: self.task.expression.clone(), fault }),
                },
                Answer::Ready => return Err(no_answer()),
            }
        };
        let done = told.and_then(|()| if head.is_some() { tell(Told::Done) } else { Ok(()) });
        done.map_err(Trouble::Output)
    }
}

fn no_answer() -> Trouble {
    Trouble::System(io::Error::other("what the process says is no answer"))
}
