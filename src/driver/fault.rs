//! Why a request failed.

use crate::wire::{Address, ConversionError};
use std::fmt;

/// A request that failed, and on which register.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The register at which it failed.
    pub address: Address,
    /// How.
    pub kind: FaultKind,
    /// How often it was tried.
    pub tries: u8,
}

/// How a request failed.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// No reply came to a read.
    NoReply,
    /// No acknowledgement came to a write; whether it landed is not known.
    NoAcknowledgement {
        /// What was written.
        wrote: u16,
    },
    /// The unit refused the write (257).
    Refused {
        /// What was written.
        wrote: u16,
    },
    /// The register did not hold what was written.
    Differs {
        /// What was written.
        wrote: u16,
        /// What it read at last.
        read: u16,
    },
    /// The host refused the write before it was sent: no such value, or one that must never be set.
    NotWritable(ConversionError),
    /// The host refused the request before it was sent: the register is read only, or write only.
    NoAccess,
    /// The charge sum moved, or a reply was lost, at each of the readings.
    Unsteady,
    /// The driver was started anew before it came to this.
    Abandoned,
    /// The unit has not answered anything for so many requests in a row.
    Silent {
        /// Timeouts in a row.
        timeouts: u32,
    },
    /// The registers may still be frozen (LOCK): temperatures and supply would no longer be measured.
    StillLocked {
        /// Why unlocking failed.
        unlock: Box<FaultKind>,
        /// Why the reads failed before it, if they did.
        reads: Option<Box<Fault>>,
    },
    /// A torn frame may have changed this setpoint, and it could not be read or put back: current may
    /// be anything.
    SetpointUnknown {
        /// What went wrong while looking.
        cause: Box<FaultKind>,
    },
}

impl Fault {
    pub(super) const fn new(address: Address, kind: FaultKind, tries: u8) -> Self {
        Self { address, kind, tries }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReply => f.write_str("no reply"),
            Self::NoAcknowledgement { wrote } => {
                write!(f, "wrote {wrote}, no acknowledgement; whether it landed is not known")
            }
            Self::Refused { wrote } => write!(f, "the unit refused {wrote}"),
            Self::Differs { wrote, read } => write!(f, "wrote {wrote}, read back {read}"),
            Self::NotWritable(error) => write!(f, "not written: {error}"),
            Self::NoAccess => f.write_str("the register cannot be used so: it is read only or write only"),
            Self::Unsteady => f.write_str("the two halves never belonged together"),
            Self::Abandoned => f.write_str("given up, since the line was started anew"),
            Self::Silent { timeouts } => {
                write!(f, "the unit is silent, {timeouts} requests in a row; is it plugged in and powered?")
            }
            Self::StillLocked { unlock, reads } => {
                write!(f, "could not unlock, measuring may stand still: {unlock}")?;
                reads.as_ref().map_or(Ok(()), |fault| write!(f, "; before that, {fault}"))
            }
            Self::SetpointUnknown { cause } => {
                write!(f, "the setpoint is unknown after a lost write; stop the cell: {cause}")
            }
        }
    }
}

impl fmt::Display for Fault {
    /// `slot 2: CURRENT_SETPOINT: wrote 160, read back 43536 (3 tries)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.address, self.kind)?;
        match self.tries {
            0 => Ok(()),
            1 => f.write_str(" (1 try)"),
            many => write!(f, " ({many} tries)"),
        }
    }
}

impl std::error::Error for Fault {}
