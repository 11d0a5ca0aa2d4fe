//! How much memory a long simulated run takes at its highest.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

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

/// Runs it in a directory, and gives the highest number of bytes that were in use, as Linux counts them.
pub fn peak(program: &str, scratch: &Path, hours: u32) -> Result<u64, Box<dyn std::error::Error>> {
    let path = |name: String| scratch.join(name);
    let (recipe_path, bench_path) = (path(format!("{hours}.toml")), path("bench.toml".into()));
    std::fs::write(&recipe_path, recipe(hours))?;
    std::fs::write(&bench_path, BENCH)?;
    let mut run = Command::new(program)
        .arg(format!("--sim={}", bench_path.display()))
        .args(["--quiet", "--out"])
        .arg(path(format!("run-{hours}")))
        .arg(recipe_path)
        .stdout(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", run.id());
    let mut peak = 0;
    let ended = loop {
        // It only rises while the program lives, and is no longer told when it has ended.
        peak = peak.max(high_water(&status).unwrap_or(0));
        if let Some(ended) = run.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if ended.success() { Ok(peak) } else { Err(format!("the run of {hours} h ended with {ended}").into()) }
}

fn high_water(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
