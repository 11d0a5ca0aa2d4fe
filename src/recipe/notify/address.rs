//! Where a message goes to: what may be an address, and what of it may not stand in a file.

use super::slip::Slip;
use super::template::{Part, Template};
use crate::web::is_of_this_machine;
use reqwest::Url;

/// Receivers whose whole path is the secret: who knows the address can post.
const SECRET_PATHS: [(&str, &str); 3] =
    [("hooks.slack.com", "/"), ("discord.com", "/api/webhooks/"), ("discordapp.com", "/api/webhooks/")];

/// Words in the name of a header or of a part of a query that tell of a secret.
const SECRET_WORDS: [&str; 7] = ["auth", "token", "key", "secret", "passw", "cookie", "signature"];

/// Whether a thing of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Reads an address, as it is when every variable is known.
///
/// # Errors
/// It is no address of a web hook; it has no scheme `https` and, where `plain` does not allow it and it is
/// not of this machine, `http`.
pub fn address(text: &str, plain: bool) -> Result<Url, Slip> {
    let slip = |message: String| {
        Slip::new("bad-address", message, "this address")
            .hint("write it such as \"https://ntfy.sh/my-bench\"")
    };
    let url = Url::parse(text).map_err(|error| slip(format!("this is no address: {error}")))?;
    match url.scheme() {
        "https" => {}
        "http" if plain || is_of_this_machine(&url) => {}
        "http" => {
            return Err(Slip::new(
                "plain-http",
                "what is sent by http can be read on the way, its secrets too",
                "this address",
            )
            .hint("write https, or add plain_http = true for a network that nobody else is in"));
        }
        other => return Err(slip(format!("`{other}` is no scheme of a web hook"))),
    }
    if url.fragment().is_some() {
        return Err(slip("what stands behind # is never sent".to_owned()));
    }
    Ok(url)
}

/// What can be told of an address before its variables are known.
///
/// # Errors
/// It can be no address, whatever they are; or it holds a secret itself.
pub(super) fn examine(template: &Template, plain: bool) -> Result<(), Slip> {
    if !matches!(template.parts.first(), Some(Part::Text(_))) && template.variables().next().is_some() {
        // The scheme comes from the environment: nothing is known.
        return Ok(());
    }
    let with = |value: &str| template.fill(|_| value.to_owned(), |_| String::new());
    let one = address(&with("1"), plain)?;
    // What is the same whatever the variables say, stands in the file.
    let Ok(two) = address(&with("2"), plain) else { return Ok(()) };
    let secret = |what: &str| {
        Slip::new("literal-secret", format!("{what} is a secret, and stands in the file"), "this address").hint(
            "files are copied and shared; put it into a variable of the environment and write ${env:BATLAB_NAME} here",
        )
    };
    if one.password().is_some() && one.password() == two.password() {
        return Err(secret("the password of this address"));
    }
    let host = one.host_str().unwrap_or_default();
    let is_secret = |(of, path): &(&str, &str)| host == *of && one.path().starts_with(path);
    if SECRET_PATHS.iter().any(is_secret) && one.path() == two.path() {
        return Err(secret(&format!("the path of a web hook at {host}")));
    }
    for ((name, value), (_, other)) in one.query_pairs().zip(two.query_pairs()) {
        if is_secret_name(&name) && value == other {
            return Err(secret(&format!("`{name}` of this address")));
        }
    }
    Ok(())
}
