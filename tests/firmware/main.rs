//! Firmware and calibration of units that are served as serial ports by another process, and the vendor's
//! releases from a server on loopback.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says so when it cannot go on"
)]

mod calibration;
mod flash;
mod published;
mod vendor;

#[path = "../common/program.rs"]
mod program;
#[path = "../common/served.rs"]
mod served;
#[path = "../common/terminal.rs"]
mod terminal;

use program::{Said, Scratch};

/// So many simulated seconds pass in one: a flash takes minutes on a unit.
const FAST: &[&str] = &["--speed", "50"];

/// A file with an image that runs as a version.
fn write_image(scratch: &Scratch, name: &str, version: u16) {
    std::fs::write(scratch.file(name), batlab_run::simulator::image(version)).unwrap();
}

/// The version that the unit on `u` says it runs.
fn version(scratch: &Scratch) -> String {
    scratch.run(&["read", "u", "unit", "FIRMWARE_VER"]).ends_with(0).out.trim().to_owned()
}

/// The JSON objects of an output.
fn objects(said: &Said) -> Vec<serde_json::Value> {
    said.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}
