//! A little cell and a slot that obeys, around a program: a driver that is off and ramps, a slice in each
//! rotation, noise where it is wanted. No unit, no line.

use batlab_run::clock::Instant;
use batlab_run::diagnostic::{Colour, Files, Source, render};
use batlab_run::event::{EndReason, Event, ImpedancePoint, Sample, StepResult};
use batlab_run::plan::{self, Direction, Plan};
use batlab_run::program::{Activity, Command, Output, Program, Reading};
use batlab_run::recipe::Context;
use batlab_run::units::{Amperes, Celsius, Coulombs, Ohms, Volts};
use batlab_run::verdict::Verdict;
use std::sync::Arc;
use std::time::Duration;

/// A tenth of a slice.
const TICK: Duration = Duration::from_micros(10_240);
/// Ticks of a slice, and of a rotation of slices.
const SLICE: u32 = 10;
const ROTATION: u32 = 60;
/// Steps of 1/128 A that the driver ramps by in a tick: 1400 a second.
const RAMP: f64 = 14.0 / 128.0;
const SETTLE: Duration = Duration::from_millis(820);

/// Where currents begin, change and end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    pub at: f64,
    /// What the driver is set to, above zero into the cell.
    pub set: f64,
}

pub struct Bench {
    pub program: Program,
    pub now: Instant,
    /// State of charge, 0 to 1, of a cell of `capacity`.
    pub soc: f64,
    pub capacity: f64,
    /// The slow part of its voltage.
    pub slow: f64,
    pub r0: f64,
    pub r1: f64,
    pub tau: f64,
    pub temperature: f64,
    /// What the driver makes of what it is set to.
    pub gain: f64,
    /// Whether the driver ramps, or jumps as with old firmware.
    pub ramps: bool,
    /// Standard deviations of a measured voltage and current.
    pub noise: (f64, f64),
    /// Of so many readings in a hundred, every one is lost.
    pub lost: u32,
    /// The open-circuit voltage over the state of charge.
    pub curve: fn(f64) -> f64,
    pub supply: bool,
    /// The true state at each reading: seconds, current, voltage.
    pub truth: Vec<(f64, f64, f64)>,
    pub changes: Vec<Change>,
    pub rows: Vec<Sample>,
    pub facts: Vec<(f64, Event)>,
    applied: Command,
    since: Instant,
    settled: bool,
    set_at: Instant,
    flowing: f64,
    ticks: u32,
    slice: (f64, f64),
    passed: f64,
    chance: u64,
}

struct Named(&'static str, &'static str);

impl Files for Named {
    fn open(&self, name: &str) -> Result<Source, String> {
        if name == self.0 { Ok(Source::new(name, self.1)) } else { Err("no such file".into()) }
    }
}

/// A plan of these steps for a cell of 2.5 Ah, with a profile `p.csv`.
pub fn plan_with(steps: &str, profile: &'static str) -> Arc<Plan> {
    let text = format!(
        "[recipe]\nname = \"laws\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
         [limits]\nvoltage = [\"2.8 V\", \"4.25 V\"]\ncurrent = \"4 A\"\n[record]\nevery = \"10 s\"\n{steps}"
    );
    let source = Source::new("laws.toml", text);
    let files = Named("p.csv", profile);
    let context = Context { files: &files, ..Context::ALONE };
    match plan::check_with(&source, &context) {
        Ok(plan) => Arc::new(plan),
        Err(problems) => panic!("{}", render(&source, &problems, Colour::Off)),
    }
}

pub fn plan(steps: &str) -> Arc<Plan> {
    plan_with(steps, "")
}

impl Bench {
    pub fn new(plan: &Arc<Plan>) -> Self {
        Self {
            program: Program::new(Arc::clone(plan)),
            now: Instant::ORIGIN,
            soc: 0.5,
            capacity: 9000.0,
            slow: 0.0,
            r0: 0.05,
            r1: 0.03,
            tau: 20.0,
            temperature: 25.0,
            gain: 1.05,
            ramps: true,
            noise: (0.0, 0.0),
            lost: 0,
            curve: |soc| 3.0 + 1.2 * soc,
            supply: true,
            truth: Vec::new(),
            changes: Vec::new(),
            rows: Vec::new(),
            facts: Vec::new(),
            applied: Command::Idle,
            since: Instant::ORIGIN,
            settled: false,
            set_at: Instant::ORIGIN,
            flowing: 0.0,
            ticks: 0,
            slice: (0.0, 0.0),
            passed: 0.0,
            chance: 1,
        }
    }

    pub fn seconds(&self) -> f64 {
        (self.now - Instant::ORIGIN).as_secs_f64()
    }

    /// The current that really flows, above zero into the cell.
    pub fn current(&self) -> f64 {
        let gain = if self.supply { self.gain } else { 0.0 };
        self.flowing * gain
    }

    fn set(&self) -> f64 {
        match self.applied {
            Command::Drive(direction, current) => direction.sign(current).0,
            Command::Idle | Command::Impedance(_) | Command::Finished => 0.0,
        }
    }

    pub fn open_circuit(&self) -> f64 {
        (self.curve)(self.soc)
    }

    pub fn voltage(&self) -> f64 {
        self.open_circuit() + self.slow + self.current() * self.r0
    }

    /// Goes on for so long, or until the program has ended.
    pub fn run(&mut self, seconds: f64) -> &mut Self {
        let end = self.seconds() + seconds;
        while self.seconds() < end && self.program.command() != Command::Finished {
            self.tick();
        }
        self
    }

    /// Goes on to the end, which must come within so long.
    pub fn finish(&mut self, seconds: f64) -> &mut Self {
        self.run(seconds);
        assert_eq!(
            self.program.command(),
            Command::Finished,
            "still on after {seconds} s: {:#?}",
            self.facts
        );
        self
    }

    fn tick(&mut self) {
        self.ramp();
        let (dt, current) = (TICK.as_secs_f64(), self.current());
        self.now = self.now + TICK;
        self.soc += current * dt / self.capacity;
        self.slow += (current * self.r1 - self.slow) * (1.0 - (-dt / self.tau).exp());
        self.passed += current.abs() * dt;
        self.ticks += 1;
        let place = self.ticks % ROTATION;
        if place < SLICE {
            let share = f64::from(SLICE).recip();
            self.slice.0 += self.voltage() * share;
            self.slice.1 += current.abs() * share;
        }
        if self.program.wake_at().is_some_and(|at| self.now >= at) {
            self.program.on_time(self.now);
            self.obey();
        }
        let settles = self.applied == Command::Idle && !self.settled && self.now - self.since >= SETTLE;
        if settles {
            self.read((self.voltage(), 0.0), self.now);
            self.obey();
        } else if place == SLICE - 1 {
            let slice = std::mem::take(&mut self.slice);
            self.truth.push((self.seconds(), current, self.voltage()));
            if self.draw() % 100 >= u64::from(self.lost) {
                self.read(
                    slice,
                    Instant::from_micros((self.now - Instant::ORIGIN - TICK * SLICE / 2).as_micros() as u64),
                );
                self.obey();
            }
        }
        if self.program.wants_supply() {
            self.program.on_supply(self.supply, self.now);
        }
        self.drain();
    }

    /// Lets the driver go on towards what it is set to; zero is reached at once.
    fn ramp(&mut self) {
        let (set, is) = (self.set(), self.flowing);
        self.flowing = if set == 0.0 || !self.ramps || (set - is).abs() <= RAMP {
            set
        } else {
            is + RAMP * (set - is).signum()
        };
    }

    /// A number of 31 bits, the next of its row (a linear congruence).
    fn draw(&mut self) -> u64 {
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance >> 33
    }

    /// A normal deviate: a sum of twelve even ones.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.draw() as f64 / 2_147_483_648.0).sum::<f64>() - 6.0
    }

    fn read(&mut self, (voltage, current): (f64, f64), at: Instant) {
        let activity = match self.applied {
            Command::Drive(direction, _) => Activity::Driving(direction),
            Command::Impedance(_) => Activity::Sine,
            Command::Idle | Command::Finished if self.now - self.since < SETTLE => return,
            Command::Idle | Command::Finished => Activity::Settled,
        };
        self.settled = activity == Activity::Settled;
        let began = self.now - Instant::ORIGIN - TICK * SLICE;
        let steady = self.flowing == self.set() && began >= self.set_at - Instant::ORIGIN + self.ramped();
        let (voltage, current) =
            (voltage + self.noise.0 * self.normal(), current + self.noise.1 * self.normal());
        let reading = Reading {
            at,
            heard: self.now,
            activity,
            since: self.since,
            steady,
            voltage: Volts(voltage),
            current: Amperes(current.max(0.0)),
            temperature: Celsius(self.temperature),
            passed: Coulombs(std::mem::take(&mut self.passed)),
        };
        let _ = self.program.doubts(&reading);
        self.program.on_reading(&reading);
    }

    /// How long the last change of the setting took at most.
    fn ramped(&self) -> Duration {
        let before = self.changes.iter().rev().nth(1).map_or(0.0, |change| change.set);
        let steps = if self.ramps { ((self.set() - before).abs() / RAMP).ceil() } else { 0.0 };
        TICK * (steps as u32)
    }

    /// Brings the slot to what is commanded, as a runner does.
    fn obey(&mut self) {
        match (self.program.command(), self.applied) {
            (Command::Idle | Command::Finished, Command::Idle) => {}
            (Command::Idle | Command::Finished, _) => {
                self.apply(Command::Idle);
                self.program.on_switched(self.now);
            }
            (Command::Drive(to, current), Command::Drive(direction, before)) if to == direction => {
                if current != before {
                    self.applied = Command::Drive(direction, current);
                    self.set_at = self.now;
                    self.changes.push(Change { at: self.seconds(), set: self.set() });
                }
            }
            (Command::Impedance(frequency), Command::Impedance(same)) if frequency == same => {
                let point = ImpedancePoint { frequency, magnitude: Ohms(self.r0), averages: 4 };
                self.program.on_impedance(point, self.now);
                self.apply(Command::Idle);
            }
            (_, Command::Idle) if !self.settled => {}
            (command, Command::Idle) => {
                self.apply(command);
                self.program.on_switched(self.now);
            }
            _ => self.apply(Command::Idle),
        }
    }

    fn apply(&mut self, command: Command) {
        self.applied = command;
        self.since = self.now;
        self.set_at = self.now;
        self.settled = false;
        self.changes.push(Change { at: self.seconds(), set: self.set() });
    }

    fn drain(&mut self) {
        while let Some(output) = self.program.next_output() {
            match output {
                Output::Row(sample) => self.rows.push(sample),
                Output::Fact(event) => self.facts.push((self.seconds(), event)),
            }
        }
    }

    pub fn steps(&self) -> Vec<&StepResult> {
        let ended = |(_, event): &'_ (f64, Event)| matches!(event, Event::StepEnded { .. });
        self.facts
            .iter()
            .filter(|fact| ended(fact))
            .filter_map(|(_, event)| match event {
                Event::StepEnded { result, .. } => Some(&**result),
                _ => None,
            })
            .collect()
    }

    /// The numbers of the steps that were done, and whether by a condition.
    pub fn walked(&self) -> Vec<(u32, bool)> {
        let by = |reason: &EndReason| matches!(reason, EndReason::Condition(_));
        self.steps().iter().map(|step| (step.step_id, by(&step.reason))).collect()
    }

    pub fn verdict(&self) -> (Verdict, String) {
        let ends = self.facts.iter().filter_map(|(_, event)| match event {
            Event::CellEnded { verdict, why, .. } => Some((*verdict, why.clone())),
            _ => None,
        });
        let ends: Vec<_> = ends.collect();
        assert_eq!(ends.len(), 1, "{ends:?}");
        ends[0].clone()
    }

    /// The stretches in which current flowed one way without a break: direction, beginning, end.
    pub fn stretches(&self) -> Vec<(Direction, f64, f64)> {
        let mut stretches: Vec<(Direction, f64, f64)> = Vec::new();
        let mut open: Option<(Direction, f64)> = None;
        for change in &self.changes {
            let way = match change.set {
                set if set > 0.0 => Some(Direction::Charge),
                set if set < 0.0 => Some(Direction::Discharge),
                _ => None,
            };
            if let Some((direction, from)) = open
                && way != Some(direction)
            {
                stretches.push((direction, from, change.at));
                open = None;
            }
            if let (Some(way), None) = (way, open) {
                open = Some((way, change.at));
            }
        }
        stretches
    }
}
