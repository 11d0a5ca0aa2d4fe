//! Which readings need a second witness, and which of them end a step.

use super::reading::{Activity, Reading};
use super::running::Known;
use super::{Phase, Program, Underway};
use crate::units::{Amperes, Celsius, Volts};

/// A reading that is so far from the one before it is doubted: some rotations' worth of what a cell
/// does by itself under a steady current.
const JUMP: (Volts, Amperes, Celsius) = (Volts(0.02), Amperes(0.05), Celsius(1.0));

/// Which values of a reading that ends a step need a second witness. The fewer are asked for, the sooner the current is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubtful {
    /// The voltage.
    pub voltage: bool,
    /// The current.
    pub current: bool,
    /// The temperature.
    pub temperature: bool,
}

impl Program {
    /// Whether so much hangs on this reading, or it differs so much from the one before, that one
    /// damaged packet must not be its only witness: the slot is to be asked before it is told.
    pub fn doubts(&self, reading: &Reading) -> bool {
        let underway = match &self.phase {
            Phase::Running(underway) => underway,
            // With this reading a step ends and the next one begins, or is found to have nothing to do.
            Phase::Between | Phase::Ending(..) => return reading.activity == Activity::Settled,
            Phase::Done => return false,
        };
        let Underway { running, last, .. } = &**underway;
        // The first reading under another current has nothing to be held against.
        let jumped = last.activity != reading.activity
            || (reading.voltage - last.voltage).abs() > JUMP.0
            || (reading.current - last.current).abs() > JUMP.1
            || (reading.temperature - last.temperature).abs() > JUMP.2;
        jumped || running.is_grave(reading, &self.known(underway))
    }

    /// Whether the values of this reading, once they are confirmed, end the step: by a condition on them, or by a limit that
    /// the reading before was beyond as well. What passed up to this reading need not be known.
    pub fn ends_by(&self, reading: &Reading) -> bool {
        let Phase::Running(underway) = &self.phase else { return false };
        underway.running.ends_by(reading, &self.known(underway))
    }

    /// Which values of a reading that ends the step need a second witness: those its end hangs on, and those that are not as they
    /// were in the reading before, which is a witness of the others.
    pub fn doubtful(&self, reading: &Reading) -> Doubtful {
        let all = Doubtful { voltage: true, current: true, temperature: true };
        let Phase::Running(underway) = &self.phase else { return all };
        let last = &underway.last;
        if last.activity != reading.activity {
            return all;
        }
        // What ends the step no more with the value of the reading before.
        let by_voltage = !self.ends_by(&Reading { voltage: last.voltage, ..*reading });
        let by_current = !self.ends_by(&Reading { current: last.current, ..*reading });
        let by_temperature = !self.ends_by(&Reading { temperature: last.temperature, ..*reading });
        if !(by_voltage || by_current || by_temperature) {
            return all;
        }
        Doubtful {
            voltage: by_voltage || (reading.voltage - last.voltage).abs() > JUMP.0,
            current: by_current || (reading.current - last.current).abs() > JUMP.1,
            temperature: by_temperature || (reading.temperature - last.temperature).abs() > JUMP.2,
        }
    }

    fn known(&self, underway: &Underway) -> Known<'_> {
        let totals = self.ledger.totals();
        Known { passed: totals - underway.counted_from(), totals, memory: &self.memory }
    }
}
