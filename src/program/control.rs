//! The control laws: what the driver is set to, so that the measured current or voltage is right.

use crate::units::{Amperes, Ohms, Volts};

/// The share of an error that one reading corrects. The effect of a correction is in the next
/// reading or the one after it; an integrator with two readings of dead time is stable below
/// 2 sin(pi / 10) = 0.62, and 0.4 leaves room for calibration errors and noise.
const GAIN: f64 = 0.4;

/// Resistances that a cell and its holder can have; an estimate outside is a disturbed reading.
const PLAUSIBLE: (Ohms, Ohms) = (Ohms(0.005), Ohms(1.0));

/// Offsets of the driver and of the measurement together.
const UNCERTAIN: Amperes = Amperes(0.02);

/// What to expect of a cell whose resistance could not be told.
const TYPICAL: Ohms = Ohms(0.05);

/// The driver's setting, found by integrating the error of what is measured. It is finer than the
/// driver's steps on purpose: rounded at each writing, it wanders between two steps so that the
/// mean comes out right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regulator {
    setting: Amperes,
    target: Amperes,
    ceiling: Amperes,
    resistance: Ohms,
}

/// The driver's calibration is within a tenth, so more than a tenth above the target is never set.
const MOST_ABOVE: f64 = 1.1;

impl Regulator {
    /// Starts at the target itself.
    pub(super) fn new(target: Amperes) -> Self {
        Self { setting: target, target, ceiling: target * MOST_ABOVE, resistance: TYPICAL }
    }

    /// Starts towards a voltage that is to be held with at most this current; `missing` is how far the
    /// voltage has to go in the direction in which the current moves it.
    pub(super) fn from_zero(current: Amperes, missing: Volts) -> Self {
        let mut regulator = Self { setting: Amperes(0.0), ..Self::new(current) };
        regulator.hold_voltage(missing);
        regulator.setting = regulator.setting.min(current);
        regulator
    }

    /// What to set the driver to.
    pub(super) fn setting(&self) -> Amperes {
        self.setting
    }

    /// The current that is wanted.
    pub(super) fn target(&self) -> Amperes {
        self.target
    }

    /// Learns the resistance from the voltage before the current and under it.
    pub(super) fn learn_resistance(&mut self, before: Volts, under: Volts, current: Amperes) {
        if current.0 > 0.0 {
            let resistance = (under - before).abs() / current;
            if resistance >= PLAUSIBLE.0 && resistance <= PLAUSIBLE.1 {
                self.resistance = resistance;
            }
        }
    }

    /// Wants another current from here on. What the driver was found to need, in proportion, is kept.
    pub(super) fn aim(&mut self, target: Amperes) {
        if self.target.0 > 0.0 {
            self.setting = self.setting * (target / self.target);
        } else {
            self.setting = target;
        }
        self.target = target;
        self.ceiling = target * MOST_ABOVE;
        self.move_by(Amperes(0.0));
    }

    /// Takes over what another has found the driver to need.
    pub(super) fn trim_as(&mut self, other: &Self) {
        if other.target.0 > 0.0 {
            self.setting = self.target * (other.setting / other.target);
            self.move_by(Amperes(0.0));
        }
    }

    /// Corrects what was measured towards the current that was wanted, and wants this one from here on.
    pub(super) fn hold_current(&mut self, target: Amperes, measured: Amperes) {
        self.move_by((self.target - measured) * GAIN);
        if target != self.target {
            self.aim(target);
        }
    }

    /// Corrects towards a constant voltage; `missing` is how far the voltage has still to go in
    /// the direction in which the current moves it.
    pub(super) fn hold_voltage(&mut self, missing: Volts) {
        self.move_by(missing / self.resistance * GAIN);
    }

    /// Corrects towards a constant voltage, or towards a current if the voltage would take more.
    pub(super) fn hold_voltage_within(&mut self, missing: Volts, most: Amperes, measured: Amperes) {
        self.move_by((missing / self.resistance).min(most - measured) * GAIN);
    }

    /// From here on the current may only be what it is now or less: constant current has ended.
    pub(super) fn enter_hold(&mut self) {
        self.ceiling = self.setting;
    }

    fn move_by(&mut self, change: Amperes) {
        self.setting = (self.setting + change).max(Amperes(0.0)).min(self.ceiling);
    }
}

/// Whether far less flows than is set: less than half, and by more than small currents are
/// uncertain by.
pub(super) fn is_starved(setting: Amperes, measured: Amperes) -> bool {
    measured < setting * 0.5 - UNCERTAIN
}
