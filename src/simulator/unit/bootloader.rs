//! The bootloader of the measurement processor, and the flash that it fills.

use super::frame::Command;
use super::registers::{ACCEPTED, REFUSED, boot};

/// Where the application begins.
const START: u16 = 0x0400;
/// Bytes of an application, its checksum among them.
pub const IMAGE: usize = 0x3C00;
/// Microseconds of erasing the whole application.
const ERASE: u64 = 500_000;
/// What an erased byte reads.
const ERASED: u8 = 0xFF;
/// Marks an image made for the simulator; the firmware version it runs as follows, in one byte.
const MARK: &[u8] = b"batlab-run simulated firmware ";

/// The application's part of the flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash(Vec<u8>);

impl Flash {
    /// A flash that holds a valid image of this firmware version.
    pub fn with_version(version: u16) -> Self {
        Self(image(version))
    }

    /// Whether the 8 bit sum of all bytes but the last is the last.
    pub fn is_valid(&self) -> bool {
        self.0.split_last().is_some_and(|(last, rest)| sum(rest) == *last)
    }

    /// The version that the image says it runs as, if it was made for the simulator.
    pub fn version(&self) -> Option<u16> {
        self.0.strip_prefix(MARK).and_then(<[u8]>::first).map(|version| u16::from(*version))
    }

    fn read(&self, address: u16) -> u8 {
        let place = address.checked_sub(START).map(usize::from);
        place.and_then(|p| self.0.get(p)).copied().unwrap_or(ERASED)
    }

    /// Writing can only turn ones into zeros.
    fn write(&mut self, address: u16, data: u8) {
        let place = address.checked_sub(START).map(usize::from);
        if let Some(byte) = place.and_then(|p| self.0.get_mut(p)) {
            *byte &= data;
        }
    }

    fn erase(&mut self) {
        self.0.fill(ERASED);
    }
}

/// An application image for the simulator, which runs as the firmware version it is made for. A unit
/// flashed with any other valid image keeps the version that it had.
pub fn image(version: u16) -> Vec<u8> {
    let mut bytes = MARK.to_vec();
    bytes.push(version as u8);
    // The rest is not code, only bytes that differ from each other.
    bytes.extend((bytes.len()..IMAGE - 1).map(|at| (at ^ (at >> 8)) as u8));
    bytes.push(sum(&bytes));
    bytes
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// The running bootloader.
#[derive(Clone, Debug)]
pub struct Bootloader {
    address: u16,
    erased: bool,
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The reply's data.
    pub data: u16,
    /// Microseconds before the reply, in which nothing is heard.
    pub busy: u64,
    /// Whether the application starts afterwards.
    pub leaves: bool,
}

impl Bootloader {
    /// A bootloader just entered.
    pub fn new() -> Self {
        Self { address: START, erased: false }
    }

    /// Answers a command of namespace 5. The first DATA write erases the application.
    pub fn answer(&mut self, command: Command, flash: &mut Flash) -> Outcome {
        let reply = |data| Outcome { data, busy: 0, leaves: false };
        match (usize::from(command.address), command.write) {
            (boot::BOOTLOAD, true) if flash.is_valid() => Outcome { leaves: true, ..reply(ACCEPTED) },
            (boot::ADDR, true) => {
                self.address = command.data.max(START);
                reply(if command.data < START { REFUSED } else { ACCEPTED })
            }
            (boot::ADDR, false) => reply(self.address),
            (boot::DATA, true) => {
                let busy = if self.erased { 0 } else { ERASE };
                if !self.erased {
                    flash.erase();
                    self.erased = true;
                }
                flash.write(self.address, command.data.to_le_bytes()[0]);
                Outcome { busy, ..reply(ACCEPTED) }
            }
            (boot::DATA, false) => reply(u16::from(flash.read(self.address))),
            _ => reply(REFUSED),
        }
    }
}
