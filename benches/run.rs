//! What a run costs with nothing kept: recipe, program, driver, station and a simulated unit with four cells; and how much memory
//! it takes as it gets longer. `cargo bench --bench scale` tells of whole runs with their files, on many units.
//!
//! `cargo bench --bench run`
//!
//! Processor time and memory are what Linux counts; elsewhere they are left out.

#[path = "../tests/common/long_run.rs"]
mod long_run;
#[path = "../tests/common/spent.rs"]
mod spent;

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::event::Note;
use batlab_run::plan::{self, Plan};
use batlab_run::pool;
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::simulator::bench::Bench;
use batlab_run::station::{BoundCell, Live};
use batlab_run::verdict::Exit;
use spent::processor_seconds;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Runs of which the median is told.
const RUNS: usize = 9;

type Fault = Box<dyn Error>;

fn main() -> Result<(), Fault> {
    let capacity = read("recipes/capacity.toml")?;
    let mut simulated = 0.0;
    let (wall, core) = median(|| {
        simulated = run(&capacity)?;
        Ok(())
    })?;
    println!(
        "one unit, four cells, recipes/capacity.toml: {simulated:.0} s of cell time, median of {RUNS} runs"
    );
    tell("in memory", simulated, wall, core);
    if cfg!(target_os = "linux") {
        for (what, hours) in [("memory of a run of 24 h", 24), ("memory of a run of 30 days", 30 * 24)] {
            let scratch = tempfile::tempdir()?;
            let peak = long_run::peak(env!("CARGO_BIN_EXE_batlab-run"), scratch.path(), hours)?;
            println!("{what:<28} {peak:>9} bytes at its highest");
        }
    }
    Ok(())
}

fn tell(what: &str, simulated: f64, wall: f64, core: Option<f64>) {
    print!("{what:<28} {wall:>9.3} s, {:.0} simulated s/s", simulated / wall);
    match core {
        Some(core) => println!("; {:.0} for each second of one core", simulated / core),
        None => println!(),
    }
}

fn read(path: &str) -> Result<Arc<Plan>, Fault> {
    let source = Source::from_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path))?;
    let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
    Ok(Arc::new(plan))
}

/// Median seconds of the wall and of processors over some runs.
fn median(mut once: impl FnMut() -> Result<(), Fault>) -> Result<(f64, Option<f64>), Fault> {
    let clock = SystemClock::start();
    let mut walls = Vec::new();
    let before = processor_seconds();
    for _ in 0..RUNS {
        let begin = clock.now();
        once()?;
        walls.push((clock.now() - begin).as_secs_f64());
    }
    walls.sort_by(f64::total_cmp);
    // Counted in hundredths of a second, so over all runs and not for each.
    let core = processor_seconds().zip(before).map(|(after, before)| (after - before) / RUNS as f64);
    Ok((walls[RUNS / 2], core))
}

/// Hears a run, and keeps the seconds from the unit's start to the newest row.
#[derive(Default)]
struct Seen(f64);

impl Observer for Seen {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        if let Note::Row(_, sample) = note {
            self.0 = self.0.max((sample.at - Instant::ORIGIN).as_secs_f64());
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A run of a plan on a unit with four cells. Gives the simulated seconds.
fn run(plan: &Arc<Plan>) -> Result<f64, Fault> {
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, Bench::SEED);
    let mut found = Vec::new();
    for unit in pool::simulate(&bench, |port, _| port) {
        found.push(pool::identify(unit.line)?);
    }
    let cells = pool::bind(&found, &[])?;
    let bound = |it: pool::Binding| {
        let live = Live::new(it.cell, it.place);
        BoundCell { live, voltage: it.voltage, plan: Arc::clone(plan), uncalibrated: false, earlier: None }
    };
    let cells: Vec<_> = cells.into_iter().map(bound).collect();
    let mut seen = Seen::default();
    let end = scheduler::start(found, &cells, &StopSwitch::default()).finish(&mut seen);
    if end.exit != Exit::Passed {
        return Err(format!("the run ended with {:?}", end.exit).into());
    }
    Ok(seen.0)
}
