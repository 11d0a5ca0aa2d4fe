//! A small plot of a quantity over time, in characters: no colour, no escape sequences, no wider than
//! it is told.

use std::time::Duration;

/// A stretch of time, and the lowest and the highest value in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds from the left end to the beginning of the stretch.
    pub second: f64,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

/// Columns for the numbers at the left, and the axis.
const MARGIN: usize = 10;
/// Dots of a character: the braille patterns of Unicode have two columns of four.
const DOTS: (usize, usize) = (2, 4);
/// The narrowest field that is drawn, in characters.
const NARROWEST: usize = 10;

/// Draws points, which are in the order of time, from second 0 to `end`; each line fits into `width`
/// characters, and the field has `height` lines. Nothing for no points. Ends with a newline.
pub fn plot(title: &str, unit: &str, points: &[Point], end: f64, width: usize, height: usize) -> String {
    let finite = |point: &&Point| point.low.is_finite() && point.high.is_finite();
    let lowest = points.iter().filter(finite).map(|point| point.low).fold(f64::INFINITY, f64::min);
    let highest = points.iter().filter(finite).map(|point| point.high).fold(f64::NEG_INFINITY, f64::max);
    if lowest > highest {
        return String::new();
    }
    // A line that does not move still needs a scale around it.
    let room = if highest - lowest > 1e-9 { 0.0 } else { 0.5 };
    let (lowest, highest) = (lowest - room, highest + room);
    let columns = width.saturating_sub(MARGIN).max(NARROWEST);
    let height = height.max(2);
    let (across, down) = (columns * DOTS.0, height * DOTS.1);
    let mut field = vec![0_u8; columns * height];
    let mut dot = |x: usize, y: usize| {
        if let Some(cell) = field.get_mut((y / DOTS.1) * columns + x / DOTS.0) {
            *cell |= BITS[y % DOTS.1][x % DOTS.0];
        }
    };
    let row = |value: f64| {
        let part = ((highest - value) / (highest - lowest)).clamp(0.0, 1.0);
        ((part * (down - 1) as f64).round() as usize).min(down - 1)
    };
    let mut next = points.iter().filter(finite).peekable();
    let mut last: Option<Point> = None;
    for x in 0..across {
        let until = end * (x + 1) as f64 / across as f64;
        let mut here: Option<(f64, f64)> = None;
        while let Some(point) = next.next_if(|point| point.second < until || x + 1 == across) {
            let (low, high) = here.unwrap_or((point.low, point.high));
            here = Some((low.min(point.low), high.max(point.high)));
            last = Some(*point);
        }
        // Between two points the last one stands.
        let Some((low, high)) = here.or(last.map(|point| (point.low, point.high))) else { continue };
        for y in row(high)..=row(low) {
            dot(x, y);
        }
    }
    let mut out = format!("{title} / {unit}\n");
    for line in 0..height {
        let value = highest - (highest - lowest) * line as f64 / (height - 1) as f64;
        let label = if line % 2 == 0 || line + 1 == height { format!("{value:.3}") } else { String::new() };
        let cells = field.iter().skip(line * columns).take(columns);
        let dots: String = cells.map(|bits| braille(*bits)).collect();
        out.push_str(format!("{label:>8} |{dots}").trim_end());
        out.push('\n');
    }
    out.push_str(&format!("{:>8} +{}\n", "", "-".repeat(columns)));
    let (middle, right) = (time(end / 2.0), time(end));
    let left = columns / 2;
    let line = format!("{:>9} {:<left$}{middle}", "", "0");
    let (whole, at_right) = (MARGIN + columns, right.chars().count());
    // Where it is too narrow for both, the end alone is told.
    let line = if line.chars().count() + at_right < whole { line } else { format!("{:>9} 0", "") };
    let gap = whole.saturating_sub(line.chars().count() + at_right);
    out.push_str(&format!("{line}{}{right}\n", " ".repeat(gap.max(1))));
    out
}

/// The bits of the dots of a braille pattern, line by line.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

fn braille(bits: u8) -> char {
    match bits {
        0 => ' ',
        bits => char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
    }
}

/// A moment on the axis: in the largest unit of which there are two or more.
fn time(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs_f64();
    match whole {
        s if s >= 7200.0 => format!("{:.1} h", s / 3600.0),
        s if s >= 120.0 => format!("{:.1} min", s / 60.0),
        s => format!("{s:.0} s"),
    }
}

/// How many characters fit into a line of standard output; 80 where it is no terminal.
pub fn width_of_output() -> usize {
    terminal_size::terminal_size_of(std::io::stdout()).map_or(80, |(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_fits_and_shows_its_ends() {
        let points: Vec<Point> = (0..100)
            .map(|i| Point {
                second: f64::from(i) * 100.0,
                low: 3.0 + f64::from(i) / 99.0,
                high: 3.0 + f64::from(i) / 99.0,
            })
            .collect();
        for width in [0, 20, 40, 80, 200] {
            let text = plot("voltage", "V", &points, 10_000.0, width, 6);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.max(MARGIN + NARROWEST), "{width}: {widest}\n{text}");
            assert!(!text.contains('\u{1b}'));
            let mut lines = text.lines();
            assert_eq!(lines.next(), Some("voltage / V"));
            assert!(lines.next().unwrap().starts_with("   4.000 |"), "{text}");
            assert!(text.contains("   3.000 |"), "{text}");
            assert!(text.ends_with("2.8 h\n"), "{text}");
        }
        assert_eq!(plot("voltage", "V", &[], 1.0, 80, 6), "");
    }

    #[test]
    fn a_peak_between_two_columns_is_not_lost() {
        let flat = |second: f64| Point { second, low: 0.0, high: 0.0 };
        let mut points: Vec<Point> = (0..1000).map(|i| flat(f64::from(i))).collect();
        points[500].high = 1.0;
        let text = plot("current", "A", &points, 1000.0, 30, 3);
        let top = text.lines().nth(1).unwrap();
        assert_eq!(top.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count(), 1, "{text}");
    }
}
