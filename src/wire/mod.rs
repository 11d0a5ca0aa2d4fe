//! What goes over the wire: frames, the typed register map, and conversions between raw and physical
//! values. No input or output, no retries, no time.

pub mod bootloader;
mod calibration;
pub mod cell;
pub mod communications;
mod decoder;
mod frame;
mod register;
pub mod unit;
mod value;

pub use calibration::{Doubt, calibrated_value, calibration, doubtful};
pub use decoder::{Decoder, Frame};
pub use frame::{ACCEPTED, COMMAND_LENGTH, Command, REFUSED, Response, STREAM_LENGTH, StreamPacket};
pub use register::{
    Access, Address, CellRegister, Encoding, Namespace, ReadBack, ReadOnly, ReadWrite, Register,
    RegisterInfo, Space, WriteOnly, registers,
};
pub use value::*;

#[cfg(test)]
mod tests;
