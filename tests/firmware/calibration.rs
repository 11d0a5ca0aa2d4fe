//! Calibration: shown, kept, lost, and written back.

use crate::objects;
use crate::program::Scratch;
use crate::served::serve;

/// Writes a register, whatever it does to the unit.
fn write(scratch: &Scratch, namespace: &str, register: &str, raw: &str) {
    scratch.run(&["write", "u", namespace, register, raw, "--raw", "--force"]).ends_with(0);
}

fn show(scratch: &Scratch) -> serde_json::Value {
    objects(&scratch.run(&["calibration", "show", "u", "--json"]).ends_with(0)).remove(0)
}

fn raw(shown: &serde_json::Value, slot: Option<u8>, name: &str) -> u64 {
    let rows = shown["registers"].as_array().unwrap();
    let row = rows.iter().find(|row| row["slot"] == serde_json::json!(slot) && row["name"] == name);
    row.unwrap_or_else(|| panic!("no {name} in {shown}"))["raw"].as_u64().unwrap()
}

/// The vendor's recovery file of what a unit holds.
fn recovery_file(shown: &serde_json::Value, serial: u32) -> String {
    let mut lines = vec![u64::from(serial)];
    for slot in 0..4 {
        let names = [
            "CURRENT_CALIB_OFF",
            "CURRENT_CALIB_SCA",
            "CURR_LOWV_OFF",
            "CURR_LOWV_SCA",
            "CURR_LOWV_OFF_SCA",
            "TEMP_CALIB_R",
            "TEMP_CALIB_B",
            "CURRENT_CALIB_PP",
            "VOLTAGE_CALIB_PP",
            "CURR_CALIB_PP_OFF",
            "VOLT_CALIB_PP_OFF",
        ];
        lines.extend(names.map(|name| raw(shown, Some(slot), name)));
    }
    let of_unit = ["VOLT_CH_CALIB_OFF", "VOLT_CH_CALIB_SCA", "VOLT_DC_CALIB_OFF", "VOLT_DC_CALIB_SCA"];
    lines.extend(of_unit.map(|name| raw(shown, None, name)));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_was_kept_is_written_back_and_nothing_else() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let before = show(&scratch);
    assert_eq!(before["doubtful"], serde_json::json!([]));
    scratch.run(&["calibration", "backup", "100001", "--port", "u"]).ends_with(0);
    let file = "batlab-100001-calibration.toml";
    assert!(scratch.read(file).contains("serial = 100001\ndevice_id = 1\nfirmware = 7\ndate = "));
    scratch.run(&["calibration", "backup", "u", file]).ends_with(2).complains(&["nothing is overwritten"]);
    // Nothing differs, so nothing is asked and nothing is written.
    let said = scratch.run(&["calibration", "restore", "u", file]).ends_with(0);
    assert!(said.out.contains("nothing was written"), "{}", said.out);
    // Two registers are lost.
    write(&scratch, "cell2", "TEMP_CALIB_R", "65535");
    write(&scratch, "unit", "VOLT_CH_CALIB_SCA", "3");
    let said = scratch.run(&["calibration", "show", "u"]).ends_with(0);
    for line in ["slot 2: TEMP_CALIB_R is blank, 65535", "unit: VOLT_CH_CALIB_SCA is 3, expected 8192"] {
        assert!(said.out.contains(line), "{}", said.out);
    }
    // Nobody is there to be asked.
    let said = scratch.run(&["calibration", "restore", "u", file]).ends_with(2);
    assert!(said.out.contains("slot 2: TEMP_CALIB_R: blank -> "), "{}", said.out);
    said.complains(&["nothing was written", "--yes"]);
    let said = scratch.run(&["calibration", "restore", "u", file, "--yes", "--json"]).ends_with(0);
    assert_eq!(objects(&said)[0]["written"].as_array().map(Vec::len), Some(2));
    assert_eq!(show(&scratch), before);
}

#[test]
fn the_vendors_file_gives_a_blank_unit_everything_back() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let before = show(&scratch);
    scratch.write("recovery.txt", &recovery_file(&before, 100_001));
    // A serial number can be taken away only so.
    write(&scratch, "unit", "SETTINGS", "0x8000");
    write(&scratch, "unit", "SERIAL_NUM", "65535");
    write(&scratch, "unit", "DEVICE_ID", "65535");
    write(&scratch, "unit", "SETTINGS", "0");
    for cell in ["cell0", "cell1", "cell2", "cell3"] {
        write(&scratch, cell, "CURRENT_CALIB_SCA", "65535");
    }
    let said = scratch.run(&["calibration", "restore", "u", "recovery.txt", "--yes"]).ends_with(0);
    assert!(said.out.contains("unit: SERIAL_NUM: blank -> 34465"), "{}", said.out);
    assert!(said.out.contains("6 registers written and read back"), "{}", said.out);
    assert_eq!(show(&scratch), before);
}

#[test]
fn files_that_do_not_belong_to_the_unit_are_refused() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let before = show(&scratch);
    let text = recovery_file(&before, 100_002);
    scratch.write("other.txt", &text.replacen(&raw(&before, Some(0), "TEMP_CALIB_R").to_string(), "1501", 1));
    scratch.write("cut.txt", &text[..text.len() - 8]);
    scratch.write("recipe.toml", "[recipe]\nname = \"x\"\n");
    let restore = |file: &str, more: &[&str]| {
        scratch.run(&[&["calibration", "restore", "u", file, "--yes"], more].concat())
    };
    restore("other.txt", &[]).ends_with(2).complains(&["of unit 100002, and this is unit 100001", "--force"]);
    restore("cut.txt", &[]).ends_with(2).complains(&["cut.txt:", "a recovery file has 49 lines"]);
    restore("recipe.toml", &[]).ends_with(2).complains(&["recipe.toml:1:1", "unknown key `recipe`"]);
    assert_eq!(show(&scratch), before);
    let said = restore("other.txt", &["--force"]).ends_with(0);
    assert!(said.out.contains("1 registers written"), "{}", said.out);
    assert_eq!(show(&scratch)["serial"], 100_001, "a serial number is never changed");
}
