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

/// Renders problems of a text, and of others that it names, in the order given, each with `path:line:column`, its line and a caret, and a
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
        let source = problem.source.as_deref().unwrap_or(source);
        let span = on_characters(&source.text, &problem.span);
        let excerpt = lines_of(&source.text, &span);
        let annotation = AnnotationKind::Primary
            .span(span.start - excerpt.start..span.end - excerpt.start)
            .label(clean(&problem.label));
        let snippet = Snippet::source(source.text.get(excerpt).unwrap_or_default())
            .line_start(source.place(span.start).line)
            .path(clean(&source.path))
            .annotation(annotation);
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

/// The lines that a span touches, without the last line's end: a large text is not laid out as a
/// whole for each of its problems.
fn lines_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(span.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| span.end + at);
    start..end
}

/// Replaces control characters, which a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
