//! A program under whatever readings, times, trips and wishes may come.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod interrupted;

use batlab_run::clock::Instant;
use batlab_run::diagnostic::Source;
use batlab_run::event::Event;
use batlab_run::event::{ImpedancePoint, Totals};
use batlab_run::plan::{self, Direction, Plan};
use batlab_run::program::{Activity, Command, Gap, Output, Program, Reading, Trip};
use batlab_run::units::{Amperes, Celsius, Coulombs, Hertz, Ohms, Volts};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

const RECIPE: &str = r#"
[recipe]
name = "all-kinds"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[limits]
voltage = ["2.8 V", "4.25 V"]
current = "4 A"
[record]
every = "1 s"
on_change = { voltage = "5 mV" }
impedance_every = "2 min"
[[step]]
charge = "C/2"
hold = "4.2 V"
until = ["current < C/20", "charge > 0.2 Ah"]
at_most = "10 min"
[[step]]
rest = "1 min"
[[step]]
impedance = ["1 kHz", "39.0625 Hz"]
[[step]]
repeat = 2
[[step.step]]
discharge = "1 A"
until = "voltage < 3 V"
at_most = "1 min"
[[step.step]]
charge = "0.5 A"
until = "voltage > 4.1 V"
at_most = "1 min"
[[step]]
hold = "3.7 V"
current = "1 A"
until = ["current < 50 mA", { when = "rate(voltage) > 1 V/s", then = "fail" }]
at_most = "2 min"
[[step]]
name = "again"
pulse = { discharge = "1 A", low = "0.25 A", on = "3 s", off = "4 s", count = 3 }
until = "voltage < 2.9 V"
[[step]]
group = "of power"
[[step.step]]
discharge = "3 W"
until = { when = "voltage < 2.9 V", then = "goto end" }
at_most = "30 s"
[[step.step]]
discharge = "4 ohm"
until = "voltage < 2.9 V"
at_most = { time = "30 s", then = "next" }
record = { every = "5 s" }
[[step]]
resistance = { discharge = "1.25 A", after = ["1 s", "5 s"], from = "0.25 A", lead = "5 s" }
[[step]]
goto = "again"
times = 1
[[step]]
wait = "supply"
at_most = { time = "30 s", then = "next" }
[[step]]
name = "end"
rest = "10 s"
"#;

/// The largest current that the recipe asks for.
const LARGEST: f64 = 1.25;

/// Something that happens to a program.
#[derive(Clone, Debug)]
enum Happening {
    Reading { activity: u8, voltage: f64, current: f64, temperature: f64, passed: f64 },
    Obedient { voltage: f64, share: f64 },
    Time,
    Switched,
    Impedance(f64),
    Supply(bool),
    Trip { low: bool, high: bool },
    Stop,
    Fail,
    Interrupt(f64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (0..4_u8, 0.0..6.0, 0.0..5.0, -60.0..200.0, 0.0..10.0).prop_map(
            |(activity, voltage, current, temperature, passed)| Happening::Reading {
                activity, voltage, current, temperature, passed,
            },
        ),
        60 => (2.7..4.26, 0.0..1.3).prop_map(|(voltage, share)| Happening::Obedient { voltage, share }),
        8 => Just(Happening::Time),
        8 => Just(Happening::Switched),
        4 => (0.0..1.0).prop_map(Happening::Impedance),
        2 => any::<bool>().prop_map(Happening::Supply),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(low, high)| Happening::Trip { low, high }),
        1 => Just(Happening::Stop),
        1 => Just(Happening::Fail),
        2 => (0.0..100.0).prop_map(Happening::Interrupt),
    ]
}

fn recipe() -> Arc<Plan> {
    Arc::new(plan::check(&Source::new("test.toml", RECIPE)).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// Grows only.
fn grows(before: &Totals, now: &Totals) -> bool {
    now.charge_in >= before.charge_in
        && now.charge_out >= before.charge_out
        && now.energy_in >= before.energy_in
        && now.energy_out >= before.energy_out
}

fn within<T: PartialOrd>(low: T, value: T, high: T) -> bool {
    low <= value && value <= high
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_happens_breaks_its_rules(
        happenings in prop::collection::vec((happening(), 0..90_000_u64), 1..300)
    ) {
        let mut program = Program::new(recipe());
        let (mut now, mut since) = (Instant::ORIGIN, Instant::ORIGIN);
        let (mut ends, mut begun, mut ended) = (0, 0, 0);
        let (mut at, mut total) = (Instant::ORIGIN, Totals::default());
        for (happening, millis) in happenings {
            now = now + Duration::from_millis(millis);
            match happening {
                Happening::Reading { activity, voltage, current, temperature, passed } => {
                    let activity = [
                        Activity::Settled,
                        Activity::Driving(Direction::Charge),
                        Activity::Driving(Direction::Discharge),
                        Activity::Sine,
                    ][usize::from(activity)];
                    let reading = Reading {
                        at: now,
                        heard: now,
                        activity,
                        since,
                        steady: true,
                        voltage: Volts(voltage),
                        current: Amperes(current),
                        temperature: Celsius(temperature),
                        passed: Coulombs(passed),
                    };
                    let _ = program.doubts(&reading);
                    let asked = program.doubtful(&reading);
                    prop_assert!(
                        !program.ends_by(&reading) || asked.voltage || asked.current || asked.temperature,
                        "an end without a second witness"
                    );
                    program.on_reading(&reading);
                }
                Happening::Obedient { voltage, share } => {
                    let (activity, current) = match program.command() {
                        Command::Idle | Command::Finished => (Activity::Settled, 0.0),
                        Command::Drive(direction, current) => (Activity::Driving(direction), current.0 * share),
                        Command::Impedance(_) => (Activity::Sine, 0.7),
                    };
                    let passed = Coulombs(current * 0.6);
                    let reading = Reading {
                        at: now,
                        heard: now,
                        activity,
                        since,
                        steady: true,
                        voltage: Volts(voltage),
                        current: Amperes(current),
                        temperature: Celsius(25.0),
                        passed,
                    };
                    let _ = program.doubts(&reading);
                    program.on_reading(&reading);
                }
                Happening::Time => program.on_time(now),
                Happening::Switched => {
                    since = now;
                    program.on_switched(now);
                }
                Happening::Impedance(ohms) => {
                    let point = ImpedancePoint { frequency: Hertz(1015.625), magnitude: Ohms(ohms), averages: 4 };
                    program.on_impedance(point, now);
                }
                Happening::Supply(present) => {
                    let wanted = program.wants_supply();
                    program.on_supply(present, now);
                    prop_assert!(!(wanted && present && program.wants_supply()), "it has come");
                }
                Happening::Trip { low, high } => {
                    let trip = Trip { only_voltage_low: low, only_voltage_high: high, text: "a trip".into() };
                    program.on_trip(&trip, now);
                    prop_assert!(matches!(program.command(), Command::Idle | Command::Finished), "after a trip");
                }
                Happening::Stop => {
                    program.stop(now);
                    prop_assert!(matches!(program.command(), Command::Idle | Command::Finished), "after a stop");
                }
                Happening::Fail => {
                    program.fail("a fault");
                    prop_assert_eq!(program.command(), Command::Finished);
                }
                Happening::Interrupt(charge) => {
                    let waits = program.may_wait();
                    let gap = Gap { charge_in: Coulombs(charge), charge_out: Coulombs(0.0) };
                    program.interrupt("a reset", gap);
                    let idle = matches!(program.command(), Command::Idle | Command::Finished);
                    prop_assert!(idle || waits, "after an interruption");
                }
            }
            if let Command::Drive(_, current) = program.command() {
                prop_assert!((0.0..=LARGEST * 1.1 + 1e-9).contains(&current.0), "{current:?}");
            }
            while let Some(output) = program.next_output() {
                match output {
                    Output::Row(sample) => {
                        prop_assert!(sample.at >= at, "rows in order");
                        prop_assert!(grows(&total, &sample.total));
                        prop_assert!(ends == 0, "a row after the end");
                        (at, total) = (sample.at, sample.total);
                    }
                    Output::Fact(Event::StepStarted { .. }) => begun += 1,
                    Output::Fact(Event::StepEnded { result, .. }) => {
                        ended += 1;
                        let voltage = result.voltage_min.map(|_| result.voltage_end);
                        prop_assert!(within(result.voltage_min, voltage, result.voltage_max), "{result:?}");
                        let (low, high) = (result.current_min, result.current_max);
                        prop_assert!(within(low, result.current_start, high), "{result:?}");
                        prop_assert!(within(low, result.current_end, high), "{result:?}");
                        let (low, high) = (Some(result.temperature_min), Some(result.temperature_max));
                        prop_assert!(within(low, result.temperature_start, high), "{result:?}");
                        prop_assert!(within(low, result.temperature_end, high), "{result:?}");
                        prop_assert!(result.kind == "impedance" || result.impedance.len() <= 1, "{result:?}");
                        let open = result.open_circuit.map(|open| open.voltage.0 + open.drift.0);
                        prop_assert!(open.is_none_or(f64::is_finite), "{result:?}");
                    }
                    Output::Fact(Event::CellEnded { .. }) => ends += 1,
                    Output::Fact(_) => {}
                }
                prop_assert!(ended <= begun && begun <= ended + 1, "one step at a time");
            }
            prop_assert!(ends <= 1);
            prop_assert_eq!(program.command() == Command::Finished, ends == 1);
        }
        program.fail("the end");
        prop_assert_eq!(program.command(), Command::Finished);
    }

    /// Whatever a cell does that obeys, the test ends within the sum of its steps' bounds.
    #[test]
    fn an_obedient_cell_comes_to_an_end(voltages in prop::collection::vec(2.9..4.19, 50), share in 0.6..1.1) {
        let mut program = Program::new(recipe());
        let mut now = Instant::ORIGIN;
        let (mut since, mut applied) = (now, Command::Idle);
        for round in 0..4000 {
            now = now + Duration::from_millis(600);
            program.on_time(now);
            let command = program.command();
            if command == Command::Finished {
                break;
            }
            if std::mem::discriminant(&command) != std::mem::discriminant(&applied) {
                since = now;
                program.on_switched(now);
            }
            applied = command;
            let (activity, current) = match command {
                Command::Drive(direction, current) => (Activity::Driving(direction), current.0 * share),
                Command::Impedance(frequency) => {
                    program.on_impedance(ImpedancePoint { frequency, magnitude: Ohms(0.03), averages: 4 }, now);
                    continue;
                }
                Command::Idle | Command::Finished => (Activity::Settled, 0.0),
            };
            program.on_reading(&Reading {
                at: now,
                heard: now,
                activity,
                since,
                steady: true,
                voltage: Volts(voltages[round % voltages.len()]),
                current: Amperes(current),
                temperature: Celsius(25.0),
                passed: Coulombs(current * 0.6),
            });
        }
        prop_assert_eq!(program.command(), Command::Finished);
    }
}
