//! Who is told of a run by web hooks, while nothing waits for them.
//!
//! A [`Notifier`] hears the facts of a run and makes a [`Message`] of those that somebody wants to know.
//! Each target has a mailbox of bounded size and a thread, the courier, that empties it; putting a message
//! in never waits. What could not be delivered is told as notices.

mod courier;
mod mailbox;
mod message;
mod notifier;
mod post;
mod sender;
mod target;

pub use courier::Courier;
pub use mailbox::{Mailbox, QUEUE};
pub use message::{Counts, Message};
pub use notifier::{GRACE, Notifier};
pub use post::Post;
pub use sender::{Answer, NotifyError, Sender};
pub use target::{Target, resolve};
