//! The command line: from arguments to a command and its exit code.
//!
//! One file a sub-command. Only here are arguments, environment and signals read.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | the command ran, and what it was for failed: a nak, no answer, a packet that is not valid, a loss in a benchmark |
//! | 2 | the command line cannot be understood, or an expression in it |
//! | 69 | a port or the data folder is in use, a program is not there, or there is no broker to listen to or to ask (`EX_UNAVAILABLE`) |
//! | 74 | the store cannot be read or written (`EX_IOERR`) |
//! | 78 | the configuration has faults, all of which are listed (`EX_CONFIG`) |

#[macro_use]
mod aside;

mod archive;
mod ask;
mod bench;
mod clone;
mod completions;
mod config;
mod confined;
mod dev;
mod doctor;
mod events;
mod export;
mod files;
mod filter;
mod handler;
mod import;
mod index;
mod listen;
mod logging;
mod man;
mod progress;
mod query;
mod replay;
mod run;
pub mod run_args;
mod runtime;
mod selection;
mod send;
mod service;
mod show;
mod status;
mod submit;
mod tap;
mod told;
mod tool_args;
mod top;
mod user_folder;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The command ran, and what it was for failed.
const EXIT_FAILED: u8 = 1;
/// The command line cannot be understood.
const EXIT_USAGE: u8 = 2;
/// Something that is needed is in use or out of reach.
const EXIT_UNAVAILABLE: u8 = 69;
/// The store cannot be read or written.
const EXIT_STORE: u8 = 74;

/// A broker for astronomical alerts: VOEvents in over VTP, kept, and out to every subscriber.
#[derive(Debug, Parser)]
#[command(name = "philae", version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the broker
    #[command(alias = "comet")]
    Run(Box<run_args::RunArgs>),
    /// Run a broker on this machine alone, to try things out
    Dev(dev::DevArgs),
    /// Submit events to a broker and wait for its receipts
    Send(send::SendArgs),
    /// Subscribe to a broker and show events as they come
    Tap(tap::TapArgs),
    /// Check packets as a broker checks an author's, without one
    Validate(validate::ValidateArgs),
    /// Try an XPath expression on packets
    Filter(filter::FilterArgs),
    /// List events of a broker's log
    Events(events::EventsArgs),
    /// Show one event, what it cites and what cites it, and what handlers made of it
    Show(show::ShowArgs),
    Index(index::IndexArgs),
    /// Take packets of archives into a broker's log, as history
    Import(import::ImportArgs),
    /// Play events of a broker's log once more
    Replay(replay::ReplayArgs),
    /// Write events of a broker's log into files for others
    Export(export::ExportArgs),
    /// Ask the archive in XPath 3.1
    Query(query::QueryArgs),
    /// Say how a running broker does
    Status(status::StatusArgs),
    /// Show on the whole terminal how a running broker does, as it happens
    Top(top::TopArgs),
    /// See what handlers do, and order them
    Handler(handler::HandlerArgs),
    /// Check, show or begin a configuration
    Config(config::ConfigArgs),
    /// Check an installation, and say what to do where it is not sound
    Doctor(Box<doctor::DoctorArgs>),
    /// Drive a broker as authors and subscribers do, and measure it
    Bench(bench::BenchArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the command that the process was called with.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(code) = query::worker::main() {
        return code;
    }
    match Arguments::parse().command {
        Command::Run(args) => run::main(&args),
        Command::Dev(args) => dev::main(&args),
        Command::Send(args) => send::main(&args),
        Command::Tap(args) => tap::main(&args),
        Command::Validate(args) => validate::main(&args),
        Command::Filter(args) => filter::main(&args),
        Command::Events(args) => events::main(&args),
        Command::Index(args) => index::main(&args),
        Command::Show(args) => show::main(&args),
        Command::Import(args) => import::main(&args),
        Command::Replay(args) => replay::main(&args),
        Command::Export(args) => export::main(&args),
        Command::Query(args) => query::main(&args),
        Command::Status(args) => status::main(&args),
        Command::Top(args) => top::main(&args),
        Command::Handler(args) => handler::main(&args),
        Command::Config(args) => config::main(&args),
        Command::Doctor(args) => doctor::main(&args),
        Command::Bench(args) => bench::main(&args),
        Command::Completions(args) => completions::main(&args),
        Command::Man(args) => man::main(&args),
    }
}
