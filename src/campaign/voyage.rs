//! One scenario from the first life of the program to the last, and what was seen on the way.

use super::bug::Bug;
use super::check;
use super::fate::Fate;
use super::life::in_world;
use super::port::Standing;
use super::scenario::{Scenario, When};
use super::session::{Death, End, Left, World};
use super::witness::{Breach, Witness};
use crate::clock::{Clock, Instant, VirtualClock};
use crate::event::Entry;
use crate::identity::{CellName, SerialNumber, Slot};
use crate::plan::Plan;
use crate::simulator::Unit;
use crate::simulator::bench::{Bench, SlotSpec};
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a bench is looked at after all: longer than a watchdog runs.
const WAKE: Duration = Duration::from_secs(40);

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Voyage {
    /// What was written to the journal, over all lives.
    pub entries: Vec<Entry>,
    /// The laws that did not hold.
    pub breaches: Vec<Breach>,
    /// The word of each incident that happened, and what became of each cell that it can have touched.
    pub incidents: Vec<(&'static str, Vec<Verdict>)>,
    /// How many times the program was killed.
    pub kills: usize,
    /// What became of each cell.
    pub verdicts: BTreeMap<CellName, Verdict>,
    /// How long it took, in the time of the bench, the passes that only find moments not counted.
    pub lasted: Duration,
    /// A checksum over all files that are left, by which two voyages can be compared.
    pub digest: u32,
}

/// The moment of a kill, when it is known.
#[derive(Clone, Copy, Debug)]
enum Moment {
    After(Duration),
    Line(u64, Instant),
}

/// One way through the scenario with the kills that are known so far.
struct Pass<'w> {
    scenario: &'w Scenario,
    plan: Arc<Plan>,
    bench: Bench,
    bug: Option<Bug>,
}

/// What a pass came to.
pub(super) struct Seen {
    pub(super) standings: Vec<Standing>,
    /// Where a station can know of a cell.
    pub(super) slots: Vec<(usize, SerialNumber, Slot)>,
    pub(super) entries: Vec<Entry>,
    pub(super) breaches: Vec<Breach>,
    /// How often the program was killed.
    kills: usize,
    /// The time series as the last kill left them.
    pub(super) kept: Vec<(PathBuf, Vec<u8>)>,
    /// The slots whose CURRENT may be stuck: what the unit counts there is not what flows.
    pub(super) lying: Vec<(usize, Slot)>,
    /// Whether anything went wrong.
    pub(super) disturbed: bool,
    /// The largest current that the plan asks for, in amperes.
    pub(super) most: f64,
    /// How its last life ended.
    pub(super) end: End,
}

/// Goes through a scenario. The directory must not be there yet; the run's files are in it afterwards.
///
/// # Errors
/// The scenario cannot be played: its texts are wrong, or a file cannot be written.
pub fn sail(scenario: &Scenario, scratch: &Path, bug: Option<Bug>) -> Result<Voyage, String> {
    let pass = Pass { scenario, plan: scenario.plan()?, bench: scenario.bench()?, bug };
    let mut moments = Vec::new();
    // The journal of the run without the next kill, and its files.
    let mut before = None;
    for (number, kill) in scenario.kill.iter().enumerate() {
        match kill.when {
            When::After(time) => moments.push(Moment::After(time)),
            When::Line(line) => {
                let directory = scratch.join(format!("before-{number}"));
                let seen = pass.go(&moments, &directory, None)?;
                // A line that the journal does not come to is no moment.
                let entry = line.checked_sub(1).and_then(|it| seen.entries.get(usize::try_from(it).ok()?));
                let Some(entry) = entry else { break };
                moments.push(Moment::Line(line, in_world(entry.time)));
                before = Some(directory);
            }
        }
    }
    let directory = scratch.join("run");
    let seen = pass.go(&moments, &directory, before.as_deref())?;
    pass.judge(seen, &directory)
}

impl Pass<'_> {
    fn go(&self, moments: &[Moment], directory: &Path, before: Option<&Path>) -> Result<Seen, String> {
        let mut seen = self.put_up();
        let standings = seen.standings.clone();
        let world = World {
            scenario: self.scenario,
            plan: &self.plan,
            standings: &standings,
            directory,
            bug: self.bug,
        };
        let mut moments = moments.iter().zip(&self.scenario.kill);
        let mut born = Instant::ORIGIN;
        loop {
            let next = moments.next();
            let death = next.map_or_else(Death::default, |(moment, _)| match moment {
                Moment::After(time) => Death { at: Some(born + *time), line: None },
                Moment::Line(line, at) => Death { at: Some(*at), line: Some(*line) },
            });
            let lines = seen.entries.len() as u64;
            let left = if seen.kills == 0 { world.begin(death)? } else { world.go_on(death, lines)? };
            seen.entries.extend_from_slice(&left.entries);
            check::still_there(directory, &mut seen)?;
            let ended = standings.iter().map(|it| it.clock.now()).max().unwrap_or_default();
            seen.end = left.end;
            let (End::Killed, Some((_, kill))) = (left.end, next) else {
                standings.iter().for_each(|standing| standing.drift(ended + WAKE, |_, _| ()));
                return Ok(seen);
            };
            seen.kills += 1;
            self.bury(&left, directory, kill.torn, before, &mut seen)?;
            born = ended + kill.gap;
            standings.iter().for_each(|standing| standing.drift(born, |_, _| ()));
        }
    }

    fn put_up(&self) -> Seen {
        let standing = |(number, spec): (usize, &crate::simulator::bench::UnitSpec)| {
            let mut unit = Unit::new(spec, self.bench.seed);
            unit.keep_diary();
            let witness = Witness::new(spec.serial, spec.firmware, &self.plan);
            Standing {
                number,
                unit: Arc::new(Mutex::new(unit)),
                clock: Arc::new(VirtualClock::default()),
                fate: Arc::new(Mutex::new(Fate::new(number, &self.scenario.incident, witness))),
                plug: Arc::default(),
            }
        };
        let units = &self.bench.units;
        let cells = |(number, spec): (usize, &crate::simulator::bench::UnitSpec)| {
            let slots = Slot::ALL.into_iter().zip(spec.slots.clone());
            let serial = spec.serial;
            slots
                .filter(|(_, what)| matches!(what, SlotSpec::Cell(_)))
                .map(move |(slot, _)| (number, serial, slot))
                .collect::<Vec<_>>()
        };
        Seen {
            standings: units.iter().enumerate().map(standing).collect(),
            slots: units.iter().enumerate().flat_map(cells).collect(),
            entries: Vec::new(),
            breaches: Vec::new(),
            kills: 0,
            kept: Vec::new(),
            lying: self.scenario.incident.iter().filter_map(|it| Some((it.unit, it.what.lies()?))).collect(),
            disturbed: !(self.scenario.incident.is_empty() && self.scenario.kill.is_empty()),
            most: super::witness::largest(self.plan.steps(), self.plan.limits()),
            end: End::Killed,
        }
    }

    /// Leaves the files as the killed program left them, and looks at them.
    fn bury(
        &self,
        left: &Left,
        directory: &Path,
        torn: usize,
        before: Option<&Path>,
        seen: &mut Seen,
    ) -> Result<(), String> {
        left.lengths.cut(0)?;
        // Only the first life has a twin that was not killed.
        let before = before.filter(|_| seen.kills == 1);
        check::left_behind(left, directory, before, seen)?;
        left.lengths.cut(torn)?;
        check::readable(directory, seen);
        Ok(())
    }

    fn judge(&self, mut seen: Seen, directory: &Path) -> Result<Voyage, String> {
        for standing in &seen.standings {
            let mut fate = standing.fate();
            fate.witness.look(&mut standing.unit(), standing.clock.now(), false);
            seen.breaches.extend_from_slice(fate.witness.breaches());
        }
        let verdicts: BTreeMap<_, _> = seen.entries.iter().filter_map(super::desk::verdict).collect();
        if seen.end != End::Killed {
            check::ended(&mut seen, directory, &verdicts);
        }
        let lasted = seen.standings.iter().map(|it| it.clock.now().since(Instant::ORIGIN)).max();
        let happened = seen.standings.iter().flat_map(|it| it.fate().happened().to_vec());
        let incidents = happened.filter_map(|number| {
            let incident = self.scenario.incident.get(number)?;
            let touched = seen.slots.iter().filter(|(unit, _, slot)| {
                *unit == incident.unit && incident.what.slot().is_none_or(|it| it == *slot)
            });
            let ends =
                touched.filter_map(|(_, serial, slot)| verdicts.get(&CellName::of_slot(*serial, *slot)));
            Some((incident.what.word(), ends.copied().collect()))
        });
        Ok(Voyage {
            incidents: incidents.collect(),
            kills: seen.kills,
            lasted: lasted.unwrap_or_default(),
            digest: check::digest(directory)?,
            entries: seen.entries,
            breaches: seen.breaches,
            verdicts,
        })
    }
}
