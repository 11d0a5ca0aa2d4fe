//! Silences that are got over: a busy host or hub can keep a unit from being heard for a second or two.
//! The unit goes on meanwhile, within its own limits and under its watchdog.

use super::allowance::Allowance;
use crate::driver::{FaultKind, LineError};
use std::time::Duration;

/// How often a unit may be asked again that was not heard: five times in a minute.
pub(super) fn silences() -> Allowance {
    Allowance::of(5, Duration::from_secs(60))
}

/// Whether an error says no more than that nothing was heard.
pub(super) fn is_silence(error: &LineError) -> bool {
    match error {
        LineError::Transport(_) => false,
        LineError::Fault(fault) => match &fault.kind {
            FaultKind::NoReply | FaultKind::NoAcknowledgement { .. } | FaultKind::Silent { .. } => true,
            // The setpoints of all slots in which current flows are written again.
            FaultKind::SetpointUnknown { .. } => true,
            FaultKind::Refused { .. }
            | FaultKind::Differs { .. }
            | FaultKind::NotWritable(_)
            | FaultKind::NoAccess
            | FaultKind::Unsteady
            | FaultKind::Abandoned
            | FaultKind::StillLocked { .. } => false,
        },
    }
}
