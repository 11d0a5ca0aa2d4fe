//! No current.

use super::super::reading::{Activity, Command, Reading};
use super::{Judged, Law};
use crate::event::StepType;

#[derive(Debug)]
pub(super) struct Resting;

impl Law for Resting {
    fn command(&self) -> Command {
        Command::Idle
    }

    fn step_type(&self, _: Activity) -> StepType {
        StepType::Rest
    }

    fn judges(&self, reading: &Reading) -> Judged {
        if reading.activity == Activity::Settled { Judged::Everything } else { Judged::Nothing }
    }
}
