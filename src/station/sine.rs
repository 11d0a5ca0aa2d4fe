//! The unit's one sine generator, shared by its four slots, and the impedance measured with it.

use super::changed::Changed;
use super::slot_error::SlotError;
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::ImpedancePoint;
use crate::identity::Slot;
use crate::plan::Sine;
use crate::units::Ohms;
use crate::wire::{Encoding, RawCurrent, RawVoltage, Setpoint, SineFrequency, cell, unit};
use std::time::Duration;

/// The time in which the sine settles.
const SETTLE: Duration = Duration::from_secs(2);
/// One rotation of the slices and a little more: the next measuring slice is another one.
const APART: Duration = Duration::from_millis(650);
/// Measuring slices in a mean.
const AVERAGES: u32 = 4;

/// The generator's settings and who uses it.
#[derive(Debug, Default)]
pub(super) struct Generator {
    frequency: Option<SineFrequency>,
    users: [bool; 4],
}

impl Generator {
    /// Takes the generator for a slot, if it is free or makes this frequency already. Says whether
    /// it could be had.
    pub(super) fn take(
        &mut self,
        line: &mut Line,
        changed: &mut Changed,
        slot: Slot,
        frequency: SineFrequency,
    ) -> Result<bool, LineError> {
        let others = self.users.iter().enumerate().any(|(index, used)| *used && index != slot.index());
        if others && self.frequency != Some(frequency) {
            return Ok(false);
        }
        if self.frequency != Some(frequency) {
            self.frequency = None;
            changed.set(line, unit::SINE_FREQ, frequency)?;
            self.frequency = Some(frequency);
        }
        self.users[slot.index()] = true;
        Ok(true)
    }

    /// Gives the generator back.
    pub(super) fn release(&mut self, slot: Slot) {
        self.users[slot.index()] = false;
    }

    /// Sets the amplitude once for a run, because all slots share it.
    pub(super) fn set_amplitude(line: &mut Line, changed: &mut Changed, sine: Sine) -> Result<(), SlotError> {
        changed.set(line, unit::SINE_MAGDIV, sine.magnitude)?;
        changed.set(line, unit::SINE_OFFSET, Setpoint::nearest(sine.offset())?)?;
        Ok(())
    }
}

/// One impedance measurement under way.
#[derive(Debug)]
pub(super) struct Measurement {
    frequency: SineFrequency,
    next: Instant,
    sum: Ohms,
    count: u32,
    attempts: u32,
}

impl Measurement {
    /// Begins as the sine is switched on.
    pub(super) fn begin(frequency: SineFrequency, now: Instant) -> Self {
        Self { frequency, next: now + SETTLE, sum: Ohms(0.0), count: 0, attempts: 0 }
    }

    /// When there is something to do.
    pub(super) fn wake_at(&self) -> Instant {
        self.next
    }

    /// Whether the mean is complete.
    pub(super) fn is_done(&self) -> bool {
        self.count >= AVERAGES
    }

    /// Which frequency is measured.
    pub(super) fn frequency(&self) -> SineFrequency {
        self.frequency
    }

    /// Takes one locked reading if it is time; gives the mean when it is complete.
    ///
    /// # Errors
    /// The unit does not answer, or shows no alternating current however often it is asked.
    pub(super) fn look(
        &mut self,
        line: &mut Line,
        slot: Slot,
    ) -> Result<Option<ImpedancePoint>, MeasurementError> {
        let now = line.clock().now();
        if now < self.next {
            return Ok(None);
        }
        self.next = now + APART;
        self.attempts += 1;
        let registers = vec![cell::CURRENT_PP.at(slot).address(), cell::VOLTAGE_PP.at(slot).address()];
        let values = line.read_locked(registers)?;
        let (Some(current), Some(voltage)) = (values.first(), values.get(1)) else { return Ok(None) };
        let current = RawCurrent::from_raw(*current).amperes();
        let voltage = RawVoltage::from_raw(*voltage).volts();
        if let (Ok(current), Ok(voltage)) = (current, voltage)
            && current.0 > 0.0
        {
            self.sum += voltage / current;
            self.count += 1;
        } else if self.attempts >= 2 * AVERAGES {
            return Err(MeasurementError::NoCurrent);
        }
        Ok((self.count == AVERAGES).then(|| ImpedancePoint {
            frequency: self.frequency.hertz(),
            magnitude: self.sum / f64::from(AVERAGES),
            averages: AVERAGES,
        }))
    }
}

/// Why an impedance could not be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum MeasurementError {
    /// CURRENT_PP or VOLTAGE_PP hold nothing to divide.
    #[error("CURRENT_PP shows no alternating current in impedance mode")]
    NoCurrent,
    /// The unit does not answer.
    #[error(transparent)]
    Line(#[from] LineError),
}
