//! What goes over the wire: frames, the typed register map, and conversions between raw and physical
//! values. No input or output, no retries, no time.

pub mod bootloader;
pub mod cell;
pub mod communications;
mod decoder;
mod frame;
mod register;
pub mod unit;
mod value;

use crate::identity::Slot;

pub use decoder::{Decoder, Frame};
pub use frame::{ACCEPTED, COMMAND_LENGTH, Command, REFUSED, Response, STREAM_LENGTH, StreamPacket};
pub use register::{
    Access, Address, CellRegister, Encoding, Namespace, ReadBack, ReadOnly, ReadWrite, Register,
    RegisterInfo, Space, WriteOnly, registers,
};
pub use value::*;

#[cfg(test)]
mod tests;

/// Every calibration register of a unit: its own, then those of its four slots.
pub fn calibration() -> impl Iterator<Item = Address> {
    let of_unit: [Register<Calibration>; 4] =
        [unit::VOLT_CH_CALIB_OFF, unit::VOLT_CH_CALIB_SCA, unit::VOLT_DC_CALIB_OFF, unit::VOLT_DC_CALIB_SCA];
    let of_cell: [CellRegister<Calibration>; 11] = [
        cell::CURRENT_CALIB_OFF,
        cell::CURRENT_CALIB_SCA,
        cell::TEMP_CALIB_R,
        cell::TEMP_CALIB_B,
        cell::CURRENT_CALIB_PP,
        cell::VOLTAGE_CALIB_PP,
        cell::CURR_CALIB_PP_OFF,
        cell::VOLT_CALIB_PP_OFF,
        cell::CURR_LOWV_SCA,
        cell::CURR_LOWV_OFF,
        cell::CURR_LOWV_OFF_SCA,
    ];
    let of_slots = Slot::ALL.into_iter().flat_map(move |slot| of_cell.map(|register| register.at(slot)));
    of_unit.into_iter().chain(of_slots).map(Register::address)
}
