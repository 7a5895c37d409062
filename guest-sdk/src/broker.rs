//! Where every call to the broker goes: to the broker in a guest, to the fake one of [`crate::testing`] elsewhere.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::bindings::philae::handler::{config, event, log, metrics, publish, state};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::fake::{config, event, log, metrics, publish, state};
