//! The language of hooks, without anything that could do harm, and its budgets.

use super::desk;
use super::view::Part;
use crate::clock::{Clock, Instant};
use crate::diagnostic::nearest;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage,
    BasicMathPackage, BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{
    AST, Dynamic, Engine, EvalAltResult, ImmutableString, Module, OptimizationLevel, ParseError, Position,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// So many operations may one call take. An operation is a step of the language, not of a processor: some
/// hundred nanoseconds. The same script takes the same number each time, so this bound is the same in each run.
pub const MOST_OPERATIONS: u64 = 100_000;
/// So deep may functions call each other.
pub const DEEPEST_CALL: usize = 16;
/// How deep expressions may stand in each other, at the top of a script and in its functions.
pub const DEEPEST_EXPRESSION: (usize, usize) = (32, 32);
/// The longest text, in bytes.
pub const LONGEST_STRING: usize = 2048;
/// The most values in a list, those of the lists inside it counted.
pub const LARGEST_LIST: usize = 1000;
/// The most values in a map, those of the maps inside it counted.
pub const LARGEST_MAP: usize = 200;
/// The most variables at one time.
pub const MOST_VARIABLES: usize = 128;
/// The most functions in a script.
pub const MOST_FUNCTIONS: usize = 64;
/// The longest that one call may take by the clock of the run. On hardware it bounds single operations that
/// are slow; the clock of a simulated run stands still while a script runs, so that there only operations count.
pub const LONGEST_CALL: Duration = Duration::from_millis(250);

/// Words of the language that are switched off: other ways to run code, to write to the terminal, or to
/// ask what is defined.
const SWITCHED_OFF: [&str; 5] = ["eval", "print", "debug", "is_def_var", "is_def_fn"];

/// The moment after which a call is broken off, by a clock that scripts cannot see.
#[derive(Clone)]
pub(super) struct Deadline {
    clock: Arc<dyn Clock>,
    at: Arc<AtomicU64>,
}

impl Deadline {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, at: Arc::new(AtomicU64::new(u64::MAX)) }
    }

    /// A call begins now.
    pub(super) fn begin(&self) {
        self.at.store((self.clock.now() + LONGEST_CALL).as_micros(), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.clock.now() > Instant::from_micros(self.at.load(Ordering::Relaxed))
    }
}

fn packages() -> &'static [Arc<Module>] {
    static PACKAGES: OnceLock<Vec<Arc<Module>>> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        vec![
            ArithmeticPackage::new().as_shared_module(),
            LogicPackage::new().as_shared_module(),
            BasicMathPackage::new().as_shared_module(),
            BasicStringPackage::new().as_shared_module(),
            MoreStringPackage::new().as_shared_module(),
            BasicIteratorPackage::new().as_shared_module(),
            BasicFnPackage::new().as_shared_module(),
            BasicArrayPackage::new().as_shared_module(),
            BasicMapPackage::new().as_shared_module(),
            desk::module(),
        ]
    })
}

/// An engine within the budgets. Without a deadline it is for reading scripts, not for running them.
pub(super) fn engine(deadline: Option<Deadline>) -> Engine {
    let mut engine = Engine::new_raw();
    for package in packages() {
        engine.register_global_module(Arc::clone(package));
    }
    for word in SWITCHED_OFF {
        engine.disable_symbol(word);
    }
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_max_operations(MOST_OPERATIONS)
        .set_max_call_levels(DEEPEST_CALL)
        .set_max_expr_depths(DEEPEST_EXPRESSION.0, DEEPEST_EXPRESSION.1)
        .set_max_string_size(LONGEST_STRING)
        .set_max_array_size(LARGEST_LIST)
        .set_max_map_size(LARGEST_MAP)
        .set_max_variables(MOST_VARIABLES)
        .set_max_functions(MOST_FUNCTIONS)
        .register_type_with_name::<Part>("view")
        .register_indexer_get(field);
    if let Some(deadline) = deadline {
        engine.on_progress(move |operations| {
            (operations % 256 == 0 && deadline.is_over()).then_some(Dynamic::UNIT)
        });
    }
    engine
}

fn field(part: &mut Part, name: ImmutableString) -> Result<Dynamic, Box<EvalAltResult>> {
    part.get(&name).ok_or_else(|| {
        let what = part.kind().words();
        EvalAltResult::ErrorRuntime(format!("there is no `{name}` in {what}").into(), Position::NONE).into()
    })
}

/// Reads a script.
pub(super) fn compile(engine: &Engine, code: &str) -> Result<AST, ParseError> {
    engine.compile(code)
}

/// The names and numbers of arguments of every function that the language and this program have.
pub(super) fn functions() -> &'static [(String, usize)] {
    static FUNCTIONS: OnceLock<Vec<(String, usize)>> = OnceLock::new();
    FUNCTIONS.get_or_init(|| {
        let named =
            |info: rhai::FuncInfo<'_>| Some((info.metadata.name.to_string(), info.metadata.num_params));
        let mut functions = engine(None).collect_fn_metadata(None, named, true);
        // Words of the language that are called like functions.
        functions.extend([("type_of", 1), ("Fn", 1)].map(|(name, arguments)| (name.to_owned(), arguments)));
        functions.sort();
        functions.dedup();
        functions
    })
}

/// The word of the language that is nearest to one that is not in it.
pub(super) fn nearest_function(word: &str) -> Option<&'static str> {
    let own = desk::FUNCTIONS.iter().map(|(name, _)| *name);
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut names: Vec<&str> = functions().iter().map(|(name, _)| name.as_str()).filter(plain).collect();
    names.dedup();
    nearest(word, own).or_else(|| names.chunks(100).find_map(|some| nearest(word, some.iter().copied())))
}
