//! Our half of `benches/side_by_side`: register reads a second and the time of a full measurement of a unit on a
//! port, as one line of JSON. It changes nothing on the unit.
//!
//! `cargo bench --bench peer -- PORT SECONDS`

use batlab_run::clock::{Clock, SystemClock};
use batlab_run::driver::{Config, Line, Request};
use batlab_run::identity::Slot;
use batlab_run::manual::{self, Thermistors};
use batlab_run::pool;
use batlab_run::transport::serial::Serial;
use batlab_run::wire::{Address, cell};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Registers asked for with one call, so that the next ones wait in the driver when a reply comes.
const AT_ONCE: usize = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let [port, seconds] = arguments.as_slice() else {
        // As a part of all benches there is nobody to compare with.
        println!("benches/side_by_side runs this, with a port and seconds");
        return Ok(());
    };
    let seconds = Duration::from_secs_f64(seconds.parse()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let serial = Serial::open(Path::new(port), Arc::clone(&clock))?;
    let mut unit = pool::meet(Line::new(Box::new(serial), Arc::clone(&clock), Config::default()))?;

    let of_slot = |slot| {
        let [mode, temperature, current, voltage] = [
            cell::MODE.at(slot).address(),
            cell::TEMPERATURE.at(slot).address(),
            cell::CURRENT.at(slot).address(),
            cell::VOLTAGE.at(slot).address(),
        ];
        [mode, temperature, current, voltage]
    };
    let all: Vec<Address> = Slot::ALL.into_iter().flat_map(of_slot).cycle().take(AT_ONCE).collect();
    let (begun, mut reads) = (clock.now(), 0);
    while clock.now() - begun < seconds {
        unit.line.call(Request::ReadMany(all.clone()))?;
        reads += all.len();
    }
    let reads_a_second = reads as f64 / (clock.now() - begun).as_secs_f64();

    let thermistors = Thermistors::read(&mut unit.line)?;
    let mut times = Vec::new();
    let begun = clock.now();
    while clock.now() - begun < seconds {
        let one = clock.now();
        manual::measure(&mut unit, &Slot::ALL, &thermistors)?;
        times.push(clock.now() - one);
    }
    times.sort();
    let measurement_second = times.get(times.len() / 2).ok_or("no time for a measurement")?.as_secs_f64();
    println!(r#"{{"reads_a_second": {reads_a_second}, "measurement_second": {measurement_second}}}"#);
    Ok(())
}
