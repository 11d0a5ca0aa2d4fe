//! A slot goes into hi-res and comes back: only while it is idle, and only with a current that was
//! compared with the normal rotation.
//!
//! After some entries the converter refers to VCC instead of its own reference, and CURRENT comes out at
//! 4.096 / VCC of the truth, and the charge with it. So a small current is driven for a moment in normal
//! rotation and again in hi-res; if what is read differs, the slot comes back and goes in again.

use super::{Applied, Runner, SETTLE, Shared, SlotError};
use crate::driver::LineError;
use crate::event::Event;
use crate::plan::Direction;
use crate::station::charge::{Charge, Passed};
use crate::station::fence;
use crate::station::hi_res::HiRes;
use crate::station::sampler::Sampler;
use crate::units::Amperes;
use crate::wire::{Encoding, RawCurrent, SLICE, SamplePeriod, Setpoint, Settings, cell, unit};
use std::time::Duration;

/// The largest current that is compared, 0.5 A: far above the offsets of driver and converter.
const COMPARED: u16 = 64;
/// The wrong reference is off by 18 %; noise and driver by far less.
const AGREES: f64 = 0.06;
/// One entry in three is wrong; all of so many are in 1 of 20 000 runs.
const ENTRIES: u32 = 10;
/// The current that is compared is read after a ramp and so many slices.
const SLICES: u32 = 3;

impl Runner {
    /// Goes into hi-res, before a current of this direction and setpoint. The slot is idle, and so are
    /// the others. Behind it the slot has to settle anew.
    pub(super) fn enter_hi_res(
        &mut self,
        direction: Direction,
        setpoint: Setpoint,
        shared: &mut Shared<'_>,
    ) -> Result<(), SlotError> {
        let small = if setpoint.to_raw() > COMPARED { Setpoint::from_raw(COMPARED) } else { setpoint };
        self.compared = None;
        let rotation = SamplePeriod::Rotation.duration();
        let normal = self.compare(direction, small, rotation * 2 + SLICE, shared)?;
        for entry in 1..=ENTRIES {
            shared.pause(SETTLE)?;
            // The current has ended; a unit without current is under control.
            shared.guard.kick(shared.line)?;
            self.set_hi_res(true, shared)?;
            shared.pause(SETTLE)?;
            let seen = self.compare(direction, small, SLICE * SLICES, shared)?;
            if (seen - normal).abs() <= normal * AGREES {
                self.hi_res = Some(HiRes::begin(shared.line, self.slot)?);
                if entry > 1 {
                    let what = format!(
                        "hi-res: entered {entry} times, until the current agreed with that of the normal rotation"
                    );
                    shared.reporter.cell_fact(&self.bound.live, Event::Notice { what });
                }
                return Ok(());
            }
            self.set_hi_res(false, shared)?;
            // Another place in the rotation at each entry.
            shared.pause(rotation + SLICE * entry)?;
        }
        Err(SlotError::Wrong(format!(
            "in hi-res CURRENT does not agree with the normal rotation ({normal:.4}), however often it is entered"
        )))
    }

    /// Comes back to normal rotation, if nothing in the slot needs hi-res any more.
    pub(super) fn leave_hi_res(&mut self, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let idle = matches!(self.applied, Applied::Idle);
        let Some(mut hi_res) = self.hi_res.take_if(|_| idle && !self.program.wants_hi_res()) else {
            if self.is_done() {
                shared.exclusive.release(self.slot);
            }
            return Ok(());
        };
        shared.pause(SLICE * 2)?;
        let Passed { charge, facts } = hi_res.passed(shared.line, Amperes(0.0), shared.pace.ratio())?;
        facts.into_iter().for_each(|fact| shared.reporter.cell_fact(&self.bound.live, fact));
        self.owed += charge;
        self.set_hi_res(false, shared)?;
        // Until every slot, the temperatures and VCC have been measured again: twice, because the first
        // value may be spoilt by what was gathered before.
        shared.pause(SamplePeriod::Rotation.duration() * 2 + SLICE * 2)?;
        shared.slices.forget();
        self.charge = Charge::begin(shared.line, self.slot)?;
        self.sampler = Sampler::new(self.slot);
        shared.exclusive.release(self.slot);
        self.since = shared.now();
        self.set_at = self.since;
        self.settled = false;
        self.last_fresh = self.since;
        Ok(())
    }

    /// Sets or clears the slot's bit in SETTINGS, and lets the watch for resets know.
    fn set_hi_res(&mut self, on: bool, shared: &mut Shared<'_>) -> Result<(), LineError> {
        let bit = Settings::from_raw(Settings::CH0_HI_RES.to_raw() << self.slot.index());
        let now = shared.line.read_twice(unit::SETTINGS)?;
        let wanted = if on { now.with(bit) } else { now.without(bit) };
        shared.changed.set(shared.line, unit::SETTINGS, wanted)?;
        shared.guard.settings_are(wanted);
        shared.tell_changes();
        Ok(())
    }

    /// Drives a current for so long beyond its ramp, and gives what CURRENT shows of it.
    fn compare(
        &mut self,
        direction: Direction,
        setpoint: Setpoint,
        time: Duration,
        shared: &mut Shared<'_>,
    ) -> Result<Amperes, SlotError> {
        // From the first write on, current may flow: if anything fails, the slot must be seen as energised.
        self.switch_to(Applied::Drive(direction, setpoint), shared);
        let set = self.fence.drive(shared.line, &mut shared.others, direction, setpoint)?;
        if set.mode.is_active() {
            shared.pause(super::reconcile::ramp(self.firmware, Setpoint::ZERO, setpoint) + time)?;
        }
        let raw: RawCurrent = shared.line.read_twice(cell::CURRENT.at(self.slot))?;
        let seen = raw.amperes()?;
        // What the unit has ended, or what shows none of the current, compares with nothing.
        if !shared.line.read_twice(cell::MODE.at(self.slot))?.is_active() {
            return Err(SlotError::Wrong(format!(
                "a small current, to be compared in hi-res, was ended by the unit: ERROR {}",
                shared.line.read(cell::ERROR.at(self.slot))?
            )));
        }
        if seen.0 <= 0.0 {
            return Err(SlotError::Wrong(format!(
                "CURRENT shows nothing of a small current of {setpoint}, which is to be compared in hi-res"
            )));
        }
        let end = fence::quiet(shared.line, self.slot)?.at;
        self.applied = Applied::Idle;
        (self.switching, self.settled) = (false, false);
        (self.since, self.set_at) = (end, end);
        // What is read in hi-res may not be right yet; in either case it is a few coulombs.
        let current = self.compared.map_or(seen, |normal| normal);
        self.compared = Some(current);
        self.owed += current * (end - set.at);
        Ok(seen)
    }
}

impl Shared<'_> {
    fn pause(&mut self, time: Duration) -> Result<(), LineError> {
        let until = self.line.clock().now() + time;
        self.line.pause(until).map_err(LineError::from)
    }
}
