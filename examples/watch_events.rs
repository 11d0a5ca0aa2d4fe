//! Runs a short recipe on every cell, and prints every event as a line of JSON, as the journal of a run has them.
//!
//! `cargo run --example watch_events -- --sim`

mod common;

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::event::Note;
use batlab_run::scheduler::{self, Observer, StopSwitch};
use batlab_run::station::{BoundCell, Live};
use batlab_run::{plan, pool};
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

const RECIPE: &str = r#"
[recipe]
name = "pulse"

[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"

[[step]]
name = "pulse"
discharge = "1 A"
at_most = "30 s"

[[step]]
name = "recovery"
rest = "1 min"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    watch(&common::arguments(), &mut io::stdout())
}

/// Runs the recipe and prints its events.
pub fn watch(arguments: &[String], out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let source = Source::new("pulse.toml", RECIPE);
    let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
    let plan = Arc::new(plan);
    let units = common::units(arguments, pool::identify)?;
    let bound = |it: pool::Binding| BoundCell {
        live: Live::new(it.cell, it.place),
        voltage: it.voltage,
        plan: Arc::clone(&plan),
        uncalibrated: false,
        earlier: None,
    };
    let cells: Vec<BoundCell> = pool::bind(&units, &[])?.into_iter().map(bound).collect();
    let end = scheduler::start(units, &cells, &StopSwitch::default()).finish(&mut Lines(out));
    end.lost.map_or(Ok(()), |why| Err(why.into()))
}

/// Writes each fact as a line; rows of the time series are left out.
struct Lines<'a>(&'a mut dyn Write);

impl Observer for Lines<'_> {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        let Note::Fact(entry) = note else { return Ok(()) };
        let line = serde_json::to_string(entry).map_err(|error| error.to_string())?;
        writeln!(self.0, "{line}").map_err(|error| error.to_string())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}
