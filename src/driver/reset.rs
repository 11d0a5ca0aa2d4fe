//! Noticing that a unit was reset: its settings are gone, its watchdog is off, its limits are the
//! firmware's own.

use crate::clock::Instant;
use crate::identity::SerialNumber;
use crate::wire::{Encoding, Settings, SystemTimer};
use std::fmt;
use std::time::Duration;

/// What gave a reset away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetSign {
    /// SYSTEM_TIMER is behind where it must be by now.
    TimerBehind {
        /// What it read.
        read: SystemTimer,
        /// How far behind.
        by: Duration,
    },
    /// SETTINGS is not what was set.
    SettingsLost {
        /// What was set.
        set: Settings,
        /// What it read.
        read: Settings,
    },
    /// Another unit answers.
    OtherUnit {
        /// The unit that answered before.
        was: SerialNumber,
        /// The one that answers now.
        is: SerialNumber,
    },
}

impl fmt::Display for ResetSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimerBehind { read, by } => {
                write!(f, "the unit was reset: SYSTEM_TIMER reads {read}, {:.1} s behind", by.as_secs_f64())
            }
            Self::SettingsLost { set, read } => {
                write!(f, "the unit was reset: SETTINGS was set to {set} and reads {read}")
            }
            Self::OtherUnit { was, is } => write!(f, "unit {is} answers where unit {was} was"),
        }
    }
}

/// Watches SYSTEM_TIMER, SETTINGS and the serial number for the signs of a reset.
#[derive(Clone, Debug, Default)]
pub struct ResetWatch {
    timer: Option<(Instant, SystemTimer)>,
    settings: Option<Settings>,
    serial: Option<SerialNumber>,
}

impl ResetWatch {
    /// The least that the timer may be behind without suspicion: its own step, and the way of a reply.
    const SLACK: Duration = Duration::from_secs(1);
    /// The part of the time that the timer may lose: 0.13 % idle, more under load.
    const SLOW_PART: u32 = 20;

    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what was set, and so is expected from now on.
    pub fn settings_are(&mut self, settings: Settings) {
        self.settings = Some(settings);
    }

    /// Takes a reading of SYSTEM_TIMER. The timer is set against the host's clock, not only against the
    /// reading before, so a wrap at 6553.6 s is no reset, and a restart that has since counted past the
    /// last reading is one.
    pub fn timer(&mut self, now: Instant, read: SystemTimer) -> Option<ResetSign> {
        let (then, before) = self.timer.replace((now, read))?;
        let passed = now.since(then);
        let wrap = SystemTimer::WRAP;
        let slow = (passed / Self::SLOW_PART).max(Self::SLACK);
        if slow + Self::SLACK >= wrap / 2 {
            // So long between two readings that any value is plausible.
            return None;
        }
        // Both modulo one wrap: where the count must be by now, less where it is.
        let micros = |duration: Duration| duration.as_micros() % wrap.as_micros();
        let behind = (micros(passed) + wrap.as_micros() - micros(read.since(before))) % wrap.as_micros();
        let behind = Duration::from_micros(u64::try_from(behind).unwrap_or(u64::MAX));
        let ahead = wrap.saturating_sub(behind);
        (behind > slow && ahead > Self::SLACK).then_some(ResetSign::TimerBehind { read, by: behind })
    }

    /// Takes a reading of SETTINGS.
    pub fn settings(&self, read: Settings) -> Option<ResetSign> {
        let set = self.settings?;
        (set.to_raw() != read.to_raw()).then_some(ResetSign::SettingsLost { set, read })
    }

    /// Takes a reading of the serial number; the first one is taken for granted.
    pub fn serial(&mut self, read: SerialNumber) -> Option<ResetSign> {
        let was = *self.serial.get_or_insert(read);
        (was != read).then_some(ResetSign::OtherUnit { was, is: read })
    }
}
