//! `[params]`: named values that a recipe uses, and what others set them to.

use super::Setting;
use crate::diagnostic::read::{Constants, Field, Node, Read, Reader, Spanned};
use crate::diagnostic::{Problem, nearest};
use crate::units::{QuantityError, Scalar};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

/// So many parameters may one file have.
const MOST: usize = 256;

/// The parameters of a file, in the order of their names.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ParamsText(pub Vec<(Spanned<String>, Field<ParamText>)>);

/// One parameter: its value, the bounds of it, and what it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamText {
    /// The value, unless it is set by others.
    pub value: Spanned<ParamValue>,
    /// The lowest value that may be set.
    pub min: Field<Spanned<ParamValue>>,
    /// The highest value that may be set.
    pub max: Field<Spanned<ParamValue>>,
    /// What it is for.
    pub help: Field<Spanned<String>>,
}

/// A value with its unit, or a bare number where a bare number is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamValue(pub Scalar);

crate::shape! {
    /// A parameter with bounds.
    pub struct ParamTable {
        /// The value, unless it is set by others.
        needed value: Spanned<ParamValue>,
        /// The lowest value that may be set.
        optional min: Spanned<ParamValue>,
        /// The highest value that may be set.
        optional max: Spanned<ParamValue>,
        /// What it is for.
        optional help: Spanned<String>,
    }
}

/// A parameter as it is used in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Scalar,
    /// What it is for, if the recipe says so.
    pub help: Option<String>,
}

impl Read for ParamValue {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = match node.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            _ => {
                reader.expected(node, "a value", "write it with its unit in quotes, such as \"2.8 V\"");
                return None;
            }
        };
        match value(&text) {
            Ok(scalar) => Some(Self(scalar)),
            Err(error) => {
                reader.problems.push(
                    Problem::new(
                        "bad-quantity",
                        node.span(),
                        format!("this is no value: {}", in_words(&error)),
                        "this value",
                    )
                    .hint("write a number with its unit, such as \"2.8 V\", \"C/2\" or \"90 min\""),
                );
                None
            }
        }
    }
}

/// Reads a value: `2.8 V`, `C/2`, `1 h 30 min`, `3`.
fn value(text: &str) -> Result<Scalar, QuantityError> {
    let expression = crate::expression::parse(text).ok();
    expression
        .and_then(|it| crate::expression::evaluate(&it, &|_| None).ok())
        .map_or_else(|| text.parse(), Ok)
}

fn in_words(error: &QuantityError) -> String {
    match error {
        QuantityError::WrongUnit(unit, _) => {
            let units: Vec<&str> = Scalar::units().collect();
            format!("`{unit}` is not one of {}", units.join(", "))
        }
        other => other.to_string(),
    }
}

impl JsonSchema for ParamValue {
    fn schema_name() -> Cow<'static, str> {
        "ParamValue".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a value with its unit, such as \"2.8 V\", or a bare number",
            "type": ["string", "number"],
        })
    }
}

impl Read for ParamText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.get_ref(), DeValue::Table(_)) {
            let value = Spanned::read(node, reader)?;
            return Some(Self { value, min: Field::Absent, max: Field::Absent, help: Field::Absent });
        }
        let table = ParamTable::read(node, reader)?;
        Some(Self { value: table.value.into_option()?, min: table.min, max: table.max, help: table.help })
    }
}

impl Read for ParamsText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            reader.expected(node, "a table", "write [params] and below it such as end = \"2.8 V\"");
            return None;
        };
        if table.len() > MOST {
            reader.problems.push(
                Problem::new(
                    "too-large",
                    node.span(),
                    format!("a recipe has at most {MOST} parameters"),
                    "here are more",
                )
                .hint("keep what is really set from outside; other values stand where they are used"),
            );
            return None;
        }
        let mut params = Vec::new();
        for (key, node) in table {
            let name: &str = key.get_ref();
            let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.len() <= 64
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !good {
                reader.problems.push(
                    Problem::new(
                        "bad-name",
                        key.span(),
                        format!("{name:?} cannot be a parameter"),
                        "this name",
                    )
                    .hint("a name has up to 64 letters, digits and '_', and begins with a letter"),
                );
                continue;
            }
            let text = ParamText::read(node, reader).map_or(Field::Broken, Field::Present);
            params.push((Spanned { value: name.to_owned(), span: key.span() }, text));
        }
        Some(Self(params))
    }

    fn form(key: &str) -> String {
        format!("[{key}]")
    }
}

impl JsonSchema for ParamsText {
    fn schema_name() -> Cow<'static, str> {
        "Params".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<ParamValue>();
        let table = generator.subschema_for::<ParamTable>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$" },
            "additionalProperties": { "anyOf": [value, table] },
        })
    }
}

/// The parameters while they are put together from files and settings.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) constants: Constants,
    pub(super) params: Vec<Param>,
    texts: Vec<(String, Option<ParamText>)>,
}

impl Resolved {
    /// Takes in the parameters of a file.
    pub(super) fn declare(&mut self, text: &ParamsText, problems: &mut Vec<Problem>) {
        for (name, param) in &text.0 {
            if self.texts.iter().any(|(known, _)| *known == name.value) {
                problems.push(
                    Problem::new(
                        "duplicate-name",
                        name.span.clone(),
                        format!("`{}` is a parameter of the file that this one extends", name.value),
                        "a second one",
                    )
                    .hint("take it out, or give it another name; its value is set with --set"),
                );
                continue;
            }
            if let Some(param) = param.get() {
                bounds(param, problems);
            }
            let param = param.get().cloned();
            self.constants.set(&name.value, param.as_ref().map(|param| param.value.value.0));
            self.texts.push((name.value.clone(), param));
        }
    }

    /// Takes in what others set, the last one of a name winning.
    pub(super) fn set(&mut self, settings: &[Setting], problems: &mut Vec<Problem>) {
        for setting in settings {
            match self.one(setting) {
                Ok(Some(value)) => self.constants.set(&setting.name, Some(value)),
                Ok(None) => {}
                Err(problem) => problems.push(problem.within(&setting.source)),
            }
        }
        self.params = self
            .texts
            .iter()
            .filter_map(|(name, text)| {
                let value = self.constants.get(&["params".to_owned(), name.clone()])?;
                let help = text.as_ref().and_then(|text| text.help.get()).map(|help| help.value.clone());
                Some(Param { name: name.clone(), value, help })
            })
            .collect();
    }

    /// The value of a setting; none if its parameter is broken itself.
    fn one(&self, setting: &Setting) -> Result<Option<Scalar>, Problem> {
        let problem = |code, at: &std::ops::Range<usize>, message: String, label: &str, hint: String| {
            Problem::new(code, at.clone(), message, label).hint(hint)
        };
        let Some((_, text)) = self.texts.iter().find(|(name, _)| *name == setting.name) else {
            let names = self.texts.iter().map(|(name, _)| name.as_str());
            let hint = match nearest(&setting.name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if self.texts.is_empty() => "this recipe has no [params]".to_owned(),
                None => format!("its parameters are {}", names.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("the recipe has no parameter `{}`", setting.name);
            return Err(problem("unknown-param", &setting.name_at, message, "this name", hint));
        };
        let Some(text) = text else { return Ok(None) };
        let wanted = text.value.value.0;
        let value = value(&setting.value).map_err(|error| {
            let message = format!("this is no value: {}", in_words(&error));
            problem(
                "bad-quantity",
                &setting.value_at,
                message,
                "this value",
                format!("write it such as {wanted}"),
            )
        })?;
        if value.dimension != wanted.dimension {
            let message =
                format!("`{}` is {}, and this is {}", setting.name, wanted.dimension, value.dimension);
            return Err(problem(
                "wrong-dimension",
                &setting.value_at,
                message,
                "this value",
                format!("write it such as {wanted}"),
            ));
        }
        let (min, max) = (text.min.get().map(|it| it.value.0), text.max.get().map(|it| it.value.0));
        if min.is_some_and(|min| value.value < min.value) || max.is_some_and(|max| value.value > max.value) {
            let from = min.map(|min| format!(" from {min}")).unwrap_or_default();
            let to = max.map(|max| format!(" up to {max}")).unwrap_or_default();
            return Err(problem(
                "outside-bounds",
                &setting.value_at,
                format!("{value} is outside the bounds of `{}`", setting.name),
                "this value",
                format!("it may be set{from}{to}"),
            ));
        }
        Ok(Some(value))
    }
}

/// Refuses bounds of another kind than the value, and a value outside of them.
fn bounds(text: &ParamText, problems: &mut Vec<Problem>) {
    let value = text.value.value.0;
    for (bound, lower) in [(text.min.get(), true), (text.max.get(), false)] {
        let Some(bound) = bound else { continue };
        let scalar = bound.value.0;
        if scalar.dimension != value.dimension {
            problems.push(
                Problem::new(
                    "wrong-dimension",
                    bound.span.clone(),
                    format!("the value is {}, and this bound is {}", value.dimension, scalar.dimension),
                    "this bound",
                )
                .hint(format!("write it such as {value}")),
            );
        } else if (lower && value.value < scalar.value) || (!lower && value.value > scalar.value) {
            problems.push(
                Problem::new(
                    "outside-bounds",
                    text.value.span.clone(),
                    format!("{value} is outside its own bounds"),
                    "this value",
                )
                .hint(format!("it may be {} {scalar}", if lower { "at least" } else { "at most" })),
            );
        }
    }
}
