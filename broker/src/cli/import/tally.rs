//! What became of the packets, for people: a bar while it lasts, a line for what was refused, and a last line.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::run::chain;
use crate::import::{ImportError, Told};
use crate::plain::excerpt;

/// Refusals that are told of one by one, unless all are to be.
const TOLD: u64 = 10;
/// So often the bar moves on.
const STEP: u64 = 64;
const BAR: &str = "{bar:30} {percent}%  {msg}  {per_sec}";
const NO_BAR: &str = "{spinner} {bytes} read  {msg}";
const GO_ON: &str = "run the same command again to go on: what is kept already is passed over";

/// What was told so far.
pub(super) struct Tally {
    tells_all: bool,
    bar: ProgressBar,
    read_bytes: Arc<AtomicU64>,
    noted: u64,
    new: u64,
    kept: u64,
    refused: u64,
    unreadable: u64,
    passed_over: u64,
}

impl Tally {
    pub(super) fn new(tells_all: bool) -> Self {
        Self {
            tells_all,
            bar: ProgressBar::hidden(),
            read_bytes: Arc::default(),
            noted: 0,
            new: 0,
            kept: 0,
            refused: 0,
            unreadable: 0,
            passed_over: 0,
        }
    }

    /// Shows a bar from now on, if somebody looks; its length is known if all that is read is files.
    pub(super) fn begin(&mut self, paths: &[PathBuf], read_bytes: Arc<AtomicU64>) {
        let length = |path: &PathBuf| {
            std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|found| found.len())
        };
        let length: Option<u64> = paths.iter().map(length).sum();
        let template = if length.is_some() { BAR } else { NO_BAR };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        self.bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()).with_style(style);
        self.read_bytes = read_bytes;
    }

    pub(super) fn note(&mut self, told: Told) {
        match told {
            Told::New => self.new += 1,
            Told::Kept => self.kept += 1,
            Told::PassedOver => self.passed_over += 1,
            Told::Refused { name, reason } => {
                self.refused += 1;
                if self.tells_all || self.refused <= TOLD {
                    self.say(&format!("{}: refused: {}", excerpt(&name), excerpt(&reason)));
                }
            }
            Told::Unreadable { name, reason } => {
                self.unreadable += 1;
                self.say(&format!("{}: {}", excerpt(&name), excerpt(&reason)));
            }
        }
        self.noted += 1;
        if self.noted.is_multiple_of(STEP) {
            self.bar.set_position(self.read_bytes.load(Ordering::Relaxed));
            self.bar.set_message(self.counts());
        }
    }

    /// Whether all was as it should be.
    pub(super) fn is_good(&self) -> bool {
        self.refused == 0 && self.unreadable == 0
    }

    /// The last line of what went to its end, or was asked to stop.
    pub(super) fn close(&self, was_stopped: bool) {
        self.bar.finish_and_clear();
        if !self.tells_all && self.refused > TOLD {
            tell!("philae: {} more were refused; --verbose tells each", self.refused - TOLD);
        }
        match was_stopped {
            false => say!("{}", self.counts()),
            true => say!("stopped: {}; {GO_ON}", self.counts()),
        }
    }

    /// The last lines of what failed.
    pub(super) fn fail(&self, error: &ImportError) {
        self.bar.finish_and_clear();
        tell!("philae: {}", chain(error));
        if self.noted > 0 {
            say!("broken off: {}; {GO_ON}", self.counts());
        }
    }

    fn counts(&self) -> String {
        let mut counts = format!("{} new, {} kept already, {} refused", self.new, self.kept, self.refused);
        for (count, words) in [(self.unreadable, "not readable"), (self.passed_over, "passed over, no XML")] {
            if count > 0 {
                counts.push_str(&format!(", {count} {words}"));
            }
        }
        counts
    }

    fn say(&self, line: &str) {
        self.bar.suspend(|| tell!("{line}"));
    }
}
