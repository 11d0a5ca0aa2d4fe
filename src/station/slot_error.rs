//! Why a slot cannot go on.

use super::fence::FenceError;
use super::sine::MeasurementError;
use crate::driver::LineError;
use crate::wire::ConversionError;

/// Why a slot cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum SlotError {
    /// The line.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Values that no register holds.
    #[error(transparent)]
    Value(#[from] ConversionError),
    /// The limits.
    #[error(transparent)]
    Fence(FenceError),
    /// The unit's watchdog stopped the slot, and with it all others.
    #[error("the unit's watchdog stopped the cell")]
    WatchdogBit,
    /// What the slot does is not what it was told.
    #[error("{0}")]
    Wrong(String),
}

impl From<FenceError> for SlotError {
    fn from(error: FenceError) -> Self {
        match error {
            FenceError::Line(line) => Self::Line(line),
            FenceError::Limit(_) | FenceError::Fallen { .. } => Self::Fence(error),
        }
    }
}

impl From<MeasurementError> for SlotError {
    fn from(error: MeasurementError) -> Self {
        match error {
            MeasurementError::Line(line) => Self::Line(line),
            MeasurementError::NoCurrent => Self::Wrong(error.to_string()),
        }
    }
}
