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
    let report = scratch.read("run/report.html");
    for part in [">label</th>", "file labels.rhai", "label: "] {
        assert!(report.contains(part), "`{part}` is not in the report");
    }

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

const MEASURING: &str = r#"
[recipe]
name = "measuring"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "up"
charge = "C/2"
at_most = "2 min"
[hooks]
metrics = { highest = "mV", never = "V" }
code = '''
fn on_sample(ctx) {
    if ctx.sample.voltage > (this.highest ?? 0.0) {
        this.highest = ctx.sample.voltage;
        metric("highest", this.highest * 1000.0);
    }
}
'''
[accept]
"#;

#[test]
fn criteria_judge_and_compare_metrics_of_hooks() {
    let scratch = Scratch::new();
    let like = "like_the_others = \"spread(hook.highest) <= 5 %\"\nbest = \"rank(hook.highest) <= 3\"";
    for (criterion, exit, why) in [
        ("full = \"hook.highest > 3 V\"", 1, "best (4 <= 3)"),
        ("full = \"hook.highest > 4.2 V\"", 1, "full ("),
        ("full = \"hook.never > 3 V\"", 5, "cannot be judged: full (unknown > 3 V)"),
    ] {
        scratch.write("measuring.toml", &format!("{MEASURING}{criterion}\n{like}\n"));
        let out = format!("run{exit}-{}", why.len());
        let said = scratch.run(&["--sim", "--out", &out, "measuring.toml"]).ends_with(exit);
        assert!(said.out.contains("hook.highest is 3") && said.out.contains(" mV"), "{}", said.out);
        assert!(said.out.contains(why), "`{why}` is not in:\n{}", said.out);
        let journal = scratch.read(&format!("{out}/journal.jsonl"));
        let facts = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let told: Vec<_> = facts.filter(|fact| fact["event"] == "hook-metric").collect();
        assert_eq!(told.len(), 4, "{journal}");
        for fact in told {
            assert_eq!((&fact["unit"], &fact["in_unit"]), (&100_001.into(), &"mV".into()), "{fact}");
        }
        // It can be read back, by whoever makes a report of it, which says how the run ended.
        let said = scratch.run(&["report", &out]).ends_with(0);
        assert_eq!(said.err, "", "{out}");
        let report = scratch.read(&format!("{out}/report.html"));
        let ended =
            if exit == 5 { "a value is missing that a criterion needs" } else { "failed its criteria" };
        for part in ["hook.highest is 3", "metrics highest mV, never V", ended] {
            assert!(report.contains(part), "`{part}` is not in the report");
        }
    }
}
