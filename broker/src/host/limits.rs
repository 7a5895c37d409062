//! Limits: what one call may use, and the guard that wasmtime asks before it gives a guest more.
//!
//! Every limit has a default under which all shipped handlers run with room to spare. What is over a limit ends the call
//! or is left out and said so; nothing grows with what a guest does.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Core instances of one handler. A Python component has some thirty.
pub(super) const MAX_INSTANCES: u32 = 100;
/// Tables of one handler.
pub(super) const MAX_TABLES: u32 = 100;
/// Linear memories of one handler.
pub(super) const MAX_MEMORIES: u32 = 4;
/// Elements of one table.
pub(super) const MAX_TABLE_ELEMENTS: usize = 50_000;
/// Most linear memory that any handler may be given.
pub(super) const MAX_MEMORY_BYTES: usize = 1 << 30;
/// Longest key of the state, in bytes.
pub const MAX_KEY_BYTES: usize = 256;

/// What one call of a handler may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory, all memories together. Default 64 MiB; at most 1 GiB.
    pub memory_bytes: usize,
    /// From the first instruction to the last, waiting included. Default 5 s.
    pub time: Duration,
    /// Lines for the log; what is beyond is left out and counted. Default 64 KiB.
    pub log_bytes: usize,
    /// All keys and values of the state together. Default 16 MiB.
    pub state_bytes: u64,
    /// One value of the state. Default 1 MiB.
    pub value_bytes: usize,
    /// Changes of the state. Default 10,000.
    pub state_changes: usize,
    /// Bytes of their keys and values: they are on their way to the disk with the events of others. Default 1 MiB.
    pub state_change_bytes: usize,
    /// Packets that are published. Default 16.
    pub published_packets: usize,
    /// Bytes of all packets that are published. Default 1 MiB.
    pub published_bytes: usize,
    /// Numbers for the status page, by name. Default 64.
    pub metrics: usize,
    /// Requests over HTTP. Default 32.
    pub http_requests: usize,
    /// Bytes of one answer over HTTP. Default 8 MiB.
    pub http_answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            time: Duration::from_secs(5),
            log_bytes: 64 << 10,
            state_bytes: 16 << 20,
            value_bytes: 1 << 20,
            state_changes: 10_000,
            state_change_bytes: 1 << 20,
            published_packets: 16,
            published_bytes: 1 << 20,
            metrics: 64,
            http_requests: 32,
            http_answer_bytes: 8 << 20,
        }
    }
}

/// Why a call was stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("it took longer than {0:?}")]
    Time(Duration),
    #[error("it wanted more than {0} bytes of memory")]
    Memory(usize),
    #[error("it wanted a table of more than {0} elements")]
    Table(usize),
    #[error("it changed its state more than {0} times in one call")]
    Changes(usize),
    #[error("it changed more than {0} bytes of its state in one call")]
    ChangeBytes(usize),
}

/// Counts what a guest takes, and refuses what is too much.
#[derive(Debug)]
pub(super) struct Limiter {
    limit_bytes: usize,
    taken_bytes: usize,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limit_bytes: limits.memory_bytes, taken_bytes: 0 }
    }

    /// The linear memory that was taken in all. Memories never shrink.
    pub(super) fn taken_bytes(&self) -> usize {
        self.taken_bytes
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let taken_bytes = self.taken_bytes.saturating_add(desired.saturating_sub(current));
        if taken_bytes > self.limit_bytes {
            return Err(Stop::Memory(self.limit_bytes).into());
        }
        self.taken_bytes = taken_bytes;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > MAX_TABLE_ELEMENTS {
            return Err(Stop::Table(MAX_TABLE_ELEMENTS).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES as usize
    }
}
