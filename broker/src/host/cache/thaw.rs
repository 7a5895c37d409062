//! Making code of bytes: the one unsafe step of the host.
//!
//! `deserialize` runs whatever machine code it is given, so whoever chooses the bytes is the broker. It is sound here
//! because the bytes come from an entry of [`Cache`](super::Cache) and from nowhere else: entries are made by
//! `serialize` of this program, in a folder that belongs to the broker's user and that no other user can write to (looked
//! at when it is opened) and that no guest is ever granted; they are named by wasmtime's own hash of version and settings,
//! and hold a SHA-256 of their code, which was compared before. They are handed over in memory, so that nothing can change
//! between the look and the use. Who can forge an entry is the broker's user already.

#![allow(unsafe_code, reason = "the only way to take compiled code from a cache; see above")]

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// A component from an entry's code.
pub(super) fn component(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: as told above.
    unsafe { Component::deserialize(engine, code) }
}

/// A core module from an entry's code.
pub(super) fn module(engine: &Engine, code: &[u8]) -> wasmtime::Result<Module> {
    // SAFETY: as told above.
    unsafe { Module::deserialize(engine, code) }
}
