//! What a run's figures are off by, against the books.

use super::figures::Metric;
use super::matrix::Asked;
use super::run::{Row, Seen};
use super::truth::{Drive, Look};
use batlab_run::event::StepResult;
use batlab_run::units::Amperes;
use std::time::Duration;

/// After so many seconds a current and a power count.
const SETTLED: f64 = 10.0;
/// Seconds over which a power is looked at: the steps of the register are in it as what they come to.
const WINDOW: f64 = 10.0;
/// The same for a current that fades: the longest in which it fades by no more than the part.
const FADING: ([f64; 4], f64) = ([60.0, 30.0, 20.0, 10.0], 0.25);

/// Everything that there is to measure of a cell's run.
pub fn measure(seen: &Seen) -> Vec<(Metric, f64)> {
    let mut found = Vec::new();
    for step in &seen.steps {
        let drives: Vec<_> = drives(seen, step);
        match (step.name.as_deref(), drives.as_slice()) {
            (Some("fill"), [drive]) => {
                constant_current(seen, drive, &mut found);
                hold(seen, step, drive, &mut found);
            }
            (Some("empty"), [drive]) => {
                account(step, drive, &mut found);
                constant_current(seen, drive, &mut found);
                let lowest = true_voltages(seen, drive).map(|(_, volts)| volts).fold(f64::MAX, f64::min);
                found.push((Metric::BelowEnd, (seen.case.asked().empty - lowest) * 1e3));
            }
            (Some("over"), [drive]) => {
                constant_current(seen, drive, &mut found);
                found.push((Metric::AboveEnd, (highest(seen, drive) - seen.case.asked().full) * 1e3));
            }
            (Some("limit"), [drive]) => {
                found.push((Metric::AboveLimit, (highest(seen, drive) - seen.case.asked().limits.1) * 1e3));
            }
            (Some("power"), [drive]) => {
                power(seen, drive, &mut found);
                hold(seen, step, drive, &mut found);
            }
            (Some("ac"), drives) => {
                for (point, drive) in step.impedance.iter().zip(drives) {
                    let truth = drive.cell.impedance(point.frequency).0;
                    found.push((Metric::Impedance, off(point.magnitude.0, truth)));
                }
            }
            (Some("dc"), [drive]) => {
                let current = Amperes(-seen.case.asked().current);
                for point in &step.resistance {
                    found
                        .push((Metric::Resistance, off(point.resistance.0, dc(drive, current, point.after))));
                }
            }
            _ => {}
        }
    }
    found
}

/// A part of what is true, in percent.
fn off(value: f64, truth: f64) -> f64 {
    (value / truth - 1.0) * 100.0
}

/// The drives of a step.
fn drives<'s>(seen: &'s Seen, step: &StepResult) -> Vec<&'s Drive> {
    let start = seen.test_start + step.start.as_secs_f64();
    let end = start + step.duration.as_secs_f64();
    let inside = |drive: &&Drive| drive.from.at > start - 2.0 && drive.from.at < end;
    seen.truth.drives.iter().filter(inside).collect()
}

fn end(drive: &Drive) -> Look {
    drive.to.unwrap_or(drive.from)
}

/// The true terminal voltage, as the mean between two looks: energy over charge.
fn true_voltages<'s>(seen: &'s Seen, drive: &Drive) -> impl Iterator<Item = (f64, f64)> + use<'s> {
    let looks = seen.truth.between(drive.from.at, end(drive).at);
    looks.windows(2).filter_map(|pair| {
        let [from, to] = pair else { return None };
        let coulombs = to.coulombs - from.coulombs;
        // Where next to nothing flows, no voltage comes of it.
        (coulombs.abs() > 1e-4).then(|| (to.at, (to.joules - from.joules) / coulombs))
    })
}

fn highest(seen: &Seen, drive: &Drive) -> f64 {
    true_voltages(seen, drive).map(|(_, volts)| volts).fold(f64::MIN, f64::max)
}

/// Charge and energy.
fn account(step: &StepResult, drive: &Drive, found: &mut Vec<(Metric, f64)>) {
    let coulombs = (drive.from.coulombs - end(drive).coulombs).abs();
    let joules = (drive.from.joules - end(drive).joules).abs();
    found.push((Metric::Charge, off(step.passed.charge_out.0, coulombs)));
    found.push((Metric::Energy, off(step.passed.energy_out.0, joules)));
}

/// When the hold of a drive began, or the drive ended without one.
fn hold_began(seen: &Seen, drive: &Drive) -> f64 {
    let inside = |at: &f64| (drive.from.at..=end(drive).at).contains(at);
    seen.holds.iter().map(|(at, _)| *at).find(inside).unwrap_or(end(drive).at)
}

/// The mean of a constant current after it has settled, and how far it ever came above it.
fn constant_current(seen: &Seen, drive: &Drive, found: &mut Vec<(Metric, f64)>) {
    let wanted = seen.case.asked().current;
    let (from, to) = (drive.from.at, hold_began(seen, drive) - 1.0);
    let looks = seen.truth.between(from, to);
    if let (Some(first), Some(last)) = (looks.iter().find(|look| look.at > from + SETTLED), looks.last())
        && last.at > first.at + WINDOW
    {
        let mean = (last.coulombs - first.coulombs).abs() / (last.at - first.at);
        found.push((Metric::Current, off(mean, wanted)));
    }
    // Over a long stretch only: a short one has half a turn of the dither more or less.
    let most = looks.windows(2).filter_map(|pair| {
        let [from, to] = pair else { return None };
        let seconds = to.at - from.at;
        (seconds > 0.1).then(|| (to.coulombs - from.coulombs).abs() / seconds)
    });
    if let Some(most) = most.reduce(f64::max) {
        found.push((Metric::Overshoot, (most - wanted) * 1e3));
    }
}

/// How well a voltage was held, as measured and in truth, and at which current that ended.
fn hold(seen: &Seen, step: &StepResult, drive: &Drive, found: &mut Vec<(Metric, f64)>) {
    let Asked { end_current, full, hold_low, .. } = seen.case.asked();
    let charges = drive.mode == 3;
    let target = if charges { full } else { hold_low };
    let began = hold_began(seen, drive);
    let stop = end(drive).at;
    let of_hold = |row: &&Row| row.held && row.step == step.step_id && row.at < stop;
    let measured = seen.rows.iter().filter(of_hold).map(|row| row.voltage - target);
    if let Some(worst) = measured.max_by(|one, other| one.abs().total_cmp(&other.abs())) {
        found.push((Metric::Held, worst * 1e3));
    }
    // The reading that began the hold is followed by the setting that is the first of it.
    let truly =
        true_voltages(seen, drive).filter(|(at, _)| *at > began + 1.0).map(|(_, volts)| volts - target);
    if let Some(worst) = truly.max_by(|one, other| one.abs().total_cmp(&other.abs())) {
        found.push((Metric::TrulyHeld, worst * 1e3));
    }
    let beyond =
        true_voltages(seen, drive).map(|(_, volts)| if charges { volts - target } else { target - volts });
    if let Some(most) = beyond.reduce(f64::max) {
        found.push((Metric::BeyondHold, most * 1e3));
    }
    let looks = |from, to| seen.truth.between(from, to);
    let ends = FADING.0.map(|window| {
        last_current(looks(stop - 3.0 * window, stop - 2.0 * window), looks(stop - window, stop))
    });
    let even = ends.into_iter().flatten().find(|(_, fades)| *fades <= FADING.1);
    if let Some((current, _)) = even.or(ends[3]) {
        found.push((Metric::EndCurrent, (current - end_current) * 1e3));
    }
}

/// The current at the last of some looks, and the part that it fades by in a window. It fades evenly: the means of two windows tell how fast, and
/// what the later one is off by in its middle and from there to its end. The register's steps are in
/// these means as what they come to.
fn last_current(early: &[Look], late: &[Look]) -> Option<(f64, f64)> {
    let mean = |looks: &[Look]| {
        let (first, last) = (looks.first()?, looks.last()?);
        Some((last.coulombs - first.coulombs).abs() / (last.at - first.at))
    };
    let (early, late) = (mean(early)?, mean(late)?);
    // Two windows lie between their middles.
    let half = ((early / late).ln() / 4.0).max(0.0);
    let in_middle = if half > 1e-6 { late * half / half.sinh() } else { late };
    let current = in_middle * (-half).exp();
    current.is_finite().then_some((current, 2.0 * half))
}

/// The true power in windows, after it has settled.
fn power(seen: &Seen, drive: &Drive, found: &mut Vec<(Metric, f64)>) {
    let wanted = seen.case.asked().power;
    let looks = seen.truth.between(drive.from.at + SETTLED, hold_began(seen, drive) - 1.0);
    let mut worst: Option<f64> = None;
    let mut from = looks.first();
    for look in looks {
        if let Some(first) = from.filter(|first| look.at - first.at >= WINDOW) {
            let error = off((look.joules - first.joules).abs() / (look.at - first.at), wanted);
            if worst.is_none_or(|worst| error.abs() > worst.abs()) {
                worst = Some(error);
            }
            from = Some(look);
        }
    }
    found.extend(worst.map(|worst| (Metric::Power, worst)));
}

/// The true resistance so long after a step of current.
fn dc(drive: &Drive, current: Amperes, after: Duration) -> f64 {
    let mut cell = drive.cell.clone();
    let before = cell.terminal_voltage(Amperes(0.0));
    let part = after / 100;
    for _ in 0..100 {
        cell.advance(current, part);
    }
    ((cell.terminal_voltage(current) - before).0 / current.0).abs()
}
