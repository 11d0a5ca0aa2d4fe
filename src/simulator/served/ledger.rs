//! What truly happened in each slot, phase by phase, as a file that a test can read.

use crate::identity::{SerialNumber, Slot};
use crate::simulator::Unit;
use crate::simulator::bench::Bench;
use crate::simulator::cell::Books;
use serde::Serialize;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many finished phases of a slot are kept; the oldest go first.
const PHASES: usize = 1000;
/// The cells' MODE register, and the names of what it holds.
const MODE: u8 = 0;
const MODES: [&str; 7] = ["NO_CELL", "BACKWARDS", "IDLE", "CHARGE", "DISCHARGE", "IMPEDANCE", "STOPPED"];

/// The books of a whole bench.
#[derive(Debug, Serialize)]
pub(super) struct Ledger {
    /// Always true: nobody should take this for a measurement.
    simulated: bool,
    seed: u64,
    /// Simulated seconds since the start.
    time_second: f64,
    units: Vec<UnitPage>,
    /// Whether a slot has changed its mode since the file was last written.
    #[serde(skip)]
    changed: bool,
}

#[derive(Debug, Serialize)]
struct UnitPage {
    serial: SerialNumber,
    firmware: u16,
    link: PathBuf,
    slots: [SlotPage; 4],
}

/// One slot: as it is, and its phases. A phase is a time in one mode.
#[derive(Debug, Serialize)]
struct SlotPage {
    slot: Slot,
    mode: Mode,
    /// All since the start; `None` without a cell.
    books: Option<Books>,
    /// The finished phases, oldest first.
    phases: VecDeque<Phase>,
    #[serde(skip)]
    since: f64,
    #[serde(skip)]
    at_start: Option<Books>,
}

/// A finished phase, and what passed in it.
#[derive(Debug, Serialize)]
struct Phase {
    mode: Mode,
    from_second: f64,
    to_second: f64,
    books: Option<Books>,
}

/// What MODE holds; `None` while no application answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mode(Option<u16>);

impl Mode {
    fn name(self) -> Option<&'static str> {
        MODES.get(usize::from(self.0?)).copied()
    }
}

impl Serialize for Mode {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.name(), self.0) {
            (Some(name), _) => to.serialize_str(name),
            (None, Some(number)) => to.serialize_u16(number),
            (None, None) => to.serialize_none(),
        }
    }
}

impl Ledger {
    /// Opens the books of a bench whose units have these links.
    pub fn open<'l>(bench: &Bench, links: impl IntoIterator<Item = &'l Path>) -> Self {
        let page = |slot| SlotPage {
            slot,
            mode: Mode::default(),
            books: None,
            phases: VecDeque::new(),
            since: 0.0,
            at_start: None,
        };
        let units = bench.units.iter().zip(links).map(|(unit, link)| UnitPage {
            serial: unit.serial,
            firmware: unit.firmware,
            link: link.to_owned(),
            slots: Slot::ALL.map(page),
        });
        Self { simulated: true, seed: bench.seed, time_second: 0.0, units: units.collect(), changed: false }
    }

    /// Looks whether a slot of a unit has changed its mode, and closes the phase that ended.
    pub fn look(&mut self, index: usize, unit: &mut Unit, seconds: f64) {
        let Some(page) = self.units.get_mut(index) else { return };
        for slot in &mut page.slots {
            let mode = Mode(unit.register(slot.slot.number(), MODE));
            if mode == slot.mode {
                continue;
            }
            let books = unit.books(slot.slot);
            if slot.phases.len() == PHASES {
                slot.phases.pop_front();
            }
            let passed = match (&books, &slot.at_start) {
                (Some(now), Some(then)) => Some(now.since(then)),
                _ => None,
            };
            let ended = Phase { mode: slot.mode, from_second: slot.since, to_second: seconds, books: passed };
            if ended.mode != Mode::default() {
                slot.phases.push_back(ended);
            }
            *slot = SlotPage {
                mode,
                since: seconds,
                at_start: books,
                phases: std::mem::take(&mut slot.phases),
                ..*slot
            };
            self.changed = true;
        }
    }

    /// Whether a slot has changed its mode since the last writing.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// Brings the books of every slot up to date.
    pub fn balance<'u>(&mut self, units: impl Iterator<Item = &'u mut Unit>, seconds: f64) {
        self.time_second = seconds;
        for (page, unit) in self.units.iter_mut().zip(units) {
            for slot in &mut page.slots {
                slot.books = unit.books(slot.slot);
            }
        }
    }

    /// Writes the books to a file, aside first and then renamed over the old one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&mut self, path: &Path) -> io::Result<()> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // As open to others as any new file, not for its writer alone as a temporary file is.
        let shared = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        let mut aside = tempfile::Builder::new().permissions(shared).tempfile_in(folder)?;
        serde_json::to_writer_pretty(&mut aside, self)?;
        aside.write_all(b"\n")?;
        aside.persist(path).map_err(|failed| failed.error)?;
        self.changed = false;
        Ok(())
    }

    /// The books as a table for people: a line for each cell.
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<12}{:<11}{:>12}{:>12}{:>11}{:>11}{:>12}{:>12}{:>9}\n",
            "slot", "mode", "in", "out", "in", "out", "capacity", "resistance", "charge"
        );
        for unit in &self.units {
            for slot in &unit.slots {
                let Some(books) = slot.books else { continue };
                table.push_str(&format!(
                    "{:<12}{:<11}{:>9.2} mAh{:>8.2} mAh{:>7.4} Wh{:>8.4} Wh{:>8.2} mAh{:>7.2} mohm{:>7.1} %\n",
                    format!("{}:{}", unit.serial, slot.slot),
                    slot.mode.name().unwrap_or("?"),
                    books.charged.ampere_hours() * 1e3,
                    books.discharged.ampere_hours() * 1e3,
                    books.energy_in.watt_hours(),
                    books.energy_out.watt_hours(),
                    books.capacity.ampere_hours() * 1e3,
                    books.resistance.0 * 1e3,
                    books.state_of_charge * 100.0,
                ));
            }
        }
        table
    }
}
