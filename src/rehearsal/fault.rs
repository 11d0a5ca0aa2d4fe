//! What goes wrong in a rehearsal, and when.

use crate::identity::Slot;
use crate::recipe::FaultKind;
use std::time::Duration;

/// A thing that happens to the first unit of the bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// The slot it happens to, where it happens to a cell.
    pub slot: Slot,
    /// When it happens.
    pub when: When,
    /// How long it lasts, where it can be over; none: to the end.
    pub lasts: Option<Duration>,
}

/// A moment of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// So long after the unit's clock began to run.
    At(Duration),
    /// So long after the cell in the fault's slot first began the step of this name.
    InStep(String, Duration),
}
