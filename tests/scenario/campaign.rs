//! The campaign: seeds that must break no law, and mistakes made on purpose that must be found.

use batlab_run::campaign::{Bug, Given, Orders, Report, Scenario, campaign, sail};
use std::ops::Range;

/// The seeds of every change. `batlab-run campaign --seeds 0..2000` is for a longer look.
const SEEDS: Range<u64> = 0..60;

fn play(seeds: Range<u64>, bug: Option<Bug>) -> Report {
    let orders = Orders { seeds, jobs: 2, given: Given::default(), bug };
    campaign(&orders, |_, _| ()).expect("there is a place for files")
}

/// The laws that did not hold, each with the first seed at which it did not.
fn broken(report: &Report) -> Vec<(&'static str, u64)> {
    let mut laws: Vec<_> = report
        .failing
        .iter()
        .flat_map(|(seed, breaches)| breaches.iter().map(|breach| (breach.law, *seed)))
        .collect();
    laws.sort_unstable();
    laws.dedup_by_key(|(law, _)| *law);
    laws
}

#[test]
fn no_seed_breaks_a_law() {
    let report = play(SEEDS, None);
    assert_eq!(report.failing, [], "play one again with `batlab-run campaign --seed N`");
    assert_eq!(report.tally.runs, SEEDS.end - SEEDS.start);
    let faults = &report.tally.faults;
    assert!(report.tally.kills > 20 && faults.len() > 10, "it is hardly put to the test: {faults:?}");
}

/// Seeds that have shown something: a sample out of order, charge that stood nowhere, cells that nobody ended, slices that
/// nobody looked for again.
const SHOWN: [u64; 6] = [1030, 1036, 1345, 1533, 1839, 3875];

#[test]
fn no_seed_that_broke_a_law_once_does_so_again() {
    for seed in SHOWN {
        assert_eq!(play(seed..seed + 1, None).failing, [], "seed {seed}");
    }
}

#[test]
fn a_watchdog_that_a_timer_kicks_is_found() {
    let report = play(SEEDS, Some(Bug::KickedByTimer));
    assert!(broken(&report).iter().any(|(law, _)| *law == "26 s"), "{:?}", broken(&report));
}

#[test]
fn limits_that_are_written_after_the_mode_are_found() {
    let report = play(0..5, Some(Bug::LimitsAfterMode));
    assert!(broken(&report).iter().any(|(law, _)| *law == "limits before current"), "{:?}", broken(&report));
}

#[test]
fn a_sample_that_is_lost_on_a_kill_is_found() {
    let report = play(SEEDS, Some(Bug::SampleLost));
    assert!(broken(&report).iter().any(|(law, _)| *law == "samples kept"), "{:?}", broken(&report));
}

/// A charge, a rest and a discharge of one cell, each of some seconds.
const SHORT: &str = r#"
seed = 3
recipe = """
[recipe]
name = "short"
[cell]
chemistry = "li-ion"
capacity = "80 mAh"
[record]
every = "1 s"
[[step]]
charge = "1 A"
at_most = "5 s"
[[step]]
rest = "3 s"
[[step]]
impedance = "1 kHz"
[[step]]
discharge = "1 A"
at_most = "5 s"
"""
bench = """
[cell.small]
chemistry = "li-ion"
capacity = "80 mAh"
resistance = "20 mohm"
state_of_charge = "50 %"
[[unit]]
serial = 100001
slots = ["small", "empty", "empty", "empty"]
"""
"#;

#[test]
fn a_kill_at_any_line_of_the_journal_is_got_over() {
    for torn in [0, 40] {
        let mut line = 1;
        loop {
            let text = format!("{SHORT}[[kill]]\nwhen = {{ line = {line} }}\ngap = \"7 s\"\ntorn = {torn}\n");
            let scenario = Scenario::parse(&text).expect("it is a scenario");
            let scratch = tempfile::tempdir().expect("a place for files");
            let voyage = sail(&scenario, scratch.path(), None).expect("it can be played");
            assert_eq!(voyage.breaches, [], "killed after line {line}");
            if voyage.kills == 0 {
                break;
            }
            line += 1;
        }
        assert!(line > 25, "the journal has only {line} lines");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_its_text_says_all_of_it() {
    for seed in 0..12 {
        let scenario = Scenario::of_seed(seed, &Given::default());
        let text = scenario.text().expect("it can be written");
        assert_eq!(Scenario::parse(&text).as_ref(), Ok(&scenario), "{text}");
        let digest = || {
            let scratch = tempfile::tempdir().expect("a place for files");
            sail(&scenario, scratch.path(), None).expect("it can be played").digest
        };
        assert_eq!(digest(), digest(), "seed {seed}");
    }
}
