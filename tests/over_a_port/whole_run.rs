//! A run from its first step to its last.

use crate::SHORT;
use crate::program::{Scratch, number, project};
use crate::served::{Outside, Running, serve};
use batlab_run::journal;
use serde_json::Value;

/// Ends the simulation and compares what each cell's files say went in and out with its books, in
/// which one sample (0.6144 s of 1 A) more or less is no surprise. Gives how many cells there were.
fn agrees_with_the_books(scratch: &Scratch, served: &mut Running, run: &str) -> usize {
    served.signal("-TERM");
    assert_eq!(served.ends().code(), Some(0));
    let books = scratch.json("books.json");
    let mut cells = 0;
    for unit in books["units"].as_array().unwrap() {
        for slot in unit["slots"].as_array().unwrap() {
            let cell = format!("{}-{}", unit["serial"], slot["slot"]);
            let steps = scratch.rows(&format!("{run}/cells/{cell}.steps.csv"));
            let kinds: Vec<_> = steps.iter().map(|row| row["kind"].as_str()).collect();
            assert_eq!(kinds, ["charge", "rest", "discharge"], "{cell}");
            for (column, book) in [
                ("charging_capacity_ah", "charged_coulomb"),
                ("discharging_capacity_ah", "discharged_coulomb"),
            ] {
                let measured = 3600.0 * steps.iter().map(|row| number(row, column)).sum::<f64>();
                let truth = slot["books"][book].as_f64().unwrap();
                assert!(truth > 3.0, "{cell}: hardly anything passed: {truth} C");
                let apart = (measured - truth).abs();
                assert!(apart < 0.65 + 0.02 * truth, "{cell} {column}: {measured} C against {truth} C");
            }
            cells += 1;
        }
    }
    cells
}

/// What every cell's time series must be.
fn rows_are_right(scratch: &Scratch, run: &str, cell: &str) {
    let rows = scratch.rows(&format!("{run}/cells/{cell}.bdf.csv"));
    assert!(rows.len() > 10, "{} rows", rows.len());
    let mut before = -1.0;
    for row in &rows {
        let time = number(row, "test_time_second");
        assert!(time >= before, "time falls from {before} to {time}");
        before = time;
        assert!((2.5..=4.25).contains(&number(row, "voltage_volt")), "{row:?}");
        let current = number(row, "current_ampere");
        match row["step_type"].as_str() {
            "CC_CHG" => assert!((0.0..=1.2).contains(&current), "{row:?}"),
            "CC_DCH" => assert!((-1.2..=0.0).contains(&current), "{row:?}"),
            "REST" => assert_eq!(current, 0.0, "{row:?}"),
            other => panic!("{other} is no step of this recipe"),
        }
    }
}

#[test]
fn a_short_recipe_runs_in_real_time() {
    let scratch = Scratch::new();
    scratch.write("short.toml", SHORT);
    let mut served = serve(&scratch, &[]);
    let before = Outside::look(&scratch, "u");
    let said = scratch.run(&["--port", "u", "--out", "run", "--trace", "trace", "short.toml"]).ends_with(0);
    assert!(said.out.contains("short: 4 of 4 cells passed"), "{}", said.out);
    assert!(!said.out.contains("simulated") && said.err.is_empty(), "{}{}", said.out, said.err);
    let after = Outside::look(&scratch, "u");
    assert!(after.is_quiet(), "{after:?}");
    assert_eq!(Outside { modes: before.modes, ..after }, before, "a setting is not restored");

    assert_eq!(agrees_with_the_books(&scratch, &mut served, "run"), 4);
    (0..4).for_each(|slot| rows_are_right(&scratch, "run", &format!("100001-{slot}")));
    let manifest = scratch.json("run/run.json");
    assert_eq!(manifest["simulated"], false, "the program cannot know what is behind a port");
    assert_eq!(manifest.get("simulator_truth").filter(|truth| !truth.is_null()), None);
    assert_eq!(manifest["units"][0]["port"], "u");
    assert_eq!(scratch.rows("run/summary.csv").len(), 4);
    let kept = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    assert_eq!(kept.torn, None);

    let trace = scratch.read("trace");
    assert!(trace.lines().count() > 500, "{} lines", trace.lines().count());
    for line in trace.lines() {
        let (time, rest) = line.split_once(' ').unwrap_or_default();
        assert!(time.parse::<f64>().is_ok(), "{line}");
        assert!(rest.starts_with("u > ") || rest.starts_with("u < "), "{line}");
    }
    assert!(trace.contains("write slot 0: CURRENT_SETPOINT = 128 (1.0000 A)"), "{trace:.3000}");
    assert!(trace.contains("stream slot 3: CHARGE"), "no stream packet");
}

#[test]
fn two_units_run_side_by_side() {
    let scratch = Scratch::new();
    scratch.write("short.toml", SHORT);
    let mut served = serve(&scratch, &["--bench", &project("recipes/sim/two_units.toml")]);
    let ports = ["--port", "u0", "--port", "u1"];
    let arguments = [&ports[..], &["--out", "run", "--trace", "trace", "--json", "short.toml"]].concat();
    let said = scratch.run(&arguments).ends_with(0);
    for line in said.out.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    for port in ["u0", "u1"] {
        assert!(Outside::look(&scratch, port).is_quiet(), "{port}");
    }
    let trace = scratch.read("trace");
    for line in trace.lines() {
        let words: Vec<_> = line.split(' ').take(3).collect();
        assert!(words[0].parse::<f64>().is_ok() && ["u0", "u1"].contains(&words[1]), "{line}");
        assert!([">", "<"].contains(&words[2]), "{line}");
    }
    assert_eq!(agrees_with_the_books(&scratch, &mut served, "run"), 8);
    let verdicts: Vec<_> =
        scratch.rows("run/summary.csv").into_iter().map(|row| row["verdict"].clone()).collect();
    assert_eq!(verdicts, ["pass"; 8]);
}
