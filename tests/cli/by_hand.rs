//! Units by hand, on simulated ones.

use crate::program::Scratch;
use serde_json::Value;

const UNIT: &str = "100001";
const CELL: [&str; 4] = ["--chemistry", "li-ion", "--capacity", "80mAh"];

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

/// One unit of old firmware, with a good cell, a reversed one, and two slots without any.
const BENCH: &str = r#"
[cell.good]
chemistry = "li-ion"
capacity = "80 mAh"

[[unit]]
serial = 4711
firmware = 3
slots = ["good", { reversed = "good" }, "empty", "empty"]
"#;

#[test]
fn units_are_listed_and_measured() {
    let scratch = Scratch::new();
    scratch.write("bench.toml", BENCH);
    let text = scratch.run(&["list", "--sim=bench.toml"]).ends_with(0).out;
    for part in
        ["unit 4711 on ", "firmware 3, supply present, VCC 5.0", "a cell at 3.", "a reversed cell", "empty"]
    {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let listed = lines(&scratch.run(&["list", "--sim=bench.toml", "--json"]).ends_with(0).out);
    let cells: Vec<_> = listed[0]["slots"].as_array().unwrap().iter().map(|slot| &slot["cell"]).collect();
    assert_eq!(cells, ["present", "reversed", "none", "none"]);
    // Firmware 3 shows no counter.
    assert_eq!(listed[0]["slots"][0]["charge_coulomb"], Value::Null);
    let arguments = ["measure", "100001:2", "--sim", "--watch", "--every", "0.1 s", "--times", "3", "--json"];
    let measured = lines(&scratch.run(&arguments).ends_with(0).out);
    let times: Vec<_> = measured.iter().map(|unit| unit["time"].as_str().unwrap().to_owned()).collect();
    assert!(times.len() == 3 && times.is_sorted(), "{times:?}");
    for unit in measured {
        let [slot] = unit["slots"].as_array().unwrap().as_slice() else {
            panic!("one slot was asked for: {unit}")
        };
        assert_eq!(
            (&slot["slot"], &slot["mode"], &slot["charge_coulomb"]),
            (&2.into(), &"IDLE".into(), &0.0.into())
        );
        assert!((20.0..30.0).contains(&slot["temperature_celsius"].as_f64().unwrap()), "{slot}");
    }
}

#[test]
fn what_slots_are_set_to_is_shown() {
    let scratch = Scratch::new();
    let set = lines(&scratch.run(&["setpoints", UNIT, "--sim", "--json"]).ends_with(0).out);
    assert_eq!(set.len(), 4);
    // What the firmware has after a reset.
    assert_eq!((&set[3]["slot"], &set[3]["setpoint_ampere"]), (&3.into(), &2.0.into()));
    assert_eq!(set[3]["current_charge_ampere"], 4.0);
    assert!((set[3]["voltage_low_volt"].as_f64().unwrap() - 2.8).abs() < 1e-3, "{}", set[3]);
    assert!((set[3]["temperature_charge_celsius"].as_f64().unwrap() - 45.0).abs() < 1.0, "{}", set[3]);
}

#[test]
fn the_map_has_every_register() {
    let scratch = Scratch::new();
    let told = lines(&scratch.run(&["registers", "--json"]).ends_with(0).out);
    assert_eq!(told.len(), batlab_run::wire::registers().count());
    let voltage = told.iter().find(|it| it["name"] == "VOLTAGE").unwrap();
    assert_eq!(
        (&voltage["register"], &voltage["access"], &voltage["unit"]),
        (&7.into(), &"r".into(), &"V".into())
    );
    let text = scratch.run(&["registers", "unit"]).ends_with(0).out;
    assert!(text.contains("0x10 ZERO_AMP_THRESH    rw EEPROM A "), "{text}");
    assert!(!text.contains("VOLTAGE_LIMIT"), "{text}");
}

#[test]
fn registers_are_read_by_name_and_number() {
    let scratch = Scratch::new();
    let read = |space: &str, register: &str| {
        let said = scratch.run(&["read", UNIT, space, register, "--sim", "--json"]).ends_with(0);
        lines(&said.out).remove(0)
    };
    assert_eq!(read("unit", "FIRMWARE_VER")["value"], 7.0);
    assert_eq!(read("4", "2")["raw"], 7);
    let limit = read("cell1", "temp_limit_chg");
    assert_eq!((&limit["raw"], &limit["unit"]), (&25092.into(), &"degC".into()));
    assert!(limit["text"].as_str().unwrap().ends_with(" degC"), "{limit}");
    assert_eq!(read("cell0", "MODE")["text"], "IDLE");
    for (space, register, why) in [
        ("cel0", "MODE", "did you mean `cell0`?"),
        ("cell0", "VOLTAG", "did you mean `VOLTAGE`?"),
        ("cell0", "0x1F", "CURR_LOWV_OFF_SCA (0x1E)"),
        ("unit", "BOOTLOAD", "write only"),
        ("bootloader", "DATA", "the unit runs its firmware"),
    ] {
        scratch.run(&["read", UNIT, space, register, "--sim"]).ends_with(2).complains(&[why]);
    }
    scratch
        .run(&["read", "4712", "unit", "VCC", "--sim"])
        .ends_with(2)
        .complains(&["connected are: 100001 on "]);
}

#[test]
fn writes_are_read_back_and_harmful_ones_need_force() {
    let scratch = Scratch::new();
    let said = scratch.run(&["write", UNIT, "cell0", "REPORT_INTERVAL", "0.5 s", "--sim"]).ends_with(0);
    assert_eq!(said.out, "slot 0: REPORT_INTERVAL was off (raw 0), is every 0.5 s (raw 4)\n");
    let arguments = ["write", UNIT, "cell0", "VOLTAGE_LIMIT_CHG", "4.1 V", "--force", "--json", "--sim"];
    let told = lines(&scratch.run(&arguments).ends_with(0).out).remove(0);
    assert_eq!((&told["raw"], &told["before"]["raw"]), (&29855.into(), &30584.into()));
    for (register, value) in [
        ("cell0 MODE", "CHARGE"),
        ("cell0 CURRENT_SETPOINT", "1 A"),
        ("cell0 TEMP_LIMIT_DCHG", "50 degC"),
        ("cell0 TEMP_CALIB_R", "1500"),
        ("unit SETTINGS", "none"),
        ("unit ZERO_AMP_THRESH", "50 mA"),
        ("unit BOOTLOAD", "0"),
    ] {
        let (space, register) = register.split_once(' ').unwrap();
        let said = scratch.run(&["write", UNIT, space, register, value, "--sim"]).ends_with(2);
        said.complains(&["is not set to", "--force"]);
    }
    // What must never be written is not, whatever is said; nor what no register holds.
    for (register, value, why) in [
        ("unit SETTINGS", "SAFETY_DISABLE", "must never be set"),
        ("unit SETTINGS", "0x4000", "must never be set"),
        ("cell0 CURRENT_SETPOINT", "5 A", "0 A to 4.492 A"),
        ("cell0 CURRENT_LIMIT_CHG", "4.096 A", "never trips"),
        ("cell0 MODE", "NO_CELL", "IDLE, CHARGE"),
        ("cell0 VOLTAGE", "1 V", "read only"),
        ("bootloader DATA", "0", "the unit runs its firmware"),
    ] {
        let (space, register) = register.split_once(' ').unwrap();
        let said = scratch.run(&["write", UNIT, space, register, value, "--sim", "--force"]).ends_with(2);
        said.complains(&[why]);
    }
    let raw = scratch.run(&["write", UNIT, "cell0", "CURRENT_SETPOINT", "600", "--raw", "--force", "--sim"]);
    raw.ends_with(2).complains(&["0 to 575"]);
}

#[test]
fn a_current_by_hand_shows_its_readings() {
    let scratch = Scratch::new();
    // Longer than the unit's watchdog lasts.
    let arguments = ["charge", "100001:0", "125mA", "--for", "40s", "--json", "--sim"];
    let told = lines(&scratch.run(&[&arguments[..], &CELL].concat()).ends_with(0).out);
    let of = |event: &str| told.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    assert_eq!((of("limits-verified").len(), of("made-safe").len()), (1, 4));
    let readings = of("reading");
    assert!((30..=80).contains(&readings.len()), "{readings:?}");
    let last = readings.last().unwrap();
    assert_eq!((&last["unit"], &last["slot"]), (&100_001.into(), &0.into()));
    assert!((last["current_ampere"].as_f64().unwrap() - 0.125).abs() < 0.01, "{last}");
    assert!((last["charge_coulomb"].as_f64().unwrap() - 5.0).abs() < 0.1, "{last}");
    // Nothing is kept.
    assert_eq!(scratch.list("."), Vec::<String>::new());
    let all = scratch.run(&[&["discharge", UNIT, "C/2", "--for", "3 s", "--sim"][..], &CELL].concat());
    let all = all.ends_with(2).complains(&["the unit cannot drive", "--for"]);
    assert_eq!(all.out, "");
    let all = scratch.run(&[&["discharge", UNIT, "125 mA", "--for", "3 s", "--sim"][..], &CELL].concat());
    let text = all.ends_with(0).out;
    assert!((0..4).all(|slot| text.contains(&format!("100001-{slot}: pass"))), "{text}");
}

#[test]
fn impedance_and_sine_are_measured() {
    let scratch = Scratch::new();
    let measured = |arguments: &[&str]| {
        let told = lines(&scratch.run(&[arguments, &CELL, &["--sim", "--json"]].concat()).ends_with(0).out);
        let is_impedance = |line: &&Value| line["event"] == "impedance-measured";
        told.iter().filter(is_impedance).map(|line| line["frequency"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(measured(&["impedance", "100001:0", "78.125Hz", "1kHz"]), ["78.125 Hz", "1015.625 Hz"]);
    assert_eq!(measured(&["sine", "100001:0", "1kHz", "--for", "12s"]), ["1015.625 Hz"; 3]);
}

#[test]
fn a_current_by_hand_is_held_to_what_a_recipe_is() {
    let scratch = Scratch::new();
    scratch.write("bench.toml", BENCH);
    let drive = |arguments: &[&str]| scratch.run(&[arguments, &CELL].concat());
    drive(&["charge", UNIT, "1A", "--for", "5h", "--sim"])
        .ends_with(2)
        .complains(&["no-voltage-end", "hold"]);
    drive(&["charge", UNIT, "1A", "--sim"]).ends_with(2).complains(&["--for"]);
    drive(&["charge", UNIT, "5A", "--for", "1s", "--sim"]).ends_with(2).complains(&["charge = \"5A\""]);
    drive(&["impedance", UNIT, "5kHz", "--sim"]).ends_with(2).complains(&["the unit cannot make 5000 Hz"]);
    let wide = ["charge", UNIT, "1A", "--for", "1s", "--limit-voltage", "2V", "4.4V", "--sim"];
    drive(&wide).ends_with(2).complains(&["outside-envelope"]);
    for (slot, why) in [("4711:1", "reversed"), ("4711:2", "empty")] {
        drive(&["charge", slot, "125mA", "--for", "1s", "--sim=bench.toml"]).ends_with(4).complains(&[why]);
    }
    // The recipe that it is can be kept, and is good.
    let printed =
        drive(&["discharge", UNIT, "1A", "--until", "voltage < 3 V", "--for", "5h", "--print-recipe"]);
    scratch.write("printed.toml", &printed.ends_with(0).out);
    scratch.run(&["check", "printed.toml"]).ends_with(0);
}

#[test]
fn slots_are_stopped_and_reset_and_lit() {
    let scratch = Scratch::new();
    scratch.write("bench.toml", BENCH);
    let stopped = lines(&scratch.run(&["stop", "--sim=bench.toml", "--json"]).ends_with(0).out);
    let modes: Vec<_> = stopped.iter().map(|slot| &slot["mode"]).collect();
    // One that holds nothing would not notice the next cell if it were stopped.
    assert_eq!(modes, ["STOPPED", "BACKWARDS", "NO_CELL", "NO_CELL"]);
    assert_eq!(scratch.run(&["reset", "100001:3", "--sim"]).ends_with(0).out, "100001:3 was IDLE, is IDLE\n");
    assert_eq!(
        scratch.run(&["leds", "100001:1", "pwm", "40", "--sim"]).ends_with(0).out,
        "100001:1 pwm 40\n"
    );
    assert_eq!(scratch.run(&["leds", "--sim"]).ends_with(0).out.lines().count(), 4);
    scratch.run(&["leds", UNIT, "dim", "--sim"]).ends_with(2).complains(&["`dim` is not one of: off, blip"]);
}

#[cfg(unix)]
#[test]
fn a_person_is_asked_before_what_can_do_harm() {
    use crate::terminal::Terminal;
    for (answer, code, written) in [("yes\n", 0, true), ("no\n", 2, false), ("\n", 2, false)] {
        let scratch = Scratch::new();
        let terminal = Terminal::open();
        let mut command = scratch.command(&["write", UNIT, "cell0", "CURRENT_SETPOINT", "1 A", "--sim"]);
        let child = command.stdin(terminal.end()).stderr(terminal.end()).spawn().unwrap();
        drop(command);
        terminal.say(answer.as_bytes());
        let done = child.wait_with_output().unwrap();
        let (out, shown) = (String::from_utf8(done.stdout).unwrap(), terminal.shown());
        assert_eq!(done.status.code(), Some(code), "{out}{shown}");
        assert!(shown.contains("slot 0: CURRENT_SETPOINT is to be 1.0000 A"), "{shown}");
        assert_eq!(out.contains("is 1.0000 A (raw 128)"), written, "{out}");
    }
    // Nobody is asked on behalf of a program, whatever it runs on.
    let (scratch, terminal) = (Scratch::new(), Terminal::open());
    let mut command =
        scratch.command(&["write", UNIT, "cell0", "CURRENT_SETPOINT", "1 A", "--sim", "--json"]);
    let child = command.stdin(terminal.end()).stderr(terminal.end()).spawn().unwrap();
    drop(command);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(2));
    assert!(terminal.shown().contains("--force does it"));
}
