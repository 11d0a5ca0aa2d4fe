//! Problems as SARIF 2.1.0 (OASIS), which code hosts and editors read.

use super::{Problem, Source, Told, explanations};
use serde_json::{Value, json};

/// The document of a check of these texts, each with its problems.
pub fn sarif(checked: &[(&Source, &[Problem])]) -> Value {
    let all =
        || checked.iter().flat_map(|(source, problems)| problems.iter().map(|it| Told::new(source, it)));
    let rules: Vec<Value> = explanations()
        .filter(|rule| all().any(|told| told.code == rule.code))
        .map(|rule| {
            json!({
                "id": rule.code,
                "shortDescription": { "text": rule.summary() },
                "help": { "text": rule.text, "markdown": rule.text },
                "defaultConfiguration": { "level": "error" },
            })
        })
        .collect();
    let results: Vec<Value> = all().map(|told| result(&told)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(told: &Told<'_>) -> Value {
    let hint = told.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    json!({
        "ruleId": told.code,
        "level": "error",
        "message": { "text": format!("{}{hint}", told.message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(told.file) },
            "region": {
                "startLine": told.line,
                "startColumn": told.column,
                "endLine": told.end_line,
                "endColumn": told.end_column,
                "byteOffset": told.offset,
                "byteLength": told.length,
            },
        } }],
    })
}

/// A path as a relative reference of RFC 3986: slashes, and everything escaped that is no plain letter.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    let path = path.replace('\\', "/");
    path.bytes()
        .map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_a_result_with_its_rule() {
        let source = Source::new("my recipes\\a.toml", "x = 1\n");
        let problems = [Problem::new("unknown-key", 0..1, "unknown key `x`", "this key").hint("take it out")];
        let document = sarif(&[(&source, &problems), (&source, &[])]);
        let run = &document["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(1));
        let result = &run["results"][0];
        assert_eq!(result["message"]["text"], "unknown key `x`; take it out");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20recipes/a.toml");
        assert_eq!((&place["region"]["startLine"], &place["region"]["endColumn"]), (&json!(1), &json!(2)));
    }
}
