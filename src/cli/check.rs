//! `check` and `plan`: what a recipe would do, and whether it may.

use super::args::Settings;
use super::dry_run;
use super::failure::Failure;
use super::say;
use super::script::Script;
use crate::plan;
use crate::verdict::Exit;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prints the plan of a recipe, and what a dry run of it came to where one is wanted.
pub(super) fn plan(
    recipe: &Path,
    settings: &Settings,
    json: bool,
    on: Option<&dry_run::On<'_>>,
) -> Result<Exit, Failure> {
    let plan = Arc::new(Script::open(recipe, settings, None)?.prove()?);
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
pub(super) fn check(recipes: &[PathBuf], settings: &Settings) -> Result<Exit, Failure> {
    let mut exit = Exit::Passed;
    for recipe in recipes {
        match Script::open(recipe, settings, None)
            .and_then(|script| script.trials().and_then(|_| script.prove()))
        {
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
