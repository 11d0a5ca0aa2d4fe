//! Every kind of step and every way on, against the simulated cells' truth.

use crate::rig::{Outcome, Rig, li_ion, seconds, slot, with_file};
use batlab_run::event::{Event, Sample, StepResult, StepType};
use batlab_run::identity::Slot;
use batlab_run::plan::Direction;
use batlab_run::simulator::bench::Bench;
use batlab_run::transport::faulty::Faults;
use batlab_run::units::Amperes;
use batlab_run::verdict::Verdict;
use std::time::Duration;

const EVERY_READING: &str = "record = { every = \"0.6 s\" }\n";

/// How far a value is from what it is to be, as a part of it.
fn off(value: f64, wanted: f64) -> f64 {
    (value / wanted - 1.0).abs()
}

fn since_step(row: &Sample) -> f64 {
    seconds(row.at - row.step_start)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Every step of every cell ended as the plan has it.
fn passed(outcome: &Outcome) {
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
}

/// The ids of the steps that a cell went through.
fn walked(outcome: &Outcome, number: u8) -> Vec<u32> {
    outcome.steps(number).into_iter().map(|step| step.step_id).collect()
}

#[test]
fn constant_power_is_within_half_a_percent() {
    let steps = format!(
        "[[step]]\ndischarge = \"5 W\"\nat_most = \"20 min\"\n{EVERY_READING}\
         [[step]]\ncharge = \"5 W\"\nhold = \"4.1 V\"\nuntil = \"current < 0.2 A\"\nat_most = \"4 h\"\n{EVERY_READING}"
    );
    let outcome = Rig::new(&li_ion(&steps), 5).run();
    passed(&outcome);
    let mut worst = (0.0_f64, 0.0_f64);
    for number in 0..4 {
        let types = [StepType::ConstantPowerDischarge, StepType::ConstantPowerCharge];
        for (step_type, drive) in types.into_iter().zip(outcome.drives(number)) {
            let rows = outcome.rows(number);
            let power = rows
                .iter()
                .filter(|row| row.step_type == step_type && since_step(row) > 15.0)
                .map(|row| (row.voltage * row.current).0.abs());
            worst.0 = worst.0.max(off(mean(power), 5.0));
            if step_type == StepType::ConstantPowerDischarge {
                worst.1 = worst.1.max(off(drive.books.energy_out.0 / drive.seconds, 5.0));
            }
        }
        let hold =
            outcome.facts(number).into_iter().find(|(_, event)| matches!(event, Event::HoldStarted { .. }));
        assert!(hold.is_some(), "slot {number}");
        let last = outcome.steps(number)[1];
        assert!((last.voltage_end.0 - 4.1).abs() < 0.005, "{}", last.voltage_end);
    }
    println!(
        "constant power: off by {:.3} % as measured, {:.3} % by the books",
        worst.0 * 100.0,
        worst.1 * 100.0
    );
    assert!(worst.0 < 0.005, "{worst:?}");
    assert!(worst.1 < 0.01, "{worst:?}");
}

#[test]
fn constant_resistance_is_within_half_a_percent() {
    let steps = format!(
        "[[step]]\ndischarge = \"3 ohm\"\nuntil = \"voltage < 3.3 V\"\nat_most = \"3 h\"\n{EVERY_READING}"
    );
    let outcome = Rig::new(&li_ion(&steps), 6).run();
    passed(&outcome);
    for number in 0..4 {
        let rows = outcome.rows(number);
        let ohms = rows.iter().filter(|row| since_step(row) > 15.0);
        let ohms = mean(ohms.map(|row| row.voltage.0 / row.current.0.abs()));
        assert!(off(ohms, 3.0) < 0.005, "{ohms}");
        assert!(rows.iter().all(|row| row.step_type == StepType::ConstantResistanceDischarge));
    }
}

#[test]
fn a_voltage_is_held_from_either_side() {
    for (voltage, direction) in [(3.9, Direction::Charge), (3.5, Direction::Discharge)] {
        let steps = format!(
            "[[step]]\nhold = \"{voltage} V\"\ncurrent = \"1 A\"\nuntil = \"current < 50 mA\"\nat_most = \"8 h\"\n"
        );
        let outcome = Rig::new(&li_ion(&steps), 7).run();
        passed(&outcome);
        for number in 0..4 {
            let step = outcome.steps(number)[0];
            assert_eq!(step.reason.code(), "condition", "{voltage}: {}", outcome.condensed());
            assert!((step.voltage_end.0 - voltage).abs() < 0.006, "{}", step.voltage_end);
            let (into, out) = (step.passed.charge_in.0, step.passed.charge_out.0);
            let (with, against) = if direction == Direction::Charge { (into, out) } else { (out, into) };
            assert!(with > 100.0 && against < 1.0, "{voltage}: {into} C in, {out} C out");
            let currents = outcome.rows(number).into_iter().filter(|row| since_step(row) > 20.0);
            let most = currents.map(|row| row.current.0.abs()).fold(0.0, f64::max);
            assert!(most < 1.03, "{most}");
        }
    }
}

#[test]
fn pulses_are_as_long_as_they_should_be() {
    let steps = "[[step]]\npulse = { discharge = \"2 A\", on = \"10 s\", off = \"15 s\", count = 4 }\n";
    let outcome = Rig::new(&li_ion(steps), 8).run();
    passed(&outcome);
    for number in 0..4 {
        let drives = outcome.drives(number);
        assert_eq!(drives.len(), 4, "slot {number}");
        for drive in &drives {
            assert!((drive.seconds - 10.0).abs() < 0.25, "{}", drive.seconds);
        }
        let truth: f64 = drives.iter().map(|drive| drive.books.discharged.0).sum();
        let step = outcome.steps(number)[0];
        assert!(off(step.passed.charge_out.0, truth) < 0.02, "{} of {truth}", step.passed.charge_out.0);
        assert!((seconds(step.duration) - 100.0).abs() < 1.5, "{:?}", step.duration);
        assert_eq!(step.kind, "pulse");
    }
}

#[test]
fn a_profile_moves_the_charge_that_its_rows_say() {
    let profile = "time [s],current [A]\n0,-1\n60,-2\n120,0\n150,1.5\n240,0\n";
    let plan = with_file("[[step]]\nprofile = { file = \"p.csv\", times = 3 }\n", "p.csv", profile);
    let outcome = Rig::new(&plan, 9).run();
    passed(&outcome);
    for number in 0..4 {
        let step = outcome.steps(number)[0];
        let (into, out) = (step.passed.charge_in.0, step.passed.charge_out.0);
        assert!(off(into, 3.0 * 135.0) < 0.02 && off(out, 3.0 * 180.0) < 0.02, "{into} in, {out} out");
        assert!((seconds(step.duration) - 720.0).abs() < 1.0, "{:?}", step.duration);
    }
}

/// What a cell itself does: the change of its voltage over that of its current, some time after a step.
fn true_resistance(bench: &Bench, slot: Slot, current: f64, after: Duration) -> f64 {
    let mut cell = bench.units[0].cell(slot, bench.seed).unwrap();
    let before = cell.terminal_voltage(Amperes(0.0));
    cell.advance(Amperes(-current), after);
    (before - cell.terminal_voltage(Amperes(-current))).0 / current
}

#[test]
fn the_dc_resistance_is_the_cells_own() {
    let steps = "[[step]]\nresistance = { discharge = \"2 A\", after = [\"2 s\", \"10 s\", \"30 s\"] }\n";
    let plan = li_ion(steps);
    let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 10);
    let outcome = Rig::on(bench.clone(), &plan).run();
    passed(&outcome);
    let mut worst = 0.0_f64;
    for number in 0..4 {
        let step: &StepResult = outcome.steps(number)[0];
        assert_eq!(step.resistance.len(), 3, "{step:?}");
        for point in &step.resistance {
            let truth = true_resistance(&bench, slot(number), 2.0, point.after);
            worst = worst.max(off(point.resistance.0, truth));
            println!("slot {number}: {point:?}, truly {truth:.5} ohm");
        }
    }
    assert!(worst < 0.03, "{worst}");
}

#[test]
fn a_wait_goes_on_when_the_supply_has_come() {
    let steps =
        "[[step]]\nwait = \"supply\"\nat_most = \"1 h\"\n[[step]]\ncharge = \"1 A\"\nat_most = \"1 min\"\n";
    let late = Rig::new(&li_ion(steps), 11)
        .bench(|bench| bench.units[0].supply = false)
        .act(120, |unit| unit.set_supply(true))
        .run();
    passed(&late);
    for number in 0..4 {
        let wait = late.steps(number)[0];
        assert_eq!((wait.kind.as_str(), wait.reason.code()), ("wait", "condition"));
        assert!((100.0..130.0).contains(&seconds(wait.duration)), "{:?}", wait.duration);
        assert!(off(late.steps(number)[1].passed.charge_in.0, 60.0) < 0.1);
    }
    let never = Rig::new(&li_ion(&steps.replace("1 h", "1 min")), 11)
        .bench(|bench| bench.units[0].supply = false)
        .run();
    assert_eq!(never.verdicts(), [Verdict::Fail; 4], "{}", never.condensed());
    assert!(never.why(0).contains("step 1"), "{}", never.why(0));
}

#[test]
fn conditions_lead_to_other_steps() {
    let steps = "[[step]]\nname = \"again\"\ndischarge = \"1 A\"\nat_most = \"1 h\"\n\
         until = [{ when = \"voltage < 3.0 V\", then = \"goto low\" }, \"time > 60 s\"]\n\
         [[step]]\nrest = \"10 s\"\n[[step]]\ngoto = \"again\"\ntimes = 2\n\
         [[step]]\nrest = \"5 s\"\nuntil = { when = \"time > 2 s\", then = \"pass\" }\n\
         [[step]]\nname = \"low\"\nrest = \"5 s\"\n";
    let outcome = Rig::new(&li_ion(steps), 12).run();
    passed(&outcome);
    for number in 0..4 {
        assert_eq!(walked(&outcome, number), [1, 2, 1, 2, 1, 2, 4], "{}", outcome.condensed());
        assert!(outcome.why(number).contains("time > 2 s"), "{}", outcome.why(number));
    }
    // Where every cell is below the voltage already, the other way.
    let empty = Rig::new(&li_ion(&steps.replace("3.0 V", "4.2 V").replace("1 h", "2 h")), 12).run();
    passed(&empty);
    assert_eq!(walked(&empty, 0), [1, 5]);
}

#[test]
fn a_repeat_ends_by_what_its_cycles_gave() {
    // The second discharge of each cell begins lower than the first, so it gives less.
    let steps = "[[step]]\nrepeat = 10\nuntil = \"cycle.capacity < 0.7 * cycle.1.capacity\"\n\
         [[step.step]]\nname = \"out\"\ndischarge = \"1 A\"\nuntil = \"voltage < 3.4 V\"\nat_most = \"3 h\"\n\
         [[step.step]]\ncharge = \"1 A\"\nuntil = [\"charge > 0.5 * step.out.charge\", \"voltage > 4.1 V\"]\nat_most = \"3 h\"\n";
    let outcome = Rig::new(&li_ion(steps), 13).run();
    passed(&outcome);
    for number in 0..4 {
        let given: Vec<f64> = outcome
            .steps(number)
            .into_iter()
            .filter(|step| step.kind == "discharge")
            .map(|step| step.passed.charge_out.0)
            .collect();
        let (last, before) = given.split_last().unwrap();
        assert!((2..10).contains(&given.len()), "{given:?}");
        assert!(*last < 0.7 * given[0], "{given:?}");
        assert!(before.iter().all(|it| *it >= 0.7 * given[0]), "{given:?}");
        assert_eq!(outcome.steps(number).last().unwrap().cycle as usize, given.len());
    }
}

#[test]
fn a_rest_ends_when_the_voltage_stands_still() {
    let steps = "[[step]]\ndischarge = \"2 A\"\nat_most = \"10 min\"\n[[step]]\nrest = \"6 h\"\nuntil = \"rate(voltage) < 1 mV/min\"\n";
    let outcome = Rig::new(&li_ion(steps), 14).run();
    passed(&outcome);
    for number in 0..4 {
        let rest = outcome.steps(number)[1];
        assert_eq!(rest.reason.code(), "condition", "{}", outcome.condensed());
        let took = seconds(rest.duration);
        assert!((60.0..3600.0).contains(&took), "{took}");
        let rows = outcome.rows(number);
        let last = rows.last().unwrap();
        let earlier = rows.iter().rev().find(|row| seconds(last.at - row.at) >= 59.0).unwrap();
        assert!((last.voltage - earlier.voltage).0.abs() < 0.0016, "{} to {}", earlier.voltage, last.voltage);
    }
}

#[test]
fn a_lost_supply_is_no_end_of_a_pulse() {
    let steps = "[[step]]\npulse = { charge = \"1 A\", on = \"2 min\", off = \"5 s\", count = 5 }\nuntil = \"current < 0.2 A\"\n";
    let outcome = Rig::new(&li_ion(steps), 15).act(60, |unit| unit.set_supply(false)).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    for number in 0..4 {
        assert_eq!(outcome.steps(number)[0].reason.code(), "interrupted", "{}", outcome.condensed());
    }
}

#[test]
fn every_kind_comes_to_its_end_on_a_line_that_loses_bytes() {
    let steps = "[[step]]\npulse = { discharge = \"1 A\", on = \"3 s\", off = \"1 s\", count = 20 }\n\
         [[step]]\npulse = { charge = \"1 A\", low = \"0.25 A\", on = \"2 s\", off = \"2 s\", count = 20 }\n\
         [[step]]\nprofile = { file = \"p.csv\", times = 4 }\n\
         [[step]]\nhold = \"3.7 V\"\ncurrent = \"1 A\"\nat_most = \"3 min\"\n\
         [[step]]\ndischarge = \"3 W\"\nat_most = \"2 min\"\n\
         [[step]]\nresistance = { discharge = \"2 A\", after = [\"1 s\", \"5 s\"], from = \"0.5 A\", lead = \"5 s\" }\n";
    let plan = with_file(steps, "p.csv", "time [s],power [W]\n0,-4\n5,3\n10,0\n12,2\n15,0\n");
    let faults = Faults {
        drop: 2e-5,
        double: 2e-5,
        silence: 3e-4,
        silence_for: Duration::from_millis(1500),
        ..Faults::NONE
    };
    let outcome = Rig::new(&plan, 16).faults_from(8, faults).run();
    passed(&outcome);
    for number in 0..4 {
        assert_eq!(walked(&outcome, number), [1, 2, 3, 4, 5, 6]);
        let steps = outcome.steps(number);
        let took: Vec<f64> = steps.iter().map(|step| seconds(step.duration)).collect();
        for (took, wanted) in took.iter().zip([80.0, 80.0, 60.0, 180.0, 120.0, 11.0]) {
            assert!((took - wanted).abs() < 12.0, "{took} s, not {wanted} s: {}", outcome.condensed());
        }
        assert_eq!(steps[5].resistance.len(), 2, "{:?}", steps[5]);
        let discharges = outcome.drives(number).into_iter().filter(|drive| drive.mode == 4).count();
        assert!(discharges >= 20, "{discharges}");
    }
}

#[test]
fn cells_of_one_run_may_have_plans_of_their_own() {
    let short = li_ion("[[step]]\nrest = \"10 s\"\n");
    let long =
        li_ion("[[step]]\ndischarge = \"1 A\"\nat_most = \"1 min\"\n[[step]]\nimpedance = \"1 kHz\"\n");
    let outcome = Rig::new(&long, 17).plan_of(2, &short).run();
    passed(&outcome);
    for number in [0, 1, 3] {
        assert_eq!(walked(&outcome, number), [1, 2]);
    }
    assert_eq!((walked(&outcome, 2), outcome.drives(2).len()), (vec![1], 0));
}

#[test]
fn a_hold_turns_its_current_when_the_cell_relaxes_past_it() {
    // Just after the discharge every cell is below the voltage, and relaxes to above it.
    let steps = "[[step]]\ndischarge = \"2 A\"\nat_most = \"8 min\"\n[[step]]\nhold = \"3.54 V\"\ncurrent = \"1 A\"\nat_most = \"1 h\"\n";
    let outcome = Rig::new(&li_ion(steps), 18).run();
    passed(&outcome);
    for number in 0..4 {
        let modes: Vec<u16> = outcome.drives(number).iter().skip(1).map(|drive| drive.mode).collect();
        let hold = outcome.steps(number)[1];
        assert_eq!(modes, [3, 4], "into the cell, then out of it: {hold:?}");
        assert!((hold.voltage_end.0 - 3.54).abs() < 0.006, "{}", hold.voltage_end);
        let rows = outcome.rows(number).into_iter().filter(|row| row.step_id == 2 && since_step(row) > 60.0);
        let off = rows.map(|row| (row.voltage.0 - 3.54).abs()).fold(0.0, f64::max);
        assert!(off < 0.015, "{off}");
    }
}
