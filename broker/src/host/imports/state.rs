//! The interface `state`: what lasts between events.

use crate::host::bindings::philae::handler::state::{Host, StateError};
use crate::host::call::Call;
use crate::host::state::ChangeError;

/// Most keys of one answer.
const MAX_KEYS: u32 = 10_000;

impl Host for Call {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(self.state.get(&key).map(|value| value.bytes.to_vec()))
    }

    fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u64>,
    ) -> wasmtime::Result<Result<(), StateError>> {
        told(self.state.set(key, value.into(), ttl_seconds))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        // A key that cannot be there is as absent as any other.
        told(self.state.delete(key)).map(|_| ())
    }

    fn increment(&mut self, key: String, by: i64) -> wasmtime::Result<Result<i64, StateError>> {
        told(self.state.increment(key, by))
    }

    fn compare_and_swap(
        &mut self,
        key: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, StateError>> {
        told(self.state.compare_and_swap(key, expected.as_deref(), value.into()))
    }

    fn keys(&mut self, prefix: String, limit: u32) -> wasmtime::Result<Vec<String>> {
        Ok(self.state.keys(&prefix, limit.min(MAX_KEYS) as usize))
    }
}

/// What a guest can deal with; the rest ends the call.
fn told<T>(result: Result<T, ChangeError>) -> wasmtime::Result<Result<T, StateError>> {
    Ok(match result {
        Ok(value) => Ok(value),
        Err(ChangeError::Quota(bytes)) => Err(StateError::Quota(bytes)),
        Err(ChangeError::BadKey) => Err(StateError::BadKey),
        Err(ChangeError::NotANumber) => Err(StateError::NotANumber),
        Err(ChangeError::Stop(stop)) => return Err(stop.into()),
    })
}
