//! Many seeds, on all processors, and what they came to.

use super::bug::Bug;
use super::draw::Given;
use super::scenario::Scenario;
use super::tally::Tally;
use super::voyage::{Voyage, sail};
use super::witness::Breach;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A campaign that is to be made.
#[derive(Clone, Debug)]
pub struct Orders {
    /// The seeds.
    pub seeds: Range<u64>,
    /// How many runs go on side by side.
    pub jobs: usize,
    /// What is not left to chance.
    pub given: Given,
    /// A mistake that the program makes on purpose.
    pub bug: Option<Bug>,
}

/// What a campaign came to. The same orders give the same, however many go on side by side.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The seeds whose runs broke a law, or could not be made, and what was seen.
    pub failing: Vec<(u64, Vec<Breach>)>,
    /// The counts.
    pub tally: Tally,
}

/// Makes a campaign. `done` hears of each run as it is over, in no order.
///
/// # Errors
/// There is no place for the files of the runs.
pub fn campaign(orders: &Orders, done: impl Fn(u64, bool) + Sync) -> std::io::Result<Report> {
    let scratch = tempfile::Builder::new().prefix("campaign-").tempdir()?;
    let next = AtomicU64::new(orders.seeds.start);
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for _ in 0..orders.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= orders.seeds.end {
                        return;
                    }
                    let voyage = one(seed, orders, scratch.path());
                    let good = voyage.as_ref().is_ok_and(|it| it.breaches.is_empty());
                    report.lock().unwrap_or_else(PoisonError::into_inner).add(seed, voyage);
                    done(seed, good);
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.failing.sort_by_key(|(seed, _)| *seed);
    Ok(report)
}

/// One run, whose files are gone afterwards.
fn one(seed: u64, orders: &Orders, scratch: &std::path::Path) -> Result<Voyage, String> {
    let scenario = Scenario::of_seed(seed, &orders.given);
    let place = scratch.join(seed.to_string());
    let voyage = sail(&scenario, &place, orders.bug);
    // It is in a directory that goes as a whole.
    let _ = std::fs::remove_dir_all(&place);
    voyage
}

impl Report {
    fn add(&mut self, seed: u64, voyage: Result<Voyage, String>) {
        match voyage {
            Ok(voyage) => {
                self.tally.add(&voyage);
                if !voyage.breaches.is_empty() {
                    self.failing.push((seed, voyage.breaches));
                }
            }
            Err(what) => self.failing.push((seed, vec![Breach { law: "defect", what }])),
        }
    }
}
