//! Volts, amperes, coulombs, ohms, degrees, durations and C-rates as types, with their texts.

mod c_rate;
mod parse;
mod quantity;
mod scalar;

pub use c_rate::CurrentSpec;
pub use parse::{QuantityError, TIME_UNITS, duration_text, format_duration, parse_duration, split_number};
pub use quantity::{Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, Volts, VoltsPerSecond, Watts};
pub use scalar::{Dimension, Scalar, with_decimals};
