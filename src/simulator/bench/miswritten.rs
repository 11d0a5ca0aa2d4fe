//! Calibration registers that do not hold what the factory wrote.

use crate::diagnostic::read::{Field, Node, Read, Reader, Spanned, Word};
use crate::identity::Slot;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A calibration register that holds something else than the factory wrote. What the slot's converters and
/// its thermistor are like does not change by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miswritten {
    /// Which register.
    pub register: Kept,
    /// The slot, for a register of a slot; all four if none.
    pub slot: Option<Slot>,
    /// What it holds.
    pub holds: u16,
}

/// A calibration register by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whether it is the unit's own, and not one of each slot.
    pub of_unit: bool,
    /// Its address.
    pub address: u8,
}

const fn unit(address: u8) -> Kept {
    Kept { of_unit: true, address }
}

const fn slot(address: u8) -> Kept {
    Kept { of_unit: false, address }
}

impl Word for Kept {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("CURRENT_CALIB_OFF", slot(0x14)),
        ("CURRENT_CALIB_SCA", slot(0x15)),
        ("TEMP_CALIB_R", slot(0x16)),
        ("TEMP_CALIB_B", slot(0x17)),
        ("CURRENT_CALIB_PP", slot(0x18)),
        ("VOLTAGE_CALIB_PP", slot(0x19)),
        ("CURR_CALIB_PP_OFF", slot(0x1A)),
        ("VOLT_CALIB_PP_OFF", slot(0x1B)),
        ("CURR_LOWV_SCA", slot(0x1C)),
        ("CURR_LOWV_OFF", slot(0x1D)),
        ("CURR_LOWV_OFF_SCA", slot(0x1E)),
        ("VOLT_CH_CALIB_OFF", unit(0x0B)),
        ("VOLT_CH_CALIB_SCA", unit(0x0C)),
        ("VOLT_DC_CALIB_OFF", unit(0x0D)),
        ("VOLT_DC_CALIB_SCA", unit(0x0E)),
    ];
}

impl Read for Kept {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_word(node, reader)
    }
}

impl JsonSchema for Kept {
    fn schema_name() -> Cow<'static, str> {
        "CalibrationRegister".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

crate::shape! {
    /// A calibration register that does not hold what the factory wrote.
    pub(super) struct MiswrittenTable {
        /// Its name.
        needed register: Kept,
        /// The slot, for a register of a slot; all four if not set.
        optional slot: Spanned<u32>,
        /// What it holds, 0 to 65535; 65535, which is blank, if not set.
        optional holds: Spanned<u32>,
    }
}

impl MiswrittenTable {
    /// The register, or the value that is out of its range with what it may be.
    pub(super) fn miswritten(&self) -> Result<Option<Miswritten>, (&Spanned<u32>, &'static str)> {
        let Some(register) = self.register.get().copied() else { return Ok(None) };
        let holds = match self.holds.get() {
            None => u16::MAX,
            Some(written) => u16::try_from(written.value).map_err(|_| (written, "0 to 65535"))?,
        };
        let slot = match self.slot.get() {
            None => None,
            Some(written) if register.of_unit => {
                return Err((written, "left out: the register is the unit's"));
            }
            Some(written) => {
                let slot = u8::try_from(written.value).ok().and_then(Slot::new);
                Some(slot.ok_or((written, "0 to 3"))?)
            }
        };
        let broken = matches!(self.holds, Field::Broken) || matches!(self.slot, Field::Broken);
        Ok((!broken).then_some(Miswritten { register, slot, holds }))
    }
}
