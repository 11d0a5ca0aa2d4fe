//! Cells on units that cannot be trusted: blank and absurd calibration, broken thermistors.

use crate::rig::{Outcome, Rig, li_ion, slot};
use batlab_run::event::{EndReason, Event};
use batlab_run::simulator::SensorFault;
use batlab_run::simulator::bench::{Kept, Miswritten};
use batlab_run::verdict::{Exit, Verdict};

const TEMP_CALIB_R: Kept = Kept { of_unit: false, address: 0x16 };
const CURRENT_CALIB_SCA: Kept = Kept { of_unit: false, address: 0x15 };
const VOLT_CH_CALIB_SCA: Kept = Kept { of_unit: true, address: 0x0C };
const VOLTAGE_CALIB_PP: Kept = Kept { of_unit: false, address: 0x19 };

const ONE_FAILS: [Verdict; 4] = [Verdict::Pass, Verdict::Error, Verdict::Pass, Verdict::Pass];

/// A charge and a rest of some minutes each.
const SHORT: &str = r#"
[[step]]
charge = "C/2"
until = "voltage > 4.2 V"
at_most = "5 min"
[[step]]
rest = "5 min"
"#;

fn short(register: Kept, number: Option<u8>, holds: u16) -> Rig {
    Rig::new(&li_ion(SHORT), 5).bench(|bench| {
        bench.units[0].miswritten.push(Miswritten { register, slot: number.map(slot), holds });
    })
}

fn doubts(outcome: &Outcome, number: u8) -> Vec<(String, u16, Option<String>)> {
    let facts = outcome.facts(number).into_iter();
    facts
        .filter_map(|(_, event)| match event {
            Event::CalibrationDoubted { register, found, instead, .. } => {
                Some((register.clone(), *found, instead.clone()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_cell_on_blank_calibration_is_not_energised() {
    for (register, holds, name) in [
        (TEMP_CALIB_R, u16::MAX, "TEMP_CALIB_R is blank, 65535"),
        (CURRENT_CALIB_SCA, u16::MAX, "CURRENT_CALIB_SCA is blank, 65535"),
        (CURRENT_CALIB_SCA, 12, "CURRENT_CALIB_SCA is 12"),
    ] {
        let outcome = short(register, Some(1), holds).run();
        assert_eq!(outcome.verdicts(), ONE_FAILS, "{}", outcome.condensed());
        assert_eq!(outcome.end.exit, Exit::Fault);
        assert_eq!(outcome.drives(1).len(), 0, "no current is switched on");
        let books = outcome.books(1);
        assert_eq!((books.charged.0, books.discharged.0), (0.0, 0.0));
        let why = outcome.why(1);
        for word in [&format!("unit {}", outcome.units[0].0), "slot 1", name, "--uncalibrated"] {
            assert!(why.contains(word), "{word}: {why}");
        }
        assert_eq!(doubts(&outcome, 1).len(), 1);
        assert_eq!(doubts(&outcome, 0), []);
    }
}

#[test]
fn a_register_of_the_unit_matters_to_every_cell() {
    let outcome = short(VOLT_CH_CALIB_SCA, None, 0).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4]);
    assert!((0..4).all(|number| outcome.drives(number).is_empty()));
    assert!(outcome.why(3).contains("unit: VOLT_CH_CALIB_SCA is 0"), "{}", outcome.why(3));
}

#[test]
fn peak_to_peak_calibration_matters_where_the_sine_is_used() {
    let outcome = short(VOLTAGE_CALIB_PP, Some(1), u16::MAX).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let sine = li_ion("[[step]]\nimpedance = \"1 kHz\"\n");
    let outcome = Rig::new(&sine, 5)
        .bench(|bench| {
            let register = VOLTAGE_CALIB_PP;
            bench.units[0].miswritten.push(Miswritten { register, slot: Some(slot(1)), holds: u16::MAX });
        })
        .run();
    assert_eq!(outcome.verdicts(), ONE_FAILS, "{}", outcome.condensed());
}

#[test]
fn uncalibrated_cells_are_tested_when_asked_and_all_is_told() {
    let outcome = short(TEMP_CALIB_R, Some(1), u16::MAX).uncalibrated().run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let doubts = doubts(&outcome, 1);
    let [(register, 65535, Some(instead))] = &doubts[..] else { panic!("{doubts:?}") };
    assert_eq!(register, "slot 1: TEMP_CALIB_R");
    assert!(instead.contains("1500 ohm"), "{instead}");
    // The design's divider is near that of the unit, within 1 %, which is some 0.3 degC.
    let warmest = outcome.steps(1)[0].temperature_max.0;
    assert!((warmest - outcome.steps(0)[0].temperature_max.0).abs() < 1.5, "{warmest}");
}

#[test]
fn a_thermistor_out_of_range_is_a_fault_of_its_cell() {
    for (fault, raw) in [(SensorFault::ThermistorOpen, "32767"), (SensorFault::ThermistorShort, "0")] {
        // Before the test, under current, and in the rest.
        for seconds in [0, 120, 420] {
            let outcome =
                Rig::new(&li_ion(SHORT), 5).act(seconds, move |unit| unit.break_sensor(slot(1), fault)).run();
            assert_eq!(outcome.verdicts(), ONE_FAILS, "{fault:?} {}", outcome.condensed());
            let why = outcome.why(1);
            assert!(why.contains("thermistor") && why.contains(raw), "{fault:?} at {seconds} s: {why}");
            if seconds == 0 {
                assert_eq!(outcome.drives(1).len(), 0);
            }
            let ended =
                outcome.facts(1).iter().find(|(_, e)| matches!(e, Event::CellEnded { .. })).unwrap().0;
            assert!(ended - seconds as f64 <= 6.0, "{fault:?} at {seconds} s: seen at {ended} s");
            let warmest = outcome.rows(1).iter().map(|row| row.temperature.0).fold(0.0, f64::max);
            assert!(warmest < 35.0, "no made-up temperature is a row: {warmest}");
            if let Some(step) = outcome.steps(1).last()
                && seconds > 0
            {
                assert!(
                    matches!(step.reason, EndReason::Fault(_) | EndReason::Tripped(_)),
                    "{:?}",
                    step.reason
                );
            }
        }
    }
}
