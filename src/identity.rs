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
/// 1 to 64 letters of ASCII, digits, `-`, `_` and `.`, neither starting nor ending with a dot, and no device of Windows.
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
        if is_device(text) {
            return Err(format!(
                "{text:?} is what Windows calls a device, so no file there can have that name"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether Windows takes a file of this name for a device, whatever follows the first dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || numbered.is_some_and(|number| number.len() == 1 && number.chars().all(|c| c.is_ascii_digit()))
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

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}` is not SERIAL:SLOT, such as 4711:0");
        let (unit, slot) = text.split_once(':').ok_or_else(wanted)?;
        let unit = SerialNumber(unit.trim().parse().map_err(|_| wanted())?);
        let slot = Slot::try_from(slot.trim().parse::<u8>().map_err(|_| wanted())?)?;
        Ok(Self { unit, slot })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.unit, self.slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn names_that_some_system_does_not_take_are_refused() {
        let long = "x".repeat(65);
        for bad in [
            "", ".", "..", ".a", "a.", "a/b", "a\\b", "../a", "a:b", "a b", "a\0", "a\n", "é", "А17",
            "a\u{301}", "con", "NUL.x", "Com1", "lpt9.2", "aux", &long,
        ] {
            assert!(bad.parse::<CellName>().is_err(), "{bad:?}");
        }
        for good in ["A17", "a-b_c.d", "console", "com10", "COM", "nul-1", &long[..64]] {
            assert!(good.parse::<CellName>().is_ok(), "{good:?}");
        }
    }

    proptest! {
        /// Whatever is taken as a name is one plain part of a path, and the same by JSON.
        #[test]
        fn a_name_never_leaves_its_directory(text in "[ -~\u{e0}-\u{ff}\n]{0,70}") {
            if let Ok(name) = text.parse::<CellName>() {
                let file = format!("{name}.bdf.csv");
                let parts: Vec<_> = Path::new(&file).components().collect();
                prop_assert!(matches!(parts.as_slice(), [Component::Normal(part)] if **part == *file));
                prop_assert!(file.len() < 100 && file.is_ascii() && !file.contains(['/', '\\', ':']));
            }
            let json = serde_json::to_string(&text)?;
            prop_assert_eq!(serde_json::from_str::<CellName>(&json).is_ok(), text.parse::<CellName>().is_ok());
        }
    }
}
