//! Recipes from other tools and for them, and the vendor's log of a run.

use crate::program::{Said, Scratch};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A foreign file of the tests.
fn foreign(name: &str) -> String {
    root().join("tests/exchange").join(name).display().to_string()
}

/// Imports a file, proves the recipe with `check`, and gives it.
fn imported(scratch: &Scratch, name: &str) -> String {
    let said = scratch.run(&["import", &foreign(name), "-o", "recipe.toml"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "recipe: recipe.toml\n"), "{name}: {}", said.err);
    let checked = scratch.run(&["check", "recipe.toml"]);
    assert_eq!(checked.code, Some(0), "{name}: {}", checked.err);
    let recipe = scratch.read("recipe.toml");
    // All that is told stands in the recipe too.
    for note in said.err.lines().skip(1) {
        assert!(recipe.contains(&format!("# {note}")), "{name} does not hold: {note}");
    }
    recipe
}

#[test]
fn every_dialect_becomes_a_recipe_that_check_takes() {
    for name in [
        "library.json",
        "library_slips.json",
        "library_pulses.json",
        "primary.json",
        "playlist.json",
        "playlist_slips.json",
        "protocol.json",
        "experiment.json",
        "experiment.txt",
    ] {
        let recipe = imported(&Scratch::new(), name);
        insta::assert_snapshot!(name.replace('.', "_"), recipe);
    }
}

#[test]
fn the_recipe_goes_to_standard_output_and_all_of_it_to_json() {
    let scratch = Scratch::new();
    let plain =
        scratch.run(&["import", &foreign("library.json"), "--capacity", "3 Ah", "--chemistry", "li-ion"]);
    assert!(plain.out.contains("capacity = \"3 Ah\"") && !plain.err.contains("cell."), "{}", plain.err);
    let said = scratch.run(&["import", "--json", &foreign("library_slips.json")]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let value: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&value["from"], &value["output"]), (&json!("vendor"), &Value::Null));
    assert!(value["recipe"].as_str().unwrap().starts_with("[recipe]\nname = \"slips\"\n"));
    let fate = |key: &str| {
        let notes = value["notes"].as_array().unwrap();
        let found: Vec<&str> = notes
            .iter()
            .filter(|note| note["key"] == key)
            .map(|note| note["fate"].as_str().unwrap())
            .collect();
        found.join(" ")
    };
    assert_eq!(fate("lowVoltageCutoff"), "changed not-carried");
    assert_eq!(fate("numMesurementCycles"), "changed");
    assert_eq!(fate("prechargeRate"), "default");
    assert_eq!(fate("constantVoltageSensitivity"), "not-carried");
    assert_eq!(fate("at_most"), "added");
}

/// Imports a text, and gives what is said to be wrong with it.
fn refused(text: &str, more: &[&str]) -> String {
    let scratch = Scratch::new();
    scratch.write("foreign", text);
    let said = scratch.run(&[&["import", "foreign"], more].concat());
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{text}: {}", said.err);
    said.err
}

/// A protocol with so many loops in each other.
fn deep_loops(depth: usize) -> String {
    let rest = json!({ "step": "open_circuit_voltage", "until_time_s": 1 });
    let again = json!({ "step": "loop", "loop_to": 1, "cycle_count": 2 });
    let method: Vec<Value> = [rest].into_iter().chain(std::iter::repeat_n(again, depth)).collect();
    json!({ "record": { "time_s": 1 }, "method": method }).to_string()
}

#[test]
fn what_cannot_be_read_is_refused_at_its_place() {
    insta::assert_snapshot!([
        refused("{\"chargeRate\": 1,\n \"dischargeRate\" 2}", &[]),
        refused("{\"chargeRate\": NaN}", &[]),
        refused("{\"chargeRate\": \"2\"}", &[]),
        refused("{\"restPeriod\": Infinity}", &[]),
        refused("{\"prechargeRate\": 0}", &[]),
        refused("{\"highVoltageCutoff\": 3, \"lowVoltageCutoff\": 3.2}", &[]),
        refused("{\"batlabSettings\": {}, \"cellPlaylistName\": \"x\"}", &[]),
        refused("{\"name\": 1}", &[]),
        refused("hello", &[]),
        refused("[1]", &[]),
        refused("[\"Charge at 1 A\"]", &[]),
        refused("[\"Rest for 1 hour\", \"Charge at 9 A until 4.2 V\"]", &[]),
        refused("{\"method\": [], \"records\": {}}", &[]),
        refused("{\"record\": {\"time_s\": 1}, \"method\": [{\"step\": \"constant_current\"}]}", &[]),
        refused(
            "{\"record\": {\"time_s\": 1}, \"method\": [{\"step\": \"open_circuit_voltage\", \"until_time_s\": 1},
              {\"step\": \"tag\", \"tag\": \"a\"}, {\"step\": \"open_circuit_voltage\", \"until_time_s\": 1},
              {\"step\": \"loop\", \"loop_to\": 1, \"cycle_count\": 2},
              {\"step\": \"loop\", \"loop_to\": \"a\", \"cycle_count\": 2}]}",
            &[],
        ),
        refused("Rest for 1 day", &["--from", "pybamm"]),
        refused(&deep_loops(9), &[]),
    ]
    .join("\n"));
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let scratch = Scratch::new();
    scratch.write("recipe.toml", "mine");
    let said = scratch.run(&["import", &foreign("library.json"), "-o", "recipe.toml"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(said.err.contains("recipe.toml is there already"), "{}", said.err);
    assert_eq!(scratch.read("recipe.toml"), "mine");
}

/// Runs a recipe on the small cells, two of them.
fn run_small(scratch: &Scratch, recipe: &str) -> Said {
    let bench = format!("--sim={}", root().join("recipes/sim/small.toml").display());
    scratch.run(&[
        &bench,
        "--cell",
        "one@100001:0",
        "--cell",
        "two@100001:1",
        "--out",
        "run",
        "--quiet",
        recipe,
    ])
}

/// Settings for small cells, so that a test is short.
fn small_settings(nested: bool) -> String {
    let mut inner = json!({
        "prechargeRate": 0.5, "chargeRate": 0.5, "dischargeRate": 0.5,
        "chargeCurrentSafetyCutoff": 4, "dischargeCurrentSafetyCutoff": 4,
        "chargeTemperatureCutoff": 45, "dischargeTemperatureCutoff": 60,
        "highVoltageCutoff": 4.2, "lowVoltageCutoff": 2.5,
    });
    let outer = json!({
        "cellPlaylistName": "small", "numWarmupCycles": 0, "numMeasurementCycles": 1, "reportingPeriod": 1,
        "impedanceReportingPeriod": 120, "restPeriod": 20, "storageDischarge": true, "storageDischargeVoltage": 3.7,
    });
    let mut whole = outer;
    if nested {
        inner["enableConstantVoltage"] = true.into();
        whole["batlabSettings"] = inner;
        whole["cellChemistryType"] = "lipoChemistry".into();
        whole["cellNames"] = json!([]);
        whole["batlabCellPlaylistFileVersion"] = "0.0.1".into();
    } else {
        whole.as_object_mut().unwrap().extend(inner.as_object().unwrap().clone());
    }
    whole.to_string()
}

#[test]
fn what_was_imported_runs_as_the_vendors_test_does() {
    for nested in [false, true] {
        let scratch = Scratch::new();
        scratch.write("settings.json", &small_settings(nested));
        let said = scratch.run(&["import", "settings.json", "--capacity", "80 mAh", "-o", "small.toml"]);
        assert_eq!(said.code, Some(0), "{}", said.err);
        let ran = run_small(&scratch, "small.toml");
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        let steps = scratch.read("run/cells/one.steps.csv");
        let of = |column: &str| {
            let mut rows = steps.lines().map(|row| row.split(',').collect::<Vec<_>>());
            let at = rows.next().unwrap().iter().position(|name| *name == column).unwrap();
            rows.map(|row| row[at].to_owned()).collect::<Vec<_>>()
        };
        let expected = ["precharge", "charge-rest", "discharge", "discharge-rest", "charge", "storage"];
        assert_eq!(of("name"), expected);
        // The discharge that starts full and ends at the unit's own limit holds the whole cell.
        let charge: f64 = of("discharging_capacity_ah")[2].parse().unwrap();
        assert!((0.07..0.09).contains(&charge), "{charge}");
        let empty: f64 = of("voltage_end_volt")[2].parse().unwrap();
        assert!((2.45..2.56).contains(&empty), "{empty}");
    }
}

#[test]
fn the_vendors_log_has_its_columns_and_what_the_run_measured() {
    let scratch = Scratch::new();
    scratch.write("settings.json", &small_settings(false));
    scratch.run(&["import", "settings.json", "--capacity", "80 mAh", "-o", "small.toml"]);
    assert_eq!(run_small(&scratch, "small.toml").code, Some(0));
    let said = scratch.run(&["export", "--format", "vendor-csv", "run"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let shared = scratch.read("run/vendor-csv/batlab-log_small.csv");
    let rows: Vec<Vec<&str>> = shared.lines().map(|row| row.split(',').collect()).collect();
    // A row has three columns more than the header names, the line of a phase as many.
    assert!(rows.iter().all(|row| if row[11].is_empty() { row.len() == 23 } else { row.len() == 20 }));
    assert!(rows.windows(2).all(|pair| pair[0][3] <= pair[1][3]), "lines are in the order of time");
    let phases: Vec<&Vec<&str>> = rows.iter().filter(|row| row[0] == "one" && !row[11].is_empty()).collect();
    let states: Vec<&str> = phases.iter().map(|row| row[11]).collect();
    assert_eq!(states, ["PRECHARGE", "CHARGEREST", "DISCHARGE", "DISCHARGEREST", "CHARGE", "POSTDISCHARGE"]);
    let summary: Value = serde_json::from_str(&scratch.read("run/summary.json")).unwrap();
    let charge: f64 = phases[2][12].parse().unwrap();
    assert!((0.07..0.09).contains(&(charge / 3600.0)), "{charge} C, {summary}");
    insta::assert_snapshot!(phases.iter().map(|row| row.join(",")).collect::<Vec<_>>().join("\n"));
    // The rows are those of the run, each once.
    let own = scratch.read("run/cells/one.bdf.csv").lines().count() - 1;
    assert_eq!(rows.iter().filter(|row| row[0] == "one" && row[11].is_empty()).count(), own);

    let again = scratch.run(&["export", "--format", "vendor-csv", "run"]);
    assert_eq!(again.code, Some(2), "a log that is there is left alone");
    let said =
        scratch.run(&["export", "--format", "vendor-csv", "run", "--individual", "-o", "each", "--json"]);
    let value: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(value["files"].as_array().unwrap().len(), 3);
    assert_eq!(value["lines"], json!(rows.len()));
    let one = scratch.read("each/batlab-log_small_one.csv");
    assert!(
        one.starts_with("Cell Name,Batlab SN,Channel,Timestamp (s),Voltage (V),Current (A),Temperature (C),")
    );
    assert_eq!(one.lines().count(), own + 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scratch.file("each/batlab-log_small_one.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "a log is for everybody");
    }
    assert_eq!(scratch.read("each/batlab-log_small.csv").lines().count(), 12, "the phases of both cells");
}

#[test]
fn a_torn_row_is_told_of_and_a_damaged_one_refused() {
    let scratch = Scratch::new();
    scratch.write("settings.json", &small_settings(false));
    scratch.run(&["import", "settings.json", "--capacity", "80 mAh", "-o", "small.toml"]);
    assert_eq!(run_small(&scratch, "small.toml").code, Some(0));
    let path = scratch.file("run/cells/one.bdf.csv");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let said = scratch.run(&["export", "--format", "vendor-csv", "run", "-o", "torn"]);
    assert!(said.err.contains("the last row of one was not written whole"), "{}", said.err);
    fs::write(&path, whole.replacen(",3.", ",x3.", 1)).unwrap();
    let said = scratch.run(&["export", "--format", "vendor-csv", "run", "-o", "damaged"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("one.bdf.csv:"), "{}", said.err);
    assert!(fs::read_dir(scratch.file("damaged")).unwrap().next().is_none(), "nothing half written is left");
}

fn recipes() -> Vec<PathBuf> {
    let all = fs::read_dir(root().join("recipes")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect();
    all.sort();
    all
}

#[test]
fn every_recipe_can_be_said_elsewhere_and_comes_back() {
    for format in ["unicycler", "pybamm"] {
        for path in recipes() {
            let scratch = Scratch::new();
            let path = path.display().to_string();
            let said = scratch.run(&["export", "--format", format, &path, "-o", "there.json"]);
            assert_eq!(said.code, Some(0), "{path}: {}", said.err);
            let back = scratch.run(&["import", "there.json", "--capacity", "2.5 Ah", "-o", "back.toml"]);
            assert_eq!(back.code, Some(0), "{path} by {format}: {}", back.err);
            assert_eq!(scratch.run(&["check", "back.toml"]).code, Some(0));
        }
    }
}

/// What is said elsewhere and comes back is said in the same words again.
#[test]
fn nothing_changes_on_the_second_way() {
    use batlab_run::exchange::{CellHint, ExportError, Exported, import, to_pybamm, to_unicycler};
    use batlab_run::plan::{self, Plan};
    use batlab_run::{diagnostic::Source, units::Coulombs};
    type Write = fn(&Plan) -> Result<Exported, ExportError>;
    let capacity = Some(Coulombs::from_ampere_hours(2.5));
    let hint = CellHint { capacity, chemistry: None };
    let ways: [(&str, Write); 5] = [
        ("protocol.json", to_unicycler),
        ("protocol.json", to_pybamm),
        ("experiment.json", to_pybamm),
        ("experiment.txt", to_pybamm),
        ("library.json", to_unicycler),
    ];
    for (name, write) in ways {
        let there = |text: &str| {
            let recipe = import(text, None, hint).unwrap_or_else(|error| panic!("{name}: {error}")).recipe;
            write(&plan::check(&Source::new(name, recipe)).unwrap()).unwrap().text
        };
        let once = there(&fs::read_to_string(foreign(name)).unwrap());
        assert_eq!(there(&once), once, "{name}");
    }
}

#[test]
fn what_is_said_elsewhere_is_this() {
    let scratch = Scratch::new();
    let mut all = String::new();
    for (format, recipe) in
        [("unicycler", "cycle"), ("pybamm", "cycle"), ("unicycler", "hppc"), ("pybamm", "sort_salvaged")]
    {
        let path = root().join(format!("recipes/{recipe}.toml")).display().to_string();
        let said = scratch.run(&["export", "--format", format, &path]);
        all += &format!("== {recipe} as {format}\n{}{}", said.out, said.err);
    }
    insta::assert_snapshot!(all);
}

/// Any JSON, with keys and words that the readers know.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "chargeRate",
        "cellPlaylistName",
        "batlabSettings",
        "cellChemistryType",
        "batlabCellPlaylistFileVersion",
        "cellNames",
        "restPeriod",
        "pulseEnable",
        "pulseDischrgOnTime",
        "trickleEnable",
        "highVoltageCutoff",
        "lowVoltageCutoff",
        "numMeasurementCycles",
        "constantVoltageEnable",
        "constantVoltageStepsize",
        "method",
        "record",
        "sample",
        "safety",
        "time_s",
        "step",
        "loop",
        "loop_to",
        "cycle_count",
        "tag",
        "constant_current",
        "rate_C",
        "C/2",
        "current_mA",
        "until_time_s",
        "until_voltage_V",
        "constant_voltage",
        "voltage_V",
        "open_circuit_voltage",
        "impedance_spectroscopy",
        "lipoChemistry",
        "Rest for 1 hour",
        "Charge at C/2 until 4.2 V",
        "Hold at 4.2 V until 50 mA",
    ])
    .prop_map(str::to_owned);
    let numbers = prop_oneof![
        prop::sample::select(vec![0.0, 1.0, -1.0, 0.5, 2.0, 4.2, 60.0, 1e9, 1e300, -0.0]),
        any::<f64>().prop_filter("JSON has no other", |number| number.is_finite()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        numbers.prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 12, move |inner| {
        let key = prop_oneof![4 => words.clone(), 1 => ".{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..12)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Settings of which each key is likely, and its value often good.
fn any_settings() -> impl Strategy<Value = Value> {
    let keys = [
        "prechargeRate",
        "chargeRate",
        "dischargeRate",
        "chargeCurrentSafetyCutoff",
        "dischargeCurrentSafetyCutoff",
        "chargeTemperatureCutoff",
        "dischargeTemperatureCutoff",
        "highVoltageCutoff",
        "lowVoltageCutoff",
        "numMeasurementCycles",
        "reportingPeriod",
        "impedanceReportingPeriod",
        "restPeriod",
        "storageDischarge",
        "storageDischargeVoltage",
        "trickleEnable",
        "trickleChrgEngageVoltage",
        "trickleChrgRate",
        "trickleDischrgEngageVoltage",
        "trickleDischrgRate",
        "pulseEnable",
        "pulseChrgOnTime",
        "pulseChrgOffTime",
        "pulseDischrgOnTime",
        "pulseDischrgOffRate",
        "constantVoltageEnable",
        "constantVoltageDischargeEnable",
        "constantVoltageStepsize",
    ];
    let value = prop_oneof![0.0..5.0f64, -1.0..100.0f64, Just(1.0), Just(0.0), Just(3.7)];
    prop::collection::vec((prop::sample::select(keys.to_vec()), value), 1..28).prop_map(|pairs| {
        pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_a_proved_recipe_or_refused(value in any_json(), from in 0usize..4) {
        use batlab_run::exchange::{CellHint, Origin, import};
        let from = [None, Some(Origin::Vendor), Some(Origin::Unicycler), Some(Origin::Pybamm)][from];
        // A recipe that comes out of it has been proved; nothing else has to hold.
        let _ = import(&value.to_string(), from, CellHint::default());
    }

    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        use batlab_run::exchange::{CellHint, import};
        let _ = import(&text, None, CellHint::default());
    }

    #[test]
    fn settings_become_recipes_that_stay_inside_of_their_cutoffs(value in any_settings()) {
        use batlab_run::exchange::{CellHint, import};
        use batlab_run::{diagnostic::Source, plan};
        let imported = import(&value.to_string(), None, CellHint::default());
        if let Ok(imported) = imported {
            let plan = plan::check(&Source::new("made", imported.recipe)).expect("it was proved");
            let within = |key: &str, found: f64| value[key].as_f64().is_none_or(|cutoff| {
                !(0.0..=4.096).contains(&cutoff) || found <= cutoff + 1e-9
            });
            prop_assert!(within("chargeCurrentSafetyCutoff", plan.limits().current_charge.0));
            prop_assert!(within("dischargeCurrentSafetyCutoff", plan.limits().current_discharge.0));
        }
    }
}
