//! What a program remembers of steps and cycles that are over: only what some condition asks for, so
//! that it does not grow with the cycles.

use crate::event::{CycleResult, Remembered, StepResult, Totals};
use crate::plan::{CycleOf, EndCondition, Fact, Repeat, Step};

/// Results of steps and cycles that conditions may ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    kept: Remembered,
    /// Cycles that have ended and were not told yet.
    ended: Vec<CycleResult>,
}

impl Memory {
    /// Room for what the conditions in a plan ask for.
    pub(super) fn for_plan(steps: &[Step]) -> Self {
        let mut memory = Remembered { cycle: 1, ..Remembered::default() };
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
                    | Fact::Hook { .. }
                    // What is known when the test is over ends no step.
                    | Fact::Cell(_)
                    | Fact::Reference(..)
                    | Fact::Across(..) => {}
                }
            }
        }
        Self::from(memory)
    }

    /// All of it that is kept, to go on from it later.
    pub(super) fn kept(&self) -> &Remembered {
        &self.kept
    }

    /// The cycle under way, from 1.
    pub(super) fn cycle(&self) -> u32 {
        self.kept.cycle
    }

    /// What had passed in the test when the cycle under way began.
    pub(super) fn cycle_began(&self) -> Totals {
        self.kept.cycle_began
    }

    /// Takes in a metric that a hook has defined, in base units.
    pub(super) fn hook_defined(&mut self, name: &str, value: f64) {
        self.kept.hooks.insert(name.to_owned(), value);
    }

    /// Takes in a step that came to its end.
    pub(super) fn step_ended(&mut self, result: &StepResult) {
        if let Some(passage) = self.kept.steps.get_mut(&result.step_id) {
            *passage = Some(result.clone());
        }
        self.kept.pass.add(result);
        self.kept.reason = Some(result.reason.clone());
    }

    /// Takes in that a pass begins that is a cycle: another one, unless it is the first.
    pub(super) fn pass_begins(&mut self, first: bool, totals: Totals) {
        if !first {
            self.kept.last = self.kept.pass_done.take();
            self.kept.cycle += 1;
            self.kept.cycle_began = totals;
        }
        self.kept.pass_began = totals;
        self.kept.pass = CycleResult::default();
        self.kept.pass_done = None;
    }

    /// Takes in that a step was interrupted: the sums of the pass are those of no whole cycle any more.
    pub(super) fn interrupted(&mut self) {
        self.kept.pass.interrupted = true;
    }

    /// Takes in that the pass under way begins once more, as another cycle.
    pub(super) fn pass_again(&mut self, totals: Totals) {
        self.kept.cycle += 1;
        self.kept.cycle_began = totals;
        self.kept.pass_began = totals;
        self.kept.pass = CycleResult::default();
        self.kept.pass_done = None;
    }

    /// Takes in that a pass is over that is a cycle.
    pub(super) fn pass_ends(&mut self, totals: Totals) {
        let mut done = self.pass_so_far(totals);
        if !done.interrupted {
            self.kept.first_capacity.get_or_insert(done.passed.charge_out);
        }
        done.first_capacity = self.kept.first_capacity;
        done.reason = self.kept.reason.clone();
        if let Some(kept) = self.kept.cycles.get_mut(&self.kept.cycle) {
            *kept = Some(done.clone());
        }
        self.kept.pass_done = Some(done.clone());
        self.ended.push(done);
    }

    fn pass_so_far(&self, totals: Totals) -> CycleResult {
        let passed = totals - self.kept.pass_began;
        let first_capacity = self.kept.first_capacity;
        CycleResult { cycle: self.kept.cycle, passed, first_capacity, ..self.kept.pass.clone() }
    }

    /// The cycles that have ended since this was asked last.
    pub(super) fn take_ended(&mut self) -> Vec<CycleResult> {
        std::mem::take(&mut self.ended)
    }

    /// The condition that ends a repeat whose pass is over.
    pub(super) fn ends<'p>(&self, repeat: &'p Repeat, totals: Totals) -> Option<&'p EndCondition> {
        repeat.until.iter().find(|condition| condition.is_met(&|fact| self.known(fact, totals)))
    }

    /// A fact about a step or a cycle that is over, or the cycle under way.
    pub(super) fn known(&self, fact: &Fact, totals: Totals) -> Option<f64> {
        match fact {
            Fact::Step { id, metric, .. } => self.kept.steps.get(id)?.as_ref()?.metric(*metric),
            Fact::Cycle(of, metric) => match of {
                CycleOf::This => match &self.kept.pass_done {
                    Some(done) => done.metric(*metric),
                    None => self.pass_so_far(totals).metric(*metric),
                },
                CycleOf::Last => self.kept.last.as_ref()?.metric(*metric),
                CycleOf::Number(number) => self.kept.cycles.get(number)?.as_ref()?.metric(*metric),
            },
            Fact::Hook { name, .. } => self.kept.hooks.get(name).copied(),
            _ => None,
        }
    }
}

impl From<Remembered> for Memory {
    fn from(kept: Remembered) -> Self {
        Self { kept, ended: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EndReason;
    use crate::plan::{Comparison, CycleMetric, Formula, Kind, Then};
    use crate::units::{Celsius, Coulombs, Dimension, Scalar};
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
        let mut memory =
            Memory::for_plan(&[Step { id: 1, name: None, record: None, hi_res: false, kind: rest }]);
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
        assert_eq!((memory.kept.cycles.len(), memory.kept.steps.len()), (1, 0));
        let efficiency = Fact::Cycle(CycleOf::Last, CycleMetric::Efficiency);
        assert_eq!(memory.known(&efficiency, totals), None, "nothing went in");
        assert_eq!(efficiency.dimension(), Dimension::NUMBER);
    }

    #[test]
    fn a_cycle_under_way_is_no_numbered_one() {
        let first = Fact::Cycle(CycleOf::Number(1), CycleMetric::Capacity);
        let repeat =
            Repeat { times: 9, until: vec![asks(first.clone())], counts_cycles: true, steps: vec![] };
        let mut memory = Memory::for_plan(&[Step {
            id: 1,
            name: None,
            record: None,
            hi_res: false,
            kind: Kind::Repeat(repeat.clone()),
        }]);
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

    #[test]
    fn fade_is_against_the_first_cycle_and_extremes_are_of_the_pass() {
        let metric = |of, metric| Fact::Cycle(of, metric);
        let fade = metric(CycleOf::This, CycleMetric::CapacityFade);
        let warmest = metric(CycleOf::Last, CycleMetric::Temperature);
        let until = vec![asks(fade.clone())];
        let repeat = Repeat { times: 9, until, counts_cycles: true, steps: vec![] };
        let step = Step { id: 1, name: None, record: None, hi_res: false, kind: Kind::Repeat(repeat) };
        let mut memory = Memory::for_plan(&[step]);
        let mut totals = Totals::default();
        for (first, out, temperature) in [(true, 100.0, 30.0), (false, 90.0, 40.0), (false, 80.0, 35.0)] {
            memory.pass_begins(first, totals);
            assert_eq!(memory.known(&fade, totals), (!first).then_some(1.0), "nothing came out yet");
            totals.charge_out += Coulombs(out);
            memory.step_ended(&result(temperature));
            memory.pass_ends(totals);
            assert_eq!(memory.known(&fade, totals), Some(1.0 - out / 100.0));
        }
        assert_eq!(memory.known(&warmest, totals), Some(40.0));
        let told = memory.take_ended();
        let seen: Vec<_> =
            told.iter().map(|it| (it.cycle, it.steps, it.passed.charge_out.0, it.temperature_max)).collect();
        assert_eq!(
            seen,
            [
                (1, 1, 100.0, Some(Celsius(30.0))),
                (2, 1, 90.0, Some(Celsius(40.0))),
                (3, 1, 80.0, Some(Celsius(35.0)))
            ]
        );
        assert!(told.iter().all(|it| it.first_capacity == Some(Coulombs(100.0))));
        assert!(told.iter().all(|it| it.reason == Some(EndReason::TimeCap)));
    }

    /// A step of 10 s that was so warm.
    fn result(temperature: f64) -> StepResult {
        let text = format!(
            r#"{{"step_id":9,"step_count":1,"cycle":1,"name":null,"kind":"discharge","reason":{{"why":"time-cap"}},
            "duration":"10 s","passed":{{"charge_in":"0 C","charge_out":"0 C","energy_in":"0 J","energy_out":"0 J"}},
            "voltage_start":"3.6 V","voltage_end":"3.5 V","voltage_mean":null,"current_mean":"0 A",
            "temperature_mean":"25 degC","temperature_min":"25 degC","temperature_max":"{temperature} degC"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }
}
