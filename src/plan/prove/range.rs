//! From where to where results can lie, by the limits, the cell and the times of a recipe.

use super::{LONGEST_STEP, Proof};
use crate::plan::{CellMetric, CycleMetric, Fact, Interval, Kind, Statistic, Step, StepMetric};
use crate::units::{Dimension, Scalar};
use std::collections::{BTreeMap, BTreeSet};

/// A cell that holds more than this many times its nominal capacity is another cell.
const MOST_OF_NOMINAL: f64 = 2.0;
/// So far beyond a voltage limit may a reading be before the limit has stopped the cell.
const VOLTAGE_SLACK: f64 = 0.02;
/// So much warmer than its limit may a cell become after its current has ended.
const TEMPERATURE_SLACK: f64 = 10.0;
/// No cell that is tested is colder, in degrees Celsius.
const COLDEST: f64 = -60.0;
/// A step ends with the first reading at or after its time, and then it is switched off; in seconds.
const TIME_SLACK: f64 = 60.0;
/// What the unit can measure, 0 V to 4.5 V (its ADC's reference), with room.
const ANY_VOLTAGE: Interval = Interval { low: 0.0, high: 5.0 };

/// What is known of the steps of a plan.
#[derive(Default)]
pub(super) struct Steps {
    /// So many seconds a step takes at most, by its number.
    longest: BTreeMap<u32, f64>,
    /// Steps in which no limit of the voltage is watched.
    idle: BTreeSet<u32>,
}

impl Proof<'_> {
    /// From where to where a fact can lie.
    pub(super) fn range_of(&self, fact: &Fact, known: &Steps) -> Interval {
        match fact {
            Fact::Step { id, metric, .. } => self.step_range(*id, *metric, known),
            // A difference of two means.
            Fact::Cycle(_, CycleMetric::VoltageHysteresis) => Interval::ALL,
            Fact::Cycle(_, metric) => self.range_by(metric.dimension(), true),
            Fact::Cell(CellMetric::Capacity | CellMetric::Energy) => self.range_by(fact.dimension(), false),
            Fact::Cell(CellMetric::Efficiency | CellMetric::EnergyEfficiency | CellMetric::Cycles) => {
                Interval::POSITIVE
            }
            // As the cell came, or rests: no limit is watched there.
            Fact::Cell(CellMetric::VoltageStart | CellMetric::VoltageEnd | CellMetric::Ocv) => ANY_VOLTAGE,
            Fact::Cell(metric) => self.range_by(metric.dimension(), true),
            Fact::Across(Statistic::Rank, _) => Interval { low: 1.0, high: f64::INFINITY },
            Fact::Across(Statistic::Spread | Statistic::Stddev, _) => Interval::POSITIVE,
            Fact::Across(_, formula) => formula.range(&|fact| self.range_of(fact, known)),
            Fact::Hook { .. } | Fact::Reference(..) | Fact::Now(_) | Fact::Rate(_) | Fact::Slope(_) => {
                Interval::ALL
            }
        }
    }

    fn step_range(&self, id: u32, metric: StepMetric, known: &Steps) -> Interval {
        match (metric, known.longest.get(&id)) {
            (StepMetric::Time, Some(seconds)) => Interval { low: 0.0, high: *seconds },
            // What went in and out is no more than the cell holds; each by itself may be.
            (StepMetric::Charge | StepMetric::Energy, _) => self.range_by(metric.dimension(), false),
            _ if metric.dimension() == Dimension::VOLTAGE && known.idle.contains(&id) => ANY_VOLTAGE,
            _ => self.range_by(metric.dimension(), true),
        }
    }

    /// From where to where a result of a kind can lie; `sums` may be of several steps.
    fn range_by(&self, dimension: Dimension, sums: bool) -> Interval {
        let (Some(cell), Some(limits)) = (&self.cell, &self.limits) else { return Interval::ALL };
        let most = cell.capacity.0 * MOST_OF_NOMINAL;
        let to = |high: f64| Interval { low: 0.0, high };
        match dimension {
            Dimension::VOLTAGE => Interval {
                low: limits.voltage_low.0 - VOLTAGE_SLACK,
                high: limits.voltage_high.0 + VOLTAGE_SLACK,
            },
            Dimension::CURRENT => to(limits.current_charge.0.max(limits.current_discharge.0)),
            Dimension::TEMPERATURE => Interval {
                low: COLDEST,
                high: limits.temperature_charge.0.max(limits.temperature_discharge.0) + TEMPERATURE_SLACK,
            },
            Dimension::CHARGE if !sums => to(most),
            Dimension::ENERGY if !sums => to(most * limits.voltage_high.0),
            Dimension::TIME if !sums => to(LONGEST_STEP.as_secs_f64()),
            Dimension::CHARGE | Dimension::ENERGY | Dimension::TIME | Dimension::RESISTANCE => {
                Interval::POSITIVE
            }
            _ => Interval::ALL,
        }
    }
}

/// A range, as a message tells it.
pub(super) fn in_words(range: Interval, dimension: Dimension) -> String {
    let value = |value| Scalar { value, dimension }.to_string();
    match (range.low.is_finite(), range.high.is_finite()) {
        (true, true) => format!("from {} to {}", value(range.low), value(range.high)),
        (true, false) => format!("at least {}", value(range.low)),
        (false, true) => format!("at most {}", value(range.high)),
        (false, false) => "any number".to_owned(),
    }
}

impl Steps {
    /// What is known of these steps, and of those inside.
    pub(super) fn of(steps: &[Step]) -> Self {
        let (mut known, mut rest) = (Self::default(), steps.iter().collect::<Vec<_>>());
        while let Some(step) = rest.pop() {
            rest.extend(step.kind.steps().into_iter().flatten());
            let longest = match &step.kind {
                Kind::Rest { duration, .. } => Some(*duration),
                kind => kind.at_most().map(|at_most| at_most.time),
            };
            known.longest.extend(longest.map(|longest| (step.id, longest.as_secs_f64() + TIME_SLACK)));
            if matches!(step.kind, Kind::Rest { .. } | Kind::Wait(_) | Kind::Impedance { .. }) {
                known.idle.insert(step.id);
            }
        }
        known
    }
}
