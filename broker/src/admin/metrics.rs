//! The status as OpenMetrics, for Prometheus and whatever reads the same.
//!
//! The numbers are those that the parts note anyway, read when somebody asks; so they cost nothing between.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use super::Shared;
use crate::board::Standing;
use crate::status::{Now, State as Judgement};

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn answer(State(shared): State<Shared>) -> Response {
    let mut registry = Registry::with_prefix("philae");
    registry.register_collector(Box::new(Numbers(shared.status.now())));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// The status, to be told as numbers.
#[derive(Debug)]
struct Numbers(Now);

/// A name and a value of a label.
type Label<'a> = [(&'static str, &'a str); 1];

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut out = Out(&mut encoder);
        let now = &self.0;
        let seconds = |at: jiff::Timestamp| at.as_millisecond() as f64 / 1e3;
        out.gauge("start_time_seconds", "When the broker started", seconds(now.started))?;
        out.gauge("log_head", "The place of the newest event in the log", now.store.head as f64)?;
        out.gauge("log_oldest", "The place of the oldest event that is kept", now.store.oldest as f64)?;
        for (name, help, bytes) in [
            ("store_disk_bytes", "What the log takes of the disk", now.store.disk_bytes),
            ("store_free_bytes", "What is left on the disk", now.store.free_bytes),
        ] {
            bytes.map_or(Ok(()), |bytes| out.gauge(name, help, bytes as f64))?;
        }
        let stages = now.health.stages().map(|(name, stage)| (name, rank(stage.state)));
        out.gauges("health", "2 well, 1 degraded, 0 failing", "stage", &stages)?;
        let verdicts = [
            ("accepted", now.intake.accepted),
            ("duplicate", now.intake.duplicates),
            ("refused", now.intake.refused),
            ("kept_out", now.intake.kept_out),
            ("not_kept", now.intake.not_kept),
        ];
        out.counters("packets", "Packets that came in, by what became of them", "verdict", &verdicts)?;
        // Streams are strangers' words, and each would be a series for good: they stand in the JSON.
        out.gauge("streams", "Streams that have spoken, as far as they are kept", now.streams.len() as f64)?;
        self.upstreams(&mut out)?;
        self.subscribers(&mut out)?;
        self.handlers(&mut out)
    }
}

impl Numbers {
    fn upstreams(&self, out: &mut Out<'_, '_>) -> Result<(), std::fmt::Error> {
        let links = &self.0.upstreams;
        let up: Vec<_> = links
            .iter()
            .map(|link| (&*link.upstream, f64::from(u8::from(link.state == Standing::Connected))))
            .collect();
        out.gauges("upstream_connected", "Whether the link to an upstream broker is up", "upstream", &up)?;
        let last: Vec<_> = links
            .iter()
            .filter_map(|link| {
                Some((&*link.upstream, link.last_event.max(link.last_heartbeat)?.as_second() as f64))
            })
            .collect();
        out.gauges("upstream_last_heard_seconds", "When an upstream was last heard of", "upstream", &last)?;
        let events: Vec<_> = links.iter().map(|link| (&*link.upstream, link.events)).collect();
        out.counters("upstream_events", "New events from an upstream", "upstream", &events)
    }

    fn subscribers(&self, out: &mut Out<'_, '_>) -> Result<(), std::fmt::Error> {
        let seats = &self.0.subscribers;
        let lag = seats.iter().map(|seat| seat.lag).max().unwrap_or_default();
        out.gauge("subscribers", "Subscribers that are connected", self.0.connected as f64)?;
        out.gauge("subscriber_lag_max", "How far the last of them is behind", lag as f64)
    }

    fn handlers(&self, out: &mut Out<'_, '_>) -> Result<(), std::fmt::Error> {
        let handlers = &self.0.handlers;
        let lag = handlers.iter().filter_map(|one| Some((&*one.name, one.lag? as f64)));
        let lag: Vec<_> = lag.collect();
        out.gauges("handler_lag", "Events that lie ahead of a handler", "handler", &lag)?;
        let running: Vec<_> = handlers
            .iter()
            .map(|one| (&*one.name, f64::from(u8::from(matches!(one.state, "running" | "waiting")))))
            .collect();
        out.gauges("handler_running", "Whether a handler is called for events", "handler", &running)?;
        let held: Vec<_> =
            self.0.quarantined.iter().map(|(name, held)| (name.as_str(), *held as f64)).collect();
        out.gauges("handler_quarantined", "Events that a handler could not handle", "handler", &held)?;
        let counts = handlers.iter().filter_map(|one| Some((&*one.name, one.counts.as_ref()?)));
        let counts: Vec<_> = counts.collect();
        let of = |number: fn(&crate::pipeline::Counts) -> u64| -> Vec<(&str, u64)> {
            counts.iter().map(|(name, counts)| (*name, number(counts))).collect()
        };
        out.counters("handler_calls", "Calls of a handler", "handler", &of(|counts| counts.calls))?;
        out.counters("handler_failures", "Calls that failed", "handler", &of(|counts| counts.failures))?;
        out.counters("handler_published", "Packets it published", "handler", &of(|counts| counts.published))?;
        let busy = of(|counts| counts.busy_micros);
        let busy: Vec<_> = busy.into_iter().map(|(name, micros)| (name, micros as f64 / 1e6)).collect();
        out.counters("handler_busy_seconds", "The time in calls", "handler", &busy)
    }
}

fn rank(state: Judgement) -> f64 {
    match state {
        Judgement::Well => 2.0,
        Judgement::Degraded => 1.0,
        Judgement::Failing => 0.0,
    }
}

/// Tells numbers, one name at a time.
struct Out<'a, 'b>(&'a mut DescriptorEncoder<'b>);

impl Out<'_, '_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> Result<(), std::fmt::Error> {
        ConstGauge::new(value).encode(self.0.encode_descriptor(name, help, None, MetricType::Gauge)?)
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: &[(&str, f64)],
    ) -> Result<(), std::fmt::Error> {
        self.family(name, help, label, values, ConstGauge::new)
    }

    fn counters<N: Copy>(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: &[(&str, N)],
    ) -> Result<(), std::fmt::Error>
    where
        ConstCounter<N>: EncodeMetric,
    {
        self.family(name, help, label, values, ConstCounter::new)
    }

    /// One name with a value for each of some labels.
    fn family<N: Copy, M: EncodeMetric + TypedMetric>(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: &[(&str, N)],
        metric: fn(N) -> M,
    ) -> Result<(), std::fmt::Error> {
        let mut family = self.0.encode_descriptor(name, help, None, M::TYPE)?;
        for (of, value) in values {
            let labels: Label<'_> = [(label, of)];
            metric(*value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
