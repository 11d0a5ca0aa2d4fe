//! Open-circuit voltage over state of charge, and its integral, by a table of even spacing.

use crate::recipe::Chemistry;
use std::sync::LazyLock;

/// Intervals of the table between empty and full.
const INTERVALS: usize = 1000;

/// Layered oxide against graphite: about 3.7 V at half charge, 2.8 V empty, 4.2 V full. Round numbers
/// of our own in the shape that such cells have; not one maker's cell.
const LAYERED_OXIDE: &[(f64, f64)] = &[
    (0.0, 2.80),
    (0.01, 2.98),
    (0.02, 3.11),
    (0.03, 3.20),
    (0.05, 3.31),
    (0.075, 3.395),
    (0.10, 3.45),
    (0.15, 3.52),
    (0.20, 3.565),
    (0.30, 3.615),
    (0.40, 3.655),
    (0.50, 3.705),
    (0.60, 3.79),
    (0.70, 3.88),
    (0.80, 3.97),
    (0.90, 4.065),
    (0.95, 4.115),
    (0.98, 4.155),
    (1.0, 4.20),
];

/// Iron phosphate against graphite: two long plateaus near 3.29 V and 3.33 V, 2.5 V empty, 3.6 V full.
const IRON_PHOSPHATE: &[(f64, f64)] = &[
    (0.0, 2.50),
    (0.01, 2.72),
    (0.02, 2.88),
    (0.03, 2.98),
    (0.05, 3.09),
    (0.075, 3.15),
    (0.10, 3.19),
    (0.15, 3.22),
    (0.20, 3.245),
    (0.30, 3.275),
    (0.40, 3.285),
    (0.50, 3.29),
    (0.60, 3.30),
    (0.70, 3.325),
    (0.80, 3.33),
    (0.90, 3.335),
    (0.95, 3.342),
    (0.97, 3.352),
    (0.98, 3.37),
    (0.99, 3.43),
    (1.0, 3.60),
];

static LI_ION: LazyLock<Curve> = LazyLock::new(|| Curve::through(LAYERED_OXIDE, 25.0, 5.0));
static LFP: LazyLock<Curve> = LazyLock::new(|| Curve::through(IRON_PHOSPHATE, 30.0, 20.0));

/// A strictly rising open-circuit curve. Below empty and above full it goes on in straight lines,
/// steeply, for ever: a cell that is driven too far shows it at once.
#[derive(Debug)]
pub(super) struct Curve {
    voltage: Vec<f64>,
    /// The integral of the voltage from empty to each point.
    area: Vec<f64>,
    slope_below: f64,
    slope_above: f64,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Point {
    /// Open-circuit voltage, in volts.
    pub voltage: f64,
    /// Its integral over state of charge from empty to here, in volts: times capacity, it is energy.
    pub area: f64,
}

impl Curve {
    /// The curve of a chemistry.
    pub fn of(chemistry: Chemistry) -> &'static Self {
        match chemistry {
            Chemistry::LiIon => &LI_ION,
            Chemistry::Lfp => &LFP,
        }
    }

    /// Voltage and its integral at a state of charge, any finite number.
    pub fn at(&self, charge: f64) -> Point {
        let last = INTERVALS;
        if charge < 0.0 {
            let voltage = self.voltage[0] + self.slope_below * charge;
            return Point { voltage, area: charge * (self.voltage[0] + voltage) / 2.0 };
        }
        if charge >= 1.0 {
            let over = charge - 1.0;
            let voltage = self.voltage[last] + self.slope_above * over;
            return Point { voltage, area: self.area[last] + over * (self.voltage[last] + voltage) / 2.0 };
        }
        let place = charge * INTERVALS as f64;
        let index = (place as usize).min(last - 1);
        let part = place - index as f64;
        let from = self.voltage[index];
        let voltage = from + part * (self.voltage[index + 1] - from);
        let area = self.area[index] + part * (from + voltage) / 2.0 / INTERVALS as f64;
        Point { voltage, area }
    }

    /// A smooth rising curve through these points (monotone cubic: Fritsch and Carlson, 1980, with the
    /// weighted harmonic mean of Fritsch and Butland, 1984, as slopes), set down at even spacing.
    fn through(points: &[(f64, f64)], slope_below: f64, slope_above: f64) -> Self {
        let secants: Vec<(f64, f64)> = points
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)))
            .collect();
        let inner = secants.windows(2).map(|pair| {
            let ((left, rise_left), (right, rise_right)) = (pair[0], pair[1]);
            let (w_left, w_right) = (2.0 * right + left, right + 2.0 * left);
            (w_left + w_right) / (w_left / rise_left + w_right / rise_right)
        });
        let ends = |at: Option<&(f64, f64)>| at.map_or(0.0, |secant| secant.1);
        let slopes: Vec<f64> =
            std::iter::once(ends(secants.first())).chain(inner).chain([ends(secants.last())]).collect();

        let mut piece = 0;
        let voltage: Vec<f64> = (0..=INTERVALS)
            .map(|index| {
                let x = index as f64 / INTERVALS as f64;
                while piece + 2 < points.len() && x >= points[piece + 1].0 {
                    piece += 1;
                }
                let width = secants[piece].0;
                let t = (x - points[piece].0) / width;
                let (t2, t3) = (t * t, t * t * t);
                (2.0 * t3 - 3.0 * t2 + 1.0) * points[piece].1
                    + (t3 - 2.0 * t2 + t) * width * slopes[piece]
                    + (3.0 * t2 - 2.0 * t3) * points[piece + 1].1
                    + (t3 - t2) * width * slopes[piece + 1]
            })
            .collect();
        let mut area = vec![0.0; INTERVALS + 1];
        for index in 0..INTERVALS {
            area[index + 1] = area[index] + (voltage[index] + voltage[index + 1]) / 2.0 / INTERVALS as f64;
        }
        Self { voltage, area, slope_below, slope_above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_curves_rise_everywhere_and_meet_their_points() {
        for (chemistry, points) in [(Chemistry::LiIon, LAYERED_OXIDE), (Chemistry::Lfp, IRON_PHOSPHATE)] {
            let curve = Curve::of(chemistry);
            let mut before = curve.at(-0.2);
            for step in -19_999..=120_000 {
                let here = curve.at(f64::from(step) / 100_000.0);
                assert!(here.voltage > before.voltage, "{chemistry:?} falls at {step}");
                before = here;
            }
            for (charge, voltage) in points {
                assert!((curve.at(*charge).voltage - voltage).abs() < 1e-9, "{chemistry:?} at {charge}");
            }
        }
    }

    #[test]
    fn the_area_is_the_integral_of_the_voltage() {
        for chemistry in [Chemistry::LiIon, Chemistry::Lfp] {
            let curve = Curve::of(chemistry);
            for (from, to) in [(-0.1, 0.0), (-0.03, 0.2), (0.3, 0.3004), (0.1, 0.9), (0.97, 1.2)] {
                let steps = 100_000;
                let width = (to - from) / f64::from(steps);
                let sum: f64 =
                    (0..steps).map(|i| curve.at(from + (f64::from(i) + 0.5) * width).voltage * width).sum();
                let area = curve.at(to).area - curve.at(from).area;
                assert!((sum - area).abs() < 1e-7, "{chemistry:?} {from}..{to}: {sum} {area}");
            }
        }
    }
}
