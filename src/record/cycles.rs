//! Rows of `cells/<cell>.cycles.csv`: one for each finished cycle.

use super::column::Field::{self, Absent, Number, Text};
use super::column::{Column, column};
use super::number::Decimals;
use crate::event::{CycleResult, EndReason, Totals};
use crate::units::{Celsius, Volts};

/// The columns in their order.
pub(super) const COLUMNS: &[Column<CycleResult>] = &[
    column("cycle_count", |cycle| Field::count(cycle.cycle)),
    column("steps", |cycle| Field::count(cycle.steps)),
    column("end_reason", |cycle| reason(cycle, EndReason::code)),
    column("end_detail", |cycle| reason(cycle, EndReason::detail)),
    column("interrupted", |cycle| Text(if cycle.interrupted { "yes" } else { "no" }.to_owned())),
    column("start_second", |cycle| Number(cycle.start.as_secs_f64(), Decimals::FOUR)),
    column("duration_second", |cycle| Number(cycle.duration.as_secs_f64(), Decimals::FOUR)),
    column("charging_capacity_ah", |cycle| sum(cycle, |passed| passed.charge_in.ampere_hours())),
    column("discharging_capacity_ah", |cycle| sum(cycle, |passed| passed.charge_out.ampere_hours())),
    column("charging_energy_wh", |cycle| sum(cycle, |passed| passed.energy_in.watt_hours())),
    column("discharging_energy_wh", |cycle| sum(cycle, |passed| passed.energy_out.watt_hours())),
    column("coulombic_efficiency", |cycle| {
        Field::number(cycle.whole().and_then(Totals::coulombic_efficiency), Decimals::SIX)
    }),
    column("energy_efficiency", |cycle| {
        Field::number(cycle.whole().and_then(Totals::energy_efficiency), Decimals::SIX)
    }),
    column("capacity_fade", |cycle| Field::number(cycle.capacity_fade(), Decimals::SIX)),
    column("voltage_mean_charge_volt", |cycle| voltage(cycle.voltage_mean_charge())),
    column("voltage_mean_discharge_volt", |cycle| voltage(cycle.voltage_mean_discharge())),
    column("voltage_hysteresis_volt", |cycle| voltage(cycle.voltage_hysteresis())),
    column("voltage_min_volt", |cycle| voltage(cycle.voltage_min)),
    column("voltage_max_volt", |cycle| voltage(cycle.voltage_max)),
    column("temperature_mean_celsius", |cycle| temperature(cycle.temperature_mean)),
    column("temperature_min_celsius", |cycle| temperature(cycle.temperature_min)),
    column("temperature_max_celsius", |cycle| temperature(cycle.temperature_max)),
];

/// A sum over the cycle, if it is one: of an interrupted cycle there is none.
fn sum(cycle: &CycleResult, of: fn(&Totals) -> f64) -> Field {
    Field::number(cycle.whole().map(of), Decimals::EIGHT)
}

fn reason(cycle: &CycleResult, part: fn(&EndReason) -> &str) -> Field {
    cycle.reason.as_ref().map_or(Absent, |reason| Text(part(reason).to_owned()))
}

fn voltage(value: Option<Volts>) -> Field {
    Field::number(value.map(|it| it.0), Decimals::SIX)
}

fn temperature(value: Option<Celsius>) -> Field {
    Field::number(value.map(|it| it.0), Decimals::THREE)
}
