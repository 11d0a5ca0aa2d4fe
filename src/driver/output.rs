//! What a driver gives back.

use super::{Fault, Ticket};
use crate::clock::Instant;
use crate::wire::bootloader::Running;
use crate::wire::{Address, ChargeSum, RawCurrent, StreamPacket};
use std::fmt;

/// One thing that came out of the driver.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A request is done.
    Reply {
        /// Which one.
        ticket: Ticket,
        /// How it went.
        result: Result<Answer, Fault>,
    },
    /// The unit reported a cell unasked: when that came, and what it says.
    Stream(Instant, StreamPacket),
    /// Something that a log or a count may want.
    Note(Note),
}

/// What a request that went well gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The raw value of one register.
    Value(u16),
    /// The raw values of several, in the order asked.
    Values(Vec<u16>),
    /// A cell's charge sum, and its CURRENT, which was read behind it.
    Charge(ChargeSum, RawCurrent),
    /// The write was acknowledged, and if it was verified this is what was read back. For most registers
    /// that is the value written; MODE may already be the next one (CHARGE that tripped to STOPPED).
    Written(u16),
    /// The unit answers, and this is what runs in it.
    Started(Running),
}

/// Something that went otherwise than planned and was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// No reply came in time, or a later one came first.
    Lost {
        /// The register.
        address: Address,
        /// Whether it was a write.
        is_write: bool,
        /// How often it has been sent.
        tries: u8,
    },
    /// A reply came to a request that was given up; it was thrown away.
    Late(Address),
    /// A reply came to a request that was never sent; it was thrown away.
    Unasked(Address),
    /// A write that was never sent was acknowledged: a torn frame has changed this register, or may have.
    Strayed(Address),
    /// A value that could be a frame torn by a lost byte was asked again, and was not the same.
    Doubtful(Address, u16),
    /// A write read back otherwise than written, and is written again.
    Differs {
        /// The register.
        address: Address,
        /// What was written.
        wrote: u16,
        /// What it read.
        read: u16,
    },
    /// A setpoint was found changed by a torn frame, and put back.
    Repaired {
        /// Whose CURRENT_SETPOINT.
        address: Address,
        /// What it had become.
        found: u16,
        /// What was put back.
        put_back: u16,
    },
    /// So many bytes belonged to no frame.
    Garbage(u64),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { address, is_write, tries } => {
                let what = if *is_write { "write" } else { "read" };
                write!(f, "{address}: {what} {tries} was lost")
            }
            Self::Late(address) => write!(f, "{address}: a late reply was thrown away"),
            Self::Unasked(address) => write!(f, "{address}: a reply that nobody asked for was thrown away"),
            Self::Strayed(address) => {
                write!(
                    f,
                    "{address}: a write that nobody sent was acknowledged; a torn frame may have changed it"
                )
            }
            Self::Doubtful(address, raw) => write!(f, "{address}: {raw} was a torn frame; asked again"),
            Self::Differs { address, wrote, read } => {
                write!(f, "{address}: wrote {wrote}, read back {read}; writing again")
            }
            Self::Repaired { address, found, put_back } => {
                write!(f, "{address}: was {found} after a torn frame; put back to {put_back}")
            }
            Self::Garbage(bytes) => write!(f, "{bytes} bytes belonged to no frame"),
        }
    }
}
