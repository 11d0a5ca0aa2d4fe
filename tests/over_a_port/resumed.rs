//! Runs that are killed or stopped in the middle, and gone on with in their own directories.

use crate::program::{Scratch, number, project};
use crate::served::{Outside, Running, serve};
use batlab_run::event::Event;
use batlab_run::journal::{self, Journal};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

/// A step of each law: entered again, its time finished, measured, repeated.
const RECIPE: &str = r#"[recipe]
name = "laws"

[cell]
chemistry = "li-ion"
capacity = "80 mAh"

[limits]
voltage = ["2.5 V", "4.25 V"]
current = "4 A"

[record]
every = "1 s"

[accept]
measured = "step.out.charge > 0 Ah"

[[step]]
name = "in"
charge = "0.5 A"
at_most = "7 s"

[[step]]
name = "still"
rest = "12 s"

[[step]]
name = "out"
discharge = "0.5 A"
until = "voltage < 2.6 V"
at_most = "7 s"

[[step]]
name = "sine"
impedance = ["39 Hz", "1 kHz"]
"#;

/// Starts a run and waits until every cell is in this step.
fn begin(scratch: &Scratch, arguments: &[&str], step: u32, cells: usize) -> Running {
    let run = Running::start(scratch, arguments);
    run.says(&format!("\"event\":\"step-started\",\"step_id\":{step}"), cells);
    // Rows are gathered for a second before they are written.
    std::thread::sleep(Duration::from_millis(3500));
    run
}

fn new(scratch: &Scratch, step: u32, cells: usize) -> Running {
    scratch.write("laws.toml", RECIPE);
    begin(scratch, &["--port", "u", "--json", "--out", "run", "laws.toml"], step, cells)
}

fn kill(mut run: Running) {
    run.signal("-KILL");
    assert_eq!(run.ends().code(), None);
}

fn journal(scratch: &Scratch) -> Journal {
    journal::read(&scratch.file("run/journal.jsonl")).unwrap()
}

fn count(journal: &Journal, is: fn(&Event) -> bool) -> usize {
    journal.entries.iter().filter(|entry| is(&entry.event)).count()
}

fn series(scratch: &Scratch) -> BTreeMap<String, String> {
    let names = scratch.list("run/cells").into_iter().filter(|name| name.ends_with(".bdf.csv"));
    names.map(|name| (name.clone(), scratch.read(&format!("run/cells/{name}")))).collect()
}

/// What is whole of a file of lines.
fn whole(text: &str) -> &str {
    &text[..text.rfind('\n').map_or(0, |end| end + 1)]
}

fn append(scratch: &Scratch, name: &str, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().append(true).open(scratch.file(name)).unwrap();
    file.write_all(bytes).unwrap();
}

/// No row is lost, doubled or out of order, and sums only grow.
fn rows_are_right(scratch: &Scratch, before: &BTreeMap<String, String>) {
    let after = series(scratch);
    assert_eq!(after.len(), before.len());
    for (name, text) in &after {
        let kept = whole(&before[name]);
        assert!(text.starts_with(kept), "{name}: what was written before is not there any more");
        assert!(text.len() > kept.len() && text.ends_with('\n'), "{name}: nothing came after");
        let rows = scratch.rows(&format!("run/cells/{name}"));
        let growing = [
            "test_time_second",
            "unix_time_second",
            "step_count",
            "charging_capacity_ah",
            "discharging_capacity_ah",
            "charging_energy_wh",
            "discharging_energy_wh",
        ];
        for (index, pair) in rows.windows(2).enumerate() {
            assert_eq!(number(&pair[1], "record_index"), index as f64 + 2.0, "{name}");
            for column in growing {
                let (one, other) = (number(&pair[0], column), number(&pair[1], column));
                assert!(one <= other, "{name}: {column} falls from {one} to {other}");
            }
            // One clock: what passed by it is what passed by the wall.
            let passed = |column| number(&pair[1], column) - number(&pair[0], column);
            assert!((passed("test_time_second") - passed("unix_time_second")).abs() < 0.001, "{name}");
            assert!(passed("step_count") <= 1.0, "{name}: a step is missing");
        }
    }
}

/// What the files say went in and out is what the simulator's books say, within a slice (0.6144 s of 0.5 A) for each
/// interruption and 2 %. Gives the books' charges in and out of one cell.
fn agrees_with_the_books(scratch: &Scratch, mut served: Running, interruptions: u32) {
    served.signal("-TERM");
    assert_eq!(served.ends().code(), Some(0));
    let books = scratch.json("books.json");
    let mut cells = 0;
    for unit in books["units"].as_array().unwrap() {
        for slot in unit["slots"].as_array().unwrap().iter().filter(|slot| slot["books"].is_object()) {
            let name = format!("{}-{}", unit["serial"], slot["slot"]);
            if !scratch.file(&format!("run/cells/{name}.bdf.csv")).exists() {
                continue;
            }
            let rows = scratch.rows(&format!("run/cells/{name}.bdf.csv"));
            let last = rows.last().unwrap();
            for (column, book) in [
                ("charging_capacity_ah", "charged_coulomb"),
                ("discharging_capacity_ah", "discharged_coulomb"),
            ] {
                let (told, truth) = (3600.0 * number(last, column), slot["books"][book].as_f64().unwrap());
                let bound = 0.35 * f64::from(1 + interruptions) + 0.02 * truth;
                assert!((told - truth).abs() < bound, "{name} {column}: {told} C against {truth} C");
            }
            cells += 1;
        }
    }
    assert!(cells > 0);
}

/// The steps of a cell: the number in the plan, and how it ended.
fn steps(scratch: &Scratch, cell: &str) -> Vec<(String, String, String)> {
    let rows = scratch.rows(&format!("run/cells/{cell}.steps.csv")).into_iter();
    rows.map(|row| (row["name"].clone(), row["end_reason"].clone(), row["continued"].clone())).collect()
}

/// All reports are the same when they are made again.
fn comes_again(scratch: &Scratch) {
    let reports = ["summary.csv", "summary.json", "summary.md", "junit.xml", "report.html"];
    let tables = scratch.list("run/cells").into_iter().filter(|name| !name.ends_with(".bdf.csv"));
    let names: Vec<String> =
        reports.iter().map(ToString::to_string).chain(tables.map(|name| format!("cells/{name}"))).collect();
    let read = || names.iter().map(|name| scratch.read(&format!("run/{name}"))).collect::<Vec<_>>();
    let before = read();
    names.iter().for_each(|name| std::fs::remove_file(scratch.file(&format!("run/{name}"))).unwrap());
    scratch.run(&["report", "run"]).ends_with(0);
    for (name, (now, before)) in names.iter().zip(read().iter().zip(&before)) {
        assert!(now == before, "{name} is another one");
    }
}

/// Nobody knows which units the cells that wait will lie in.
#[test]
fn a_queue_goes_on_with_no_unit_without_a_watchdog() {
    let scratch = Scratch::new();
    let bench = "[cell.small]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\n[[unit]]\nserial = 100001\nfirmware = 3\nslots = [\"small\", \"empty\", \"empty\", \"empty\"]\n";
    scratch.write("old.toml", bench).write("laws.toml", RECIPE);
    let _served = serve(&scratch, &["--bench", "old.toml"]);
    let queue = ["--port", "u", "--queue-names", "A-{1..2}", "--out", "run", "--json", "laws.toml"];
    scratch.run(&queue).ends_with(2).complains(&["firmware 3", "no watchdog"]);
    let run = Running::start(&scratch, &[&queue[..], &["--no-watchdog"]].concat());
    run.says("\"event\":\"mistake\"", 1);
    kill(run);
    scratch.run(&["resume", "--port", "u", "run"]).ends_with(2).complains(&["firmware 3", "no watchdog"]);
}

/// Kills a run in a step, damages the ends of its files as a lost computer may, and goes on with it to its end.
fn killed_in(step: u32) -> (Scratch, Running) {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let before = Outside::look(&scratch, "u");
    kill(new(&scratch, step, 4));
    append(&scratch, "run/journal.jsonl", b"{\"time\":\"2026-01-31T2");
    append(&scratch, "run/cells/100001-0.bdf.csv", b"17.5,3.70");
    append(&scratch, "run/cells/100001-1.steps.csv", b"1,9,9,,ch");
    let rows = series(&scratch);

    // Said first, and nothing is touched by that.
    let said = scratch.run(&["resume", "--dry-run", "--json", "--port", "u", "run"]).ends_with(0);
    let told: serde_json::Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(told["torn"].as_array().unwrap().len(), 2, "{told}");
    for cell in told["cells"].as_array().unwrap() {
        assert_eq!((&cell["ready"], &cell["step_id"]), (&true.into(), &step.into()), "{cell}");
    }
    assert_eq!(series(&scratch), rows);

    let said = scratch.run(&["resume", "--port", "u", "run"]);
    let code = said.code;
    assert!([Some(0), Some(5)].contains(&code), "{}{}", said.out, said.err);
    assert!(said.out.contains("the run goes on after"), "{}", said.out);
    rows_are_right(&scratch, &rows);
    let journal = journal(&scratch);
    assert_eq!(journal.torn, None);
    assert_eq!(
        count(&journal, |event| matches!(event, Event::RunResumed { healed, .. } if healed.len() == 2)),
        1
    );
    assert_eq!(count(&journal, |event| matches!(event, Event::CellResumed { .. })), 4);
    assert_eq!(count(&journal, |event| matches!(event, Event::CellEnded { .. })), 4);
    let after = Outside::look(&scratch, "u");
    assert_eq!(Outside { modes: before.modes, ..after }, before, "a setting is not restored");
    let manifest = scratch.json("run/run.json");
    assert_eq!(manifest["interruptions"].as_array().unwrap().len(), 1);
    assert!(manifest["interruptions"][0]["gap_second"].as_f64().unwrap() > 0.0);
    assert!(manifest["settings_changed"].as_array().unwrap().iter().all(|it| it["restored"] == true));
    for row in scratch.rows("run/summary.csv") {
        // The measured discharge is whole, or it is not measured.
        let verdict = if step == 3 { "incomplete" } else { "pass" };
        assert_eq!(row["verdict"], verdict, "{}", row["why"]);
        assert!(row["why"].contains("interrupted once") || step == 3, "{}", row["why"]);
    }
    assert_eq!(code, Some(if step == 3 { 5 } else { 0 }));
    comes_again(&scratch);
    (scratch, served)
}

fn is(step: (&str, &str, &str)) -> (String, String, String) {
    (step.0.to_owned(), step.1.to_owned(), step.2.to_owned())
}

#[test]
fn a_charge_that_was_killed_is_entered_again() {
    let (scratch, served) = killed_in(1);
    for slot in 0..4 {
        let steps = steps(&scratch, &format!("100001-{slot}"));
        assert_eq!(steps[0], is(("in", "interrupted", "no")));
        assert_eq!(steps[1], is(("in", "time-cap", "yes")));
        assert_eq!(steps.len(), 5, "{steps:?}");
        // What is left of its time, and no more.
        let rows = scratch.rows(&format!("run/cells/100001-{slot}.steps.csv"));
        let time: f64 = rows[..2].iter().map(|row| number(row, "duration_second")).sum();
        assert!((6.5..8.5).contains(&time), "both passages took {time} s");
    }
    // The counter went on, and tells what passed after the kill.
    let gaps = journal(&scratch).entries.into_iter().filter_map(|entry| match entry.event {
        Event::ChargeGap { counted, at_least, at_most, .. } => Some((counted.0, at_least.0, at_most.0)),
        _ => None,
    });
    let gaps: Vec<_> = gaps.collect();
    assert_eq!(gaps.len(), 4);
    assert!(
        gaps.iter().all(|(counted, low, high)| *counted > 0.2 && low <= counted && counted <= high),
        "{gaps:?}"
    );
    agrees_with_the_books(&scratch, served, 1);
}

#[test]
fn a_rest_that_was_killed_finishes_its_time() {
    let (scratch, served) = killed_in(2);
    for slot in 0..4 {
        let rows = scratch.rows(&format!("run/cells/100001-{slot}.steps.csv"));
        let rest: Vec<_> = rows.iter().filter(|row| row["name"] == "still").collect();
        assert_eq!(rest.len(), 2);
        assert_eq!(
            (rest[0]["end_reason"].as_str(), rest[1]["end_reason"].as_str()),
            ("interrupted", "completed")
        );
        let end = number(rest[1], "start_second") + number(rest[1], "duration_second");
        let whole = end - number(rest[0], "start_second");
        assert!(whole > 11.5, "the rest took {whole} s in all");
    }
    assert_eq!(count(&journal(&scratch), |event| matches!(event, Event::ChargeGap { .. })), 0);
    agrees_with_the_books(&scratch, served, 1);
}

#[test]
fn a_measuring_discharge_that_was_killed_is_added_to_no_other() {
    let (scratch, served) = killed_in(3);
    for slot in 0..4 {
        let steps = steps(&scratch, &format!("100001-{slot}"));
        assert_eq!(steps[2], is(("out", "interrupted", "no")));
        assert_eq!(steps[3], is(("out", "time-cap", "yes")));
    }
    agrees_with_the_books(&scratch, served, 1);
}

#[test]
fn an_impedance_that_was_killed_is_repeated() {
    let (scratch, served) = killed_in(4);
    for slot in 0..4 {
        let steps = steps(&scratch, &format!("100001-{slot}"));
        assert_eq!(steps[3..], [is(("sine", "interrupted", "no")), is(("sine", "completed", "no"))]);
        let rows = scratch.rows(&format!("run/cells/100001-{slot}.steps.csv"));
        assert!(number(&rows[4], "absolute_impedance_ohm") > 0.0);
    }
    agrees_with_the_books(&scratch, served, 1);
}

#[test]
fn a_run_that_is_killed_while_it_goes_on_goes_on_once_more() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let before = Outside::look(&scratch, "u");
    kill(new(&scratch, 1, 4));
    let rows = series(&scratch);
    kill(begin(&scratch, &["resume", "--port", "u", "--json", "run"], 1, 4));
    rows_are_right(&scratch, &rows);
    let rows = series(&scratch);
    scratch.run(&["resume", "--port", "u", "--quiet", "run"]).ends_with(0);
    rows_are_right(&scratch, &rows);
    for slot in 0..4 {
        let steps = steps(&scratch, &format!("100001-{slot}"));
        let expected = [("interrupted", "no"), ("interrupted", "yes"), ("time-cap", "yes")];
        for (step, (reason, continued)) in steps.iter().zip(expected) {
            assert_eq!(*step, is(("in", reason, continued)));
        }
    }
    // What the first of three processes found is put back, not what the last one did.
    let after = Outside::look(&scratch, "u");
    assert_eq!(Outside { modes: before.modes, ..after }, before);
    assert_eq!(scratch.json("run/run.json")["interruptions"].as_array().unwrap().len(), 2);
    comes_again(&scratch);
    agrees_with_the_books(&scratch, served, 2);
    scratch
        .run(&["resume", "--port", "u", "run"])
        .ends_with(2)
        .complains(&["the test of every cell is over"]);
}

#[test]
fn a_run_that_a_person_stopped_goes_on_and_its_end_counts_no_more() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let mut run = new(&scratch, 1, 4);
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5));
    assert!(scratch.read("run/summary.csv").contains("incomplete"));
    let rows = series(&scratch);
    scratch.run(&["resume", "--port", "u", "--json", "run"]).ends_with(0);
    rows_are_right(&scratch, &rows);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["verdict"], "pass", "{}", row["why"]);
    }
    assert!(!scratch.read("run/junit.xml").contains("<skipped"));
    let manifest = scratch.json("run/run.json");
    assert_eq!((&manifest["outcome"], &manifest["exit_code"]), (&"passed".into(), &0.into()));
    scratch.run(&["watch", "--json", "run"]).ends_with(0);
    comes_again(&scratch);
    agrees_with_the_books(&scratch, served, 1);
}

#[test]
fn a_unit_that_lost_its_power_too_gives_bounds_and_another_cell_waits() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    kill(new(&scratch, 1, 4));
    let rows = series(&scratch);
    drop(served);
    scratch.run(&["resume", "--port", "u", "run"]).ends_with(2);
    assert_eq!(series(&scratch), rows, "nothing is touched where there is nothing to go on with");

    // The same unit after a reset, and a full cell in the place of one of its own; one slot is empty.
    let small = std::fs::read_to_string(project("recipes/sim/small.toml")).unwrap();
    let (cells, unit) = small.split_once("[[unit]]").unwrap();
    let kind = &cells[cells.find("[cell.small]").unwrap()..];
    let full = kind.replace("cell.small", "cell.full").replace("\"55 %\"", "\"100 %\"");
    let unit = unit
        .replace("\"small\", \"small\", \"small\", \"small\"", "\"small\", \"full\", \"empty\", \"small\"");
    scratch.write("other.toml", &format!("{cells}{full}[[unit]]{unit}"));
    let served = serve(&scratch, &["--bench", "other.toml"]);
    let said = scratch.run(&["resume", "--port", "u", "run"]).ends_with(5);
    for told in ["found 4.", "expected a cell; the slot is empty", "was not seen"] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
    let verdicts: Vec<_> =
        scratch.rows("run/summary.csv").into_iter().map(|row| row["verdict"].clone()).collect();
    assert_eq!(verdicts, ["pass", "incomplete", "incomplete", "pass"]);
    let gaps = journal(&scratch).entries.into_iter().filter_map(|entry| match entry.event {
        Event::ChargeGap { counted, at_least, at_most, .. } => Some((counted.0, at_least.0, at_most.0)),
        _ => None,
    });
    for (counted, at_least, at_most) in gaps {
        assert_eq!((counted, at_least), (0.0, 0.0), "a counter that was cleared tells nothing");
        assert!(at_most > 0.5);
    }
    // Those that wait can be gone on with another time.
    let said = scratch.run(&["resume", "--dry-run", "--port", "u", "run"]).ends_with(4);
    assert_eq!(said.out.matches("NOT READY").count(), 2, "{}", said.out);
    assert_eq!(said.out.matches("done:").count(), 2, "{}", said.out);
    drop(served);
}
