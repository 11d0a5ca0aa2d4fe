//! The commands that energise nothing.

use crate::program::{Scratch, project};

#[test]
fn every_recipe_is_right() {
    let scratch = Scratch::new();
    let recipes: Vec<_> = ["capacity", "cycle", "impedance", "quick", "storage"]
        .iter()
        .map(|name| project(&format!("recipes/{name}.toml")))
        .collect();
    let arguments: Vec<_> = ["check"].into_iter().chain(recipes.iter().map(String::as_str)).collect();
    let said = scratch.run(&arguments).ends_with(0);
    assert_eq!(said.out.lines().count(), recipes.len(), "{}", said.out);
    assert!(said.out.lines().all(|line| line.contains(": ok, ") && line.contains("at most")), "{}", said.out);
    assert_eq!(said.err, "");
}

#[test]
fn one_wrong_recipe_does_not_hide_the_others() {
    let scratch = Scratch::new();
    scratch.write("a.toml", "[recipe]\nname = 1\n").write("b.toml", "nonsense");
    let good = project("recipes/quick.toml");
    let said = scratch.run(&["check", "a.toml", &good, "b.toml"]).ends_with(2);
    let said = said.complains(&["a.toml:2:", "b.toml:1:"]);
    assert!(said.out.contains("quick.toml: ok"), "{}", said.out);
}

#[test]
fn the_plan_is_shown_for_people_and_for_programs() {
    let scratch = Scratch::new();
    let recipe = project("recipes/capacity.toml");
    let text = scratch.run(&["plan", &recipe]).ends_with(0).out;
    for part in ["fill", "4.2 V", "1.25 A", "voltage < 2.8 V", "1015.625 Hz"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let json = scratch.run(&["plan", "--json", &recipe]).ends_with(0).out;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(plan["name"], "capacity");
    assert_eq!(plan["steps"].as_array().map(Vec::len), Some(7));
}

#[test]
fn the_schemas_are_those_of_the_project() {
    let scratch = Scratch::new();
    let file = |name: &str| std::fs::read_to_string(project(&format!("schemas/{name}.schema.json"))).unwrap();
    assert_eq!(scratch.run(&["schema"]).ends_with(0).out, file("recipe"));
    for of in ["recipe", "bench", "notify", "summary"] {
        assert_eq!(scratch.run(&["schema", of]).ends_with(0).out, file(of));
    }
}

#[test]
fn help_and_version_are_not_errors() {
    let scratch = Scratch::new();
    let help = scratch.run(&["--help"]).ends_with(0);
    for part in ["--sim", "--port", "--cell", "Exit codes", "simulate"] {
        assert!(help.out.contains(part), "{}", help.out);
    }
    let version = scratch.run(&["--version"]).ends_with(0);
    assert_eq!(version.out.trim(), concat!("batlab-run ", env!("CARGO_PKG_VERSION")));
    scratch.run(&["simulate", "--help"]).ends_with(0);
}

#[test]
fn a_campaign_refuses_options_that_it_would_not_heed() {
    let scratch = Scratch::new();
    for wrong in [
        &["--keep", "kept"][..],
        &["--seed", "1", "--scenario", "a.toml"],
        &["--seed", "1", "--seeds", "0..2"],
        &["--seed", "1", "--jobs", "2"],
        &["--seed", "1", "--json"],
        &["--scenario", "a.toml", "--recipe", "a.toml"],
        &["--scenario", "a.toml", "--bench", "a.toml"],
        &["--scenario", "a.toml", "--seeds", "0..2"],
        &["--scenario", "a.toml", "--jobs", "2"],
        &["--scenario", "a.toml", "--json"],
    ] {
        let said = scratch.run(&[&["campaign"], wrong].concat()).ends_with(2);
        assert!(said.err.contains("Usage: "), "{wrong:?}: {}", said.err);
    }
}
