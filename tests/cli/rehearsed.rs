//! `plan` with its dry run, and `test`.

use crate::program::{Scratch, project};
use std::process::Command;

const RECIPE: &str = r#"[recipe]
name = "short"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "pulse"
discharge = "C/2"
at_most = "2 min"
[[step]]
rest = "1 min"
"#;

#[test]
fn plan_shows_a_dry_run_that_fits_a_pipe() {
    let scratch = Scratch::new();
    let said = scratch.run(&["plan", &project("recipes/capacity.toml")]).ends_with(0);
    for part in [
        "dry run of",
        "voltage < 2.8 V",
        "verdict   pass",
        "voltage / V",
        "current, positive into the cell / A",
    ] {
        assert!(said.out.contains(part), "{part} is not in:\n{}", said.out);
    }
    assert!(!said.out.contains('\u{1b}'));
    let plot = said.out.split("voltage / V").nth(1).expect("it is there");
    assert!(plot.lines().all(|line| line.chars().count() <= 80), "{plot}");
    assert_eq!(scratch.run(&["plan", &project("recipes/capacity.toml")]).out, said.out);

    let without = scratch.run(&["plan", "--no-dry-run", &project("recipes/capacity.toml")]).ends_with(0);
    assert!(said.out.starts_with(&without.out) && !without.out.contains("dry run of"));
}

#[test]
fn plan_gives_the_dry_run_as_data() {
    let scratch = Scratch::new();
    scratch.write("short.toml", RECIPE);
    let bench = format!("--sim={}", project("recipes/sim/two_units.toml"));
    let said = scratch.run(&["plan", "--json", &bench, "--seed", "5", "short.toml"]).ends_with(0);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!(value["name"], "short");
    let cells = value["dry_run"]["cells"].as_array().expect("a list");
    assert!(cells.len() > 4, "{}", cells.len());
    assert_eq!(value["dry_run"]["cut"], false);
    assert_eq!(cells[0]["steps"][0]["ends"][0]["why"], "time-cap");
    assert!(cells[0]["series"]["points"].as_array().is_some_and(|points| points.len() > 100));
}

#[test]
fn tests_of_recipes_hold_or_say_what_came() {
    let scratch = Scratch::new();
    let good = format!(
        "{RECIPE}[[test]]\nname = \"good\"\n[test.expect]\nverdict = \"pass\"\nends = {{ pulse = \"time-cap\" }}\nsnapshot = true\n"
    );
    scratch.write("good.toml", &good);
    scratch.write("bench.toml", "not = 'a recipe'\n");
    // No snapshot yet.
    let said = scratch.run(&["test", "."]).ends_with(1);
    assert!(said.out.contains("--update writes it"), "{}", said.out);
    scratch.run(&["test", "--update", "."]).ends_with(0);
    let said = scratch.run(&["test", "."]).ends_with(0);
    assert!(said.out.contains("1 tests, 0 failed"), "{}", said.out);
    let kept = scratch.read("snapshots/good--good.txt");
    assert!(kept.contains("step 1 pulse ends after 0:02:00, time-cap"), "{kept}");

    // Another length of a step: the snapshot differs, and so does what was expected.
    let changed = good.replace("2 min", "3 min").replace("pulse = \"time-cap\"", "pulse = \"condition\"");
    scratch.write("good.toml", &changed);
    let said = scratch.run(&["test", "good.toml"]).ends_with(1);
    for part in ["-   0:02:", "+   0:03:", "good.toml:16:18", "step pulse ended with time-cap"] {
        assert!(said.out.contains(part), "{part} is not in:\n{}", said.out);
    }
    let said = scratch.run(&["test", "--json", "good.toml"]).ends_with(1);
    let value: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!(value["failed"], 1);
    assert_eq!(value["tests"][0]["problems"][0]["line"], 16);
}

#[test]
fn a_wrong_test_is_refused_by_check_and_test() {
    let scratch = Scratch::new();
    scratch.write(
        "bad.toml",
        &format!("{RECIPE}[[test]]\nname = \"x\"\n[test.expect]\nends = {{ pulze = \"time-cap\" }}\n"),
    );
    for command in ["check", "test"] {
        scratch.run(&[command, "bad.toml"]).ends_with(2).complains(&[
            "unknown-step",
            "did you mean `pulse`?",
            "bad.toml:15:10",
        ]);
    }
    scratch.write("none.toml", RECIPE);
    scratch.run(&["test", "none.toml"]).ends_with(2).complains(&["no recipe here has a test"]);
}

#[test]
fn the_tests_of_the_shipped_recipes_hold() {
    let done = Command::new(env!("CARGO_BIN_EXE_batlab-run"))
        .args(["test", "recipes/", "recipes/hooks/"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}");
    for held in ["recipes/capacity.toml nominal", "recipes/hooks/voltage_drop.toml cold-cell"] {
        assert!(said.contains(&format!("ok     {held}")), "{said}");
    }
}
