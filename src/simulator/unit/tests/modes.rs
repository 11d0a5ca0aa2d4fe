//! Modes, limits, flags, LEDs and the external supply.

use super::*;
use crate::simulator::unit::registers::{comms, flag, setting};

/// VOLTAGE of so many volts.
fn volts(value: f64) -> u16 {
    (value * 32768.0 / 4.5).round() as u16
}

#[test]
fn cells_show_their_modes_and_leds() {
    let mut spec = true_unit();
    spec.slots[1] = SlotSpec::Empty;
    spec.slots[2] = SlotSpec::Reversed(cell_at(0.3));
    spec.slots[3] = SlotSpec::Reversed(cell_at(1.0));
    let mut host = Host::of(&spec);
    let modes = [0, 1, 2, 3].map(|slot| host.mode(slot));
    // A full cell the wrong way round is below -4 V and reads over range.
    assert_eq!(modes, [mode::IDLE, mode::NO_CELL, mode::BACKWARDS, mode::NO_CELL]);
    assert_eq!([0, 1, 2, 3].map(|led| host.read(COMMS, led)), [1, 0, 3, 0]);
    assert_eq!(host.read(3, cell::VOLTAGE), 0x7FFF);
    assert!(host.read(2, cell::VOLTAGE) > 0x8E38, "a small negative voltage");
    assert_eq!(host.read(2, cell::STATUS) & (flag::BACKWARDS | flag::NO_CELL), flag::BACKWARDS);
}

#[test]
fn a_cell_that_is_taken_and_put_back_is_seen() {
    let mut host = Host::new();
    let cell = host.unit.remove_cell(Slot::ALL[0]).expect("the cell");
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::NO_CELL);
    assert!(host.unit.insert_cell(Slot::ALL[0], cell, true).is_none());
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::BACKWARDS);
    let cell = host.unit.remove_cell(Slot::ALL[0]).expect("the cell");
    host.unit.insert_cell(Slot::ALL[0], cell, false);
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::IDLE);
    assert_eq!(host.mode(1), mode::IDLE);
}

#[test]
fn a_cell_pulled_out_while_stopped_stays_stopped() {
    let mut host = Host::new();
    host.write(0, cell::MODE, mode::STOPPED);
    host.unit.remove_cell(Slot::ALL[0]);
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::STOPPED);
    host.write(0, cell::MODE, 0x1234);
    host.wait(ROTATION);
    assert_eq!(host.mode(0), 0x1234, "an unknown mode is kept as written");
}

#[test]
fn a_cell_pulled_out_while_active_stops() {
    for (active, cause) in
        [(mode::CHARGE, flag::VOLTAGE_LIMIT_CHG), (mode::DISCHARGE, flag::VOLTAGE_LIMIT_DCHG)]
    {
        let mut host = Host::new();
        host.drive(0, active, 128);
        host.wait(ROTATION);
        assert_eq!(host.mode(0), active);
        host.unit.remove_cell(Slot::ALL[0]);
        host.wait(ROTATION);
        assert_eq!((host.mode(0), host.read(0, cell::ERROR)), (mode::STOPPED, cause));
    }
}

#[test]
fn every_limit_stops_what_it_limits_and_leaves_its_error() {
    let cases = [
        (mode::CHARGE, cell::VOLTAGE_LIMIT_CHG, volts(3.0), flag::VOLTAGE_LIMIT_CHG),
        (mode::CHARGE, cell::VOLTAGE_LIMIT_DCHG, volts(4.1), flag::VOLTAGE_LIMIT_DCHG),
        (mode::CHARGE, cell::CURRENT_LIMIT_CHG, 4000, flag::CURRENT_LIMIT_CHG),
        (mode::CHARGE, cell::TEMP_LIMIT_CHG, 32_000, flag::TEMP_LIMIT_CHG),
        (mode::DISCHARGE, cell::VOLTAGE_LIMIT_CHG, volts(3.0), flag::VOLTAGE_LIMIT_CHG),
        (mode::DISCHARGE, cell::VOLTAGE_LIMIT_DCHG, volts(4.1), flag::VOLTAGE_LIMIT_DCHG),
        (mode::DISCHARGE, cell::CURRENT_LIMIT_DCHG, 4000, flag::CURRENT_LIMIT_DCHG),
        (mode::DISCHARGE, cell::TEMP_LIMIT_DCHG, 32_000, flag::TEMP_LIMIT_DCHG),
        (mode::IMPEDANCE, cell::VOLTAGE_LIMIT_DCHG, volts(4.1), flag::VOLTAGE_LIMIT_DCHG),
        (mode::IMPEDANCE, cell::TEMP_LIMIT_DCHG, 32_000, flag::TEMP_LIMIT_DCHG),
    ];
    for (active, limit, value, cause) in cases {
        let mut host = Host::new();
        host.write(0, limit, value);
        assert_eq!(host.mode(0), mode::IDLE);
        host.drive(0, active, 128);
        host.wait(ROTATION);
        let (mode, error, status) = (host.mode(0), host.read(0, cell::ERROR), host.read(0, cell::STATUS));
        assert_eq!((mode, error), (mode::STOPPED, cause), "mode {active}, limit {limit:#x}");
        assert!(status & cause != 0 || cause & (flag::CURRENT_LIMIT_CHG | flag::CURRENT_LIMIT_DCHG) != 0);
    }
}

#[test]
fn limits_of_the_other_direction_do_not_stop() {
    for (active, limit, value) in [
        (mode::CHARGE, cell::CURRENT_LIMIT_DCHG, 4000),
        (mode::CHARGE, cell::TEMP_LIMIT_DCHG, 32_000),
        (mode::DISCHARGE, cell::CURRENT_LIMIT_CHG, 4000),
        (mode::DISCHARGE, cell::TEMP_LIMIT_CHG, 32_000),
    ] {
        let mut host = Host::new();
        host.write(0, limit, value);
        host.drive(0, active, 128);
        host.wait(ROTATION);
        assert_eq!(host.mode(0), active, "limit {limit:#x}");
    }
}

#[test]
fn errors_gather_while_stopped_and_end_in_idle() {
    let mut host = Host::new();
    host.write(0, cell::VOLTAGE_LIMIT_CHG, volts(3.0));
    host.drive(0, mode::CHARGE, 128);
    host.write(0, cell::VOLTAGE_LIMIT_CHG, volts(4.2));
    host.write(0, cell::VOLTAGE_LIMIT_DCHG, volts(4.0));
    host.write(0, cell::MODE, mode::CHARGE);
    assert_eq!(host.mode(0), mode::STOPPED);
    assert_eq!(host.read(0, cell::ERROR), flag::VOLTAGE_LIMIT_CHG | flag::VOLTAGE_LIMIT_DCHG);
    host.write(0, cell::MODE, mode::IDLE);
    assert_eq!(host.read(0, cell::ERROR), 0);
}

#[test]
fn after_an_undervoltage_stop_the_stale_slice_trips_the_next_charge() {
    let mut spec = true_unit();
    spec.slots[0] = SlotSpec::Cell(cell_at(0.05));
    let mut host = Host::of(&spec);
    host.drive(0, mode::DISCHARGE, 512);
    for _ in 0..8000 {
        host.wait_ms(20);
        if host.unit.register(0, 0) == Some(mode::STOPPED) {
            break;
        }
    }
    assert_eq!(host.read(0, cell::ERROR), flag::VOLTAGE_LIMIT_DCHG);
    assert!(host.read(0, cell::CURRENT) > 0, "the slice of the stop had current in it");
    host.write(0, cell::MODE, mode::CHARGE);
    assert_eq!(host.mode(0), mode::STOPPED, "judged on the slice before the stop");
    host.wait(ROTATION);
    host.write(0, cell::CURRENT_SETPOINT, 64);
    host.write(0, cell::MODE, mode::CHARGE);
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::CHARGE);
}

#[test]
fn the_supplys_loss_is_noticed_and_stops_charge_and_discharge() {
    for enabled in [false, true] {
        let mut host = Host::new();
        host.write(UNIT, unit::SETTINGS, if enabled { setting::NO_PSU_DCHG_ENABLE } else { 0 });
        host.drive(0, mode::CHARGE, 128);
        host.drive(1, mode::DISCHARGE, 128);
        host.write(2, cell::MODE, mode::IMPEDANCE);
        host.wait(ROTATION);
        host.unit.set_supply(false);
        let charged = host.books(0).charged;
        let lost = host.now;
        while host.unit.register(0, 0) == Some(mode::CHARGE) {
            host.wait_ms(10);
            assert!(host.now - lost < Duration::from_millis(4700), "noticed within 4.6 s");
        }
        assert!(host.now - lost > Duration::from_millis(490));
        assert_eq!(host.read(0, cell::ERROR), flag::NO_PSU);
        assert_eq!(host.books(0).charged, charged, "nothing charges without a supply");
        assert_eq!(host.mode(1), if enabled { mode::DISCHARGE } else { mode::STOPPED });
        assert_eq!(host.mode(2), mode::IMPEDANCE);
        assert_eq!(host.read(COMMS, comms::PSU), 0);
        assert!(host.read(COMMS, comms::PSU_VOLTAGE) < 523);
        host.unit.set_supply(true);
        host.wait_ms(2000);
        assert_eq!(host.read(COMMS, comms::PSU), 1);
        assert_eq!(host.read(0, cell::STATUS) & flag::NO_PSU, 0);
    }
}

#[test]
fn low_vcc_stops_from_firmware_5_on() {
    for (firmware, expected) in [(3, mode::DISCHARGE), (5, mode::STOPPED), (7, mode::STOPPED)] {
        let mut host = Host::of(&UnitSpec { firmware, ..true_unit() });
        host.drive(0, mode::DISCHARGE, 128);
        host.unit.set_vcc(Volts(4.2));
        host.wait(ROTATION);
        assert_eq!(host.mode(0), expected, "firmware {firmware}");
        let error = if expected == mode::STOPPED { flag::LOW_VCC } else { 0 };
        assert_eq!(host.read(0, cell::ERROR), error);
        let vcc = 32768.0 * 4.096 / f64::from(host.read(UNIT, unit::VCC));
        assert!((vcc - 4.2).abs() < 0.01, "{vcc}");
    }
}

#[test]
fn safety_disabled_nothing_stops() {
    let mut host = Host::new();
    host.write(UNIT, unit::SETTINGS, setting::SAFETY_DISABLE);
    host.write(0, cell::VOLTAGE_LIMIT_CHG, volts(3.0));
    host.drive(0, mode::CHARGE, 128);
    host.wait(ROTATION);
    assert_eq!(host.mode(0), mode::CHARGE);
}
