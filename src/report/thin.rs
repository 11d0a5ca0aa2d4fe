//! Curves with as many points as a screen can show, whatever the length of the run.
//!
//! A curve is cut into stretches of equal width, and of each stretch the first and the last row and
//! those with the lowest and the highest values are kept: a line through them covers the pixels that the
//! line through all rows would cover, as long as a stretch is no wider than a pixel (Jugel, Jerzak,
//! Hackenbroich and Markl, "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014). Every
//! point shown was measured; none is a mean. As the length of the run is not known, the stretches begin
//! narrow and are joined in pairs whenever there are too many.

/// A row of a curve: its place along the axis, and what was measured there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row<const N: usize> {
    pub(super) x: f64,
    pub(super) y: [Option<f64>; N],
}

#[derive(Clone, Debug)]
struct Stretch<const N: usize> {
    index: u64,
    rows: Vec<Row<N>>,
}

/// A curve of `N` quantities over one axis, thinned as it grows.
#[derive(Clone, Debug)]
pub(super) struct Thinned<const N: usize> {
    most: usize,
    width: f64,
    origin: Option<f64>,
    stretches: Vec<Stretch<N>>,
    taken: u64,
}

impl<const N: usize> Thinned<N> {
    /// Keeps at most so many stretches (one at least), and begins with this width of one.
    pub(super) fn new(most: usize, width: f64) -> Self {
        Self { most: most.max(1), width, origin: None, stretches: Vec::new(), taken: 0 }
    }

    /// Takes the next row; places along the axis do not fall.
    pub(super) fn push(&mut self, row: Row<N>) {
        self.taken += 1;
        let origin = *self.origin.get_or_insert(row.x);
        let index = ((row.x - origin) / self.width) as u64;
        match self.stretches.last_mut() {
            Some(last) if last.index >= index => last.push(row),
            _ => self.stretches.push(Stretch { index, rows: vec![row] }),
        }
        while self.stretches.len() > self.most {
            self.width *= 2.0;
            self.join();
        }
    }

    fn join(&mut self) {
        let mut joined: Vec<Stretch<N>> = Vec::with_capacity(self.stretches.len() / 2 + 1);
        for mut stretch in self.stretches.drain(..) {
            stretch.index /= 2;
            match joined.last_mut() {
                Some(last) if last.index == stretch.index => {
                    last.rows.append(&mut stretch.rows);
                    last.reduce();
                }
                _ => joined.push(stretch),
            }
        }
        self.stretches = joined;
    }

    /// What is kept, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row<N>> {
        self.stretches.iter().flat_map(|stretch| &stretch.rows)
    }

    /// How many rows there were in all.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// From the first place along the axis to the last.
    pub(super) fn span(&self) -> f64 {
        let last = self.stretches.last().and_then(|stretch| stretch.rows.last());
        self.origin.zip(last).map_or(0.0, |(origin, last)| last.x - origin)
    }
}

impl<const N: usize> Stretch<N> {
    fn push(&mut self, row: Row<N>) {
        self.rows.push(row);
        self.reduce();
    }

    /// Drops every row that is neither at an end nor an extreme.
    fn reduce(&mut self) {
        if self.rows.len() <= 2 {
            return;
        }
        let last = self.rows.len() - 1;
        let mut wanted = vec![false; self.rows.len()];
        let mut want = |index: usize| {
            if let Some(it) = wanted.get_mut(index) {
                *it = true;
            }
        };
        want(0);
        want(last);
        for quantity in 0..N {
            let values = || {
                let of = |(index, row): (usize, &Row<N>)| {
                    row.y.get(quantity).copied().flatten().map(|value| (index, value))
                };
                self.rows.iter().enumerate().filter_map(of)
            };
            // The earliest of equals, so that the choice does not depend on how rows came.
            let lowest = values().reduce(|kept, next| if next.1 < kept.1 { next } else { kept });
            let highest = values().reduce(|kept, next| if next.1 > kept.1 { next } else { kept });
            for (index, _) in lowest.into_iter().chain(highest) {
                want(index);
            }
        }
        let mut index = 0;
        self.rows.retain(|_| {
            index += 1;
            wanted.get(index - 1).copied().unwrap_or(true)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn thinned(values: &[(f64, f64)], most: usize) -> Thinned<1> {
        let mut thinned = Thinned::new(most, 0.5);
        for (x, y) in values {
            thinned.push(Row { x: *x, y: [Some(*y)] });
        }
        thinned
    }

    /// Rows whose places do not fall, some at the same place, some far apart.
    fn curve() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec((prop_oneof![0.0..2.0, Just(0.0), 0.0..1e6], -10.0..10.0), 1..600).prop_map(
            |steps| {
                let mut x = 0.0;
                let place = |(step, y): (f64, f64)| {
                    x += step;
                    (x, y)
                };
                steps.into_iter().map(place).collect()
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_kept_is_bounded_was_measured_and_has_the_ends_and_the_extremes(
            values in curve(),
            most in 1_usize..60,
        ) {
            let thinned = thinned(&values, most);
            let kept: Vec<(f64, f64)> = thinned.rows().map(|row| (row.x, row.y[0].unwrap_or(f64::NAN))).collect();
            prop_assert!(kept.len() <= most * 4);
            prop_assert!(kept.iter().all(|row| values.contains(row)));
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            prop_assert_eq!(kept.first(), values.first());
            prop_assert_eq!(kept.last(), values.last());
            let extremes = |rows: &[(f64, f64)]| {
                let y = || rows.iter().map(|row| row.1);
                (y().fold(f64::INFINITY, f64::min), y().fold(f64::NEG_INFINITY, f64::max))
            };
            prop_assert_eq!(extremes(&kept), extremes(&values));
            prop_assert_eq!(thinned.taken(), values.len() as u64);
            prop_assert_eq!(thinned.span(), values[values.len() - 1].0 - values[0].0);
        }
    }

    #[test]
    fn a_peak_of_one_row_in_a_long_run_is_seen() {
        let rows: Vec<(f64, f64)> = (0..100_000)
            .map(|second| (f64::from(second), if second == 77_777 { 9.0 } else { 3.7 }))
            .collect();
        let thinned = thinned(&rows, 50);
        assert!(thinned.rows().count() <= 200);
        assert!(thinned.rows().any(|row| row.x == 77_777.0 && row.y == [Some(9.0)]));
    }

    #[test]
    fn a_place_that_no_run_reaches_ends_in_few_stretches_too() {
        let thinned = thinned(&[(0.0, 1.0), (1e308, 2.0), (f64::MAX, 3.0)], 2);
        assert_eq!(thinned.rows().count(), 3);
    }
}
