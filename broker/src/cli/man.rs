//! `philae man`: manual pages, one a command, made of what `--help` says.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::files::{print, print_all};
use super::{Arguments, EXIT_FAILED};

/// Print the manual page of philae, or write those of all commands into a folder
///
/// Each command has a page of its own: philae.1, philae-run.1, philae-handler-test.1. With --out ~/.local/share/man/man1
/// they are found by man philae-handler-test.
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Write all pages into this folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn main(args: &ManArgs) -> ExitCode {
    let mut pages = Vec::new();
    let mut philae = Arguments::command().disable_help_subcommand(true);
    philae.build();
    let made = pages_of(&philae, &mut pages);
    let Some(folder) = &args.out else {
        return print(|out| {
            made?;
            pages.first().map_or(Ok(()), |(_, page)| out.write_all(page)).map(|()| true)
        });
    };
    match made.and_then(|()| write(folder, &pages)) {
        Ok(()) => print_all(format!("{} pages in {}\n", pages.len(), folder.display())),
        Err(error) => {
            tell!("philae: cannot write manual pages into '{}': {error}", folder.display());
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// The pages of a command and of those below it, by file name, the command's own first.
fn pages_of(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    pages.push((man.get_filename(), page));
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .try_for_each(|below| pages_of(below, pages))
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|(name, page)| fs::write(folder.join(name), page))
}
