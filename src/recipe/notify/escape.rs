//! A fact inside a text: as it has to be written where it stands.

use serde_json::Value;

/// As it is.
pub fn in_text(fact: &Value) -> String {
    match fact {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Inside a JSON document: a text as it stands between the quotes of a string, anything else as a value.
pub fn in_json(fact: &Value) -> String {
    let json = fact.to_string();
    match fact {
        Value::String(_) => json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned(),
        _ => json,
    }
}

/// Inside the text of a Slack message, where `&`, `<` and `>` begin something else
/// (<https://api.slack.com/reference/surfaces/formatting>).
pub fn in_slack(fact: &Value) -> String {
    in_text(fact).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_where_it_stands() {
        let nasty = Value::from("a\"b\\\n<!channel> & \u{1}");
        assert_eq!(in_json(&nasty), r#"a\"b\\\n<!channel> & \u0001"#);
        assert_eq!(in_slack(&nasty), "a\"b\\\n&lt;!channel&gt; &amp; \u{1}");
        assert_eq!((in_json(&Value::Null), in_text(&Value::Null)), ("null".into(), String::new()));
        assert_eq!(in_json(&3.into()), "3");
    }
}
