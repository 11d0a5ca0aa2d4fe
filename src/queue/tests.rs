use super::*;
use crate::identity::{SerialNumber, Slot as Number};

fn place(number: u8) -> Place {
    Place { unit: SerialNumber(7), slot: Number::try_from(number).unwrap() }
}

fn name(text: &str) -> CellName {
    text.parse().unwrap()
}

fn queue(names: &[&str]) -> Queue {
    let names = Names { listed: names.iter().map(|it| name(it)).collect(), open: false };
    let mut queue = Queue::new(names, &[place(0), place(1)], &[], &[]);
    queue.on_slot(place(0), Holds::Empty, None);
    queue.on_slot(place(1), Holds::Empty, None);
    queue
}

fn put(queue: &mut Queue, slot: u8, voltage: f64) {
    queue.on_slot(place(slot), Holds::Cell, Some(Volts(voltage)));
}

fn take(queue: &mut Queue, slot: u8) {
    queue.on_slot(place(slot), Holds::Empty, None);
}

fn orders(queue: &mut Queue) -> Vec<Order> {
    std::iter::from_fn(|| queue.next_order()).collect()
}

/// The one mistake among the orders.
fn mistake(queue: &mut Queue) -> String {
    let found: Vec<_> = orders(queue)
        .into_iter()
        .filter_map(|order| match order {
            Order::Mistake(_, what) => Some(what),
            _ => None,
        })
        .collect();
    let [what] = found.as_slice() else { panic!("{found:?}") };
    what.clone()
}

#[test]
fn one_cell_is_asked_for_at_a_time_and_the_next_when_a_slot_is_free() {
    let mut queue = queue(&["A", "B", "C"]);
    assert_eq!(orders(&mut queue), [Order::Ask(name("A"), place(0))]);
    put(&mut queue, 0, 3.6);
    let begun = Order::Begin(name("A"), place(0), Volts(3.6));
    assert_eq!(orders(&mut queue), [begun, Order::Ask(name("B"), place(1))]);
    put(&mut queue, 1, 3.7);
    assert_eq!(orders(&mut queue), [Order::Begin(name("B"), place(1), Volts(3.7))]);
    queue.on_ended(&name("B"), Verdict::Pass, None);
    assert_eq!(orders(&mut queue), [Order::TakeOut(name("B"), place(1), Verdict::Pass)]);
    put(&mut queue, 1, 3.75);
    assert_eq!(orders(&mut queue), [], "it is the cell that is done");
    take(&mut queue, 1);
    assert_eq!(orders(&mut queue), [Order::Ask(name("C"), place(1))]);
    put(&mut queue, 1, 3.5);
    queue.on_ended(&name("C"), Verdict::Fail, None);
    assert!(!queue.is_over(), "A is still under test");
    queue.on_ended(&name("A"), Verdict::Pass, None);
    assert!(queue.is_over());
}

#[test]
fn a_cell_in_another_slot_is_told_and_does_not_begin() {
    let mut queue = queue(&["A"]);
    orders(&mut queue);
    put(&mut queue, 1, 3.6);
    let what = mistake(&mut queue);
    assert!(what.contains("A is asked for in 7:0") && what.contains("take it out of 7:1"), "{what}");
    put(&mut queue, 1, 3.61);
    assert_eq!(orders(&mut queue), [], "told once");
    take(&mut queue, 1);
    put(&mut queue, 0, 3.6);
    assert_eq!(orders(&mut queue), [Order::Begin(name("A"), place(0), Volts(3.6))]);
}

#[test]
fn a_reversed_cell_is_told_once_and_begins_when_it_is_turned_round() {
    let mut queue = queue(&["A"]);
    orders(&mut queue);
    for _ in 0..3 {
        queue.on_slot(place(0), Holds::Reversed, None);
    }
    assert!(mistake(&mut queue).contains("turn it round"));
    put(&mut queue, 0, 3.6);
    assert_eq!(orders(&mut queue), [Order::Begin(name("A"), place(0), Volts(3.6))]);
}

#[test]
fn a_cell_that_is_pulled_too_early_is_told() {
    let mut queue = queue(&["A", "B"]);
    put(&mut queue, 0, 3.6);
    orders(&mut queue);
    queue.on_ended(&name("A"), Verdict::Error, None);
    take(&mut queue, 0);
    assert!(mistake(&mut queue).contains("A was taken out before its test was over"));
}

#[test]
fn the_same_cell_once_more_is_suspected_and_believed_when_it_is_put_in_again() {
    let mut queue = queue(&["A", "B"]);
    put(&mut queue, 0, 3.6);
    queue.on_ended(&name("A"), Verdict::Pass, None);
    put(&mut queue, 0, 3.8);
    take(&mut queue, 0);
    orders(&mut queue);
    // B is asked for in slot 1, which was free first.
    put(&mut queue, 1, 3.8011);
    let what = mistake(&mut queue);
    assert!(what.contains("looks like A") && what.contains("if it is B"), "{what}");
    take(&mut queue, 1);
    assert_eq!(orders(&mut queue), [Order::Ask(name("B"), place(1))]);
    put(&mut queue, 1, 3.8012);
    assert_eq!(orders(&mut queue), [Order::Begin(name("B"), place(1), Volts(3.8012))]);
}

#[test]
fn names_are_asked_for_and_each_is_taken_once() {
    let names = Names { listed: Vec::new(), open: true };
    let mut queue = Queue::new(names, &[place(0)], &[name("Old")], &[]);
    take(&mut queue, 0);
    assert_eq!(orders(&mut queue), [Order::AskName(place(0))]);
    for wrong in ["old", "a/b", ""] {
        queue.on_name(wrong);
        let told = orders(&mut queue);
        assert!(matches!(&told[..], [Order::Refused(_), Order::AskName(_)]), "{wrong}: {told:?}");
    }
    queue.on_name(" New\n");
    assert_eq!(orders(&mut queue), [Order::Ask(name("New"), place(0))]);
    queue.on_last_name();
    assert!(!queue.is_over());
    put(&mut queue, 0, 3.7);
    queue.on_ended(&name("New"), Verdict::Pass, None);
    assert!(queue.is_over());
}

#[test]
fn what_lies_there_at_the_start_is_not_guessed_at() {
    let names = Names { listed: vec![name("A")], open: false };
    let mut queue = Queue::new(names, &[place(0), place(1)], &[], &[]);
    put(&mut queue, 0, 3.6);
    assert!(mistake(&mut queue).contains("was not asked for"));
    take(&mut queue, 1);
    assert_eq!(orders(&mut queue), [Order::Ask(name("A"), place(1))]);
}

#[test]
fn a_queue_goes_on_where_it_was() {
    let names = Names { listed: ["A", "B", "C"].map(name).to_vec(), open: false };
    let testing = [(name("B"), place(1))];
    let mut queue = Queue::new(names, &[place(0), place(1)], &[name("A")], &testing);
    take(&mut queue, 0);
    assert_eq!(orders(&mut queue), [Order::Ask(name("C"), place(0))]);
    assert_eq!(queue.left(), 1);
    queue.on_ended(&name("B"), Verdict::Pass, None);
    assert_eq!(orders(&mut queue), [Order::TakeOut(name("B"), place(1), Verdict::Pass)]);
}

#[test]
fn what_was_asked_for_at_a_unit_that_is_lost_goes_elsewhere() {
    let other = Place { unit: SerialNumber(8), ..place(2) };
    let names = Names { listed: vec![name("A")], open: false };
    let mut queue = Queue::new(names, &[place(0), place(1), other], &[], &[]);
    for slot in [place(0), place(1), other] {
        queue.on_slot(slot, Holds::Empty, None);
    }
    assert_eq!(orders(&mut queue), [Order::Ask(name("A"), place(0))]);
    queue.on_lost(SerialNumber(7));
    assert_eq!(orders(&mut queue), [Order::Ask(name("A"), other)]);
    queue.on_lost(SerialNumber(8));
    assert!(queue.is_over() && queue.left() == 1);
}
