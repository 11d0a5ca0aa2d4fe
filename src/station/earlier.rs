//! A cell whose test an earlier process began and did not end: what passed since nobody looked.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::Event;
use crate::identity::Slot;
use crate::plan::Direction;
use crate::program::{Gap, Past};
use crate::units::{Amperes, Coulombs};
use crate::wire::{ChargeSum, FirmwareVersion, SamplePeriod, Settings, WatchdogCount, unit};
use std::time::Duration;

/// The counter is off from the rows by a slice at either end, and by what their digits leave out.
const SLACK: (Duration, Coulombs) = (Duration::from_millis(1500), Coulombs(0.5));

/// What is known of a cell whose test goes on.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Its test, as far as it was told.
    pub past: Past,
    /// What interrupted it, in words.
    pub why: String,
    /// The current that nobody saw the end of, if there was one.
    pub unwatched: Option<Unwatched>,
}

/// A step with current that was under way when nobody looked any more.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched {
    /// What the unit's charge counter held when the step began, if that was told.
    pub counter: Option<u32>,
    /// Of the counter, in this step.
    pub period: SamplePeriod,
    /// Seconds of the host for each of the unit.
    pub pace: f64,
    /// What had passed in the step by its last row, both ways together.
    pub counted: Coulombs,
    /// When that was; or when the step began.
    pub since: Instant,
    /// How long after that there can still have been somebody who looked.
    pub looked: Duration,
    /// Which way the current flowed, if that is known.
    pub direction: Option<Direction>,
    /// The largest that it can have been.
    pub current: Amperes,
}

impl Unwatched {
    /// Asks the unit what passed. `kept` says whether its settings are those that the earlier process made.
    pub(super) fn ask(
        &self,
        line: &mut Line,
        slot: Slot,
        firmware: FirmwareVersion,
        kept: bool,
    ) -> (Gap, Event) {
        let sum = line.read_charge(slot).ok().filter(|_| kept);
        let now = line.clock().now();
        self.gap(sum, now, firmware.has_watchdog())
    }

    /// What passed, with the fact that tells it; `sum` is what the counter holds, if it can be trusted.
    fn gap(&self, sum: Option<ChargeSum>, now: Instant, has_watchdog: bool) -> (Gap, Event) {
        let alone = if has_watchdog { self.looked + WatchdogCount::BITES_AFTER } else { now - self.since };
        let time = (now - self.since).min(alone);
        let at_most = self.current * time;
        let by_counter = sum.and_then(|sum| self.by_counter(sum, at_most));
        let slice = self.current * self.period.duration();
        let (counted, bounds, how) = match (by_counter, self.direction) {
            (Some(counted), Some(_)) => (
                counted,
                ((counted - slice).max(Coulombs(0.0)), counted + slice),
                "by the unit's counter, which went on",
            ),
            (Some(counted), None) => (
                Coulombs(0.0),
                (Coulombs(0.0), counted + slice),
                "by the unit's counter, which does not tell which way it flowed",
            ),
            (None, _) => (
                Coulombs(0.0),
                (Coulombs(0.0), at_most),
                "the unit's counter does not tell, so that only its bounds are known",
            ),
        };
        let gap = match self.direction {
            Some(Direction::Charge) => Gap { charge_in: counted, ..Gap::default() },
            Some(Direction::Discharge) => Gap { charge_out: counted, ..Gap::default() },
            None => Gap::default(),
        };
        let told = Event::ChargeGap {
            seconds: time.as_secs_f64(),
            at_least: bounds.0,
            at_most: bounds.1,
            counted,
            what: format!("charge that passed when nobody looked, {how}"),
        };
        (gap, told)
    }

    /// By the counter, if it can have come there by itself. One that was cleared meanwhile stands below where the step had
    /// brought it, which is far ahead the other way round.
    fn by_counter(&self, sum: ChargeSum, at_most: Coulombs) -> Option<Coulombs> {
        let since = sum.since(ChargeSum(self.counter?)).coulombs(self.period) * self.pace;
        let slack = self.current * SLACK.0 + SLACK.1;
        let passed = since - self.counted;
        // A cleared counter shows nothing, as does one whose step had hardly begun.
        let is_possible = sum.0 > 0 && (-slack..=at_most + slack).contains(&passed);
        is_possible.then(|| passed.max(Coulombs(0.0)))
    }
}

/// Whether a unit still has the settings of a run that switched its watchdog on. What was reset has not; without a watchdog
/// only its counter tells.
pub(super) fn keeps_settings(line: &mut Line, firmware: FirmwareVersion) -> Result<bool, LineError> {
    let settings = line.read_twice(unit::SETTINGS)?;
    Ok(!firmware.has_watchdog() || settings.intersects(Settings::WATCHDOG_TIMER))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 A out of the cell for 100 s, and the last row tells 90 s of it.
    fn unwatched(counter: u32) -> Unwatched {
        Unwatched {
            counter: Some(counter),
            period: SamplePeriod::Rotation,
            pace: 1.0,
            counted: Coulombs(90.0),
            since: Instant::from_micros(1_000_000_000),
            looked: Duration::from_secs(1),
            direction: Some(Direction::Discharge),
            current: Amperes(1.0),
        }
    }

    fn counts(amperes_times_seconds: f64) -> u32 {
        (amperes_times_seconds / (0.6144 * 0.000_125)) as u32
    }

    fn gap(unwatched: Unwatched, sum: Option<u32>, has_watchdog: bool) -> (Gap, f64, f64) {
        let now = Instant::from_micros(1_600_000_000);
        let (gap, told) = unwatched.gap(sum.map(ChargeSum), now, has_watchdog);
        let Event::ChargeGap { at_least, at_most, .. } = told else { panic!("{told:?}") };
        (gap, at_least.0, at_most.0)
    }

    #[test]
    fn the_counter_tells_what_passed_across_its_roll_over() {
        for begun in [1000, u32::MAX - counts(50.0)] {
            let (gap, at_least, at_most) =
                gap(unwatched(begun), Some(begun.wrapping_add(counts(110.0))), true);
            assert!((gap.charge_out.0 - 20.0).abs() < 0.01 && gap.charge_in.0 == 0.0, "{gap:?}");
            assert!(at_least < 20.0 && at_most > 20.0 && at_most < 21.0);
        }
    }

    #[test]
    fn a_counter_that_was_cleared_or_cannot_be_there_bounds_only() {
        let begun = counts(500.0);
        for sum in [None, Some(0), Some(counts(20.0)), Some(begun), Some(begun + counts(200.0))] {
            let (gap, at_least, at_most) = gap(unwatched(begun), sum, true);
            assert_eq!((gap, at_least), (Gap::default(), 0.0), "{sum:?}");
            assert!((at_most - 26.5).abs() < 1e-9, "1 A until the watchdog: {at_most}");
        }
        // Without a watchdog the current may have gone on all the time.
        assert_eq!(gap(unwatched(begun), None, false).2, 600.0);
    }

    #[test]
    fn a_current_of_unknown_direction_is_counted_nowhere() {
        let unknown = Unwatched { direction: None, ..unwatched(0) };
        let (gap, at_least, at_most) = gap(unknown, Some(counts(110.0)), true);
        assert_eq!((gap, at_least), (Gap::default(), 0.0));
        assert!((20.0..21.0).contains(&at_most));
    }
}
