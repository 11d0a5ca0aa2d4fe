//! The physical side of a slot: what lies in it, the current through it, and what its converters sample.

use super::calibration::Analog;
use super::drive::{Direction, Drive};
use super::sensors::Stuck;
use crate::simulator::cell::{Books, Cell};
use crate::units::{Amperes, Celsius, Hertz};
use rand_pcg::Pcg64;
use std::time::Duration;

/// The longest stretch, in microseconds, over which a ramping current counts as constant for the
/// cell's physics. Its charge is exact all the same.
const RAMP_STRETCH: u64 = 20_000;
/// Volts that open terminals are charged to, the supply's.
const SUPPLY: f64 = 5.0;

/// What lies in a slot.
#[derive(Clone, Debug)]
pub enum Contents {
    /// Nothing.
    Empty,
    /// A cell the right way round.
    Cell(Cell),
    /// A cell the wrong way round: no current flows.
    Reversed(Cell),
}

/// What the converters gathered since the last look: means come from it by the length of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampled {
    /// Ampere microseconds, without sign.
    pub current: f64,
    /// Volt microseconds.
    pub voltage: f64,
    /// Microseconds.
    pub time: u64,
}

/// One slot's hardware.
#[derive(Clone, Debug)]
pub struct Bay {
    contents: Contents,
    drive: Drive,
    supplied: bool,
    time: u64,
    sampling: bool,
    sampled: Sampled,
    /// How far its parts are from what they should be.
    pub analog: Analog,
    /// The chance of its measurements.
    pub noise: Pcg64,
    /// What reads the same for ever.
    pub stuck: Stuck,
    ambient: Celsius,
}

impl Bay {
    /// A slot at rest.
    pub fn new(contents: Contents, supplied: bool, analog: Analog, noise: Pcg64, ambient: Celsius) -> Self {
        Self {
            contents,
            drive: Drive::Off,
            supplied,
            time: 0,
            sampling: false,
            sampled: Sampled::default(),
            analog,
            noise,
            stuck: Stuck::default(),
            ambient,
        }
    }

    /// Lets time pass up to a moment.
    pub fn run_to(&mut self, to: u64) {
        while self.time < to {
            let end = match self.drive {
                Drive::Constant { ramp, wrong_way_until, .. } => {
                    let mut end = to;
                    if self.time < ramp.end() {
                        end = end.min(ramp.end()).min(self.time + RAMP_STRETCH);
                    }
                    if self.time < wrong_way_until { end.min(wrong_way_until) } else { end }
                }
                Drive::Off | Drive::Sine { .. } => to,
            };
            self.stretch(end);
        }
    }

    /// Lets time pass over which the mean current stands for the current.
    fn stretch(&mut self, end: u64) {
        let length = end - self.time;
        let current = self.mean_current(self.time, end);
        let voltage = if let Contents::Cell(cell) = &mut self.contents {
            let before = if self.sampling { cell.terminal_voltage(current).0 } else { 0.0 };
            cell.advance(current, Duration::from_micros(length));
            if self.sampling { (before + cell.terminal_voltage(current).0) / 2.0 } else { 0.0 }
        } else {
            if let Contents::Reversed(cell) = &mut self.contents {
                cell.advance(Amperes(0.0), Duration::from_micros(length));
            }
            self.idle_voltage()
        };
        if self.sampling {
            self.sampled.current += current.0.abs() * length as f64;
            self.sampled.voltage += voltage * length as f64;
            self.sampled.time += length;
        }
        self.time = end;
    }

    /// The mean of the current between two moments of one stretch; positive charges.
    fn mean_current(&self, from: u64, to: u64) -> Amperes {
        if !matches!(self.contents, Contents::Cell(_)) {
            return Amperes(0.0);
        }
        let duty = match self.drive {
            Drive::Off => 0.0,
            Drive::Constant { direction, ramp, wrong_way_until } => {
                let direction = if from < wrong_way_until { Direction::Discharge } else { direction };
                if direction == Direction::Charge && !self.supplied {
                    0.0
                } else {
                    direction.sign() * ramp.integral(from, to) / (to - from) as f64
                }
            }
            Drive::Sine { mean, .. } => -mean,
        };
        Amperes(duty * self.analog.amperes_per_step)
    }

    /// The voltage where no current can flow.
    fn idle_voltage(&self) -> f64 {
        match &self.contents {
            Contents::Reversed(cell) => -cell.terminal_voltage(Amperes(0.0)).0,
            Contents::Empty if self.supplied && self.charges() => SUPPLY,
            Contents::Empty | Contents::Cell(_) => 0.0,
        }
    }

    fn charges(&self) -> bool {
        matches!(self.drive, Drive::Constant { direction: Direction::Charge, .. })
    }

    /// What the driver does.
    pub fn drive(&self) -> Drive {
        self.drive
    }

    /// Gives the driver something else to do from this moment on.
    pub fn set_drive(&mut self, drive: Drive, now: u64) {
        if drive != self.drive {
            self.run_to(now);
            self.drive = drive;
        }
    }

    /// Plugs the external supply in or out.
    pub fn set_supplied(&mut self, supplied: bool, now: u64) {
        self.run_to(now);
        self.supplied = supplied;
    }

    /// Puts something else into the slot.
    pub fn put(&mut self, contents: Contents, now: u64) -> Contents {
        self.run_to(now);
        std::mem::replace(&mut self.contents, contents)
    }

    /// Turns the converters to this slot, or away from it.
    pub fn set_sampling(&mut self, sampling: bool, now: u64) {
        self.run_to(now);
        self.sampling = sampling;
    }

    /// What was gathered up to a moment, and begins to gather anew.
    pub fn take_sampled(&mut self, now: u64) -> Sampled {
        self.run_to(now);
        std::mem::take(&mut self.sampled)
    }

    /// Amperes and volts between the peaks of a sine of this frequency, if one is driven.
    pub fn peak_to_peak(&self, frequency: Hertz) -> Option<(f64, f64)> {
        match (self.drive, &self.contents) {
            (Drive::Sine { peak_to_peak, .. }, Contents::Cell(cell)) if frequency.0 > 0.0 => {
                let amperes = peak_to_peak * self.analog.amperes_per_step;
                Some((amperes, amperes * cell.impedance(frequency).0))
            }
            _ => None,
        }
    }

    /// The temperature at the thermistor: the cell's surface, or the air.
    pub fn temperature(&mut self, now: u64) -> Celsius {
        self.run_to(now);
        match &self.contents {
            Contents::Empty => self.ambient,
            Contents::Cell(cell) | Contents::Reversed(cell) => cell.temperature(),
        }
    }

    /// The truth about the cell, if there is one.
    pub fn books(&mut self, now: u64) -> Option<Books> {
        self.cell(now).map(Cell::books)
    }

    /// The current through the cell at this moment; positive charges.
    pub fn current(&mut self, now: u64) -> Amperes {
        self.run_to(now);
        self.mean_current(now, now + 1)
    }

    /// The cell itself.
    pub fn cell(&mut self, now: u64) -> Option<&Cell> {
        self.run_to(now);
        match &self.contents {
            Contents::Empty => None,
            Contents::Cell(cell) | Contents::Reversed(cell) => Some(cell),
        }
    }

    /// Makes a duty of one give so much of 1/128 A.
    pub fn set_driver(&mut self, gain: f64, now: u64) {
        self.run_to(now);
        self.analog.amperes_per_step = gain / 128.0;
    }
}
