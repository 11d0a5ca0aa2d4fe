//! `check` and `plan`: what a recipe would do, and whether it may.

use super::failure::Failure;
use super::args::Settings;
use super::say;
use super::script::Script;
use crate::plan;
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Prints the plan of a recipe.
pub(super) fn plan(recipe: &Path, settings: &Settings, json: bool) -> Result<Exit, Failure> {
    let plan = Script::open(recipe, settings, None)?.prove()?;
    if json {
        let text = serde_json::to_string_pretty(&plan).map_err(|error| Failure::defect(error.to_string()))?;
        say::out(text + "\n");
    } else {
        say::out(plan::text(&plan));
    }
    Ok(Exit::Passed)
}

/// Checks each recipe and tells of all; the first wrong one does not hide the next.
pub(super) fn check(recipes: &[PathBuf], settings: &Settings) -> Result<Exit, Failure> {
    let mut exit = Exit::Passed;
    for recipe in recipes {
        match Script::open(recipe, settings, None).and_then(|script| script.prove()) {
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
