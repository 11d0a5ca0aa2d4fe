//! Measures every cell of a unit: voltage, current, temperature, charge, mode and errors. A test that goes on there goes on.
//!
//! `cargo run --example measure_cells -- --sim`

mod common;

use batlab_run::identity::Slot;
use batlab_run::manual::{self, Thermistors};
use batlab_run::pool;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    measure(&common::arguments(), &mut io::stdout())
}

/// Prints a line for each slot of each unit.
pub fn measure(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    for mut unit in common::units(arguments, pool::meet)? {
        let thermistors = Thermistors::read(&mut unit.line)?;
        let reading = manual::measure(&mut unit, &Slot::ALL, &thermistors)?;
        let serial = reading.serial.map_or_else(|| "blank".to_owned(), |serial| serial.to_string());
        for it in reading.slots {
            // Charge is none of firmware that shows no counter, temperature none of a slot without its calibration.
            let (voltage, current) = (shown(it.voltage, 4), shown(it.current, 4));
            let (temperature, charge) = (shown(it.temperature, 1), shown(it.charge, 3));
            let fahrenheit =
                it.temperature.map_or_else(String::new, |it| format!(" ({:.1} degF)", it.fahrenheit()));
            writeln!(
                out,
                "{serial}:{} {}: {voltage}, {current}, {temperature}{fahrenheit}, {charge}, errors {}",
                it.slot, it.mode, it.error
            )?;
        }
    }
    Ok(())
}

/// A value with so many digits, if there is one.
fn shown(value: Option<impl Display>, digits: usize) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.digits$}"))
}
