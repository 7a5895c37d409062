//! The `philae` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    philae::cli::main()
}
