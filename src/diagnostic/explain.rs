//! What each code of a problem means: the sections of `docs/problems.md`.

/// The page, which is part of the program.
const PAGE: &str = include_str!("../../docs/problems.md");

/// One code and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: &'static str,
    /// What it means, why the rule exists, and where there is one an example; Markdown.
    pub text: &'static str,
}

impl Explanation {
    /// Its first sentence.
    pub fn summary(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
    }
}

/// All codes in the order of the page.
pub fn explanations() -> impl Iterator<Item = Explanation> {
    PAGE.split("\n## ").skip(1).filter_map(|section| {
        let (code, text) = section.split_once('\n')?;
        Some(Explanation { code: code.trim(), text: text.trim() })
    })
}

/// What a code means; none if there is no such code.
pub fn explain(code: &str) -> Option<Explanation> {
    explanations().find(|explanation| explanation.code == code)
}
