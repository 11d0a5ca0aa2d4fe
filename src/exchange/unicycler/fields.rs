//! The keys of one table of a protocol. Others are refused, as aurora-unicycler refuses them.

use crate::diagnostic::nearest;
use crate::exchange::ImportError;
use crate::exchange::json::Value;

/// A table of a protocol.
pub(super) struct Fields<'a> {
    value: &'a Value,
    at: String,
}

impl<'a> Fields<'a> {
    /// A table that has none but these keys.
    ///
    /// # Errors
    /// It is no table, or has others.
    pub(super) fn of(value: &'a Value, at: &str, known: &[&str]) -> Result<Self, ImportError> {
        let Value::Table(pairs) = value else {
            return Err(ImportError::refused(at, format!("expected a table, found {}", value.kind())));
        };
        for (at_index, (key, _)) in pairs.iter().enumerate() {
            let place = format!("{at}.{key}");
            if !known.contains(&key.as_str()) {
                let near = nearest(key, known.iter().copied());
                let near = near.map(|near| format!("; is `{near}` meant?")).unwrap_or_default();
                return Err(ImportError::refused(place, format!("aurora-unicycler has no such key{near}")));
            }
            if pairs.iter().take(at_index).any(|(earlier, _)| earlier == key) {
                return Err(ImportError::refused(place, "stands twice"));
            }
        }
        Ok(Self { value, at: at.to_owned() })
    }

    /// Where a key stands.
    pub(super) fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.at)
    }

    /// The value of a key, if there is one.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| **value != Value::Null)
    }

    pub(super) fn refused(&self, key: &str, what: impl Into<String>) -> ImportError {
        ImportError::refused(self.at(key), what)
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, ImportError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.refused(key, format!("expected a text, found {}", other.kind()))),
        }
    }

    /// A number, which may be written as a text; an empty one is none.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, ImportError> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Value::Text(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::Text(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => Some(*number),
            Some(_) => None,
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.refused(key, "expected a number")),
        }
    }

    /// A number above zero; zero is none.
    pub(super) fn above_zero(&self, key: &str) -> Result<Option<f64>, ImportError> {
        match self.number(key)? {
            Some(number) if number < 0.0 => Err(self.refused(key, format!("{number} is below zero"))),
            number => Ok(number.filter(|number| *number > 0.0)),
        }
    }

    /// A number that has to be there and be above zero.
    pub(super) fn needed(&self, key: &str) -> Result<f64, ImportError> {
        self.above_zero(key)?.ok_or_else(|| self.refused(key, "is needed, and is above zero"))
    }

    /// A C-rate: a number, or a fraction with or without a letter, such as `C/2` and `D/2`, which discharges.
    pub(super) fn rate(&self, key: &str) -> Result<Option<f64>, ImportError> {
        let Some(Value::Text(text)) = self.get(key) else { return self.number(key) };
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if text.is_empty() {
            return Ok(None);
        }
        let rate = match text.split_once('/') {
            None => text.parse().ok(),
            Some((above, below)) => {
                let (sign, above) = match (above.replacen('C', "", 1), above.replacen('D', "", 1)) {
                    (_, less) if less != above => (-1.0, less),
                    (less, _) => (1.0, less),
                };
                let above = if above.is_empty() { Ok(1.0) } else { above.parse::<f64>() };
                above.and_then(|above| Ok(sign * above / below.parse::<f64>()?)).ok()
            }
        };
        match rate.filter(|rate: &f64| rate.is_finite()) {
            Some(rate) => Ok(Some(rate)),
            None => Err(self.refused(key, format!("{text:?} is no C-rate, such as 0.5, \"C/2\" or \"D/2\""))),
        }
    }
}
