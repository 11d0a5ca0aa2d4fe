//! A current that is ended at once by what its slot tells, while another slot has its turn or before its own has gone on to
//! the counter. What follows from the reading is done in the slot's own turn, with what was seen here.

use super::{Applied, Runner, Shared};
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::Event;
use crate::program::{Activity, Command, Reading};
use crate::station::fence::{self, Set};
use crate::station::snapshot::{Measured, Snapshot};
use crate::station::witness;
use crate::units::Coulombs;
use crate::wire::{SLICE, SamplePeriod};

/// An end of a current that the program does not know of yet.
pub(super) struct Foreseen {
    /// When the reading came by which it was ended.
    told: Instant,
    /// What the slot said when it was asked about that.
    second: (Snapshot, Measured),
    set: Set,
}

impl Runner {
    /// Ends the current if what the slot told ends it, and a second reading says the same.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(in crate::station) fn end_if_told(
        &mut self,
        told: Snapshot,
        line: &mut Line,
    ) -> Result<(), LineError> {
        if told.heard <= self.looked || told.heard < self.last_seen || self.foreseen.is_some() {
            return Ok(());
        }
        self.looked = told.heard;
        let Applied::Drive(direction, _) = self.applied else { return Ok(()) };
        let is_measured = self.hi_res.is_none() && !self.blind && self.sampler.is_other(&told);
        if self.switching || !is_measured || !self.expects(told.mode) {
            return Ok(());
        }
        let Ok(measured) = told.measured(self.thermistor) else { return Ok(()) };
        // Its slice is not looked for here; it began so long ago at most.
        let oldest = SamplePeriod::Rotation.duration() + SLICE;
        let begun = Instant::from_micros(told.heard.as_micros().saturating_sub(oldest.as_micros() as u64));
        let reading = |Measured { voltage, current, temperature }: Measured| Reading {
            at: begun + SLICE / 2,
            heard: told.heard,
            activity: Activity::Driving(direction),
            since: self.since,
            steady: begun >= self.set_at,
            voltage,
            current,
            temperature,
            passed: Coulombs(0.0),
        };
        let first = reading(measured);
        if begun < self.since || !self.program.ends_by(&first) {
            return Ok(());
        }
        let (doubtful, expects) = (self.program.doubtful(&first), |mode| self.expects(mode));
        let seen = (told, measured);
        let second = match witness::of(seen, doubtful, line, self.slot, self.thermistor, expects)? {
            Some(second) => Some(second),
            None => witness::second(&measured, line, self.slot, self.thermistor, expects)?,
        };
        let Some(second) = second else { return Ok(()) };
        if self.program.ends_by(&reading(second.1)) { self.end_now(told.heard, second, line) } else { Ok(()) }
    }

    /// Ends the current by a reading that was confirmed; the program is told of it in the slot's turn.
    pub(super) fn end_now(
        &mut self,
        told: Instant,
        second: (Snapshot, Measured),
        line: &mut Line,
    ) -> Result<(), LineError> {
        self.switching = true;
        let set = fence::stop(line, self.slot)?;
        self.foreseen = Some(Foreseen { told, second, set });
        Ok(())
    }

    /// What the slot said when it was asked about a reading, if it was asked already.
    pub(super) fn asked_already(&self, about: &Snapshot) -> Option<(Snapshot, Measured)> {
        self.foreseen.as_ref().filter(|it| it.told == about.heard).map(|it| it.second)
    }

    /// Ends the current for the program, too, unless it was ended for a reading that still waits for its turn.
    pub(super) fn own_up(&mut self, by: Instant, shared: &mut Shared<'_>) -> Result<(), LineError> {
        if self.foreseen.as_ref().is_none_or(|it| it.told > by) {
            return Ok(());
        }
        if !matches!(self.program.command(), Command::Idle | Command::Finished) {
            let what =
                "the current was ended by a reading that did not end the step; it is switched on again";
            shared.reporter.cell_fact(&self.bound.live, Event::Notice { what: what.to_owned() });
        }
        self.quiet(shared)
    }

    /// When and how the current was ended already.
    pub(super) fn take_foreseen(&mut self) -> Option<Set> {
        self.foreseen.take().map(|it| it.set)
    }
}
