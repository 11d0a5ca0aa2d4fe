//! The cells of one unit that are done, as the hooks of the others see them.
//!
//! The cells of a unit share one thread and one clock, so the order in which they are done is the same in
//! each simulated run. What another unit's cells do depends on threads, and is not to be seen here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A cell that is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mate {
    /// Its name.
    pub name: String,
    /// The word for what became of it.
    pub verdict: String,
    /// Its label, if it has one.
    pub label: Option<String>,
    /// The metrics that its hooks defined, in the units that the recipe declares.
    pub metrics: BTreeMap<String, f64>,
}

/// The cells of one unit, in the order in which they were done.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    done: Arc<Mutex<Vec<Arc<Mate>>>>,
}

impl Batch {
    /// Takes in a cell that is done.
    pub(super) fn add(&self, mate: Mate) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(mate));
    }

    /// The cells that are done, the first one first.
    pub(super) fn mates(&self) -> Vec<Arc<Mate>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
