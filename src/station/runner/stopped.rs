//! A unit that stops a cell by itself: why it did, and whether a torn frame made it.

use super::{Runner, Shared, SlotError};
use crate::clock::Instant;
use crate::event::Event;
use crate::program::Trip;
use crate::station::fence::FenceError;
use crate::wire::{Address, ErrorFlags, StatusFlags, cell, unit};
use std::time::Duration;

/// What a torn frame wrote over a measured value stands until its slice is measured again, and a stop by it is told soon.
const STRAY: Duration = Duration::from_secs(1);

/// So many stops by changed limits are got over; more are no accident.
const TORN: u32 = 10;

impl Runner {
    /// Takes in that a torn frame has landed on a register.
    pub(in crate::station) fn on_strayed(&mut self, address: Address, now: Instant) {
        let measured = [
            cell::VOLTAGE.at(self.slot).address(),
            cell::CURRENT.at(self.slot).address(),
            cell::TEMPERATURE.at(self.slot).address(),
        ];
        let mut limits = self.fence.registers().map(|(limit, _)| limit);
        // A limit may be put back before it is seen that it has stopped the cell.
        if measured.contains(&address) || limits.any(|limit| limit == address) {
            self.strayed = Some(now);
        }
    }

    /// The unit has stopped the cell: finds out why.
    pub(super) fn on_stopped(&mut self, shared: &mut Shared<'_>) -> Result<(), SlotError> {
        let error = shared.line.read_twice(cell::ERROR.at(self.slot))?;
        shared.look_after_others()?;
        let status = shared.line.read(cell::STATUS.at(self.slot))?;
        shared.look_after_others()?;
        self.charge.tripped();
        if self.torn < TORN
            && let Err(FenceError::Fallen { wanted, found, .. }) = self.fence.stands(shared.line)
        {
            // The limit that tripped was not the one that was set: a torn frame had landed on it. With
            // the limits back in place, the slot is brought again to what the program commands.
            self.torn += 1;
            self.quiet(shared)?;
            self.fence.mend(shared.line)?;
            let what = format!(
                "the unit stopped the cell (ERROR {error}) by limits that a torn frame had changed from {wanted:?} to {found:?}; they are back, and the step goes on"
            );
            shared.reporter.cell_fact(&self.bound.live, Event::Notice { what });
            return Ok(());
        }
        if self.torn < TORN && self.strayed.is_some_and(|at| shared.now() - at < STRAY) {
            // The measured value that tripped was none, or the limit was not the one that was set: a torn frame had landed there.
            self.torn += 1;
            self.quiet(shared)?;
            let what = format!(
                "the unit stopped the cell (ERROR {error}) by what a torn frame had written over a measured value or a limit; the step goes on"
            );
            shared.reporter.cell_fact(&self.bound.live, Event::Notice { what });
            return Ok(());
        }
        shared.look_after_others()?;
        let event = Event::UnitStopped { error: error.to_string(), status: status.to_string() };
        shared.reporter.cell_fact(&self.bound.live, event);
        if error.is_empty() && shared.line.read_twice(unit::WATCHDOG_TIMER)?.has_tripped() {
            return Err(SlotError::WatchdogBit);
        }
        if self.is_to_be_held(error, shared) {
            return self.hold(error, shared);
        }
        let text = format!("the unit stopped the cell: ERROR {error}, STATUS {status}");
        // Open terminals cross a voltage limit, too.
        let in_place = !status.intersects(StatusFlags::NO_CELL.with(StatusFlags::BACKWARDS));
        let trip = Trip {
            only_voltage_low: in_place && error == ErrorFlags::VOLTAGE_LIMIT_DCHG,
            only_voltage_high: in_place && error == ErrorFlags::VOLTAGE_LIMIT_CHG,
            text,
        };
        self.program.on_trip(&trip, shared.now());
        self.reconcile(shared)
    }
}
