//! A plan as steps of an experiment.

use crate::exchange::ends::{self, Ends, key};
use crate::exchange::{ExportError, Exported, Fate, Note};
use crate::plan::{DcResistance, Demand, Direction, Drive, Kind, Plan, PulseTrain, Recording, Step};
use crate::units::{Amperes, Volts};
use serde_json::{Value, json};
use std::time::Duration;

/// So many steps may an experiment have when all loops are unrolled.
const MOST: usize = 10_000;

/// Says a plan as a list of texts, and of lists of texts for the passes of its repeats.
pub(crate) fn write(plan: &Plan) -> Result<Exported, ExportError> {
    let mut writing = Writing { record: plan.record(), period: String::new(), notes: Vec::new() };
    ends::of_plan(plan, &mut writing.notes);
    let record = plan.record();
    if record.voltage_change.is_some() || record.current_change.is_some() {
        let what = "rows come by time alone there";
        writing.notes.push(Note::new(Fate::NotCarried, "record.on_change", what));
    }
    let what = "limits are not said there; the parameters of the model have cut-off voltages of their own";
    writing.notes.push(Note::new(Fate::NotCarried, "limits", what));
    let mut cycles: Vec<Value> = Vec::new();
    let mut count = 0;
    for step in plan.steps() {
        match &step.kind {
            Kind::Repeat(repeat) => {
                let pass = writing.pass(step)?;
                count += pass.len().saturating_mul(repeat.times as usize);
                if count > MOST {
                    return Err(ExportError::TooLong(MOST));
                }
                if !pass.is_empty() {
                    cycles.extend(std::iter::repeat_n(json!(pass), repeat.times as usize));
                }
            }
            _ => cycles.extend(writing.step(step)?.into_iter().map(Value::from)),
        }
    }
    if cycles.is_empty() {
        return Err(ExportError::Nothing);
    }
    Ok(Exported { text: format!("{:#}\n", Value::from(cycles)), notes: writing.notes })
}

/// The texts under way.
struct Writing<'a> {
    /// When rows are written where a step says nothing of it.
    record: &'a Recording,
    /// How often that is in the step under way, as it stands at the end of its texts.
    period: String,
    notes: Vec<Note>,
}

/// A time, and what ends a step before it.
fn ending(time: Option<Duration>, until: Option<String>) -> String {
    let time = time.map(|time| match time.as_secs_f64() {
        seconds if seconds % 3600.0 == 0.0 => format!(" for {} hours", seconds / 3600.0),
        seconds if seconds % 60.0 == 0.0 => format!(" for {} minutes", seconds / 60.0),
        seconds => format!(" for {seconds} seconds"),
    });
    match (time, until) {
        (Some(time), Some(until)) => format!("{time} or until {until}"),
        (None, Some(until)) => format!(" until {until}"),
        (time, None) => time.unwrap_or_default(),
    }
}

fn at_voltage(voltage: Option<Volts>) -> Option<String> {
    voltage.map(|voltage| voltage.to_string())
}

/// The word for a direction.
const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Charge => "Charge",
        Direction::Discharge => "Discharge",
    }
}

impl Writing<'_> {
    fn lost(&mut self, step: &Step, what: impl Into<String>) {
        self.notes.push(Note::new(Fate::NotCarried, key(step), what));
    }

    /// A text with its period.
    fn said(&self, what: impl AsRef<str>, ending: &str) -> String {
        format!("{}{ending}{}", what.as_ref(), self.period)
    }

    /// One pass of a repeat.
    fn pass(&mut self, step: &Step) -> Result<Vec<String>, ExportError> {
        let Kind::Repeat(repeat) = &step.kind else { return Ok(Vec::new()) };
        for condition in &repeat.until {
            self.lost(
                step,
                format!("`{condition}` cannot be said there; all {} passes are done", repeat.times),
            );
        }
        self.steps(&repeat.steps)
    }

    fn steps(&mut self, steps: &[Step]) -> Result<Vec<String>, ExportError> {
        let mut all = Vec::new();
        for step in steps {
            all.extend(self.step(step)?);
            if all.len() > MOST {
                return Err(ExportError::TooLong(MOST));
            }
        }
        Ok(all)
    }

    fn step(&mut self, step: &Step) -> Result<Vec<String>, ExportError> {
        match &step.kind {
            Kind::Group { steps, .. } => return self.steps(steps),
            Kind::Repeat(repeat) => return repeated(self.pass(step)?, repeat.times),
            _ => {}
        }
        let record = step.record.as_ref().unwrap_or(self.record);
        self.period = format!(" ({} seconds period)", record.every.as_secs_f64());
        if step.record.is_some_and(|own| own.voltage_change.is_some() || own.current_change.is_some()) {
            self.lost(step, "rows come by time alone there");
        }
        let ends = ends::of(step, &mut self.notes);
        Ok(match &step.kind {
            Kind::Charge(drive) => self.drive(step, drive, Direction::Charge, ends),
            Kind::Discharge(drive) => self.drive(step, drive, Direction::Discharge, ends),
            Kind::Hold(hold) => {
                let what = format!(
                    "the largest current while the voltage is held, {}, is not said there",
                    hold.current
                );
                self.lost(step, what);
                vec![self.held(hold.voltage, ends)]
            }
            Kind::Rest { duration, .. } => {
                if ends.voltage.is_some() {
                    self.lost(step, "a rest ends by its time alone there");
                }
                let time = ends.time.map_or(*duration, |time| time.min(*duration));
                vec![self.said("Rest", &ending(Some(time), None))]
            }
            Kind::Pulse(pulse) => return self.pulse(step, pulse, ends),
            Kind::Resistance(resistance) => self.resistance(step, resistance),
            Kind::Profile(_) | Kind::Impedance { .. } | Kind::Wait(_) | Kind::Goto(_) => {
                let word = step.kind.word();
                self.lost(
                    step,
                    format!("{word} cannot be said there; the experiment goes on without this step"),
                );
                Vec::new()
            }
            Kind::Group { .. } | Kind::Repeat(_) => Vec::new(),
        })
    }

    fn drive(&mut self, step: &Step, drive: &Drive, direction: Direction, ends: Ends) -> Vec<String> {
        let demand = match drive.demand {
            Demand::Current(current) => current.to_string(),
            Demand::Power(power) => power.to_string(),
            Demand::Resistance(resistance) => format!("{} Ohm", resistance.0),
        };
        let what = format!("{} at {demand}", word(direction));
        let Some(hold) = drive.hold else {
            if let Some(current) = ends.current {
                self.lost(
                    step,
                    format!("`current < {current}` cannot be said there; the step ends by what else ends it"),
                );
            }
            return vec![self.said(what, &ending(ends.time, at_voltage(ends.voltage)))];
        };
        self.lost(step, "constant current and constant voltage are two steps there, and each may take the time of at_most");
        if ends.voltage.is_some() {
            self.lost(step, "the voltage that ends it beside the one that is held is not said there");
        }
        let first = self.said(what, &ending(ends.time, at_voltage(Some(hold))));
        vec![first, self.held(hold, ends)]
    }

    fn held(&self, voltage: Volts, ends: Ends) -> String {
        let until = ends.current.map(|current| current.to_string());
        self.said(format!("Hold at {voltage}"), &ending(ends.time, until))
    }

    /// A current for a time.
    fn level(
        &self,
        direction: Direction,
        current: Amperes,
        time: Duration,
        voltage: Option<Volts>,
    ) -> String {
        match current {
            Amperes(0.0) => self.said("Rest", &ending(Some(time), None)),
            current => self
                .said(format!("{} at {current}", word(direction)), &ending(Some(time), at_voltage(voltage))),
        }
    }

    fn pulse(&mut self, step: &Step, pulse: &PulseTrain, ends: Ends) -> Result<Vec<String>, ExportError> {
        if ends.voltage.is_some() || ends.current.is_some() || ends.time.is_some() {
            let what =
                format!("what ends all of it ends one pulse only there; all {} are begun", pulse.count);
            self.lost(step, what);
        }
        let on = self.level(pulse.direction, pulse.high, pulse.on, ends.voltage);
        let off = self.level(pulse.direction, pulse.low, pulse.off, ends.voltage);
        repeated(vec![on, off], pulse.count)
    }

    fn resistance(&mut self, step: &Step, resistance: &DcResistance) -> Vec<String> {
        self.lost(step, "its currents flow there, but no resistance is made of them");
        let lead =
            resistance.from.map(|lead| self.level(resistance.direction, lead.current, lead.time, None));
        let lasting = resistance.after.last().copied().unwrap_or_default();
        let high = self.level(resistance.direction, resistance.current, lasting, None);
        lead.into_iter().chain([high]).collect()
    }
}

/// Texts, so many times one after the other.
fn repeated(pass: Vec<String>, times: u32) -> Result<Vec<String>, ExportError> {
    let times = times as usize;
    if pass.len().saturating_mul(times) > MOST {
        return Err(ExportError::TooLong(MOST));
    }
    Ok(pass.iter().cycle().take(pass.len() * times).cloned().collect())
}
