//! `philae dev`: a broker on this machine alone, with local defaults, and what to try with it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::run;
use super::run_args::{self, RunArgs};
use crate::config::EXIT_CONFIG;

/// Run a broker on this machine alone, to try things out.
#[derive(Debug, clap::Args)]
pub(super) struct DevArgs {
    /// Port on 127.0.0.1 on which authors submit
    #[arg(long, value_name = "PORT", default_value_t = 8098)]
    receive_port: u16,

    /// Port on 127.0.0.1 on which subscribers listen
    #[arg(long, value_name = "PORT", default_value_t = 8099)]
    broadcast_port: u16,

    /// Keep events in this directory [default: "dev" beside that of `philae run`]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Log more: -v connections, -vv frames
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

pub(super) fn main(args: &DevArgs) -> ExitCode {
    let environment = run_args::environment();
    let beside = || environment.data_dir().map(|folder| folder.with_file_name("philae-dev"));
    let data_dir = args.data_dir.clone().or_else(beside);
    let run_args = RunArgs {
        local_ivo: Some("ivo://philae.dev/broker".to_owned()),
        receive: vec![format!("127.0.0.1:{}", args.receive_port)],
        broadcast: vec![format!("127.0.0.1:{}", args.broadcast_port)],
        data_dir: data_dir.map(|folder| folder.to_string_lossy().into_owned()),
        verbose: args.verbose,
        ..RunArgs::default()
    };
    match run_args::load(&run_args, &environment) {
        Ok(config) => run::run(&config, || println!("{}", invitation(args))),
        Err(faults) => {
            eprintln!("{faults}");
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

fn invitation(args: &DevArgs) -> String {
    let program = std::env::current_exe().map_or_else(|_| "philae".into(), |path| path.display().to_string());
    let (receive, broadcast) = (args.receive_port, args.broadcast_port);
    format!(
        "A broker runs on this machine. In a second terminal, watch its events:\n\n    \
         {program} tap 127.0.0.1:{broadcast}\n\nand in a third, send it one:\n\n    \
         {program} send 127.0.0.1:{receive} tests/fixtures/grb.xml\n\nCtrl-C stops it.\n"
    )
}
