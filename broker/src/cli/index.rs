//! `philae index`: how far the index beside the log reaches, and making it anew.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::ask::ask;
use super::files::print_all;
use super::{EXIT_FAILED, EXIT_STORE, archive, logging, runtime, selection};
use crate::archive::{Archive, SelectError};
use crate::config::{LogFormat, Verbosity};
use crate::control::Request;
use crate::index::{Keeper, Search};
use crate::store::{Purpose, Store, StoreOptions};
use crate::writing::Writing;

/// See how far the index of a broker's log reaches, or make it anew
///
/// A broker that runs keeps its index by itself, and searches read from the log what is not in it yet: this is for an index
/// that is suspected of being wrong, and for a log at rest.
#[derive(Debug, clap::Args)]
pub(super) struct IndexArgs {
    #[command(subcommand)]
    order: Order,

    /// The data folder of the broker, whether that runs or not [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Say how far it reaches
    Show,
    /// Make it anew from the log
    Rebuild,
}

pub(super) fn main(args: &IndexArgs) -> ExitCode {
    let done = archive::data_folder(args.data_dir.as_ref()).and_then(|folder| {
        let archive = Archive::open(&folder).map_err(|error| archive::tell(&error))?;
        match args.order {
            Order::Show => return show(&archive),
            Order::Rebuild if archive.at_rest().is_some() => {
                // Whoever opens the store next waits until nobody reads it.
                drop(archive);
                rebuild(&folder)
            }
            Order::Rebuild => order(&folder),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    done.unwrap_or_else(|code| code)
}

fn show(archive: &Archive) -> Result<ExitCode, ExitCode> {
    let kept = archive.kept();
    let search = Search::open(archive.folder(), archive.log(), archive.head_at_rest());
    let search = search.map_err(|error| selection::tell(&SelectError::Index(error)))?;
    let behind = kept.to.0.saturating_sub(search.reached().0.max(kept.after.0));
    let (from, to) = (kept.after.next(), kept.to);
    Ok(print_all(format!("the log keeps #{from} to #{to}; {behind} of them are not in the index\n")))
}

/// Has the broker that runs make it anew.
fn order(folder: &Path) -> Result<(), ExitCode> {
    let asked = runtime::block_on(ask(folder, &Request::Reindex)).map_err(failed)?;
    asked.map_err(|error| {
        tell!("philae: {error}");
        error.exit_code()
    })?;
    say!("the broker makes it anew; philae index show tells how far it is");
    Ok(())
}

/// Makes it anew, with the store open as a broker has it open, so that none can start meanwhile.
fn rebuild(folder: &Path) -> Result<(), ExitCode> {
    let _guard = logging::start(Verbosity::Warn, logging::Style::Broker(LogFormat::Text));
    let options = StoreOptions::at_rest(Purpose::IndexRebuild);
    let (store, writer) = Store::open(folder, &options).map_err(not_made)?;
    archive::tell_damages(store.new_damages());
    let writing = Writing::start(writer).map_err(failed)?;
    let head = store.head();
    let made = Keeper::start(store, folder.to_owned()).map_err(failed).and_then(|keeper| {
        keeper.orders().renew();
        keeper.finish().map_err(not_made)
    });
    // A writer that panicked has said so.
    writing.end();
    made?;
    say!("the index is made anew, up to #{head}");
    Ok(())
}

fn not_made(error: impl std::fmt::Display) -> ExitCode {
    tell!("philae: {error}");
    ExitCode::from(EXIT_STORE)
}

fn failed(error: std::io::Error) -> ExitCode {
    tell!("philae: {error}");
    ExitCode::from(EXIT_FAILED)
}
