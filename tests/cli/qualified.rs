//! `[accept]` and `[[grade]]` through the program: verdicts, exit codes, and what is left for CI.

use crate::program::{Scratch, project};
use serde_json::Value;
use std::collections::BTreeMap;

/// The cells of a summary by their names.
fn cells(summary: &Value) -> BTreeMap<String, &Value> {
    let cells = summary["cells"].as_array().expect("a list");
    cells.iter().map(|cell| (cell["cell"].as_str().expect("a name").to_owned(), cell)).collect()
}

fn outcome<'v>(cell: &'v Value, criterion: &str) -> &'v str {
    let criteria = cell["criteria"].as_array().expect("a list");
    let found = criteria.iter().find(|it| it["criterion"] == criterion).expect("it was judged");
    found["outcome"].as_str().expect("a word")
}

#[test]
fn a_batch_with_three_bad_cells_fails_for_three_reasons() {
    let scratch = Scratch::new();
    let bench = format!("--sim={}", project("recipes/sim/qualification.toml"));
    let recipe = project("recipes/qualification.toml");
    let said = scratch.run(&[&bench, "--out", "run", &recipe]).ends_with(1);
    for part in [
        "400002-1: criterion capacity does NOT hold: 2.0",
        "400002-1: judged fail: does not hold: capacity (2.0",
        "grades: reject 3 (reject), A 4, B 9",
        "qualification: 13 of 16 cells passed, simulated",
    ] {
        assert!(said.out.contains(part), "`{part}` is not in:\n{}", said.out);
    }
    let summary = scratch.json("run/summary.json");
    assert_eq!((&summary["outcome"], &summary["exit_code"]), (&"failed".into(), &1.into()));
    let cells = cells(&summary);
    assert_eq!(cells.len(), 16);
    for (name, bad) in [
        ("400002-1", &["capacity", "like_the_others"][..]),
        ("400003-2", &["resistance"]),
        ("400004-0", &["self_discharge"]),
    ] {
        let cell = cells[name];
        assert_eq!((&cell["verdict"], &cell["grade"]["grade"]), (&"fail".into(), &"reject".into()), "{cell}");
        assert_eq!(cell["test"]["verdict"], "pass");
        for criterion in ["capacity", "resistance", "self_discharge", "warmth", "like_the_others"] {
            let wanted = if bad.contains(&criterion) { "fail" } else { "pass" };
            assert_eq!(outcome(cell, criterion), wanted, "{name} {criterion}");
        }
    }
    assert_eq!(cells.values().filter(|cell| cell["verdict"] == "pass").count(), 13);

    // The journal tells the same: a report can be made of it.
    let journal = scratch.read("run/journal.jsonl");
    let facts: Vec<Value> = journal.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |event: &str| facts.iter().filter(|fact| fact["event"] == event).count();
    assert_eq!((of("criterion-judged"), of("cell-graded"), of("cell-judged")), (80, 16, 16));

    let suites = junit_parser::from_reader(scratch.read("run/junit.xml").as_bytes()).expect("it is JUnit");
    assert_eq!((suites.tests, suites.failures, suites.errors, suites.skipped), (99, 7, 0, 0));
    let page = scratch.read("run/summary.md");
    for part in [
        "13 of 16 cells passed (13 pass, 3 fail).",
        "| 400004-0 | self\\_discharge |",
        "| reject (reject) | 3 |",
    ] {
        assert!(page.contains(part), "`{part}` is not in:\n{page}");
    }
}

const SHORT: &str = r#"
[recipe]
name = "short"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "pulse"
discharge = "C/2"
at_most = "1 min"
[[step]]
name = "ac"
impedance = "1 kHz"
"#;

fn run(scratch: &Scratch, accept: &str, out: &str, more: &[&str], code: i32) -> Value {
    scratch.write("short.toml", &format!("{SHORT}{accept}"));
    scratch.run(&[&["--sim", "-q", "--out", out], more, &["short.toml"]].concat()).ends_with(code);
    scratch.json(&format!("{out}/summary.json"))
}

#[test]
fn a_missing_input_is_incomplete_and_no_pass() {
    let scratch = Scratch::new();
    // Nobody knows how full the cells are when they are emptied, so this is no capacity.
    let accept = "[[step]]\nname = \"out\"\ndischarge = \"1C\"\nuntil = \"voltage < 3.3 V\"\nat_most = \"1 h\"\n[accept]\ncapacity = \"cell.capacity >= 2 Ah or cell.impedance < 1 ohm\"";
    let summary = run(&scratch, accept, "run", &[], 5);
    for (_, cell) in cells(&summary) {
        assert_eq!(
            (&cell["verdict"], outcome(cell, "capacity")),
            (&"incomplete".into(), "incomplete"),
            "{cell}"
        );
        assert_eq!(cell["test"]["verdict"], "pass");
    }
    let suites = junit_parser::from_reader(scratch.read("run/junit.xml").as_bytes()).expect("it is JUnit");
    assert_eq!((suites.tests, suites.failures, suites.errors, suites.skipped), (8, 0, 0, 4));
}

#[test]
fn a_fault_stays_an_error_beside_cells_that_fail() {
    let scratch = Scratch::new();
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    scratch.write(
        "charge.toml",
        r#"
[recipe]
name = "charge"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "in"
charge = "C/2"
at_most = "1 min"
[[step]]
name = "ac"
impedance = "1 kHz"
[accept]
resistance = "cell.impedance <= 40 mohm"
"#,
    );
    // One unit has no supply, so that its cell cannot be charged; some of the others resist too much.
    scratch.run(&[&mixed, "--no-watchdog", "-q", "--out", "run", "charge.toml"]).ends_with(3);
    let summary = scratch.json("run/summary.json");
    let cells = cells(&summary);
    assert_eq!(cells["300003-0"]["verdict"], "error");
    assert_eq!(outcome(cells["300003-0"], "resistance"), "incomplete");
    assert_eq!(
        (&cells["300001-1"]["verdict"], &cells["300001-0"]["verdict"]),
        (&"fail".into(), &"pass".into())
    );
    let suites = junit_parser::from_reader(scratch.read("run/junit.xml").as_bytes()).expect("it is JUnit");
    assert_eq!((suites.errors, suites.skipped), (1, 1));
}

#[test]
fn another_run_is_a_reference() {
    let scratch = Scratch::new();
    let first = run(&scratch, "", "first", &["--seed", "4"], 0);
    let same = "[accept]\nas_before = \"abs(cell.impedance - reference.cell.impedance) <= 1 mohm\"";
    let refused = scratch.run(&["--sim", "-q", "short.toml"]).ends_with(0);
    assert!(refused.err.is_empty());
    scratch.write("short.toml", &format!("{SHORT}{same}"));
    scratch.run(&["check", "short.toml"]).ends_with(2).complains(&["no-reference", "--reference FILE"]);
    let reference = ["--seed", "4", "--reference", "first/summary.json"];
    let again = run(&scratch, same, "again", &reference, 0);
    let other = run(&scratch, same, "other", &["--seed", "5", "--reference", "first/summary.json"], 1);
    for (summary, verdict) in [(&again, "pass"), (&other, "fail")] {
        assert!(cells(summary).values().any(|cell| cell["verdict"] == verdict), "{summary}");
    }
    assert_eq!(cells(&first).len(), cells(&again).len());
    assert_eq!(scratch.read("again/inputs/reference.json"), scratch.read("first/summary.json"));
    // In the recipe, the file stands beside it.
    let named = format!("{same}\nreference = \"first/summary.json\"");
    run(&scratch, &named, "named", &["--seed", "4"], 0);
    scratch.run(&["check", "--reference", "short.toml", "short.toml"]).ends_with(2).complains(&["bad-file"]);
}

#[test]
fn the_schema_of_a_summary_is_printed() {
    let scratch = Scratch::new();
    let said = scratch.run(&["schema", "summary"]).ends_with(0);
    let published = std::fs::read_to_string(project("schemas/summary.schema.json")).expect("it is published");
    assert_eq!(said.out, published.replace("\r\n", "\n"));
}
