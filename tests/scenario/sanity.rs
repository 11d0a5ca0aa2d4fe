//! Readings that cannot be: packets and replies that lie, sensors that stand still, cells that take more
//! than there can be room for.

use crate::rig::{Outcome, Rig, at, li_ion, slot};
use batlab_run::clock::{Clock, Instant};
use batlab_run::event::{EndReason, Event};
use batlab_run::simulator::SensorFault;
use batlab_run::transport::{Transport, TransportError, Wake, Waker};
use batlab_run::units::{Coulombs, Volts};
use batlab_run::verdict::Verdict;
use std::sync::Arc;

const ONE_FAILS: [Verdict; 4] = [Verdict::Pass, Verdict::Error, Verdict::Pass, Verdict::Pass];

/// A quarter of an hour of charge, a rest, and as much of discharge.
const STEPS: &str = r#"
[record]
every = "1 s"
[[step]]
name = "in"
charge = "C/2"
until = "voltage > 4.2 V"
at_most = "15 min"
[[step]]
rest = "1 min"
[[step]]
name = "out"
discharge = "C/2"
until = "voltage < 2.9 V"
at_most = "15 min"
"#;

fn steps() -> Rig {
    Rig::new(&li_ion(&STEPS.replace("[record]\nevery = \"1 s\"\n", "")), 5)
}

/// A line on which some of slot 1's values are other ones from a moment on.
struct Lying {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    from: Instant,
    /// Stream packets and replies to VOLTAGE that are changed yet.
    packets: u32,
    replies: u32,
    voltage: u16,
}

impl Lying {
    fn change(&mut self, bytes: &mut [u8]) {
        let raw = self.voltage.to_le_bytes();
        for start in 0..bytes.len() {
            match &mut bytes[start..] {
                [0xAF, 1, 0, _, _, _, _, _, _, _, _, low, high, ..] if self.packets > 0 => {
                    self.packets -= 1;
                    [*low, *high] = raw;
                }
                [0xAA, 1, 7, low, high, ..] if self.replies > 0 && self.packets == 0 => {
                    self.replies -= 1;
                    // No two lies are alike.
                    [*low, *high] = [raw[0], raw[1] ^ (self.replies as u8 + 1)];
                }
                _ => {}
            }
        }
    }
}

impl Transport for Lying {
    fn name(&self) -> &str {
        "lying"
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        let wake = self.inner.receive(until, into)?;
        if self.clock.now() >= self.from {
            self.change(&mut into[before..]);
        }
        Ok(wake)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

fn lying(seconds: u64, packets: u32, replies: u32, voltage: Volts) -> Outcome {
    let raw = (voltage.0 * 32768.0 / 4.5).round() as u16;
    steps()
        .over(move |inner, clock| {
            let from = at(seconds);
            Box::new(Lying { inner, clock: Arc::clone(clock), from, packets, replies, voltage: raw })
        })
        .run()
}

#[test]
fn a_lie_ends_nothing_and_is_no_data() {
    // In the charge: beyond the end condition, beyond the limit, and only far from what it was. In the
    // discharge likewise. One packet; a packet and the first answer when it is asked again.
    for (seconds, voltages) in [(300, [4.21, 4.4, 3.9]), (1200, [2.85, 2.5, 3.2])] {
        for voltage in voltages {
            for replies in [0, 1] {
                let outcome = lying(seconds, 1, replies, Volts(voltage));
                assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
                for (lied, honest) in outcome.steps(1).iter().zip(outcome.steps(0)) {
                    assert_eq!(lied.reason, honest.reason, "{voltage} V, {replies}");
                    let means = [lied, honest].map(|step| step.voltage_mean.map_or(0.0, |mean| mean.0));
                    assert!((means[0] - means[1]).abs() < 0.05, "{lied:?}");
                }
                let near =
                    |row: &&batlab_run::event::Sample| (row.voltage - Volts(voltage)).abs() < Volts(0.002);
                assert_eq!(outcome.rows(1).into_iter().filter(near).count(), 0, "{voltage} V");
            }
        }
    }
}

#[test]
fn a_lie_does_not_pass_a_step_over() {
    // The reading with which the discharge begins: 2.7 V would be the end of it already.
    for seconds in [960, 961] {
        for replies in [1, 2] {
            let outcome = lying(seconds, 0, replies, Volts(2.7));
            assert_eq!(outcome.steps(1).len(), 3);
            assert_eq!(outcome.steps(1)[2].reason, EndReason::TimeCap, "{}", outcome.condensed());
        }
    }
}

#[test]
fn packets_that_only_lie_are_never_believed() {
    let outcome = lying(300, u32::MAX, 0, Volts(3.0));
    // The answers agree among themselves.
    assert_eq!(outcome.verdicts(), [Verdict::Pass; 4], "{}", outcome.condensed());
    let rows = outcome.rows(1);
    assert!(rows.iter().all(|row| row.voltage > Volts(3.3)), "{:?}", rows.len());
}

/// When a slot's cell ended, in seconds.
fn ended(outcome: &Outcome, number: u8) -> f64 {
    outcome.facts(number).iter().find(|(_, event)| matches!(event, Event::CellEnded { .. })).unwrap().0
}

#[test]
fn a_sensor_that_stands_still_is_a_fault_of_its_cell() {
    for (fault, name, within) in [
        (SensorFault::VoltageStuck, "VOLTAGE is frozen", 160.0),
        (SensorFault::CurrentStuck, "CURRENT is frozen", 310.0),
        (SensorFault::TemperatureStuck, "TEMPERATURE is frozen", 670.0),
    ] {
        for from in [60, 915, 1000] {
            let outcome = steps().act(from, move |unit| unit.break_sensor(slot(1), fault)).run();
            assert_eq!(outcome.verdicts(), ONE_FAILS, "{fault:?} {from}: {}", outcome.condensed());
            let why = outcome.why(1);
            // A CURRENT that stands still in a rest stands at 0.
            let seen = why.contains(name) || from == 915 && why.contains("only 0.000 A flows");
            assert!(seen, "{why}");
            // In the rest, no current tells it; the discharge begins at 960 s.
            let took = ended(&outcome, 1) - (if from == 915 { 961.0 } else { from as f64 });
            assert!(took < within, "{fault:?} from {from} s: {took} s");
            assert!([0, 2, 3].iter().all(|number| outcome.steps(*number).len() == 3));
        }
    }
}

#[test]
fn a_stuck_voltage_costs_at_most_two_per_cent_of_charge() {
    // Shortly below the end of charge, where it is dangerous: the unit's own limit sees what is stuck.
    let plan = li_ion(
        "[[step]]\ncharge = \"1C\"\nhold = \"4.2 V\"\nuntil = \"current < C/20\"\nat_most = \"3 h\"\n",
    );
    for seconds in [1200, 1800, 2300] {
        let charged: Arc<std::sync::Mutex<Coulombs>> = Arc::default();
        let seen = Arc::clone(&charged);
        let outcome = Rig::new(&plan, 5)
            .act(seconds, move |unit| {
                unit.break_sensor(slot(1), SensorFault::VoltageStuck);
                *seen.lock().unwrap() = unit.books(slot(1)).unwrap().charged;
            })
            .run();
        assert_eq!(outcome.verdicts(), ONE_FAILS, "{seconds}: {}", outcome.condensed());
        let more = outcome.books(1).charged - *charged.lock().unwrap();
        // 2 % of 2.5 Ah, a reading, and what the current is off by.
        assert!(more < Coulombs(9000.0 * 0.02 * 1.03 + 5.0), "{} C after {seconds} s", more.0);
    }
}

#[test]
fn a_charge_that_puts_in_twice_the_capacity_is_a_fault() {
    // A cell of three times the capacity that the recipe names.
    let plan = li_ion("[[step]]\ncharge = \"1C\"\nuntil = \"voltage > 4.2 V\"\nat_most = \"4 h\"\n");
    let outcome = Rig::new(&plan, 5)
        .bench(|bench| {
            for lying in &mut bench.units[0].slots[1..2] {
                if let batlab_run::simulator::bench::SlotSpec::Cell(spec) = lying {
                    spec.capacity = Coulombs(27_000.0);
                    spec.state_of_charge = 0.05;
                }
            }
        })
        .run();
    assert_eq!(outcome.verdicts(), ONE_FAILS, "{}", outcome.condensed());
    assert!(outcome.why(1).contains("more than 2 times the nominal 2.5000 Ah"), "{}", outcome.why(1));
    assert!((outcome.books(1).charged.0 - 18_000.0).abs() < 100.0);
}
