//! A text with places for what is known later: `${env:NAME}` for what only the environment says, and
//! `{{ fact }}` for the facts of a message.
//!
//! There are no loops, conditions or expressions in it: a recipe is foreign text, and what such a template
//! can make is never much longer than itself.

use super::Mention;
use super::slip::Slip;
use crate::diagnostic::nearest;
use crate::diagnostic::read::{Node, Read, Reader, Word};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It stands for itself.
    Text(String),
    /// A variable of the environment.
    Variable(Variable),
    /// A fact of the message.
    Mention(Mention),
}

/// A variable of the environment that is named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where it is named, in bytes of the file.
    pub at: Range<usize>,
}

/// A text with places for variables of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secretive(pub Template);

/// A text with places for variables of the environment and for facts of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

impl Template {
    /// The variables that it names.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) | Part::Mention(_) => None,
        })
    }

    /// The text, with these for its variables and facts.
    pub fn fill(&self, variable: impl Fn(&str) -> String, mention: impl Fn(Mention) -> String) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(named) => variable(&named.name),
            Part::Mention(fact) => mention(*fact),
        };
        self.parts.iter().map(part).collect()
    }

    /// Reads a string. Where `facts` may not stand, they are refused.
    fn read_with(node: &Node<'_>, reader: &mut Reader<'_>, facts: bool) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "a string", "put it in double quotes");
            return None;
        };
        let place = |part: Range<usize>, reader: &Reader<'_>| reader.part(&node.span(), text, part);
        match split(text, facts) {
            Ok(mut parts) => {
                for part in &mut parts {
                    if let Part::Variable(variable) = part {
                        variable.at = place(variable.at.clone(), reader);
                    }
                }
                Some(Self { parts })
            }
            Err((slip, part)) => {
                let at = place(part, reader);
                reader.problems.push(slip.at(at));
                None
            }
        }
    }
}

/// Takes a text apart. Places of variables are bytes within the text.
fn split(text: &str, facts: bool) -> Result<Vec<Part>, (Slip, Range<usize>)> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..) {
        let opening = |mark: &str| rest.find(mark).unwrap_or(rest.len());
        let (variable, fact) = (opening("${"), opening("{{"));
        let start = variable.min(fact);
        if start > 0 {
            parts.push(Part::Text(rest[..start].to_owned()));
        }
        if start == rest.len() {
            break;
        }
        let closing = if variable < fact { "}" } else { "}}" };
        let Some(inside) = rest[start + 2..].find(closing) else {
            let slip = Slip::new("bad-template", "this is opened and never closed", "from here")
                .hint(format!("close it with {closing}"));
            return Err((slip, from + start..text.len()));
        };
        let name = &rest[start + 2..start + 2 + inside];
        let end = from + start + 2 + inside + closing.len();
        let at = from + start..end;
        parts.push(if variable < fact {
            Part::Variable(Variable { name: variable_name(name).map_err(|slip| (slip, at.clone()))?, at })
        } else if facts {
            Part::Mention(mention(name.trim()).map_err(|slip| (slip, at))?)
        } else {
            let slip = Slip::new("bad-template", "facts of a message cannot stand here", "this fact")
                .hint("they stand in `body`; here only ${env:NAME} stands for something else");
            return Err((slip, at));
        });
        from = end;
    }
    Ok(parts)
}

fn variable_name(inside: &str) -> Result<String, Slip> {
    const HINT: &str = "write ${env:NAME}; a name has letters, digits and '_', and begins with no digit";
    let slip = |message: String| Err(Slip::new("bad-template", message, "this place").hint(HINT));
    let Some(name) = inside.strip_prefix("env:") else {
        return slip("only ${env:NAME} stands for something else".to_owned());
    };
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if good { Ok(name.to_owned()) } else { slip(format!("{name:?} is no name of a variable")) }
}

fn mention(name: &str) -> Result<Mention, Slip> {
    let words = || Mention::WORDS.iter().map(|(word, _)| *word);
    if let Some((_, fact)) = Mention::WORDS.iter().find(|(word, _)| *word == name) {
        return Ok(*fact);
    }
    let hint = match nearest(name, words()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the facts are {}", words().collect::<Vec<_>>().join(", ")),
    };
    Err(Slip::new("unknown-fact", format!("a message has no fact `{name}`"), "this fact").hint(hint))
}

impl Read for Template {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_with(node, reader, true)
    }
}

impl Read for Secretive {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Template::read_with(node, reader, false).map(Self)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a text in which {{ fact }} stands for a fact of the message, ${env:NAME} for a variable of the environment",
        })
    }
}

impl JsonSchema for Secretive {
    fn schema_name() -> Cow<'static, str> {
        "TextWithVariables".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a text in which ${env:NAME} stands for a variable of the environment",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let parts = split(text, true).map_err(|(slip, at)| format!("{}: {}", slip.message, &text[at]))?;
        let word = |fact: Mention| format!("<{fact:?}>");
        Ok(Template { parts }.fill(|name| format!("({name})"), word))
    }

    #[test]
    fn what_stands_for_something_is_found() {
        assert_eq!(filled("").as_deref(), Ok(""));
        assert_eq!(filled("{\"a\": {\"b\": 1}}").as_deref(), Ok("{\"a\": {\"b\": 1}}"));
        assert_eq!(filled("{{ why }}{{run}} ${env:A_1}}").as_deref(), Ok("<Why><Run> (A_1)}"));
        assert_eq!(filled("a {{ why"), Err("this is opened and never closed: {{ why".to_owned()));
        assert_eq!(filled("${HOME}"), Err("only ${env:NAME} stands for something else: ${HOME}".to_owned()));
        assert_eq!(filled("x{{ wyh }}"), Err("a message has no fact `wyh`: {{ wyh }}".to_owned()));
        assert!(filled("${env:}").is_err() && filled("${env:1A}").is_err() && filled("${").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart_without_panic(text in "([${}:a-z\u{e4} ]|env:|why)*") {
            let _ = split(&text, true);
            let _ = split(&text, false);
        }
    }
}
