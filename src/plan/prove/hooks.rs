//! The proof of hooks: what they call, look at, define and go to is there, and no ring is endless.

use super::Proof;
use crate::diagnostic::read::{Field, Spanned};
use crate::diagnostic::{Problem, nearest};
use crate::expression::Expression;
use crate::hooks::{self, Script, Vocabulary};
use crate::plan::{CycleMetric, Fact, Formula, Hooks, Jump, StepMetric};
use crate::recipe::{HooksText, Named, Recipe};
use crate::units::{CurrentSpec, Dimension, Scalar};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many metrics, and so many ways to steps, may hooks have.
const MOST: usize = 64;

/// What each metric that hooks define measures.
pub(super) fn metrics(recipe: &Recipe, problems: &mut Vec<Problem>) -> BTreeMap<String, Option<Dimension>> {
    let mut metrics = BTreeMap::new();
    let Some(Named(entries)) = recipe.text.hooks.get().and_then(|text| text.metrics.get()) else {
        return metrics;
    };
    for (name, unit) in entries {
        let good = name.value.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.value.len() <= 64
            && name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !good {
            problems.push(
                Problem::new(
                    "bad-name",
                    name.span.clone(),
                    format!("{:?} cannot be the name of a metric", name.value),
                    "this name",
                )
                .hint("a name has up to 64 letters, digits and '_', and begins with a letter"),
            );
            continue;
        }
        metrics.insert(name.value.clone(), None);
        let Some(unit) = unit.get() else { continue };
        match Scalar::in_unit(1.0, unit.value.trim()) {
            Some(scalar) if metrics.len() <= MOST => {
                metrics.insert(name.value.clone(), Some(scalar.dimension));
            }
            Some(_) => problems.push(
                Problem::new(
                    "too-large",
                    name.span.clone(),
                    format!("hooks define at most {MOST} metrics"),
                    "one more",
                )
                .hint("keep other values in `this`"),
            ),
            None => problems.push(
                Problem::new(
                    "bad-quantity",
                    unit.span.clone(),
                    format!("{:?} is no unit", unit.value),
                    "this unit",
                )
                .hint("write such as \"V\", \"mohm\", \"Ah/V\", or \"\" for a bare number"),
            ),
        }
    }
    metrics
}

impl Proof<'_> {
    /// The hooks of a recipe, none if it has none; `None` means that a problem has been reported.
    pub(super) fn hooks(&mut self, recipe: &Recipe) -> Option<Option<Hooks>> {
        let Some(text) = recipe.text.hooks.get() else {
            return recipe.text.hooks.is_absent().then_some(None);
        };
        let script = self.script(text);
        let goto = self.ways(text);
        let script = script?;
        let file = self.file_of(&script, recipe);
        let words = self.vocabulary(text)?;
        let problems = hooks::check(&script, &words);
        let good = problems.is_empty();
        self.problems.extend(problems);
        let metrics = words.metrics.clone();
        let hooks = Hooks { script, words: Arc::new(words), file, metrics, goto: goto? };
        good.then_some(Some(hooks))
    }

    fn script(&mut self, text: &HooksText) -> Option<Arc<Script>> {
        match (text.file.get(), text.code.get()) {
            (Some(_), Some(_)) => {
                self.report(
                    Problem::new(
                        "bad-hook",
                        text.span.clone(),
                        "hooks are in a file or here, not both",
                        "in here",
                    )
                    .hint("take out `file` or `code`"),
                );
                None
            }
            (Some(file), None) => Some(Arc::clone(&file.0)),
            (None, Some(code)) => Some(Arc::clone(&code.0)),
            (None, None) => {
                if text.file.is_absent() && text.code.is_absent() {
                    self.report(
                        Problem::new(
                            "missing-key",
                            text.span.clone(),
                            "there is no code in these hooks",
                            "in here",
                        )
                        .hint("add file = \"hooks.rhai\", or code = ''' ... '''"),
                    );
                }
                None
            }
        }
    }

    fn file_of(&self, script: &Arc<Script>, recipe: &Recipe) -> Option<String> {
        let is_it = |file: &&crate::diagnostic::NamedFile| Arc::ptr_eq(&file.source, &script.source);
        recipe.files.iter().find(is_it).map(|file| file.name.clone())
    }

    /// The steps that hooks may go to.
    fn ways(&mut self, text: &HooksText) -> Option<Vec<Jump>> {
        let Some(Named(entries)) = text.goto.get() else {
            return text.goto.is_absent().then(Vec::new);
        };
        let ways: Vec<Option<Jump>> = entries
            .iter()
            .take(MOST)
            .map(|(name, times)| times.get().and_then(|times| self.way(name, times)))
            .collect();
        ways.into_iter().collect()
    }

    fn way(&mut self, name: &Spanned<String>, times: &Spanned<u32>) -> Option<Jump> {
        let Some(target) = self.names.get(&name.value).cloned() else {
            let hint = match nearest(&name.value, self.names.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give the step that is meant a name".to_owned(),
            };
            self.report(
                Problem::new(
                    "unknown-step",
                    name.span.clone(),
                    format!("no step is called `{}`", name.value),
                    "this name",
                )
                .hint(hint),
            );
            return None;
        };
        // Hooks may go there from any step, so it must not be in something that only some steps are in.
        if target.path.len() != 1 {
            self.report(
                Problem::new(
                    "goto-inside",
                    name.span.clone(),
                    format!("`{}` is inside a repeat or a group", name.value),
                    "not to be reached from everywhere",
                )
                .hint("go to the repeat or group itself; or lower the current with limit_current()"),
            );
            return None;
        }
        if times.value == 0 {
            self.report(
                Problem::new("bad-repeat", times.span.clone(), "a way of no times is none", "this number")
                    .hint("write how often it may be gone in all of a cell's test, at least 1"),
            );
            return None;
        }
        let number = self.jumps;
        self.jumps = self.jumps.saturating_add(1);
        self.jump_times = self.jump_times.saturating_add(u64::from(times.value));
        self.backward = true;
        self.hook_targets.insert(target.id);
        let times = Some(times.value);
        Some(Jump { number, name: name.value.clone(), target: target.id, path: target.path, times })
    }

    /// The names that a script may use, those with problems of their own too; none where they cannot be told.
    fn vocabulary(&self, text: &HooksText) -> Option<Vocabulary> {
        if matches!(text.metrics, Field::Broken) || matches!(text.goto, Field::Broken) {
            return None;
        }
        let in_base_units = |value: Scalar| match (value.dimension, &self.cell) {
            (Dimension::C_RATE, Some(cell)) => CurrentSpec::Rate(value.value).resolve(cell.capacity).0,
            _ => value.value,
        };
        let metrics = text.metrics.get().map(|named| named.0.as_slice()).unwrap_or_default();
        let unit = |unit: &Field<Spanned<String>>| unit.get().map_or("", |unit| unit.value.trim()).to_owned();
        let targets = text.goto.get().map(|named| named.0.as_slice()).unwrap_or_default();
        Some(Vocabulary {
            steps: self.names.keys().cloned().collect(),
            step_results: StepMetric::ALL.map(StepMetric::word).to_vec(),
            cycle_results: CycleMetric::ALL.map(CycleMetric::word).to_vec(),
            params: self.params.iter().map(|it| (it.name.clone(), in_base_units(it.value))).collect(),
            metrics: metrics.iter().map(|(name, given)| (name.value.clone(), unit(given))).collect(),
            targets: targets.iter().map(|(name, _)| name.value.clone()).collect(),
        })
    }

    /// A metric that hooks define, in a condition.
    pub(super) fn hook_metric(&mut self, name: &str, expression: &Expression) -> Option<Formula> {
        if let Some(known) = self.hook_metrics.get(name) {
            return known.map(|dimension| Formula::fact(Fact::Hook { name: name.to_owned(), dimension }));
        }
        let hint = match nearest(name, self.hook_metrics.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `hook.{near}`?"),
            None => format!("declare it with its unit: [hooks] metrics = {{ {name} = \"V\" }}"),
        };
        let message = format!("no hook defines `{name}`");
        self.report(Problem::new("hook-metric", expression.at.clone(), message, "this name").hint(hint));
        None
    }
}
