//! Charges one cell through a plan: limits are proved, written and read back before current flows, the watchdog runs, and
//! what happens is heard as events.
//!
//! `cargo run --example charge_cell -- --sim`. On hardware it charges the cell in the first slot that has one: name the port.

mod common;

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::event::{Event, Note};
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::station::{BoundCell, Live};
use batlab_run::verdict::Exit;
use batlab_run::{plan, pool};
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

const RECIPE: &str = r#"
[recipe]
name = "charge"

[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"

[limits]
temperature = { charge = ["5 degC", "40 degC"] }

[[step]]
name = "fill"
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "4 h"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    charge(&common::arguments(), &mut io::stdout())
}

/// Charges a cell and prints what happens.
pub fn charge(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    // Only the proof makes a plan, so what was not checked cannot be run.
    let source = Source::new("charge.toml", RECIPE);
    let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
    let plan = Arc::new(plan);

    let units = common::units(arguments, pool::identify)?;
    let first = pool::bind(&units, &[])?.into_iter().next().ok_or("there is no cell")?;
    let cell = BoundCell {
        live: Live::new(first.cell, first.place),
        voltage: first.voltage,
        plan,
        uncalibrated: false,
        earlier: None,
    };
    // Whoever holds the switch can end the run safely, from any thread.
    let switch = StopSwitch::default();
    let end = scheduler::start(units, &[cell], &switch).finish(&mut Printer { out, rows: 0 });
    match end.exit {
        Exit::Passed => Ok(()),
        other => Err(format!("the run ended with exit code {}", other.code()).into()),
    }
}

/// Prints the facts that tell of a charge, and counts rows.
struct Printer<'a> {
    out: &'a mut dyn Write,
    rows: u64,
}

impl Observer for Printer<'_> {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        let text = match note {
            Note::Row(..) => {
                self.rows += 1;
                return Ok(());
            }
            Note::Fact(entry) => match &entry.event {
                Event::LimitsVerified { limits } => {
                    format!("limits are in place: {} to {}", limits.voltage_low, limits.voltage_high)
                }
                Event::StepStarted { what, .. } => format!("begins: {what}"),
                Event::HoldStarted { voltage } => format!("holds {voltage}"),
                Event::StepEnded { result, .. } => format!(
                    "{:.3} Ah in, {} rows, ends at {:.4}",
                    result.passed.charge_in.ampere_hours(),
                    self.rows,
                    result.voltage_end
                ),
                Event::CellEnded { verdict, why, .. } => format!("{verdict}: {why}"),
                _ => return Ok(()),
            },
        };
        // An error here stops the run safely: nothing may be lost.
        writeln!(self.out, "{text}").map_err(|error| error.to_string())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}
