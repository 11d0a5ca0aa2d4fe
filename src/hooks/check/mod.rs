//! What can be said of a script before it runs: whether it is code, whether its hooks are hooks, whether what
//! it calls and looks at is there. What depends on values is left to the run.

mod calls;
mod kinds;

use super::engine::{self, MOST_FUNCTIONS};
use super::{Moment, Place, Script, Vocabulary};
use crate::diagnostic::{MAX_PROBLEMS, Problem, nearest};
use rhai::{AST, ASTFlags, ASTNode, ParseError, ParseErrorType, Stmt};
use std::rc::Rc;

/// Whether a script is code.
///
/// # Errors
/// The place where reading it stopped, and why.
pub fn read(script: &Script) -> Result<(), Problem> {
    engine::compile(&engine::engine(None), &script.code).map(drop).map_err(|error| not_code(script, &error))
}

/// Everything that is wrong with a script whose recipe knows these words.
pub fn check(script: &Script, words: &Vocabulary) -> Vec<Problem> {
    let ast = match engine::compile(&engine::engine(None), &script.code) {
        Ok(ast) => ast,
        Err(error) => return vec![not_code(script, &error)],
    };
    let mut check = Check { script, words, functions: functions(&ast), problems: Vec::new() };
    check.top(&ast);
    check.hooks();
    calls::check(&mut check);
    kinds::check(&mut check);
    check.problems
}

fn not_code(script: &Script, error: &ParseError) -> Problem {
    let ParseError(kind, position) = error;
    let at = Place::from(*position);
    let said = kind.to_string();
    let hint = match &**kind {
        _ if said.contains("is disabled") => {
            "what reaches outside of the cell is switched off; note(...) keeps a text in the journal"
                .to_owned()
        }
        ParseErrorType::VariableUndefined(name) => match Moment::ALL.iter().any(|it| it.function() == name) {
            true => "hooks are called by the run, not by each other".to_owned(),
            false => format!(
                "a function sees its own arguments and `this`; give `{name}` a value with `let` before"
            ),
        },
        ParseErrorType::Reserved(word) => {
            format!("the language keeps `{word}` for itself; take another name")
        }
        ParseErrorType::ExprTooDeep => "take it apart with `let`, or into functions".to_owned(),
        ParseErrorType::TooManyFunctions => format!("a script has at most {MOST_FUNCTIONS} functions"),
        _ => "the language is told at rhai.rs/book; check brackets, quotes and semicolons before this place"
            .to_owned(),
    };
    script.problem("bad-hook", at, format!("this is not rhai code: {said}"), "from here").hint(hint)
}

/// A function of a script.
struct Function {
    name: String,
    params: Vec<String>,
    /// Whether it is a method of one type only.
    typed: bool,
    /// Where its body begins.
    body: Place,
    /// The script without any other function.
    alone: AST,
}

impl Function {
    /// Goes through every statement and expression, each with those that it stands in.
    fn each_node(&self, on_node: &mut dyn FnMut(&[ASTNode<'_>])) {
        self.alone.walk(&mut |path: &[ASTNode<'_>]| {
            on_node(path);
            true
        });
    }
}

/// The functions of a script in the order of their text.
fn functions(ast: &AST) -> Vec<Rc<Function>> {
    let function = |def: &rhai::ScriptFuncDef| {
        let mut alone = ast.clone_functions_only();
        alone.retain_functions(|_, _, name, params| name == def.name.as_str() && params == def.params.len());
        Rc::new(Function {
            name: def.name.to_string(),
            params: def.params.iter().map(ToString::to_string).collect(),
            typed: def.this_type.is_some(),
            body: def.body.start_position().into(),
            alone,
        })
    };
    let mut functions: Vec<_> = ast.iter_fn_def().map(|def| function(def)).collect();
    functions.sort_by(|one, other| (one.body, &one.name).cmp(&(other.body, &other.name)));
    functions
}

/// A script under check.
struct Check<'s> {
    script: &'s Script,
    words: &'s Vocabulary,
    functions: Vec<Rc<Function>>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(
        &mut self,
        code: &'static str,
        at: Place,
        message: String,
        label: &str,
        hint: impl Into<String>,
    ) {
        if self.problems.len() <= MAX_PROBLEMS {
            self.problems.push(self.script.problem(code, at, message, label).hint(hint));
        }
    }

    /// Only functions are ever called.
    fn top(&mut self, ast: &AST) {
        let idle = |stmt: &&Stmt| !matches!(stmt, Stmt::Noop(_));
        if let Some(stmt) = ast.statements().iter().find(idle) {
            let is_constant = matches!(stmt, Stmt::Var(_, flags, _) if flags.contains(ASTFlags::CONSTANT));
            let hint = if is_constant {
                "functions do not see it; make it a parameter of the recipe, or a function that gives the value"
            } else {
                "put it into a function such as on_cell_start(ctx); what is to be kept from call to call goes into `this`"
            };
            let at = Place::from(stmt.position());
            self.report(
                "bad-hook",
                at,
                "this stands outside of all functions, and is never done".into(),
                "here",
                hint,
            );
        }
    }

    /// Names and arguments of the functions that are called by the run.
    fn hooks(&mut self) {
        let mut heard = false;
        for function in self.functions.clone() {
            let name = function.name.as_str();
            if function.typed || !name.starts_with("on_") {
                continue;
            }
            let at = self.place_of(&function);
            let known = Moment::ALL.iter().any(|moment| moment.function() == name);
            if !known {
                let words = Moment::ALL.map(Moment::function);
                let hint = match nearest(name, words) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the hooks are {}", words.join(", ")),
                };
                self.report("hook-function", at, format!("there is no hook `{name}`"), "never called", hint);
            } else if function.params.len() != 1 {
                let message = format!("`{name}` is called with one argument, not {}", function.params.len());
                self.report("hook-function", at, message, "this function", format!("write fn {name}(ctx)"));
            }
            heard = true;
        }
        if !heard {
            let words = Moment::ALL.map(Moment::function).join(", ");
            let message = "nothing in this script is ever called".to_owned();
            let at = Place { line: 1, column: 1 };
            self.report("hook-function", at, message, "this script", format!("the hooks are {words}"));
        }
    }

    /// Where the name of a function stands; its body, if that cannot be told.
    fn place_of(&self, function: &Function) -> Place {
        let body = function.body;
        let lines: Vec<&str> = self.script.code.lines().collect();
        for number in (1..=body.line).rev() {
            let Some(line) = lines.get(number - 1) else { continue };
            let named = line.match_indices(function.name.as_str()).find(|(at, name)| {
                let before = line.get(..*at).unwrap_or_default();
                let behind = line.get(at + name.len()..).unwrap_or_default().trim_start();
                before.trim_end().ends_with("fn") && behind.starts_with('(')
            });
            if let Some((at, _)) = named {
                let column = line.get(..at).unwrap_or_default().chars().count() + 1;
                return Place { line: number, column };
            }
        }
        body
    }
}
