//! Headers that go with a message.

use super::address::is_secret_name;
use super::slip::Slip;
use super::template::Secretive;
use crate::diagnostic::read::{Node, Read, Reader, Spanned};
use reqwest::header::{HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

/// So many headers go with a message.
const MOST: usize = 16;

/// Headers that tell how the message itself is sent; another value would break it.
const OURS: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"];

/// One header.
#[derive(Clone, Debug, PartialEq)]
pub struct HeaderText {
    /// Its name.
    pub name: HeaderName,
    /// Its value.
    pub value: Spanned<Secretive>,
}

/// Headers that go with a message, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeadersText(pub Vec<HeaderText>);

/// The value of a header when every variable is known, marked as one not to be shown.
///
/// # Errors
/// It holds what no header can.
pub fn header_value(text: &str) -> Result<HeaderValue, Slip> {
    match HeaderValue::from_str(text) {
        Ok(mut value) => {
            value.set_sensitive(true);
            Ok(value)
        }
        Err(_) => Err(Slip::new("bad-header", "this cannot be the value of a header", "this value")
            .hint("a value is one line of printable characters")),
    }
}

fn name(text: &str) -> Result<HeaderName, Slip> {
    let name = HeaderName::from_bytes(text.as_bytes()).map_err(|_| {
        Slip::new("bad-header", format!("{text:?} cannot be the name of a header"), "this name")
            .hint("a name has letters, digits and '-', such as Authorization")
    })?;
    if OURS.contains(&name.as_str()) {
        return Err(Slip::new("bad-header", format!("`{name}` is set by the sending itself"), "this header")
            .hint("take it out"));
    }
    Ok(name)
}

fn examine(name: &HeaderName, value: &Secretive) -> Result<(), Slip> {
    if is_secret_name(name.as_str()) && value.0.variables().next().is_none() {
        return Err(Slip::new(
            "literal-secret",
            format!("`{name}` is a secret, and stands in the file"),
            "this value",
        )
        .hint("files are copied and shared; write such as \"Bearer ${env:BATLAB_TOKEN}\""));
    }
    header_value(&value.0.fill(|_| "1".to_owned(), |_| String::new())).map(drop)
}

impl Read for HeadersText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            reader.expected(
                node,
                "a table",
                "write it such as { Authorization = \"Bearer ${env:BATLAB_TOKEN}\" }",
            );
            return None;
        };
        if table.len() > MOST {
            let slip =
                Slip::new("too-large", format!("a message has at most {MOST} headers"), "here are more")
                    .hint("keep those that the receiver needs");
            reader.problems.push(slip.at(node.span()));
            return None;
        }
        let mut headers = Vec::new();
        for (key, node) in table {
            let name = match name(key.get_ref()) {
                Ok(name) => name,
                Err(slip) => {
                    reader.problems.push(slip.at(key.span()));
                    continue;
                }
            };
            let Some(value) = Spanned::<Secretive>::read(node, reader) else { continue };
            match examine(&name, &value.value) {
                Ok(()) => headers.push(HeaderText { name, value }),
                Err(slip) => reader.problems.push(slip.at(value.span)),
            }
        }
        Some(Self(headers))
    }
}

impl JsonSchema for HeadersText {
    fn schema_name() -> Cow<'static, str> {
        "Headers".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Secretive>();
        json_schema!({
            "type": "object",
            "description": "headers by their names, such as { Authorization = \"Bearer ${env:BATLAB_TOKEN}\" }",
            "additionalProperties": value,
        })
    }
}
