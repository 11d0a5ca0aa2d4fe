//! The watchdog and the stream packets.

use super::*;
use crate::simulator::unit::registers::{flag, setting};

#[test]
fn an_unkicked_watchdog_stops_every_cell_without_an_error() {
    let mut host = Host::new();
    host.write(UNIT, unit::SETTINGS, setting::WATCHDOG_TIMER);
    host.write(UNIT, unit::WATCHDOG_TIMER, 255);
    host.drive(0, mode::CHARGE, 128);
    host.wait(Duration::from_secs(25));
    assert_eq!(host.mode(0), mode::CHARGE);
    host.wait_ms(600);
    assert_eq!([0, 1, 2, 3].map(|slot| host.mode(slot)), [mode::STOPPED; 4]);
    assert_eq!((host.read(0, cell::ERROR), host.read(UNIT, unit::WATCHDOG_TIMER)), (0, 0));

    // It trips again until it is kicked.
    host.write(0, cell::MODE, mode::IDLE);
    host.wait_ms(120);
    assert_eq!(host.mode(0), mode::STOPPED);
    host.write(UNIT, unit::WATCHDOG_TIMER, 255);
    host.write(0, cell::MODE, mode::IDLE);
    host.wait_ms(1000);
    assert_eq!(host.mode(0), mode::IDLE);
    assert!((242..=246).contains(&host.read(UNIT, unit::WATCHDOG_TIMER)));
}

#[test]
fn the_watchdog_rests_while_it_is_off_and_is_missing_in_firmware_3() {
    let mut host = Host::new();
    host.wait(Duration::from_secs(60));
    assert_eq!((host.read(UNIT, unit::WATCHDOG_TIMER), host.mode(0)), (255, mode::IDLE));
    let mut old = Host::of(&UnitSpec { firmware: 3, ..true_unit() });
    assert!(old.refused(UNIT, unit::WATCHDOG_TIMER, 255));
    assert_eq!(old.read(UNIT, unit::FIRMWARE_VER), 3);
}

#[test]
fn streams_come_every_interval_plus_one() {
    for interval in [1u16, 5] {
        let mut host = Host::new();
        host.write(2, cell::REPORT_INTERVAL, interval);
        host.wait_ms(1000);
        host.bytes.clear();
        host.wait(Duration::from_secs(60));
        let packets = host.streams();
        let expected = 600 / (usize::from(interval) + 1);
        assert!(packets.len().abs_diff(expected) <= 1, "{} packets, not {expected}", packets.len());
        let [_, cell, _, mode, ..] = packets[0];
        assert_eq!((cell, u16::from(mode)), (2, mode::IDLE));
        let volts = f64::from(u16::from_le_bytes([packets[0][11], packets[0][12]])) * 4.5 / 32768.0;
        assert!((3.5..3.8).contains(&volts), "{volts}");
        assert_eq!(u16::from_le_bytes([packets[0][5], packets[0][6]]) & flag::NO_PSU, 0);
    }
}
