//! What checks and filters cost: each load with them and without, in turn.
//!
//! The five filters are of the kinds that are in use; the last matches every packet of the load, after the others did not,
//! so that as many deliveries are made as without. Hostile subscribers ask beside a hundred others, which are timed.

use super::samples::{Measure, Peer, Samples};
use super::suites::{MANY_AUTHORS, fanout, latency_p99, note_losses, note_refusals, submit};
use super::{Comparison, Scratch};
use crate::bench::BenchError;
use crate::bench::fanout::Fanout;

/// What subscribers ask for.
const FILTERS: [&str; 5] = [
    "/*[local-name()='VOEvent' and @role!='test']",
    "//Param[@name='SC_Lat' and @value>600]",
    "//Who/Author[shortName='VO-GCN']",
    "starts-with(@ivorn, 'ivo://nasa.gsfc.gcn/SWIFT')",
    "//Param[@name='Packet_Type' and @value=61]",
];

/// How many hostile subscribers there are.
const HOSTILE: u64 = 20;

impl Comparison {
    /// Submissions with the schema asked for, and without.
    pub(super) async fn checks(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        for (check, measure) in [
            ("schema", Measure::Submissions { authors: MANY_AUTHORS }),
            ("well-formed", Measure::UncheckedSubmissions),
        ] {
            let server = self.start_with(Peer::Philae, scratch, &["--receive-check", check]).await?;
            let submitted = submit(&server, MANY_AUTHORS).await?;
            note_refusals(Peer::Philae, &submitted, samples);
            samples.add(Peer::Philae, measure, submitted.acks_per_second());
            server.stop().await?;
        }
        Ok(())
    }

    /// Deliveries with five filters and without, and how long they take beside hostile subscribers.
    pub(super) async fn filters(
        &self,
        peer: Peer,
        scratch: &Scratch,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        let subscribers = 500;
        // Comet needs a quarter of a second for an event, and its authors have not the patience of 64 in a queue.
        let (events, authors) = if peer == Peer::Comet { (100, 8) } else { (1000, MANY_AUTHORS) };
        let filters: Vec<String> = FILTERS.map(str::to_owned).into();
        let mut loads = vec![(Measure::FilteredDeliveries { subscribers }, filters)];
        if peer == Peer::Philae {
            loads.push((Measure::Deliveries { subscribers }, Vec::new()));
        }
        for (measure, filters) in loads {
            let server = self.start(peer, scratch).await?;
            let load = Fanout { filters, authors, ..fanout(&server, subscribers, events) };
            let delivered = load.measure().await?;
            note_losses(peer, subscribers, &delivered, samples);
            samples.add(peer, measure, delivered.per_second());
            server.stop().await?;
        }
        if peer != Peer::Philae {
            return Ok(());
        }
        let subscribers = 100;
        for (measure, hostile) in
            [(Measure::LatencyP99 { subscribers }, 0), (Measure::BesidesHostile { subscribers }, HOSTILE)]
        {
            let server = self.start(peer, scratch).await?;
            latency_p99(&server, (subscribers, hostile), measure, samples).await?;
            server.stop().await?;
        }
        Ok(())
    }
}
