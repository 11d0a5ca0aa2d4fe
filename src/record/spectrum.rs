//! Rows of `cells/<cell>.spectrum.csv`: one for each impedance that was measured.

use super::column::Field::{self, Number};
use super::column::{Column, column};
use super::number::Decimals;
use crate::event::{Circumstances, ImpedancePoint};

/// An impedance, and where it was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) point: ImpedancePoint,
    pub(super) at: Option<Circumstances>,
}

/// The columns in their order.
pub(super) const COLUMNS: &[Column<Measured>] = &[
    column("cycle_count", |it| count(it, |at| at.cycle)),
    column("step_count", |it| count(it, |at| at.step_count)),
    column("step_id", |it| count(it, |at| at.step_id)),
    column("test_time_second", |it| number(it, |at| Some(at.time.as_secs_f64()), Decimals::FOUR)),
    column("frequency_hertz", |it| Number(it.point.frequency.0, Decimals::FOUR)),
    column("absolute_impedance_ohm", |it| Number(it.point.magnitude.0, Decimals::SEVEN)),
    column("averages", |it| Field::count(it.point.averages)),
    column("voltage_volt", |it| number(it, |at| at.voltage.map(|it| it.0), Decimals::SIX)),
    column("current_ampere", |it| number(it, |at| at.current.map(|it| it.0), Decimals::SIX)),
    column("surface_temperature_celsius", |it| {
        number(it, |at| at.temperature.map(|it| it.0), Decimals::THREE)
    }),
];

fn count(measured: &Measured, of: fn(&Circumstances) -> u32) -> Field {
    measured.at.as_ref().map_or(Field::Absent, |at| Field::count(of(at)))
}

fn number(measured: &Measured, of: fn(&Circumstances) -> Option<f64>, decimals: Decimals) -> Field {
    Field::number(measured.at.as_ref().and_then(of), decimals)
}
