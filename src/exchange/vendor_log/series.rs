//! The lines of one cell, from its time series.

use super::phase::{Mean, Past, Way, ways};
use super::{Level, Line, LogError};
use crate::journal::Tail;
use crate::record::{Manifest, ManifestCell};
use chrono::DateTime;
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Take;
use std::path::{Path, PathBuf};

/// The columns that are read, by the names that they have in the file.
const COLUMNS: [&str; 12] = [
    "unix_time_second",
    "step_count",
    "step_id",
    "step_time_second",
    "voltage_volt",
    "current_ampere",
    "surface_temperature_celsius",
    "step_charging_capacity_ah",
    "step_discharging_capacity_ah",
    "step_charging_energy_wh",
    "step_discharging_energy_wh",
    "absolute_impedance_ohm",
];

/// One row, in base units.
#[derive(Clone, Copy, Debug)]
struct Row {
    at: i64,
    step_count: f64,
    step_id: u32,
    step_time: f64,
    volts: f64,
    amperes: f64,
    celsius: f64,
    coulombs: f64,
    joules: f64,
    ohms: Option<f64>,
}

/// A phase under way.
#[derive(Debug)]
struct Phase {
    step_count: f64,
    state: &'static str,
    last: Row,
    first_celsius: f64,
    volts: Mean,
    amperes: Mean,
    ohms: Mean,
}

/// The lines of a cell, one after the other.
pub(super) struct Series {
    path: PathBuf,
    /// The name, the unit and the slot, as every line begins.
    begin: String,
    name: String,
    rows: Reader<Take<File>>,
    record: ByteRecord,
    places: Vec<usize>,
    line: u64,
    torn: bool,
    ways: BTreeMap<u32, Way>,
    past: Past,
    phase: Option<Phase>,
    /// A row that waits for the line of the phase before it.
    waiting: Option<Row>,
    /// Whether the run came to its end, and its last phases with it.
    ended: bool,
}

impl Series {
    pub(super) fn open(run: &Path, manifest: &Manifest, cell: &ManifestCell) -> Result<Self, LogError> {
        let path = run.join("cells").join(format!("{}.bdf.csv", cell.name));
        let mut tail = Tail::new(&path);
        let fresh = tail.fresh().map_err(LogError::file(&path))?;
        let mut series = Self {
            begin: format!("{},{},{}", cell.name, cell.unit, cell.slot),
            name: cell.name.to_string(),
            rows: ReaderBuilder::new().has_headers(false).flexible(true).from_reader(fresh),
            record: ByteRecord::new(),
            places: Vec::new(),
            line: 0,
            torn: tail.torn() > 0,
            ways: ways(cell.plan.as_ref().unwrap_or(&manifest.plan)),
            past: Past::default(),
            phase: None,
            waiting: None,
            ended: manifest.ended.is_some(),
            path,
        };
        if series.advance()? {
            for name in COLUMNS {
                let place = series.record.iter().position(|field| field == name.as_bytes());
                let place =
                    place.ok_or_else(|| series.damaged(format!("the header has no column {name}")))?;
                series.places.push(place);
            }
        }
        Ok(series)
    }

    pub(super) const fn torn(&self) -> bool {
        self.torn
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn damaged(&self, what: String) -> LogError {
        LogError::Damaged { path: self.path.clone(), line: self.line, what }
    }

    fn advance(&mut self) -> Result<bool, LogError> {
        self.line += 1;
        let read = self.rows.read_byte_record(&mut self.record);
        read.map_err(|error| self.damaged(error.to_string()))
    }

    /// The next line, if there is one.
    pub(super) fn line(&mut self) -> Result<Option<Line>, LogError> {
        let row = match self.waiting.take() {
            Some(row) => row,
            None if self.advance()? => self.row()?,
            None => return Ok(self.phase.take().filter(|_| self.ended).map(|phase| self.phase_line(&phase))),
        };
        if let Some(phase) = self.phase.take_if(|phase| phase.step_count != row.step_count) {
            self.waiting = Some(row);
            return Ok(Some(self.phase_line(&phase)));
        }
        let way = self.ways.get(&row.step_id).copied().unwrap_or(Way::AsItFlows);
        let state = self.past.state(way, row.amperes);
        let phase = self.phase.get_or_insert_with(|| Phase {
            step_count: row.step_count,
            state,
            last: row,
            first_celsius: row.celsius,
            volts: Mean::default(),
            amperes: Mean::default(),
            ohms: Mean::default(),
        });
        phase.last = row;
        phase.volts.take(row.volts);
        phase.amperes.take(row.amperes.abs());
        row.ohms.into_iter().for_each(|ohms| phase.ohms.take(ohms));
        Ok(Some(self.row_line(&row, state)))
    }

    /// The row in hand.
    fn row(&self) -> Result<Row, LogError> {
        let mut values = [None; COLUMNS.len()];
        for ((value, place), name) in values.iter_mut().zip(&self.places).zip(COLUMNS) {
            let field = self.record.get(*place).unwrap_or_default();
            if field.is_empty() {
                continue;
            }
            let parsed = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
            let parsed = parsed.filter(|number| number.is_finite());
            let wrong = || self.damaged(format!("{name}: {:?} is no number", String::from_utf8_lossy(field)));
            *value = Some(parsed.ok_or_else(wrong)?);
        }
        let [at, step_count, step_id, step_time, volts, amperes, celsius, ah_in, ah_out, wh_in, wh_out, ohms] =
            values;
        // Every number but that of the impedance is always there.
        let all = (|| {
            Some(Row {
                at: (at? * 1e6).round() as i64,
                step_count: step_count?,
                step_id: step_id? as u32,
                step_time: step_time?,
                volts: volts?,
                amperes: amperes?,
                celsius: celsius?,
                coulombs: (ah_in? + ah_out?) * 3600.0,
                joules: (wh_in? + wh_out?) * 3600.0,
                ohms,
            })
        })();
        all.ok_or_else(|| self.damaged("a number is not there".to_owned()))
    }

    fn row_line(&self, row: &Row, state: &str) -> Line {
        let Row { volts, celsius, joules, coulombs, .. } = row;
        let text = format!(
            "{},{},{volts:.4},{:.4},{celsius:.4},{},{joules:.4},{coulombs:.4},{state},,,,,,,,,,,,",
            self.begin,
            timestamp(row.at),
            row.amperes.abs(),
            row.ohms.map(|ohms| format!("{ohms:.4}")).unwrap_or_default(),
        );
        Line { at: row.at, level: Level::Row, text }
    }

    fn phase_line(&self, phase: &Phase) -> Line {
        let shown = |mean: &Mean| mean.value().map(|value| format!("{value:.4}")).unwrap_or_default();
        let last = &phase.last;
        let text = format!(
            "{},{},,,,,,,,{},{:.4},{:.4},{},{:.4},{},{},{},",
            self.begin,
            timestamp(last.at),
            phase.state,
            last.coulombs,
            last.joules,
            shown(&phase.ohms),
            last.celsius - phase.first_celsius,
            shown(&phase.amperes),
            shown(&phase.volts),
            last.step_time,
        );
        Line { at: last.at, level: Level::Phase, text }
    }
}

/// A moment as Python writes one, in UTC.
fn timestamp(micros: i64) -> String {
    let time = DateTime::from_timestamp_micros(micros).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}
