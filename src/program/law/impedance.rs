//! The impedance at one frequency after the other.

use super::super::reading::{Activity, Reading};
use super::super::turn::{End, Turn};
use super::{Judged, Law, Wanted};
use crate::event::StepType;
use crate::units::Hertz;

#[derive(Debug)]
pub(super) struct Sweeping {
    frequencies: Vec<Hertz>,
    done: usize,
}

impl Sweeping {
    pub(super) fn new(frequencies: &[Hertz]) -> Self {
        Self { frequencies: frequencies.to_vec(), done: 0 }
    }
}

impl Law for Sweeping {
    fn wanted(&self) -> Wanted {
        self.frequencies.get(self.done).map_or(Wanted::Nothing, |frequency| Wanted::Impedance(*frequency))
    }

    fn step_type(&self, _: Activity) -> StepType {
        StepType::Impedance
    }

    fn judges(&self, _: &Reading) -> Judged {
        Judged::Nothing
    }

    fn on_impedance(&mut self) -> Turn {
        self.done += 1;
        if self.done < self.frequencies.len() { Turn::GoOn } else { Turn::End(End::completed()) }
    }
}
