//! The program from the command line, without any port.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says so when it cannot go on"
)]
#![allow(clippy::duplicate_mod, reason = "each example brings what the examples share")]

mod bad_input;
mod by_hand;
mod commands;
mod examples;
mod exchanged;
mod hooked;
mod language;
#[cfg(target_os = "linux")]
mod memory;
mod output;
mod qualified;
mod queued;
mod rehearsed;
mod remade;
mod report;
mod resumed;
mod simulated;

#[cfg(target_os = "linux")]
#[path = "../common/long_run.rs"]
mod long_run;
#[path = "../common/program.rs"]
mod program;
#[cfg(target_os = "linux")]
#[path = "../common/spent.rs"]
mod spent;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;
