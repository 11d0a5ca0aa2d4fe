//! What becomes of the cells of a unit that was lost or reset, or whose watchdog has stopped them: the unit is
//! got back, nothing flows, it is set up by the same code as at the start, and each test goes on as its recipe
//! says. What it held before is believed of nothing but its charge counters, and of those only if it was not
//! reset.

use super::Station;
use super::allowance::Allowance;
use super::exclusive::Exclusive;
use super::fence::FenceError;
use super::find_again::NotFound;
use super::keeper::look_who;
use super::runner::SETTLE;
use super::sine::Generator;
use super::unit_fault::UnitFault;
use crate::clock::Instant;
use crate::driver::LineError;
use crate::event::Event;
use crate::program::Command;
use crate::units::format_duration;
use crate::wire::bootloader::Running;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// So many times within so long a unit is got back.
const MOST: usize = 5;
const WITHIN: Duration = Duration::from_secs(3600);

/// A unit that is silent on a port that is there is asked for so long, before the port is given up, too. By
/// then its watchdog has stopped it.
const ASKED: Duration = Duration::from_secs(30);

/// A unit in its bootloader is given so long to leave it.
const IN_BOOTLOADER: Duration = Duration::from_secs(120);

/// Between two questions to a unit in its bootloader.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a unit may be got back.
pub(super) fn interruptions() -> Allowance {
    Allowance::of(MOST, WITHIN)
}

/// How a wait for a unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waited {
    Back,
    Stopped,
}

impl Station {
    /// Gets the unit back after what can be got over, and goes on with its cells. Says whether there is more
    /// to do.
    ///
    /// # Errors
    /// It cannot be got back, not in time, or not once more.
    pub(super) fn recover(&mut self, fault: UnitFault) -> Result<bool, UnitFault> {
        let begun = self.now();
        if !self.interruptions.take(begun) {
            return Err(UnitFault::TooOften { again: Box::new(fault), most: MOST, within: WITHIN });
        }
        let what = fault.to_string();
        self.reporter.unit_fact(Event::Notice { what: what.clone() });
        let known_reset = matches!(fault, UnitFault::Reset(_));
        if let UnitFault::Line(lost) = fault
            && self.wait_until_back(lost, begun)? == Waited::Stopped
        {
            self.let_go(&what, self.flowed_until(false), true);
            for cell in &mut self.unfenced {
                cell.program.stop_unseen();
                cell.report(&mut self.reporter);
            }
            self.unfenced.clear();
            return Ok(false);
        }
        let differences = look_who(&mut self.line, self.reporter.unit(), self.firmware)?;
        if !differences.is_empty() {
            return Err(UnitFault::NotTheSame(differences));
        }
        let bitten = self.guard.ends_by().filter(|by| *by <= self.now());
        // Kicked first: a watchdog that has bitten bites again, and no slot would stay idle.
        self.guard.kick(&mut self.line)?;
        self.quiet_slots()?;
        let ended = bitten.unwrap_or(self.now());
        let reset = known_reset || self.was_reset()?;
        self.line.pause(self.now() + SETTLE).map_err(LineError::from)?;
        if !reset {
            self.close_accounts()?;
        }
        self.let_go(&what, ended, reset);
        self.set_up()?;
        let seconds = (self.now() - begun).as_secs_f64();
        let how = if reset { "it had been reset" } else { "it had not been reset" };
        let what = format!("the unit is under control again after {seconds:.1} s, and set up afresh; {how}");
        self.reporter.unit_fact(Event::Notice { what });
        Ok(true)
    }

    /// Waits until a unit that was lost answers again, on its port or on another.
    fn wait_until_back(&mut self, lost: LineError, begun: Instant) -> Result<Waited, UnitFault> {
        let at_most = self.patience.at_most;
        if at_most.is_zero() {
            let (lost, why) = (Box::new(lost.into()), "this run waits for none".to_owned());
            return Err(UnitFault::NotBack { lost, why });
        }
        let asked = begun + at_most.min(ASKED);
        let mut in_bootloader: Option<Instant> = None;
        // A port that is gone stays gone.
        let mut gone = matches!(lost, LineError::Transport(_));
        while !gone {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Waited::Stopped);
            }
            self.reporter.hand_on();
            match self.line.start() {
                Ok(Running::Application) => return Ok(Waited::Back),
                Ok(Running::Bootloader) => {
                    let now = self.now();
                    if in_bootloader.is_none() {
                        self.needs_person("the unit came up in its bootloader; it is given 2 min to leave it, and then has to be flashed");
                    }
                    if now - *in_bootloader.get_or_insert(now) >= IN_BOOTLOADER.min(at_most) {
                        return Err(UnitFault::Bootloader);
                    }
                    gone = self.line.pause(now + PAUSE).is_err();
                }
                Err(LineError::Transport(_)) => gone = true,
                Err(LineError::Fault(_)) if self.now() < asked => {}
                Err(LineError::Fault(_)) => break,
            }
        }
        let left = at_most.saturating_sub(self.now() - begun);
        let lost = Box::new(UnitFault::Line(lost));
        let Some(mut find_again) = self.patience.find_again.take() else {
            return Err(UnitFault::NotBack { lost, why: "its port is not looked for elsewhere".into() });
        };
        let what = format!(
            "the unit was lost ({lost}); plug it in again, at any port: its cells wait for it for {}",
            format_duration(left)
        );
        let (port, why) = (self.line.name().to_owned(), lost.to_string());
        self.reporter.unit_fact(Event::UnitLost { port, why });
        self.needs_person(&what);
        self.worn += self.line.driver().eeprom_writes();
        // That can take long, and whoever is to come must hear of it.
        self.reporter.deliver();
        let found = find_again(self.line.hang_up(), left);
        self.patience.find_again = Some(find_again);
        match found {
            Ok(line) => {
                self.line = line;
                self.reporter.unit_fact(Event::UnitBack { port: self.line.name().to_owned() });
                Ok(Waited::Back)
            }
            Err(NotFound::Stopped) => Ok(Waited::Stopped),
            Err(NotFound::Missing(why)) => Err(UnitFault::NotBack { lost, why }),
        }
    }

    /// Whether the unit has lost its state: by its timer and its settings, and by the limits of its slots.
    fn was_reset(&mut self) -> Result<bool, UnitFault> {
        match self.guard.look_for_reset(&mut self.line) {
            Err(UnitFault::Reset(_)) => return Ok(true),
            looked => looked?,
        }
        for runner in self.runners.iter_mut().filter(|runner| !runner.is_done()) {
            match runner.fence().stands(&mut self.line) {
                Ok(()) => {}
                Err(FenceError::Line(error)) => return Err(error.into()),
                Err(FenceError::Fallen { .. } | FenceError::Limit(_)) => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Counts what passed in each slot since it was looked at last, now that nothing flows any more.
    pub(super) fn close_accounts(&mut self) -> Result<(), UnitFault> {
        for index in 0..self.runners.len() {
            if let Some((runner, _, mut shared)) = self.turn(index) {
                runner.close_account(&mut shared)?;
            }
        }
        Ok(())
    }

    /// Takes every cell from behind its limits, and tells its program that it was interrupted. Where the unit
    /// was reset, nobody knows what passed up to `ended` but that it is bounded.
    pub(super) fn let_go(&mut self, why: &str, ended: Instant, reset: bool) {
        for mut runner in std::mem::take(&mut self.runners) {
            // Of one whose program is over nothing else is left.
            runner.report(&mut self.reporter);
            if reset && let Some(event) = runner.unseen_charge(ended, why) {
                self.reporter.cell_fact(runner.live(), event);
            }
            if let Some(mut cell) = runner.let_go(why) {
                cell.report(&mut self.reporter);
                // It is done where its recipe ends an interrupted test.
                if cell.program.command() != Command::Finished {
                    self.unfenced.push_back(cell);
                }
            }
        }
        self.generator = Generator::default();
        self.exclusive = Exclusive::default();
        self.slices.forget();
    }

    /// Says that somebody has to come to the unit.
    pub(super) fn needs_person(&mut self, what: &str) {
        self.reporter.unit_fact(Event::NeedsPerson { what: what.to_owned() });
    }
}
