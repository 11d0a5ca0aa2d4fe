//! Runs that cannot be gone on with.

use crate::program::Scratch;
use serde_json::json;

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

/// A run directory may come from a stranger: what its manifest names is read in it, or not at all.
#[test]
fn a_manifest_names_no_files_outside_of_its_directory() {
    let scratch = Scratch::new();
    let recipe = crate::program::project("recipes/quick.toml");
    scratch.write("cells.csv", "name,slot\nA,100001:0\n").write("secret.csv", "name\nsecret\n");
    let run = ["--sim", "--quiet", "--out", "run", "--cells", "cells.csv", &recipe];
    scratch.run(&run).ends_with(0);
    let mut manifest = scratch.json("run/run.json");
    manifest["simulated"] = false.into();
    scratch.write("run/run.json", &manifest.to_string());
    scratch.run(&["resume", "run"]).ends_with(2).complains(&["the test of every cell is over"]);

    let outside = "../../secret.csv";
    let with = |place: &str, value: serde_json::Value| {
        let mut manifest = manifest.clone();
        *manifest.pointer_mut(place).unwrap() = value;
        scratch.write("run/run.json", &manifest.to_string());
        scratch.run(&["resume", "run"]).ends_with(2)
    };
    with("/recipe/files/0/name", outside.into()).complains(&[outside, "only files beside", "hint: "]);
    for name in [outside, "no-such.csv"] {
        with("/recipe/cell_list", name.into()).complains(&[name, "not among the files of the run"]);
    }
    for member in ["reference", "queue"] {
        let value = if member == "queue" { json!({ "list": outside }) } else { outside.into() };
        let mut recipe = manifest["recipe"].clone();
        recipe[member] = value;
        with("/recipe", recipe).complains(&[outside, "not among the files of the run"]);
    }
}

/// Killed when every cell was done, and before what compares them was ruled and the end was told.
#[test]
fn an_end_that_was_not_told_any_more_is_told() {
    const RECIPE: &str = r#"[recipe]
name = "compared"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[accept]
warmth = "cell.temperature_max <= 60 degC"
alike = "spread(cell.voltage_end) <= 50 %"
[[step]]
rest = "2 min"
"#;
    let scratch = Scratch::new();
    scratch.write("compared.toml", RECIPE);
    scratch.run(&["--sim", "--quiet", "--out", "run", "compared.toml"]).ends_with(0);
    let whole = scratch.rows("run/summary.csv");
    let journal = scratch.read("run/journal.jsonl");
    let is_kept = |line: &&str| !["\"alike\"", "cell-judged", "run-ended"].iter().any(|it| line.contains(it));
    let kept: String = journal.split_inclusive('\n').filter(is_kept).collect();
    assert!(kept.len() < journal.len() && kept.contains("\"warmth\""));
    scratch.write("run/journal.jsonl", &kept);
    let mut manifest = scratch.json("run/run.json");
    // As if it had been on hardware; no unit is needed any more.
    manifest["simulated"] = false.into();
    for member in ["ended", "outcome", "exit_code", "simulator_truth"] {
        manifest.as_object_mut().unwrap().remove(member);
    }
    scratch.write("run/run.json", &manifest.to_string());

    scratch.run(&["resume", "--dry-run", "run"]).ends_with(0);
    scratch.run(&["resume", "--quiet", "run"]).ends_with(0);
    let after = scratch.read("run/journal.jsonl");
    assert!(after.starts_with(&kept));
    let told = &after[kept.len()..];
    for (event, times) in
        [("run-resumed", 1), ("\"alike\"", 4), ("\"warmth\"", 0), ("cell-judged", 4), ("run-ended", 1)]
    {
        assert_eq!(told.matches(event).count(), times, "{event}: {told}");
    }
    let rows = scratch.rows("run/summary.csv");
    for (now, before) in rows.iter().zip(&whole) {
        assert_eq!((&now["verdict"], &now["why"]), (&before["verdict"], &before["why"]));
    }
    assert_eq!(scratch.json("run/run.json")["outcome"], "passed");
}
