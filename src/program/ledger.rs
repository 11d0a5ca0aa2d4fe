//! The account of charge and energy: from the unit's counter, with the sign kept here.

use super::interrupt::Gap;
use super::reading::{Activity, Reading};
use crate::event::Totals;
use crate::plan::Direction;
use crate::units::Volts;

/// Adds up what passed. Energy is the voltage times each increment of charge, the voltage being
/// the mean of the readings at both ends of the increment (the trapezoidal rule over charge).
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    totals: Totals,
    previous: Option<(Activity, Volts)>,
    flow: Option<Activity>,
}

impl Ledger {
    /// All that passed since the beginning.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// Begins with what had passed before.
    pub(super) fn begin_at(&mut self, totals: Totals) {
        self.totals = totals;
    }

    /// Says at which voltage the cell was seen last, if nothing was seen since.
    pub(super) fn was_at(&mut self, voltage: Volts) {
        self.previous.get_or_insert((Activity::Settled, voltage));
    }

    /// Takes in charge that passed unseen: its energy is that at the voltage that was seen last.
    pub(super) fn add(&mut self, gap: Gap) {
        let voltage = self.previous.map_or(Volts(0.0), |(_, voltage)| voltage);
        self.totals += Totals {
            charge_in: gap.charge_in,
            charge_out: gap.charge_out,
            energy_in: voltage * gap.charge_in,
            energy_out: voltage * gap.charge_out,
        };
    }

    /// Says what was switched on. A unit may stop it before there is a reading of it, and then the counter alone
    /// tells that it flowed.
    pub(super) fn switched_on(&mut self, activity: Activity) {
        self.flow = Some(activity);
    }

    /// Takes in a reading. What the counter adds after the current has ended still belongs to the
    /// direction that flowed last: the unit adds a slice up only when it is closed.
    pub(super) fn take(&mut self, reading: &Reading) {
        if matches!(reading.activity, Activity::Driving(_) | Activity::Sine) {
            self.flow = Some(reading.activity);
        }
        if reading.passed.0 > 0.0 {
            let voltage = match self.previous {
                Some((activity, before)) if Some(activity) == self.flow && activity == reading.activity => {
                    (before + reading.voltage) * 0.5
                }
                // The first increment under a current, and the last after it, know one voltage
                // under that current only.
                Some((activity, before)) if Some(activity) == self.flow => before,
                _ => reading.voltage,
            };
            let energy = voltage * reading.passed;
            if self.flow == Some(Activity::Driving(Direction::Charge)) {
                self.totals.charge_in += reading.passed;
                self.totals.energy_in += energy;
            } else {
                self.totals.charge_out += reading.passed;
                self.totals.energy_out += energy;
            }
        }
        self.previous = Some((reading.activity, reading.voltage));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::units::{Amperes, Celsius, Coulombs};

    fn reading(activity: Activity, voltage: f64, passed: f64) -> Reading {
        Reading {
            at: Instant::ORIGIN,
            heard: Instant::ORIGIN,
            activity,
            since: Instant::ORIGIN,
            steady: true,
            voltage: Volts(voltage),
            current: Amperes(1.0),
            temperature: Celsius(25.0),
            passed: Coulombs(passed),
        }
    }

    #[test]
    fn the_sign_is_the_direction_that_flowed() {
        let mut ledger = Ledger::default();
        ledger.take(&reading(Activity::Driving(Direction::Charge), 4.0, 1.0));
        ledger.take(&reading(Activity::Driving(Direction::Charge), 4.2, 1.0));
        ledger.take(&reading(Activity::Settled, 4.1, 0.5));
        ledger.take(&reading(Activity::Sine, 4.0, 2.0));
        let totals = ledger.totals();
        assert_eq!((totals.charge_in, totals.charge_out), (Coulombs(2.5), Coulombs(2.0)));
        assert!((totals.energy_in.0 - (4.0 + 4.1 + 2.1)).abs() < 1e-12);
        assert!((totals.energy_out.0 - 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_current_that_ended_before_its_first_reading_has_its_direction() {
        let mut ledger = Ledger::default();
        ledger.take(&reading(Activity::Settled, 3.9, 0.0));
        ledger.switched_on(Activity::Driving(Direction::Charge));
        ledger.take(&reading(Activity::Settled, 4.0, 0.5));
        ledger.switched_on(Activity::Driving(Direction::Discharge));
        ledger.take(&reading(Activity::Settled, 4.0, 0.25));
        let totals = ledger.totals();
        assert_eq!((totals.charge_in, totals.charge_out), (Coulombs(0.5), Coulombs(0.25)));
    }
}
