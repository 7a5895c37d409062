//! The lines of `philae dev`: what handlers say, and what is said of builds; all others are as a broker's.
//!
//! ```text
//! 07:31:02.417Z  INFO alert: observation ivo://...      a handler: its name in a colour that it always has
//! 07:31:40.002Z BUILD alert: handler.c:7: error: ...    a compiler
//! 07:31:44.871Z BUILD alert built in 0.4 s, 12.3 kB
//! ```
//! Whatever the text is, it is plain here: nothing in it is an order to a terminal.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::plain::plain;

const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BLUE: &str = "34";
/// The colours of names: none of those of levels.
const NAMES: [&str; 6] = ["36", "35", "96", "95", "94", "92"];

/// How lines are written.
pub(super) struct Lines {
    others: Format<Full, Clock>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { others: Format::default().with_timer(Clock).with_target(false) }
    }
}

/// The time of the day, UTC.
#[derive(Debug, Clone, Copy)]
struct Clock;

impl FormatTime for Clock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", jiff::Timestamp::now().strftime("%H:%M:%S%.3fZ"))
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut facts = Facts::default();
        event.record(&mut facts);
        let level = *event.metadata().level();
        match facts {
            Facts { handler: Some(name), said: Some(said), .. } => {
                begin(&mut writer, colour_of(level), &format!("{level:>5}"), &name)?;
                writeln!(writer, ": {}", plain(&said))
            }
            Facts { build: Some(name), words: Some(words), .. } => {
                begin(&mut writer, DIM, "BUILD", &name)?;
                writeln!(writer, ": {}", plain(&words))
            }
            Facts { build: Some(name), said: Some(said), .. } => {
                begin(&mut writer, colour_of(level), "BUILD", &name)?;
                paint(&mut writer, colour_of(level), &said)?;
                writeln!(writer)
            }
            Facts { .. } => self.others.format_event(context, writer, event),
        }
    }
}

/// The time, what kind of line it is, and whose.
fn begin(writer: &mut Writer<'_>, colour: &str, kind: &str, name: &str) -> fmt::Result {
    let mut time = String::new();
    Clock.format_time(&mut Writer::new(&mut time))?;
    paint(writer, DIM, &time)?;
    writer.write_char(' ')?;
    paint(writer, colour, kind)?;
    writer.write_char(' ')?;
    paint(writer, name_colour(name), name)
}

fn paint(writer: &mut Writer<'_>, colour: &str, text: &str) -> fmt::Result {
    let text = plain(text);
    if writer.has_ansi_escapes() {
        write!(writer, "\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        writer.write_str(&text)
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => RED,
        Level::WARN => YELLOW,
        Level::INFO => GREEN,
        _ => BLUE,
    }
}

/// A colour that depends on the name alone.
fn name_colour(name: &str) -> &'static str {
    let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    NAMES.get(sum % NAMES.len()).copied().unwrap_or(DIM)
}

/// The fields of an event by which it is told.
#[derive(Debug, Default)]
struct Facts {
    handler: Option<String>,
    build: Option<String>,
    said: Option<String>,
    words: Option<String>,
}

impl Facts {
    fn take(&mut self, field: &Field, text: impl FnOnce() -> String) {
        match field.name() {
            "handler" => self.handler = Some(text()),
            "build" => self.build = Some(text()),
            "said" => self.said = Some(text()),
            "words" => self.words = Some(text()),
            _ => {}
        }
    }
}

impl Visit for Facts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::{info, warn};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// What is written of what some code logs, without the times.
    fn written(is_coloured: bool, log: impl FnOnce()) -> Vec<String> {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt().with_writer(written.clone()).with_ansi(is_coloured);
        tracing::subscriber::with_default(subscriber.event_format(Lines::new()).finish(), log);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| line.split_once("Z").unwrap().1.to_owned()).collect()
    }

    #[test]
    fn handlers_and_builds_have_lines_of_their_own_and_all_else_is_as_in_a_broker() {
        let lines = written(false, || {
            let handler = "alert";
            info!(%handler, seq = 7, said = "a \"burst\"", "handler");
            info!(build = handler, words = "x.c:7: error", "build");
            info!(build = handler, said = " built in 0.4 s", "build");
            info!(%handler, revision = "r", "the handler runs");
        });
        assert_eq!(
            lines,
            [
                "  INFO alert: a \"burst\"",
                " BUILD alert: x.c:7: error",
                " BUILD alert built in 0.4 s",
                "  INFO the handler runs handler=alert revision=\"r\""
            ]
        );
    }

    #[test]
    fn a_name_keeps_its_colour_and_the_text_gives_no_orders() {
        let lines = written(true, || {
            warn!(handler = "alert", said = "\u{1b}[2Jone", "handler");
            warn!(handler = "alert", said = "two", "handler");
        });
        let line = |text: &str| {
            let name = name_colour("alert");
            format!("\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m \u{1b}[{name}malert\u{1b}[0m: {text}")
        };
        assert_eq!(lines, [line("\u{fffd}[2Jone"), line("two")]);
    }
}
