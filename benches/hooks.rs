//! What hooks cost: 256 cells that each have a reading a second, with and without a hook for it.
//!
//! `cargo bench --bench hooks`

use batlab_run::clock::{Clock, Instant, SystemClock};
use batlab_run::diagnostic::Source;
use batlab_run::plan;
use batlab_run::program::{Activity, Program, Reading};
use batlab_run::units::{Amperes, Celsius, Coulombs, Volts};
use std::sync::Arc;
use std::time::Duration;

/// So many cells, each with so many readings, one a second.
const CELLS: usize = 256;
const READINGS: u64 = 400;

const RECIPE: &str = "[recipe]\nname = \"b\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
    [record]\nevery = \"1 h\"\n[[step]]\nrest = \"48 h\"\n";

/// A hook as one would write it: the newest voltages are kept, and their slope is looked at.
const BUSY: &str = "[hooks]\nmetrics = { slope = \"V/s\" }\ncode = '''\n\
    fn on_sample(ctx) {\n\
        let list = this.list ?? [];\n\
        list.push(ctx.sample.voltage);\n\
        if list.len() > 20 { list.remove(0); }\n\
        let slope = (list[-1] - list[0]) / list.len();\n\
        if slope > 0.1 && ctx.sample.settled { metric(\"slope\", slope); end_step(\"rises\"); }\n\
        this.list = list;\n\
    }\n'''\n";

fn main() -> Result<(), String> {
    let none = micros("")?;
    println!("no hooks          {none:8.3} us a reading");
    for (name, hooks) in [
        ("an empty hook", "[hooks]\ncode = 'fn on_sample(ctx) { }'\n"),
        (
            "one comparison",
            "[hooks]\ncode = 'fn on_sample(ctx) { if ctx.sample.voltage > 4.1 { end_step(1); } }'\n",
        ),
        ("a list of 20 kept", BUSY),
    ] {
        let more = micros(hooks)? - none;
        let share = more * CELLS as f64 / 1e6 * 100.0;
        println!("{name:<17} {more:8.3} us more, {share:6.3} % of a core for {CELLS} cells at one a second");
    }
    Ok(())
}

/// The time that a program takes for a reading, the best of five rounds.
fn micros(hooks: &str) -> Result<f64, String> {
    let source = Source::new("b.toml", format!("{RECIPE}{hooks}"));
    let plan = Arc::new(plan::check(&source).map_err(|problems| format!("{problems:?}"))?);
    let clock = SystemClock::start();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let mut programs: Vec<Program> = (0..CELLS).map(|_| Program::new(Arc::clone(&plan))).collect();
        programs.iter_mut().for_each(|program| program.on_reading(&reading(0)));
        let begin = clock.now();
        for second in 1..=READINGS {
            for program in &mut programs {
                program.on_reading(&reading(second));
                while program.next_output().is_some() {}
            }
        }
        let took = (clock.now() - begin).as_secs_f64();
        assert!(programs.iter().all(|program| program.glance().is_some()), "every cell rests to the end");
        best = best.min(took * 1e6 / (READINGS * CELLS as u64) as f64);
    }
    Ok(best)
}

fn reading(second: u64) -> Reading {
    let at = Instant::ORIGIN + Duration::from_secs(second);
    Reading {
        at,
        heard: at,
        activity: Activity::Settled,
        since: Instant::ORIGIN,
        steady: true,
        voltage: Volts(3.7),
        current: Amperes(0.0),
        temperature: Celsius(25.0),
        passed: Coulombs(0.0),
    }
}
