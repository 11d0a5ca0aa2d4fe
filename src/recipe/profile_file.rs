//! Reading of a profile's CSV file: a header that names two columns and their units, then rows.

use super::{ProfileColumn, ProfileRow, ProfileTable};
use crate::diagnostic::read::Reader;
use crate::diagnostic::{Problem, Row, Source, rows};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// So many rows may a profile have: 11 days of one a second.
const MOST_ROWS: usize = 1_000_000;
/// So many problems of one file are told.
const MOST_TOLD: usize = 10;

/// Headers of the column of times, and how many seconds one of it is.
const TIMES: &[(&str, f64)] = &[("time [s]", 1.0), ("time [min]", 60.0), ("time [h]", 3600.0)];
/// Headers of the column of values, what they are, and how much one of it is.
const VALUES: &[(&str, ProfileColumn, f64)] = &[
    ("current [A]", ProfileColumn::Current, 1.0),
    ("current [mA]", ProfileColumn::Current, 1e-3),
    ("power [W]", ProfileColumn::Power, 1.0),
    ("power [mW]", ProfileColumn::Power, 1e-3),
];

/// Reads a profile. What is wrong with it is told to the reader, in the file's own text.
pub(super) fn read(source: &Arc<Source>, reader: &mut Reader<'_>) -> Option<ProfileTable> {
    let mut file = File { source, problems: Vec::new() };
    let table = file.table();
    let good = file.problems.is_empty();
    reader.problems.extend(file.problems.into_iter().map(|problem| problem.within(source)));
    table.filter(|_| good)
}

struct File<'s> {
    source: &'s Arc<Source>,
    problems: Vec<Problem>,
}

/// The columns that matter, and how much one of each is.
struct Columns {
    time: (usize, f64),
    value: (usize, f64),
    kind: ProfileColumn,
}

impl File<'_> {
    fn report(&mut self, span: Range<usize>, message: impl Into<String>, label: &str, hint: &str) {
        if self.problems.len() < MOST_TOLD {
            self.problems.push(Problem::new("bad-profile", span, message, label).hint(hint));
        }
    }

    fn table(&mut self) -> Option<ProfileTable> {
        let source = Arc::clone(self.source);
        let mut lines = rows(&source.text);
        let header = lines.next().unwrap_or_default();
        let columns = self.columns(&header)?;
        let mut out: Vec<ProfileRow> = Vec::new();
        for fields in lines {
            if out.len() >= MOST_ROWS || self.problems.len() >= MOST_TOLD {
                break;
            }
            let Some(row) = self.row(&fields, &columns) else { continue };
            match out.last() {
                None if !row.at.is_zero() => self.report(
                    row.at_span.clone(),
                    "a profile begins at time 0",
                    "the first time",
                    "write 0 here, with the value that it begins with",
                ),
                Some(before) if row.at <= before.at => self.report(
                    row.at_span.clone(),
                    "the times of a profile rise from row to row",
                    "not later than the row before",
                    "put the rows in the order of their times, one for each",
                ),
                _ => {}
            }
            out.push(row);
        }
        if out.len() < 2 && self.problems.is_empty() {
            let end = source.text.len();
            self.report(
                end..end,
                "a profile has at least two rows",
                "the file ends here",
                "each value holds until the time of the next row; the last row tells when the profile ends",
            );
        }
        Some(ProfileTable { source, column: columns.kind, rows: out })
    }

    fn columns(&mut self, header: &Row<'_>) -> Option<Columns> {
        const HINT: &str = "the first line names the columns, such as time [s],current [A] or time [s],power [W]; values above zero charge the cell";
        let time = header.iter().enumerate().find_map(|(at, (text, _))| {
            TIMES.iter().find(|(name, _)| name == text).map(|(_, factor)| (at, *factor))
        });
        let mut values = header.iter().enumerate().filter_map(|(at, (text, span))| {
            VALUES.iter().find(|(name, ..)| name == text).map(|(_, kind, factor)| (at, *kind, *factor, span))
        });
        let (value, second) = (values.next(), values.next());
        if let Some((.., span)) = second {
            self.report(span.clone(), "a profile has one column of values", "a second one", HINT);
            return None;
        }
        let whole =
            header.first().map_or(0, |(_, span)| span.start)..header.last().map_or(0, |(_, span)| span.end);
        match (time, value) {
            (Some(time), Some((at, kind, factor, _))) => Some(Columns { time, value: (at, factor), kind }),
            (None, _) => {
                self.report(whole, "no column of this profile is its time", "the header", HINT);
                None
            }
            (_, None) => {
                self.report(whole, "no column of this profile is a current or a power", "the header", HINT);
                None
            }
        }
    }

    fn row(&mut self, fields: &Row<'_>, columns: &Columns) -> Option<ProfileRow> {
        let (at, at_span) = self.number(fields, columns.time)?;
        let (value, value_span) = self.number(fields, columns.value)?;
        match Duration::try_from_secs_f64(at) {
            Ok(at) => Some(ProfileRow { at, value, at_span, value_span }),
            Err(_) => {
                self.report(at_span, "this is no time", "below zero or too large", "times count up from 0");
                None
            }
        }
    }

    fn number(&mut self, fields: &Row<'_>, (column, factor): (usize, f64)) -> Option<(f64, Range<usize>)> {
        let Some((text, span)) = fields.get(column) else {
            let end = fields.last().map_or(0, |(_, span)| span.end);
            self.report(end..end, "a column is missing in this row", "the row ends here", "fill the row in");
            return None;
        };
        match text.parse::<f64>() {
            Ok(number) if (number * factor).is_finite() => Some((number * factor, span.clone())),
            _ => {
                self.report(
                    span.clone(),
                    format!("{text:?} is not a number"),
                    "this field",
                    "write a number with a decimal point and without a unit; the header has the unit",
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::NoFiles;
    use crate::diagnostic::read::Constants;

    fn told(text: &str) -> Result<Vec<(u64, f64)>, Vec<String>> {
        let source = Arc::new(Source::new("p.csv", text));
        let constants = Constants::default();
        let mut reader = Reader::new(&source, &NoFiles, &constants);
        let table = super::read(&source, &mut reader);
        let place = |problem: &Problem| {
            let place = source.place(problem.span.start);
            format!("{place} {}", problem.message)
        };
        match table {
            Some(table) => Ok(table.rows.iter().map(|row| (row.at.as_secs(), row.value)).collect()),
            None => Err(reader.problems.iter().map(place).collect()),
        }
    }

    #[test]
    fn rows_are_read_with_their_units() {
        let good = "# a drive\ntime [min], note ,current [mA]\r\n0,x,500\n\n1,y,-250\n2,,0\n";
        assert_eq!(told(good), Ok(vec![(0, 0.5), (60, -0.25), (120, 0.0)]));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let wrong = |text: &str| told(text).unwrap_err().join("; ");
        assert_eq!(wrong("t,i\n0,1\n"), "1:1 no column of this profile is its time");
        assert_eq!(wrong("time [s],i\n0,1\n"), "1:1 no column of this profile is a current or a power");
        assert_eq!(
            wrong("time [s],current [A]\n0,1 A\n1,2"),
            "2:3 \"1 A\" is not a number; 3:1 a profile begins at time 0"
        );
        assert_eq!(
            wrong("time [s],current [A]\n0,1\n5,2\n5,3"),
            "4:1 the times of a profile rise from row to row"
        );
        assert_eq!(wrong("time [s],current [A]\n0,1\n"), "3:1 a profile has at least two rows");
        assert_eq!(wrong(""), "1:1 no column of this profile is its time");
        assert_eq!(wrong("time [s],current [A]\n0\n"), "2:2 a column is missing in this row");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[time, \\[\\]scurenA0-9.\n\r\u{feff}#-]{0,200}") {
            let _ = told(&text);
            let _ = told(&format!("time [s],current [A]\n{text}"));
        }
    }
}
