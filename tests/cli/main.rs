//! The program from the command line, without any port.

mod bad_input;
mod commands;
mod output;
mod simulated;

#[path = "../common/program.rs"]
mod program;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;
