//! What a wall of testers costs its host: processor time, memory and wakes of `batlab-run` with 64 units (256 cells) in
//! real time, and with one. The simulated units live in another process; what is counted is the run alone.
//!
//! `cargo bench --bench host -- [SECONDS]`, 30 for each of the two unless said otherwise. Linux only: it reads /proc.

#[path = "../tests/common/wall.rs"]
mod wall;

use batlab_run::clock::{Clock, SystemClock};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use wall::Wall;

type Fault = Box<dyn Error>;

const BINARY: &str = env!("CARGO_BIN_EXE_batlab-run");
/// Units of the large wall.
const MANY: usize = 64;
/// After the last cell has begun, the places of the slices are known and the drivers trimmed.
const SETTLED: Duration = Duration::from_secs(8);
/// No wall takes longer than this to begin.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long system calls are counted, where there is strace.
const COUNTED: &str = "5";

const CELL: &str = "capacity = \"2.5 Ah\"\nstate_of_charge = \"50 %\"";
const RECIPE: &str = r#"
[recipe]
name = "host"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[record]
every = "1 s"
[[step]]
repeat = 10
[[step.step]]
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "4 h"
[[step.step]]
discharge = "C/2"
until = "voltage < 2.8 V"
at_most = "4 h"
"#;

fn main() -> Result<(), Fault> {
    if !cfg!(target_os = "linux") {
        println!("processor time and memory of another process are read from Linux's /proc");
        return Ok(());
    }
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let window = Duration::from_secs(arguments.first().map_or(Ok(30), |it| it.parse())?);
    for units in [MANY, 1] {
        tell(units, window)?;
    }
    Ok(())
}

/// Runs a wall, and tells what it costs while all of its cells are charged.
fn tell(units: usize, window: Duration) -> Result<(), Fault> {
    let scratch = tempfile::tempdir()?;
    let wall = Wall::serve(BINARY, scratch.path(), units, CELL)?;
    let run = Run::begin(&wall, scratch.path())?;
    run.wait_for_steps(4 * units, scratch.path())?;
    std::thread::sleep(SETTLED);
    let clock = SystemClock::start();
    let before = run.spent()?;
    std::thread::sleep(window);
    let (after, time) = (run.spent()?, clock.now().as_micros() as f64 / 1e6);
    let processor = after.processor - before.processor;
    let cell_hours = time / 3600.0 * 4.0 * units as f64;
    let line = |what: &str, figure: f64, unit: &str| println!("{what:<52} {figure:>10.2} {unit}");
    println!("{units} unit(s) with four cells each, charged, a row a second, for {time:.0} s");
    line("  processor time, of one core", processor / time * 100.0, "%");
    line("  processor time a cell-hour", processor / cell_hours * 1e3, "ms");
    line("  processor time a unit and minute", processor / time * 60e3 / units as f64, "ms");
    line("  wakes a unit and second", (after.wakes - before.wakes) / time / units as f64, "");
    if let Some(calls) = run.calls_a_second() {
        line("  system calls a unit and second", calls / units as f64, "");
    }
    let (now, most) = run.memory()?;
    line("  memory, at the end", now, "MB");
    line("  memory, at its highest", most, "MB");
    Ok(())
}

/// What a process has spent so far.
struct Spent {
    /// Seconds of processors.
    processor: f64,
    /// How often a thread of it went to sleep.
    wakes: f64,
}

/// The program at work; it is stopped, safely, when this is dropped.
struct Run(Child);

impl Run {
    fn begin(wall: &Wall, folder: &Path) -> Result<Self, Fault> {
        let recipe = folder.join("host-recipe.toml");
        fs::write(&recipe, RECIPE)?;
        let mut command = Command::new(BINARY);
        for port in wall.ports() {
            command.arg("--port").arg(port);
        }
        command.args(["--quiet", "--out"]).arg(folder.join("run")).arg(recipe);
        Ok(Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?))
    }

    /// Waits until so many steps have begun.
    fn wait_for_steps(&self, steps: usize, folder: &Path) -> Result<(), Fault> {
        let clock = SystemClock::start();
        let begun = || {
            let journal = fs::read_to_string(folder.join("run/journal.jsonl")).unwrap_or_default();
            journal.matches("step-started").count()
        };
        while begun() < steps {
            if clock.now().as_micros() as u128 > PATIENCE.as_micros() {
                return Err(format!("{} of {steps} cells have begun", begun()).into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn spent(&self) -> Result<Spent, Fault> {
        let mut spent = Spent { processor: 0.0, wakes: 0.0 };
        for task in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            let task = task?.path();
            // Nanoseconds on a processor come first; finer than the hundredths of a second in `stat`.
            let times = fs::read_to_string(task.join("schedstat"))?;
            spent.processor += number(times.split_whitespace().next())? / 1e9;
            spent.wakes += field(&fs::read_to_string(task.join("status"))?, "voluntary_ctxt_switches:")?;
        }
        Ok(spent)
    }

    /// Megabytes in use, and the most that ever were.
    fn memory(&self) -> Result<(f64, f64), Fault> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        Ok((field(&status, "VmRSS:")? / 1024.0, field(&status, "VmHWM:")? / 1024.0))
    }

    /// Counted by strace, which slows the run down, so not in the window; `None` without strace.
    fn calls_a_second(&self) -> Option<f64> {
        let mut command = Command::new("timeout");
        command.args(["--signal=INT", COUNTED, "strace", "-c", "-f", "-q", "-p", &self.0.id().to_string()]);
        let told = String::from_utf8(command.stdin(Stdio::null()).output().ok()?.stderr).ok()?;
        // `100.00 SECONDS USECS CALLS [ERRORS] total`
        let total = told.lines().find(|line| line.trim_end().ends_with(" total"))?;
        Some(total.split_whitespace().nth(3)?.parse::<f64>().ok()? / COUNTED.parse::<f64>().ok()?)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn field(text: &str, name: &str) -> Result<f64, Fault> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    number(line.and_then(|rest| rest.split_whitespace().next()))
}

fn number(text: Option<&str>) -> Result<f64, Fault> {
    Ok(text.ok_or("a figure is missing")?.parse()?)
}
