//! Readings that stay what they were although current flows: a sensor, a converter or a register that is
//! stuck, behind which the unit's own limits are as blind as the program.

use crate::units::Coulombs;
use crate::wire::{Encoding, RawCurrent, RawTemperature, RawVoltage, Setpoint};
use std::time::Duration;

/// A VOLTAGE is frozen when so much of the nominal capacity has passed under one and the same value, and
/// not before this time. The flattest plateau, that of an iron phosphate cell, moves by a count (0.137 mV)
/// with about 0.4 % of capacity, and the converter's noise moves it in nearly every slice.
const VOLTAGE: (f64, Duration) = (0.02, Duration::from_secs(60));
/// A CURRENT that has been the same for so long is frozen: a count is 0.125 mA, below the noise of
/// converter and driver.
const CURRENT: Duration = Duration::from_secs(300);
/// A TEMPERATURE that has been the same for so long is frozen: a count is some 0.005 degC, and the air in a
/// room is not that still.
const TEMPERATURE: Duration = Duration::from_secs(600);
/// A value that has been the same for so many readings on end (some 5 s) while the driver was at least so
/// many steps away from where it first read so is frozen. A step is 7.8 mA, 62 counts of CURRENT; sixteen
/// are 0.6 mV, four counts of VOLTAGE, in a cell of only 5 mohm.
const CURRENT_MOVED: (u16, u32) = (8, 8);
const VOLTAGE_MOVED: (u16, u32) = (16, 8);
/// From here on CURRENT is the same because it is saturated; below 1 because of the zero-amp threshold.
const SATURATED: u16 = 32_736;
/// What lies between two readings counts as no more than this.
const BETWEEN: Duration = Duration::from_secs(3);

/// The raw values of a reading under current.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) voltage: RawVoltage,
    pub(super) current: RawCurrent,
    pub(super) temperature: RawTemperature,
    /// What the driver is set to; none while it makes a sine.
    pub(super) setpoint: Option<Setpoint>,
}

/// Watches the values of one slot. Only time under current counts; a rest between does not begin anew, for
/// a value that is exactly the same behind it did not see the current go.
#[derive(Clone, Debug)]
pub(super) struct FrozenWatch {
    nominal: Coulombs,
    voltage: Same,
    current: Same,
    temperature: Same,
}

/// A value and for how long it has been the same.
#[derive(Clone, Debug, Default)]
struct Same {
    raw: Option<u16>,
    time: Duration,
    charge: Coulombs,
    /// What the driver was set to when it first read so, and the readings on end for which it was elsewhere.
    setpoint: Option<Setpoint>,
    moved: u32,
}

impl Same {
    fn take(&mut self, raw: u16, time: Duration, charge: Coulombs, setpoint: Option<Setpoint>, steps: u16) {
        if self.raw != Some(raw) {
            *self = Self { raw: Some(raw), setpoint, ..Self::default() };
            return;
        }
        self.time += time;
        self.charge += charge;
        let apart = self.setpoint.zip(setpoint).map(|(from, to)| from.to_raw().abs_diff(to.to_raw()));
        self.moved = if apart.is_some_and(|apart| apart >= steps) { self.moved + 1 } else { 0 };
    }

    fn how_moved(&self, now: Option<Setpoint>) -> String {
        let [from, to] = [self.setpoint, now].map(|setpoint| setpoint.unwrap_or(Setpoint::ZERO));
        format!("while the driver was moved from {from} to {to}")
    }
}

impl FrozenWatch {
    /// Watches a cell of this nominal capacity.
    pub(super) fn of(nominal: Coulombs) -> Self {
        Self { nominal, voltage: Same::default(), current: Same::default(), temperature: Same::default() }
    }

    /// Takes in a reading under current, so long after the one before it, with the charge that passed
    /// between. Says what is frozen, if anything is.
    pub(super) fn take(&mut self, shown: &Shown, time: Duration, passed: Coulombs) -> Option<String> {
        let time = time.min(BETWEEN);
        let [voltage, current, temperature] =
            [shown.voltage.to_raw(), shown.current.to_raw(), shown.temperature.to_raw()];
        let setpoint = shown.setpoint;
        self.voltage.take(voltage, time, passed, setpoint, VOLTAGE_MOVED.0);
        self.temperature.take(temperature, time, passed, None, 0);
        if setpoint.is_some() {
            self.current.take(current, time, passed, setpoint, CURRENT_MOVED.0);
        }
        let seconds = |same: &Same| same.time.as_secs();
        if self.voltage.time >= VOLTAGE.1 && self.voltage.charge >= self.nominal * VOLTAGE.0 {
            return Some(format!(
                "VOLTAGE is frozen: it has been {} for {} s under current, while {:.4} Ah passed",
                shown.voltage,
                seconds(&self.voltage),
                self.voltage.charge.ampere_hours()
            ));
        }
        if self.voltage.moved >= VOLTAGE_MOVED.1 {
            let how = self.voltage.how_moved(setpoint);
            return Some(format!("VOLTAGE is frozen: it has been {} {how}", shown.voltage));
        }
        let readable = (1..SATURATED).contains(&current);
        if readable && self.current.moved >= CURRENT_MOVED.1 {
            let how = self.current.how_moved(setpoint);
            return Some(format!("CURRENT is frozen: it has been {} {how}", shown.current));
        }
        if readable && self.current.time >= CURRENT {
            return Some(format!(
                "CURRENT is frozen: it has been {} for {} s",
                shown.current,
                seconds(&self.current)
            ));
        }
        (self.temperature.time >= TEMPERATURE).then(|| {
            format!(
                "TEMPERATURE is frozen: it has been {} for {} s under current",
                shown.temperature,
                seconds(&self.temperature)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOMINAL: Coulombs = Coulombs(9000.0);
    const SLICES: Duration = Duration::from_micros(614_400);

    fn shown(voltage: u16, current: u16, temperature: u16, setpoint: u16) -> Shown {
        Shown {
            voltage: RawVoltage::from_raw(voltage),
            current: RawCurrent::from_raw(current),
            temperature: RawTemperature::from_raw(temperature),
            setpoint: Some(Setpoint::from_raw(setpoint)),
        }
    }

    /// When it is seen that a slot is frozen which shows these values, reading for reading; in seconds.
    fn seen(amperes: f64, values: impl Fn(u16) -> Shown) -> Option<(f64, String)> {
        let mut watch = FrozenWatch::of(NOMINAL);
        let passed = Coulombs(amperes * SLICES.as_secs_f64());
        (0..20_000).find_map(|n| {
            let what = watch.take(&values(n), SLICES, passed)?;
            Some((f64::from(n) * SLICES.as_secs_f64(), what))
        })
    }

    #[test]
    fn a_voltage_that_stands_while_charge_passes_is_frozen() {
        // 2 % of 2.5 Ah: 144 s at C/2, 24 min at C/20, and not before a minute.
        for (amperes, seconds) in [(1.25, 144.0), (0.125, 1440.0), (4.0, 60.0)] {
            let (at, what) = seen(amperes, |n| shown(26_610, 10_000 + n % 5, 25_000 + n % 3, 160)).unwrap();
            assert!((at - seconds).abs() < 2.0, "{amperes} A: {at} s");
            assert!(what.contains("VOLTAGE is frozen: it has been 3.6543 V"), "{what}");
        }
    }

    #[test]
    fn a_quiet_plateau_and_a_held_voltage_are_not() {
        // One count in 25 s at C/2, without any noise; and a taper at C/50 under a voltage held to the count.
        assert_eq!(seen(1.25, |n| shown(26_610 + n / 41, 10_000 + n % 2, 25_000 + n / 100, 160)), None);
        let taper = seen(0.05, |n| shown(30_583 + n / 4000, 400 + n % 7, 25_000 + n % 2, 6));
        assert_eq!(taper, None);
    }

    #[test]
    fn a_current_that_does_not_follow_the_driver_is_frozen() {
        let (at, what) =
            seen(1.25, |n| shown(26_610 + n % 5, 9_700, 25_000 + n % 3, 160 + (n / 2).min(16))).unwrap();
        assert!(at < 20.0, "{at} s");
        assert!(what.contains("while the driver was moved"), "{what}");
        let (at, what) = seen(1.25, |n| shown(26_610 + n % 5, 9_700, 25_000 + n % 3, 160)).unwrap();
        assert!((at - 300.0).abs() < 2.0, "{at} s: {what}");
    }

    #[test]
    fn a_current_below_the_threshold_and_a_saturated_one_are_not() {
        for current in [0, SATURATED] {
            assert_eq!(seen(1.25, |n| shown(26_610 + n % 5, current, 25_000 + n % 3, 160 + n % 40)), None);
        }
    }

    #[test]
    fn a_temperature_that_stands_for_ten_minutes_is_frozen() {
        let (at, what) = seen(1.25, |n| shown(26_610 + n % 5, 9_700 + n % 4, 25_000, 160)).unwrap();
        assert!((at - 600.0).abs() < 2.0 && what.contains("TEMPERATURE"), "{at} s: {what}");
    }

    proptest! {
        /// Whatever a slot shows: with one count of noise now and then, nothing is frozen.
        #[test]
        fn what_moves_is_never_frozen(moves in proptest::collection::vec(1_u16..90, 1..40), amperes in 0.01_f64..4.0) {
            // Values stay for up to 90 readings, 55 s.
            let mut watch = FrozenWatch::of(NOMINAL);
            let passed = Coulombs(amperes * SLICES.as_secs_f64());
            for (index, readings) in moves.iter().enumerate() {
                let step = index as u16 % 2;
                for _ in 0..*readings {
                    let shown = shown(26_610 + step, 9_700 + step, 25_000 + step, 160);
                    prop_assert_eq!(watch.take(&shown, SLICES, passed), None);
                }
            }
        }

        /// A voltage that stands is seen before more than 2 % of the capacity, or what passes in a minute,
        /// has gone by, at any current that changes as it likes.
        #[test]
        fn what_stands_is_seen_in_time(currents in proptest::collection::vec(0.05_f64..4.0, 60_000 / 50)) {
            let mut watch = FrozenWatch::of(NOMINAL);
            let mut all = Coulombs(0.0);
            let mut time = Duration::ZERO;
            for (index, amperes) in currents.iter().cycle().take(60_000).enumerate() {
                let shown = shown(26_610, 9_700 + index as u16 % 7, 25_000 + index as u16 % 2, 160);
                let passed = Coulombs(amperes * SLICES.as_secs_f64());
                if watch.take(&shown, SLICES, passed).is_some() {
                    break;
                }
                all += passed;
                time += SLICES;
            }
            let bound = (NOMINAL * 0.02).max(Coulombs(4.0 * 60.0));
            prop_assert!(all <= bound + Coulombs(4.0), "{} C in {:?}", all.0, time);
        }
    }
}
