//! How a simulated run grows with its units: `recipes/capacity.toml` as a person runs it, with all its files.
//!
//! `cargo bench --bench scale` for 1, 4, 16 and 64 units with four cells each; `cargo bench --bench scale -- 250 1000` for
//! others. Each run needs 3 MB of the disk a unit, and gives them back.

#[path = "../tests/common/spent.rs"]
mod spent;

use spent::{Spent, spent};
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// The unit counts that are told where nobody names others.
const USUAL: [u32; 4] = [1, 4, 16, 64];
/// The one that growth is told against: with fewer, what a run takes by itself is in the way.
const AGAINST: u32 = 16;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands on `--bench`.
    let named: Vec<u32> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let mut counts = if named.is_empty() { USUAL.to_vec() } else { named };
    if !counts.contains(&AGAINST) {
        counts.insert(0, AGAINST);
    }
    println!(
        "units  cells  cell-hours   wall s  cpu s  cell-hours/cpu s  cpu ms/unit  growth  peak MB  MB/unit more"
    );
    let mut lines: Vec<(u32, f64, Spent)> = Vec::new();
    for units in counts {
        let (hours, taken) = run(units)?;
        lines.push((units, hours, taken));
    }
    let each = |units: u32, taken: &Spent| taken.processor.map(|seconds| seconds / f64::from(units));
    let against = lines.iter().find(|(units, ..)| *units == AGAINST).map(|(_, _, taken)| *taken);
    for (units, hours, taken) in &lines {
        let own = each(*units, taken);
        let growth = own.zip(against.and_then(|it| each(AGAINST, &it))).map(|(own, then)| own / then);
        println!(
            "{units:>5}  {:>5}  {hours:>10.0}  {:>7.2}  {:>5}  {:>16}  {:>11}  {:>6}  {:>7}  {:>12}",
            units * 4,
            taken.wall,
            shown(taken.processor, 2),
            shown(taken.processor.map(|seconds| hours / seconds), 0),
            shown(own.map(|seconds| seconds * 1e3), 0),
            shown(growth, 2),
            shown(taken.peak.map(|bytes| bytes as f64 / 1e6), 0),
            shown(more_a_unit(*units, taken, against), 2),
        );
    }
    Ok(())
}

/// Megabytes of memory that each unit takes which is more than those that growth is told against.
fn more_a_unit(units: u32, taken: &Spent, against: Option<Spent>) -> Option<f64> {
    let more = taken.peak?.checked_sub(against?.peak?)? as f64 / 1e6;
    (units > AGAINST).then(|| more / f64::from(units - AGAINST))
}

fn shown(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
}

/// Cell-hours of a run on so many units, and what it took.
fn run(units: u32) -> Result<(f64, Spent), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let (bench, out) = (scratch.path().join("bench.toml"), scratch.path().join("run"));
    std::fs::write(
        &bench,
        format!(
            "[cell.good]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
             [[unit]]\nserial = 500001\ncount = {units}\nslots = [\"good\", \"good\", \"good\", \"good\"]\n"
        ),
    )?;
    let taken = spent(
        Command::new(env!("CARGO_BIN_EXE_batlab-run"))
            .arg(format!("--sim={}", bench.display()))
            .args(["--quiet", "--out"])
            .arg(&out)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/capacity.toml"))
            .stdout(Stdio::null()),
    )?;
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("summary.json"))?)?;
    let cells = summary["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    if cells.len() != units as usize * 4 {
        return Err(format!("{} cells of {units} units", cells.len()).into());
    }
    let seconds: f64 = cells.iter().filter_map(|cell| cell["duration_second"].as_f64()).sum();
    Ok((seconds / 3600.0, taken))
}
