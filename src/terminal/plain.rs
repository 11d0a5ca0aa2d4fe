//! Facts as lines of text.

use super::view::{clock, printable};
use crate::event::{CycleResult, Entry, Event, StepResult, Totals};
use crate::units::format_duration;
use crate::verdict::Outcome;
use std::time::Duration;

/// Whether a fact deserves a line of its own even where the cells' lines show how things go.
pub(super) fn is_remarkable(event: &Event) -> bool {
    matches!(
        event,
        Event::Notice { .. }
            | Event::Fault { .. }
            | Event::NeedsPerson { .. }
            | Event::UnitLost { .. }
            | Event::UnitBack { .. }
            | Event::UnitStopped { .. }
            | Event::NotMadeSafe { .. }
            | Event::CellWanted
            | Event::NameWanted
            | Event::CellToTakeOut { .. }
            | Event::Mistake { .. }
            | Event::StopRequested { .. }
            | Event::RunResumed { .. }
            | Event::Interrupted { .. }
            | Event::CellEnded { .. }
            | Event::CellJudged { .. }
    )
}

/// A fact in words, in one line without colour. `None` for facts that only the journal needs.
pub fn in_words(event: &Event) -> Option<String> {
    words(event).map(|said| printable(&said))
}

/// The line of a fact: time of the test, what it is about, what happened. `None` for facts that
/// only the journal needs.
pub(super) fn line(entry: &Entry, colour: bool) -> Option<String> {
    let said = printable(&words(&entry.event)?);
    let said = if colour { painted(&entry.event, said) } else { said };
    let time = Duration::try_from_secs_f64(entry.test_time_second).unwrap_or_default();
    let about = match (&entry.cell, entry.unit, entry.slot) {
        // Whoever stands at the bench has to find the slot.
        (Some(cell), Some(unit), Some(slot))
            if matches!(entry.event, Event::CellWanted | Event::CellToTakeOut { .. }) =>
        {
            format!("{unit}:{slot}: {cell}: ")
        }
        (Some(cell), ..) => format!("{cell}: "),
        (None, Some(unit), Some(slot)) => format!("{unit}:{slot}: "),
        (None, Some(unit), None) => format!("unit {unit}: "),
        (None, None, _) => String::new(),
    };
    Some(format!("{:>9}  {about}{said}", clock(time)))
}

fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::RunStarted { version, recipe, simulated, .. } => {
            let what = if *simulated { "simulated run" } else { "run" };
            format!("{what} of recipe {recipe} begins (batlab-run {version})")
        }
        Event::UnitFound { port, firmware, watchdog } => {
            let watchdog = if *watchdog { "" } else { ", no watchdog" };
            format!("found on {port}, firmware {firmware}{watchdog}")
        }
        Event::RunResumed { version, gap_second, healed, .. } => {
            let gap = Duration::try_from_secs_f64(*gap_second).unwrap_or_default();
            let healed = healed.iter().map(|what| format!("; {what}")).collect::<String>();
            format!("the run goes on after {} (batlab-run {version}){healed}", clock(gap))
        }
        Event::CellResumed { voltage, at_least, at_most } => {
            format!("goes on, found at {voltage:.4} ({at_least:.3} to {at_most:.3} are as it was left)")
        }
        Event::CellReopened { .. } => "its verdict waits for the cells that go on".to_owned(),
        Event::CellBound { voltage } => format!("found at {voltage:.4}"),
        Event::StepStarted { step_id, cycle, name, what, .. } => match name {
            Some(name) => format!("step {step_id} {name} begins (cycle {cycle}): {what}"),
            None => format!("step {step_id} begins (cycle {cycle}): {what}"),
        },
        Event::HoldStarted { voltage } => format!("holds {voltage:.4}"),
        Event::ImpedanceMeasured { point, .. } => {
            format!("impedance {:.3} mohm at {:.1}", point.magnitude.0 * 1e3, point.frequency)
        }
        Event::ResistanceMeasured { point } => format!(
            "DC resistance {:.3} mohm {} after the step of current",
            point.resistance.0 * 1e3,
            format_duration(point.after)
        ),
        Event::StepEnded { result, .. } => step_ended(result),
        Event::Interrupted { what, then, .. } => format!("interrupted: {what}; {then}"),
        Event::CycleEnded { result } => cycle_ended(result),
        Event::ChargeGap { seconds, at_least, at_most, counted, what } => format!(
            "charge of {seconds:.1} s was not seen: {:.6} Ah to {:.6} Ah, counted as {:.6} Ah: {what}",
            at_least.ampere_hours(),
            at_most.ampere_hours(),
            counted.ampere_hours()
        ),
        Event::ChargeDisagrees { counter, samples } => format!(
            "charge by the unit's counter {:.6} Ah, by the measured current {:.6} Ah",
            counter.ampere_hours(),
            samples.ampere_hours()
        ),
        Event::HookNote { text } => format!("hook: {text}"),
        Event::HookMetric { name, value, in_unit } => {
            format!("hook.{name} is {value} {in_unit}").trim_end().to_owned()
        }
        Event::Labelled { label } => format!("label: {label}"),
        Event::LimitsTightened { limits } => format!(
            "limits tightened: voltage {} to {}, temperature in charge {} to {}, in discharge {} to {}",
            limits.voltage_low,
            limits.voltage_high,
            limits.temperature_charge_low,
            limits.temperature_charge,
            limits.temperature_discharge_low,
            limits.temperature_discharge
        ),
        Event::UnitStopped { error, status } => {
            format!("stopped by its unit: error {error}, status {status}")
        }
        Event::CalibrationDoubted { register, found, expected, instead } => {
            let instead =
                instead.as_ref().map_or_else(String::new, |instead| format!("; {instead} stands in for it"));
            format!("calibration: {register} holds {found}, expected {expected}{instead}")
        }
        Event::CellWanted => "put it into this slot".to_owned(),
        Event::NameWanted => "type or scan the name of the next cell for this slot".to_owned(),
        Event::CellToTakeOut { verdict } => format!("take it out ({verdict})"),
        Event::Mistake { what } => format!("MISTAKE: {what}"),
        Event::HostSuspended { seconds } => format!("this computer slept for {seconds:.1} s"),
        Event::ClockSet { seconds } => {
            let way = if *seconds < 0.0 { "back" } else { "ahead" };
            format!(
                "the clock of this computer was set {way} by {:.1} s; the times of the run go on",
                seconds.abs()
            )
        }
        Event::Unattended { seconds, times } => {
            let often = if *times == 1 { String::new() } else { format!(", {times} times together") };
            format!("not looked after for {seconds:.1} s{often}: this computer slept, or had too much to do")
        }
        Event::UnitLost { port, why } => format!("lost on {port}: {why}"),
        Event::UnitBack { port } => format!("back on {port}"),
        Event::Notice { what } => format!("notice: {what}"),
        Event::Fault { what } => format!("FAULT: {what}"),
        Event::NeedsPerson { what } => format!("SOMEBODY HAS TO COME: {what}"),
        Event::CellEnded { verdict, why, .. } => format!("{verdict}: {why}"),
        Event::CriterionJudged { result } => {
            let verb = match result.outcome {
                Outcome::Pass => "holds",
                Outcome::Fail => "does NOT hold",
                Outcome::Incomplete => "cannot be judged",
            };
            format!("criterion {} {verb}: {}", result.criterion, result.shown)
        }
        Event::CellGraded { result } if result.shown.is_empty() => format!("grade {}", result.grade),
        Event::CellGraded { result } => format!("grade {}: {}", result.grade, result.shown),
        Event::CellJudged { verdict, why } => format!("judged {verdict}: {why}"),
        Event::NotMadeSafe { what } => format!(
            "NOT MADE SAFE: {what}; the unit's watchdog stops it if its firmware has one (4 and later): look at the cell and unplug the unit"
        ),
        Event::StopRequested { by } => format!("stop requested by {by}"),
        Event::RunEnded { exit } => format!("run ends, exit code {}", exit.code()),
        Event::SettingChanged { .. }
        | Event::SettingRestored { .. }
        | Event::LimitsVerified { .. }
        | Event::ClockMeasured { .. }
        | Event::CounterSeen { .. }
        | Event::EepromWritten { .. }
        | Event::HookKept { .. }
        | Event::SlotFound { .. }
        | Event::MadeSafe { .. } => return None,
    })
}

fn step_ended(step: &StepResult) -> String {
    let name = step.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
    let mut text = format!("step {}{name} ends after {}", step.step_id, clock(step.duration));
    text.push_str(&match step.reason.detail() {
        "" => format!(", {}", step.reason.code()),
        detail => format!(", {}: {detail}", step.reason.code()),
    });
    for (charge, way) in [(step.passed.charge_in, "in"), (step.passed.charge_out, "out")] {
        if charge.0 > 0.0 {
            text.push_str(&format!(", {:.4} Ah {way}", charge.ampere_hours()));
        }
    }
    text
}

fn cycle_ended(cycle: &CycleResult) -> String {
    let passed = &cycle.passed;
    let (into, out) = (passed.charge_in.ampere_hours(), passed.charge_out.ampere_hours());
    let mut text = format!("cycle {}: {into:.4} Ah in, {out:.4} Ah out", cycle.cycle);
    if cycle.interrupted {
        text.push_str(", interrupted: no cycle to measure");
    }
    if let Some(efficiency) = cycle.whole().and_then(Totals::coulombic_efficiency) {
        text.push_str(&format!(", coulombic efficiency {:.2} %", efficiency * 100.0));
    }
    if let Some(fade) = cycle.capacity_fade().filter(|_| cycle.cycle > 1) {
        text.push_str(&format!(", capacity fade {:.2} %", fade * 100.0));
    }
    text
}

fn painted(event: &Event, text: String) -> String {
    match event {
        Event::Fault { .. } | Event::UnitStopped { .. } | Event::NotMadeSafe { .. } => paint(RED, &text),
        Event::CellEnded { verdict, .. } | Event::CellJudged { verdict, .. } => {
            paint(super::table::colour_of(*verdict), &text)
        }
        Event::Notice { .. }
        | Event::NeedsPerson { .. }
        | Event::CalibrationDoubted { .. }
        | Event::ChargeGap { .. }
        | Event::ChargeDisagrees { .. }
        | Event::Interrupted { .. }
        | Event::StopRequested { .. } => paint(YELLOW, &text),
        _ => text,
    }
}

pub(super) const RED: &str = "31";
pub(super) const GREEN: &str = "32";
pub(super) const YELLOW: &str = "33";

/// The text in a colour (ECMA-48 SGR).
pub(super) fn paint(colour: &str, text: &str) -> String {
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}
