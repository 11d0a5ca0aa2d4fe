//! Units that are gone in the middle of a run.

use crate::program::Scratch;
use crate::served::{Running, serve};
use crate::{SHORT, long};
use batlab_run::event::Event;
use batlab_run::journal;
use std::time::Duration;

fn begin(scratch: &Scratch) -> Running {
    scratch.write("long.toml", &long());
    let run =
        Running::start(scratch, &["--port", "u", "--json", "--reconnect=0s", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(1));
    run
}

/// Waits for the end of a run that has lost its only unit.
pub fn ends_as_a_fault(scratch: &Scratch, run: &mut Running) {
    assert_eq!(run.ends().code(), Some(3), "{}", run.rest());
    let journal = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    let last = journal.entries.last().map(|entry| entry.event.clone());
    assert!(matches!(last, Some(Event::RunEnded { exit }) if exit.code() == 3), "{last:?}");
    let count = |is: fn(&Event) -> bool| journal.entries.iter().filter(|entry| is(&entry.event)).count();
    assert_eq!(count(|event| matches!(event, Event::NotMadeSafe { .. })), 4);
    assert!(count(|event| matches!(event, Event::Fault { .. })) > 0);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!(row["verdict"], "error", "{}", row["why"]);
    }
}

#[test]
fn a_unit_that_is_unplugged_ends_the_run() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    drop(served);
    ends_as_a_fault(&scratch, &mut run);
}

#[test]
fn a_unit_that_falls_silent_ends_the_run() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let mut run = begin(&scratch);
    served.signal("-STOP");
    ends_as_a_fault(&scratch, &mut run);
    served.signal("-CONT");
}

#[test]
fn a_unit_that_is_not_heard_for_a_moment_goes_on() {
    let scratch = Scratch::new();
    scratch.write("short.toml", SHORT);
    let served = serve(&scratch, &[]);
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "short.toml"]);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(2));
    served.signal("-STOP");
    std::thread::sleep(Duration::from_millis(1500));
    served.signal("-CONT");
    assert_eq!(run.ends().code(), Some(0), "{}", run.rest());
    let journal = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    let got_over = journal.entries.iter().any(
        |entry| matches!(&entry.event, Event::Notice { what } if what.contains("it answers again after")),
    );
    assert!(got_over, "nobody noticed");
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["steps_done"].as_str()), ("pass", "3"));
    }
}
