//! What can happen to cells and units in the middle of a run.

use crate::rig::{Outcome, Rig, THERE_AND_BACK, li_ion, seconds, slot};
use batlab_run::event::EndReason;
use batlab_run::event::Event;
use batlab_run::simulator::bench::SlotSpec;
use batlab_run::simulator::cell::{Cell, CellSpec};
use batlab_run::units::{Celsius, Volts};
use batlab_run::verdict::{Exit, Verdict};

fn there_and_back() -> Rig {
    Rig::new(&li_ion(THERE_AND_BACK), 5)
}

fn modes(outcome: &Outcome) -> [u16; 4] {
    [0, 1, 2, 3].map(|number| outcome.register(number, 0))
}

const IDLE: u16 = 2;
const ONE_FAILS: [Verdict; 4] = [Verdict::Pass, Verdict::Error, Verdict::Pass, Verdict::Pass];

#[test]
fn a_cell_that_is_pulled_out_fails_alone() {
    for (what, seconds) in [("charge", 600), ("rest", 2100), ("discharge", 3000)] {
        let outcome = there_and_back()
            .act(seconds, |unit| {
                unit.remove_cell(slot(1));
            })
            .run();
        assert_eq!(outcome.verdicts(), ONE_FAILS, "{what}: {}", outcome.condensed());
        assert_eq!(outcome.end.exit, Exit::Fault);
        assert_eq!(modes(&outcome), [IDLE, 0, IDLE, IDLE], "{what}");
        for number in [0, 2, 3] {
            assert_eq!(outcome.steps(number).len(), 3, "{what}, slot {number}");
        }
        let ended = outcome.facts(1).iter().find(|(_, e)| matches!(e, Event::CellEnded { .. })).unwrap().0;
        assert!(ended - seconds as f64 <= 5.0, "{what}: seen after {} s", ended - seconds as f64);
        insta::assert_snapshot!(format!("pulled_out_in_{what}"), of_slot(&outcome, 1));
    }
}

/// The lines of one slot.
fn of_slot(outcome: &Outcome, number: u8) -> String {
    let condensed = outcome.condensed();
    let lines = condensed.lines().filter(|line| line.starts_with(&format!("{number}: ")));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_full_charge_is_not_what_a_lost_supply_looks_like() {
    // In constant current, and in the hold, where a small current is what is waited for.
    for (what, seconds) in [("current", 600), ("hold", 5400)] {
        let plan = li_ion(
            "[[step]]\ncharge = \"C/2\"\nhold = \"4.2 V\"\nuntil = \"current < C/20\"\nat_most = \"5 h\"\n",
        );
        let outcome = Rig::new(&plan, 5).act(seconds, |unit| unit.set_supply(false)).run();
        assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{what}: {}", outcome.condensed());
        for number in 0..4 {
            let steps = outcome.steps(number);
            assert!(matches!(steps[0].reason, EndReason::Interrupted(_)), "{what}: {:?}", steps[0].reason);
            assert!(outcome.why(number).contains("NO_PSU"), "{what}: {}", outcome.why(number));
            // It does not come back in the half hour for which it is waited.
            let ended = outcome.facts(number).into_iter().find(|(_, e)| matches!(e, Event::CellEnded { .. }));
            let waited = ended.unwrap().0 - seconds as f64;
            assert!((1800.0..1810.0).contains(&waited), "{what}: {waited} s");
        }
        assert_eq!(modes(&outcome), [IDLE; 4]);
        assert_eq!(outcome.end.exit, Exit::Fault);
    }
}

#[test]
fn a_hot_cell_is_stopped_and_is_no_result() {
    let outcome = there_and_back().bench(|bench| bench.units[0].ambient = Celsius(44.8)).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    for number in 0..4 {
        assert!(matches!(outcome.steps(number)[0].reason, EndReason::Tripped(_)));
        assert!(
            outcome.why(number).contains("TEMP_LIMIT_CHG") || outcome.why(number).contains("temperature")
        );
    }
    assert_eq!(modes(&outcome), [IDLE; 4]);
    insta::assert_snapshot!("too_hot", of_slot(&outcome, 0));
}

#[test]
fn a_voltage_that_jumps_over_its_limit_is_a_trip() {
    // Somebody swaps the cell for a full one while current flows.
    let spec = CellSpec {
        state_of_charge: 1.0,
        ..CellSpec::typical(batlab_run::plan::Chemistry::LiIon, batlab_run::units::Coulombs(9000.0))
    };
    let outcome = there_and_back()
        .act(600, move |unit| {
            unit.insert_cell(slot(1), Cell::new(&spec, Celsius(25.0), 3), false);
        })
        .run();
    let steps = outcome.steps(1);
    assert!(matches!(steps[0].reason, EndReason::Tripped(_)), "{:?}", steps[0].reason);
    assert_eq!(outcome.verdicts(), ONE_FAILS);
    insta::assert_snapshot!("over_voltage", of_slot(&outcome, 1));
    assert_eq!(modes(&outcome), [IDLE; 4]);
}

#[test]
fn a_current_over_its_limit_is_a_trip() {
    let plan = crate::rig::plan(
        r#"
[recipe]
name = "near"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "1.3 A"
[record]
every = "10 s"
[[step]]
charge = "1.25 A"
until = "voltage > 4.1 V"
at_most = "30 min"
"#,
    );
    // Drivers begin below what is wanted, so only one that changes under way can give too much: it
    // follows the voltage of its unit.
    let outcome = Rig::new(&plan, 5).act(300, |unit| unit.set_vcc(Volts(5.4))).run();
    for number in 0..4 {
        let step = outcome.steps(number)[0].clone();
        assert!(matches!(step.reason, EndReason::Tripped(_)), "{:?}", step.reason);
        assert!(outcome.why(number).contains("CURRENT_LIMIT_CHG"), "{}", outcome.why(number));
        assert!((seconds(step.duration) - 300.0).abs() < 15.0, "{:?}", step.duration);
    }
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4]);
    // One that is off from the first does not.
    let outcome = Rig::new(&plan, 5).bench(|bench| bench.units[0].driver_error = 0.06).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    assert_eq!(modes(&outcome), [IDLE; 4]);
}

#[test]
fn a_low_supply_voltage_stops_every_cell() {
    let outcome = there_and_back().act(900, |unit| unit.set_vcc(Volts(4.1))).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    for number in 0..4 {
        assert!(outcome.why(number).contains("LOW_VCC"), "{}", outcome.why(number));
    }
    assert_eq!(modes(&outcome), [IDLE; 4]);
}

#[test]
fn a_step_begins_only_behind_limits_that_still_stand() {
    // The power goes about when the discharge begins.
    let plan = li_ion("[[step]]\nrest = \"2 min\"\n[[step]]\ndischarge = \"C/2\"\nat_most = \"1 min\"\n");
    for seconds in 116..=122 {
        let outcome = Rig::new(&plan, 5).act(seconds, |unit| unit.power_cycle()).run();
        // That the unit has the recipe's limits whenever a mode is written is looked at in every run.
        assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
        let verified = |(_, event): &(f64, &Event)| matches!(event, Event::LimitsVerified { .. });
        assert_eq!(outcome.facts(0).into_iter().filter(verified).count(), 2);
    }
}

#[test]
fn a_shelf_of_salvaged_cells() {
    let plan = li_ion(THERE_AND_BACK);
    let typical = CellSpec::typical(plan.cell().chemistry, plan.cell().capacity);
    let weak =
        CellSpec { resistance: batlab_run::units::Ohms(0.12), state_of_charge: 0.10, ..typical.clone() };
    let outcome = there_and_back()
        .bench(|bench| {
            bench.units[0].slots[1] = SlotSpec::Empty;
            bench.units[0].slots[2] = SlotSpec::Reversed(typical);
            bench.units[0].slots[3] = SlotSpec::Cell(weak);
        })
        .run();
    assert_eq!(outcome.end.verdicts.len(), 2);
    assert_eq!(
        (outcome.verdict(0), outcome.verdict(3)),
        (Verdict::Pass, Verdict::Pass),
        "{}",
        outcome.condensed()
    );
    assert_eq!(modes(&outcome), [IDLE, 0, 1, IDLE]);
    for absent in [1, 2] {
        let touched = outcome.log().writes().into_iter().filter(|write| write.namespace == absent);
        assert_eq!(touched.count(), 0, "a slot without a cell is left alone");
    }
    insta::assert_snapshot!("salvaged", outcome.condensed());
}

#[test]
fn the_stop_switch_ends_all_safely() {
    let rig = there_and_back();
    let switch = rig.switch.clone();
    let before: Vec<_> = [(4, 0x06), (4, 0x10), (4, 0x07), (4, 0x08), (0, 0x04), (3, 0x04)].into();
    let outcome = rig
        .act(900, move |_| {
            switch.want();
        })
        .run();
    assert_eq!(outcome.verdicts(), [Verdict::Incomplete; 4]);
    assert_eq!(outcome.end.exit, Exit::Stopped);
    assert_eq!(modes(&outcome), [IDLE; 4]);
    for number in 0..4 {
        assert_eq!(outcome.steps(number).len(), 1);
        assert_eq!(outcome.steps(number)[0].reason, EndReason::Stopped);
        assert_eq!(outcome.register(number, 3), 0, "the setpoint");
    }
    assert_eq!(
        before.iter().map(|(n, a)| outcome.register(*n, *a)).collect::<Vec<_>>(),
        [0, 2000, 16, 2, 0, 0]
    );
    insta::assert_snapshot!("stopped", outcome.condensed());
}

#[test]
fn the_same_seed_gives_the_same_notes() {
    let (one, two) = (there_and_back().run(), there_and_back().run());
    assert_eq!(one.notes, two.notes);
    assert!(one.notes.len() > 1000);
    let other = Rig::new(&li_ion(THERE_AND_BACK), 6).run();
    assert_ne!(one.notes, other.notes);
}

#[test]
fn what_another_program_left_in_the_unit_does_not_stay() {
    let plan = li_ion("[[step]]\nrest = \"5 s\"\n");
    let outcome = Rig::new(&plan, 5)
        .act(0, |unit| {
            // SETTINGS with SAFETY_DISABLE; LOCK.
            unit.receive(crate::rig::at(0), &[0xAA, 4, 0x86, 0x00, 0x40]);
            unit.receive(crate::rig::at(0), &[0xAA, 4, 0x8F, 1, 0]);
        })
        .run();
    let told = |event: &Event| matches!(event, Event::Notice { what } if what.contains("SAFETY_DISABLE"));
    assert!(outcome.unit_facts().iter().any(|(_, event)| told(event)), "{}", outcome.condensed());
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4]);
    let settings: Vec<_> = outcome
        .log()
        .writes()
        .into_iter()
        .filter(|w| (w.namespace, w.address) == (4, 6))
        .map(|w| w.raw)
        .collect();
    assert_eq!(
        settings,
        [0x0000, 0x0004, 0x0000],
        "off with the safety, the watchdog alone, and back without it"
    );
    assert_eq!(outcome.register(4, 0x0F), 0, "unlocked");
}
