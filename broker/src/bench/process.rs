//! Processes: what the system says of a broker's memory.

use std::io;

use super::BenchError;

/// The memory that a process has resident, in bytes (`VmRSS`).
pub(super) fn resident_bytes(pid: u32) -> Result<i64, BenchError> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path);
    let status = status.map_err(|source| BenchError::io(format!("read '{path}'"), source))?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse().ok());
    kib.map(|kib: i64| kib * 1024)
        .ok_or_else(|| BenchError::io(format!("read '{path}'"), io::Error::other("it tells no VmRSS")))
}
