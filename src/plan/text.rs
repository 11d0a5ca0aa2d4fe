//! A plan as a person reads it: what is asked for, and beside it what the registers hold.

use super::{
    Awaited, Criterion, Demand, EndCondition, Grade, Hooks, Kind, Plan, Profile, ProfileQuantity, Recording,
    ResultClaim, Step, Then, Wait, describe, forecast, sine,
};
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
    acceptance(&mut out, plan);
    let forecast = forecast(plan);
    let _ = write!(
        out,
        "\nforecast for one cell\n  expected  {}, for a cell of nominal capacity that comes half full\n  at most   {}\n  steps     {} with all loops unrolled\n  rows      about {}, and one for every change that is recorded\n  charge    {:.3} Ah in, {:.3} Ah out, as expected\n",
        about(forecast.expected),
        about(forecast.at_most),
        forecast.steps,
        forecast.rows,
        forecast.charge_in.ampere_hours(),
        forecast.charge_out.ampere_hours(),
    );
    out
}

/// What a cell has to come to.
fn acceptance(out: &mut String, plan: &Plan) {
    let (criteria, grades) = (&plan.acceptance().criteria, &plan.acceptance().grades);
    let words = |claim: &ResultClaim| claim.words(&EndCondition::to_string);
    if !criteria.is_empty() {
        out.push_str("\naccept\n");
        for Criterion { name, that, about, .. } in criteria {
            let about = if about.is_empty() { String::new() } else { format!("   ({about})") };
            let _ = writeln!(out, "  {name}: {}{about}", words(that));
        }
    }
    if !grades.is_empty() {
        out.push_str("\ngrades, the first that holds\n");
        for Grade { name, when, reject } in grades {
            let when = when.as_ref().map_or_else(|| "every other cell".to_owned(), words);
            let reject = if *reject { ", which fails the cell" } else { "" };
            let _ = writeln!(out, "  {name}: {when}{reject}");
        }
    }
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
    let _ = write!(out, "record    {}", recording(record));
    if record.impedance_every.is_some() {
        out.push_str(&drawn(plan));
    }
    let _ = write!(out, "\ninterrupt {}", plan.on_interrupt());
    if !plan.params().is_empty() {
        let params: Vec<String> =
            plan.params().iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let _ = write!(out, "\nparams    {}", params.join(", "));
    }
    if let Some(used) = plan.hooks() {
        hooks(out, used);
    }
    out.push_str("\n          [..] is what the unit's register holds\n");
}

/// Which code is called, and what it may do beside ending, tightening and failing.
fn hooks(out: &mut String, hooks: &Hooks) {
    let _ = write!(out, "\nhooks     {}", hooks.file.as_deref().unwrap_or("in the recipe"));
    let units = |(name, unit): (&String, &String)| format!("hook.{name} [{unit}]");
    for metric in hooks.metrics.iter().map(units) {
        let _ = write!(out, ", defines {metric}");
    }
    for jump in &hooks.goto {
        let _ = write!(out, ", may {}", Then::Goto(jump.clone()));
    }
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
        kind(out, plan, &step.kind);
        if step.hi_res {
            out.push_str(", in hi-res");
        }
        if let Some(record) = &step.record {
            let _ = write!(out, "; record {}", recording(record));
        }
        out.push('\n');
        if let Some(inner) = step.kind.steps() {
            steps(out, plan, inner, depth + 1);
        }
    }
}

fn kind(out: &mut String, plan: &Plan, kind: &Kind) {
    let limits = plan.limits();
    match kind {
        Kind::Charge(drive) | Kind::Discharge(drive) => {
            let voltages = (limits.voltage_low, limits.voltage_high);
            let _ = match drive.demand {
                Demand::Current(current) => write!(out, "{} {}", kind.word(), setpoint(current)),
                demand => write!(
                    out,
                    "{} {demand}, {} to {} between the voltage limits",
                    kind.word(),
                    setpoint(demand.lowest_current(voltages)),
                    setpoint(demand.highest_current(voltages))
                ),
            };
            if let Some(hold) = drive.hold {
                let _ = write!(out, ", hold {hold} [{}]", register(RawVoltage::nearest(hold)));
            }
        }
        Kind::Hold(hold) => {
            let voltage = register(RawVoltage::nearest(hold.voltage));
            let _ = write!(out, "hold {} [{voltage}] with at most {}", hold.voltage, setpoint(hold.current));
        }
        Kind::Rest { duration, .. } => {
            let _ = write!(out, "rest {}", format_duration(*duration));
        }
        Kind::Pulse(pulse) => {
            let low = if pulse.low.0 == 0.0 { "no current".to_owned() } else { setpoint(pulse.low) };
            let _ = write!(
                out,
                "{} pulses of {} {} for {}, {low} for {}, {} in all",
                pulse.count,
                pulse.direction,
                setpoint(pulse.high),
                format_duration(pulse.on),
                format_duration(pulse.off),
                format_duration(pulse.duration())
            );
        }
        Kind::Profile(profile) => self::profile(out, profile),
        Kind::Resistance(step) => {
            let _ = write!(out, "DC resistance by {}", step.direction);
            if let Some(lead) = step.from {
                let time = format_duration(lead.time);
                let _ = write!(out, " from {} for {time}", setpoint(lead.current));
            }
            let after: Vec<String> = step.after.iter().map(|time| format_duration(*time)).collect();
            let _ = write!(out, " to {}, after {}", setpoint(step.current), after.join(", "));
        }
        Kind::Impedance { frequencies } => {
            let list: Vec<String> = frequencies
                .iter()
                .map(|f| {
                    let raw = SineFrequency::nearest(*f)
                        .map_or_else(|error| error.to_string(), |raw| raw.to_raw().to_string());
                    format!("{f} [{raw}]")
                })
                .collect();
            let _ = write!(out, "impedance at {}{}", list.join(", "), drawn(plan));
        }
        Kind::Repeat(repeat) => {
            let _ = write!(out, "repeat {} times", repeat.times);
            if repeat.counts_cycles {
                out.push_str(", each a cycle");
            }
        }
        Kind::Wait(Wait { awaited: Awaited::Conditions(_), .. }) => out.push_str("wait"),
        Kind::Wait(_) | Kind::Goto(_) | Kind::Group { .. } => out.push_str(&describe(kind)),
    }
    conditions(out, kind.until());
    if let Some(at_most) = kind.at_most() {
        let _ = write!(out, ", at most {at_most}");
    }
}

fn profile(out: &mut String, profile: &Profile) {
    let unit = match profile.quantity {
        ProfileQuantity::Current => "A",
        ProfileQuantity::Power => "W",
    };
    let values = || profile.points.iter().map(|point| point.value);
    let turns = profile
        .points
        .iter()
        .map(|point| point.value)
        .filter(|value| *value != 0.0)
        .collect::<Vec<_>>()
        .windows(2)
        .filter(|pair| pair.first().zip(pair.last()).is_some_and(|(one, next)| one * next < 0.0))
        .count();
    let _ = write!(
        out,
        "profile {}: {} rows in {}, {:.4} {unit} to {:.4} {unit}, {turns} changes of direction, {} times",
        profile.file,
        profile.points.len(),
        format_duration(profile.length),
        values().fold(f64::INFINITY, f64::min),
        values().fold(f64::NEG_INFINITY, f64::max),
        profile.times
    );
}

/// A current with the raw value of the register, and what that is in amperes where it differs: the trim
/// loop starts from it.
fn setpoint(current: Amperes) -> String {
    let setpoint = Setpoint::nearest(current).unwrap_or(Setpoint::MAX);
    if (setpoint.amperes().0 - current.0).abs() > 1e-9 {
        format!("{} [{} = {}]", tidy(current), setpoint.to_raw(), setpoint.amperes())
    } else {
        format!("{} [{}]", tidy(current), setpoint.to_raw())
    }
}

fn conditions(out: &mut String, until: &[EndCondition]) {
    let list: Vec<String> = until
        .iter()
        .map(|condition| match &condition.then {
            Then::Next => condition.to_string(),
            then => format!("{condition} then {then}"),
        })
        .collect();
    if !list.is_empty() {
        let _ = write!(out, ", until {}", list.join(" or "));
    }
}

/// When rows are written.
fn recording(record: &Recording) -> String {
    let mut out = format!("every {}", format_duration(record.every));
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
        let _ = write!(out, "; impedance every {}", format_duration(every));
    }
    out
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
