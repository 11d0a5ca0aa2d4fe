//! A plan as a protocol.

use crate::exchange::ends::{self, Ends, key};
use crate::exchange::{ExportError, Exported, Fate, Note};
use crate::plan::{
    DcResistance, Demand, Direction, Drive, Hold, Kind, Limits, Plan, PulseTrain, Repeat, Step, sine,
};
use crate::units::{Amperes, Volts};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Says a plan as a protocol.
pub(crate) fn write(plan: &Plan) -> Result<Exported, ExportError> {
    let mut writing = Writing { limits: plan.limits(), notes: Vec::new() };
    ends::of_plan(plan, &mut writing.notes);
    let method = writing.steps(plan.steps());
    if method.is_empty() {
        return Err(ExportError::Nothing);
    }
    let limits = plan.limits();
    let record = plan.record();
    let mut rows = Map::new();
    rows.insert("time_s".to_owned(), json!(record.every.as_secs_f64()));
    if let Some(change) = record.current_change {
        rows.insert("current_mA".to_owned(), milliamperes(change));
    }
    if let Some(change) = record.voltage_change {
        rows.insert("voltage_V".to_owned(), json!(change.0));
    }
    let protocol = json!({
        "sample": { "name": plan.name(), "capacity_mAh": tidy(plan.cell().capacity.ampere_hours() * 1000.0) },
        "record": rows,
        "safety": {
            "max_voltage_V": limits.voltage_high.0,
            "min_voltage_V": limits.voltage_low.0,
            "max_current_mA": milliamperes(limits.current_charge),
            "min_current_mA": milliamperes(-limits.current_discharge),
        },
        "method": method,
    });
    Ok(Exported { text: format!("{protocol:#}\n"), notes: writing.notes })
}

fn tidy(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

fn milliamperes(current: Amperes) -> Value {
    json!(tidy(current.0 * 1000.0))
}

/// A constant current with its ends, above zero into the cell.
fn constant_current(direction: Direction, current: Amperes, ends: Ends) -> Value {
    let mut step = Map::new();
    step.insert("step".to_owned(), json!("constant_current"));
    step.insert("current_mA".to_owned(), milliamperes(direction.sign(current)));
    if let Some(time) = ends.time {
        step.insert("until_time_s".to_owned(), json!(time.as_secs_f64()));
    }
    if let Some(voltage) = ends.voltage {
        step.insert("until_voltage_V".to_owned(), json!(voltage.0));
    }
    Value::Object(step)
}

fn constant_voltage(voltage: Volts, ends: Ends) -> Value {
    let mut step = Map::new();
    step.insert("step".to_owned(), json!("constant_voltage"));
    step.insert("voltage_V".to_owned(), json!(voltage.0));
    if let Some(time) = ends.time {
        step.insert("until_time_s".to_owned(), json!(time.as_secs_f64()));
    }
    if let Some(current) = ends.current {
        step.insert("until_current_mA".to_owned(), milliamperes(current));
    }
    Value::Object(step)
}

fn rest(time: Duration) -> Value {
    json!({ "step": "open_circuit_voltage", "until_time_s": time.as_secs_f64() })
}

/// The protocol under way.
struct Writing<'a> {
    limits: &'a Limits,
    notes: Vec<Note>,
}

impl Writing<'_> {
    fn lost(&mut self, step: &Step, what: impl Into<String>) {
        self.notes.push(Note::new(Fate::NotCarried, key(step), what));
    }

    fn steps(&mut self, steps: &[Step]) -> Vec<Value> {
        steps.iter().flat_map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Step) -> Vec<Value> {
        match &step.kind {
            Kind::Group { steps, .. } => self.steps(steps),
            Kind::Repeat(repeat) => self.repeat(step, repeat),
            kind => {
                let ends = ends::of(step, &mut self.notes);
                if step.record.is_some() {
                    self.lost(step, "when rows are written is said for all steps there");
                }
                match kind {
                    Kind::Charge(drive) => self.drive(step, drive, Direction::Charge, ends),
                    Kind::Discharge(drive) => self.drive(step, drive, Direction::Discharge, ends),
                    Kind::Hold(hold) => self.hold(step, hold, ends),
                    Kind::Rest { duration, .. } => {
                        if ends.voltage.is_some() {
                            self.lost(step, "a rest ends by its time alone there");
                        }
                        vec![rest(ends.time.map_or(*duration, |time| time.min(*duration)))]
                    }
                    Kind::Pulse(pulse) => self.pulse(step, pulse, ends),
                    Kind::Resistance(resistance) => self.resistance(step, resistance),
                    Kind::Impedance { frequencies } => {
                        let amplitude =
                            sine(self.limits).map_or(0.0, |sine| sine.magnitude.amperes().0 / 2.0);
                        self.lost(
                            step,
                            "the mean current of the sine, which discharges the cell here, is not said there",
                        );
                        let one = |hertz: f64| {
                            json!({
                                "step": "impedance_spectroscopy",
                                "amplitude_mA": tidy(amplitude * 1000.0),
                                "start_frequency_Hz": hertz,
                                "end_frequency_Hz": hertz,
                                "points_per_decade": 1,
                            })
                        };
                        frequencies.iter().map(|frequency| one(frequency.0)).collect()
                    }
                    Kind::Profile(_) | Kind::Wait(_) | Kind::Goto(_) => {
                        self.lost(
                            step,
                            format!(
                                "a {} cannot be said there; the protocol goes on without this step",
                                kind.word()
                            ),
                        );
                        Vec::new()
                    }
                    Kind::Group { .. } | Kind::Repeat(_) => Vec::new(),
                }
            }
        }
    }

    fn repeat(&mut self, step: &Step, repeat: &Repeat) -> Vec<Value> {
        for condition in &repeat.until {
            self.lost(
                step,
                format!("`{condition}` cannot be said there; all {} passes are done", repeat.times),
            );
        }
        let inside = self.steps(&repeat.steps);
        looped(&format!("repeat-{}", step.id), repeat.times, inside)
    }

    fn drive(&mut self, step: &Step, drive: &Drive, direction: Direction, ends: Ends) -> Vec<Value> {
        let Demand::Current(current) = drive.demand else {
            let what = "constant power and constant resistance cannot be said there; the protocol goes on without this step";
            self.lost(step, what);
            return Vec::new();
        };
        let Some(hold) = drive.hold else {
            if ends.current.is_some() {
                self.lost(step, "a constant current does not end by its current there");
            }
            return vec![constant_current(direction, current, ends)];
        };
        self.lost(step, "constant current and constant voltage are two steps there, and each may take the time of at_most");
        if ends.voltage.is_some() {
            self.lost(step, "the voltage that ends it beside the one that is held is not said there");
        }
        let until = Ends { voltage: Some(hold), ..ends };
        vec![constant_current(direction, current, until), constant_voltage(hold, ends)]
    }

    fn hold(&mut self, step: &Step, hold: &Hold, ends: Ends) -> Vec<Value> {
        self.lost(
            step,
            format!("the largest current while the voltage is held, {}, is not said there", hold.current),
        );
        vec![constant_voltage(hold.voltage, ends)]
    }

    fn pulse(&mut self, step: &Step, pulse: &PulseTrain, ends: Ends) -> Vec<Value> {
        if ends.voltage.is_some() || ends.current.is_some() || ends.time.is_some() {
            let what =
                format!("what ends all of it ends one pulse only there; all {} are begun", pulse.count);
            self.lost(step, what);
        }
        let level = |current: Amperes, time: Duration| match current {
            Amperes(0.0) => rest(time),
            current => {
                let ends = Ends { time: Some(time), current: None, voltage: ends.voltage };
                constant_current(pulse.direction, current, ends)
            }
        };
        let inside = vec![level(pulse.high, pulse.on), level(pulse.low, pulse.off)];
        looped(&format!("pulse-{}", step.id), pulse.count, inside)
    }

    fn resistance(&mut self, step: &Step, resistance: &DcResistance) -> Vec<Value> {
        self.lost(step, "its currents flow there, but no resistance is made of them");
        let level = |current: Amperes, time: Duration| {
            constant_current(resistance.direction, current, Ends { time: Some(time), ..Ends::default() })
        };
        let lead = resistance.from.map(|lead| level(lead.current, lead.time));
        let lasting = resistance.after.last().copied().unwrap_or_default();
        lead.into_iter().chain([level(resistance.current, lasting)]).collect()
    }
}

/// Steps that are done so many times.
fn looped(tag: &str, times: u32, inside: Vec<Value>) -> Vec<Value> {
    if times <= 1 || inside.is_empty() {
        return inside;
    }
    let begin = json!({ "step": "tag", "tag": tag });
    let end = json!({ "step": "loop", "loop_to": tag, "cycle_count": times });
    [begin].into_iter().chain(inside).chain([end]).collect()
}
