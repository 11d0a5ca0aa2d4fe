//! `summary.csv` and `summary.json`: a row a cell, and how the run ended.

use super::RecordError;
use super::column::Field::{self, Absent, Number, Text};
use super::column::{Column, column, names};
use super::number::Decimals;
use crate::event::{ImpedancePoint, OpenCircuit, ResistancePoint};
use crate::identity::{CellName, SerialNumber, Slot};
use crate::units::{Celsius, Coulombs, Joules, Volts};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The last column of `summary.csv`; in JSON it stands beside the cells.
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
    /// The same of energy, between the same two discharges.
    pub energy_efficiency: Option<f64>,
    /// How much less the last such capacity is than the first, as a share of that; absent where there is
    /// only one.
    pub capacity_fade: Option<f64>,
    /// The last impedance; of a spectrum the point nearest to 1 kHz.
    pub impedance: Option<ImpedancePoint>,
    /// The last DC resistance, at the latest time that was asked for.
    pub resistance: Option<ResistancePoint>,
    /// What the last rest told of the cell.
    pub open_circuit: Option<OpenCircuit>,
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

/// Names carry units; the order is that of the columns.
pub(super) const COLUMNS: &[Column<CellSummary>] = &[
    column("cell", |it| Text(it.cell.to_string())),
    column("unit", |it| Field::count(it.unit.0)),
    column("slot", |it| Field::count(u32::from(it.slot.number()))),
    column("verdict", |it| Text(it.verdict.word().to_owned())),
    column("why", |it| Text(it.why.clone())),
    column("capacity_ah", |it| Field::number(it.capacity.map(Coulombs::ampere_hours), Decimals::SIX)),
    column("capacity_step", |it| it.capacity_step.clone().map_or(Absent, Text)),
    column("energy_wh", |it| Field::number(it.energy.map(Joules::watt_hours), Decimals::SIX)),
    column("coulombic_efficiency", |it| Field::number(it.coulombic_efficiency, Decimals::FIVE)),
    column("energy_efficiency", |it| Field::number(it.energy_efficiency, Decimals::FIVE)),
    column("capacity_fade", |it| Field::number(it.capacity_fade, Decimals::SIX)),
    column("impedance_ohm", |it| Field::number(it.impedance.map(|it| it.magnitude.0), Decimals::SIX)),
    column("impedance_frequency_hertz", |it| {
        Field::number(it.impedance.map(|it| it.frequency.0), Decimals::FOUR)
    }),
    column("dc_resistance_ohm", |it| Field::number(it.resistance.map(|it| it.resistance.0), Decimals::SEVEN)),
    column("dc_resistance_after_second", |it| {
        Field::number(it.resistance.map(|it| it.after.as_secs_f64()), Decimals::FOUR)
    }),
    column("open_circuit_voltage_volt", |it| {
        Field::number(it.open_circuit.map(|it| it.voltage.0), Decimals::SIX)
    }),
    column("open_circuit_drift_volt_per_hour", |it| {
        Field::number(it.open_circuit.map(|it| it.drift.per_hour().0), Decimals::SIX)
    }),
    column("voltage_start_volt", |it| Number(it.voltage_start.0, Decimals::SIX)),
    column("voltage_end_volt", |it| Field::number(it.voltage_end.map(|it| it.0), Decimals::SIX)),
    column("temperature_max_celsius", |it| Field::number(it.temperature_max.map(|it| it.0), Decimals::THREE)),
    column("duration_second", |it| Number(it.duration.as_secs_f64(), Decimals::FOUR)),
    column("steps_done", |it| Field::count(it.steps_done)),
    column("cycles", |it| Field::count(it.cycles)),
    column("label", |it| it.label.clone().map_or(Absent, Text)),
];

impl Summary {
    /// The content of `summary.csv`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn to_csv(&self) -> Result<Vec<u8>, RecordError> {
        let fault = |error: csv::Error| RecordError::file("write", "summary.csv")(error.into());
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(names(COLUMNS).into_iter().chain([SIMULATED])).map_err(fault)?;
        for cell in &self.cells {
            for column in COLUMNS {
                table.write_field(column.text(cell, &cell.cell)?).map_err(fault)?;
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
            for column in COLUMNS {
                object.insert(column.name.to_owned(), column.json(cell, &cell.cell)?);
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
