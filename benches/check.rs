//! How long it takes to read and prove a recipe: each that is shipped, and one of 10 000 cycles.
//!
//! `cargo bench --bench check`

use batlab_run::clock::{Clock, SystemClock};
use batlab_run::diagnostic::{Beside, Source};
use batlab_run::plan;
use batlab_run::recipe::Context;
use std::path::{Path, PathBuf};

/// How often each is done; the fastest counts, because what else the machine does only makes it slower.
const TIMES: usize = 20;

fn main() -> std::io::Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let mut recipes: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            recipes.push(path);
        }
    }
    recipes.sort();
    for path in &recipes {
        let text = std::fs::read_to_string(path)?;
        tell(&path.file_name().unwrap_or_default().to_string_lossy(), &text, path);
    }
    let life = directory.join("cycle_life.toml");
    let text = std::fs::read_to_string(&life)?;
    tell("10 000 cycles", &text.replace("value = 1000,", "value = 10000,"), &life);
    let many = "[[step]]\nrest = \"1 s\"\nuntil = [\"voltage > 4 V\", \"time > 0.5 s\"]\n".repeat(15_000);
    let head = "[recipe]\nname = \"x\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n";
    tell("15 000 steps, 1 MB of text", &format!("{head}{many}"), &life);
    Ok(())
}

/// Proves a recipe and forecasts it some times, and tells the shortest.
fn tell(name: &str, text: &str, path: &Path) {
    let clock = SystemClock::start();
    let files = Beside::file(path);
    let context = Context { files: &files, ..Context::ALONE };
    let mut shortest = f64::INFINITY;
    let mut steps = 0;
    for _ in 0..TIMES {
        let begin = clock.now();
        match plan::check_with(&Source::new(name, text), &context) {
            Ok(plan) => steps = plan::forecast(&plan).steps,
            Err(problems) => println!("{name}: {} problems", problems.len()),
        }
        shortest = shortest.min((clock.now() - begin).as_secs_f64());
    }
    println!("{:>9.3} ms  {steps:>8} steps  {} bytes  {name}", shortest * 1e3, text.len());
}
