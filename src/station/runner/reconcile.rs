//! From what a slot does to what its program commands.

use super::{Applied, Runner, Shared, SlotError};
use crate::event::Event;
use crate::plan::Direction;
use crate::program::Command;
use crate::station::fence::{FenceError, Set};
use crate::station::sine::Measurement;
use crate::units::Amperes;
use crate::wire::{Encoding, FirmwareVersion, Mode, Setpoint, SineFrequency};
use std::time::Duration;

/// So many steps of the driver (1/8 A) make another current.
const OTHER: u16 = 16;

/// How long the driver takes from one setpoint to another: 1400 steps a second, and at once to zero.
/// Up to firmware 3 it always takes no time.
pub(super) fn ramp(firmware: FirmwareVersion, from: Setpoint, to: Setpoint) -> Duration {
    let steps = from.to_raw().abs_diff(to.to_raw());
    if to == Setpoint::ZERO || !firmware.has_ramp() {
        Duration::ZERO
    } else {
        Duration::from_micros(u64::from(steps) * 1_000_000 / 1400)
    }
}

impl Runner {
    /// Puts the fence up anew where a hook has made the limits tighter; the slot is idle.
    fn follow_limits(&mut self, shared: &mut Shared<'_>) -> Result<(), FenceError> {
        let limits = *self.program.limits();
        if self.fence.follow(shared.line, &mut shared.others, shared.changed, &limits, self.thermistor)? {
            // What made them tighter comes first.
            self.report(shared.reporter);
            shared.reporter.cell_fact(&self.bound.live, Event::LimitsVerified { limits });
        }
        Ok(())
    }

    /// Brings the slot to what the program commands, as far as that can be done now.
    pub(super) fn reconcile(&mut self, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let command = self.program.command();
        if self.held.is_some() && matches!(self.applied, Applied::Idle) {
            return Ok(());
        }
        if self.foreseen.is_some() && !matches!(command, Command::Idle | Command::Finished) {
            // The reading by which its current was ended has not had its turn yet.
            return Ok(());
        }
        match (command, &self.applied) {
            (Command::Idle | Command::Finished, Applied::Idle) => {}
            (Command::Idle | Command::Finished, _) => {
                self.quiet(shared)?;
                self.program.on_switched(self.since);
            }
            (Command::Drive(direction, current), Applied::Drive(applied, before))
                if direction == *applied =>
            {
                let setpoint = Setpoint::nearest(current)?;
                if setpoint != *before {
                    let ramp = ramp(self.firmware, *before, setpoint);
                    let at = self.fence.adjust(shared.line, setpoint)?;
                    let is_other = setpoint.to_raw().abs_diff(before.to_raw()) >= OTHER;
                    self.applied = Applied::Drive(direction, setpoint);
                    self.set_at = at + ramp;
                    if is_other {
                        self.charge.switched(at + ramp / 2);
                    }
                }
            }
            (Command::Impedance(frequency), Applied::Sine(measurement))
                if !measurement.is_done()
                    && measurement.frequency() == SineFrequency::nearest(frequency)? => {}
            (Command::Drive(..) | Command::Impedance(_), Applied::Drive(..) | Applied::Sine(_)) => {
                self.quiet(shared)?;
            }
            (Command::Drive(..) | Command::Impedance(_), Applied::Idle) if !self.settled => {}
            (Command::Drive(..) | Command::Impedance(_), Applied::Idle)
                if !shared.exclusive.may_begin(self.slot, !self.program.may_wait())
                    && !self.program.wants_hi_res() => {}
            (Command::Drive(direction, current), Applied::Idle)
                if self.program.wants_hi_res() && self.hi_res.is_none() =>
            {
                if shared.exclusive.ask(self.slot) {
                    self.follow_limits(shared)?;
                    self.enter_hi_res(direction, Setpoint::nearest(current)?, shared)?;
                }
            }
            (Command::Drive(direction, current), Applied::Idle) => {
                self.follow_limits(shared)?;
                let setpoint = Setpoint::nearest(current)?;
                // From the first write on, current may flow: if one fails, the slot must be seen as energised.
                self.switch_to(Applied::Drive(direction, setpoint), shared);
                let set = self.fence.drive(shared.line, &mut shared.others, direction, setpoint)?;
                self.switched(set, ramp(self.firmware, Setpoint::ZERO, setpoint), shared)?;
            }
            (Command::Impedance(frequency), Applied::Idle) => {
                self.follow_limits(shared)?;
                let frequency = SineFrequency::nearest(frequency)?;
                let taken = shared.generator.take(shared.line, shared.changed, self.slot, frequency)?;
                shared.tell_changes();
                shared.look_after_others()?;
                if taken {
                    self.switch_to(Applied::Sine(Measurement::begin(frequency, shared.now())), shared);
                    let set = self.fence.sine(shared.line, &mut shared.others)?;
                    self.switched(set, Duration::ZERO, shared)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn switch_to(&mut self, applied: Applied, shared: &mut Shared<'_>) {
        // A program that is killed now must not leave a current of which its journal does not know the step.
        self.report(shared.reporter);
        self.flowed = match &applied {
            Applied::Drive(direction, setpoint) => Some((*direction, setpoint.amperes())),
            Applied::Sine(_) => Some((Direction::Discharge, Amperes(0.0))),
            Applied::Idle => self.flowed,
        };
        self.applied = applied;
        shared.exclusive.note(self.slot, true);
        self.switching = true;
        self.settled = false;
        self.since = shared.now();
        self.last_fresh = self.since;
    }

    fn switched(&mut self, set: Set, ramp: Duration, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let Set { mode, at } = set;
        self.switching = false;
        self.since = at;
        self.set_at = at + ramp;
        self.last_fresh = shared.now();
        self.charge.switched(at + ramp / 2);
        self.program.on_switched(at);
        if mode == Mode::Stopped { self.on_stopped(shared) } else { Ok(()) }
    }
}
