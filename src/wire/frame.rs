//! The three packets: command and response of five bytes, stream packet of thirteen.

use super::{Address, Encoding, Mode, Namespace, RawCurrent, RawTemperature, RawVoltage, StatusFlags};
use crate::identity::Slot;

/// First byte of a command and of a response.
pub(super) const COMMAND_MARK: u8 = 0xAA;
/// First byte of a stream packet.
pub(super) const STREAM_MARK: u8 = 0xAF;
/// Bit 7 of the address byte: a write.
const WRITE_BIT: u8 = 0x80;

/// Bytes in a command and in a response.
pub const COMMAND_LENGTH: usize = 5;
/// Bytes in a stream packet.
pub const STREAM_LENGTH: usize = 13;
/// The data of a response to a write that was accepted.
pub const ACCEPTED: u16 = 0x0000;
/// The data of a response to a write that was refused.
pub const REFUSED: u16 = 0x0101;

/// What the host asks of the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Asks for a register's value.
    Read(Address),
    /// Puts a raw value into a register.
    Write(Address, u16),
}

impl Command {
    /// The register that it is about.
    pub const fn address(self) -> Address {
        match self {
            Self::Read(address) | Self::Write(address, _) => address,
        }
    }

    /// Whether it is a write.
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Write(..))
    }

    /// The bytes on the wire; a read carries zero data.
    pub fn encode(self) -> [u8; COMMAND_LENGTH] {
        match self {
            Self::Read(address) => pack(address, false, 0),
            Self::Write(address, raw) => pack(address, true, raw),
        }
    }

    /// Reads a command back from its bytes; `None` unless they are one about a register of the map.
    pub fn decode(bytes: [u8; COMMAND_LENGTH]) -> Option<Self> {
        let (address, is_write, raw) = unpack(bytes)?;
        Some(if is_write { Self::Write(address, raw) } else { Self::Read(address) })
    }
}

/// What the unit answers to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// The register that it is about.
    pub address: Address,
    /// Whether it answers a write (bit 7, the only thing that tells it from the answer to a read).
    pub is_write: bool,
    /// The value read, or for a write 0 when accepted and 257 when refused.
    pub data: u16,
}

impl Response {
    /// The bytes on the wire.
    pub fn encode(self) -> [u8; COMMAND_LENGTH] {
        pack(self.address, self.is_write, self.data)
    }

    /// Reads a response from its bytes; `None` unless they are one about a register of the map.
    pub fn decode(bytes: [u8; COMMAND_LENGTH]) -> Option<Self> {
        let (address, is_write, data) = unpack(bytes)?;
        Some(Self { address, is_write, data })
    }
}

fn pack(address: Address, is_write: bool, data: u16) -> [u8; COMMAND_LENGTH] {
    let [low, high] = data.to_le_bytes();
    let bit = if is_write { WRITE_BIT } else { 0 };
    [COMMAND_MARK, address.namespace().number(), address.register() | bit, low, high]
}

fn unpack(bytes: [u8; COMMAND_LENGTH]) -> Option<(Address, bool, u16)> {
    let [mark, namespace, register, low, high] = bytes;
    if mark != COMMAND_MARK {
        return None;
    }
    let address = Address::new(Namespace::from_number(namespace)?, register & !WRITE_BIT)?;
    Some((address, register & WRITE_BIT != 0, u16::from_le_bytes([low, high])))
}

/// What a cell reports unasked, every (REPORT_INTERVAL + 1) x 0.1 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamPacket {
    /// The cell's slot.
    pub slot: Slot,
    /// MODE.
    pub mode: Mode,
    /// STATUS.
    pub status: StatusFlags,
    /// TEMPERATURE.
    pub temperature: RawTemperature,
    /// CURRENT.
    pub current: RawCurrent,
    /// VOLTAGE.
    pub voltage: RawVoltage,
}

impl StreamPacket {
    /// The bytes on the wire.
    pub fn encode(self) -> [u8; STREAM_LENGTH] {
        let [m0, m1] = self.mode.to_raw().to_le_bytes();
        let [s0, s1] = self.status.to_raw().to_le_bytes();
        let [t0, t1] = self.temperature.to_raw().to_le_bytes();
        let [c0, c1] = self.current.to_raw().to_le_bytes();
        let [v0, v1] = self.voltage.to_raw().to_le_bytes();
        [STREAM_MARK, self.slot.number(), 0, m0, m1, s0, s1, t0, t1, c0, c1, v0, v1]
    }

    /// Reads a stream packet from its bytes; `None` unless its first three bytes are those of one.
    pub fn decode(bytes: [u8; STREAM_LENGTH]) -> Option<Self> {
        let [mark, cell, zero, m0, m1, s0, s1, t0, t1, c0, c1, v0, v1] = bytes;
        if mark != STREAM_MARK || zero != 0 {
            return None;
        }
        Some(Self {
            slot: Slot::new(cell)?,
            mode: Mode::from_raw(u16::from_le_bytes([m0, m1])),
            status: StatusFlags::from_raw(u16::from_le_bytes([s0, s1])),
            temperature: RawTemperature::from_raw(u16::from_le_bytes([t0, t1])),
            current: RawCurrent::from_raw(u16::from_le_bytes([c0, c1])),
            voltage: RawVoltage::from_raw(u16::from_le_bytes([v0, v1])),
        })
    }
}
