//! Currents, slices, the charge sum, LOCK, hi-res, impedance and temperature.

use super::*;
use crate::simulator::unit::registers::setting;
use crate::units::{Celsius, Hertz};

/// Coulombs of a charge sum in normal rotation.
fn coulombs(sum: u32) -> f64 {
    f64::from(sum) * 4.096 / 32768.0 * 0.6144
}

#[test]
fn current_ramps_up_in_steps_and_goes_to_zero_at_once() {
    let mut host = Host::new();
    host.write(0, cell::CURRENT_SETPOINT, 0);
    host.write(0, cell::MODE, mode::CHARGE);
    host.write(0, cell::CURRENT_SETPOINT, 512);
    let early = host.read(0, cell::DUTY);
    assert!((10..200).contains(&early), "{early}");
    host.wait_ms(400);
    assert_eq!(host.read(0, cell::DUTY), 512);
    host.write(0, cell::CURRENT_SETPOINT, 0);
    assert_eq!(host.read(0, cell::DUTY), 0);

    let mut old = Host::of(&UnitSpec { firmware: 3, ..true_unit() });
    old.drive(0, mode::CHARGE, 512);
    assert_eq!(old.read(0, cell::DUTY), 512, "firmware 3 does not ramp");
}

#[test]
fn true_charge_is_the_integral_of_the_setpoint() {
    let mut host = Host::new();
    host.drive(0, mode::DISCHARGE, 256);
    let (begin, before) = (host.now, host.books(0));
    host.wait_ms(300);
    let between = host.books(0);
    for _ in 0..100 {
        host.wait_ms(600);
    }
    let passed = host.books(0).since(&between).discharged.0;
    assert!((passed - 2.0 * 60.0).abs() < 1e-6, "{passed} C");
    let ramped = between.since(&before).discharged.0;
    let most = 2.0 * (host.now - begin).as_secs_f64();
    assert!(ramped > 0.4 && ramped < most, "{ramped} C while it ramped");
    assert!((host.amperes(0) - 2.0).abs() < 0.0002);
    assert_eq!(host.books(0).charged.0, 0.0);
}

#[test]
fn the_charge_sum_follows_the_truth_in_both_directions() {
    for (mode, sign) in [(mode::CHARGE, 1.0), (mode::DISCHARGE, -1.0), (mode::IMPEDANCE, -1.0)] {
        let mut host = Host::new();
        host.write(0, cell::CHARGEL, 0);
        host.drive(0, mode, 128);
        // More than 65536 in the sum, so that CHARGEH counts too.
        host.wait(Duration::from_secs(120));
        let sum = coulombs(host.charge_sum(0));
        let books = host.books(0);
        let truth = sign * (books.charged.0 - books.discharged.0);
        assert!((sum - truth).abs() < 1.0, "mode {mode}: sum {sum} C, truth {truth} C");
        assert!(sum > 40.0);
    }
}

#[test]
fn a_slow_slice_clock_makes_the_sum_and_the_timer_slow() {
    let mut host = Host::of(&UnitSpec { clock_slow: 0.01, ..true_unit() });
    host.drive(0, mode::DISCHARGE, 128);
    host.wait_ms(1000);
    let (sum, timer, books) = (host.charge_sum(0), host.read(UNIT, unit::SYSTEM_TIMER), host.books(0));
    let begin = host.now;
    host.wait(Duration::from_secs(1000));
    let passed = coulombs(host.charge_sum(0) - sum);
    let truth = host.books(0).since(&books).discharged.0;
    assert!((truth / passed - 1.01).abs() < 0.002, "{truth} C counted as {passed} C");
    let ticks = f64::from(host.read(UNIT, unit::SYSTEM_TIMER).wrapping_sub(timer)) / 10.0;
    assert!(((host.now - begin).as_secs_f64() / ticks - 1.01).abs() < 0.001, "{ticks} s");
}

#[test]
fn writing_either_half_of_the_sum_clears_both() {
    for address in [cell::CHARGEL, cell::CHARGEH] {
        let mut host = Host::new();
        host.drive(0, mode::DISCHARGE, 256);
        host.wait(Duration::from_secs(10));
        assert!(host.charge_sum(0) > 100_000);
        host.write(0, cell::MODE, mode::IDLE);
        host.wait(ROTATION);
        host.write(0, address, 5);
        let expected = if address == cell::CHARGEL { 5 } else { 5 << 16 };
        assert_eq!(host.charge_sum(0), expected);
    }
}

#[test]
fn firmware_3_counts_in_a_hidden_sum() {
    let mut host = Host::of(&UnitSpec { firmware: 3, ..true_unit() });
    host.drive(0, mode::DISCHARGE, 128);
    host.wait(Duration::from_secs(5));
    host.write(0, cell::CHARGEH, 7);
    host.wait(ROTATION);
    assert!(host.charge_sum(0) < 30_000, "what was written is overwritten by the hidden sum");
}

#[test]
fn current_below_the_threshold_reads_zero_and_is_not_counted() {
    let mut host = Host::new();
    assert_eq!(host.read(UNIT, unit::ZERO_AMP_THRESH), 2000, "a blank EEPROM means 0.25 A");
    host.drive(0, mode::DISCHARGE, 31);
    host.wait_ms(2000);
    assert_eq!((host.read(0, cell::CURRENT), host.charge_sum(0)), (0, 0));
    host.write(UNIT, unit::ZERO_AMP_THRESH, 100);
    host.wait(ROTATION);
    assert!((host.amperes(0) - 31.0 / 128.0).abs() < 0.001);
    assert!(host.books(0).discharged.0 > 0.4);
}

#[test]
fn current_saturates_below_a_limit_of_4_096_amperes() {
    let mut host = Host::new();
    host.write(0, cell::CURRENT_LIMIT_DCHG, 32_736);
    host.drive(0, mode::DISCHARGE, 560);
    host.wait_ms(1500);
    assert_eq!((host.read(0, cell::CURRENT), host.mode(0)), (32_736, mode::DISCHARGE));
    host.write(0, cell::CURRENT_LIMIT_DCHG, 32_735);
    assert_eq!(host.mode(0), mode::STOPPED);
}

#[test]
fn voltage_changes_once_in_a_rotation() {
    let mut host = Host::of(&UnitSpec { noise: UnitSpec::typical(SerialNumber(1)).noise, ..true_unit() });
    let mut seen = Vec::new();
    let begin = host.now;
    while host.now - begin < Duration::from_secs(60) {
        seen.push(host.unit.register(0, cell::VOLTAGE as u8).expect("a register"));
        host.wait_ms(50);
    }
    let changes = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((60..=98).contains(&changes), "{changes} changes in some 97 rotations");
}

#[test]
fn the_unit_measures_true_voltage_and_temperature() {
    let mut host = Host::of(&UnitSpec { ambient: Celsius(31.0), ..true_unit() });
    host.wait(ROTATION);
    let volts = host.volts(0);
    assert!((3.5..3.8).contains(&volts), "{volts}");
    let (raw, divider, beta) = (
        f64::from(host.read(0, cell::TEMPERATURE)),
        f64::from(host.read(0, cell::TEMP_CALIB_R)),
        f64::from(host.read(0, cell::TEMP_CALIB_B)),
    );
    let ohms = divider / (32768.0 / raw - 1.0);
    let celsius = 1.0 / (1.0 / 298.15 + (ohms / 10_000.0).ln() / beta) - 273.15;
    assert!((celsius - 31.0).abs() < 0.02, "{celsius} degC");
}

#[test]
fn lock_freezes_peaks_temperature_and_vcc_and_nothing_else() {
    let mut host = Host::of(&UnitSpec { noise: UnitSpec::typical(SerialNumber(1)).noise, ..true_unit() });
    host.write(0, cell::MODE, mode::IMPEDANCE);
    host.wait_ms(2000);
    host.write(UNIT, unit::LOCK, 1);
    let frozen = |host: &mut Host| {
        [
            host.read(0, cell::CURRENT_PP),
            host.read(0, cell::VOLTAGE_PP),
            host.read(0, cell::TEMPERATURE),
            host.read(UNIT, unit::VCC),
        ]
    };
    let (before, volts, sum) = (frozen(&mut host), host.read(0, cell::VOLTAGE), host.charge_sum(0));
    host.wait_ms(3000);
    assert_eq!(frozen(&mut host), before);
    assert_ne!(host.read(0, cell::VOLTAGE), volts);
    assert!(host.charge_sum(0) > sum);
    host.write(UNIT, unit::LOCK, 0);
    host.wait_ms(3000);
    assert_ne!(frozen(&mut host), before);
}

#[test]
fn impedance_is_the_cells_at_each_frequency_and_amplitude() {
    let spec = true_unit();
    let truth = spec.cell(Slot::ALL[0], 1).expect("a cell");
    for (step, magdiv, amperes) in [(1, 0, 2.0), (1, 2, 0.5), (27, 1, 1.0)] {
        let mut host = Host::of(&spec);
        host.write(UNIT, unit::SINE_FREQ, step);
        host.write(UNIT, unit::SINE_MAGDIV, magdiv);
        host.write(0, cell::MODE, mode::IMPEDANCE);
        host.wait_ms(2000);
        let current = f64::from(host.read(0, cell::CURRENT_PP)) * 4.096 / 32768.0;
        let voltage = f64::from(host.read(0, cell::VOLTAGE_PP)) * 4.5 / 32768.0;
        assert!((current - amperes).abs() < 0.02 * amperes, "{current} A between peaks");
        let expected = truth.impedance(Hertz(f64::from(step) * 39.0625)).0;
        assert!(
            (voltage / current / expected - 1.0).abs() < 0.02,
            "{} ohm for {expected}",
            voltage / current
        );
        let mean = 0.125 + current / 2.0;
        assert!((host.amperes(0) - mean).abs() < 0.01, "an offset and a sine that never charges");
    }
}

#[test]
fn hi_res_updates_its_cell_every_slice_and_blinds_the_rest() {
    let mut host = Host::of(&UnitSpec { noise: UnitSpec::typical(SerialNumber(1)).noise, ..true_unit() });
    let seen = |host: &Host, slot: u8| host.unit.register(slot, cell::VOLTAGE as u8);
    // Its slices began 0.6 s after power, 10 s ago: in 480 ms cell 0 is measured, and the converter
    // refers to what it should.
    host.wait_ms(480);
    host.write(UNIT, unit::SETTINGS, setting::CH0_HI_RES << 1);
    host.wait_ms(300);
    let (one, two) = (seen(&host, 1), seen(&host, 2));
    let mut changes = 0;
    let mut last = one;
    for _ in 0..200 {
        host.wait_ms(20);
        let now = seen(&host, 1);
        changes += u32::from(now != last);
        last = now;
    }
    assert!(changes > 25, "{changes} changes in 39 slices");
    assert_eq!(seen(&host, 2), two);

    let mut old = Host::of(&UnitSpec { firmware: 5, ..true_unit() });
    old.write(UNIT, unit::SETTINGS, setting::CH0_HI_RES);
    old.drive(1, mode::DISCHARGE, 128);
    old.wait_ms(1500);
    assert!(old.amperes(1) > 0.9, "firmware 5 has no hi-res");
}

#[test]
fn hi_res_current_is_right_or_off_by_the_reference() {
    let mut ratios = Vec::new();
    for delay in 0..14 {
        let mut host = Host::new();
        host.wait_ms(delay * 47);
        host.write(UNIT, unit::SETTINGS, setting::CH0_HI_RES);
        host.wait(ROTATION);
        host.drive(0, mode::DISCHARGE, 128);
        host.wait(ROTATION);
        ratios.push(host.amperes(0));
    }
    let wrong = ratios.iter().filter(|a| (**a - 4.096 / 5.0).abs() < 0.002).count();
    let right = ratios.iter().filter(|a| (**a - 1.0).abs() < 0.002).count();
    assert_eq!(wrong + right, 14, "{ratios:?}");
    assert!((2..=7).contains(&wrong), "{wrong} of 14 wrong");
}

#[test]
fn calibration_registers_change_what_is_measured() {
    let mut host = Host::new();
    host.drive(0, mode::DISCHARGE, 256);
    host.wait_ms(1500);
    let (before, scale) = (host.amperes(0), host.read(0, cell::CURRENT_CALIB_SCA));
    host.write(0, cell::CURRENT_CALIB_SCA, scale * 2);
    host.wait(ROTATION);
    assert!((host.amperes(0) / before - 0.5).abs() < 0.01);
    host.write(0, cell::CURRENT_LIMIT_DCHG, 32_767);
    host.write(0, cell::CURRENT_CALIB_SCA, 0);
    host.wait(ROTATION);
    assert_eq!(host.read(0, cell::CURRENT), 32_736, "dividing by nothing reads over range");
}

#[test]
fn in_firmware_3_the_relay_races_the_driver() {
    let out = |firmware: u16, careful: bool| {
        let mut host = Host::of(&UnitSpec { firmware, ..true_unit() });
        host.write(0, cell::CURRENT_SETPOINT, if careful { 0 } else { 512 });
        host.write(0, cell::MODE, mode::CHARGE);
        host.write(0, cell::CURRENT_SETPOINT, 512);
        host.wait(ROTATION);
        assert!(host.books(0).charged.0 > 1.0);
        host.books(0).discharged.0
    };
    assert!((out(3, false) - 4.0 * 0.005).abs() < 1e-6, "5 ms the wrong way");
    assert_eq!(out(3, true), 0.0);
    assert_eq!(out(7, false), 0.0);
}

#[test]
fn after_an_impedance_measurement_the_current_goes_on_where_it_was() {
    let mut host = Host::new();
    host.drive(0, mode::CHARGE, 256);
    host.wait_ms(1000);
    host.write(0, cell::MODE, mode::IMPEDANCE);
    host.wait_ms(2000);
    host.write(0, cell::MODE, mode::CHARGE);
    assert_eq!(host.read(0, cell::DUTY), 256);
}
