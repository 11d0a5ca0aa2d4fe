//! The time series of a cell, read from its file as it grows: thinned curves, and what the last row said.

use super::curve::{Curves, Direction, Passing};
use super::detail::Detail;
use super::thin::{Row, Thinned};
use super::trouble::Trouble;
use crate::journal::Tail;
use csv::{ByteRecord, ReaderBuilder};
use std::path::Path;

/// Width of a stretch of the time axis at first, in seconds; joined in pairs as the run grows.
const WIDTH: f64 = 1.0;

/// Current below this is none, in amperes: what the units take for zero. Counts only where the file has no
/// `step_type`.
const NO_CURRENT: f64 = 0.005;

/// What the last row of a file said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latest {
    /// Seconds since the cell's test began.
    pub second: f64,
    /// In volts.
    pub voltage: f64,
    /// In amperes, positive into the cell.
    pub current: f64,
    /// Of the cell's surface, in degrees Celsius.
    pub temperature: Option<f64>,
    /// Charge in and out of the step, in ampere-hours.
    pub step_charge: Option<(f64, f64)>,
    /// The cycle, from 1.
    pub cycle: Option<u64>,
}

/// The time series of a cell.
#[derive(Clone, Debug)]
pub(super) struct Series {
    tail: Tail,
    /// Its path from the run directory.
    name: String,
    columns: Option<Columns>,
    lines: u64,
    stopped: bool,
    /// Seconds; volts, amperes, degrees Celsius.
    pub(super) rows: Thinned<3>,
    pub(super) curves: Curves,
    pub(super) latest: Option<Latest>,
    pub(super) temperature_max: Option<f64>,
}

/// Where the columns are that the report is made of.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    voltage: usize,
    current: usize,
    temperature: Option<usize>,
    cycle: Option<usize>,
    step_id: Option<usize>,
    step_type: Option<usize>,
    charge: Option<(usize, usize)>,
    step_charge: Option<(usize, usize)>,
}

impl Columns {
    fn find(header: &ByteRecord) -> Result<Self, String> {
        let at = |name: &str| header.iter().position(|field| field == name.as_bytes());
        let needed = |name: &str| at(name).ok_or_else(|| format!("the header has no column {name}"));
        Ok(Self {
            time: needed("test_time_second")?,
            voltage: needed("voltage_volt")?,
            current: needed("current_ampere")?,
            temperature: at("surface_temperature_celsius"),
            cycle: at("cycle_count"),
            step_id: at("step_id"),
            step_type: at("step_type"),
            charge: at("charging_capacity_ah").zip(at("discharging_capacity_ah")),
            step_charge: at("step_charging_capacity_ah").zip(at("step_discharging_capacity_ah")),
        })
    }
}

impl Series {
    /// The file of a cell in a run directory, nothing of it read yet.
    pub(super) fn new(directory: &Path, cell: &str, detail: Detail) -> Self {
        let name = format!("cells/{cell}.bdf.csv");
        Self {
            tail: Tail::new(directory.join("cells").join(format!("{cell}.bdf.csv"))),
            name,
            columns: None,
            lines: 0,
            stopped: false,
            rows: Thinned::new(detail.time_stretches, WIDTH),
            curves: Curves::new(detail.curves, detail.curve_stretches),
            latest: None,
            temperature_max: None,
        }
    }

    /// Whether the file ended in a row that was not written whole.
    pub(super) fn torn(&self) -> Option<Trouble> {
        (self.tail.torn() > 0).then(|| self.trouble(Some(self.lines + 1), TORN))
    }

    fn trouble(&self, line: Option<u64>, what: impl Into<String>) -> Trouble {
        Trouble { file: self.name.clone(), line, what: what.into() }
    }

    /// Reads the rows that were written since the last time.
    ///
    /// # Errors
    /// The file cannot be read, or a row in it is damaged. Nothing after it is read, then or later.
    pub(super) fn catch_up(&mut self) -> Result<(), Trouble> {
        if self.stopped {
            return Ok(());
        }
        let read = self.read();
        self.stopped = read.is_err();
        read
    }

    fn read(&mut self) -> Result<(), Trouble> {
        let fresh = match self.tail.fresh() {
            Ok(fresh) => fresh,
            Err(error) => return Err(self.trouble(None, format!("cannot be read: {error}; {LEFT_OUT}"))),
        };
        let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(fresh);
        let mut record = ByteRecord::new();
        loop {
            match rows.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let what = format!("cannot be read: {error}; {LEFT_OUT}");
                    return Err(self.trouble(Some(self.lines + 1), what));
                }
            }
            self.lines += 1;
            match self.columns {
                None => {
                    let columns = Columns::find(&record);
                    let wrong = |what| self.trouble(Some(1), format!("{what}; {LEFT_OUT}"));
                    self.columns = Some(columns.map_err(wrong)?);
                }
                Some(columns) => {
                    let taken = self.take(columns, &record);
                    taken.map_err(|what| self.trouble(Some(self.lines), format!("{what}; {LEFT_OUT}")))?;
                }
            }
        }
    }

    fn take(&mut self, columns: Columns, record: &ByteRecord) -> Result<(), String> {
        let needed = |column, name| number(record, column)?.ok_or_else(|| format!("{name} is empty"));
        let optional = |column: Option<usize>| column.map_or(Ok(None), |column| number(record, column));
        let pair = |columns: Option<(usize, usize)>| match columns {
            Some((one, other)) => Ok::<_, String>(number(record, one)?.zip(number(record, other)?)),
            None => Ok(None),
        };
        let second = needed(columns.time, "test_time_second")?;
        let voltage = needed(columns.voltage, "voltage_volt")?;
        let current = needed(columns.current, "current_ampere")?;
        let temperature = optional(columns.temperature)?;
        let cycle = optional(columns.cycle)?.map(|it| it as u64);
        if self.latest.as_ref().is_some_and(|latest| latest.second > second) {
            return Err("its time is before that of the row above".into());
        }
        self.rows.push(Row { x: second, y: [Some(voltage), Some(current), temperature] });
        self.temperature_max = match (self.temperature_max, temperature) {
            (Some(highest), Some(now)) => Some(highest.max(now)),
            (highest, now) => highest.or(now),
        };
        if let (Some(direction), Some((charge_in, charge_out))) =
            (direction(columns, record, current), pair(columns.charge)?)
        {
            self.curves.push(Passing {
                direction,
                cycle: cycle.unwrap_or(0),
                step_id: optional(columns.step_id)?.unwrap_or(0.0) as u32,
                charge: if direction == Direction::In { charge_in } else { charge_out },
                voltage,
            });
        }
        let step_charge = pair(columns.step_charge)?;
        self.latest = Some(Latest { second, voltage, current, temperature, step_charge, cycle });
        Ok(())
    }
}

const LEFT_OUT: &str =
    "the rows from here on are left out of the curves; look at the file, or take it from a backup";
const TORN: &str =
    "the last row was not written whole, as when the program or the computer is stopped; it is left out";

/// The number in a field; none where it is empty.
fn number(record: &ByteRecord, column: usize) -> Result<Option<f64>, String> {
    let field = record.get(column).ok_or_else(|| format!("the row has only {} fields", record.len()))?;
    if field.is_empty() {
        return Ok(None);
    }
    let parsed = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
    match parsed.filter(|value| value.is_finite()) {
        Some(value) => Ok(Some(value)),
        None => Err(format!("{:?} is no number", String::from_utf8_lossy(field))),
    }
}

/// Which way current flows for the sake of the plan; the sine of an impedance is not that.
fn direction(columns: Columns, record: &ByteRecord, current: f64) -> Option<Direction> {
    match columns.step_type.and_then(|column| record.get(column)) {
        Some(code) if code.ends_with(b"_CHG") => Some(Direction::In),
        Some(code) if code.ends_with(b"_DCH") => Some(Direction::Out),
        Some(_) => None,
        None if current > NO_CURRENT => Some(Direction::In),
        None if current < -NO_CURRENT => Some(Direction::Out),
        None => None,
    }
}
