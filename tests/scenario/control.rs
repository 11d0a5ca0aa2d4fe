//! How well currents and voltages are held, and for how long.

use crate::rig::{Outcome, Rig, file, li_ion, plan, seconds};
use batlab_run::clock::Instant;
use batlab_run::event::Event;
use batlab_run::event::{Sample, StepType};
use batlab_run::simulator::bench::SlotSpec;
use batlab_run::verdict::Verdict;

/// Charges and discharges at C/2 with a hold on either side; a row a reading.
fn two_holds() -> Outcome {
    let text = r#"
[recipe]
name = "holds"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
[record]
every = "0.6 s"
[[step]]
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "5 h"
[[step]]
rest = "5 min"
[[step]]
discharge = "C/2"
hold = "3.0 V"
until = "current < C/20"
at_most = "5 h"
"#;
    Rig::new(&plan(text), 11).run()
}

fn since_step(row: &Sample) -> f64 {
    seconds(row.at - row.step_start)
}

fn hold_started(outcome: &Outcome, number: u8) -> Vec<f64> {
    let facts = outcome.facts(number).into_iter();
    facts.filter(|(_, e)| matches!(e, Event::HoldStarted { .. })).map(|(at, _)| at).collect()
}

#[test]
fn the_voltage_is_held_and_the_current_is_constant() {
    let outcome = two_holds();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let (mut off, mut mean_off, mut ends) = ([0.0_f64; 2], [0.0_f64; 2], [(f64::MAX, 0.0_f64); 2]);
    for number in 0..4 {
        let holds = hold_started(&outcome, number);
        assert_eq!(holds.len(), 2);
        for (side, (constant, held, target)) in [
            (StepType::ConstantCurrentCharge, StepType::ConstantVoltageCharge, 4.2),
            (StepType::ConstantCurrentDischarge, StepType::ConstantVoltageDischarge, 3.0),
        ]
        .into_iter()
        .enumerate()
        {
            let rows = outcome.rows(number);
            let settled = |row: &&&Sample| seconds(row.at - Instant::ORIGIN) > holds[side];
            let in_hold: Vec<_> = rows.iter().filter(|row| row.step_type == held).filter(settled).collect();
            assert!(in_hold.len() > 100, "{}", in_hold.len());
            for row in &in_hold {
                off[side] = off[side].max((row.voltage.0 - target).abs());
            }
            // The steps of the driver come to their mean in some seconds; two stretches tell how it fades.
            let of = |rows: &[&&Sample]| rows.iter().map(|row| row.current.0.abs()).sum::<f64>() / 10.0;
            let count = in_hold.len();
            let (early, late) = (of(&in_hold[count - 20..count - 10]), of(&in_hold[count - 10..]));
            let last = late - (early - late) / 2.0;
            ends[side] = (ends[side].0.min(last), ends[side].1.max(last));
            let flat: Vec<_> =
                rows.iter().filter(|row| row.step_type == constant && since_step(row) > 10.0).collect();
            let mean = flat.iter().map(|row| row.current.0.abs()).sum::<f64>() / flat.len() as f64;
            mean_off[side] = mean_off[side].max((mean / 1.25 - 1.0).abs());
        }
    }
    println!(
        "hold: charge within {:.1} mV, ends at {:.1} to {:.1} mA; discharge within {:.1} mV, ends at {:.1} to {:.1} mA",
        off[0] * 1e3,
        ends[0].0 * 1e3,
        ends[0].1 * 1e3,
        off[1] * 1e3,
        ends[1].0 * 1e3,
        ends[1].1 * 1e3
    );
    println!(
        "constant current: mean off by {:.3} % in charge, {:.3} % in discharge",
        mean_off[0] * 100.0,
        mean_off[1] * 100.0
    );
    for side in 0..2 {
        assert!(off[side] < 0.005, "{off:?}");
        assert!(ends[side].0 > 0.113 && ends[side].1 < 0.130, "{ends:?}");
        assert!(mean_off[side] < 0.0005, "{mean_off:?}");
    }
}

#[test]
fn pulses_last_as_long_as_they_should() {
    let text = "[[step]]\nrepeat = 5\n[[step.step]]\ndischarge = \"1 A\"\nat_most = \"10 s\"\n[[step.step]]\nrest = \"40 s\"\n";
    let outcome = Rig::new(&li_ion(text), 3).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4]);
    let mut longest = 0.0_f64;
    for number in 0..4 {
        let steps = outcome.steps(number);
        assert_eq!(steps.len(), 10);
        for (step, drive) in steps.iter().filter(|step| step.kind == "discharge").zip(outcome.drives(number))
        {
            longest = longest.max((seconds(step.duration) - 10.0).abs()).max((drive.seconds - 10.0).abs());
            let charge = step.passed.charge_out.0 / drive.books.discharged.0;
            assert!((charge - 1.0).abs() < 0.10, "a rotation of ten seconds is 6 %: {charge}");
            assert_eq!(step.passed.charge_in.0, 0.0);
        }
        for step in steps.iter().filter(|step| step.kind == "rest") {
            assert!((seconds(step.duration) - 40.0).abs() < 0.5, "{:?}", step.duration);
            assert_eq!((step.passed.charge_in.0, step.passed.charge_out.0), (0.0, 0.0), "a tail came late");
        }
    }
    println!("pulses of 10 s: off by at most {:.0} ms", longest * 1e3);
    assert!(longest < 0.1, "{longest}");
}

#[test]
fn storage_comes_from_either_side() {
    let outcome = Rig::new(&file("storage.toml"), 4)
        .bench(|bench| {
            for (slot, full) in bench.units[0].slots.iter_mut().zip([0.95, 0.10, 0.60, 0.30]) {
                if let SlotSpec::Cell(spec) = slot {
                    spec.state_of_charge = full;
                }
            }
        })
        .run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    for number in 0..4 {
        let relaxed = outcome.steps(number).last().unwrap().voltage_end.0;
        println!("storage, slot {number}: {relaxed:.4} V");
        assert!((relaxed - 3.75).abs() < 0.02, "slot {number}: {relaxed}");
    }
}

#[test]
fn impedances_inside_other_steps_keep_their_sign() {
    let text = r#"
[recipe]
name = "interludes"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
[record]
every = "5 s"
impedance_every = "5 min"
[[step]]
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "1 h"
[[step]]
rest = "20 min"
[[step]]
impedance = ["1 kHz", "39.0625 Hz"]
"#;
    let outcome = Rig::new(&plan(text), 8).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let mut worst = [0.0_f64; 3];
    for number in 0..4 {
        let (steps, drives) = (outcome.steps(number), outcome.drives(number));
        let points = outcome.impedances(number);
        let of_step = |id| points.iter().filter(|(_, at)| at.step_id == id).count();
        assert!(of_step(1) >= 10 && of_step(2) >= 3 && of_step(3) == 2, "{points:?}");
        assert_eq!([0, 1, 2].map(|step| steps[step].impedance.len()), [1, 1, 2], "the last, or all");
        let true_in: f64 = drives.iter().map(|d| d.books.charged.0).sum();
        let true_out: f64 = drives.iter().map(|d| d.books.discharged.0).sum();
        let charge_in: f64 = steps.iter().map(|s| s.passed.charge_in.0).sum();
        let charge_out: f64 = steps.iter().map(|s| s.passed.charge_out.0).sum();
        worst[0] = worst[0].max((charge_in / true_in - 1.0).abs());
        worst[1] = worst[1].max((charge_out / true_out - 1.0).abs());
        assert_eq!(steps[1].passed.charge_in.0, 0.0, "a sine in a rest discharges");
        assert!(steps[1].passed.charge_out.0 > 0.0);
        let truth = outcome.books(number).resistance.0;
        for (point, _) in points.iter().filter(|(point, _)| point.frequency.0 > 1000.0) {
            worst[2] = worst[2].max((point.magnitude.0 / truth - 1.0).abs());
        }
    }
    println!(
        "impedance every 5 min: charge in {:.3} %, out (sine) {:.2} %, ohms {:.2} %",
        worst[0] * 100.0,
        worst[1] * 100.0,
        worst[2] * 100.0
    );
    assert!(worst[0] < 0.005, "{worst:?}");
    assert!(worst[1] < 0.05, "{worst:?}");
    assert!(worst[2] < 0.10, "{worst:?}");
}
