//! A calibration as a file keeps it.

use super::{Registers, text, vendor};
use crate::diagnostic::{Problem, Source};
use crate::identity::SerialNumber;

/// The calibration of a unit, from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is; none if the unit had no serial number when it was kept.
    pub serial: Option<SerialNumber>,
    /// What its registers held.
    pub registers: Registers,
}

impl Kept {
    /// Reads a file: one of this program's, or the vendor's recovery file of 49 lines.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(source: &Source) -> Result<Self, Vec<Problem>> {
        if vendor::is_one(&source.text) { vendor::read(source) } else { text::read(source) }
    }
}
