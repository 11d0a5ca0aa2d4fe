//! What follows from something that a running step was told.

use crate::event::EndReason;
use crate::plan::{EndCondition, Then};
use crate::units::Volts;

/// What follows from a reading, a moment or a result.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Turn {
    /// The step goes on.
    GoOn,
    /// The current was changed by the step itself: the last sample before it and the first after it
    /// are worth a row.
    Edge,
    /// Constant voltage takes over.
    Hold(Volts),
    /// The step is over.
    End(End),
}

/// Why a step is over, and where the plan goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) reason: EndReason,
    pub(super) then: Then,
}

impl End {
    /// An end after which the next step follows, if any does.
    pub(super) fn by(reason: EndReason) -> Self {
        Self { reason, then: Then::Next }
    }

    /// All is done that was to be done.
    pub(super) fn completed() -> Self {
        Self::by(EndReason::Completed)
    }

    /// A condition was met.
    pub(super) fn met(condition: &EndCondition) -> Self {
        Self { reason: EndReason::Condition(condition.to_string()), then: condition.then.clone() }
    }
}

impl From<EndReason> for Turn {
    fn from(reason: EndReason) -> Self {
        Self::End(End::by(reason))
    }
}
