//! The interface `log`: lines for the operator.

use crate::host::bindings::philae::handler::log::{Host, Level as Written};
use crate::host::call::Call;
use crate::host::output::Level;

impl Host for Call {
    fn write(&mut self, level: Written, message: String) -> wasmtime::Result<()> {
        let level = match level {
            Written::Debug => Level::Debug,
            Written::Info => Level::Info,
            Written::Warn => Level::Warn,
            Written::Error => Level::Error,
        };
        self.lines.write(level, &message);
        Ok(())
    }
}
