//! How well currents and voltages are held, on a driver that is off, with noise, lost readings and the
//! dead time of a slice.

use crate::bench::{Bench, plan};
use batlab_run::event::Event;
use batlab_run::plan::Direction;

const STEP: f64 = 1.0 / 128.0;
const NOISE: (f64, f64) = (0.0002, 0.0005);

/// An iron phosphate cell near its end: flat, then by 17 V for each whole of its charge, which is 5 mV
/// in a second at 1C.
fn lfp(soc: f64) -> f64 {
    3.33 + 17.0 * (soc - 0.985).max(0.0)
}

fn cell(steps: &str, gain: f64, ohms: f64) -> Bench {
    let mut bench = Bench::new(&plan(steps));
    (bench.gain, bench.noise, bench.lost) = (gain, NOISE, 5);
    (bench.r0, bench.r1, bench.tau) = (ohms * 1.4, ohms * 0.6, 40.0);
    bench
}

#[test]
fn a_constant_current_never_overshoots_and_is_right_in_the_mean() {
    for ramps in [true, false] {
        for gain in [0.95, 0.98, 1.0, 1.03, 1.05] {
            for current in [0.1015625, 0.5, 1.003, 2.5, 3.9] {
                let steps = format!("[[step]]\ndischarge = \"{current} A\"\nat_most = \"5 min\"\n");
                let mut bench = cell(&steps, gain, 0.05);
                bench.ramps = ramps;
                bench.finish(400.0);
                let began = bench.stretches()[0].1;
                let flowing: Vec<_> =
                    bench.truth.iter().filter(|(at, current, _)| *at > began && *current != 0.0).collect();
                let highest = flowing.iter().map(|(_, current, _)| current.abs()).fold(0.0, f64::max);
                assert!(highest < current + STEP * gain + 0.002, "{gain}: {highest}, not {current}");
                let settled: Vec<f64> = flowing
                    .iter()
                    .filter(|(at, ..)| *at > began + 10.0)
                    .map(|(_, current, _)| current.abs())
                    .collect();
                let mean = settled.iter().sum::<f64>() / settled.len() as f64;
                assert!((mean / current - 1.0).abs() < 0.002, "{gain}: {mean}, not {current}");
            }
        }
    }
}

#[test]
fn what_is_known_of_the_driver_is_kept_for_the_next_step() {
    let pulse = "[[step]]\ndischarge = \"2 A\"\nat_most = \"20 s\"\n[[step]]\nrest = \"10 s\"\n";
    let mut bench = cell(&pulse.repeat(2), 0.95, 0.05);
    bench.finish(100.0);
    let first: Vec<f64> = bench.stretches().iter().map(|(_, from, _)| *from).collect();
    let set = |from: f64| bench.changes.iter().find(|change| change.at == from).unwrap().set.abs();
    // The first is set for a driver that may give 5 % too much, the second for the one that is there.
    assert!((set(first[0]) - 2.0 / 1.05).abs() <= STEP, "{}", set(first[0]));
    assert!((set(first[1]) - 2.0 / 0.95).abs() <= STEP, "{}", set(first[1]));
}

#[test]
fn a_driver_beyond_its_calibration_is_told() {
    let mut bench = cell("[[step]]\ndischarge = \"2 A\"\nat_most = \"1 min\"\n", 0.7, 0.05);
    bench.finish(100.0);
    let told = bench
        .facts
        .iter()
        .filter(|(_, event)| matches!(event, Event::Notice { what } if what.contains("more than 10 % off")));
    assert_eq!(told.count(), 1);
}

/// How far the true voltage came from the target after the hold began, and the true current at its end.
fn held(bench: &Bench, target: f64) -> (f64, f64) {
    let began = bench.facts.iter().find(|(_, event)| matches!(event, Event::HoldStarted { .. })).unwrap().0;
    let end = bench.stretches().last().unwrap().2;
    let taper = bench.truth.iter().filter(|(at, ..)| *at > began + 0.5 && *at <= end);
    let worst = taper.map(|(.., voltage)| (voltage - target).abs()).fold(0.0, f64::max);
    // It fades evenly: two stretches of ten seconds tell how fast, and the second what is left.
    let flowing: Vec<f64> =
        bench.truth.iter().filter(|(at, ..)| *at <= end).map(|(_, current, _)| current.abs()).collect();
    let mean = |range: std::ops::Range<usize>| flowing[range].iter().sum::<f64>() / 16.0;
    let count = flowing.len();
    let (early, late) = (mean(count - 32..count - 16), mean(count - 16..count));
    let half = ((early / late).ln() / 2.0).max(1e-6);
    (worst, late * half / half.sinh() * (-half).exp())
}

#[test]
fn a_voltage_is_held_through_the_whole_taper() {
    for (amperes, coulombs) in [(1.0, 3600.0), (2.5, 9000.0)] {
        for ohms in [0.02, 0.05, 0.15] {
            for gain in [0.95, 1.05] {
                let end = amperes / 50.0;
                let steps = format!(
                    "[[step]]\ncharge = \"{amperes} A\"\nhold = \"3.6 V\"\nuntil = \"current < {end} A\"\nat_most = \"3 h\"\n"
                );
                // A reading that is lost just then lets it rise for one more: 3 mV.
                for (lost, within) in [(0, 0.005), (5, 0.008)] {
                    let mut bench = cell(&steps, gain, ohms);
                    (bench.capacity, bench.soc, bench.curve, bench.lost) = (coulombs, 0.9, lfp, lost);
                    bench.finish(11_000.0);
                    let (worst, current) = held(&bench, 3.6);
                    let what = format!("{amperes} A, {ohms} ohm, {gain}, {lost} % lost");
                    assert!(worst < within, "{what}: {worst} V");
                    assert!((current - end).abs() < 0.005, "{what}: {current} A");
                }
            }
        }
    }
}

#[test]
fn a_cell_that_is_nearly_full_is_not_carried_past_what_is_held() {
    for ohms in [0.02, 0.15] {
        let mut bench = cell(
            "[[step]]\ncharge = \"2.5 A\"\nhold = \"3.7 V\"\nuntil = \"current < 50 mA\"\nat_most = \"3 h\"\n",
            1.05,
            ohms,
        );
        // The open circuit is 30 mV short of it.
        bench.soc = 0.5583;
        bench.finish(11_000.0);
        let highest = bench.truth.iter().map(|(.., voltage)| *voltage).fold(0.0, f64::max);
        assert!(highest < 3.71, "{ohms}: {highest}");
        assert_eq!(bench.steps()[0].reason.code(), "condition");
    }
}

#[test]
fn a_voltage_that_cannot_be_reached_is_told_with_its_reason() {
    let mut bench =
        cell("[[step]]\nhold = \"4.1 V\"\ncurrent = \"0.203125 A\"\nat_most = \"10 min\"\n", 1.0, 0.05);
    bench.finish(700.0);
    assert_eq!(bench.steps()[0].reason.code(), "time-cap");
    let told = bench.facts.iter().any(
        |(_, event)| matches!(event, Event::Notice { what } if what.contains("4.1 V was not reached with the 0.203125 A")),
    );
    assert!(told, "{:?}", bench.facts);
    assert_eq!(bench.stretches()[0].0, Direction::Charge);
}
