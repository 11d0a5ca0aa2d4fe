//! `summary.csv` and `summary.json`: a row a cell, and how the run ended.

use super::column::Field::{self, Absent, Number, Text};
use super::column::{Column, column, names};
use super::number::Decimals;
use super::replace::{pretty, replace};
use super::summary_file::{CellRow, CriterionCount, GradeCount, SummaryFile, VerdictCounts};
use super::{RecordError, RunDirectory};
use crate::event::{CriterionResult, Graded};
use crate::identity::{CellName, SerialNumber, Slot};
use crate::results::CellResults;
use crate::units::{Coulombs, Joules};
use crate::verdict::{Exit, Outcome, Verdict};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::io;

/// The files that the summary is written to, each in its own form.
pub const SUMMARIES: [&str; 5] = ["summary.csv", "summary.json", "summary.md", "junit.xml", "labels.csv"];

/// The last column of `summary.csv` but those of criteria; in JSON it stands beside the cells.
pub(super) const SIMULATED: &str = "simulated";

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The recipe's name.
    pub recipe: String,
    /// Whether the units were simulated.
    pub simulated: bool,
    /// When the run started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Whether nothing tells of its end: it goes on, or was killed. Then `ended` is the last moment that is told of.
    pub cut_off: bool,
    /// How it ended.
    pub exit: Exit,
    /// The cells, in the order they were bound.
    pub cells: Vec<CellSummary>,
}

/// What a run came to for one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellSummary {
    /// The cell.
    pub cell: CellName,
    /// The unit it lay in.
    pub unit: SerialNumber,
    /// The slot it lay in.
    pub slot: Slot,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, in words.
    pub why: String,
    /// How its own test ended, before any criterion, and why.
    pub test: (Verdict, String),
    /// Its grade, if it has one.
    pub grade: Option<Graded>,
    /// How each criterion was ruled, in the order of the recipe.
    pub criteria: Vec<CriterionResult>,
    /// What was measured.
    pub results: CellResults,
}

/// Names carry units; the order is that of the columns.
pub(super) const COLUMNS: &[Column<CellSummary>] = &[
    column("cell", |it| Text(it.cell.to_string())),
    column("unit", |it| Field::count(it.unit.0)),
    column("slot", |it| Field::count(u32::from(it.slot.number()))),
    column("verdict", |it| Text(it.verdict.word().to_owned())),
    column("why", |it| Text(it.why.clone())),
    column("grade", |it| it.grade.as_ref().map_or(Absent, |it| Text(it.grade.clone()))),
    column("capacity_ah", |it| Field::number(it.results.capacity.map(Coulombs::ampere_hours), Decimals::SIX)),
    column("capacity_step", |it| it.results.capacity_step.clone().map_or(Absent, Text)),
    column("energy_wh", |it| Field::number(it.results.energy.map(Joules::watt_hours), Decimals::SIX)),
    column("coulombic_efficiency", |it| Field::number(it.results.coulombic_efficiency, Decimals::FIVE)),
    column("energy_efficiency", |it| Field::number(it.results.energy_efficiency, Decimals::FIVE)),
    column("capacity_fade", |it| Field::number(it.results.capacity_fade, Decimals::SIX)),
    column("impedance_ohm", |it| Field::number(it.results.impedance.map(|it| it.magnitude.0), Decimals::SIX)),
    column("impedance_frequency_hertz", |it| {
        Field::number(it.results.impedance.map(|it| it.frequency.0), Decimals::FOUR)
    }),
    column("dc_resistance_ohm", |it| {
        Field::number(it.results.resistance.map(|it| it.resistance.0), Decimals::SEVEN)
    }),
    column("dc_resistance_after_second", |it| {
        Field::number(it.results.resistance.map(|it| it.after.as_secs_f64()), Decimals::FOUR)
    }),
    column("open_circuit_voltage_volt", |it| {
        Field::number(it.results.open_circuit.map(|it| it.voltage.0), Decimals::SIX)
    }),
    column("open_circuit_drift_volt_per_hour", |it| {
        Field::number(it.results.open_circuit.map(|it| it.drift.per_hour().0), Decimals::SIX)
    }),
    column("voltage_start_volt", |it| Number(it.results.voltage_start.0, Decimals::SIX)),
    column("voltage_end_volt", |it| Field::number(it.results.voltage_end.map(|it| it.0), Decimals::SIX)),
    column("temperature_max_celsius", |it| {
        Field::number(it.results.temperature_max.map(|it| it.0), Decimals::THREE)
    }),
    column("duration_second", |it| Number(it.results.duration.as_secs_f64(), Decimals::FOUR)),
    column("steps_done", |it| Field::count(it.results.steps_done)),
    column("cycles", |it| Field::count(it.results.cycles)),
    column("label", |it| it.results.label.clone().map_or(Absent, Text)),
];

impl CellSummary {
    /// The row of the cell as JSON has it: the columns, and what is more than a value.
    fn row(&self) -> Result<CellRow, RecordError> {
        let mut row = Map::new();
        for column in COLUMNS {
            row.insert(column.name.to_owned(), column.json(self, &self.cell)?);
        }
        let (verdict, why) = &self.test;
        row.insert("test".to_owned(), json!({ "verdict": verdict, "why": why }));
        row.insert("grade".to_owned(), json!(self.grade));
        row.insert("criteria".to_owned(), json!(self.criteria));
        serde_json::from_value(Value::Object(row)).map_err(unwritable)
    }

    /// How a criterion was ruled and with which values; empty where it was not.
    fn ruling(&self, criterion: &str) -> [&str; 2] {
        let found = self.criteria.iter().find(|it| it.criterion == criterion);
        found.map_or(["", ""], |it| [it.outcome.word(), &it.shown])
    }
}

fn unwritable(error: serde_json::Error) -> RecordError {
    RecordError::file("write", "summary.json")(error.into())
}

impl Summary {
    /// How many cells came to each verdict.
    pub fn verdicts(&self) -> VerdictCounts {
        let mut counts = VerdictCounts::default();
        for cell in &self.cells {
            *match cell.verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::Error => &mut counts.error,
                Verdict::Incomplete => &mut counts.incomplete,
                Verdict::NotRun => &mut counts.not_run,
            } += 1;
        }
        counts
    }

    /// Each criterion over all cells, in the order of the recipe.
    pub fn criteria(&self) -> Vec<CriterionCount> {
        let mut counts: Vec<CriterionCount> = Vec::new();
        for result in self.cells.iter().flat_map(|cell| &cell.criteria) {
            let known = counts.iter().position(|count| count.criterion == result.criterion);
            let index = known.unwrap_or(counts.len());
            if known.is_none() {
                let criterion = result.criterion.clone();
                counts.push(CriterionCount { criterion, pass: 0, fail: 0, incomplete: 0 });
            }
            if let Some(count) = counts.get_mut(index) {
                *match result.outcome {
                    Outcome::Pass => &mut count.pass,
                    Outcome::Fail => &mut count.fail,
                    Outcome::Incomplete => &mut count.incomplete,
                } += 1;
            }
        }
        counts
    }

    /// Each grade that a cell has, in the order of the recipe.
    pub fn grades(&self) -> Vec<GradeCount> {
        let mut counts: Vec<GradeCount> = Vec::new();
        for Graded { grade, bin, reject, .. } in self.cells.iter().filter_map(|cell| cell.grade.as_ref()) {
            match counts.iter_mut().find(|count| count.bin == *bin) {
                Some(count) => count.cells += 1,
                None => {
                    counts.push(GradeCount { grade: grade.clone(), bin: *bin, reject: *reject, cells: 1 })
                }
            }
        }
        counts.sort_by_key(|count| count.bin);
        counts
    }

    /// The content of `summary.csv`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_csv(&self) -> Result<Vec<u8>, RecordError> {
        let fault = |error: csv::Error| RecordError::file("write", "summary.csv")(error.into());
        let mut table = csv::Writer::from_writer(Vec::new());
        let criteria = self.criteria();
        let mut header: Vec<String> = names(COLUMNS).into_iter().map(str::to_owned).collect();
        header.push(SIMULATED.to_owned());
        for CriterionCount { criterion, .. } in &criteria {
            header.extend([format!("accept_{criterion}"), format!("accept_{criterion}_values")]);
        }
        table.write_record(&header).map_err(fault)?;
        for cell in &self.cells {
            for column in COLUMNS {
                table.write_field(column.text(cell, &cell.cell)?).map_err(fault)?;
            }
            table.write_field(self.simulated.to_string()).map_err(fault)?;
            for CriterionCount { criterion, .. } in &criteria {
                for field in cell.ruling(criterion) {
                    table.write_field(field).map_err(fault)?;
                }
            }
            table.write_record(None::<&[u8]>).map_err(fault)?;
        }
        table.into_inner().map_err(|error| RecordError::file("write", "summary.csv")(error.into_error()))
    }

    /// The content of `summary.json`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_file(&self) -> Result<SummaryFile, RecordError> {
        Ok(SummaryFile {
            recipe: self.recipe.clone(),
            simulated: self.simulated,
            started: self.started,
            ended: self.ended,
            cut_off: self.cut_off,
            outcome: self.exit,
            exit_code: self.exit.code(),
            verdicts: self.verdicts(),
            criteria: self.criteria(),
            grades: self.grades(),
            cells: self.cells.iter().map(CellSummary::row).collect::<Result<_, _>>()?,
        })
    }

    /// Writes the summary in all its forms, into [`SUMMARIES`].
    ///
    /// # Errors
    /// The disk takes no more.
    pub(super) fn write(&self, directory: &RunDirectory) -> Result<(), RecordError> {
        let [csv, json, markdown, junit, labels] = SUMMARIES.map(|name| directory.file(name));
        let unwritten = |error| RecordError::file("write", &junit)(io::Error::other(error));
        replace(&csv, &self.to_csv()?)?;
        replace(&json, &pretty(&json, &self.to_file()?)?)?;
        replace(&markdown, self.to_markdown().as_bytes())?;
        replace(&labels, &self.to_labels()?)?;
        replace(&junit, self.to_junit().map_err(unwritten)?.as_bytes())
    }

    /// The same as a JSON value.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_json(&self) -> Result<Value, RecordError> {
        serde_json::to_value(self.to_file()?).map_err(unwritable)
    }
}
