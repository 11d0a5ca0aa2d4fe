//! Where in the plan a cell is: which step, inside which passes of which repeats.

use super::memory::Memory;
use crate::event::{Level, Position, Totals};
use crate::plan::{Jump, Kind, Repeat, Step, Then};
use crate::verdict::Verdict;

/// So many steps that take no time are walked over at once. No plan needs as many; one that goes in a
/// ring must not hold up the cells beside it.
const LONGEST_WALK: u32 = 100_000;

/// A place in nested lists of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// From the outermost list of steps inwards: the index in it, and the pass of the repeat there.
    levels: Vec<Level>,
    /// How often each jump was taken, by its number.
    jumps: Vec<u32>,
    cycle_opened: bool,
    /// What became of the test where the plan itself has ended it.
    verdict: Option<(Verdict, String)>,
    /// What there is to say of the way.
    notices: Vec<String>,
}

/// The cell's books as the cursor needs them.
pub(super) struct Books<'m> {
    pub(super) memory: &'m mut Memory,
    pub(super) totals: Totals,
}

impl Cursor {
    /// The first step that takes time, in a plan with so many jumps.
    pub(super) fn start(steps: &[Step], jumps: u32, books: &mut Books<'_>) -> Self {
        let mut cursor = Self {
            levels: vec![Level { index: 0, pass: 0 }],
            jumps: vec![0; jumps as usize],
            cycle_opened: false,
            verdict: None,
            notices: Vec::new(),
        };
        cursor.enter(steps, books);
        cursor
    }

    /// A place that was reached before.
    pub(super) fn at(position: &Position) -> Self {
        Self {
            levels: position.levels.clone(),
            jumps: position.jumps.clone(),
            cycle_opened: position.cycle_opened,
            verdict: position.verdict.clone(),
            notices: Vec::new(),
        }
    }

    /// Notes the place.
    pub(super) fn note(&self, position: &mut Position) {
        position.levels.clone_from(&self.levels);
        position.jumps.clone_from(&self.jumps);
        position.cycle_opened = self.cycle_opened;
        position.verdict.clone_from(&self.verdict);
    }

    /// Goes back to the beginning of the innermost pass here that counts as a cycle, or of the whole plan
    /// where there is none. In either case another cycle begins.
    pub(super) fn restart_cycle(&mut self, steps: &[Step], books: &mut Books<'_>) {
        let counts = |levels: &[Level]| {
            let (last, outer) = levels.split_last()?;
            let step = list(steps, outer)?.get(last.index)?;
            matches!(&step.kind, Kind::Repeat(Repeat { counts_cycles: true, .. })).then_some(())
        };
        // What is inside of level `depth` is the list of the step there.
        let inside =
            (1..self.levels.len()).rev().find(|depth| self.levels.get(..*depth).and_then(counts).is_some());
        books.memory.pass_again(books.totals);
        match inside {
            Some(depth) => {
                self.levels.truncate(depth + 1);
                if let Some(level) = self.levels.last_mut() {
                    level.index = 0;
                }
            }
            None => {
                self.levels = vec![Level { index: 0, pass: 0 }];
                self.jumps.fill(0);
                self.cycle_opened = false;
            }
        }
        self.enter(steps, books);
    }

    /// The step here; none when the plan is done.
    pub(super) fn step<'p>(&self, steps: &'p [Step]) -> Option<&'p Step> {
        let (last, outer) = self.levels.split_last()?;
        list(steps, outer)?.get(last.index)
    }

    /// What became of the test, and why, where the plan has ended it before its last step.
    pub(super) fn verdict(&self) -> Option<&(Verdict, String)> {
        self.verdict.as_ref()
    }

    /// What there is to say of the way since the last time.
    pub(super) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Goes from a step that has ended to the next one that takes time. `why` says what ended it.
    pub(super) fn advance(&mut self, steps: &[Step], then: &Then, why: &str, books: &mut Books<'_>) {
        self.go(then, why);
        self.enter(steps, books);
    }

    /// Goes where `then` says, from the step here.
    fn go(&mut self, then: &Then, why: &str) {
        match then {
            Then::Next => self.next(),
            Then::Pass => {
                self.end(
                    Verdict::Pass,
                    format!("passed by {why}; what comes after it in the plan was not done"),
                );
            }
            Then::Fail => self.end(Verdict::Fail, format!("failed by {why}")),
            Then::Goto(jump) => self.jump(jump),
        }
    }

    fn next(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.index += 1;
        }
    }

    fn end(&mut self, verdict: Verdict, why: String) {
        self.levels.clear();
        self.verdict = Some((verdict, why));
    }

    /// Takes a jump, if it may be taken once more. The passes of the repeats around its step stay.
    fn jump(&mut self, jump: &Jump) {
        let number = jump.number as usize;
        if self.jumps.len() <= number {
            self.jumps.resize(number + 1, 0);
        }
        if let Some(taken) = self.jumps.get_mut(number) {
            if jump.times.is_some_and(|times| *taken >= times) {
                self.notices.push(format!(
                    "the way to {} was taken {taken} times, as often as it may be; the next step follows",
                    jump.name
                ));
                return self.next();
            }
            *taken = taken.saturating_add(1);
        }
        let same = self.levels.iter().zip(&jump.path).take_while(|(level, index)| level.index == **index);
        // The list of the step that is gone to is the last one of which all steps around it are the same.
        let kept = (same.count() + 1).min(jump.path.len());
        self.levels.truncate(kept);
        for (at, index) in jump.path.iter().enumerate() {
            match self.levels.get_mut(at) {
                Some(level) => level.index = *index,
                None => self.levels.push(Level { index: *index, pass: 0 }),
            }
        }
    }

    /// Walks out of lists that are done, into groups and repeats and over jumps, until a step is
    /// reached that takes time, or all is done.
    fn enter(&mut self, steps: &[Step], books: &mut Books<'_>) {
        for _ in 0..LONGEST_WALK {
            let Some((last, outer)) = self.levels.split_last() else { return };
            match list(steps, outer).and_then(|list| list.get(last.index)).map(|step| &step.kind) {
                Some(Kind::Repeat(Repeat { counts_cycles, .. })) => {
                    self.levels.push(Level { index: 0, pass: 0 });
                    self.open_pass(*counts_cycles, books);
                }
                Some(Kind::Group { .. }) => self.levels.push(Level { index: 0, pass: 0 }),
                Some(Kind::Goto(jump)) => self.jump(jump),
                Some(_) => return,
                None => self.leave(steps, books),
            }
        }
        self.end(Verdict::Error, "the plan goes in a ring without a step that takes time".into());
    }

    /// At the end of a list: the next pass of its repeat, or what comes after it.
    fn leave(&mut self, steps: &[Step], books: &mut Books<'_>) {
        let Some(done) = self.levels.pop() else { return };
        let Some((parent, outer)) = self.levels.split_last() else { return };
        let Some(step) = list(steps, outer).and_then(|list| list.get(parent.index)) else {
            return self.next();
        };
        let Kind::Repeat(repeat) = &step.kind else { return self.next() };
        if repeat.counts_cycles {
            books.memory.pass_ends(books.totals);
        }
        if let Some(condition) = books.memory.ends(repeat, books.totals) {
            self.go(&condition.then, &format!("step {} ({}): {condition}", step.id, step.label()));
        } else if done.pass + 1 < repeat.times {
            self.levels.push(Level { index: 0, pass: done.pass + 1 });
            self.open_pass(repeat.counts_cycles, books);
        } else {
            self.next();
        }
    }

    fn open_pass(&mut self, counts_cycles: bool, books: &mut Books<'_>) {
        if counts_cycles {
            let first = !std::mem::replace(&mut self.cycle_opened, true);
            books.memory.pass_begins(first, books.totals);
        }
    }
}

fn list<'p>(steps: &'p [Step], outer: &[Level]) -> Option<&'p [Step]> {
    outer.iter().try_fold(steps, |list, level| list.get(level.index)?.kind.steps())
}

#[cfg(test)]
mod tests;
