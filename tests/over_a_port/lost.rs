//! Units that are gone in the middle of a run.

use crate::long;
use crate::program::Scratch;
use crate::served::{Running, serve};
use batlab_run::journal::{self, Event};
use std::time::Duration;

fn begin(scratch: &Scratch) -> Running {
    scratch.write("long.toml", &long());
    let run = Running::start(scratch, &["--port", "u", "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    std::thread::sleep(Duration::from_secs(1));
    run
}

fn ends_as_a_fault(scratch: &Scratch, run: &mut Running) {
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
