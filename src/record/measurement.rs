//! How the quantities of a run were measured, in words: to be kept true of `station` and `program`.

use serde::{Deserialize, Serialize};

/// How the recorded quantities were got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The voltage.
    pub voltage: String,
    /// Whether the voltage under current is corrected for what falls off between the unit's measuring
    /// point and the cell's own terminals.
    #[serde(default)]
    pub voltage_corrected_to_cell: bool,
    /// The current.
    pub current: String,
    /// The charge.
    pub charge: String,
    /// The times of readings.
    #[serde(default)]
    pub time: String,
    /// The energy.
    pub energy: String,
    /// The temperature.
    pub temperature: String,
    /// The open-circuit voltage and its drift.
    #[serde(default)]
    pub open_circuit: String,
    /// The impedance.
    pub impedance: String,
    /// The DC resistance.
    #[serde(default)]
    pub dc_resistance: String,
    /// Extremes, and values at the beginning and end of a step.
    #[serde(default)]
    pub extremes: String,
}

impl Default for Measurement {
    /// As this version measures.
    fn default() -> Self {
        let words = str::to_owned;
        Self {
            voltage: words(
                "VOLTAGE of the unit at its own terminals, 0.137 mV a count, once in 0.6144 s; under current not \
                 corrected for the resistance of holder and contacts",
            ),
            voltage_corrected_to_cell: false,
            current: words(
                "CURRENT of the unit, 0.125 mA a count, once in 0.6144 s; the sign is that of the step",
            ),
            charge: words(
                "increments of the unit's 32 bit charge sum, 0.6144 s x 0.125 mA a count, between the middles of two \
                 measuring slices, times how slow the unit's clock was found to be (`clock` of the unit; 1 until it \
                 is known, some 50 s); next to a switch each current times its time up to the switch",
            ),
            time: words(
                "the middle of the measuring slice (0.1024 s) by the host's clock, known within 0.01 s to 0.06 s; where \
                 the place of the slices is not known, the middle of the time in which it must have been measured",
            ),
            energy: words(
                "each increment of charge times the mean voltage of the readings at both of its ends",
            ),
            temperature: words("TEMPERATURE of the unit with the slot's own TEMP_CALIB_R and TEMP_CALIB_B"),
            open_circuit: words(
                "a straight line by least squares through the last half of a rest, at most its last 600 s: its \
                 value at the last reading, and its slope; none where the rest is shorter than 60 s",
            ),
            impedance: words(
                "VOLTAGE_PP over CURRENT_PP under LOCK, 2 s after the sine is switched on, mean of 4 measuring \
                 slices; the sine is the largest of 2, 1, 0.5 and 0.25 A peak to peak whose top, 1.25 times that, \
                 is at most half of the discharge current limit; its mean, 0.75 times, discharges the cell",
            ),
            dc_resistance: words(
                "the change of VOLTAGE over the change of CURRENT, from the last reading before the step of current to \
                 the stated time after it, interpolated between the readings around it",
            ),
            extremes: words(
                "from readings that are wholly of the step: none whose measuring slice saw its current being switched \
                 on, and none of a sine in between",
            ),
        }
    }
}
