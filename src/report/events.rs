//! The events that a report shows: all that is worth a person's attention, and a share of the rest.

use crate::event::{Entry, Event};
use crate::terminal::in_words;
use std::collections::VecDeque;

/// How many remarkable events are shown, from the first.
const REMARKABLE: usize = 500;
/// How many others are shown: so many from the start of the run, and so many from its end.
const FIRST: usize = 200;
const LATEST: usize = 300;

/// An event in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    /// Its place in the journal.
    order: u64,
    pub(super) second: f64,
    /// The cell or unit it is about; empty for the run.
    pub(super) about: String,
    /// `fault`, `notice` or nothing.
    pub(super) class: &'static str,
    pub(super) what: String,
}

/// The events of a run, a bounded number.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    seen: u64,
    remarkable: Vec<Shown>,
    first: Vec<Shown>,
    latest: VecDeque<Shown>,
    left_out: u64,
}

impl Events {
    pub(super) fn push(&mut self, entry: &Entry) {
        let Some(what) = in_words(&entry.event) else { return };
        let class = class(&entry.event);
        let shown =
            Shown { order: self.seen, second: entry.test_time_second, about: about(entry), class, what };
        self.seen += 1;
        if !class.is_empty() && self.remarkable.len() < REMARKABLE {
            self.remarkable.push(shown);
        } else if self.first.len() < FIRST {
            self.first.push(shown);
        } else {
            self.latest.push_back(shown);
            if self.latest.len() > LATEST {
                self.latest.pop_front();
                self.left_out += 1;
            }
        }
    }

    /// What is shown, in the order of the journal.
    pub(super) fn shown(&self) -> Vec<&Shown> {
        let mut all: Vec<&Shown> = self.remarkable.iter().chain(&self.first).chain(&self.latest).collect();
        all.sort_by_key(|shown| shown.order);
        all
    }

    /// How many stand in the journal only.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }
}

fn class(event: &Event) -> &'static str {
    match event {
        Event::Fault { .. } | Event::UnitStopped { .. } | Event::NotMadeSafe { .. } => "fault",
        Event::Notice { .. }
        | Event::NeedsPerson { .. }
        | Event::StopRequested { .. }
        | Event::RunResumed { .. } => "notice",
        Event::CellEnded { verdict, .. } | Event::CellJudged { verdict, .. } => verdict.word(),
        _ => "",
    }
}

fn about(entry: &Entry) -> String {
    match (&entry.cell, entry.unit, entry.slot) {
        (Some(cell), ..) => cell.to_string(),
        (None, Some(unit), Some(slot)) => format!("{unit}:{slot}"),
        (None, Some(unit), None) => format!("unit {unit}"),
        (None, None, _) => String::new(),
    }
}
