//! The unit itself: version, timers, lights, supply, calibration, serial number.

use super::raw_value;
use crate::identity::SerialNumber;
use crate::wire::Encoding;
use std::fmt;
use std::time::Duration;

/// Length of a tick of SYSTEM_TIMER and WATCHDOG_TIMER, in milliseconds.
const TICK_MILLIS: u64 = 100;

/// FIRMWARE_VER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirmwareVersion(pub u16);

raw_value!(FirmwareVersion);

impl FirmwareVersion {
    /// Whether it is one of those that the map was made from, 1 to 7.
    pub const fn is_known(self) -> bool {
        self.0 >= 1 && self.0 <= 7
    }

    /// Whether it has the watchdog (4 and later).
    pub const fn has_watchdog(self) -> bool {
        self.0 >= 4
    }

    /// Whether a low supply stops a cell (5 and later).
    pub const fn has_low_vcc_stop(self) -> bool {
        self.0 >= 5
    }

    /// Whether the driver ramps to the setpoint rather than jumping. 2 and 3 jump and 5 ramps; of 4 nothing is
    /// published, and it is taken to be like 5.
    pub const fn has_ramp(self) -> bool {
        self.0 >= 4
    }

    /// Whether a discharge stops without the external supply unless NO_PSU_DCHG_ENABLE is set (5 and later).
    pub const fn has_no_psu_discharge_stop(self) -> bool {
        self.0 >= 5
    }

    /// Whether one cell can be given every slice (7 and later).
    pub const fn has_hi_res(self) -> bool {
        self.0 >= 7
    }

    /// Whether the direction relay races the driver when a charge begins (3 and earlier): setpoint 0
    /// first, then the mode, 10 ms, then the setpoint.
    pub const fn relay_races_driver(self) -> bool {
        self.0 <= 3
    }

    /// Whether charge is counted in a variable that no register shows (3 and earlier).
    pub const fn hides_charge(self) -> bool {
        self.0 <= 3
    }
}

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}", self.0)
    }
}

/// SYSTEM_TIMER: tenths of a second since the unit started, modulo 65536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SystemTimer(u16);

raw_value!(SystemTimer);

impl SystemTimer {
    /// The time at which it wraps: 6553.6 s.
    pub const WRAP: Duration = Duration::from_millis(65536 * TICK_MILLIS);

    /// The time since an earlier reading, if less than one wrap lies between.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::from(self.0.wrapping_sub(earlier.0)) * TICK_MILLIS)
    }
}

impl fmt::Display for SystemTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} s", self.0 / 10, self.0 % 10)
    }
}

/// WATCHDOG_TIMER: tenths of a second until every cell stops; 0 has tripped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WatchdogCount(pub u16);

raw_value!(WatchdogCount);

impl WatchdogCount {
    /// What kicks the watchdog: 25.5 s.
    pub const KICK: Self = Self(255);

    /// The time left.
    pub fn remaining(self) -> Duration {
        Duration::from_millis(u64::from(self.0) * TICK_MILLIS)
    }

    /// Whether it has run out.
    pub const fn has_tripped(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for WatchdogCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} s left", self.0 / 10, self.0 % 10)
    }
}

/// LOCK: whether the peak to peak registers, TEMPERATURE and VCC are frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lock(u16);

raw_value!(Lock);

impl Lock {
    /// Measuring goes on.
    pub const OPEN: Self = Self(0);
    /// The registers are frozen.
    pub const FROZEN: Self = Self(1);
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("open"),
            1 => f.write_str("frozen"),
            other => write!(f, "unknown lock {other}"),
        }
    }
}

/// How a light behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LedCode {
    /// Dark.
    Off,
    /// A short flash now and then.
    Blip,
    /// Slow flashes.
    FlashSlow,
    /// Fast flashes.
    FlashFast,
    /// Lit.
    On,
    /// Lit at the duty in the high byte.
    Pwm,
    /// Brighter and brighter.
    RampUp,
    /// Darker and darker.
    RampDown,
    /// Brighter and darker.
    Sine,
}

/// LED0 to LED3 and LED_MESSAGE: the code in the low byte, the duty of PWM in the high one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Led(u16);

raw_value!(Led);

impl Led {
    /// A light that behaves so; the duty counts for PWM only.
    pub const fn new(code: LedCode, duty: u8) -> Self {
        Self(u16::from_le_bytes([code as u8, duty]))
    }

    /// Its code, if it is a known one.
    pub const fn code(self) -> Option<LedCode> {
        Some(match self.0.to_le_bytes()[0] {
            0 => LedCode::Off,
            1 => LedCode::Blip,
            2 => LedCode::FlashSlow,
            3 => LedCode::FlashFast,
            4 => LedCode::On,
            5 => LedCode::Pwm,
            6 => LedCode::RampUp,
            7 => LedCode::RampDown,
            8 => LedCode::Sine,
            _ => return None,
        })
    }

    /// The high byte: the duty of PWM, of 255.
    pub const fn duty(self) -> u8 {
        self.0.to_le_bytes()[1]
    }
}

impl fmt::Display for Led {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(LedCode::Pwm) => write!(f, "PWM at {}", self.duty()),
            Some(code) => write!(f, "{code:?}"),
            None => write!(f, "unknown light {}", self.0),
        }
    }
}

/// PSU: whether the external supply is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Psu(u16);

raw_value!(Psu);

impl Psu {
    /// Whether the supply that charging needs is there.
    pub const fn is_present(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for Psu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_present() { "present" } else { "absent" })
    }
}

/// A calibration register; blank EEPROM reads 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Calibration(u16);

raw_value!(Calibration);

impl Calibration {
    /// The value, unless it was never written.
    pub const fn value(self) -> Option<u16> {
        if self.0 == u16::MAX { None } else { Some(self.0) }
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("blank"),
        }
    }
}

/// The serial number that DEVICE_ID and SERIAL_NUM hold: DEVICE_ID x 65536 + SERIAL_NUM; `None` while
/// both are blank (65535).
pub fn serial_number(device_id: u16, serial_num: u16) -> Option<SerialNumber> {
    let number = u32::from(device_id) << 16 | u32::from(serial_num);
    (number != u32::MAX).then_some(SerialNumber(number))
}

impl From<FirmwareVersion> for u16 {
    fn from(version: FirmwareVersion) -> u16 {
        version.to_raw()
    }
}
