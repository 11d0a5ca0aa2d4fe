//! How long a plan takes, and how many rows it gives: the worst case, which is a bound, and an
//! expectation, which is a guess from nominal numbers.

use super::{
    Chemistry, Comparison, DcResistance, Demand, Direction, Drive, Hold, Kind, Measure, Plan, Profile,
    ProfileQuantity, PulseTrain, Repeat, Step, Then,
};
use crate::units::{Amperes, Coulombs, Volts};
use serde::Serialize;
use std::time::Duration;

/// What one impedance frequency takes: 2 s to settle, four readings, each in another rotation of the
/// unit's slices, and the switching before and after.
pub const IMPEDANCE_EXPECTED: Duration = Duration::from_millis(4700);
/// What one impedance frequency may take with retries.
pub const IMPEDANCE_AT_MOST: Duration = Duration::from_secs(10);

/// How long a plan takes and how much it writes, for one cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The longest that it can take: every step to its bound, every way back as often as it may be gone.
    pub at_most: Duration,
    /// What it takes for a cell of nominal capacity that comes half full, if no way leads elsewhere than
    /// to the next step and no repeat ends early.
    pub expected: Duration,
    /// Charge into the cell in that time.
    pub charge_in: Coulombs,
    /// Charge out of the cell in that time.
    pub charge_out: Coulombs,
    /// Rows that the time between rows gives in the expected time; rows on change come on top.
    pub rows: u64,
    /// How many steps a cell goes through with all loops unrolled.
    pub steps: u64,
}

/// Forecasts a plan. Sums that a clock cannot hold end at the largest that it can.
pub fn forecast(plan: &Plan) -> Forecast {
    let mut cell = Guess { plan, state: 0.5 };
    let sum = cell.steps(plan.steps());
    let mut at_most = sum.at_most;
    again(plan, plan.steps(), &mut Vec::new(), &mut at_most);
    Forecast {
        at_most,
        expected: sum.expected,
        charge_in: sum.charge_in,
        charge_out: sum.charge_out,
        rows: sum.rows,
        steps: sum.steps,
    }
}

/// Adds what ways back cost at most: for each time that one is gone, the steps from its target to it.
fn again(plan: &Plan, steps: &[Step], path: &mut Vec<usize>, at_most: &mut Duration) {
    for (index, step) in steps.iter().enumerate() {
        path.push(index);
        let own = match &step.kind {
            Kind::Goto(jump) => Some(jump),
            _ => None,
        };
        let ways = step.kind.ways_out().filter_map(|then| match then {
            Then::Goto(jump) => Some(jump),
            _ => None,
        });
        for jump in own.into_iter().chain(ways) {
            let around = jump.path.len().saturating_sub(1);
            let (Some(times), Some(first), Some(last)) = (jump.times, jump.path.last(), path.get(around))
            else {
                continue;
            };
            if first <= last
                && let Some(region) = list_at(plan.steps(), jump.path.get(..around).unwrap_or_default())
                    .and_then(|list| list.get(*first..=*last))
            {
                // The longest time of a step does not hang on the state of the cell.
                let once = Guess { plan, state: 0.5 }.steps(region).at_most;
                *at_most = at_most.saturating_add(once.saturating_mul(times));
            }
        }
        again(plan, step.kind.steps().unwrap_or_default(), path, at_most);
        path.pop();
    }
}

/// The list of steps inside the steps of a path.
fn list_at<'p>(steps: &'p [Step], path: &[usize]) -> Option<&'p [Step]> {
    path.iter().try_fold(steps, |list, index| list.get(*index)?.kind.steps())
}

#[derive(Clone, Copy, Default)]
struct Sum {
    at_most: Duration,
    expected: Duration,
    charge_in: Coulombs,
    charge_out: Coulombs,
    rows: u64,
    steps: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.add_times(other, 1);
    }

    fn add_times(&mut self, other: Self, times: u32) {
        self.at_most = self.at_most.saturating_add(other.at_most.saturating_mul(times));
        self.expected = self.expected.saturating_add(other.expected.saturating_mul(times));
        self.charge_in += other.charge_in * f64::from(times);
        self.charge_out += other.charge_out * f64::from(times);
        self.rows = self.rows.saturating_add(other.rows.saturating_mul(u64::from(times)));
        self.steps = self.steps.saturating_add(other.steps.saturating_mul(u64::from(times)));
    }
}

/// A cell that is known by its nominal numbers only.
struct Guess<'p> {
    plan: &'p Plan,
    /// State of charge, 0 to 1.
    state: f64,
}

impl Guess<'_> {
    fn steps(&mut self, steps: &[Step]) -> Sum {
        let mut sum = Sum::default();
        for step in steps {
            sum.add(self.step(step));
        }
        sum
    }

    fn step(&mut self, step: &Step) -> Sum {
        let every = step.record.unwrap_or(*self.plan.record()).every;
        match &step.kind {
            Kind::Charge(drive) => self.drive(drive, 1.0, every),
            Kind::Discharge(drive) => self.drive(drive, -1.0, every),
            Kind::Hold(hold) => self.hold(hold, every),
            // Whether something ends a rest earlier, nominal numbers do not tell.
            Kind::Rest { duration, .. } => one(*duration, *duration, every),
            // What is waited for is taken to be there.
            Kind::Wait(wait) => one(wait.at_most.time, Duration::ZERO, every),
            Kind::Pulse(pulse) => self.pulse(pulse, every),
            Kind::Profile(profile) => self.profile(profile, every),
            Kind::Resistance(step) => self.resistance(step, every),
            Kind::Impedance { frequencies } => {
                let count = u32::try_from(frequencies.len()).unwrap_or(u32::MAX);
                Sum {
                    at_most: IMPEDANCE_AT_MOST.saturating_mul(count),
                    expected: IMPEDANCE_EXPECTED.saturating_mul(count),
                    rows: u64::from(count),
                    steps: 1,
                    ..Sum::default()
                }
            }
            Kind::Goto(_) => Sum { steps: 1, ..Sum::default() },
            Kind::Group { steps, .. } => self.steps(steps),
            Kind::Repeat(repeat) => self.repeat(repeat),
        }
    }

    /// A pass that leaves the cell as it found it is like every pass after it.
    fn repeat(&mut self, repeat: &Repeat) -> Sum {
        let mut sum = Sum::default();
        for done in 0..repeat.times {
            let before = self.state;
            let pass = self.steps(&repeat.steps);
            if before == self.state {
                sum.add_times(pass, repeat.times - done);
                break;
            }
            sum.add(pass);
        }
        sum
    }

    /// Passes charge, with its sign, and gives what passed each way.
    fn pass(&mut self, charge: f64) -> (Coulombs, Coulombs) {
        self.state = (self.state + charge / self.plan.cell().capacity.0).clamp(0.0, 1.0);
        (Coulombs(charge.max(0.0)), Coulombs((-charge).max(0.0)))
    }

    fn pulse(&mut self, pulse: &PulseTrain, every: Duration) -> Sum {
        let time = pulse.duration();
        let once = pulse.high.0 * pulse.on.as_secs_f64() + pulse.low.0 * pulse.off.as_secs_f64();
        let sign = if pulse.direction == Direction::Charge { 1.0 } else { -1.0 };
        let (charge_in, charge_out) = self.pass(sign * once * f64::from(pulse.count));
        Sum { charge_in, charge_out, ..one(time, time, every) }
    }

    fn profile(&mut self, profile: &Profile, every: Duration) -> Sum {
        let time = profile.duration();
        let volt = match profile.quantity {
            ProfileQuantity::Current => 1.0,
            ProfileQuantity::Power => nominal_voltage(self.plan.cell().chemistry).0,
        };
        let ends = profile.points.iter().skip(1).map(|point| point.at).chain([profile.length]);
        let (mut charge_in, mut charge_out) = (0.0, 0.0);
        for (point, end) in profile.points.iter().zip(ends) {
            let charge = point.value / volt * end.saturating_sub(point.at).as_secs_f64();
            if charge > 0.0 { charge_in += charge } else { charge_out -= charge }
        }
        let times = f64::from(profile.times);
        self.pass((charge_in - charge_out) * times);
        Sum {
            charge_in: Coulombs(charge_in * times),
            charge_out: Coulombs(charge_out * times),
            ..one(time, time, every)
        }
    }

    fn resistance(&mut self, step: &DcResistance, every: Duration) -> Sum {
        let time = step.duration();
        let lead = step.from.map_or(0.0, |lead| lead.current.0 * lead.time.as_secs_f64());
        let rest = time.saturating_sub(step.from.map_or(Duration::ZERO, |lead| lead.time));
        let sign = if step.direction == Direction::Charge { 1.0 } else { -1.0 };
        let (charge_in, charge_out) = self.pass(sign * (lead + step.current.0 * rest.as_secs_f64()));
        Sum { charge_in, charge_out, ..one(time, time, every) }
    }

    /// Constant voltage brings the cell to its open-circuit state there, with a current that falls.
    fn hold(&mut self, hold: &Hold, every: Duration) -> Sum {
        let capacity = self.plan.cell().capacity;
        let charge = (state_at(self.plan.cell().chemistry, hold.voltage) - self.state) * capacity.0;
        let seconds = (charge.abs() / hold.current.0 * 2.0).min(hold.at_most.time.as_secs_f64());
        let (charge_in, charge_out) = self.pass(charge);
        let expected = Duration::try_from_secs_f64(seconds).unwrap_or(hold.at_most.time);
        Sum { charge_in, charge_out, ..one(hold.at_most.time, expected, every) }
    }

    fn drive(&mut self, drive: &Drive, sign: f64, every: Duration) -> Sum {
        let capacity = self.plan.cell().capacity;
        let current = self.current(drive);
        let (charge, tail) = self.charge_to_pass(drive, current, sign, capacity);
        let seconds = charge.0 / current.0 + tail;
        let expected =
            Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX).min(drive.at_most.time);
        // What the time bound cuts off is taken from the constant current.
        let cut = (expected.as_secs_f64() - tail).max(0.0) * current.0;
        // What constant voltage passes: the current falls exponentially.
        let tapered = if tail > 0.0 && charge.0 <= cut { 0.1 * capacity.0 } else { 0.0 };
        let (charge_in, charge_out) = self.pass(sign * (charge.0.min(cut) + tapered));
        Sum { charge_in, charge_out, ..one(drive.at_most.time, expected, every) }
    }

    /// The current that a step takes, about: at constant power or resistance, that at nominal voltage.
    fn current(&self, drive: &Drive) -> Amperes {
        match drive.demand {
            Demand::Current(current) => current,
            other => other.current_at(nominal_voltage(self.plan.cell().chemistry)),
        }
    }

    /// The charge that constant current passes before something ends it, and how many seconds of
    /// constant voltage come after.
    fn charge_to_pass(
        &self,
        drive: &Drive,
        current: Amperes,
        sign: f64,
        capacity: Coulombs,
    ) -> (Coulombs, f64) {
        let chemistry = self.plan.cell().chemistry;
        let limits = self.plan.limits();
        let to_voltage = |voltage: Volts| {
            // Resistance brings a voltage sooner than the open-circuit curve, by some 100 mV at 1C.
            let rate = current.0 / capacity.ampere_hours();
            let open = voltage - Volts(0.1 * rate.min(1.0)) * sign;
            Coulombs((state_at(chemistry, open) - self.state).max(-1.0) * sign * capacity.0)
                .max(Coulombs(0.0))
        };
        let end = if sign > 0.0 { limits.voltage_high } else { limits.voltage_low };
        let most = drive.until.iter().fold(to_voltage(drive.hold.unwrap_or(end)), |most, condition| {
            most.min(match condition.plain() {
                Some((Measure::Voltage, _, volts)) => to_voltage(Volts(volts)),
                Some((Measure::Charge, _, coulombs)) => Coulombs(coulombs),
                Some((Measure::Energy, _, joules)) => Coulombs(joules / nominal_voltage(chemistry).0),
                Some((Measure::Time, _, seconds)) => Coulombs(current.0 * seconds),
                _ => most,
            })
        });
        (most, if drive.hold.is_some() { taper(drive, current, capacity) } else { 0.0 })
    }
}

/// Seconds of constant voltage until the current has fallen to where the step ends. The current
/// falls about exponentially, with what passes one tenth of the capacity as its first rate.
fn taper(drive: &Drive, current: Amperes, capacity: Coulombs) -> f64 {
    let end = drive.until.iter().find_map(|condition| match condition.plain() {
        Some((Measure::Current, Comparison::Less | Comparison::LessOrEqual, end)) => Some(Amperes(end)),
        _ => None,
    });
    let end = end.unwrap_or(Amperes(current.0 / 100.0));
    let time_constant = 0.1 * capacity.0 / current.0;
    (current / end).max(1.0).ln() * time_constant
}

/// The sum of one step: rows by its time, and one each at its beginning and its end.
fn one(at_most: Duration, expected: Duration, every: Duration) -> Sum {
    let between = expected.as_secs_f64() / every.as_secs_f64();
    Sum { at_most, expected, rows: (between as u64).saturating_add(2), steps: 1, ..Sum::default() }
}

fn nominal_voltage(chemistry: Chemistry) -> Volts {
    match chemistry {
        Chemistry::LiIon => Volts(3.65),
        Chemistry::Lfp => Volts(3.25),
    }
}

/// The state of charge at an open-circuit voltage, from the usual shape of the curve: corners, and
/// straight lines between them.
fn state_at(chemistry: Chemistry, voltage: Volts) -> f64 {
    const LI_ION: &[(f64, f64)] = &[
        (3.0, 0.0),
        (3.4, 0.1),
        (3.55, 0.2),
        (3.65, 0.4),
        (3.75, 0.5),
        (3.85, 0.6),
        (4.0, 0.8),
        (4.18, 1.0),
    ];
    const LFP: &[(f64, f64)] =
        &[(2.6, 0.0), (3.1, 0.08), (3.25, 0.25), (3.29, 0.5), (3.33, 0.8), (3.38, 1.0)];
    let corners = match chemistry {
        Chemistry::LiIon => LI_ION,
        Chemistry::Lfp => LFP,
    };
    let mut below = (f64::NEG_INFINITY, 0.0);
    for &(corner, state) in corners {
        if voltage.0 < corner {
            let part = (voltage.0 - below.0) / (corner - below.0);
            return if below.0.is_finite() { below.1 + part * (state - below.1) } else { 0.0 };
        }
        below = (corner, state);
    }
    1.0
}
