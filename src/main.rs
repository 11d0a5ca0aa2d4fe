//! The command `batlab-run`.

use batlab_run::cli::simulate::{SimulateArgs, simulate};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Runs battery test recipes on Batlab battery testers.
#[derive(Debug, Parser)]
#[command(version)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulated units as serial ports, for any other program
    Simulate(SimulateArgs),
}

fn main() -> ExitCode {
    let Command::Simulate(args) = Line::parse().command;
    match simulate(&args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}
