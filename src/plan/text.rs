//! A plan as a person reads it: what is asked for, and beside it what the registers hold.

use super::{Drive, EndCondition, Kind, Plan, Step, forecast, sine};
use crate::units::{Amperes, format_duration};
use crate::wire::{
    ConversionError, CurrentLimit, Encoding, RawVoltage, Setpoint, SineFrequency, VoltageLimit,
};
use std::fmt::Write;
use std::time::Duration;

/// Writes a plan out: cell, limits and recording, the steps as a tree with resolved currents,
/// register values and bounds, and how long it will take. Ends with a newline.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    head(&mut out, plan);
    out.push_str("\nsteps\n");
    steps(&mut out, plan, plan.steps(), 1);
    let forecast = forecast(plan);
    let _ = write!(
        out,
        "\nforecast for one cell\n  expected  {}, for a cell of nominal capacity that comes half full\n  at most   {}\n  steps     {} with all loops unrolled\n  rows      about {}, and one for every change that is recorded\n",
        about(forecast.expected),
        about(forecast.at_most),
        forecast.steps,
        forecast.rows,
    );
    out
}

fn head(out: &mut String, plan: &Plan) {
    let _ = write!(out, "plan      {}", plan.name());
    if !plan.description().is_empty() {
        let _ = write!(out, ": {}", plan.description());
    }
    let (cell, limits, record) = (plan.cell(), plan.limits(), plan.record());
    let hours = cell.capacity.ampere_hours();
    let _ = write!(out, "\ncell      {}, nominal {hours} Ah (1C = {hours} A)\n", cell.chemistry);
    let _ = write!(
        out,
        "limits    voltage      {} to {}   [{} to {}]\n          current      charge {} [{}], discharge {} [{}]\n",
        limits.voltage_low,
        limits.voltage_high,
        register(VoltageLimit::lower(limits.voltage_low)),
        register(VoltageLimit::upper(limits.voltage_high)),
        tidy(limits.current_charge),
        register(CurrentLimit::upper(limits.current_charge)),
        tidy(limits.current_discharge),
        register(CurrentLimit::upper(limits.current_discharge)),
    );
    let _ = writeln!(
        out,
        "          temperature  charge {} to {}, discharge {} to {}   [by each unit's own thermistor]",
        limits.temperature_charge_low,
        limits.temperature_charge,
        limits.temperature_discharge_low,
        limits.temperature_discharge
    );
    let _ = write!(out, "record    every {}", format_duration(record.every));
    let changes = [
        record.voltage_change.map(|v| v.to_string()),
        record.current_change.map(|a| a.to_string()),
        record.temperature_change.map(|t| t.to_string()),
    ];
    let changes: Vec<String> = changes.into_iter().flatten().collect();
    if !changes.is_empty() {
        let _ = write!(out, ", on a change of {}", changes.join(", "));
    }
    if let Some(every) = record.impedance_every {
        let _ = write!(out, "; impedance every {}{}", format_duration(every), drawn(plan));
    }
    out.push_str("\n          [..] is what the unit's register holds\n");
}

/// What an impedance takes from the cell.
fn drawn(plan: &Plan) -> String {
    sine(plan.limits()).map_or_else(String::new, |sine| {
        format!(", sine of {}, which draws {} from the cell", sine.magnitude, sine.mean())
    })
}

fn steps(out: &mut String, plan: &Plan, list: &[Step], depth: usize) {
    let indent = "  ".repeat(depth);
    for step in list {
        let _ = write!(out, "{indent}{}. ", step.id);
        if let Some(name) = &step.name {
            let _ = write!(out, "{name}: ");
        }
        match &step.kind {
            Kind::Charge(drive) => self::drive(out, "charge", drive),
            Kind::Discharge(drive) => self::drive(out, "discharge", drive),
            Kind::Rest { duration, until } => {
                let _ = write!(out, "rest {}", format_duration(*duration));
                conditions(out, until);
            }
            Kind::Impedance { frequencies } => {
                let list: Vec<String> = frequencies
                    .iter()
                    .map(|f| {
                        format!(
                            "{f} [{}]",
                            SineFrequency::nearest(*f)
                                .map_or_else(|e| e.to_string(), |r| r.to_raw().to_string())
                        )
                    })
                    .collect();
                let _ = write!(out, "impedance at {}{}", list.join(", "), drawn(plan));
            }
            Kind::Repeat { times, counts_cycles, steps: inner } => {
                let _ = write!(out, "repeat {times} times");
                if *counts_cycles {
                    out.push_str(", each a cycle");
                }
                out.push('\n');
                steps(out, plan, inner, depth + 1);
                continue;
            }
        }
        out.push('\n');
    }
}

fn drive(out: &mut String, direction: &str, drive: &Drive) {
    let setpoint = Setpoint::nearest(drive.current).unwrap_or(Setpoint::MAX);
    let _ = write!(out, "{direction} {}", tidy(drive.current));
    // What the trim loop starts from; shown in amperes only where it differs.
    if (setpoint.amperes().0 - drive.current.0).abs() > 1e-9 {
        let _ = write!(out, " [{} = {}]", setpoint.to_raw(), setpoint.amperes());
    } else {
        let _ = write!(out, " [{}]", setpoint.to_raw());
    }
    if let Some(hold) = drive.hold {
        let _ = write!(out, ", hold {hold} [{}]", register(RawVoltage::nearest(hold)));
    }
    conditions(out, &drive.until);
    let _ = write!(out, ", at most {}", format_duration(drive.at_most));
}

fn conditions(out: &mut String, until: &[EndCondition]) {
    let list: Vec<String> = until
        .iter()
        .map(|condition| match condition {
            EndCondition::Current(side, value) => format!("current {side} {}", tidy(*value)),
            other => other.to_string(),
        })
        .collect();
    if !list.is_empty() {
        let _ = write!(out, ", until {}", list.join(" or "));
    }
}

/// A current without the last bits of a division: to the tenth of a milliampere.
fn tidy(current: Amperes) -> Amperes {
    Amperes((current.0 * 1e4).round() / 1e4)
}

/// The raw value of a register, or why it holds no such value.
fn register<V: Encoding>(value: Result<V, ConversionError>) -> String {
    value.map_or_else(|error| error.to_string(), |value| value.to_raw().to_string())
}

/// A duration as people speak of it: to the minute, or to the second where it is short.
pub fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let rounded = if seconds >= 3600 { seconds / 60 * 60 } else { seconds };
    format_duration(Duration::from_secs(rounded))
}
