//! How a cell stands, by the facts that were told of it: so much of a report can be made again from a
//! journal alone.

use crate::event::{CriterionResult, Event, Graded};
use crate::verdict::Verdict;

/// What was told of the end of a cell. In a run that was resumed, the later fact counts.
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
            // What was ruled before belongs to an earlier end.
            Event::CellEnded { verdict, why, .. } => {
                *self = Self { ended: Some((*verdict, why.clone())), ..Self::default() };
            }
            Event::CellJudged { verdict, why } => self.judged = Some((*verdict, why.clone())),
            Event::CriterionJudged { result } => self.criteria.push(CriterionResult::clone(result)),
            Event::CellGraded { result } => self.grade = Some(result.clone()),
            Event::CellResumed { .. } => *self = Self::default(),
            Event::CellReopened { criteria } => {
                self.criteria.retain(|ruled| !criteria.contains(&ruled.criterion));
                (self.judged, self.grade) = (None, None);
            }
            _ => {}
        }
    }

    /// What was told of its end last, if anything was: its verdict where that is settled, or else how its own test ended.
    pub fn told(&self) -> Option<&(Verdict, String)> {
        self.judged.as_ref().or(self.ended.as_ref())
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
