//! What a driver can be asked to do.

use crate::identity::Slot;
use crate::wire::{Address, Command, Encoding, ReadWrite, Register};

/// Names one request that was submitted, until its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// One thing to be done, as a whole. Reads share the line; everything that writes has it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Reads one register.
    Read(Address),
    /// Reads these registers, several in flight; the values come together, in the order asked.
    ReadMany(Vec<Address>),
    /// Reads a cell's charge sum, H and L, and its CURRENT, which shows whether H can have changed between the two; then
    /// both are read once more.
    ReadCharge(Slot),
    /// Writes once and takes the acknowledgement for it. For what cannot be read back (BOOTLOAD).
    Write(Address, u16),
    /// Writes, reads back and compares, until it agrees.
    WriteVerified(Address, u16),
    /// Sends these commands in their order, once each and so many in flight at once (1 to 12), and gives the
    /// data of every reply. At the first that is lost no more are sent: which of those that were in flight
    /// landed is not known then.
    Burst {
        /// What to send.
        commands: Vec<Command>,
        /// How many may be in flight.
        in_flight: usize,
    },
    /// Freezes the peak to peak registers, TEMPERATURE and VCC, reads these registers, and unlocks, whatever happened.
    ReadLocked(Vec<Address>),
}

impl Request {
    /// Reads one register.
    pub fn read<V, A>(register: Register<V, A>) -> Self {
        Self::Read(register.address())
    }

    /// Writes a value, reads it back and compares, until it agrees.
    pub fn write<V: Encoding>(register: Register<V, ReadWrite>, value: V) -> Self {
        Self::WriteVerified(register.address(), value.to_raw())
    }
}
