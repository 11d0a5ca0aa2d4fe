//! The cutoffs of the vendor's settings as limits of a recipe, and where its steps end within them.

use super::settings::Settings;
use crate::exchange::draft::{Cell, Limits, tidy};
use crate::exchange::{Fate, ImportError, Note};
use crate::plan::{HIGHEST_CURRENT_LIMIT, HOLD_MARGIN, envelope};
use crate::units::{Amperes, Celsius, Volts};

/// How far the limits of the recipe are beyond the voltages at which its steps end, as far as the envelope goes.
const BEYOND: Volts = Volts(0.05);

/// The voltages of the steps, and how far they may go.
#[derive(Clone, Copy)]
pub(super) struct Voltages {
    /// The limits of the recipe.
    pub(super) low: Volts,
    pub(super) high: Volts,
    /// Where a discharge and a charge end.
    pub(super) empty: Volts,
    pub(super) full: Volts,
}

/// The voltages of the steps and the limits of the recipe. What is outside of the envelope is told of.
///
/// # Errors
/// The cutoffs leave nothing between them.
pub(super) fn find(
    settings: &Settings,
    cell: Cell,
    notes: &mut Vec<Note>,
) -> Result<(Voltages, Limits), ImportError> {
    let outer = envelope(cell.chemistry);
    // A cell that was emptied to the limit itself lies below it when it is charged again, and that trips.
    let least = Volts(tidy((outer.voltage_low + HOLD_MARGIN).0));
    let empty = settings.low.max(least);
    if empty != settings.low {
        let what = format!(
            "{} is below {least}, 20 mV above the envelope of {}, on which the next charge would trip; the recipe says {least}",
            settings.low, cell.chemistry
        );
        notes.push(Note::new(Fate::NotCarried, "lowVoltageCutoff", what));
    }
    let mut tighter = |key: &str, found: String, bound: String| {
        let what = format!(
            "{found} is outside of the envelope of {}; the recipe says {bound}, which is tighter",
            cell.chemistry
        );
        notes.push(Note::new(Fate::NotCarried, key, what));
    };
    let mut full = settings.high;
    if full > outer.voltage_high {
        tighter("highVoltageCutoff", full.to_string(), outer.voltage_high.to_string());
        full = outer.voltage_high;
    }
    if empty + HOLD_MARGIN * 2.0 >= full {
        let what = format!("{empty} and a high cutoff of {full} leave nothing between them");
        return Err(ImportError::refused("lowVoltageCutoff", what));
    }
    let round = |volts: Volts| Volts(tidy(volts.0));
    let low = round((empty - BEYOND).max(outer.voltage_low));
    let high = round((full + BEYOND).min(outer.voltage_high));
    let mut temperature = |key: &str, found: Celsius, most: Celsius, least: Celsius| {
        if found > most {
            tighter(key, found.to_string(), most.to_string());
        }
        if found <= least {
            let what = format!("{found} is not above {least}, the lowest that the envelope allows");
            return Err(ImportError::refused(key, what));
        }
        Ok(Some(found.min(most)))
    };
    let charge_temperature = temperature(
        "chargeTemperatureCutoff",
        settings.charge_temperature,
        outer.temperature_charge,
        outer.temperature_charge_low,
    )?;
    let discharge_temperature = temperature(
        "dischargeTemperatureCutoff",
        settings.discharge_temperature,
        outer.temperature_discharge,
        outer.temperature_discharge_low,
    )?;
    let mut current = |key: &str, found: Amperes| {
        if found > HIGHEST_CURRENT_LIMIT {
            let what = format!(
                "{found} can never trip, since the unit's reading ends at 4.092 A; the recipe says {HIGHEST_CURRENT_LIMIT}"
            );
            notes.push(Note::new(Fate::NotCarried, key, what));
        }
        Some(found.min(HIGHEST_CURRENT_LIMIT))
    };
    let fence = Limits {
        charge: current("chargeCurrentSafetyCutoff", settings.charge_cutoff),
        discharge: current("dischargeCurrentSafetyCutoff", settings.discharge_cutoff),
        charge_temperature,
        discharge_temperature,
        voltage: Some((low, high)),
    };
    Ok((Voltages { low, high, empty, full }, fence))
}
