//! Web hooks, against servers on loopback that are good, slow, down and rude.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says so when it cannot go on"
)]

mod courier;
#[cfg(unix)]
mod over_a_port;
mod refused;
mod rude;
mod run;
mod server;
mod try_out;

#[path = "../common/program.rs"]
mod program;
#[cfg(unix)]
#[path = "../common/served.rs"]
mod served;
