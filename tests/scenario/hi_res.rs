//! One slot gets every slice of its unit.

use crate::lines::Frozen;
use crate::rig::{Outcome, Rig, at, li_ion, slot};
use batlab_run::clock::Clock;
use batlab_run::event::Event;
use batlab_run::simulator::SensorFault;
use batlab_run::simulator::bench::SlotSpec;
use batlab_run::transport::Transport;
use batlab_run::units::Volts;
use batlab_run::verdict::Verdict;
use std::sync::Arc;

const SHORT: &str = r#"
[[step]]
rest = "20 s"
[[step]]
discharge = "C/2"
until = "voltage < 2.9 V"
at_most = "60 s"
hi_res = true
[[step]]
rest = "20 s"
"#;

/// What the books and what the steps say went out, in coulombs.
fn charges(outcome: &Outcome, number: u8) -> (f64, f64) {
    let counted = outcome.steps(number).iter().map(|step| step.passed.charge_out.0).sum();
    (outcome.books(number).discharged.0, counted)
}

#[test]
fn one_slot_is_read_each_tenth_of_a_second_and_its_charge_is_right() {
    for seed in 1..=8 {
        let outcome = Rig::new(&li_ion(SHORT), seed).bench(|bench| {
            for other in 1..4 {
                bench.units[0].slots[other] = SlotSpec::Empty;
            }
        });
        let outcome = outcome.run();
        assert_eq!(outcome.verdict(0), Verdict::Pass, "{}", outcome.condensed());
        let (truth, counted) = charges(&outcome, 0);
        assert!((counted - truth).abs() < 0.004 * truth, "{seed}: {counted} C, and truly {truth} C");
        let step = outcome.steps(0)[1];
        assert!((step.duration.as_secs_f64() - 60.0).abs() < 0.2, "{:?}", step.duration);
        assert_eq!(outcome.register(4, 6), 0, "SETTINGS are put back");
    }
}

#[test]
fn the_others_wait_and_all_come_to_their_turn() {
    let outcome = Rig::new(&li_ion(SHORT), 3).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let mut times = Vec::new();
    for number in 0..4 {
        let (truth, counted) = charges(&outcome, number);
        assert!((counted - truth).abs() < 0.004 * truth, "{number}: {counted} C, and truly {truth} C");
        for drive in outcome.drives(number) {
            times.push((number, drive));
        }
    }
    // Every slot has its own time of 60 s.
    let ended = |number: u8| {
        let facts = outcome.facts(number).into_iter();
        facts.filter(|(_, event)| matches!(event, Event::StepEnded { .. })).map(|(at, _)| at).nth(1).unwrap()
    };
    let mut ends: Vec<f64> = (0..4).map(ended).collect();
    ends.sort_by(f64::total_cmp);
    assert!(ends.windows(2).all(|pair| pair[1] - pair[0] > 60.0), "{ends:?}");
    let kicks = outcome.log().kicks();
    let apart = kicks.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    assert!(apart < 15.0, "the watchdog is kicked: {apart} s");
}

#[test]
fn hi_res_waits_for_the_end_of_a_neighbours_step_only() {
    let long = li_ion(
        "[[step]]\ncharge = \"C/2\"\nuntil = \"voltage > 4.2 V\"\nat_most = \"5 min\"\n[[step]]\nrest = \"1 s\"\n[[step]]\ndischarge = \"C/2\"\nuntil = \"voltage < 2.9 V\"\nat_most = \"5 min\"\n",
    );
    let outcome = Rig::new(&li_ion(SHORT), 3).plan_of(1, &long).plan_of(2, &long).plan_of(3, &long).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let (truth, counted) = charges(&outcome, 0);
    assert!((counted - truth).abs() < 0.004 * truth, "{counted} C, and truly {truth} C");
    for number in 1..4 {
        let (truth, counted) = charges(&outcome, number);
        assert!((counted - truth).abs() < 0.002 * truth, "{number}: {counted} C, and truly {truth} C");
    }
}

#[test]
fn a_dc_resistance_after_half_a_second() {
    let plan = li_ion(
        "[[step]]\nrest = \"20 s\"\n[[step]]\nresistance = { discharge = \"1 A\", after = [\"0.5 s\", \"10 s\"] }\nhi_res = true\n",
    );
    for seed in 1..=4 {
        let outcome = Rig::new(&plan, seed).run();
        assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
        for number in 0..4 {
            let points = &outcome.steps(number)[1].resistance;
            let [half, ten] = &points[..] else { panic!("{points:?}") };
            // R, 0.4 R at once (8 ms), and of 0.6 R what 40 s leave of it.
            let own = outcome.books(number).resistance.0;
            let of = |seconds: f64| own * (1.4 + 0.6 * (1.0 - (-seconds / 40.0_f64).exp()));
            for (point, truth) in [(half, of(0.5)), (ten, of(10.0))] {
                let off = point.resistance.0 / truth - 1.0;
                assert!(off.abs() < 0.05, "{seed}, {number}: {} against {truth}", point.resistance.0);
            }
        }
    }
}

#[test]
fn firmware_without_hi_res_is_refused_before_any_current() {
    let outcome = Rig::new(&li_ion(SHORT), 3).bench(|bench| bench.units[0].firmware = 6).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4]);
    assert!(outcome.why(0).contains("firmware 7"), "{}", outcome.why(0));
    assert!(outcome.drives(0).is_empty());
}

#[test]
fn a_cell_that_is_pulled_out_in_hi_res_gives_the_unit_back() {
    let outcome = Rig::new(&li_ion(SHORT), 3)
        .act(45, |unit| {
            unit.remove_cell(slot(0));
        })
        .run();
    assert_eq!(outcome.verdict(0), Verdict::Error, "{}", outcome.condensed());
    assert_eq!(
        [1, 2, 3].map(|number| outcome.verdict(number)),
        [Verdict::Pass; 3],
        "{}",
        outcome.condensed()
    );
    assert!(outcome.rows(0).iter().all(|row| row.voltage < Volts(4.5)));
}

#[test]
fn a_counter_that_stands_still_in_hi_res_is_a_fault_and_earns_no_kick() {
    let over = |inner, clock: &Arc<dyn Clock>| -> Box<dyn Transport> {
        Box::new(Frozen::of(0, at(45), inner, Arc::clone(clock)))
    };
    // Slot 0 has the unit first.
    let outcome = Rig::new(&li_ion(SHORT), 3).over(over).run();
    assert_eq!(outcome.verdict(0), Verdict::Error, "{}", outcome.condensed());
    assert!(outcome.why(0).contains("has not moved"), "{}", outcome.why(0));
    let failed = outcome.facts(0).iter().find(|(_, e)| matches!(e, Event::CellEnded { .. })).unwrap().0;
    assert!((49.9..51.0).contains(&failed), "{failed}");
    assert_eq!([1, 2, 3].map(|number| outcome.verdict(number)), [Verdict::Pass; 3]);
}

#[test]
fn a_current_that_is_not_seen_compares_with_nothing() {
    let outcome = Rig::new(&li_ion(SHORT), 3)
        .act(10, |unit| unit.break_sensor(slot(0), SensorFault::CurrentStuck))
        .run();
    assert_eq!(outcome.verdict(0), Verdict::Error, "{}", outcome.condensed());
    assert!(outcome.why(0).contains("CURRENT shows nothing"), "{}", outcome.why(0));
    assert!(outcome.books(0).discharged.0 < 2.0, "no more than the small current flowed");
    assert_eq!([1, 2, 3].map(|number| outcome.verdict(number)), [Verdict::Pass; 3]);
}

#[test]
fn a_unit_that_is_lost_in_hi_res_leaves_a_gap_that_is_bounded() {
    let outcome = Rig::new(&li_ion(SHORT), 3).act(45, batlab_run::simulator::Unit::power_cycle).run();
    let gaps: Vec<_> = (0..4)
        .flat_map(|number| outcome.facts(number).into_iter().map(move |(_, event)| (number, event)))
        .filter_map(|(number, event)| match event {
            Event::ChargeGap { seconds, at_most, .. } => Some((number, *seconds, at_most.0 / seconds)),
            _ => None,
        })
        .collect();
    // Slot 0 has the unit first; the others lie idle.
    let [(0, seconds, current)] = gaps[..] else { panic!("{gaps:?}") };
    assert!(seconds < 15.0 && (current - 1.25).abs() < 0.1, "{gaps:?}");
}

#[test]
fn a_counter_that_is_cleared_in_hi_res_is_told_and_bridged() {
    // What is written to CHARGEH lands there: the sum is far from where the current can have brought it.
    let clear = |unit: &mut batlab_run::simulator::Unit| {
        unit.receive(batlab_run::clock::Instant::ORIGIN, &[0xAA, 0, 0x89, 0, 0x40]);
    };
    let outcome = Rig::new(&li_ion(SHORT), 2)
        .bench(|bench| {
            for other in 1..4 {
                bench.units[0].slots[other] = SlotSpec::Empty;
            }
        })
        .act(60, clear)
        .run();
    assert_eq!(outcome.verdict(0), Verdict::Pass, "{}", outcome.condensed());
    let gaps = outcome.facts(0).into_iter().filter(|(_, event)| matches!(event, Event::ChargeGap { .. }));
    assert_eq!(gaps.count(), 1, "{}", outcome.condensed());
    let (truth, counted) = charges(&outcome, 0);
    assert!((counted - truth).abs() < 0.01 * truth, "{counted} C, and truly {truth} C");
}
