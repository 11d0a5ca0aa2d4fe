//! The light of each slot.

use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::wire::{Encoding, Led, ReadWrite, Register, TextError, communications};

const LIGHTS: [Register<Led, ReadWrite>; 4] =
    [communications::LED0, communications::LED1, communications::LED2, communications::LED3];

/// The light of a name: `flash-slow`, `pwm 40`.
///
/// # Errors
/// There is none; the error lists those that there are.
pub fn led(text: &str) -> Result<Led, TextError> {
    Led::from_text(text)
}

/// How these lights behave.
///
/// # Errors
/// The unit does not answer.
pub fn lights(line: &mut Line, slots: &[Slot]) -> Result<Vec<(Slot, Led)>, LineError> {
    slots.iter().map(|slot| Ok((*slot, line.read(LIGHTS[slot.index()])?))).collect()
}

/// Lets a light behave so, until the unit's firmware says otherwise: it tells the light of each slot how to
/// behave every 2 s.
///
/// # Errors
/// The unit does not answer, or refuses.
pub fn light(line: &mut Line, slot: Slot, led: Led) -> Result<(), LineError> {
    line.write(LIGHTS[slot.index()], led).map(drop)
}
