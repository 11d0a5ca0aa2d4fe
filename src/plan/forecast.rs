//! How long a plan takes, and how many rows it gives: the worst case, which is a bound, and an
//! expectation, which is a guess from nominal numbers.

use super::{Chemistry, Comparison, Drive, EndCondition, Kind, Plan, Step};
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
    /// The longest that it can take: every step to its bound.
    pub at_most: Duration,
    /// What it takes for a cell of nominal capacity that comes half full.
    pub expected: Duration,
    /// Rows that the time between rows gives in the expected time; rows on change come on top.
    pub rows: u64,
    /// How many steps a cell goes through with all loops unrolled.
    pub steps: u64,
}

/// Forecasts a plan. Sums that a clock cannot hold end at the largest that it can.
pub fn forecast(plan: &Plan) -> Forecast {
    let mut cell = Guess { plan, state: 0.5 };
    let sum = cell.steps(plan.steps());
    Forecast { at_most: sum.at_most, expected: sum.expected, rows: sum.rows, steps: sum.steps }
}

#[derive(Clone, Copy, Default)]
struct Sum {
    at_most: Duration,
    expected: Duration,
    rows: u64,
    steps: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.at_most = self.at_most.saturating_add(other.at_most);
        self.expected = self.expected.saturating_add(other.expected);
        self.rows = self.rows.saturating_add(other.rows);
        self.steps = self.steps.saturating_add(other.steps);
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
        match &step.kind {
            Kind::Charge(drive) => self.drive(drive, 1.0),
            Kind::Discharge(drive) => self.drive(drive, -1.0),
            // Whether something ends a rest earlier, nominal numbers do not tell.
            Kind::Rest { duration, .. } => self.one(*duration, *duration),
            Kind::Impedance { frequencies } => {
                let count = u32::try_from(frequencies.len()).unwrap_or(u32::MAX);
                let expected = IMPEDANCE_EXPECTED.saturating_mul(count);
                Sum {
                    at_most: IMPEDANCE_AT_MOST.saturating_mul(count),
                    expected,
                    rows: u64::from(count),
                    steps: 1,
                }
            }
            // The proof bounds how often this is done.
            Kind::Repeat { times, steps, .. } => {
                let mut sum = Sum::default();
                for _ in 0..*times {
                    sum.add(self.steps(steps));
                }
                sum
            }
        }
    }

    /// The sum of one step: rows by its time, and one each at its beginning and its end.
    fn one(&self, at_most: Duration, expected: Duration) -> Sum {
        let between = expected.as_secs_f64() / self.plan.record().every.as_secs_f64();
        Sum { at_most, expected, rows: (between as u64).saturating_add(2), steps: 1 }
    }

    fn drive(&mut self, drive: &Drive, sign: f64) -> Sum {
        let capacity = self.plan.cell().capacity;
        let (charge, tail) = self.charge_to_pass(drive, sign, capacity);
        let seconds = charge.0 / drive.current.0 + tail;
        let expected =
            Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX).min(drive.at_most);
        // What the time bound cuts off is taken from the constant current.
        let cut = (expected.as_secs_f64() - tail).max(0.0) * drive.current.0;
        self.state = (self.state + sign * charge.0.min(cut.max(0.0)) / capacity.0).clamp(0.0, 1.0);
        self.one(drive.at_most, expected)
    }

    /// The charge that constant current passes before something ends it, and how many seconds of
    /// constant voltage come after.
    fn charge_to_pass(&self, drive: &Drive, sign: f64, capacity: Coulombs) -> (Coulombs, f64) {
        let chemistry = self.plan.cell().chemistry;
        let limits = self.plan.limits();
        let to_voltage = |voltage: Volts| {
            // Resistance brings a voltage sooner than the open-circuit curve, by some 100 mV at 1C.
            let rate = drive.current.0 / capacity.ampere_hours();
            let open = voltage - Volts(0.1 * rate.min(1.0)) * sign;
            Coulombs((state_at(chemistry, open) - self.state).max(-1.0) * sign * capacity.0)
                .max(Coulombs(0.0))
        };
        let end = if sign > 0.0 { limits.voltage_high } else { limits.voltage_low };
        let most = drive.until.iter().fold(to_voltage(drive.hold.unwrap_or(end)), |most, condition| {
            most.min(match condition {
                EndCondition::Voltage(_, voltage) => to_voltage(*voltage),
                EndCondition::Charge(_, charge) => *charge,
                EndCondition::Energy(_, energy) => Coulombs(energy.0 / nominal_voltage(chemistry).0),
                EndCondition::Time(_, time) => Coulombs(drive.current.0 * time.as_secs_f64()),
                _ => most,
            })
        });
        (most, if drive.hold.is_some() { taper(drive, capacity) } else { 0.0 })
    }
}

/// Seconds of constant voltage until the current has fallen to where the step ends. The current
/// falls about exponentially, with what passes one tenth of the capacity as its first rate.
fn taper(drive: &Drive, capacity: Coulombs) -> f64 {
    let end = drive.until.iter().find_map(|condition| match condition {
        EndCondition::Current(Comparison::Less | Comparison::LessOrEqual, current) => Some(*current),
        _ => None,
    });
    let end = end.unwrap_or(Amperes(drive.current.0 / 100.0));
    let time_constant = 0.1 * capacity.0 / drive.current.0;
    (drive.current / end).max(1.0).ln() * time_constant
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
