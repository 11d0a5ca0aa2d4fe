//! What a cell's voltage will do: an observer of its resistance and of the voltage behind it.

use super::reading::{Activity, Reading};
use crate::clock::Instant;
use crate::units::{Amperes, Ohms, Volts};
use std::time::Duration;

/// Resistances that a cell and its holder can have; an estimate outside is a disturbed reading.
const PLAUSIBLE: (Ohms, Ohms) = (Ohms(0.005), Ohms(1.0));

/// More than what cells that this unit is made for resist with: what is expected of one that could not
/// be measured yet, where too little current is better than too much.
const CAUTIOUS: Ohms = Ohms(0.25);

/// A change of current, and of voltage with it, from which a resistance can be told.
const TELLING: (Amperes, Volts) = (Amperes(0.05), Volts(0.003));

/// A change of current between two readings that tells the resistance anew, and what share of a finding
/// is believed then.
const RETELLING: (Amperes, f64) = (Amperes(0.2), 0.5);

/// From reading to reading, when nothing is lost: one rotation of the unit's slices.
const ROTATION: Duration = Duration::from_micros(614_400);

/// The longest time between two readings of which one change of current can be told.
const NEAR: Duration = Duration::from_secs(2);

/// The noise of one measured voltage with its resolution: one standard deviation, in volts.
const NOISE: f64 = 0.000_25;

/// How the voltage behind the resistance moves beside what charge makes of it: relaxation over the
/// resistance, as an equivalent current for each reading, in amperes; and the part of the current whose
/// effect still comes, which falls with the time since it began.
const WANDERS: (f64, f64) = (0.001, 0.2);

/// How the rise of voltage with charge changes from reading to reading: a part of itself, and at least
/// so many volts a coulomb.
const BENDS: (f64, f64) = (0.1, 1e-5);

/// So many standard deviations away, a reading says that the model is not right.
const SURPRISE: f64 = 4.0;

/// The voltage at the terminals as `V = E + I R`, with the current positive into the cell. R is what the
/// voltage follows at once, E all that lies behind it: open circuit and slow polarisation. `dE = k dQ`,
/// so that k takes both in. E and k are found by a Kalman filter, R from the step of current at the
/// beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observer {
    /// E, in volts.
    behind: f64,
    /// k, in volts for each coulomb.
    rise: f64,
    /// Their covariance: of E, of both, of k.
    covariance: (f64, f64, f64),
    resistance: Option<Ohms>,
    last: Option<Look>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    since: Instant,
    voltage: f64,
    current: f64,
}

impl Observer {
    /// Begins with the voltage of the settled cell.
    pub(super) fn new(rest: Volts) -> Self {
        Self {
            behind: rest.0,
            rise: 0.0,
            covariance: (0.005_f64.powi(2), 0.0, 0.002_f64.powi(2)),
            resistance: None,
            last: None,
        }
    }

    /// Whether the resistance has been told.
    pub(super) fn is_sure(&self) -> bool {
        self.resistance.is_some()
    }

    fn ohms(&self) -> f64 {
        self.resistance.unwrap_or(CAUTIOUS).0
    }

    /// Takes in a reading. Its voltage and its current are means over the same slice, so that it does no harm
    /// if the setting was changed within it.
    pub(super) fn take(&mut self, reading: &Reading) {
        let current = match reading.activity {
            Activity::Driving(direction) => direction.sign(reading.current).0,
            Activity::Settled => 0.0,
            Activity::Sine => return,
        };
        if reading.activity == Activity::Settled && self.last.is_none() {
            self.behind = reading.voltage.0;
            return;
        }
        let look = Look { at: reading.at, since: reading.since, voltage: reading.voltage.0, current };
        self.predict(look);
        self.tell_resistance(look);
        self.correct(look);
        self.last = Some(look);
    }

    /// Carries E on to the moment of a look, and lets what is not known of it grow.
    fn predict(&mut self, look: Look) {
        let seconds = self.last.map_or(0.0, |last| (look.at - last.at).as_secs_f64());
        let mean = self.last.map_or(look.current, |last| (last.current + look.current) / 2.0);
        let passed = mean * seconds;
        self.behind += self.rise * passed;
        let since = (look.at - look.since).as_secs_f64().max(0.1);
        let rotations = (seconds / ROTATION.as_secs_f64()).max(1.0);
        let fresh = WANDERS.1 * look.current.abs() * seconds / (since + seconds);
        let wanders = self.ohms() * (WANDERS.0 + fresh);
        let bends = (BENDS.0 * self.rise).abs().max(BENDS.1);
        let (e, both, k) = self.covariance;
        self.covariance = (
            e + 2.0 * passed * both + passed * passed * k + wanders * wanders * rotations,
            both + passed * k,
            k + bends * bends * rotations,
        );
        if self.last.is_some_and(|last| last.since != look.since) {
            // It has lain idle, or something else was done with it meanwhile.
            self.covariance.0 += (0.5 * self.ohms() * look.current).powi(2);
        }
    }

    /// Finds the resistance in a change of current.
    fn tell_resistance(&mut self, look: Look) {
        let (from, before) = self.last.map_or((0.0, self.behind), |last| (last.current, last.voltage));
        let change = look.current - from;
        let passed = self.last.map_or(0.0, |last| change_of_charge(last, look));
        let risen = look.voltage - before - self.rise * passed;
        let found = Ohms(risen / change);
        let near = self.last.is_none_or(|last| last.since == look.since && look.at - last.at <= NEAR);
        let plausible = near && found >= PLAUSIBLE.0 && found <= PLAUSIBLE.1;
        let old = self.ohms();
        self.resistance = match self.resistance {
            None if plausible && change.abs() >= TELLING.0.0 && risen.abs() >= TELLING.1.0 => Some(found),
            Some(known) if plausible && change.abs() >= RETELLING.0.0 => {
                Some(known + (found - known) * RETELLING.1)
            }
            known => known,
        };
        // The voltage that was seen with the current before stays explained.
        self.behind += (old - self.ohms()) * from;
    }

    /// Corrects E and k by what is measured.
    fn correct(&mut self, look: Look) {
        let away = look.voltage - look.current * self.ohms() - self.behind;
        let (mut e, both, k) = self.covariance;
        if away * away > SURPRISE * SURPRISE * (e + NOISE * NOISE) {
            e += away * away;
        }
        let all = e + NOISE * NOISE;
        let (share, bend) = (e / all, both / all);
        self.behind += share * away;
        self.rise += bend * away;
        self.covariance = (e * (1.0 - share), both * (1.0 - share), k - bend * both);
    }

    /// The current with which the next reading shows this voltage, positive into the cell.
    pub(super) fn current_for(&self, voltage: Volts) -> Amperes {
        let ahead = self.rise * ROTATION.as_secs_f64();
        // A voltage that falls while charge goes in is no reason to divide by nothing.
        Amperes((voltage.0 - self.behind) / (self.ohms() + ahead).max(PLAUSIBLE.0.0))
    }

    /// The voltage that the next reading shows with this current.
    pub(super) fn voltage_with(&self, current: Amperes) -> Volts {
        let resistance = self.resistance.map_or(0.0, |known| known.0);
        Volts(self.behind + current.0 * (resistance + self.rise * ROTATION.as_secs_f64()))
    }

    /// How fast a current fades that holds the voltage: the part of it that goes in one second.
    pub(super) fn fading(&self) -> f64 {
        (self.rise / self.ohms()).clamp(0.0, 1.0)
    }
}

/// What passes between two looks, the current going over from one to the other.
fn change_of_charge(from: Look, to: Look) -> f64 {
    (from.current + to.current) / 2.0 * (to.at - from.at).as_secs_f64()
}
