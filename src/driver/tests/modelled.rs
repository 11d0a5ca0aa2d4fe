//! The driver on a modelled line, in virtual time: how much of the line it uses, that it asks for no more than the
//! unit's buffers take, and what is ahead of a stop.

use crate::clock::{Instant, VirtualClock};
use crate::driver::{Answer, Config, Fault, Line, Output, Request};
use crate::identity::Slot;
use crate::plan::Chemistry;
use crate::simulator::Unit;
use crate::simulator::bench::{Bench, LineKind};
use crate::transport::SimulatedPort;
use crate::units::{Coulombs, Volts};
use crate::wire::{Address, Mode, Setpoint, VoltageLimit, cell};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Passes of the main loop in a second, each of which takes a command: idle, and with four active cells.
const PASSES: [f64; 2] = [1e6 / 700.0, 1e6 / 860.0];

struct Rig {
    line: Line,
    unit: Arc<Mutex<Unit>>,
}

impl Rig {
    /// A unit whose four cells are active, or idle.
    fn new(config: Config, active: bool) -> Self {
        let mut bench = Bench::matching(Chemistry::LiIon, Coulombs::from_ampere_hours(5.0), 1);
        bench.units[0].line = LineKind::Modelled;
        let clock = Arc::new(VirtualClock::default());
        let unit = Arc::new(Mutex::new(Unit::new(&bench.units[0], bench.seed)));
        let port = SimulatedPort::new(Arc::clone(&unit), Arc::clone(&clock));
        let mut line = Line::new(Box::new(port), clock, config);
        line.start().unwrap();
        for slot in Slot::ALL {
            line.write(cell::CURRENT_SETPOINT.at(slot), Setpoint::steps(16).unwrap()).unwrap();
            line.write(cell::MODE.at(slot), if active { Mode::Discharge } else { Mode::Idle }).unwrap();
        }
        Self { line, unit }
    }

    fn now(&self) -> Instant {
        self.line.clock().now()
    }

    fn overruns(&self) -> u64 {
        self.unit.lock().unwrap().overruns()
    }

    /// Lets outputs come until a moment; `then` gets those that end a request.
    fn go_on(&mut self, until: Instant, mut then: impl FnMut(&mut Line, Result<Answer, Fault>)) {
        while self.now() < until {
            self.line.pump(until).unwrap();
            while let Some(output) = self.line.next_output() {
                if let Output::Reply { result, .. } = output {
                    then(&mut self.line, result);
                }
            }
        }
    }

    /// Reads a second where the next are always asked for already, over so many seconds.
    fn reads_a_second(&mut self, seconds: u64) -> f64 {
        let begin = self.now();
        let mut read = 0;
        self.line.submit(Request::ReadMany(twelve_of_each()));
        self.line.submit(Request::ReadMany(twelve_of_each()));
        self.go_on(begin + Duration::from_secs(seconds), |line, result| {
            read += result.map_or(0, |_| twelve_of_each().len());
            line.submit(Request::ReadMany(twelve_of_each()));
        });
        read as f64 / (self.now() - begin).as_secs_f64()
    }
}

/// Twelve registers of each cell.
fn twelve_of_each() -> Vec<Address> {
    let of = |slot| {
        let (high, low) = (cell::VOLTAGE_LIMIT_CHG.at(slot), cell::VOLTAGE_LIMIT_DCHG.at(slot));
        let fixed = [high.address(), low.address(), cell::TEMP_CALIB_R.at(slot).address()];
        let moving = [
            cell::MODE.at(slot).address(),
            cell::VOLTAGE.at(slot).address(),
            cell::CURRENT.at(slot).address(),
        ];
        [fixed, moving, fixed, moving].concat()
    };
    Slot::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn reads_take_nine_tenths_of_what_the_line_gives() {
    for (active, passes) in [false, true].into_iter().zip(PASSES) {
        let config = Config::default();
        let mut rig = Rig::new(config, active);
        let reads = rig.reads_a_second(10);
        // Each answer to the LED packet of an active cell takes its pass: four go round with those in flight.
        let leds = if active { 4.0 } else { 0.0 };
        let limit = passes * config.in_flight as f64 / (config.in_flight as f64 + leds);
        assert!(reads > 0.9 * limit, "active {active}: {reads:.0} reads/s of {limit:.0}");
        assert_eq!(rig.overruns(), 0);
    }
}

#[test]
fn the_line_has_room_for_what_is_in_flight_by_default_and_not_for_twelve() {
    let twelve = Config { in_flight: Config::MOST_IN_FLIGHT, ..Config::default() };
    let mut rig = Rig::new(twelve, true);
    rig.reads_a_second(10);
    assert!(rig.overruns() > 0, "twelve, with the answers to four LED packets");
}

#[test]
fn what_is_ahead_of_a_stop_is_what_was_in_flight() {
    for active in [false, true] {
        let mut rig = Rig::new(Config::default(), active);
        for _ in 0..20 {
            rig.line.submit(Request::ReadMany(twelve_of_each()));
        }
        let soon = rig.now() + Duration::from_millis(30);
        rig.go_on(soon, |_, _| ());
        let asked = rig.now();
        rig.line.call_urgent(Request::write(cell::MODE.at(Slot::ALL[0]), Mode::Stopped)).unwrap();
        let took = rig.now() - asked;
        // Those in flight, the write and its reading back, each with its own way there and back.
        assert!(took < Duration::from_millis(if active { 25 } else { 15 }), "active {active}: {took:?}");
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    let slot = (0usize..4).prop_map(|slot| Slot::ALL[slot]);
    prop_oneof![
        4 => (0usize..48).prop_map(|count| Request::ReadMany(twelve_of_each().split_off(count))),
        2 => slot.clone().prop_map(Request::ReadCharge),
        1 => slot.clone().prop_map(|slot| Request::write(cell::MODE.at(slot), Mode::Discharge)),
        1 => slot.clone().prop_map(|slot| Request::write(cell::MODE.at(slot), Mode::Idle)),
        1 => slot.clone().prop_map(|slot| Request::ReadLocked(vec![cell::CURRENT_PP.at(slot).address()])),
        1 => slot.prop_map(|slot| Request::write(cell::VOLTAGE_LIMIT_CHG.at(slot), VoltageLimit::upper(Volts(4.2)).unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked, in whatever order and hurry, and whatever the interrupts lose: no buffer is overrun, and
    /// every request is answered.
    #[test]
    fn nothing_overruns_the_buffers(
        requests in prop::collection::vec((any_request(), any::<bool>(), 0u64..40), 1..40),
    ) {
        let mut rig = Rig::new(Config::default(), true);
        let mut waiting = 0;
        for (request, urgent, pause) in requests {
            if urgent { rig.line.submit_urgent(request) } else { rig.line.submit(request) };
            waiting += 1;
            let until = rig.now() + Duration::from_millis(pause);
            rig.go_on(until, |_, _| waiting -= 1);
        }
        let end = rig.now() + Duration::from_secs(20);
        rig.go_on(end, |_, _| waiting -= 1);
        prop_assert_eq!((waiting, rig.overruns()), (0, 0));
    }
}
