//! Shipped recipes are good and plan as reviewed; broken ones are refused in the words reviewed.
#![allow(clippy::expect_used, clippy::panic)]

use batlab_run::diagnostic::{Beside, Colour, Problem, Source, render};
use batlab_run::plan::{self, Plan};
use batlab_run::recipe::{self, Context};
use batlab_run::rehearsal;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .expect("the directory is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

/// The file, under the path that a person in the project's directory would give.
fn source(path: &Path) -> Source {
    let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it is a file of the project");
    let shown = shown.to_string_lossy().replace('\\', "/");
    Source::new(shown, fs::read_to_string(path).expect("it is text").replace("\r\n", "\n"))
}

/// Reads and proves a recipe with the files beside it and its tests, as the program does.
fn check(path: &Path) -> Result<Plan, Vec<Problem>> {
    let source = Arc::new(source(path));
    // By the path that is shown: tests run in the project's directory.
    let files = Beside::file(Path::new(&source.path));
    let context = Context { files: &files, ..Context::ALONE };
    let plan = plan::check_with(&source, &context)?;
    let recipe = recipe::read_with(&source, &context)?;
    rehearsal::trials(&source, &recipe, &plan, &files)?;
    Ok(plan)
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("it has a name").to_string_lossy().into_owned()
}

#[test]
fn shipped_recipes_plan_as_reviewed() {
    let files = [files("recipes"), files("recipes/hooks")].concat();
    assert!(files.len() >= 22, "{files:?}");
    for path in files {
        let source = source(&path);
        match check(&path) {
            Ok(plan) => insta::assert_snapshot!(format!("plan-{}", stem(&path)), plan::text(&plan)),
            Err(problems) => panic!("{}", render(&source, &problems, Colour::Off)),
        }
    }
}

#[test]
fn broken_recipes_are_refused_as_reviewed() {
    let files = files("tests/recipes_bad");
    assert!(files.len() >= 60, "only {}", files.len());
    for path in files {
        let source = source(&path);
        let problems = match check(&path) {
            Ok(plan) => panic!("{} was accepted:\n{}", source.path, plan::text(&plan)),
            Err(problems) => problems,
        };
        assert!(!problems.is_empty());
        let place = |problem: &Problem| {
            (problem.source.as_ref().map(|source| source.path.clone()), problem.span.start)
        };
        assert!(problems.is_sorted_by_key(place), "{problems:?}");
        insta::assert_snapshot!(format!("bad-{}", stem(&path)), render(&source, &problems, Colour::Off));
    }
}

/// The schema's file is written anew where the environment says `UPDATE_SCHEMAS=1`.
#[test]
fn the_published_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/recipe.schema.json");
    let now = batlab_run::recipe::schema_text().expect("a schema is JSON");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::create_dir_all(path.parent().expect("it has a directory")).expect("the directory can be made");
        fs::write(&path, &now).expect("the schema can be written");
    }
    let published = fs::read_to_string(&path).expect("the schema is published").replace("\r\n", "\n");
    assert!(published == now, "schemas/recipe.schema.json is old; run the tests once with UPDATE_SCHEMAS=1");
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let schema = serde_json::to_value(batlab_run::recipe::schema()).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let value = |path: &Path| toml::from_str::<serde_json::Value>(&source(path).text);
    for path in [files("recipes"), files("recipes/hooks")].concat() {
        let value = value(&path).expect("it is TOML");
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    // What is wrong with the shape of a recipe, the schema sees as the reader does.
    const OF_SHAPE: [&str; 7] = [
        "unknown-key",
        "missing-key",
        "wrong-type",
        "wrong-length",
        "empty-list",
        "bare-number",
        "unknown-word",
    ];
    let mut seen = 0;
    for path in files("tests/recipes_bad") {
        // What is no TOML has no value.
        let Ok(value) = value(&path) else { continue };
        let beside = Beside::file(&path);
        let context = Context { files: &beside, ..Context::ALONE };
        let problems = recipe::read_with(&source(&path), &context).err().unwrap_or_default();
        if problems.iter().any(|problem| problem.source.is_none() && OF_SHAPE.contains(&problem.code)) {
            seen += 1;
            assert!(!validator.is_valid(&value), "{}: {problems:?}", path.display());
        }
    }
    assert!(seen >= 15, "{seen}");
}
