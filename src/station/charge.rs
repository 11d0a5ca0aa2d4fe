//! What passes through one slot: the unit's counter, from the middle of one slice to that of the next.
//!
//! The counter adds each slice's mean current once in a rotation and lets it stand for all of it.
//! Between the middles of two slices k and l that saw a steady current there passed, by the
//! trapezoidal rule, the period times `I_k/2 + I_(k+1) + ... + I_l/2`: what the counter has added, and
//! half of the difference of the two currents. Where the current was switched in between, a slice
//! or two would stand for a time in which something else flowed. There each current counts up to
//! the moment of the switch, which the host knows within milliseconds.
//!
//! A look at the counter comes after the packet that it belongs to, and sometimes after the end of the
//! next slice, whose current it then holds already. That much it is ahead, and is remembered.
//!
//! What the counter adds for a slice is the very number that the slot tells as its current. So while slice follows on
//! slice and the current stays as it is, the counter is only looked at every other second: in between it is known what it has
//! added, and at the next look it must show that. What it shows then counts; it is behind by so much until it does.

use super::counter::{Count, Counter};
use crate::clock::Instant;
use crate::driver::{Line, LineError};
use crate::event::Event;
use crate::identity::Slot;
use crate::units::{Amperes, Coulombs};
use crate::wire::{ChargeSum, SLICE, SamplePeriod};
use std::time::Duration;

/// A current stands for so long before and after a switch, no longer; then the counter does.
const NEAR: Duration = Duration::from_millis(2500);

/// Readings under a current that is still being set are waited out so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// A steady current is counted by what the slot tells for so long after a look at the counter, no longer.
const TOLD: Duration = Duration::from_millis(1500);

/// A current is steady as long as it changes by no more than this part from slice to slice.
const STEADY: f64 = 0.05;

/// Counter and samples are held against each other after so long, and at the end of each current.
const CHECK: Duration = Duration::from_secs(600);

/// They may differ by this part, and by so much.
const AGREEMENT: (f64, Coulombs) = (0.005, Coulombs(0.5));

/// The account of one slot.
#[derive(Debug)]
pub(super) struct Charge {
    counter: Counter,
    /// The middle of the last slice that was taken in, and its current.
    at: Instant,
    current: Amperes,
    /// What the counter has added since, in amperes times slices.
    added: Amperes,
    /// What it held then beyond that slice, in amperes times slices; below zero, what was counted that no look has shown yet.
    ahead: Amperes,
    jumped: Option<(u32, u32)>,
    change: Change,
    /// When the counter was last seen to move, or no current flowed.
    moved: Instant,
    check: Check,
}

/// What has become of the current since the last slice that was taken in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    /// It is the same but for small steps.
    None,
    /// It was set to another one at this moment.
    Once(Instant),
    /// It was set more than once.
    Often,
    /// The unit ended it by itself, when a slice was closed.
    Tripped,
}

/// Both ways of counting, since they were last compared.
#[derive(Debug)]
struct Check {
    since: Instant,
    counter: Coulombs,
    samples: Coulombs,
}

/// What one look gives.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Passed {
    /// Since the look before, without a sign, never below zero.
    pub(super) charge: Coulombs,
    /// What there is to tell of it.
    pub(super) facts: Vec<Event>,
}

impl Passed {
    /// What stands in for a counter that is not where it can have come to by itself.
    pub(super) fn jumped(from: u32, to: u32, time: Duration, most: Amperes, counted: Coulombs) -> Self {
        let gap = Event::ChargeGap {
            seconds: time.as_secs_f64(),
            at_least: Coulombs(0.0),
            at_most: most * time,
            counted,
            what: format!(
                "the charge counter went from {from} to {to}, which no current explains; current times time stands in"
            ),
        };
        Self { charge: counted, facts: vec![gap] }
    }
}

impl Charge {
    /// Begins with a slot in which nothing flows.
    pub(super) fn begin(line: &mut Line, slot: Slot) -> Result<Self, LineError> {
        Ok(Self::of(Counter::begin(line, slot)?, line.clock().now()))
    }

    /// Begins with a counter that was just looked at.
    fn of(counter: Counter, now: Instant) -> Self {
        let zero = Coulombs(0.0);
        Self {
            counter,
            at: now,
            current: Amperes(0.0),
            added: Amperes(0.0),
            ahead: Amperes(0.0),
            jumped: None,
            change: Change::None,
            moved: now,
            check: Check { since: now, counter: zero, samples: zero },
        }
    }

    /// What the counter held at the last look.
    pub(super) fn sum(&self) -> u32 {
        self.counter.sum()
    }

    /// Says that the current was set to quite another one; `at` is the middle of the change.
    pub(super) fn switched(&mut self, at: Instant) {
        self.change = match self.change {
            Change::None => Change::Once(at),
            Change::Once(_) | Change::Often => Change::Often,
            // What is written afterwards to a slot that the unit has stopped ends nothing.
            Change::Tripped => Change::Tripped,
        };
    }

    /// The middle of the last slice that was taken in.
    pub(super) fn looked_at(&self) -> Instant {
        self.at
    }

    /// Says that the unit has ended the current by itself.
    pub(super) fn tripped(&mut self) {
        self.change = Change::Tripped;
    }

    /// Says that no current flowed until now, and none had since the last look.
    pub(super) fn rested(&mut self, middle: Instant, now: Instant) {
        self.counter.rested_until(now);
        (self.at, self.moved, self.ahead) = (middle, now, Amperes(0.0));
        self.check.since = now;
    }

    /// How long the counter has not moved under a current.
    pub(super) fn stands_for(&self, now: Instant) -> Duration {
        now - self.moved
    }

    /// Takes in a slice: its middle, its current, and whether it saw one setting only. `ratio` is how
    /// slow the unit's clock is.
    ///
    /// # Errors
    /// The unit does not answer.
    pub(super) fn take(
        &mut self,
        line: &mut Line,
        middle: Instant,
        current: Amperes,
        steady: bool,
        ratio: f64,
    ) -> Result<Passed, LineError> {
        let now = line.clock().now();
        if !steady && self.waits(middle, now) {
            return Ok(Passed::default());
        }
        let period = SamplePeriod::Rotation.duration().mul_f64(ratio);
        let goes_on_so = steady && self.goes_on_so(middle, current, period);
        if goes_on_so && self.counter.age(now) < TOLD {
            return Ok(self.close(middle, current, period, self.ahead - current));
        }
        match self.counter.look(line, current, goes_on_so)? {
            Count::Added(added) => {
                if added.0 > 0 || current.0 <= 0.0 {
                    self.moved = line.clock().now();
                }
                self.added += in_slices(added);
            }
            Count::Jumped { from, to } => self.jumped = Some((from, to)),
        }
        let ahead = self.ahead(middle, current, period);
        Ok(self.close(middle, current, period, ahead))
    }

    /// Whether this is the slice after the last one that was taken in, of a current that is as it was.
    fn goes_on_so(&self, middle: Instant, current: Amperes, period: Duration) -> bool {
        let is_next = (middle - self.at).abs_diff(period) < period / 2;
        let is_same = (current - self.current).abs() <= self.current * STEADY;
        self.change == Change::None && current.0 > 0.0 && is_next && is_same
    }

    /// By how much the counter is ahead of this slice after a look.
    fn ahead(&self, middle: Instant, current: Amperes, period: Duration) -> Amperes {
        if self.jumped.is_some() {
            // What it is behind it can never show now.
            return Amperes(0.0);
        }
        let held = self.ahead + self.added;
        if held.0 < 0.0 {
            return held;
        }
        // By one slice or not at all; all else is what the current was not measured exactly.
        let ahead = held - self.expected(middle, current, period);
        if ahead > current * 0.5 { current } else { Amperes(0.0) }
    }

    /// Whether a slice that saw more than one setting is waited out: for some time, and in any case when what
    /// it saw was changed only behind its middle. That change belongs to the next one.
    fn waits(&self, middle: Instant, now: Instant) -> bool {
        self.counter.age(now) < PATIENCE || matches!(self.change, Change::Once(at) if at > middle)
    }

    /// What can have passed unseen from the last look, which in hi-res is not one of this account, until a current had
    /// ended for which the driver was set to give so much.
    pub(super) fn gap(&self, looked: Instant, ended: Instant, set: Amperes, what: &str) -> Option<Event> {
        let (time, most) = (ended - looked, self.current.max(set));
        (most.0 > 0.0).then(|| Event::ChargeGap {
            seconds: time.as_secs_f64(),
            at_least: Coulombs(0.0),
            at_most: most * time,
            counted: Coulombs(0.0),
            what: what.to_owned(),
        })
    }

    /// Closes the time up to this slice, beyond which the counter is `ahead` so much.
    fn close(&mut self, middle: Instant, current: Amperes, period: Duration, ahead: Amperes) -> Passed {
        let slices = self.ahead + self.added - ahead;
        let counted = match self.change {
            Change::Tripped => slices * period + self.current * (SLICE / 2),
            Change::None | Change::Once(_) | Change::Often => {
                (slices + (self.current - current) * 0.5) * period
            }
        };
        let counted = counted.max(Coulombs(0.0));
        let samples = self.by_samples(middle, current);
        let mut facts = Vec::new();
        let charge = match (self.jumped, self.change) {
            (Some((from, to)), _) => {
                let most = self.current.max(current);
                let jumped = Passed::jumped(from, to, middle - self.at, most, samples);
                facts.extend(jumped.facts);
                samples
            }
            // The counter cannot tell what passed on either side of the switch, but by no more is it off.
            (None, Change::Once(at)) if self.is_near(at, middle, current) => {
                let off = (self.current - current).abs() * period + AGREEMENT.1;
                if (samples - counted).abs() <= off { samples } else { counted }
            }
            (None, _) => counted,
        };
        self.check.counter += charge;
        self.check.samples += if self.change == Change::None { samples } else { charge };
        if current.0 <= 0.0 || middle - self.check.since >= CHECK {
            facts.extend(self.check.compare(middle));
        }
        self.at = middle;
        self.current = current;
        self.added = Amperes(0.0);
        self.ahead = ahead;
        self.jumped = None;
        self.change = Change::None;
        Passed { charge, facts }
    }

    /// What the slices from the last one that was taken in to this one must have added, by their currents.
    fn expected(&self, middle: Instant, current: Amperes, period: Duration) -> Amperes {
        let slices = |time: Duration| (time.as_secs_f64() / period.as_secs_f64()).round();
        match self.change {
            Change::None | Change::Often | Change::Tripped => {
                (self.current + current) * 0.5 * slices(middle - self.at)
            }
            Change::Once(at) => {
                // The slices whose middle lies after the switch; the first of them may have seen part of it.
                let after = (middle.since(at).as_secs_f64() / period.as_secs_f64()).floor();
                let first = middle.since(at).as_secs_f64() - after * period.as_secs_f64();
                let length = SLICE.as_secs_f64();
                let seen = (0.5 + first / length).min(1.0);
                // The one before it may have seen a part too.
                let last = (0.5 - (period.as_secs_f64() - first) / length).max(0.0);
                let before = slices(middle - self.at) - after - 1.0;
                current * (after + seen + last) + self.current * (before + 1.0 - seen - last).max(0.0)
            }
        }
    }

    /// Whether the currents on both sides of a switch were measured close to it.
    fn is_near(&self, at: Instant, middle: Instant, current: Amperes) -> bool {
        (self.current.0 <= 0.0 || at - self.at <= NEAR) && (current.0 <= 0.0 || middle - at <= NEAR)
    }

    /// Current times time, by the host's clock.
    fn by_samples(&self, middle: Instant, current: Amperes) -> Coulombs {
        match self.change {
            Change::Once(at) => self.current * (at - self.at) + current * (middle - at),
            Change::None | Change::Often | Change::Tripped => {
                (self.current + current) * 0.5 * (middle - self.at)
            }
        }
    }
}

/// An increment of the counter in amperes times slices.
fn in_slices(added: ChargeSum) -> Amperes {
    Amperes(f64::from(added.0) * 4.096 / 32768.0)
}

impl Check {
    fn compare(&mut self, now: Instant) -> Option<Event> {
        let zero = Coulombs(0.0);
        let Self { counter, samples, .. } =
            std::mem::replace(self, Self { since: now, counter: zero, samples: zero });
        let allowed = counter.max(samples) * AGREEMENT.0 + AGREEMENT.1;
        ((counter - samples).abs() > allowed).then_some(Event::ChargeDisagrees { counter, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    /// One that last saw 1 A at 10 s.
    fn charge() -> Charge {
        let mut charge = Charge::of(Counter::of(Slot::ALL[0], ChargeSum(0), at(10)), at(10));
        charge.current = Amperes(1.0);
        charge
    }

    /// Takes in a slice after a look at the counter.
    fn close(charge: &mut Charge, middle: Instant, current: Amperes) -> Passed {
        let period = SamplePeriod::Rotation.duration();
        let ahead = charge.ahead(middle, current, period);
        charge.close(middle, current, period, ahead)
    }

    #[test]
    fn what_was_told_between_two_looks_is_what_the_counter_must_show() {
        let (mut charge, period) = (charge(), SamplePeriod::Rotation.duration());
        let middle = |slice: u32| at(10) + period * slice;
        let told = |charge: &mut Charge, slice, current| {
            assert!(charge.goes_on_so(middle(slice), current, period));
            charge.close(middle(slice), current, period, charge.ahead - current).charge
        };
        let mut all = told(&mut charge, 1, Amperes(1.0)) + told(&mut charge, 2, Amperes(1.04));
        assert!((all.0 - (1.0 + 1.02) * 0.6144).abs() < 1e-9, "{all:?}");
        assert!(!charge.goes_on_so(middle(4), Amperes(1.04), period), "a slice is missing");
        assert!(!charge.goes_on_so(middle(3), Amperes(1.2), period), "another current");
        // The second was damaged on its way, and was 1.0 A; and the counter has the fourth slice already.
        charge.added = Amperes(4.0);
        all += close(&mut charge, middle(3), Amperes(1.0)).charge;
        assert!((all.0 - 3.0 * 0.6144).abs() < 1e-9, "{all:?}");
        assert_eq!(charge.ahead, Amperes(1.0));
    }

    #[test]
    fn a_counter_that_jumps_while_it_is_behind_takes_nothing_back() {
        let (mut charge, period) = (charge(), SamplePeriod::Rotation.duration());
        let middle = |slice: u32| at(10) + period * slice;
        let one = Amperes(1.0);
        let mut all = Coulombs(0.0);
        for turn in [0, 3] {
            for slice in [turn + 1, turn + 2] {
                all += charge.close(middle(slice), one, period, charge.ahead - one).charge;
            }
            match turn {
                0 => charge.jumped = Some((70_000, 5)),
                _ => charge.added = Amperes(3.0),
            }
            all += close(&mut charge, middle(turn + 3), one).charge;
        }
        assert!((all.0 - 6.0 * 0.6144).abs() < 1e-9, "{all:?}");
    }

    #[test]
    fn what_a_counter_is_behind_is_not_counted_again() {
        let (mut charge, period) = (charge(), SamplePeriod::Rotation.duration());
        let middle = |slice: u32| at(10) + period * slice;
        let mut all = Coulombs(0.0);
        for slice in 1..=2 {
            all += charge.close(middle(slice), Amperes(1.0), period, charge.ahead - Amperes(1.0)).charge;
        }
        // A look that was damaged is made up for, and shows nothing added meanwhile.
        all += close(&mut charge, middle(3), Amperes(1.0)).charge;
        charge.added = Amperes(4.0);
        all += close(&mut charge, middle(4), Amperes(1.0)).charge;
        all += close(&mut charge, middle(5), Amperes(0.0)).charge;
        assert!((all.0 - 4.5 * 0.6144).abs() < 1e-9, "{all:?}");
    }

    #[test]
    fn a_switch_behind_the_middle_of_a_slice_is_left_to_the_next() {
        let mut charge = charge();
        let waits = |charge: &Charge, second| charge.waits(at(second), at(second));
        assert!(waits(&charge, 12) && !waits(&charge, 14), "an unsteady slice is waited out for 3 s");
        charge.switched(at(15));
        assert!(waits(&charge, 14) && !waits(&charge, 16));
    }

    #[test]
    fn each_current_counts_up_to_the_moment_of_a_switch() {
        // 1 A for 2 s, then 2 A for 1 s; the counter has added three slices of the one and two of the other.
        let mut charge = charge();
        charge.added = Amperes(7.0);
        charge.switched(at(12));
        let passed = close(&mut charge, at(13), Amperes(2.0));
        assert!((passed.charge.0 - 4.0).abs() < 1e-9 && passed.facts.is_empty(), "{passed:?}");
        // Of more than one switch only the counter knows.
        charge.added = Amperes(4.0);
        charge.switched(at(14));
        charge.switched(at(14));
        let passed = close(&mut charge, at(15), Amperes(0.0));
        assert!((passed.charge.0 - 5.0 * 0.6144).abs() < 1e-9, "{passed:?}");
    }
}
