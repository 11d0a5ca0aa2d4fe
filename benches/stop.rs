//! How soon a current is ended: from the moment at which the reading comes that ends its step to the moment at which the
//! write of MODE has left the port, with four units and with 64 side by side, all slots of which begin and end steps all
//! the time. The stations are those of a run; the units live in another process, in real time.
//!
//! `cargo bench --bench stop -- [SECONDS]`, 45 for each unless said otherwise.

#[path = "../tests/common/stop_watch.rs"]
mod stop_watch;
#[path = "../tests/common/wall.rs"]
mod wall;

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::driver::{Config, Line};
use batlab_run::event::Note;
use batlab_run::plan::{self, Plan};
use batlab_run::pool::{self, FoundUnit};
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::station::{BoundCell, Live};
use batlab_run::transport::serial::Serial;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stop_watch::{StopWatch, Stops, percentile, recipe};
use wall::Wall;

type Fault = Box<dyn Error>;

/// Until every cell has begun its first step.
const SETTLED: Duration = Duration::from_secs(15);
const CELL: &str = "capacity = \"80 mAh\"\ncapacity_spread = \"3 %\"\nresistance = \"20 mohm\"\n\
                    resistance_spread = \"25 %\"\nstate_of_charge = \"55 %\"";

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let window = Duration::from_secs(arguments.first().map_or(Ok(45), |it| it.parse())?);
    let source = Source::new("stops.toml", recipe(1000));
    let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
    let plan = Arc::new(plan);
    println!("{:<12} {:>7} {:>9} {:>9} {:>9} {:>9}", "", "stops", "median", "90 %", "99 %", "longest");
    for units in [4, 64] {
        let stops = measure(&plan, units, window)?;
        let at = |part| percentile(&stops, part).as_secs_f64() * 1e3;
        let [half, most, nearly, all] = [0.5, 0.9, 0.99, 1.0].map(at);
        let count = stops.len();
        println!(
            "{units:>2} unit(s)   {count:>7} {half:>6.1} ms {most:>6.1} ms {nearly:>6.1} ms {all:>6.1} ms"
        );
    }
    Ok(())
}

/// The times of all stops within a window, the shortest first.
fn measure(plan: &Arc<Plan>, units: usize, window: Duration) -> Result<Vec<Duration>, Fault> {
    let scratch = tempfile::tempdir()?;
    let wall = Wall::serve(env!("CARGO_BIN_EXE_batlab-run"), scratch.path(), units, CELL)?;
    let stops = Stops::default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let found = wall.ports().iter().map(|port| open(port, &clock, &stops)).collect::<Result<Vec<_>, _>>()?;
    let bound = |it: pool::Binding| {
        let live = Live::new(it.cell, it.place);
        BoundCell { live, voltage: it.voltage, plan: Arc::clone(plan), uncalibrated: false, earlier: None }
    };
    let cells: Vec<_> = pool::bind(&found, &[])?.into_iter().map(bound).collect();
    let switch = StopSwitch::default();
    let run = scheduler::start(found, &cells, &switch);
    let begin = clock.now() + SETTLED;
    let mut watched = Watched { clock, stops, switch, begin, end: begin + window, measured: Vec::new() };
    let end = run.finish(&mut watched);
    if !end.safe {
        return Err("not every slot was seen without current at the end".into());
    }
    Ok(watched.measured)
}

fn open(port: &Path, clock: &Arc<dyn Clock>, stops: &Stops) -> Result<FoundUnit, Fault> {
    let serial = Box::new(Serial::open(port, Arc::clone(clock))?);
    let watch = StopWatch::new(serial, Arc::clone(clock), stops.clone());
    Ok(pool::identify(Line::new(Box::new(watch), Arc::clone(clock), Config::default()))?)
}

/// Lets the run settle, measures, and ends it. Nothing is kept.
struct Watched {
    clock: Arc<dyn Clock>,
    stops: Stops,
    switch: StopSwitch,
    /// The window.
    begin: Instant,
    end: Instant,
    measured: Vec<Duration>,
}

impl Observer for Watched {
    fn note(&mut self, _: &Note) -> Result<(), String> {
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        if now < self.begin {
            self.stops.clear();
        } else if now < self.end {
            self.measured = self.stops.sorted();
        } else {
            self.switch.want();
        }
        Ok(())
    }
}
