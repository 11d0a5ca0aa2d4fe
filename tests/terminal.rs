//! What a person and a pipe see.

mod common;

use batlab_run::event::{Entry, Event};
use batlab_run::identity::{Place, SerialNumber, Slot};
use batlab_run::terminal::{CellView, Display, Mode};
use batlab_run::units::{Amperes, Celsius, Coulombs, Volts};
use batlab_run::verdict::Verdict;
use common::{Bench, Fault};
use std::io::{self, Write};
use std::time::Duration;

#[test]
fn json_has_a_line_for_each_fact_and_one_for_the_summary() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    let text = bench.shown(Mode::Json, &summary)?;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), bench.entries.len() + 1);
    for (line, entry) in lines.iter().zip(&bench.entries) {
        assert_eq!(serde_json::from_str::<Entry>(line)?, *entry);
    }
    let last: serde_json::Value = serde_json::from_str(lines[lines.len() - 1])?;
    assert_eq!(last["event"], "summary");
    assert_eq!(last["summary"], summary.to_json()?);
    Ok(())
}

#[test]
fn quiet_shows_the_table_alone() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    insta::assert_snapshot!("table", bench.shown(Mode::Quiet, &summary)?);
    Ok(())
}

#[test]
fn what_a_device_says_cannot_steer_the_terminal() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let mut summary = bench.run_two_cells()?;
    bench.entries.truncate(1);
    bench.entries[0].event = Event::Fault { what: "torn\u{1b}[2Jframe\r\n".into() };
    summary.cells[0].why = "\u{7}bell".into();
    let text = bench.shown(Mode::Plain, &summary)?;
    assert!(!text.contains(['\u{1b}', '\r', '\u{7}']), "{text:?}");
    assert!(text.starts_with("  0:00:00  unit 7: FAULT: torn [2Jframe"), "{text}");
    Ok(())
}

#[test]
fn what_is_to_be_done_with_a_cell_says_at_which_slot() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    bench.entries.truncate(2);
    let verdict = Verdict::Pass;
    for (entry, event) in bench.entries.iter_mut().zip([Event::CellWanted, Event::CellToTakeOut { verdict }])
    {
        (entry.cell, entry.slot, entry.event) = (Some("alpha".parse()?), Some(Slot::ALL[3]), event);
    }
    let text = bench.shown(Mode::Plain, &summary)?;
    for told in ["7:3: alpha: put it into this slot", "7:3: alpha: take it out (pass)"] {
        assert!(text.contains(told), "{text}");
    }
    Ok(())
}

/// A pipe whose reader went away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_went_away_is_noticed_and_borne() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    let mut display = Display::with_output(Mode::Plain, true, Box::new(Gone));
    assert!(!display.output_lost());
    bench.entries.iter().for_each(|entry| display.note(entry));
    display.summary(&summary);
    assert!(display.output_lost());
    Ok(())
}

#[test]
fn progress_takes_any_view_and_ends_with_the_table() -> Result<(), Fault> {
    let mut bench = Bench::start(true)?;
    let summary = bench.run_two_cells()?;
    let mut view = CellView {
        cell: "alpha".parse()?,
        place: Place { unit: SerialNumber(7), slot: Slot::ALL[0] },
        step: "a step with a name that is too long".into(),
        cycle: 1,
        voltage: Some(Volts(3.7)),
        current: Some(Amperes(-1.25)),
        temperature: Some(Celsius(25.0)),
        charge: Coulombs(3600.0),
        time_left: Some(Duration::from_secs(3723)),
        state: "discharging".into(),
    };
    insta::assert_snapshot!("cell_line", view.to_string());
    let mut display = Display::new(Mode::Progress, true);
    display.tick(std::slice::from_ref(&view));
    view.voltage = None;
    view.time_left = None;
    insta::assert_snapshot!("cell_line_without_reading", view.to_string());
    display.tick(std::slice::from_ref(&view));
    assert_eq!(bench.shown(Mode::Progress, &summary)?, bench.shown(Mode::Quiet, &summary)?);
    Ok(())
}
