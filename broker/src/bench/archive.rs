//! The archive: how fast packets come into a log from outside, and how fast one is found among many.
//!
//! Packets are imported by the command that people use, into a store at rest: a tarball of a load's packets, each at a place
//! of its own in the sky, and archives that are named. Then a broker runs on that log and is asked, as `philae events` asks,
//! for identifiers and for circles. Each figure stands beside its floor in the same run: of an import what it takes to read
//! the archive and do nothing with it, of a search what it takes to read the log for it from one end to the other.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::BenchError;
use super::compare::philae;
use super::packets::Packets;
use super::process::{Place, Server};
use crate::archive::{Archive, Content, Selection};
use crate::import;
use crate::index::{Cone, Criteria, Pattern, Search};
use crate::scratch::Scratch;
use vtp::frame::HEADER_BYTES;

/// Bytes of a packet of the load: a GCN notice has some 4,100.
const PACKET_BYTES: usize = 4096;
/// Nothing longer is read when an archive is read for the floor.
const LIMIT_BYTES: u64 = 1 << 20;
/// The radii of the circles that are asked for, in degrees.
const RADII_DEG: [f64; 3] = [1.0, 10.0, 90.0];
/// How long the index may take to catch up, and how often to look.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(200);

/// A measurement of an archive.
#[derive(Debug)]
pub struct ArchiveLoad {
    /// The program that imports and serves.
    pub philae: PathBuf,
    /// Where data are kept meanwhile.
    pub folder: PathBuf,
    /// Archives that are imported besides.
    pub archives: Vec<PathBuf>,
    /// Packets of the load.
    pub events: u64,
    /// How often each question is asked, with another answer each time.
    pub rounds: usize,
}

/// What was measured, a row a question.
#[derive(Debug)]
pub struct ArchiveFigures {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    /// How many packets that concerns.
    packets: u64,
    median: Duration,
    slowest: Duration,
    floor: Duration,
}

impl ArchiveLoad {
    /// Imports and asks.
    ///
    /// # Errors
    /// If something cannot be started, read or found.
    pub async fn run(&self) -> Result<ArchiveFigures, BenchError> {
        let scratch = Scratch::make(&self.folder, "philae-bench").map_err(|source| {
            BenchError::io(format!("make a folder in '{}'", self.folder.display()), source)
        })?;
        let mut rows = Vec::new();
        for archive in &self.archives {
            let data = scratch.path().join("archive");
            rows.push(self.import(archive, &data, &archive.display().to_string()).await?);
            std::fs::remove_dir_all(&data).map_err(|source| BenchError::io("remove a store", source))?;
        }
        let (tarball, data) = (scratch.path().join("load.tar"), scratch.path().join("load"));
        let prefix =
            write(&tarball, self.events).map_err(|source| BenchError::io("write a tarball", source))?;
        rows.push(self.import(&tarball, &data, "a tarball, not compressed").await?);
        let place = Place::find(data.clone())?;
        let server = Server::start(philae(Command::new(&self.philae), &place), place).await?;
        self.wait_for_index(&data).await?;
        rows.extend(self.search(&data, &prefix)?);
        server.stop().await?;
        Ok(ArchiveFigures { rows })
    }

    async fn import(&self, archive: &Path, data: &Path, what: &str) -> Result<Row, BenchError> {
        let floor = read(archive).await.map_err(|source| BenchError::io("read an archive", source))?;
        let started = Instant::now();
        self.philae(&["import", "--data-dir"], data, &[archive.as_os_str()])?;
        let took = started.elapsed();
        let packets = Archive::open(data).map_err(failed)?.kept().to.0;
        let what = format!("import of {what}");
        Ok(Row { what, packets, median: took, slowest: took, floor })
    }

    /// Runs a command, which must succeed or find something amiss with some packets.
    fn philae(&self, words: &[&str], data: &Path, more: &[&std::ffi::OsStr]) -> Result<(), BenchError> {
        let mut command = Command::new(&self.philae);
        command.args(words).arg(data).args(more).stdin(Stdio::null());
        let output = command.output().map_err(|source| BenchError::io("run philae", source))?;
        if matches!(output.status.code(), Some(0 | 1)) {
            return Ok(());
        }
        Err(BenchError::Broker(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    async fn wait_for_index(&self, data: &Path) -> Result<(), BenchError> {
        let started = Instant::now();
        loop {
            // It opens its ports before it can be asked.
            let reached = Archive::open(data).map_err(failed).and_then(|archive| {
                let head = archive.kept().to;
                let index = Search::open(data, archive.log(), archive.head_at_rest()).map_err(failed)?;
                Ok(index.reached() >= head)
            });
            match reached {
                Ok(true) => return Ok(()),
                Ok(false) | Err(_) if started.elapsed() < PATIENCE => tokio::time::sleep(POLL).await,
                Ok(false) => return Err(BenchError::Broker("the index does not reach the log".to_owned())),
                Err(error) => return Err(error),
            }
        }
    }

    fn search(&self, data: &Path, prefix: &str) -> Result<Vec<Row>, BenchError> {
        let whole = Instant::now();
        let content = Content { text: Some("nothing has this".to_owned()), filters: Vec::new() };
        find(data, Selection { content, ..Selection::default() })?;
        let floor = whole.elapsed();
        let mut rows = Vec::new();
        let mut ask = |what: String, question: &dyn Fn() -> Criteria| {
            let mut times = Vec::new();
            for _ in 0..self.rounds.max(1) {
                let selection = Selection { criteria: question(), ..Selection::default() };
                let started = Instant::now();
                find(data, selection)?;
                times.push(started.elapsed());
            }
            times.sort_unstable();
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            let slowest = times.last().copied().unwrap_or_default();
            rows.push(Row { what, packets: self.events, median, slowest, floor });
            Ok::<_, BenchError>(())
        };
        ask("search by identifier".to_owned(), &|| {
            let ivoid = format!("{prefix}{:012}", fastrand::u64(..self.events.max(1)));
            Criteria { ivoid: Some(Pattern::new(&ivoid)), ..Criteria::default() }
        })?;
        for radius in RADII_DEG {
            ask(format!("circle of {radius} degrees"), &|| {
                let (ra, dec) = somewhere();
                Criteria { cone: Cone::new(ra, dec, radius).ok(), ..Criteria::default() }
            })?;
        }
        Ok(rows)
    }
}

/// Asks as `philae events` does, and takes every answer.
fn find(data: &Path, selection: Selection) -> Result<u64, BenchError> {
    let mut found = 0;
    let archive = Archive::open(data).map_err(failed)?;
    let taken = selection.facts(archive, |_| {
        found += 1;
        std::ops::ControlFlow::Continue(())
    });
    taken.map_err(failed)?;
    Ok(found)
}

/// Reads an archive to its end, and does nothing with it.
async fn read(archive: &Path) -> io::Result<Duration> {
    let started = Instant::now();
    let mut reading = import::read(vec![archive.to_owned()], LIMIT_BYTES)?;
    while reading.pieces.recv().await.is_some() {}
    Ok(started.elapsed())
}

/// Writes a tarball of packets, and returns what comes before the number in their identifiers.
fn write(tarball: &Path, events: u64) -> io::Result<String> {
    let packets = Packets::new(PACKET_BYTES);
    let mut to = tar::Builder::new(io::BufWriter::new(File::create(tarball)?));
    let mut frame = Vec::new();
    let mut prefix = String::new();
    for serial in 0..events {
        frame.clear();
        packets.packet.write_frame(serial, &mut frame);
        let text = String::from_utf8_lossy(frame.get(HEADER_BYTES..).unwrap_or_default());
        let text = placed(&text);
        if serial == 0 {
            prefix = text
                .split("ivorn=\"")
                .nth(1)
                .and_then(|rest| rest.split("000000000000").next())
                .unwrap_or("")
                .to_owned();
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        to.append_data(&mut header, format!("load/{serial}.xml"), text.as_bytes())?;
    }
    to.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(prefix)
}

/// The packet at another place in the sky.
fn placed(text: &str) -> String {
    let (ra, dec) = somewhere();
    let mut placed = text.to_owned();
    for (axis, value) in [("C1", ra), ("C2", dec)] {
        let (open, close) = (format!("<{axis}>"), format!("</{axis}>"));
        if let Some((before, rest)) = placed.split_once(&open)
            && let Some((_, after)) = rest.split_once(&close)
        {
            placed = format!("{before}{open}{value:.4}{close}{after}");
        }
    }
    placed
}

/// A place, each part of the sky being as likely as another of its size.
fn somewhere() -> (f64, f64) {
    (fastrand::f64() * 360.0, (fastrand::f64() * 2.0 - 1.0).asin().to_degrees())
}

fn failed(error: impl fmt::Display) -> BenchError {
    BenchError::Broker(error.to_string())
}

impl ArchiveFigures {
    /// The figures as JSON, with units in their names.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "what": row.what,
                "packets": row.packets,
                "median_ms": milliseconds(row.median),
                "slowest_ms": milliseconds(row.slowest),
                "floor_ms": milliseconds(row.floor),
                "ratio": row.ratio(),
                "packets_per_second": row.rate(),
            })
        });
        Value::Array(rows.collect())
    }
}

impl Row {
    fn ratio(&self) -> f64 {
        self.median.as_secs_f64() / self.floor.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    fn rate(&self) -> f64 {
        self.packets as f64 / self.median.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl fmt::Display for ArchiveFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | packets | median | slowest | packets/s | floor | of the floor |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {:.2} ms | {:.2} ms | {:.0} | {:.2} ms | {:.4} |",
                row.what,
                row.packets,
                milliseconds(row.median),
                milliseconds(row.slowest),
                row.rate(),
                milliseconds(row.floor),
                row.ratio(),
            )?;
        }
        writeln!(
            f,
            "\nThe floor of an import is reading the archive, that of a search reading the log to its end."
        )
    }
}
