//! The interface `config`: the handler's own settings.

use crate::host::bindings::philae::handler::config::Host;
use crate::host::call::Call;

impl Host for Call {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        let found = self.setup.config.iter().find(|(name, _)| *name == key);
        Ok(found.map(|(_, value)| value.clone()))
    }

    fn all(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        let mut all = self.setup.config.clone();
        all.sort();
        Ok(all)
    }
}
