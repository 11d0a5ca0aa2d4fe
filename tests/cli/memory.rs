//! Memory does not grow with the length of a run. `cargo bench --bench run` tells it of 30 days.

use crate::long_run::peak;

#[test]
fn a_long_run_takes_no_more_memory_than_a_short_one() {
    let scratch = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_batlab-run");
    let [short, long] = [24, 5 * 24].map(|hours| peak(program, scratch.path(), hours).unwrap());
    assert!(short > 1 << 20, "{short} bytes: not measured");
    assert!(long < short + (1 << 20), "24 h take {short} bytes, 5 days {long}");
}
