//! The table of cells: verdicts, and what was measured of each.

use super::metric::Metric;
use super::run::{CellData, Run};
use crate::event::ImpedancePoint;
use crate::verdict::Verdict;
use serde_json::{Map, Value};

/// What stands in the place of a verdict while there is none.
pub(super) const NONE_YET: &str = "none yet";

/// A cell of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CellRow {
    /// Which of the report's runs.
    pub(super) run: usize,
    pub(super) name: String,
    pub(super) place: String,
    /// The word of the verdict, or [`NONE_YET`].
    pub(super) verdict: String,
    pub(super) grade: Option<String>,
    /// What hooks call it.
    pub(super) label: Option<String>,
    pub(super) why: String,
    /// The number of each column, as the files have it.
    pub(super) values: Vec<Option<f64>>,
}

/// All cells of the report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) metrics: Vec<Metric>,
    /// How each of them is got, in words; empty where the run does not say.
    pub(super) about: Vec<String>,
    pub(super) rows: Vec<CellRow>,
}

/// The order of the first columns; what else a summary has comes after.
const ORDER: [&str; 15] = [
    "capacity_ah",
    "energy_wh",
    "coulombic_efficiency",
    "energy_efficiency",
    "capacity_fade",
    "dc_resistance_ohm",
    "impedance_ohm",
    "open_circuit_voltage_volt",
    "open_circuit_drift_volt_per_hour",
    "voltage_start_volt",
    "voltage_end_volt",
    "temperature_max_celsius",
    "duration_second",
    "cycles",
    "steps_done",
];

impl Table {
    /// The table of some runs.
    pub(super) fn of(runs: &[Run]) -> Self {
        let mut found: Vec<(CellRow, Map<String, Value>)> = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            for cell in &run.cells {
                found.push(row(index, run, cell));
            }
        }
        let mut keys: Vec<String> = Vec::new();
        for (_, numbers) in &found {
            for (key, value) in numbers {
                if value.as_f64().is_some() && !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
        let place = |key: &String| ORDER.iter().position(|it| it == key).unwrap_or(ORDER.len());
        keys.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.cmp(other)));
        let metrics: Vec<Metric> = keys.iter().filter_map(|key| Metric::of(key)).collect();
        let rows = found.into_iter().map(|(row, numbers)| {
            let value = |metric: &Metric| numbers.get(&metric.key).and_then(Value::as_f64);
            CellRow { values: metrics.iter().map(value).collect(), ..row }
        });
        let rows = rows.collect();
        let about = metrics.iter().map(|metric| about(runs, &metric.key)).collect();
        Self { metrics, about, rows }
    }
}

impl Table {
    /// The cells that came to a verdict other than pass.
    pub(super) fn bad(&self) -> Vec<&CellRow> {
        let is_bad = |row: &&CellRow| row.verdict != Verdict::Pass.word() && row.verdict != NONE_YET;
        self.rows.iter().filter(is_bad).collect()
    }
}

/// What the first run that tells says of a number.
fn about(runs: &[Run], key: &str) -> String {
    let told = runs.iter().find_map(|run| run.manifest.metrics.get(key));
    told.map_or_else(String::new, |metric| match metric.resolution.as_ref() {
        "" => metric.method.to_string(),
        resolution => format!("{}\nresolution: {resolution}", metric.method),
    })
}

/// The row of a cell, and its numbers by their names: those of the summary, or where there is none, what
/// the other files tell.
fn row(index: usize, run: &Run, cell: &CellData) -> (CellRow, Map<String, Value>) {
    let name = cell.bound.name.as_str();
    let of_summary = run.summary.as_ref().and_then(|summary| {
        let cells = summary["cells"].as_array()?;
        cells.iter().find(|it| it["cell"] == name)?.as_object().cloned()
    });
    let facts = run.facts.cells.get(&cell.bound.name);
    let mut numbers = of_summary.clone().unwrap_or_else(|| without_summary(cell));
    let resistance = facts.and_then(|facts| facts.resistance);
    if let (Some(point), false) = (resistance, numbers.contains_key("dc_resistance_ohm")) {
        numbers.insert("dc_resistance_ohm".into(), Value::from(point.resistance.0));
    }
    let impedance = facts
        .and_then(|facts| facts.spectra.iter().last())
        .and_then(|spectrum| ImpedancePoint::nearest_to_1_khz(&spectrum.points));
    if let (Some(point), None) = (impedance, numbers.get("impedance_ohm")) {
        numbers.insert("impedance_ohm".into(), Value::from(point.magnitude.0));
    }
    let told = facts.and_then(|facts| facts.standing.told().cloned());
    // The end of a test is no verdict where criteria are to follow.
    let waits =
        run.manifest.is_to_judge(&cell.bound.name) && facts.is_some_and(|facts| !facts.standing.is_judged());
    let told = told.map(|(verdict, why)| match verdict {
        Verdict::Pass if waits => (NONE_YET, format!("{why}; not all of its criteria are ruled")),
        _ => (verdict.word(), why),
    });
    let text = |key: &str| of_summary.as_ref().and_then(|it| it.get(key)).and_then(Value::as_str);
    let (verdict, why) = match (text("verdict"), told) {
        (Some(verdict), _) => (verdict.to_owned(), text("why").unwrap_or_default().to_owned()),
        (None, Some((verdict, why))) => (verdict.to_owned(), why),
        (None, None) if run.facts.exit.is_some() => {
            (Verdict::Incomplete.word().to_owned(), "the run ended before the cell was done".to_owned())
        }
        (None, None) => (NONE_YET.to_owned(), facts.and_then(|facts| facts.step.clone()).unwrap_or_default()),
    };
    let row = CellRow {
        run: index,
        name: name.to_owned(),
        place: format!("{}:{}", cell.bound.unit, cell.bound.slot),
        verdict,
        grade: of_summary
            .as_ref()
            .and_then(|it| it.get("grade")?.get("grade")?.as_str().map(str::to_owned))
            .or_else(|| facts.and_then(|facts| Some(facts.standing.grade.as_ref()?.grade.clone()))),
        label: text("label").map(str::to_owned).or_else(|| facts.and_then(|facts| facts.label.clone())),
        why,
        values: Vec::new(),
    };
    (row, numbers)
}

fn without_summary(cell: &CellData) -> Map<String, Value> {
    let mut numbers = Map::new();
    let mut put = |key: &str, value: Option<f64>| {
        if let Some(value) = value {
            numbers.insert(key.to_owned(), Value::from(value));
        }
    };
    put("voltage_start_volt", Some(cell.bound.voltage_found_volt));
    if let Some(latest) = &cell.series.latest {
        put("voltage_end_volt", Some(latest.voltage));
        put("duration_second", Some(latest.second));
    }
    put("temperature_max_celsius", cell.series.temperature_max);
    numbers
}
