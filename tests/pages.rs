//! The pages are true: their examples work, and what they list is what there is.
#![allow(clippy::expect_used, clippy::panic)]

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::plan::{self, CellMetric, CycleMetric, Statistic, StepMetric};
use batlab_run::record::{self, Metric};
use batlab_run::simulator::bench::Bench;
use batlab_run::units::{Dimension, Scalar};
use batlab_run::verdict::Exit;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const README: &str = include_str!("../README.md");
const RECIPES: &str = include_str!("../docs/recipe-language.md");
const BENCHES: &str = include_str!("../docs/benches.md");
const FILES: &str = include_str!("../docs/result-files.md");

/// The first block of a page that is marked so and holds this.
fn block(page: &str, mark: &str, holding: &str) -> String {
    let opening = format!("```{mark}\n");
    let blocks = page.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(holding)).expect("the page has such a block").to_owned()
}

fn batlab_run(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batlab-run"));
    command.current_dir(directory).args(arguments).output().expect("the command starts")
}

/// Runs a recipe on simulated cells; the files are in `run` below the directory.
fn run(directory: &Path, recipe: &str, more: &[&str]) {
    fs::write(directory.join("recipe.toml"), recipe).expect("it can be written");
    let arguments = [&["--sim", "--quiet", "--out", "run"], more, &["recipe.toml"]].concat();
    let done = batlab_run(directory, &arguments);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

/// What stands in single backquotes.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn section<'t>(page: &'t str, title: &str) -> &'t str {
    let (_, rest) = page.split_once(title).expect("the page has such a section");
    rest.split("\n## ").next().expect("a text has a part")
}

fn header(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("it was written");
    text.lines().next().expect("it has a header").split(',').map(str::to_owned).collect()
}

#[test]
fn the_first_recipe_runs_on_simulated_cells() {
    let recipe = block(README, "toml", "half-full");
    let scratch = tempfile::tempdir().expect("there is room");
    run(scratch.path(), &recipe, &[]);
    let steps = fs::read_to_string(scratch.path().join("run/cells/100001-0.steps.csv")).expect("it is there");
    let ends: Vec<&str> = steps.lines().skip(1).filter_map(|row| row.split(',').nth(6)).collect();
    assert_eq!(ends, ["voltage < 3 V", "", "charge > 1.5 Ah"]);
}

#[test]
fn the_example_of_the_language_runs_on_simulated_cells() {
    let scratch = tempfile::tempdir().expect("there is room");
    run(scratch.path(), &block(RECIPES, "toml", "[recipe]"), &["--seed", "4"]);
}

#[test]
fn the_mistake_is_told_as_the_readme_shows() {
    let text = "[recipe]\nname = \"x\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n[[step]]\nname = \"fill\"\ncharge = \"C/2\"\nhold = 4.2\nat_most = \"5 h\"\n";
    let source = Source::new("bad.toml", text);
    let problems = plan::check(&source).expect_err("a bare number is refused");
    let told = render(&source, &problems, Colour::Off);
    assert_eq!(told.trim_end(), block(README, "text", "error[bare-number]").trim_end());
}

#[test]
fn the_example_of_a_bench_is_a_good_bench() {
    let source = Source::new("bench.toml", block(BENCHES, "toml", "[[unit]]"));
    let bench = Bench::parse(&source).unwrap_or_else(|it| panic!("{}", render(&source, &it, Colour::Off)));
    assert_eq!(bench.units.len(), 1);
}

#[test]
fn the_exit_codes_are_those_of_the_code() {
    let table = section(README, "## Exit codes");
    let told: Vec<u8> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    let all = [
        Exit::Passed,
        Exit::Failed,
        Exit::Refused,
        Exit::Fault,
        Exit::NothingToRun,
        Exit::Stopped,
        Exit::Defect,
    ];
    assert_eq!(told, all.map(Exit::code));
}

/// A whole run leaves the files that the page lists, and every column and member in them is told.
#[test]
fn the_files_of_a_run_are_those_of_the_page() {
    let scratch = tempfile::tempdir().expect("there is room");
    let recipe = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes/impedance.toml"));
    run(scratch.path(), &recipe.expect("it is there"), &["--cell", "A17@100001:0"]);
    let run = scratch.path().join("run");

    let listed = quoted(section(FILES, "| file | what"));
    for name in [
        "run.json",
        "recipe.toml",
        "journal.jsonl",
        "summary.csv",
        "summary.json",
        "summary.md",
        "junit.xml",
        "report.html",
    ] {
        assert!(run.join(name).is_file() && listed.contains(name), "{name}");
    }
    let mut cells: Vec<String> = fs::read_dir(run.join("cells"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    cells.sort();
    assert_eq!(cells, ["A17.bdf.csv", "A17.spectrum.csv", "A17.steps.csv"]);
    assert_eq!(fs::read_dir(&run).expect("it is there").count(), 10, "eight files, .lock and cells/");

    for (file, columns) in record::tables() {
        let file = run.join(file.replace("<cell>", "A17"));
        if file.is_file() {
            assert_eq!(header(&file), columns, "{}", file.display());
        }
    }
    let manifest = fs::read_to_string(run.join("run.json")).expect("it is there");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("it is JSON");
    let page = quoted(section(FILES, "## run.json"));
    assert_eq!(manifest["metrics"], serde_json::to_value(record::metrics()).expect("it is data"));
    assert_eq!(manifest["measurement"]["voltage_corrected_to_cell"], false);
    for member in manifest.as_object().expect("it is an object").keys() {
        assert!(page.contains(member.as_str()), "run.json: {member} is not told");
    }
}

/// The table of columns on the page is the one that stands in every `run.json`. `UPDATE_DOCS=1` writes it.
#[test]
fn the_page_tells_of_every_column() {
    let mut table = String::from(
        "| column | unit | resolution | how it is got, and of what |\n| --- | --- | --- | --- |\n",
    );
    for (name, metric) in record::metrics() {
        let Metric { unit, resolution, method } = metric;
        table.push_str(&format!("| `{name}` | {unit} | {resolution} | {method} |\n"));
    }
    let title = "## Units, resolutions and methods";
    let (before, rest) = FILES.split_once(title).expect("the page has such a section");
    let (words, rest) = rest.split_once("| column |").expect("it has a table");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let tail = if after.is_empty() { String::new() } else { format!("\n{after}") };
    let page = format!("{before}{title}{words}{table}{tail}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/result-files.md");
        fs::write(path, page).expect("the page can be written");
    } else {
        assert!(page == FILES, "docs/result-files.md is behind: UPDATE_DOCS=1 cargo test --test pages");
    }
}

/// Which file has which columns is told by name, for all six.
#[test]
fn the_page_tells_of_every_file() {
    for (file, columns) in record::tables() {
        let title = format!("## {}", file.replace('<', "&lt;").replace('>', "&gt;"));
        let title = if file == "summary.csv" { "## summary.csv".to_owned() } else { title };
        let told = quoted(section(FILES, &title));
        let prefixed = |column: &str| column.starts_with("step_") || column.starts_with("cycle_");
        for column in columns {
            let is_told = told.contains(column) || (file.ends_with(".bdf.csv") && prefixed(column));
            assert!(is_told, "{file}: {column} is not told");
        }
    }
}

/// What a metric of the language is like stands in the table of columns.
#[test]
fn every_metric_of_the_language_has_a_column_of_its_kind() {
    let [_, (_, steps), (_, cycles), ..] = record::tables();
    let unit = |dimension: Dimension| {
        let told = Scalar { value: 3600.0, dimension }.to_string();
        match told.split_once(' ') {
            Some((_, "mV/min")) => "V/h".to_owned(),
            Some((_, unit)) => unit.to_owned(),
            None => "1".to_owned(),
        }
    };
    let told = quoted(section(RECIPES, "## Conditions"));
    for metric in StepMetric::ALL {
        assert!(steps.contains(&metric.column()) && told.contains(metric.word()), "{metric:?}");
        let column = record::metric(metric.column()).expect("it has an entry");
        if metric.dimension() != Dimension::TIME {
            assert_eq!(column.unit, unit(metric.dimension()), "{metric:?}");
        }
    }
    for metric in CycleMetric::ALL {
        assert!(cycles.contains(&metric.column()) && told.contains(metric.word()), "{metric:?}");
        let column = record::metric(metric.column()).expect("it has an entry");
        if metric.dimension() != Dimension::TIME {
            assert_eq!(column.unit, unit(metric.dimension()), "{metric:?}");
        }
    }
}

/// What criteria may ask of a whole cell is told, and stands in the summary in the unit that a reference is
/// read in.
#[test]
fn every_result_of_a_cell_is_a_column_of_the_summary() {
    let [.., (file, summary)] = record::tables();
    assert_eq!(file, "summary.csv");
    let told = quoted(section(RECIPES, "## Criteria and grades"));
    for metric in CellMetric::ALL {
        let (column, factor) = metric.column();
        assert!(summary.contains(&column), "{metric:?}");
        assert!(told.contains(format!("cell.{}", metric.word()).as_str()), "{metric:?} is not told");
        let unit = record::metric(column).expect("it has an entry").unit;
        assert_eq!(factor, if ["Ah", "Wh"].contains(&unit.as_ref()) { 3600.0 } else { 1.0 }, "{metric:?}");
    }
    for statistic in Statistic::ALL {
        assert!(told.contains(format!("{}()", statistic.word()).as_str()), "{statistic:?} is not told");
    }
}
