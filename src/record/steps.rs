//! Rows of `cells/<cell>.steps.csv`: one for each finished step.

use super::RecordError;
use super::number::{Decimals, Fixed};
use crate::event::{ImpedancePoint, StepResult};
use crate::identity::CellName;

/// The columns in their order.
pub(super) const COLUMNS: [&str; 24] = [
    "cycle_count",
    "step_count",
    "step_id",
    "name",
    "kind",
    "end_reason",
    "end_detail",
    "start_second",
    "duration_second",
    "charging_capacity_ah",
    "discharging_capacity_ah",
    "charging_energy_wh",
    "discharging_energy_wh",
    "voltage_start_volt",
    "voltage_end_volt",
    "voltage_mean_volt",
    "current_mean_ampere",
    "temperature_mean_celsius",
    "temperature_min_celsius",
    "temperature_max_celsius",
    "frequency_hertz",
    "absolute_impedance_ohm",
    "dc_resistance_after_second",
    "dc_resistance_ohm",
];

/// The row of a step, not yet quoted.
pub(super) fn row(cell: &CellName, step: &StepResult) -> Result<Vec<String>, RecordError> {
    let number = |column, value, decimals| {
        Fixed::round(value, decimals).map(Fixed::text).map_err(|source| RecordError::Number {
            cell: cell.clone(),
            column,
            source,
        })
    };
    let absent = String::new();
    let ac = ImpedancePoint::nearest_to_1_khz(&step.impedance);
    let dc = step.resistance.last();
    Ok(vec![
        step.cycle.to_string(),
        step.step_count.to_string(),
        step.step_id.to_string(),
        step.name.clone().unwrap_or_default(),
        step.kind.clone(),
        step.reason.code().to_owned(),
        step.reason.detail().to_owned(),
        number("start_second", step.start.as_secs_f64(), Decimals::FOUR)?,
        number("duration_second", step.duration.as_secs_f64(), Decimals::FOUR)?,
        number("charging_capacity_ah", step.passed.charge_in.ampere_hours(), Decimals::EIGHT)?,
        number("discharging_capacity_ah", step.passed.charge_out.ampere_hours(), Decimals::EIGHT)?,
        number("charging_energy_wh", step.passed.energy_in.watt_hours(), Decimals::EIGHT)?,
        number("discharging_energy_wh", step.passed.energy_out.watt_hours(), Decimals::EIGHT)?,
        number("voltage_start_volt", step.voltage_start.0, Decimals::SIX)?,
        number("voltage_end_volt", step.voltage_end.0, Decimals::SIX)?,
        match step.voltage_mean {
            Some(mean) => number("voltage_mean_volt", mean.0, Decimals::SIX)?,
            None => absent.clone(),
        },
        number("current_mean_ampere", step.current_mean.0, Decimals::SIX)?,
        number("temperature_mean_celsius", step.temperature_mean.0, Decimals::THREE)?,
        number("temperature_min_celsius", step.temperature_min.0, Decimals::THREE)?,
        number("temperature_max_celsius", step.temperature_max.0, Decimals::THREE)?,
        match ac {
            Some(point) => number("frequency_hertz", point.frequency.0, Decimals::FOUR)?,
            None => absent.clone(),
        },
        match ac {
            Some(point) => number("absolute_impedance_ohm", point.magnitude.0, Decimals::SEVEN)?,
            None => absent.clone(),
        },
        match dc {
            Some(point) => number("dc_resistance_after_second", point.after.as_secs_f64(), Decimals::FOUR)?,
            None => absent.clone(),
        },
        match dc {
            Some(point) => number("dc_resistance_ohm", point.resistance.0, Decimals::SEVEN)?,
            None => absent,
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EndReason, ResistancePoint, Totals};
    use crate::identity::{SerialNumber, Slot};
    use crate::units::{Amperes, Celsius, Ohms, Volts};
    use std::time::Duration;

    #[test]
    fn the_latest_dc_resistance_stands_in_the_row() {
        let point =
            |seconds, ohms| ResistancePoint { after: Duration::from_secs(seconds), resistance: Ohms(ohms) };
        let mut step = StepResult {
            step_id: 1,
            step_count: 1,
            cycle: 1,
            name: None,
            kind: "resistance".into(),
            reason: EndReason::Completed,
            start: Duration::ZERO,
            duration: Duration::from_secs(11),
            passed: Totals::default(),
            voltage_start: Volts(3.6),
            voltage_end: Volts(3.5),
            voltage_mean: None,
            voltage_min: None,
            voltage_max: None,
            current_start: None,
            current_end: None,
            current_mean: Amperes(0.0),
            current_min: None,
            current_max: None,
            temperature_start: None,
            temperature_end: None,
            temperature_mean: Celsius(25.0),
            temperature_min: Celsius(25.0),
            temperature_max: Celsius(25.0),
            open_circuit: None,
            impedance: Vec::new(),
            resistance: vec![point(1, 0.04), point(10, 0.05)],
        };
        let cell = CellName::of_slot(SerialNumber(1), Slot::ALL[0]);
        let last_two = |step: &StepResult| row(&cell, step).map(|row| row[COLUMNS.len() - 2..].to_vec());
        assert_eq!(last_two(&step).unwrap(), ["10.0000", "0.0500000"]);
        step.resistance.clear();
        assert_eq!(last_two(&step).unwrap(), ["", ""]);
        let without: StepResult = serde_json::from_value(serde_json::to_value(&step).unwrap()).unwrap();
        assert_eq!(without, step, "a result of a journal that knows no DC resistance");
    }
}
