//! The interface `metrics`: numbers for the status page.

use crate::host::bindings::philae::handler::metrics::Host;
use crate::host::call::Call;
use crate::host::output::MetricChange;

impl Host for Call {
    fn count(&mut self, name: String, by: u64) -> wasmtime::Result<()> {
        self.metrics.record(name, MetricChange::Count(by));
        Ok(())
    }

    fn gauge(&mut self, name: String, value: f64) -> wasmtime::Result<()> {
        self.metrics.record(name, MetricChange::Gauge(value));
        Ok(())
    }
}
