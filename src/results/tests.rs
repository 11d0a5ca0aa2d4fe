//! The judge: precedence of verdicts, what is missing, cells beside each other, another run.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::clock::Instant;
use crate::diagnostic::{Colour, Source, render};
use crate::event::{EndReason, Event, Note, Sample, StepResult, StepType, Totals};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use crate::plan::{self, Plan};
use crate::recipe::Context;
use crate::units::{Amperes, Celsius, Coulombs, Volts};
use crate::verdict::{Outcome, Verdict};
use std::sync::Arc;
use std::time::Duration;

const STEPS: &str = r#"
[recipe]
name = "x"
[cell]
chemistry = "li-ion"
capacity = "2.5 Ah"
[[step]]
name = "fill"
charge = "C/2"
until = "voltage > 4.1 V"
at_most = "3 h"
[[step]]
name = "out"
discharge = "C/2"
until = "voltage < 2.8 V"
at_most = "4 h"
"#;

fn plan_of(accept: &str, reference: Option<&str>) -> Arc<Plan> {
    let source = Source::new("x.toml", format!("{STEPS}{accept}"));
    let reference = reference.map(|text| Arc::new(Source::new("old.json", text)));
    let context = Context { reference: reference.as_ref(), ..Context::ALONE };
    match plan::check_with(&source, &context) {
        Ok(plan) => Arc::new(plan),
        Err(problems) => panic!("{}", render(&source, &problems, Colour::Off)),
    }
}

fn place(index: usize) -> Place {
    Place { unit: SerialNumber(1 + index as u32 / 4), slot: Slot::ALL[index % 4] }
}

fn name(index: usize) -> CellName {
    format!("c{index}").parse().unwrap()
}

fn entry(index: usize, event: Event) -> Note {
    Note::Fact(Box::new(crate::event::Entry {
        time: chrono::DateTime::UNIX_EPOCH,
        test_time_second: 1.0,
        unit: Some(place(index).unit),
        slot: Some(place(index).slot),
        cell: Some(name(index)),
        event,
    }))
}

/// The end of the step of this number, in which so many ampere hours passed.
fn step(id: u32, ampere_hours: f64, reason: EndReason) -> Event {
    let charge = Coulombs::from_ampere_hours(ampere_hours);
    let (kind, passed) = match id {
        1 => ("charge", Totals { charge_in: charge, ..Totals::default() }),
        _ => ("discharge", Totals { charge_out: charge, ..Totals::default() }),
    };
    Event::StepEnded {
        result: Box::new(StepResult {
            step_id: id,
            step_count: id,
            cycle: 1,
            name: None,
            kind: kind.to_owned(),
            reason,
            continued: false,
            start: Duration::ZERO,
            duration: Duration::from_secs(60),
            passed,
            voltage_start: Volts(3.6),
            voltage_end: Volts(3.6),
            voltage_mean: None,
            voltage_min: None,
            voltage_max: None,
            current_start: None,
            current_end: None,
            current_mean: Amperes(0.0),
            current_min: None,
            current_max: None,
            temperature_start: None,
            temperature_end: None,
            temperature_mean: Celsius(25.0),
            temperature_min: Celsius(25.0),
            temperature_max: Celsius(31.0),
            open_circuit: None,
            impedance: Vec::new(),
            resistance: Vec::new(),
        }),
        next: None,
    }
}

fn ended(verdict: Verdict) -> Event {
    Event::CellEnded { verdict, why: "so it ended".into(), resumable: false }
}

fn by(condition: &str) -> EndReason {
    EndReason::Condition(condition.into())
}

/// A run in which each cell is filled and gives so much, and ends so; a cell that gives nothing was broken off.
fn run(plan: &Arc<Plan>, cells: &[(Option<f64>, Verdict)]) -> Vec<Standing> {
    let subjects = (0..cells.len())
        .map(|index| Subject::new(name(index), place(index), Arc::clone(plan), Volts(3.6)))
        .collect();
    let mut judge = Judge::new(subjects);
    let mut standings = vec![Standing::default(); cells.len()];
    let mut told = Vec::new();
    for (index, (capacity, verdict)) in cells.iter().enumerate() {
        let facts = [
            step(1, 2.5, by("current < 0.1 A")),
            match capacity {
                Some(capacity) => step(2, *capacity, by("voltage < 2.8 V")),
                None => step(2, 1.0, EndReason::Fault("gone".into())),
            },
            ended(*verdict),
        ];
        for fact in facts {
            let note = entry(index, fact.clone());
            told.push((index, fact));
            for follows in judge.hear(&note) {
                assert_eq!(follows.cell, Some(name(index)));
                told.push((index, follows.event));
            }
        }
    }
    for ruling in judge.settle() {
        let index = (0..cells.len()).find(|index| name(*index) == ruling.cell).unwrap();
        assert_eq!(ruling.place, place(index));
        told.push((index, ruling.event));
    }
    assert_eq!(judge.settle(), [], "what is settled stays so");
    for (index, fact) in &told {
        standings[*index].fact(fact);
    }
    standings
}

fn verdicts(standings: &[Standing]) -> Vec<Verdict> {
    standings.iter().map(|standing| standing.verdict(true).0).collect()
}

#[test]
fn a_criterion_makes_the_verdict_of_a_cell_that_came_to_its_end() {
    let plan = plan_of("[accept]\ncapacity = \"cell.capacity >= 2.4 Ah\"\n", None);
    let cells = [
        (Some(2.45), Verdict::Pass),
        (Some(2.3), Verdict::Pass),
        (None, Verdict::Pass),
        (Some(2.3), Verdict::Error),
        (Some(2.3), Verdict::Incomplete),
        (Some(2.45), Verdict::Fail),
    ];
    let standings = run(&plan, &cells);
    use Verdict::{Error, Fail, Incomplete, Pass};
    assert_eq!(verdicts(&standings), [Pass, Fail, Incomplete, Error, Incomplete, Fail]);
    let why: Vec<String> = standings.iter().map(|standing| standing.verdict(true).1).collect();
    assert_eq!(why[0], "so it ended, and its criterion holds");
    assert_eq!(why[1], "does not hold: capacity (2.3000 Ah >= 2.4 Ah)");
    assert_eq!(why[2], "cannot be judged: capacity (unknown >= 2.4 Ah)");
    assert_eq!(why[3], "so it ended");
    let outcomes: Vec<Outcome> = standings.iter().map(|standing| standing.criteria[0].outcome).collect();
    use Outcome as O;
    assert_eq!(outcomes, [O::Pass, O::Fail, O::Incomplete, O::Fail, O::Fail, O::Pass]);
    assert_eq!(standings[0].criteria[0].values["cell.capacity"], "2.4500 Ah");
    assert_eq!(standings[0].criteria[0].that, "cell.capacity >= 2.4 Ah");
    assert_eq!(standings[2].criteria[0].values["cell.capacity"], "unknown");
    assert_eq!(standings[3].test(true).0, Error);
}

#[test]
fn without_criteria_the_judge_has_nothing_to_say() {
    let standings = run(&plan_of("", None), &[(Some(2.5), Verdict::Pass), (None, Verdict::Error)]);
    assert_eq!(verdicts(&standings), [Verdict::Pass, Verdict::Error]);
    assert!(standings.iter().all(|standing| standing.criteria.is_empty() && standing.grade.is_none()));
}

#[test]
fn what_is_missing_is_never_a_pass_even_beside_what_holds() {
    let accept = "[accept]\na = \"cell.voltage_end > 1 V or cell.capacity > 2 Ah\"\nb = \"not cell.voltage_end > 4.5 V\"\n";
    let standings = run(&plan_of(accept, None), &[(Some(2.5), Verdict::Pass)]);
    assert_eq!(verdicts(&standings), [Verdict::Incomplete]);
    assert!(standings[0].criteria.iter().all(|result| result.outcome == Outcome::Incomplete));
}

#[test]
fn cells_are_compared_when_all_are_done_and_broken_ones_do_not_count() {
    let accept = r#"[accept]
own = "cell.capacity > 1 Ah"
best = "rank(cell.capacity) <= 2"
like = "abs(cell.capacity - median(cell.capacity)) <= 5 % * median(cell.capacity)"
"#;
    let cells = [
        (Some(2.5), Verdict::Pass),
        (Some(2.4), Verdict::Pass),
        (Some(2.45), Verdict::Pass),
        (Some(1.2), Verdict::Error),
        (Some(2.0), Verdict::Pass),
        (None, Verdict::Error),
    ];
    let standings = run(&plan_of(accept, None), &cells);
    use Verdict::{Error, Fail, Pass};
    assert_eq!(verdicts(&standings), [Pass, Fail, Pass, Error, Fail, Error]);
    // Of 2.5, 2.4, 2.45 and 2.0: the median is 2.425.
    let rank = |index: usize| standings[index].criteria.iter().find(|it| it.criterion == "best").unwrap();
    assert_eq!(rank(1).shown, "3 <= 2");
    assert_eq!(rank(1).values["rank(cell.capacity)"], "3");
    let like = standings[4].criteria.iter().find(|it| it.criterion == "like").unwrap();
    assert_eq!(like.shown, "0.4250 Ah <= 0.1212 Ah");
    assert_eq!(like.values["median(cell.capacity)"], "2.4250 Ah");
    assert_eq!(rank(5).outcome, Outcome::Incomplete);
}

#[test]
fn a_spread_needs_two_cells() {
    let plan = plan_of("[accept]\neven = \"spread(cell.capacity) <= 3 %\"\n", None);
    assert_eq!(verdicts(&run(&plan, &[(Some(2.5), Verdict::Pass)])), [Verdict::Incomplete]);
    let two = |other| run(&plan, &[(Some(2.5), Verdict::Pass), (Some(other), Verdict::Pass)]);
    assert_eq!(verdicts(&two(2.45)), [Verdict::Pass; 2]);
    assert_eq!(verdicts(&two(2.3)), [Verdict::Fail; 2]);
}

#[test]
fn the_first_grade_that_holds_is_the_grade_and_a_reject_fails() {
    let grades = r#"
[[grade]]
name = "A"
when = "cell.capacity >= 2.5 Ah"
[[grade]]
name = "B"
when = "cell.capacity >= 2.4 Ah"
[[grade]]
name = "scrap"
reject = true
"#;
    let cells = [
        (Some(2.55), Verdict::Pass),
        (Some(2.45), Verdict::Pass),
        (Some(2.0), Verdict::Pass),
        (None, Verdict::Pass),
        (Some(2.5), Verdict::Error),
    ];
    let standings = run(&plan_of(grades, None), &cells);
    let graded: Vec<_> = standings
        .iter()
        .map(|it| it.grade.as_ref().map(|grade| (grade.grade.as_str(), grade.bin, grade.reject)))
        .collect();
    assert_eq!(graded, [Some(("A", 1, false)), Some(("B", 2, false)), Some(("scrap", 3, true)), None, None]);
    use Verdict::{Error, Fail, Incomplete, Pass};
    assert_eq!(verdicts(&standings), [Pass, Pass, Fail, Incomplete, Error]);
    assert_eq!(standings[2].verdict(true).1, "graded scrap");
    assert_eq!(standings[3].verdict(true).1, "cannot be judged: grade A (unknown >= 2.5 Ah)");
}

#[test]
fn another_run_is_compared_with_by_its_median_or_by_the_same_cell() {
    let old = r#"{ "cells": [
        { "cell": "c0", "capacity_ah": 2.5 }, { "cell": "c1", "capacity_ah": 2.0 }, { "cell": "x", "capacity_ah": 2.4 } ] }"#;
    let accept = r#"[accept]
as_others = "cell.capacity >= 99 % * reference.capacity"
as_before = "cell.capacity >= 99 % * reference.cell.capacity"
"#;
    let cells = [(Some(2.45), Verdict::Pass), (Some(2.39), Verdict::Pass), (Some(2.5), Verdict::Pass)];
    let standings = run(&plan_of(accept, Some(old)), &cells);
    let outcomes: Vec<(Outcome, Outcome)> =
        standings.iter().map(|it| (it.criteria[0].outcome, it.criteria[1].outcome)).collect();
    use Outcome::{Fail, Incomplete, Pass};
    // c0 had 2.5 Ah and is now below 99 % of that; c2 was not in the other run.
    assert_eq!(outcomes, [(Pass, Fail), (Pass, Pass), (Pass, Incomplete)]);
}

#[test]
fn a_value_is_shown_with_the_digits_that_show_its_side() {
    let plan = plan_of("[accept]\ncapacity = \"cell.capacity >= 2.4 Ah\"\n", None);
    let standings = run(&plan, &[(Some(2.399_99), Verdict::Pass)]);
    assert_eq!(standings[0].criteria[0].shown, "2.39999 Ah >= 2.4 Ah");
}

#[test]
fn a_cell_that_never_ended_keeps_no_verdict_of_the_judge() {
    let plan = plan_of("[accept]\nwarm = \"cell.temperature_max <= 40 degC\"\n", None);
    let mut judge = Judge::new(vec![Subject::new(name(0), place(0), plan, Volts(3.6))]);
    let sample = Sample {
        at: Instant::ORIGIN + Duration::from_secs(1),
        test_start: Instant::ORIGIN,
        step_start: Instant::ORIGIN,
        step_id: 1,
        step_count: 1,
        cycle: 1,
        step_type: StepType::Rest,
        voltage: Volts(3.6),
        current: Amperes(0.0),
        temperature: Celsius(30.0),
        total: Totals::default(),
        step: Totals::default(),
        in_cycle: Totals::default(),
        impedance: None,
    };
    assert_eq!(judge.hear(&Note::Row(place(0), Box::new(sample))), []);
    let mut standing = Standing::default();
    judge.settle().iter().for_each(|ruling| standing.fact(&ruling.event));
    assert_eq!(standing.criteria[0].shown, "30.0 degC <= 40 degC");
    assert_eq!(standing.verdict(true).0, Verdict::Incomplete);
    assert_eq!(standing.verdict(false).0, Verdict::NotRun);
}

#[test]
fn a_verdict_that_compares_cells_is_open_again_when_one_of_them_goes_on() {
    let plan = plan_of(
        "[accept]\nown = \"step.out.charge > 1 Ah\"\neven = \"spread(cell.capacity) <= 3 %\"\n",
        None,
    );
    let subject = |index| Subject::new(name(index), place(index), Arc::clone(&plan), Volts(3.6));
    let fact = |index, event| match entry(index, event) {
        Note::Fact(entry) => *entry,
        Note::Row(..) => panic!("a fact is none"),
    };
    // The first part of the run: cell 0 came to its end, cell 1 was stopped, and all was ruled.
    let mut first = Judge::new(vec![subject(0), subject(1)]);
    let mut told = vec![
        fact(0, step(1, 2.5, by("current < 0.1 A"))),
        fact(0, step(2, 2.5, by("voltage < 2.8 V"))),
        fact(0, ended(Verdict::Pass)),
        fact(1, step(1, 2.5, by("current < 0.1 A"))),
        fact(1, ended(Verdict::Incomplete)),
    ];
    for entry in told.clone() {
        told.extend(first.hear(&Note::Fact(Box::new(entry))));
    }
    told.extend(first.settle().into_iter().map(|it| fact(usize::from(it.cell == name(1)), it.event)));

    let mut second = Judge::new(vec![subject(0), subject(1)]);
    let mut standings = [Standing::default(), Standing::default()];
    let standing_of = |entry: &crate::event::Entry| usize::from(entry.cell == Some(name(1)));
    for entry in &told {
        second.recall(entry);
        standings[standing_of(entry)].fact(&entry.event);
    }
    assert_eq!(standings[0].verdict(true).0, Verdict::Incomplete, "nothing to compare with");
    let reopened: Vec<_> = second.reopened().into_iter().filter(|it| it.cell == name(0)).collect();
    let even = vec!["even".to_owned()];
    assert_eq!(
        reopened.iter().map(|it| &it.event).collect::<Vec<_>>(),
        [&Event::CellReopened { criteria: even }]
    );
    let volts = Volts(3.6);
    let goes_on = Event::CellResumed { voltage: volts, at_least: volts, at_most: volts };
    let mut facts = vec![fact(0, reopened[0].event.clone()), fact(1, goes_on)];
    facts.extend([fact(1, step(2, 2.45, by("voltage < 2.8 V"))), fact(1, ended(Verdict::Pass))]);
    for entry in facts {
        let follows = second.hear(&Note::Fact(Box::new(entry.clone())));
        for entry in std::iter::once(entry).chain(follows) {
            standings[standing_of(&entry)].fact(&entry.event);
        }
    }
    for ruling in second.settle() {
        standings[usize::from(ruling.cell == name(1))].fact(&ruling.event);
    }
    for standing in &standings {
        let criteria: Vec<_> =
            standing.criteria.iter().map(|it| (it.criterion.as_str(), it.outcome)).collect();
        assert_eq!(criteria, [("own", Outcome::Pass), ("even", Outcome::Pass)], "each is ruled once");
        assert_eq!(standing.verdict(true).0, Verdict::Pass);
    }
}
