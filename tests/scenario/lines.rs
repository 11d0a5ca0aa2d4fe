//! Lines on which bytes go wrong.

use crate::rig::{Outcome, Rig, at, li_ion};
use batlab_run::clock::{Clock, Instant};
use batlab_run::event::{Event, StepResult};
use batlab_run::transport::faulty::Faults;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use batlab_run::verdict::{Exit, Verdict};
use std::sync::Arc;
use std::time::Duration;

const CAPACITY: &str = r#"
[[step]]
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "5 h"
[[step]]
rest = "10 min"
[[step]]
discharge = "C/2"
until = "voltage < 2.8 V"
at_most = "4 h"
[[step]]
impedance = "1 kHz"
"#;

/// How far the charge of both directions is from the books, the worst of all cells.
pub fn worst(outcome: &Outcome) -> f64 {
    let mut worst = 0.0_f64;
    for number in 0..4 {
        let (steps, drives) = (outcome.steps(number), outcome.drives(number));
        let sum = |charge: fn(&batlab_run::event::Totals) -> f64| {
            steps.iter().map(|s| charge(&s.passed)).sum::<f64>()
        };
        let truth = |mode: u16| drives.iter().filter(move |d| d.mode == mode).map(|d| d.books);
        let charged: f64 = truth(3).map(|books| books.charged.0).sum();
        let discharged: f64 = truth(4).chain(truth(5)).map(|books| books.discharged.0).sum();
        worst = worst.max((sum(|t| t.charge_in.0) / charged - 1.0).abs());
        worst = worst.max((sum(|t| t.charge_out.0) / discharged - 1.0).abs());
    }
    worst
}

/// The kinds of end of every step: what must not depend on the line.
fn ends(outcome: &Outcome) -> Vec<String> {
    (0..4)
        .flat_map(|n| outcome.steps(n))
        .map(|step| format!("{} {}", step.kind, step.reason.code()))
        .collect()
}

fn count(outcome: &Outcome, want: fn(&Event) -> bool) -> usize {
    let facts = (0..4).flat_map(|n| outcome.facts(n)).chain(outcome.unit_facts());
    facts.filter(|(_, event)| want(event)).count()
}

#[test]
fn a_capacity_test_comes_through_a_bad_line() {
    let none = Faults::NONE;
    let lines = [
        ("clean", none),
        ("1e-5 of bytes lost", Faults { drop: 1e-5, ..none }),
        ("1e-4 of bytes lost", Faults { drop: 1e-4, ..none }),
        ("1e-4 of bytes doubled", Faults { double: 1e-4, ..none }),
        ("1e-6 of bytes flipped", Faults { flip: 1e-6, ..none }),
        ("1e-5 of bytes flipped", Faults { flip: 1e-5, ..none }),
        ("stray bytes before 1e-2 of chunks", Faults { stray: 1e-2, ..none }),
        ("stray bytes before 1e-3 of chunks", Faults { stray: 1e-3, ..none }),
        ("1 % of chunks 30 ms late", Faults { delay: 0.01, delay_by: Duration::from_millis(30), ..none }),
        (
            "0.1 % of chunks 150 ms late",
            Faults { delay: 0.001, delay_by: Duration::from_millis(150), ..none },
        ),
        (
            "a silence of 0.3 s in 1e-4 of chunks",
            Faults { silence: 1e-4, silence_for: Duration::from_millis(300), ..none },
        ),
    ];
    let plan = li_ion(CAPACITY);
    let clean = ends(&Rig::new(&plan, 2).run());
    for (what, faults) in lines {
        let outcome = Rig::new(&plan, 2).faults(faults).run();
        let error = worst(&outcome);
        let notices = count(&outcome, |event| matches!(event, Event::Notice { .. }));
        println!("| {what} | {:.3} % | {notices} |", error * 100.0);
        assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{what}: {}", outcome.condensed());
        assert_eq!(ends(&outcome), clean, "{what}");
        assert_eq!(outcome.end.exit, Exit::Passed, "{what}");
        assert!(error < 0.005, "{what}: {error}");
        assert_eq!(
            count(&outcome, |e| matches!(e, Event::Fault { .. } | Event::NotMadeSafe { .. })),
            0,
            "{what}"
        );
    }
}

#[test]
fn a_hopeless_line_ends_safely_and_is_no_result() {
    let none = Faults::NONE;
    let lines = [
        ("lost", Faults { drop: 0.01, ..none }),
        ("doubled", Faults { double: 0.01, ..none }),
        ("flipped", Faults { flip: 0.003, ..none }),
        ("silent", Faults { silence: 0.01, silence_for: Duration::from_secs(2), ..none }),
    ];
    for (what, faults) in lines {
        let (plan, mut seen) = (li_ion(CAPACITY), 0);
        let outcome = Rig::new(&plan, 2).act(0, |_| ()).faults_from(300, faults).run();
        for number in 0..4 {
            let verdict = outcome.verdict(number);
            // A step that was interrupted was gone on with, or is the last.
            let steps = outcome.steps(number);
            let gone_on_with =
                |step: &&StepResult| step.reason.goes_on() || step.reason.code() == "interrupted";
            let through =
                steps.iter().all(gone_on_with) && steps.last().is_some_and(|step| step.reason.goes_on());
            assert_eq!(verdict == Verdict::Pass, through, "{what}: {}", outcome.condensed());
            seen += usize::from(verdict == Verdict::Error);
            let mode = outcome.register(number, 0);
            let told = outcome.end.exit == Exit::Fault;
            assert!(mode == 2 || told, "{what}: slot {number} is left in mode {mode}, and nobody says so");
        }
        println!("hopeless ({what}): {seen} of 4 end in an error, exit {}", outcome.end.exit.code());
        assert!(seen > 0, "{what}: not hopeless");
    }
}

#[test]
fn interrupts_that_lose_bytes_inside_the_unit_do_no_harm() {
    let plan = li_ion(CAPACITY);
    let before = Rig::new(&plan, 2).act(0, |_| ()).run();
    let outcome = Rig::new(&plan, 2).act(0, |unit| unit.set_interrupts_lose_bytes(true)).run();
    for namespace in 0..4 {
        for address in 0x14..0x1F {
            let (is, was) = (outcome.register(namespace, address), before.register(namespace, address));
            assert_eq!(is, was, "calibration register {address:#x} of slot {namespace}");
        }
    }
    let error = worst(&outcome);
    println!("| interrupts lose bytes on the inner line | {:.3} % | |", error * 100.0);
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    assert!(error < 0.005, "{error}");
}

#[test]
fn a_silent_unit_is_given_up_and_its_own_watchdog_stops_it() {
    // From 600 s on nothing passes either way any more.
    let outcome = Rig::new(&li_ion(CAPACITY), 2)
        .over(|inner, clock| Box::new(Cut::new(inner, clock, None)))
        .patience(Duration::ZERO)
        .run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert_eq!(outcome.end.exit, Exit::Fault);
    assert_eq!(count(&outcome, |event| matches!(event, Event::NotMadeSafe { .. })), 4);
    let ended = outcome.facts(0).last().unwrap().0;
    assert!(ended < 630.0, "given up at {ended} s");
    let mut unit = crate::rig::lock(outcome.unit());
    assert_eq!(unit.register(0, 0), Some(3), "still charging when the host has given up");
    assert_eq!(unit.register(4, 6).unwrap() & 4, 4, "the watchdog is still on");
    unit.advance_to(at(635));
    for number in 0..4 {
        assert_eq!(unit.register(number, 0), Some(6), "slot {number}");
    }
}

#[test]
fn garbage_alone_is_a_lost_unit() {
    let garbage = [0xAF, 0x02, 0x00, 0x31, 0xAA, 0xAA, 0x55, 0xFF, 0x00, 0xAF, 0xAF];
    let over = move |inner, clock: &Arc<dyn Clock>| -> Box<dyn Transport> {
        Box::new(Cut::new(inner, clock, Some(garbage.to_vec())))
    };
    let outcome = Rig::new(&li_ion(CAPACITY), 2).over(over).run();
    assert_eq!(outcome.verdicts(), [Verdict::Error; 4], "{}", outcome.condensed());
    assert_eq!(outcome.end.exit, Exit::Fault);
    assert!(outcome.facts(0).last().unwrap().0 < 660.0);
    let late = outcome.rows(0).into_iter().filter(|row| row.at > at(602)).count();
    assert_eq!(late, 0, "garbage became a sample");
}

/// From 600 s on, a line that takes nothing and gives nothing, or garbage.
struct Cut {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    garbage: Option<Vec<u8>>,
    next: Instant,
}

impl Cut {
    fn new(inner: Box<dyn Transport>, clock: &Arc<dyn Clock>, garbage: Option<Vec<u8>>) -> Self {
        Self { inner, clock: Arc::clone(clock), garbage, next: at(600) }
    }
}

impl Transport for Cut {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        if self.clock.now() < at(600) { self.inner.send(bytes) } else { Ok(()) }
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        if self.clock.now() < at(600) {
            return self.inner.receive(until.min(at(600)), into);
        }
        let mut lost = Vec::new();
        let until = if self.garbage.is_some() { until.min(self.next) } else { until };
        while self.clock.now() < until {
            self.inner.receive(until, &mut lost)?;
        }
        match &self.garbage {
            Some(garbage) if self.clock.now() >= self.next => {
                into.extend(garbage);
                self.next = self.next.max(self.clock.now()) + Duration::from_millis(7);
                Ok(Wake::Bytes)
            }
            _ => Ok(Wake::Deadline),
        }
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

/// From a moment on, replies about the charge sum of a slot always tell the same.
pub struct Frozen {
    slot: u8,
    from: Instant,
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    held: [Option<[u8; 2]>; 2],
}

impl Frozen {
    pub fn of(slot: u8, from: Instant, inner: Box<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { slot, from, inner, clock, held: [None; 2] }
    }
}

impl Transport for Frozen {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        let wake = self.inner.receive(until, into)?;
        if self.clock.now() >= self.from {
            for frame in into[before..].chunks_exact_mut(5) {
                if let [0xAA, slot, address @ (8 | 9), low, high] = frame
                    && *slot == self.slot
                {
                    let held = self.held[usize::from(*address - 8)].get_or_insert([*low, *high]);
                    [*low, *high] = *held;
                }
            }
        }
        Ok(wake)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

#[test]
fn the_watchdog_is_kicked_as_long_as_it_is_earned() {
    let over = |inner, clock: &Arc<dyn Clock>| -> Box<dyn Transport> {
        Box::new(Frozen::of(2, at(600), inner, Arc::clone(clock)))
    };
    let outcome = Rig::new(&li_ion(CAPACITY), 2).over(over).run();
    assert_eq!(outcome.verdict(2), Verdict::Error, "{}", outcome.condensed());
    assert!(outcome.why(2).contains("has not moved"), "{}", outcome.why(2));
    assert_eq!([0, 1, 3].map(|number| outcome.verdict(number)), [Verdict::Pass; 3]);
    let failed = outcome.facts(2).iter().find(|(_, e)| matches!(e, Event::CellEnded { .. })).unwrap().0;
    assert!((605.0..608.0).contains(&failed), "{failed}");
    let kicks = outcome.log().kicks();
    let unearned = kicks.iter().filter(|at| (604.0..failed).contains(at)).count();
    assert_eq!(unearned, 0, "kicked while a slot was stuck: {kicks:?}");
    let apart = kicks.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    println!("{} kicks, at most {apart:.1} s apart", kicks.len());
    assert!(apart < 12.0, "a healthy slot does not starve: {apart} s");
}

#[test]
fn a_charge_counter_that_jumps_is_told_and_bridged() {
    // Somebody clears the counter of slot 1 in the middle of the charge and of the discharge.
    let clear = |unit: &mut batlab_run::simulator::Unit| {
        let now = batlab_run::clock::Instant::ORIGIN;
        unit.receive(now, &[0xAA, 1, 0x88, 0, 0]);
    };
    let outcome = Rig::new(&li_ion(CAPACITY), 2).act(1800, clear).act(9000, clear).run();
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let jumps = outcome.facts(1).into_iter().filter(|(_, event)| match event {
        Event::ChargeGap { at_most, counted, .. } => {
            assert!(counted.0 > 0.0 && counted <= at_most, "{event:?}");
            true
        }
        _ => false,
    });
    assert_eq!(jumps.count(), 2);
    let error = worst(&outcome);
    println!("| the counter cleared twice | {:.3} % | 2 |", error * 100.0);
    assert!(error < 0.005, "{error}");
}
