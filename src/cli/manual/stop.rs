//! Ending current, resetting slots, and their lights.

use super::args::Where;
use super::find;
use super::show::{slots, tell_left_out};
use super::tell_json;
use crate::cli::failure::Failure;
use crate::cli::say;
use crate::cli::units::none_answers;
use crate::identity::{SerialNumber, Slot};
use crate::manual::{self, Stopped, Target};
use crate::pool::MetUnit;
use crate::verdict::Exit;
use serde_json::json;

/// Ends the current of slots. One that does not end does not keep the others.
pub(super) fn stop(target: Option<&Target>, at: &Where, json: bool) -> Result<Exit, Failure> {
    let mut found = match target {
        // Who names a unit is told by the code, too, that it is not stopped.
        Some(_) => find::those(at, target).map_err(|failure| Failure { exit: Exit::Fault, ..failure })?,
        None => find::search(at, |_| false)?,
    };
    // What may flow on a port that could not be looked at is not stopped.
    let mut failed = found.left_out();
    for unit in &mut found.units {
        for slot in slots(target) {
            match manual::stop(&mut unit.line, slot) {
                Ok(stopped) => tell(unit, &stopped, json),
                Err(error) => {
                    failed.push(format!("unit {}, slot {slot}: {error}", find::name_and_port(unit)))
                }
            }
        }
    }
    if failed.is_empty() {
        return if found.units.is_empty() { Err(none_answers(&[])) } else { Ok(Exit::Passed) };
    }
    let failure = Failure::fault(format!("not everything is known to be stopped: {}", failed.join("; ")));
    Err(failure.hint("end the program that has the port, or look at the cell and unplug the unit"))
}

/// Brings slots back to IDLE.
pub(super) fn reset(target: Option<&Target>, at: &Where, force: bool, json: bool) -> Result<Exit, Failure> {
    let mut found = find::those(at, target)?;
    tell_left_out(&found);
    for unit in &mut found.units {
        find::leave_alone(unit, force)?;
    }
    for unit in &mut found.units {
        let reset = manual::reset(&mut unit.line, unit.firmware, &slots(target)).map_err(Failure::fault)?;
        reset.iter().for_each(|slot| tell(unit, slot, json));
    }
    Ok(Exit::Passed)
}

fn tell(unit: &MetUnit, stopped: &Stopped, json: bool) {
    let Stopped { slot, before, after, error } = stopped;
    if json {
        return tell_json(&json!({
            "serial": unit.serial,
            "slot": slot,
            "mode_before": before.to_string(),
            "mode": after.to_string(),
            "error_before": error.names().collect::<Vec<_>>(),
        }));
    }
    let error = if error.is_empty() { String::new() } else { format!(" by {error}") };
    say::out(format_args!("{} was {before}{error}, is {after}\n", place(unit.serial, *slot)));
}

fn place(serial: Option<SerialNumber>, slot: Slot) -> String {
    serial.map_or_else(|| format!("slot {slot}"), |serial| format!("{serial}:{slot}"))
}

/// Shows lights, or sets them.
pub(super) fn leds(
    target: Option<&Target>,
    light: &str,
    at: &Where,
    force: bool,
    json: bool,
) -> Result<Exit, Failure> {
    let wanted = if light.is_empty() { None } else { Some(manual::led(light).map_err(Failure::refused)?) };
    let mut found = find::those(at, target)?;
    tell_left_out(&found);
    for unit in &mut found.units {
        if let Some(led) = wanted {
            find::leave_alone(unit, force)?;
            for slot in slots(target) {
                manual::light(&mut unit.line, slot, led).map_err(Failure::fault)?;
            }
        }
        for (slot, led) in manual::lights(&mut unit.line, &slots(target)).map_err(Failure::fault)? {
            if json {
                tell_json(&json!({ "serial": unit.serial, "slot": slot, "light": led.to_string() }));
            } else {
                say::out(format_args!("{} {led}\n", place(unit.serial, slot)));
            }
        }
    }
    Ok(Exit::Passed)
}
