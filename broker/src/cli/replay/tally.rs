//! What became of the events, for people: a bar while it lasts, a line for each that was not taken, and a last line.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::into::Into;
use super::player::Ended;
use crate::cli::archive;
use crate::plain::{excerpt, plain};
use crate::store::{Entry, Seq};

const BAR: &str = "{spinner} {msg}  {per_sec}";

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Played {
    /// It was taken; so many packets that came of it were dropped.
    Taken { dropped: u64 },
    /// It was there already.
    Duplicate,
    /// The handler does not want it.
    Unwanted,
    /// It was not taken, or failed, and why.
    Refused(String),
}

/// What was played so far.
pub(super) struct Tally {
    is_handler: bool,
    bar: ProgressBar,
    last: Option<Seq>,
    taken: u64,
    duplicates: u64,
    unwanted: u64,
    refused: u64,
    dropped: u64,
}

impl Tally {
    pub(super) fn new(into: &Into) -> Self {
        let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
        let is_handler = matches!(into, Into::Handler(_));
        Self { is_handler, bar, last: None, taken: 0, duplicates: 0, unwanted: 0, refused: 0, dropped: 0 }
    }

    pub(super) fn note(&mut self, entry: &Entry, played: &Played) {
        self.last = Some(entry.seq);
        match played {
            Played::Taken { dropped } => {
                self.taken += 1;
                self.dropped += dropped;
            }
            Played::Duplicate => self.duplicates += 1,
            Played::Unwanted => self.unwanted += 1,
            Played::Refused(reason) => {
                self.refused += 1;
                let line = format!("{} {}: {}", entry.seq, excerpt(&entry.ivoid), plain(reason));
                self.bar.suspend(|| tell!("{line}"));
            }
        }
        self.bar.inc(1);
        self.bar.set_message(self.counts());
    }

    /// Whether something was played, and all of it was taken.
    pub(super) fn is_good(&self) -> bool {
        self.last.is_some() && self.refused == 0
    }

    /// The last lines: on standard error, since packets may go out.
    pub(super) fn close(&self, ended: &Ended) {
        self.bar.finish_and_clear();
        if let Ended::Gone(words, _) = ended {
            tell!("philae: {words}");
        }
        let go_on = match self.last {
            Some(last) => format!("after {last}; go on with --from {}", last.next()),
            None => "before the first".to_owned(),
        };
        match ended {
            Ended::Whole if self.last.is_none() => archive::tell_none(),
            Ended::Whole | Ended::Unread => tell!("{}", self.counts()),
            Ended::Stopped => tell!("stopped {go_on}: {}", self.counts()),
            Ended::Log(_) | Ended::Gone(..) => tell!("broken off {go_on}: {}", self.counts()),
        }
    }

    fn counts(&self) -> String {
        let Self { taken, duplicates, unwanted, refused, dropped, .. } = self;
        if self.is_handler {
            format!(
                "{taken} handled, {unwanted} not wanted, {refused} failed, {dropped} packets of its dropped"
            )
        } else {
            format!("{taken} played, {duplicates} duplicates, {refused} not taken")
        }
    }
}
