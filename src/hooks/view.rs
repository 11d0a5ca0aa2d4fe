//! What hooks see: numbers and words, to be read only.
//!
//! All numbers are in base units: volts, amperes, seconds, coulombs, joules, watts, ohms, degrees Celsius.

use super::batch::{Batch, Mate};
use rhai::{Dynamic, FLOAT, INT};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A result by its word; none where the step or cycle measured no such thing.
pub type Values = Vec<(&'static str, Option<f64>)>;

/// The names that a script may use, from the recipe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// Named steps.
    pub steps: Vec<String>,
    /// The words for what a step comes to.
    pub step_results: Vec<&'static str>,
    /// The words for what a cycle comes to.
    pub cycle_results: Vec<&'static str>,
    /// Parameters, with their values in base units.
    pub params: BTreeMap<String, f64>,
    /// Metrics that the recipe declares, with the unit that each is given in.
    pub metrics: BTreeMap<String, String>,
    /// Steps that hooks may go to.
    pub targets: Vec<String>,
}

/// The cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellView {
    /// Its name.
    pub name: String,
    /// The word for its chemistry in a recipe.
    pub chemistry: String,
    /// Nominal capacity in coulombs.
    pub capacity: f64,
}

/// The step under way, or the one that has just ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepView {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its number in the plan, from 1.
    pub id: u32,
    /// The word for its kind in a recipe.
    pub kind: String,
    /// Steps begun by this cell so far, this one included.
    pub count: u32,
    /// The cycle, from 1.
    pub cycle: u32,
    /// Seconds since it began.
    pub time: f64,
}

/// A reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampleView {
    /// Voltage in volts.
    pub voltage: f64,
    /// Current in amperes, above zero into the cell.
    pub current: f64,
    /// Temperature in degrees Celsius.
    pub temperature: f64,
    /// Power in watts, above zero into the cell.
    pub power: f64,
    /// Charge that passed in the step in coulombs, a magnitude.
    pub charge: f64,
    /// Energy that passed in the step in joules, a magnitude.
    pub energy: f64,
    /// Seconds since the step began.
    pub time: f64,
    /// Seconds since the test of the cell began.
    pub test_time: f64,
    /// Whether it is wholly of what the step does: no older current, no ramp.
    pub settled: bool,
}

/// What a step came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultView {
    /// The step.
    pub step: StepView,
    /// The short code of why it ended.
    pub reason: &'static str,
    /// What there is to say beside it.
    pub detail: String,
    /// What it came to.
    pub values: Values,
}

/// What a cycle came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CycleView {
    /// Its number, from 1.
    pub number: u32,
    /// What it came to.
    pub values: Values,
}

/// All that can be seen at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) cell: Arc<CellView>,
    pub(super) step: Option<StepView>,
    pub(super) sample: Option<SampleView>,
    pub(super) result: Option<Arc<ResultView>>,
    pub(super) steps: Arc<BTreeMap<String, Arc<ResultView>>>,
    pub(super) cycle: Option<Arc<CycleView>>,
    pub(super) metrics: Arc<BTreeMap<String, f64>>,
    pub(super) batch: Batch,
    pub(super) words: Arc<Vocabulary>,
}

/// A part of the view, as a script holds it.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Context(Arc<View>),
    Cell(Arc<View>),
    Step(Arc<View>),
    Sample(SampleView),
    Steps(Arc<View>),
    Result(Arc<ResultView>),
    Cycle(Arc<CycleView>),
    Params(Arc<View>),
    Metrics(Arc<View>),
    Mate(Arc<Mate>),
    MateMetrics(Arc<Mate>),
}

/// The kind of a part, as the check knows it without a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Context,
    Cell,
    Step,
    Sample,
    Steps,
    Result,
    Cycle,
    Params,
    Metrics,
    /// The list of cells that are done.
    Mates,
    Mate,
    MateMetrics,
    /// A number, a text, or nothing.
    Value,
}

type Fields<T> = &'static [(&'static str, fn(&T) -> Dynamic)];

/// What a script sees first, and what kind each is of.
const CONTEXT: &[(&str, Kind)] = &[
    ("cell", Kind::Cell),
    ("step", Kind::Step),
    ("sample", Kind::Sample),
    ("result", Kind::Result),
    ("steps", Kind::Steps),
    ("cycle", Kind::Cycle),
    ("params", Kind::Params),
    ("metrics", Kind::Metrics),
    ("batch", Kind::Mates),
];

const CELL: Fields<CellView> = &[
    ("name", |cell| cell.name.clone().into()),
    ("chemistry", |cell| cell.chemistry.clone().into()),
    ("capacity", |cell| cell.capacity.into()),
];

const STEP: Fields<StepView> = &[
    ("name", |step| step.name.clone().into()),
    ("id", |step| INT::from(step.id).into()),
    ("kind", |step| step.kind.clone().into()),
    ("count", |step| INT::from(step.count).into()),
    ("cycle", |step| INT::from(step.cycle).into()),
    ("time", |step| step.time.into()),
];

const SAMPLE: Fields<SampleView> = &[
    ("voltage", |sample| sample.voltage.into()),
    ("current", |sample| sample.current.into()),
    ("temperature", |sample| sample.temperature.into()),
    ("power", |sample| sample.power.into()),
    ("charge", |sample| sample.charge.into()),
    ("energy", |sample| sample.energy.into()),
    ("time", |sample| sample.time.into()),
    ("test_time", |sample| sample.test_time.into()),
    ("settled", |sample| sample.settled.into()),
];

/// What a result has beside its values.
const RESULT: Fields<ResultView> = &[
    ("name", |result| result.step.name.clone().into()),
    ("id", |result| INT::from(result.step.id).into()),
    ("kind", |result| result.step.kind.clone().into()),
    ("cycle", |result| INT::from(result.step.cycle).into()),
    ("reason", |result| result.reason.into()),
    ("detail", |result| result.detail.clone().into()),
];

const CYCLE: Fields<CycleView> = &[("number", |cycle| INT::from(cycle.number).into())];

const MATE: Fields<Mate> = &[
    ("name", |mate| mate.name.clone().into()),
    ("verdict", |mate| mate.verdict.clone().into()),
    ("label", |mate| mate.label.clone().map_or(Dynamic::UNIT, Dynamic::from)),
];

fn of<T>(fields: Fields<T>, from: &T, name: &str) -> Option<Dynamic> {
    fields.iter().find(|(word, _)| *word == name).map(|(_, get)| get(from))
}

fn number(value: Option<f64>) -> Dynamic {
    value.map_or(Dynamic::UNIT, |value| (value as FLOAT).into())
}

fn value(values: &Values, name: &str) -> Option<Dynamic> {
    values.iter().find(|(word, _)| *word == name).map(|(_, value)| number(*value))
}

fn part(part: Option<Part>) -> Dynamic {
    part.map_or(Dynamic::UNIT, Dynamic::from)
}

impl Part {
    /// A field. None if there is no such field; the unit value where the field is not known now.
    pub(super) fn get(&self, name: &str) -> Option<Dynamic> {
        match self {
            Self::Context(view) => {
                let (_, kind) = CONTEXT.iter().find(|(word, _)| *word == name)?;
                Some(match kind {
                    Kind::Cell => part(Some(Self::Cell(Arc::clone(view)))),
                    Kind::Step => part(view.step.as_ref().map(|_| Self::Step(Arc::clone(view)))),
                    Kind::Sample => part(view.sample.map(Self::Sample)),
                    Kind::Result => part(view.result.clone().map(Self::Result)),
                    Kind::Steps => part(Some(Self::Steps(Arc::clone(view)))),
                    Kind::Cycle => part(view.cycle.clone().map(Self::Cycle)),
                    Kind::Params => part(Some(Self::Params(Arc::clone(view)))),
                    Kind::Metrics => part(Some(Self::Metrics(Arc::clone(view)))),
                    _ => {
                        let mates = view.batch.mates().into_iter();
                        mates.map(|mate| Dynamic::from(Self::Mate(mate))).collect::<rhai::Array>().into()
                    }
                })
            }
            Self::Cell(view) => of(CELL, &view.cell, name),
            Self::Step(view) => of(STEP, view.step.as_ref()?, name),
            Self::Sample(sample) => of(SAMPLE, sample, name),
            Self::Steps(view) => match view.steps.get(name) {
                Some(result) => Some(part(Some(Self::Result(Arc::clone(result))))),
                None => view.words.steps.iter().any(|step| step == name).then_some(Dynamic::UNIT),
            },
            Self::Result(result) => of(RESULT, &**result, name).or_else(|| value(&result.values, name)),
            Self::Cycle(cycle) => of(CYCLE, &**cycle, name).or_else(|| value(&cycle.values, name)),
            Self::Params(view) => view.words.params.get(name).map(|value| number(Some(*value))),
            Self::Metrics(view) => {
                view.words.metrics.contains_key(name).then(|| number(view.metrics.get(name).copied()))
            }
            Self::Mate(mate) if name == "metrics" => Some(part(Some(Self::MateMetrics(Arc::clone(mate))))),
            Self::Mate(mate) => of(MATE, &**mate, name),
            Self::MateMetrics(mate) => Some(number(mate.metrics.get(name).copied())),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Context(_) => Kind::Context,
            Self::Cell(_) => Kind::Cell,
            Self::Step(_) => Kind::Step,
            Self::Sample(_) => Kind::Sample,
            Self::Steps(_) => Kind::Steps,
            Self::Result(_) => Kind::Result,
            Self::Cycle(_) => Kind::Cycle,
            Self::Params(_) => Kind::Params,
            Self::Metrics(_) => Kind::Metrics,
            Self::Mate(_) => Kind::Mate,
            Self::MateMetrics(_) => Kind::MateMetrics,
        }
    }
}

impl Kind {
    /// The kind of a field. None if there is no such field.
    pub(super) fn field(self, name: &str, words: &Vocabulary) -> Option<Self> {
        if self == Self::Context {
            return CONTEXT.iter().find(|(word, _)| *word == name).map(|(_, kind)| *kind);
        }
        self.fields(words).contains(&name).then_some(match (self, name) {
            (Self::Steps, _) => Self::Result,
            (Self::Mate, "metrics") => Self::MateMetrics,
            _ => Self::Value,
        })
    }

    /// The words of all fields.
    pub(super) fn fields(self, words: &Vocabulary) -> Vec<&str> {
        fn names<T>(fields: Fields<T>) -> impl Iterator<Item = &'static str> {
            fields.iter().map(|(name, _)| *name)
        }
        match self {
            Self::Context => CONTEXT.iter().map(|(word, _)| *word).collect(),
            Self::Cell => names(CELL).collect(),
            Self::Step => names(STEP).collect(),
            Self::Sample => names(SAMPLE).collect(),
            Self::Steps => words.steps.iter().map(String::as_str).collect(),
            Self::Result => names(RESULT).chain(words.step_results.iter().copied()).collect(),
            Self::Cycle => names(CYCLE).chain(words.cycle_results.iter().copied()).collect(),
            Self::Params => words.params.keys().map(String::as_str).collect(),
            Self::Metrics | Self::MateMetrics => words.metrics.keys().map(String::as_str).collect(),
            Self::Mate => names(MATE).chain(["metrics"]).collect(),
            Self::Mates | Self::Value => Vec::new(),
        }
    }

    /// What it is, in words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Context => "what a hook is given",
            Self::Cell => "the cell",
            Self::Step => "the step",
            Self::Sample => "the sample",
            Self::Steps => "the results of steps",
            Self::Result => "the result of a step",
            Self::Cycle => "the result of a cycle",
            Self::Params => "the parameters",
            Self::Metrics | Self::MateMetrics => "the metrics of the hooks",
            Self::Mates => "the cells that are done",
            Self::Mate => "a cell that is done",
            Self::Value => "a value",
        }
    }
}
