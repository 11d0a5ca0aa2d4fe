//! Limits before current: a slot whose limits were not proved cannot be energised.

use super::changed::Changed;
use super::others::Others;
use crate::clock::Instant;
use crate::driver::{Line, LineError, Request};
use crate::identity::Slot;
use crate::plan::{Direction, Limits};
use crate::wire::{
    Address, ConversionError, CurrentLimit, Encoding, Mode, Setpoint, TemperatureLimit, Thermistor,
    VoltageLimit, cell,
};
use std::time::Duration;

/// Between the mode and the setpoint: up to firmware 3 the direction relay races the driver.
const RELAY: Duration = Duration::from_millis(10);

/// Proof that a slot's limits were written, read back and compared. Only with it can the slot be
/// given a mode in which current flows.
#[derive(Debug)]
pub(super) struct Fenced {
    slot: Slot,
    limits: [u16; 6],
    of: Limits,
    /// Whether it was put up anew and nobody has asked yet.
    renewed: bool,
}

/// Why a fence could not be put up.
#[derive(Debug, thiserror::Error)]
pub(super) enum FenceError {
    /// A limit is not one that the unit can watch.
    #[error(transparent)]
    Limit(#[from] ConversionError),
    /// The unit did not take it.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The unit does not hold them any more.
    #[error(
        "the limits are no longer in the unit (slot {slot}, registers 0x0A to 0x0F: {found:?}, not {wanted:?}); was it reset, or does another program talk to it?"
    )]
    Fallen {
        /// The slot.
        slot: Slot,
        /// What was written.
        wanted: [u16; 6],
        /// What is there.
        found: Vec<u16>,
    },
}

impl Fenced {
    /// Writes every limit of a slot and proves that the unit holds it. The slot must be idle.
    pub(super) fn put_up(
        line: &mut Line,
        others: &mut Others<'_>,
        changed: &mut Changed,
        slot: Slot,
        limits: &Limits,
        thermistor: Thermistor,
    ) -> Result<Self, FenceError> {
        let high = VoltageLimit::upper(limits.voltage_high)?;
        let low = VoltageLimit::lower(limits.voltage_low)?;
        let charge = CurrentLimit::upper(limits.current_charge)?;
        let discharge = CurrentLimit::upper(limits.current_discharge)?;
        let hot_charge = TemperatureLimit::upper(limits.temperature_charge, thermistor)?;
        let hot_discharge = TemperatureLimit::upper(limits.temperature_discharge, thermistor)?;
        changed.set(line, cell::VOLTAGE_LIMIT_CHG.at(slot), high)?;
        others.look_after(line)?;
        changed.set(line, cell::VOLTAGE_LIMIT_DCHG.at(slot), low)?;
        others.look_after(line)?;
        changed.set(line, cell::CURRENT_LIMIT_CHG.at(slot), charge)?;
        others.look_after(line)?;
        changed.set(line, cell::CURRENT_LIMIT_DCHG.at(slot), discharge)?;
        others.look_after(line)?;
        changed.set(line, cell::TEMP_LIMIT_CHG.at(slot), hot_charge)?;
        others.look_after(line)?;
        changed.set(line, cell::TEMP_LIMIT_DCHG.at(slot), hot_discharge)?;
        others.look_after(line)?;
        let raw = [
            high.to_raw(),
            low.to_raw(),
            charge.to_raw(),
            discharge.to_raw(),
            hot_charge.to_raw(),
            hot_discharge.to_raw(),
        ];
        let fence = Self { slot, limits: raw, of: *limits, renewed: false };
        fence.stands(line)?;
        Ok(fence)
    }

    /// Puts it up anew where the limits are not those that it was put up for, and says whether it did. The
    /// slot must be idle.
    pub(super) fn follow(
        &mut self,
        line: &mut Line,
        others: &mut Others<'_>,
        changed: &mut Changed,
        limits: &Limits,
        thermistor: Thermistor,
    ) -> Result<bool, FenceError> {
        if *limits == self.of {
            return Ok(false);
        }
        *self = Self { renewed: true, ..Self::put_up(line, others, changed, self.slot, limits, thermistor)? };
        Ok(true)
    }

    /// The registers and their values, if it was put up anew since this was asked last.
    pub(super) fn take_renewed(&mut self) -> Option<impl Iterator<Item = (Address, u16)>> {
        std::mem::take(&mut self.renewed).then(|| self.registers())
    }

    /// The registers that hold the limits, and their values.
    pub(super) fn registers(&self) -> impl Iterator<Item = (Address, u16)> {
        self.addresses().into_iter().zip(self.limits)
    }

    fn addresses(&self) -> [Address; 6] {
        [
            cell::VOLTAGE_LIMIT_CHG.at(self.slot).address(),
            cell::VOLTAGE_LIMIT_DCHG.at(self.slot).address(),
            cell::CURRENT_LIMIT_CHG.at(self.slot).address(),
            cell::CURRENT_LIMIT_DCHG.at(self.slot).address(),
            cell::TEMP_LIMIT_CHG.at(self.slot).address(),
            cell::TEMP_LIMIT_DCHG.at(self.slot).address(),
        ]
    }

    /// Writes and proves again what a torn frame has changed.
    pub(super) fn mend(&self, line: &mut Line) -> Result<(), LineError> {
        self.registers()
            .try_for_each(|(address, raw)| line.call(Request::WriteVerified(address, raw)).map(drop))
    }

    /// Proves it again: the proof of a unit that was reset since is worth nothing, and a reset may
    /// be noticed seconds later. A difference is looked at twice.
    pub(super) fn stands(&self, line: &mut Line) -> Result<(), FenceError> {
        let registers = self.addresses();
        let mut found = line.read_many(registers.to_vec())?;
        if found != self.limits {
            found = line.read_many(registers.to_vec())?;
        }
        if found == self.limits {
            return Ok(());
        }
        Err(FenceError::Fallen { slot: self.slot, wanted: self.limits, found })
    }

    /// Lets a constant current flow: setpoint 0, mode, a pause for the relay, setpoint. Gives the
    /// mode that was read back (the unit may have refused to go on, and be stopped), and when the
    /// setpoint took effect.
    pub(super) fn drive(
        &self,
        line: &mut Line,
        others: &mut Others<'_>,
        direction: Direction,
        setpoint: Setpoint,
    ) -> Result<Set, FenceError> {
        self.stands(line)?;
        others.look_after(line)?;
        let mode = match direction {
            Direction::Charge => Mode::Charge,
            Direction::Discharge => Mode::Discharge,
        };
        line.write(cell::CURRENT_SETPOINT.at(self.slot), Setpoint::ZERO)?;
        others.look_after(line)?;
        let mode = line.write(cell::MODE.at(self.slot), mode)?;
        if !mode.is_active() {
            return Ok(Set { mode, at: line.clock().now() });
        }
        others.pause(line, line.clock().now() + RELAY)?;
        let at = self.adjust(line, setpoint)?;
        Ok(Set { mode, at })
    }

    /// Changes the current that flows; gives when that took effect.
    pub(super) fn adjust(&self, line: &mut Line, setpoint: Setpoint) -> Result<Instant, LineError> {
        timed(line, |line| line.write(cell::CURRENT_SETPOINT.at(self.slot), setpoint)).map(|(_, at)| at)
    }

    /// Lets the sine current flow, as the unit's sine generator is set.
    pub(super) fn sine(&self, line: &mut Line, others: &mut Others<'_>) -> Result<Set, FenceError> {
        self.stands(line)?;
        others.look_after(line)?;
        let (mode, at) = timed(line, |line| line.write(cell::MODE.at(self.slot), Mode::Impedance))?;
        Ok(Set { mode, at })
    }
}

/// What came of a change of current.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    /// The mode that was read back.
    pub(super) mode: Mode,
    /// When it took effect, as near as the host can know.
    pub(super) at: Instant,
}

/// A write that is read back, and when it took effect: of its two transactions the first, which began at
/// once and had ended half way through, unless something had to be said twice.
fn timed<T>(
    line: &mut Line,
    write: impl FnOnce(&mut Line) -> Result<T, LineError>,
) -> Result<(T, Instant), LineError> {
    let begun = line.clock().now();
    let done = write(line)?;
    Ok((done, begun + (line.clock().now() - begun) / 4))
}

/// Ends all current in a slot, and gives the mode that was read back. Needs no proof of anything.
/// The mode comes first: it ends the current by itself, whatever becomes of the setpoint.
pub(super) fn quiet(line: &mut Line, slot: Slot) -> Result<Set, LineError> {
    let set = stop(line, slot)?;
    zero(line, slot)?;
    Ok(set)
}

/// The first half of [`quiet`]: ends the current by the mode.
pub(super) fn stop(line: &mut Line, slot: Slot) -> Result<Set, LineError> {
    let mode = cell::MODE.at(slot);
    let (mode, at) = match timed(line, |line| line.write(mode, Mode::Idle)) {
        Ok(done) => done,
        Err(_) => timed(line, |line| line.write(mode, Mode::Stopped))?,
    };
    Ok(Set { mode, at })
}

/// The second half: the setpoint of a slot without current.
pub(super) fn zero(line: &mut Line, slot: Slot) -> Result<(), LineError> {
    line.write(cell::CURRENT_SETPOINT.at(slot), Setpoint::ZERO).map(drop)
}
