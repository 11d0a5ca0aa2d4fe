//! What happens to bytes on their way: torn, lost, too many, too fast.

use super::super::registers::led;
use super::*;
use proptest::prelude::*;

#[test]
fn a_frame_torn_on_the_hosts_side_is_flushed_by_zeros() {
    let mut host = Host::new();
    host.send(&[0xAA, 0, 0x83, 0x10]);
    host.wait_ms(50);
    host.send(&[0; 5]);
    host.wait_ms(50);
    assert_eq!(host.read(0, cell::CURRENT_SETPOINT), 0x0010, "completed by a zero");
    assert_eq!(host.read(UNIT, unit::FIRMWARE_VER), 7);
}

#[test]
fn a_byte_lost_inside_makes_a_write_land_wrong_and_be_acknowledged() {
    let mut host = Host::new();
    host.unit.lose_inner_byte(4);
    assert_eq!(host.ask(0, 0x83, 0x0010), None);
    host.bytes.clear();
    host.send(&[0xAA, 0, 0x03, 0, 0]);
    host.wait_ms(25);
    assert_eq!(host.bytes, [0xAA, 0, 0x83, 0, 0], "the write, acknowledged late");
    assert_eq!(host.read(0, cell::CURRENT_SETPOINT), 0xAA10);
}

#[test]
fn twelve_in_flight_are_answered_and_more_overrun() {
    let answers = |count: usize| {
        let mut host = Host::new();
        host.bytes.clear();
        let requests: Vec<u8> = (0..count).flat_map(|n| [0xAA, 0, n as u8, 0, 0]).collect();
        host.send(&requests);
        host.wait_ms(200);
        host.bytes.len() / 5
    };
    assert_eq!(answers(12), 12);
    assert!(answers(40) < 30);
}

/// Reads a second over twenty seconds, so many sent at once and all awaited, with four cells that are active or not; and
/// how often a buffer was overrun. What is lost is not waited for.
fn per_second(line: LineKind, active: bool, in_flight: usize, loses: bool) -> (f64, u64) {
    let mut host = Host::of(&UnitSpec { line, ..true_unit() });
    host.unit.set_interrupts_lose_bytes(loses);
    for slot in 0..4 {
        host.drive(slot, if active { mode::DISCHARGE } else { mode::IDLE }, 64);
    }
    let begin = host.now;
    let (mut answered, mut waited) = (0, Duration::ZERO);
    while host.now - begin < Duration::from_secs(20) {
        host.bytes.clear();
        let requests: Vec<u8> = (0..in_flight).flat_map(|_| [0xAA, 0, 7, 0, 0]).collect();
        host.send(&requests);
        let sent = host.now;
        while host.bytes.len() < requests.len() && host.now - sent < Duration::from_millis(200) {
            host.wait(Duration::from_micros(50));
        }
        if host.bytes.len() < requests.len() {
            continue;
        }
        waited += host.now - sent;
        answered += in_flight;
    }
    (answered as f64 / waited.as_secs_f64(), host.unit.overruns())
}

#[test]
fn requests_take_as_long_as_they_do_on_the_real_unit() {
    let per_second = |active, in_flight| per_second(LineKind::Simple, active, in_flight, false).0;
    let (idle, busy) = (per_second(false, 1), per_second(true, 1));
    assert!((400.0..540.0).contains(&idle), "{idle} reads/s one at a time, idle");
    assert!((180.0..240.0).contains(&busy), "{busy} reads/s one at a time, four cells active");
    let (idle, busy) = (per_second(false, 12), per_second(true, 12));
    assert!((900.0..1300.0).contains(&idle), "{idle} reads/s twelve in flight, idle");
    assert!((700.0..1000.0).contains(&busy), "{busy} reads/s twelve in flight, four cells active");
}

/// What the real firmware gave, run on a host: docs/protocol.md.
#[test]
fn a_modelled_line_gives_the_figures_of_the_real_firmware() {
    for (active, in_flight, measured) in
        [(false, 1, 470.0), (true, 1, 205.0), (false, 12, 1240.0), (true, 12, 820.0)]
    {
        // Those were taken without losses.
        let (modelled, _) = per_second(LineKind::Modelled, active, in_flight, false);
        let off = modelled / measured - 1.0;
        assert!(off.abs() < 0.05, "{in_flight} at a time, active {active}: {modelled:.0} of {measured:.0}");
    }
}

#[test]
fn losses_do_not_make_a_line_faster() {
    // An LED packet that is lost is one less on the line, but soon there is another.
    for active in [false, true] {
        let [without, with] = [false, true].map(|loses| per_second(LineKind::Modelled, active, 1, loses).0);
        assert!((with / without - 1.0).abs() < 0.08, "active {active}: {without:.0} and {with:.0}");
    }
}

#[test]
fn the_buffers_of_a_modelled_line_hold_seven_requests_at_any_time_and_twelve_not_always() {
    assert_eq!(per_second(LineKind::Modelled, true, 7, true).1, 0);
    assert!(per_second(LineKind::Modelled, true, 12, true).1 > 0);
}

#[test]
fn leds_and_supply_come_to_the_other_processor_over_a_modelled_line() {
    let mut host = Host::of(&UnitSpec { line: LineKind::Modelled, ..true_unit() });
    host.drive(1, mode::DISCHARGE, 64);
    host.wait_ms(50);
    let shown = |host: &mut Host| [host.read(COMMS, 0), host.read(COMMS, 1)];
    assert_eq!(shown(&mut host), [led::BLIP, led::RAMP_DOWN]);
    host.unit.set_supply(false);
    host.wait_ms(4700);
    assert_eq!(host.mode(1), mode::STOPPED, "the loss of the supply was asked for");
    assert_eq!(shown(&mut host), [led::BLIP, led::ON]);
}

#[test]
fn interrupts_lose_about_one_request_in_a_thousand_where_they_may() {
    let lost = |lose: bool| {
        let mut host = Host::new();
        host.unit.set_interrupts_lose_bytes(lose);
        (0..8000).filter(|_| host.ask(UNIT, 2, 0) != Some(7)).count()
    };
    assert_eq!(lost(false), 0);
    let lost = lost(true);
    assert!((4..80).contains(&lost), "{lost} of 8000");
}

#[test]
fn next_output_never_misses_a_byte() {
    for line in [LineKind::Simple, LineKind::Modelled] {
        no_byte_is_missed(line);
    }
}

fn no_byte_is_missed(line: LineKind) {
    let mut host = Host::of(&UnitSpec { line, ..true_unit() });
    host.drive(0, mode::DISCHARGE, 64);
    host.write(0, cell::REPORT_INTERVAL, 5);
    host.send(&[0xAA, 4, 2, 0, 0]);
    host.bytes.clear();
    let end = host.now + Duration::from_secs(10);
    let (mut bytes, mut expected) = (Vec::new(), Vec::new());
    host.unit.clone().take_output(end, &mut expected);
    while let Some(next) = host.unit.next_output().filter(|next| *next < end) {
        assert!(next >= host.now);
        host.unit.take_output(next, &mut bytes);
        host.now = next;
    }
    assert!(bytes.len() >= 5 + 13 * 16, "a reply and a packet every 0.6 s");
    assert_eq!(bytes, expected, "however time is cut");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written to whatever register, the unit lives on, and answers once it is reset.
    #[test]
    fn nothing_that_is_sent_breaks_it(
        commands in prop::collection::vec((0u8..7, any::<u8>(), any::<u16>(), 1u64..900), 1..60),
        firmware in 1u16..8,
    ) {
        let mut host = Host::of(&UnitSpec { firmware, ..true_unit() });
        for (namespace, address, data, wait) in commands {
            // Every namespace there is, and one that is not; registers somewhat more often than not.
            let namespace = if namespace == 6 { 255 } else { namespace };
            let [low, high] = data.to_le_bytes();
            host.send(&[0xAA, namespace, address & 0x9F, low, high]);
            host.wait_ms(wait);
        }
        let books = host.books(0);
        prop_assert!(books.charged.0.is_finite() && books.energy_out.0.is_finite());
        host.unit.power_cycle();
        host.wait_ms(2000);
        let version = host.ask(UNIT, 2, 0);
        // Its flash may have been erased.
        prop_assert!(version == Some(firmware) || (version.is_none() && host.ask(5, 1, 0) == Some(0x0400)));
    }
}
