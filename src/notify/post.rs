//! A message as the receiver takes it: content type, headers and body of one POST.

use super::{Message, Target};
use crate::diagnostic::read::Word;
use crate::recipe::notify::{Mention, Occasion, Style, in_json, in_slack, in_text};
use crate::verdict::Exit;
use serde_json::{Map, Value, json};

/// What is posted, beside the target's own headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The content type.
    pub content_type: &'static str,
    /// Headers of the style.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Post {
    /// Writes a message for a target.
    pub fn new(target: &Target, message: &Message) -> Self {
        let filled = |escape: fn(&Value) -> String| {
            let variable = |name: &str| {
                target.variables.get(name).map(|value| escape(&value.as_str().into())).unwrap_or_default()
            };
            target.body.as_ref().map(|body| body.fill(variable, |fact| escape(&message.fact(fact))))
        };
        match target.style {
            Style::Json => Self {
                content_type: "application/json",
                headers: Vec::new(),
                body: filled(in_json).unwrap_or_else(|| every_fact(message)),
            },
            Style::Ntfy => Self {
                content_type: "text/plain; charset=utf-8",
                headers: ntfy_headers(message),
                body: filled(in_text).unwrap_or_else(|| message.text()),
            },
            Style::Slack => {
                let standard = || {
                    let (title, text) = (message.title().into(), message.text().into());
                    format!("*{}*\n{}", in_slack(&title), in_slack(&text))
                };
                Self {
                    content_type: "application/json",
                    headers: Vec::new(),
                    body: json!({ "text": filled(in_slack).unwrap_or_else(standard) }).to_string(),
                }
            }
        }
    }
}

/// A JSON object with every fact under its own name.
fn every_fact(message: &Message) -> String {
    let member = |(word, fact): &(&str, Mention)| ((*word).to_owned(), message.fact(*fact));
    Value::Object(Mention::WORDS.iter().map(member).collect::<Map<_, _>>()).to_string()
}

/// Title, priority (1 to 5) and tags, as <https://docs.ntfy.sh/publish/> tells them.
fn ntfy_headers(message: &Message) -> Vec<(&'static str, String)> {
    let (priority, tag) = match message.occasion {
        Occasion::Finished if message.exit == Some(Exit::Passed) => ("3", "white_check_mark"),
        Occasion::Finished => ("4", "warning"),
        Occasion::Failed => ("4", "x"),
        Occasion::NeedsPerson => ("5", "rotating_light"),
        Occasion::Alive => ("2", "hourglass_flowing_sand"),
        Occasion::Test => ("3", "wave"),
    };
    let title = message.title().replace(char::is_control, " ");
    vec![("Title", title), ("Priority", priority.to_owned()), ("Tags", tag.to_owned())]
}
