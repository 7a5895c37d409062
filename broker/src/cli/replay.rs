//! `philae replay`: events of a broker's log, played once more.

mod into;
mod player;
mod rate;
mod tally;

use std::process::ExitCode;

use super::selection::SelectionArgs;
use super::{EXIT_FAILED, EXIT_USAGE, archive, runtime};
use into::Into;
use player::Player;
use rate::Rate;
use tally::Tally;

/// Play events of a broker's log once more, oldest first: to a handler, to a broker, or out
///
/// Packets that go to a broker or out are marked, so that nobody takes them for new: their role becomes "test", and a
/// comment behind the first tag says which event it is, when it was received and when it was played. A handler is called
/// beside its events of the log, for those that it wants, with a source of "replay of ..."; its state is kept as ever, what
/// it publishes is dropped and counted. Exits with 1 if an event was not taken or failed, or if none is selected.
#[derive(Debug, clap::Args)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Where they go: handler:NAME of the broker that runs, vtp:HOST:PORT where a broker receives, or stdout
    #[arg(long, value_name = "WHERE", value_parser = Into::parse, help_heading = "Options")]
    into: Into,

    /// At most so many events in a second, such as 10/s or 0.5/s
    #[arg(long, value_name = "N/s", value_parser = Rate::parse, help_heading = "Options")]
    rate: Option<Rate>,

    /// Send the very bytes, without a mark
    #[arg(long, help_heading = "Options")]
    as_is: bool,
}

pub(super) fn main(args: &ReplayArgs) -> ExitCode {
    if args.as_is && matches!(args.into, Into::Handler(_)) {
        tell!("philae: a handler gets the very bytes anyway; leave --as-is away");
        return ExitCode::from(EXIT_USAGE);
    }
    play(args).unwrap_or_else(|code| code)
}

fn play(args: &ReplayArgs) -> Result<ExitCode, ExitCode> {
    let player = Player::new(&args.into, args.as_is, &args.selection)?;
    let log = args.selection.open()?;
    let mut tally = Tally::new(&args.into);
    let played = runtime::block_on(player::play_all(player, log, args.rate, &mut tally));
    let ended = played.map_err(|error| {
        tell!("philae: {error}");
        ExitCode::from(EXIT_FAILED)
    })?;
    tally.close(&ended);
    Err(match ended {
        player::Ended::Whole if tally.is_good() => return Ok(ExitCode::SUCCESS),
        player::Ended::Whole | player::Ended::Stopped | player::Ended::Unread => ExitCode::from(EXIT_FAILED),
        player::Ended::Log(error) => archive::tell(&error),
        player::Ended::Gone(_, code) => code,
    })
}
