//! The steps of a protocol, one by one.

use super::fields::Fields;
use super::loops::Blocks;
use super::read::milliamperes;
use crate::exchange::draft::{Cell, Limits, Step, What, bound, drivable, name_of, tidy, time};
use crate::exchange::json::Value;
use crate::exchange::{Fate, ImportError, Note};
use crate::plan::{Direction, HOLD_MARGIN, frequencies};
use crate::recipe::DemandText;
use crate::units::{Coulombs, CurrentSpec, Hertz, Volts, format_duration};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Hours after which a voltage is held no longer, where nothing else is said.
const HOLDING: f64 = 24.0;

/// The steps under way.
pub(super) struct Reading<'a> {
    pub(super) cell: Cell,
    pub(super) limits: &'a Limits,
    pub(super) notes: &'a mut Vec<Note>,
    /// The most charge that a step may pass.
    pub(super) most: Option<Coulombs>,
    /// The current of the step before, where that was a constant one.
    pub(super) before: Option<CurrentSpec>,
}

impl Reading<'_> {
    fn note(&mut self, fate: Fate, key: String, what: impl Into<String>) {
        self.notes.push(Note::new(fate, key, what));
    }

    /// All steps of a method.
    ///
    /// # Errors
    /// aurora-unicycler would not take one either, or it cannot be done.
    pub(super) fn method(&mut self, method: &[Value]) -> Result<Vec<Step>, ImportError> {
        let mut blocks = Blocks::default();
        let mut tags: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, value) in method.iter().enumerate() {
            let at = format!("method[{index}]");
            let kind = match value.get("step") {
                Some(Value::Text(kind)) => kind.as_str(),
                _ => {
                    return Err(ImportError::refused(at, "is no step: it has no `step` that names its kind"));
                }
            };
            let before = self.before.take();
            let step = match kind {
                "open_circuit_voltage" => Some(self.rest(value, &at)?),
                "constant_current" => Some(self.current(value, &at)?),
                "constant_voltage" => Some(self.voltage(value, &at, before)?),
                "impedance_spectroscopy" => self.impedance(value, &at)?,
                "voltage_scan" => {
                    let what = "the unit cannot sweep a voltage; the recipe goes on without this step";
                    self.note(Fate::NotCarried, at, what);
                    None
                }
                "tag" => {
                    let fields = Fields::of(value, &at, &["step", "id", "tag"])?;
                    let tag = fields.text("tag")?.filter(|tag| !tag.trim().is_empty());
                    let tag = tag.ok_or_else(|| fields.refused("tag", "is empty"))?;
                    if tags.insert(tag, index).is_some() {
                        return Err(fields.refused("tag", format!("{tag:?} is there twice")));
                    }
                    self.before = before;
                    None
                }
                "loop" => {
                    let (to, times) = repeat(value, &at, index, &tags)?;
                    let tag = tags.iter().find(|(_, index)| **index == to).and_then(|(tag, _)| name_of(tag));
                    let named = times > 1 && tag.is_some();
                    blocks.repeat(to, times, if named { tag } else { None }, &at)?;
                    continue;
                }
                other => {
                    return Err(ImportError::refused(at, format!("aurora-unicycler has no step {other:?}")));
                }
            };
            blocks.push(index, step);
        }
        let mut steps = blocks.steps();
        unname_doubles(&mut steps, &mut BTreeSet::new());
        Ok(steps)
    }

    fn rest(&mut self, value: &Value, at: &str) -> Result<Step, ImportError> {
        let fields = Fields::of(value, at, &["step", "id", "until_time_s"])?;
        let seconds = fields.needed("until_time_s")?;
        Ok(Step::of(What::Rest(bounded(&fields, "until_time_s", seconds)?)))
    }

    fn current(&mut self, value: &Value, at: &str) -> Result<Step, ImportError> {
        const KEYS: [&str; 6] = ["step", "id", "rate_C", "current_mA", "until_time_s", "until_voltage_V"];
        let fields = Fields::of(value, at, &KEYS)?;
        let rate = fields.rate("rate_C")?.filter(|rate| *rate != 0.0);
        let current = fields.number("current_mA")?.filter(|current| *current != 0.0);
        if rate.is_some() && current.is_some() {
            let what = "the C-rate beside it goes first, and this counts for nothing";
            self.note(Fate::Changed, fields.at("current_mA"), what);
        }
        let (signed, spec) = match (rate, current) {
            (Some(rate), _) => (rate, CurrentSpec::Rate(tidy(rate.abs()))),
            (None, Some(current)) => (current, CurrentSpec::Absolute(milliamperes(current.abs()))),
            (None, None) => return Err(ImportError::refused(at, "has neither rate_C nor current_mA")),
        };
        let direction = if signed > 0.0 { Direction::Charge } else { Direction::Discharge };
        let mut spec = spec;
        let mut current = spec.resolve(self.cell.capacity);
        if let Some(nearest) = drivable(current) {
            let what = format!("the unit drives steps of 1/128 A, and {nearest} for {current}");
            self.note(Fate::NotCarried, at.to_owned(), what);
            (spec, current) = (CurrentSpec::Absolute(nearest), nearest);
        }
        self.before = Some(spec);
        let voltage = fields.above_zero("until_voltage_V")?;
        let seconds = fields.above_zero("until_time_s")?;
        if voltage.is_none() && seconds.is_none() {
            return Err(ImportError::refused(at, "has neither until_time_s nor until_voltage_V"));
        }
        let time = match seconds {
            Some(seconds) => bounded(&fields, "until_time_s", seconds)?,
            None => {
                let time = bound(self.cell, current, 0.0);
                self.bounded_here(&fields, time);
                time
            }
        };
        let demand = DemandText::Current(spec);
        let mut step = Step::of(What::Drive { direction, demand, hold: None }).at_most(time);
        let past = if direction == Direction::Charge { ">=" } else { "<=" };
        if let Some(voltage) = voltage {
            step = step.until(format!("voltage {past} {}", Volts(voltage)));
        } else if current.0 * time.as_secs_f64() >= self.cell.capacity.0 {
            let (low, high) = self.limits.voltage.unwrap_or_default();
            let fence = match direction {
                Direction::Charge => Volts(tidy((high - HOLD_MARGIN).0)),
                Direction::Discharge => Volts(tidy((low + HOLD_MARGIN).0)),
            };
            let what = format!(
                "it may pass a whole capacity; the recipe ends it at {fence}, 20 mV inside of the limits, too"
            );
            self.note(Fate::Added, fields.at("until_voltage_V"), what);
            step = step.until(format!("voltage {past} {fence}"));
        }
        Ok(self.fenced(step))
    }

    /// The step, ended by the most charge that a step may pass.
    fn fenced(&self, step: Step) -> Step {
        match self.most {
            Some(most) => step.until(format!("charge > {} Ah", tidy(most.ampere_hours()))),
            None => step,
        }
    }

    fn bounded_here(&mut self, fields: &Fields<'_>, time: Duration) {
        let what = format!(
            "is not there; every step here is bounded in time, this one by {}",
            format_duration(time)
        );
        self.note(Fate::Added, fields.at("until_time_s"), what);
    }

    fn voltage(&mut self, value: &Value, at: &str, before: Option<CurrentSpec>) -> Result<Step, ImportError> {
        const KEYS: [&str; 6] =
            ["step", "id", "voltage_V", "until_time_s", "until_rate_C", "until_current_mA"];
        let fields = Fields::of(value, at, &KEYS)?;
        let voltage = Volts(fields.needed("voltage_V")?);
        let rate = fields.rate("until_rate_C")?.filter(|rate| *rate != 0.0);
        let current = fields.number("until_current_mA")?.filter(|current| *current != 0.0);
        if rate.is_some() && current.is_some() {
            let what = "the C-rate beside it goes first, and this counts for nothing";
            self.note(Fate::Changed, fields.at("until_current_mA"), what);
        }
        let until = match (rate, current) {
            (Some(rate), _) => Some(CurrentSpec::Rate(rate.abs()).resolve(self.cell.capacity)),
            (None, current) => current.map(|current| milliamperes(current.abs())),
        };
        let seconds = fields.above_zero("until_time_s")?;
        if until.is_none() && seconds.is_none() {
            return Err(ImportError::refused(
                at,
                "has none of until_time_s, until_rate_C and until_current_mA",
            ));
        }
        let largest = before.unwrap_or(CurrentSpec::Rate(1.0)).resolve(self.cell.capacity);
        let largest = drivable(largest).unwrap_or(largest);
        let whence = if before.is_some() { "that of the step before" } else { "1C" };
        self.note(
            Fate::Added,
            at.to_owned(),
            format!("the largest current while the voltage is held is {largest}, {whence}"),
        );
        let time = match seconds {
            Some(seconds) => bounded(&fields, "until_time_s", seconds)?,
            None => {
                let time = Duration::from_secs_f64(HOLDING * 3600.0);
                self.bounded_here(&fields, time);
                time
            }
        };
        let step = Step::of(What::Hold { voltage, current: largest }).at_most(time);
        let step = until.into_iter().fold(step, |step, current| step.until(format!("current < {current}")));
        Ok(self.fenced(step))
    }

    fn impedance(&mut self, value: &Value, at: &str) -> Result<Option<Step>, ImportError> {
        const KEYS: [&str; 9] = [
            "step",
            "id",
            "amplitude_V",
            "amplitude_mA",
            "start_frequency_Hz",
            "end_frequency_Hz",
            "points_per_decade",
            "measures_per_point",
            "drift_correction",
        ];
        let fields = Fields::of(value, at, &KEYS)?;
        let (start, end) = (fields.needed("start_frequency_Hz")?, fields.needed("end_frequency_Hz")?);
        let (low, high) = (start.min(end), start.max(end));
        let (lowest, highest) = (frequencies().start().0, frequencies().end().0);
        if high < lowest || low > highest {
            let what = format!(
                "the unit makes {lowest} Hz to {highest} Hz only; the recipe goes on without this step"
            );
            self.note(Fate::NotCarried, at.to_owned(), what);
            return Ok(None);
        }
        let what = format!(
            "the magnitude is measured here, at multiples of {lowest} Hz up to {highest} Hz from below, with a sine of the \
             unit's own amplitude out of the cell; other frequencies, amplitude, phase, points_per_decade, \
             measures_per_point and drift_correction are not"
        );
        self.note(Fate::NotCarried, at.to_owned(), what);
        let (from, to) = (Hertz(low.max(lowest)), Hertz(high.min(highest)));
        Ok(Some(Step::of(What::Impedance { from, to })))
    }
}

/// A time that a step may take.
fn bounded(fields: &Fields<'_>, key: &str, seconds: f64) -> Result<Duration, ImportError> {
    time(seconds)
        .ok_or_else(|| fields.refused(key, format!("{seconds} s is no time for a step: 400 days at most")))
}

/// Where a loop leads back to, as an index, and how often all of it is done.
fn repeat(
    value: &Value,
    at: &str,
    index: usize,
    tags: &BTreeMap<&str, usize>,
) -> Result<(usize, u32), ImportError> {
    let fields = Fields::of(value, at, &["step", "id", "loop_to", "cycle_count"])?;
    let times = fields.needed("cycle_count")?;
    if times.fract() != 0.0 || times > f64::from(u32::MAX) {
        return Err(fields.refused("cycle_count", format!("{times} is no number of cycles")));
    }
    let to = match fields.get("loop_to") {
        None => 0,
        Some(Value::Text(tag)) => *tags
            .get(tag.as_str())
            .ok_or_else(|| fields.refused("loop_to", format!("no tag {tag:?} stands before it")))?,
        Some(Value::Number(step)) if *step >= 1.0 && step.fract() == 0.0 && *step <= index as f64 => {
            *step as usize - 1
        }
        Some(_) => {
            return Err(fields.refused("loop_to", "expected a tag, or the number of an earlier step, from 1"));
        }
    };
    if to + 1 == index && tags.values().any(|tag| *tag == to) {
        return Err(fields.refused("loop_to", "there is no step between the tag and the loop"));
    }
    Ok((to, times as u32))
}

/// A name stands once in a recipe.
fn unname_doubles(steps: &mut [Step], seen: &mut BTreeSet<String>) {
    for step in steps {
        if step.name.as_ref().is_some_and(|name| !seen.insert(name.clone())) {
            step.name = None;
        }
        if let What::Repeat { steps, .. } = &mut step.what {
            unname_doubles(steps, seen);
        }
    }
}
