use super::*;
use crate::plan::{Comparison, CycleMetric, CycleOf, EndCondition, Fact, Formula};
use crate::units::{Coulombs, Dimension, Scalar};
use std::time::Duration;

fn step(id: u32, kind: Kind) -> Step {
    Step { id, name: None, record: None, hi_res: false, kind }
}

fn rest(id: u32) -> Step {
    step(id, Kind::Rest { duration: Duration::from_secs(1), until: vec![] })
}

fn repeat(id: u32, times: u32, counts_cycles: bool, steps: Vec<Step>) -> Step {
    step(id, Kind::Repeat(Repeat { times, until: vec![], counts_cycles, steps }))
}

fn group(id: u32, steps: Vec<Step>) -> Step {
    step(id, Kind::Group { title: "some".into(), steps })
}

fn jump(number: u32, path: &[usize], times: Option<u32>) -> Jump {
    Jump { number, name: "there".into(), target: 0, path: path.to_vec(), times }
}

fn goto(id: u32, number: u32, path: &[usize], times: Option<u32>) -> Step {
    step(id, Kind::Goto(jump(number, path, times)))
}

/// The steps that a cell goes through with their cycles, each ending as `then` says; at most 100.
fn walk(steps: &[Step], then: impl Fn(&Step) -> Then) -> (Vec<(u32, u32)>, Cursor) {
    let mut memory = Memory::for_plan(steps);
    let mut totals = Totals::default();
    let mut cursor = Cursor::start(steps, 8, &mut Books { memory: &mut memory, totals });
    let mut seen = Vec::new();
    while let Some(step) = cursor.step(steps).filter(|_| seen.len() < 100) {
        seen.push((step.id, memory.cycle()));
        // Each step takes out a little less than the one before it.
        totals.charge_out += Coulombs(100.0 / seen.len() as f64);
        cursor.advance(steps, &then(step), "a reason", &mut Books { memory: &mut memory, totals });
    }
    (seen, cursor)
}

fn ids(steps: &[Step], then: impl Fn(&Step) -> Then) -> Vec<u32> {
    walk(steps, then).0.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn repeats_unroll_in_order_and_count_cycles() {
    let inner = repeat(4, 2, false, vec![group(9, vec![rest(5)])]);
    let plan =
        [rest(1), repeat(2, 2, true, vec![rest(3), inner]), rest(6), repeat(7, 2, true, vec![rest(8)])];
    assert_eq!(
        walk(&plan, |_| Then::Next).0,
        [(1, 1), (3, 1), (5, 1), (5, 1), (3, 2), (5, 2), (5, 2), (6, 2), (8, 3), (8, 4)]
    );
}

#[test]
fn a_plan_of_nothing_is_done_at_once() {
    assert_eq!(ids(&[], |_| Then::Next), [0_u32; 0]);
    assert_eq!(ids(&[repeat(1, 3, true, vec![])], |_| Then::Next), [0_u32; 0]);
    assert_eq!(ids(&[group(1, vec![])], |_| Then::Next), [0_u32; 0]);
}

#[test]
fn jumps_go_back_as_often_as_they_may() {
    let plan = [rest(1), rest(2), goto(3, 0, &[0], Some(2)), rest(4)];
    let (seen, mut cursor) = walk(&plan, |_| Then::Next);
    assert_eq!(seen.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 2, 1, 2, 1, 2, 4]);
    assert_eq!(cursor.take_notices().len(), 1);
    assert_eq!(cursor.verdict(), None);
}

#[test]
fn a_jump_out_of_a_repeat_leaves_it_and_one_inside_keeps_its_pass() {
    // Inside the repeat, step 3 goes back to step 2 of the same pass, once.
    let inside = [repeat(1, 2, true, vec![rest(2), rest(3), rest(4)]), rest(5)];
    let then = |step: &Step| match step.id {
        3 => Then::Goto(jump(0, &[0, 0], Some(1))),
        _ => Then::Next,
    };
    assert_eq!(
        walk(&inside, then).0,
        [(2, 1), (3, 1), (2, 1), (3, 1), (4, 1), (2, 2), (3, 2), (4, 2), (5, 2)]
    );
    let out = |step: &Step| match step.id {
        3 => Then::Goto(jump(0, &[1], Some(1))),
        _ => Then::Next,
    };
    assert_eq!(ids(&inside, out), [2, 3, 5]);
    // Back to the repeat from behind it: it begins anew, and so does the count of cycles go on.
    let back = |step: &Step| match step.id {
        5 => Then::Goto(jump(0, &[0], Some(1))),
        _ => Then::Next,
    };
    assert_eq!(
        walk(&inside, back).0.into_iter().filter(|(id, _)| *id == 2 || *id == 5).collect::<Vec<_>>(),
        [(2, 1), (2, 2), (5, 2), (2, 3), (2, 4), (5, 4)]
    );
}

#[test]
fn a_jump_goes_into_a_group_around_it_and_to_a_list_inside_out() {
    let plan = [group(1, vec![rest(2), group(3, vec![rest(4), rest(5)])]), rest(6)];
    let then = |step: &Step| match step.id {
        5 => Then::Goto(jump(1, &[0, 0], Some(1))),
        _ => Then::Next,
    };
    assert_eq!(ids(&plan, then), [2, 4, 5, 2, 4, 5, 6]);
}

#[test]
fn pass_and_fail_end_the_plan() {
    let plan = [rest(1), rest(2)];
    let (seen, cursor) = walk(&plan, |_| Then::Pass);
    assert_eq!((seen.len(), cursor.verdict().map(|it| it.0)), (1, Some(Verdict::Pass)));
    let (seen, cursor) = walk(&plan, |step| if step.id == 2 { Then::Fail } else { Then::Next });
    assert_eq!(seen.len(), 2);
    assert!(
        cursor.verdict().is_some_and(|(verdict, why)| *verdict == Verdict::Fail && why.contains("a reason"))
    );
}

#[test]
fn a_ring_that_takes_no_time_ends_the_test() {
    let (seen, cursor) = walk(&[goto(1, 0, &[0], None)], |_| Then::Next);
    assert!(seen.is_empty());
    assert_eq!(cursor.verdict().map(|it| it.0), Some(Verdict::Error));
    let (_, cursor) = walk(&[repeat(1, u32::MAX, false, vec![])], |_| Then::Next);
    assert_eq!(cursor.verdict().map(|it| it.0), Some(Verdict::Error));
}

#[test]
fn a_repeat_ends_by_what_its_cycles_came_to() {
    let cycle = |of| Formula::fact(Fact::Cycle(of, CycleMetric::Capacity));
    let least = Formula::number(Scalar { value: 30.0, dimension: Dimension::CHARGE });
    let with = |then: Then| {
        let faded = EndCondition::new(cycle(CycleOf::This), Comparison::Less, least.clone(), then).unwrap();
        let inner = Repeat { times: 50, until: vec![faded], counts_cycles: true, steps: vec![rest(2)] };
        vec![step(1, Kind::Repeat(inner)), rest(3)]
    };
    // 100, 50, 33.3, 25: the fourth is below 30.
    assert_eq!(walk(&with(Then::Next), |_| Then::Next).0, [(2, 1), (2, 2), (2, 3), (2, 4), (3, 4)]);
    let (seen, cursor) = walk(&with(Then::Fail), |_| Then::Next);
    assert_eq!((seen.len(), cursor.verdict().map(|it| it.0)), (4, Some(Verdict::Fail)));
}
