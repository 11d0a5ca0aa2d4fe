//! `summary.csv` and `summary.json`: a row a cell, and how the run ended.

use super::RecordError;
use super::number::{Decimals, Fixed};
use super::summary_file::{CellRow, CriterionCount, GradeCount, SummaryFile, TestRow, VerdictCounts};
use crate::event::{CriterionResult, Graded};
use crate::identity::{CellName, SerialNumber, Slot};
use crate::results::CellResults;
use crate::units::{Coulombs, Joules};
use crate::verdict::{Exit, Outcome, Verdict};
use chrono::{DateTime, Utc};
use serde_json::Value;

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

/// A number of a summary: its column, its value, and its decimals. Names carry units.
type Number = (&'static str, Option<f64>, Decimals);

/// A column of the table of a summary, and the text in it.
type Column = (String, String);

impl CellSummary {
    /// The measured numbers, in the order of the columns.
    fn numbers(&self) -> [Number; 11] {
        let it = &self.results;
        [
            ("capacity_ah", it.capacity.map(Coulombs::ampere_hours), Decimals::SIX),
            ("energy_wh", it.energy.map(Joules::watt_hours), Decimals::SIX),
            ("coulombic_efficiency", it.coulombic_efficiency, Decimals::FIVE),
            ("impedance_ohm", it.impedance.map(|it| it.magnitude.0), Decimals::SIX),
            ("impedance_frequency_hertz", it.impedance.map(|it| it.frequency.0), Decimals::FOUR),
            ("dc_resistance_ohm", it.resistance.map(|it| it.0), Decimals::SIX),
            ("capacity_fade", it.capacity_fade, Decimals::FIVE),
            ("voltage_start_volt", Some(it.voltage_start.0), Decimals::SIX),
            ("voltage_end_volt", it.voltage_end.map(|it| it.0), Decimals::SIX),
            ("temperature_max_celsius", it.temperature_max.map(|it| it.0), Decimals::THREE),
            ("duration_second", Some(it.duration.as_secs_f64()), Decimals::FOUR),
        ]
    }

    fn fixed(&self, column: &'static str, value: f64, decimals: Decimals) -> Result<Fixed, RecordError> {
        Fixed::round(value, decimals).map_err(|source| RecordError::Number {
            cell: self.cell.clone(),
            column,
            source,
        })
    }

    /// The columns of the table with what stands in them.
    fn columns(&self, simulated: bool) -> Result<Vec<Column>, RecordError> {
        let mut columns: Vec<Column> = Vec::new();
        let mut text = |name: &str, text: String| columns.push((name.to_owned(), text));
        text("cell", self.cell.to_string());
        text("unit", self.unit.to_string());
        text("slot", self.slot.to_string());
        text("verdict", self.verdict.word().to_owned());
        text("why", self.why.clone());
        text("grade", self.grade.as_ref().map_or_else(String::new, |it| it.grade.clone()));
        for (name, value, decimals) in self.numbers() {
            let number = value.map(|value| self.fixed(name, value, decimals)).transpose()?;
            text(name, number.map(Fixed::text).unwrap_or_default());
            if name == "capacity_ah" {
                text("capacity_step", self.results.capacity_step.clone().unwrap_or_default());
            }
        }
        text("steps_done", self.results.steps_done.to_string());
        text("cycles", self.results.cycles.to_string());
        text("simulated", simulated.to_string());
        for CriterionResult { criterion, outcome, shown, .. } in &self.criteria {
            text(&format!("accept_{criterion}"), outcome.word().to_owned());
            text(&format!("accept_{criterion}_values"), shown.clone());
        }
        Ok(columns)
    }

    fn row(&self) -> Result<CellRow, RecordError> {
        let mut numbers = Vec::new();
        for (name, value, decimals) in self.numbers() {
            let number = value.map(|value| self.fixed(name, value, decimals)).transpose()?;
            numbers.push((name, number.map(Fixed::value)));
        }
        let number = |name: &str| numbers.iter().find(|(it, _)| *it == name).and_then(|(_, value)| *value);
        let (verdict, why) = self.test.clone();
        Ok(CellRow {
            cell: self.cell.to_string(),
            unit: self.unit.0,
            slot: self.slot.number(),
            verdict: self.verdict,
            why: self.why.clone(),
            test: TestRow { verdict, why },
            grade: self.grade.clone(),
            criteria: self.criteria.clone(),
            capacity_ah: number("capacity_ah"),
            capacity_step: self.results.capacity_step.clone(),
            energy_wh: number("energy_wh"),
            coulombic_efficiency: number("coulombic_efficiency"),
            impedance_ohm: number("impedance_ohm"),
            impedance_frequency_hertz: number("impedance_frequency_hertz"),
            dc_resistance_ohm: number("dc_resistance_ohm"),
            capacity_fade: number("capacity_fade"),
            voltage_start_volt: number("voltage_start_volt").unwrap_or_default(),
            voltage_end_volt: number("voltage_end_volt"),
            temperature_max_celsius: number("temperature_max_celsius"),
            duration_second: number("duration_second").unwrap_or_default(),
            steps_done: self.results.steps_done,
            cycles: self.results.cycles,
        })
    }
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
        let mut header: Vec<String> = Vec::new();
        for cell in &self.cells {
            let columns = cell.columns(self.simulated)?;
            if header.is_empty() {
                header = columns.iter().map(|(name, _)| name.clone()).collect();
                table.write_record(&header).map_err(fault)?;
            }
            // By their names: criteria are ruled in one order for some cells and in another for others.
            let text = |name: &String| columns.iter().find(|(it, _)| it == name).map_or("", |(_, text)| text);
            table.write_record(header.iter().map(text)).map_err(fault)?;
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
            outcome: self.exit,
            exit_code: self.exit.code(),
            verdicts: self.verdicts(),
            criteria: self.criteria(),
            grades: self.grades(),
            cells: self.cells.iter().map(CellSummary::row).collect::<Result<_, _>>()?,
        })
    }

    /// The same as a JSON value.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_json(&self) -> Result<Value, RecordError> {
        serde_json::to_value(self.to_file()?)
            .map_err(|error| RecordError::file("write", "summary.json")(error.into()))
    }
}
