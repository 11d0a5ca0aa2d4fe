//! Rows of `cells/<cell>.steps.csv`: one for each finished step.

use super::column::Field::{self, Absent, Number, Text};
use super::column::{Column, column};
use super::number::Decimals;
use crate::event::{ImpedancePoint, StepResult};
use crate::units::{Amperes, Celsius, Volts};

/// The columns in their order.
pub(super) const COLUMNS: &[Column<StepResult>] = &[
    column("cycle_count", |step| Field::count(step.cycle)),
    column("step_count", |step| Field::count(step.step_count)),
    column("step_id", |step| Field::count(step.step_id)),
    column("name", |step| step.name.clone().map_or(Absent, Text)),
    column("kind", |step| Text(step.kind.clone())),
    column("end_reason", |step| Text(step.reason.code().to_owned())),
    column("end_detail", |step| Text(step.reason.detail().to_owned())),
    column("continued", |step| Text(if step.continued { "yes" } else { "no" }.to_owned())),
    column("start_second", |step| Number(step.start.as_secs_f64(), Decimals::FOUR)),
    column("duration_second", |step| Number(step.duration.as_secs_f64(), Decimals::FOUR)),
    column("charging_capacity_ah", |step| Number(step.passed.charge_in.ampere_hours(), Decimals::EIGHT)),
    column("discharging_capacity_ah", |step| Number(step.passed.charge_out.ampere_hours(), Decimals::EIGHT)),
    column("charging_energy_wh", |step| Number(step.passed.energy_in.watt_hours(), Decimals::EIGHT)),
    column("discharging_energy_wh", |step| Number(step.passed.energy_out.watt_hours(), Decimals::EIGHT)),
    column("voltage_start_volt", |step| voltage(Some(step.voltage_start))),
    column("voltage_end_volt", |step| voltage(Some(step.voltage_end))),
    column("voltage_mean_volt", |step| voltage(step.voltage_mean)),
    column("voltage_min_volt", |step| voltage(step.voltage_min)),
    column("voltage_max_volt", |step| voltage(step.voltage_max)),
    column("current_start_ampere", |step| current(step.current_start)),
    column("current_end_ampere", |step| current(step.current_end)),
    column("current_mean_ampere", |step| current(Some(step.current_mean))),
    column("current_min_ampere", |step| current(step.current_min)),
    column("current_max_ampere", |step| current(step.current_max)),
    column("temperature_start_celsius", |step| temperature(step.temperature_start)),
    column("temperature_end_celsius", |step| temperature(step.temperature_end)),
    column("temperature_mean_celsius", |step| temperature(Some(step.temperature_mean))),
    column("temperature_min_celsius", |step| temperature(Some(step.temperature_min))),
    column("temperature_max_celsius", |step| temperature(Some(step.temperature_max))),
    column("open_circuit_voltage_volt", |step| voltage(step.open_circuit.map(|it| it.voltage))),
    column("open_circuit_drift_volt_per_hour", |step| {
        Field::number(step.open_circuit.map(|it| it.drift.per_hour().0), Decimals::SIX)
    }),
    column("open_circuit_over_second", |step| {
        Field::number(step.open_circuit.map(|it| it.over.as_secs_f64()), Decimals::FOUR)
    }),
    column("frequency_hertz", |step| {
        Field::number(alternating(step).map(|point| point.frequency.0), Decimals::FOUR)
    }),
    column("absolute_impedance_ohm", |step| {
        Field::number(alternating(step).map(|point| point.magnitude.0), Decimals::SEVEN)
    }),
    column("averages", |step| alternating(step).map_or(Absent, |point| Field::count(point.averages))),
    column("dc_resistance_after_second", |step| {
        Field::number(step.resistance.last().map(|point| point.after.as_secs_f64()), Decimals::FOUR)
    }),
    column("dc_resistance_ohm", |step| {
        Field::number(step.resistance.last().map(|point| point.resistance.0), Decimals::SEVEN)
    }),
];

/// The impedance that stands for a step's spectrum.
fn alternating(step: &StepResult) -> Option<&ImpedancePoint> {
    ImpedancePoint::nearest_to_1_khz(&step.impedance)
}

fn voltage(value: Option<Volts>) -> Field {
    Field::number(value.map(|it| it.0), Decimals::SIX)
}

fn current(value: Option<Amperes>) -> Field {
    Field::number(value.map(|it| it.0), Decimals::SIX)
}

fn temperature(value: Option<Celsius>) -> Field {
    Field::number(value.map(|it| it.0), Decimals::THREE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EndReason, OpenCircuit, ResistancePoint, Totals};
    use crate::identity::{CellName, SerialNumber, Slot};
    use crate::units::{Ohms, VoltsPerSecond};
    use std::time::Duration;

    /// A step of a journal of the first version, which knew half of what is told today.
    const OLD: &str = r#"{"step_id":1,"step_count":1,"cycle":1,"name":null,"kind":"resistance",
        "reason":{"why":"completed"},"duration":"11 s",
        "passed":{"charge_in":"0 C","charge_out":"0 C","energy_in":"0 J","energy_out":"0 J"},
        "voltage_start":"3.6 V","voltage_end":"3.5 V","voltage_mean":null,"current_mean":"0 A",
        "temperature_mean":"25 degC","temperature_min":"25 degC","temperature_max":"25 degC"}"#;

    fn shown(step: &StepResult, name: &str) -> String {
        let cell = CellName::of_slot(SerialNumber(1), Slot::ALL[0]);
        let column = COLUMNS.iter().find(|column| column.name == name).unwrap();
        column.text(step, &cell).unwrap()
    }

    #[test]
    fn the_latest_dc_resistance_stands_in_the_row() {
        let point =
            |seconds, ohms| ResistancePoint { after: Duration::from_secs(seconds), resistance: Ohms(ohms) };
        let mut step: StepResult = serde_json::from_str(OLD).unwrap();
        assert_eq!(shown(&step, "dc_resistance_ohm"), "");
        step.resistance = vec![point(1, 0.04), point(10, 0.05)];
        assert_eq!(shown(&step, "dc_resistance_after_second"), "10.0000");
        assert_eq!(shown(&step, "dc_resistance_ohm"), "0.0500000");
    }

    #[test]
    fn a_step_of_an_old_journal_has_empty_columns_and_a_new_one_reads_back() {
        let mut step: StepResult = serde_json::from_str(OLD).unwrap();
        assert_eq!((step.voltage_min, step.open_circuit, &step.reason), (None, None, &EndReason::Completed));
        for name in ["voltage_max_volt", "current_end_ampere", "open_circuit_voltage_volt", "averages"] {
            assert_eq!(shown(&step, name), "", "{name}");
        }
        let drift = VoltsPerSecond(-0.001 / 3600.0);
        step.open_circuit =
            Some(OpenCircuit { voltage: Volts(3.61), drift, over: Duration::from_millis(90_500) });
        step.current_max = Some(Amperes(-0.5));
        assert_eq!(shown(&step, "open_circuit_drift_volt_per_hour"), "-0.001000");
        assert_eq!(shown(&step, "open_circuit_over_second"), "90.5000");
        assert_eq!(shown(&step, "current_max_ampere"), "-0.500000");
        assert_eq!(step.passed, Totals::default());
        let again: StepResult = serde_json::from_value(serde_json::to_value(&step).unwrap()).unwrap();
        assert_eq!(again, step);
    }
}
