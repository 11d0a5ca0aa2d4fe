//! How fast a simulated unit with four busy cells runs: simulated seconds for each second of the wall,
//! and how much memory a unit takes.
//!
//! `cargo bench --bench simulator`

use batlab_run::clock::{Clock, Instant, SystemClock, VirtualClock};
use batlab_run::plan::Chemistry;
use batlab_run::simulator::Unit;
use batlab_run::simulator::bench::Bench;
use batlab_run::transport::{SimulatedPort, Transport, TransportError, Wake};
use batlab_run::units::Coulombs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Simulated time of a run.
const RUN: Duration = Duration::from_secs(4 * 3600);
/// How often every cell is read.
const ROUND: Duration = Duration::from_micros(614_400);
/// VOLTAGE, CURRENT and CHARGEL.
const READS: [u8; 3] = [0x07, 0x06, 0x08];

fn main() -> Result<(), TransportError> {
    let wall = SystemClock::start();
    for (name, streams, reads) in [
        ("streams and 3 reads a cell", true, true),
        ("streams only", true, false),
        ("nothing asked", false, false),
    ] {
        let begin = wall.now();
        let (simulated, bytes) = run(streams, reads)?;
        let took = (wall.now() - begin).as_secs_f64();
        println!(
            "{name:<28} {:>9.0} simulated s/s   {bytes:>8} bytes in {took:.3} s",
            simulated.as_secs_f64() / took
        );
    }
    if let Some(bytes) = memory_of_a_unit() {
        println!("memory a unit                {bytes:>9} bytes");
    }
    Ok(())
}

/// Bytes of a unit, from what the system counts for a thousand of them; `None` where it does not say.
fn memory_of_a_unit() -> Option<u64> {
    const PAGE: u64 = 4096;
    const UNITS: u64 = 1000;
    let resident = || -> Option<u64> {
        let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
        Some(pages.split_whitespace().nth(1)?.parse::<u64>().ok()? * PAGE)
    };
    let bench = Bench::small_cells(1);
    let before = resident()?;
    let units: Vec<Unit> = (0..UNITS).map(|seed| Unit::new(&bench.units[0], seed)).collect();
    let after = resident()?;
    assert_eq!(units.len() as u64, UNITS);
    Some(after.saturating_sub(before) / UNITS)
}

/// Cycles four 5 Ah cells at 1 A, half of the time each way; tells the simulated time and the bytes that came.
fn run(streams: bool, reads: bool) -> Result<(Duration, usize), TransportError> {
    let bench = Bench::matching(Chemistry::LiIon, Coulombs::from_ampere_hours(5.0), 1);
    let clock = Arc::new(VirtualClock::default());
    let unit = Arc::new(Mutex::new(Unit::new(&bench.units[0], bench.seed)));
    let mut port = SimulatedPort::new(Arc::clone(&unit), Arc::clone(&clock));
    let mut bytes = Vec::new();
    let mut came = 0;
    for mode in [3, 4] {
        for cell in 0..4 {
            ask(&mut port, &clock, &mut bytes, cell, 0x84, if streams { 5 } else { 0 })?;
            ask(&mut port, &clock, &mut bytes, cell, 0x83, 128)?;
            ask(&mut port, &clock, &mut bytes, cell, 0x80, mode)?;
        }
        let end = clock.now() + RUN / 2;
        while clock.now() < end {
            let round_ends = clock.now() + ROUND;
            if reads {
                for cell in 0..4 {
                    let request: Vec<u8> = READS.iter().flat_map(|a| [0xAA, cell, *a, 0, 0]).collect();
                    port.send(&request)?;
                }
            }
            came += wait(&mut port, round_ends, &mut bytes)?;
        }
        let unit = unit.lock().unwrap_or_else(PoisonError::into_inner);
        let modes = [0, 1, 2, 3].map(|cell| unit.register(cell, 0x00));
        assert_eq!(modes, [Some(mode); 4], "four cells busy to the end");
    }
    Ok((clock.now() - Instant::ORIGIN, came))
}

/// Receives until a moment, and tells how many bytes came.
fn wait(port: &mut SimulatedPort, until: Instant, bytes: &mut Vec<u8>) -> Result<usize, TransportError> {
    let mut came = 0;
    loop {
        bytes.clear();
        let wake = port.receive(until, bytes)?;
        came += bytes.len();
        if wake != Wake::Bytes {
            return Ok(came);
        }
    }
}

/// Writes a register and lets 20 ms pass.
fn ask(
    port: &mut SimulatedPort,
    clock: &VirtualClock,
    bytes: &mut Vec<u8>,
    cell: u8,
    address: u8,
    data: u16,
) -> Result<usize, TransportError> {
    let [low, high] = data.to_le_bytes();
    port.send(&[0xAA, cell, address, low, high])?;
    wait(port, clock.now() + Duration::from_millis(20), bytes)
}
