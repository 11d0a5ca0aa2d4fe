//! What the driver of a slot is asked for, in closed form, so that no pass of the main loop is counted one by one.

/// Microseconds of a main-loop pass while the duty ramps: 1400 steps a second.
pub const PASS: u64 = 714;
/// The largest duty that the driver can be given: 5 A at VCC 5 V.
pub const FULL_DUTY: u16 = 640;

/// Which way the current goes through the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into it.
    Charge,
    /// Out of it.
    Discharge,
}

impl Direction {
    /// The sign of the current: positive charges.
    pub fn sign(self) -> f64 {
        match self {
            Self::Charge => 1.0,
            Self::Discharge => -1.0,
        }
    }
}

/// A duty on its way to a target, one step of 1/128 A a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    from: u16,
    target: u16,
    since: u64,
}

impl Ramp {
    /// A duty that is there already.
    pub fn steady(duty: u16) -> Self {
        Self { from: duty, target: duty, since: 0 }
    }

    /// A duty that is at its setpoint without a ramp.
    pub fn jump(setpoint: u16) -> Self {
        Self::steady(setpoint.min(FULL_DUTY))
    }

    /// Whether this is where the ramp goes already.
    pub fn goes_to(self, setpoint: u16) -> bool {
        self.target == setpoint.min(FULL_DUTY)
    }

    /// The ramp from where this one is at `now` to another target. A target of zero is reached at once.
    pub fn towards(self, setpoint: u16, now: u64) -> Self {
        match setpoint.min(FULL_DUTY) {
            0 => Self::steady(0),
            target => Self { from: self.at(now), target, since: now },
        }
    }

    /// The duty at a moment not before the ramp's beginning.
    pub fn at(self, time: u64) -> u16 {
        let steps = self.steps().min(time.saturating_sub(self.since) / PASS);
        let steps = u16::try_from(steps).unwrap_or(u16::MAX);
        if self.target >= self.from { self.from + steps } else { self.from - steps }
    }

    /// When the target is reached.
    pub fn end(self) -> u64 {
        self.since + self.steps() * PASS
    }

    /// The integral of the duty between two moments, in steps times microseconds. Exact.
    pub fn integral(self, from: u64, to: u64) -> f64 {
        let level = u64::from(self.from) * to.saturating_sub(from);
        let climbed = self.climbed(to).saturating_sub(self.climbed(from));
        if self.target >= self.from { (level + climbed) as f64 } else { level.saturating_sub(climbed) as f64 }
    }

    fn steps(self) -> u64 {
        u64::from(self.from.abs_diff(self.target))
    }

    /// The integral of the number of steps taken since the ramp's beginning.
    fn climbed(self, to: u64) -> u64 {
        let time = to.saturating_sub(self.since);
        let steps = self.steps().min(time / PASS);
        PASS * (steps * steps.saturating_sub(1) / 2) + steps * (time - steps * PASS)
    }
}

/// What a slot's driver does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Drive {
    /// Nothing.
    Off,
    /// A current of one direction.
    Constant {
        /// The way it is meant to go.
        direction: Direction,
        /// Its size.
        ramp: Ramp,
        /// Until then the relay has not turned yet and the current goes the wrong way.
        wrong_way_until: u64,
    },
    /// A sine on an offset, always discharging.
    Sine {
        /// The mean duty.
        mean: f64,
        /// The duty between the sine's peaks.
        peak_to_peak: f64,
        /// The duty that the mode before had reached; the ramp goes on from there afterwards.
        held: u16,
    },
}

impl Drive {
    /// The duty that a new drive starts from, and that the DUTY register shows.
    pub fn duty(self, now: u64) -> u16 {
        match self {
            Self::Off => 0,
            Self::Constant { ramp, .. } => ramp.at(now),
            Self::Sine { held, .. } => held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The integral, counted pass by pass.
    fn counted(ramp: Ramp, from: u64, to: u64) -> f64 {
        (from..to).map(|t| f64::from(ramp.at(t))).sum()
    }

    #[test]
    fn the_closed_form_agrees_with_counting() {
        for (from, target) in [(0u16, 12u16), (12, 3), (5, 5)] {
            let ramp = Ramp::steady(from).towards(target, 1000);
            for (a, b) in [(1000, 1001), (1000, 4000), (1713, 1715), (2500, 9999), (9000, 20_000)] {
                assert_eq!(ramp.integral(a, b), counted(ramp, a, b), "{from} to {target}, {a} to {b}");
            }
            assert_eq!(ramp.at(ramp.end()), target);
        }
    }

    #[test]
    fn one_ampere_takes_ninety_milliseconds_and_zero_none() {
        let up = Ramp::steady(0).towards(128, 0);
        assert!((90_000..93_000).contains(&up.end()), "{}", up.end());
        assert_eq!(up.towards(0, 50_000).at(50_000), 0);
        assert_eq!(up.towards(0xAA10, 100_000).at(u64::MAX / 2), FULL_DUTY);
    }
}
