//! A whole run through the real path: pool, scheduler, station, driver, simulator, with what a
//! test wants in between.

use crate::watch::{Drive, Log, Watching, check_frames};
use batlab_run::clock::{Clock, Instant};
use batlab_run::diagnostic::{Files, Source};
use batlab_run::event::{Circumstances, EndReason, ImpedancePoint, Sample, StepResult};
use batlab_run::event::{Event, Note};
use batlab_run::identity::{CellName, Place, SerialNumber, Slot};
use batlab_run::plan::{self, Plan};
use batlab_run::pool;
use batlab_run::recipe::Context;
use batlab_run::scheduler::{self, Observer, RunEnd, StopSwitch, Waiting};
use batlab_run::simulator::Unit;
use batlab_run::simulator::bench::Bench;
use batlab_run::simulator::cell::Books;
use batlab_run::station::{BoundCell, Live};
use batlab_run::transport::faulty::{Faults, Faulty};
use batlab_run::transport::{Plug, Pulled, Transport, TransportError, Wake, Waker};
use batlab_run::verdict::Verdict;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

pub type Shared = Arc<Mutex<Unit>>;
type Act = Box<dyn FnMut(&mut Unit) + Send>;

/// Half an hour of charge, ten minutes of rest, half an hour of discharge.
pub const THERE_AND_BACK: &str = r#"
[[step]]
charge = "C/2"
hold = "4.2 V"
until = "current < C/20"
at_most = "30 min"
[[step]]
rest = "10 min"
[[step]]
discharge = "C/2"
until = "voltage < 2.8 V"
at_most = "30 min"
"#;

/// A run to be made.
pub struct Rig {
    bench: Bench,
    plan: Arc<Plan>,
    faults: Option<(Instant, Faults)>,
    acts: Vec<(SerialNumber, Instant, Act)>,
    pub switch: StopSwitch,
    over: Option<Over>,
    plans: Vec<(Slot, Arc<Plan>)>,
    uncalibrated: bool,
    patience: Option<Duration>,
    pull: Option<Pull>,
}

/// A plug that is pulled at a moment, and when it is put back.
#[derive(Clone)]
struct Pull {
    at: Instant,
    pulled: Pulled,
    back: Option<Instant>,
}

type Over = Box<dyn FnMut(Box<dyn Transport>, &Arc<dyn Clock>) -> Box<dyn Transport>>;

pub fn plan(text: &str) -> Arc<Plan> {
    let source = Source::new("test.toml", text);
    Arc::new(plan::check(&source).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// One file by its name.
struct Named<'f>(&'f str, &'f str);

impl Files for Named<'_> {
    fn open(&self, name: &str) -> Result<Source, String> {
        if name == self.0 { Ok(Source::new(name, self.1)) } else { Err(format!("no file {name}")) }
    }
}

/// A plan of these steps for a 2.5 Ah li-ion cell.
pub fn li_ion(steps: &str) -> Arc<Plan> {
    plan(&li_ion_text(steps))
}

/// The same with a file beside it.
pub fn with_file(steps: &str, name: &str, text: &str) -> Arc<Plan> {
    let source = Source::new("test.toml", li_ion_text(steps));
    let context = Context { files: &Named(name, text), ..Context::ALONE };
    Arc::new(plan::check_with(&source, &context).unwrap_or_else(|problems| panic!("{problems:?}")))
}

fn li_ion_text(steps: &str) -> String {
    format!(
        "[recipe]\nname = \"test\"\n[cell]\nchemistry = \"li-ion\"\ncapacity = \"2.5 Ah\"\n\
         [limits]\nvoltage = [\"2.8 V\", \"4.25 V\"]\ncurrent = \"4 A\"\n\
         temperature = {{ charge = \"45 degC\", discharge = \"60 degC\" }}\n[record]\nevery = \"10 s\"\n{steps}"
    )
}

pub fn file(name: &str) -> Arc<Plan> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes").join(name);
    plan(&std::fs::read_to_string(path).unwrap())
}

/// A moment of a unit's clock.
pub fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

pub fn slot(number: u8) -> Slot {
    Slot::new(number).unwrap()
}

pub fn lock(unit: &Shared) -> MutexGuard<'_, Unit> {
    unit.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Rig {
    /// One unit with four cells that match the plan.
    pub fn new(plan: &Arc<Plan>, seed: u64) -> Self {
        Self::on(Bench::matching(plan.cell().chemistry, plan.cell().capacity, seed), plan)
    }

    /// These units.
    pub fn on(bench: Bench, plan: &Arc<Plan>) -> Self {
        let (plan, switch) = (Arc::clone(plan), StopSwitch::default());
        let (acts, plans) = (Vec::new(), Vec::new());
        let (patience, pull, over) = (None, None, None);
        Self { bench, plan, faults: None, acts, switch, over, plans, uncalibrated: false, patience, pull }
    }

    /// Lets cells be energised on blank and absurd calibration.
    pub fn uncalibrated(mut self) -> Self {
        self.uncalibrated = true;
        self
    }

    /// Changes the bench.
    pub fn bench(mut self, change: impl FnOnce(&mut Bench)) -> Self {
        change(&mut self.bench);
        self
    }

    /// Gives the cell in a slot a plan of its own.
    pub fn plan_of(mut self, number: u8, plan: &Arc<Plan>) -> Self {
        self.plans.push((slot(number), Arc::clone(plan)));
        self
    }

    /// Spoils the line.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = Some((Instant::ORIGIN, faults));
        self
    }

    /// Spoils it from this moment on.
    pub fn faults_from(mut self, seconds: u64, faults: Faults) -> Self {
        self.faults = Some((at(seconds), faults));
        self
    }

    /// Does something to the first unit at this moment of its clock.
    pub fn act(self, seconds: u64, act: impl FnMut(&mut Unit) + Send + 'static) -> Self {
        let serial = self.bench.units[0].serial;
        self.act_on(serial, seconds, act)
    }

    /// Pulls the plug of the first unit at a moment, and puts it back at another, or never.
    pub fn pull(mut self, seconds: u64, pulled: Pulled, back: Option<u64>) -> Self {
        self.pull = Some(Pull { at: at(seconds), pulled, back: back.map(at) });
        self
    }

    /// Lets the run wait so long for what it loses.
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = Some(time);
        self
    }

    /// Does something to a unit at this moment of its clock.
    pub fn act_on(
        mut self,
        serial: SerialNumber,
        seconds: u64,
        act: impl FnMut(&mut Unit) + Send + 'static,
    ) -> Self {
        self.acts.push((serial, at(seconds), Box::new(act)));
        self.acts.sort_by_key(|(_, when, _)| *when);
        self
    }

    /// Lays a transport over the line, next to the host.
    pub fn over(
        mut self,
        over: impl FnMut(Box<dyn Transport>, &Arc<dyn Clock>) -> Box<dyn Transport> + 'static,
    ) -> Self {
        self.over = Some(Box::new(over));
        self
    }

    /// Makes the run.
    pub fn run(self) -> Outcome {
        let Self { bench, plan, faults, mut acts, switch, mut over, plans, uncalibrated, patience, mut pull } =
            self;
        let (mut units, mut truth, mut logs) = (Vec::new(), Vec::new(), Vec::new());
        let mut serials = bench.units.iter().map(|unit| unit.serial);
        let (mut cells, mut plugs) = (Vec::new(), Vec::new());
        let simulated = pool::simulate(&bench, |port, clock| {
            let serial = serials.next().unwrap();
            let mine = acts.extract_if(.., |(of, ..)| *of == serial).map(|(_, at, act)| (at, act)).collect();
            let cell: Arc<OnceLock<Shared>> = Arc::default();
            cells.push(Arc::clone(&cell));
            let plug: Arc<OnceLock<Plug>> = Arc::default();
            plugs.push(Arc::clone(&plug));
            let (unit, clock_of) = (Arc::clone(&cell), Arc::clone(clock));
            let acting = Acting { inner: port, clock: clock_of, unit, acts: mine, plug, pull: pull.take() };
            let faulty: Box<dyn Transport> = match faults {
                Some((from, faults)) => Box::new(Later {
                    whole: Some(Box::new(acting)),
                    spoilt: None,
                    clock: Arc::clone(clock),
                    from,
                    faults,
                    seed: bench.seed,
                }),
                None => Box::new(acting),
            };
            let log = Log::default();
            logs.push((serial, log.clone()));
            let watching: Box<dyn Transport> = Box::new(Watching::new(faulty, Arc::clone(clock), cell, log));
            match &mut over {
                Some(over) => over(watching, clock),
                None => watching,
            }
        });
        let mut found_again = Vec::new();
        for ((simulated, cell), plug) in simulated.into_iter().zip(cells).zip(plugs) {
            assert!(cell.set(Arc::clone(&simulated.unit)).is_ok());
            assert!(plug.set(simulated.plug.clone()).is_ok());
            found_again.push((simulated.serial, simulated.plug));
            truth.push((simulated.serial, simulated.unit));
            units.push(pool::identify(simulated.line).unwrap());
        }
        let bindings = pool::bind(&units, &[]).unwrap();
        let bound = |it: pool::Binding| {
            let live = Live::new(it.cell, it.place);
            let own = plans.iter().find(|(slot, _)| *slot == it.place.slot).map(|(_, own)| own);
            let plan = Arc::clone(own.unwrap_or(&plan));
            BoundCell { live, voltage: it.voltage, plan, uncalibrated, earlier: None }
        };
        let cells: Vec<_> = bindings.into_iter().map(bound).collect();
        let mut collected = Collected::default();
        let usual = Waiting::default();
        let lookout = Some(pool::Lookout::over_simulated(found_again, switch.flag()));
        let waiting = Waiting { at_most: patience.unwrap_or(usual.at_most), lookout, ..usual };
        let end = scheduler::start_waiting(units, &cells, &switch, &waiting).finish(&mut collected);
        let outcome = Outcome { notes: collected.0, end, units: truth, logs, plan };
        assert_eq!(check_frames(&outcome), Vec::<String>::new(), "frames that must not be");
        outcome
    }
}

/// A run that was made.
pub struct Outcome {
    pub notes: Vec<Note>,
    pub end: RunEnd,
    pub units: Vec<(SerialNumber, Shared)>,
    pub logs: Vec<(SerialNumber, Log)>,
    pub plan: Arc<Plan>,
}

impl Outcome {
    pub fn unit(&self) -> &Shared {
        &self.units[0].1
    }

    pub fn log(&self) -> &Log {
        &self.logs[0].1
    }

    fn place(&self, number: u8) -> Place {
        Place { unit: self.units[0].0, slot: slot(number) }
    }

    /// What became of the cell in a slot of the first unit.
    pub fn verdict(&self, number: u8) -> Verdict {
        let place = self.place(number);
        self.end.verdicts[&CellName::of_slot(place.unit, place.slot)]
    }

    pub fn verdicts(&self) -> [Verdict; 4] {
        [0, 1, 2, 3].map(|number| self.verdict(number))
    }

    /// Moments and facts of a slot of the first unit.
    pub fn facts(&self, number: u8) -> Vec<(f64, &Event)> {
        let place = self.place(number);
        let notes = self.notes.iter();
        notes
            .filter_map(|note| match note {
                Note::Fact(entry) if entry.unit == Some(place.unit) && entry.slot == Some(place.slot) => {
                    Some((entry.test_time_second, &entry.event))
                }
                _ => None,
            })
            .collect()
    }

    /// Facts about the first unit itself.
    pub fn unit_facts(&self) -> Vec<(f64, &Event)> {
        let notes = self.notes.iter();
        notes
            .filter_map(|note| match note {
                Note::Fact(entry) if entry.slot.is_none() => Some((entry.test_time_second, &entry.event)),
                _ => None,
            })
            .collect()
    }

    /// The finished steps of a slot.
    pub fn steps(&self, number: u8) -> Vec<&StepResult> {
        let facts = self.facts(number).into_iter();
        facts
            .filter_map(|(_, event)| match event {
                Event::StepEnded { result, .. } => Some(&**result),
                _ => None,
            })
            .collect()
    }

    /// Every impedance that was measured in a slot, and where in the test.
    pub fn impedances(&self, number: u8) -> Vec<(ImpedancePoint, Circumstances)> {
        let facts = self.facts(number).into_iter();
        facts
            .filter_map(|(_, event)| match event {
                Event::ImpedanceMeasured { point, at } => Some((*point, at.expect("it is told where"))),
                _ => None,
            })
            .collect()
    }

    pub fn rows(&self, number: u8) -> Vec<&Sample> {
        let place = self.place(number);
        let notes = self.notes.iter();
        notes
            .filter_map(|note| match note {
                Note::Row(at, sample) if *at == place => Some(&**sample),
                _ => None,
            })
            .collect()
    }

    /// Why the cell's test ended.
    pub fn why(&self, number: u8) -> String {
        let ends: Vec<_> = self
            .facts(number)
            .into_iter()
            .filter_map(|(_, event)| match event {
                Event::CellEnded { why, .. } => Some(why.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(ends.len(), 1, "a cell ends once: {ends:?}");
        ends[0].clone()
    }

    pub fn books(&self, number: u8) -> Books {
        lock(self.unit()).books(slot(number)).unwrap()
    }

    pub fn register(&self, namespace: u8, address: u8) -> u16 {
        lock(self.unit()).register(namespace, address).unwrap()
    }

    /// What the books say of each stretch in which current was commanded.
    pub fn drives(&self, number: u8) -> Vec<Drive> {
        self.log().drives(slot(number))
    }

    /// The facts of every slot of the first unit, a line each, without what differs in the last digit.
    pub fn condensed(&self) -> String {
        let mut text = String::new();
        for (_, event) in self.unit_facts() {
            if !matches!(event, Event::Notice { .. }) {
                writeln!(text, "unit: {}", short(event)).unwrap();
            }
        }
        for number in 0..4 {
            for (_, event) in self.facts(number) {
                if matches!(event, Event::CounterSeen { .. }) {
                    continue;
                }
                writeln!(text, "{number}: {}", short(event)).unwrap();
            }
        }
        text
    }
}

fn short(event: &Event) -> String {
    let text = match event {
        Event::CellBound { .. } => "bound".into(),
        Event::LimitsVerified { .. } => "limits verified".into(),
        Event::StepStarted { step_count, cycle, what, .. } => {
            format!("step {step_count} (cycle {cycle}): {what}")
        }
        Event::HoldStarted { voltage } => format!("holds {voltage}"),
        Event::ImpedanceMeasured { point, .. } => format!("impedance at {}", point.frequency),
        Event::StepEnded { result, .. } => match result.reason.detail() {
            "" => format!("step {} ended: {}", result.step_count, result.reason.code()),
            detail => format!("step {} ended: {}: {detail}", result.step_count, result.reason.code()),
        },
        Event::UnitStopped { error, status } => format!("unit stopped: ERROR {error}, STATUS {status}"),
        Event::CellEnded { verdict, why, .. } => format!("{verdict}: {why}"),
        Event::MadeSafe { mode } => format!("safe: {mode}"),
        Event::SettingChanged { register, before, after } => format!("{register}: {before} -> {after}"),
        Event::SettingRestored { register, value } => format!("{register}: back to {value}"),
        Event::Fault { what } => format!("fault: {what}"),
        other => format!("{other:?}"),
    };
    without_last_digits(&text)
}

/// Measured values, which have four decimals, lose them.
fn without_last_digits(text: &str) -> String {
    let mut out = String::new();
    let mut decimals: Option<usize> = None;
    for char in text.chars() {
        decimals = match (char, decimals) {
            ('.', _) => Some(0),
            (char, Some(count)) if char.is_ascii_digit() => Some(count + 1),
            _ => None,
        };
        if decimals.is_none_or(|count| count < 2) {
            out.push(char);
        } else if decimals == Some(2) {
            out.push('~');
        }
    }
    out
}

#[derive(Default)]
struct Collected(Vec<Note>);

impl Observer for Collected {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        self.0.push(note.clone());
        Ok(())
    }

    fn tick(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Does things to the unit when its clock passes their moments.
struct Acting {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    unit: Arc<OnceLock<Shared>>,
    acts: Vec<(Instant, Act)>,
    plug: Arc<OnceLock<Plug>>,
    pull: Option<Pull>,
}

impl Acting {
    fn act(&mut self) {
        if let Some(plug) = self.plug.get()
            && let Some(Pull { pulled, back, .. }) = self.pull.take_if(|pull| pull.at <= self.clock.now())
        {
            plug.pull(pulled, back);
        }
        while self.acts.first().is_some_and(|(at, _)| *at <= self.clock.now())
            && let Some(unit) = self.unit.get()
        {
            let (_, mut act) = self.acts.remove(0);
            let mut unit = lock(unit);
            unit.advance_to(self.clock.now());
            act(&mut unit);
        }
    }
}

impl Transport for Acting {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.act();
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        loop {
            self.act();
            let next = self.acts.first().map_or(until, |(at, _)| (*at).min(until));
            let next = self.pull.as_ref().map_or(next, |pull| pull.at.min(next));
            let wake = self.inner.receive(next, into)?;
            if wake != Wake::Deadline || next >= until {
                return Ok(wake);
            }
        }
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

/// A line that is spoilt from a moment on.
struct Later {
    whole: Option<Box<dyn Transport>>,
    spoilt: Option<Faulty>,
    clock: Arc<dyn Clock>,
    from: Instant,
    faults: Faults,
    seed: u64,
}

impl Later {
    fn line(&mut self) -> &mut dyn Transport {
        if self.clock.now() >= self.from
            && let Some(whole) = self.whole.take()
        {
            self.spoilt = Some(Faulty::new(whole, Arc::clone(&self.clock), self.faults, self.seed));
        }
        match (&mut self.whole, &mut self.spoilt) {
            (Some(whole), _) => whole.as_mut(),
            (None, Some(spoilt)) => spoilt,
            (None, None) => unreachable!("one of them is always there"),
        }
    }
}

impl Transport for Later {
    fn name(&self) -> &str {
        "later"
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.line().send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.line().receive(until, into)
    }

    fn waker(&self) -> Waker {
        match (&self.whole, &self.spoilt) {
            (Some(whole), _) => whole.waker(),
            (None, Some(spoilt)) => spoilt.waker(),
            (None, None) => unreachable!("one of them is always there"),
        }
    }
}

/// Whether a step ended by one of its own conditions.
pub fn by_condition(step: &StepResult) -> bool {
    matches!(step.reason, EndReason::Condition(_))
}

pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
