//! The cell's state and how a current changes it.

use super::branch::{Branch, Decay, Resistor};
use super::open_circuit::{Curve, Point};
use super::spread::{Purpose, factor};
use super::{Books, CellSpec};
use crate::units::{Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, Volts};
use std::time::Duration;

/// The charge-transfer branch: resistance as a part of the ohmic one, and time constant in seconds.
/// 8 ms puts the middle of its arc at 20 Hz, so that a spectrum from 39 Hz to 1055 Hz is not flat.
const TRANSFER: (f64, f64) = (0.40, 0.008);
/// The diffusion branch: what relaxes within minutes of a rest.
const DIFFUSION: (f64, f64) = (0.60, 40.0);
/// Heat capacity of a cell: an 18650 cell of 2.5 Ah weighs 45 g, at about 1 J/(g K).
const JOULES_PER_KELVIN_AND_AMPERE_HOUR: f64 = 18.0;
/// Heat that a 2.5 Ah cell gives to air and holder, in W/K; smaller ones in proportion to their surface.
const WATTS_PER_KELVIN: f64 = 0.08;
/// What a holder's contacts alone carry away, in W/K.
const WATTS_PER_KELVIN_LEAST: f64 = 0.02;
/// Activation energy of a cell's resistance over the gas constant, in kelvin (20 kJ/mol).
const ACTIVATION: f64 = 2405.0;
const KELVIN: f64 = 273.15;
const REFERENCE: f64 = KELVIN + 25.0;

/// One cell. Its state is advanced by exact solutions, so that what it does depends on the current
/// over time and hardly on how that time is cut into steps.
#[derive(Clone, Debug)]
pub struct Cell {
    curve: &'static Curve,
    /// Coulombs between empty and full.
    capacity: f64,
    /// Ohms at 25 degC and half charge.
    resistance: f64,
    /// Amperes that are lost inside.
    self_discharge: f64,
    heat_capacity: f64,
    heat_loss: f64,
    per_capacity: f64,
    per_heat_loss: f64,
    ambient: f64,

    charge: f64,
    point: Point,
    transfer: Branch,
    diffusion: Branch,
    temperature: f64,
    resistances: Resistances,

    charged: f64,
    discharged: f64,
    energy_in: f64,
    energy_out: f64,
    decays: [Decays; 2],
    newest: usize,
}

/// The decays over one length of step. Steps of one length follow each other, so they are kept.
#[derive(Clone, Copy, Debug, Default)]
struct Decays {
    length: Duration,
    seconds: f64,
    per_second: f64,
    transfer: Decay,
    diffusion: Decay,
    heat: Decay,
}

impl Cell {
    /// Makes the cell of this kind that this seed gives, in surroundings of this temperature.
    pub fn new(spec: &CellSpec, ambient: Celsius, seed: u64) -> Self {
        let capacity = spec.capacity.0 * factor(seed, Purpose::Capacity, spec.capacity_spread);
        let resistance = spec.resistance.0 * factor(seed, Purpose::Resistance, spec.resistance_spread);
        let hours = Coulombs(capacity).ampere_hours();
        let curve = Curve::of(spec.chemistry);
        let heat_loss = (WATTS_PER_KELVIN * (hours / 2.5).powf(2.0 / 3.0)).max(WATTS_PER_KELVIN_LEAST);
        let temperature = spec.temperature.unwrap_or(ambient).0;
        Self {
            curve,
            capacity,
            resistance,
            self_discharge: spec.self_discharge.0,
            heat_capacity: hours * JOULES_PER_KELVIN_AND_AMPERE_HOUR,
            heat_loss,
            per_capacity: capacity.recip(),
            per_heat_loss: heat_loss.recip(),
            ambient: ambient.0,
            charge: spec.state_of_charge,
            point: curve.at(spec.state_of_charge),
            transfer: Branch::default(),
            diffusion: Branch::default(),
            temperature,
            resistances: Resistances::at(temperature, resistance),
            charged: 0.0,
            discharged: 0.0,
            energy_in: 0.0,
            energy_out: 0.0,
            decays: [Decays::default(); 2],
            newest: 0,
        }
    }

    /// Lets a constant current pass for so long; positive charges. The current is finite.
    pub fn advance(&mut self, current: Amperes, dt: Duration) {
        if dt.is_zero() {
            return;
        }
        let known = self.decays_over(dt);
        let decays = &self.decays[known];
        let (amperes, seconds) = (current.0, decays.seconds);
        let Resistances { ohmic, transfer, diffusion, .. } = self.resistances;
        let ohmic = ohmic * emptiness(self.charge);
        let transfer = self.transfer.advance(amperes, transfer, seconds, &decays.transfer);
        let diffusion = self.diffusion.advance(amperes, diffusion, seconds, &decays.diffusion);
        let mut heat = transfer.heat + diffusion.heat;

        if amperes != 0.0 {
            let passed = amperes * seconds;
            let before = self.point.area;
            self.charge += passed * self.per_capacity;
            self.point = self.curve.at(self.charge);
            let stored = self.capacity * (self.point.area - before);
            let lost = amperes * passed * ohmic;
            let energy = stored + lost + amperes * (transfer.volt_seconds + diffusion.volt_seconds);
            heat += lost;
            if amperes > 0.0 {
                self.charged += passed;
                self.energy_in += energy;
            } else {
                self.discharged -= passed;
                self.energy_out -= energy;
            }
        }

        if self.self_discharge > 0.0 {
            // What it loses never comes to the terminals, so it is in no book.
            self.charge -= self.self_discharge * seconds * self.per_capacity;
            self.point = self.curve.at(self.charge);
        }

        let settled = self.ambient + heat * decays.per_second * self.per_heat_loss;
        self.temperature += (settled - self.temperature) * decays.heat.gone;
        // A thousandth of a degree moves resistance by 3e-5 of itself: not worth an exponential each time.
        if (self.temperature - self.resistances.temperature).abs() > 1e-3 {
            self.resistances = Resistances::at(self.temperature, self.resistance);
        }
    }

    /// The voltage at the terminals while this current flows; positive charges.
    pub fn terminal_voltage(&self, current: Amperes) -> Volts {
        let ohmic = self.resistances.ohmic * emptiness(self.charge);
        Volts(self.point.voltage + current.0 * ohmic + self.transfer.voltage + self.diffusion.voltage)
    }

    /// The voltage that the terminals would come to after a long rest.
    pub fn open_circuit_voltage(&self) -> Volts {
        Volts(self.point.voltage)
    }

    /// The temperature of the cell's surface.
    pub fn temperature(&self) -> Celsius {
        Celsius(self.temperature)
    }

    /// Moves the cell into surroundings of another temperature.
    pub fn set_ambient(&mut self, ambient: Celsius) {
        self.ambient = ambient.0;
    }

    /// The magnitude of the small-signal impedance at this frequency, above zero.
    pub fn impedance(&self, frequency: Hertz) -> Ohms {
        let ohms = self.resistances.ohmic;
        let (mut real, mut imaginary) = (ohms * emptiness(self.charge), 0.0);
        for (part, tau) in [TRANSFER, DIFFUSION] {
            let turn = std::f64::consts::TAU * frequency.0 * tau;
            let share = ohms * part / (1.0 + turn * turn);
            real += share;
            imaginary -= share * turn;
        }
        Ohms(real.hypot(imaginary))
    }

    /// 0 is empty, 1 is full; beyond either the cell is driven too far.
    pub fn state_of_charge(&self) -> f64 {
        self.charge
    }

    /// What truly passed since the cell was made.
    pub fn books(&self) -> Books {
        Books {
            charged: Coulombs(self.charged),
            discharged: Coulombs(self.discharged),
            energy_in: Joules(self.energy_in),
            energy_out: Joules(self.energy_out),
            capacity: Coulombs(self.capacity),
            resistance: Ohms(self.resistance),
            state_of_charge: self.charge,
        }
    }

    /// Which of the kept decays is that over this length; the older one makes way for a new one.
    fn decays_over(&mut self, length: Duration) -> usize {
        if let Some(known) = self.decays.iter().position(|decays| decays.length == length) {
            return known;
        }
        let seconds = length.as_secs_f64();
        self.newest ^= 1;
        self.decays[self.newest] = Decays {
            length,
            seconds,
            per_second: seconds.recip(),
            transfer: Decay::over(seconds, TRANSFER.1),
            diffusion: Decay::over(seconds, DIFFUSION.1),
            heat: Decay::over(seconds, self.heat_capacity / self.heat_loss),
        };
        self.newest
    }
}

/// The cell's resistances at a temperature.
#[derive(Clone, Copy, Debug)]
struct Resistances {
    temperature: f64,
    /// The ohmic one at half charge.
    ohmic: f64,
    transfer: Resistor,
    diffusion: Resistor,
}

impl Resistances {
    /// Those of a cell whose ohmic resistance is so much at 25 degC.
    fn at(temperature: f64, reference: f64) -> Self {
        let ohmic = reference * cold(temperature);
        let (transfer, diffusion) = (Resistor::of(ohmic * TRANSFER.0), Resistor::of(ohmic * DIFFUSION.0));
        Self { temperature, ohmic, transfer, diffusion }
    }
}

/// How much more a cell resists at this temperature than at 25 degC (Arrhenius).
fn cold(celsius: f64) -> f64 {
    (ACTIVATION * (1.0 / (celsius + KELVIN) - 1.0 / REFERENCE)).exp()
}

/// How much more the ohmic part is when nearly empty: up to 1.4 times, from 10 % downwards.
fn emptiness(charge: f64) -> f64 {
    let depth = (1.0 - charge / 0.10).clamp(0.0, 1.0);
    1.0 + 0.4 * depth * depth
}
