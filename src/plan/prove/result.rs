//! What formulas may ask for when a test is over: the results of the cell, of the other cells of the run, and
//! of another run; and whether the steps of the recipe give them.

use super::Proof;
use crate::diagnostic::read::Field;
use crate::diagnostic::{Problem, nearest};
use crate::expression::Expression;
use crate::plan::{
    CellMetric, CycleOf, Drive, Fact, Formula, Kind, Measure, Recording, ReferenceOf, Repeat, Statistic, Step,
};
use crate::units::{Dimension, Scalar};
use std::collections::BTreeSet;

/// What the formula under proof may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// What is known while the cell is tested.
    Step,
    /// The results of one cell.
    Cell,
    /// The same beside those of the other cells of the run, and of another run.
    Run,
}

impl Proof<'_> {
    /// `nominal.capacity`, and `cell.capacity` while nothing is measured yet.
    pub(super) fn nominal_capacity(&self) -> Option<Formula> {
        let value = self.cell.as_ref()?.capacity.0;
        Some(Formula::number(Scalar { value, dimension: Dimension::CHARGE }))
    }

    /// `cell.impedance`, `reference.capacity`, `reference.cell.capacity`.
    pub(super) fn cell_result(&mut self, name: &[&str], expression: &Expression) -> Option<Formula> {
        let (of, word) = match name {
            ["cell", "capacity"] if self.scope == Scope::Step => return self.nominal_capacity(),
            ["cell", word] => (None, *word),
            ["reference", word] => (Some(ReferenceOf::Median), *word),
            ["reference", "cell", word] => (Some(ReferenceOf::SameCell), *word),
            _ => return None,
        };
        let before = name.split_last().map(|(_, before)| before.join(".")).unwrap_or_default();
        let Some(metric) = CellMetric::ALL.into_iter().find(|metric| metric.word() == word) else {
            let words = CellMetric::ALL.map(CellMetric::word);
            let hint = match nearest(word, words) {
                Some(near) => format!("did you mean `{before}.{near}`?"),
                None => format!("the results of a cell are {}", words.join(", ")),
            };
            let message = format!("a cell has no `{word}`");
            self.report(
                Problem::new("bad-condition", expression.at.clone(), message, "this result").hint(hint),
            );
            return None;
        };
        match of {
            None if self.scope == Scope::Step => {
                let message = "while a cell is tested, its results are not known";
                self.report(
                    Problem::new("never-known", expression.at.clone(), message, "never known here")
                        .hint("write it in [accept]; here there are step.NAME.charge and nominal.capacity"),
                );
                None
            }
            None => self.is_measured(metric, expression).then(|| Formula::fact(Fact::Cell(metric))),
            Some(of) => self.reference(of, metric, expression),
        }
    }

    /// Whether a step of the recipe can measure this; if not, that is reported.
    fn is_measured(&mut self, metric: CellMetric, expression: &Expression) -> bool {
        let Some(measured) = &self.measured else { return true };
        let what = match metric {
            CellMetric::Capacity
            | CellMetric::Energy
            | CellMetric::Efficiency
            | CellMetric::EnergyEfficiency
            | CellMetric::Fade => "it is of discharges from a full cell that a condition on voltage ends",
            CellMetric::Ocv => "add a rest",
            CellMetric::Impedance => "add a step such as impedance = \"1 kHz\"",
            CellMetric::Resistance => {
                "add a step such as resistance = { discharge = \"1 A\", after = \"10 s\" }"
            }
            _ => return true,
        };
        if measured.contains(&metric) {
            return true;
        }
        let message = format!("no step of this recipe measures the {} of a cell", metric.word());
        self.report(Problem::new("never-known", expression.at.clone(), message, "never known").hint(what));
        false
    }

    fn reference(&mut self, of: ReferenceOf, metric: CellMetric, expression: &Expression) -> Option<Formula> {
        let problem = match (&self.reference, self.scope) {
            (_, Scope::Step | Scope::Cell) => Problem::new(
                "never-known",
                expression.at.clone(),
                "another run is compared with by criteria and grades only",
                "never known here",
            )
            .hint("write it in [accept]"),
            (Field::Absent, Scope::Run) => Problem::new(
                "no-reference",
                expression.at.clone(),
                "there is no other run to compare with",
                "of which run?",
            )
            .hint("name its summary: reference = \"old/summary.json\" in [accept], or --reference FILE"),
            (Field::Broken, Scope::Run) => return None,
            (Field::Present(reference), Scope::Run) if reference.has(metric) => {
                return Some(Formula::fact(Fact::Reference(of, metric)));
            }
            (Field::Present(_), Scope::Run) => Problem::new(
                "never-known",
                expression.at.clone(),
                format!("no cell of the other run has {}", metric.word()),
                "never known",
            )
            .hint("compare with a run that measured it"),
        };
        self.report(problem);
        None
    }

    /// `spread(cell.capacity)`.
    pub(super) fn across(
        &mut self,
        statistic: Statistic,
        inner: &Expression,
        expression: &Expression,
    ) -> Option<Formula> {
        let word = statistic.word();
        if self.scope != Scope::Run {
            let message = format!("{word}() compares the cells of a run, which are done only at its end");
            self.report(
                Problem::new("never-known", expression.at.clone(), message, "never known here")
                    .hint("write it in [accept] or in a [[grade]]"),
            );
            return None;
        }
        let formula = self.formula(inner)?;
        let nested = |fact: &&Fact| matches!(fact, Fact::Across(..));
        let problem = if formula.facts().iter().any(nested) {
            Some((format!("{word}() is of results of a cell, not of all cells"), "all cells have one value"))
        } else if !formula.facts().iter().any(|fact| {
            matches!(fact, Fact::Step { .. } | Fact::Cycle(..) | Fact::Cell(_) | Fact::Hook { .. })
        }) {
            Some((format!("{word}() is of results of a cell"), "the same for every cell"))
        } else if statistic == Statistic::Spread && formula.dimension() == Dimension::TEMPERATURE {
            Some(("a share of a temperature means nothing".to_owned(), "a temperature"))
        } else {
            None
        };
        if let Some((message, label)) = problem {
            let hint = match label {
                "a temperature" => "write max(...) - min(...)".to_owned(),
                _ => format!("write such as {word}(cell.capacity) or {word}(step.NAME.resistance)"),
            };
            self.report(Problem::new("bad-condition", inner.at.clone(), message, label).hint(hint));
            return None;
        }
        Some(Formula::fact(Fact::Across(statistic, Box::new(formula))))
    }

    /// Whether a cycle can come in this recipe; if not, that is reported.
    pub(super) fn cycle_comes(&mut self, of: CycleOf, expression: &Expression) -> bool {
        let Some(most) = self.most_cycles.filter(|_| self.scope != Scope::Step) else { return true };
        let (message, hint) = match of {
            _ if most == 0 => (
                "this recipe has no cycles".to_owned(),
                "each pass of a repeat that both charges and discharges is a cycle",
            ),
            CycleOf::Number(number) if u64::from(number) > most => (
                format!("this recipe has at most {most} cycles"),
                "cycles count from 1; the last one is cycle.last",
            ),
            _ => return true,
        };
        self.report(Problem::new("never-known", expression.at.clone(), message, "never known").hint(hint));
        false
    }
}

/// How many cycles there are at most.
pub(super) fn count_cycles(steps: &[Step], times: u64) -> u64 {
    let of = |step: &Step| match &step.kind {
        Kind::Repeat(Repeat { counts_cycles: true, times: passes, .. }) => {
            times.saturating_mul((*passes).into())
        }
        Kind::Repeat(Repeat { times: passes, steps, .. }) => {
            count_cycles(steps, times.saturating_mul((*passes).into()))
        }
        Kind::Group { steps, .. } => count_cycles(steps, times),
        _ => 0,
    };
    steps.iter().map(of).fold(0, u64::saturating_add)
}

/// What of the whole cell these steps can measure.
pub(super) fn measured(steps: &[Step], record: &Recording) -> BTreeSet<CellMetric> {
    let (mut found, mut rest) = (BTreeSet::new(), steps.iter().collect::<Vec<_>>());
    if record.impedance_every.is_some() {
        found.insert(CellMetric::Impedance);
    }
    while let Some(step) = rest.pop() {
        rest.extend(step.kind.steps().into_iter().flatten());
        if step.record.is_some_and(|record| record.impedance_every.is_some()) {
            found.insert(CellMetric::Impedance);
        }
        let by_voltage = |drive: &Drive| drive.until.iter().any(|it| it.watches(&[Measure::Voltage]));
        match &step.kind {
            Kind::Impedance { .. } => drop(found.insert(CellMetric::Impedance)),
            Kind::Rest { .. } | Kind::Wait(_) => drop(found.insert(CellMetric::Ocv)),
            Kind::Resistance(_) => drop(found.insert(CellMetric::Resistance)),
            Kind::Discharge(drive) if by_voltage(drive) => {
                found.extend([
                    CellMetric::Capacity,
                    CellMetric::Energy,
                    CellMetric::Efficiency,
                    CellMetric::EnergyEfficiency,
                    CellMetric::Fade,
                ]);
            }
            _ => {}
        }
    }
    found
}
