//! Workers with handlers that are closures, over a real store.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use vtp::Digest;

use super::*;
use crate::filter::{Asked, Filters, Selection};
use crate::host::{
    CallFailure, EventInHand, Level, LogLine, Metric, MetricChange, Outcome, StateChange, StateValue,
    StateView,
};
use crate::lifecycle::Stage;
use crate::store::{CursorName, Draft, Limit, MediaType, Seq, Store, StoreOptions, Submission};

mod failures;
mod order;
mod state;

/// A store with its writer, and a pipeline.
struct Bench {
    store: Store,
    pipeline: Pipeline,
    stage: Stage,
    filters: Filters,
    closing: CancellationToken,
    writer: Option<JoinHandle<()>>,
}

impl Bench {
    fn open(folder: &Path) -> Self {
        let (store, writer) = Store::open(folder, &StoreOptions::default()).unwrap();
        let closing = CancellationToken::new();
        let token = closing.clone();
        let writer = std::thread::Builder::new().spawn(move || writer.run(token)).unwrap();
        let (stage, filters) = (Stage::new("handlers"), Filters::start().unwrap());
        let pipeline = Pipeline::new(&store, &filters, stage.clone());
        Self { store, pipeline, stage, filters, closing, writer: Some(writer) }
    }

    /// Commits events with these numbers.
    async fn submit(&self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            self.store.submitter().commit(Submission::event(draft(number))).await.unwrap();
        }
    }

    /// Commits the same as history.
    async fn import(&self, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            let draft = Draft { is_imported: true, ..draft(number) };
            self.store.submitter().commit(Submission::event(draft)).await.unwrap();
        }
    }

    async fn start(&self, handle: impl Handle + 'static, begin: Begin) -> Running {
        self.start_as("a", active(handle), begin).await
    }

    async fn start_as(&self, name: &str, active: Active, begin: Begin) -> Running {
        self.pipeline.start(name, active, begin).await.unwrap()
    }

    /// The place that is kept of a handler.
    fn place(&self, handler: &str) -> u64 {
        let kept = self.store.cursor(&CursorName::new(&format!("handler {handler}"))).unwrap();
        kept.unwrap().parse().unwrap()
    }

    /// Waits until a worker has committed a place.
    async fn reach(&self, running: &Running, place: u64) {
        eventually(|| running.progress.counts().place >= place).await;
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.closing.cancel();
        self.writer.take().unwrap().join().unwrap();
    }
}

fn draft(number: u64) -> Draft {
    let packet = packet(number);
    Draft {
        source: "test".into(),
        media_type: MediaType::VoeventXml,
        digest: Digest::of(&packet),
        ivoid: format!("ivo://philae.test/s#{number}").into(),
        role: if number.is_multiple_of(2) { "test" } else { "observation" }.into(),
        is_flagged: false,
        is_imported: false,
        hops: 0,
        bytes: packet,
    }
}

/// A packet that an author could submit.
fn packet(number: u64) -> Bytes {
    format!(
        "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='observation' \
         ivorn='ivo://philae.test/s#{number}'><What><Param name='n' value='{number}'/></What></v:VOEvent>"
    )
    .into()
}

/// A handler that is a function.
struct Function<F>(F);

impl<F> Handle for Function<F>
where
    F: Fn(&EventInHand, &dyn StateView) -> Outcome + Send + Sync,
{
    fn revision(&self) -> String {
        "r".to_owned()
    }

    fn handle<'a>(&'a self, event: &'a EventInHand, state: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        async move {
            // Gives others a turn, as a guest does.
            tokio::task::yield_now().await;
            (self.0)(event, &*state)
        }
        .boxed()
    }
}

fn active(handle: impl Handle + 'static) -> Active {
    let retry =
        Retry { attempts: 3, first_wait: Duration::from_millis(1), longest_wait: Duration::from_millis(2) };
    Active { handle: Arc::new(handle), wants: Wants::default(), retry, concurrency: 1 }
}

fn done() -> Outcome {
    outcome(Ok(()), Duration::ZERO)
}

fn failed(failure: CallFailure) -> Outcome {
    outcome(Err(failure), Duration::ZERO)
}

/// A handler that notes the numbers of the events that it is called for.
fn noting() -> (Arc<Mutex<Vec<u64>>>, impl Handle) {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let notes = noted.clone();
    let handle = Function(move |event: &EventInHand, _: &dyn StateView| {
        notes.lock().unwrap().push(event.seq);
        done()
    });
    (noted, handle)
}

async fn eventually(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "the condition did not come to hold");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
