//! `docs/recipe-language.md` is true: its example is a good recipe, its codes and numbers are those
//! of the code.
#![allow(clippy::expect_used, clippy::panic)]

use batlab_run::diagnostic::{Colour, Source, explanations, render};
use batlab_run::plan::{self, Chemistry, Demand, Kind, Repeat, envelope};
use batlab_run::units::{Amperes, Volts};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

const DOCS: &str = include_str!("../docs/recipe-language.md");

fn check(text: &str) -> Result<plan::Plan, String> {
    let source = Source::new("recipe.toml", text);
    plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))
}

fn example() -> String {
    let (_, rest) = DOCS.split_once("```toml\n").expect("there is an example");
    rest.split_once("```").expect("it ends").0.to_owned()
}

#[test]
fn the_example_is_a_good_recipe() {
    let plan = check(&example()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(plan.steps().len(), 5);
    let Kind::Charge(fill) = &plan.steps()[0].kind else { panic!("the first step charges") };
    assert_eq!(
        (fill.demand, fill.hold, fill.at_most.time),
        (Demand::Current(Amperes(1.25)), Some(Volts(4.2)), Duration::from_secs(5 * 3600))
    );
    assert_eq!(fill.until[0].to_string(), "current < 0.125 A");
    assert_eq!(plan.limits().temperature_charge_low.0, 5.0);
    assert_eq!(plan.limits().current_charge.0, 2.0);
    let ids: Vec<u32> = plan.steps().iter().map(|step| step.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 7], "nested steps are numbered in the order of the text");
}

/// Every text of the sources of one directory.
fn sources(directory: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push(fs::read_to_string(&path).expect("it is text"));
        }
    }
}

#[test]
fn the_codes_that_are_told_are_those_of_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documented: BTreeSet<String> = explanations().map(|it| it.code.to_owned()).collect();
    let mut told = BTreeSet::new();
    for entry in fs::read_dir(root.join("tests/snapshots")).expect("it is there") {
        let text = fs::read_to_string(entry.expect("it can be listed").path()).expect("it is text");
        for line in text.lines() {
            if let Some((code, _)) = line.strip_prefix("error[").and_then(|rest| rest.split_once(']')) {
                told.insert(code.to_owned());
            }
        }
    }
    let mut texts = Vec::new();
    sources(&root.join("src"), &mut texts);
    for text in &texts {
        let calls = ["Problem::new(", "Slip::new("].into_iter().flat_map(|new| text.split(new).skip(1));
        for call in calls {
            if let Some((code, _)) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
            {
                told.insert(code.to_owned());
            }
        }
    }
    told.retain(|code| !code.is_empty());
    assert!(told.len() > 50, "{told:?}");
    let missing: Vec<_> = told.difference(&documented).collect();
    assert!(missing.is_empty(), "not in docs/problems.md: {missing:?}");
    // And nothing is told of codes that there are none of.
    let gone: Vec<_> = documented
        .iter()
        .filter(|code| !texts.iter().any(|text| text.contains(&format!("\"{code}\""))))
        .collect();
    assert!(gone.is_empty(), "in docs/problems.md only: {gone:?}");
}

#[test]
fn the_envelope_is_that_of_the_docs() {
    for (chemistry, voltages) in [(Chemistry::LiIon, (2.5, 4.25)), (Chemistry::Lfp, (2.0, 3.7))] {
        let limits = envelope(chemistry);
        assert_eq!((limits.voltage_low.0, limits.voltage_high.0), voltages);
        assert_eq!((limits.current_charge.0, limits.current_discharge.0), (4.09, 4.09));
        assert_eq!((limits.temperature_charge_low.0, limits.temperature_charge.0), (0.0, 45.0));
        assert_eq!((limits.temperature_discharge_low.0, limits.temperature_discharge.0), (-20.0, 60.0));
    }
}

const HEAD: &str = "[recipe]\nname = \"x\"\n[cell]\nchemistry = \"lfp\"\ncapacity = \"1 Ah\"\n";

#[test]
fn what_is_left_out_is_the_envelope() {
    let plan =
        check(&format!("{HEAD}[[step]]\nrest = \"1 min\"")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(*plan.limits(), envelope(Chemistry::Lfp));
    assert_eq!(plan.record().every, Duration::from_secs(1));
}

#[test]
fn a_cycle_is_a_loop_that_charges_and_discharges_itself() {
    let charge = |at: &str| format!("[[{at}]]\ncharge = \"0.5 A\"\nat_most = \"1 min\"\n");
    let discharge = |at: &str| format!("[[{at}]]\ndischarge = \"0.5 A\"\nat_most = \"1 min\"\n");
    let repeat = |at: &str| format!("[[{at}]]\nrepeat = 2\n");
    let counts = |steps: &str| -> Vec<bool> {
        fn walk(steps: &[plan::Step], out: &mut Vec<bool>) {
            for step in steps {
                if let Kind::Repeat(Repeat { counts_cycles, steps, .. }) = &step.kind {
                    out.push(*counts_cycles);
                    walk(steps, out);
                }
            }
        }
        let plan = check(&format!("{HEAD}{steps}")).unwrap_or_else(|problems| panic!("{problems}"));
        let mut out = Vec::new();
        walk(plan.steps(), &mut out);
        out
    };
    let (one, two) = ("step.step", "step.step.step");
    assert_eq!(counts(&format!("{}{}{}", repeat("step"), charge(one), discharge(one))), [true]);
    assert_eq!(counts(&format!("{}{}", repeat("step"), charge(one))), [false]);
    // A loop of cycles inside a loop: the inner one counts.
    let inner = format!("{}{}{}", repeat(one), charge(two), discharge(two));
    assert_eq!(counts(&format!("{}{inner}{}", repeat("step"), charge(one))), [false, true]);
    // Pulses inside a cycle: the outer one counts.
    let pulses = format!("{}{}", repeat(one), discharge(two));
    assert_eq!(counts(&format!("{}{}{pulses}", repeat("step"), charge(one))), [true, false]);
}

#[test]
fn the_worst_case_is_the_sum_of_the_bounds() {
    let text = format!(
        "{HEAD}[[step]]\nrepeat = 1000\n[[step.step]]\nrest = \"1 min\"\n[[step.step]]\ncharge = \"0.5 A\"\nat_most = \"2 min\"\n"
    );
    let plan = check(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let forecast = plan::forecast(&plan);
    assert_eq!(forecast.at_most, Duration::from_secs(1000 * 180));
    assert_eq!(forecast.steps, 2000);
    assert!(forecast.expected > Duration::from_secs(1000 * 60) && forecast.expected <= forecast.at_most);
    assert!(forecast.rows >= 60 * 1000, "{forecast:?}");
}

#[test]
fn the_edges_of_the_proof_are_inside() {
    let drive = |limits: &str, step: &str| {
        check(&format!("{HEAD}[limits]\n{limits}\n[[step]]\n{step}\nat_most = \"1 min\"\n"))
    };
    // 4 A under a limit of 4.09 A is the most that leaves the margin on a whole step.
    assert!(drive("current = \"4.09 A\"", "charge = \"4 A\"").is_ok());
    assert!(drive("current = \"4.09 A\"", "charge = \"4.05 A\"").is_err());
    // 20 mV to either voltage limit.
    assert!(drive("voltage = [\"2.5 V\", \"3.65 V\"]", "charge = \"1 A\"\nhold = \"3.63 V\"").is_ok());
    assert!(drive("voltage = [\"2.5 V\", \"3.65 V\"]", "charge = \"1 A\"\nhold = \"3.64 V\"").is_err());
    assert!(drive("voltage = [\"2.5 V\", \"3.65 V\"]", "discharge = \"1 A\"\nhold = \"2.52 V\"").is_ok());
    // A condition at the limit itself.
    assert!(
        drive("voltage = [\"2.5 V\", \"3.65 V\"]", "discharge = \"1 A\"\nuntil = \"voltage < 2.5 V\"")
            .is_ok()
    );
}

#[test]
fn criteria_that_can_hold_are_good() {
    const STEPS: &str = r#"
[[step]]
name = "lie"
rest = "1 h"
[[step]]
repeat = 5
  [[step.step]]
  name = "in"
  charge = "C/2"
  hold = "3.6 V"
  until = "current < C/20"
  at_most = "3 h"
  [[step.step]]
  name = "out"
  discharge = "1 A"
  until = "voltage < 2.5 V"
  at_most = "2 h"
[[step]]
name = "dcr"
resistance = { discharge = "1 A", after = ["1 s", "10 s"] }
[[step]]
name = "ac"
impedance = "1 kHz"
[accept]
"#;
    for claim in [
        "step.out.charge >= 95 % * nominal.capacity",
        "0.9 Ah <= step.out.charge < 1.2 Ah",
        "step.lie.voltage_start < 1.9 V or step.lie.voltage > 3.7 V",
        "step.lie.voltage_start - step.lie.voltage <= 5 mV",
        "step.out.voltage >= 2.5 V and step.in.voltage <= 3.6 V",
        "step.dcr.resistance <= 80 mohm and step.dcr.resistance.1s < step.dcr.resistance",
        "not (step.ac.impedance > 60 mohm)",
        "step.in.time < 3 h and step.in.temperature - step.in.temperature_start < 10 degC",
        "cycle.last.capacity >= 98 % * cycle.first.capacity and cycle.5.efficiency > 99 %",
        "cycle.2.voltage_hysteresis < 100 mV",
        "cell.capacity > 1 Ah or cell.capacity < 0.9 Ah",
        "cell.fade <= 2 % and cell.efficiency > 98 % and cell.cycles >= 5",
        "cell.temperature_max <= 40 degC and cell.voltage_start > 3 V and cell.time < 2 d",
        "spread(cell.capacity) <= 3 % and rank(-step.dcr.resistance) <= 12",
        "abs(cell.capacity - median(cell.capacity)) <= 3 * stddev(cell.capacity)",
        "max(cell.temperature_max) - min(cell.temperature_max) < 5 degC",
        "step.out.energy / step.out.charge > 3 V",
        "mean(step.out.charge / nominal.capacity) >= 1",
    ] {
        let told = check(&format!("{HEAD}{STEPS}it = \"{claim}\"\n"));
        let plan = told.unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(plan.acceptance().criteria[0].text, claim);
    }
}
