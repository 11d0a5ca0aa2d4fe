//! What a slot is set to: its setpoint and the six limits by which the unit stops it.

use super::thermistor;
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::units::{Amperes, Celsius, Volts};
use crate::wire::cell;

/// The setpoint and the limits of a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setpoints {
    /// The slot.
    pub slot: Slot,
    /// The current that the unit drives in charge and discharge.
    pub current: Amperes,
    /// Every mode with current ends above it.
    pub voltage_high: Volts,
    /// Every mode with current ends below it.
    pub voltage_low: Volts,
    /// A charge ends above it.
    pub current_charge: Amperes,
    /// A discharge ends above it.
    pub current_discharge: Amperes,
    /// A charge ends above it; none where the slot's calibration tells no temperature.
    pub temperature_charge: Option<Celsius>,
    /// A discharge ends above it; none where the slot's calibration tells no temperature.
    pub temperature_discharge: Option<Celsius>,
}

/// Reads what a slot is set to.
///
/// # Errors
/// The unit does not answer.
pub fn setpoints(line: &mut Line, slot: Slot) -> Result<Setpoints, LineError> {
    let thermistor = thermistor(line, slot)?.ok();
    let hot_charge = line.read(cell::TEMP_LIMIT_CHG.at(slot))?;
    let hot_discharge = line.read(cell::TEMP_LIMIT_DCHG.at(slot))?;
    Ok(Setpoints {
        slot,
        current: line.read(cell::CURRENT_SETPOINT.at(slot))?.amperes(),
        voltage_high: line.read(cell::VOLTAGE_LIMIT_CHG.at(slot))?.volts(),
        voltage_low: line.read(cell::VOLTAGE_LIMIT_DCHG.at(slot))?.volts(),
        current_charge: line.read(cell::CURRENT_LIMIT_CHG.at(slot))?.amperes(),
        current_discharge: line.read(cell::CURRENT_LIMIT_DCHG.at(slot))?.amperes(),
        temperature_charge: thermistor.and_then(|it| hot_charge.to_celsius(it).ok()),
        temperature_discharge: thermistor.and_then(|it| hot_discharge.to_celsius(it).ok()),
    })
}
