//! The `log` macros, and what a panic says, as lines in the broker's log.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::broker;

struct Logger;

impl Log for Logger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let level = match record.level() {
            Level::Error => broker::log::Level::Error,
            Level::Warn => broker::log::Level::Warn,
            Level::Info => broker::log::Level::Info,
            Level::Debug | Level::Trace => broker::log::Level::Debug,
        };
        broker::log::write(level, &record.args().to_string());
    }

    fn flush(&self) {}
}

/// Has the lines of this instance sent to the broker. A handler that brings a logger of its own keeps it.
pub(crate) fn install() {
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
        // A panic ends the instance, and the broker sees no more than that it ended.
        #[cfg(target_arch = "wasm32")]
        std::panic::set_hook(Box::new(|panic| {
            broker::log::write(broker::log::Level::Error, &panic.to_string())
        }));
    }
}
