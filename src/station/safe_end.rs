//! The end of a station, whatever led to it: no current, and the unit's settings as they were.

use super::{ROUNDS, Station, fence};
use crate::clock::Instant;
use crate::event::Event;
use crate::identity::Slot;
use crate::wire::{Lock, Mode, cell, unit};

/// Why the tests of all cells end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The unit was lost for good, as far as this run goes. They can be gone on with some other time.
    UnitLost,
    /// This program cannot go on with any.
    Defect,
}

impl Station {
    /// Ends the test of every cell. `in_control` says whether the unit was seen to let nothing flow any more.
    pub(super) fn end_all(&mut self, cause: Cause, why: &str, in_control: bool) {
        self.reporter.unit_fact(Event::Fault { what: why.to_owned() });
        let ended = self.flowed_until(in_control);
        for runner in &mut self.runners {
            if let Some(event) = runner.unseen_charge(ended, why) {
                self.reporter.cell_fact(runner.live(), event);
            }
            match cause {
                Cause::UnitLost => runner.lose(why),
                Cause::Defect => runner.fail(why),
            }
            runner.report(&mut self.reporter);
        }
        for cell in std::mem::take(&mut self.unfenced) {
            match cause {
                Cause::UnitLost => cell.lose(why, &mut self.reporter),
                Cause::Defect => cell.refuse(why, &mut self.reporter),
            }
        }
    }

    /// Until when that can have flowed which was switched on: what is not under control is ended by the unit's watchdog. A
    /// unit without one goes on to its own limits; of that only is told what passed until now.
    pub(super) fn flowed_until(&self, in_control: bool) -> Instant {
        let now = self.now();
        match self.guard.ends_by() {
            Some(by) if in_control => by.min(now),
            Some(by) => by,
            None => now,
        }
    }

    /// Ends the test of every cell that is not behind its limits.
    pub(super) fn refuse_all(&mut self, why: &str) {
        for cell in std::mem::take(&mut self.unfenced) {
            cell.refuse(why, &mut self.reporter);
        }
    }

    /// Ends all current on the unit and reads every mode back. Says whether every slot is known to be
    /// without current.
    pub(super) fn end_current(&mut self) -> bool {
        if self.line.driver().is_silent() {
            // It may be on its way back; if not, this ends by itself, and so does each of the tries below.
            let _ = self.line.start();
        }
        let mut ends: Vec<_> = Slot::ALL.map(|slot| (slot, self.end_current_of(slot))).into();
        for _ in 1..ROUNDS {
            for (slot, end) in ends.iter_mut().filter(|(_, end)| end.is_err()) {
                *end = self.end_current_of(*slot);
            }
        }
        let safe = ends.iter().all(|(_, end)| end.is_ok());
        for (slot, end) in ends {
            let event = match end {
                Ok(mode) => Event::MadeSafe { mode: mode.to_string() },
                Err(what) => Event::NotMadeSafe { what },
            };
            self.reporter.slot_fact(slot, event);
        }
        safe
    }

    fn end_current_of(&mut self, slot: Slot) -> Result<Mode, String> {
        if let Ok(mode @ (Mode::NoCell | Mode::Backwards)) = self.line.read_twice(cell::MODE.at(slot)) {
            return Ok(mode);
        }
        let mode = match fence::quiet(&mut self.line, slot) {
            // The setpoint may have failed where the mode has not.
            Err(error) => self.line.read(cell::MODE.at(slot)).map_err(|_| error.to_string())?,
            Ok(set) => set.mode,
        };
        if mode.is_active() { Err(format!("the mode is still {mode}")) } else { Ok(mode) }
    }

    /// Puts the settings back, if nothing flows any more: least of all may the watchdog be switched
    /// off while something does.
    pub(super) fn put_back(&mut self, safe: bool) {
        if !safe {
            let what = "settings are left as they are, since not every slot is known to be without current";
            self.reporter.unit_fact(Event::Notice { what: what.to_owned() });
            return;
        }
        if let Err(error) = self.line.write(unit::LOCK, Lock::OPEN) {
            self.reporter.unit_fact(Event::Fault { what: error.to_string() });
        }
        for event in self.changed.restore(&mut self.line) {
            self.reporter.unit_fact(event);
        }
        let count = self.worn + self.line.driver().eeprom_writes();
        self.reporter.unit_fact(Event::EepromWritten { count });
    }
}
