//! Runs a recipe file on simulated cells in memory, and prints what each step of each cell came to. It needs no unit, and
//! a night passes in a second.
//!
//! `cargo run --example simulated_run -- recipes/capacity.toml`

use batlab_run::diagnostic::{Colour, Source, render};
use batlab_run::plan;
use batlab_run::rehearsal::{Stage, rehearse};
use batlab_run::simulator::bench::Bench;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let recipe = std::env::args().nth(1).ok_or("name a recipe, such as recipes/capacity.toml")?;
    run(Path::new(&recipe), &mut io::stdout())
}

/// Runs the recipe and prints the results.
pub fn run(recipe: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let source = Source::from_file(recipe)?;
    let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
    let plan = Arc::new(plan);
    let stage = Stage {
        bench: Bench::matching(plan.cell().chemistry, plan.cell().capacity, Bench::SEED),
        at_most: Duration::from_secs(30 * 86400),
        faults: Vec::new(),
        events: false,
    };
    for cell in rehearse(&plan, &stage)?.cells {
        writeln!(out, "{} {}: {}, {}", cell.cell, cell.place, cell.verdict, cell.why)?;
        for (number, pass) in &cell.steps {
            let name = pass.last.name.as_deref().unwrap_or(&pass.last.kind);
            writeln!(
                out,
                "  step {number} {name}: {:.4} Ah in, {:.4} Ah out, {:.4} at its end",
                pass.last.passed.charge_in.ampere_hours(),
                pass.last.passed.charge_out.ampere_hours(),
                pass.last.voltage_end
            )?;
        }
    }
    Ok(())
}
