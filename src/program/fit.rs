//! A straight line through points.

/// A straight line: its value where x is 0, and its slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) at_zero: f64,
    pub(super) slope: f64,
}

impl Line {
    /// The line with the least sum of squares from these points (x, y); none if they all stand over one x.
    pub(super) fn through(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let (mut count, mut mean_x, mut mean_y) = (0.0, 0.0, 0.0);
        for (x, y) in points.clone() {
            count += 1.0;
            mean_x += x;
            mean_y += y;
        }
        (mean_x, mean_y) = (mean_x / count, mean_y / count);
        let (mut above, mut below) = (0.0, 0.0);
        for (x, y) in points {
            above += (x - mean_x) * (y - mean_y);
            below += (x - mean_x) * (x - mean_x);
        }
        let slope = above / below;
        let at_zero = mean_y - slope * mean_x;
        (slope.is_finite() && at_zero.is_finite()).then_some(Self { at_zero, slope })
    }
}
