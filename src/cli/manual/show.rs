//! What units and slots show, as text and as JSON.

use super::args::Where;
use super::find::{self, Found};
use super::tell_json;
use crate::cli::failure::Failure;
use crate::cli::say;
use crate::identity::Slot;
use crate::manual::{self, Seen, Setpoints, SlotReading, Target, Thermistors, UnitReading};
use crate::pool::MetUnit;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use crate::verdict::Exit;
use serde_json::{Value, json};
use std::fmt::{Display, Write};
use std::time::Duration;

/// Lists the units.
pub(super) fn list(at: &Where, json: bool) -> Result<Exit, Failure> {
    let mut found = find::all(at)?;
    for unit in &mut found.units {
        let thermistors = thermistors(unit)?;
        let reading = read(unit, None, &thermistors)?;
        if json {
            tell_json(&unit_json(&reading));
        } else {
            say::out(in_list(&reading));
        }
    }
    if json {
        found.left_out().iter().for_each(|why| tell_json(&json!({ "left_out": why })));
    } else {
        tell_left_out(&found);
    }
    Ok(Exit::Passed)
}

/// Measures slots so many times, or until somebody ends it.
pub(super) fn measure(
    target: Option<&Target>,
    at: &Where,
    every: Duration,
    times: Option<u64>,
    json: bool,
) -> Result<Exit, Failure> {
    let mut found = find::those(at, target)?;
    tell_left_out(&found);
    let thermistors = found.units.iter_mut().map(thermistors).collect::<Result<Vec<_>, _>>()?;
    let mut done = 0;
    loop {
        for (unit, thermistors) in found.units.iter_mut().zip(&thermistors) {
            let reading = read(unit, target, thermistors)?;
            if json {
                tell_json(&unit_json(&reading));
            } else {
                say::out(measured(&reading));
            }
        }
        done += 1;
        if times.is_some_and(|times| done >= times) {
            return Ok(Exit::Passed);
        }
        // Of all units before the first wait, because they may go by one clock and wait one after the other.
        let next: Vec<_> = found.units.iter().map(|unit| unit.line.clock().now() + every).collect();
        for (unit, next) in found.units.iter_mut().zip(next) {
            let line = &mut unit.line;
            line.pause(next).map_err(Failure::fault)?;
            // What it sent by itself is not asked for here.
            while line.next_output().is_some() {}
        }
        if at.sim.is_some() {
            // A simulated unit does not keep anybody waiting; a person wants to read.
            std::thread::sleep(every);
        }
    }
}

/// Shows what slots are set to.
pub(super) fn setpoints(target: Option<&Target>, at: &Where, json: bool) -> Result<Exit, Failure> {
    let mut found = find::those(at, target)?;
    tell_left_out(&found);
    for unit in &mut found.units {
        if !json {
            say::out(format_args!("unit {}\n", find::name_and_port(unit)));
        }
        for slot in slots(target) {
            let set = manual::setpoints(&mut unit.line, slot).map_err(Failure::fault)?;
            if json {
                tell_json(&setpoints_json(unit, &set));
            } else {
                say::out(setpoints_text(&set));
            }
        }
    }
    Ok(Exit::Passed)
}

pub(super) fn tell_left_out(found: &Found) {
    found.left_out().iter().for_each(|why| say::complain(format_args!("notice: {why}")));
}

pub(super) fn slots(target: Option<&Target>) -> Vec<Slot> {
    target.map_or_else(|| Slot::ALL.to_vec(), Target::slots)
}

fn thermistors(unit: &mut MetUnit) -> Result<Thermistors, Failure> {
    Thermistors::read(&mut unit.line).map_err(Failure::fault)
}

fn read(
    unit: &mut MetUnit,
    target: Option<&Target>,
    thermistors: &Thermistors,
) -> Result<UnitReading, Failure> {
    manual::measure(unit, &slots(target), thermistors).map_err(Failure::fault)
}

fn head(unit: &UnitReading) -> String {
    let serial = unit.serial.map_or_else(|| "without a serial number".to_owned(), |it| it.to_string());
    let known = if unit.firmware.is_known() { "" } else { " (not known to this program)" };
    format!(
        "unit {serial} on {}, firmware {}{known}, supply {}, VCC {}",
        unit.port,
        unit.firmware.0,
        if unit.supplied { "present" } else { "absent" },
        some(unit.vcc.map(|vcc| format!("{vcc:.4}"))),
    )
}

fn in_list(unit: &UnitReading) -> String {
    let mut out = head(unit) + "\n";
    for slot in &unit.slots {
        let cell = match slot.seen() {
            Seen::Nothing => "empty".to_owned(),
            Seen::Reversed => "a reversed cell".to_owned(),
            Seen::Cell => format!("a cell at {}", some(slot.voltage.map(|it| format!("{it:.4}")))),
        };
        let _ = writeln!(out, "  slot {}  {:<9}  {cell}", slot.slot, slot.mode.to_string());
    }
    out
}

fn measured(unit: &UnitReading) -> String {
    let mut out = head(unit) + "\n";
    for slot in &unit.slots {
        let stopped = if slot.error.is_empty() { String::new() } else { format!("  error: {}", slot.error) };
        let _ = writeln!(
            out,
            "  slot {}  {:>9}  {:>9}  {:>9}  {:>11}  {}{stopped}",
            slot.slot,
            some(slot.voltage.map(|it| format!("{it:.4}"))),
            some(slot.current.map(|it| format!("{it:.4}"))),
            some(slot.temperature.map(|it| format!("{it:.1}"))),
            some(slot.charge.map(|it| format!("{:.2} C", it.0))),
            slot.mode,
        );
    }
    out
}

fn setpoints_text(set: &Setpoints) -> String {
    format!(
        "  slot {}  setpoint {:.4}; stops below {:.4} and above {:.4}; charge: above {:.4}, {}; discharge: above {:.4}, {}\n",
        set.slot,
        set.current,
        set.voltage_low,
        set.voltage_high,
        set.current_charge,
        some(set.temperature_charge.map(|it| format!("{it:.1}"))),
        set.current_discharge,
        some(set.temperature_discharge.map(|it| format!("{it:.1}"))),
    )
}

/// What is not known is a dash.
fn some(text: Option<impl Display>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| text.to_string())
}

fn unit_json(unit: &UnitReading) -> Value {
    json!({
        "serial": unit.serial,
        "port": unit.port,
        "time": unit.time,
        "firmware": unit.firmware.0,
        "supplied": unit.supplied,
        "vcc_volt": unit.vcc.map(|Volts(volts)| volts),
        "settings": unit.settings.names().collect::<Vec<_>>(),
        "slots": unit.slots.iter().map(slot_json).collect::<Vec<_>>(),
    })
}

fn slot_json(slot: &SlotReading) -> Value {
    json!({
        "slot": slot.slot,
        "mode": slot.mode.to_string(),
        "cell": match slot.seen() {
            Seen::Nothing => "none",
            Seen::Reversed => "reversed",
            Seen::Cell => "present",
        },
        "voltage_volt": slot.voltage.map(|Volts(volts)| volts),
        "current_ampere": slot.current.map(|Amperes(amperes)| amperes),
        "temperature_celsius": slot.temperature.map(|Celsius(celsius)| celsius),
        "charge_coulomb": slot.charge.map(|Coulombs(coulombs)| coulombs),
        "error": slot.error.names().collect::<Vec<_>>(),
        "status": slot.status.names().collect::<Vec<_>>(),
    })
}

fn setpoints_json(unit: &MetUnit, set: &Setpoints) -> Value {
    json!({
        "serial": unit.serial,
        "slot": set.slot,
        "setpoint_ampere": set.current.0,
        "voltage_low_volt": set.voltage_low.0,
        "voltage_high_volt": set.voltage_high.0,
        "current_charge_ampere": set.current_charge.0,
        "current_discharge_ampere": set.current_discharge.0,
        "temperature_charge_celsius": set.temperature_charge.map(|Celsius(celsius)| celsius),
        "temperature_discharge_celsius": set.temperature_discharge.map(|Celsius(celsius)| celsius),
    })
}
