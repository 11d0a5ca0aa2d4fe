//! The shape of `summary.json`, from which its published schema is made.

use crate::event::{CriterionResult, Graded};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run of batlab-run came to. What was not measured is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryFile {
    /// The recipe's name.
    pub recipe: String,
    /// Whether the units were simulated.
    pub simulated: bool,
    /// When the run started, UTC; simulated time in a simulated run.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: DateTime<Utc>,
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ended: DateTime<Utc>,
    /// Whether nothing tells of the end of the run: it goes on, or the program was killed. Then `ended` is the last
    /// moment that is told of, and the outcome that of a run that was stopped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_off: bool,
    /// How it ended.
    pub outcome: Exit,
    /// The exit code of the program.
    pub exit_code: u8,
    /// How many cells came to each verdict.
    pub verdicts: VerdictCounts,
    /// Each criterion with how many cells it held for, in the order of the recipe.
    #[serde(default)]
    pub criteria: Vec<CriterionCount>,
    /// Each grade that a cell has, with how many have it, in the order of the recipe.
    #[serde(default)]
    pub grades: Vec<GradeCount>,
    /// The cells, in the order in which they were bound.
    pub cells: Vec<CellRow>,
}

/// How many cells came to each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VerdictCounts {
    /// Every step came to its end and every criterion held.
    pub pass: u32,
    /// A criterion did not hold, the grade is a reject, or the recipe failed the cell.
    pub fail: u32,
    /// The equipment failed, or a limit stopped the cell.
    pub error: u32,
    /// Stopped before its end, or a value is missing that a criterion needs.
    pub incomplete: u32,
    /// Never begun.
    pub not_run: u32,
}

/// A criterion over all cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionCount {
    /// Its name in the recipe.
    pub criterion: String,
    /// How many cells it held for.
    pub pass: u32,
    /// How many it did not hold for.
    pub fail: u32,
    /// For how many it could not be judged.
    pub incomplete: u32,
}

/// A grade over all cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GradeCount {
    /// Its name in the recipe.
    pub grade: String,
    /// Its place among the grades of the recipe, from 1.
    pub bin: u32,
    /// Whether a cell of this grade fails.
    pub reject: bool,
    /// How many cells have it.
    pub cells: u32,
}

/// What a run came to for one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellRow {
    /// The cell's name.
    pub cell: String,
    /// The serial number of the unit that it lay in.
    pub unit: u32,
    /// The slot that it lay in, 0 to 3.
    pub slot: u8,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
    /// How its own test ended, before any criterion.
    pub test: TestRow,
    /// Its grade.
    pub grade: Option<Graded>,
    /// How each criterion was ruled, in the order of the recipe.
    #[serde(default)]
    pub criteria: Vec<CriterionResult>,
    /// Charge out of the last discharge from full to empty.
    pub capacity_ah: Option<f64>,
    /// The name of that step, or `step` and its number.
    pub capacity_step: Option<String>,
    /// Energy out of the same step.
    pub energy_wh: Option<f64>,
    /// Charge out over charge in, from one empty cell to the next.
    pub coulombic_efficiency: Option<f64>,
    /// The same of energy.
    pub energy_efficiency: Option<f64>,
    /// How much less the last capacity is than the first, as a share of that.
    pub capacity_fade: Option<f64>,
    /// Magnitude of the last impedance; of a spectrum the point nearest to 1 kHz.
    pub impedance_ohm: Option<f64>,
    /// The frequency of that point.
    pub impedance_frequency_hertz: Option<f64>,
    /// The last DC resistance, at the latest time that was asked for.
    pub dc_resistance_ohm: Option<f64>,
    /// How long after the step of current that was.
    pub dc_resistance_after_second: Option<f64>,
    /// Open-circuit voltage at the end of the last rest.
    pub open_circuit_voltage_volt: Option<f64>,
    /// How fast that still moved, above zero where it rose.
    pub open_circuit_drift_volt_per_hour: Option<f64>,
    /// Voltage as the cell was found.
    pub voltage_start_volt: f64,
    /// Voltage in the last row.
    pub voltage_end_volt: Option<f64>,
    /// The highest temperature.
    pub temperature_max_celsius: Option<f64>,
    /// From the start of the cell's test to its last row.
    pub duration_second: f64,
    /// Steps that ran to an end of their own.
    pub steps_done: u32,
    /// Cycles begun.
    pub cycles: u32,
    /// The label that hooks gave it.
    pub label: Option<String>,
}

/// How the test of a cell ended by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestRow {
    /// Pass where every step came to its end.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
}

impl SummaryFile {
    /// The JSON schema of `summary.json` as the text of `schemas/summary.schema.json`.
    ///
    /// # Errors
    /// None that is known; JSON values can always be written.
    pub fn schema_text() -> Result<String, serde_json::Error> {
        let mut schema = schemars::generate::SchemaSettings::draft2020_12()
            .into_generator()
            .into_root_schema_for::<Self>();
        schema.insert("title".to_owned(), "batlab-run summary".into());
        serde_json::to_string_pretty(&schema).map(|text| text + "\n")
    }
}
