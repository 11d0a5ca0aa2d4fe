//! What the driver is set to, so that the current that is wanted is the one that flows.

use super::dither::{Aim, Dither};
use super::gain::{Gain, MOST};
use super::reading::{Activity, Command, Reading};
use crate::plan::{CURRENT_STEP, Direction, HIGHEST_STEP};
use crate::units::Amperes;

/// Offsets of the driver and of the measurement together.
const UNCERTAIN: Amperes = Amperes(0.02);

/// The trim of one slot. What it has found of the driver is kept from step to step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trim {
    charge: Gain,
    discharge: Gain,
    /// What is wanted now; none while nothing is to flow.
    now: Option<Wish>,
}

#[derive(Clone, Copy, Debug)]
struct Wish {
    direction: Direction,
    current: Amperes,
    dither: Dither,
}

impl Trim {
    /// Wants a current of this size in this direction.
    pub(super) fn want(&mut self, direction: Direction, current: Amperes) {
        let dither = match self.now {
            Some(wish) if wish.direction == direction => wish.dither,
            _ => Dither::default(),
        };
        let mut wish = Wish { direction, current, dither };
        wish.dither.follow(self.aim(wish));
        self.now = Some(wish);
    }

    /// Wants nothing.
    pub(super) fn release(&mut self) {
        self.now = None;
    }

    /// What the slot is to be told.
    pub(super) fn command(&self) -> Command {
        self.now.map_or(Command::Idle, |wish| Command::Drive(wish.direction, self.setting()))
    }

    /// What the driver is set to.
    pub(super) fn setting(&self) -> Amperes {
        self.now.map_or(Amperes(0.0), |wish| CURRENT_STEP * f64::from(wish.dither.steps()))
    }

    /// Takes in a reading before anything is made of it: what the driver gives for its setting. What is
    /// worth a word, it says.
    pub(super) fn learn(&mut self, reading: &Reading) -> Option<String> {
        let wish = self.now?;
        if !reading.steady || reading.activity != Activity::Driving(wish.direction) {
            return None;
        }
        let set = self.setting();
        let gain = match wish.direction {
            Direction::Charge => &mut self.charge,
            Direction::Discharge => &mut self.discharge,
        };
        gain.take(set, reading.current).then(|| {
            format!(
                "the driver is set to {set:.3} and gives {:.3} in {}: more than 10 % off, which is not corrected for; the current is not the one that is asked for",
                reading.current, wish.direction
            )
        })
    }

    /// The current that was measured, less what the dither is known to have added to it.
    pub(super) fn undithered(&self, measured: Amperes) -> Amperes {
        self.now.map_or(measured, |wish| measured + wish.dither.short(self.plain_aim(wish)))
    }

    /// Counts the time until this reading, and changes the step of the register when that is due.
    pub(super) fn pass(&mut self, reading: &Reading) {
        let Some(mut wish) = self.now else { return };
        if reading.steady && reading.activity == Activity::Driving(wish.direction) {
            wish.dither.pass(self.aim(wish), reading.at);
            self.now = Some(wish);
        }
    }

    fn gain(&self, direction: Direction) -> &Gain {
        match direction {
            Direction::Charge => &self.charge,
            Direction::Discharge => &self.discharge,
        }
    }

    /// What is wanted in terms of the register, as far as the driver is known.
    fn plain_aim(&self, wish: Wish) -> Aim {
        let most = (wish.current * MOST / CURRENT_STEP).round().max((wish.current / CURRENT_STEP).ceil());
        Aim {
            current: wish.current,
            step: CURRENT_STEP * self.gain(wish.direction).value(),
            most: most.clamp(0.0, f64::from(HIGHEST_STEP)) as u16,
        }
    }

    /// The same, but such that a driver that is not known well gives too little rather than too much.
    fn aim(&self, wish: Wish) -> Aim {
        let (aim, uncertain) = (self.plain_aim(wish), self.gain(wish.direction).uncertainty());
        let matters = wish.current * uncertain > CURRENT_STEP;
        Aim { step: if matters { aim.step * (1.0 + uncertain) } else { aim.step }, ..aim }
    }
}

/// Whether far less flows than is set: less than half, and by more than small currents are
/// uncertain by.
pub(super) fn is_starved(setting: Amperes, measured: Amperes) -> bool {
    measured < setting * 0.5 - UNCERTAIN
}
