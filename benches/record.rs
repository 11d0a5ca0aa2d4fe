//! What it costs to keep a run: rows and facts of 256 cells through the recorder, time and bytes, and how often the disk is
//! waited for. `cargo bench --bench record`; `-- DIRECTORY` keeps the files on another disk than that of the system's
//! scratch files.
//!
//! How often the disk is waited for is counted by strace, on Linux; elsewhere, or without it, that is left out.

#[path = "../tests/common/mod.rs"]
mod common;

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::event::{Entry, Event, Note, Sample, StepType, Totals};
use batlab_run::identity::{Place, SerialNumber, Slot};
use batlab_run::record::{BdfRows, BoundCell, Recorder, RunDirectory};
use batlab_run::units::{Amperes, Celsius, Coulombs, Joules, Volts};
use chrono::{DateTime, Utc};
use common::{Fault, manifest};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Rows of the measurements.
const ROWS: u32 = 512_000;
/// Units of four cells each.
const UNITS: u32 = 64;
/// Facts that must be synced.
const FACTS: u32 = 1024;
/// Facts that wait together, as the scheduler takes them at most; and each alone.
const BATCHES: [u32; 3] = [1, 16, 256];
/// The word by which this program calls itself, to be counted.
const COUNTED: &str = "--counted";

fn main() -> Result<(), Fault> {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let batch = match arguments.iter().position(|it| it == COUNTED) {
        Some(at) => arguments.drain(at..).nth(1).map(|batch| batch.parse::<u32>()).transpose()?,
        None => None,
    };
    let disk = arguments.first().map_or_else(std::env::temp_dir, PathBuf::from);
    if let Some(batch) = batch {
        return facts(&disk, batch).map(drop);
    }
    let (formatting, bytes) = rows_made()?;
    println!("{:<46} {:>9} ns, {bytes:.1} bytes", "a row made", formatting.as_nanos());
    let row = rows_kept(&disk)?;
    let (cells, ns) = (UNITS * 4, row.as_nanos());
    println!(
        "{:<46} {ns:>9} ns, {:.0} a second",
        format!("a row of {cells} cells kept"),
        1.0 / row.as_secs_f64()
    );
    for batch in BATCHES {
        let (time, bytes) = facts(&disk, batch)?;
        let what = format!("a fact kept on the disk, {batch} at once");
        print!("{what:<46} {:>9} ns, {bytes:.0} bytes", time.as_nanos());
        match waits(&disk, batch) {
            Some(waits) => println!(", {:.0} waits for the disk for 1000", waits * 1000.0 / f64::from(FACTS)),
            None => println!(),
        }
    }
    Ok(())
}

/// The cell of a number: a slot of a unit.
fn place(cell: u32) -> Place {
    Place { unit: SerialNumber(1 + cell / 4), slot: Slot::ALL[cell as usize % 4] }
}

/// A row of a long discharge, with digits in every place.
fn sample(index: u32) -> Sample {
    let charge = Coulombs(f64::from(index) * 0.768_123);
    let totals = Totals {
        charge_in: Coulombs(9_123.456),
        charge_out: charge,
        energy_in: Joules(33_333.3),
        energy_out: Joules(charge.0 * 3.654_321),
    };
    Sample {
        at: Instant::from_micros(u64::from(index) * 614_400),
        test_start: Instant::ORIGIN,
        step_start: Instant::ORIGIN,
        step_id: 3,
        step_count: 3,
        cycle: 1,
        step_type: StepType::ConstantCurrentDischarge,
        voltage: Volts(4.2 - f64::from(index) * 1e-6),
        current: Amperes(-1.249_878),
        temperature: Celsius(25.0 + f64::from(index) * 1e-5),
        total: totals,
        step: totals,
        in_cycle: totals,
        impedance: None,
    }
}

/// The beginning of a step, which must be on the disk.
fn fact(cell: &BoundCell, number: u32) -> Entry {
    Entry {
        time: DateTime::<Utc>::UNIX_EPOCH + Duration::from_secs(u64::from(number)),
        test_time_second: f64::from(number) + 0.123_456,
        unit: Some(cell.place.unit),
        slot: Some(cell.place.slot),
        cell: Some(cell.name.clone()),
        event: Event::StepStarted {
            step_id: number,
            step_count: number,
            cycle: 1,
            name: Some("out".to_owned()),
            what: "discharge at 1.25 A until voltage <= 2.8 V".to_owned(),
        },
    }
}

/// Time and bytes of a row that is made and kept nowhere.
fn rows_made() -> Result<(Duration, f64), Fault> {
    let clock = SystemClock::start();
    let mut rows = BdfRows::new(DateTime::<Utc>::UNIX_EPOCH);
    let (mut row, mut bytes) = (Vec::with_capacity(512), 0);
    let start = clock.now();
    for index in 0..ROWS {
        row.clear();
        rows.push(&sample(index), &mut row).map_err(|fault| format!("{fault:?}"))?;
        std::io::sink().write_all(&row)?;
        bytes += row.len();
    }
    Ok(((clock.now() - start) / ROWS, bytes as f64 / f64::from(ROWS)))
}

/// A recorder on hardware, in a directory that is deleted with the scratch folder.
fn recorder(disk: &Path) -> Result<(tempfile::TempDir, Recorder, Vec<BoundCell>), Fault> {
    let scratch = tempfile::tempdir_in(disk)?;
    let clock_origin = DateTime::<Utc>::UNIX_EPOCH;
    let directory =
        RunDirectory::create(Some(&scratch.path().join("run")), scratch.path(), clock_origin, "b")?;
    let cell = |number| -> Result<BoundCell, Fault> {
        let (name, voltage_found) = (format!("cell-{number}").parse()?, Volts(3.5));
        Ok(BoundCell { name, place: place(number), voltage_found, clock_origin })
    };
    let cells = (0..UNITS * 4).map(cell).collect::<Result<Vec<_>, _>>()?;
    let recorder = Recorder::start(directory, b"", &[], manifest(false, &cells), &cells)?;
    Ok((scratch, recorder, cells))
}

/// Time of a row that is kept, handed to the system as often as in a run: each second, when every cell has one or two.
fn rows_kept(disk: &Path) -> Result<Duration, Fault> {
    let (_scratch, mut recorder, cells) = recorder(disk)?;
    let clock = SystemClock::start();
    let start = clock.now();
    for index in 0..ROWS / (UNITS * 4) {
        for cell in &cells {
            recorder.accept(&Note::Row(cell.place, Box::new(sample(index))))?;
        }
        recorder.flush()?;
    }
    Ok((clock.now() - start) / ROWS)
}

/// Time and bytes of a fact that is kept, each of another cell and behind a row, so many at once.
fn facts(disk: &Path, batch: u32) -> Result<(Duration, f64), Fault> {
    let (_scratch, mut recorder, cells) = recorder(disk)?;
    let clock = SystemClock::start();
    let start = clock.now();
    let journal = recorder.directory().join("journal.jsonl");
    for number in 0..FACTS {
        let cell = &cells[number as usize % cells.len()];
        recorder.accept(&Note::Row(cell.place, Box::new(sample(number))))?;
        recorder.accept(&Note::Fact(Box::new(fact(cell, number))))?;
        if (number + 1).is_multiple_of(batch) {
            recorder.commit()?;
        }
    }
    let time = (clock.now() - start) / FACTS;
    Ok((time, std::fs::metadata(journal)?.len() as f64 / f64::from(FACTS)))
}

/// How often the disk is waited for by that, beyond what is waited for to begin.
fn waits(disk: &Path, batch: u32) -> Option<f64> {
    let trace = tempfile::NamedTempFile::new().ok()?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-e", "trace=fdatasync", "-o"]).arg(trace.path()).arg(std::env::current_exe().ok()?);
    strace.arg(disk).args([COUNTED, &batch.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    strace.status().ok().filter(|status| status.success())?;
    let calls = std::fs::read_to_string(trace.path()).ok()?;
    Some(calls.lines().filter(|line| line.contains("fdatasync(")).count() as f64)
}
