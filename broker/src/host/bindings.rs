//! What `wit/handler.wit` says, in Rust.

#![allow(missing_docs, unreachable_pub, reason = "generated; the WIT holds the words")]
#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "generated"
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "handler-world",
    imports: { default: trappable },
    exports: { default: async },
});
