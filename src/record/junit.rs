//! `junit.xml`: the cells as test cases, for what reads the results of tests in CI.
//!
//! The format is that of the JUnit task of Ant as Jenkins and its kin read it: `failure` where a cell is
//! not good enough, `error` where the equipment failed, `skipped` where there is nothing to tell.

use super::{CellSummary, Summary};
use crate::event::CriterionResult;
use crate::verdict::{Outcome, Verdict};
use quick_junit::{NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The name of the case that stands for the test of a cell, beside those of its criteria.
const TEST: &str = "test";
/// The name of the case that stands for its grade, where that fails the cell.
const GRADE: &str = "grade";

impl Summary {
    /// The content of `junit.xml`: one suite, the recipe; for each cell a case for its own test and one for each
    /// criterion. Of the recipe's grades, only one that fails its cell is a case.
    ///
    /// # Errors
    /// None that is known: text can always be written.
    pub fn to_junit(&self) -> Result<String, SerializeError> {
        let took = (self.ended - self.started).to_std().unwrap_or_default();
        let mut suite = TestSuite::new(self.recipe.as_str());
        suite.set_timestamp(self.started).set_time(took);
        suite.add_property(Property::new("simulated", self.simulated.to_string()));
        suite.add_property(Property::new("exit_code", self.exit.code().to_string()));
        if self.cut_off {
            suite.add_property(Property::new("cut_off", "true"));
        }
        self.cells.iter().for_each(|cell| {
            suite.add_test_cases(cases(cell));
        });
        let mut report = Report::new("batlab-run");
        report.set_timestamp(self.started).set_time(took).add_test_suite(suite);
        report.to_string()
    }
}

fn cases(cell: &CellSummary) -> Vec<TestCase> {
    let case = |name: &str, status: TestCaseStatus, time: Duration| {
        let mut case = TestCase::new(name, status);
        case.set_classname(cell.cell.as_str()).set_time(time);
        for (name, value) in [
            ("unit", cell.unit.to_string()),
            ("slot", cell.slot.to_string()),
            ("verdict", cell.verdict.word().to_owned()),
            ("grade", cell.grade.as_ref().map_or_else(String::new, |it| it.grade.clone())),
        ] {
            if !value.is_empty() {
                case.add_property(Property::new(name, value));
            }
        }
        case
    };
    let mut cases = vec![case(TEST, of_test(cell), cell.results.duration)];
    cases.extend(cell.criteria.iter().map(|result| {
        let mut case = case(&result.criterion, of_criterion(result), Duration::ZERO);
        for (name, value) in &result.values {
            case.add_property(Property::new(name.as_str(), value.as_str()));
        }
        case
    }));
    if let Some(grade) = cell.grade.as_ref().filter(|grade| grade.reject) {
        let message = format!("grade {}", grade.grade);
        cases.push(case(GRADE, told(NonSuccessKind::Failure, "grade", message), Duration::ZERO));
    }
    cases
}

fn told(kind: NonSuccessKind, ty: &str, message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(ty).set_description(message.clone()).set_message(message);
    status
}

fn skipped(message: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn of_test(cell: &CellSummary) -> TestCaseStatus {
    let (verdict, why) = &cell.test;
    match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => told(NonSuccessKind::Failure, "recipe", why.clone()),
        Verdict::Error => told(NonSuccessKind::Error, "equipment", why.clone()),
        Verdict::Incomplete | Verdict::NotRun => skipped(why.clone()),
    }
}

fn of_criterion(result: &CriterionResult) -> TestCaseStatus {
    match result.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => {
            let message = format!("{} does not hold: {}", result.that, result.shown);
            told(NonSuccessKind::Failure, "criterion", message)
        }
        Outcome::Incomplete => skipped(format!("{} cannot be judged: {}", result.that, result.shown)),
    }
}
