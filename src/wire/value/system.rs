//! The unit itself: version, timers, lights, supply, calibration, serial number.

use super::error::{ConversionError, TextError, same_word};
use super::raw_value;
use crate::identity::SerialNumber;
use crate::units::parse_duration;
use crate::wire::Encoding;
use std::fmt;
use std::time::Duration;

/// Length of a tick of SYSTEM_TIMER and WATCHDOG_TIMER, in milliseconds.
const TICK_MILLIS: u64 = 100;

/// FIRMWARE_VER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirmwareVersion(pub u16);

raw_value!(FirmwareVersion, "" = |it| Some(f64::from(it.0)));

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

raw_value!(SystemTimer, "s" = |it| Some(f64::from(it.0) / 10.0));

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

raw_value!(WatchdogCount, "s" = |it| Some(it.remaining().as_secs_f64()), text = |text| Self::exactly(text));

impl WatchdogCount {
    /// What kicks the watchdog: 25.5 s.
    pub const KICK: Self = Self(255);
    /// The unit ends all current so long after its last kick: 25.5 s.
    pub const BITES_AFTER: Duration = Duration::from_millis(Self::KICK.0 as u64 * TICK_MILLIS);

    /// The count of a time such as `25.5 s`.
    fn exactly(text: &str) -> Result<Self, TextError> {
        let millis = parse_duration(text.trim_end_matches("left"))?.as_millis();
        let ticks = u16::try_from(millis / u128::from(TICK_MILLIS)).ok();
        ticks.filter(|_| millis.is_multiple_of(u128::from(TICK_MILLIS))).map(Self).ok_or_else(|| {
            let seconds = millis as f64 / 1e3;
            ConversionError::new("watchdog time", seconds, "s", "a multiple of 0.1 s, 0 s to 6553.5 s").into()
        })
    }

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

raw_value!(
    Lock,
    text = |text| {
        let known = [Self::OPEN, Self::FROZEN];
        let found = known.into_iter().find(|lock| same_word(&lock.to_string(), text));
        found.ok_or_else(|| TextError::Word(text.to_owned(), known.map(|lock| lock.to_string()).join(", ")))
    }
);

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

raw_value!(Led, text = Self::named);

impl LedCode {
    /// All of them, in order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Off,
        Self::Blip,
        Self::FlashSlow,
        Self::FlashFast,
        Self::On,
        Self::Pwm,
        Self::RampUp,
        Self::RampDown,
        Self::Sine,
    ];

    /// Its name, as it is written in commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Blip => "blip",
            Self::FlashSlow => "flash-slow",
            Self::FlashFast => "flash-fast",
            Self::On => "on",
            Self::Pwm => "pwm",
            Self::RampUp => "ramp-up",
            Self::RampDown => "ramp-down",
            Self::Sine => "sine",
        }
    }
}

impl Led {
    /// A light by the name of its code, and for `pwm` the duty of 255: `flash-slow`, `pwm 40`.
    fn named(text: &str) -> Result<Self, TextError> {
        let (word, duty) = match text.trim().rsplit_once([' ', '=', ':']) {
            Some((word, duty)) if same_word(word, LedCode::Pwm.name()) => (word, duty.trim().parse().ok()),
            _ => (text, Some(0)),
        };
        let code = LedCode::ALL.into_iter().find(|code| same_word(code.name(), word));
        code.zip(duty).map(|(code, duty)| Self::new(code, duty)).ok_or_else(|| {
            let names = LedCode::ALL.map(LedCode::name).join(", ");
            TextError::Word(text.to_owned(), format!("{names} (and `pwm 40`, of 255)"))
        })
    }

    /// A light that behaves so; the duty counts for PWM only.
    pub const fn new(code: LedCode, duty: u8) -> Self {
        Self(u16::from_le_bytes([code as u8, duty]))
    }

    /// Its code, if it is a known one.
    pub const fn code(self) -> Option<LedCode> {
        let number = self.0.to_le_bytes()[0] as usize;
        if number < LedCode::ALL.len() { Some(LedCode::ALL[number]) } else { None }
    }

    /// The high byte: the duty of PWM, of 255.
    pub const fn duty(self) -> u8 {
        self.0.to_le_bytes()[1]
    }
}

impl fmt::Display for Led {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(LedCode::Pwm) => write!(f, "pwm {}", self.duty()),
            Some(code) => f.write_str(code.name()),
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

raw_value!(
    Calibration,
    "" = |it| it.value().map(f64::from),
    text = |text| match text.trim() {
        "blank" => Ok(Self(u16::MAX)),
        number => u16::from_text(number).map(Self),
    }
);

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
