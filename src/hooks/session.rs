//! The hooks of one cell while its test lasts.

use super::batch::{Batch, Mate};
use super::desk::Desk;
use super::engine::{self, Deadline};
use super::fault::{self, Fault};
use super::view::{Part, View};
use super::{
    CellView, CycleView, Decision, Moment, Place, ResultView, SampleView, Script, StepView, Vocabulary, Wish,
    kept,
};
use crate::clock::Clock;
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, Map, Scope};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A script bound to a cell: what it keeps, and what it has defined so far.
pub struct Session {
    engine: Engine,
    ast: AST,
    script: Arc<Script>,
    defined: BTreeSet<Moment>,
    deadline: Deadline,
    /// What is seen at every moment; step and sample are put in at each.
    view: View,
    kept: Dynamic,
    kept_told: Value,
    /// Metrics that were defined since they were told.
    new_metrics: BTreeSet<String>,
    label: Option<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("cell", &self.view.cell.name).field("kept", &self.kept).finish()
    }
}

impl Session {
    /// Binds a script to a cell of a batch. The clock bounds the time of a call.
    ///
    /// # Errors
    /// It is not code; a script that was checked is.
    pub fn begin(
        script: &Arc<Script>,
        words: &Arc<Vocabulary>,
        cell: CellView,
        batch: &Batch,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let deadline = Deadline::new(clock);
        let engine = engine::engine(Some(deadline.clone()));
        let ast = engine::compile(&engine, &script.code).map_err(|error| fault::of_parse(script, &error))?;
        let functions: BTreeSet<&str> = ast.iter_functions().map(|function| function.name).collect();
        let defined = Moment::ALL.into_iter().filter(|it| functions.contains(it.function())).collect();
        let view =
            View { cell: Arc::new(cell), batch: batch.clone(), words: Arc::clone(words), ..View::default() };
        Ok(Self {
            defined,
            engine,
            ast,
            script: Arc::clone(script),
            deadline,
            view,
            kept: Map::new().into(),
            kept_told: Value::Object(serde_json::Map::new()),
            new_metrics: BTreeSet::new(),
            label: None,
        })
    }

    /// Whether the script has a function for a moment.
    pub fn hears(&self, moment: Moment) -> bool {
        self.defined.contains(&moment)
    }

    /// Takes in what a step came to.
    pub fn step_ended(&mut self, result: ResultView) {
        let result = Arc::new(result);
        if !result.step.name.is_empty() {
            Arc::make_mut(&mut self.view.steps).insert(result.step.name.clone(), Arc::clone(&result));
        }
        self.view.result = Some(result);
    }

    /// Takes in what a cycle came to.
    pub fn cycle_ended(&mut self, cycle: CycleView) {
        self.view.cycle = Some(Arc::new(cycle));
    }

    /// Calls the function of a moment, if there is one, and gives what it decided in the order of the script.
    ///
    /// # Errors
    /// It failed, ran away, or keeps what cannot be kept. Nothing that it decided in this call counts then.
    pub fn call(
        &mut self,
        moment: Moment,
        step: Option<StepView>,
        sample: Option<SampleView>,
    ) -> Result<Vec<Decision>, Fault> {
        if !self.hears(moment) {
            return Ok(Vec::new());
        }
        let desk = Desk::new(moment, &self.view.words);
        let view = Part::Context(Arc::new(View { step, sample, ..self.view.clone() }));
        self.deadline.begin();
        let called = catch_unwind(AssertUnwindSafe(|| {
            let options =
                CallFnOptions::new().eval_ast(false).bind_this_ptr(&mut self.kept).with_tag(desk.clone());
            let mut scope = Scope::new();
            let name = moment.function();
            self.engine.call_fn_with_options::<Dynamic>(options, &mut scope, &self.ast, name, (view,))
        }));
        match called {
            Ok(Ok(_)) => {}
            Ok(Err(error)) if matches!(*error, EvalAltResult::Exit(..)) => {}
            Ok(Err(error)) => return Err(fault::of_run(&self.script, moment, *error)),
            Err(_) => {
                let why = "the language itself broke down on it".to_owned();
                return Err(fault::at(&self.script, moment, Place::default(), why));
            }
        }
        kept::check(&self.kept).map_err(|why| fault::at(&self.script, moment, Place::default(), why))?;
        let decisions = desk.decisions();
        for Decision { what, .. } in &decisions {
            match what {
                Wish::Metric(name, value) => {
                    let metrics = Arc::make_mut(&mut self.view.metrics);
                    if metrics.insert(name.clone(), *value) != Some(*value) {
                        self.new_metrics.insert(name.clone());
                    }
                }
                Wish::Label(label) => self.label = Some(label.clone()),
                _ => {}
            }
        }
        Ok(decisions)
    }

    /// A fault by a decision that cannot be followed.
    pub fn refuse(&self, moment: Moment, decision: &Decision, why: String) -> Fault {
        fault::at(&self.script, moment, decision.at, why)
    }

    /// The metrics that have changed since this was asked last, with the units of their numbers.
    pub fn take_metrics(&mut self) -> Vec<(String, f64, String)> {
        let View { metrics, words, .. } = &self.view;
        let told = |name: String| {
            let value = metrics.get(&name).copied()?;
            let unit = words.metrics.get(&name).cloned().unwrap_or_default();
            Some((name, value, unit))
        };
        std::mem::take(&mut self.new_metrics).into_iter().filter_map(told).collect()
    }

    /// What is kept, if it has changed since this was asked last.
    pub fn take_kept(&mut self) -> Option<Value> {
        let now = kept::to_json(&self.kept);
        (now != self.kept_told).then(|| {
            self.kept_told = now.clone();
            now
        })
    }

    /// Puts back what was kept, the metrics that were defined, and the label, as the journal has them.
    ///
    /// # Errors
    /// In words, why it cannot be: it is no map, or too large.
    pub fn restore(
        &mut self,
        kept: &Value,
        metrics: BTreeMap<String, f64>,
        label: Option<String>,
    ) -> Result<(), String> {
        let value = kept::from_json(kept);
        kept::check(&value)?;
        self.kept = value;
        self.kept_told = kept.clone();
        self.view.metrics = Arc::new(metrics);
        self.label = label;
        Ok(())
    }

    /// The cell is done: those of its batch that are not can see it now.
    pub fn end(&self, verdict: &str) {
        self.view.batch.add(Mate {
            name: self.view.cell.name.clone(),
            verdict: verdict.to_owned(),
            label: self.label.clone(),
            metrics: BTreeMap::clone(&self.view.metrics),
        });
    }
}
