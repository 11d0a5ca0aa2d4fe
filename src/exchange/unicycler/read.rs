//! A protocol as a recipe.

use super::fields::Fields;
use super::steps::Reading;
use crate::exchange::draft::{Cell, Draft, Limits, Record, SHORTEST_EVERY, name_of, tidy, time};
use crate::exchange::json::Value;
use crate::exchange::{CellHint, Fate, ImportError, Note};
use crate::plan::{HIGHEST_CURRENT_LIMIT, envelope};
use crate::units::{Amperes, Coulombs, Volts};

/// Makes a recipe of a protocol.
///
/// # Errors
/// aurora-unicycler would not take it either; or a step of it cannot be done.
pub(crate) fn read(value: &Value, hint: CellHint, notes: &mut Vec<Note>) -> Result<Draft, ImportError> {
    let top = Fields::of(value, "protocol", &["unicycler", "sample", "record", "safety", "method"])?;
    let empty = Value::Table(Vec::new());
    let sample = Fields::of(top.get("sample").unwrap_or(&empty), "sample", &["name", "capacity_mAh"])?;
    let capacity = sample.above_zero("capacity_mAh")?.map(|capacity| Coulombs(tidy(capacity * 3.6)));
    let cell = Cell::find(hint, None, capacity, notes);
    let record = record(&top, notes)?;
    let (limits, most) = safety(top.get("safety").unwrap_or(&empty), cell, notes)?;
    let Some(Value::List(method)) = top.get("method") else {
        return Err(ImportError::refused("method", "expected a list of steps"));
    };
    let mut reading = Reading { cell, limits: &limits, notes, most, before: None };
    let steps = reading.method(method)?;
    let called = sample.text("name")?.filter(|name| *name != "$NAME");
    let name = called.and_then(name_of).unwrap_or_else(|| "imported".to_owned());
    let description = match called {
        Some(called) => format!("A protocol of aurora-unicycler for the sample: {called}"),
        None => "A protocol of aurora-unicycler".to_owned(),
    };
    Ok(Draft { name, description, cell, limits, record, steps, remarks: Vec::new() })
}

fn record(top: &Fields<'_>, notes: &mut Vec<Note>) -> Result<Record, ImportError> {
    let Some(table) = top.get("record") else {
        return Err(ImportError::refused("record", "is needed"));
    };
    let fields = Fields::of(table, "record", &["current_mA", "voltage_V", "time_s"])?;
    let mut every = fields.needed("time_s")?;
    if every < SHORTEST_EVERY {
        let what = format!("{every} s is less than the {SHORTEST_EVERY} s in which a unit has a reading");
        notes.push(Note::new(Fate::NotCarried, "record.time_s", what));
        every = SHORTEST_EVERY;
    }
    Ok(Record {
        every: time(every),
        voltage_change: fields.above_zero("voltage_V")?.map(Volts),
        current_change: fields.above_zero("current_mA")?.map(milliamperes),
        impedance_every: None,
    })
}

/// The limits, and the most charge that a step may pass.
fn safety(
    value: &Value,
    cell: Cell,
    notes: &mut Vec<Note>,
) -> Result<(Limits, Option<Coulombs>), ImportError> {
    const KEYS: [&str; 6] =
        ["max_voltage_V", "min_voltage_V", "max_current_mA", "min_current_mA", "max_capacity_mAh", "delay_s"];
    let fields = Fields::of(value, "safety", &KEYS)?;
    let outer = envelope(cell.chemistry);
    let mut tightest = |key: &str, found: Option<f64>, bound: f64, unit: &str, upper: bool| {
        let Some(found) = found else { return bound };
        let wider = if upper { found > bound } else { found < bound };
        if wider {
            let what = format!(
                "{found} {unit} is wider than this hardware and the envelope; the recipe says {bound} {unit}"
            );
            notes.push(Note::new(Fate::NotCarried, format!("safety.{key}"), what));
            return bound;
        }
        found
    };
    let (low, high) = (fields.number("min_voltage_V")?, fields.number("max_voltage_V")?);
    let low = tightest("min_voltage_V", low, outer.voltage_low.0, "V", false);
    let high = tightest("max_voltage_V", high, outer.voltage_high.0, "V", true);
    let amperes = |number: Option<f64>| number.map(|milliamperes| tidy(milliamperes / 1000.0));
    let charge = amperes(fields.number("max_current_mA")?);
    let charge = tightest("max_current_mA", charge, HIGHEST_CURRENT_LIMIT.0, "A", true);
    let discharge = amperes(fields.number("min_current_mA")?).map(|current| -current);
    let discharge = tightest("min_current_mA", discharge, HIGHEST_CURRENT_LIMIT.0, "A", true);
    if let Some(delay) = fields.above_zero("delay_s")? {
        let what = format!("a limit trips at once here, not after {delay} s beyond it");
        notes.push(Note::new(Fate::NotCarried, "safety.delay_s", what));
    }
    let most = fields.above_zero("max_capacity_mAh")?.map(|capacity| Coulombs(tidy(capacity * 3.6)));
    let limits = Limits {
        voltage: Some((Volts(low), Volts(high))),
        charge: (charge > 0.0).then_some(Amperes(charge)),
        discharge: (discharge > 0.0).then_some(Amperes(discharge)),
        ..Limits::default()
    };
    Ok((limits, most))
}

/// Amperes of so many milliamperes.
pub(super) fn milliamperes(number: f64) -> Amperes {
    Amperes(tidy(number / 1000.0))
}
