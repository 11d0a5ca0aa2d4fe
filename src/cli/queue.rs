//! `--queue`: more cells than slots. What the queue orders becomes files, facts and tests, and what is typed or
//! scanned at the bench becomes names.

use super::args::RunArgs;
use super::bound::Bound;
use super::failure::Failure;
use super::operator::Operator;
use super::script::Script;
use crate::diagnostic::Source;
use crate::event::{Entry, Event};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use crate::plan::Plan;
use crate::pool::FoundUnit;
use crate::queue::{self, Names, Order, Queue};
use crate::record::{self, CellTruth, ManifestCell, QueueInfo};
use crate::results::Subject;
use crate::station::{BoundCell, Live};
use crate::units::Volts;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// The cells of a queue, each with its plan, and whether more names come.
pub(super) struct Listed {
    names: Names,
    plan: Arc<Plan>,
    /// Of cells of which the list says something else.
    plans: BTreeMap<CellName, Arc<Plan>>,
}

/// The list of the queue that the command line asks for; none where there is no queue, or its names are typed.
pub(super) fn source(args: &RunArgs) -> Result<Option<Source>, Failure> {
    if let Some(pattern) = &args.queue_names {
        let names = queue::pattern(pattern).map_err(Failure::refused)?;
        let text = names.iter().fold("name\n".to_owned(), |text, name| text + name.as_str() + "\n");
        return Ok(Some(Source::new("--queue-names", text)));
    }
    match &args.queue {
        Some(path) if !is_typed(args) => Ok(Some(Source::from_file(path)?)),
        _ => Ok(None),
    }
}

/// Whether the names are typed or scanned in.
fn is_typed(args: &RunArgs) -> bool {
    args.queue.as_ref().is_some_and(|path| path.as_os_str() == "-")
}

/// What `run.json` tells of the queue that the command line asks for.
pub(super) fn info(args: &RunArgs) -> Option<QueueInfo> {
    let open = is_typed(args);
    let any = args.queue.is_some() || args.queue_names.is_some();
    any.then(|| QueueInfo { list: (!open).then(|| LIST.to_owned()), open })
}

/// The name of its list under `inputs`.
pub(super) const LIST: &str = "queue.csv";

impl Listed {
    /// The queue of a script, each cell with the plan of the run or its own.
    pub(super) fn of(script: &Script, plan: &Arc<Plan>, open: bool) -> Result<Self, Failure> {
        let cells = script.queue.as_ref().map_or(&[][..], |(_, cells)| cells);
        let names = Names { listed: cells.iter().map(|cell| cell.name.clone()).collect(), open };
        let mut listed = Self { names, plan: Arc::clone(plan), plans: BTreeMap::new() };
        // Most cells of a queue are of a kind: nothing is said of them, and nothing has to be proved again.
        for cell in cells.iter().filter(|cell| cell.capacity.is_some() || !cell.settings.is_empty()) {
            let own = script.prove_for(cell)?;
            if own != **plan {
                listed.plans.insert(cell.name.clone(), Arc::new(own));
            }
        }
        Ok(listed)
    }

    /// Whether there are cells, or may be, beside those that a run has already.
    pub(super) fn is_more_than(&self, cells: &[ManifestCell]) -> bool {
        let is_known = |name: &CellName| cells.iter().any(|cell| cell.name == *name);
        self.names.open || !self.names.listed.iter().all(is_known)
    }

    /// The plan of a cell.
    pub(super) fn plan(&self, cell: &CellName) -> &Arc<Plan> {
        self.plans.get(cell).unwrap_or(&self.plan)
    }
}

/// Sees to a queue while a run goes on.
pub(super) struct Attendant {
    queue: Queue,
    typed: Option<Receiver<String>>,
    plan: Arc<Plan>,
    plans: BTreeMap<CellName, Arc<Plan>>,
    uncalibrated: bool,
    /// The wall time at the origin of each unit's clock.
    origins: BTreeMap<SerialNumber, DateTime<Utc>>,
    operator: Option<Operator>,
    come: Vec<BoundCell>,
}

/// What follows from an order.
pub(super) enum Step {
    /// A fact to be told: about a cell, a slot, or neither.
    Tell(Option<CellName>, Option<Place>, Event),
    /// A cell is tested from here on; it is to be recorded and judged.
    Begin(Box<Beginning>),
}

/// A cell whose test begins.
pub(super) struct Beginning {
    pub(super) recorded: record::BoundCell,
    pub(super) described: ManifestCell,
    pub(super) subject: Subject,
    pub(super) live: Live,
}

impl Attendant {
    /// For these units; `done` were tested before the run was interrupted, and `testing` are again.
    pub(super) fn new(
        listed: Listed,
        units: &[FoundUnit],
        (done, testing): (&[CellName], &[(CellName, Place)]),
        uncalibrated: bool,
        operator: Option<Operator>,
    ) -> Self {
        let Listed { names, plan, plans } = listed;
        let of_unit = |unit: &FoundUnit| {
            let unit = unit.serial;
            Slot::ALL.map(|slot| Place { unit, slot })
        };
        let places: Vec<Place> = units.iter().flat_map(of_unit).collect();
        let origins = units.iter().map(|unit| (unit.serial, unit.line.clock().origin())).collect();
        let typed = names.open.then(typed);
        let queue = Queue::new(names, &places, done, testing);
        Self { queue, typed, plan, plans, uncalibrated, origins, operator, come: Vec::new() }
    }

    /// Hears a fact of the run, and lets the simulated person, if there is one, do what it asks for. Verdicts are heard as
    /// they are settled.
    pub(super) fn hear(&mut self, entry: &Entry) {
        if let Some(operator) = &mut self.operator {
            operator.hear(entry);
        }
        let Some(place) = entry.unit.zip(entry.slot).map(|(unit, slot)| Place { unit, slot }) else { return };
        match &entry.event {
            Event::SlotFound { holds, voltage } => self.queue.on_slot(place, *holds, *voltage),
            // Its station has ended.
            Event::MadeSafe { .. } | Event::NotMadeSafe { .. } => self.queue.on_lost(place.unit),
            _ => {}
        }
    }

    /// Hears that a cell is done, what became of it, and at which voltage it was seen last.
    pub(super) fn ended(&mut self, cell: &CellName, verdict: Verdict, voltage: Option<Volts>) {
        self.queue.on_ended(cell, verdict, voltage);
    }

    /// Takes in names that were typed or scanned.
    pub(super) fn listen(&mut self) {
        while let Some(typed) = &self.typed {
            match typed.try_recv() {
                Ok(name) => self.queue.on_name(&name),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.typed = None;
                    self.queue.on_last_name();
                }
            }
        }
    }

    /// What is to be done next.
    pub(super) fn next_step(&mut self) -> Option<Result<Step, Failure>> {
        let order = self.queue.next_order()?;
        Some(Ok(match order {
            Order::Ask(cell, place) => Step::Tell(Some(cell), Some(place), Event::CellWanted),
            Order::AskName(place) => Step::Tell(None, Some(place), Event::NameWanted),
            Order::TakeOut(cell, place, verdict) => {
                Step::Tell(Some(cell), Some(place), Event::CellToTakeOut { verdict })
            }
            Order::Mistake(place, what) => Step::Tell(None, Some(place), Event::Mistake { what }),
            Order::Refused(what) => Step::Tell(None, None, Event::Mistake { what }),
            Order::Begin(cell, place, voltage) => return Some(self.begin(cell, place, voltage)),
        }))
    }

    fn begin(&mut self, cell: CellName, place: Place, voltage: Volts) -> Result<Step, Failure> {
        let own = self.plans.get(&cell);
        let bound = Bound {
            plan: Arc::clone(own.unwrap_or(&self.plan)),
            has_own_plan: own.is_some(),
            clock_origin: self.origins.get(&place.unit).copied().unwrap_or_default(),
            uncalibrated: self.uncalibrated,
            cell,
            place,
            voltage,
        };
        let (recorded, described, subject) = (bound.recorded(), bound.described()?, bound.subject());
        let tested = bound.tested();
        let live = tested.live.clone();
        self.come.push(tested);
        Ok(Step::Begin(Box::new(Beginning { recorded, described, subject, live })))
    }

    /// The plans of the cells that wait, as far as their names are known.
    pub(super) fn plans(&self) -> impl Iterator<Item = Arc<Plan>> {
        self.queue.waiting().map(|cell| Arc::clone(self.plans.get(cell).unwrap_or(&self.plan)))
    }

    /// The simulator's own books of the cells that its person took out.
    pub(super) fn truth(&self) -> BTreeMap<CellName, CellTruth> {
        self.operator.as_ref().map(|operator| operator.books.clone()).unwrap_or_default()
    }

    /// The cells that have come since this was asked last.
    pub(super) fn take_come(&mut self) -> Vec<BoundCell> {
        std::mem::take(&mut self.come)
    }

    /// Whether every cell was tested and none will come.
    pub(super) fn is_over(&self) -> bool {
        self.queue.is_over()
    }

    /// How many cells were not tested.
    pub(super) fn left(&self) -> usize {
        self.queue.left()
    }
}

/// What is typed or scanned on standard input, line by line, until it ends. What is no text becomes a name that is
/// refused. A line cannot be waited for and given up, so the thread ends with the input, or with the program.
fn typed() -> Receiver<String> {
    let (sender, lines) = channel();
    let read = move || {
        for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if !line.trim().is_empty() && sender.send(line).is_err() {
                return;
            }
        }
    };
    // Without it no names come, and the queue is over: that is told by its end.
    let _ = std::thread::Builder::new().name("names".to_owned()).spawn(read);
    lines
}
