//! Whether what a script calls is there, and whether the names it calls with are those of the recipe.

use super::Check;
use crate::diagnostic::nearest;
use crate::hooks::engine::{functions, nearest_function};
use crate::hooks::{Bound, Place};
use rhai::{ASTNode, Expr, FnCallExpr, Position, Stmt};

/// What is called like a function and is none.
const WORDS: [&str; 4] = ["call", "curry", "is_shared", "Fn"];

pub(super) fn check(check: &mut Check<'_>) {
    for function in check.functions.clone() {
        function.each_node(&mut |path| match path.last() {
            Some(ASTNode::Stmt(Stmt::FnCall(call, position))) => one(check, call, *position, false),
            Some(ASTNode::Expr(Expr::FnCall(call, position))) => one(check, call, *position, false),
            Some(ASTNode::Expr(Expr::MethodCall(call, position))) => one(check, call, *position, true),
            _ => {}
        });
    }
}

fn one(check: &mut Check<'_>, call: &FnCallExpr, position: Position, method: bool) {
    let name = call.name.as_str();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if call.op_token.is_some() || !plain || WORDS.contains(&name) {
        return;
    }
    let at = Place::from(position);
    let given = call.args.len();
    // A function of the script takes the value before the point as `this`, one of the language as its first.
    let own = check.functions.iter().filter(|it| it.name == name).map(|it| it.params.len());
    let theirs = functions().iter().filter(|(it, _)| it == name).map(|(_, arguments)| *arguments);
    let mut takes: Vec<usize> =
        own.chain(theirs.map(|arguments| arguments.saturating_sub(usize::from(method)))).collect();
    takes.sort_unstable();
    takes.dedup();
    if takes.is_empty() {
        let own: Vec<_> = check.functions.iter().map(|it| it.name.clone()).collect();
        let near = nearest(name, own.iter().map(|it| it.as_str())).or_else(|| nearest_function(name));
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "docs/hooks.md has a list of what hooks can call; functions of your own begin with `fn`"
                .to_owned(),
        };
        check.report("hook-call", at, format!("there is no function `{name}`"), "this function", hint);
        return;
    }
    if !takes.contains(&given) {
        let takes: Vec<String> = takes.iter().map(usize::to_string).collect();
        let message =
            format!("`{name}` does not go with {given} argument{}", if given == 1 { "" } else { "s" });
        let hint = format!("it takes {}", takes.join(" or "));
        check.report("hook-call", at, message, "this call", hint);
        return;
    }
    if !method && check.functions.iter().all(|it| it.name != name) {
        names(check, call);
    }
}

/// The names in calls of this program's own functions, as far as they stand there as texts.
fn names(check: &mut Check<'_>, call: &FnCallExpr) {
    let Some(Expr::StringConstant(text, position)) = call.args.first() else { return };
    let (text, at) = (text.as_str(), Place::from(*position));
    let near =
        |words: &[&str]| nearest(text, words.iter().copied()).map(|near| format!("did you mean {near:?}?"));
    match call.name.as_str() {
        "metric" if !check.words.metrics.contains_key(text) => {
            let words: Vec<&str> = check.words.metrics.keys().map(String::as_str).collect();
            let hint = near(&words).unwrap_or_else(|| {
                format!("declare it with its unit: [hooks] metrics = {{ {text} = \"V\" }}")
            });
            check.report("hook-metric", at, format!("no metric `{text}` is declared"), "this name", hint);
        }
        "tighten" if Bound::ALL.iter().all(|bound| bound.word() != text) => {
            let words = Bound::ALL.map(Bound::word);
            let hint = near(&words).unwrap_or_else(|| format!("the limits are {}", words.join(", ")));
            check.report("hook-call", at, format!("there is no limit `{text}`"), "this name", hint);
        }
        "go_to" if check.words.targets.iter().all(|target| target != text) => {
            let words: Vec<&str> = check.words.targets.iter().map(String::as_str).collect();
            let hint = near(&words).unwrap_or_else(|| {
                format!("declare the way, and how often it may be gone: [hooks] goto = {{ {text} = 1 }}")
            });
            check.report("hook-goto", at, format!("no way to `{text}` is declared"), "this step", hint);
        }
        _ => {}
    }
}
