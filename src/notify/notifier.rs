//! Hears the facts of a run, and has those told that somebody wants to know.

use super::{Counts, Courier, Message, NotifyError, Target};
use crate::clock::{Clock, Instant};
use crate::event::{Entry, Event};
use crate::identity::{CellName, SerialNumber};
use crate::recipe::notify::Occasion;
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a run that has ended waits for messages on their way.
pub const GRACE: Duration = Duration::from_secs(10);
/// So often it is seen whether somebody is in a hurry.
const GLANCE: Duration = Duration::from_millis(100);

/// Hears the facts of a run. Nothing in it waits, but for [`Notifier::close`].
pub struct Notifier {
    couriers: Vec<Courier>,
    /// When each target was last told that the run goes on, or would have been.
    alive: Vec<Option<Instant>>,
    recipe: String,
    simulated: bool,
    run: String,
    cells: usize,
    verdicts: BTreeMap<CellName, Verdict>,
}

/// What a message is about.
#[derive(Default)]
struct About {
    unit: Option<SerialNumber>,
    cell: Option<CellName>,
    exit: Option<Exit>,
    why: String,
}

impl Notifier {
    /// Makes ready to tell these targets of a run of a recipe.
    ///
    /// # Errors
    /// Nothing can be sent from this machine.
    pub fn start(targets: Vec<Target>, recipe: &str, simulated: bool) -> Result<Self, NotifyError> {
        let couriers = targets.into_iter().map(Courier::start).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            alive: vec![None; couriers.len()],
            couriers,
            recipe: recipe.to_owned(),
            simulated,
            run: String::new(),
            cells: 0,
            verdicts: BTreeMap::new(),
        })
    }

    /// The run begins, in a directory of this name, with so many cells.
    pub fn begin(&mut self, run: &str, cells: usize) {
        run.clone_into(&mut self.run);
        self.cells = cells;
    }

    /// One more cell has come to a run with a queue.
    pub fn one_more(&mut self) {
        self.cells += 1;
    }

    fn tell(&self, occasion: Occasion, time: DateTime<Utc>, about: About) {
        let message = self.message(occasion, time, about);
        for courier in self.couriers.iter().filter(|courier| courier.target.wants(occasion)) {
            courier.mailbox.put(message.clone());
        }
    }

    fn message(&self, occasion: Occasion, time: DateTime<Utc>, about: About) -> Message {
        Message {
            occasion,
            run: self.run.clone(),
            recipe: self.recipe.clone(),
            simulated: self.simulated,
            time,
            unit: about.unit,
            cell: about.cell,
            why: about.why,
            exit: about.exit,
            counts: Counts::new(self.cells, self.verdicts.values().copied()),
        }
    }

    /// Some cells of the run are done already.
    pub fn knows(&mut self, verdicts: &BTreeMap<CellName, Verdict>) {
        self.verdicts.clone_from(verdicts);
    }

    /// Hears a fact.
    pub fn hear(&mut self, entry: &Entry) {
        let about =
            |why: &str| About { unit: entry.unit, cell: entry.cell.clone(), why: why.to_owned(), exit: None };
        match &entry.event {
            Event::CellEnded { verdict, why, .. } | Event::CellJudged { verdict, why } => {
                let Some(cell) = &entry.cell else { return };
                // Where the criteria leave it at what its own test came to, that was told.
                let before = self.verdicts.insert(cell.clone(), *verdict);
                if matches!(verdict, Verdict::Fail | Verdict::Error) && before != Some(*verdict) {
                    self.tell(Occasion::Failed, entry.time, about(why));
                }
            }
            Event::CellResumed { .. } => {
                self.verdicts.retain(|cell, _| Some(cell) != entry.cell.as_ref());
            }
            // A fault of a cell is told when the cell ends.
            Event::Fault { what } if entry.cell.is_none() => {
                self.tell(Occasion::Failed, entry.time, about(what));
            }
            Event::NeedsPerson { what } => self.tell(Occasion::NeedsPerson, entry.time, about(what)),
            Event::NotMadeSafe { what } => {
                let why = format!("NOT MADE SAFE, current may flow: {what}");
                self.tell(Occasion::NeedsPerson, entry.time, about(&why));
            }
            Event::StopRequested { by } => {
                let why = format!("stopped before its end by {by}");
                self.tell(Occasion::NeedsPerson, entry.time, about(&why));
            }
            Event::RunEnded { exit } => self.ended(entry.time, *exit),
            _ => {}
        }
    }

    /// The run has ended, or could not begin.
    pub fn ended(&self, time: DateTime<Utc>, exit: Exit) {
        self.tell(Occasion::Finished, time, About { exit: Some(exit), ..About::default() });
    }

    /// The whole run failed.
    pub fn failed(&self, time: DateTime<Utc>, why: &str) {
        self.tell(Occasion::Failed, time, About { why: why.to_owned(), ..About::default() });
    }

    /// Somebody has to come.
    pub fn needs_person(&self, time: DateTime<Utc>, unit: Option<SerialNumber>, why: &str) {
        self.tell(Occasion::NeedsPerson, time, About { unit, why: why.to_owned(), ..About::default() });
    }

    /// Time has passed: `now` by one clock of the real world, `time` by the clock of the run. The first call
    /// begins the count.
    pub fn tick(&mut self, now: Instant, time: DateTime<Utc>) {
        let mut due = Vec::new();
        for (index, (courier, last)) in self.couriers.iter().zip(&mut self.alive).enumerate() {
            let Some(every) = courier.target.alive_every else { continue };
            let begun = *last.get_or_insert(now);
            if now.since(begun) >= every {
                *last = Some(now);
                due.push(index);
            }
        }
        for index in due {
            let message = self.message(Occasion::Alive, time, About::default());
            if let Some(courier) = self.couriers.get(index) {
                courier.mailbox.put(message);
            }
        }
    }

    /// What was not delivered since this was asked for last, in words.
    pub fn losses(&self) -> Vec<String> {
        self.couriers.iter().flat_map(losses).collect()
    }

    /// Waits for messages on their way, by this clock of the real world for [`GRACE`] at most, and not when hurried. Gives
    /// what was not delivered since this was asked for last, in words.
    pub fn close(&self, clock: &dyn Clock, is_hurried: impl Fn() -> bool) -> Vec<String> {
        let end = clock.now() + GRACE;
        for courier in &self.couriers {
            courier.mailbox.close();
        }
        let mut told = Vec::new();
        for courier in &self.couriers {
            let left = loop {
                let rest = if is_hurried() { Duration::ZERO } else { end.since(clock.now()) };
                let left = courier.mailbox.wait_until_empty(rest.min(GLANCE));
                if left == 0 || rest.is_zero() {
                    break left;
                }
            };
            told.extend(losses(courier));
            if left > 0 {
                let messages = if left == 1 { "message was" } else { "messages were" };
                told.push(format!(
                    "notify {}: {left} {messages} not delivered within {} s of the end",
                    courier.target.label(),
                    if is_hurried() { 0 } else { GRACE.as_secs() }
                ));
            }
        }
        told
    }
}

fn losses(courier: &Courier) -> Vec<String> {
    let (put_out, failures) = courier.mailbox.losses();
    let label = courier.target.label();
    let mut told: Vec<String> = failures.into_iter().map(|why| format!("notify {label}: {why}")).collect();
    if put_out > 0 {
        let messages = if put_out == 1 { "message was" } else { "messages were" };
        told.push(format!(
            "notify {label}: {put_out} {messages} dropped, the oldest first, because too many waited"
        ));
    }
    told
}
