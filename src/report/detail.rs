//! How much of a run a report shows, so that it stays a few megabytes whatever the run.

/// Bounds for one cell, from the number of cells in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// Stretches of the time axis; each gives 2 rows where all goes smoothly, and 8 at most.
    pub(super) time_stretches: usize,
    /// Curves of voltage over charge, of each direction.
    pub(super) curves: usize,
    /// Stretches of each of them; 2 rows each where all goes smoothly, and 4 at most.
    pub(super) curve_stretches: usize,
    /// Cycles.
    pub(super) cycles: usize,
    /// Spectra.
    pub(super) spectra: usize,
}

impl Detail {
    /// For so many cells. Four cells get about two points a pixel of a wide screen.
    pub(super) fn for_cells(cells: usize) -> Self {
        let share = |of: usize, least: usize, most: usize| (of / cells.max(1)).clamp(least, most);
        Self {
            time_stretches: share(12_000, 40, 1500),
            curves: share(240, 4, 20),
            curve_stretches: share(2400, 40, 120),
            cycles: share(20_000, 60, 1000),
            spectra: share(320, 4, 20),
        }
    }
}
