//! What befalls a unit in the middle of a run, and how its cells come through: every row of
//! docs/unit-faults.md has its test here.

use crate::rig::{Outcome, Rig, THERE_AND_BACK, at, li_ion, lock, slot};
use batlab_run::event::{Event, Note};
use batlab_run::identity::SerialNumber;
use batlab_run::simulator::bench::{Bench, UnitSpec};
use batlab_run::simulator::cell::{Cell, CellSpec};
use batlab_run::simulator::{SensorFault, Unit};
use batlab_run::transport::Pulled;
use batlab_run::units::{Celsius, Volts};
use batlab_run::verdict::{Exit, Verdict};
use std::time::Duration;

/// A second in each of the steps.
const MOMENTS: [(&str, u64); 3] = [("charge", 600), ("rest", 2100), ("discharge", 3000)];

/// What is done to a unit.
type Act = Box<dyn FnMut(&mut Unit) + Send>;

const PASS: [Verdict; 4] = [Verdict::Pass; 4];
const ONE_FAILS: [Verdict; 4] = [Verdict::Pass, Verdict::Error, Verdict::Pass, Verdict::Pass];

/// Two units, so that the one has a neighbour that nothing befalls.
fn two_units() -> Rig {
    let plan = li_ion(THERE_AND_BACK);
    let mut bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 5);
    bench.units.push(UnitSpec { serial: SerialNumber(100_002), ..bench.units[0].clone() });
    Rig::on(bench, &plan)
}

fn one_unit() -> Rig {
    Rig::new(&li_ion(THERE_AND_BACK), 5)
}

/// The cells of the second unit, which must be as if nothing had been.
fn neighbours_are_well(outcome: &Outcome) {
    let serial = outcome.units[1].0;
    let mut steps = 0;
    for note in &outcome.notes {
        if let Note::Fact(entry) = note
            && entry.unit == Some(serial)
        {
            match &entry.event {
                Event::StepEnded { result, .. } => {
                    assert!(!result.continued, "{result:?}");
                    steps += 1;
                }
                Event::Fault { .. } | Event::NeedsPerson { .. } | Event::Interrupted { .. } => {
                    panic!("{:?}", entry.event);
                }
                _ => {}
            }
        }
    }
    assert_eq!(steps, 12, "four cells, three steps each");
    let passed = outcome
        .end
        .verdicts
        .iter()
        .filter(|(cell, verdict)| cell.as_str().starts_with("100002") && **verdict == Verdict::Pass);
    assert_eq!(passed.count(), 4, "{:?}", outcome.end.verdicts);
}

fn told(outcome: &Outcome, is: impl Fn(&Event) -> bool) -> Vec<f64> {
    let all = outcome.unit_facts().into_iter().chain((0..4).flat_map(|number| outcome.facts(number)));
    all.filter(|(_, event)| is(event)).map(|(at, _)| at).collect()
}

fn says(outcome: &Outcome, text: &str) -> Vec<f64> {
    told(outcome, |event| match event {
        Event::Notice { what } | Event::Fault { what } | Event::NeedsPerson { what } => what.contains(text),
        _ => false,
    })
}

fn needs_person(outcome: &Outcome) -> usize {
    told(outcome, |event| matches!(event, Event::NeedsPerson { .. })).len()
}

/// The books of each cell agree with what was told: what its steps came to, and what passed in gaps, which
/// the books must lie within.
fn books_agree(outcome: &Outcome, what: &str) {
    for number in 0..4 {
        let (mut charged, mut discharged) = (0.0, 0.0);
        for step in outcome.steps(number) {
            charged += step.passed.charge_in.0;
            discharged += step.passed.charge_out.0;
        }
        let (mut least, mut most) = (0.0, 0.0);
        for (_, event) in outcome.facts(number) {
            if let Event::ChargeGap { at_least, at_most, .. } = event {
                least += at_least.0;
                most += at_most.0;
            }
        }
        let books = outcome.books(number);
        let (truth, counted) = (books.charged.0 + books.discharged.0, charged + discharged);
        let slack = 0.005 * truth + 1.5;
        let range = counted + least - slack..=counted + most + slack;
        assert!(range.contains(&truth), "{what}, slot {number}: {truth} C, told {counted} + {least}..{most}");
    }
}

/// The times of the steps of one kind add up to what the recipe says, however often they were interrupted.
fn times_add_up(outcome: &Outcome, what: &str) {
    for number in 0..4 {
        for kind in ["charge", "discharge"] {
            let steps = outcome.steps(number).into_iter().filter(|step| step.kind == kind);
            let seconds: f64 = steps.map(|step| step.duration.as_secs_f64()).sum();
            assert!((1790.0..1806.0).contains(&seconds), "{what}, slot {number}: {kind} {seconds} s");
        }
    }
}

/// Nothing is switched on from this moment on before the unit's watchdog is.
fn watchdog_before_current(outcome: &Outcome, from: u64) {
    let after = || outcome.log().writes().into_iter().filter(move |write| write.at > at(from));
    let mode = |write: &crate::watch::Write| {
        write.namespace < 4 && write.address == 0 && (3..=5).contains(&write.raw)
    };
    let on = after().find(|write| (write.namespace, write.address) == (4, 6)).expect("SETTINGS");
    assert_eq!(on.raw & 4, 4);
    if let Some(current) = after().find(mode) {
        assert!(on.at < current.at);
    }
}

#[test]
fn a_unit_that_was_reset_is_set_up_afresh_and_goes_on() {
    for (what, seconds) in MOMENTS {
        let outcome = two_units().act(seconds, Unit::power_cycle).run();
        assert_eq!(outcome.verdicts(), PASS, "{what}: {}", outcome.condensed());
        assert_eq!(outcome.end.exit, Exit::Passed);
        neighbours_are_well(&outcome);
        books_agree(&outcome, what);
        times_add_up(&outcome, what);
        watchdog_before_current(&outcome, seconds);
        let noticed = says(&outcome, "the unit was reset")[0] - seconds as f64;
        assert!(noticed < 12.0, "{what}: noticed after {noticed} s");
        let passages = if what == "rest" { 3 } else { 4 };
        for number in 0..4 {
            let steps = outcome.steps(number);
            assert_eq!(steps.len(), passages, "{what}: {}", outcome.condensed());
            assert_eq!(steps.iter().filter(|step| step.continued).count(), passages - 3);
        }
        let verified = told(&outcome, |event| matches!(event, Event::LimitsVerified { .. }));
        assert_eq!(verified.len(), 8, "the limits of each slot, twice");
        let gaps = told(&outcome, |event| matches!(event, Event::ChargeGap { .. })).len();
        assert_eq!(gaps, if what == "rest" { 0 } else { 4 });
        assert_eq!(told(&outcome, |event| matches!(event, Event::NotMadeSafe { .. })).len(), 0);
    }
}

#[test]
fn a_unit_that_is_reset_again_and_again_is_given_up() {
    let mut rig = two_units();
    for time in 1..=6 {
        rig = rig.act(200 * time, Unit::power_cycle);
    }
    let outcome = rig.run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert!(outcome.why(0).contains("5 times within 1 h"), "{}", outcome.why(0));
    neighbours_are_well(&outcome);
}

#[test]
fn a_unit_whose_link_was_lost_is_found_again() {
    // Back before its watchdog bites, and long after; with its power, and without.
    for (what, seconds) in MOMENTS {
        for (pulled, gone) in [
            (Pulled::Network, 5),
            (Pulled::Network, 20),
            (Pulled::Network, 400),
            (Pulled::Cable, 3),
            (Pulled::Cable, 900),
        ] {
            let case = format!("{what}, {pulled:?} for {gone} s");
            let outcome = two_units().pull(seconds, pulled, Some(seconds + gone)).run();
            assert_eq!(outcome.verdicts(), PASS, "{case}: {}", outcome.condensed());
            neighbours_are_well(&outcome);
            books_agree(&outcome, &case);
            times_add_up(&outcome, &case);
            assert_eq!(needs_person(&outcome), 1, "{case}");
            assert_eq!(told(&outcome, |event| matches!(event, Event::UnitBack { .. })).len(), 1, "{case}");
            let reset = says(&outcome, "it had been reset").len();
            assert_eq!(reset, usize::from(pulled == Pulled::Cable), "{case}: {}", outcome.condensed());
            if pulled == Pulled::Network && what != "rest" {
                for number in 0..4 {
                    let exact = outcome.facts(number).into_iter().any(|(_, event)| {
                        matches!(event, Event::ChargeGap { at_least, at_most, counted, .. }
                            if at_least == at_most && counted == at_least && counted.0 > 0.0)
                    });
                    assert!(exact, "{case}: the counter has gone on");
                }
            }
        }
    }
}

#[test]
fn a_unit_that_does_not_come_back_ends_its_cells_and_no_others() {
    for (patience, within) in [(0, 605.0), (120, 725.0)] {
        let outcome =
            two_units().pull(600, Pulled::Network, None).patience(Duration::from_secs(patience)).run();
        assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
        assert_eq!(outcome.end.exit, Exit::Fault);
        neighbours_are_well(&outcome);
        let ended = told(&outcome, |event| matches!(event, Event::CellEnded { resumable: true, .. }));
        assert_eq!(ended.len(), 4, "{}", outcome.condensed());
        assert!(ended.iter().all(|at| *at < within), "{ended:?}");
        assert_eq!(told(&outcome, |event| matches!(event, Event::NotMadeSafe { .. })).len(), 4);
        let mut unit = lock(outcome.unit());
        unit.advance_to(at(760));
        assert!((0..4).all(|number| unit.register(number, 0) == Some(6)), "stopped by its own watchdog");
    }
}

#[test]
fn a_cell_that_is_not_there_any_more_when_its_unit_is_found_fails_alone() {
    let plan = li_ion(THERE_AND_BACK);
    let spec =
        CellSpec { state_of_charge: 0.95, ..CellSpec::typical(plan.cell().chemistry, plan.cell().capacity) };
    let swapped = move |unit: &mut Unit| {
        unit.insert_cell(slot(1), Cell::new(&spec, Celsius(25.0), 3), false);
    };
    let gone = |unit: &mut Unit| {
        unit.remove_cell(slot(1));
    };
    let turned = |unit: &mut Unit| unit.turn_cell(slot(1));
    let acts: [(&str, Act); 3] = [
        ("expected an open-circuit voltage", Box::new(swapped)),
        ("the slot is empty", Box::new(gone)),
        ("reversed", Box::new(turned)),
    ];
    for (why, act) in acts {
        // What is done while the plug is out is seen when it is back.
        let outcome = one_unit().pull(900, Pulled::Cable, Some(1000)).act(950, act).run();
        assert_eq!(outcome.verdicts(), ONE_FAILS, "{why}: {}", outcome.condensed());
        assert!(outcome.why(1).contains(why), "{}", outcome.why(1));
    }
}

#[test]
fn a_unit_with_other_calibration_is_not_the_one_that_was_lost() {
    let outcome = one_unit()
        .pull(900, Pulled::Network, Some(1000))
        .act(950, |unit| {
            // CURRENT_CALIB_SCA of slot 2.
            unit.receive(at(1000), &[0xAA, 2, 0x95, 0x34, 0x42]);
        })
        .run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert!(outcome.why(0).contains("slot 2: CURRENT_CALIB_SCA was"), "{}", outcome.why(0));
}

#[test]
fn a_unit_in_its_bootloader_is_given_time_to_leave_it() {
    let outcome = two_units().act(600, Unit::reset_into_bootloader).act(640, Unit::power_cycle).run();
    assert_eq!(outcome.verdicts(), PASS, "{}", outcome.condensed());
    neighbours_are_well(&outcome);
    books_agree(&outcome, "bootloader");
    assert_eq!(needs_person(&outcome), 1, "{}", outcome.condensed());

    let outcome = two_units().act(600, Unit::reset_into_bootloader).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert!(outcome.why(0).contains("has to be flashed"), "{}", outcome.why(0));
    let ended = told(&outcome, |event| matches!(event, Event::CellEnded { .. }));
    assert!(ended.iter().all(|at| *at < 745.0), "{ended:?}");
    neighbours_are_well(&outcome);
}

#[test]
fn a_supply_that_comes_back_is_waited_for() {
    for (what, seconds) in MOMENTS {
        let outcome = two_units()
            .act(seconds, |unit| unit.set_supply(false))
            .act(seconds + 300, |unit| unit.set_supply(true))
            .run();
        assert_eq!(outcome.verdicts(), PASS, "{what}: {}", outcome.condensed());
        neighbours_are_well(&outcome);
        books_agree(&outcome, what);
        let passages = if what == "rest" { 3 } else { 4 };
        assert!((0..4).all(|number| outcome.steps(number).len() == passages), "{}", outcome.condensed());
        assert_eq!(needs_person(&outcome), usize::from(what != "rest"), "{what}: {}", outcome.condensed());
    }
}

#[test]
fn a_discharge_without_a_supply_goes_on_where_the_firmware_lets_it() {
    let outcome =
        one_unit().bench(|bench| bench.units[0].firmware = 3).act(3000, |unit| unit.set_supply(false)).run();
    assert_eq!(outcome.verdicts(), PASS, "{}", outcome.condensed());
    assert_eq!(needs_person(&outcome), 0);
    assert!((0..4).all(|number| outcome.steps(number).len() == 3));
}

#[test]
fn a_low_vcc_is_waited_for() {
    for (what, seconds) in MOMENTS {
        let outcome = two_units()
            .act(seconds, |unit| unit.set_vcc(Volts(4.1)))
            .act(seconds + 300, |unit| unit.set_vcc(Volts(5.0)))
            .run();
        assert_eq!(outcome.verdicts(), PASS, "{what}: {}", outcome.condensed());
        neighbours_are_well(&outcome);
        books_agree(&outcome, what);
        assert_eq!(needs_person(&outcome), usize::from(what != "rest"), "{what}: {}", outcome.condensed());
    }
}

#[test]
fn a_supply_that_comes_and_goes_is_not_waited_for_for_ever() {
    let mut rig = one_unit();
    for time in 1..=6 {
        rig = rig
            .act(100 * time, |unit| unit.set_supply(false))
            .act(100 * time + 50, |unit| unit.set_supply(true));
    }
    let outcome = rig.run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert!((0..4).all(|number| outcome.why(number).contains("NO_PSU")));
}

#[test]
fn a_watchdog_that_has_bitten_is_kicked_first_and_the_test_goes_on() {
    for (what, seconds) in MOMENTS {
        let outcome = two_units().act(seconds, Unit::expire_watchdog).run();
        assert_eq!(outcome.verdicts(), PASS, "{what}: {}", outcome.condensed());
        neighbours_are_well(&outcome);
        books_agree(&outcome, what);
        times_add_up(&outcome, what);
        if what == "rest" {
            continue;
        }
        let writes = outcome.log().writes().into_iter().filter(|write| write.at > at(seconds));
        let writes: Vec<_> = writes.collect();
        let kick = writes.iter().position(|w| (w.namespace, w.address) == (4, 0x11)).expect("a kick");
        let idle = writes.iter().position(|w| w.address == 0 && w.namespace < 4).expect("a mode");
        assert!(kick < idle, "{what}: kicked first");
        assert_eq!(told(&outcome, |event| matches!(event, Event::Interrupted { .. })).len(), 4);
    }
    let mut rig = two_units();
    for time in 1..=6 {
        rig = rig.act(200 * time, Unit::expire_watchdog);
    }
    let outcome = rig.run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert!(outcome.why(0).contains("5 times within 1 h"), "{}", outcome.why(0));
    neighbours_are_well(&outcome);
}

#[test]
fn what_befalls_one_cell_fails_that_cell_alone() {
    let plan = li_ion(THERE_AND_BACK);
    let like = |state_of_charge| CellSpec {
        state_of_charge,
        ..CellSpec::typical(plan.cell().chemistry, plan.cell().capacity)
    };
    let swap = |state_of_charge| {
        let spec = like(state_of_charge);
        move |unit: &mut Unit| {
            unit.insert_cell(slot(1), Cell::new(&spec, Celsius(25.0), 3), false);
        }
    };
    let spec = like(0.4);
    let hot = move |unit: &mut Unit| {
        unit.insert_cell(slot(1), Cell::new(&spec, Celsius(60.0), 3), false);
    };
    let acts: Vec<(&str, u64, &str, Act)> = vec![
        ("reversed in a charge", 600, "reversed", Box::new(|unit| unit.turn_cell(slot(1)))),
        ("reversed in a rest", 2100, "reversed", Box::new(|unit| unit.turn_cell(slot(1)))),
        ("reversed in a discharge", 3000, "reversed", Box::new(|unit| unit.turn_cell(slot(1)))),
        ("over voltage", 600, "VOLTAGE_LIMIT_CHG", Box::new(swap(1.0))),
        ("under voltage", 600, "", Box::new(swap(-0.02))),
        ("too hot", 600, "TEMP_LIMIT_CHG", Box::new(hot)),
        (
            "a thermistor that is bridged",
            600,
            "bridged",
            Box::new(|unit| unit.break_sensor(slot(1), SensorFault::ThermistorShort)),
        ),
        (
            "a thermistor without contact",
            600,
            "",
            Box::new(|unit| unit.break_sensor(slot(1), SensorFault::ThermistorOpen)),
        ),
        ("over current", 600, "CURRENT", Box::new(|unit| unit.set_driver(slot(1), 3.5))),
    ];
    for (what, seconds, why, act) in acts {
        let outcome = one_unit().act(seconds, act).run();
        assert_eq!(outcome.verdicts(), ONE_FAILS, "{what}: {}", outcome.condensed());
        println!("{what}: {}", outcome.why(1));
        assert!(outcome.why(1).contains(why), "{what}: {}", outcome.why(1));
        assert!([0, 2, 3].iter().all(|number| outcome.steps(*number).len() == 3));
        assert_eq!(outcome.register(1, 3), 0, "{what}: the setpoint");
    }
}
