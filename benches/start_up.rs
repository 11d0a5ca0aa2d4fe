//! The binary: its size, and how long it takes to start, to prove a recipe, and to find that there is no port.
//!
//! `cargo bench --bench start_up`

use batlab_run::clock::{Clock, SystemClock};
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_batlab-run");
/// How often each is done.
const TIMES: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::metadata(BINARY)?.len();
    println!("{:<44} {:9.2} MB", "size of the binary", bytes as f64 / 1e6);
    // What any program takes here: the system's part.
    tell("a program that does nothing (true)", "true", &[])?;
    tell("--version", BINARY, &["--version"])?;
    tell("--help", BINARY, &["--help"])?;
    tell("check recipes/capacity.toml", BINARY, &["check", "recipes/capacity.toml"])?;
    tell("list, where the port is none", BINARY, &["list", "--port", "/dev/null"])
}

/// Runs a command some times and tells the median.
fn tell(what: &str, program: &str, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let clock = SystemClock::start();
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = clock.now();
        command.status()?;
        times.push(clock.now() - begin);
    }
    times.sort();
    let median = times.get(TIMES / 2).copied().unwrap_or_default();
    println!("{what:<44} {:9.2} ms", median.as_secs_f64() * 1e3);
    Ok(())
}
