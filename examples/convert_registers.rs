//! Reads registers by name, and converts between what they hold and what it means, both ways.
//!
//! `cargo run --example convert_registers -- --sim`

mod common;

use batlab_run::pool;
use batlab_run::units::{Amperes, Celsius, Coulombs, Hertz, Ohms, Volts};
use batlab_run::wire::{
    Address, ChargeSum, CurrentLimit, Encoding, Namespace, RawTemperature, SamplePeriod, Setpoint,
    SineFrequency, TemperatureLimit, Thermistor, Vcc, VoltageLimit, registers, unit,
};
use std::error::Error;
use std::io::{self, Write};

fn main() -> Result<(), Box<dyn Error>> {
    convert(&common::arguments(), &mut io::stdout())
}

/// Prints registers of the first unit, then conversions without one.
pub fn convert(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let first = common::units(arguments, pool::meet)?.into_iter().next();
    let mut line = first.ok_or("there is no unit")?.line;

    // By its type: the value is a frequency, and nothing else.
    let frequency: SineFrequency = line.read(unit::SINE_FREQ)?;
    writeln!(out, "SINE_FREQ holds {}, which is {}", frequency.to_raw(), frequency.hertz())?;

    // By its name: the map knows where it is, what it means and how to say it.
    for name in ["FIRMWARE_VER", "VCC", "ZERO_AMP_THRESH", "WATCHDOG_TIMER"] {
        let info = registers().find(|info| info.name == name).ok_or("no such register")?;
        let address = Address::new(Namespace::Unit, info.register).ok_or("no such register")?;
        let raw = line.read_many(vec![address])?.first().copied().ok_or("no answer")?;
        writeln!(out, "{name} holds {raw}, which is {} ({})", (info.describe)(raw), info.meaning)?;
    }

    // Both ways. What no register holds is an error, and limits are never rounded to the wider side.
    let setpoint = Setpoint::nearest(Amperes(1.3))?;
    writeln!(out, "1.3 A: setpoint {}, really {}", setpoint.to_raw(), setpoint.amperes())?;
    writeln!(
        out,
        "5 A: {}",
        Setpoint::nearest(Amperes(5.0)).map_or_else(|e| e.to_string(), |s| s.to_string())
    )?;
    let limit = VoltageLimit::upper(Volts(4.2))?;
    writeln!(out, "4.2 V: limit {}, really {:.5}", limit.to_raw(), limit.volts())?;
    let limit = CurrentLimit::upper(Amperes(2.0))?;
    writeln!(out, "2 A: limit {}, really {:.5}", limit.to_raw(), limit.amperes())?;
    let vcc = Vcc::nearest(Volts(5.0))?;
    writeln!(out, "5 V: VCC {}, really {:.4}", vcc.to_raw(), vcc.volts()?)?;
    writeln!(out, "1 kHz: {} steps", SineFrequency::nearest(Hertz(1000.0))?.to_raw())?;

    let thermistor = Thermistor::new(Ohms(1500.0), 3380.0)?;
    let warm = RawTemperature::nearest(Celsius::from_fahrenheit(113.0), thermistor)?;
    let back = warm.to_celsius(thermistor)?;
    writeln!(out, "113 degF: ratio {}, really {back:.3} or {:.3} degF", warm.to_raw(), back.fahrenheit())?;
    let limit = TemperatureLimit::upper(Celsius(45.0), thermistor)?;
    writeln!(out, "45 degC: limit {}, really {:.3}", limit.to_raw(), limit.to_celsius(thermistor)?)?;

    let sum = ChargeSum::nearest(Coulombs::from_ampere_hours(2.5), SamplePeriod::Rotation)?;
    let (high, low) = sum.halves();
    writeln!(out, "2.5 Ah: CHARGEH {high}, CHARGEL {low}")?;
    Ok(())
}
