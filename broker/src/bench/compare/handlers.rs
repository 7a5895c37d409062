//! Handlers: how much they get done, how soon they are done, and in whose way they are.
//!
//! They are modules that `handlers/build.sh` has built from `tests/guests`. `hello` keeps state: it counts events, asks
//! each for its position and logs a line. `busy` computes for longer than events take to come.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::samples::{Measure, Peer, Samples};
use super::suites::{MANY_AUTHORS, latency_p99, note_refusals, submit_events};
use super::{Comparison, Scratch};
use crate::bench::BenchError;
use crate::bench::control::Control;
use crate::bench::latencies::Latencies;
use crate::bench::process::Server;

/// Events of the backlog that one handler drains.
const BACKLOG: u64 = 20_000;

/// Events after which twenty handlers are timed.
const SINGLE_EVENTS: u64 = 200;

/// How often handlers are looked at: seldom while they work at length, often where milliseconds count.
const SELDOM: Duration = Duration::from_millis(5);
const OFTEN: Duration = Duration::from_micros(200);

impl Comparison {
    /// What handlers get done, and what they cost others.
    pub(super) async fn handlers(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        self.drained(scratch, samples).await?;
        self.twenty(scratch, samples).await?;
        self.beside_busy(scratch, samples).await?;
        self.printed_fields(scratch, samples).await
    }

    /// Events a second that one handler takes from a backlog.
    async fn drained(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let server = self.start_handlers(scratch, "hello", 1).await?;
        let control = Control::of(server.folder());
        blocking(&control, |control| control.pause("hello-1", true)).await?;
        let submitted = submit_events(&server, MANY_AUTHORS, BACKLOG).await?;
        note_refusals(Peer::Philae, &submitted, samples);
        let took = blocking(&control, |control| {
            let start = std::time::Instant::now();
            control.pause("hello-1", false)?;
            Ok(control.wait_until_done(SELDOM)?.saturating_duration_since(start))
        });
        let took = took.await?;
        self.note_unhandled(&control, submitted.acks, samples).await?;
        samples.add(Peer::Philae, Measure::Drained, submitted.acks as f64 / took.as_secs_f64());
        server.stop().await
    }

    /// From the ack of an event to the end of the last of twenty handlers.
    async fn twenty(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let server = self.start_handlers(scratch, "hello", 20).await?;
        let control = Control::of(server.folder());
        let mut latencies = Latencies::new();
        for _ in 0..SINGLE_EVENTS {
            let submitted = submit_events(&server, 1, 1).await?;
            note_refusals(Peer::Philae, &submitted, samples);
            let done = blocking(&control, |control| control.wait_until_done(OFTEN)).await?;
            if let Some(acked) = submitted.last_ack {
                latencies.record(done.saturating_duration_since(acked.into_std()));
            }
        }
        self.note_unhandled(&control, SINGLE_EVENTS, samples).await?;
        for (measure, share) in [(Measure::LastOfTwenty, 0.5), (Measure::LastOfTwentyP99, 0.99)] {
            samples.add(Peer::Philae, measure, latencies.quantile(share).as_secs_f64() * 1e3);
        }
        server.stop().await
    }

    /// How long deliveries take beside five handlers that never rest, and without.
    async fn beside_busy(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let subscribers = 100;
        for (measure, handlers) in
            [(Measure::BesidesNone { subscribers }, 0), (Measure::BesidesBusy { subscribers }, 5)]
        {
            let server = self.start_handlers(scratch, "busy", handlers).await?;
            latency_p99(&server, (subscribers, 0), measure, samples).await?;
            server.stop().await?;
        }
        Ok(())
    }

    /// Starts Philae with that many handlers, all of the same module.
    pub(super) async fn start_handlers(
        &self,
        scratch: &Scratch,
        module: &str,
        count: u32,
    ) -> Result<Server, BenchError> {
        let folder = scratch.path().join("handlers");
        let flag = folder.display().to_string();
        self.place_handlers(module, count, folder)?;
        let server = self.start_with(Peer::Philae, scratch, &["--handlers", &flag]).await?;
        blocking(&Control::of(server.folder()), Control::wait_until_there).await?;
        Ok(server)
    }

    fn place_handlers(&self, module: &str, count: u32, folder: PathBuf) -> Result<(), BenchError> {
        let Some(guests) = &self.guests else {
            return Err(BenchError::Broker("no folder of guests was named".to_owned()));
        };
        let module_file = guests.join(module).with_extension("wasm");
        let place = || {
            // Left by the run before, if there was one.
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder)?;
            (1..=count).try_for_each(|nth| {
                fs::copy(&module_file, folder.join(format!("{module}-{nth}.wasm"))).map(drop)
            })
        };
        place().map_err(|source| BenchError::io(format!("copy '{}'", module_file.display()), source))
    }

    /// Notes handlers that have not handled every event.
    pub(super) async fn note_unhandled(
        &self,
        control: &Control,
        events: u64,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        for handled in blocking(control, Control::handled).await? {
            if handled != events {
                samples.add_fault(format!("a handler has handled {handled} of {events} events"));
            }
        }
        Ok(())
    }
}

/// Does what blocks on a thread for that.
pub(super) async fn blocking<T: Send + 'static>(
    control: &Control,
    work: impl FnOnce(&Control) -> Result<T, BenchError> + Send + 'static,
) -> Result<T, BenchError> {
    let control = control.clone();
    let done = tokio::task::spawn_blocking(move || work(&control)).await;
    done.map_err(|error| BenchError::Broker(error.to_string())).flatten()
}
