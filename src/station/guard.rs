//! The unit's watchdog, which is earned, and the signs of a reset.

use super::changed::Changed;
use super::others::Others;
use super::runner::Runner;
use super::unit_fault::UnitFault;
use crate::clock::Instant;
use crate::driver::{Line, LineError, ResetSign, ResetWatch};
use crate::event::Event;
use crate::wire::{Encoding, FirmwareVersion, Settings, SystemTimer, WatchdogCount, unit};
use std::time::Duration;

/// Several kicks may be lost before the watchdog bites.
const INTERVAL: Duration = Duration::from_secs(5);

/// The unit counts tenths of a second, by a clock that is slow by some parts in a thousand: so much later than it should
/// the watchdog may bite.
const LATE: Duration = Duration::from_millis(500);

/// The next look, where a kick was due and not earned.
const SOON: Duration = Duration::from_secs(1);

/// Kicks the unit's watchdog as long as every energised slot is under control, and looks in the
/// same breath whether the unit has been reset.
#[derive(Debug)]
pub(super) struct Guard {
    firmware: FirmwareVersion,
    /// When it was kicked last.
    kicked: Option<Instant>,
    due: Instant,
    resets: ResetWatch,
}

impl Guard {
    /// The guard of a unit with this firmware.
    pub(super) fn of(firmware: FirmwareVersion) -> Self {
        Self { firmware, kicked: None, due: Instant::ORIGIN, resets: ResetWatch::new() }
    }

    /// Switches the watchdog on, where the firmware has one.
    pub(super) fn begin(&mut self, line: &mut Line, changed: &mut Changed) -> Result<Vec<Event>, LineError> {
        let mut facts = Vec::new();
        let (firmware, has_watchdog) = (self.firmware, self.firmware.has_watchdog());
        let before = line.read_twice(unit::SETTINGS)?;
        if before.intersects(Settings::SAFETY_DISABLE) {
            // Left by another program; nothing brings it back.
            line.write(unit::SETTINGS, before.without(Settings::SAFETY_DISABLE))?;
            let what = "SETTINGS had SAFETY_DISABLE set: the unit's own limits were off; they are on again";
            facts.push(Event::Notice { what: what.to_owned() });
        }
        // Exactly these, and nothing that another program left: trims, hi-res modes, the leave to
        // discharge without a supply.
        let wanted = if has_watchdog { Settings::WATCHDOG_TIMER } else { Settings::NONE };
        self.kick(line)?;
        changed.set(line, unit::SETTINGS, wanted)?;
        if !has_watchdog {
            let what = format!(
                "firmware {firmware} has no watchdog: if this computer fails, the cells go on until the unit's own limits"
            );
            facts.push(Event::Notice { what });
        }
        self.resets = ResetWatch::new();
        self.resets.settings_are(line.read(unit::SETTINGS)?);
        self.resets.timer(line.clock().now(), line.read(unit::SYSTEM_TIMER)?);
        self.due = line.clock().now() + INTERVAL;
        Ok(facts)
    }

    /// Kicks the watchdog, if there is one. To be done before it is switched on, and before a slot
    /// that it has stopped is made idle: with its count at zero it bites at once, and again.
    pub(super) fn kick(&mut self, line: &mut Line) -> Result<(), LineError> {
        if !self.firmware.has_watchdog() {
            return Ok(());
        }
        let kicked = line.write(unit::WATCHDOG_TIMER, WatchdogCount::KICK);
        // One that was not heard of may have been taken in all the same.
        self.kicked = Some(line.clock().now());
        kicked.map(drop)
    }

    /// When the watchdog has ended all current at the latest, if it is not kicked any more. None without a watchdog.
    pub(super) fn ends_by(&self) -> Option<Instant> {
        self.kicked.map(|at| at + WatchdogCount::BITES_AFTER + LATE)
    }

    /// Says what SETTINGS hold from now on; anything else is a sign of a reset.
    pub(super) fn settings_are(&mut self, settings: Settings) {
        self.resets.settings_are(settings);
    }

    /// The next moment at which the guard has something to do.
    pub(super) fn wake_at(&self) -> Instant {
        self.due
    }

    /// Kicks the watchdog if it is time and if it is earned.
    ///
    /// # Errors
    /// The unit does not answer, or it has been reset.
    pub(super) fn attend(&mut self, line: &mut Line, runners: &mut [Runner]) -> Result<(), UnitFault> {
        let now = line.clock().now();
        if now < self.due {
            return Ok(());
        }
        self.due = now + INTERVAL;
        self.look_for_reset(line)?;
        Others::all(runners).look_after(line)?;
        let now = line.clock().now();
        if runners.iter().any(|runner| runner.starves(now)) {
            // It may be earned soon, and every second counts.
            self.due = now + SOON;
            return Ok(());
        }
        Ok(self.kick(line)?)
    }

    /// Has the unit looked at, and its watchdog kicked where that is earned, without waiting for the next turn.
    pub(super) fn hurry(&mut self) {
        self.due = Instant::ORIGIN;
    }
}

impl Guard {
    /// Looks whether the unit has been reset. One damaged reply is not believed.
    ///
    /// # Errors
    /// The unit does not answer, or it has been reset.
    pub(super) fn look_for_reset(&mut self, line: &mut Line) -> Result<(), UnitFault> {
        let before = self.resets.clone();
        if look(&mut self.resets, line)?.is_some() {
            self.resets = before;
            if let Some(sign) = look(&mut self.resets, line)? {
                return Err(UnitFault::Reset(sign));
            }
        }
        Ok(())
    }
}

fn look(resets: &mut ResetWatch, line: &mut Line) -> Result<Option<ResetSign>, LineError> {
    let registers = vec![unit::SYSTEM_TIMER.address(), unit::SETTINGS.address()];
    let values = line.read_many(registers)?;
    let [timer, settings] = *values else { return Ok(None) };
    let timer = resets.timer(line.clock().now(), SystemTimer::from_raw(timer));
    Ok(timer.or_else(|| resets.settings(Settings::from_raw(settings))))
}
