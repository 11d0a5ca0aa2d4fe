//! From an expression of a recipe to a formula: what each name stands for, and whether the parts go
//! together.

use super::Proof;
use super::impedance::made;
use super::result::Scope;
use crate::diagnostic::{Problem, nearest};
use crate::expression::{Expression, Node};
use crate::plan::{CellMetric, CycleMetric, CycleOf, Fact, Formula, Measure, Statistic, StepMetric};
use crate::units::{CurrentSpec, Dimension, Hertz, Scalar, parse_duration};

impl Proof<'_> {
    /// The formula of an expression; `None` means that a problem has been reported.
    pub(super) fn formula(&mut self, expression: &Expression) -> Option<Formula> {
        let at = || expression.at.clone();
        match &expression.node {
            Node::Number(Scalar { value, dimension: Dimension::C_RATE }) => {
                let capacity = self.cell.as_ref()?.capacity;
                let current = CurrentSpec::Rate(*value).resolve(capacity).0;
                Some(Formula::number(Scalar { value: current, dimension: Dimension::CURRENT }))
            }
            Node::Number(scalar) => Some(Formula::number(*scalar)),
            Node::Name(name) => self.named(name, expression),
            Node::Negative(inner) => self.formula(inner).map(Formula::negative),
            Node::Call(name, inner) if name == "abs" => self.formula(inner).map(Formula::magnitude),
            Node::Call(name, inner) if matches!(name.as_str(), "rate" | "slope") => {
                let formula = self.formula(inner)?;
                match formula.as_fact() {
                    Some(Fact::Now(measure)) if *measure != Measure::Time => {
                        let fact = if name == "rate" { Fact::Rate(*measure) } else { Fact::Slope(*measure) };
                        Some(Formula::fact(fact))
                    }
                    _ => {
                        self.report(
                            Problem::new(
                                "bad-condition",
                                inner.at.clone(),
                                format!("{name}() is of what is measured"),
                                "not measured",
                            )
                            .hint(format!("write such as {name}(voltage) or {name}(temperature)")),
                        );
                        None
                    }
                }
            }
            Node::Call(name, inner)
                if let Some(statistic) = Statistic::ALL.into_iter().find(|it| it.word() == name) =>
            {
                self.across(statistic, inner, expression)
            }
            Node::Call(name, _) => {
                self.report(
                    Problem::new(
                        "bad-condition",
                        at(),
                        format!("there is no function `{name}`"),
                        "this function",
                    )
                    .hint(match self.scope {
                        Scope::Run => "the functions are abs(), and over all cells min(), max(), mean(), median(), stddev(), spread(), rank()",
                        _ => "the functions are rate(), slope() and abs()",
                    }),
                );
                None
            }
            // C/20 is a current, rounded as one: the division is of the rate, before the capacity comes in.
            Node::Binary(operator, left, right) => {
                if let Ok(Scalar { value, dimension: Dimension::C_RATE }) =
                    crate::expression::evaluate(expression, &|_| None)
                {
                    return self.formula(&Expression {
                        node: Node::Number(Scalar { value, dimension: Dimension::C_RATE }),
                        at: at(),
                    });
                }
                let (left, right) = (self.formula(left), self.formula(right));
                let (left, right) = (left?, right?);
                let dimensions = (left.dimension(), right.dimension());
                let joined = Formula::joined(*operator, left, right);
                match joined {
                    Some(formula) if formula.constant().is_some_and(|it| !it.value.is_finite()) => {
                        self.report(
                            Problem::new(
                                "bad-quantity",
                                at(),
                                "this is too large, or divides by zero",
                                "no number",
                            )
                            .hint("check the numbers in it"),
                        );
                        None
                    }
                    Some(formula) => Some(formula),
                    None => {
                        self.report(
                            Problem::new(
                                "unlike",
                                at(),
                                format!("{} and {} cannot be added", dimensions.0, dimensions.1),
                                "these two",
                            )
                            .hint("only quantities of one kind can be added or subtracted"),
                        );
                        None
                    }
                }
            }
        }
    }

    fn named(&mut self, name: &[String], expression: &Expression) -> Option<Formula> {
        let words: Vec<&str> = name.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["nominal", "capacity"] => self.nominal_capacity(),
            ["cell" | "reference", _] | ["reference", "cell", _] => self.cell_result(&words, expression),
            ["params", param] => {
                let known = self.params.iter().find(|known| known.name == *param);
                if let Some(param) = known {
                    let value = param.value;
                    let node = Node::Number(value);
                    return self.formula(&Expression { node, at: expression.at.clone() });
                }
                let names: Vec<&str> = self.params.iter().map(|param| param.name.as_str()).collect();
                let hint = match nearest(param, names.iter().copied()) {
                    Some(near) => format!("did you mean `params.{near}`?"),
                    None => format!("give it a value: [params] with a line such as {param} = \"...\""),
                };
                let message = format!("`params.{param}` stands for nothing here");
                // A parameter whose own value is broken has been reported there.
                if !self.broken_params.contains(*param) {
                    self.report(
                        Problem::new("unknown-param", expression.at.clone(), message, "this name").hint(hint),
                    );
                }
                None
            }
            ["hook", metric] => self.hook_metric(metric, expression),
            ["step", step, metric] => self.step_result(step, metric, None, expression),
            ["step", step, metric, point] => self.step_result(step, metric, Some(point), expression),
            ["cycle", metric] => self.cycle_result(CycleOf::This, metric, expression),
            ["cycle", "first", metric] => self.cycle_result(CycleOf::Number(1), metric, expression),
            ["cycle", "last", metric] => self.cycle_result(CycleOf::Last, metric, expression),
            ["cycle", number, metric] => {
                match number.parse() {
                    Ok(number @ 1..) => self.cycle_result(CycleOf::Number(number), metric, expression),
                    _ => {
                        self.report(
                        Problem::new("bad-condition", expression.at.clone(), format!("there is no cycle `{number}`"), "this cycle")
                            .hint("cycles count from 1: cycle.1.capacity; or cycle.last.capacity, cycle.capacity"),
                    );
                        None
                    }
                }
            }
            [word] => {
                if let Some(measure) = Measure::ALL.into_iter().find(|measure| measure.word() == *word) {
                    return Some(Formula::fact(Fact::Now(measure)));
                }
                self.unknown_quantity(word, expression);
                None
            }
            _ => {
                self.unknown_quantity(&words.join("."), expression);
                None
            }
        }
    }

    fn unknown_quantity(&mut self, name: &str, expression: &Expression) {
        let words = Measure::ALL.map(Measure::word);
        let of_cell = CellMetric::ALL.into_iter().any(|metric| metric.word() == name);
        let hint = match nearest(name, words) {
            _ if self.scope != Scope::Step && of_cell => format!("did you mean `cell.{name}`?"),
            _ if self.scope != Scope::Step => {
                "the results are those of steps, cycles and the cell: step.NAME.charge, cycle.1.capacity, cell.capacity; and there are nominal.capacity, params.NAME".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "the quantities are {}; and there are step.NAME.charge, cycle.1.capacity, hook.NAME, nominal.capacity, params.NAME",
                words.join(", ")
            ),
        };
        self.report(
            Problem::new(
                "bad-condition",
                expression.at.clone(),
                match self.scope {
                    Scope::Step => format!("`{name}` is not a quantity of a step"),
                    _ => format!("`{name}` is not a result"),
                },
                "this quantity",
            )
            .hint(hint),
        );
    }

    fn step_result(
        &mut self,
        step: &str,
        word: &str,
        point: Option<&str>,
        expression: &Expression,
    ) -> Option<Formula> {
        let problem = |code, message: String, label: &str, hint: String| {
            Problem::new(code, expression.at.clone(), message, label).hint(hint)
        };
        let Some(named) = self.names.get(step).cloned() else {
            if self.has_told_enough() {
                return None;
            }
            let hint = match nearest(step, self.names.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `step.{near}.{word}`?"),
                None => "results are known by the names of their steps; give the step a name".to_owned(),
            };
            self.report(problem("unknown-step", format!("no step is called `{step}`"), "this name", hint));
            return None;
        };
        let Some(metric) = StepMetric::ALL.into_iter().find(|metric| metric.word() == word) else {
            let words = StepMetric::ALL.map(StepMetric::word);
            let hint = match nearest(word, words) {
                // As others call what an impedance step and a resistance step give.
                _ if matches!(word, "ohms" | "ohm") => {
                    format!("did you mean `step.{step}.impedance` or `step.{step}.resistance`?")
                }
                Some(near) => format!("did you mean `step.{step}.{near}`?"),
                None => format!("the results are {}", words.join(", ")),
            };
            self.report(problem("bad-condition", format!("a step has no `{word}`"), "this result", hint));
            return None;
        };
        if !metric.is_of(named.kind) {
            let hint = "charge, energy and current are of steps with a current, ocv of rests, resistance and impedance of steps that measure them".to_owned();
            let message = format!("`{step}` is a {}, which has no {word}", named.kind);
            self.report(problem("never-known", message, "never known", hint));
            return None;
        }
        let metric = match point.map(|point| (point, at_point(metric, point))) {
            None => metric,
            Some((_, Some(at))) if named.points.contains(&at) => at,
            Some((point, _)) => {
                let points: Vec<String> =
                    named.points.iter().map(|metric| format!("step.{step}.{metric}")).collect();
                let hint = match points.as_slice() {
                    [] => "only a resistance is known at times, and an impedance at frequencies".to_owned(),
                    points => format!("there are {}", points.join(", ")),
                };
                let message = format!("`{step}` has no {word} at `{point}`");
                self.report(problem("never-known", message, "never known", hint));
                return None;
            }
        };
        let first = named.path.first() == self.path.first();
        if named.path > self.path && !(first && self.in_repeat) && !self.backward {
            let message = format!("`{step}` comes after this step, so its result is not known here");
            let hint = "results are those of steps that were done before".to_owned();
            self.report(problem("never-known", message, "never known", hint));
            return None;
        }
        Some(Formula::fact(Fact::Step { id: named.id, name: step.to_owned(), metric }))
    }

    fn cycle_result(&mut self, of: CycleOf, word: &str, expression: &Expression) -> Option<Formula> {
        let Some(metric) = CycleMetric::ALL.into_iter().find(|metric| metric.word() == word) else {
            let words = CycleMetric::ALL.map(CycleMetric::word);
            let hint = match nearest(word, words) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the results of a cycle are {}", words.join(", ")),
            };
            let message = format!("a cycle has no `{word}`");
            self.report(
                Problem::new("bad-condition", expression.at.clone(), message, "this result").hint(hint),
            );
            return None;
        };
        self.cycle_comes(of, expression).then(|| Formula::fact(Fact::Cycle(of, metric)))
    }
}

/// The metric at one point of several: a resistance at a time, an impedance at a frequency.
fn at_point(metric: StepMetric, point: &str) -> Option<StepMetric> {
    match metric {
        StepMetric::Resistance => parse_duration(point).ok().map(StepMetric::ResistanceAt),
        StepMetric::Impedance => made(point.parse::<Hertz>().ok()?).map(StepMetric::ImpedanceAt),
        _ => None,
    }
}
