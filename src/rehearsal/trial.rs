//! From a recipe's `[[test]]` to what is rehearsed and what has to come of it.

use super::fault::{Fault, When};
use super::judge::NO_GRADE;
use crate::diagnostic::read::{Field, Spanned};
use crate::diagnostic::{Files, MAX_PROBLEMS, Problem, Source, nearest, sort};
use crate::identity::Slot;
use crate::plan::{self, Plan, ResultClaim};
use crate::recipe::{BySlot, ExpectText, FaultText, Recipe, Setting, StepText, TrialText};
use crate::simulator::bench::Bench;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// So many tests may a recipe have.
const MOST_TRIALS: usize = 100;

/// A test of a recipe that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its name, safe as a part of a file name.
    pub name: Spanned<String>,
    /// The units and cells that it runs on.
    pub bench: Bench,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What is set of the recipe's parameters.
    pub settings: Vec<Setting>,
    /// What has to come of it.
    pub expect: Expected,
}

/// What has to come of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// As the recipe writes it.
    pub text: ExpectText,
    /// What has to hold of the results of every cell, each with its place.
    pub holds: Vec<(ResultClaim, Range<usize>)>,
}

/// Reads the tests of a recipe whose plan is proved. The files that they name are looked for beside
/// the recipe.
///
/// # Errors
/// Every problem of the tests, in the order of the text.
pub fn trials(
    source: &Arc<Source>,
    recipe: &Recipe,
    plan: &Plan,
    files: &dyn Files,
) -> Result<Vec<Trial>, Vec<Problem>> {
    let text = &recipe.text;
    let mut names = BTreeSet::new();
    step_names(text.step.get().map(Vec::as_slice).unwrap_or_default(), &mut names);
    let mut check =
        Check { source, recipe, files, plan, steps: names, seen: BTreeSet::new(), problems: Vec::new() };
    let texts = text.test.get().map(Vec::as_slice).unwrap_or_default();
    if let Some(text) = texts.get(MOST_TRIALS) {
        check.problems.push(
            Problem::new(
                "too-large",
                text.span.clone(),
                format!("a recipe has at most {MOST_TRIALS} tests"),
                "one more",
            )
            .hint("put some of them into a recipe of their own"),
        );
    }
    let trials: Vec<Trial> = texts.iter().take(MOST_TRIALS).filter_map(|text| check.trial(text)).collect();
    sort(&mut check.problems);
    if check.problems.is_empty() { Ok(trials) } else { Err(check.problems) }
}

fn step_names(steps: &[StepText], names: &mut BTreeSet<String>) {
    for step in steps {
        names.extend(step.name.get().map(|name| name.value.clone()));
        if let Some(inner) = step.step.get() {
            step_names(&inner.value, names);
        }
    }
}

struct Check<'s> {
    source: &'s Arc<Source>,
    recipe: &'s Recipe,
    files: &'s dyn Files,
    plan: &'s Plan,
    steps: BTreeSet<String>,
    seen: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(
        &mut self,
        code: &'static str,
        at: &Spanned<impl Sized>,
        message: String,
        hint: impl Into<String>,
    ) {
        self.problems.push(Problem::new(code, at.span.clone(), message, "this value").hint(hint));
    }

    fn trial(&mut self, text: &TrialText) -> Option<Trial> {
        let name = text.name.get()?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.value.is_empty() || name.value.len() > 64 || !name.value.chars().all(allowed) {
            let hint = "use 1 to 64 letters, digits, '-' and '_', such as \"pulled-cell\"";
            self.report("bad-name", name, format!("{:?} cannot be the name of a test", name.value), hint);
        } else if !self.seen.insert(name.value.clone()) {
            let message = format!("two tests are called `{}`", name.value);
            self.report("duplicate-name", name, message, "give each test a name of its own");
        }
        let bench = self.bench(text);
        let faults: Vec<Fault> = text
            .faults
            .get()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|fault| self.fault(fault))
            .collect();
        let expect = text.expect.get()?;
        for (step, _) in expect.ends.get().map(|ends| ends.0.as_slice()).unwrap_or_default() {
            self.step(step);
        }
        for (_, grade) in expect.grade.get().map(BySlot::each).unwrap_or_default() {
            self.grade(grade);
        }
        let settings = self.settings(text);
        let claims = expect.holds.get().map(Vec::as_slice).unwrap_or_default();
        let holds = match plan::expectations(self.recipe, claims) {
            Ok(proved) => {
                let places = claims.iter().map(|claim| claim.span.clone());
                Some(proved.into_iter().zip(places).collect())
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        };
        Some(Trial {
            name: name.clone(),
            bench: bench?,
            faults,
            settings,
            expect: Expected { text: expect.clone(), holds: holds? },
        })
    }

    /// What the test sets; it is proved where the plan of the test is.
    fn settings(&self, text: &TrialText) -> Vec<Setting> {
        let named = text.set.get().map(|set| set.0.as_slice()).unwrap_or_default();
        let one = |(name, value): &(Spanned<String>, Field<Spanned<String>>)| {
            let value = value.get()?;
            Some(Setting {
                name: name.value.clone(),
                value: value.value.clone(),
                source: Arc::clone(self.source),
                name_at: name.span.clone(),
                value_at: value.span.clone(),
            })
        };
        named.iter().filter_map(one).collect()
    }

    fn bench(&mut self, text: &TrialText) -> Option<Bench> {
        let kind = self.plan.cell();
        let seed = text.seed.get().copied();
        let mut bench = match (text.bench.get(), text.cells.get()) {
            (Some(file), Some(_)) => {
                let hint = "take out one of them";
                self.report("two-benches", file, "a test names either a bench or cells".into(), hint);
                return None;
            }
            (Some(file), None) => self.bench_file(file)?,
            (None, Some(cells)) => {
                if cells.value.is_empty() || cells.value.len() > 4 {
                    let message = format!("a unit holds 1 to 4 cells, here are {}", cells.value.len());
                    self.report("wrong-count", cells, message, "name a bench for tests of several units");
                }
                let seed = seed.unwrap_or(Bench::SEED);
                Bench::of_cells(&cells.value, kind.chemistry, kind.capacity, seed, &mut self.problems)
            }
            (None, None) => Bench::nominal(kind.chemistry, kind.capacity, Bench::SEED),
        };
        bench.seed = seed.unwrap_or(bench.seed);
        Some(bench)
    }

    fn bench_file(&mut self, name: &Spanned<String>) -> Option<Bench> {
        let source = match self.files.open(&name.value) {
            Ok(source) => source,
            Err(error) => {
                self.report("no-file", name, error, "a bench is a file beside the recipe");
                return None;
            }
        };
        match Bench::parse(&source) {
            Ok(bench) => Some(bench),
            Err(problems) => {
                let first = problems.first().map_or_else(String::new, |problem| {
                    format!(": {}:{}: {}", source.path, source.place(problem.span.start), problem.message)
                });
                let hint = "`batlab-run --sim=BENCH` tells every problem of a bench";
                self.report("bad-file", name, format!("this is not a bench{first}"), hint);
                None
            }
        }
    }

    fn step(&mut self, name: &Spanned<String>) {
        if self.steps.contains(&name.value) || self.problems.len() > MAX_PROBLEMS {
            return;
        }
        let hint = match nearest(&name.value, self.steps.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "give the step that is meant a name, and write it here".to_owned(),
        };
        self.report("unknown-step", name, format!("no step is called `{}`", name.value), hint);
    }

    fn grade(&mut self, name: &Spanned<String>) {
        let plan = self.plan;
        let known = || plan.acceptance().grades.iter().map(|grade| grade.name.as_str()).chain([NO_GRADE]);
        if known().any(|grade| grade == name.value) || self.problems.len() > MAX_PROBLEMS {
            return;
        }
        let hint = match nearest(&name.value, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the grades are {}", known().collect::<Vec<_>>().join(", ")),
        };
        self.report("unknown-word", name, format!("no grade is called `{}`", name.value), hint);
    }

    fn fault(&mut self, text: &FaultText) -> Option<Fault> {
        let slot = match text.slot.get() {
            None => Slot::ALL[0],
            Some(number) => match u8::try_from(number.value).ok().and_then(Slot::new) {
                Some(slot) => slot,
                None => {
                    let message = format!("slot {} does not exist", number.value);
                    self.report("out-of-range", number, message, "slots are 0 to 3");
                    return None;
                }
            },
        };
        let when = match (text.at.get(), text.step.get()) {
            (Some(at), None) => {
                if let Some(after) = text.after.get() {
                    let message = "`after` needs the `step` after whose start it is".to_owned();
                    self.report("fault-moment", after, message, "name the step, or take it out");
                }
                When::At(at.value.0)
            }
            (None, Some(step)) => {
                self.step(step);
                let after = text.after.get().map_or(Duration::ZERO, |after| after.value.0);
                When::InStep(step.value.clone(), after)
            }
            _ => {
                if text.at.is_absent() == text.step.is_absent() {
                    let message = "a fault happens either at a time or in a step";
                    let problem = Problem::new("fault-moment", text.span.clone(), message, "this fault");
                    self.problems.push(
                        problem.hint("write at = \"20 min\", or step = \"NAME\" and after = \"1 min\""),
                    );
                }
                return None;
            }
        };
        let (kind, lasts) = (*text.fault.get()?, text.lasts.get());
        if let Some(lasts) = lasts.filter(|_| !kind.can_be_over()) {
            let message = "a fault of this kind is never over".to_owned();
            self.report("fault-moment", lasts, message, "take `lasts` out");
        }
        Some(Fault { kind, slot, when, lasts: lasts.map(|lasts| lasts.value.0) })
    }
}
