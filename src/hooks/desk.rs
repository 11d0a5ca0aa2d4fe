//! What a script can ask for: the functions of its own beside those of the language.

use super::{Bound, Decision, Moment, Vocabulary, Wish};
use rhai::{Dynamic, EvalAltResult, FLOAT, FuncRegistration, Module, NativeCallContext, Position};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The longest text of a note or a reason, in bytes.
pub(super) const LONGEST_TEXT: usize = 500;
/// The longest label, in characters.
pub(super) const LONGEST_LABEL: usize = 64;
/// So many decisions may one call make.
pub(super) const MOST_DECISIONS: usize = 64;

/// Where a script lays down what it asks for. Each call of a hook has one.
#[derive(Clone, Debug)]
pub(super) struct Desk(Arc<Mutex<Asked>>);

#[derive(Debug)]
struct Asked {
    moment: Moment,
    words: Arc<Vocabulary>,
    decisions: Vec<Decision>,
}

type Told<T> = Result<T, Box<EvalAltResult>>;

fn wrong(why: impl Into<String>) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(why.into().into(), Position::NONE).into()
}

impl Desk {
    pub(super) fn new(moment: Moment, words: &Arc<Vocabulary>) -> Self {
        let asked = Asked { moment, words: Arc::clone(words), decisions: Vec::new() };
        Self(Arc::new(Mutex::new(asked)))
    }

    /// What was asked for, in the order of the script.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        std::mem::take(&mut self.lock().decisions)
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(context: &NativeCallContext<'_>) -> Told<Self> {
        context
            .tag()
            .and_then(|tag| tag.clone().try_cast::<Self>())
            .ok_or_else(|| wrong("this can only be called by a hook"))
    }

    fn put(context: &NativeCallContext<'_>, what: Wish) -> Told<()> {
        let desk = Self::of(context)?;
        let mut asked = desk.lock();
        if asked.decisions.len() >= MOST_DECISIONS {
            return Err(wrong(format!("one call of a hook may decide {MOST_DECISIONS} things at most")));
        }
        asked.decisions.push(Decision { what, at: context.call_position().into() });
        Ok(())
    }

    /// Refuses what has no sense at the moment of this call.
    fn needs(context: &NativeCallContext<'_>, good: fn(Moment) -> bool, why: &str) -> Told<()> {
        let moment = Self::of(context)?.lock().moment;
        if good(moment) { Ok(()) } else { Err(wrong(format!("{why} ({})", moment.function()))) }
    }
}

/// A finite number, whole or not.
fn number(value: &Dynamic) -> Told<f64> {
    let number = value.as_float().or_else(|_| value.as_int().map(|whole| whole as FLOAT));
    match number {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(number) => Err(wrong(format!("{number} is no number to work with"))),
        Err(other) => Err(wrong(format!("a number is needed here, this is of the type {other}"))),
    }
}

/// A text that is not too long; what does not fit is cut off, and seen to be.
fn text(value: &Dynamic) -> String {
    let mut text = value.to_string();
    if text.len() > LONGEST_TEXT {
        let all = text.len();
        let mut end = LONGEST_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(&format!("... ({} bytes more)", all - end));
    }
    text
}

const NO_STEP: &str = "no step is under way that could be ended";
const NO_CURRENT: &str = "no step is under way whose current could be lowered";

fn note(context: NativeCallContext<'_>, what: Dynamic) -> Told<()> {
    Desk::put(&context, Wish::Note(text(&what)))
}

fn label(context: NativeCallContext<'_>, label: &str) -> Told<()> {
    let good = !label.trim().is_empty()
        && label.chars().count() <= LONGEST_LABEL
        && !label.chars().any(char::is_control);
    if !good {
        return Err(wrong(format!("a label has 1 to {LONGEST_LABEL} printable characters")));
    }
    Desk::put(&context, Wish::Label(label.to_owned()))
}

fn metric(context: NativeCallContext<'_>, name: &str, value: Dynamic) -> Told<()> {
    let value = number(&value)?;
    let known = Desk::of(&context)?.lock().words.metrics.contains_key(name);
    if !known {
        return Err(wrong(format!("[hooks] metrics declares no `{name}`")));
    }
    Desk::put(&context, Wish::Metric(name.to_owned(), value))
}

fn limit_current(context: NativeCallContext<'_>, most: Dynamic) -> Told<()> {
    Desk::needs(&context, Moment::has_current, NO_CURRENT)?;
    Desk::put(&context, Wish::LimitCurrent(number(&most)?))
}

fn tighten(context: NativeCallContext<'_>, limit: &str, value: Dynamic) -> Told<()> {
    let Some(bound) = Bound::ALL.into_iter().find(|bound| bound.word() == limit) else {
        let words = Bound::ALL.map(Bound::word).join(", ");
        return Err(wrong(format!("there is no limit `{limit}`; the limits are {words}")));
    };
    Desk::put(&context, Wish::Tighten(bound, number(&value)?))
}

fn end_step(context: NativeCallContext<'_>, why: Dynamic) -> Told<()> {
    Desk::needs(&context, Moment::has_current, NO_STEP)?;
    Desk::put(&context, Wish::EndStep(text(&why)))
}

fn go_to(context: NativeCallContext<'_>, step: &str, why: Dynamic) -> Told<()> {
    Desk::needs(&context, Moment::has_step, NO_STEP)?;
    let known = Desk::of(&context)?.lock().words.targets.iter().any(|target| target == step);
    if !known {
        return Err(wrong(format!("[hooks] goto declares no way to `{step}`")));
    }
    Desk::put(&context, Wish::GoTo(step.to_owned(), text(&why)))
}

fn fail(context: NativeCallContext<'_>, why: Dynamic) -> Told<()> {
    Desk::put(&context, Wish::Fail(text(&why)))
}

/// The functions as scripts call them, each with how many arguments.
pub(super) const FUNCTIONS: [(&str, usize); 8] = [
    ("note", 1),
    ("label", 1),
    ("metric", 2),
    ("limit_current", 1),
    ("tighten", 2),
    ("end_step", 1),
    ("go_to", 2),
    ("fail", 1),
];

/// The module of all functions that scripts have of this program.
pub(super) fn module() -> Arc<Module> {
    static MODULE: OnceLock<Arc<Module>> = OnceLock::new();
    let build = || {
        let mut module = Module::new();
        FuncRegistration::new("note").set_into_module(&mut module, note);
        FuncRegistration::new("label").set_into_module(&mut module, label);
        FuncRegistration::new("metric").set_into_module(&mut module, metric);
        FuncRegistration::new("limit_current").set_into_module(&mut module, limit_current);
        FuncRegistration::new("tighten").set_into_module(&mut module, tighten);
        FuncRegistration::new("end_step").set_into_module(&mut module, end_step);
        FuncRegistration::new("go_to").set_into_module(&mut module, go_to);
        FuncRegistration::new("fail").set_into_module(&mut module, fail);
        Arc::new(module)
    };
    Arc::clone(MODULE.get_or_init(build))
}
