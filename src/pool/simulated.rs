//! Units that are simulated in this process, each under its own virtual clock.

use crate::clock::{Clock, VirtualClock};
use crate::driver::{Config, Line};
use crate::identity::SerialNumber;
use crate::simulator::Unit;
use crate::simulator::bench::Bench;
use crate::transport::{Plug, SimulatedPort, Transport};
use std::sync::{Arc, Mutex};

/// A simulated unit, and the line to it.
pub struct SimulatedUnit {
    /// Its serial number.
    pub serial: SerialNumber,
    /// The unit itself, for its books; not to be held while waiting.
    pub unit: Arc<Mutex<Unit>>,
    /// Its plug, for whoever pulls it, and for the [lookout](super::Lookout) that waits until it is back.
    pub plug: Plug,
    /// The line to it.
    pub line: Line,
}

/// Puts the units of a bench up; `wrap` may lay something between each unit and its driver.
pub fn simulate(
    bench: &Bench,
    mut wrap: impl FnMut(Box<dyn Transport>, &Arc<dyn Clock>) -> Box<dyn Transport>,
) -> Vec<SimulatedUnit> {
    let put_up = |spec| {
        let unit = Arc::new(Mutex::new(Unit::new(spec, bench.seed)));
        let virtual_clock = Arc::new(VirtualClock::default());
        let port = SimulatedPort::new(Arc::clone(&unit), Arc::clone(&virtual_clock));
        let plug = port.plug();
        let clock: Arc<dyn Clock> = virtual_clock;
        let transport = wrap(Box::new(port), &clock);
        SimulatedUnit {
            serial: spec.serial,
            unit,
            plug,
            line: Line::new(transport, clock, Config::default()),
        }
    };
    bench.units.iter().map(put_up).collect()
}
