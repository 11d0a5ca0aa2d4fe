//! The registers of the bootloader, namespace 5, and how to tell that it runs.

use super::REFUSED;
use super::ReadBack::{Nothing, Same};
use super::register::register_map;

register_map! { Bootloader, single,
    0x00 BOOTLOAD: u16, WriteOnly, false, Nothing, "A write leaves the bootloader, if the image is good";
    0x01 ADDR: u16, ReadWrite, false, Same, "Address in flash";
    0x02 DATA: u16, ReadWrite, false, Same, "Byte in flash at ADDR";
}

/// What of the measurement processor is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// The firmware.
    Application,
    /// The bootloader: cells and unit do not answer.
    Bootloader,
}

impl Running {
    /// What runs, from the answer to a read of [`ADDR`]: the application refuses the namespace.
    pub const fn from_addr(raw: u16) -> Self {
        if raw == REFUSED { Self::Application } else { Self::Bootloader }
    }
}
