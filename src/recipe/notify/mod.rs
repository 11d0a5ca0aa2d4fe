//! `[notify]`: who is told of a run, when, and in what words. Told in `docs/notify.md`.

mod address;
mod escape;
mod headers;
mod prove;
mod slip;
mod template;
mod words;

pub use address::address;
pub use escape::{in_json, in_slack, in_text};
pub use headers::{HeaderText, HeadersText, header_value};
pub use prove::{LONGEST_TIMEOUT, MOST_RETRIES, MOST_TARGETS};
pub use slip::Slip;
pub use template::{Part, Secretive, Template, Variable};
pub use words::{Mention, Occasion, Style};

use crate::diagnostic::read::{self, Field, Node, OneOrMany, Period, Read, Reader, Spanned};
use crate::diagnostic::{Problem, Source, sort};
use prove::Origin;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::borrow::Cow;

crate::shape! {
    /// Somebody who is told of a run by a web hook.
    pub struct TargetText {
        /// What the target is called in messages of this program; its scheme and host if not set.
        optional name: Spanned<String>,
        /// The address that is posted to; ${env:NAME} stands for a variable of the environment.
        needed url: Spanned<Secretive>,
        /// When it is told: "finished", "failed", "needs-person", "alive".
        needed on: OneOrMany<Occasion>,
        /// How often it is told that the run goes on; goes with on = "alive".
        optional alive_every: Spanned<Period>,
        /// What kind of receiver it is: "json" if not set, "ntfy", "slack".
        optional style: Style,
        /// What it is told, instead of what the style says: with style "json" the whole body, else the text of the message.
        optional body: Spanned<Template>,
        /// Headers that go with it.
        optional headers: HeadersText,
        /// How long it may take to answer: "10 s" if not set.
        optional timeout: Spanned<Period>,
        /// How often what failed is tried again: 3 times if not set.
        optional retries: Spanned<u32>,
        /// Whether http may be used to another machine, where everybody on the way can read it: false if not set.
        optional plain_http: bool,
    }
}

impl TargetText {
    /// Whether http may be used to another machine.
    pub fn allows_plain_http(&self) -> bool {
        self.plain_http.get().copied().unwrap_or_default()
    }

    /// Every variable of the environment that it names.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let url = self.url.get().map(|url| &url.value.0);
        let headers = self.headers.get().into_iter().flat_map(|headers| &headers.0);
        let body = self.body.get().map(|body| &body.value);
        let texts = url.into_iter().chain(headers.map(|header| &header.value.value.0)).chain(body);
        texts.flat_map(Template::variables)
    }
}

/// Who is told by a recipe: one table, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct NotifyText(pub Vec<TargetText>);

impl NotifyText {
    fn read_from(node: &Node<'_>, reader: &mut Reader<'_>, origin: Origin) -> Option<Self> {
        let targets = OneOrMany::<TargetText>::read(node, reader)?.items;
        prove::prove(&targets, node.span(), origin, &mut reader.problems);
        Some(Self(targets))
    }
}

impl Read for NotifyText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_from(node, reader, Origin::Recipe)
    }

    fn form(key: &str) -> String {
        format!("[{key}]")
    }
}

impl JsonSchema for NotifyText {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Notify".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        OneOrMany::<TargetText>::json_schema(generator)
    }
}

/// The same in a file of the bench's own, which may name any variable of the environment.
#[derive(Clone, Debug, PartialEq)]
struct OfBench(NotifyText);

impl Read for OfBench {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        NotifyText::read_from(node, reader, Origin::Bench).map(Self)
    }

    fn form(key: &str) -> String {
        NotifyText::form(key)
    }
}

impl JsonSchema for OfBench {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        NotifyText::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        NotifyText::json_schema(generator)
    }
}

crate::shape! {
    /// Who is told of the runs of a bench.
    struct NotifyFile {
        /// One target, or a list of them.
        needed notify: OfBench,
    }
}

/// Reads a file of its own that says who is told.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn read_file(source: &Source) -> Result<NotifyText, Vec<Problem>> {
    let (file, mut problems) = read::file::<NotifyFile>(source);
    match file.map(|file| file.notify) {
        Some(Field::Present(notify)) if problems.is_empty() => Ok(notify.0),
        _ => {
            sort(&mut problems);
            Err(problems)
        }
    }
}

/// The JSON schema of a file of its own, as the text of `schemas/notify.schema.json`.
///
/// # Errors
/// None that is known; JSON values can always be written.
pub fn schema_text() -> Result<String, serde_json::Error> {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<NotifyFile>();
    schema.insert("title".to_owned(), "batlab-run notify".into());
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}
