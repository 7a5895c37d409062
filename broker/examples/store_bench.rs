//! What the store costs on this disk, beside what the disk itself costs.
//!
//! ```text
//! store_bench rates FOLDER      the disk's own syncs, then commits from 1 and from 64 submitters, of 4 kB each
//! store_bench fill FOLDER N     N entries of 500 bytes, then a kill (add `close` for an orderly end)
//! store_bench open FOLDER       the time to open, and to the first commit
//! store_bench memory FOLDER     resident memory: idle, and after 150 events of 90 kB
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench has nobody to report to but its user")]

use bytes::Bytes;
use philae::store::{Committed, Draft, MediaType, Store, StoreOptions, Submission, Submitter};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, task::JoinSet};
use tokio_util::sync::CancellationToken;
use vtp::Digest;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    match arguments.as_slice() {
        ["rates", folder] => rates(&runtime, Path::new(folder)),
        ["fill", folder, count] => fill(&runtime, Path::new(folder), count.parse().unwrap(), false),
        ["fill", folder, count, "close"] => fill(&runtime, Path::new(folder), count.parse().unwrap(), true),
        ["open", folder] => open(&runtime, Path::new(folder)),
        ["memory", folder] => memory(&runtime, Path::new(folder)),
        _ => println!("store_bench rates|fill|open|memory FOLDER [N [close]]"),
    }
}

/// An open store whose writer runs.
struct Running {
    store: Store,
    stop: CancellationToken,
    writer: JoinHandle<()>,
}

impl Running {
    fn open(folder: &Path) -> Self {
        let (store, writer) = Store::open(folder, &StoreOptions::default()).expect("the store opens");
        let stop = CancellationToken::new();
        let token = stop.clone();
        let writer = std::thread::Builder::new().spawn(move || writer.run(token)).unwrap();
        Self { store, stop, writer }
    }

    fn close(self) {
        self.stop.cancel();
        self.writer.join().unwrap();
    }
}

fn rates(runtime: &Runtime, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let running = Running::open(&folder.join("store"));
    println!("places before: {}", running.store.head());
    for _ in 0..3 {
        let disk = disk_rate(folder, 300);
        let (one, _) = commit_rate(runtime, &running.store, 1, 300);
        println!("syncs {disk:.0}/s, commits by one {one:.0}/s, {:.2} of the disk", one / disk);
    }
    for submitters in [8, 64, 256] {
        let (rate, cost) = commit_rate(runtime, &running.store, submitters, 20_000);
        println!("commits by {submitters}: {rate:.0}/s, {:.1} us of CPU each", cost.as_secs_f64() * 1e6);
    }
    println!("memory: {}", resident());
    running.close();
}

fn disk_rate(folder: &Path, count: u32) -> f64 {
    let mut file = File::create(folder.join("disk")).unwrap();
    let start = Instant::now();
    for _ in 0..count {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Commits a second, and the processor time of each.
fn commit_rate(runtime: &Runtime, store: &Store, submitters: u32, count: u32) -> (f64, Duration) {
    let drafts: Vec<Vec<Draft>> =
        (0..submitters).map(|_| (0..count / submitters).map(|_| draft(4096)).collect()).collect();
    let (start, busy) = (Instant::now(), cpu());
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for drafts in drafts {
            tasks.spawn(submit_all(store.submitter(), drafts));
        }
        tasks.join_all().await;
    });
    (f64::from(count) / start.elapsed().as_secs_f64(), (cpu() - busy) / count)
}

async fn submit_all(submitter: Submitter, drafts: Vec<Draft>) {
    for draft in drafts {
        submitter.commit(Submission::event(draft)).await.expect("the disk has room");
    }
}

fn fill(runtime: &Runtime, folder: &Path, count: u32, close: bool) {
    let running = Running::open(&folder.join("store"));
    let submitter = running.store.submitter();
    let start = Instant::now();
    runtime.block_on(async {
        let mut receipts = std::collections::VecDeque::new();
        for _ in 0..count {
            receipts.push_back(submitter.send(Submission::event(draft(500))).await.unwrap());
            if receipts.len() > 2048 {
                receipts.pop_front().unwrap().await.unwrap();
            }
        }
        for receipt in receipts {
            receipt.await.unwrap();
        }
    });
    println!("filled to {} in {:.1?}, memory: {}", running.store.head(), start.elapsed(), resident());
    if close {
        let start = Instant::now();
        running.close();
        println!("closed in {:.1?}", start.elapsed());
    } else {
        std::process::abort();
    }
}

fn open(runtime: &Runtime, folder: &Path) {
    let start = Instant::now();
    let running = Running::open(&folder.join("store"));
    let opened = start.elapsed();
    let committed =
        runtime.block_on(running.store.submitter().commit(Submission::event(draft(4096)))).unwrap();
    assert!(matches!(committed, Committed::New { .. }));
    println!("opened {} in {opened:.1?}, first commit after {:.1?}", running.store.head(), start.elapsed());
    println!("lost: {:?}, memory: {}", running.store.new_damages(), resident());
    running.close();
}

fn memory(runtime: &Runtime, folder: &Path) {
    println!("before: {}", resident());
    let running = Running::open(&folder.join("store"));
    println!("idle: {}", resident());
    for _ in 0..150 {
        runtime.block_on(submit_all(running.store.submitter(), vec![draft(90_000)]));
    }
    println!("after 13.5 MB: {}", resident());
    running.close();
}

/// An event of its own, as compressible as real ones are.
fn draft(size_bytes: usize) -> Draft {
    let name = fastrand::u64(..);
    let mut text =
        format!("<voe:VOEvent ivorn=\"ivo://org.test/stream#{name}\" role=\"observation\" version=\"2.0\">");
    while text.len() < size_bytes {
        let value = fastrand::f64() * 1000.0;
        text.push_str(&format!(
            "<Param name=\"Sun_Distance\" value=\"{value:.4}\" unit=\"deg\" ucd=\"pos\"/>\n"
        ));
    }
    text.truncate(size_bytes);
    Draft {
        source: "author 192.0.2.1:4711".into(),
        media_type: MediaType::VoeventXml,
        digest: Digest::of(text.as_bytes()),
        ivoid: format!("ivo://org.test/stream#{name}").into(),
        role: "observation".into(),
        is_flagged: false,
        is_imported: false,
        hops: 0,
        bytes: Bytes::from(text),
    }
}

fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

/// The processor time that this process has used.
fn cpu() -> Duration {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(clock.tv_sec).unwrap_or(0), u32::try_from(clock.tv_nsec).unwrap_or(0))
}
