//! What a program remembers of steps and cycles that are over: only what some condition asks for, so
//! that it does not grow with the cycles.

use crate::event::{StepResult, Totals};
use crate::plan::{CycleOf, EndCondition, Fact, Repeat, Step, StepMetric};
use std::collections::BTreeMap;

/// Results of steps and cycles that conditions may ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// By the number of the step: what its last finished passage came to.
    steps: BTreeMap<u32, Option<Passage>>,
    /// By the number of the cycle.
    cycles: BTreeMap<u32, Option<Totals>>,
    last: Option<Totals>,
    /// The cycle under way, from 1, and what had passed when it began.
    cycle: u32,
    cycle_began: Totals,
    /// What had passed when the pass of the cycle under way began: what stands before the first pass
    /// belongs to cycle 1 in the files, but is no part of its capacity.
    pass_began: Totals,
    /// What the pass came to, if it is over.
    pass_done: Option<Totals>,
    /// Cycles that have ended and were not told yet.
    ended: Vec<(u32, Totals)>,
    /// Metrics that hooks defined, in base units.
    hooks: BTreeMap<String, f64>,
}

/// What a finished step came to, in base units, in the order of [`StepMetric::ALL`].
type Passage = [Option<f64>; StepMetric::ALL.len()];

impl Memory {
    /// Room for what the conditions in a plan ask for.
    pub(super) fn for_plan(steps: &[Step]) -> Self {
        let mut memory = Self { cycle: 1, ..Self::default() };
        let mut rest: Vec<&Step> = steps.iter().collect();
        while let Some(step) = rest.pop() {
            rest.extend(step.kind.steps().into_iter().flatten());
            for fact in step.kind.until().iter().flat_map(EndCondition::facts) {
                match fact {
                    Fact::Step { id, .. } => drop(memory.steps.insert(*id, None)),
                    Fact::Cycle(CycleOf::Number(number), _) => drop(memory.cycles.insert(*number, None)),
                    Fact::Cycle(CycleOf::This | CycleOf::Last, _)
                    | Fact::Now(_)
                    | Fact::Rate(_)
                    | Fact::Slope(_)
                    | Fact::Hook { .. } => {}
                }
            }
        }
        memory
    }

    /// The cycle under way, from 1.
    pub(super) fn cycle(&self) -> u32 {
        self.cycle
    }

    /// What had passed in the test when the cycle under way began.
    pub(super) fn cycle_began(&self) -> Totals {
        self.cycle_began
    }

    /// Takes in a metric that a hook has defined, in base units.
    pub(super) fn hook_defined(&mut self, name: &str, value: f64) {
        self.hooks.insert(name.to_owned(), value);
    }

    /// Takes in a step that came to its end.
    pub(super) fn step_ended(&mut self, result: &StepResult) {
        if let Some(passage) = self.steps.get_mut(&result.step_id) {
            *passage = Some(StepMetric::ALL.map(|metric| result.metric(metric)));
        }
    }

    /// Takes in that a pass begins that is a cycle: another one, unless it is the first.
    pub(super) fn pass_begins(&mut self, first: bool, totals: Totals) {
        if !first {
            self.last = self.pass_done;
            self.cycle += 1;
            self.cycle_began = totals;
        }
        self.pass_began = totals;
        self.pass_done = None;
    }

    /// Takes in that a pass is over that is a cycle.
    pub(super) fn pass_ends(&mut self, totals: Totals) {
        let done = totals - self.pass_began;
        self.pass_done = Some(done);
        if let Some(kept) = self.cycles.get_mut(&self.cycle) {
            *kept = Some(done);
        }
        self.ended.push((self.cycle, done));
    }

    /// The cycles that have ended since this was asked last, with what passed in each.
    pub(super) fn take_ended(&mut self) -> Vec<(u32, Totals)> {
        std::mem::take(&mut self.ended)
    }

    /// The condition that ends a repeat whose pass is over.
    pub(super) fn ends<'p>(&self, repeat: &'p Repeat, totals: Totals) -> Option<&'p EndCondition> {
        repeat.until.iter().find(|condition| condition.is_met(&|fact| self.known(fact, totals)))
    }

    /// A fact about a step or a cycle that is over, or the cycle under way.
    pub(super) fn known(&self, fact: &Fact, totals: Totals) -> Option<f64> {
        match fact {
            Fact::Step { id, metric, .. } => {
                let at = StepMetric::ALL.iter().position(|one| one == metric)?;
                *self.steps.get(id)?.as_ref()?.get(at)?
            }
            Fact::Cycle(of, metric) => {
                let of = match of {
                    CycleOf::This => self.pass_done.unwrap_or(totals - self.pass_began),
                    CycleOf::Last => self.last?,
                    CycleOf::Number(number) => (*self.cycles.get(number)?)?,
                };
                of.metric(*metric)
            }
            Fact::Hook { name, .. } => self.hooks.get(name).copied(),
            Fact::Now(_) | Fact::Rate(_) | Fact::Slope(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparison, CycleMetric, Formula, Kind, Then};
    use crate::units::{Coulombs, Dimension, Scalar};
    use std::time::Duration;

    fn asks(fact: Fact) -> EndCondition {
        let number = Formula::number(Scalar { value: 1.0, dimension: fact.dimension() });
        EndCondition::new(Formula::fact(fact), Comparison::Less, number, Then::Next).unwrap()
    }

    #[test]
    fn only_what_is_asked_for_is_kept_however_many_cycles_there_are() {
        let capacity = |of| Fact::Cycle(of, CycleMetric::Capacity);
        let until = vec![asks(capacity(CycleOf::Number(3))), asks(capacity(CycleOf::Last))];
        let rest = Kind::Rest { duration: Duration::from_secs(1), until };
        let mut memory = Memory::for_plan(&[Step { id: 1, name: None, record: None, kind: rest }]);
        let mut totals = Totals::default();
        memory.pass_begins(true, totals);
        for cycle in 1..=10_000_u32 {
            assert_eq!(memory.cycle(), cycle);
            totals.charge_out += Coulombs(f64::from(cycle));
            assert_eq!(memory.known(&capacity(CycleOf::This), totals), Some(f64::from(cycle)));
            memory.pass_ends(totals);
            memory.pass_begins(false, totals);
            assert_eq!(memory.known(&capacity(CycleOf::Last), totals), Some(f64::from(cycle)));
        }
        assert_eq!(memory.known(&capacity(CycleOf::Number(3)), totals), Some(3.0));
        assert_eq!(memory.known(&capacity(CycleOf::Number(4)), totals), None, "nobody asked for it");
        assert_eq!((memory.cycles.len(), memory.steps.len()), (1, 0));
        let efficiency = Fact::Cycle(CycleOf::Last, CycleMetric::Efficiency);
        assert_eq!(memory.known(&efficiency, totals), None, "nothing went in");
        assert_eq!(efficiency.dimension(), Dimension::NUMBER);
    }

    #[test]
    fn a_cycle_under_way_is_no_numbered_one() {
        let first = Fact::Cycle(CycleOf::Number(1), CycleMetric::Capacity);
        let repeat =
            Repeat { times: 9, until: vec![asks(first.clone())], counts_cycles: true, steps: vec![] };
        let mut memory =
            Memory::for_plan(&[Step { id: 1, name: None, record: None, kind: Kind::Repeat(repeat.clone()) }]);
        // What stands before the first pass is no part of its capacity.
        let before = Totals { charge_out: Coulombs(7.0), ..Totals::default() };
        memory.pass_begins(true, before);
        let totals = Totals { charge_out: Coulombs(7.5), ..Totals::default() };
        assert_eq!(memory.known(&first, totals), None);
        assert!(memory.ends(&repeat, totals).is_none());
        memory.pass_ends(totals);
        assert!(memory.ends(&repeat, totals).is_some(), "at the end of its pass it is a whole one");
        memory.pass_begins(false, totals);
        assert_eq!(memory.known(&first, totals), Some(0.5));
    }
}
