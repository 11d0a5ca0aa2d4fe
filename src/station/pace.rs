//! How fast the unit's clock runs beside the host's: its slices, its SYSTEM_TIMER and its charge sum
//! are all by that clock, and slow by the ticks that it loses while a slice is closed.

use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::wire::{SystemTimer, unit};
use std::collections::VecDeque;
use std::time::Duration;

/// How often the timer is looked at until the pace is known, and from then on.
const EAGER: Duration = Duration::from_secs(1);
const STEADY: Duration = Duration::from_secs(5);

/// Looks are spread evenly over the timer's tick of 0.1 s: each is this much of a tick further on (the
/// golden ratio leaves no gaps), so that the step of the timer averages out.
const TICK: Duration = Duration::from_millis(100);
const FURTHER: f64 = 0.618_033_988_749_894_9;

/// So many looks are kept, some twenty minutes: the pace changes with what the unit has to do.
const LOOKS: usize = 256;

/// The pace counts as known when it is as certain as this; a charge is then wrong by no more.
const CERTAIN: f64 = 3e-4;

/// A clock that is off by more than this is no clock that loses a tick now and then.
const PLAUSIBLE: f64 = 0.02;

/// Measures the pace by the timer, in a straight line of least squares.
#[derive(Debug, Default)]
pub(super) struct Pace {
    due: Instant,
    phase: f64,
    last: Option<SystemTimer>,
    /// Seconds by the unit's clock since the first look.
    counted: f64,
    /// When it was looked, and what the unit's clock had counted.
    looks: VecDeque<(Instant, f64)>,
    known: Option<Measured>,
}

/// A pace that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    /// Seconds of the host for each second of the unit: above 1, the unit is slow.
    pub(super) ratio: f64,
    /// The standard error of that.
    pub(super) uncertainty: f64,
    /// The time over which it was measured.
    pub(super) over: Duration,
}

impl Pace {
    /// Seconds of the host for each second of the unit; 1 until it has been measured.
    pub(super) fn ratio(&self) -> f64 {
        self.known.map_or(1.0, |known| known.ratio)
    }

    /// The pace for what is only told within a time and its uncertainty: what was measured, or before that
    /// what such clocks lose when idle and more or less when busy (0.13 %, by the vendor's firmware). No
    /// number in a file is corrected by that.
    pub(super) fn likely(&self) -> (f64, f64) {
        self.known.map_or((1.0013, 1.5e-3), |known| (known.ratio, known.uncertainty.max(1e-5) * 3.0))
    }

    /// What was measured, once it is certain enough.
    pub(super) fn known(&self) -> Option<Measured> {
        self.known
    }

    /// When it wants to look again.
    pub(super) fn wake_at(&self) -> Instant {
        self.due
    }

    /// Looks at the timer, if it is time.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn attend(&mut self, line: &mut Line) -> Result<(), LineError> {
        let sent = line.clock().now();
        if sent < self.due {
            return Ok(());
        }
        let timer = line.read(unit::SYSTEM_TIMER)?;
        let heard = line.clock().now();
        self.take(sent + (heard - sent) / 2, timer);
        self.phase = (self.phase + FURTHER).fract();
        let pause = if self.known.is_some() { STEADY } else { EAGER };
        self.due = sent + pause + TICK.mul_f64(self.phase);
        Ok(())
    }

    /// Takes in what the timer read at a moment.
    fn take(&mut self, at: Instant, timer: SystemTimer) {
        let passed = self.last.replace(timer).map_or(Duration::ZERO, |last| timer.since(last));
        let since = self.looks.back().map_or(Duration::ZERO, |(before, _)| at - *before);
        // A reset, a damaged reply, or a host that slept for longer than the timer takes to come round.
        if passed.abs_diff(since) > TICK * 2 + since.mul_f64(PLAUSIBLE) {
            self.looks.clear();
            self.counted = 0.0;
        } else {
            self.counted += passed.as_secs_f64();
        }
        self.looks.push_back((at, self.counted));
        if self.looks.len() > LOOKS {
            self.looks.pop_front();
        }
        if let Some(measured) = self.fit().filter(|fit| fit.uncertainty < CERTAIN) {
            self.known = Some(measured);
        }
    }

    /// The straight line through the looks: host seconds over unit seconds.
    fn fit(&self) -> Option<Measured> {
        let (first, start) = *self.looks.front()?;
        let (last, _) = *self.looks.back()?;
        let count = self.looks.len() as f64;
        let points = || self.looks.iter().map(|(at, unit)| ((*at - first).as_secs_f64(), unit - start));
        let (sum_host, sum_unit) = points().fold((0.0, 0.0), |(a, b), (host, unit)| (a + host, b + unit));
        let (mean_host, mean_unit) = (sum_host / count, sum_unit / count);
        let (mut squares, mut products) = (0.0, 0.0);
        for (host, unit) in points() {
            squares += (host - mean_host).powi(2);
            products += (host - mean_host) * (unit - mean_unit);
        }
        let slope = products / squares;
        let residual = |(host, unit): (f64, f64)| unit - mean_unit - slope * (host - mean_host);
        let left: f64 = points().map(|point| residual(point).powi(2)).sum();
        let uncertainty = (left / (count - 2.0) / squares).sqrt();
        let sound = count > 8.0 && uncertainty.is_finite() && (slope - 1.0).abs() < PLAUSIBLE;
        sound.then(|| Measured { ratio: slope.recip(), uncertainty, over: last - first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Encoding;

    /// Looks at a timer that is slow by a part of time, for so long; gives the pace at each minute.
    fn minutes(slow: f64, minutes: u32) -> Vec<f64> {
        let (mut pace, mut at, mut found) = (Pace::default(), 0.0_f64, Vec::new());
        let mut phase = 0.0_f64;
        while found.len() < minutes as usize {
            let ticks = (at / (1.0 + slow) / 0.1) as u64 + 65_000;
            pace.take(
                Instant::from_micros((at * 1e6) as u64),
                SystemTimer::from_raw((ticks & 0xFFFF) as u16),
            );
            phase = (phase + FURTHER).fract();
            at += if pace.known().is_some() { 5.0 } else { 1.0 } + 0.1 * phase;
            if at >= 60.0 * (found.len() + 1) as f64 {
                found.push(pace.ratio() - 1.0);
            }
        }
        found
    }

    #[test]
    fn a_slow_clock_is_found_within_minutes() {
        for slow in [0.0, 0.0013, 0.004] {
            let found = minutes(slow, 20);
            assert!((found[1] - slow).abs() < 3e-4, "after two minutes {} for {slow}", found[1]);
            assert!((found[19] - slow).abs() < 2e-5, "after twenty {} for {slow}", found[19]);
        }
    }

    #[test]
    fn a_timer_that_jumps_begins_anew_and_what_was_known_stays() {
        let mut pace = Pace::default();
        for second in 0..400_u64 {
            let ticks = if second < 300 { 1000 + second * 10 } else { 5 + (second - 300) * 10 };
            let timer = SystemTimer::from_raw(u16::try_from(ticks).unwrap());
            pace.take(Instant::from_micros(second * 1_000_000 + second * 617 % 1000 * 100), timer);
        }
        assert!((pace.ratio() - 1.0).abs() < 1e-3, "{pace:?}");
        assert!(pace.looks.len() <= 100, "the looks from before the jump are gone");
        assert!(pace.known().is_some());
    }
}
