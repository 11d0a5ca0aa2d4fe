//! Whether the fields that a script looks at are there.
//!
//! What a hook is given is known, and so is each field of it; it is followed through `let`, through loops over
//! lists, and into functions that are always called with the same kind of thing. Where anything is not sure,
//! nothing is said.

use super::{Check, Function};
use crate::diagnostic::nearest;
use crate::hooks::view::Kind;
use crate::hooks::{Moment, Place};
use rhai::{ASTFlags, ASTNode, Expr, Position, Stmt};
use std::collections::BTreeMap;

/// So many times the kinds of arguments are looked for: functions that call each other deeper than this are
/// not followed.
const ROUNDS: usize = 4;

/// What variables hold, as far as it is sure.
type Kinds = BTreeMap<String, Option<Kind>>;
/// What functions are called with, by name and number of arguments.
type Arguments = BTreeMap<(String, usize), Vec<Option<Kind>>>;

pub(super) fn check(check: &mut Check<'_>) {
    let functions = check.functions.clone();
    let mut arguments = Arguments::new();
    for _ in 0..ROUNDS {
        let mut found = Arguments::new();
        for function in &functions {
            let kinds = variables(check, function, &arguments);
            function.each_node(&mut |path| calls(check, path, &kinds, &mut found));
        }
        arguments = found;
    }
    for function in &functions {
        let kinds = variables(check, function, &arguments);
        function.each_node(&mut |path| look(check, path, &kinds));
    }
}

/// What the variables of a function hold.
fn variables(check: &Check<'_>, function: &Function, arguments: &Arguments) -> Kinds {
    let mut kinds = Kinds::new();
    let is_hook = Moment::ALL.iter().any(|moment| moment.function() == function.name.as_str());
    let called = arguments.get(&(function.name.to_string(), function.params.len()));
    for (index, name) in function.params.iter().enumerate() {
        let kind = match called {
            _ if is_hook && index == 0 => Some(Kind::Context),
            Some(kinds) => kinds.get(index).copied().flatten(),
            None => None,
        };
        kinds.insert(name.to_string(), kind);
    }
    function.each_node(&mut |path| match path.last() {
        Some(ASTNode::Stmt(Stmt::Var(var, ..))) => {
            let kind = kind_of(check, &var.1, &kinds);
            hold(&mut kinds, var.0.name.as_str(), kind);
        }
        Some(ASTNode::Stmt(Stmt::For(each, _))) => {
            let kind = match kind_of(check, &each.2.expr, &kinds) {
                Some(Kind::Mates) => Some(Kind::Mate),
                _ => None,
            };
            hold(&mut kinds, each.0.name.as_str(), kind);
            if let Some(counter) = &each.1 {
                hold(&mut kinds, counter.name.as_str(), None);
            }
        }
        Some(ASTNode::Stmt(Stmt::TryCatch(both, _))) => {
            if let Expr::Variable(variable, ..) = &both.expr {
                hold(&mut kinds, variable.1.as_str(), None);
            }
        }
        Some(ASTNode::Stmt(Stmt::Assignment(both))) => {
            if let Expr::Variable(variable, ..) = &both.1.lhs {
                kinds.insert(variable.1.to_string(), None);
            }
        }
        _ => {}
    });
    kinds
}

/// A variable holds this from here on; one that holds different things holds nothing sure.
fn hold(kinds: &mut Kinds, name: &str, kind: Option<Kind>) {
    let known = kinds.entry(name.to_owned()).or_insert(kind);
    if *known != kind {
        *known = None;
    }
}

/// Notes what the functions of the script are called with here.
fn calls(check: &Check<'_>, path: &[ASTNode<'_>], kinds: &Kinds, found: &mut Arguments) {
    let mut forget = |name: &str| {
        for function in check.functions.iter().filter(|it| it.name == name) {
            let unsure = vec![None; function.params.len()];
            found.insert((name.to_owned(), function.params.len()), unsure);
        }
    };
    let (call, method) = match path.last() {
        Some(ASTNode::Stmt(Stmt::FnCall(call, _)) | ASTNode::Expr(Expr::FnCall(call, _))) => (call, false),
        Some(ASTNode::Expr(Expr::MethodCall(call, _))) => (call, true),
        // Fn("name"): a function that is handed on as a value can be called with anything.
        Some(ASTNode::Expr(Expr::StringConstant(text, _))) => return forget(text.as_str()),
        _ => return,
    };
    let given: Vec<Option<Kind>> = match method {
        // What stands before the point of a method is not looked for.
        true => vec![None; call.args.len()],
        false => call.args.iter().map(|argument| kind_of(check, argument, kinds)).collect(),
    };
    let known = found.entry((call.name.to_string(), given.len())).or_insert_with(|| given.clone());
    for (known, given) in known.iter_mut().zip(given) {
        if *known != given {
            *known = None;
        }
    }
}

/// Reports fields that are not there, and what is written to.
fn look(check: &mut Check<'_>, path: &[ASTNode<'_>], kinds: &Kinds) {
    let written = |expr: &Expr| match path {
        [.., ASTNode::Stmt(Stmt::Assignment(both)), _] => std::ptr::eq(&both.1.lhs, expr),
        _ => false,
    };
    match path {
        [
            ..,
            ASTNode::Expr(Expr::Dot(outer, flags, _) | Expr::Index(outer, flags, _)),
            ASTNode::Expr(expr),
        ] if std::ptr::eq(&outer.rhs, *expr) && !flags.contains(ASTFlags::BREAK) => {}
        [.., ASTNode::Expr(expr @ (Expr::Dot(..) | Expr::Index(..)))] => {
            let mut missing = None;
            let kind = follow(check, expr, kinds, &mut missing);
            if let Some((of, name, position)) = missing {
                let at = Place::from(position);
                unknown_field(check, of, &name, at);
            } else if kind.is_some() && written(expr) {
                let at = Place::from(expr.start_position());
                check.report(
                    "hook-field",
                    at,
                    "what a hook is given can only be read".into(),
                    "written to",
                    "keep values in `this`, and decide with limit_current, tighten, end_step, go_to or fail",
                );
            }
        }
        _ => {}
    }
}

fn unknown_field(check: &mut Check<'_>, of: Kind, name: &str, at: Place) {
    let fields = of.fields(check.words);
    let hint = match nearest(name, fields.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if fields.is_empty() => match of {
            Kind::Steps => "give the step that is meant a name".to_owned(),
            Kind::Params => "this recipe has no [params]".to_owned(),
            Kind::Metrics | Kind::MateMetrics => {
                format!("declare it with its unit: [hooks] metrics = {{ {name} = \"V\" }}")
            }
            Kind::Mates => "it is a list: for mate in ctx.batch { ... }".to_owned(),
            _ => "it has no fields".to_owned(),
        },
        None => {
            let more = if fields.len() > 20 { ", ..." } else { "" };
            let fields: Vec<&str> = fields.iter().copied().take(20).collect();
            format!("there are {}{more}", fields.join(", "))
        }
    };
    check.report("hook-field", at, format!("there is no `{name}` in {}", of.words()), "this field", hint);
}

/// The kind of an expression, where it is sure.
fn kind_of(check: &Check<'_>, expr: &Expr, kinds: &Kinds) -> Option<Kind> {
    match expr {
        Expr::Variable(variable, ..) => kinds.get(variable.1.as_str()).copied().flatten(),
        Expr::Dot(..) | Expr::Index(..) => follow(check, expr, kinds, &mut None),
        _ => None,
    }
}

type Missing = Option<(Kind, String, Position)>;

/// Follows a chain of fields, and says which one is missing, if one is.
fn follow(check: &Check<'_>, expr: &Expr, kinds: &Kinds, missing: &mut Missing) -> Option<Kind> {
    let (both, flags, dot) = match expr {
        Expr::Dot(both, flags, _) => (both, *flags, true),
        Expr::Index(both, flags, _) => (both, *flags, false),
        _ => return kind_of(check, expr, kinds),
    };
    let mut kind = match &both.lhs {
        inner @ (Expr::Dot(..) | Expr::Index(..)) => follow(check, inner, kinds, missing)?,
        other => kind_of(check, other, kinds)?,
    };
    let (mut rest, mut flags, mut dot) = (&both.rhs, flags, dot);
    loop {
        let (link, more) = match rest {
            Expr::Dot(next, next_flags, _) if !flags.contains(ASTFlags::BREAK) => {
                (&next.lhs, Some((&next.rhs, *next_flags, true)))
            }
            Expr::Index(next, next_flags, _) if !flags.contains(ASTFlags::BREAK) => {
                (&next.lhs, Some((&next.rhs, *next_flags, false)))
            }
            last => (last, None),
        };
        kind = field(check, kind, link, dot, missing)?;
        let Some(more) = more else { return Some(kind) };
        (rest, flags, dot) = more;
    }
}

/// One link of a chain.
fn field(check: &Check<'_>, of: Kind, link: &Expr, dot: bool, missing: &mut Missing) -> Option<Kind> {
    let (name, position) = match link {
        Expr::Property(property, position) if dot => (property.2.as_str(), *position),
        Expr::StringConstant(text, position) if !dot => (text.as_str(), *position),
        _ if !dot && of == Kind::Mates => return Some(Kind::Mate),
        _ => return None,
    };
    if matches!(of, Kind::Value) || (of == Kind::Mates && !dot) {
        return None;
    }
    // A list knows its length.
    if of == Kind::Mates && matches!(name, "len" | "is_empty") {
        return None;
    }
    let kind = of.field(name, check.words);
    if kind.is_none() {
        *missing = Some((of, name.to_owned(), position));
    }
    kind
}
