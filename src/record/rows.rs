//! Reads the time series of a cell again, for what of it counts for the results.

use super::bdf::{TIME, duration};
use super::number::Fixed;
use super::remake::RemakeError;
use crate::event::Totals;
use crate::journal::Tail;
use crate::results::Row;
use crate::units::{Amperes, Celsius, Coulombs, Joules, Volts};
use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder};
use std::path::Path;
use std::time::Duration;

/// A row of a time series, as its file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedRow {
    /// From the start of the cell's test.
    pub time: Duration,
    /// UTC.
    pub wall: DateTime<Utc>,
    /// From the start of the step.
    pub step_time: Duration,
    /// Steps begun by the cell by then, this one included.
    pub step_count: u32,
    /// The cycle, from 1.
    pub cycle: u32,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Current, positive into the cell.
    pub current: Amperes,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
    /// What had passed since the test began.
    pub total: Totals,
    /// What had passed since its step began.
    pub in_step: Totals,
    /// Which row of the file it is, from 1, and which of the step.
    pub index: (u32, u32),
}

impl RecordedRow {
    /// What of it counts for the results.
    pub fn kept(&self) -> Row {
        let Self { time, cycle, voltage, temperature, .. } = *self;
        Row { time, cycle, voltage, temperature }
    }
}

/// What is told of a whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// The last row.
    pub(super) last: Option<RecordedRow>,
    /// The length of the part that is whole, in bytes.
    pub(super) whole: u64,
    /// How many bytes of a row that was not written whole stand behind it; they are left out.
    pub(super) torn: u64,
}

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    wall: usize,
    step_time: usize,
    step_count: usize,
    cycle: usize,
    voltage: usize,
    current: usize,
    temperature: usize,
    total: [usize; 4],
    in_step: [usize; 4],
    index: [usize; 2],
}

impl Columns {
    fn find(header: &ByteRecord) -> Result<Self, String> {
        let at = |name: &str| {
            let place = header.iter().position(|field| field == name.as_bytes());
            place.ok_or_else(|| format!("the header has no column {name}"))
        };
        Ok(Self {
            time: at("test_time_second")?,
            wall: at("unix_time_second")?,
            step_time: at("step_time_second")?,
            step_count: at("step_count")?,
            cycle: at("cycle_count")?,
            voltage: at("voltage_volt")?,
            current: at("current_ampere")?,
            temperature: at("surface_temperature_celsius")?,
            total: [
                at("charging_capacity_ah")?,
                at("discharging_capacity_ah")?,
                at("charging_energy_wh")?,
                at("discharging_energy_wh")?,
            ],
            in_step: [
                at("step_charging_capacity_ah")?,
                at("step_discharging_capacity_ah")?,
                at("step_charging_energy_wh")?,
                at("step_discharging_energy_wh")?,
            ],
            index: [at("record_index")?, at("step_record_index")?],
        })
    }

    /// A row with the digits that it has.
    fn row(self, record: &ByteRecord) -> Result<RecordedRow, String> {
        let time = |column| {
            let written = Fixed::round(number(record, column)?, TIME);
            written.map(duration).map_err(|error| format!("a time {error}"))
        };
        let count = |column, of: &str| {
            let value = number(record, column)?;
            let is_one = (0.0..=f64::from(u32::MAX)).contains(&value) && value.fract() == 0.0;
            if is_one { Ok(value as u32) } else { Err(format!("{value} is no number of a {of}")) }
        };
        let wall = i64::try_from(time(self.wall)?.as_micros()).ok().and_then(DateTime::from_timestamp_micros);
        let totals = |[charge_in, charge_out, energy_in, energy_out]: [usize; 4]| {
            Ok::<_, String>(Totals {
                charge_in: Coulombs(3600.0 * number(record, charge_in)?),
                charge_out: Coulombs(3600.0 * number(record, charge_out)?),
                energy_in: Joules(3600.0 * number(record, energy_in)?),
                energy_out: Joules(3600.0 * number(record, energy_out)?),
            })
        };
        let [index, of_step] = self.index;
        Ok(RecordedRow {
            time: time(self.time)?,
            wall: wall.ok_or("a time is out of all bounds")?,
            step_time: time(self.step_time)?,
            step_count: count(self.step_count, "step")?,
            cycle: count(self.cycle, "cycle")?,
            voltage: Volts(number(record, self.voltage)?),
            current: Amperes(number(record, self.current)?),
            temperature: Celsius(number(record, self.temperature)?),
            total: totals(self.total)?,
            in_step: totals(self.in_step)?,
            index: (count(index, "row")?, count(of_step, "row")?),
        })
    }
}

/// Hands over every whole row of a file. `name` is what it is called in what is told of it.
///
/// # Errors
/// The file cannot be read, or a row in it is damaged.
pub(super) fn read(
    path: &Path,
    name: &str,
    mut each: impl FnMut(&RecordedRow),
) -> Result<Series, RemakeError> {
    let damaged = |line, what| RemakeError::Damaged { file: name.to_owned(), line, what };
    let mut tail = Tail::new(path);
    let fresh = tail.fresh().map_err(|source| RemakeError::File { file: name.to_owned(), source })?;
    let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(fresh);
    let (mut record, mut columns, mut line) = (ByteRecord::new(), None, 0);
    let mut series = Series { last: None, whole: tail.whole(), torn: tail.torn() };
    loop {
        line += 1;
        if !rows.read_byte_record(&mut record).map_err(|error| damaged(line, error.to_string()))? {
            return Ok(series);
        }
        let Some(columns) = columns else {
            columns = Some(Columns::find(&record).map_err(|what| damaged(line, what))?);
            continue;
        };
        let row = columns.row(&record).map_err(|what| damaged(line, what))?;
        series.last = Some(row);
        each(&row);
    }
}

/// The number in a field.
fn number(record: &ByteRecord, column: usize) -> Result<f64, String> {
    let field = record.get(column).ok_or_else(|| format!("the row has only {} fields", record.len()))?;
    let parsed = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
    let wrong = || format!("{:?} is no number", String::from_utf8_lossy(field));
    parsed.filter(|value| value.is_finite()).ok_or_else(wrong)
}
