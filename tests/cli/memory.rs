//! Memory does not grow with the length of a run, and by as much with each unit. `cargo bench --bench run` tells it of 30
//! days, `cargo bench --bench scale` of a thousand cells.

use crate::long_run::peak;
use crate::program::project;
use crate::spent::spent;
use std::process::{Command, Stdio};

#[test]
fn a_long_run_takes_no_more_memory_than_a_short_one() {
    let scratch = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_batlab-run");
    let [short, long] = [24, 5 * 24].map(|hours| peak(program, scratch.path(), hours).unwrap());
    assert!(short > 1 << 20, "{short} bytes: not measured");
    assert!(long < short + (1 << 20), "24 h take {short} bytes, 5 days {long}");
}

#[test]
fn each_unit_takes_as_much_memory_as_the_one_before() {
    let scratch = tempfile::tempdir().unwrap();
    let small = std::fs::read_to_string(project("recipes/sim/small.toml")).unwrap();
    let [one, some, many] = [1, 21, 41].map(|units| {
        let (bench, out) =
            (scratch.path().join(format!("{units}.toml")), scratch.path().join(format!("{units}")));
        std::fs::write(&bench, small.replace("[[unit]]", &format!("[[unit]]\ncount = {units}"))).unwrap();
        let mut run = Command::new(env!("CARGO_BIN_EXE_batlab-run"));
        run.arg(format!("--sim={}", bench.display())).args(["--quiet", "--out"]).arg(out);
        spent(run.arg(project("recipes/quick.toml")).stdout(Stdio::null())).unwrap().peak.unwrap()
    });
    let more = |from: u64, to: u64| to.saturating_sub(from) / 20;
    assert!(one > 1 << 20, "{one} bytes: not measured");
    assert!(more(one, some) < 1 << 20, "{one} bytes with one unit, {some} with 21");
    assert!(more(some, many) < 1 << 20, "{some} bytes with 21 units, {many} with 41");
}
