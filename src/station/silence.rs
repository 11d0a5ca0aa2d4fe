//! Silences that are got over: a busy host or hub can keep a unit from being heard for a second or two.
//! The unit goes on meanwhile, within its own limits and under its watchdog.

use crate::clock::Instant;
use crate::driver::{FaultKind, LineError};
use std::time::Duration;

/// So many silences in [`WINDOW`] are got over; one more is a fault.
const MOST: u32 = 5;
/// A silence that comes longer than this after the one before is the first again.
const WINDOW: Duration = Duration::from_secs(60);

/// How often a unit has not been heard.
#[derive(Debug, Default)]
pub(super) struct Silences {
    last: Instant,
    count: u32,
}

impl Silences {
    /// Counts one more, and says whether the unit may be asked again.
    pub(super) fn may_be_got_over(&mut self, now: Instant) -> bool {
        if now - self.last > WINDOW {
            self.count = 0;
        }
        self.last = now;
        self.count += 1;
        self.count <= MOST
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_that_come_too_often_are_a_fault() {
        let at = |seconds| Instant::ORIGIN + Duration::from_secs(seconds);
        let mut silences = Silences::default();
        assert!((1..=5).all(|seconds| silences.may_be_got_over(at(seconds))));
        assert!(!silences.may_be_got_over(at(6)));
        assert!(silences.may_be_got_over(at(67)));
        assert!((2..=20).all(|minutes| silences.may_be_got_over(at(minutes * 61))));
    }
}
