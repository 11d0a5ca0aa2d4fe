//! No current.

use super::super::reading::{Activity, Reading};
use super::{Judged, Law, Wanted};
use crate::event::StepType;

#[derive(Debug)]
pub(super) struct Resting;

impl Law for Resting {
    fn wanted(&self) -> Wanted {
        Wanted::Nothing
    }

    fn step_type(&self, _: Activity) -> StepType {
        StepType::Rest
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if reading.activity == Activity::Settled { Judged::Everything } else { Judged::Nothing }
    }
}
