//! Units that are lost or reset in the middle of a run, and the run that goes on with their cells.

use crate::program::Scratch;
use crate::served::{Running, serve};
use crate::{SHORT, long};
use batlab_run::event::Event;
use batlab_run::journal::{self, Journal};
use std::time::Duration;

fn read(scratch: &Scratch) -> Journal {
    journal::read(&scratch.file("run/journal.jsonl")).unwrap()
}

fn count(journal: &Journal, is: impl Fn(&Event) -> bool) -> usize {
    journal.entries.iter().filter(|entry| is(&entry.event)).count()
}

fn notices(journal: &Journal, text: &str) -> usize {
    count(journal, |event| matches!(event, Event::Notice { what } if what.contains(text)))
}

/// Serves a unit of this serial number, with two cells, at a link.
fn serve_at(scratch: &Scratch, link: &str, serial: u32) -> Running {
    let bench = format!("{serial}.toml");
    let cell = "[cell.small]\nchemistry = \"li-ion\"\ncapacity = \"80 mAh\"\n";
    let slots = "slots = [\"small\", \"small\", \"empty\", \"empty\"]";
    scratch.write(&bench, &format!("{cell}[[unit]]\nserial = {serial}\n{slots}\n"));
    let served = Running::start(scratch, &["simulate", "--link", link, "--bench", &bench]);
    served.says("simulating at", 1);
    served
}

#[test]
fn a_unit_that_is_reset_in_the_middle_of_a_discharge_goes_on() {
    let scratch = Scratch::new();
    scratch.write("short.toml", &SHORT.replace("5 s", "2 s").replace("6 s", "20 s"));
    let _served = serve(&scratch, &["--fault", "unit-reset@14s"]);
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "short.toml"]);
    assert_eq!(run.ends().code(), Some(0), "{}", run.rest());
    let journal = read(&scratch);
    assert!(notices(&journal, "the unit was reset") > 0, "nobody noticed");
    assert_eq!(count(&journal, |event| matches!(event, Event::LimitsVerified { .. })), 8);
    assert_eq!(count(&journal, |event| matches!(event, Event::NotMadeSafe { .. })), 0);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["verdict"], "pass", "{}", row["why"]);
    }
}

#[test]
fn two_units_that_are_pulled_out_and_change_places_go_on() {
    let scratch = Scratch::new();
    scratch.write("long.toml", &long().replace("10 min", "20 s"));
    let (mut one, mut other) = (serve_at(&scratch, "a", 7), serve_at(&scratch, "b", 8));
    let arguments = ["--port", "a", "--port", "b", "--json", "--out", "run", "long.toml"];
    let mut run = Running::start(&scratch, &arguments);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(2));
    for served in [&mut one, &mut other] {
        served.signal("-TERM");
        served.ends();
    }
    let _both = [serve_at(&scratch, "a", 8), serve_at(&scratch, "b", 7)];
    assert_eq!(run.ends().code(), Some(0), "{}", run.rest());
    let journal = read(&scratch);
    assert_eq!(notices(&journal, "is found again on"), 2);
    assert_eq!(count(&journal, |event| matches!(event, Event::NeedsPerson { .. })), 2);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["verdict"], "pass", "{}", row["why"]);
    }
}

#[test]
fn a_stop_ends_the_wait_for_a_lost_unit() {
    let scratch = Scratch::new();
    scratch.write("long.toml", &long());
    let mut served = serve(&scratch, &[]);
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    served.signal("-TERM");
    served.ends();
    run.says("needs-person", 1);
    run.signal("-INT");
    // Nobody knows what the unit does.
    assert_eq!(run.ends().code(), Some(3), "{}", run.rest());
    let journal = read(&scratch);
    assert_eq!(count(&journal, |event| matches!(event, Event::NotMadeSafe { .. })), 4);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["verdict"], "incomplete", "{}", row["why"]);
    }
}
