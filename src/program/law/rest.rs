//! No current.

use super::super::reading::{Activity, Reading};
use super::{Judged, Law, Wanted};
use crate::event::StepType;
use crate::units::Amperes;

#[derive(Debug)]
pub(super) struct Resting;

impl Law for Resting {
    fn wanted(&self) -> Wanted {
        Wanted::Nothing
    }

    fn step_type(&self, _: Activity) -> StepType {
        StepType::Rest
    }

    /// There is none to limit.
    fn limit_current(&mut self, _: Amperes) -> bool {
        true
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if reading.activity == Activity::Settled { Judged::Everything } else { Judged::Nothing }
    }
}
