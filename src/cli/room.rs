//! Whether what a run is expected to write finds room on its disk.

use crate::plan::{self, Plan};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A row of a time series, with what the rest of the directory has for it.
const A_ROW: u64 = 260;
/// What a step leaves: two facts, rows of tables, what the reports tell of it.
const A_STEP: u64 = 4096;
/// What every run leaves for each cell.
const A_CELL: u64 = 64 * 1024;

/// Says so if the disk of a directory has less room than a run of these plans, one for each cell, is expected to need.
/// What a recipe records on change comes on top and is not known before.
pub(super) fn too_little(directory: &Path, plans: &[Arc<Plan>]) -> Option<String> {
    let free = free(directory)?;
    let of_cell = |plan: &Arc<Plan>| {
        let forecast = plan::forecast(plan);
        A_CELL
            .saturating_add(A_ROW.saturating_mul(forecast.rows))
            .saturating_add(A_STEP.saturating_mul(forecast.steps))
    };
    // Many cells share one plan.
    let mut known = BTreeMap::new();
    let bytes = |plan| *known.entry(Arc::as_ptr(plan)).or_insert_with(|| of_cell(plan));
    let needed = plans.iter().map(bytes).fold(0, u64::saturating_add);
    (needed > free).then(|| {
        format!(
            "the run may need {} on the disk of {}, and {} are free: if the disk is full before it ends, it stops its cells and ends",
            megabytes(needed),
            directory.display(),
            megabytes(free)
        )
    })
}

fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "it is told with one decimal")]
    let megabytes = bytes as f64 / 1e6;
    format!("{megabytes:.1} MB")
}

/// The bytes that are free for this user; `None` where the system does not tell.
#[cfg(unix)]
fn free(directory: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The standard library does not tell on this system.
#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}
