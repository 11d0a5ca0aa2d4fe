//! Measures every cell of a unit by its registers: voltage, current, temperature, charge, mode and errors.
//!
//! `cargo run --example measure_cells -- --sim`

mod common;

use batlab_run::driver::{Line, LineError};
use batlab_run::identity::Slot;
use batlab_run::wire::{RawTemperature, SamplePeriod, Thermistor, cell};
use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    measure(&common::arguments(), &mut io::stdout())
}

/// Prints a line for each slot of each unit.
pub fn measure(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    for mut unit in common::units(arguments)? {
        for slot in Slot::ALL {
            let line = &mut unit.line;
            // A register knows what it holds: none of these can be taken for another.
            let voltage = line.read(cell::VOLTAGE.at(slot))?.volts()?;
            let current = line.read(cell::CURRENT.at(slot))?.amperes()?;
            let raw = line.read(cell::TEMPERATURE.at(slot))?;
            let temperature = temperature(line, slot, raw)?;
            // Both halves are read so that they belong together.
            let charge = line.read_charge(slot)?.coulombs(SamplePeriod::Rotation);
            let mode = line.read(cell::MODE.at(slot))?;
            let errors = line.read(cell::ERROR.at(slot))?;
            writeln!(
                out,
                "{}:{slot} {mode}: {voltage:.4}, {current:.4}, {temperature}, {charge:.3}, errors {errors}",
                unit.serial
            )?;
        }
    }
    Ok(())
}

/// A temperature needs the slot's own thermistor, which the unit keeps in two calibration registers.
fn temperature(line: &mut Line, slot: Slot, raw: RawTemperature) -> Result<String, LineError> {
    let divider = line.read(cell::TEMP_CALIB_R.at(slot))?;
    let beta = line.read(cell::TEMP_CALIB_B.at(slot))?;
    let celsius = Thermistor::from_registers(divider, beta).and_then(|thermistor| raw.to_celsius(thermistor));
    Ok(match celsius {
        Ok(celsius) => format!("{celsius:.1} ({:.1} degF)", celsius.fahrenheit()),
        Err(why) => format!("no temperature ({why})"),
    })
}
