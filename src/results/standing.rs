//! How a cell stands, by the facts that were told of it: so much of a report can be made again from a
//! journal alone.

use crate::event::{CriterionResult, Event, Graded};
use crate::verdict::Verdict;

/// What was told of the end of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// How its own test ended.
    ended: Option<(Verdict, String)>,
    /// What its criteria made of that.
    judged: Option<(Verdict, String)>,
    /// How each criterion was ruled, in the order of the recipe.
    pub criteria: Vec<CriterionResult>,
    /// Its grade.
    pub grade: Option<Graded>,
}

impl Standing {
    /// Takes in a fact about the cell.
    pub fn fact(&mut self, event: &Event) {
        match event {
            Event::CellEnded { verdict, why, .. } => self.ended = Some((*verdict, why.clone())),
            Event::CellJudged { verdict, why } => self.judged = Some((*verdict, why.clone())),
            Event::CriterionJudged { result } => self.criteria.push(CriterionResult::clone(result)),
            Event::CellGraded { result } => self.grade = Some(result.clone()),
            _ => {}
        }
    }

    /// How its own test ended, before any criterion; `begun` says whether anything of it was heard.
    pub fn test(&self, begun: bool) -> (Verdict, String) {
        match &self.ended {
            Some(ended) => ended.clone(),
            None if begun => (Verdict::Incomplete, "the run ended before the cell was done".to_owned()),
            None => (Verdict::NotRun, "its test never began".to_owned()),
        }
    }

    /// Whether its criteria and its grade were made a verdict of.
    pub const fn is_judged(&self) -> bool {
        self.judged.is_some()
    }

    /// The verdict, and why; `begun` says whether anything of its test was heard.
    pub fn verdict(&self, begun: bool) -> (Verdict, String) {
        self.judged.clone().unwrap_or_else(|| self.test(begun))
    }
}
