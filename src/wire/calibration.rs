//! The calibration registers, and what those of a calibrated unit can hold.

use super::register::ReadWrite;
use super::{Address, Calibration, CellRegister, Encoding, Register, cell, unit};
use crate::identity::Slot;
use std::fmt;

/// What a register of a calibrated unit holds. The bounds are far outside of what calibrating a unit
/// gives, so what lies beyond them was surely not written by it.
#[derive(Clone, Copy, Debug)]
enum Holds<R> {
    /// A number in a range, in a unit where it has one.
    Number { from: u16, to: u16, unit: &'static str },
    /// A signed number that is at most so far from 0, and belongs to a scale. Blank EEPROM is -1 as such a
    /// number and does no harm; it is taken for blank where the scale beside it is blank too.
    Offset { most: i16, step: Step, scale: R },
}

/// What one step of an offset is, and in which unit: that of the register that it is taken off.
type Step = (f64, &'static str);
const AMPERES: Step = (4.096 / 32768.0, "A");
const VOLTS: Step = (4.5 / 32768.0, "V");

/// A scale of 16384 changes nothing; half and double of it are no correction any more.
const SCALE: (u16, u16) = (8192, 32767);
/// Offsets up to 0.28 V and 0.26 A.
const OFFSET: i16 = 2048;
/// Scales of the peak-to-peak registers, which correct for the converter's filter as well.
const PEAK_SCALE: (u16, u16) = (4096, 65534);
/// The low-voltage correction of CURRENT: three fractions of 32768. The vendor's calibration tool
/// writes 32767 where there is none to be made, and 0 for no offset.
const FRACTION: (u16, u16) = (1, 32767);

type OfUnit = Register<Calibration, ReadWrite>;
type OfCell = CellRegister<Calibration, ReadWrite>;

/// The unit's own, which hold for every slot.
const UNIT: [(OfUnit, Holds<OfUnit>); 4] = [
    (unit::VOLT_CH_CALIB_OFF, offset(VOLTS, unit::VOLT_CH_CALIB_SCA)),
    (unit::VOLT_CH_CALIB_SCA, number(SCALE, "")),
    (unit::VOLT_DC_CALIB_OFF, offset(VOLTS, unit::VOLT_DC_CALIB_SCA)),
    (unit::VOLT_DC_CALIB_SCA, number(SCALE, "")),
];

/// Those of each slot. The thermistor's ranges contain every value that the vendor's software guesses
/// where they are blank (10000 or 1500 ohm, 3380 K).
const CELL: [(OfCell, Holds<OfCell>); 11] = [
    (cell::CURRENT_CALIB_OFF, offset(AMPERES, cell::CURRENT_CALIB_SCA)),
    (cell::CURRENT_CALIB_SCA, number(SCALE, "")),
    (cell::TEMP_CALIB_R, number((500, 20_000), "ohm")),
    (cell::TEMP_CALIB_B, number((2000, 6000), "K")),
    (cell::CURRENT_CALIB_PP, number(PEAK_SCALE, "")),
    (cell::VOLTAGE_CALIB_PP, number(PEAK_SCALE, "")),
    (cell::CURR_CALIB_PP_OFF, offset(AMPERES, cell::CURRENT_CALIB_PP)),
    (cell::VOLT_CALIB_PP_OFF, offset(VOLTS, cell::VOLTAGE_CALIB_PP)),
    (cell::CURR_LOWV_SCA, number(FRACTION, "")),
    (cell::CURR_LOWV_OFF, number((0, FRACTION.1), "")),
    (cell::CURR_LOWV_OFF_SCA, number(FRACTION, "")),
];

const fn number<R>((from, to): (u16, u16), unit: &'static str) -> Holds<R> {
    Holds::Number { from, to, unit }
}

const fn offset<R>(step: Step, scale: R) -> Holds<R> {
    Holds::Offset { most: OFFSET, step, scale }
}

/// Every calibration register of a unit: its own, then those of its four slots.
pub fn calibration() -> impl Iterator<Item = Address> {
    of_unit().chain(Slot::ALL.into_iter().flat_map(of_slot)).map(|(address, _)| address)
}

/// A calibration register that holds what no calibrated unit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The register.
    pub address: Address,
    /// What it holds, raw.
    pub found: u16,
    /// What a calibrated unit holds, in words.
    pub expected: String,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, found, expected } = self;
        let blank = if *found == u16::MAX { "blank, " } else { "" };
        write!(f, "{address} is {blank}{found}, expected {expected}")
    }
}

fn of_unit() -> impl Iterator<Item = (Address, Holds<Address>)> {
    UNIT.into_iter().map(|(register, holds)| (register.address(), holds.at(|scale| scale.address())))
}

fn of_slot(slot: Slot) -> impl Iterator<Item = (Address, Holds<Address>)> {
    CELL.into_iter().map(move |(register, holds)| {
        (register.at(slot).address(), holds.at(|scale| scale.at(slot).address()))
    })
}

/// What a calibration register stands for, with its unit, where it is a physical value: ohms, kelvin, and
/// offsets, which are signed numbers in steps of what they are taken off. `None` for scales, and while the
/// register is blank.
pub fn calibrated_value(address: Address, raw: u16) -> Option<(f64, &'static str)> {
    let value = Calibration::from_raw(raw).value()?;
    let mut registers = of_unit().chain(Slot::ALL.into_iter().flat_map(of_slot));
    match registers.find(|(register, _)| *register == address)?.1 {
        Holds::Number { unit: "", .. } => None,
        Holds::Number { unit, .. } => Some((f64::from(value), unit)),
        Holds::Offset { step: (step, unit), .. } => Some((f64::from(value.cast_signed()) * step, unit)),
    }
}

/// The calibration registers that matter to a slot and hold what no calibrated unit holds. Those of the
/// peak-to-peak values matter only where the slot is to measure with the `sine`.
pub fn doubtful(slot: Slot, sine: bool, read: impl Fn(Address) -> Option<u16>) -> Vec<Doubt> {
    let matters = |address: &Address| sine || !address.name().contains("CALIB_PP");
    of_unit()
        .chain(of_slot(slot))
        .filter(|(address, _)| matters(address))
        .filter_map(|(address, holds)| {
            let found = read(address)?;
            let sane = holds.is_sane(Calibration::from_raw(found), &read);
            (!sane).then(|| Doubt { address, found, expected: holds.to_string() })
        })
        .collect()
}

impl<R> Holds<R> {
    fn at(self, address: impl Fn(R) -> Address) -> Holds<Address> {
        match self {
            Self::Number { from, to, unit } => Holds::Number { from, to, unit },
            Self::Offset { most, step, scale } => Holds::Offset { most, step, scale: address(scale) },
        }
    }
}

impl Holds<Address> {
    fn is_sane(self, found: Calibration, read: &impl Fn(Address) -> Option<u16>) -> bool {
        match (self, found.value()) {
            (Self::Number { from, to, .. }, Some(value)) => (from..=to).contains(&value),
            (Self::Number { .. }, None) => false,
            (Self::Offset { most, .. }, Some(value)) => (-most..=most).contains(&value.cast_signed()),
            (Self::Offset { scale, .. }, None) => read(scale) != Some(u16::MAX),
        }
    }
}

impl<R> fmt::Display for Holds<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { from, to, unit: "" } => write!(f, "{from} to {to}"),
            Self::Number { from, to, unit } => write!(f, "{from} to {to} {unit}"),
            Self::Offset { most, .. } => write!(f, "-{most} to {most}, as a signed number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit as it leaves the factory, but for one register.
    fn with(name: &str, raw: u16) -> impl Fn(Address) -> Option<u16> {
        move |address| {
            let usual = match address.name() {
                "TEMP_CALIB_R" => 1500,
                "TEMP_CALIB_B" => 3380,
                "CURR_LOWV_SCA" => 10_000,
                "CURR_LOWV_OFF" => 14_500,
                "CURR_LOWV_OFF_SCA" => 6_500,
                name if name.contains("_OFF") => (-40_i16).cast_unsigned(),
                _ => 16_384,
            };
            Some(if address.name() == name { raw } else { usual })
        }
    }

    fn names(doubts: &[Doubt]) -> Vec<&str> {
        doubts.iter().map(|doubt| doubt.address.name()).collect()
    }

    #[test]
    fn a_calibrated_unit_is_not_doubted() {
        for slot in Slot::ALL {
            assert_eq!(doubtful(slot, true, with("", 0)), []);
        }
    }

    #[test]
    fn a_blank_register_is_doubted_by_name() {
        for (register, holds) in CELL {
            let name = register.at(Slot::ALL[2]).address().name();
            let doubts = doubtful(Slot::ALL[2], true, with(name, u16::MAX));
            match holds {
                Holds::Number { .. } => assert_eq!(names(&doubts), [name]),
                // -1 beside a scale that is sane.
                Holds::Offset { .. } => assert_eq!(doubts, []),
            }
        }
        let doubts = doubtful(Slot::ALL[2], false, with("TEMP_CALIB_R", u16::MAX));
        assert_eq!(doubts[0].to_string(), "slot 2: TEMP_CALIB_R is blank, 65535, expected 500 to 20000 ohm");
    }

    #[test]
    fn on_a_blank_unit_every_register_that_matters_is_doubted() {
        let blank = |_| Some(u16::MAX);
        assert_eq!(doubtful(Slot::ALL[0], true, blank).len(), UNIT.len() + CELL.len());
        assert_eq!(doubtful(Slot::ALL[0], false, blank).len(), UNIT.len() + CELL.len() - 4);
    }

    #[test]
    fn absurd_values_are_doubted() {
        for (name, raw) in [
            ("VOLT_CH_CALIB_SCA", 0),
            ("VOLT_DC_CALIB_OFF", 5000),
            ("CURRENT_CALIB_SCA", 3000),
            ("CURRENT_CALIB_OFF", (-3000_i16).cast_unsigned()),
            ("TEMP_CALIB_R", 0),
            ("TEMP_CALIB_B", 338),
        ] {
            let doubts = doubtful(Slot::ALL[0], false, with(name, raw));
            assert_eq!(names(&doubts), [name], "{raw}");
        }
    }
}
