//! What the vendor's settings come to, as the tool that they are for would have them in hand.

use crate::recipe::Chemistry;
use crate::units::{Amperes, Celsius, Volts};

/// The settings of a cycle test.
#[derive(Debug)]
pub(super) struct Settings {
    /// Which of the vendor's tools, in words.
    pub(super) tool: &'static str,
    pub(super) name: String,
    pub(super) chemistry: Option<Chemistry>,
    pub(super) precharge: Amperes,
    pub(super) charge: Amperes,
    pub(super) discharge: Amperes,
    pub(super) charge_cutoff: Amperes,
    pub(super) discharge_cutoff: Amperes,
    pub(super) charge_temperature: Celsius,
    pub(super) discharge_temperature: Celsius,
    pub(super) high: Volts,
    pub(super) low: Volts,
    /// The voltage for storage, where cells are discharged to it in the end.
    pub(super) storage: Option<Volts>,
    pub(super) warmup: f64,
    pub(super) measured: f64,
    /// Seconds.
    pub(super) rest: f64,
    /// Seconds between two rows.
    pub(super) report: f64,
    /// Seconds between two impedances; none where this is not above zero.
    pub(super) impedance: f64,
    /// Ohms.
    pub(super) threshold: f64,
    pub(super) taper: Taper,
    pub(super) trickle: Option<Trickle>,
    pub(super) pulse: Option<Pulse>,
}

/// What both tools call constant voltage: the current is taken back by one step after the other as the voltage nears the
/// cutoff.
#[derive(Debug)]
pub(super) struct Taper {
    pub(super) charge: bool,
    pub(super) discharge: bool,
    /// The step, which is also the least current that is ever driven.
    pub(super) step: Amperes,
}

/// Lower currents near the cutoffs.
#[derive(Debug)]
pub(super) struct Trickle {
    pub(super) charge: (Volts, Amperes),
    pub(super) discharge: (Volts, Amperes),
}

/// Currents that are switched.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) charge: Train,
    pub(super) discharge: Train,
}

/// Seconds of the full current, seconds of another one, and that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Train {
    pub(super) on: f64,
    pub(super) off: f64,
    pub(super) low: Amperes,
}
