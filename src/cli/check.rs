//! `check` and `plan`: what a recipe would do, and whether it may.

use super::dry_run;
use super::failure::Failure;
use super::say;
use crate::diagnostic::Source;
use crate::plan::{self, Plan};
use crate::rehearsal;
use crate::verdict::Exit;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads and proves a recipe.
pub(super) fn prove(source: &Source) -> Result<Plan, Failure> {
    let proved = plan::check(source);
    proved.and_then(|plan| rehearsal::trials(source, &plan).map(|_| plan)).map_err(|problems| {
        let failure = Failure::problems(source, &problems);
        if !source.has_at_its_top("recipe") && source.has_at_its_top("unit") {
            return failure.hint(format!(
                "this is a bench of simulated units; write --sim={} and name a recipe",
                source.path
            ));
        }
        failure
    })
}

/// Prints the plan of a recipe, and what a dry run of it came to where one is wanted.
pub(super) fn plan(recipe: &Path, json: bool, on: Option<&dry_run::On<'_>>) -> Result<Exit, Failure> {
    let plan = Arc::new(prove(&Source::from_file(recipe)?)?);
    let dry = on.map(|on| dry_run::make(&plan, on)).transpose()?;
    if json {
        let defect = |error: serde_json::Error| Failure::defect(error.to_string());
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
pub(super) fn check(recipes: &[PathBuf]) -> Result<Exit, Failure> {
    let mut exit = Exit::Passed;
    for recipe in recipes {
        match Source::from_file(recipe).map_err(Failure::from).and_then(|source| prove(&source)) {
            Ok(plan) => {
                let forecast = plan::forecast(&plan);
                say::out(format_args!(
                    "{}: ok, {} steps, {} expected, {} at most\n",
                    recipe.display(),
                    forecast.steps,
                    plan::about(forecast.expected),
                    plan::about(forecast.at_most)
                ));
            }
            Err(failure) => {
                say::complain(failure.text.trim_end());
                exit = failure.exit;
            }
        }
    }
    Ok(exit)
}
