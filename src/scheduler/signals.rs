//! A wish to end, from a terminal or the system: the first ends the run safely, the second at once.

use crate::transport::Waker;
use crate::verdict::Exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the run is to end, for everybody who has to know.
#[derive(Clone, Debug, Default)]
pub struct StopSwitch {
    wanted: Arc<AtomicBool>,
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

    /// Asks for the end; says whether nobody had before.
    pub fn want(&self) -> bool {
        let first = !self.wanted.swap(true, Ordering::Relaxed);
        for waker in self.wakers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            waker.wake();
        }
        first
    }

    /// From here on Ctrl-C, SIGTERM and a closing terminal (on Windows the console's events) ask for
    /// the end. The second one ends the process at once, and the units' watchdogs do the rest.
    ///
    /// # Errors
    /// The system takes no handler.
    pub fn listen(&self) -> Result<(), ctrlc::Error> {
        let switch = self.clone();
        ctrlc::set_handler(move || {
            if !switch.want() {
                std::process::exit(i32::from(Exit::Stopped.code()));
            }
        })
    }
}
