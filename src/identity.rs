//! What units, slots and cells are called: by serial number, by channel, by name; never by port.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A unit's serial number: DEVICE_ID x 65536 + SERIAL_NUM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SerialNumber(pub u32);

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One of a unit's four channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Slot(u8);

impl Slot {
    /// All four.
    pub const ALL: [Self; 4] = [Self(0), Self(1), Self(2), Self(3)];

    /// The slot of this number, 0 to 3.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 4 { Some(Self(number)) } else { None }
    }

    /// Its number, 0 to 3.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its number as an index into an array of four.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u8> for Slot {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        Self::new(number).ok_or_else(|| format!("slot {number} does not exist; slots are 0 to 3"))
    }
}

impl From<Slot> for u8 {
    fn from(slot: Slot) -> u8 {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A cell's name, which outlives slots. Safe as the stem of a file name on every system:
/// 1 to 64 letters, digits, `-`, `_` and `.`, neither starting nor ending with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CellName(String);

impl CellName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a cell that nobody named: `SERIAL-SLOT`.
    pub fn of_slot(serial: SerialNumber, slot: Slot) -> Self {
        Self(format!("{serial}-{slot}"))
    }
}

impl FromStr for CellName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 64 {
            return Err("a cell name has 1 to 64 characters".into());
        }
        if let Some(odd) = text.chars().find(|c| !allowed(*c)) {
            return Err(format!("{odd:?} cannot be in a cell name; letters, digits, '-', '_' and '.' can"));
        }
        if text.starts_with('.') || text.ends_with('.') {
            return Err("a cell name neither starts nor ends with a dot".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for CellName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CellName> for String {
    fn from(name: CellName) -> String {
        name.0
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a cell lies: a slot of a unit, written `SERIAL:SLOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The unit.
    pub unit: SerialNumber,
    /// Its channel.
    pub slot: Slot,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.unit, self.slot)
    }
}
