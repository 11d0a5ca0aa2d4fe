//! Hooks from the command line: what of them is in the files of a run.

use crate::program::{Scratch, project};

#[test]
fn what_hooks_do_is_in_the_files() {
    let scratch = Scratch::new();
    scratch.run(&["--sim", "--quiet", "--out", "run", &project("recipes/hooks/labels.toml")]).ends_with(0);
    let rows = scratch.rows("run/summary.csv");
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert!(["A", "B", "C"].contains(&row["label"].as_str()), "{row:?}");
    }
    let kept = scratch.read("run/inputs/labels.rhai");
    assert_eq!(kept, std::fs::read_to_string(project("recipes/hooks/labels.rhai")).unwrap());
    let journal = scratch.read("run/journal.jsonl");
    let facts: Vec<serde_json::Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (event, times) in [("labelled", 4), ("hook-note", 4)] {
        assert_eq!(facts.iter().filter(|fact| fact["event"] == event).count(), times, "{event}");
    }
    assert_eq!(scratch.json("run/run.json")["plan"]["hooks"]["file"], "labels.rhai");

    // What a hook says on the way is seen as it comes; the same run again gives the same files.
    let said = scratch.run(&["--sim", "--out", "again", &project("recipes/hooks/labels.toml")]).ends_with(0);
    assert!(said.out.contains("label: "), "{}", said.out);
    assert_eq!(scratch.read("again/summary.csv"), scratch.read("run/summary.csv"));
}

#[test]
fn a_hook_that_fails_is_shown_with_its_place() {
    let scratch = Scratch::new();
    scratch.write(
        "bad.toml",
        "[recipe]\nname = \"bad\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
         [[step]]\nrest = \"1 min\"\n[hooks]\nfile = \"bad.rhai\"\nmetrics = { part = \"V\" }\n",
    );
    scratch.write(
        "bad.rhai",
        "fn on_sample(ctx) {\n    let part = 1 / (ctx.step.id - 1);\n    metric(\"part\", part);\n}\n",
    );
    scratch.run(&["check", "bad.toml"]).ends_with(0);
    let said = scratch.run(&["--sim", "--out", "run", "bad.toml"]).ends_with(3);
    assert!(said.out.contains("on_sample failed: Division by zero"), "{}", said.out);
    let rows = scratch.rows("run/summary.csv");
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(row["verdict"], "error");
        assert!(row["why"].starts_with("bad.rhai:2:18: on_sample failed"), "{row:?}");
    }
    let shown = scratch.read("run/journal.jsonl");
    assert!(shown.contains("let part = 1 / (ctx.step.id - 1);") && shown.contains("^"), "{shown}");
}
