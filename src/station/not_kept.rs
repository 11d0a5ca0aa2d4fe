//! What a station does when that which it tells is not taken: the disk is slow, or whoever reads the output. The cells stay
//! under control, and what is told waits in memory; when that grows too much, the tests end before anything is lost.

use super::Station;
use super::runner::SETTLE;
use super::unit_fault::UnitFault;
use crate::driver::LineError;

impl Station {
    /// Hands on what was held back. Where more of it waits than may, ends all current, counts what passed, and tells the cells'
    /// programs that they are interrupted.
    ///
    /// # Errors
    /// Too much waits; or the unit does not answer.
    pub(super) fn look_after_backlog(&mut self) -> Result<(), UnitFault> {
        self.reporter.hand_on();
        let Some(why) = self.reporter.too_much() else { return Ok(()) };
        self.quiet_slots()?;
        self.line.pause(self.now() + SETTLE).map_err(LineError::from)?;
        self.close_accounts()?;
        self.let_go(&why, self.now(), false);
        Err(UnitFault::NotKept(why))
    }
}
