//! Problems as text: the line itself, a caret under the offending value, a hint.

use super::{Problem, Source};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::fmt::Write;
use std::ops::Range;

/// Whether the rendered text carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences for a terminal.
    On,
    /// Plain text.
    Off,
}

/// Renders problems in the order given, each with `path:line:column`, its line and a caret, and a
/// blank line between two. Ends with a newline if there is any.
pub fn render(source: &Source, problems: &[Problem], colour: Colour) -> String {
    let renderer = match colour {
        Colour::On => Renderer::styled(),
        Colour::Off => Renderer::plain(),
    }
    .decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let annotation = AnnotationKind::Primary
            .span(on_characters(&source.text, &problem.span))
            .label(clean(&problem.label));
        let snippet = Snippet::source(source.text.as_str()).path(clean(&source.path)).annotation(annotation);
        let mut group = Level::ERROR.primary_title(clean(&problem.message)).id(problem.code).element(snippet);
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(clean(hint)));
        }
        let _ = writeln!(out, "{}", renderer.render(&[group]));
    }
    out
}

/// The span within the text and on character boundaries, whatever came in.
fn on_characters(text: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// Replaces control characters, which a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
