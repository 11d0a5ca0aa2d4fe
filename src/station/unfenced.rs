//! A cell whose slot's limits are not proved: not yet, or not any more.

use super::BoundCell;
use super::reporter::Reporter;
use super::same_cell::LastSeen;
use crate::event::Event;
use crate::hooks::Batch;
use crate::identity::Slot;
use crate::program::{Company, Gap, Output, Program};
use crate::wire::Thermistor;
use std::sync::Arc;

/// A cell and its program, without a proof of its limits: nothing can be let flow. So is every cell at the start, and
/// again when its unit was lost or reset; what was proved before is gone with the runner that held it.
pub(super) struct Unfenced {
    pub(super) bound: BoundCell,
    pub(super) program: Program,
    /// Of the slot; none until its calibration has been judged.
    pub(super) thermistor: Option<Thermistor>,
    /// What was seen of it last, where it was behind its limits before.
    pub(super) seen: Option<LastSeen>,
}

impl Unfenced {
    /// A cell at the beginning of its plan, beside the others of its unit; or where an earlier process left it, with what passed
    /// in the gap.
    pub(super) fn new(bound: BoundCell, batch: Batch, clock: Arc<dyn crate::clock::Clock>, gap: Gap) -> Self {
        let company = Company { cell: bound.live.cell.to_string(), batch, clock };
        let plan = Arc::clone(&bound.plan);
        let program = match &bound.earlier {
            None => Program::in_company(plan, company),
            Some(earlier) => Program::restore(plan, company, earlier.past.clone(), &earlier.why, gap),
        };
        Self { bound, program, thermistor: None, seen: None }
    }

    pub(super) fn slot(&self) -> Slot {
        self.bound.live.place.slot
    }

    /// Ends the test of a cell that cannot begin, or not go on.
    pub(super) fn refuse(mut self, why: &str, reporter: &mut Reporter) {
        reporter.cell_fact(&self.bound.live, Event::Fault { what: why.to_owned() });
        self.program.fail(why);
        self.report(reporter);
    }

    /// Ends the test of a cell whose unit does not come back. It can be gone on with some other time.
    pub(super) fn lose(mut self, why: &str, reporter: &mut Reporter) {
        self.program.lose(why);
        self.report(reporter);
    }

    /// Hands the program's reports on.
    pub(super) fn report(&mut self, reporter: &mut Reporter) {
        report(&mut self.program, &self.bound, None, reporter);
    }
}

/// Hands a program's reports on; with the beginning of each step what the slot's charge counter holds.
pub(super) fn report(
    program: &mut Program,
    bound: &BoundCell,
    counter: Option<u32>,
    reporter: &mut Reporter,
) {
    let live = &bound.live;
    while let Some(output) = program.next_output() {
        match output {
            Output::Fact(event) => {
                if matches!(event, Event::CellEnded { .. }) {
                    live.update(|glimpse| glimpse.done = true);
                }
                let begun = counter.filter(|_| matches!(event, Event::StepStarted { .. }));
                reporter.cell_fact(live, event);
                if let Some(raw) = begun {
                    reporter.cell_fact(live, Event::CounterSeen { raw });
                }
            }
            Output::Row(sample) => reporter.row(live.place, sample),
        }
    }
}
