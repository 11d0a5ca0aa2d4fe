//! `check` and `plan`: what a recipe would do, and whether it may.

use super::failure::Failure;
use super::say;
use crate::diagnostic::Source;
use crate::plan::{self, Plan};
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Reads and proves a recipe.
pub(super) fn prove(source: &Source) -> Result<Plan, Failure> {
    plan::check(source).map_err(|problems| {
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

/// Prints the plan of a recipe.
pub(super) fn plan(recipe: &Path, json: bool) -> Result<Exit, Failure> {
    let plan = prove(&Source::from_file(recipe)?)?;
    if json {
        let text = serde_json::to_string_pretty(&plan).map_err(|error| Failure::defect(error.to_string()))?;
        say::out(text + "\n");
    } else {
        say::out(plan::text(&plan));
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
