//! Whether a program has a unit's port open, and what is to be done when it has left.
//!
//! Linux tells of every opening and closing. Elsewhere only the hang-up of the line tells, and the
//! line has to be looked at now and then to see that it is over.

#[cfg(any(test, not(target_os = "linux")))]
pub(super) mod hangup;
#[cfg(target_os = "linux")]
mod watch;

#[cfg(not(target_os = "linux"))]
pub(super) use hangup::Presence;
#[cfg(target_os = "linux")]
pub(super) use watch::Presence;

use super::pty::Heard;
