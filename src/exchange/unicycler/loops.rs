//! Loops that lead back to a step or a tag, as steps that stand inside of each other.

use crate::exchange::ImportError;
use crate::exchange::draft::{Step, What};
use crate::plan::DEEPEST_REPEAT;

/// One step, or several that are repeated, and which steps of the protocol they are.
struct Block {
    first: usize,
    /// How deep repeats stand in each other in it.
    depth: usize,
    /// None where the step is not said here.
    step: Option<Step>,
}

/// Steps as far as they were read.
#[derive(Default)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
}

impl Blocks {
    /// A step, the one at this index of the protocol.
    pub(super) fn push(&mut self, index: usize, step: Option<Step>) {
        self.blocks.push(Block { first: index, depth: 0, step });
    }

    /// All steps from the one at this index on are done so many times.
    ///
    /// # Errors
    /// It leads into the middle of other steps that are repeated, or loops stand too deep in each other.
    pub(super) fn repeat(
        &mut self,
        to: usize,
        times: u32,
        name: Option<String>,
        at: &str,
    ) -> Result<(), ImportError> {
        let Some(place) = self.blocks.iter().position(|block| block.first == to) else {
            let what = "leads into the middle of another loop; loops stand inside of each other, or apart";
            return Err(ImportError::refused(at, what));
        };
        let inside = self.blocks.split_off(place);
        let depth = 1 + inside.iter().map(|block| block.depth).max().unwrap_or(0);
        if depth > DEEPEST_REPEAT {
            let what = format!("loops stand at most {DEEPEST_REPEAT} deep in each other here");
            return Err(ImportError::refused(at, what));
        }
        let steps: Vec<Step> = inside.into_iter().filter_map(|block| block.step).collect();
        let whole = !steps.is_empty();
        let step = Step { name, ..Step::of(What::Repeat { times, steps }) };
        self.blocks.push(Block { first: to, depth, step: whole.then_some(step) });
        Ok(())
    }

    /// The steps.
    pub(super) fn steps(self) -> Vec<Step> {
        self.blocks.into_iter().filter_map(|block| block.step).collect()
    }
}
