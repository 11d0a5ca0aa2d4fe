//! One POST and what came of it.

use super::{Message, Post, Target};
use crate::web;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use std::io::Read;
use std::sync::Arc;

/// So much of an answer is shown, in bytes.
const ANSWER: usize = 200;

/// Why a target cannot be told anything.
#[derive(Debug, thiserror::Error)]
#[error("notify {target}: {why}")]
pub struct NotifyError {
    /// The target, by its label.
    pub target: String,
    /// What is wrong.
    pub why: String,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The receiver took the message: the status of its answer.
    Taken(u16),
    /// It may be taken later: what happened.
    NotNow(String),
    /// It will never be taken: what happened.
    Never(String),
}

/// Sends messages to one target.
pub struct Sender {
    target: Arc<Target>,
    client: Client,
}

impl Sender {
    /// Makes ready to send. Nothing is connected before the first message.
    ///
    /// # Errors
    /// The system has no certificates to know a receiver by, or gives no thread.
    pub fn new(target: Arc<Target>) -> Result<Self, NotifyError> {
        // A redirection is not followed: what is secret goes to the address that was written and no other.
        let client = web::client(&target.url, target.timeout, Policy::none());
        let client = client.map_err(|error| NotifyError {
            target: target.label().to_owned(),
            why: format!("nothing can be sent: {}", web::cause(&error)),
        })?;
        Ok(Self { target, client })
    }

    /// The target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Tries once. The body of the answer is not read.
    pub fn send(&self, message: &Message) -> Answer {
        match self.post(message) {
            Ok(response) => judge(response.status()),
            Err(why) => Answer::NotNow(why),
        }
    }

    /// Tries once, and tells the beginning of the answer, without what is secret.
    pub fn try_out(&self, message: &Message) -> (Answer, String) {
        match self.post(message) {
            Ok(response) => {
                let answer = judge(response.status());
                (answer, self.beginning(response))
            }
            Err(why) => (Answer::NotNow(why), String::new()),
        }
    }

    /// How an answer begins, without what is secret.
    fn beginning(&self, response: Response) -> String {
        // A secret that is cut off at the end would not be known, so as much as the longest is cut off.
        let longest = self.target.variables.values().map(String::len).max().unwrap_or_default();
        let most = u64::try_from(ANSWER + longest).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        // What came before it broke off is worth showing.
        let _ = response.take(most).read_to_end(&mut bytes);
        let mut text = self.target.redacted(&String::from_utf8_lossy(&bytes));
        if bytes.len() == ANSWER + longest {
            let kept = text.chars().count().saturating_sub(longest);
            text = text.chars().take(kept).chain("...".chars()).collect();
        }
        text
    }

    fn post(&self, message: &Message) -> Result<Response, String> {
        let Post { content_type, headers, body } = Post::new(&self.target, message);
        let mut request = self.client.post(self.target.url.clone()).body(body);
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| error.to_string())?;
            request = request.header(name, value);
        }
        // What the target says itself goes first.
        if !self.target.headers.contains_key(CONTENT_TYPE) {
            request = request.header(CONTENT_TYPE, content_type);
        }
        request.headers(self.target.headers.clone()).send().map_err(|error| self.in_words(&error))
    }

    /// What went wrong, without the address.
    fn in_words(&self, error: &reqwest::Error) -> String {
        let words = if error.is_timeout() {
            format!("no answer within {} s", self.target.timeout.as_secs_f64())
        } else if error.is_connect() {
            format!("cannot connect: {}", web::cause(error))
        } else {
            format!("no answer: {}", web::cause(error))
        };
        self.target.redacted(&words)
    }
}

/// Takes the status of an answer for what it means (RFC 9110).
fn judge(status: StatusCode) -> Answer {
    let code = status.as_u16();
    match code {
        200..=299 => Answer::Taken(code),
        300..=399 => Answer::Never(format!(
            "answered {code}, a redirection, which is not followed; write the address that it leads to"
        )),
        408 | 425 | 429 | 500..=599 => Answer::NotNow(format!("answered {code}")),
        _ => Answer::Never(format!("answered {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_get_better_is_tried_again() {
        let judged = |code| judge(StatusCode::from_u16(code).unwrap());
        assert_eq!(judged(204), Answer::Taken(204));
        for code in [408, 429, 500, 503] {
            assert_eq!(judged(code), Answer::NotNow(format!("answered {code}")));
        }
        for code in [301, 307, 400, 401, 404, 410] {
            assert!(matches!(judged(code), Answer::Never(_)), "{code}");
        }
    }
}
