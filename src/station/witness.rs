//! A second witness for a reading on which much hangs: packets and replies carry no checksum.

use super::snapshot::{Measured, Snapshot};
use crate::driver::{Line, LineError};
use crate::identity::Slot;
use crate::program::Doubtful;
use crate::units::{Amperes, Celsius, Volts};
use crate::wire::{Mode, Thermistor};

/// Two readings of one slice, or of two on end, agree within this; a turned bit that matters does not.
const AGREE: (Volts, Amperes, Celsius) = (Volts(0.01), Amperes(0.025), Celsius(0.5));

/// So often a slot is asked until two answers on end agree.
const QUESTIONS: u32 = 4;

/// Asks a slot about these values of what it told, once: what is as it was before has its second witness. None if they are not
/// the same, or if the slot is found in another mode.
///
/// # Errors
/// The unit does not answer.
pub(super) fn of(
    (told, first): (Snapshot, Measured),
    doubtful: Doubtful,
    line: &mut Line,
    slot: Slot,
    thermistor: Thermistor,
    expects: impl Fn(Mode) -> bool,
) -> Result<Option<(Snapshot, Measured)>, LineError> {
    let asked = told.again(line, slot, doubtful)?;
    let measured = asked.measured(thermistor).ok().filter(|it| expects(asked.mode) && agree(&first, it));
    Ok(measured.map(|measured| (asked, measured)))
}

/// Asks a slot about a reading until two on end agree, and gives the newer one. None if it does not come to
/// that, or if the slot is found in another mode.
///
/// # Errors
/// The unit does not answer.
pub(super) fn second(
    first: &Measured,
    line: &mut Line,
    slot: Slot,
    thermistor: Thermistor,
    expects: impl Fn(Mode) -> bool,
) -> Result<Option<(Snapshot, Measured)>, LineError> {
    let mut before = *first;
    for _ in 0..QUESTIONS {
        let asked = Snapshot::take(line, slot)?;
        if !expects(asked.mode) {
            return Ok(None);
        }
        let Ok(measured) = asked.measured(thermistor) else { continue };
        if agree(&before, &measured) {
            return Ok(Some((asked, measured)));
        }
        before = measured;
    }
    Ok(None)
}

fn agree(one: &Measured, other: &Measured) -> bool {
    (one.voltage - other.voltage).abs() <= AGREE.0
        && (one.current - other.current).abs() <= AGREE.1
        && (one.temperature - other.temperature).abs() <= AGREE.2
}
