//! Voltage over charge: each stretch of one direction of current in one cycle as a curve of its own.

use super::sparse::Sparse;
use super::thin::{Row, Thinned};

/// A curve with less than this part of the longest one's charge is a pulse, and not shown.
const PULSE: f64 = 0.05;

/// Width of a stretch at first, in ampere-hours; joined in pairs as a curve grows.
const WIDTH: f64 = 0.001;

/// Which way the charge went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// Voltage over the charge since the curve began.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    pub(super) direction: Direction,
    /// The cycle, from 1; 0 where the file does not tell.
    pub(super) cycle: u64,
    /// The step in which it began, by its number in the plan.
    pub(super) step_id: u32,
    /// Charge of the cell in this direction where it began, in ampere-hours.
    start: f64,
    /// Ampere-hours, and volts over them.
    pub(super) rows: Thinned<1>,
}

/// What a row tells of the charge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passing {
    pub(super) direction: Direction,
    pub(super) cycle: u64,
    pub(super) step_id: u32,
    /// Charge in this direction since the test began, in ampere-hours.
    pub(super) charge: f64,
    /// In volts.
    pub(super) voltage: f64,
}

/// The curves of a cell, a bounded number of each direction.
#[derive(Clone, Debug)]
pub(super) struct Curves {
    stretches: usize,
    open: Option<Curve>,
    charges: Sparse<Curve>,
    discharges: Sparse<Curve>,
    longest: f64,
}

impl Curves {
    /// At most so many curves of each direction, with so many stretches each.
    pub(super) fn new(curves: usize, stretches: usize) -> Self {
        Self {
            stretches,
            open: None,
            charges: Sparse::new(curves),
            discharges: Sparse::new(curves),
            longest: 0.0,
        }
    }

    /// Takes a row with current. Rows without are not told: a curve goes on after a rest.
    pub(super) fn push(&mut self, now: Passing) {
        let goes_on =
            self.open.as_ref().is_some_and(|it| it.direction == now.direction && it.cycle == now.cycle);
        if !goes_on {
            self.close();
        }
        let open = self.open.get_or_insert_with(|| Curve {
            direction: now.direction,
            cycle: now.cycle,
            step_id: now.step_id,
            start: now.charge,
            rows: Thinned::new(self.stretches, WIDTH),
        });
        let x = (now.charge - open.start).max(0.0);
        open.rows.push(Row { x, y: [Some(now.voltage)] });
        self.longest = self.longest.max(x);
    }

    fn close(&mut self) {
        if let Some(curve) = self.open.take().filter(|curve| self.is_shown(curve)) {
            match curve.direction {
                Direction::In => self.charges.push(curve),
                Direction::Out => self.discharges.push(curve),
            }
        }
    }

    fn is_shown(&self, curve: &Curve) -> bool {
        curve.rows.span() > 0.0 && curve.rows.span() >= PULSE * self.longest
    }

    /// The curves worth showing so far: charges, discharges, and the one that is growing.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Curve> {
        let all = self.charges.iter().chain(self.discharges.iter()).chain(&self.open);
        all.filter(|curve| self.is_shown(curve))
    }

    /// How many there were, shown or left out to keep the report small.
    pub(super) fn seen(&self) -> usize {
        self.charges.seen() + self.discharges.seen() + usize::from(self.open.is_some())
    }

    /// How many are kept.
    pub(super) fn kept(&self) -> usize {
        self.charges.len() + self.discharges.len() + usize::from(self.open.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(direction: Direction, cycle: u64, charge: f64) -> Passing {
        Passing { direction, cycle, step_id: 1, charge, voltage: 3.5 }
    }

    #[test]
    fn a_curve_is_one_direction_in_one_cycle_and_pulses_are_left_out() {
        let mut curves = Curves::new(10, 100);
        let mut charge = 0.0;
        for cycle in 1..=3 {
            for direction in [Direction::In, Direction::Out] {
                for _ in 0..50 {
                    charge += 0.02;
                    curves.push(row(direction, cycle, charge));
                }
                // A pulse the other way at the end.
                let other = if direction == Direction::In { Direction::Out } else { Direction::In };
                curves.push(row(other, cycle, charge));
                curves.push(row(other, cycle, charge + 0.001));
            }
        }
        let found: Vec<_> = curves.iter().map(|curve| (curve.direction, curve.cycle)).collect();
        let expected = [Direction::In, Direction::Out].map(|way| [1, 2, 3].map(|cycle| (way, cycle)));
        assert_eq!(found, expected.concat());
        // The pulse before a discharge is of its direction and belongs to it.
        let expected = |curve: &Curve| if curve.direction == Direction::In { 0.98 } else { 1.0 };
        assert!(curves.iter().all(|curve| (curve.rows.span() - expected(curve)).abs() < 1e-9));
    }
}
