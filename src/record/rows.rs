//! Reads the time series of a cell again, for what of it counts for the results.

use super::bdf::{TIME, duration};
use super::number::Fixed;
use super::remake::RemakeError;
use crate::journal::Tail;
use crate::results::Row;
use crate::units::{Celsius, Volts};
use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder};
use std::path::Path;

/// What is told of a whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Series {
    /// The wall time of the last row.
    pub(super) latest: Option<DateTime<Utc>>,
    /// Whether the last row was not written whole; it is left out.
    pub(super) torn: bool,
}

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    unix_time: usize,
    cycle: usize,
    voltage: usize,
    temperature: usize,
}

impl Columns {
    fn find(header: &ByteRecord) -> Result<Self, String> {
        let at = |name: &str| {
            let place = header.iter().position(|field| field == name.as_bytes());
            place.ok_or_else(|| format!("the header has no column {name}"))
        };
        Ok(Self {
            time: at("test_time_second")?,
            unix_time: at("unix_time_second")?,
            cycle: at("cycle_count")?,
            voltage: at("voltage_volt")?,
            temperature: at("surface_temperature_celsius")?,
        })
    }

    /// A row with the digits that it has, and its wall time.
    fn row(self, record: &ByteRecord) -> Result<(Row, Option<DateTime<Utc>>), String> {
        let time = |column| {
            let written = Fixed::round(number(record, column)?, TIME);
            written.map_err(|error| format!("a time {error}"))
        };
        let cycle = number(record, self.cycle)?;
        if !(0.0..=f64::from(u32::MAX)).contains(&cycle) {
            return Err(format!("{cycle} is no number of a cycle"));
        }
        let unix_time = i64::try_from(duration(time(self.unix_time)?).as_micros());
        let row = Row {
            time: duration(time(self.time)?),
            cycle: cycle as u32,
            voltage: Volts(number(record, self.voltage)?),
            temperature: Celsius(number(record, self.temperature)?),
        };
        Ok((row, unix_time.ok().and_then(DateTime::from_timestamp_micros)))
    }
}

/// Hands over every whole row of a file. `name` is what it is called in what is told of it.
///
/// # Errors
/// The file cannot be read, or a row in it is damaged.
pub(super) fn read(path: &Path, name: &str, mut each: impl FnMut(&Row)) -> Result<Series, RemakeError> {
    let damaged = |line, what| RemakeError::Damaged { file: name.to_owned(), line, what };
    let mut tail = Tail::new(path);
    let fresh = tail.fresh().map_err(|source| RemakeError::File { file: name.to_owned(), source })?;
    let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(fresh);
    let (mut record, mut columns, mut line) = (ByteRecord::new(), None, 0);
    let mut series = Series { latest: None, torn: tail.torn() > 0 };
    loop {
        line += 1;
        if !rows.read_byte_record(&mut record).map_err(|error| damaged(line, error.to_string()))? {
            return Ok(series);
        }
        let Some(columns) = columns else {
            columns = Some(Columns::find(&record).map_err(|what| damaged(line, what))?);
            continue;
        };
        let (row, time) = columns.row(&record).map_err(|what| damaged(line, what))?;
        series.latest = series.latest.max(time);
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
