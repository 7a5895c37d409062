//! `philae completions`: what a shell needs to complete a command line.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::Arguments;
use super::files::print_all;

/// Print what a shell needs to complete philae's commands and options
///
/// For bash: philae completions bash > ~/.local/share/bash-completion/completions/philae
/// For zsh, into a folder of $fpath: philae completions zsh > ~/.zfunc/_philae
/// For fish: philae completions fish > ~/.config/fish/completions/philae.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn main(args: &CompletionsArgs) -> ExitCode {
    // Made in memory: whoever prints into a pipe that closes must not panic.
    let mut script = Vec::new();
    generate(args.shell, &mut Arguments::command(), "philae", &mut script);
    print_all(script)
}
