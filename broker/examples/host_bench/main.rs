//! What a call of a handler costs, beside a bare wasmtime loop that makes the same instance and the same call.
//!
//! ```text
//! host_bench HANDLER.wasm [EVENTS]     a core module or component of the handler interface, such as print-event
//! ```
//! The bare loop makes the instance and the call and has neither limits, clock, envelope nor outcome. It answers what is asked
//! about the event as the host does, from the packet's tree, or with constants. What a second worker can add at best is told
//! by parsing alone, where workers share nothing but the machine. One round is one of each, so that ratios hold on a busy
//! machine; CPU time tells more than the clock where others are at work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench has nobody to report to but its user"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use philae::event::{Role, View};
use philae::host::{EventInHand, Handler, Host, HostOptions, MemoryState, Setup};
use tokio::runtime;

mod bare;

use bare::Answers;

/// A typical packet: a position and a dozen Params, 3.5 kB.
const GRB: &[u8] = include_bytes!("../../../tests/fixtures/grb.xml");
/// Parameters more, so that it has the size of the median packet in archives.
const PARAM: &str =
    "  <Param name=\"Spectral_Lag\" dataType=\"float\" value=\"0.064\" unit=\"s\" ucd=\"time.interval\"/>\n";
const ROUNDS: usize = 9;
const HANDLERS: usize = 100;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("usage: host_bench HANDLER.wasm [EVENTS]"));
    let events: u32 = arguments.next().map_or(5_000, |count| count.parse().unwrap());
    let module = std::fs::read(&path).unwrap();
    let cache = tempfile::tempdir().unwrap();
    let host = Host::start(&HostOptions::new(cache.path().join("cache"))).unwrap();
    let setup = Setup { name: "bench".to_owned(), ..Setup::default() };
    let event = event();
    println!("{}: {} kB, an event of {} bytes", path.display(), module.len() / 1000, event.bytes.len());

    let cold = timed(|| drop(host.load(&module, &setup).unwrap()));
    let warm = timed(|| (0..HANDLERS).for_each(|_| drop(host.load(&module, &setup).unwrap())));
    println!("loading: {cold:.0?} the first time; {HANDLERS} handlers from a warm cache {warm:.0?}");

    let handler = host.load(&module, &setup).unwrap();
    let bare = bare::Bare::new(&module);
    let works: [&(dyn Fn() + Sync); 4] = [
        &|| hosted(&handler, &event, events),
        &|| bare.run(&event, events, Answers::FromThePacket),
        &|| bare.run(&event, events, Answers::Constant),
        &|| (0..events).for_each(|_| drop(View::parse(&event.bytes).unwrap())),
    ];
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| works.map(|work| [Cost::of(events, 1, work), Cost::of(events, 2, work)]))
        .collect();
    let median = |of: &dyn Fn(&[[Cost; 2]; 4]) -> f64| median(rounds.iter().map(of).collect());
    for (workers, at) in [("one worker", 0), ("two workers", 1)] {
        println!(
            "CPU, host / bare, {workers}: {:.2} with the same answers, {:.2} with constants for answers",
            median(&|[host, same, ..]| host[at].cpu / same[at].cpu),
            median(&|[host, _, constant, _]| host[at].cpu / constant[at].cpu),
        );
    }
    for (name, which) in [("host", 0), ("bare", 1), ("parsing alone", 3)] {
        println!(
            "two workers / one, {name}: {:.2} of the events in the same time, {:.2} of the CPU time an event",
            median(&|round| round[which][0].wall / round[which][1].wall),
            median(&|round| round[which][1].cpu / round[which][0].cpu),
        );
    }
    for (name, which) in [("host", 0), ("bare, same answers", 1), ("bare, constants", 2)] {
        let (one, two) = (median(&|round| round[which][0].wall), median(&|round| round[which][1].wall));
        let cpu = median(&|round| round[which][0].cpu);
        println!("us an event, {name}: {one:.1}, of CPU {cpu:.1}; with two workers {two:.1}");
    }
}

/// Microseconds an event.
struct Cost {
    wall: f64,
    cpu: f64,
}

impl Cost {
    /// With so many workers that each handle as many.
    fn of(events: u32, workers: u32, work: &(dyn Fn() + Sync)) -> Self {
        let cpu = || {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
            Duration::try_from(time).unwrap()
        };
        let before = cpu();
        let took = timed(|| {
            thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(work);
                }
            });
        });
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(events * workers);
        Self { wall: each(took), cpu: each(cpu() - before) }
    }
}

fn hosted(handler: &Handler, event: &EventInHand, events: u32) {
    let state = Arc::new(MemoryState::default());
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..events {
            let outcome = handler.handle(event, state.clone()).await;
            outcome.verdict.unwrap();
        }
    });
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn event() -> EventInHand {
    let text = String::from_utf8_lossy(GRB).replacen("</What>", &format!("{}  </What>", PARAM.repeat(6)), 1);
    EventInHand {
        seq: 1,
        ivoid: "ivo://philae.test/wide-field-monitor#grb-260114-0731".into(),
        role: Role::Observation,
        received: "2026-01-14T10:32:08Z".parse().unwrap(),
        source: "author 192.0.2.1:4711".into(),
        attempt: 1,
        bytes: Bytes::from(text.into_bytes()),
    }
}
