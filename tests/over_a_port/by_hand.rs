//! Units by hand, over a port.

use crate::long;
use crate::program::{Scratch, project};
use crate::served::{Outside, Running, serve};
use batlab_run::wire::{Encoding, Mode, Settings};
use std::time::Duration;

const CELL: [&str; 4] = ["--chemistry", "li-ion", "--capacity", "80mAh"];

/// A charge by hand that lasts until somebody ends it.
fn charge(scratch: &Scratch) -> Running {
    let arguments = ["charge", "u:1", "125mA", "--until", "voltage > 4.1 V", "--for", "10min"];
    let run = Running::start(scratch, &[&arguments[..], &CELL].concat());
    run.says("the limits are in the unit", 1);
    run.says("100001:1", 3);
    run
}

#[test]
fn a_charge_ends_with_its_command() {
    let scratch = Scratch::new();
    let served = serve(&scratch, &[]);
    let before = Outside::look(&scratch, "u");
    let mut run = charge(&scratch);
    // Meanwhile nobody else has the port.
    scratch.run(&["measure", "u"]).ends_with(2).complains(&["port u", "cannot be opened"]);
    let said = scratch.run(&["stop", "--port", "u"]).ends_with(3);
    said.complains(&["not everything is known to be stopped", "port u"]);
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
    let after = Outside::look(&scratch, "u");
    assert!(after.is_quiet(), "{after:?}");
    assert_eq!(Outside { modes: before.modes, ..after }, before, "a setting is not restored");
    served.signal("-TERM");
    served.says("What truly passed", 1);
    let books = scratch.json("books.json");
    let charged =
        |slot: usize| books["units"][0]["slots"][slot]["books"]["charged_coulomb"].as_f64().unwrap();
    assert!(charged(1) > 0.2 && charged(0) == 0.0, "{books}");
}

#[test]
fn what_a_kill_leaves_is_not_disturbed_but_can_be_stopped() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let mut run = charge(&scratch);
    run.signal("-KILL");
    run.ends();
    let measured = scratch.run(&["measure", "u", "--json"]).ends_with(0).out;
    let unit: serde_json::Value = serde_json::from_str(&measured).unwrap();
    assert_eq!(unit["slots"][1]["mode"], "CHARGE");
    assert!(unit["slots"][1]["current_ampere"].as_f64().unwrap() > 0.1, "{unit}");

    let active = ["unit 100001 on u", "slot 1 is in CHARGE", "batlab-run stop", "--force"];
    scratch.run(&["write", "u", "cell0", "ERROR", "none"]).ends_with(2).complains(&active);
    scratch.run(&["reset", "u"]).ends_with(2).complains(&active);
    scratch.run(&["leds", "u:0", "blip"]).ends_with(2).complains(&active);
    let discharge = [&["discharge", "u:0", "125mA", "--for", "1s"][..], &CELL].concat();
    scratch.run(&discharge).ends_with(2).complains(&active);
    let left = Outside::look(&scratch, "u");
    assert_eq!((left.modes[1], left.settings), (Mode::Charge, Settings::WATCHDOG_TIMER.to_raw()));

    let said = scratch.run(&["stop", "u:1"]).ends_with(0).out;
    assert_eq!(said, "100001:1 was CHARGE, is STOPPED\n");
    let stopped = Outside::look(&scratch, "u");
    assert_eq!(stopped.modes, [Mode::Idle, Mode::Stopped, Mode::Idle, Mode::Idle]);
    // The watchdog of the one that was killed still runs.
    scratch.run(&["reset", "u:1"]).ends_with(2).complains(&["watchdog is on and was kicked", "--force"]);
    scratch.run(&["reset", "u:1", "--force"]).ends_with(0);
    let reset = Outside::look(&scratch, "u");
    assert_eq!((reset.modes, reset.settings), ([Mode::Idle; 4], 0));
    scratch.run(&discharge).ends_with(0);
}

#[test]
fn a_run_is_left_alone() {
    let scratch = Scratch::new();
    scratch.write("long.toml", &long());
    let _served = serve(&scratch, &[]);
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "long.toml"]);
    run.says("step-started", 4);
    scratch.run(&["stop", "u"]).ends_with(3).complains(&["port u", "cannot be opened"]);
    for command in [&["list", "--port", "u"][..], &["read", "u", "unit", "VCC"]] {
        scratch.run(command).ends_with(2).complains(&["port u", "cannot be opened"]);
    }
    std::thread::sleep(Duration::from_secs(1));
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
}

#[test]
fn a_limit_ends_a_current_and_a_condition_is_its_end() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let charge = ["charge", "u:0", "1A", "--until", "voltage > 3.78 V", "--for", "1min"];
    let ended = scratch.run(&[&charge[..], &CELL].concat()).ends_with(0).out;
    assert!(ended.contains("condition: voltage > 3.78 V"), "{ended}");
    let limits = ["--limit-voltage", "2.8V", "3.85V", "--limit-current", "3A"];
    let charge = ["charge", "u:0", "2A", "--for", "1min"];
    let tripped = scratch.run(&[&charge[..], &CELL, &limits].concat()).ends_with(3).out;
    assert!(tripped.starts_with("limits: 2.8 V to 3.85 V; charge to 3 A"), "{tripped}");
    assert!(tripped.contains("VOLTAGE_LIMIT_CHG"), "{tripped}");
    assert!(Outside::look(&scratch, "u").is_quiet());
}

#[test]
fn units_and_slots_that_are_not_there_are_told_with_those_that_are() {
    let scratch = Scratch::new();
    let bench = project("recipes/sim/two_units.toml");
    let _served = serve(&scratch, &["--bench", &bench]);
    let ports = ["--port", "u0", "--port", "u1"];
    let said = scratch.run(&[&["measure", "4711"][..], &ports].concat()).ends_with(2);
    said.complains(&["unit 4711 does not answer; connected are: ", " on u0, ", " on u1"]);
    scratch.run(&["measure", "nowhere:0"]).ends_with(2).complains(&["nowhere", "no such port"]);
    scratch.run(&["measure", "u0:4"]).ends_with(2).complains(&["slots are 0 to 3"]);
    let listed = scratch.run(&[&["list", "--json"][..], &ports].concat()).ends_with(0).out;
    assert_eq!(listed.lines().count(), 2, "{listed}");

    // A port that is in use keeps no other from being stopped, and is told.
    let arguments =
        ["charge", "u0:0", "125mA", "--for", "10min", "--chemistry", "li-ion", "--capacity", "2.5Ah"];
    let mut run = Running::start(&scratch, &arguments);
    run.says("100001:0", 1);
    let said = scratch.run(&[&["stop"][..], &ports].concat()).ends_with(3);
    assert_eq!(said.out.matches("100002:").count(), 4, "{}", said.out);
    said.complains(&["not everything is known to be stopped", "port u0", "cannot be opened"]);
    scratch.run(&[&["reset"][..], &ports].concat()).ends_with(2).complains(&["port u0", "cannot be opened"]);
    run.signal("-INT");
    assert_eq!(run.ends().code(), Some(5), "{}", run.rest());
}
