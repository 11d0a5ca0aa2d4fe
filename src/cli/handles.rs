//! The file handles that a run needs: seen to before anything is opened, so that none is missing when cells are energised.

use super::failure::Failure;
use crate::plan::{Kind, Plan};

/// For each unit on a port: that, and the two ends of the pipe that ends its waits.
const A_PORT: u64 = 3;

/// For each cell: the time series, and the tables of steps, cycles, impedances and DC resistances.
const A_CELL: u64 = 5;

/// For everything else: the journal, the lock, a trace, a live page with its browsers, web hooks, reports, and what the
/// system's libraries open for a moment.
const ELSE: u64 = 64;

/// Sees to it that this process may open as many files as a run on so many units on ports needs, whatever it measures. A
/// soft limit is raised.
///
/// # Errors
/// The hard limit is lower.
pub(super) fn ensure(units: usize) -> Result<(), Failure> {
    ensure_each(units, A_PORT + 4 * A_CELL)
}

/// The same for simulated units, which have no ports. There may be thousands of cells, for which a table that the plan leaves empty
/// makes a difference.
///
/// # Errors
/// As there.
pub(super) fn ensure_simulated(units: usize, plan: &Plan) -> Result<(), Failure> {
    let resistances = plan.any_step(|step| matches!(step.kind, Kind::Resistance(_)));
    ensure_each(units, 4 * (A_CELL - u64::from(!resistances)))
}

fn ensure_each(units: usize, each: u64) -> Result<(), Failure> {
    let needed = ELSE.saturating_add(each.saturating_mul(u64::try_from(units).unwrap_or(u64::MAX)));
    allowed(needed).map_err(|limit| {
        let units = if units == 1 { "1 unit".to_owned() } else { format!("{units} units") };
        Failure::refused(format!(
            "a run on {units} may need {needed} open files, and the system allows this process {limit}"
        ))
        .hint(format!("raise that limit (`ulimit -n {needed}`), or test fewer units at once"))
    })
}

/// Gives the limit where it is too low.
#[cfg(unix)]
fn allowed(needed: u64) -> Result<(), u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    // None is no limit.
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if is_enough(current) {
        return Ok(());
    }
    let wanted = Rlimit { current: Some(needed), maximum };
    if is_enough(maximum) && setrlimit(Resource::Nofile, wanted).is_ok() {
        return Ok(());
    }
    Err(maximum.or(current).unwrap_or_default())
}

/// Windows has no such limit that a run could reach.
#[cfg(not(unix))]
fn allowed(_: u64) -> Result<(), u64> {
    Ok(())
}
