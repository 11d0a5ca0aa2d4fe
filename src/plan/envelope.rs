//! What no recipe may exceed, for each chemistry and for this hardware.

use super::{Chemistry, Limits};
use crate::units::{Amperes, Celsius, Volts};

/// The highest current limit that the unit can trip on. Its current reading saturates at raw 32736
/// (4.092 A), so a limit there or above never trips; what is below by less than the reading's noise
/// would be no fence either.
pub const HIGHEST_CURRENT_LIMIT: Amperes = Amperes(4.09);

/// How far a held voltage has to stay inside the voltage limits. The closed loop overshoots by a
/// few millivolts, and the unit stops the cell at the first slice beyond the limit.
pub const HOLD_MARGIN: Volts = Volts(0.020);

/// How far a current has to stay below the current limit, as a part of it and at least so many
/// amperes: the driver is off by its calibration until the trim loop has closed.
pub const CURRENT_MARGIN: (f64, Amperes) = (0.02, Amperes(0.020));

/// So many nominal capacities in one charge or discharge are a fault, whatever the voltage reads: no cell that
/// is rated right takes more than about one.
pub const MOST_CAPACITIES: f64 = 2.0;

/// What one step of the driver's register gives, before the error of its calibration.
pub const CURRENT_STEP: Amperes = Amperes(1.0 / 128.0);

/// The highest step that a host may set (4.49 A).
pub const HIGHEST_STEP: u16 = 575;

/// The envelope of a chemistry. Every number of it can be tightened by `[limits]`, none widened.
pub fn envelope(chemistry: Chemistry) -> Limits {
    match chemistry {
        // 4.25 V: the upper limit charging voltage of IEC 62133-2 for layered oxides against
        // graphite, and the top of the makers' 4.20 V +- 50 mV. 2.5 V: the makers' cut-off (Samsung
        // INR18650-25R, LG HG2, Panasonic NCR18650B); below it copper begins to dissolve in time.
        Chemistry::LiIon => Limits { voltage_low: Volts(2.5), voltage_high: Volts(4.25), ..common() },
        // 3.70 V: 50 mV above the 3.65 V that makers of iron phosphate cells give as the end of
        // charge, as for the other chemistry, so that 3.65 V can be held inside the fence.
        // 2.0 V: the makers' cut-off.
        Chemistry::Lfp => Limits { voltage_low: Volts(2.0), voltage_high: Volts(3.70), ..common() },
    }
}

/// What both chemistries share. Graphite plates lithium when it is charged below 0 degC; 45 degC in
/// charge is the upper end of the standard range of IEC 62133-2, and -20 to 60 degC in discharge is
/// what nearly every maker of 18650 cells allows at the surface.
fn common() -> Limits {
    Limits {
        voltage_low: Volts(0.0),
        voltage_high: Volts(0.0),
        current_charge: HIGHEST_CURRENT_LIMIT,
        current_discharge: HIGHEST_CURRENT_LIMIT,
        temperature_charge: Celsius(45.0),
        temperature_discharge: Celsius(60.0),
        temperature_charge_low: Celsius(0.0),
        temperature_discharge_low: Celsius(-20.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Setpoint;

    #[test]
    fn the_steps_are_those_of_the_register() {
        assert_eq!(Setpoint::steps(1).map(Setpoint::amperes), Some(CURRENT_STEP));
        assert_eq!(Setpoint::steps(HIGHEST_STEP), Some(Setpoint::MAX));
    }
}
