//! What is wrong is told with its place and a hint, and nothing is done.

use crate::program::{Scratch, project};

const WRONG: &str = r#"[recipe]
name = "wrong"

[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"

[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"

[record]
every = "1 s"

[[step]]
charge = "1 A"
untill = "voltage > 4.1 V"
at_most = "1 h"
"#;

/// A scratch folder in which nothing may be left behind by a run.
fn nothing_was_run(scratch: &Scratch) {
    assert!(!scratch.file("runs").exists(), "{:?}", scratch.list("."));
}

#[test]
fn a_wrong_recipe_is_shown_at_its_place() {
    let scratch = Scratch::new();
    scratch.write("wrong.toml", WRONG);
    for arguments in [&["--sim", "wrong.toml"][..], &["check", "wrong.toml"], &["plan", "wrong.toml"]] {
        let said = scratch.run(arguments).ends_with(2);
        let said = said.complains(&["wrong.toml:17:1", "untill = ", "^^^^^^", "did you mean `until`?"]);
        assert_eq!(said.out, "", "{arguments:?}");
    }
    nothing_was_run(&scratch);
}

#[test]
fn what_is_beyond_the_envelope_is_refused() {
    let scratch = Scratch::new();
    scratch.write("hot.toml", &WRONG.replace("untill", "until").replace("4.25 V", "4.6 V"));
    scratch.run(&["--sim", "hot.toml"]).ends_with(2).complains(&["hot.toml:9:", "4.6 V", "^"]);
    nothing_was_run(&scratch);
}

#[test]
fn files_that_are_not_there_or_no_text_are_named() {
    let scratch = Scratch::new();
    scratch.run(&["--sim", "nowhere.toml"]).ends_with(2).complains(&["nowhere.toml"]);
    scratch.run(&["check", "nowhere.toml"]).ends_with(2).complains(&["nowhere.toml"]);
    scratch.run(&["--sim", "."]).ends_with(2);
    std::fs::write(scratch.file("bytes.toml"), [0xFF, 0xFE, 0, 0x80]).unwrap();
    scratch.run(&["--sim", "bytes.toml"]).ends_with(2).complains(&["bytes.toml"]);
    nothing_was_run(&scratch);
}

#[test]
fn wrong_arguments_name_what_is_allowed() {
    let scratch = Scratch::new();
    let quick = project("recipes/quick.toml");
    let cases: [(&[&str], &str); 9] = [
        (&[], "--help"),
        (&["--simm", &quick], "--sim"),
        (&["--seed", "3", &quick], "--sim"),
        (&["--sim", "--seed", "x", &quick], "--seed"),
        (&["--sim", "--port", "u", &quick], "--port"),
        (&["--sim", "--json", "--quiet", &quick], "--quiet"),
        (&["--sim", "--cell", "A17", &quick], "NAME@SERIAL:SLOT"),
        (&["--sim", "--cell", "A17@100001:4", &quick], "slot"),
        (&["schema", "cell"], "recipe"),
    ];
    for (arguments, hint) in cases {
        scratch.run(arguments).ends_with(2).complains(&[hint]);
    }
    nothing_was_run(&scratch);
}

#[test]
fn cells_that_are_not_there_are_refused() {
    let scratch = Scratch::new();
    let quick = project("recipes/quick.toml");
    let mixed = format!("--sim={}", project("recipes/sim/mixed.toml"));
    let cases: [(&[&str], &[&str]); 5] = [
        (&["--cell", "A@300009:0"], &["300009", "300001"]),
        (&["--cell", "A@300001:2"], &["300001:2", "empty"]),
        (&["--cell", "A@300001:3"], &["300001:3", "reversed"]),
        (&["--cell", "A@300001:0", "--cell", "a@300001:1"], &["twice"]),
        (&["--cell", "A@300001:0", "--cell", "B@300001:0"], &["300001:0", "twice"]),
    ];
    for (cells, complaint) in cases {
        let arguments = [&[mixed.as_str()], cells, &[&quick]].concat();
        scratch.run(&arguments).ends_with(2).complains(complaint);
    }
    nothing_was_run(&scratch);
}

#[test]
fn a_wrong_bench_is_shown_at_its_place() {
    let scratch = Scratch::new();
    scratch.write("bench.toml", "[[unit]]\nserial = 1\nslot = []\n");
    let quick = project("recipes/quick.toml");
    let said = scratch.run(&["--sim=bench.toml", &quick]).ends_with(2);
    said.complains(&["bench.toml:3:1", "^^^^", "did you mean `slots`?"]);
    scratch.run(&["--sim=nowhere.toml", &quick]).ends_with(2).complains(&["nowhere.toml"]);
    nothing_was_run(&scratch);
}

#[test]
fn a_bench_without_cells_leaves_nothing_to_run() {
    let scratch = Scratch::new();
    scratch
        .write("bench.toml", "[[unit]]\nserial = 1\nslots = [\"empty\", \"empty\", \"empty\", \"empty\"]\n");
    let quick = project("recipes/quick.toml");
    scratch.run(&["--sim=bench.toml", &quick]).ends_with(4).complains(&["--sim"]);
    nothing_was_run(&scratch);
}

#[test]
fn results_never_overwrite_anything() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    std::fs::create_dir(scratch.file("full")).unwrap();
    scratch.write("full/precious", "precious").write("file", "precious");
    scratch.run(&["--sim", "--out", "full", &recipe]).ends_with(2).complains(&["full", "--out"]);
    scratch.run(&["--sim", "--out", "file", &recipe]).ends_with(2).complains(&["file"]);
    assert_eq!(scratch.list("full"), ["precious"]);
    assert_eq!(scratch.read("file"), "precious");

    std::fs::create_dir(scratch.file("empty")).unwrap();
    scratch.run(&["--sim", "--quiet", "--out", "empty", &recipe]).ends_with(0);
    scratch.run(&["--sim", "--quiet", "--out", "empty", &recipe]).ends_with(2);
    nothing_was_run(&scratch);
}

#[test]
fn a_second_file_and_a_file_of_the_other_kind_are_told() {
    let scratch = Scratch::new();
    let (quick, bench) = (project("recipes/quick.toml"), project("recipes/sim/small.toml"));
    let equals = format!("--sim={bench} {quick}");
    scratch.run(&["--sim", &bench, &quick]).ends_with(2).complains(&["one recipe", &equals]);
    scratch.run(&[&quick, &quick]).ends_with(2).complains(&["one recipe", "check"]);
    let is_bench = format!("this is a bench of simulated units; write --sim={bench}");
    scratch.run(&["--sim", &bench]).ends_with(2).complains(&[&is_bench]);
    let swapped = format!("--sim={quick}");
    scratch.run(&[&swapped, &quick]).ends_with(2).complains(&["this is a recipe"]);
    nothing_was_run(&scratch);
}

#[test]
fn a_trace_overwrites_nothing() {
    let scratch = Scratch::new();
    scratch.write("trace", "precious");
    let said = scratch.run(&["--sim", "--trace", "trace", &project("recipes/impedance.toml")]);
    said.ends_with(2).complains(&["trace", "overwrites nothing"]);
    assert_eq!(scratch.read("trace"), "precious");
    nothing_was_run(&scratch);
}

#[test]
fn a_trace_that_cannot_be_written_is_refused() {
    let scratch = Scratch::new();
    let recipe = project("recipes/impedance.toml");
    let said = scratch.run(&["--sim", "--trace", "no/where", &recipe]);
    said.ends_with(2).complains(&["no/where"]);
    nothing_was_run(&scratch);
}

#[test]
fn a_cell_on_blank_calibration_needs_to_be_asked_for() {
    let scratch = Scratch::new();
    let bench = "[cell.a]\nchemistry = 'li-ion'\ncapacity = '2.5 Ah'\n[[unit]]\nserial = 7\n\
                 miswritten = [{ register = 'TEMP_CALIB_B', slot = 0 }]\nslots = ['a', 'a', 'empty', 'empty']\n";
    let recipe = project("recipes/impedance.toml");
    scratch.write("bench.toml", bench);
    let said = scratch.run(&["--sim=bench.toml", "--out", "refused", &recipe]).ends_with(3);
    assert!(said.out.contains("slot 0: TEMP_CALIB_B holds 65535, expected 2000 to 6000 K"), "{}", said.out);
    let manifest = scratch.json("refused/run.json");
    let doubted = &manifest["calibration_doubted"];
    assert_eq!(doubted.as_array().map(Vec::len), Some(1), "{doubted}");
    assert_eq!((&doubted[0]["unit"], &doubted[0]["slot"]), (&7.into(), &0.into()));
    assert!(doubted[0].get("instead").is_none());
    let verdicts = |run: &str| -> Vec<_> {
        scratch.rows(&format!("{run}/summary.csv")).iter().map(|row| row["verdict"].clone()).collect()
    };
    assert_eq!(verdicts("refused"), ["error", "pass"]);

    scratch.run(&["--sim=bench.toml", "--uncalibrated", "--out", "run", &recipe]).ends_with(0);
    let manifest = scratch.json("run/run.json");
    assert_eq!(manifest["uncalibrated"], true);
    assert_eq!(manifest["calibration_doubted"][0]["instead"], "the design's 3380 K");
    assert_eq!(verdicts("run"), ["pass", "pass"]);
}
