//! Simulated units that are pulled out and come back.

use super::*;
use crate::clock::Instant;
use crate::driver::LineError;
use crate::identity::Slot;
use crate::simulator::bench::Bench;
use crate::transport::Pulled;
use crate::wire::{Mode, ReportInterval, cell, unit};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A simulated unit which reports, so that a reset can be seen, and its lookout.
fn reporting() -> (SimulatedUnit, Lookout) {
    let mut one = simulate(&Bench::small_cells(1), |port, _| port).remove(0);
    one.line.start().unwrap();
    let often = ReportInterval::exactly(Duration::from_secs(5)).unwrap();
    one.line.write(cell::REPORT_INTERVAL.at(Slot::ALL[1]), often).unwrap();
    let lookout = Lookout::over_simulated([(one.serial, one.plug.clone())], Arc::default());
    (one, lookout)
}

fn seconds(instant: Instant) -> f64 {
    instant.since(Instant::ORIGIN).as_secs_f64()
}

#[test]
fn a_unit_whose_cable_was_pulled_comes_back_as_after_a_reset() {
    let (mut one, lookout) = reporting();
    let clock = Arc::clone(one.line.clock());
    let back = clock.now() + Duration::from_secs(30);
    one.plug.pull(Pulled::Cable, Some(back));
    assert!(matches!(one.line.read(unit::FIRMWARE_VER), Err(LineError::Transport(_))));
    let mut found = lookout.wait_for(one.line, one.serial, MINUTE).unwrap();
    assert_eq!(found.serial, one.serial);
    assert!(found.slots.iter().all(FoundSlot::has_cell), "{:?}", found.slots);
    let interval = found.line.read(cell::REPORT_INTERVAL.at(Slot::ALL[1])).unwrap();
    assert_eq!(interval, ReportInterval::OFF);
    let took = seconds(clock.now()) - seconds(back);
    assert!((1.5..4.0).contains(&took), "a unit that starts answers after some 1.7 s, this one after {took}");
}

#[test]
fn a_unit_behind_a_lost_network_goes_on_and_is_stopped_when_it_is_found() {
    let (mut one, lookout) = reporting();
    let slot = Slot::ALL[2];
    one.line.write(cell::MODE.at(slot), Mode::Discharge).unwrap();
    let back = one.line.clock().now() + Duration::from_secs(20);
    one.plug.pull(Pulled::Network, Some(back));
    assert!(!one.plug.is_in());
    let mode = || one.unit.lock().unwrap().register(2, 0).unwrap();
    assert_eq!(mode(), 4, "it discharges");
    let mut found = lookout.wait_for(one.line, one.serial, MINUTE).unwrap();
    assert_eq!(found.slots[slot.index()].mode, Mode::Idle);
    let interval = found.line.read(cell::REPORT_INTERVAL.at(Slot::ALL[1])).unwrap();
    assert_ne!(interval, ReportInterval::OFF, "it was not reset");
}

#[test]
fn what_does_not_come_back_ends_the_wait_when_its_time_is_over() {
    for back in [None, Some(Instant::ORIGIN + 10 * MINUTE)] {
        let (one, lookout) = reporting();
        let clock = Arc::clone(one.line.clock());
        let end = clock.now() + MINUTE;
        one.plug.pull(Pulled::Cable, back);
        let missing = lookout.wait_for(one.line, one.serial, MINUTE).err().unwrap();
        assert_eq!(missing.to_string(), "unit 100001 did not come back within 1 min, and no port came");
        assert_eq!(clock.now(), end);
    }
}

#[test]
fn nothing_is_waited_for_when_the_run_is_to_end() {
    let (one, _) = reporting();
    let lookout = Lookout::over_simulated([(one.serial, one.plug.clone())], Arc::new(true.into()));
    one.plug.pull(Pulled::Cable, None);
    let missing = lookout.wait_for(one.line, one.serial, MINUTE).err().unwrap();
    assert!(matches!(missing, Missing::Stopped(serial) if serial == one.serial));
}
