//! Lists units and what is in their slots, and changes nothing in them.
//!
//! `cargo run --example list_units -- --sim`, or with ports instead of `--sim`, or with nothing for all that are connected.

mod common;

use batlab_run::pool;
use batlab_run::wire::Mode;
use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    list(&common::arguments(), &mut io::stdout())
}

/// Prints a line for each unit, and one for each of its slots.
pub fn list(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    for unit in common::units(arguments, pool::observe)? {
        let supply = if unit.supplied { "supplied" } else { "without its supply" };
        writeln!(out, "unit {} on {}: firmware {}, {supply}", unit.serial, unit.line.name(), unit.firmware)?;
        for (number, slot) in unit.slots.iter().enumerate() {
            let cell = match slot.voltage {
                Some(voltage) if !matches!(slot.mode, Mode::NoCell | Mode::Backwards) => {
                    format!("{voltage:.4}")
                }
                _ => "nothing to test".to_owned(),
            };
            writeln!(out, "  slot {number}: {}, {cell}", slot.mode)?;
        }
    }
    Ok(())
}
