//! The threads that do the work of the stations: one for each, as each waits for its own unit. Simulated units that know
//! nothing of one another keep nobody waiting; of those as many go on at once as the machine has processors, and the others
//! after them.

use crate::identity::SerialNumber;
use crate::station::{BoundCell, Ended, Station};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A station, its unit, and the cells that it is to test.
pub(super) type Work = (SerialNumber, Station, Vec<BoundCell>);

/// The threads of a run.
#[derive(Default)]
pub(super) struct Crew {
    threads: Vec<JoinHandle<Vec<Ended>>>,
}

impl Crew {
    /// Whether nobody works, or did.
    pub(super) fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// Lets a station work, beside all others.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn add(&mut self, work: Work) -> Result<(), String> {
        self.work_off(VecDeque::from([work]), 1)
    }

    /// Lets stations work, as many at once as the machine has processors.
    ///
    /// # Errors
    /// The system gives no thread for one more; those that work do the rest.
    pub(super) fn add_in_turn(&mut self, works: VecDeque<Work>) -> Result<(), String> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = processors.min(works.len());
        self.work_off(works, threads)
    }

    fn work_off(&mut self, works: VecDeque<Work>, threads: usize) -> Result<(), String> {
        let works = Arc::new(Mutex::new(works));
        for _ in 0..threads {
            let Some(serial) = lock(&works).front().map(|(serial, ..)| *serial) else { break };
            let works = Arc::clone(&works);
            let work_off = move || {
                let mut ended = Vec::new();
                while let Some((_, station, cells)) = next(&works) {
                    ended.push(station.run(cells));
                }
                ended
            };
            let thread = Builder::new().name(format!("unit {serial}")).spawn(work_off);
            self.threads.push(thread.map_err(|error| {
                format!(
                    "the system gives no thread for unit {serial}: {error}; end other programs, or test fewer units at once"
                )
            })?);
        }
        Ok(())
    }

    /// Waits until all stations have ended. Gives how each did; none for a thread that failed.
    pub(super) fn join(&mut self) -> Vec<Option<Ended>> {
        let threads = self.threads.drain(..).map(JoinHandle::join);
        threads
            .flat_map(|thread| thread.map_or(vec![None], |ended| ended.into_iter().map(Some).collect()))
            .collect()
    }
}

fn lock(works: &Mutex<VecDeque<Work>>) -> std::sync::MutexGuard<'_, VecDeque<Work>> {
    works.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next one, with nothing held while it works.
fn next(works: &Mutex<VecDeque<Work>>) -> Option<Work> {
    lock(works).pop_front()
}
