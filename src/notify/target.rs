//! A target with every variable of the environment known. What is secret in it is never shown.

use crate::diagnostic::Problem;
use crate::diagnostic::read::Spanned;
use crate::recipe::notify::{NotifyText, Occasion, Slip, Style, TargetText, Template, address, header_value};
use reqwest::Url;
use reqwest::header::HeaderMap;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long an answer may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often what failed is tried again where nothing is said.
const RETRIES: u32 = 3;

/// Somebody who is told of a run.
pub struct Target {
    label: String,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) style: Style,
    pub(super) body: Option<Template>,
    /// The variables of the environment that it names.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) on: Vec<Occasion>,
    /// How often it is told that the run goes on, if it is.
    pub(super) alive_every: Option<Duration>,
    /// How long it may take to answer.
    pub(super) timeout: Duration,
    /// How often what failed is tried again.
    pub(super) retries: u32,
}

impl Target {
    /// What it is called: its name, and of its address only scheme and host.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Whether it wants to know.
    pub fn wants(&self, occasion: Occasion) -> bool {
        self.on.contains(&occasion)
    }

    /// A text from outside without anything that is secret here, printable and in one line.
    pub fn redacted(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut secrets: Vec<&String> = self.variables.values().collect();
        // A secret that is a part of another one must not leave the rest of it behind.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            text = text.replace(secret.as_str(), "***");
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "\u{fffd}")
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Fills in the variables of the environment, each asked for by its name.
///
/// # Errors
/// Variables that are not set, or are empty; what is no address or header with them. No problem shows the
/// value of a variable.
pub fn resolve(
    notify: &NotifyText,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Target>, Vec<Problem>> {
    let mut problems = Vec::new();
    let targets: Vec<Target> =
        notify.0.iter().filter_map(|text| resolve_one(text, environment, &mut problems)).collect();
    if problems.is_empty() { Ok(targets) } else { Err(problems) }
}

fn resolve_one(
    text: &TargetText,
    environment: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) -> Option<Target> {
    let before = problems.len();
    let mut variables = BTreeMap::new();
    for variable in text.variables() {
        match environment(&variable.name).filter(|value| !value.is_empty()) {
            Some(value) => drop(variables.insert(variable.name.clone(), value)),
            None => problems.push(
                Problem::new(
                    "no-variable",
                    variable.at.clone(),
                    format!("the environment has no variable `{}`", variable.name),
                    "this variable",
                )
                .hint(format!("set it before the run: export {}=...", variable.name)),
            ),
        }
    }
    if problems.len() > before {
        return None;
    }
    let filled = |template: &Template| {
        template.fill(|name| variables.get(name).cloned().unwrap_or_default(), |_| String::new())
    };
    let url = text.url.get()?;
    let address = address(&filled(&url.value.0), text.allows_plain_http());
    let address = address.map_err(|slip| problems.push(hidden(slip, url))).ok()?;
    let mut headers = HeaderMap::new();
    for header in text.headers.get().into_iter().flat_map(|headers| &headers.0) {
        match header_value(&filled(&header.value.value.0)) {
            Ok(value) => drop(headers.append(header.name.clone(), value)),
            Err(slip) => problems.push(hidden(slip, &header.value)),
        }
    }
    if problems.len() > before {
        return None;
    }
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
    let place = format!("{}://{host}{port}", address.scheme());
    Some(Target {
        label: match text.name.get() {
            Some(name) => format!("{} ({place})", name.value),
            None => place,
        },
        url: address,
        headers,
        style: text.style.get().copied().unwrap_or_default(),
        body: text.body.get().map(|body| body.value.clone()),
        variables,
        on: text.on.get().map(|on| on.items.clone()).unwrap_or_default(),
        alive_every: text.alive_every.get().map(|every| every.value.0),
        timeout: text.timeout.get().map_or(TIMEOUT, |timeout| timeout.value.0),
        retries: text.retries.get().map_or(RETRIES, |retries| retries.value),
    })
}

/// The problem in words that tell nothing of the variables.
fn hidden<T>(slip: Slip, at: &Spanned<T>) -> Problem {
    let message = match slip.code {
        "bad-address" => "with its variables filled in, this is no address of a web hook",
        "bad-header" => "with its variables filled in, this cannot be the value of a header",
        _ => slip.message.as_str(),
    };
    Slip { message: message.to_owned(), ..slip.clone() }.at(at.span.clone())
}
