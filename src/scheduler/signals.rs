//! A wish to end, from a terminal or the system: the first ends the run safely, the second at once.

use crate::transport::Waker;
use crate::verdict::Exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the run is to end, for everybody who has to know.
#[derive(Clone, Debug, Default)]
pub struct StopSwitch {
    wanted: Arc<AtomicBool>,
    /// Whether a person or the system asked; a lost disk, too, makes the end wanted, and must not
    /// turn the first Ctrl-C into a second one.
    asked: Arc<AtomicBool>,
    wakers: Arc<Mutex<Vec<Waker>>>,
}

impl StopSwitch {
    /// The flag that stations look at.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.wanted)
    }

    /// Whether the run is to end.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Adds a wait that has to end early when the run is to end.
    pub fn add_waker(&self, waker: Waker) {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner).push(waker);
    }

    /// Asks for the end.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        for waker in self.wakers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            waker.wake();
        }
    }

    /// From here on Ctrl-C, SIGTERM and a closing terminal (on Windows the console's events) ask for
    /// the end. The second one ends the process at once, and the units' watchdogs do the rest; the
    /// exit code is that of a fault, since the cells are not known to be safe.
    ///
    /// # Errors
    /// The system takes no handler.
    pub fn listen(&self) -> Result<(), ctrlc::Error> {
        let switch = self.clone();
        ctrlc::set_handler(move || {
            if switch.asked.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(Exit::Fault.code()));
            }
            switch.want();
        })
    }
}
