//! What has passed in a slot since the reading before, by the unit's counter; and values that stand still under current.

use super::{Applied, Runner, Shared, SlotError};
use crate::clock::Instant;
use crate::driver::{FaultKind, LineError};
use crate::program::{Activity, Reading};
use crate::station::charge::Passed;
use crate::station::slices::Slice;
use crate::station::snapshot::Snapshot;
use crate::units::Amperes;
use std::time::Duration;

/// A reading that stays the same under current for so long is frozen.
const FROZEN: Duration = Duration::from_secs(5);

impl Runner {
    /// Watches that what is read under current is not always the same.
    pub(super) fn watch_frozen(&mut self, snapshot: &Snapshot, reading: &Reading) -> Result<(), SlotError> {
        let setpoint = match &self.applied {
            Applied::Idle => return Ok(()),
            Applied::Drive(_, setpoint) => Some(*setpoint),
            Applied::Sine(_) => None,
        };
        let shown = snapshot.shown(setpoint);
        match self.frozen.take(&shown, reading.heard - self.last_fresh, reading.passed) {
            Some(what) => Err(SlotError::Wrong(what)),
            None => Ok(()),
        }
    }

    /// Adds to a reading what has passed since the one before. Says whether that could be known.
    pub(super) fn count(
        &mut self,
        reading: &mut Reading,
        slice: Slice,
        shared: &mut Shared<'_>,
    ) -> Result<bool, SlotError> {
        let current = if reading.activity == Activity::Settled { Amperes(0.0) } else { reading.current };
        // What is owed stays so until it can be told.
        if let Some(hi_res) = &mut self.hi_res {
            let Passed { charge, facts } = hi_res.passed(shared.line, current, shared.pace.ratio())?;
            facts.into_iter().for_each(|fact| shared.reporter.cell_fact(&self.bound.live, fact));
            reading.passed = charge + std::mem::take(&mut self.owed);
            self.look_whether_frozen(reading.heard)?;
            return Ok(true);
        }
        if reading.activity == Activity::Settled && self.settled {
            self.charge.rested(slice.middle(), reading.heard);
            reading.passed = std::mem::take(&mut self.owed);
            return Ok(true);
        }
        let passed =
            self.charge.take(shared.line, slice.middle(), current, reading.steady, shared.pace.ratio());
        let Passed { charge, facts } = match passed {
            // The next look takes in what this one misses, unless it goes on so.
            Err(LineError::Fault(fault))
                if fault.kind == FaultKind::Unsteady && reading.heard - self.last_fresh <= FROZEN =>
            {
                return Ok(false);
            }
            passed => passed?,
        };
        facts.into_iter().for_each(|fact| shared.reporter.cell_fact(&self.bound.live, fact));
        reading.passed = charge + std::mem::take(&mut self.owed);
        if current.0 > 0.0 {
            self.look_whether_frozen(reading.heard)?
        }
        Ok(true)
    }

    /// A unit that goes on telling the same has stopped measuring.
    pub(super) fn look_whether_frozen(&self, now: Instant) -> Result<(), SlotError> {
        let energised = !matches!(self.applied, Applied::Idle);
        if energised && self.stands_for(now) > FROZEN {
            let seconds = FROZEN.as_secs();
            return Err(SlotError::Wrong(format!(
                "current flows, but the charge counter has not moved for {seconds} s"
            )));
        }
        Ok(())
    }
}
