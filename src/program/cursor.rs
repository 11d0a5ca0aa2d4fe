//! Where in the plan a cell is: which step, inside which passes of which loops.

use crate::plan::{Kind, Step};

/// A place in nested loops, and the count of cycles on the way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// From the outermost list of steps inwards: the index in it, and the pass of the loop there.
    levels: Vec<Level>,
    cycle: u32,
    cycle_opened: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    index: usize,
    pass: u32,
}

impl Cursor {
    /// The first step that is not a loop.
    pub(super) fn start(steps: &[Step]) -> Self {
        let mut cursor = Self { levels: vec![Level { index: 0, pass: 0 }], cycle: 1, cycle_opened: false };
        cursor.enter(steps);
        cursor
    }

    /// The cycle, from 1.
    pub(super) fn cycle(&self) -> u32 {
        self.cycle
    }

    /// The step here; none when the plan is done.
    pub(super) fn step<'p>(&self, steps: &'p [Step]) -> Option<&'p Step> {
        let (last, outer) = self.levels.split_last()?;
        Self::list(steps, outer)?.get(last.index)
    }

    /// Goes on to the next step that is not a loop. Says whether a new cycle began.
    pub(super) fn advance(&mut self, steps: &[Step]) -> bool {
        let before = self.cycle;
        if let Some(level) = self.levels.last_mut() {
            level.index += 1;
        }
        self.enter(steps);
        self.cycle != before
    }

    /// Walks out of lists that are done and into loops, until a step is reached or all is done.
    fn enter(&mut self, steps: &[Step]) {
        while let Some((last, outer)) = self.levels.split_last() {
            match Self::list(steps, outer).and_then(|list| list.get(last.index)) {
                Some(Step { kind: Kind::Repeat { counts_cycles, .. }, .. }) => {
                    self.levels.push(Level { index: 0, pass: 0 });
                    self.open_pass(*counts_cycles);
                }
                Some(_) => return,
                None => self.leave(steps),
            }
        }
    }

    /// At the end of a list: the next pass of its loop, or the step after the loop.
    fn leave(&mut self, steps: &[Step]) {
        let Some(done) = self.levels.pop() else { return };
        let Some((parent, outer)) = self.levels.split_last() else { return };
        let kind = Self::list(steps, outer).and_then(|list| list.get(parent.index)).map(|step| &step.kind);
        match kind {
            Some(Kind::Repeat { times, counts_cycles, .. }) if done.pass + 1 < *times => {
                self.levels.push(Level { index: 0, pass: done.pass + 1 });
                self.open_pass(*counts_cycles);
            }
            _ => {
                if let Some(level) = self.levels.last_mut() {
                    level.index += 1;
                }
            }
        }
    }

    fn open_pass(&mut self, counts_cycles: bool) {
        if counts_cycles {
            // What stands before the first loop of cycles belongs to cycle 1, too.
            self.cycle += u32::from(self.cycle_opened);
            self.cycle_opened = true;
        }
    }

    fn list<'p>(steps: &'p [Step], outer: &[Level]) -> Option<&'p [Step]> {
        outer.iter().try_fold(steps, |list, level| match &list.get(level.index)?.kind {
            Kind::Repeat { steps, .. } => Some(steps.as_slice()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn rest(id: u32) -> Step {
        Step { id, name: None, kind: Kind::Rest { duration: Duration::from_secs(1), until: vec![] } }
    }

    fn repeat(id: u32, times: u32, counts_cycles: bool, steps: Vec<Step>) -> Step {
        Step { id, name: None, kind: Kind::Repeat { times, counts_cycles, steps } }
    }

    fn walk(steps: &[Step]) -> Vec<(u32, u32)> {
        let mut cursor = Cursor::start(steps);
        let mut seen = Vec::new();
        while let Some(step) = cursor.step(steps) {
            seen.push((step.id, cursor.cycle()));
            cursor.advance(steps);
        }
        seen
    }

    #[test]
    fn loops_unroll_in_order_and_count_cycles() {
        let inner = repeat(4, 2, false, vec![rest(5)]);
        let plan =
            [rest(1), repeat(2, 2, true, vec![rest(3), inner]), rest(6), repeat(7, 2, true, vec![rest(8)])];
        assert_eq!(
            walk(&plan),
            [(1, 1), (3, 1), (5, 1), (5, 1), (3, 2), (5, 2), (5, 2), (6, 2), (8, 3), (8, 4)]
        );
    }

    #[test]
    fn a_plan_of_nothing_is_done_at_once() {
        assert_eq!(walk(&[]), []);
        assert_eq!(walk(&[repeat(1, 3, true, vec![])]), []);
    }
}
