//! No current, until something has come.

use super::super::reading::{Activity, Reading};
use super::super::turn::Turn;
use super::{Judged, Law, Wanted};
use crate::event::{EndReason, StepType};
use crate::plan::{Awaited, Wait};
use crate::units::Amperes;

#[derive(Debug)]
pub(super) struct Waiting {
    for_supply: bool,
}

impl Waiting {
    pub(super) fn new(wait: &Wait) -> Self {
        Self { for_supply: matches!(wait.awaited, Awaited::Supply) }
    }
}

impl Law for Waiting {
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

    fn wants_supply(&self) -> bool {
        self.for_supply
    }

    fn on_supply(&mut self, present: bool) -> Turn {
        if self.for_supply && present { EndReason::Condition("supply".into()).into() } else { Turn::GoOn }
    }
}
