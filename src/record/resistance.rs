//! Rows of `cells/<cell>.resistance.csv`: one for each time of each step that measures the DC resistance.

use super::column::Field::{self, Absent, Number, Text};
use super::column::{Column, column};
use super::number::Decimals;
use crate::event::{ResistancePoint, StepResult};

/// One DC resistance of a step.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    cycle: u32,
    step_count: u32,
    step_id: u32,
    name: Option<String>,
    end_reason: &'static str,
    start: f64,
    point: ResistancePoint,
    voltage_start: f64,
    temperature_mean: f64,
}

impl Measured {
    /// All that a step has to tell, in the order of their times.
    pub(super) fn of(step: &StepResult) -> impl Iterator<Item = Self> + '_ {
        step.resistance.iter().map(|point| Self {
            cycle: step.cycle,
            step_count: step.step_count,
            step_id: step.step_id,
            name: step.name.clone(),
            end_reason: step.reason.code(),
            start: step.start.as_secs_f64(),
            point: *point,
            voltage_start: step.voltage_start.0,
            temperature_mean: step.temperature_mean.0,
        })
    }
}

/// The columns in their order.
pub(super) const COLUMNS: &[Column<Measured>] = &[
    column("cycle_count", |it| Field::count(it.cycle)),
    column("step_count", |it| Field::count(it.step_count)),
    column("step_id", |it| Field::count(it.step_id)),
    column("name", |it| it.name.clone().map_or(Absent, Text)),
    column("end_reason", |it| Text(it.end_reason.to_owned())),
    column("start_second", |it| Number(it.start, Decimals::FOUR)),
    column("dc_resistance_after_second", |it| Number(it.point.after.as_secs_f64(), Decimals::FOUR)),
    column("dc_resistance_ohm", |it| Number(it.point.resistance.0, Decimals::SEVEN)),
    column("voltage_start_volt", |it| Number(it.voltage_start, Decimals::SIX)),
    column("temperature_mean_celsius", |it| Number(it.temperature_mean, Decimals::THREE)),
];
