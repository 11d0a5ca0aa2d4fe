//! What is measured, against the simulated cells' books.

use crate::rig::{Outcome, Rig, by_condition, file, plan};
use batlab_run::event::Event;
use batlab_run::verdict::{Exit, Verdict};

/// How far the charge and the energy of the steps are from the books' stretches, the worst of all cells.
fn worst(outcome: &Outcome, mode: u16) -> (f64, f64) {
    let mut worst = (0.0_f64, 0.0_f64);
    for number in 0..4 {
        let kind = if mode == 3 { "charge" } else { "discharge" };
        let steps: Vec<_> = outcome.steps(number).into_iter().filter(|step| step.kind == kind).collect();
        let drives: Vec<_> = outcome.drives(number).into_iter().filter(|drive| drive.mode == mode).collect();
        assert_eq!(steps.len(), drives.len(), "slot {number}");
        for (step, drive) in steps.iter().zip(drives) {
            let (charge, energy, true_charge, true_energy) = if mode == 3 {
                (step.passed.charge_in, step.passed.energy_in, drive.books.charged, drive.books.energy_in)
            } else {
                (
                    step.passed.charge_out,
                    step.passed.energy_out,
                    drive.books.discharged,
                    drive.books.energy_out,
                )
            };
            worst.0 = worst.0.max((charge.0 / true_charge.0 - 1.0).abs());
            worst.1 = worst.1.max((energy.0 / true_energy.0 - 1.0).abs());
        }
    }
    worst
}

fn assert_true(what: &str, outcome: &Outcome) {
    let (charge_in, energy_in) = worst(outcome, 3);
    let (charge_out, energy_out) = worst(outcome, 4);
    println!(
        "| {what} | {:.3} % | {:.3} % | {:.3} % | {:.3} % |",
        charge_in * 100.0,
        energy_in * 100.0,
        charge_out * 100.0,
        energy_out * 100.0
    );
    assert!(
        charge_in < 0.005 && charge_out < 0.005,
        "{what}: charge is off by {charge_in} in, {charge_out} out"
    );
    assert!(
        energy_in < 0.005 && energy_out < 0.005,
        "{what}: energy is off by {energy_in} in, {energy_out} out"
    );
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{what}");
    assert_eq!(outcome.end.exit, Exit::Passed, "{what}");
}

#[test]
fn a_capacity_test_agrees_with_the_books() {
    for seed in [1, 7] {
        let outcome = Rig::new(&file("capacity.toml"), seed).run();
        assert_true(&format!("capacity, seed {seed}"), &outcome);
        for number in 0..4 {
            let step =
                outcome.steps(number).into_iter().find(|s| s.name.as_deref() == Some("capacity")).unwrap();
            assert!(by_condition(step), "{:?}", step.reason);
        }
        if seed == 7 {
            insta::assert_snapshot!("capacity", outcome.condensed());
        }
    }
}

/// What the account adds by itself, where the converters are true: the charge by the unit's counter, corrected
/// for its slow clock.
#[test]
fn the_account_adds_no_error_of_its_own() {
    for clock_slow in [0.0, 0.0013, 0.004] {
        let outcome = Rig::new(&file("capacity.toml"), 5)
            .bench(|bench| (bench.units[0].gain_error, bench.units[0].clock_slow) = (0.0, clock_slow))
            .run();
        let worst = [worst(&outcome, 3), worst(&outcome, 4)];
        println!("clock slow by {clock_slow}: in {:?}, out {:?}", worst[0], worst[1]);
        for (charge, energy) in worst {
            assert!(charge < 0.0005 && energy < 0.001, "{clock_slow}: {worst:?}");
        }
    }
}

#[test]
fn the_counter_rolls_over_unseen() {
    // What is written to CHARGEH lands there after both halves were cleared: 65 536 counts, 5 C, below the end.
    let near_the_end = |unit: &mut batlab_run::simulator::Unit| {
        unit.receive(batlab_run::clock::Instant::ORIGIN, &[0xAA, 1, 0x89, 0xFF, 0xFF]);
    };
    let outcome = Rig::new(&file("capacity.toml"), 5)
        .bench(|bench| bench.units[0].gain_error = 0.0)
        .act(0, near_the_end)
        .run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let gaps = outcome.facts(1).into_iter().filter(|(_, event)| matches!(event, Event::ChargeGap { .. }));
    assert_eq!(gaps.count(), 0);
    let (charge, _) = worst(&outcome, 3);
    assert!(charge < 0.0005, "{charge}");
}

#[test]
fn a_pulse_shorter_than_some_slices_is_counted_by_the_moments_it_was_switched_at() {
    let steps = "[[step]]\nrepeat = 8\n[[step.step]]\ndischarge = \"2 A\"\nat_most = \"3 s\"\n[[step.step]]\nrest = \"20 s\"\n";
    // The driver of firmware 4 and earlier jumps where that of later ones ramps, over 0.18 s here.
    for firmware in [3, 4, 5, 7] {
        let rig = Rig::new(&crate::rig::li_ion(steps), 6)
            .bench(|bench| (bench.units[0].gain_error, bench.units[0].firmware) = (0.0, firmware));
        let off = worst_pulse(&rig.run());
        println!("pulses of 3 s, firmware {firmware}: charge off by at most {:.2} %", off * 100.0);
        assert!(off < 0.005, "a slice stands for a fifth of such a pulse, and must not: {firmware}, {off}");
    }
}

/// How far the charge of pulses is from the books, the worst of eight in each slot.
fn worst_pulse(outcome: &Outcome) -> f64 {
    let mut off: f64 = 0.0;
    for number in 0..4 {
        let steps: Vec<_> =
            outcome.steps(number).into_iter().filter(|step| step.kind == "discharge").collect();
        let drives = outcome.drives(number);
        assert_eq!((steps.len(), drives.len()), (8, 8));
        for (step, drive) in steps.iter().zip(&drives) {
            off = off.max((step.passed.charge_out.0 / drive.books.discharged.0 - 1.0).abs());
        }
    }
    off
}

#[test]
fn every_firmware_counts_the_charge() {
    for firmware in [2, 3, 4, 5, 6, 7] {
        let outcome =
            Rig::new(&file("capacity.toml"), 3).bench(|bench| bench.units[0].firmware = firmware).run();
        assert_true(&format!("capacity, firmware {firmware}"), &outcome);
        let kicks = outcome.log().kicks().len();
        assert_eq!(kicks > 0, firmware >= 4, "firmware {firmware}: {kicks} kicks");
    }
}

#[test]
fn lfp_cells_are_filled_and_emptied_by_their_own_curve() {
    let plan = plan(
        r#"
[recipe]
name = "lfp"
[cell]
chemistry = "lfp"
capacity = "1.5 Ah"
[limits]
voltage = ["2.4 V", "3.65 V"]
current = "3 A"
[record]
every = "5 s"
[[step]]
charge = "C/2"
hold = "3.6 V"
until = "current < C/20"
at_most = "5 h"
[[step]]
rest = "10 min"
[[step]]
name = "capacity"
discharge = "C/2"
until = "voltage < 2.5 V"
at_most = "4 h"
"#,
    );
    let outcome = Rig::new(&plan, 9).run();
    assert_true("lfp", &outcome);
    for number in 0..4 {
        let high = (3.65_f64 * 32768.0 / 4.5).floor() as u16;
        let modes = outcome.log().writes().into_iter().filter(|w| (w.namespace, w.address) == (number, 0));
        let driven: Vec<_> = modes.filter(|w| w.raw == 3).filter_map(|w| w.slot).collect();
        assert!(
            !driven.is_empty() && driven.iter().all(|slot| slot.2[0] == high),
            "not the firmware's 4.2 V"
        );
        let books = outcome.books(number);
        let measured = outcome.steps(number)[2].passed.charge_out.0;
        assert!((measured / books.capacity.0 - 1.0).abs() < 0.06, "{measured} of {}", books.capacity.0);
    }
}
