//! `summary.csv` and `summary.json`: a row a cell, and how the run ended.

use super::RecordError;
use super::number::{Decimals, Fixed};
use crate::event::ImpedancePoint;
use crate::identity::{CellName, SerialNumber, Slot};
use crate::units::{Celsius, Coulombs, Joules, Volts};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::time::Duration;

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

/// What a run came to for one cell. What was not measured is absent.
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
    /// Charge out of the last discharge that was ended by a condition on voltage.
    pub capacity: Option<Coulombs>,
    /// The name of that step, or `step` and its number.
    pub capacity_step: Option<String>,
    /// Energy out of the same step.
    pub energy: Option<Joules>,
    /// Charge out over charge in between the last two discharges that were ended by a condition on
    /// voltage: between two like states of charge, the only place where the ratio has a meaning.
    pub coulombic_efficiency: Option<f64>,
    /// The last impedance; of a spectrum the point nearest to 1 kHz.
    pub impedance: Option<ImpedancePoint>,
    /// Voltage as the cell was found.
    pub voltage_start: Volts,
    /// Voltage in the last row.
    pub voltage_end: Option<Volts>,
    /// The highest temperature of the cell's surface.
    pub temperature_max: Option<Celsius>,
    /// From the start of the cell's test to its last row.
    pub duration: Duration,
    /// Steps that ran to an end of their own.
    pub steps_done: u32,
    /// Cycles begun.
    pub cycles: u32,
    /// The label that hooks gave it, if they did.
    pub label: Option<String>,
}

/// A value of a summary, in both its forms.
enum Field {
    Text(String),
    Count(u64),
    Number(f64, Decimals),
    Absent,
}

impl Field {
    fn number(value: Option<f64>, decimals: Decimals) -> Self {
        value.map_or(Self::Absent, |value| Self::Number(value, decimals))
    }
}

impl CellSummary {
    /// Names carry units; the order is that of the columns.
    fn fields(&self) -> Vec<(&'static str, Field)> {
        use Field::{Absent, Count, Number, Text};
        vec![
            ("cell", Text(self.cell.to_string())),
            ("unit", Count(u64::from(self.unit.0))),
            ("slot", Count(u64::from(self.slot.number()))),
            ("verdict", Text(self.verdict.word().to_owned())),
            ("why", Text(self.why.clone())),
            ("capacity_ah", Field::number(self.capacity.map(Coulombs::ampere_hours), Decimals::SIX)),
            ("capacity_step", self.capacity_step.clone().map_or(Absent, Text)),
            ("energy_wh", Field::number(self.energy.map(Joules::watt_hours), Decimals::SIX)),
            ("coulombic_efficiency", Field::number(self.coulombic_efficiency, Decimals::FIVE)),
            ("impedance_ohm", Field::number(self.impedance.map(|it| it.magnitude.0), Decimals::SIX)),
            (
                "impedance_frequency_hertz",
                Field::number(self.impedance.map(|it| it.frequency.0), Decimals::FOUR),
            ),
            ("voltage_start_volt", Number(self.voltage_start.0, Decimals::SIX)),
            ("voltage_end_volt", Field::number(self.voltage_end.map(|it| it.0), Decimals::SIX)),
            ("temperature_max_celsius", Field::number(self.temperature_max.map(|it| it.0), Decimals::THREE)),
            ("duration_second", Number(self.duration.as_secs_f64(), Decimals::FOUR)),
            ("steps_done", Count(u64::from(self.steps_done))),
            ("cycles", Count(u64::from(self.cycles))),
            ("label", self.label.clone().map_or(Absent, Text)),
        ]
    }

    fn rounded(&self, column: &'static str, value: f64, decimals: Decimals) -> Result<Fixed, RecordError> {
        Fixed::round(value, decimals).map_err(|source| RecordError::Number {
            cell: self.cell.clone(),
            column,
            source,
        })
    }
}

impl Summary {
    /// The content of `summary.csv`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_csv(&self) -> Result<Vec<u8>, RecordError> {
        let fault = |error: csv::Error| RecordError::file("write", "summary.csv")(error.into());
        let mut table = csv::Writer::from_writer(Vec::new());
        for (index, cell) in self.cells.iter().enumerate() {
            let fields = cell.fields();
            if index == 0 {
                let names = fields.iter().map(|(name, _)| *name).chain(["simulated"]);
                table.write_record(names).map_err(fault)?;
            }
            for (name, field) in fields {
                let text = match field {
                    Field::Text(text) => text,
                    Field::Count(count) => count.to_string(),
                    Field::Number(value, decimals) => cell.rounded(name, value, decimals)?.text(),
                    Field::Absent => String::new(),
                };
                table.write_field(text).map_err(fault)?;
            }
            table.write_field(if self.simulated { "true" } else { "false" }).map_err(fault)?;
            table.write_record(None::<&[u8]>).map_err(fault)?;
        }
        table.into_inner().map_err(|error| RecordError::file("write", "summary.csv")(error.into_error()))
    }

    /// The content of `summary.json`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_json(&self) -> Result<Value, RecordError> {
        let mut cells = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let mut object = Map::new();
            for (name, field) in cell.fields() {
                let value = match field {
                    Field::Text(text) => Value::from(text),
                    Field::Count(count) => Value::from(count),
                    Field::Number(value, decimals) => {
                        Value::from(cell.rounded(name, value, decimals)?.value())
                    }
                    Field::Absent => Value::Null,
                };
                object.insert(name.to_owned(), value);
            }
            cells.push(Value::Object(object));
        }
        Ok(json!({
            "recipe": self.recipe,
            "simulated": self.simulated,
            "started": self.started,
            "ended": self.ended,
            "outcome": self.exit,
            "exit_code": self.exit.code(),
            "cells": cells,
        }))
    }
}
