//! Whole runs on simulated units under virtual time.
#![allow(missing_docs)]

use batlab_run::diagnostic::Source;
use batlab_run::identity::Slot;
use batlab_run::journal::{Event, Note};
use batlab_run::plan::{self, Plan};
use batlab_run::pool;
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::simulator::bench::Bench;
use batlab_run::station::Live;
use std::sync::Arc;

#[derive(Default)]
struct Collected {
    notes: Vec<Note>,
}

impl Observer for Collected {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        self.notes.push(note.clone());
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}

fn plan(text: &str) -> Arc<Plan> {
    let source = Source::new("test.toml", text);
    Arc::new(plan::check(&source).unwrap_or_else(|problems| panic!("{problems:?}")))
}

const CAPACITY: &str = r#"
[recipe]
name = "capacity"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
temperature = { charge = "45 degC", discharge = "60 degC" }
[record]
every = "1 s"
[[step]]
name = "fill"
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "5 h"
[[step]]
rest = "30 min"
[[step]]
name = "capacity"
discharge = "C/2"
until = "voltage < 2.8 V"
at_most = "4 h"
[[step]]
rest = "5 min"
[[step]]
impedance = "1 kHz"
"#;

#[test]
fn a_capacity_test_agrees_with_the_books() {
    let plan = plan(CAPACITY);
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 7);
    let mut units = Vec::new();
    let mut truth = Vec::new();
    for simulated in pool::simulate(&bench, |port, _| port) {
        truth.push(simulated.unit);
        units.push(pool::identify(simulated.line).unwrap());
    }
    let bindings = pool::bind(&units, &[]).unwrap();
    assert_eq!(bindings.len(), 4);
    let cells = bindings
        .into_iter()
        .map(|b| {
            let live = Live::new(b.cell.clone(), b.place);
            (b, live)
        })
        .collect();
    let mut collected = Collected::default();
    let end = scheduler::start(&plan, units, cells, &StopSwitch::default()).finish(&mut collected);
    for note in &collected.notes {
        if let Note::Fact(entry) = note {
            println!("{:10.1} {:?} {:?}", entry.test_time_second, entry.slot, entry.event);
        }
    }
    println!("{end:?} rows {}", collected.notes.len());
    for slot in Slot::ALL {
        println!("{:?}", truth[0].lock().unwrap().books(slot));
    }
    let _ = Event::Notice { what: String::new() };
}
