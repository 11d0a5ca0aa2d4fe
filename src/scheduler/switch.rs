//! The wish to end, for everybody who has to know of it.

use super::signals;
use super::wish::{Answer, Stage};
use crate::transport::Waker;
use crate::verdict::Exit;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the run is to end, for everybody who has to know.
#[derive(Clone, Debug, Default)]
pub struct StopSwitch {
    wanted: Arc<AtomicBool>,
    hurried: Arc<AtomicBool>,
    asked: Arc<Mutex<Asked>>,
    wakers: Arc<Mutex<Vec<Waker>>>,
}

/// What a person or the system asked for. A lost disk, too, makes the end wanted, and must not turn the first Ctrl-C
/// into a second one.
#[derive(Debug, Default)]
struct Asked {
    stage: Stage,
    by: Option<&'static str>,
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

    /// The signal by which a person or the system asked for the end while cells were in test.
    pub fn asked_by(&self) -> Option<&'static str> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).by
    }

    /// Whether somebody asked, when the cells were safe already, that nothing be waited for any more.
    pub fn is_hurried(&self) -> bool {
        self.hurried.load(Ordering::Relaxed)
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

    /// Says that every station has ended, or that more is done: ended now, the process would end with this code.
    pub fn ended(&self, exit: Exit) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.stage = asked.stage.on_ended(exit);
    }

    /// From here on Ctrl-C, SIGTERM and a closing terminal (on Windows the console's events) ask for the end: the
    /// first time safely, the second at once.
    ///
    /// # Errors
    /// The system takes no handler, or gives no thread.
    pub fn listen(&self) -> io::Result<()> {
        let switch = self.clone();
        signals::listen(move |by| switch.on_signal(by))
    }

    fn on_signal(&self, by: &'static str) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let (stage, answer) = asked.stage.on_wish();
        asked.stage = stage;
        match answer {
            Answer::StopSafely => {
                asked.by = Some(by);
                drop(asked);
                self.want();
            }
            Answer::Hurry => self.hurried.store(true, Ordering::Relaxed),
            Answer::EndNow(exit) => std::process::exit(i32::from(exit.code())),
        }
    }
}
