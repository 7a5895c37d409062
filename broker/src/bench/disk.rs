//! The disk by itself: how often a second four kilobytes can be made durable.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::BenchError;
use super::latencies::Latencies;

/// What a disk does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disk {
    /// Appends with `fdatasync`, one after another.
    pub(super) syncs_per_second: f64,
    /// How long one takes, in the middle.
    pub(super) sync: Duration,
}

/// Appends four kilobytes to a file in the folder and syncs it, again and again for that time.
pub(super) fn measure(folder: &Path, time: Duration) -> Result<Disk, BenchError> {
    let path = folder.join("sync");
    let measured = append(&path, time);
    // It is as good as gone with the folder.
    let _ = std::fs::remove_file(&path);
    measured.map_err(|source| BenchError::io(format!("write to '{}'", path.display()), source))
}

fn append(path: &Path, time: Duration) -> io::Result<Disk> {
    let mut file = File::create(path)?;
    let mut latencies = Latencies::new();
    let (mut syncs, start) = (0u32, Instant::now());
    while start.elapsed() < time {
        let before = Instant::now();
        file.write_all(&[b'x'; 4096])?;
        file.sync_data()?;
        latencies.record(before.elapsed());
        syncs += 1;
    }
    let syncs_per_second = f64::from(syncs) / start.elapsed().as_secs_f64();
    Ok(Disk { syncs_per_second, sync: latencies.quantile(0.5) })
}
