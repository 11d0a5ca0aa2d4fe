//! Bringing a unit and its cells to where a test can begin; and again, after the unit was lost or reset, to
//! where it can go on. What the unit held before counts for nothing.

use super::charge::Charge;
use super::earlier::keeps_settings;
use super::fence::{self, Fenced};
use super::others::Others;
use super::runner::Runner;
use super::sine::Generator;
use super::slot_error::SlotError;
use super::unfenced::Unfenced;
use super::unit_fault::UnitFault;
use super::{BoundCell, REPORT, Station, THRESHOLD, calibration, concerns_unit};
use crate::driver::LineError;
use crate::event::Event;
use crate::identity::Slot;
use crate::plan::{self, Kind, Plan};
use crate::program::Gap;
use crate::wire::{Encoding, Lock, ReportInterval, Thermistor, ZeroAmpThreshold, cell, unit};
use std::sync::Arc;

impl Station {
    /// Takes these cells up, each at the beginning of its plan or where an earlier process left it. Nothing was written to the
    /// unit's settings yet.
    pub(super) fn take_up(&mut self, cells: Vec<BoundCell>) {
        let goes_on = cells.iter().any(|cell| cell.earlier.is_some());
        let kept = goes_on && keeps_settings(&mut self.line, self.firmware).unwrap_or(false);
        for bound in cells {
            let unwatched = bound.earlier.as_ref().and_then(|earlier| earlier.unwatched);
            let asked =
                unwatched.map(|it| it.ask(&mut self.line, bound.live.place.slot, self.firmware, kept));
            let (gap, told) = asked.unzip();
            told.into_iter().for_each(|event| self.reporter.cell_fact(&bound.live, event));
            let clock = Arc::clone(self.line.clock());
            let cell = Unfenced::new(bound, self.batch.clone(), clock, gap.unwrap_or_default());
            self.unfenced.push_back(cell);
        }
    }

    /// Brings the unit, and every cell that is not behind its limits, to where its test can begin or go on.
    /// What concerns one slot only ends the test of that cell.
    pub(super) fn set_up(&mut self) -> Result<(), UnitFault> {
        let differences = self.keeper.begin(&mut self.line)?;
        if !differences.is_empty() {
            return Err(UnitFault::NotTheSame(differences));
        }
        let facts = self.guard.begin(&mut self.line, &mut self.changed)?;
        facts.into_iter().for_each(|fact| self.reporter.unit_fact(fact));
        // Told soon: whoever goes on after a kill has only the journal to know what to put back.
        self.tell_changes();
        self.quiet_slots()?;
        // Left frozen by a program that was killed, temperatures and supply would not be watched.
        self.line.write(unit::LOCK, Lock::OPEN)?;
        self.lower_threshold()?;
        self.tell_changes();
        self.set_sine()?;
        self.fence_cells()?;
        Ok(self.slices.attend(&mut self.line, &mut Others::all(&mut self.runners), &self.pace)?)
    }

    /// Takes in cells that were put into free slots while the others are under test.
    pub(super) fn admit_more(&mut self, cells: Vec<BoundCell>) -> Result<(), UnitFault> {
        for bound in cells {
            let slot = bound.live.place.slot;
            // What lay there before is done.
            self.runners.retain(|runner| runner.slot() != slot || !runner.is_done());
            let clock = Arc::clone(self.line.clock());
            self.unfenced.push_back(Unfenced::new(bound, self.batch.clone(), clock, Gap::default()));
        }
        // All of them are this station's by now: whatever befalls the unit, each has its end.
        for cell in &self.unfenced {
            fence::quiet(&mut self.line, cell.slot())?;
        }
        self.set_sine()?;
        self.fence_cells()
    }

    /// Puts every cell behind its limits; one that cannot be is refused.
    fn fence_cells(&mut self) -> Result<(), UnitFault> {
        while let Some(mut cell) = self.unfenced.pop_front() {
            let readied = self.ready(&mut cell);
            self.tell_changes();
            match readied {
                Ok(Ready { thermistor, fence, charge }) => {
                    let now = self.now();
                    self.runners.push(Runner::new(cell, self.firmware, thermistor, fence, charge, now));
                }
                Err(SlotError::Line(error)) if concerns_unit(&error) => {
                    self.unfenced.push_front(cell);
                    return Err(error.into());
                }
                Err(error) => {
                    let why = format!("slot {}: {error}", cell.slot());
                    cell.refuse(&why, &mut self.reporter);
                }
            }
        }
        Ok(())
    }

    /// Ends whatever current there is. A slot without a cell in test and without current stays as it is.
    pub(super) fn quiet_slots(&mut self) -> Result<(), LineError> {
        for slot in Slot::ALL {
            let in_test = self.unfenced.iter().any(|cell| cell.slot() == slot)
                || self.runners.iter().any(|runner| runner.slot() == slot);
            if in_test || self.line.read_twice(cell::MODE.at(slot))?.is_active() {
                fence::quiet(&mut self.line, slot)?;
            }
        }
        Ok(())
    }

    /// Sets the sine that every cell that needs one can bear: the unit has one generator for all. A cell that
    /// bears none is refused.
    fn set_sine(&mut self) -> Result<(), LineError> {
        // Those that are under test bear the smaller one, too.
        let mut smallest = self
            .runners
            .iter()
            .filter_map(Runner::sine)
            .min_by(|one, other| one.mean().0.total_cmp(&other.mean().0));
        let unfenced = std::mem::take(&mut self.unfenced);
        let none_new = !unfenced.iter().any(|cell| needs_sine(&cell.bound.plan));
        for cell in unfenced {
            if needs_sine(&cell.bound.plan) {
                let Some(sine) = plan::sine(cell.bound.plan.limits()) else {
                    let why = "the unit's smallest sine is too large for the limit of the discharge current";
                    cell.refuse(why, &mut self.reporter);
                    continue;
                };
                smallest = Some(
                    smallest.map_or(sine, |other| if sine.mean() < other.mean() { sine } else { other }),
                );
            }
            self.unfenced.push_back(cell);
        }
        let Some(sine) = smallest.filter(|_| !none_new) else { return Ok(()) };
        let set = Generator::set_amplitude(&mut self.line, &mut self.changed, sine);
        self.tell_changes();
        match set {
            Ok(()) => Ok(()),
            Err(SlotError::Line(error)) => Err(error),
            Err(error) => {
                self.refuse_all(&error.to_string());
                Ok(())
            }
        }
    }

    /// A current below ZERO_AMP_THRESH reads 0 and is not counted as charge, and a blank EEPROM
    /// means 0.25 A: the end of a taper would be invisible. It is EEPROM: written only if it differs.
    fn lower_threshold(&mut self) -> Result<(), LineError> {
        let threshold = ZeroAmpThreshold::from_raw(THRESHOLD);
        let before = self.line.read(unit::ZERO_AMP_THRESH)?;
        if !before.is_blank() && before.amperes() <= threshold.amperes() {
            return Ok(());
        }
        self.changed.set(&mut self.line, unit::ZERO_AMP_THRESH, threshold)
    }

    /// Puts up the limits of a cell and begins its account of charge.
    fn ready(&mut self, cell: &mut Unfenced) -> Result<Ready, SlotError> {
        let thermistor = match cell.thermistor {
            Some(known) => known,
            None => *cell.thermistor.insert(self.admit(cell)?),
        };
        let (slot, limits) = (cell.slot(), *cell.program.limits());
        if let Some(seen) = &cell.seen {
            let mode = self.line.read_twice(cell::MODE.at(slot))?;
            let voltage = self.line.read_twice(cell::VOLTAGE.at(slot))?.volts().ok();
            seen.recognise(mode, voltage).map_err(|error| SlotError::Wrong(error.to_string()))?;
        }
        let mut others = Others::all(&mut self.runners);
        let fence =
            Fenced::put_up(&mut self.line, &mut others, &mut self.changed, slot, &limits, thermistor)?;
        self.keeper.keep(fence.registers());
        self.reporter.cell_fact(&cell.bound.live, Event::LimitsVerified { limits });
        let reports = ReportInterval::exactly(REPORT)?;
        self.changed.set(&mut self.line, cell::REPORT_INTERVAL.at(slot), reports)?;
        Ok(Ready { thermistor, fence, charge: Charge::begin(&mut self.line, slot)? })
    }

    /// Whether a cell can be tested on its slot at all, before anything is done to it.
    fn admit(&mut self, cell: &Unfenced) -> Result<Thermistor, SlotError> {
        let bound = &cell.bound;
        self.reporter.cell_fact(&bound.live, Event::CellBound { voltage: bound.voltage });
        if !self.firmware.has_hi_res() && bound.plan.any_step(|step| step.hi_res) {
            return Err(SlotError::Wrong(format!(
                "the recipe measures in hi-res, which needs firmware 7, and unit {} has firmware {}; take hi_res out of it, or flash the unit",
                bound.live.place.unit, self.firmware.0
            )));
        }
        calibration::judge(&self.keeper, bound, &mut self.reporter)
    }
}

/// What a slot has before current may flow in it.
struct Ready {
    thermistor: Thermistor,
    fence: Fenced,
    charge: Charge,
}

pub(super) fn needs_sine(plan: &Plan) -> bool {
    plan.record().impedance_every.is_some()
        || plan.any_step(|step| {
            matches!(step.kind, Kind::Impedance { .. })
                || step.record.is_some_and(|record| record.impedance_every.is_some())
        })
}

#[cfg(test)]
mod tests;
