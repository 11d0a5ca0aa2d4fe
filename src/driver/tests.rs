//! The driver against a small scripted unit under virtual time.

mod modelled;

use super::*;
use crate::clock::{Clock, Instant, VirtualClock};
use crate::identity::{SerialNumber, Slot};
use crate::transport::{Transport, TransportError, Wake, Waker};
use crate::wire::*;
use proptest::prelude::*;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of one command.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    RequestLost,
    ReplyLost,
    /// The write lands with its high byte torn, and is accepted.
    Torn,
    /// The same, but the acknowledgement is lost.
    TornUnacknowledged,
    Refused,
    Late(u64),
}

#[derive(Default)]
struct Unit {
    registers: HashMap<Address, u16>,
    fates: VecDeque<Fate>,
    seen: Vec<Command>,
    outbox: VecDeque<(Instant, Vec<u8>)>,
}

impl Unit {
    fn take(&mut self, now: Instant, command: Command) {
        self.seen.push(command);
        let fate = self.fates.pop_front().unwrap_or(Fate::Answered);
        if let (Command::Write(address, raw), false) =
            (command, matches!(fate, Fate::RequestLost | Fate::Refused))
        {
            let torn = matches!(fate, Fate::Torn | Fate::TornUnacknowledged);
            self.registers.insert(address, if torn { 0xAA00 | raw & 0xFF } else { raw });
            if address == cell::CURRENT_SETPOINT.at(Slot::ALL[0]).address() && torn {
                return self.answer(now, command, fate);
            }
        }
        self.answer(now, command, fate);
    }

    fn answer(&mut self, now: Instant, command: Command, fate: Fate) {
        let address = command.address();
        let data = match (command, fate) {
            (Command::Write(..), Fate::Refused) => REFUSED,
            (Command::Write(..), _) => ACCEPTED,
            (Command::Read(_), _) => self.registers.get(&address).copied().unwrap_or(0),
        };
        let delay = match fate {
            Fate::RequestLost | Fate::ReplyLost | Fate::TornUnacknowledged => return,
            Fate::Late(millis) => millis,
            _ => 2,
        };
        let reply = Response { address, is_write: command.is_write(), data }.encode().to_vec();
        // The unit answers in order: what is late keeps what is behind it.
        let behind = self.outbox.back().map_or(now, |(due, _)| *due);
        self.outbox.push_back((behind.max(now + Duration::from_millis(delay)), reply));
    }
}

struct Fake(Arc<Mutex<Unit>>, Arc<VirtualClock>);

impl Transport for Fake {
    fn name(&self) -> &str {
        "fake"
    }

    fn send(&mut self, mut bytes: &[u8]) -> Result<(), TransportError> {
        while let Some(chunk) = bytes.first_chunk::<COMMAND_LENGTH>() {
            let command = Command::decode(*chunk);
            bytes = &bytes[if command.is_some() { COMMAND_LENGTH } else { 1 }..];
            if let Some(command) = command {
                self.0.lock().unwrap().take(self.1.now(), command);
            }
        }
        Ok(())
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let mut unit = self.0.lock().unwrap();
        let next = unit
            .outbox
            .iter()
            .enumerate()
            .min_by_key(|(_, (due, _))| *due)
            .map(|(place, (due, _))| (place, *due));
        match next {
            Some((place, due)) if due <= until => {
                self.1.advance_to(due);
                into.extend(unit.outbox.remove(place).unwrap().1);
                Ok(Wake::Bytes)
            }
            _ => {
                self.1.advance_to(until);
                Ok(Wake::Deadline)
            }
        }
    }

    fn waker(&self) -> Waker {
        Waker::new(|| ())
    }
}

fn bench(fates: &[Fate]) -> (Line, Arc<Mutex<Unit>>) {
    let unit = Arc::new(Mutex::new(Unit { fates: fates.iter().copied().collect(), ..Unit::default() }));
    let clock = Arc::new(VirtualClock::default());
    (Line::new(Box::new(Fake(unit.clone(), clock.clone())), clock, Config::default()), unit)
}

fn kind<T: std::fmt::Debug>(result: Result<T, LineError>) -> FaultKind {
    match result {
        Err(LineError::Fault(fault)) => fault.kind,
        other => panic!("no fault: {other:?}"),
    }
}

fn notes(line: &mut Line) -> Vec<Note> {
    std::iter::from_fn(|| line.next_output())
        .filter_map(|o| if let Output::Note(n) = o { Some(n) } else { None })
        .collect()
}

const SLOT: Slot = Slot::ALL[2];

fn setpoint() -> Register<Setpoint> {
    cell::CURRENT_SETPOINT.at(SLOT)
}

fn set(steps: u16) -> Setpoint {
    Setpoint::steps(steps).unwrap()
}

#[test]
fn reads_and_verified_writes() {
    let (mut line, unit) = bench(&[]);
    assert_eq!(line.write(setpoint(), set(160)).unwrap(), set(160));
    assert_eq!(line.read(setpoint()).unwrap(), set(160));
    let address = setpoint().address();
    let wanted = [Command::Write(address, 160), Command::Read(address), Command::Read(address)];
    assert_eq!(unit.lock().unwrap().seen, wanted);
}

#[test]
fn a_refusal_is_seen() {
    let (mut line, _) = bench(&[Fate::Refused]);
    assert_eq!(kind(line.write(setpoint(), set(1))), FaultKind::Refused { wrote: 1 });
}

#[test]
fn what_must_not_be_written_is_not_sent() {
    let (mut line, unit) = bench(&[]);
    for (address, raw) in [
        (setpoint().address(), 576),
        (cell::CURRENT_LIMIT_CHG.at(SLOT).address(), 32767),
        (unit::SETTINGS.address(), 0x4004),
        (cell::VOLTAGE.at(SLOT).address(), 0),
    ] {
        let fault = kind(line.call(Request::WriteVerified(address, raw)));
        assert!(matches!(fault, FaultKind::NotWritable(_) | FaultKind::NoAccess), "{fault:?}");
    }
    assert!(unit.lock().unwrap().seen.is_empty());
}

#[test]
fn a_torn_write_is_written_again_and_at_last_told() {
    let (mut line, _) = bench(&[Fate::Torn]);
    assert_eq!(line.write(setpoint(), set(16)).unwrap(), set(16));
    assert!(notes(&mut line).contains(&Note::Differs {
        address: setpoint().address(),
        wrote: 16,
        read: 0xAA10
    }));
    let torn = [Fate::Torn, Fate::Answered].repeat(3);
    let (mut line, _) = bench(&torn);
    let error = line.write(setpoint(), set(16)).unwrap_err();
    assert_eq!(error.to_string(), "slot 2: CURRENT_SETPOINT: wrote 16, read back 43536 (3 tries)");
}

#[test]
fn after_a_lost_acknowledgement_the_setpoint_is_read_first_and_put_back() {
    let (mut line, unit) = bench(&[]);
    line.write(setpoint(), set(100)).unwrap();
    let limit = cell::VOLTAGE_LIMIT_CHG.at(SLOT);
    {
        let mut unit = unit.lock().unwrap();
        unit.seen.clear();
        unit.fates = [Fate::RequestLost].into();
        unit.registers.insert(setpoint().address(), 0xAA64);
    }
    line.write(limit, VoltageLimit::from_raw(30000)).unwrap();
    let (s, l) = (setpoint().address(), limit.address());
    let wanted = [
        Command::Write(l, 30000),
        // Spent on whatever the lost write left behind.
        Command::Read(unit::LED_MESSAGE.address()),
        Command::Read(s),
        Command::Write(s, 100),
        Command::Read(s),
        Command::Read(l),
        Command::Write(l, 30000),
        Command::Read(l),
    ];
    assert_eq!(unit.lock().unwrap().seen, wanted);
    assert!(notes(&mut line).contains(&Note::Repaired { address: s, found: 0xAA64, put_back: 100 }));
}

#[test]
fn a_write_to_the_unit_that_is_not_acknowledged_looks_at_all_four_setpoints() {
    let (mut line, unit) = bench(&[Fate::TornUnacknowledged]);
    let kick = unit::WATCHDOG_TIMER;
    unit.lock().unwrap().registers.insert(setpoint().address(), 0xAA64);
    assert_eq!(line.write(kick, WatchdogCount::KICK).unwrap(), WatchdogCount::KICK);
    let unit = unit.lock().unwrap();
    let reads = |address| unit.seen.iter().filter(|c| **c == Command::Read(address)).count();
    assert!(Slot::ALL.iter().all(|slot| reads(cell::CURRENT_SETPOINT.at(*slot).address()) >= 1));
    // Never written by the host, and beyond what a host may set: no current.
    assert_eq!(unit.registers.get(&setpoint().address()), Some(&0));
    assert_eq!(unit.registers.get(&kick.address()), Some(&255));
}

#[test]
fn a_late_reply_is_never_taken_for_a_later_requests() {
    let address = cell::VOLTAGE.at(SLOT).address();
    let (mut line, unit) = bench(&[Fate::Late(150), Fate::Late(600), Fate::Late(600)]);
    unit.lock().unwrap().registers.insert(address, 111);
    // The retry waits until the late reply has come or is given up.
    assert_eq!(kind(line.call(Request::Read(address))), FaultKind::NoReply);
    assert!(notes(&mut line).contains(&Note::Late(address)));
    let clock = line.clock().clone();
    let later = clock.now() + Duration::from_secs(2);
    while clock.now() < later {
        line.pump(later).unwrap();
        notes(&mut line);
    }
    unit.lock().unwrap().registers.insert(address, 222);
    assert_eq!(line.call(Request::Read(address)).unwrap(), Answer::Value(222));
}

#[test]
fn a_read_that_was_lost_alone_is_chased_and_asked_again() {
    let address = cell::VOLTAGE.at(SLOT).address();
    for fates in [&[Fate::RequestLost][..], &[Fate::ReplyLost], &[Fate::RequestLost, Fate::RequestLost]] {
        let (mut line, unit) = bench(fates);
        unit.lock().unwrap().registers.insert(address, 111);
        assert_eq!(line.call(Request::Read(address)).unwrap(), Answer::Value(111));
        // Six milliseconds for each that was lost, and two for each reply.
        let most = Duration::from_millis(6 * fates.len() as u64 + 4);
        assert!(line.clock().now() <= Instant::ORIGIN + most, "{fates:?}: {:?}", line.clock().now());
        assert_eq!(notes(&mut line), [Note::Lost { address, is_write: false, tries: 1 }]);
        let seen = unit.lock().unwrap().seen.len();
        assert_eq!(seen, fates.len() + 2, "the read, its chasers, and the read again");
    }
}

#[test]
fn a_write_is_not_chased() {
    let (mut line, unit) = bench(&[Fate::ReplyLost]);
    let setpoint = cell::CURRENT_SETPOINT.at(SLOT);
    line.call(Request::write(setpoint, Setpoint::ZERO)).unwrap();
    assert!(line.clock().now() >= Instant::ORIGIN + Config::default().deadline);
    assert_eq!(unit.lock().unwrap().seen[0], Command::Write(setpoint.address(), 0));
}

#[test]
fn an_overtaken_read_is_asked_again_at_once() {
    let addresses: Vec<_> = Slot::ALL.iter().map(|slot| cell::VOLTAGE.at(*slot).address()).collect();
    let (mut line, unit) = bench(&[Fate::Answered, Fate::RequestLost]);
    for (value, address) in (10..).zip(&addresses) {
        unit.lock().unwrap().registers.insert(*address, value);
    }
    assert_eq!(line.read_many(addresses).unwrap(), [10, 11, 12, 13]);
    assert!(line.clock().now() < Instant::ORIGIN + Duration::from_millis(20));
}

#[test]
fn no_more_in_flight_than_allowed_and_a_stop_overtakes() {
    let mut driver = Driver::new(Config { in_flight: 99, ..Config::default() });
    let now = Instant::ORIGIN;
    let many = vec![cell::VOLTAGE.at(SLOT).address(); 40];
    driver.submit(now, Request::ReadMany(many));
    driver.submit(now, Request::write(setpoint(), set(5)));
    let mut bytes = Vec::new();
    driver.transmit(now, &mut bytes);
    driver.transmit(now, &mut bytes);
    assert_eq!(bytes.len(), 12 * COMMAND_LENGTH);
    let stop = driver.submit_urgent(now, Request::write(cell::MODE.at(SLOT), Mode::Stopped));
    let mut reply =
        Response { address: cell::VOLTAGE.at(SLOT).address(), is_write: false, data: 1 }.encode().repeat(12);
    driver.receive(now, &reply);
    bytes.clear();
    driver.transmit(now, &mut bytes);
    assert_eq!(bytes, Command::Write(cell::MODE.at(SLOT).address(), 6).encode());
    reply.clear();
    reply.extend(Response { address: cell::MODE.at(SLOT).address(), is_write: true, data: 0 }.encode());
    reply.extend(Response { address: cell::MODE.at(SLOT).address(), is_write: false, data: 6 }.encode());
    driver.receive(now, &reply[..5]);
    driver.transmit(now, &mut bytes);
    driver.receive(now, &reply[5..]);
    assert_eq!(driver.poll(), Some(Output::Reply { ticket: stop, result: Ok(Answer::Written(6)) }));
}

#[test]
fn charge_halves_belong_together() {
    let (mut line, unit) = bench(&[Fate::Answered, Fate::RequestLost]);
    unit.lock().unwrap().registers.insert(cell::CHARGEH.at(SLOT).address(), 3);
    unit.lock().unwrap().registers.insert(cell::CHARGEL.at(SLOT).address(), 7);
    assert_eq!(line.read_charge(SLOT).unwrap(), ChargeSum::from_halves(3, 7));
}

#[test]
fn charge_halves_with_a_roll_over_between_them_are_read_once_more() {
    let (high, low) = (cell::CHARGEH.at(SLOT).address(), cell::CHARGEL.at(SLOT).address());
    let current = cell::CURRENT.at(SLOT).address();
    let now = Instant::ORIGIN;
    let (mut driver, mut bytes) = (Driver::new(Config::default()), Vec::new());
    let mut say = |driver: &mut Driver, answers: &[(Address, u16)]| {
        bytes.clear();
        driver.transmit(now, &mut bytes);
        let asked: Vec<u8> =
            answers.iter().flat_map(|(address, _)| Command::Read(*address).encode()).collect();
        assert_eq!(bytes, asked);
        for (address, data) in answers {
            driver.receive(now, &Response { address: *address, is_write: false, data: *data }.encode());
        }
    };
    let ticket = driver.submit(now, Request::ReadCharge(SLOT));
    say(&mut driver, &[(high, 3), (low, 3_999), (current, 4_000)]);
    assert_eq!(driver.poll(), None, "3 may be from before and 3999 from after");
    say(&mut driver, &[(high, 4), (low, 3_999)]);
    let sum = Answer::Charge(ChargeSum::from_halves(4, 3_999), RawCurrent::from_raw(4_000));
    assert_eq!(driver.poll(), Some(Output::Reply { ticket, result: Ok(sum) }));
    let ticket = driver.submit(now, Request::ReadCharge(SLOT));
    say(&mut driver, &[(high, 4), (low, 4_000), (current, 4_000)]);
    let sum = Answer::Charge(ChargeSum::from_halves(4, 4_000), RawCurrent::from_raw(4_000));
    assert_eq!(driver.poll(), Some(Output::Reply { ticket, result: Ok(sum) }), "the slice was closed before");
    // An upper half that looks torn is asked once more, all begins anew with it, and then it is known.
    let ticket = driver.submit(now, Request::ReadCharge(SLOT));
    say(&mut driver, &[(high, 0xAA03), (low, 7), (current, 4_000)]);
    say(&mut driver, &[(high, 0xAA03)]);
    say(&mut driver, &[(high, 0xAA03), (low, 7), (current, 4_000)]);
    say(&mut driver, &[(high, 0xAA03), (low, 7)]);
    let sum = Answer::Charge(ChargeSum::from_halves(0xAA03, 7), RawCurrent::from_raw(4_000));
    assert_eq!(driver.poll(), Some(Output::Reply { ticket, result: Ok(sum) }));
}

#[test]
fn lock_is_always_opened() {
    let pp = cell::VOLTAGE_PP.at(SLOT).address();
    let lost = [Fate::Answered, Fate::Answered, Fate::RequestLost, Fate::RequestLost, Fate::RequestLost];
    let (mut line, unit) = bench(&lost);
    assert_eq!(kind(line.read_locked(vec![pp])), FaultKind::NoReply);
    assert_eq!(unit.lock().unwrap().registers.get(&unit::LOCK.address()), Some(&0));
    assert_eq!(line.read_locked(vec![pp, pp]).unwrap(), [0, 0]);
    unit.lock().unwrap().fates = [Fate::Answered; 3].into_iter().chain([Fate::Refused]).collect();
    assert!(matches!(kind(line.read_locked(vec![pp])), FaultKind::StillLocked { .. }));
}

#[test]
fn a_silent_unit_is_told_and_asked_once_only_from_then_on() {
    let (mut line, unit) = bench(&[Fate::RequestLost; 60]);
    let address = cell::VOLTAGE.at(SLOT).address();
    assert_eq!(kind(line.call(Request::Read(address))), FaultKind::NoReply);
    assert!(matches!(kind(line.call(Request::Read(address))), FaultKind::Silent { timeouts: 6 }));
    let before = unit.lock().unwrap().seen.len();
    assert!(matches!(kind(line.call(Request::Read(address))), FaultKind::Silent { .. }));
    assert_eq!(unit.lock().unwrap().seen.len(), before + 1);
    unit.lock().unwrap().fates.clear();
    line.call(Request::Read(address)).unwrap();
}

#[test]
fn a_unit_that_is_starting_up_is_waited_for() {
    let (mut line, unit) = bench(&[Fate::RequestLost, Fate::RequestLost, Fate::RequestLost]);
    unit.lock().unwrap().registers.insert(bootloader::ADDR.address(), REFUSED);
    assert_eq!(line.start().unwrap(), bootloader::Running::Application);
    unit.lock().unwrap().fates = [Fate::RequestLost; 99].into();
    assert!(matches!(kind(line.start()), FaultKind::Silent { .. }));
}

#[test]
fn a_reset_is_noticed_and_a_wrap_is_not() {
    let at = |seconds| Instant::ORIGIN + Duration::from_secs(seconds);
    let timer = SystemTimer::from_raw;
    let mut watch = ResetWatch::new();
    assert_eq!(watch.timer(at(0), timer(65500)), None);
    assert_eq!(watch.timer(at(10), timer(64)), None);
    assert_eq!(watch.timer(at(100), timer(960)), None);
    assert!(matches!(watch.timer(at(101), timer(3)), Some(ResetSign::TimerBehind { .. })));
    // Restarted, and already past the last reading.
    assert!(watch.timer(at(1000), timer(100)).is_some());
    assert_eq!(watch.settings(Settings::NONE), None);
    watch.settings_are(Settings::WATCHDOG_TIMER);
    assert!(watch.settings(Settings::NONE).is_some() && watch.settings(Settings::WATCHDOG_TIMER).is_none());
    assert_eq!(watch.serial(SerialNumber(5)), None);
    assert!(watch.serial(SerialNumber(6)).is_some() && watch.serial(SerialNumber(5)).is_none());
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Answered),
        1 => Just(Fate::RequestLost),
        1 => Just(Fate::ReplyLost),
        1 => Just(Fate::Torn),
        1 => Just(Fate::TornUnacknowledged),
        1 => Just(Fate::Refused),
        1 => (1u64..400).prop_map(Fate::Late),
    ]
}

proptest! {
    #[test]
    fn a_write_that_is_reported_done_is_done(fates in proptest::collection::vec(any_fate(), 0..30), steps in 0u16..576) {
        let (mut line, unit) = bench(&fates);
        if line.write(setpoint(), set(steps)).is_ok() {
            let held = unit.lock().unwrap().registers.get(&setpoint().address()).copied();
            // A register that was never written holds 0.
            prop_assert_eq!(held.unwrap_or_default(), steps);
        }
        prop_assert!(line.driver().is_idle());
    }

    #[test]
    fn every_request_is_answered_once(fates in proptest::collection::vec(any_fate(), 0..60), order in proptest::collection::vec(0u8..7, 1..12)) {
        let (mut line, _) = bench(&fates);
        let voltage = cell::VOLTAGE.at(SLOT).address();
        let mut open = Vec::new();
        for kind in order {
            open.push(match kind {
                0 => line.submit(Request::Read(voltage)),
                1 => line.submit(Request::ReadMany(vec![voltage, unit::VCC.address(), communications::PSU.address()])),
                2 => line.submit(Request::ReadCharge(SLOT)),
                3 => line.submit(Request::write(setpoint(), set(7))),
                4 => line.submit(Request::ReadLocked(vec![voltage])),
                5 => line.submit_urgent(Request::write(cell::MODE.at(SLOT), Mode::Stopped)),
                _ => line.submit(Request::Write(unit::WATCHDOG_TIMER.address(), 255)),
            });
        }
        let end = line.clock().now() + Duration::from_secs(120);
        while !line.driver().is_idle() {
            prop_assert!(line.clock().now() < end, "still under way: {:?}", line.driver());
            line.pump(end).unwrap();
            while let Some(output) = line.next_output() {
                if let Output::Reply { ticket, .. } = output {
                    let place = open.iter().position(|other| *other == ticket);
                    prop_assert!(place.is_some());
                    open.remove(place.unwrap());
                }
            }
        }
        while let Some(output) = line.next_output() {
            if let Output::Reply { ticket, .. } = output {
                open.retain(|other| *other != ticket);
            }
        }
        prop_assert!(open.is_empty());
    }

    #[test]
    fn any_bytes_at_any_time(chunks in proptest::collection::vec((any::<Vec<u8>>(), 0u64..300), 0..30)) {
        let mut driver = Driver::new(Config::default());
        let (mut now, mut bytes) = (Instant::ORIGIN, Vec::new());
        driver.start(now);
        for (chunk, millis) in chunks {
            driver.submit(now, Request::ReadCharge(SLOT));
            driver.submit_urgent(now, Request::write(setpoint(), set(3)));
            driver.transmit(now, &mut bytes);
            driver.receive(now, &chunk);
            // What was sent comes back: frames that match.
            driver.receive(now, &bytes);
            bytes.clear();
            now = now + Duration::from_millis(millis);
            driver.on_deadline(now);
            while driver.poll().is_some() {}
        }
        for _ in 0..10_000 {
            driver.transmit(now, &mut bytes);
            let Some(deadline) = driver.deadline() else { break };
            now = deadline;
            driver.on_deadline(now);
        }
        prop_assert!(driver.is_idle());
    }
}
