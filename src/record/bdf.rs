//! Rows of a cell's time series in the Battery Data Format (LF Energy, Battery Data Alliance).

use super::number::{Decimals, Fixed, NotWritable, push_integer};
use super::rows::RecordedRow;
use crate::clock::Instant;
use crate::event::{Sample, Totals};
use crate::results::Row as Kept;
use crate::units::{Celsius, Volts};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The columns, by the machine names of the Battery Data Format, in their order.
///
/// Decimals are finer than what the unit resolves (137 uV, 125 uA, 0.02 uAh a count) and no finer
/// than that needs. `cycle_count` and `step_count` are integers, `step_type` is a code, every other
/// number has a decimal point.
pub const COLUMNS: [&str; 29] = [
    "test_time_second",
    "voltage_volt",
    "current_ampere",
    "unix_time_second",
    "cycle_count",
    "step_count",
    "step_id",
    "step_type",
    "step_time_second",
    "record_index",
    "step_record_index",
    "power_watt",
    "surface_temperature_celsius",
    "charging_capacity_ah",
    "discharging_capacity_ah",
    "charging_energy_wh",
    "discharging_energy_wh",
    "net_capacity_ah",
    "cumulative_capacity_ah",
    "step_charging_capacity_ah",
    "step_discharging_capacity_ah",
    "step_charging_energy_wh",
    "step_discharging_energy_wh",
    "cycle_charging_capacity_ah",
    "cycle_discharging_capacity_ah",
    "cycle_charging_energy_wh",
    "cycle_discharging_energy_wh",
    "frequency_hertz",
    "absolute_impedance_ohm",
];

/// Times carry a tenth of a millisecond: a slice of the unit is 0.1024 s.
pub(super) const TIME: Decimals = Decimals::FOUR;
const MICROS_PER_UNIT: i64 = 100;
const CHARGE: Decimals = Decimals::EIGHT;

/// Why a row was not written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowFault {
    /// A number that no file can hold, and its column.
    Number(&'static str, NotWritable),
    /// The sample is older than the row before it, which was at this moment.
    TimeFell(Instant),
}

/// Makes the rows of one cell, one after the other.
#[derive(Clone, Debug)]
pub struct BdfRows {
    origin_micros: i64,
    last: Option<Instant>,
    rows: i64,
    step: Option<(u32, i64)>,
}

impl BdfRows {
    /// Begins before the first row. `clock_origin` is the wall time at the origin of the clock that
    /// the samples' instants are on.
    pub fn new(clock_origin: DateTime<Utc>) -> Self {
        Self { origin_micros: clock_origin.timestamp_micros(), last: None, rows: 0, step: None }
    }

    /// Goes on behind this row, if there is one.
    pub(super) fn go_on(clock_origin: DateTime<Utc>, last: Option<&RecordedRow>) -> Self {
        let mut rows = Self::new(clock_origin);
        if let Some(RecordedRow { wall, step_count, index: (all, in_step), .. }) = last {
            let at = wall.timestamp_micros().saturating_sub(rows.origin_micros);
            rows.last = Some(Instant::from_micros(u64::try_from(at).unwrap_or(0)));
            rows.rows = i64::from(*all);
            rows.step = Some((*step_count, i64::from(*in_step)));
        }
        rows
    }

    /// Appends the header line.
    pub fn header(into: &mut Vec<u8>) {
        into.extend_from_slice(COLUMNS.join(",").as_bytes());
        into.push(b'\n');
    }

    /// Appends one row with its newline, and gives what of it counts for the results, with the digits that it
    /// has in the row: so they come out the same when they are read again. After an error, what was appended must
    /// be thrown away.
    ///
    /// # Errors
    /// A number is not finite, or the sample is older than the one before.
    pub fn push(&mut self, sample: &Sample, into: &mut Vec<u8>) -> Result<Kept, RowFault> {
        if let Some(last) = self.last.filter(|last| *last > sample.at) {
            return Err(RowFault::TimeFell(last));
        }
        let in_step = match self.step {
            Some((count, rows)) if count == sample.step_count => rows + 1,
            _ => 1,
        };
        let mut row = Row { into };
        let time = row.time(micros(sample.at.as_micros().saturating_sub(sample.test_start.as_micros())));
        let voltage = row.number("voltage_volt", sample.voltage.0, Decimals::SIX)?;
        row.number("current_ampere", sample.current.0, Decimals::SIX)?;
        row.time(self.origin_micros.saturating_add(micros(sample.at.as_micros())));
        row.integer(sample.cycle);
        row.integer(sample.step_count);
        row.count(i64::from(sample.step_id));
        row.into.extend_from_slice(sample.step_type.code().as_bytes());
        row.into.push(b',');
        row.time(micros(sample.at.as_micros().saturating_sub(sample.step_start.as_micros())));
        row.count(self.rows + 1);
        row.count(in_step);
        row.number("power_watt", (sample.voltage * sample.current).0, Decimals::SIX)?;
        let temperature = row.number("surface_temperature_celsius", sample.temperature.0, Decimals::THREE)?;
        let [charged, discharged] = row.totals(&sample.total)?;
        row.fixed(Fixed::from_units(charged - discharged, CHARGE));
        row.fixed(Fixed::from_units(charged + discharged, CHARGE));
        row.totals(&sample.step)?;
        row.totals(&sample.in_cycle)?;
        if let Some(point) = &sample.impedance {
            row.number("frequency_hertz", point.frequency.0, Decimals::FOUR)?;
            row.number("absolute_impedance_ohm", point.magnitude.0, Decimals::SEVEN)?;
            row.into.pop();
        } else {
            row.into.push(b',');
        }
        row.into.push(b'\n');
        self.last = Some(sample.at);
        self.rows += 1;
        self.step = Some((sample.step_count, in_step));
        Ok(Kept {
            time: duration(time),
            cycle: sample.cycle,
            voltage: Volts(voltage.value()),
            temperature: Celsius(temperature.value()),
        })
    }
}

/// A time as it stands in a row.
pub(super) fn duration(written: Fixed) -> Duration {
    let units = u64::try_from(written.units()).unwrap_or(0);
    Duration::from_micros(units.saturating_mul(MICROS_PER_UNIT.unsigned_abs()))
}

fn micros(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// One row under way; every value is followed by a comma.
struct Row<'a> {
    into: &'a mut Vec<u8>,
}

impl Row<'_> {
    fn fixed(&mut self, value: Fixed) {
        value.push(self.into);
        self.into.push(b',');
    }

    fn number(&mut self, column: &'static str, value: f64, decimals: Decimals) -> Result<Fixed, RowFault> {
        let fixed = Fixed::round(value, decimals).map_err(|fault| RowFault::Number(column, fault))?;
        self.fixed(fixed);
        Ok(fixed)
    }

    /// Rounded down, so that two moments in order stay in order.
    fn time(&mut self, micros: i64) -> Fixed {
        let fixed = Fixed::from_units(micros.div_euclid(MICROS_PER_UNIT), TIME);
        self.fixed(fixed);
        fixed
    }

    fn integer(&mut self, value: u32) {
        push_integer(u64::from(value), self.into);
        self.into.push(b',');
    }

    /// A count in a column that is no integer by the format's rules.
    fn count(&mut self, value: i64) {
        self.fixed(Fixed::from_units(value.saturating_mul(10), Decimals::ONE));
    }

    /// Charge in, charge out, energy in, energy out; gives back the two charges as printed.
    fn totals(&mut self, totals: &Totals) -> Result<[i64; 2], RowFault> {
        let charged = self.number("charging_capacity_ah", totals.charge_in.ampere_hours(), CHARGE)?;
        let discharged = self.number("discharging_capacity_ah", totals.charge_out.ampere_hours(), CHARGE)?;
        self.number("charging_energy_wh", totals.energy_in.watt_hours(), CHARGE)?;
        self.number("discharging_energy_wh", totals.energy_out.watt_hours(), CHARGE)?;
        Ok([charged.units(), discharged.units()])
    }
}
