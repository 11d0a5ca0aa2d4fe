//! The thread that brings the messages of one target.

use super::{Answer, Mailbox, Message, NotifyError, Sender, Target};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long is waited before the second try; each further time is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The target with its mailbox; the thread that empties it has no other tie to the run.
pub struct Courier {
    pub(super) target: Arc<Target>,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Courier {
    /// Starts the thread.
    ///
    /// # Errors
    /// Nothing can be sent from this machine.
    pub fn start(target: Target) -> Result<Self, NotifyError> {
        let target = Arc::new(target);
        let mailbox = Arc::new(Mailbox::default());
        let sender = Sender::new(Arc::clone(&target))?;
        let theirs = Arc::clone(&mailbox);
        let work = move || {
            while let Some(message) = theirs.take() {
                if let Err(why) = deliver(&sender, &message, &theirs) {
                    theirs.failed(why);
                }
            }
        };
        thread::Builder::new().name("notify".to_owned()).spawn(work).map_err(|error| NotifyError {
            target: target.label().to_owned(),
            why: format!("no thread can be started: {error}"),
        })?;
        Ok(Self { target, mailbox })
    }
}

/// Tries until a message is taken, will never be, or was tried often enough.
fn deliver(sender: &Sender, message: &Message, mailbox: &Mailbox) -> Result<(), String> {
    let lost = |how: String| Err(format!("`{}` was not delivered {how}", message.occasion.word()));
    let tries = sender.target().retries + 1;
    let mut pause = FIRST_PAUSE;
    let mut last = String::new();
    for number in 1..=tries {
        match sender.send(message) {
            Answer::Taken(_) => return Ok(()),
            Answer::Never(why) => return lost(format!("and will not be: {why}")),
            Answer::NotNow(why) => last = why,
        }
        if number < tries {
            mailbox.pause(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
    lost(format!("in {tries} {}: {last}", if tries == 1 { "try" } else { "tries" }))
}
