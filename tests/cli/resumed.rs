//! Runs that cannot be gone on with.

use crate::program::Scratch;

#[test]
fn what_cannot_be_gone_on_with_is_refused_with_the_reason() {
    let scratch = Scratch::new();
    scratch.run(&["resume", "nowhere"]).ends_with(2).complains(&["no run.json"]);
    let recipe = crate::program::project("recipes/quick.toml");
    scratch.run(&["--sim", "--quiet", "--out", "run", &recipe]).ends_with(0);
    let before = scratch.list("run");
    scratch.run(&["resume", "run"]).ends_with(2).complains(&[
        "simulated units in memory",
        "cells are gone",
        "hint: ",
        "batlab-run simulate",
    ]);
    assert_eq!(scratch.list("run"), before);

    // As if it had been on hardware: its recipe was changed, or it came to its end.
    let manifest = scratch.read("run/run.json").replace("\"simulated\": true", "\"simulated\": false");
    scratch.write("run/run.json", &manifest);
    scratch.run(&["resume", "run"]).ends_with(2).complains(&[
        "the test of every cell is over",
        "pass",
        "report",
    ]);
    let text = scratch.read("run/recipe.toml");
    scratch.write("run/recipe.toml", &format!("{text}\n# changed"));
    scratch
        .run(&["resume", "run"])
        .ends_with(2)
        .complains(&["recipe.toml is not what the run was made from", "SHA-256"]);
    scratch.write("run/recipe.toml", &text);
    scratch.write("run/run.json", &manifest.replacen("\"kind\": \"", "\"kind\": \"un", 1));
    scratch.run(&["resume", "run"]).ends_with(2).complains(&["proves to another plan", "version"]);
}
