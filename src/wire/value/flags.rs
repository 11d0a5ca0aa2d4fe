//! Flag registers: known flags have names, unknown bits are kept.

use super::error::{ConversionError, TextError, same_word};
use super::raw_value;
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// Defines one flag register with the names of its bits.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(u16);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: Self = Self($bit);)+
            /// No flag.
            pub const NONE: Self = Self(0);
            const NAMES: &'static [(u16, &'static str)] = &[$(($bit, stringify!($flag))),+];

            /// Whether all of these flags are set.
            pub const fn contains(self, flags: Self) -> bool {
                self.0 & flags.0 == flags.0
            }

            /// Whether any of these flags is set.
            pub const fn intersects(self, flags: Self) -> bool {
                self.0 & flags.0 != 0
            }

            /// Whether no flag is set, unknown bits among them.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// These flags and those.
            pub const fn with(self, flags: Self) -> Self {
                Self(self.0 | flags.0)
            }

            /// These flags less those.
            pub const fn without(self, flags: Self) -> Self {
                Self(self.0 & !flags.0)
            }

            /// The names of the known flags that are set.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::NAMES.iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, name)| *name)
            }

            /// The flags of these names, however they are joined; `none` for no flag, `0x9000` for bits without a
            /// name.
            ///
            /// # Errors
            /// A word that is neither.
            fn of_names(text: &str) -> Result<Self, TextError> {
                let words = text.split([' ', ',', '+', '|']).filter(|word| !word.is_empty());
                words.filter(|word| !same_word(word, "none")).try_fold(Self::NONE, |flags, word| {
                    let known = Self::NAMES.iter().find(|(_, name)| same_word(name, word));
                    if let Some((bit, _)) = known {
                        return Ok(flags.with(Self(*bit)));
                    }
                    let bits = word.strip_prefix("0x").and_then(|bits| u16::from_str_radix(bits, 16).ok());
                    let names = || Self::NAMES.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
                    bits.map(|bits| flags.with(Self(bits)))
                        .ok_or_else(|| TextError::Word(word.to_owned(), format!("none, {}", names())))
                })
            }

            /// The bits set that have no name here.
            pub fn unknown(self) -> u16 {
                Self::NAMES.iter().fold(self.0, |rest, (bit, _)| rest & !bit)
            }
        }

        impl BitOr for $name {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }

        impl BitOrAssign for $name {
            fn bitor_assign(&mut self, other: Self) {
                *self = self.with(other);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if self.is_empty() {
                    return f.write_str("none");
                }
                let mut first = true;
                for name in self.names() {
                    write!(f, "{}{name}", if first { "" } else { " " })?;
                    first = false;
                }
                match self.unknown() {
                    0 => Ok(()),
                    bits => write!(f, "{}0x{bits:04X}", if first { "" } else { " " }),
                }
            }
        }
    };
}

flags! {
    /// ERROR: what stopped the cell.
    ErrorFlags {
        /// The voltage was above VOLTAGE_LIMIT_CHG.
        VOLTAGE_LIMIT_CHG = 0x0001,
        /// The voltage was below VOLTAGE_LIMIT_DCHG.
        VOLTAGE_LIMIT_DCHG = 0x0002,
        /// The current was above CURRENT_LIMIT_CHG.
        CURRENT_LIMIT_CHG = 0x0004,
        /// The current was above CURRENT_LIMIT_DCHG.
        CURRENT_LIMIT_DCHG = 0x0008,
        /// The cell was hotter than TEMP_LIMIT_CHG.
        TEMP_LIMIT_CHG = 0x0010,
        /// The cell was hotter than TEMP_LIMIT_DCHG.
        TEMP_LIMIT_DCHG = 0x0020,
        /// The cell was reversed.
        BACKWARDS = 0x0040,
        /// There was no cell.
        NO_CELL = 0x0080,
        /// There was no external supply.
        NO_PSU = 0x0100,
        /// The hardware's own current limit.
        HW_CURRENT_LIMIT = 0x0200,
        /// The supply was below 4.25 V.
        LOW_VCC = 0x0800,
    }
}

raw_value!(ErrorFlags, text = Self::of_names);

flags! {
    /// STATUS: conditions as they are now.
    StatusFlags {
        /// The voltage is above VOLTAGE_LIMIT_CHG.
        VOLTAGE_LIMIT_CHG = 0x0001,
        /// The voltage is below VOLTAGE_LIMIT_DCHG.
        VOLTAGE_LIMIT_DCHG = 0x0002,
        /// The current is above CURRENT_LIMIT_CHG.
        CURRENT_LIMIT_CHG = 0x0004,
        /// The current is above CURRENT_LIMIT_DCHG.
        CURRENT_LIMIT_DCHG = 0x0008,
        /// The cell is hotter than TEMP_LIMIT_CHG.
        TEMP_LIMIT_CHG = 0x0010,
        /// The cell is hotter than TEMP_LIMIT_DCHG.
        TEMP_LIMIT_DCHG = 0x0020,
        /// The cell is reversed.
        BACKWARDS = 0x0040,
        /// There is no cell.
        NO_CELL = 0x0080,
        /// There is no external supply.
        NO_PSU = 0x0100,
        /// The cell's first measurement is not done.
        NOT_INITIALIZED = 0x0200,
        /// The calibration is blank.
        NOT_CALIBRATED = 0x0400,
        /// The supply is below 4.25 V.
        LOW_VCC = 0x0800,
    }
}

raw_value!(StatusFlags, text = Self::of_names);

flags! {
    /// SETTINGS: what the unit does by itself.
    Settings {
        /// The firmware trims the current; buggy, kept off.
        TRIM_OUTPUT = 0x0001,
        /// The firmware corrects the current for its supply; buggy, kept off.
        VCC_COMPENSATION = 0x0002,
        /// Every cell stops when WATCHDOG_TIMER reaches 0 (firmware 4 and later).
        WATCHDOG_TIMER = 0x0004,
        /// Discharge goes on without the external supply.
        NO_PSU_DCHG_ENABLE = 0x0008,
        /// Cell 0 gets every slice (firmware 7).
        CH0_HI_RES = 0x0010,
        /// Cell 1 gets every slice (firmware 7).
        CH1_HI_RES = 0x0020,
        /// Cell 2 gets every slice (firmware 7).
        CH2_HI_RES = 0x0040,
        /// Cell 3 gets every slice (firmware 7).
        CH3_HI_RES = 0x0080,
        /// No limit stops a cell. A host must never set it, and [`Encoding::check`](crate::wire::Encoding::check)
        /// refuses it.
        SAFETY_DISABLE = 0x4000,
        /// Opens registers that are otherwise closed.
        DEBUG = 0x8000,
    }
}

raw_value!(Settings, check = Settings::check_raw, text = Self::of_names);

impl Settings {
    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if Self(raw).intersects(Self::SAFETY_DISABLE) {
            return Err(ConversionError::raw("settings", raw, "SAFETY_DISABLE (0x4000) must never be set"));
        }
        Ok(())
    }
}
