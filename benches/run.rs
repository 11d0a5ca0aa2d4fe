//! What a whole run costs: recipe, program, driver, station and a simulated unit with four cells.
//!
//! `cargo bench --bench run`
//!
//! Processor time and memory are what Linux counts; elsewhere they are left out.

#[path = "../tests/common/long_run.rs"]
mod long_run;

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::event::Note;
use batlab_run::plan::{self, Plan};
use batlab_run::pool;
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::simulator::bench::{Bench, UnitSpec};
use batlab_run::station::{BoundCell, Live};
use batlab_run::verdict::Exit;
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Runs of which the median is told.
const RUNS: usize = 9;
/// Units of which the memory is told.
const MANY: u32 = 64;

type Fault = Box<dyn Error>;

fn main() -> Result<(), Fault> {
    let capacity = read("recipes/capacity.toml")?;
    let mut simulated = 0.0;
    let (wall, core) = median(|| {
        let seen = run(&capacity, 1)?;
        simulated = seen.simulated;
        Ok(())
    })?;
    println!(
        "one unit, four cells, recipes/capacity.toml: {simulated:.0} s of cell time, median of {RUNS} runs"
    );
    tell("in memory", simulated, wall, core);
    let (wall, core) = median(command)?;
    tell("the command, with its files", simulated, wall, core);

    let short = read("recipes/impedance.toml")?;
    let one = run(&short, 1)?.resident;
    let many = run(&short, 1 + MANY)?.resident;
    if let (Some(one), Some(many)) = (one, many) {
        let each = many.saturating_sub(one) / u64::from(MANY);
        println!("{:<28} {each:>9} bytes, each of {MANY} at work side by side", "memory a unit");
    }
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

/// What was seen of a run.
#[derive(Default)]
struct Seen {
    /// Seconds from the unit's start to the newest row.
    simulated: f64,
    resident: Option<u64>,
    notes: u64,
}

impl Observer for Seen {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        if let Note::Row(_, sample) = note {
            self.simulated = self.simulated.max((sample.at - Instant::ORIGIN).as_secs_f64());
        }
        if self.notes.is_multiple_of(4096) {
            self.resident = self.resident.max(resident());
        }
        self.notes += 1;
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        self.resident = self.resident.max(resident());
        Ok(())
    }
}

/// A run of a plan on so many units with four cells each, with nothing kept.
fn run(plan: &Arc<Plan>, units: u32) -> Result<Seen, Fault> {
    let mut bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, Bench::SEED);
    let first = bench.units[0].clone();
    let serial = first.serial.0;
    let next =
        |number| UnitSpec { serial: batlab_run::identity::SerialNumber(serial + number), ..first.clone() };
    bench.units = (0..units).map(next).collect();
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
    Ok(seen)
}

/// The same as a person runs it, files and all.
fn command() -> Result<(), Fault> {
    let scratch = tempfile::tempdir()?;
    let done = Command::new(env!("CARGO_BIN_EXE_batlab-run"))
        .args(["--sim", "--quiet", "--out"])
        .arg(scratch.path().join("run"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/capacity.toml"))
        .stdout(Stdio::null())
        .status()?;
    if done.success() { Ok(()) } else { Err(format!("the command ended with {done}").into()) }
}

/// Seconds of processor time of this process and of those that it has waited for.
fn processor_seconds() -> Option<f64> {
    const TICKS_A_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: the state is field 3; user and system time are 14 to 17.
    let (_, fields) = text.rsplit_once(')')?;
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(4).filter_map(|it| it.parse().ok()).collect();
    (ticks.len() == 4).then(|| ticks.iter().sum::<f64>() / TICKS_A_SECOND)
}

/// Bytes of memory that are in use now.
fn resident() -> Option<u64> {
    const PAGE: u64 = 4096;
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<u64>().ok()? * PAGE)
}
