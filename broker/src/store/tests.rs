//! What the store promises, through its public edge.
//!
//! A [`Running`] store has its writer on a thread and a clock that only moves when told to. It can be closed in
//! order, or copied while it runs: opening the copy is what a power cut right after the last answer leaves.

mod damage;
mod folder;
mod full_disk;
mod log;
mod model;
mod records;
mod retention;
mod signs;
mod snapshot;
mod span;
mod tail;

use super::{
    Clock, CommitError, Committed, CursorName, Draft, Entry, Limit, MediaType, Reading, Seq, Store,
    StoreOptions, Submission, evidence::copy_sparsely,
};
use bytes::Bytes;
use jiff::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use vtp::Digest;

const ALL: Limit = Limit { entries: usize::MAX, bytes: usize::MAX };
const DAY: Duration = Duration::from_secs(86_400);

struct Running {
    store: Store,
    runtime: Runtime,
    stop: CancellationToken,
    writer: Option<JoinHandle<()>>,
}

impl Running {
    fn open(folder: &Path) -> Self {
        Self::open_with(folder, &StoreOptions::default())
    }

    fn open_with(folder: &Path, options: &StoreOptions) -> Self {
        let (store, writer) = Store::open(folder, options).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let stop = CancellationToken::new();
        let token = stop.clone();
        let writer = std::thread::Builder::new().spawn(move || writer.run(token)).unwrap();
        Self { store, runtime, stop, writer: Some(writer) }
    }

    fn submit(&self, submission: Submission) -> Result<Committed, CommitError> {
        self.runtime.block_on(self.store.submitter().commit(submission))
    }

    fn commit(&self, text: &str) -> Committed {
        self.submit(Submission::event(draft(text))).unwrap()
    }

    /// Submits all before the first answer is awaited, so that they fall into few groups.
    fn commit_together(&self, submissions: Vec<Submission>) -> Vec<Committed> {
        let submitter = self.store.submitter();
        self.runtime.block_on(async {
            let mut receipts = Vec::new();
            for submission in submissions {
                receipts.push(submitter.send(submission).await.unwrap());
            }
            let mut answers = Vec::new();
            for receipt in receipts {
                answers.push(receipt.await.unwrap());
            }
            answers
        })
    }

    fn log(&self) -> Vec<Arc<Entry>> {
        self.store.read_after(Seq::START, ALL).unwrap()
    }

    fn places(&self) -> Vec<u64> {
        self.log().iter().map(|entry| entry.seq.0).collect()
    }

    fn close(self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.writer.take().unwrap().join().unwrap();
    }
}

/// A clock that stands still until a test moves it.
#[derive(Clone)]
struct TestClock(Arc<Mutex<Reading>>);

impl TestClock {
    fn at(wall: &str) -> Self {
        let reading = Reading { wall: wall.parse().unwrap(), uptime: Duration::ZERO };
        Self(Arc::new(Mutex::new(reading)))
    }

    /// Lets time pass, as both clocks see it, in steps that no one takes for a jump.
    fn pass(&self, time: Duration) {
        let mut reading = self.0.lock().unwrap();
        reading.wall = reading.wall.checked_add(time).unwrap();
        reading.uptime += time;
    }

    /// Sets the wall clock, which the uptime knows nothing of.
    fn jump(&self, wall: &str) {
        self.0.lock().unwrap().wall = wall.parse().unwrap();
    }

    fn clock(&self) -> Clock {
        let shared = self.0.clone();
        Clock::new(move || *shared.lock().unwrap())
    }
}

/// An event of its own for each text; those that begin alike up to a `/` share their IVOID.
fn draft(text: &str) -> Draft {
    let name = text.split('/').next().unwrap_or(text);
    Draft {
        source: "author 192.0.2.1:4711".into(),
        media_type: MediaType::VoeventXml,
        digest: Digest::of(text.as_bytes()),
        ivoid: format!("ivo://org.test/stream#{name}").into(),
        role: "observation".into(),
        is_flagged: false,
        is_imported: false,
        hops: 0,
        bytes: Bytes::from(text.to_owned()),
    }
}

fn imported(text: &str) -> Submission {
    Submission::event(Draft { is_imported: true, ..draft(text) })
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Copies a folder as a kill would leave it, once the database does nothing in the background.
fn copy(from: &Path) -> TempDir {
    loop {
        let (before, to) = (listing(from), folder());
        if copy_into(from, to.path()).is_ok() && listing(from) == before {
            return to;
        }
    }
}

/// Copies the files of a folder, then its folders: the mark before the journal that it must not be ahead of.
fn copy_into(from: &Path, to: &Path) -> io::Result<()> {
    let mut paths = fs::read_dir(from)?.map(|item| Ok(item?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort_by_key(|path| path.is_dir());
    for path in paths {
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&target)?;
            copy_into(&path, &target)?;
        } else {
            copy_sparsely(&path, &target)?;
        }
    }
    Ok(())
}

fn listing(folder: &Path) -> Vec<(PathBuf, Option<SystemTime>)> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        found.push((item.path(), item.metadata().and_then(|metadata| metadata.modified()).ok()));
        found.extend(listing(&item.path()));
    }
    found.sort();
    found
}

/// Waits until a condition holds, and fails the test when it does not come to.
fn eventually(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "the condition did not come to hold");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn new(seq: u64) -> Committed {
    Committed::New { seq: Seq(seq), conflict: false }
}
