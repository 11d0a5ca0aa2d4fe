//! What a run leaves behind: file by file, held to the rules of the format and to examples.

mod common;

use batlab_run::event::{CriterionResult, Entry, Event, Note};
use batlab_run::identity::{CellName, Place, SerialNumber, Slot};
use batlab_run::journal;
use batlab_run::record::{
    BdfRows, BoundCell, COLUMNS, Manifest, ManifestCell, Past, Recorder, RunDirectory, SummaryFile, remake,
};
use batlab_run::units::Volts;
use batlab_run::verdict::Outcome;
use common::{AMPERE_HOUR, Bench, Fault, note_row, sample};
use std::collections::HashMap;
use std::fs;

/// The columns that hold integers by the format's rules, and the one that holds a code.
const INTEGERS: [&str; 2] = ["cycle_count", "step_count"];
const CODE: &str = "step_type";

/// Holds a file of the Battery Data Format to more than its validator does.
fn check_strictly(text: &str) -> Result<usize, Fault> {
    let mut lines = text.split_inclusive('\n');
    let head: Vec<&str> = lines.next().ok_or("no header")?.trim_end().split(',').collect();
    assert_eq!(head, COLUMNS);
    let mut rows = 0;
    let mut last: Option<HashMap<&str, i128>> = None;
    for line in lines {
        let line = line.strip_suffix('\n').ok_or("the last row is torn")?;
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), head.len(), "{line}");
        let mut row = HashMap::new();
        for (name, cell) in head.iter().zip(cells) {
            if *name == CODE {
                assert!(["CC_CHG", "CV_CHG", "CC_DCH", "CV_DCH", "REST", "EIS"].contains(&cell));
                continue;
            }
            if cell.is_empty() {
                assert!(["frequency_hertz", "absolute_impedance_ohm"].contains(name), "{name} is empty");
                continue;
            }
            assert_eq!(cell.contains('.'), !INTEGERS.contains(name), "{name} is {cell}");
            let number: f64 = cell.parse()?;
            assert!(number.is_finite());
            // Exact arithmetic on the digits as they are printed; all sums are of one column width.
            row.insert(*name, cell.replace('.', "").parse::<i128>()?);
        }
        assert_eq!(
            row["cumulative_capacity_ah"],
            row["charging_capacity_ah"] + row["discharging_capacity_ah"]
        );
        assert_eq!(row["net_capacity_ah"], row["charging_capacity_ah"] - row["discharging_capacity_ah"]);
        if let Some(last) = &last {
            let never_fall = [
                "test_time_second",
                "unix_time_second",
                "step_count",
                "cycle_count",
                "charging_capacity_ah",
                "discharging_capacity_ah",
                "charging_energy_wh",
                "discharging_energy_wh",
            ];
            for name in never_fall {
                assert!(row[name] >= last[name], "{name} fell in {line}");
            }
            assert_eq!(row["record_index"], last["record_index"] + 10);
            if row["step_count"] == last["step_count"] {
                assert!(row["step_time_second"] >= last["step_time_second"]);
            } else {
                assert_eq!(row["step_record_index"], 10);
            }
        }
        last = Some(row);
        rows += 1;
    }
    Ok(rows)
}

#[test]
fn the_files_of_a_run_keep_the_rules_and_look_like_this() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    let files = bench.files()?;
    for cell in ["alpha", "beta"] {
        assert!(check_strictly(&files[&format!("cells/{cell}.bdf.csv")])? >= 10);
    }
    let head: Vec<&str> = files["cells/alpha.bdf.csv"].lines().take(4).collect();
    insta::assert_snapshot!("bdf_head", head.join("\n"));
    insta::assert_snapshot!("steps", files["cells/alpha.steps.csv"]);
    insta::assert_snapshot!("cycles", files["cells/alpha.cycles.csv"]);
    insta::assert_snapshot!("spectrum", files["cells/alpha.spectrum.csv"]);
    insta::assert_snapshot!("resistance", files["cells/alpha.resistance.csv"]);
    for what in ["cycles", "spectrum", "resistance"] {
        assert!(!files.contains_key(&format!("cells/beta.{what}.csv")), "beta has no {what}");
    }
    insta::assert_snapshot!("journal", files["journal.jsonl"]);
    insta::assert_snapshot!("summary_csv", files["summary.csv"]);
    insta::assert_snapshot!("summary_json", files["summary.json"]);
    insta::assert_snapshot!("summary_md", files["summary.md"]);
    insta::assert_snapshot!("junit", files["junit.xml"]);
    insta::assert_snapshot!("plain", bench.shown(batlab_run::terminal::Mode::Plain, &summary)?);
    assert_eq!(files["recipe.toml"], common::RECIPE);
    // For other programs that read the format: `BDF_SAMPLES=DIR cargo test --test record`.
    if let Some(samples) = std::env::var_os("BDF_SAMPLES") {
        fs::write(std::path::Path::new(&samples).join("alpha.bdf.csv"), &files["cells/alpha.bdf.csv"])?;
    }
    Ok(())
}

/// The schema's file is written anew where the environment says `UPDATE_SCHEMAS=1`.
#[test]
fn the_summary_is_of_its_published_schema() -> Result<(), Fault> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/summary.schema.json");
    let now = SummaryFile::schema_text()?;
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &now)?;
    }
    let published = fs::read_to_string(&path)?.replace("\r\n", "\n");
    assert!(published == now, "schemas/summary.schema.json is old; run the tests once with UPDATE_SCHEMAS=1");

    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    let text = bench.files()?["summary.json"].clone();
    assert_eq!(serde_json::from_str::<SummaryFile>(&text)?, summary.to_file()?);
    let schema: serde_json::Value = serde_json::from_str(&published)?;
    let validator = jsonschema::validator_for(&schema)?;
    let mut value: serde_json::Value = serde_json::from_str(&text)?;
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value["cells"][0]["verdict"] = "good".into();
    assert!(!validator.is_valid(&value), "a schema that takes anything is none");
    Ok(())
}

/// Both forms have one set of columns; what is a list or a table in one is several columns in the other.
#[test]
fn the_table_and_the_json_have_the_same_columns() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.run_two_cells()?;
    let files = bench.files()?;
    let json: serde_json::Value = serde_json::from_str(&files["summary.json"])?;
    let mut fields: Vec<&str> =
        json["cells"][0].as_object().ok_or("a table")?.keys().map(String::as_str).collect();
    fields.retain(|name| !["criteria", "test"].contains(name));
    fields.extend(["simulated", "accept_capacity", "accept_capacity_values"]);
    fields.sort_unstable();
    let mut columns: Vec<&str> = files["summary.csv"].lines().next().ok_or("no header")?.split(',').collect();
    columns.sort_unstable();
    assert_eq!(columns, fields);
    Ok(())
}

#[test]
fn what_reads_junit_tells_failure_error_and_skipped_apart() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let mut summary = bench.run_two_cells()?;
    let failing = CriterionResult {
        criterion: "even".into(),
        outcome: Outcome::Fail,
        that: "spread(cell.capacity) <= 3 %".into(),
        shown: "0.04 <= 0.03".into(),
        values: [("spread(cell.capacity)".to_owned(), "0.04 & \u{1b}<more>".to_owned())].into(),
    };
    summary.cells[0].criteria.push(failing);
    let text = summary.to_junit()?;
    let suites = junit_parser::from_reader(text.as_bytes())?;
    assert_eq!((suites.tests, suites.failures, suites.errors, suites.skipped), (5, 1, 1, 1));
    let suite = &suites.suites[0];
    assert_eq!((suite.name.as_str(), suite.tests), ("short", 5));
    let told: Vec<(Option<&str>, &str, &str)> = suite
        .cases
        .iter()
        .map(|case| {
            let status = match &case.status {
                junit_parser::TestStatus::Success => "pass",
                junit_parser::TestStatus::Failure(_) => "failure",
                junit_parser::TestStatus::Error(_) => "error",
                junit_parser::TestStatus::Skipped(_) => "skipped",
            };
            (case.classname.as_deref(), case.original_name.as_str(), status)
        })
        .collect();
    let cell = |name| Some(name);
    assert_eq!(
        told,
        [
            (cell("alpha"), "test", "pass"),
            (cell("alpha"), "capacity", "pass"),
            (cell("alpha"), "even", "failure"),
            (cell("beta"), "test", "error"),
            (cell("beta"), "capacity", "skipped"),
        ]
    );
    let junit_parser::TestStatus::Failure(failure) = &suite.cases[2].status else {
        return Err("a pass".into());
    };
    assert_eq!(failure.message, "spread(cell.capacity) <= 3 % does not hold: 0.04 <= 0.03");
    Ok(())
}

#[test]
fn the_manifest_reads_back_with_settings_and_the_books() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let started: Manifest = serde_json::from_str(&bench.files()?["run.json"])?;
    assert_eq!((started.ended, &started.simulator_truth), (None, &None));
    bench.run_two_cells()?;
    let ended: Manifest = serde_json::from_str(&bench.files()?["run.json"])?;
    assert_eq!(ended.exit_code, Some(3));
    assert_eq!(ended.settings_changed.len(), 1);
    assert!(ended.settings_changed[0].restored);
    assert_eq!(ended.simulator_truth.ok_or("no books")?.len(), 2);
    assert_eq!(ended.recipe.sha256.len(), 64);
    Ok(())
}

/// Law 9: the tables of a cell can be made again from the journal alone.
#[test]
fn the_journal_alone_makes_the_same_tables() -> Result<(), Fault> {
    let mut first = Bench::start(true)?;
    first.run_two_cells()?;
    let journal = journal::read(&first.recorder.directory().join("journal.jsonl"))?;
    let mut again = Bench::start(true)?;
    for entry in journal.entries {
        again.recorder.accept(&Note::Fact(Box::new(entry)))?;
    }
    again.recorder.flush()?;
    let (first, again) = (first.files()?, again.files()?);
    for what in ["steps", "cycles", "spectrum", "resistance"] {
        let name = format!("cells/alpha.{what}.csv");
        assert_eq!(first[&name], again[&name], "{name}");
        assert!(first[&name].lines().count() >= 2, "{name}");
    }
    Ok(())
}

/// What a killed program leaves: no end in the manifest, a journal and rows that stop at any byte.
#[test]
fn files_that_stop_at_any_byte_have_a_summary() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let whole = bench.run_two_cells()?;
    let before = bench.files()?;
    // The run has its own directory to itself.
    let scratch = tempfile::tempdir()?;
    let root = scratch.path();
    fs::create_dir(root.join("cells"))?;
    before.iter().try_for_each(|(name, text)| fs::write(root.join(name), text))?;
    let run = RunDirectory::reopen(root)?;
    assert_eq!(remake(&run)?.summary, whole);
    for (name, text) in &before {
        assert_eq!(fs::read_to_string(root.join(name))?, *text, "{name}");
    }

    let mut manifest: Manifest = serde_json::from_str(&before["run.json"])?;
    (manifest.ended, manifest.outcome, manifest.exit_code) = (None, None, None);
    fs::write(root.join("run.json"), serde_json::to_string(&manifest)?)?;
    let journal = before["journal.jsonl"].as_bytes();
    for cut in (0..journal.len()).step_by(61) {
        fs::write(root.join("journal.jsonl"), &journal[..cut])?;
        let remade = remake(&run)?;
        assert!(remade.summary.cut_off);
        // Tables hold what the journal tells, and nothing that was written in the moment of the kill.
        let whole_lines = journal[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let told = journal::read_bytes(&journal[..whole_lines])?.entries;
        let is_row = |entry: &&Entry| {
            let of_alpha = entry.cell.as_ref().is_some_and(|cell| cell.as_str() == "alpha");
            of_alpha && matches!(entry.event, Event::StepEnded { .. })
        };
        let steps = fs::read_to_string(root.join("cells/alpha.steps.csv"))?;
        assert_eq!(steps.lines().count(), told.iter().filter(is_row).count() + 1, "cut at {cut}");
        let summary: SummaryFile = serde_json::from_str(&fs::read_to_string(root.join("summary.json"))?)?;
        assert!(summary.cut_off && summary.exit_code != 0, "cut at {cut}");
        assert!(summary.ended <= whole.ended);
    }
    let rows = before["cells/alpha.bdf.csv"].as_bytes();
    let head = rows.iter().position(|byte| *byte == b'\n').ok_or("no header")?;
    for cut in (head + 1..rows.len()).step_by(37) {
        fs::write(root.join("cells/alpha.bdf.csv"), &rows[..cut])?;
        let results = &remake(&run)?.summary.cells[0].results;
        let last = rows[..cut].split(|byte| *byte == b'\n').rev().nth(1).ok_or("no row")?;
        let time = std::str::from_utf8(last)?.split(',').next().and_then(|it| it.parse::<f64>().ok());
        assert_eq!(results.duration.as_secs_f64(), time.unwrap_or(0.0), "cut at {cut}");
    }
    Ok(())
}

#[test]
fn a_real_run_has_no_books() -> Result<(), Fault> {
    let mut bench = Bench::start(false)?;
    bench.finish(None)?;
    let files = bench.files()?;
    assert!(!files["run.json"].contains("simulator_truth"));
    assert!(files["summary.json"].contains("\"simulated\": false"));
    assert!(files["summary.csv"].lines().skip(1).all(|row| row.contains("not-run")));
    Ok(())
}

#[test]
fn rows_reach_the_disk_when_flushed_and_at_each_step() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.recorder.accept(&note_row(0, &sample(1.0)))?;
    assert_eq!(bench.files()?["cells/alpha.bdf.csv"].lines().count(), 1);
    bench.recorder.flush()?;
    assert_eq!(bench.files()?["cells/alpha.bdf.csv"].lines().count(), 2);
    Ok(())
}

#[test]
fn facts_are_written_together_behind_the_rows_that_came_before_them() -> Result<(), Fault> {
    for simulated in [true, false] {
        let mut bench = Bench::start(simulated)?;
        bench.run_two_cells()?;
        let mut again = Bench::start(simulated)?;
        let lines =
            |bench: &Bench| -> Result<usize, Fault> { Ok(bench.files()?["journal.jsonl"].lines().count()) };
        let told: Vec<_> = bench.entries.iter().map(|entry| Note::Fact(Box::new(entry.clone()))).collect();
        let (first, others) = told.split_at(3);
        first.iter().try_for_each(|note| again.recorder.accept(note))?;
        assert_eq!(lines(&again)?, 0, "nothing may follow from them yet");
        again.recorder.commit()?;
        assert_eq!(lines(&again)?, 3);
        others.iter().try_for_each(|note| again.recorder.accept(note))?;
        again.recorder.accept(&note_row(0, &sample(100_000.0)))?;
        again.recorder.commit()?;
        assert_eq!(again.files()?["journal.jsonl"], bench.files()?["journal.jsonl"]);
        again.recorder.commit()?;
        assert_eq!(lines(&again)?, told.len(), "once");
    }
    Ok(())
}

#[test]
fn a_spectrum_is_made_with_its_first_point_and_reaches_the_disk_when_flushed() -> Result<(), Fault> {
    const NAME: &str = "cells/alpha.spectrum.csv";
    let mut bench = Bench::start(true)?;
    assert!(!bench.files()?.contains_key(NAME));
    bench.impedance(1.0, 0.03)?;
    bench.recorder.flush()?;
    bench.impedance(2.0, 0.031)?;
    bench.recorder.flush()?;
    let files = bench.files()?;
    let rows: Vec<&str> = files[NAME].lines().skip(1).collect();
    // An event of an older version says neither where nor when.
    assert_eq!(rows, [",,,,1015.6250,0.0300000,4,,,", ",,,,1015.6250,0.0310000,4,,,"]);
    let told = bench.impedance(3.0, f64::INFINITY).expect_err("no number").to_string();
    assert!(told.contains("absolute_impedance_ohm is inf"), "{told}");
    bench.recorder.flush()?;
    assert_eq!(bench.files()?[NAME], files[NAME], "no part of a row");
    Ok(())
}

#[test]
fn what_cannot_be_a_sample_is_refused_and_leaves_no_trace() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.recorder.accept(&note_row(0, &sample(2.0)))?;
    let mut odd = sample(3.0);
    odd.voltage = Volts(f64::NAN);
    let told = bench.recorder.accept(&note_row(0, &odd)).expect_err("not a number").to_string();
    assert_eq!(
        told,
        "the sample of cell alpha cannot be written: voltage_volt is NaN, which cannot be written as a decimal number"
    );
    let told = bench.recorder.accept(&note_row(0, &sample(1.0))).expect_err("the past").to_string();
    assert!(told.contains("out of order"), "{told}");
    let told = bench.recorder.accept(&note_row(3, &sample(4.0))).expect_err("an empty slot").to_string();
    assert!(told.contains("7:3"), "{told}");
    bench.recorder.accept(&note_row(0, &sample(4.0)))?;
    bench.recorder.flush()?;
    assert_eq!(check_strictly(&bench.files()?["cells/alpha.bdf.csv"])?, 2);
    Ok(())
}

#[test]
fn sums_add_up_after_rounding() -> Result<(), Fault> {
    let mut rows = BdfRows::new(chrono::DateTime::UNIX_EPOCH);
    let mut text = Vec::new();
    BdfRows::header(&mut text);
    for index in 0..2000_u32 {
        let mut sample = sample(f64::from(index));
        sample.total.charge_in.0 = f64::from(index) * 0.123_456_789;
        sample.total.charge_out.0 = f64::from(index) * AMPERE_HOUR / 7e4;
        rows.push(&sample, &mut text).map_err(|fault| format!("{fault:?}"))?;
    }
    assert_eq!(check_strictly(&String::from_utf8(text)?)?, 2000);
    Ok(())
}

#[test]
fn an_entry_that_could_not_be_read_back_is_not_written() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.run_two_cells()?;
    let path = bench.recorder.directory().join("journal.jsonl");
    let before = fs::read(&path)?;
    let mut odd = bench.entries[0].clone();
    odd.test_time_second = f64::NAN;
    assert!(bench.recorder.accept(&Note::Fact(Box::new(odd.clone()))).is_err());
    odd.test_time_second = 1.0;
    odd.event = Event::CellBound { voltage: Volts(f64::INFINITY) };
    let told = bench.recorder.accept(&Note::Fact(Box::new(odd))).expect_err("not finite").to_string();
    assert!(told.contains("cannot be read back"), "{told}");
    assert_eq!(fs::read(&path)?, before);
    Ok(())
}

#[test]
fn a_damaged_middle_line_is_named_and_a_torn_end_is_healed() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.run_two_cells()?;
    let path = bench.recorder.directory().join("journal.jsonl");
    let whole = journal::read(&path)?;
    assert_eq!(whole.torn, None);
    assert_eq!(whole.entries, bench.entries);
    let mut bytes = fs::read(&path)?;
    let ends = (0..bytes.len()).filter(|at| bytes[*at] == b'\n');
    let cuts = (0..bytes.len()).step_by(41).chain(ends.flat_map(|end| [end - 1, end, end + 1]));
    for cut in cuts.filter(|cut| *cut < bytes.len()).collect::<Vec<_>>() {
        let part = journal::read_bytes(&bytes[..cut])?;
        assert_eq!(part.entries, whole.entries[..part.entries.len()], "cut at {cut}");
        let lines = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let closed = cut > 0 && bytes[cut] == b'\n';
        assert_eq!(part.entries.len(), lines + usize::from(closed), "cut at {cut}");
        assert_eq!(part.torn.is_some(), cut > 0 && !closed && bytes[cut - 1] != b'\n', "cut at {cut}");
    }
    let second = bytes.iter().position(|byte| *byte == b'\n').ok_or("one line")? + 20;
    bytes[second] ^= 1;
    let told = journal::read_bytes(&bytes).expect_err("damaged").to_string();
    assert!(told.starts_with("line 2 of the journal is damaged: its checksum is "), "{told}");
    Ok(())
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_journal_or_an_error(bytes: Vec<u8>, text in "(\\{.{0,40},\"crc\":\"[0-9a-f]{8}\"\\}\n){0,3}") {
        let _ = journal::read_bytes(&bytes);
        let _ = journal::read_bytes(text.as_bytes());
    }
}

/// What goes on after a kill at any moment: the journal and the rows as far as they are whole, the tables by the journal.
#[test]
fn a_recorder_goes_on_behind_what_is_whole_of_its_files() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.run_two_cells()?;
    let before = bench.files()?;
    let journal = &before["journal.jsonl"];
    let rows = &before["cells/alpha.bdf.csv"];
    let entries = journal::read_bytes(journal.as_bytes())?.entries;
    let first = journal.find('\n').ok_or("no line")? + 1;
    let head = rows.find('\n').ok_or("no header")? + 1;
    for cut in (first..journal.len()).step_by(173) {
        let scratch = tempfile::tempdir()?;
        let root = scratch.path();
        fs::create_dir(root.join("cells"))?;
        before.iter().try_for_each(|(name, text)| fs::write(root.join(name), text))?;
        let cut_rows = head + (rows.len() - head) * cut / journal.len();
        fs::write(root.join("journal.jsonl"), &journal[..cut])?;
        fs::write(root.join("cells/alpha.bdf.csv"), &rows[..cut_rows])?;

        let run = RunDirectory::reopen(root)?;
        let past = Past::read(&run, |_| {})?;
        let whole = journal[..cut].rfind('\n').map_or(0, |end| end + 1);
        let whole_rows = rows[..cut_rows].rfind('\n').map_or(0, |end| end + 1);
        let torn = usize::from(whole < cut) + usize::from(whole_rows < cut_rows);
        assert_eq!(past.torn().len(), torn, "cut at {cut}");
        let mut recorder = Recorder::go_on(run, past)?;
        let read = |name: &str| fs::read_to_string(root.join(name));
        assert_eq!(read("journal.jsonl")?, journal[..whole], "cut at {cut}");
        assert_eq!(read("cells/alpha.bdf.csv")?, rows[..whole_rows], "cut at {cut}");
        let told = journal[..whole].lines().count();
        for entry in entries.iter().skip(told) {
            recorder.accept(&Note::Fact(Box::new(entry.clone())))?;
        }
        recorder.flush()?;
        for (name, text) in before.iter().filter(|(name, _)| !name.ends_with(".bdf.csv")) {
            if name.starts_with("cells/") || name == "journal.jsonl" {
                assert_eq!(read(name)?, *text, "{name}, cut at {cut}");
            }
        }
        let index = rows[..whole_rows].lines().count();
        recorder.accept(&note_row(0, &sample(100_000.0)))?;
        recorder.flush()?;
        let last = read("cells/alpha.bdf.csv")?;
        let last = last.lines().last().ok_or("no row")?.split(',').nth(9).ok_or("no index")?.to_owned();
        assert_eq!(last, format!("{index}.0"), "cut at {cut}");
    }
    Ok(())
}

/// A cell of a queue, which comes while the run goes on.
fn come(recorder: &mut Recorder, name: &str) -> Result<(), Fault> {
    let (name, place): (CellName, _) = (name.parse()?, Place { unit: SerialNumber(7), slot: Slot::ALL[0] });
    let voltage_found = Volts(3.5);
    let described = ManifestCell::new(name.clone(), place, voltage_found);
    let clock_origin = Manifest::read(recorder.directory())?.started;
    Ok(recorder.add(&BoundCell { name, place, voltage_found, clock_origin }, described)?)
}

#[test]
fn the_manifest_names_a_cell_that_comes_once_it_has_files() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let root = bench.recorder.directory().to_owned();
    let named = || -> Result<Vec<String>, Fault> {
        Ok(Manifest::read(&root)?.cells.iter().map(|cell| cell.name.to_string()).collect())
    };
    // What a program left that was killed before it had named the cell.
    for what in ["bdf.csv", "steps.csv", "cycles.csv"] {
        fs::write(root.join(format!("cells/gamma.{what}")), "torn")?;
    }
    come(&mut bench.recorder, "gamma")?;
    assert_eq!(named()?, ["alpha", "beta", "gamma"]);
    let files = bench.files()?;
    for what in ["bdf.csv", "steps.csv"] {
        let header = &files[&format!("cells/alpha.{what}")];
        assert_eq!(files[&format!("cells/gamma.{what}")], *header, "{what}");
    }
    assert!(!files.contains_key("cells/gamma.cycles.csv"), "it tells of nothing");

    // A file that cannot be made: the directory tells of the cells that have theirs.
    fs::create_dir(root.join("cells/delta.bdf.csv"))?;
    assert!(come(&mut bench.recorder, "delta").is_err());
    assert_eq!(named()?, ["alpha", "beta", "gamma"]);
    Ok(())
}

#[test]
fn garbage_at_the_end_of_a_journal_is_cut_off_and_in_its_middle_is_an_error() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    bench.run_two_cells()?;
    let text = bench.files()?["journal.jsonl"].clone();
    let path = bench.recorder.directory().join("journal.jsonl");
    let extent = |bytes: &[u8]| -> Result<journal::Extent, Fault> {
        fs::write(&path, bytes)?;
        Ok(journal::scan(&path, |_| {})?)
    };
    let whole = text.len() as u64;
    assert_eq!(extent(text.as_bytes())?, journal::Extent { whole, torn: 0 });
    // A lost computer may leave anything behind what was synced: zeros, and lines of them.
    for garbage in ["\0\0\0", "{}\n\0\n", "\n", "{\"time\""] {
        let torn = garbage.len() as u64;
        assert_eq!(
            extent(format!("{text}{garbage}").as_bytes())?,
            journal::Extent { whole, torn },
            "{garbage:?}"
        );
    }
    let line = text.lines().next().ok_or("no line")?;
    let middle = format!("{text}garbage\n{line}\n");
    assert!(extent(middle.as_bytes()).is_err());
    Ok(())
}
