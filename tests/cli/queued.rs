//! Runs of a queue on simulated units.

use crate::program::{Scratch, project};

#[test]
fn a_queue_uses_every_unit_so_that_none_may_lack_a_watchdog() {
    let scratch = Scratch::new();
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    let queue = [&mixed, "--queue-names", "A-{1..2}", "--out", "run", &project("recipes/storage.toml")];
    scratch.run(&queue).ends_with(2).complains(&["firmware 3", "no watchdog", "--no-watchdog"]);
    assert!(!scratch.file("run").exists(), "nothing was begun");
}
