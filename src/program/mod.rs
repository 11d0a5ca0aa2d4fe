//! One plan bound to one cell: which step, which control law, which end condition.
//!
//! A [`Program`] is a machine without clock, port or thread: it is told readings and moments, and
//! says what the slot is to do ([`Program::command`]) and what there is to report
//! ([`Program::next_output`]).

mod account;
mod conditions;
mod course;
mod cursor;
mod dither;
mod doubt;
mod fit;
mod gain;
mod hooked;
mod interlude;
mod interrupt;
mod law;
mod ledger;
mod memory;
mod observer;
mod past;
mod rates;
mod reading;
mod recording;
mod relaxation;
mod running;
mod throughput;
mod trim;
mod turn;

pub use doubt::Doubtful;
pub use hooked::Company;
pub use interlude::INTERLUDE_FREQUENCY;
pub use interrupt::Gap;
pub use past::{Past, Seen};
pub use reading::{Activity, Command, Reading, Trip};

use crate::clock::Instant;
use crate::event::{Again, EndReason, Event, ImpedancePoint, Sample, StepType, Totals};
use crate::hooks::Moment;
use crate::plan::{Awaited, Kind, Limits, OnInterrupt, Plan, Recording, Step, Wait};
use crate::units::Coulombs;
use crate::verdict::Verdict;
use account::StepAccount;
use cursor::{Books, Cursor};
use hooked::{Hooked, Ruling};
use interrupt::{Passage, time_before};
use ledger::Ledger;
use memory::Memory;
use recording::RowFilter;
use running::{Known, Running};
use std::collections::VecDeque;
use std::sync::Arc;
use trim::Trim;
use turn::{End, Turn};

/// What a program reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A fact for the journal.
    Fact(Event),
    /// A row for the cell's time series.
    Row(Sample),
}

/// The test of one cell.
#[derive(Debug)]
pub struct Program {
    plan: Arc<Plan>,
    /// Those of the plan, or tighter ones by a hook.
    limits: Limits,
    hooked: Hooked,
    cursor: Cursor,
    phase: Phase,
    ledger: Ledger,
    memory: Memory,
    /// What is known of the slot's driver.
    trim: Trim,
    steps_begun: u32,
    test_start: Option<Instant>,
    filter: RowFilter,
    outputs: VecDeque<Output>,
    /// The newest row. It waits for the next one, because what the counter adds after the end of
    /// a step still belongs to the step's last row.
    pending: Option<Sample>,
    /// Steps that had conditions, and ended by their time without meeting one.
    unmet: u32,
    /// Whether somebody asked for the end: the step under way is the last one.
    stopping: bool,
    /// How often the test was interrupted, what passed in the gap that was not counted yet, and how the step
    /// here is entered after it.
    interruptions: u32,
    gap: Gap,
    again: Option<Again>,
}

#[derive(Debug)]
enum Phase {
    /// Waits for the cell to be settled, to begin the step at the cursor.
    Between,
    /// A step is under way.
    Running(Box<Underway>),
    /// The step is over; its account is closed when the cell is settled.
    Ending(Box<Underway>, End),
    /// Nothing more to do.
    Done,
}

#[derive(Debug)]
struct Underway {
    step: Step,
    record: Recording,
    running: Running,
    account: StepAccount,
    /// How it was entered, if it had been interrupted.
    again: Option<Again>,
    last: Reading,
}

impl Program {
    /// A program at the beginning of its plan, of a cell that nobody else is tested with.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self::in_company(plan, Company::default())
    }

    /// A program at the beginning of its plan.
    pub fn in_company(plan: Arc<Plan>, company: Company) -> Self {
        let mut program = Self::unbegun(plan, company);
        program.ask_between(Moment::RunStart, None);
        program
    }

    fn unbegun(plan: Arc<Plan>, company: Company) -> Self {
        let mut memory = Memory::for_plan(plan.steps());
        let mut books = Books { memory: &mut memory, totals: Totals::default() };
        Self {
            limits: *plan.limits(),
            hooked: Hooked::begin(&plan, company),
            cursor: Cursor::start(plan.steps(), plan.jumps(), &mut books),
            plan,
            phase: Phase::Between,
            ledger: Ledger::default(),
            memory,
            trim: Trim::default(),
            steps_begun: 0,
            test_start: None,
            filter: RowFilter::default(),
            outputs: VecDeque::new(),
            pending: None,
            unmet: 0,
            stopping: false,
            interruptions: 0,
            gap: Gap::default(),
            again: None,
        }
    }

    /// What the slot is to do now.
    pub fn command(&self) -> Command {
        match &self.phase {
            Phase::Between | Phase::Ending(..) => Command::Idle,
            Phase::Running(underway) => underway.running.command(),
            Phase::Done => Command::Finished,
        }
    }

    /// The moment at which [`Program::on_time`] has something to do, if no reading comes before.
    pub fn wake_at(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Running(underway) => underway.running.wake_at(),
            _ => None,
        }
    }

    /// The next thing to report, the oldest first.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The step under way, the cycle, and what passed in the step so far.
    pub fn glance(&self) -> Option<(&Step, u32, Instant, Totals)> {
        match &self.phase {
            Phase::Running(underway) | Phase::Ending(underway, _) => {
                let Underway { step, account, .. } = &**underway;
                let passed = self.ledger.totals() - account.totals_at_start;
                Some((step, account.cycle, account.start, passed))
            }
            Phase::Between | Phase::Done => None,
        }
    }

    /// Tells that the commanded current, or its end, took effect at this moment.
    pub fn on_switched(&mut self, at: Instant) {
        self.command().activity().into_iter().for_each(|activity| self.ledger.switched_on(activity));
        match &mut self.phase {
            Phase::Running(underway) => {
                let Underway { running, account, .. } = &mut **underway;
                if running.switched(at) {
                    account.switched_on(at);
                }
            }
            Phase::Ending(underway, _) => underway.account.switched_off(at),
            Phase::Between | Phase::Done => {}
        }
    }

    /// The nominal capacity of the cell.
    pub fn nominal(&self) -> Coulombs {
        self.plan.cell().capacity
    }

    /// Takes in a reading of the slot.
    pub fn on_reading(&mut self, reading: &Reading) {
        self.ledger.take(reading);
        match &mut self.phase {
            Phase::Between => {
                if reading.activity == Activity::Settled {
                    self.begin(reading);
                }
            }
            Phase::Running(underway) => {
                let totals = self.ledger.totals();
                let passed = totals - underway.counted_from();
                let Underway { step, running, account, last, record, .. } = &mut **underway;
                account.take(reading);
                *last = *reading;
                let known = Known { passed, totals, memory: &self.memory };
                let turn = running.on_reading(reading, &known);
                let overdone = throughput::judge(&step.kind, self.plan.cell().capacity, known.passed);
                let turn = overdone.map_or(turn, Turn::End);
                while let Some(point) = running.take_resistance() {
                    account.resistance.push(point);
                    self.outputs.push_back(Output::Fact(Event::ResistanceMeasured { point }));
                }
                for what in running.take_notices() {
                    self.outputs.push_back(Output::Fact(Event::Notice { what }));
                }
                if self.filter.wants(record, reading) {
                    self.write_row(None);
                }
                let ends = matches!(turn, Turn::End(_));
                self.take_turn(turn, reading.at);
                if !ends {
                    self.ask_in_step(Moment::Sample, reading);
                }
            }
            Phase::Ending(..) => {
                if reading.activity == Activity::Settled {
                    self.close();
                    self.begin(reading);
                }
            }
            Phase::Done => {}
        }
    }

    /// Tells that the moment of [`Program::wake_at`] may have come.
    pub fn on_time(&mut self, now: Instant) {
        if let Phase::Running(underway) = &mut self.phase {
            let turn = underway.running.on_time(now);
            self.take_turn(turn, now);
        }
    }

    /// Whether the step under way is to have every slice of the unit.
    pub fn wants_hi_res(&self) -> bool {
        matches!(&self.phase, Phase::Running(underway) if underway.step.hi_res)
    }

    /// Whether nothing is lost while the slot lies idle: no step is in the midst of its currents.
    pub fn may_wait(&self) -> bool {
        match &self.phase {
            Phase::Running(underway) => underway.running.may_wait(),
            Phase::Between | Phase::Ending(..) | Phase::Done => true,
        }
    }

    /// Whether the step under way waits for the unit's supply.
    pub fn wants_supply(&self) -> bool {
        matches!(&self.phase, Phase::Running(underway) if underway.running.wants_supply())
    }

    /// Tells whether the unit has its external supply.
    pub fn on_supply(&mut self, present: bool, at: Instant) {
        if let Phase::Running(underway) = &mut self.phase {
            let turn = underway.running.on_supply(present);
            self.take_turn(turn, at);
        }
    }

    /// Takes in the impedance that was commanded.
    pub fn on_impedance(&mut self, point: ImpedancePoint, at: Instant) {
        if let Phase::Running(underway) = &mut self.phase {
            let Underway { step, running, account, .. } = &mut **underway;
            let test_start = self.test_start.unwrap_or(account.start);
            let circumstances = account.take_impedance(step, point, at, test_start);
            let turn = running.on_impedance();
            let measured = Event::ImpedanceMeasured { point, at: Some(circumstances) };
            self.outputs.push_back(Output::Fact(measured));
            self.write_row(Some(point));
            self.take_turn(turn, at);
        }
    }

    /// Tells that the unit stopped the cell by itself.
    pub fn on_trip(&mut self, trip: &Trip, at: Instant) {
        if let Phase::Running(underway) = &self.phase {
            let end = underway.running.judge_trip(trip);
            self.take_turn(Turn::End(end), at);
        }
    }

    /// Ends the test early, by a person's or the system's wish. The step under way is closed when
    /// the cell has settled.
    pub fn stop(&mut self, at: Instant) {
        self.stopping = true;
        match &self.phase {
            Phase::Running(_) => self.take_turn(EndReason::Stopped.into(), at),
            Phase::Between => self.finish_for_now(Verdict::Incomplete, "stopped before the end".into()),
            Phase::Ending(..) | Phase::Done => {}
        }
    }

    /// Ends the test at once, because the cell or its unit can no longer be trusted.
    pub fn fail(&mut self, why: &str) {
        if let Phase::Running(_) = &self.phase {
            self.end(End::by(EndReason::Fault(why.to_owned())));
        }
        if let Phase::Ending(_, end) = &mut self.phase {
            *end = End::by(EndReason::Fault(why.to_owned()));
            self.close();
        }
        if !matches!(self.phase, Phase::Done) {
            self.finish(Verdict::Error, why.to_owned());
        }
    }

    /// Begins the step at the cursor, with the reading of a settled cell; ends the test if there
    /// is none.
    fn begin(&mut self, reading: &Reading) {
        if !matches!(self.phase, Phase::Between) {
            return;
        }
        if let Some((verdict, why)) = self.cursor.verdict().cloned() {
            self.finish(verdict, why);
            return;
        }
        let next = self.cursor.step(self.plan.steps()).cloned();
        if self.stopping && next.is_some() {
            self.finish_for_now(Verdict::Incomplete, "stopped before the end".into());
            return;
        }
        let Some(step) = next else {
            self.finish(Verdict::Pass, self.end_in_words());
            return;
        };
        if self.test_start.is_none() {
            self.test_start = Some(reading.at);
            self.ask_between(Moment::CellStart, Some(reading));
            if matches!(self.phase, Phase::Done) {
                return;
            }
        }
        self.steps_begun += 1;
        let totals = self.ledger.totals();
        let cycle = self.memory.cycle();
        let account = StepAccount::open(&step, self.steps_begun, cycle, reading, totals);
        self.outputs.push_back(Output::Fact(Event::StepStarted {
            step_id: step.id,
            step_count: self.steps_begun,
            cycle,
            name: step.name.clone(),
            what: crate::plan::describe(&step.kind),
        }));
        let record = step.record.unwrap_or(*self.plan.record());
        let again = self.again.take();
        let before = time_before(again, &step.kind, reading.at, self.test_start.unwrap_or(reading.at));
        let (running, turn) = Running::begin(&step, &self.limits, &record, self.trim, reading, before);
        self.filter.restart();
        self.phase =
            Phase::Running(Box::new(Underway { step, record, running, account, again, last: *reading }));
        if matches!(turn, Turn::GoOn) && matches!(self.command(), Command::Idle) {
            // A rest's first sample is the one that it began with.
            self.write_row(None);
        }
        let ends = matches!(turn, Turn::End(_));
        self.take_turn(turn, reading.at);
        if !ends {
            self.ask_in_step(Moment::StepStart, reading);
        }
    }

    fn take_turn(&mut self, turn: Turn, at: Instant) {
        match turn {
            Turn::GoOn => {}
            Turn::Edge => {
                self.write_row(None);
                self.filter.restart();
            }
            Turn::Hold(voltage) => self.outputs.push_back(Output::Fact(Event::HoldStarted { voltage })),
            Turn::End(end) => {
                let idle = matches!(self.command(), Command::Idle);
                self.end(end);
                if idle {
                    // No current has to be switched off, so nothing will be told to have been.
                    self.on_switched(at);
                }
            }
        }
    }

    fn end(&mut self, end: End) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Running(underway) => Phase::Ending(underway, end),
            other => other,
        };
    }

    /// Closes the account of the step that is over, and moves the cursor on, or ends the test.
    fn close(&mut self) {
        // The last sample of a step is a row always, with all that has passed in the step.
        self.write_row(None);
        self.outputs.extend(self.pending.take().map(Output::Row));
        let Phase::Ending(underway, end) = std::mem::replace(&mut self.phase, Phase::Between) else {
            return;
        };
        let totals_at_start = underway.account.totals_at_start;
        let Underway { step, running, account, last, again, .. } = *underway;
        self.trim = running.trim();
        if let Some(what) = running.unmet() {
            self.outputs.push_back(Output::Fact(Event::Notice { what }));
        }
        self.unmet += u32::from(end.is_unmet(&step.kind));
        let End { reason, then } = end;
        let test_start = self.test_start.unwrap_or(account.start);
        let totals = self.ledger.totals();
        let mut result = account.close(&step, reason.clone(), totals, test_start);
        result.continued = again.is_some_and(|again| again.continued);
        if reason.goes_on() {
            self.memory.step_ended(&result);
        }
        // What follows in the plan is only known when the hooks were asked; they tell what they decide after
        // the end of the step.
        let told = self.outputs.len();
        self.outputs
            .push_back(Output::Fact(Event::StepEnded { result: Box::new(result.clone()), next: None }));
        let (then, why) = match self.ask_after_step(&step, &result, &last) {
            Ruling::End(end) => (end.then, because(&step, &end.reason)),
            Ruling::Broken(why) if reason.goes_on() => return self.finish(Verdict::Error, why),
            Ruling::GoOn | Ruling::Broken(_) => (then, because(&step, &reason)),
        };
        match &reason {
            reason if reason.goes_on() => {
                let mut books = Books { memory: &mut self.memory, totals };
                self.cursor.advance(self.plan.steps(), &then, &why, &mut books);
                self.tell_position(told);
                let ended = self.memory.take_ended();
                for result in &ended {
                    let event = Event::CycleEnded { result: Box::new(result.clone()) };
                    self.outputs.push_back(Output::Fact(event));
                }
                for what in self.cursor.take_notices() {
                    self.outputs.push_back(Output::Fact(Event::Notice { what }));
                }
                for result in &ended {
                    self.ask_after_cycle(result, &last);
                }
                self.tell_hooked();
            }
            EndReason::Stopped | EndReason::Interrupted(_) => {
                self.take_gap();
                let (start, duration) = (result.start, result.duration);
                let passage = Passage { step: &step, start, duration, totals: totals_at_start, again };
                self.enter_again(&passage);
                self.tell_position(told);
                if reason == EndReason::Stopped {
                    self.finish_for_now(Verdict::Incomplete, "stopped before the end".to_owned());
                }
            }
            other => self.finish(Verdict::Error, other.detail().to_owned()),
        }
    }

    /// Adds to the end of a step, which is told already, where the cell is after it.
    fn tell_position(&mut self, told: usize) {
        let position = Box::new(self.position());
        if let Some(Output::Fact(Event::StepEnded { next, .. })) = self.outputs.get_mut(told) {
            *next = Some(position);
        }
    }

    /// A step that ran out of time is no failure by itself, but not to be passed over either; and neither is an
    /// interruption.
    fn end_in_words(&self) -> String {
        let mut words = "every step came to its end".to_owned();
        match self.unmet {
            0 => {}
            1 => words += ", one by at_most before any of its conditions was met",
            some => words += &format!(", {some} by at_most before any of their conditions was met"),
        }
        match self.interruptions {
            0 => {}
            1 => words += "; interrupted once",
            some => words += &format!("; interrupted {some} times"),
        }
        words
    }

    fn finish(&mut self, verdict: Verdict, why: String) {
        self.phase = Phase::Done;
        let (verdict, why) = self.ask_at_end(verdict, why);
        self.outputs.push_back(Output::Fact(Event::CellEnded { verdict, why, resumable: false }));
    }

    /// Ends the test in the middle of its plan, with which it can be gone on unless the recipe says otherwise.
    fn finish_for_now(&mut self, verdict: Verdict, why: String) {
        self.phase = Phase::Done;
        self.tell_hooked();
        let resumable = self.plan.on_interrupt() != OnInterrupt::Fail;
        self.outputs.push_back(Output::Fact(Event::CellEnded { verdict, why, resumable }));
    }

    /// Writes the last reading of the step under way as a row.
    fn write_row(&mut self, impedance: Option<ImpedancePoint>) {
        let (Phase::Running(underway) | Phase::Ending(underway, _)) = &self.phase else { return };
        let Underway { step, record, running, account, last, .. } = &**underway;
        let total = self.ledger.totals();
        let sample = Sample {
            at: last.at,
            test_start: self.test_start.unwrap_or(last.at),
            step_start: account.start,
            step_id: step.id,
            step_count: account.step_count,
            cycle: account.cycle,
            step_type: if impedance.is_some() {
                StepType::Impedance
            } else {
                running.step_type(last.activity)
            },
            voltage: last.voltage,
            current: course::signed(last),
            temperature: last.temperature,
            total,
            step: total - account.totals_at_start,
            in_cycle: total - self.memory.cycle_began(),
            impedance,
        };
        match &mut self.pending {
            Some(same) if same.at == sample.at => {
                *same = Sample { impedance: impedance.or(same.impedance), ..sample };
            }
            pending => self.outputs.extend(pending.replace(sample).map(Output::Row)),
        }
        self.filter.wrote(record, last);
    }
}

/// Which step ended, and how, in words.
fn because(step: &Step, reason: &EndReason) -> String {
    let how = match reason {
        EndReason::TimeCap => "at_most ran out before any condition was met",
        reason if reason.detail().is_empty() => reason.code(),
        reason => reason.detail(),
    };
    format!("step {} ({}): {how}", step.id, step.label())
}

impl Step {
    /// The name in the recipe, or else what it does and its number.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{} {}", self.kind.word(), self.id))
    }
}

impl Kind {
    /// Whether there are conditions that are to end it.
    pub fn has_conditions(&self) -> bool {
        let for_supply = matches!(self, Self::Wait(Wait { awaited: Awaited::Supply, .. }));
        for_supply || !self.until().is_empty()
    }
}
