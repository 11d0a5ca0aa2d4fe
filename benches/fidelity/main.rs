//! How true control and accounting are, over a matrix of simulated cells, against the simulator's books.
//!
//! `cargo bench --bench fidelity` prints two tables; `-- --json` a line for each figure instead. The exit
//! code is 1 if a bound is broken. `-- --small` takes the cells that the vendor's client is measured with instead,
//! which the bounds are not for.
#![allow(missing_docs)]

#[path = "mod.rs"]
mod fidelity;

use batlab_run::clock::{Clock, SystemClock};
use fidelity::Fault;
use fidelity::figures::{Figure, figures};
use fidelity::matrix::{Case, SEED, all, small};
use std::process::ExitCode;

/// What the measurements of a unit may be off by, by the simulator's default.
const OF_HARDWARE: f64 = 0.001;

fn main() -> Result<ExitCode, Fault> {
    let asked = |name: &str| std::env::args().any(|argument| argument == name);
    let (json, is_small) = (asked("--json"), asked("--small"));
    let clock = SystemClock::start();
    let begin = clock.now();
    let cases = if is_small { small() } else { all() };
    let own = figures(&cases, 0.0)?;
    // The same corners, without the drivers that are right.
    let off: Vec<Case> = cases.into_iter().filter(|case| case.driver > 1.0).collect();
    let with_hardware = figures(&off, OF_HARDWARE)?;
    if json {
        own.iter().for_each(|figure| line("control", figure));
        with_hardware.iter().for_each(|figure| line("hardware", figure));
    } else {
        println!("What control and accounting add: measurements without an error of gain, seed {SEED}");
        table(&own, true);
        println!();
        println!(
            "With the simulator's own error of gain (0.1 % of volts and amperes), which no control can see"
        );
        table(&with_hardware, false);
        println!();
        println!("{:.0} s", (clock.now() - begin).as_secs_f64());
    }
    let broken = own.iter().filter(|figure| !figure.holds() && !is_small).count();
    if broken > 0 {
        eprintln!("{broken} of the bounds are broken");
    }
    Ok(if broken > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn table(figures: &[Figure], bounded: bool) {
    println!("| {:<38} | {:>9} | {:>9} | {:>7} | the worst was", "", "worst", "median", "bound");
    println!("|{:-<40}|{:->11}|{:->11}|{:->9}|{:-<20}", "", ":", ":", ":", "");
    for figure in figures {
        let (_, name) = figure.metric.names();
        let unit = figure.metric.unit();
        let bound = match figure.metric.bound().filter(|_| bounded) {
            Some(bound) if figure.holds() => format!("{bound} {unit}"),
            Some(bound) => format!("! {bound} {unit}"),
            None => String::new(),
        };
        println!(
            "| {name:<38} | {:>6.3} {unit:<2} | {:>6.3} {unit:<2} | {bound:>7} | {}",
            figure.worst, figure.median, figure.worst_case
        );
    }
}

fn line(of: &str, figure: &Figure) {
    let line = serde_json::json!({
        "client": "batlab-run",
        "errors_of": of,
        "metric": figure.metric.names().0,
        "unit": figure.metric.unit(),
        "worst": figure.worst,
        "median": figure.median,
        "count": figure.count,
        "bound": figure.metric.bound(),
        "holds": figure.holds(),
        "worst_case": figure.worst_case.to_string(),
        "seed": SEED,
    });
    println!("{line}");
}
