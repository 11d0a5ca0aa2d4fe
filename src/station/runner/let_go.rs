//! A slot that is let go, because its unit was lost, reset, or stopped by its watchdog.

use super::{Applied, Runner, SETTLE, Shared};
use crate::clock::Instant;
use crate::driver::LineError;
use crate::event::Event;
use crate::plan;
use crate::program::Command;
use crate::station::charge::Passed;
use crate::station::live::Glimpse;
use crate::station::same_cell::LastSeen;
use crate::station::unfenced::Unfenced;
use crate::units::Amperes;

impl Runner {
    /// Whether the current has ended, and the counter has closed its last slice.
    pub(in crate::station) fn rests(&self, now: Instant) -> bool {
        matches!(self.applied, Applied::Idle) && now >= self.since + SETTLE
    }

    /// Counts what passed since the slot was looked at last, now that nothing flows: the unit was not reset, and
    /// its counter went on.
    pub(in crate::station) fn close_account(&mut self, shared: &mut Shared<'_>) -> Result<(), LineError> {
        if self.is_done() || (self.settled && self.hi_res.is_none()) {
            return Ok(());
        }
        let (now, ratio) = (shared.now(), shared.pace.ratio());
        let looked = self.looked_at();
        self.charge.tripped();
        let Passed { charge, facts } = match &mut self.hi_res {
            Some(hi_res) => hi_res.passed(shared.line, Amperes(0.0), ratio)?,
            None => self.charge.take(shared.line, now, Amperes(0.0), true, ratio)?,
        };
        if facts.is_empty() && charge.0 > 0.0 {
            let what = "passed out of the host's control, and counted by the unit".to_owned();
            let seconds = (now - looked).as_secs_f64();
            let (at_least, at_most, counted) = (charge, charge, charge);
            let gap = Event::ChargeGap { seconds, at_least, at_most, counted, what };
            shared.reporter.cell_fact(self.live(), gap);
        }
        facts.into_iter().for_each(|fact| shared.reporter.cell_fact(&self.bound.live, fact));
        self.owed += charge;
        self.settled = true;
        Ok(())
    }

    /// The cell as it was seen last.
    fn last_seen(&self) -> LastSeen {
        let Glimpse { step_id, voltage, at, .. } = self.live().look();
        let envelope = plan::envelope(self.bound.plan.cell().chemistry);
        LastSeen {
            // Before its first step it is as it was when it was found.
            voltage: if step_id > 0 { voltage } else { self.bound.voltage },
            current: self.flowed.map_or(Amperes(0.0), |(direction, current)| direction.sign(current)),
            rested: matches!(self.applied, Applied::Idle).then(|| at - self.since),
            capacity: self.program.nominal(),
            envelope: (envelope.voltage_low, envelope.voltage_high),
        }
    }

    /// Lets go of the slot: the proof of its limits is gone, and its program knows that it was interrupted.
    /// Nothing is left of a cell that is done.
    pub(in crate::station) fn let_go(mut self, why: &str) -> Option<Unfenced> {
        if self.program.command() == Command::Finished {
            return None;
        }
        let gap = self.gap();
        self.program.interrupt(why, gap);
        let seen = Some(self.last_seen());
        let Self { bound, program, thermistor, .. } = self;
        Some(Unfenced { bound, program, thermistor: Some(thermistor), seen })
    }
}
