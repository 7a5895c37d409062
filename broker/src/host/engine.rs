//! The engine: wasmtime as this broker wants it, and the clock that interrupts guests.
//!
//! Instances live in slots that were set aside at the start, so that a fresh one an event costs little and all of them
//! together are bounded. Slots cost address space, not memory. Compiled code checks its bounds itself: with guard pages
//! and signals instead, every handler that grows its memory has the kernel change the protection of pages twice a call,
//! under a lock of the whole process, and two workers are no faster than one (a small Rust handler: 41 us of CPU a call
//! with them, 35 us without). A guest that does nothing but read and write memory takes about twice as long for it. Code is
//! compiled by the thread that asks and by no other, so that loading a module never takes the processors away from
//! delivery.

use std::io;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::limits::{MAX_INSTANCES, MAX_MEMORIES, MAX_MEMORY_BYTES, MAX_TABLE_ELEMENTS, MAX_TABLES};
use crate::lifecycle;

/// How often a guest that computes is looked at.
pub(super) const TICK: Duration = Duration::from_millis(5);
/// What a slot keeps in memory between two calls. A Rust handler touches some 100 kB.
const KEEP_RESIDENT_BYTES: usize = 256 << 10;
/// What a table's slot keeps.
const KEEP_TABLE_BYTES: usize = 16 << 10;
/// Guests' stack.
const STACK_BYTES: usize = 512 << 10;
/// A fiber's stack: the guest's, and room for what the host does on it.
const FIBER_BYTES: usize = 2 << 20;

/// The engine with slots for so many calls at once.
pub(super) fn engine(slots: u32) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(FIBER_BYTES)
        .concurrency_support(false)
        .wasm_memory64(false)
        .signals_based_traps(false)
        .memory_reservation(MAX_MEMORY_BYTES as u64)
        .memory_guard_size(0)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(slots)));
    Engine::new(&config)
}

fn pool(slots: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(MAX_INSTANCES))
        .total_memories(slots.saturating_mul(MAX_MEMORIES))
        .total_tables(slots.saturating_mul(MAX_TABLES))
        .total_stacks(slots)
        .max_core_instances_per_component(MAX_INSTANCES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_memories_per_module(MAX_MEMORIES)
        .max_tables_per_module(MAX_TABLES)
        .max_memory_size(MAX_MEMORY_BYTES)
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_TABLE_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Starts the clock; it ends with the last engine.
pub(super) fn start_ticking(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    lifecycle::start_thread("handler-clock", move || {
        // A condition that never comes true is a wait with a deadline.
        let (_alive, never) = std::sync::mpsc::sync_channel::<()>(0);
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            let _ = never.recv_timeout(TICK);
        }
    })?;
    Ok(())
}
