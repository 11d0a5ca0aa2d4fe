//! What has to hold of the files of a run and of its numbers, against the truth of the simulator.

use super::files;
use super::life::in_world;
use super::session::{End, Left};
use super::voyage::Seen;
use super::witness::{Breach, Drive, shown};
use crate::clock::Instant;
use crate::event::{Entry, Event, StepResult};
use crate::identity::{CellName, SerialNumber, Slot};
use crate::journal;
use crate::record::{self, RunDirectory, SummaryFile};
use crate::units::Coulombs;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The law that what was measured is kept.
const KEPT: &str = "samples kept";
/// The share by which a charge may be off.
const SHARE: f64 = 0.005;
/// Coulombs by which it may be off for each time that current was switched on: the slices in which that was.
const EACH: f64 = 0.05;
/// Seconds of the largest current by which it may be off for each passage of a run in which something went wrong: one
/// measuring slice may be lost, or counted on the other side of an end.
const SLICE: f64 = 0.62;
/// Two kinds of capacity are the same where they differ by no more than the digits of a file.
const DIGITS: f64 = 1e-6;

/// Every row that the killed program had handed to the system is in the files, and the files are the beginning of
/// those that it would have written.
///
/// # Errors
/// A file cannot be read.
pub(super) fn left_behind(
    left: &Left,
    directory: &Path,
    before: Option<&Path>,
    seen: &mut Seen,
) -> Result<(), String> {
    for (place, rows) in &left.handed_over {
        let kept = files::rows(directory, *place)?;
        if kept < *rows {
            let what = format!("{place}: {rows} rows were handed over before the kill, {kept} are there");
            seen.breaches.push(Breach { law: KEPT, what });
        }
    }
    seen.kept.clear();
    for path in files::files(directory)? {
        let Ok(name) = path.strip_prefix(directory) else { continue };
        let series = name.to_string_lossy().ends_with(".bdf.csv");
        if !series && name != Path::new("journal.jsonl") {
            continue;
        }
        let bytes = read(&path)?;
        if let Some(before) = before
            && !read(&before.join(name))?.starts_with(&bytes)
        {
            let name = name.display();
            let what = format!("{name}: not the beginning of what the same run writes when it is not killed");
            seen.breaches.push(Breach { law: KEPT, what });
        }
        // A piece of a line that is still there from the kill before is cut off in the end.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        seen.kept.push((path, bytes[..whole].to_vec()));
    }
    Ok(())
}

/// What the last kill left is the beginning of what is there now.
///
/// # Errors
/// A file cannot be read.
pub(super) fn still_there(directory: &Path, seen: &mut Seen) -> Result<(), String> {
    if seen.entries.is_empty() {
        return Ok(());
    }
    for (path, bytes) in &seen.kept {
        if !read(path)?.starts_with(bytes) {
            let name = path.strip_prefix(directory).unwrap_or(path).display();
            let what = format!("{name}: what was there after the kill is not there any more");
            seen.breaches.push(Breach { law: KEPT, what });
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The journal of a killed run can be read and says what was told, and its reports can be made.
pub(super) fn readable(directory: &Path, seen: &mut Seen) {
    let law = "journal";
    if seen.entries.is_empty() {
        return;
    }
    match journal::read(&directory.join("journal.jsonl")) {
        Ok(journal) if journal.entries.iter().map(key).eq(seen.entries.iter().map(key)) => {}
        Ok(journal) => {
            let (written, found) = (seen.entries.len(), journal.entries.len());
            let what = format!("{written} lines were written and {found} are there, or others");
            seen.breaches.push(Breach { law, what });
        }
        Err(error) => seen.breaches.push(Breach { law, what: error.to_string() }),
    }
    if let Err(error) = remake(directory) {
        let what = format!("no reports of the killed run: {error}");
        seen.breaches.push(Breach { law, what });
    }
}

fn remake(directory: &Path) -> Result<(), String> {
    let run = RunDirectory::reopen(directory).map_err(|error| error.to_string())?;
    record::remake(&run).map(drop).map_err(|error| error.to_string())
}

/// By what a line is known again: texts of numbers may lose a last bit.
fn key(entry: &Entry) -> (chrono::DateTime<chrono::Utc>, Option<CellName>, std::mem::Discriminant<Event>) {
    (entry.time, entry.cell.clone(), std::mem::discriminant(&entry.event))
}

/// A run that came to its end: verdicts, files, charges.
pub(super) fn ended(seen: &mut Seen, directory: &Path, verdicts: &BTreeMap<CellName, Verdict>) {
    let mut breaches = Vec::new();
    if !seen.entries.is_empty() {
        verdict_of_each(seen, directory, verdicts, &mut breaches);
        let slack = if seen.disturbed { SLICE * seen.most } else { 0.0 };
        let honest = seen.slots.iter().filter(|(unit, _, slot)| !seen.lying.contains(&(*unit, *slot)));
        for (number, serial, slot) in honest {
            let cell = CellName::of_slot(*serial, *slot);
            let Some(standing) = seen.standings.get(*number) else { continue };
            let mut fate = standing.fate();
            let truth = fate.books(&mut standing.unit(), *slot);
            let mine: Vec<&Entry> =
                seen.entries.iter().filter(|it| it.cell.as_ref() == Some(&cell)).collect();
            passages(&mine, &fate.witness, *slot, slack, &mut breaches);
            // Of a step that nobody closed, because its cell was never gone on with, nobody can tell.
            // Nor of one that is told not to be made safe, where no watchdog ends its current either.
            let lost = lost(seen, *serial, *slot);
            let ends = lost <= 0.0 || fate.witness.has_watchdog();
            if let Some(truth) = truth.filter(|_| ends && is_closed(&mine)) {
                let each = EACH * f64::from(1 + fate.witness.energised(*slot)) + lost * seen.most;
                books(&cell, &mine, (truth.charged, truth.discharged), (each, slack), &mut breaches);
            }
        }
    }
    seen.breaches.extend(breaches);
}

/// Whether every step that began has ended.
fn is_closed(mine: &[&Entry]) -> bool {
    let is = |entry: &&&Entry| matches!(entry.event, Event::StepStarted { .. } | Event::StepEnded { .. });
    !matches!(mine.iter().rfind(is).map(|entry| &entry.event), Some(Event::StepStarted { .. }))
}

/// Seconds in which current can have flowed in a slot that is told not to be safe.
fn lost(seen: &Seen, serial: SerialNumber, slot: Slot) -> f64 {
    let is = |entry: &&Entry| {
        matches!(entry.event, Event::NotMadeSafe { .. })
            && (entry.unit, entry.slot) == (Some(serial), Some(slot))
    };
    super::witness::CONTROL.as_secs_f64() * seen.entries.iter().filter(is).count() as f64
}

fn verdict_of_each(
    seen: &Seen,
    directory: &Path,
    verdicts: &BTreeMap<CellName, Verdict>,
    breaches: &mut Vec<Breach>,
) {
    let law = "verdict";
    let mut breach = |what: String| breaches.push(Breach { law, what });
    let path = directory.join("summary.json");
    // A run that was not gone on with has its verdicts in the reports that are made of it.
    let refused = seen.end == End::Refused;
    if refused && let Err(error) = remake(directory) {
        breach(format!("the reports cannot be made: {error}"));
    }
    let told_end = matches!(seen.entries.last().map(|it| &it.event), Some(Event::RunEnded { .. }));
    if !refused && !told_end {
        breach("the end of the run is not told".into());
    }
    let summary = fs::read(&path).map_err(|error| error.to_string());
    let parsed = summary
        .as_ref()
        .map_err(String::clone)
        .and_then(|bytes| serde_json::from_slice::<SummaryFile>(bytes).map_err(|error| error.to_string()));
    match parsed {
        Err(error) => breach(format!("summary.json: {error}")),
        Ok(summary) => {
            for row in &summary.cells {
                let told = verdicts.iter().find(|(cell, _)| cell.as_str() == row.cell).map(|(_, it)| *it);
                let is_known = told.is_some() || refused;
                if !is_known || told.is_some_and(|told| told != row.verdict) {
                    breach(format!("{}: {} in the summary, {told:?} in the journal", row.cell, row.verdict));
                }
                capacity(seen, &row.cell, row.capacity_ah, &mut breach);
            }
        }
    }
    match remake(directory) {
        Err(error) => breach(format!("the reports cannot be made again: {error}")),
        Ok(_) if fs::read(&path).ok() != summary.ok() => {
            breach("summary.json comes out otherwise when it is made again".into())
        }
        Ok(_) => {}
    }
}

/// A capacity is that of one discharge that nothing interrupted.
fn capacity(seen: &Seen, cell: &str, capacity: Option<f64>, breach: &mut impl FnMut(String)) {
    let Some(capacity) = capacity else { return };
    let passed =
        steps(seen.entries.iter().filter(|it| it.cell.as_ref().is_some_and(|it| it.as_str() == cell)));
    let mut of_one =
        passed.filter(|(_, step)| !step.continued).map(|(_, step)| step.passed.charge_out.ampere_hours());
    if !of_one.any(|out| (out - capacity).abs() <= DIGITS) {
        breach(format!("{cell}: the capacity of {capacity:.6} Ah is of no single discharge"));
    }
}

/// The steps that came to an end of their own, each with the moment at which it was told.
fn steps<'e>(entries: impl Iterator<Item = &'e Entry>) -> impl Iterator<Item = (Instant, &'e StepResult)> {
    entries.filter_map(|entry| match &entry.event {
        Event::StepEnded { result, .. } if result.reason.goes_on() => Some((in_world(entry.time), &**result)),
        _ => None,
    })
}

/// What each passage of a step says that passed is what truly passed in that passage.
fn passages(
    mine: &[&Entry],
    witness: &super::witness::Witness,
    slot: Slot,
    slack: f64,
    breaches: &mut Vec<Breach>,
) {
    let mut begun = Instant::ORIGIN;
    for entry in mine {
        match &entry.event {
            Event::StepStarted { .. } => begun = in_world(entry.time),
            Event::StepEnded { result, .. } if result.reason.goes_on() => {
                let end = in_world(entry.time);
                let within = |drive: &&Drive| (begun..=end).contains(&drive.middle());
                let drives = witness.drives(slot).iter().filter(within);
                let (mut charged, mut discharged, mut times) = (0.0, 0.0, 0.0);
                for drive in drives {
                    charged += drive.passed.charged.0;
                    discharged += drive.passed.discharged.0;
                    times += 1.0;
                }
                let pairs =
                    [(result.passed.charge_in, charged, "in"), (result.passed.charge_out, discharged, "out")];
                for (told, truth, way) in pairs {
                    if (told.0 - truth).abs() > truth * SHARE + EACH * (1.0 + times) + slack {
                        let what = format!(
                            "{}: step {} (passage {}), told at {}: {:.3} C {way}, in truth {truth:.3} C",
                            entry.cell.as_ref().map_or("", CellName::as_str),
                            result.step_id,
                            result.step_count,
                            shown(in_world(entry.time)),
                            told.0,
                        );
                        breaches.push(Breach { law: "one passage", what });
                    }
                }
            }
            _ => {}
        }
    }
}

/// The sums of a cell are those of the simulator, within what is said to be unknown.
fn books(
    cell: &CellName,
    mine: &[&Entry],
    (charged, discharged): (Coulombs, Coulombs),
    (each, slack): (f64, f64),
    breaches: &mut Vec<Breach>,
) {
    let (mut into, mut out, mut unknown, mut pending) = (0.0, 0.0, each, 0.0);
    for entry in mine {
        match &entry.event {
            Event::StepEnded { result, next } => {
                unknown += slack;
                into += result.passed.charge_in.0;
                out += result.passed.charge_out.0;
                if let Some(next) = next {
                    // All that the test knows of, what passed between its steps or unseen among it.
                    (into, out) = (next.totals.charge_in.0, next.totals.charge_out.0);
                    pending = 0.0;
                }
            }
            Event::Interrupted { next: Some(next), .. } => {
                (into, out) = (next.totals.charge_in.0, next.totals.charge_out.0);
                pending = 0.0;
            }
            Event::ChargeGap { at_least, at_most, counted, .. } => {
                unknown += at_most.0 - at_least.0;
                pending += counted.0;
            }
            _ => {}
        }
    }
    // What was counted for a gap, and in no sum that was told since.
    unknown += pending;
    for (told, truth, way) in [(into, charged.0, "in"), (out, discharged.0, "out")] {
        if (told - truth).abs() > truth * SHARE + unknown {
            let what =
                format!("{cell}: {told:.3} C {way}, in truth {truth:.3} C; {unknown:.3} C may be unknown");
            breaches.push(Breach { law: "books", what });
        }
    }
}

/// A checksum over all files, their names and bytes.
///
/// # Errors
/// A file cannot be read.
pub(super) fn digest(directory: &Path) -> Result<u32, String> {
    let mut hasher = crc32fast::Hasher::new();
    for path in files::files(directory)? {
        hasher.update(path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().as_bytes());
        hasher.update(&read(&path)?);
    }
    Ok(hasher.finalize())
}
