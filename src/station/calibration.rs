//! Whether a slot's calibration can be believed, before anything is energised on it.

use super::BoundCell;
use super::keeper::Keeper;
use super::needs_sine;
use super::reporter::Reporter;
use super::slot_error::SlotError;
use crate::event::Event;
use crate::wire::{self, Address, Calibration, Doubt, Encoding, Thermistor, cell};

/// Judges the calibration that matters to a cell, tells of each register that is blank or absurd, and gives
/// the slot's thermistor.
///
/// # Errors
/// A register is blank or absurd, and the cell is not to be energised all the same.
pub(super) fn judge(
    keeper: &Keeper,
    bound: &BoundCell,
    reporter: &mut Reporter,
) -> Result<Thermistor, SlotError> {
    let BoundCell { live, plan, uncalibrated, .. } = bound;
    let slot = live.place.slot;
    let doubts = wire::doubtful(slot, needs_sine(plan), |address| keeper.value(address));
    for Doubt { address, found, expected } in &doubts {
        let instead = stand_in(*address).filter(|_| *uncalibrated).map(|(_, words)| words.to_owned());
        let (register, expected) = (address.to_string(), expected.clone());
        reporter.cell_fact(live, Event::CalibrationDoubted { register, found: *found, expected, instead });
    }
    if !doubts.is_empty() && !uncalibrated {
        let doubts: Vec<_> = doubts.iter().map(ToString::to_string).collect();
        return Err(SlotError::Wrong(format!(
            "unit {} is not calibrated for this cell, which is not energised: {}; calibrate the unit, or give --uncalibrated to test all the same",
            live.place.unit,
            doubts.join("; ")
        )));
    }
    let believed = |address: Address| {
        let doubted = doubts.iter().any(|doubt| doubt.address == address);
        let raw = match stand_in(address).filter(|_| doubted) {
            Some((raw, _)) => raw,
            None => keeper.value(address).unwrap_or(u16::MAX),
        };
        Calibration::from_raw(raw)
    };
    let divider = believed(cell::TEMP_CALIB_R.at(slot).address());
    let beta = believed(cell::TEMP_CALIB_B.at(slot).address());
    Ok(Thermistor::from_registers(divider, beta)?)
}

/// What stands in for a register, where anything can. Nothing can for what the unit itself computes with.
fn stand_in(address: Address) -> Option<(u16, &'static str)> {
    match address.register() {
        _ if address.slot().is_none() => None,
        register if register == cell::TEMP_CALIB_R.register() => {
            Some((Thermistor::DESIGN_DIVIDER, "the design's 1500 ohm"))
        }
        register if register == cell::TEMP_CALIB_B.register() => {
            Some((Thermistor::DESIGN_BETA, "the design's 3380 K"))
        }
        _ => None,
    }
}
