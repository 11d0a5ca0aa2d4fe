//! What a program takes that is started: time, processor time, memory. Linux counts the last two; elsewhere they are left out.
#![allow(dead_code, reason = "each test file uses its own part")]

use batlab_run::clock::{Clock, Instant, SystemClock};
use std::error::Error;
use std::process::Command;
use std::time::Duration;

/// What it took from its start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Seconds of the wall.
    pub wall: f64,
    /// Seconds of processors, over all threads.
    pub processor: Option<f64>,
    /// Bytes of memory at the highest.
    pub peak: Option<u64>,
}

/// Runs it to its end, which is to be a good one.
pub fn spent(command: &mut Command) -> Result<Spent, Box<dyn Error>> {
    let clock = SystemClock::start();
    let before = processor_seconds();
    let mut run = command.spawn()?;
    let status = format!("/proc/{}/status", run.id());
    let mut peak = None;
    let ended = loop {
        // It only rises while the program lives, and is no longer told when it has ended.
        peak = peak.max(high_water(&status));
        if let Some(ended) = run.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if !ended.success() {
        return Err(format!("{command:?} ended with {ended}").into());
    }
    let wall = (clock.now() - Instant::ORIGIN).as_secs_f64();
    let processor = processor_seconds().zip(before).map(|(after, before)| after - before);
    Ok(Spent { wall, processor, peak })
}

/// Seconds of processor time of this process and of those that it has waited for.
pub fn processor_seconds() -> Option<f64> {
    const TICKS_A_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: the state is field 3; user and system time are 14 to 17.
    let (_, fields) = text.rsplit_once(')')?;
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(4).filter_map(|it| it.parse().ok()).collect();
    (ticks.len() == 4).then(|| ticks.iter().sum::<f64>() / TICKS_A_SECOND)
}

fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
