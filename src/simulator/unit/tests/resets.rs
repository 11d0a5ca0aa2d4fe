//! Power, EEPROM, refused writes, and the same bytes from the same seed.

use super::*;
use crate::simulator::bench::Bench;
use crate::simulator::unit::registers::{comms, setting};

#[test]
fn a_power_cycle_brings_the_defaults_back_and_answers_late() {
    let mut host = Host::new();
    host.write(UNIT, unit::SETTINGS, setting::WATCHDOG_TIMER);
    host.write(UNIT, unit::ZERO_AMP_THRESH, 300);
    host.write(0, cell::VOLTAGE_LIMIT_CHG, 26_000);
    host.drive(0, mode::DISCHARGE, 128);
    host.wait_ms(3000);
    host.unit.power_cycle();
    let drained = host.books(0).discharged;
    host.bytes.clear();
    host.wait_ms(1000);
    host.send(&[0xAA, 4, 0x06, 0, 0]);
    host.wait_ms(600);
    assert!(host.bytes.is_empty(), "silent");
    host.wait_ms(150);
    assert_eq!(host.bytes, [0xAA, 4, 0x06, 0, 0], "asked while silent, answered late: SETTINGS 0");
    assert_eq!(host.mode(0), mode::IDLE);
    assert_eq!(host.read(0, cell::VOLTAGE_LIMIT_CHG), 30_584);
    assert_eq!(host.read(0, cell::CURRENT_SETPOINT), 256);
    assert_eq!(host.charge_sum(0), 0);
    assert!(host.read(UNIT, unit::SYSTEM_TIMER) < 20);
    assert_eq!(host.read(UNIT, unit::ZERO_AMP_THRESH), 300, "kept in the EEPROM");
    assert_eq!(host.books(0).discharged, drained);
}

#[test]
fn serial_and_device_are_written_only_while_blank_or_in_debug() {
    let mut host = Host::new();
    assert_eq!((host.read(UNIT, unit::SERIAL_NUM), host.read(UNIT, unit::DEVICE_ID)), (77, 3));
    assert!(host.refused(UNIT, unit::SERIAL_NUM, 78));
    host.write(UNIT, unit::SETTINGS, setting::DEBUG);
    host.write(UNIT, unit::SERIAL_NUM, 0xFFFF);
    host.write(UNIT, unit::SETTINGS, 0);
    host.write(UNIT, unit::SERIAL_NUM, 79);
    assert!(host.refused(UNIT, unit::SERIAL_NUM, 80));
    host.unit.power_cycle();
    host.wait_ms(2000);
    assert_eq!(host.read(UNIT, unit::SERIAL_NUM), 79);
}

#[test]
fn what_does_not_exist_or_cannot_be_written_is_refused() {
    let mut host = Host::new();
    assert_eq!(host.read(0, 0x1F), 257);
    assert_eq!(host.read(UNIT, 0x12), 257);
    assert_eq!(host.read(5, 1), 257, "the application refuses the bootloader's namespace");
    assert_eq!(host.read(6, 0), 257);
    assert_eq!(host.read(COMMS, 9), 257);
    for (namespace, address) in
        [(0, 0x1F), (UNIT, unit::VCC), (UNIT, unit::SYSTEM_TIMER), (UNIT, 0x12), (COMMS, 9)]
    {
        assert!(host.refused(namespace, address, 1), "{namespace}, {address:#x}");
    }
    let cutoffs = [comms::PSU_CUTOFF_LOW, comms::PSU_CUTOFF_HIGH, comms::PSU_CUTOFF_HYST];
    assert_eq!(cutoffs.map(|address| host.read(COMMS, address)), [523, 630, 5]);
}

#[test]
fn an_eeprom_write_takes_its_time_and_deafens() {
    let mut host = Host::new();
    host.bytes.clear();
    host.send(&[0xAA, 4, 0x90, 0x2C, 0x01]);
    host.wait_ms(4);
    host.send(&[0xAA, 4, 0x02, 0, 0]);
    host.wait_ms(40);
    assert_eq!(host.bytes, [0xAA, 4, 0x90, 0, 0], "the read sent meanwhile is lost");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let night = |seed: u64| {
        let bench = Bench::small_cells(seed);
        let mut host =
            Host { unit: Unit::new(&bench.units[0], seed), now: Instant::ORIGIN, bytes: Vec::new() };
        for slot in 0..4u8 {
            host.send(&[0xAA, slot, 0x84, 5, 0, 0xAA, slot, 0x83, 80, 0, 0xAA, slot, 0x80, 3 + slot % 2, 0]);
            host.wait_ms(20);
        }
        host.wait(Duration::from_secs(30));
        host.bytes
    };
    let first = night(5);
    assert!(first.len() > 4 * 13 * 40);
    assert_eq!(first, night(5));
    assert_ne!(first, night(6));
}

#[test]
fn a_slot_does_not_depend_on_what_is_done_to_its_neighbours() {
    let seen = |disturb: bool| {
        let bench = Bench::small_cells(9);
        let mut unit = Unit::new(&bench.units[0], 9);
        if disturb {
            unit.remove_cell(Slot::ALL[1]);
            unit.receive(Instant::ORIGIN, &[0xAA, 2, 0x80, 4, 0]);
        }
        unit.advance_to(Instant::from_micros(20_000_000));
        [cell::VOLTAGE, cell::TEMPERATURE].map(|address| unit.register(0, address as u8))
    };
    assert_eq!(seen(false), seen(true));
}
