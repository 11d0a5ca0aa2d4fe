//! The examples of the library, each run against simulated units. `cargo test` builds them by themselves too.
#![allow(dead_code, reason = "their own `main` is not called here")]

use std::path::Path;

#[path = "../../examples/charge_cell.rs"]
mod charge_cell;
#[path = "../../examples/convert_registers.rs"]
mod convert_registers;
#[path = "../../examples/list_units.rs"]
mod list_units;
#[path = "../../examples/measure_cells.rs"]
mod measure_cells;
#[path = "../../examples/simulated_run.rs"]
mod simulated_run;
#[path = "../../examples/watch_events.rs"]
mod watch_events;

type Ended = Result<(), Box<dyn std::error::Error>>;

/// What an example prints with `--sim`.
fn printed(example: impl FnOnce(&[String], &mut dyn std::io::Write) -> Ended) -> String {
    let mut out = Vec::new();
    example(&["--sim".to_owned()], &mut out).expect("the example comes to its end");
    String::from_utf8(out).expect("it prints text")
}

#[test]
fn units_are_listed_and_cells_measured() {
    insta::assert_snapshot!([printed(list_units::list), printed(measure_cells::measure)].concat());
}

#[test]
fn registers_are_converted_both_ways() {
    insta::assert_snapshot!(printed(convert_registers::convert));
}

#[test]
fn a_cell_is_charged_through_a_plan() {
    insta::assert_snapshot!(printed(charge_cell::charge));
}

#[test]
fn events_are_lines_of_json() {
    let lines = printed(watch_events::watch);
    let events: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("step-started"), count("step-ended"), count("cell-ended")), (8, 8, 4));
}

#[test]
fn a_recipe_runs_in_memory() {
    let mut out = Vec::new();
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/quick.toml");
    simulated_run::run(&recipe, &mut out).expect("the example comes to its end");
    insta::assert_snapshot!(String::from_utf8(out).expect("it prints text"));
}

#[test]
fn without_a_unit_an_example_says_what_to_do() {
    let nowhere = ["/nowhere/at/all".to_owned()];
    let error = list_units::list(&nowhere, &mut Vec::new()).expect_err("there is no such port");
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}
