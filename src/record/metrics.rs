//! What every column of every file is: its unit, how finely it is told, and how it was got. The table
//! goes into `run.json`, so that a file can be read in ten years, and into `docs/result-files.md`.
//!
//! The counts of the registers and the lengths of slices are facts of the unit's firmware, which
//! `src/wire/value` converts by.

use super::{bdf, column::names, cycles, resistance, spectrum, steps, summary};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// The unit of its numbers: `V`, `Ah`, `1` for a ratio, `count` for a whole number, `text`.
    pub unit: Cow<'static, str>,
    /// How fine it is: what one count of the hardware makes, or how chance adds up.
    pub resolution: Cow<'static, str>,
    /// How it is got, and of what it is.
    pub method: Cow<'static, str>,
}

/// The files of a run that have columns, as `<cell>.bdf.csv`, each with its columns in their order.
pub fn tables() -> [(&'static str, Vec<&'static str>); 6] {
    let mut summary = names(summary::COLUMNS);
    summary.push(summary::SIMULATED);
    [
        ("cells/<cell>.bdf.csv", bdf::COLUMNS.to_vec()),
        ("cells/<cell>.steps.csv", names(steps::COLUMNS)),
        ("cells/<cell>.cycles.csv", names(cycles::COLUMNS)),
        ("cells/<cell>.spectrum.csv", names(spectrum::COLUMNS)),
        ("cells/<cell>.resistance.csv", names(resistance::COLUMNS)),
        ("summary.csv", summary),
    ]
}

/// What the column of this name is, in whichever file it stands; `None` if no file has it.
pub fn metric(name: &str) -> Option<Metric> {
    METRICS.iter().find(|row| row.0 == name).map(Metric::of)
}

/// All of them, by the name of the column.
pub fn metrics() -> BTreeMap<String, Metric> {
    METRICS.iter().map(|row| (row.0.to_owned(), Metric::of(row))).collect()
}

impl Metric {
    fn of((_, unit, resolution, method): &Row) -> Self {
        Self { unit: (*unit).into(), resolution: (*resolution).into(), method: (*method).into() }
    }
}

/// Name, unit, resolution, method.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// 4.5 V / 32768.
const VOLTAGE: &str = "0.137 mV, one count of VOLTAGE";
/// 4.096 A / 32768.
const CURRENT: &str = "0.125 mA, one count of CURRENT";
/// One count of CURRENT for one period of the counter, 0.6144 s: 76.8 uC.
const CHARGE: &str =
    "0.0213 uAh: 0.125 mA for one period of the counter, 0.6144 s (0.1024 s and 0.0036 uAh in hi-res mode)";
/// At 4 V.
const ENERGY: &str = "the resolution of the charge times the voltage: 0.09 uWh at 4 V";
/// A count is T^2 / (B x 32768 x r (1 - r)) kelvin, r being the ratio of thermistor and divider.
const TEMPERATURE: &str = "one count of the thermistor ratio: 0.0032 K at 25 degC with a 10 kohm divider, 0.0071 K with 1.5 kohm (B 3380 K)";
const TIME: &str = "0.01 s to 0.06 s, by how well the place of the unit's slices is known; a slice is 0.1024 s, and a slot has one in 0.6144 s";
const WRITTEN_TIME: &str = "0.0001 s as written; when current is switched is known to some 0.01 s";
/// Relative: sqrt((0.137 mV / Vpp)^2 + (0.125 mA / Ipp)^2), the larger part being that of the voltage.
const IMPEDANCE: &str = "0.137 mV over the peak-to-peak current and 0.125 mA over it as a share, root of the sum of squares: 0.14 mohm at 1 A, 0.07 mohm at 2 A for one slice; a mean of n slices is finer by the root of n";
const DC_RESISTANCE: &str = "two counts of VOLTAGE over the change of current, 0.19 mV (root of the sum of squares) over it: 0.10 mohm at 2 A, 0.19 mohm at 1 A";
const RATIO: &str = "0.000001 as written; what passes in a cycle is known far more finely than that";
const WHOLE: &str = "1";
const NONE: &str = "";

/// Every column that some file has, in the order of the alphabet.
const METRICS: &[Row] = &[
    (
        "absolute_impedance_ohm",
        "ohm",
        IMPEDANCE,
        "VOLTAGE_PP over CURRENT_PP, both frozen under LOCK, the sine having settled for 2 s; mean of `averages` slices. In a row of steps: of the frequency nearest to 1 kHz; in other steps than impedances, of the last measurement in between",
    ),
    ("averages", "count", WHOLE, "measuring slices that an impedance is the mean of"),
    (
        "capacity_ah",
        "Ah",
        CHARGE,
        "charge out of the last discharge that a condition on voltage ended and that began with a full cell",
    ),
    (
        "capacity_fade",
        "1",
        RATIO,
        "1 less the charge out over that of the first: of a cycle, against the first cycle; in the summary, the last `capacity_ah` against the first. Below zero where it grew",
    ),
    ("capacity_step", "text", NONE, "the step that `capacity_ah` is of: its name, or `step` and its number"),
    ("cell", "text", NONE, "the cell's name"),
    (
        "charging_capacity_ah",
        "Ah",
        CHARGE,
        "increments of the unit's charge counter while current flows into the cell, corrected for the unit's clock once that is known (50 s): since the test began (time series), in the step, in the cycle",
    ),
    (
        "charging_energy_wh",
        "Wh",
        ENERGY,
        "each increment of charge into the cell times the mean of the voltages at both of its ends",
    ),
    (
        "continued",
        "text",
        NONE,
        "`yes` where the step was entered again after an interruption: its sums, means, times and extremes are of this part only",
    ),
    (
        "coulombic_efficiency",
        "1",
        RATIO,
        "charge out over charge in: of a cycle; in the summary, between the last two discharges that a condition on voltage ended",
    ),
    ("cumulative_capacity_ah", "Ah", CHARGE, "charge in plus charge out"),
    (
        "current_ampere",
        "A",
        CURRENT,
        "CURRENT of the unit, the mean over one slice, with the sign of the step: positive charges. In the spectrum: mean of the readings while the sine flowed",
    ),
    ("current_end_ampere", "A", CURRENT, "the last reading that is wholly of the step"),
    (
        "current_max_ampere",
        "A",
        CURRENT,
        "the highest reading that is wholly of the step: the largest into the cell, or the smallest out of it",
    ),
    (
        "current_mean_ampere",
        "A",
        "the resolution of the charge over the time",
        "charge in less charge out, over the time of the step",
    ),
    (
        "current_min_ampere",
        "A",
        CURRENT,
        "the lowest reading that is wholly of the step: the largest out of the cell, or the smallest into it",
    ),
    (
        "current_start_ampere",
        "A",
        CURRENT,
        "the first reading that is wholly of the step: its slice began when the driver had come to its setting",
    ),
    ("cycle_charging_capacity_ah", "Ah", CHARGE, "as `charging_capacity_ah`, since the cycle began"),
    ("cycle_charging_energy_wh", "Wh", ENERGY, "as `charging_energy_wh`, since the cycle began"),
    ("cycle_count", "count", WHOLE, "the cycle, from 1"),
    ("cycle_discharging_capacity_ah", "Ah", CHARGE, "as `discharging_capacity_ah`, since the cycle began"),
    ("cycle_discharging_energy_wh", "Wh", ENERGY, "as `discharging_energy_wh`, since the cycle began"),
    ("cycles", "count", WHOLE, "cycles begun"),
    (
        "dc_resistance_after_second",
        "s",
        "as the recipe has it",
        "time after the step of current; in rows of steps and cells the latest that was asked for",
    ),
    (
        "dc_resistance_ohm",
        "ohm",
        DC_RESISTANCE,
        "change of VOLTAGE over change of CURRENT against the last reading before the step of current, both interpolated between the readings around that time; the first reading wholly of the new current stands for any earlier time",
    ),
    (
        "discharging_capacity_ah",
        "Ah",
        CHARGE,
        "as `charging_capacity_ah`, out of the cell; a sine for an impedance discharges",
    ),
    ("discharging_energy_wh", "Wh", ENERGY, "as `charging_energy_wh`, out of the cell"),
    (
        "duration_second",
        "s",
        WRITTEN_TIME,
        "from current on to current off or to the end of a rest; of a cycle, from the beginning of its first step to the end of its last; of a cell, to its last row",
    ),
    ("end_detail", "text", NONE, "the condition that was met, or what tripped"),
    ("end_reason", "text", NONE, "why the step ended; of a cycle, why its last step did"),
    ("energy_efficiency", "1", RATIO, "energy out over energy in, as `coulombic_efficiency`"),
    ("energy_wh", "Wh", ENERGY, "energy out of the same discharge as `capacity_ah`"),
    (
        "frequency_hertz",
        "Hz",
        "exact: a multiple of 39.0625 Hz by the unit's clock",
        "the frequency of the sine",
    ),
    ("grade", "text", NONE, "the first grade of the recipe whose claim holds; empty where there is none"),
    (
        "impedance_frequency_hertz",
        "Hz",
        "exact: a multiple of 39.0625 Hz by the unit's clock",
        "the frequency of `impedance_ohm`",
    ),
    (
        "impedance_ohm",
        "ohm",
        IMPEDANCE,
        "as `absolute_impedance_ohm`: the last one of an impedance step, of a spectrum the point nearest to 1 kHz; else the first measured inside another step",
    ),
    ("interrupted", "text", NONE, "`yes` where a step of the cycle was interrupted: it has no sums then"),
    ("kind", "text", NONE, "the word of the step in a recipe"),
    ("label", "text", NONE, "what a hook has called the cell; empty where none did"),
    ("name", "text", NONE, "the step's name in the recipe, if it has one"),
    ("net_capacity_ah", "Ah", CHARGE, "charge in less charge out"),
    (
        "open_circuit_drift_volt_per_hour",
        "V/h",
        "chance only: with 0.2 mV of it in a reading 12 mV/h over 30 s, 0.13 mV/h over 600 s",
        "slope of the straight line through the readings of the last half of a rest, at most its last 600 s, by least squares over means of 5 s; none where the rest is shorter than 60 s",
    ),
    ("open_circuit_over_second", "s", TIME, "how long that last part of the rest is"),
    (
        "open_circuit_voltage_volt",
        "V",
        "chance only: with 0.2 mV of it in a reading 0.06 mV over 30 s, 0.013 mV over 600 s",
        "where that line ends: the voltage at the last reading of a rest",
    ),
    (
        "power_watt",
        "W",
        "0.137 mV times the current and 0.125 mA times the voltage: 0.6 mW at 1 A and 4 V",
        "voltage times current of one reading",
    ),
    ("record_index", "count", WHOLE, "rows of the file, from 1"),
    ("simulated", "text", NONE, "`true` if no number in the run is a measurement"),
    ("slot", "count", WHOLE, "the slot of the unit that the cell lay in"),
    (
        "start_second",
        "s",
        WRITTEN_TIME,
        "`test_time_second` at which the step, or the first step of the cycle, began",
    ),
    ("step_charging_capacity_ah", "Ah", CHARGE, "as `charging_capacity_ah`, since the step began"),
    ("step_charging_energy_wh", "Wh", ENERGY, "as `charging_energy_wh`, since the step began"),
    ("step_count", "count", WHOLE, "steps begun by the cell so far, from 1; never resets"),
    ("step_discharging_capacity_ah", "Ah", CHARGE, "as `discharging_capacity_ah`, since the step began"),
    ("step_discharging_energy_wh", "Wh", ENERGY, "as `discharging_energy_wh`, since the step began"),
    ("step_id", "count", WHOLE, "the step's number in the plan, from 1"),
    ("step_record_index", "count", WHOLE, "rows of the step, from 1"),
    (
        "step_time_second",
        "s",
        TIME,
        "since the step's current was switched on, or its rest began, to the middle of the reading's slice",
    ),
    ("step_type", "text", NONE, "what flows at the row, by the codes of the Battery Data Format"),
    ("steps", "count", WHOLE, "steps of the cycle that came to their end"),
    ("steps_done", "count", WHOLE, "steps that ran to an end of their own"),
    (
        "surface_temperature_celsius",
        "degC",
        TEMPERATURE,
        "TEMPERATURE of the unit by the slot's own TEMP_CALIB_R and TEMP_CALIB_B. In the spectrum: mean of the readings while the sine flowed",
    ),
    ("temperature_end_celsius", "degC", TEMPERATURE, "the last reading of the step"),
    (
        "temperature_max_celsius",
        "degC",
        TEMPERATURE,
        "the highest reading, the one before the step included; of a cell, the highest of all",
    ),
    ("temperature_mean_celsius", "degC", TEMPERATURE, "over time, by the trapezoidal rule"),
    ("temperature_min_celsius", "degC", TEMPERATURE, "the lowest reading, the one before the step included"),
    ("temperature_start_celsius", "degC", TEMPERATURE, "the last reading before the step"),
    (
        "test_time_second",
        "s",
        TIME,
        "since the cell's test began, to the middle of the reading's slice. In the spectrum: when the measurement was done",
    ),
    ("unit", "count", WHOLE, "serial number of the unit that the cell lay in"),
    (
        "unix_time_second",
        "s",
        TIME,
        "UTC at the middle of the reading's slice: the host's wall time at the start of the run, and its steady clock since",
    ),
    ("verdict", "text", NONE, "what became of the cell"),
    (
        "voltage_end_volt",
        "V",
        VOLTAGE,
        "the last reading that is wholly of the step; in the summary, of the last row",
    ),
    (
        "voltage_hysteresis_volt",
        "V",
        VOLTAGE,
        "`voltage_mean_charge_volt` less `voltage_mean_discharge_volt`",
    ),
    (
        "voltage_max_volt",
        "V",
        VOLTAGE,
        "the highest reading that is wholly of the step; of a cycle, the highest of its steps",
    ),
    ("voltage_mean_charge_volt", "V", VOLTAGE, "energy in over charge in"),
    ("voltage_mean_discharge_volt", "V", VOLTAGE, "energy out over charge out"),
    ("voltage_mean_volt", "V", VOLTAGE, "energy over charge, of the direction in which more passed"),
    (
        "voltage_min_volt",
        "V",
        VOLTAGE,
        "the lowest reading that is wholly of the step; of a cycle, the lowest of its steps",
    ),
    (
        "voltage_start_volt",
        "V",
        VOLTAGE,
        "the last reading before current flowed; in the summary, as the cell was found",
    ),
    (
        "voltage_volt",
        "V",
        VOLTAGE,
        "VOLTAGE of the unit at its own terminals, the mean over one slice; not corrected for holder and contacts. In the spectrum: mean of the readings while the sine flowed",
    ),
    ("why", "text", NONE, "the reason for the verdict, in words"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_is_told_of_once_and_nothing_else_is() {
        let columns: BTreeSet<&str> = tables().into_iter().flat_map(|(_, columns)| columns).collect();
        let told: Vec<&str> = METRICS.iter().map(|row| row.0).collect();
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), columns);
        assert_eq!(told.len(), columns.len(), "each once");
    }

    #[test]
    fn a_name_and_its_unit_agree() {
        let ends = [
            ("_volt", "V"),
            ("_ampere", "A"),
            ("_ah", "Ah"),
            ("_wh", "Wh"),
            ("_second", "s"),
            ("_celsius", "degC"),
            ("_ohm", "ohm"),
            ("_hertz", "Hz"),
            ("_watt", "W"),
            ("_volt_per_hour", "V/h"),
        ];
        for (name, unit, resolution, method) in METRICS {
            if let Some((_, wanted)) = ends.iter().find(|(end, _)| name.ends_with(end)) {
                assert_eq!(unit, wanted, "{name}");
            } else {
                assert!(["1", "count", "text"].contains(unit), "{name}: {unit}");
            }
            assert_eq!(resolution.is_empty(), *unit == "text", "{name}");
            assert!(!method.is_empty(), "{name}");
        }
    }

    /// The numbers in the texts are those of the registers.
    #[test]
    fn resolutions_follow_from_the_counts() {
        let (volts, amperes) = (4.5 / 32768.0, 4.096 / 32768.0);
        let has = |text: &str, number: f64, decimals: usize| {
            let number = format!("{number:.decimals$} ");
            assert!(text.contains(&number), "{text}: {number}");
        };
        has(VOLTAGE, volts * 1e3, 3);
        has(CURRENT, amperes * 1e3, 3);
        has(CHARGE, amperes * 0.6144 / 3600.0 * 1e6, 4);
        has(CHARGE, amperes * 0.1024 / 3600.0 * 1e6, 4);
        has(ENERGY, amperes * 0.6144 / 3600.0 * 1e6 * 4.0, 2);
        has(IMPEDANCE, volts / 1.0 * 1e3, 2);
        has(IMPEDANCE, volts / 2.0 * 1e3, 2);
        has(DC_RESISTANCE, volts * 2.0_f64.sqrt() * 1e3, 2);
        has(DC_RESISTANCE, volts * 2.0_f64.sqrt() / 2.0 * 1e3, 2);
        for divider in [10_000.0, 1500.0] {
            let share = 10_000.0 / (10_000.0 + divider);
            let kelvin = 298.15_f64.powi(2) / (3380.0 * 32768.0 * share * (1.0 - share));
            has(TEMPERATURE, kelvin, 4);
        }
    }
}
