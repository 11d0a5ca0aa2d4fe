//! `check` and `plan`: what a recipe would do, and whether it may.

use super::args::{Format, Settings};
use super::dry_run;
use super::failure::Failure;
use super::say;
use super::script::Script;
use crate::diagnostic::{self, Problem, Source, Told, explanations, nearest, sarif};
use crate::plan::{self, Plan};
use crate::verdict::Exit;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prints the plan of a recipe, and what a dry run of it came to where one is wanted.
pub(super) fn plan(
    recipe: &Path,
    settings: &Settings,
    json: bool,
    on: Option<&dry_run::On<'_>>,
) -> Result<Exit, Failure> {
    let plan = Arc::new(Script::open(recipe, settings)?.prove()?);
    let dry = on.map(|on| dry_run::make(&plan, on)).transpose()?;
    if json {
        let mut value = serde_json::to_value(plan.as_ref()).map_err(defect)?;
        if let (Some(object), Some(dry)) = (value.as_object_mut(), &dry) {
            object.insert("dry_run".to_owned(), dry_run::json(dry));
        }
        say::out(serde_json::to_string_pretty(&value).map_err(defect)? + "\n");
    } else {
        say::out(plan::text(&plan));
        if let Some(dry) = &dry {
            say::out(dry_run::text(&plan, dry));
        }
    }
    Ok(Exit::Passed)
}

/// Checks each recipe and tells of all; the first wrong one does not hide the next.
pub(super) fn check(recipes: &[PathBuf], settings: &Settings, format: Format) -> Result<Exit, Failure> {
    let mut exit = Exit::Passed;
    let mut checked: Vec<(Script, Vec<Problem>)> = Vec::new();
    for recipe in recipes {
        let script = match Script::open(recipe, settings) {
            Ok(script) => script,
            Err(failure) => {
                say::complain(failure.text.trim_end());
                exit = failure.exit;
                continue;
            }
        };
        let problems = match script.examine() {
            Ok(plan) => {
                tell_good(&script, &plan, format)?;
                Vec::new()
            }
            Err(problems) => {
                exit = Exit::Refused;
                tell_bad(&script, &problems, format)?;
                problems
            }
        };
        if format == Format::Sarif {
            checked.push((script, problems));
        }
    }
    match format {
        Format::Sarif => {
            let all: Vec<(&Source, &[Problem])> = checked
                .iter()
                .map(|(script, problems)| (script.source.as_ref(), problems.as_slice()))
                .collect();
            let text = serde_json::to_string_pretty(&sarif(&all)).map_err(defect)?;
            say::out(text + "\n");
        }
        Format::Human if exit == Exit::Refused => {
            say::complain("`batlab-run explain CODE` tells more of a problem by the code in its brackets");
        }
        Format::Human | Format::Json => {}
    }
    Ok(exit)
}

fn tell_good(script: &Script, plan: &Plan, format: Format) -> Result<(), Failure> {
    let forecast = plan::forecast(plan);
    match format {
        Format::Human => say::out(format_args!(
            "{}: ok, {} steps, {} expected, {} at most\n",
            script.source.path,
            forecast.steps,
            plan::about(forecast.expected),
            plan::about(forecast.at_most)
        )),
        Format::Json => {
            let line = json!({
                "file": script.source.path,
                "ok": true,
                "steps": forecast.steps,
                "expected_second": forecast.expected.as_secs_f64(),
                "at_most_second": forecast.at_most.as_secs_f64(),
            });
            say::out(serde_json::to_string(&line).map_err(defect)? + "\n");
        }
        Format::Sarif => {}
    }
    Ok(())
}

fn tell_bad(script: &Script, problems: &[Problem], format: Format) -> Result<(), Failure> {
    match format {
        Format::Human => say::complain(script.refused(problems).text.trim_end()),
        Format::Json => {
            for problem in problems {
                let line = serde_json::to_string(&Told::new(&script.source, problem)).map_err(defect)?;
                say::out(line + "\n");
            }
        }
        Format::Sarif => {}
    }
    Ok(())
}

fn defect(error: serde_json::Error) -> Failure {
    Failure::defect(error.to_string())
}

/// Tells what a code means, or lists all.
pub(super) fn explain(code: Option<&str>) -> Result<Exit, Failure> {
    let Some(code) = code else {
        for explanation in explanations() {
            say::out(format_args!("{:20} {}\n", explanation.code, explanation.summary()));
        }
        return Ok(Exit::Passed);
    };
    let code = code.trim_matches(['[', ']', '`']);
    match diagnostic::explain(code) {
        Some(explanation) => {
            say::out(format_args!("{}\n\n{}\n", explanation.code, explanation.text));
            Ok(Exit::Passed)
        }
        None => {
            let near = nearest(code, explanations().map(|it| it.code));
            let hint = near.map_or("`batlab-run explain` lists all".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
            Err(Failure::refused(format!("there is no code `{code}`")).hint(hint))
        }
    }
}
