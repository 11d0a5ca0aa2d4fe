//! The words of `[notify]`: occasions, styles, and the facts that a template may name.

use super::super::trial::words;
use crate::diagnostic::read::{Node, Read, Reader, Word};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// When somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// The run has ended, in whatever way.
    Finished,
    /// A cell failed or its equipment did.
    Failed,
    /// Somebody has to come to the bench.
    NeedsPerson,
    /// The run goes on.
    Alive,
    /// Somebody tries whether messages arrive.
    Test,
}

impl Word for Occasion {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("finished", Self::Finished),
        ("failed", Self::Failed),
        ("needs-person", Self::NeedsPerson),
        ("alive", Self::Alive),
    ];
    const OTHER_NAMES: &'static [(&'static str, &'static str)] = &[
        ("done", "finished"),
        ("end", "finished"),
        ("error", "failed"),
        ("fail", "failed"),
        ("person", "needs-person"),
        ("heartbeat", "alive"),
    ];
}

impl Occasion {
    /// The word in messages and files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::NeedsPerson => "needs-person",
            Self::Alive => "alive",
            Self::Test => "test",
        }
    }
}

/// What kind of receiver a message is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Any web hook: a JSON object with every fact.
    #[default]
    Json,
    /// ntfy: the text as it is, with title, priority and tags as headers (<https://docs.ntfy.sh/publish/>).
    Ntfy,
    /// A Slack incoming web hook, and those that take the same: a JSON object with `text`
    /// (<https://api.slack.com/messaging/webhooks>).
    Slack,
}

impl Word for Style {
    const WORDS: &'static [(&'static str, Self)] =
        &[("json", Self::Json), ("ntfy", Self::Ntfy), ("slack", Self::Slack)];
    const OTHER_NAMES: &'static [(&'static str, &'static str)] =
        &[("mattermost", "slack"), ("text", "ntfy"), ("plain", "json"), ("post", "json")];
}

words!(Occasion, Style);

/// A fact of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// The occasion.
    Event,
    /// One line: the recipe and what happened.
    Title,
    /// What happened, in a sentence.
    Text,
    /// The name of the run's directory.
    Run,
    /// The recipe's name.
    Recipe,
    /// Whether the units are simulated.
    Simulated,
    /// When it happened, UTC.
    Time,
    /// The unit that it is about.
    Unit,
    /// The cell that it is about.
    Cell,
    /// Why, in words.
    Why,
    /// The exit code, when the run has ended.
    Exit,
    /// How many cells the run has.
    Cells,
    /// How many of them passed.
    Passed,
    /// How many failed a criterion.
    Failed,
    /// How many ended as errors.
    Errors,
    /// How many were stopped before they were done.
    Incomplete,
    /// How many never began.
    NotRun,
    /// How many are not done yet.
    UnderTest,
}

impl Word for Mention {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("event", Self::Event),
        ("title", Self::Title),
        ("text", Self::Text),
        ("run", Self::Run),
        ("recipe", Self::Recipe),
        ("simulated", Self::Simulated),
        ("time", Self::Time),
        ("unit", Self::Unit),
        ("cell", Self::Cell),
        ("why", Self::Why),
        ("exit", Self::Exit),
        ("cells", Self::Cells),
        ("passed", Self::Passed),
        ("failed", Self::Failed),
        ("errors", Self::Errors),
        ("incomplete", Self::Incomplete),
        ("not_run", Self::NotRun),
        ("under_test", Self::UnderTest),
    ];
}

impl Mention {
    /// Whether it is a text; the others are numbers, and one is true or false.
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Event
                | Self::Title
                | Self::Text
                | Self::Run
                | Self::Recipe
                | Self::Time
                | Self::Cell
                | Self::Why
        )
    }
}
