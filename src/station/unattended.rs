//! What a station does after it was kept from its unit: the machine slept, or had too much to do.

use super::Station;
use crate::clock::Instant;
use crate::event::Event;
use std::time::Duration;

/// A machine that is late again and again tells so at most this often.
const EVERY: Duration = Duration::from_secs(60);

/// The absences that were not told yet.
#[derive(Debug, Default)]
pub(super) struct Unattended {
    sum: Duration,
    times: u32,
    told: Option<Instant>,
}

impl Unattended {
    fn add(&mut self, time: Duration) {
        if !time.is_zero() {
            self.sum += time;
            self.times += 1;
        }
    }

    /// What there is to tell, if it is time.
    fn due(&mut self, now: Instant) -> Option<Event> {
        if self.times == 0 || self.told.is_some_and(|told| now - told < EVERY) {
            return None;
        }
        self.told = Some(now);
        let (sum, times) = (std::mem::take(&mut self.sum), std::mem::take(&mut self.times));
        Some(Event::Unattended { seconds: sum.as_secs_f64(), times })
    }
}

impl Station {
    /// Looks whether the station was kept from its unit since the last look, and tells it. What the unit said meanwhile is gone:
    /// it was old. The unit is asked at once whether it was reset, and its watchdog, which stops the cells after 25.5 s, is
    /// kicked again only when every energised slot has told something fresh. What the absence means for the step of a cell
    /// follows from what its slot does now, as after every silence: it is asked before anything else.
    pub(super) fn look_after_absence(&mut self) {
        let time = self.line.take_unattended();
        self.unattended.add(time);
        if let Some(event) = self.unattended.due(self.now()) {
            self.reporter.unit_fact(event);
        }
        if !time.is_zero() {
            self.guard.hurry();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_late_all_the_time_is_told_of_each_minute() {
        let mut unattended = Unattended::default();
        let second = |number: u64| Instant::from_micros(number * 1_000_000);
        assert_eq!(unattended.due(second(1)), None);
        unattended.add(Duration::from_secs(3));
        assert_eq!(unattended.due(second(1)), Some(Event::Unattended { seconds: 3.0, times: 1 }));
        for at in (4..61).step_by(3) {
            unattended.add(Duration::from_secs(2));
            assert_eq!(unattended.due(second(at)), None, "at {at}");
        }
        let told = unattended.due(second(61));
        assert_eq!(told, Some(Event::Unattended { seconds: 38.0, times: 19 }));
        assert_eq!(unattended.due(second(200)), None);
    }
}
