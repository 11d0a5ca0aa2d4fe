//! What the unit's registers can hold, as far as a plan has to know: currents in steps of 1/128 A,
//! voltages of 4.5 V / 32768, current limits of 4.096 A / 32768, sine frequencies of 39.0625 Hz.

use crate::units::{Amperes, Hertz, Volts};

/// Steps of the setpoint register in one ampere.
const SETPOINT_STEPS: f64 = 128.0;
/// The highest value of the setpoint register (4.4921875 A).
pub const HIGHEST_SETPOINT: u16 = 575;
/// One step of the sine generator: 10 kHz / 256.
const SINE_STEP: f64 = 10_000.0 / 256.0;
/// The highest value of the sine register (1054.6875 Hz).
pub const HIGHEST_SINE: u8 = 27;

/// One step of the setpoint register.
pub fn setpoint_step() -> Amperes {
    Amperes(1.0 / SETPOINT_STEPS)
}

/// The current of a setpoint value.
pub fn setpoint_current(raw: u16) -> Amperes {
    Amperes(f64::from(raw) / SETPOINT_STEPS)
}

/// The setpoint value nearest to a current; beyond either end it is that end.
pub fn nearest_setpoint(current: Amperes) -> u16 {
    // A cast from float to integer saturates and turns NaN into zero.
    ((current.0 * SETPOINT_STEPS).round() as u16).min(HIGHEST_SETPOINT)
}

/// The frequency of a sine register value.
pub fn sine_frequency(raw: u8) -> Hertz {
    Hertz(f64::from(raw) * SINE_STEP)
}

/// The sine register value nearest to a frequency, from 1 to the highest.
pub fn nearest_sine(frequency: Hertz) -> u8 {
    ((frequency.0 / SINE_STEP).round() as u8).clamp(1, HIGHEST_SINE)
}

/// A low voltage limit as the register holds it, rounded up: never below what was asked.
pub fn low_voltage_limit(limit: Volts) -> u16 {
    (limit.0 * 32768.0 / 4.5).ceil().min(32767.0) as u16
}

/// A high voltage limit as the register holds it, rounded down: never above what was asked.
pub fn high_voltage_limit(limit: Volts) -> u16 {
    (limit.0 * 32768.0 / 4.5).floor().min(32767.0) as u16
}

/// A current limit as the register holds it, rounded down: never above what was asked.
pub fn current_limit(limit: Amperes) -> u16 {
    // The small part keeps an exact value, such as 4.0 A, from falling by one through rounding.
    (limit.0 * 32768.0 / 4.096 + 1e-6).floor().min(32767.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_hold_what_the_map_says() {
        assert_eq!(nearest_setpoint(Amperes(1.25)), 160);
        assert_eq!(nearest_setpoint(Amperes(f64::NAN)), 0);
        assert_eq!(nearest_setpoint(Amperes(9.0)), HIGHEST_SETPOINT);
        assert_eq!(setpoint_current(160), Amperes(1.25));
        assert_eq!(nearest_sine(Hertz(1000.0)), 26);
        assert_eq!(sine_frequency(26), Hertz(1015.625));
        assert_eq!(nearest_sine(Hertz(0.0)), 1);
        assert_eq!(current_limit(Amperes(4.0)), 32000);
        assert_eq!(low_voltage_limit(Volts(2.8)), 20389);
        assert_eq!(high_voltage_limit(Volts(4.25)), 30947);
    }
}
