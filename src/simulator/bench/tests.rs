use super::*;
use crate::diagnostic::{Colour, Source, render};
use std::path::Path;

fn example(name: &str) -> Bench {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/sim").join(name);
    let source = Source::from_file(&path).unwrap();
    Bench::parse(&source).unwrap_or_else(|problems| panic!("{}", render(&source, &problems, Colour::Off)))
}

fn complaints(text: &str) -> String {
    let source = Source::new("bench.toml", text);
    let problems = Bench::parse(&source).expect_err("this bench is wrong");
    render(&source, &problems, Colour::Off)
}

#[test]
fn every_example_is_a_bench() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/sim");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bench = example(entry.unwrap().file_name().to_str().unwrap());
        assert!(!bench.units.is_empty());
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn the_small_example_is_the_built_in_bench() {
    assert_eq!(example("small.toml"), Bench::small_cells(1));
}

#[test]
fn what_is_not_written_is_as_usual() {
    let text = "[cell.a]\nchemistry = 'lfp'\ncapacity = '1.5 Ah'\n[[unit]]\nserial = 9\nslots = ['a', 'empty', 'a', 'a']";
    let bench = Bench::parse(&Source::new("b.toml", text)).unwrap();
    let kind = CellSpec::typical(Chemistry::Lfp, Coulombs::from_ampere_hours(1.5));
    let usual = UnitSpec::typical(SerialNumber(9));
    let cell = SlotSpec::Cell(kind);
    assert_eq!(bench.seed, 1);
    assert_eq!(
        bench.units,
        [UnitSpec { slots: [cell.clone(), SlotSpec::Empty, cell.clone(), cell], ..usual }]
    );
}

#[test]
fn the_mixed_example_says_what_it_means() {
    let bench = example("mixed.toml");
    let [first, second, third] = &bench.units[..] else { panic!("three units") };
    assert!(
        matches!(&first.slots, [SlotSpec::Cell(_), SlotSpec::Cell(weak), SlotSpec::Empty, SlotSpec::Reversed(_)]
        if weak.resistance == Ohms(0.095) && weak.state_of_charge == 0.12)
    );
    assert_eq!((second.firmware, third.supply), (3, false));
    assert!(first.cell(Slot::ALL[2], bench.seed).is_none());
    let flat = second.cell(Slot::ALL[1], bench.seed).unwrap();
    assert_eq!(flat.temperature(), Celsius(12.0));
    // Two cells of one kind on one bench differ, and another seed gives other cells.
    let books = |seed, slot: usize| second.cell(Slot::ALL[slot], seed).unwrap().books();
    assert_ne!(books(3, 0).capacity, books(3, 2).capacity);
    assert_ne!(books(3, 0).capacity, books(4, 0).capacity);
    assert_eq!(books(3, 0), books(3, 0));
}

#[test]
fn wrong_benches_are_told_with_place_and_hint() {
    insta::assert_snapshot!(
        "wrong_bench",
        complaints(
            r#"seed = -1
noise = "1 mV"

[cell.good]
chemistry = "li-on"
capacity = 2.5
state_of_charge = "130 %"
resistence = "30 mohm"

[cell.empty]
chemistry = "lfp"
capacity = "1500 mV"

[[unit]]
serial = 65535
firmware = 9
ambient = "500 K"
slots = ["good", "god", { reversed = "bad cell" }, { reverse = "good" }]

[[unit]]
clock_slow = "inf %"
temperature_noise = "1 V"
slots = ["good", "empty"]
"#,
        )
    );
}

#[test]
fn many_units_of_one_kind_are_counted_up() {
    let bench = example("thousand.toml");
    let serials: Vec<u32> = bench.units.iter().map(|unit| unit.serial.0).collect();
    assert_eq!(serials, (500_001..=500_250).collect::<Vec<_>>());
    // But for its serial number each is as if it were described alone, and its cells are its own.
    let [first, second, ..] = &bench.units[..] else { panic!("250 units") };
    assert_eq!(UnitSpec { serial: first.serial, ..second.clone() }, *first);
    let capacity = |unit: &UnitSpec| unit.cell(Slot::ALL[0], bench.seed).unwrap().books().capacity;
    assert_ne!(capacity(first), capacity(second));
}

#[test]
fn calibration_can_be_blank_or_absurd() {
    let unit = |miswritten: &str| {
        format!(
            "[[unit]]\nserial = 5\nslots = ['empty', 'empty', 'empty', 'empty']\nmiswritten = {miswritten}\n"
        )
    };
    let text = unit(
        "[{ register = 'TEMP_CALIB_R', slot = 2 }, { register = 'VOLT_DC_CALIB_SCA', holds = 7 }, { register = 'CURRENT_CALIB_SCA' }]",
    );
    let bench = Bench::parse(&Source::new("b.toml", text.as_str())).unwrap();
    let kept = |of_unit, address| Kept { of_unit, address };
    assert_eq!(
        bench.units[0].miswritten,
        [
            Miswritten { register: kept(false, 0x16), slot: Slot::new(2), holds: 65535 },
            Miswritten { register: kept(true, 0x0E), slot: None, holds: 7 },
            Miswritten { register: kept(false, 0x15), slot: None, holds: 65535 },
        ]
    );
    let unit_of = crate::simulator::Unit::new(&bench.units[0], bench.seed);
    let [divider, beside, scale] = [(2, 0x16), (1, 0x16), (4, 0x0E)].map(|(n, a)| unit_of.register(n, a));
    assert_eq!((divider, scale), (Some(65535), Some(7)));
    assert!((1450..1550).contains(&beside.unwrap()));
    insta::assert_snapshot!(
        "miswritten",
        complaints(&unit(
            "[{ register = 'TEMP_CALIB_X' }, { register = 'TEMP_CALIB_R', slot = 4 }, { register = 'VOLT_CH_CALIB_OFF', slot = 1 }, { register = 'TEMP_CALIB_B', holds = 70000 }]"
        ))
    );
}

#[test]
fn a_bench_needs_units_with_serial_numbers_of_their_own() {
    insta::assert_snapshot!("no_units", complaints("unit = []\n"));
    insta::assert_snapshot!(
        "serial_twice",
        complaints(
            "[[unit]]\nserial = 5\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 5\nslots = ['empty', 'empty', 'empty', 'empty']\n",
        )
    );
    insta::assert_snapshot!(
        "counted_twice",
        complaints(
            "[[unit]]\nserial = 5\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 3\ncount = 4\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 65530\ncount = 9\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 100\ncount = 0\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 1000\ncount = 600\nslots = ['empty', 'empty', 'empty', 'empty']\n\
         [[unit]]\nserial = 2000\ncount = 600\nslots = ['empty', 'empty', 'empty', 'empty']\n",
        )
    );
    insta::assert_snapshot!("not_toml", complaints("[[unit]\nserial = 5\n"));
}

#[test]
fn the_schema_names_every_key_and_refuses_others() {
    let schema = Bench::schema();
    let value = schema.as_value();
    assert_eq!(value["additionalProperties"], false);
    for key in ["seed", "line", "cell", "unit"] {
        assert!(value["properties"][key].is_object(), "{key}");
    }
    let unit = &value["$defs"]["UnitTable"];
    assert_eq!(unit["required"], serde_json::json!(["serial", "slots"]));
    assert!(unit["properties"]["zero_amp_threshold"].is_object());
}

#[test]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/bench.schema.json");
    let mut text = serde_json::to_string_pretty(&Bench::schema()).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == text,
        "schemas/bench.schema.json is not current: UPDATE_SCHEMAS=1 cargo test schema"
    );
}

#[test]
fn the_schema_agrees_with_the_reader() {
    let validator = jsonschema::validator_for(&Bench::schema().to_value()).unwrap();
    let valid = |text: &str| validator.is_valid(&toml::from_str::<serde_json::Value>(text).unwrap());
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/sim")).unwrap() {
        let path = entry.unwrap().path();
        assert!(valid(&std::fs::read_to_string(&path).unwrap()), "{}", path.display());
    }
    let unit = |rest: &str| format!("[cell.a]\nchemistry = 'lfp'\ncapacity = '1 Ah'\n[[unit]]\n{rest}");
    let slots = "slots = ['a', 'a', 'a', { reversed = 'a' }]";
    assert!(valid(&unit(&format!("serial = 1\n{slots}"))));
    for wrong in [
        slots.to_owned(),
        "serial = 1".to_owned(),
        format!("serial = 1\nfan = true\n{slots}"),
        format!("serial = 1\nambient = 25\n{slots}"),
        format!("serial = 1\nclock_slow = '1'\n{slots}"),
        format!("serial = 1\ntemperature_noise = '1 V'\n{slots}"),
        "serial = 1\nslots = ['a', 'a', 'a']".to_owned(),
        "serial = 1\nslots = ['a', 'a', 'a', { reverse = 'a' }]".to_owned(),
        format!("serial = 1\n{slots}\n[cell.empty]\nchemistry = 'lfp'\ncapacity = '1 Ah'"),
    ] {
        let text = unit(&wrong);
        assert!(Bench::parse(&Source::new("b.toml", text.as_str())).is_err(), "{text}");
        assert!(!valid(&text), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(?s).{0,200}", lines in proptest::collection::vec(
        "(\\[\\[unit\\]\\]|\\[cell\\.a\\]|serial = [0-9]{1,12}|slots = \\['a', [0-9'a{}]{0,5}\\]|capacity = '[-0-9eA h]{0,8}')",
        0..8,
    )) {
        let _ = Bench::parse(&Source::new("x", text));
        let _ = Bench::parse(&Source::new("x", lines.join("\n")));
    }
}
