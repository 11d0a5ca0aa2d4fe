//! The main job: whole recipes on simulated cells, held against the simulator's own books.

use crate::program::{Said, Scratch, number, project};

/// Runs a recipe of the project with `--sim` or `--sim=BENCH`; the results go to `out`.
fn simulate(scratch: &Scratch, sim: &str, recipe: &str, out: &str, more: &[&str]) -> Said {
    let recipe = project(&format!("recipes/{recipe}.toml"));
    scratch.run(&[&[sim, "--out", out], more, &[recipe.as_str()]].concat())
}

/// Compares a run's counts of charge with the books, cell by cell, and gives the number of cells.
fn agrees_with_the_books(scratch: &Scratch, run: &str, within: f64) -> usize {
    let manifest = scratch.json(&format!("{run}/run.json"));
    assert_eq!(manifest["simulated"], true);
    let truth = manifest["simulator_truth"].as_object().expect("a simulated run has books");
    for (cell, books) in truth {
        let rows = scratch.rows(&format!("{run}/cells/{cell}.steps.csv"));
        for column in
            ["charging_capacity_ah", "discharging_capacity_ah", "charging_energy_wh", "discharging_energy_wh"]
        {
            let measured: f64 = rows.iter().map(|row| number(row, column)).sum();
            let true_one = books[column].as_f64().expect("a number");
            let apart = (measured - true_one).abs();
            assert!(
                apart <= within * true_one + 1e-4,
                "{run} {cell} {column}: {measured} against {true_one}"
            );
        }
    }
    truth.len()
}

/// Simulated units have a clock each; the run ends with the one that goes furthest.
#[test]
fn a_run_ends_when_its_last_unit_does() {
    let scratch = Scratch::new();
    let bench = format!("--sim={}", project("recipes/sim/two_units.toml"));
    simulate(&scratch, &bench, "impedance", "run", &[]).ends_with(0);
    let journal = scratch.read("run/journal.jsonl");
    let facts: Vec<serde_json::Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, before) = facts.split_last().expect("something happened");
    assert_eq!(last["event"], "run-ended");
    let second = |fact: &serde_json::Value| fact["test_time_second"].as_f64().unwrap();
    assert!(before.iter().all(|fact| second(fact) <= second(last)), "{last}");
    assert_eq!(scratch.json("run/run.json")["ended"].as_str(), last["time"].as_str());
}

/// Six cells through four slots: two come when others were taken out.
#[test]
fn cells_of_a_queue_agree_with_the_books() {
    let scratch = Scratch::new();
    simulate(&scratch, "--sim", "quick", "run", &["--queue-names", "S-{1..6}"]).ends_with(0);
    assert_eq!(agrees_with_the_books(&scratch, "run", 0.01), 6);
    assert_eq!(scratch.rows("run/summary.csv").len(), 6);
}

#[test]
fn four_capacities_agree_with_the_books() {
    let scratch = Scratch::new();
    let said = simulate(&scratch, "--sim", "capacity", "run", &[]).ends_with(0);
    assert!(said.out.contains("capacity: 4 of 4 cells passed, simulated"), "{}", said.out);
    assert_eq!(agrees_with_the_books(&scratch, "run", 0.005), 4);

    let manifest = scratch.json("run/run.json");
    assert_eq!((&manifest["outcome"], &manifest["exit_code"]), (&"passed".into(), &0.into()));
    let changed = manifest["settings_changed"].as_array().expect("a list");
    assert!(changed.iter().all(|change| change["restored"] == true), "{changed:?}");
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["capacity_step"].as_str()), ("pass", "capacity"));
        // At C/2 a cell gives 97 to 100 % of its own capacity.
        let own = manifest["simulator_truth"][&row["cell"]]["capacity_ah"].as_f64().unwrap();
        let share = number(&row, "capacity_ah") / own;
        assert!((0.96..=1.005).contains(&share), "{} of its own capacity", share);
        let books = &manifest["simulator_truth"][&row["cell"]];
        let ratio = number(&row, "impedance_ohm") / books["resistance_ohm"].as_f64().unwrap();
        assert!((0.9..=1.1).contains(&ratio), "resistance {ratio} of the books'");
    }
    let ours = scratch.read("run/recipe.toml");
    assert_eq!(ours, std::fs::read_to_string(project("recipes/capacity.toml")).unwrap());
    assert_eq!(
        scratch.list("run"),
        [
            ".lock",
            "cells",
            "journal.jsonl",
            "junit.xml",
            "labels.csv",
            "recipe.toml",
            "report.html",
            "run.json",
            "summary.csv",
            "summary.json",
            "summary.md"
        ]
    );
}

#[test]
fn one_seed_gives_one_result_and_another_seed_other_cells() {
    let scratch = Scratch::new();
    let two_units = format!("--sim={}", project("recipes/sim/two_units.toml"));
    for (bench, recipe) in [(two_units.as_str(), "quick"), ("--sim", "storage")] {
        let run = |out: &str, seed: &str| {
            let out = format!("{recipe}-{out}");
            simulate(&scratch, bench, recipe, &out, &["--seed", seed, "-q"]).ends_with(0);
            scratch.cells(&out)
        };
        let (first, again, other) = (run("a", "5"), run("b", "5"), run("c", "6"));
        assert!(first == again, "the same seed gave another result");
        assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, text) in &first {
            assert!(*text != other[name], "{name} is the same with another seed");
        }
        assert_eq!(scratch.json(&format!("{recipe}-c/run.json"))["seed"], 6);
    }
}

/// Whatever other units do, and when: each lives in its own time.
#[test]
fn a_unit_among_many_does_what_it_does_alone() {
    let scratch = Scratch::new();
    let small = std::fs::read_to_string(project("recipes/sim/small.toml")).unwrap();
    let serial = |serial: &str| small.replace("serial = 100001", serial);
    scratch.write("many.toml", &serial("serial = 100001\ncount = 9"));
    scratch.write("alone.toml", &serial("serial = 100006"));
    for (bench, cells) in [("many", 36), ("alone", 4)] {
        let bench_file = format!("--sim={bench}.toml");
        let said = simulate(&scratch, &bench_file, "quick", bench, &[]).ends_with(0);
        assert!(said.out.contains(&format!("{cells} of {cells} cells passed")), "{}", said.out);
    }
    let many = scratch.cells("many");
    for (name, text) in scratch.cells("alone") {
        assert!(many[&name] == text, "{name} differs");
    }
}

#[test]
fn five_cycles_run_to_their_end() {
    let scratch = Scratch::new();
    simulate(&scratch, "--sim", "cycle", "run", &["-q"]).ends_with(0);
    assert_eq!(agrees_with_the_books(&scratch, "run", 0.005), 4);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["cycles"], "5");
        let efficiency = number(&row, "coulombic_efficiency");
        assert!((0.995..1.005).contains(&efficiency), "{efficiency}");
    }
}

#[test]
fn the_shorter_recipes_run_to_their_end() {
    let small = format!("--sim={}", project("recipes/sim/small.toml"));
    let lfp = format!("--sim={}", project("recipes/sim/lfp.toml"));
    let two_units = format!("--sim={}", project("recipes/sim/two_units.toml"));
    let scratch = Scratch::new();
    let runs = [
        ("--sim", "storage", 4),
        ("--sim", "impedance", 4),
        ("--sim", "quick", 4),
        (&small, "quick", 4),
        (&two_units, "quick", 8),
        (&lfp, "impedance", 4),
        (&two_units, "impedance", 8),
    ];
    for (number, (bench, recipe, cells)) in runs.into_iter().enumerate() {
        let run = format!("{number}-{recipe}");
        simulate(&scratch, bench, recipe, &run, &["-q"]).ends_with(0);
        assert_eq!(agrees_with_the_books(&scratch, &run, 0.02), cells);
    }
}

#[test]
fn a_unit_without_a_watchdog_is_refused_unless_it_is_wanted() {
    let scratch = Scratch::new();
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    let refused = simulate(&scratch, &mixed, "storage", "run", &[]).ends_with(2);
    refused.complains(&["firmware 3", "no watchdog", "--no-watchdog"]);
    assert!(!scratch.file("run").exists(), "nothing was begun");
    // Where none of its cells is in the test, it does not matter.
    simulate(&scratch, &mixed, "storage", "run", &["--cell", "A@300001:0"]).ends_with(0);
}

#[test]
fn a_cell_that_cannot_be_tested_stops_alone() {
    let scratch = Scratch::new();
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    // The third unit has no supply: it can charge nothing, and stops its cell.
    simulate(&scratch, &mixed, "storage", "run", &["--no-watchdog"]).ends_with(3);
    for row in scratch.rows("run/summary.csv") {
        let expected = if row["unit"] == "300003" { "error" } else { "pass" };
        assert_eq!(row["verdict"], expected, "{}: {}", row["cell"], row["why"]);
    }
    let only = simulate(&scratch, &mixed, "storage", "one", &["--no-watchdog", "--cell", "left@300002:1"])
        .ends_with(0);
    assert!(only.out.contains("storage: 1 of 1 cells passed"), "{}", only.out);
    assert_eq!(scratch.list("one/cells"), ["left.bdf.csv", "left.steps.csv"]);
}
