//! The command line: one file a sub-command. Here alone are arguments, environment and files of configuration read.

pub mod run_args;
