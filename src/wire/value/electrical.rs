//! Currents, voltages, and the intervals at which they are reported.

use super::error::{ConversionError, at_or_above, at_or_below, nearest};
use super::raw_value;
use crate::units::{Amperes, Volts, parse_duration};
use std::fmt;
use std::time::Duration;

/// Amperes a step of CURRENT (4.096 A full scale).
const AMPERES_A_STEP: f64 = 4.096 / 32768.0;
/// Volts a step of VOLTAGE (4.5 V full scale).
const VOLTS_A_STEP: f64 = 4.5 / 32768.0;
/// The largest CURRENT that the unit reports; a limit at or above it never trips.
const SATURATION: u16 = 32736;
/// Largest positive value of a signed register.
const SIGNED_MAX: u16 = 0x7FFF;

/// CURRENT_SETPOINT and SINE_OFFSET: steps of 1/128 A, 0 to 575 (4.492 A).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setpoint(u16);

raw_value!(
    Setpoint,
    check = Setpoint::check_raw,
    "A" = |it| Some(it.amperes().0),
    text = |text| Ok(Self::nearest(text.parse()?)?)
);

impl Setpoint {
    /// No current.
    pub const ZERO: Self = Self(0);
    /// The largest that a host may set, 575 steps.
    pub const MAX: Self = Self(575);
    const STEPS_AN_AMPERE: f64 = 128.0;

    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if raw <= Self::MAX.0 {
            Ok(())
        } else {
            Err(ConversionError::raw("setpoint", raw, "0 to 575 steps of 1/128 A"))
        }
    }

    /// The setpoint of so many steps; `None` above 575.
    pub const fn steps(steps: u16) -> Option<Self> {
        if steps <= Self::MAX.0 { Some(Self(steps)) } else { None }
    }

    /// The setpoint nearest to a current.
    ///
    /// # Errors
    /// Below 0 A or above 4.492 A by half a step or more, or not a number.
    pub fn nearest(current: Amperes) -> Result<Self, ConversionError> {
        nearest(current.0 * Self::STEPS_AN_AMPERE, 0, Self::MAX.0).map(Self).ok_or(ConversionError::new(
            "setpoint",
            current.0,
            "A",
            "the unit holds 0 A to 4.492 A",
        ))
    }

    /// The current that these steps ask for.
    pub fn amperes(self) -> Amperes {
        Amperes(f64::from(self.0) / Self::STEPS_AN_AMPERE)
    }
}

impl fmt::Display for Setpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.amperes())
    }
}

/// CURRENT and CURRENT_PP: a magnitude, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawCurrent(u16);

raw_value!(RawCurrent, "A" = |it| it.amperes().ok().map(|current| current.0));

impl RawCurrent {
    /// The raw value nearest to a current.
    ///
    /// # Errors
    /// Below 0 A, above 4.0959 A, or not a number.
    pub fn nearest(current: Amperes) -> Result<Self, ConversionError> {
        nearest(current.0 / AMPERES_A_STEP, 0, SIGNED_MAX).map(Self).ok_or(ConversionError::new(
            "current",
            current.0,
            "A",
            "the register holds 0 A to 4.0959 A",
        ))
    }

    /// The current, a magnitude.
    ///
    /// # Errors
    /// A negative raw value, which the unit never reports.
    pub fn amperes(self) -> Result<Amperes, ConversionError> {
        if self.0 > SIGNED_MAX {
            return Err(ConversionError::raw("current", self.0, "the unit reports 0 to 32767 only"));
        }
        Ok(Amperes(f64::from(self.0) * AMPERES_A_STEP))
    }

    /// Whether the true current may be larger than what is reported (4.092 A).
    pub const fn is_saturated(self) -> bool {
        self.0 >= SATURATION && self.0 <= SIGNED_MAX
    }
}

impl fmt::Display for RawCurrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.amperes() {
            Ok(current) => write!(f, "{current:.4}"),
            Err(_) => write!(f, "no current (raw {})", self.0),
        }
    }
}

/// VOLTAGE and VOLTAGE_PP: signed, 4.5 V full scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RawVoltage(u16);

raw_value!(RawVoltage, "V" = |it| it.volts().ok().map(|voltage| voltage.0));

impl RawVoltage {
    /// The raw value nearest to a voltage.
    ///
    /// # Errors
    /// Below -4.5 V, above 4.4997 V, or not a number.
    pub fn nearest(voltage: Volts) -> Result<Self, ConversionError> {
        let steps = (voltage.0 / VOLTS_A_STEP).round();
        // 32767 means over range, so it is no voltage.
        if (-32768.0..32767.0).contains(&steps) {
            #[allow(clippy::cast_possible_truncation)]
            return Ok(Self((steps as i16).cast_unsigned()));
        }
        Err(ConversionError::new("voltage", voltage.0, "V", "the register holds -4.5 V to 4.4997 V"))
    }

    /// The voltage; below zero for a reversed cell.
    ///
    /// # Errors
    /// Over range: 4.5 V or more.
    pub fn volts(self) -> Result<Volts, ConversionError> {
        if self.is_over_range() {
            return Err(ConversionError::raw("voltage", self.0, "below 32767, which means over range"));
        }
        Ok(Volts(f64::from(self.0.cast_signed()) * VOLTS_A_STEP))
    }

    /// Whether the true voltage is more than the register holds.
    pub const fn is_over_range(self) -> bool {
        self.0 == SIGNED_MAX
    }
}

impl fmt::Display for RawVoltage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.volts() {
            Ok(voltage) => write!(f, "{voltage:.4}"),
            Err(_) => f.write_str("over range"),
        }
    }
}

/// VOLTAGE_LIMIT_CHG and VOLTAGE_LIMIT_DCHG: as VOLTAGE, not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoltageLimit(u16);

raw_value!(
    VoltageLimit,
    check = VoltageLimit::check_raw,
    "V" = |it| Some(it.volts().0),
    text = |text| Ok(Self::nearest(text.parse()?)?)
);

impl VoltageLimit {
    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        if raw < SIGNED_MAX { Ok(()) } else { Err(ConversionError::raw("voltage limit", raw, "0 to 32766")) }
    }

    /// The upper limit for a voltage: rounded down, so that it is never wider than what was asked.
    ///
    /// # Errors
    /// Below 0 V, above 4.4997 V, or not a number.
    pub fn upper(voltage: Volts) -> Result<Self, ConversionError> {
        let raw = at_or_below(voltage.0 / VOLTS_A_STEP, 0, SIGNED_MAX - 1);
        raw.map(Self).ok_or_else(|| Self::out_of_range(voltage))
    }

    /// The lower limit for a voltage: rounded up, so that it is never wider than what was asked.
    ///
    /// # Errors
    /// Below 0 V, above 4.4997 V, or not a number.
    pub fn lower(voltage: Volts) -> Result<Self, ConversionError> {
        let raw = at_or_above(voltage.0 / VOLTS_A_STEP, 0, SIGNED_MAX - 1);
        raw.map(Self).ok_or_else(|| Self::out_of_range(voltage))
    }

    /// The limit nearest to a voltage.
    ///
    /// # Errors
    /// Below 0 V, above 4.4997 V, or not a number.
    pub fn nearest(voltage: Volts) -> Result<Self, ConversionError> {
        let raw = nearest(voltage.0 / VOLTS_A_STEP, 0, SIGNED_MAX - 1);
        raw.map(Self).ok_or_else(|| Self::out_of_range(voltage))
    }

    fn out_of_range(voltage: Volts) -> ConversionError {
        ConversionError::new("voltage limit", voltage.0, "V", "the unit holds 0 V to 4.4997 V")
    }

    /// The limit as a voltage.
    pub fn volts(self) -> Volts {
        Volts(f64::from(self.0.cast_signed()) * VOLTS_A_STEP)
    }
}

impl fmt::Display for VoltageLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.volts())
    }
}

/// CURRENT_LIMIT_CHG and CURRENT_LIMIT_DCHG: as CURRENT, and low enough to trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrentLimit(u16);

raw_value!(
    CurrentLimit,
    check = CurrentLimit::check_raw,
    "A" = |it| Some(it.amperes().0),
    text = |text| Ok(Self::nearest(text.parse()?)?)
);

impl CurrentLimit {
    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        let expected = "0 to 32735: CURRENT stays at or below 32736, so a higher limit never trips";
        if raw < SATURATION { Ok(()) } else { Err(ConversionError::raw("current limit", raw, expected)) }
    }

    /// The upper limit for a current: rounded down, so that it is never wider than what was asked.
    ///
    /// # Errors
    /// Below 0 A, not a number, or 4.092 A and above, where the reported current saturates and the
    /// limit can never trip.
    pub fn upper(current: Amperes) -> Result<Self, ConversionError> {
        let raw = at_or_below(current.0 / AMPERES_A_STEP, 0, SATURATION - 1);
        raw.map(Self).ok_or_else(|| Self::out_of_range(current))
    }

    /// The limit nearest to a current.
    ///
    /// # Errors
    /// As for [`Self::upper`].
    pub fn nearest(current: Amperes) -> Result<Self, ConversionError> {
        let raw = nearest(current.0 / AMPERES_A_STEP, 0, SATURATION - 1);
        raw.map(Self).ok_or_else(|| Self::out_of_range(current))
    }

    fn out_of_range(current: Amperes) -> ConversionError {
        ConversionError::new(
            "current limit",
            current.0,
            "A",
            "0 A to 4.0918 A; the reported current saturates at 4.092 A, so a higher limit never trips",
        )
    }

    /// The limit as a current.
    pub fn amperes(self) -> Amperes {
        Amperes(f64::from(self.0) * AMPERES_A_STEP)
    }
}

impl fmt::Display for CurrentLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}", self.amperes())
    }
}

/// ZERO_AMP_THRESH: as CURRENT; a current below it reads 0 and is not counted as charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZeroAmpThreshold(u16);

raw_value!(
    ZeroAmpThreshold,
    check = ZeroAmpThreshold::check_raw,
    "A" = |it| Some(it.amperes().0),
    text = |text| match text.trim() {
        "blank" => Ok(Self(u16::MAX)),
        text => Ok(Self::nearest(text.parse()?)?),
    }
);

impl ZeroAmpThreshold {
    /// What the firmware goes by while its EEPROM is blank: 0.25 A.
    const WHEN_BLANK: u16 = 2000;

    fn check_raw(raw: u16) -> Result<(), ConversionError> {
        // Blank must be writable, so that what was there can be put back.
        if raw <= SIGNED_MAX || raw == u16::MAX {
            Ok(())
        } else {
            Err(ConversionError::raw("zero threshold", raw, "0 to 32767, or 65535 for blank"))
        }
    }

    /// The threshold nearest to a current.
    ///
    /// # Errors
    /// Below 0 A, above 4.0959 A, or not a number.
    pub fn nearest(current: Amperes) -> Result<Self, ConversionError> {
        nearest(current.0 / AMPERES_A_STEP, 0, SIGNED_MAX).map(Self).ok_or(ConversionError::new(
            "zero threshold",
            current.0,
            "A",
            "the register holds 0 A to 4.0959 A",
        ))
    }

    /// Whether its EEPROM was never written.
    pub const fn is_blank(self) -> bool {
        self.0 == u16::MAX
    }

    /// The current below which the unit reads 0; 0.25 A while blank.
    pub fn amperes(self) -> Amperes {
        let raw = if self.is_blank() { Self::WHEN_BLANK } else { self.0 };
        Amperes(f64::from(raw) * AMPERES_A_STEP)
    }
}

impl fmt::Display for ZeroAmpThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4}{}", self.amperes(), if self.is_blank() { " (blank)" } else { "" })
    }
}

/// VCC: the unit's supply, the converter's reference measured against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vcc(u16);

raw_value!(Vcc, "V" = |it| it.volts().ok().map(|voltage| voltage.0));

impl Vcc {
    const SCALE: f64 = 32768.0 * 4.096;

    /// The raw value nearest to a supply voltage.
    ///
    /// # Errors
    /// Not 2.05 V or more, or not a number.
    pub fn nearest(voltage: Volts) -> Result<Self, ConversionError> {
        nearest(Self::SCALE / voltage.0, 1, u16::MAX).map(Self).ok_or(ConversionError::new(
            "supply voltage",
            voltage.0,
            "V",
            "2.05 V or more",
        ))
    }

    /// The supply's voltage.
    ///
    /// # Errors
    /// Raw 0: not measured yet.
    pub fn volts(self) -> Result<Volts, ConversionError> {
        if self.0 == 0 {
            return Err(ConversionError::raw("supply voltage", 0, "more than 0; not measured yet"));
        }
        Ok(Volts(Self::SCALE / f64::from(self.0)))
    }
}

impl fmt::Display for Vcc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.volts() {
            Ok(voltage) => write!(f, "{voltage:.3}"),
            Err(_) => f.write_str("not measured"),
        }
    }
}

/// DUTY: the current driver's duty, of 640, which is 5 A at a supply of 5 V.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duty(u16);

raw_value!(Duty, "%" = |it| Some(it.fraction() * 100.0));

impl Duty {
    /// The duty as a fraction of full scale.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 640.0
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", self.fraction() * 100.0)
    }
}

/// REPORT_INTERVAL: a stream packet every (n + 1) x 0.1 s; 0 sends none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReportInterval(u16);

raw_value!(
    ReportInterval,
    "s" = |it| it.period().map(|period| period.as_secs_f64()),
    text = |text| match text.trim() {
        "off" => Ok(Self::OFF),
        text => Ok(Self::exactly(parse_duration(text.trim_start_matches("every"))?)?),
    }
);

impl ReportInterval {
    /// No stream packets.
    pub const OFF: Self = Self(0);
    const UNIT_MILLIS: u64 = 100;

    /// The interval of exactly this period.
    ///
    /// # Errors
    /// Not a multiple of 0.1 s from 0.2 s to 6553.6 s.
    pub fn exactly(period: Duration) -> Result<Self, ConversionError> {
        let micros = period.as_micros();
        let step = u128::from(Self::UNIT_MILLIS) * 1000;
        u16::try_from(micros / step)
            .ok()
            .map(|tenths| tenths.saturating_sub(1))
            .or_else(|| (micros / step == 65536).then_some(u16::MAX))
            .filter(|raw| *raw > 0 && micros.is_multiple_of(step))
            .map(Self)
            .ok_or(ConversionError::new(
                "report interval",
                period.as_secs_f64(),
                "s",
                "a multiple of 0.1 s, 0.2 s to 6553.6 s",
            ))
    }

    /// The time between two packets; `None` when off.
    pub fn period(self) -> Option<Duration> {
        (self.0 > 0).then(|| Duration::from_millis((u64::from(self.0) + 1) * Self::UNIT_MILLIS))
    }
}

impl fmt::Display for ReportInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.period() {
            Some(period) => write!(f, "every {:.1} s", period.as_secs_f64()),
            None => f.write_str("off"),
        }
    }
}
