//! One unit in a person's hands: what it shows, its registers by name, stopping and resetting its slots,
//! and a current by hand as a recipe of one step.
//!
//! What only looks changes nothing in the unit. What changes something is to be asked for by whoever has
//! seen, with [`busy`], that no test goes on there. Current flows by way of a recipe alone: [`Action`]
//! writes one, and it is proved, fenced and watched as any other.

mod action;
mod busy;
mod danger;
mod lights;
mod lookup;
mod measure;
mod register;
mod setpoints;
mod stop;
mod target;
#[cfg(test)]
mod tests;

pub use action::{Act, Action, Drive};
pub use busy::{Busy, busy};
pub use danger::danger;
pub use lights::{led, light, lights};
pub use lookup::{LookupError, address, namespace};
pub use measure::{Seen, SlotReading, Thermistors, UnitReading, measure};
pub use register::{RegisterValue, ValueError, read, value_of, write};
pub use setpoints::{Setpoints, setpoints};
pub use stop::{Stopped, reset, stop};
pub use target::{Target, UnitName};

use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{ConversionError, Thermistor, cell};

/// The slot's own thermistor, by its calibration registers.
fn thermistor(line: &mut Line, slot: Slot) -> Result<Result<Thermistor, ConversionError>, LineError> {
    let divider = line.read(cell::TEMP_CALIB_R.at(slot))?;
    let beta = line.read(cell::TEMP_CALIB_B.at(slot))?;
    Ok(Thermistor::from_registers(divider, beta))
}
