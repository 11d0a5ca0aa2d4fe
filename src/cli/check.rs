//! `check` and `plan`: what a recipe would do, and whether it may.

use super::failure::Failure;
use crate::diagnostic::Source;
use crate::plan::{self, Plan};
use crate::verdict::Exit;
use std::path::{Path, PathBuf};

/// Reads and proves a recipe.
pub(super) fn prove(source: &Source) -> Result<Plan, Failure> {
    plan::check(source).map_err(|problems| Failure::problems(source, &problems))
}

/// Prints the plan of a recipe.
pub(super) fn plan(recipe: &Path, json: bool) -> Result<Exit, Failure> {
    let plan = prove(&Source::from_file(recipe)?)?;
    if json {
        let text = serde_json::to_string_pretty(&plan).map_err(|error| Failure::defect(error.to_string()))?;
        println!("{text}");
    } else {
        print!("{}", plan::text(&plan));
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
                println!(
                    "{}: ok, {} steps, {} expected, {} at most",
                    recipe.display(),
                    forecast.steps,
                    plan::about(forecast.expected),
                    plan::about(forecast.at_most)
                );
            }
            Err(failure) => {
                eprintln!("{}", failure.text.trim_end());
                exit = failure.exit;
            }
        }
    }
    Ok(exit)
}
