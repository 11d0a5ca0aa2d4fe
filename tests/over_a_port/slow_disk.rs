//! Whoever keeps the reports of a run takes none for a time, as on a disk that does not keep up, while cells are energised.

use crate::program::Scratch;
use crate::served::{LONG, Outside, serve};
use crate::{SHORT, long};
use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::diagnostic::Source;
use batlab_run::driver::{Config, Line};
use batlab_run::event::{Event, Note};
use batlab_run::identity::Slot;
use batlab_run::scheduler::{self, Observer, Room, RunEnd, StopSwitch, Waiting};
use batlab_run::station::{BoundCell, Live};
use batlab_run::transport::serial::Serial;
use batlab_run::verdict::{Exit, Verdict};
use batlab_run::{plan, pool};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Closed until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (open, opened) = &*self.0;
        drop(opened.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
    }

    fn open(&self) {
        let (open, opened) = &*self.0;
        *open.lock().unwrap() = true;
        opened.notify_all();
    }
}

/// Keeps everything, and stands at the gate with the first row in its hands.
#[derive(Default)]
struct Slow {
    gate: Gate,
    notes: Vec<Note>,
    /// How many notes were there at each commit.
    commits: Vec<usize>,
    panics: bool,
}

impl Observer for Slow {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        self.notes.push(note.clone());
        if matches!(note, Note::Row(..)) {
            self.gate.pass();
            assert!(!self.panics, "a defect, as wanted");
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), String> {
        self.commits.push(self.notes.len());
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A run of the four cells of the unit at `u`, whose observer stands at a gate.
struct AtTheGate {
    gate: Gate,
    cells: Vec<Live>,
    run: JoinHandle<(RunEnd, Slow)>,
}

impl AtTheGate {
    fn start(scratch: &Scratch, recipe: &str, room: Room, panics: bool) -> Self {
        let plan = plan::check(&Source::new("recipe.toml", recipe.to_owned())).expect("the recipe is sound");
        let plan = Arc::new(plan);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let port = Serial::open(&scratch.file("u"), Arc::clone(&clock)).expect("the port is free");
        let unit = pool::identify(Line::new(Box::new(port), clock, Config::default())).expect("a unit");
        let units = vec![unit];
        let bound = |it: pool::Binding| BoundCell {
            live: Live::new(it.cell, it.place),
            voltage: it.voltage,
            plan: Arc::clone(&plan),
            uncalibrated: false,
            earlier: None,
        };
        let cells: Vec<_> = pool::bind(&units, &[]).expect("four cells").into_iter().map(bound).collect();
        assert_eq!(cells.len(), 4);
        let mut slow = Slow { panics, ..Slow::default() };
        let (gate, lives) = (slow.gate.clone(), cells.iter().map(|cell| cell.live.clone()).collect());
        let run = std::thread::spawn(move || {
            let waiting = Waiting { room, ..Waiting::default() };
            let run = scheduler::start_waiting(units, &cells, &StopSwitch::default(), &waiting);
            let end = run.finish(&mut slow);
            (end, slow)
        });
        Self { gate, cells: lives, run }
    }

    /// Waits until something holds; the observer is still at its gate then.
    fn waits_until(&self, what: &str, holds: impl Fn(&[Live]) -> bool) {
        let clock = SystemClock::start();
        while !holds(&self.cells) {
            assert!(clock.now() - Instant::ORIGIN < LONG, "it never came to this: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!self.run.is_finished(), "somebody took the reports");
    }

    fn end(self) -> (RunEnd, Slow) {
        self.gate.open();
        self.run.join().expect("no panic")
    }
}

fn all_done(cells: &[Live]) -> bool {
    cells.iter().all(|cell| cell.look().done)
}

/// What was told of one slot: its facts, and for each row the number of its step.
fn of_slot(notes: &[Note], slot: Slot) -> Vec<Result<&Event, u32>> {
    let told = notes.iter().filter_map(|note| match note {
        Note::Fact(entry) => (entry.slot == Some(slot)).then_some(Ok(&entry.event)),
        Note::Row(place, sample) => (place.slot == slot).then_some(Err(sample.step_count)),
    });
    told.collect()
}

fn notices(notes: &[Note], with: &str) -> usize {
    let is_meant = |note: &&Note| matches!(note, Note::Fact(entry) if matches!(&entry.event, Event::Notice { what } if what.contains(with)));
    notes.iter().filter(is_meant).count()
}

/// Longer than the unit's watchdog, from the first row to the last.
#[test]
fn the_cells_go_on_while_nothing_is_kept_and_nothing_is_lost() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let recipe =
        SHORT.replace("charge = \"1 A\"\nat_most = \"5 s\"", "charge = \"0.25 A\"\nat_most = \"28 s\"");
    let room = Room { on_the_way: 64, ..Room::default() };
    let run = AtTheGate::start(&scratch, &recipe, room, false);
    run.waits_until("every cell has gone through its plan", all_done);
    let (end, Slow { notes, commits, .. }) = run.end();
    assert_eq!((end.exit, end.safe, end.lost), (Exit::Passed, true, None));
    assert_eq!((notices(&notes, "is held back"), notices(&notes, "what was held back is taken")), (1, 1));
    for slot in Slot::ALL {
        let (mut step, mut under_way, mut rows, mut ended) = (0, false, 0, 0);
        for told in of_slot(&notes, slot) {
            match told {
                Ok(Event::StepStarted { step_count, .. }) => (step, under_way) = (*step_count, true),
                Ok(Event::StepEnded { result, .. }) => {
                    assert_eq!((result.step_count, under_way), (step, true));
                    (under_way, ended) = (false, ended + 1);
                }
                Err(of_step) => {
                    assert_eq!((of_step, under_way), (step, true), "a row before or behind its step");
                    rows += 1;
                }
                Ok(Event::UnitStopped { error, status }) => panic!("{error} {status}"),
                Ok(Event::CellEnded { verdict, .. }) => assert_eq!((*verdict, ended), (Verdict::Pass, 3)),
                Ok(_) => {}
            }
        }
        assert!(rows >= 30, "{rows} rows of {slot}");
    }
    let times: Vec<f64> = notes
        .iter()
        .filter_map(|note| match note {
            Note::Fact(entry) => Some(entry.test_time_second),
            Note::Row(..) => None,
        })
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    // What had waited was committed together, and all of it was.
    assert_eq!(commits.last(), Some(&notes.len()));
    assert!(commits.len() * 2 < notes.len(), "{} commits of {} notes", commits.len(), notes.len());
}

#[test]
fn when_too_much_is_held_back_the_tests_end_before_anything_is_lost() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let room = Room { on_the_way: 64, held_back: 20 };
    let run = AtTheGate::start(&scratch, &long(), room, false);
    run.waits_until("every test has ended", all_done);
    run.waits_until("no current flows", |_| {
        let books = scratch.json("books.json");
        let mut slots = books["units"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|unit| unit["slots"].as_array())
            .flatten();
        slots.all(|slot| slot["mode"] == "IDLE" && slot["phases"].to_string().contains("CHARGE"))
    });
    let (end, Slow { notes, .. }) = run.end();
    assert_eq!((end.exit, end.safe, end.lost), (Exit::Fault, true, None));
    let why = "notes wait to be kept";
    let faults = notes.iter().filter(|note| matches!(note, Note::Fact(entry) if matches!(&entry.event, Event::Fault { what } if what.contains(why) && what.contains("does not keep up"))));
    assert_eq!(faults.count(), 1);
    for slot in Slot::ALL {
        let told = of_slot(&notes, slot);
        let ended = told.iter().filter_map(|it| match it {
            Ok(Event::CellEnded { verdict, why, resumable }) => {
                Some((*verdict, why.contains("notes wait"), *resumable))
            }
            _ => None,
        });
        assert_eq!(ended.collect::<Vec<_>>(), [(Verdict::Error, true, true)]);
        assert!(told.iter().any(|it| matches!(it, Ok(Event::MadeSafe { .. }))));
        // The unit is well: what passed is counted.
        let exact = |it: &Result<&Event, u32>| !matches!(it, Ok(Event::ChargeGap { at_least, at_most, .. }) if at_least != at_most);
        assert!(told.iter().all(exact), "{told:?}");
    }
    let outside = Outside::look(&scratch, "u");
    assert!(outside.is_quiet() && outside.settings == 0, "{outside:?}");
}

#[test]
fn an_observer_that_fails_with_much_held_back_leaves_no_current() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let run = AtTheGate::start(&scratch, &long(), Room { on_the_way: 2, held_back: 4096 }, true);
    run.waits_until("currents flow", |cells| cells.iter().all(|cell| cell.look().current.0 > 0.0));
    run.gate.open();
    assert!(run.run.join().is_err(), "its panic is passed on");
    assert!(Outside::look(&scratch, "u").is_quiet());
}
