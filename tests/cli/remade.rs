//! All reports of a run, made again from its directory.

use crate::program::{Scratch, project};
use batlab_run::record::{RecordError, RunDirectory, remake};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

const SUMMARIES: [&str; 4] = ["summary.csv", "summary.json", "summary.md", "junit.xml"];

/// Every file of a directory by its path.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(
                self::files(&entry.path()).into_iter().map(|(rest, it)| (format!("{name}/{rest}"), it)),
            );
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// Whether a file is one that others are made from.
fn is_source(name: &str) -> bool {
    ["run.json", "journal.jsonl", "recipe.toml"].contains(&name)
        || name.starts_with("inputs/")
        || name.ends_with(".bdf.csv")
}

/// Deletes all that can be made again, makes it again, and holds it to what was there.
fn comes_again(scratch: &Scratch, out: &str) {
    let before = files(&scratch.file(out));
    for name in before.keys().filter(|name| !is_source(name)) {
        fs::remove_file(scratch.file(out).join(name)).unwrap();
    }
    let said = scratch.run(&["report", out]).ends_with(0);
    assert_eq!(said.err, "", "{out}");
    let after = files(&scratch.file(out));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (name, bytes) in &before {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if name.ends_with(".html") {
            assert!(*bytes == after[name], "{out}/{name} is another");
        } else {
            assert_eq!(text(&after[name]), text(bytes), "{out}/{name}");
        }
    }
    for name in SUMMARIES.into_iter().chain(["cells/"]) {
        assert!(
            said.out.contains(&format!("made again: {}", Path::new(out).join(name).display())),
            "{}",
            said.out
        );
    }
    // What is there is made again, too, and tables are let be.
    let said = scratch.run(&["report", out]).ends_with(0);
    assert!(!said.out.contains("cells"), "{}", said.out);
    assert!(files(&scratch.file(out)) == before);
}

fn run(scratch: &Scratch, bench: &str, recipe: &str, exit: i32) {
    let bench = format!("--sim={}", project(&format!("recipes/sim/{bench}.toml")));
    scratch.run(&[&bench, "--no-watchdog", "--quiet", "--out", "run", &project(recipe)]).ends_with(exit);
    comes_again(scratch, "run");
}

/// The directory, which nobody has. A child that another test's thread starts at this moment has all open files until it
/// becomes another program, and the lock on the run before among them.
fn reopened(directory: &Path) -> RunDirectory {
    for _ in 0..1000 {
        match RunDirectory::reopen(directory) {
            Err(RecordError::RunGoesOn { .. }) => std::thread::sleep(Duration::from_millis(5)),
            other => return other.expect("it is a run's directory"),
        }
    }
    panic!("somebody has it for seconds")
}

#[test]
fn a_capacity_with_cells_that_fail_in_the_unit() {
    let scratch = Scratch::new();
    run(&scratch, "mixed", "recipes/capacity.toml", 3);
    assert!(scratch.read("run/summary.csv").contains(",error,"));
}

#[test]
fn a_qualification_with_criteria_and_grades() {
    run(&Scratch::new(), "qualification", "recipes/qualification.toml", 1);
}

#[test]
fn labels_cycles_spectra_resistances_and_impedances_on_the_way() {
    for recipe in ["hooks/labels", "hooks/dqdv_peak", "cycle", "impedance_spectrum", "dc_resistance", "quick"]
    {
        let scratch = Scratch::new();
        let recipe = project(&format!("recipes/{recipe}.toml"));
        scratch.run(&["--sim", "--quiet", "--out", "run", &recipe]);
        // Cycles measure it within a step, and nowhere else.
        let measured = recipe.ends_with("cycle.toml");
        assert!(
            !measured || scratch.rows("run/summary.csv").iter().all(|row| !row["impedance_ohm"].is_empty())
        );
        comes_again(&scratch, "run");
    }
}

#[test]
fn two_units_with_a_clock_each() {
    run(&Scratch::new(), "two_units", "recipes/quick.toml", 0);
}

/// Makes of a finished run what a killed one leaves, with so many lines of its journal.
fn cut(manifest: &Value, journal: &[&str], lines: usize, directory: &Path) {
    let mut manifest = manifest.clone();
    for key in ["ended", "outcome", "exit_code", "simulator_truth"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    fs::write(directory.join("run.json"), manifest.to_string()).unwrap();
    fs::write(directory.join("journal.jsonl"), journal[..lines].concat()).unwrap();
}

/// A run of two cells that compares them, so that the last ruling comes after both have ended.
#[test]
fn a_run_that_was_cut_off_anywhere_has_a_summary_that_says_so() {
    const RECIPE: &str = r#"[recipe]
name = "compared"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[accept]
warmth = "cell.temperature_max <= 60 degC"
alike = "spread(cell.voltage_end) <= 50 %"
[[step]]
rest = "2 min"
[[step]]
discharge = "0.2 C"
until = "voltage < 3.2 V"
at_most = "3 min"
"#;
    let scratch = Scratch::new();
    scratch.write("compared.toml", RECIPE);
    let cells = ["--cell", "a@100001:0", "--cell", "b@100001:1"];
    let arguments = [&["--sim", "--quiet", "--out", "run"], &cells[..], &["compared.toml"]].concat();
    scratch.run(&arguments).ends_with(0);
    comes_again(&scratch, "run");

    let directory = scratch.file("run");
    let manifest = scratch.json("run/run.json");
    let journal = scratch.read("run/journal.jsonl");
    let lines: Vec<&str> = journal.split_inclusive('\n').collect();
    let whole = scratch.json("run/summary.json");
    for count in 0..=lines.len() {
        let told = lines[..count].concat();
        cut(&manifest, &lines, count, &directory);
        let run = reopened(&directory);
        let remade = remake(&run).expect("nothing is damaged");
        let summary = scratch.json("run/summary.json");
        let ended = told.contains("\"run-ended\"");
        assert_eq!(remade.summary.cut_off, !ended, "after {count} lines");
        assert_eq!(summary.get("cut_off").is_some(), !ended);
        if ended {
            assert_eq!(summary, whole, "the journal tells of the end");
            continue;
        }
        assert_eq!((&summary["outcome"], &summary["exit_code"]), (&"stopped".into(), &5.into()));
        assert!(scratch.read("run/summary.md").contains("has no end"));
        assert!(scratch.read("run/junit.xml").contains("cut_off"));
        for cell in summary["cells"].as_array().unwrap() {
            let of_cell = |event: &str| {
                let [event, cell] = [format!("\"event\":\"{event}\""), format!("\"cell\":{}", cell["cell"])];
                told.lines().filter(|line| line.contains(&event) && line.contains(&cell)).count()
            };
            let judged = of_cell("cell-judged") > 0;
            assert_eq!(
                cell["verdict"],
                if judged { "pass" } else { "incomplete" },
                "after {count} lines: {cell}"
            );
            assert_eq!(
                cell["test"]["verdict"],
                if of_cell("cell-ended") > 0 { "pass" } else { "incomplete" }
            );
            assert_eq!(cell["steps_done"], of_cell("step-ended"));
            assert_eq!(cell["criteria"].as_array().unwrap().len(), of_cell("criterion-judged"));
        }
    }

    // Before all rulings: the page shows those that there are.
    let at = lines.iter().position(|line| line.contains("cell-judged")).unwrap();
    cut(&manifest, &lines, at, &directory);
    fs::write(directory.join("journal.jsonl"), lines[..at].concat() + &lines[at][..40]).unwrap();
    let said = scratch.run(&["report", "run"]).ends_with(0);
    let said = said.complains(&["the run has no end", "journal.jsonl: the last line was not written whole"]);
    assert!(said.out.contains("made again: "), "{}", said.out);
    assert!(scratch.json("run/summary.json")["cells"][0]["why"].as_str().unwrap().contains("were ruled"));
    let page = scratch.read("run/report.html");
    assert!(page.contains("warmth") && page.contains("60 degC"), "the criteria of the journal");
    assert!(page.contains("not all of its criteria are ruled") && !page.contains("2 pass"), "no verdict yet");
}

/// Bytes may be missing or wrong anywhere: then what is there stays.
#[test]
fn a_summary_is_not_made_of_damaged_files() {
    let scratch = Scratch::new();
    scratch.run(&["--sim", "--quiet", "--out", "run", &project("recipes/impedance.toml")]).ends_with(0);
    let series = "run/cells/100001-1.bdf.csv";
    let journal = scratch.read("run/journal.jsonl");
    let (rows, summary) = (scratch.read(series), scratch.read("run/summary.json"));
    let short = journal.lines().count() - 2;
    let no_end: String = journal.split_inclusive('\n').take(short).collect();
    for (file, text, told) in [
        ("run/journal.jsonl", journal.replacen("100001-3", "100001-9", 1), "its checksum"),
        ("run/journal.jsonl", no_end, "its end is missing"),
        (series, rows[..rows.len() - 9].to_owned(), "is torn"),
        (series, rows.replacen("voltage_volt", "volts", 1), "no column voltage_volt"),
        (series, rows.replacen(",1,1,", ",-1,1,", 1), "no number of a cycle"),
        (series, rows.replacen("\n0.", "\nNaN", 1), "is no number"),
    ] {
        let whole = scratch.read(file);
        scratch.write(file, &text);
        let said = scratch.run(&["report", "run"]).ends_with(0);
        assert!(said.err.contains(told) && said.err.contains("stays as it is"), "{told}: {}", said.err);
        assert_eq!(scratch.read("run/summary.json"), summary, "{told}");
        scratch.write(file, &whole);
    }
    scratch.run(&["report", "run"]).ends_with(0);
    assert_eq!(scratch.read("run/summary.json"), summary);
    comes_again(&scratch, "run");
    let left = files(&scratch.file("run"));
    assert!(left.keys().all(|name| !name.contains(".new-")), "{:?}", left.keys());
}

/// A page that has a name, or is of several runs, is all that is written.
#[test]
fn other_pages_leave_the_directory_as_it_is() {
    let scratch = Scratch::new();
    scratch.run(&["--sim", "--quiet", "--out", "run", &project("recipes/impedance.toml")]).ends_with(0);
    fs::remove_file(scratch.file("run/summary.md")).unwrap();
    let before = files(&scratch.file("run"));
    scratch.run(&["report", "--out", "page.html", "run"]).ends_with(0);
    scratch.run(&["report", "run", "run"]).ends_with(0);
    assert!(files(&scratch.file("run")) == before);
}
