//! What is said of a recipe from outside, and how problems are told to machines.

use crate::program::{Scratch, project};
use serde_json::Value;

const RECIPE: &str = r#"[recipe]
name = "set"
[params]
rate = { value = "C/2", min = "C/10", max = "1C" }
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "out"
discharge = "params.rate"
at_most = "1 min"
[[step]]
name = "drive"
profile = "in/drive.csv"
"#;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("in")).unwrap();
    scratch.write("set.toml", RECIPE).write("in/drive.csv", "time [s],current [A]\n0,-1\n10,0.5\n20,0\n");
    scratch
}

fn json(scratch: &Scratch, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(scratch.path().join(file)).unwrap()).unwrap()
}

#[test]
fn a_parameter_is_set_and_told_in_the_manifest() {
    let scratch = scratch();
    scratch.run(&["--sim", "-q", "--set", "rate=C/5", "--out", "run", "set.toml"]).ends_with(0);
    let manifest = json(&scratch, "run/run.json");
    assert_eq!(manifest["plan"]["params"]["rate"], "0.2C");
    assert_eq!(manifest["recipe"]["files"][0]["name"], "in/drive.csv");
    let kept = std::fs::read_to_string(scratch.path().join("run/inputs/in/drive.csv")).unwrap();
    assert!(kept.starts_with("time [s]"));
    for (set, told) in
        [("rate=2C", "outside-bounds"), ("rate=2 V", "wrong-dimension"), ("rte=C/5", "unknown-param")]
    {
        let said = scratch.run(&["--sim", "-q", "--set", set, "set.toml"]).ends_with(2);
        said.complains(&[told, "--set:1:"]);
    }
    scratch.run(&["--sim", "--set", "rate", "set.toml"]).ends_with(2).complains(&["NAME=VALUE"]);
}

#[test]
fn each_cell_of_a_list_has_its_own_values() {
    let scratch = scratch();
    scratch.write("cells.csv", "name,slot,capacity,rate\nA1,100001:0,2.0 Ah,\nA2,100001:3,,C/5\n");
    scratch.run(&["--sim", "-q", "--cells", "cells.csv", "--out", "run", "set.toml"]).ends_with(0);
    let charge = |cell: &str| -> f64 {
        let text =
            std::fs::read_to_string(scratch.path().join(format!("run/cells/{cell}.steps.csv"))).unwrap();
        let row = text.lines().nth(1).unwrap().split(',').nth(11).unwrap().to_owned();
        row.parse().unwrap()
    };
    // 1 A and 0.5 A for a minute.
    assert!((charge("A1") * 60.0 - 1.0).abs() < 0.02, "{}", charge("A1"));
    assert!((charge("A2") * 60.0 - 0.5).abs() < 0.02, "{}", charge("A2"));
    let cells = json(&scratch, "run/run.json")["cells"].clone();
    assert_eq!(cells[1]["plan"]["params"]["rate"], "0.2C");

    scratch.write("bad.csv", "name,slot,rte\nA1,100001:0,C/5\nA2,100001:9\n,100001:1,\n");
    let said = scratch.run(&["--sim", "-q", "--cells", "bad.csv", "set.toml"]).ends_with(2);
    said.complains(&["bad.csv:3:1", "bad.csv:4:1"]);
    scratch.write("far.csv", "name,slot,rate\nA1,100001:0,3C\n");
    let said = scratch.run(&["--sim", "-q", "--cells", "far.csv", "set.toml"]).ends_with(2);
    said.complains(&["outside-bounds", "far.csv:2:13"]);
}

#[test]
fn problems_are_told_to_machines() {
    let scratch = scratch();
    scratch.write("bad.toml", &RECIPE.replace("in/drive.csv", "in/bad.csv").replace("1 min", "1 V"));
    scratch.write("in/bad.csv", "time [s],current [A]\n0,-1\n0.2,x\n");
    let said = scratch.run(&["check", "--format", "json", "bad.toml", "set.toml"]).ends_with(2);
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{}", said.out);
    assert_eq!((&lines[0]["code"], &lines[0]["line"]), (&"bad-quantity".into(), &11.into()));
    assert_eq!((&lines[1]["code"], &lines[1]["column"]), (&"bad-profile".into(), &5.into()));
    assert!(lines[1]["file"].as_str().is_some_and(|file| file.ends_with("bad.csv")));
    assert_eq!((&lines[2]["file"], &lines[2]["ok"]), (&"set.toml".into(), &true.into()));

    let said = scratch.run(&["check", "--format", "sarif", "bad.toml", "set.toml"]).ends_with(2);
    let document: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    assert_eq!(run["results"].as_array().map(Vec::len), Some(2));
    for result in run["results"].as_array().unwrap() {
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result}");
    }
    let good = scratch.run(&["check", "--format", "sarif", "set.toml"]).ends_with(0);
    let document: Value = serde_json::from_str(&good.out).unwrap();
    assert_eq!(document["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

#[test]
fn every_code_is_explained() {
    let scratch = Scratch::new();
    let all = scratch.run(&["explain"]).ends_with(0).out;
    assert!(all.lines().count() > 50, "{all}");
    for line in all.lines() {
        let code = line.split_whitespace().next().unwrap();
        assert!(scratch.run(&["explain", code]).ends_with(0).out.starts_with(code));
    }
    scratch.run(&["explain", "endles-ring"]).ends_with(2).complains(&["did you mean `endless-ring`?"]);
    let said = scratch.run(&["check", &project("tests/recipes_bad/goto-nowhere.toml")]).ends_with(2);
    said.complains(&["error[unknown-step]", "batlab-run explain CODE"]);
}
