//! What would be done with each cell of an interrupted run, for people and for programs.

use super::{Interrupted, Prospect, State};
use crate::clock::Clock;
use crate::units::format_duration;
use chrono::SecondsFormat;
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// One paragraph a cell: where it was, since when nobody has it, what would be done, and whether it may be.
pub fn text(run: &Interrupted, prospects: &[Prospect<'_>], clock: &dyn Clock) -> String {
    let mut text = String::new();
    let now = clock.now();
    for prospect in prospects {
        let cell = prospect.cell;
        let _ = writeln!(text, "{} in slot {}", cell.name, cell.place);
        let mut line = |what: &str, said: String| {
            let _ = writeln!(text, "  {what:<11} {said}");
        };
        if let State::Done(verdict) = prospect.state {
            line("done:", verdict.to_string());
            continue;
        }
        line("was:", was(prospect));
        if let Some(since) = cell.since() {
            let wall = clock.wall(since).to_rfc3339_opts(SecondsFormat::Secs, true);
            line("last seen:", format!("{wall}, {} ago", rounded(now - since)));
        }
        line("policy:", format!("on_interrupt = \"{}\": {}", cell.plan.on_interrupt(), cell.then(run.why())));
        match &prospect.state {
            State::GoesOn { voltage, window: (low, high) } => {
                line("found:", format!("{voltage:.4}, and {low:.3} to {high:.3} are as it was left"));
            }
            State::Refused(why) => line("NOT READY:", why.clone()),
            State::Done(_) => {}
        }
        for change in &prospect.accepted {
            line("accepted:", change.clone());
        }
    }
    text
}

/// The same as JSON.
pub fn json(run: &Interrupted, prospects: &[Prospect<'_>], clock: &dyn Clock) -> Value {
    let now = clock.now();
    let one = |prospect: &Prospect<'_>| {
        let cell = prospect.cell;
        let mut value = json!({ "cell": cell.name, "unit": cell.place.unit, "slot": cell.place.slot });
        if let State::Done(verdict) = prospect.state {
            value["verdict"] = json!(verdict);
            return value;
        }
        value["was"] = json!(was(prospect));
        value["step_id"] = json!(cell.step().map(|step| step.id));
        value["last_seen"] = json!(cell.since().map(|since| clock.wall(since)));
        value["gap_second"] = json!(cell.since().map(|since| (now - since).as_secs_f64()));
        value["on_interrupt"] = json!(cell.plan.on_interrupt());
        value["then"] = json!(cell.then(run.why()));
        value["accepted"] = json!(prospect.accepted);
        match &prospect.state {
            State::GoesOn { voltage, window } => {
                value["ready"] = json!(true);
                value["voltage_volt"] = json!(voltage.0);
                value["expected_volt"] = json!([window.0.0, window.1.0]);
            }
            State::Refused(why) => {
                value["ready"] = json!(false);
                value["why"] = json!(why);
            }
            State::Done(_) => {}
        }
        value
    };
    let cells: Vec<Value> = prospects.iter().map(one).collect();
    json!({ "recipe": run.past.manifest.recipe.name, "torn": run.past.torn(), "cells": cells })
}

fn was(prospect: &Prospect<'_>) -> String {
    let cell = prospect.cell;
    match cell.step() {
        Some(step) => {
            let passed = cell.past.passed_in_step();
            format!(
                "in step {} ({}), {:.6} Ah in and {:.6} Ah out so far",
                step.id,
                step.label(),
                passed.charge_in.ampere_hours(),
                passed.charge_out.ampere_hours()
            )
        }
        None if cell.past.last().is_none() => "before its first step".to_owned(),
        None => "between two steps".to_owned(),
    }
}

/// Whole seconds are enough.
fn rounded(time: Duration) -> String {
    format_duration(Duration::from_secs(time.as_secs()))
}
