//! How much memory a long simulated run takes at its highest.

use crate::spent::spent;
use std::path::Path;
use std::process::{Command, Stdio};

/// One cell that is filled and emptied again and again, an hour or so each time, with impedances in between.
fn recipe(hours: u32) -> String {
    format!(
        "[recipe]\nname = \"long\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
         [record]\nevery = \"10 s\"\nimpedance_every = \"30 min\"\n\
         [[step]]\nrepeat = {hours}\n\
         [[step.step]]\nname = \"in\"\ncharge = \"1C\"\nuntil = \"voltage > 4.1 V\"\nat_most = \"25 min\"\n\
         [[step.step]]\nrest = \"5 min\"\n\
         [[step.step]]\nname = \"out\"\ndischarge = \"1C\"\nuntil = \"voltage < 3 V\"\nat_most = \"25 min\"\n\
         [[step.step]]\nrest = \"5 min\"\n"
    )
}

const BENCH: &str = "[cell.one]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\nstate_of_charge = \"50 %\"\n\
                     [[unit]]\nserial = 1\nslots = [\"one\", \"empty\", \"empty\", \"empty\"]\n";

/// Runs it in a directory, and gives the highest number of bytes that were in use.
pub fn peak(program: &str, scratch: &Path, hours: u32) -> Result<u64, Box<dyn std::error::Error>> {
    let path = |name: String| scratch.join(name);
    let (recipe_path, bench_path) = (path(format!("{hours}.toml")), path("bench.toml".into()));
    std::fs::write(&recipe_path, recipe(hours))?;
    std::fs::write(&bench_path, BENCH)?;
    let taken = spent(
        Command::new(program)
            .arg(format!("--sim={}", bench_path.display()))
            .args(["--quiet", "--out"])
            .arg(path(format!("run-{hours}")))
            .arg(recipe_path)
            .stdout(Stdio::null()),
    )?;
    Ok(taken.peak.ok_or("this system does not tell it")?)
}
