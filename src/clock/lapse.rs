//! What happens to a machine's time that no clock of a run shows: the machine sleeps, its wall time is set.

use chrono::TimeDelta;
use std::time::Duration;

/// Less than this is no lapse: two readings of two clocks are never of one moment.
const LEAST: Duration = Duration::from_secs(1);

/// All lapses since a clock's origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lapses {
    /// How long the machine has slept, as far as the system tells.
    pub asleep: Duration,
    /// How far the system's wall time is ahead of the wall time by the clock: so far it was set since.
    pub set_ahead: TimeDelta,
}

/// One lapse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lapse {
    /// The machine slept so long.
    Asleep(Duration),
    /// The system's wall time was set, so far ahead, in seconds; or back, where that is negative.
    Set(f64),
}

/// Tells each lapse once.
#[derive(Clone, Copy, Debug, Default)]
pub struct LapseWatch {
    told: Lapses,
}

impl LapseWatch {
    /// What happened since the last look.
    pub fn look(&mut self, now: Lapses) -> Vec<Lapse> {
        let mut lapses = Vec::new();
        let slept = now.asleep.saturating_sub(self.told.asleep);
        if slept >= LEAST {
            self.told.asleep = now.asleep;
            lapses.push(Lapse::Asleep(slept));
        }
        let set = now.set_ahead - self.told.set_ahead;
        if set.abs().to_std().unwrap_or(Duration::MAX) >= LEAST {
            self.told.set_ahead = now.set_ahead;
            lapses.push(Lapse::Set(set.as_seconds_f64()));
        }
        lapses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(asleep: u64, set_ahead: i64) -> Lapses {
        Lapses { asleep: Duration::from_millis(asleep), set_ahead: TimeDelta::milliseconds(set_ahead) }
    }

    #[test]
    fn each_lapse_is_told_once() {
        let mut watch = LapseWatch::default();
        assert_eq!(watch.look(at(3, -2)), []);
        assert_eq!(watch.look(at(7_203_000, 1)), [Lapse::Asleep(Duration::from_secs(7203))]);
        assert_eq!(watch.look(at(7_203_000, 3)), []);
        assert_eq!(watch.look(at(7_203_002, -3_600_000)), [Lapse::Set(-3600.0)]);
        assert_eq!(watch.look(at(7_203_002, -3_600_001)), []);
        // Set back again, and slept meanwhile.
        let both = watch.look(at(7_205_002, 0));
        assert_eq!(both, [Lapse::Asleep(Duration::from_millis(2002)), Lapse::Set(3600.0)]);
    }

    #[test]
    fn small_steps_add_up_to_one() {
        let mut watch = LapseWatch::default();
        assert_eq!(watch.look(at(0, 600)), []);
        assert_eq!(watch.look(at(0, 1200)), [Lapse::Set(1.2)]);
    }

    #[test]
    fn absurd_clocks_end_nothing() {
        let mut watch = LapseWatch::default();
        let far = Lapses { asleep: Duration::MAX, set_ahead: TimeDelta::MAX };
        assert_eq!(watch.look(far).len(), 2);
        let _ = watch.look(Lapses { asleep: Duration::ZERO, set_ahead: TimeDelta::zero() });
    }
}
