//! `philae top`: how a running broker does, on the whole terminal, as it happens.
//!
//! It asks the broker over its control socket, as `philae status` does, and draws what it is told. A broker that goes away
//! is asked until it is back, its last picture dimmed meanwhile. What is drawn is a function of that [`Picture`] and of
//! what the operator looks at, the [`View`]; neither knows the terminal, which is left as it was whatever ends this.
//!
//! ```text
//! keys ── View::press ──┐
//!                       ├──> draw ──> Screen
//! broker ── look ── Picture::learn
//! ```

mod detail;
mod draw;
mod pane;
mod picture;
#[cfg(test)]
mod sample;
mod screen;
mod style;
mod view;

use std::io::{self, IsTerminal};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event};
use tokio::sync::mpsc;

use super::ask::AskError;
use super::{EXIT_FAILED, archive, runtime};
use crate::config::duration;
use crate::lifecycle::start_thread;
use picture::{Picture, look, look_after};
use screen::Screen;
use style::Palette;
use view::{View, Wish};

/// How often a broker may be asked.
const INTERVAL: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);
/// Keys that wait to be obeyed.
const KEYS: usize = 64;

/// Show on the whole terminal how a running broker does, as it happens
///
/// Upstreams, streams, subscribers, handlers and the latest events of the broker that runs on the data folder, asked as its
/// user. Tab goes from pane to pane, Enter tells all of one thing, ? names the keys, q leaves. NO_COLOR is heeded. Exits with
/// 69 if no broker runs there to begin with.
#[derive(Debug, clap::Args)]
pub(super) struct TopArgs {
    /// The data folder of the broker [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// The time between two looks at the broker, in seconds or as 500ms
    #[arg(long, value_name = "TIME", default_value = "1", value_parser = interval)]
    interval: Duration,
}

fn interval(text: &str) -> Result<Duration, String> {
    duration(text, &INTERVAL).map_err(|error| error.to_string())
}

/// Why there is nothing to show any more.
enum Trouble {
    Away(AskError),
    Terminal(io::Error),
}

pub(super) fn main(args: &TopArgs) -> ExitCode {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        tell!("philae: top needs a terminal; philae status tells the same once, for a pipe or a file");
        return ExitCode::from(EXIT_FAILED);
    }
    let folder = match archive::data_folder(args.data_dir.as_ref()) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    let palette = Palette::of_environment();
    let shown = runtime::block_on(show(&folder, args.interval, palette));
    match shown.map_err(Trouble::Terminal).flatten() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Away(error)) => {
            tell!("philae: {error}");
            error.exit_code()
        }
        Err(Trouble::Terminal(error)) => {
            tell!("philae: cannot use the terminal: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// Shows the broker until somebody leaves, or the process is asked to end.
async fn show(folder: &Path, interval: Duration, palette: Palette) -> Result<(), Trouble> {
    let told = look(folder).await.map_err(Trouble::Away)?;
    let (mut picture, mut view) = (Picture::of(told, interval), View::default());
    let mut signals = runtime::Signals::listen().map_err(Trouble::Terminal)?;
    let mut screen = Screen::open().map_err(Trouble::Terminal)?;
    let mut keys = keys().map_err(Trouble::Terminal)?;
    let mut next = std::pin::pin!(look_after(interval, folder));
    loop {
        screen.draw(|frame| draw::draw(frame, &picture, &view, palette)).map_err(Trouble::Terminal)?;
        // The end first, then whoever sits before it, then the broker. A look that waits while this is paused, or is
        // dropped half way, loses nothing; neither do the others.
        tokio::select! {
            biased;
            // Whether it is asked to end or its terminal is hung up, there is nobody to show anything to.
            _ = signals.next() => return Ok(()),
            pressed = keys.recv() => {
                let was_paused = view.is_paused();
                let Some(pressed) = pressed else { return Ok(()) };
                if view.press(&pressed, &picture) == Wish::Leave {
                    return Ok(());
                }
                if was_paused && !view.is_paused() {
                    next.set(look_after(Duration::ZERO, folder));
                }
            }
            told = &mut next, if !view.is_paused() => {
                picture.learn(told);
                next.set(look_after(interval, folder));
            }
        }
    }
}

/// What the terminal says is pressed, and that its size is another. Ends when the terminal is gone.
fn keys() -> io::Result<mpsc::Receiver<Event>> {
    let (to, keys) = mpsc::channel(KEYS);
    // It waits for a key when the process ends, and ends with it.
    start_thread("keys", move || while event::read().is_ok_and(|event| to.blocking_send(event).is_ok()) {})?;
    Ok(keys)
}
