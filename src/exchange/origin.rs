//! What a foreign text is, by what stands in it.

use super::json::{self, Value};
use super::{ImportError, pybamm, vendor};
use serde::Serialize;
use std::fmt;

/// A tool whose files can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The vendor's Python library, with all keys on one level; or the vendor's desktop program, with nested ones.
    Vendor,
    /// aurora-unicycler.
    Unicycler,
    /// PyBaMM.
    Pybamm,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Vendor => "the vendor's settings",
            Self::Unicycler => "a protocol of aurora-unicycler",
            Self::Pybamm => "steps of a PyBaMM experiment",
        })
    }
}

/// A foreign text, read as far as its form goes.
#[derive(Debug)]
pub(super) enum Found {
    Library(Value),
    Playlist(Value),
    Unicycler(Value),
    Pybamm(Vec<pybamm::Cycle>),
}

impl Found {
    pub(super) const fn origin(&self) -> Origin {
        match self {
            Self::Library(_) | Self::Playlist(_) => Origin::Vendor,
            Self::Unicycler(_) => Origin::Unicycler,
            Self::Pybamm(_) => Origin::Pybamm,
        }
    }
}

/// Finds out what a text is, unless it is said.
///
/// # Errors
/// It cannot be read as that, or nothing tells what it is.
pub(super) fn find(text: &str, from: Option<Origin>) -> Result<Found, ImportError> {
    let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = unmarked.trim_start().starts_with(['{', '[']);
    if !is_json && (from == Some(Origin::Pybamm) || (from.is_none() && pybamm::is_likely(unmarked))) {
        return Ok(Found::Pybamm(pybamm::lines(unmarked)));
    }
    let value = json::read(unmarked)?;
    match from {
        Some(Origin::Vendor) => Ok(of_vendor(value)),
        Some(Origin::Unicycler) => Ok(Found::Unicycler(value)),
        Some(Origin::Pybamm) => pybamm::cycles(&value).map(Found::Pybamm),
        None if matches!(value, Value::List(_)) => pybamm::cycles(&value).map(Found::Pybamm),
        None if value.get("method").is_some() => Ok(Found::Unicycler(value)),
        None if vendor::is_likely(&value) => Ok(of_vendor(value)),
        None => Err(ImportError::Unknown {
            what: format!("nothing in it, which is {}, tells what it is", value.kind()),
        }),
    }
}

fn of_vendor(value: Value) -> Found {
    if value.get(vendor::NESTED).is_some() { Found::Playlist(value) } else { Found::Library(value) }
}
