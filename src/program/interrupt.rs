//! What becomes of a test that was interrupted by its unit.

use super::Program;
use crate::units::Coulombs;

/// Charge that passed while nobody looked. It belongs to the cell, and to no step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gap {
    /// Into the cell.
    pub charge_in: Coulombs,
    /// Out of the cell.
    pub charge_out: Coulombs,
}

impl Program {
    /// Ends the test, because the step under way was interrupted.
    pub fn interrupt(&mut self, why: &str, _: Gap) {
        self.fail(why);
    }

    /// Ends the test, because its unit does not come back.
    pub fn lose(&mut self, why: &str) {
        self.fail(why);
    }
}
