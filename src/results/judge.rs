//! The judge of a run: hears what is told of the cells, and rules by the criteria of their plans. What looks at
//! one cell only is ruled when that cell is done; what compares cells, when all are.

use super::weigh::weigh;
use super::{Findings, Row};
use crate::event::{CriterionResult, Entry, Event, Graded, Note};
use crate::identity::{CellName, Place};
use crate::plan::{Fact, Plan, compares_cells};
use crate::units::Volts;
use crate::verdict::{Outcome, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A fact that the judge adds, and the cell that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The cell.
    pub cell: CellName,
    /// Where it lies.
    pub place: Place,
    /// The fact.
    pub event: Event,
}

/// A cell before the judge.
#[derive(Clone, Debug)]
pub struct Subject {
    cell: CellName,
    place: Place,
    plan: Arc<Plan>,
    findings: Findings,
    /// How its own test ended.
    ended: Option<(Verdict, String)>,
    /// How each criterion was ruled, by its number in the plan.
    ruled: Vec<Option<(Outcome, String)>>,
    settled: bool,
}

/// Rules on the cells of a run.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    subjects: Vec<Subject>,
    /// The number of each among them by its name, and of the one that came last to each place.
    by_cell: BTreeMap<CellName, usize>,
    by_place: BTreeMap<Place, usize>,
}

impl Subject {
    /// A cell that is to be tested by this plan, and was found with this voltage.
    pub fn new(cell: CellName, place: Place, plan: Arc<Plan>, voltage_found: Volts) -> Self {
        let findings = Findings::for_plan(&plan, voltage_found);
        Self::with_findings(cell, place, plan, findings, None)
    }

    /// A cell of which all this is known, and whose test ended so.
    pub fn with_findings(
        cell: CellName,
        place: Place,
        plan: Arc<Plan>,
        findings: Findings,
        ended: Option<(Verdict, String)>,
    ) -> Self {
        let ruled = vec![None; plan.acceptance().criteria.len()];
        Self { cell, place, plan, findings, ended, ruled, settled: false }
    }

    /// Takes in a fact about it.
    fn told(&mut self, event: &Event) {
        self.findings.fact(event);
        match event {
            Event::CellEnded { verdict, why, .. } => {
                (self.ended, self.settled) = (Some((*verdict, why.clone())), false);
                self.rule_anew(&|_| true, &None);
            }
            Event::CriterionJudged { result } => {
                self.rule_anew(&|name| *name == result.criterion, &Some(in_words(result)));
            }
            Event::CellJudged { .. } => self.settled = true,
            Event::CellResumed { .. } => {
                (self.ended, self.settled) = (None, false);
                self.rule_anew(&|_| true, &None);
            }
            Event::CellReopened { criteria } => {
                self.settled = false;
                self.rule_anew(&|name| criteria.contains(name), &None);
            }
            _ => {}
        }
    }

    fn rule_anew(&mut self, which: &dyn Fn(&String) -> bool, ruled: &Option<(Outcome, String)>) {
        for (slot, criterion) in self.ruled.iter_mut().zip(&self.plan.acceptance().criteria) {
            if which(&criterion.name) {
                slot.clone_from(ruled);
            }
        }
    }

    /// A fact that no other cell of the run has a part in.
    fn known(&self, fact: &Fact) -> Option<f64> {
        match fact {
            Fact::Reference(of, metric) => {
                let reference = self.plan.acceptance().reference.as_ref()?;
                reference.value(*of, *metric, self.cell.as_str())
            }
            _ => self.findings.known(fact),
        }
    }

    /// Whether its own test came to its end, so that it counts among the cells of the run.
    fn counts(&self) -> bool {
        matches!(self.ended, Some((Verdict::Pass | Verdict::Fail, _)))
    }
}

impl Judge {
    /// A judge of these cells.
    pub fn new(subjects: Vec<Subject>) -> Self {
        let mut judge = Self::default();
        subjects.into_iter().for_each(|subject| judge.add(subject));
        judge
    }

    /// Takes in a cell that comes while the run goes on.
    pub fn add(&mut self, subject: Subject) {
        self.by_cell.insert(subject.cell.clone(), self.subjects.len());
        self.by_place.insert(subject.place, self.subjects.len());
        self.subjects.push(subject);
    }

    fn subject(&mut self, cell: &CellName) -> Option<&mut Subject> {
        self.subjects.get_mut(*self.by_cell.get(cell)?)
    }

    /// Takes in what is told, and gives the facts that follow at once: they belong behind what was told.
    pub fn hear(&mut self, note: &Note) -> Vec<Entry> {
        match note {
            Note::Row(place, sample) => {
                let index = self.by_place.get(place);
                if let Some(subject) = index.and_then(|index| self.subjects.get_mut(*index)) {
                    subject.findings.sample(sample);
                }
                Vec::new()
            }
            Note::Fact(entry) => {
                let index = entry.cell.as_ref().and_then(|cell| self.by_cell.get(cell));
                let Some(index) = index.copied() else { return Vec::new() };
                let Some(subject) = self.subjects.get_mut(index) else { return Vec::new() };
                subject.told(&entry.event);
                if !matches!(entry.event, Event::CellEnded { .. }) {
                    return Vec::new();
                }
                let follows = |event| Entry { event, ..Entry::clone(entry) };
                self.rule(index, false).into_iter().map(follows).collect()
            }
        }
    }

    /// Takes in a fact of an earlier part of the run, or one that opens a verdict again. Nothing is ruled by it.
    pub fn recall(&mut self, entry: &Entry) {
        if let Some(subject) = entry.cell.as_ref().and_then(|cell| self.subject(cell)) {
            subject.told(&entry.event);
        }
    }

    /// Takes in a row of an earlier part of the run, with the digits that its file has.
    pub fn recall_row(&mut self, cell: &CellName, row: &Row) {
        if let Some(subject) = self.subject(cell) {
            subject.findings.row(row);
        }
    }

    /// What of the verdicts on cells that are done is open again when others go on, because it compares them: for each cell the
    /// fact that says so.
    pub fn reopened(&self) -> Vec<Ruling> {
        let is_done = |subject: &&Subject| subject.settled;
        let reopened = |subject: &Subject| {
            let acceptance = subject.plan.acceptance();
            let compared = acceptance.criteria.iter().filter(|criterion| compares_cells(&criterion.that));
            let criteria = compared.map(|criterion| criterion.name.clone()).collect();
            acceptance.claims().any(compares_cells).then(|| Ruling {
                cell: subject.cell.clone(),
                place: subject.place,
                event: Event::CellReopened { criteria },
            })
        };
        self.subjects.iter().filter(is_done).filter_map(reopened).collect()
    }

    /// Rules on all that is still open, when every cell is done.
    pub fn settle(&mut self) -> Vec<Ruling> {
        let mut rulings = Vec::new();
        for index in 0..self.subjects.len() {
            let events = self.rule(index, true);
            let Some(Subject { cell, place, .. }) = self.subjects.get(index) else { continue };
            rulings.extend(events.into_iter().map(|event| Ruling {
                cell: cell.clone(),
                place: *place,
                event,
            }));
        }
        rulings
    }

    /// A fact as the cell of this number knows it.
    fn known(&self, subject: &Subject, fact: &Fact) -> Option<f64> {
        let Fact::Across(statistic, formula) = fact else { return subject.known(fact) };
        // Without a value of its own, the cell is not among those that are compared.
        let own = formula.value(&|fact| subject.known(fact))?;
        let cells = self.subjects.iter().filter(|other| other.counts());
        let values: Vec<f64> = cells.filter_map(|other| formula.value(&|fact| other.known(fact))).collect();
        statistic.of(&values, Some(own))
    }

    /// Rules on what is open for a cell and can be ruled.
    fn rule(&mut self, index: usize, all_are_done: bool) -> Vec<Event> {
        let Some(subject) = self.subjects.get(index).filter(|subject| !subject.settled) else {
            return Vec::new();
        };
        let acceptance = subject.plan.acceptance();
        if acceptance.is_empty() {
            return Vec::new();
        }
        let known = |fact: &Fact| self.known(subject, fact);
        let (mut events, mut ruled) = (Vec::new(), subject.ruled.clone());
        for (slot, criterion) in ruled.iter_mut().zip(&acceptance.criteria) {
            if slot.is_some() || (!all_are_done && compares_cells(&criterion.that)) {
                continue;
            }
            let result = weigh(&criterion.name, &criterion.text, &criterion.that, &known);
            *slot = Some(in_words(&result));
            events.push(Event::CriterionJudged { result: Box::new(result) });
        }
        let waits = acceptance.claims().any(compares_cells);
        let settled = all_are_done || !waits;
        if settled {
            let graded = subject.counts().then(|| grade(subject, &known));
            if let Some(Grading::Is(result)) = &graded {
                events.push(Event::CellGraded { result: result.clone() });
            }
            events.extend(verdict(subject, &ruled, graded.as_ref()));
        }
        if let Some(subject) = self.subjects.get_mut(index) {
            (subject.ruled, subject.settled) = (ruled, settled);
        }
        events
    }
}

/// How a criterion was ruled, as a verdict tells it.
fn in_words(result: &CriterionResult) -> (Outcome, String) {
    (result.outcome, format!("{} ({})", result.criterion, result.shown))
}

/// What became of grading a cell.
enum Grading {
    /// It has this grade.
    Is(Graded),
    /// Whether it is of this grade cannot be told.
    Unknown(String),
    /// It is of none, or there are none.
    None,
}

/// The first grade that holds; none behind one that cannot be told.
fn grade(subject: &Subject, known: &dyn Fn(&Fact) -> Option<f64>) -> Grading {
    for (bin, grade) in (1..).zip(&subject.plan.acceptance().grades) {
        let is = |shown| Grading::Is(Graded { grade: grade.name.clone(), bin, reject: grade.reject, shown });
        let Some(when) = &grade.when else { return is(String::new()) };
        let result = weigh(&grade.name, "", when, known);
        match result.outcome {
            Outcome::Pass => return is(result.shown),
            Outcome::Fail => {}
            Outcome::Incomplete => {
                return Grading::Unknown(format!("grade {} ({})", grade.name, result.shown));
            }
        }
    }
    Grading::None
}

/// The verdict by the criteria and the grade. An equipment error stays one, and so does a test that did not
/// come to its end; none where the test was never told to have ended.
fn verdict(
    subject: &Subject,
    ruled: &[Option<(Outcome, String)>],
    graded: Option<&Grading>,
) -> Option<Event> {
    let (own, why) = subject.ended.as_ref()?;
    if *own != Verdict::Pass {
        return Some(Event::CellJudged { verdict: *own, why: why.clone() });
    }
    let with = |wanted: Outcome| -> Vec<&str> {
        let of = ruled.iter().flatten().filter(|(outcome, _)| *outcome == wanted);
        of.map(|(_, shown)| shown.as_str()).collect()
    };
    let (failed, mut open) = (with(Outcome::Fail), with(Outcome::Incomplete));
    let mut reasons = Vec::new();
    match graded {
        Some(Grading::Is(Graded { grade, reject: true, .. })) => reasons.push(format!("graded {grade}")),
        Some(Grading::Unknown(shown)) => open.push(shown),
        _ => {}
    }
    if !failed.is_empty() {
        reasons.insert(0, format!("does not hold: {}", failed.join(", ")));
    }
    let (verdict, why) = if !reasons.is_empty() {
        (Verdict::Fail, reasons.join("; "))
    } else if !open.is_empty() {
        (Verdict::Incomplete, format!("cannot be judged: {}", open.join(", ")))
    } else {
        let count = ruled.len();
        let held = match count {
            0 => String::new(),
            1 => ", and its criterion holds".to_owned(),
            _ => format!(", and its {count} criteria hold"),
        };
        (Verdict::Pass, format!("{why}{held}"))
    };
    Some(Event::CellJudged { verdict, why })
}
