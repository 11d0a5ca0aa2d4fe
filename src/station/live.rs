//! What can be seen of a cell while it is tested, without asking anybody.

use crate::clock::Instant;
use crate::identity::{CellName, Place};
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The newest of one cell.
#[derive(Clone, Debug, Default)]
pub struct Glimpse {
    /// The step's number in the plan; 0 before the first.
    pub step_id: u32,
    /// The step's name, or what it does.
    pub step: String,
    /// Steps begun so far.
    pub step_count: u32,
    /// The cycle, from 1.
    pub cycle: u32,
    /// Time in this step.
    pub step_time: Duration,
    /// The moment of the reading, on the clock of the cell's unit.
    pub at: Instant,
    /// Voltage at the unit's terminals.
    pub voltage: Volts,
    /// Current, positive into the cell.
    pub current: Amperes,
    /// Temperature of the cell's surface.
    pub temperature: Celsius,
    /// Charge that passed in this step, without a sign.
    pub charge: Coulombs,
    /// Whether the cell is done.
    pub done: bool,
}

/// One cell as others may look at it; the station overwrites, nobody waits.
#[derive(Clone, Debug)]
pub struct Live {
    /// The cell.
    pub cell: CellName,
    /// Where it lies.
    pub place: Place,
    glimpse: Arc<Mutex<Glimpse>>,
}

impl Live {
    /// A cell of which nothing has been seen.
    pub fn new(cell: CellName, place: Place) -> Self {
        Self { cell, place, glimpse: Arc::default() }
    }

    /// The newest.
    pub fn look(&self) -> Glimpse {
        self.glimpse.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is seen.
    pub(super) fn update(&self, change: impl FnOnce(&mut Glimpse)) {
        change(&mut self.glimpse.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
