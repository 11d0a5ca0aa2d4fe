//! The numbers of a cell's summary as a person reads them: a label, a unit, so many decimals.

use crate::units::with_decimals;
use std::time::Duration;

/// A number of the summary, by its name in the files.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Metric {
    /// Its name in `summary.json`.
    pub(super) key: String,
    pub(super) label: String,
    /// Empty for what has none.
    pub(super) unit: &'static str,
    /// What the number in the file is multiplied by to be in that unit.
    pub(super) scale: f64,
    pub(super) decimals: usize,
}

/// Endings of names: what they stand for, and how it is shown.
const ENDINGS: [(&str, &str, f64, usize); 14] = [
    ("_volt_per_hour", "mV/h", 1e3, 2),
    ("_mah", "mAh", 1.0, 1),
    ("_ah", "Ah", 1.0, 4),
    ("_wh", "Wh", 1.0, 3),
    ("_ohm", "m\u{3a9}", 1e3, 2),
    ("_volt", "V", 1.0, 4),
    ("_ampere", "A", 1.0, 4),
    ("_celsius", "\u{b0}C", 1.0, 1),
    ("_hertz", "Hz", 1.0, 1),
    ("_watt", "W", 1.0, 3),
    ("_efficiency", "%", 100.0, 2),
    ("_fade", "%", 100.0, 2),
    ("_percent", "%", 1.0, 2),
    ("_second", "h:mm:ss", 1.0, 0),
];

/// What a summary has for every cell and a table of results has no need to repeat.
const PASSED_OVER: [&str; 4] = ["unit", "slot", "impedance_frequency_hertz", "dc_resistance_after_second"];

impl Metric {
    /// The metric of this name, or none if it is not one for the table.
    pub(super) fn of(key: &str) -> Option<Self> {
        if PASSED_OVER.contains(&key) {
            return None;
        }
        let ending = ENDINGS.iter().find(|(ending, ..)| key.ends_with(ending));
        let (stem, unit, scale, decimals) = match ending {
            // An efficiency, a fade say what they are by their whole names.
            Some((ending, unit, scale, decimals)) if ["_efficiency", "_fade"].contains(ending) => {
                (key, *unit, *scale, *decimals)
            }
            Some((ending, unit, scale, decimals)) => {
                (key.strip_suffix(ending).unwrap_or(key), *unit, *scale, *decimals)
            }
            None => (key, "", 1.0, 0),
        };
        let label = match key {
            "coulombic_efficiency" => "CE".to_owned(),
            "energy_efficiency" => "EE".to_owned(),
            "open_circuit_voltage_volt" => "OCV".to_owned(),
            "open_circuit_drift_volt_per_hour" => "OCV drift".to_owned(),
            "dc_resistance_ohm" => "DC resistance".to_owned(),
            "temperature_max_celsius" => "T max".to_owned(),
            "voltage_start_volt" => "V start".to_owned(),
            "voltage_end_volt" => "V end".to_owned(),
            "duration_second" => "time".to_owned(),
            "steps_done" => "steps".to_owned(),
            _ => stem.replace('_', " "),
        };
        Some(Self { key: key.to_owned(), label, unit, scale, decimals })
    }

    /// Whether a sheet of paper, which is narrow, goes without it.
    pub(super) fn is_minor(&self) -> bool {
        ["voltage_start_volt", "open_circuit_drift_volt_per_hour", "cycles", "steps_done"]
            .contains(&self.key.as_str())
    }

    /// The number of the file, as text in the metric's unit and without it.
    pub(super) fn text(&self, value: f64) -> String {
        if self.key.ends_with("_second") {
            return clock(value);
        }
        // What has no unit is a count, or a ratio that somebody defined.
        let whole = self.unit.is_empty() && value.fract() != 0.0;
        let decimals = if whole { 4 } else { self.decimals };
        with_decimals(value * self.scale, decimals)
    }
}

/// Hours, minutes and seconds: `1:02:03`, or with days where there are many hours: `3 d 1:02:03`.
pub(super) fn clock(second: f64) -> String {
    let seconds = Duration::try_from_secs_f64(second).unwrap_or_default().as_secs();
    let time = |hours: u64| format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    let hours = seconds / 3600;
    if hours < 100 { time(hours) } else { format!("{} d {}", hours / 24, time(hours % 24)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_labels_and_units() {
        let shown = |key: &str, value: f64| {
            let metric = Metric::of(key)?;
            Some(format!("{}: {} {}", metric.label, metric.text(value), metric.unit))
        };
        let expect = |key, value, text: &str| assert_eq!(shown(key, value).as_deref(), Some(text));
        expect("capacity_ah", 2.47756, "capacity: 2.4776 Ah");
        expect("impedance_ohm", 0.030_603, "impedance: 30.60 m\u{3a9}");
        expect("coulombic_efficiency", 0.99991, "CE: 99.99 %");
        expect("energy_efficiency", 0.95, "EE: 95.00 %");
        expect("capacity_fade", 0.0123, "capacity fade: 1.23 %");
        expect("open_circuit_drift_volt_per_hour", -0.001, "OCV drift: -1.00 mV/h");
        expect("open_circuit_drift_volt_per_hour", -1e-9, "OCV drift: 0.00 mV/h");
        expect("something_new_ah", 1.5, "something new: 1.5000 Ah");
        expect("duration_second", 3723.4, "time: 1:02:03 h:mm:ss");
        expect("cycles", 5.0, "cycles: 5 ");
        assert_eq!(shown("slot", 1.0), None);
        assert_eq!(clock(30.0 * 86_400.0 + 61.0), "30 d 0:01:01");
        assert_eq!(clock(-1.0), "0:00:00");
    }
}
