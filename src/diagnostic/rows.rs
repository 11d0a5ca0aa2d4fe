//! Tables in CSV files: fields with their places.

use std::ops::Range;

/// One line of a table, split into its fields with their places in the text.
pub type Row<'t> = Vec<(&'t str, Range<usize>)>;

/// The lines of a table that are neither empty nor comments. Names and numbers need no quotes, so there
/// are none; white space around a field is no part of it.
pub fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let begin = start;
        start += line.len();
        let marked = line.trim_start_matches('\u{feff}');
        let content = marked.trim_end_matches(['\n', '\r']);
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            return None;
        }
        let mut at = begin + (line.len() - marked.len());
        let fields = content.split(',').map(|field| {
            let inner = field.trim();
            let from = at + (field.len() - field.trim_start().len());
            at += field.len() + 1;
            (inner, from..from + inner.len())
        });
        Some(fields.collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_know_where_they_stand() {
        let text = "\u{feff}a, b\r\n# no\n\n  # no\n1 ,2,\n";
        let found: Vec<Row<'_>> = rows(text).collect();
        assert_eq!(found.len(), 2);
        for (field, at) in found.iter().flatten() {
            assert_eq!(text.get(at.clone()), Some(*field));
        }
        assert_eq!(found[1].iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["1", "2", ""]);
    }
}
