//! `report.html`, made again from a directory, and `watch`.

use crate::program::{Scratch, number, project};
use serde_json::Value;
use std::fs;

/// A short run of four cells.
fn ran(scratch: &Scratch, out: &str, recipe: &str) {
    scratch.run(&["--sim", "--quiet", "--out", out, &project(recipe)]).ends_with(0);
}

/// The numbers that the page draws.
fn data(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("the page holds its numbers");
    let (text, _) = rest.split_once("</script>").expect("which end");
    serde_json::from_str(text).expect("and are JSON")
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

#[test]
fn a_run_leaves_a_report_that_tells_what_its_files_tell() {
    let scratch = Scratch::new();
    ran(&scratch, "run", "recipes/cycle.toml");
    let page = scratch.read("run/report.html");
    for part in
        ["Simulated.", "Five cycles of charge and discharge", "every cell passed", "4 pass", "discharge"]
    {
        assert!(page.contains(part), "`{part}` is not in the page");
    }
    let data = data(&page);
    assert_eq!(data["live"], false);
    let capacity =
        data["metrics"].as_array().unwrap().iter().position(|it| it["key"] == "capacity_ah").unwrap();
    for (row, cell) in scratch.rows("run/summary.csv").iter().zip(data["cells"].as_array().unwrap()) {
        assert_eq!(cell["name"], row["cell"].as_str());
        assert!((cell["values"][capacity].as_f64().unwrap() - number(row, "capacity_ah")).abs() < 1e-4);
        let series = scratch.rows(&format!("run/cells/{}.bdf.csv", row["cell"]));
        let column = |name: &str| series.iter().map(|row| number(row, name)).collect::<Vec<_>>();
        let (time, volts) = (column("test_time_second"), column("voltage_volt"));
        let shown = (numbers(&cell["t"]), numbers(&cell["v"]));
        assert_eq!(shown.0.len(), shown.1.len());
        assert!((shown.0.last().unwrap() * 3600.0 - time.last().unwrap()).abs() < 0.05);
        let highest = |list: &[f64]| list.iter().copied().fold(f64::MIN, f64::max);
        assert!((highest(&shown.1) - highest(&volts)).abs() < 1e-4);
        // Five cycles, each a charge and a discharge, and the charge at the end, which is of the last cycle.
        let curves: Vec<_> = cell["curves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["way"].as_str().unwrap(), &it["cycle"]))
            .collect();
        let of = |way: &str| curves.iter().filter(|curve| curve.0 == way).count();
        assert_eq!((of("charge"), of("discharge")), (6, 5), "{curves:?}");
        let out = numbers(&cell["cycles"]["out"]);
        let own: Vec<f64> = scratch
            .rows(&format!("run/cells/{}.cycles.csv", row["cell"]))
            .iter()
            .map(|row| number(row, "discharging_capacity_ah"))
            .collect();
        assert_eq!(out.len(), 5);
        assert!(out.iter().zip(&own).all(|(one, other)| (one - other).abs() < 1e-4), "{out:?} {own:?}");
    }
}

#[test]
fn the_same_directory_gives_the_same_bytes_wherever_it_lies() {
    let scratch = Scratch::new();
    ran(&scratch, "run", "recipes/impedance.toml");
    let first = scratch.read("run/report.html");
    scratch.run(&["report", "run"]).ends_with(0);
    assert!(scratch.read("run/report.html") == first, "made again it is another");
    fs::rename(scratch.file("run"), scratch.file("moved")).unwrap();
    let said = scratch.run(&["report", "--out", "elsewhere.html", "moved"]).ends_with(0);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("report: elsewhere.html\n", ""));
    assert!(scratch.read("elsewhere.html") == first, "of a moved directory it is another");
}

#[test]
fn several_runs_are_compared() {
    let scratch = Scratch::new();
    for (out, seed) in [("monday", "1"), ("friday", "2")] {
        let recipe = project("recipes/impedance.toml");
        scratch.run(&["--sim", "--seed", seed, "--quiet", "--out", out, &recipe]).ends_with(0);
    }
    let said = scratch.run(&["report", "monday", "friday"]).ends_with(0);
    assert_eq!(said.out, "report: comparison.html\n");
    let data = data(&scratch.read("comparison.html"));
    assert_eq!(data["runs"], serde_json::json!(["monday", "friday"]));
    let names: Vec<_> =
        data["cells"].as_array().unwrap().iter().map(|it| (&it["run"], &it["name"])).collect();
    assert_eq!(names.len(), 8);
    assert_eq!((names[0].1, names[0].0.as_u64()), (names[4].1, Some(0)));
    assert_eq!(names[4].0.as_u64(), Some(1));
}

/// Makes of a finished run what a killed one leaves: no summary, no end, and torn last lines.
fn kill(scratch: &Scratch) {
    for file in ["summary.csv", "summary.json", "report.html"] {
        fs::remove_file(scratch.file(&format!("run/{file}"))).unwrap();
    }
    let mut manifest = scratch.json("run/run.json");
    for key in ["ended", "outcome", "exit_code", "simulator_truth"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    scratch.write("run/run.json", &manifest.to_string());
    for (file, part) in [("run/journal.jsonl", 0.8), ("run/cells/100001-2.bdf.csv", 0.7)] {
        let text = scratch.read(file);
        let cut = text[..(text.len() as f64 * part) as usize].trim_end_matches('\n').to_owned();
        scratch.write(file, &cut[..cut.len() - 3]);
    }
}

#[test]
fn a_run_that_was_killed_has_a_report_of_what_is_there() {
    let scratch = Scratch::new();
    ran(&scratch, "run", "recipes/impedance.toml");
    kill(&scratch);
    let said = scratch.run(&["report", "run"]).ends_with(0);
    let said = said.complains(&[
        "the run has no end",
        "journal.jsonl: the last line was not written whole",
        "cells/100001-2.bdf.csv:",
    ]);
    assert_eq!(said.err.lines().count(), 3, "{}", said.err);
    let page = scratch.read("run/report.html");
    assert!(page.contains("has no end: it goes on, or the program was killed"));
    assert!(page.contains("none yet") && page.contains("What could not be read"));
    assert!(data(&page)["cells"][2]["t"].as_array().unwrap().len() > 3);
}

#[test]
fn a_damaged_file_is_told_of_with_its_line_and_the_rest_is_shown() {
    let scratch = Scratch::new();
    ran(&scratch, "run", "recipes/impedance.toml");
    let series = scratch.read("run/cells/100001-0.bdf.csv");
    let mut lines: Vec<&str> = series.lines().collect();
    lines[4] = "1.0,volts,0.0";
    scratch.write("run/cells/100001-0.bdf.csv", &(lines.join("\n") + "\n"));
    let header = scratch.read("run/cells/100001-1.bdf.csv").replace("voltage_volt", "volts");
    scratch.write("run/cells/100001-1.bdf.csv", &header);
    let journal = scratch.read("run/journal.jsonl").replacen("100001-3", "100001-9", 1);
    scratch.write("run/journal.jsonl", &journal);
    fs::remove_file(scratch.file("run/cells/100001-3.bdf.csv")).unwrap();
    scratch.write("run/summary.json", "{\"cells\": [");
    let said = scratch.run(&["report", "run"]).ends_with(0).complains(&[
        "cells/100001-0.bdf.csv:5: \"volts\" is no number",
        "cells/100001-1.bdf.csv:1: the header has no column voltage_volt",
        "cells/100001-3.bdf.csv: cannot be read",
        "journal.jsonl:",
        "its checksum",
        "summary.json: is damaged",
        "backup",
    ]);
    assert!(!said.err.contains("panic"), "{}", said.err);
    assert_eq!(data(&scratch.read("run/report.html"))["cells"][0]["t"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_no_run_is_refused() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.file("empty")).unwrap();
    scratch.run(&["report", "empty"]).ends_with(2).complains(&["empty is no run directory", "run.json"]);
    scratch.run(&["watch", "nowhere"]).ends_with(2).complains(&["nowhere is no run directory"]);
    scratch.write("empty/run.json", "{\n\"tool\": 7}");
    scratch.run(&["report", "empty"]).ends_with(2).complains(&["empty/run.json:2: ", "backup"]);
}

#[test]
fn watch_shows_a_run_that_is_over_as_it_was_shown_itself() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let shown = scratch.run(&["--sim", "--out", "run", &recipe]).ends_with(0);
    let watched = scratch.run(&["watch", "run"]).ends_with(0);
    assert!(watched.out.lines().count() > 20);
    assert!(shown.out.starts_with(&watched.out), "{}\n\n{}", shown.out, watched.out);
    let lines = scratch.run(&["watch", "--json", "run"]).ends_with(0).out;
    let journal = scratch.read("run/journal.jsonl");
    for (line, kept) in lines.lines().zip(journal.lines()) {
        let (line, mut kept): (Value, Value) =
            (serde_json::from_str(line).unwrap(), serde_json::from_str(kept).unwrap());
        kept.as_object_mut().unwrap().remove("crc");
        assert_eq!(line, kept);
    }
    assert_eq!(lines.lines().count(), journal.lines().count());
}

#[test]
fn watch_ends_as_the_run_did() {
    let scratch = Scratch::new();
    let bench = format!("--sim={}", project("recipes/sim/mixed.toml"));
    let capacity = project("recipes/capacity.toml");
    scratch.run(&[&bench, "--no-watchdog", "--quiet", "--out", "run", &capacity]).ends_with(3);
    scratch.run(&["watch", "run"]).ends_with(3);
}

#[test]
fn a_live_page_for_other_machines_has_to_be_wished_for() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let run = |more: &[&str]| scratch.run(&[more, &["--sim", "--quiet", "--out", "run", &recipe]].concat());
    run(&["--serve", "0.0.0.0:0"]).ends_with(2).complains(&["other machines reach", "--serve-anyone"]);
    run(&["--serve", "somewhere"]).ends_with(2);
    assert!(!scratch.file("run").exists(), "nothing was begun");
    let said = run(&["--serve", "127.0.0.1:0"]).ends_with(0);
    assert!(said.err.starts_with("live page: http://127.0.0.1:"), "{}", said.err);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = scratch.run(&["--sim", "--out", "other", "--serve", &address, &recipe]).ends_with(2);
    said.complains(&[&address, "another port"]);
}
