//! Takes what the stations tell and keeps it: rows, results, events, and at the end the summary.

use super::cell::CellFiles;
use super::gathered::Gathered;
use super::manifest::{Manifest, ManifestCell};
use super::past::Past;
use super::remake::{RemakeError, remove, tables};
use super::replace::{pretty, replace};
use super::tables::Tables;
use super::{CellTruth, RecordError, RunDirectory, Summary};
use crate::event::{Entry, Note};
use crate::identity::{CellName, Place};
use crate::journal::{Reserve, Writer};
use crate::units::Volts;
use crate::verdict::Exit;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A cell that lies in a slot and is to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundCell {
    /// Its name.
    pub name: CellName,
    /// Where it lies.
    pub place: Place,
    /// Its voltage as it was found.
    pub voltage_found: Volts,
    /// The wall time at the origin of its unit's clock; its samples' instants are on that clock.
    pub clock_origin: DateTime<Utc>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// When; simulated time in a simulated run.
    pub ended: DateTime<Utc>,
    /// How.
    pub exit: Exit,
    /// The simulator's own books; `None` on hardware.
    pub simulator_truth: Option<BTreeMap<CellName, CellTruth>>,
}

/// Writes the files of a run as it goes. Needs no more memory for a long run than for a short one.
#[derive(Debug)]
pub struct Recorder {
    directory: RunDirectory,
    manifest: Manifest,
    journal: Writer,
    /// Of the cells that lie in the slots.
    cells: BTreeMap<Place, CellFiles>,
    /// Of cells whose slots others have now: their files are closed.
    closed: Vec<Gathered>,
    reserve: Reserve,
    /// Whether facts were kept that must be on the disk, behind the rows of their cells.
    due: bool,
    /// Where rows have come from since the last commit; those of a simulated run can wait.
    told: BTreeSet<Place>,
    /// Whether it was told that the disk is full.
    told_full: bool,
}

/// The room kept free for the end of a run, in bytes: its summary, its last events, and the rows that stations still tell
/// (1024 notes may be on their way).
const RESERVE: u32 = 384 * 1024;
/// The same for each cell: the tables of its last steps.
const RESERVE_A_CELL: u32 = 8 * 1024;

impl Recorder {
    /// Writes the recipe and the files that belong to it, byte for byte, and `run.json`; opens the journal and the cells' files.
    /// A simulated run can be made again and does not wait for the disk; a real one does.
    ///
    /// # Errors
    /// The system refuses a file; two cells have one name or one slot.
    pub fn start(
        directory: RunDirectory,
        recipe: &[u8],
        inputs: &[(&str, &[u8])],
        manifest: Manifest,
        cells: &[BoundCell],
    ) -> Result<Self, RecordError> {
        for (index, cell) in cells.iter().enumerate() {
            let same = |other: &BoundCell| {
                other.place == cell.place || other.name.as_str().eq_ignore_ascii_case(cell.name.as_str())
            };
            if cells.iter().take(index).any(same) {
                return Err(RecordError::CellTwice { cell: cell.name.clone() });
            }
        }
        let reserve = reserve(&directory, cells.len())?;
        replace(&directory.file("recipe.toml"), recipe)?;
        for (name, bytes) in inputs {
            replace(&directory.input_file(name)?, bytes)?;
        }
        replace(&directory.file("run.json"), &pretty(&directory.file("run.json"), &manifest)?)?;
        let path = directory.file("journal.jsonl");
        let journal = Writer::create(&path, &reserve).map_err(RecordError::file("make", path))?;
        let journal = if manifest.simulated { journal.without_sync() } else { journal };
        let create = |cell: &BoundCell| {
            let files = CellFiles::create(&directory, &reserve, cell, manifest.is_to_judge(&cell.name))?;
            Ok((cell.place, files))
        };
        let cells = cells.iter().map(create).collect::<Result<_, _>>()?;
        if !manifest.simulated {
            directory.sync()?;
        }
        Ok(Self {
            directory,
            manifest,
            journal,
            cells,
            closed: Vec::new(),
            reserve,
            due: false,
            told: BTreeSet::new(),
            told_full: false,
        })
    }

    /// Goes on with a run that was interrupted, of which the files tell this: cuts what was not written whole off their ends, makes
    /// the tables again, and says in `run.json` that the run has no end.
    ///
    /// # Errors
    /// The system refuses a file.
    pub fn go_on(directory: RunDirectory, past: Past) -> Result<Self, RemakeError> {
        tables(&directory, &past, |_, _| true)?;
        let reserve = reserve(&directory, past.cells.len())?;
        let Past { manifest, journal, origin, cells, .. } = past;
        let path = directory.file("journal.jsonl");
        let journal =
            Writer::go_on(&path, journal.whole, &reserve).map_err(RecordError::file("go on with", path))?;
        let journal = if manifest.simulated { journal.without_sync() } else { journal };
        let origin = origin.unwrap_or(manifest.started);
        // Where cells of a queue lay in one slot after another, only the last can have more to tell.
        let mut latest = BTreeMap::new();
        let mut closed = Vec::new();
        for cell in cells {
            if let Some(before) = latest.insert(cell.gathered.place, cell) {
                closed.push(before.gathered);
            }
        }
        let go_on = |(place, cell)| Ok((place, CellFiles::go_on(&directory, &reserve, cell, origin)?));
        let cells = latest.into_iter().map(go_on).collect::<Result<_, RecordError>>()?;
        let manifest = Manifest { ended: None, outcome: None, exit_code: None, ..manifest };
        let path = directory.file("run.json");
        replace(&path, &pretty(&path, &manifest)?)?;
        directory.sync()?;
        Ok(Self {
            directory,
            manifest,
            journal,
            cells,
            closed,
            reserve,
            due: false,
            told: BTreeSet::new(),
            told_full: false,
        })
    }

    /// Takes in a cell that was put into a free slot while the run goes on: makes its files, then writes it into
    /// `run.json`, which at no moment names a cell without files. What a program that was killed in between left of
    /// its files tells of nothing and is deleted. The files of the cell that lay there before are closed.
    ///
    /// # Errors
    /// There was a cell of this name; the system refuses a file.
    pub fn add(&mut self, cell: &BoundCell, described: ManifestCell) -> Result<(), RecordError> {
        if self.manifest.cells.iter().any(|it| it.name.as_str().eq_ignore_ascii_case(cell.name.as_str())) {
            return Err(RecordError::CellTwice { cell: cell.name.clone() });
        }
        if let Some(mut before) = self.cells.remove(&cell.place) {
            before.sync()?;
            self.closed.push(before.gathered);
        }
        for what in Tables::ALL.into_iter().chain(["bdf.csv"]) {
            remove(&self.directory.cell_file(cell.name.as_str(), what))?;
        }
        let path = self.directory.file(".reserve");
        self.reserve
            .enlarge(RESERVE_A_CELL)
            .map_err(RecordError::file("keep room for the end of the run in", path))?;
        self.manifest.cells.push(described);
        let to_be_judged = self.manifest.is_to_judge(&cell.name);
        let files = CellFiles::create(&self.directory, &self.reserve, cell, to_be_judged)?;
        self.cells.insert(cell.place, files);
        if !self.manifest.simulated {
            self.directory.sync()?;
        }
        let path = self.directory.file("run.json");
        replace(&path, &pretty(&path, &self.manifest)?)
    }

    /// The run directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Keeps one note; a fact waits in memory for the next [`Recorder::commit`].
    ///
    /// # Errors
    /// What was told is lost, or could not have been true, or the disk is full; the cells must be stopped. What is told
    /// from then on is still kept in every file that takes it.
    pub fn accept(&mut self, note: &Note) -> Result<(), RecordError> {
        let kept = match note {
            Note::Row(place, sample) => {
                if !self.manifest.simulated {
                    self.told.insert(*place);
                }
                self.cells.get_mut(place).ok_or(RecordError::UnknownPlace { place: *place })?.sample(sample)
            }
            Note::Fact(entry) => self.fact(entry),
        };
        kept.and(self.tell_if_full())
    }

    /// A file that is refused does not hinder the others.
    fn fact(&mut self, entry: &Entry) -> Result<(), RecordError> {
        let waits = entry.event.must_be_synced() && !self.manifest.simulated;
        self.due |= waits;
        let of_cell = match self.meant(entry) {
            Some(cell) => {
                if waits {
                    cell.make_due();
                }
                cell.fact(&entry.event)
            }
            None => Ok(()),
        };
        if let Some(closed) = self.closed.iter_mut().find(|closed| entry.cell.as_ref() == Some(&closed.cell))
        {
            closed.fact(&entry.event);
        }
        self.manifest.hear(entry);
        let journal = self.journal.append(entry);
        of_cell.and(journal.map_err(RecordError::file("append to", self.directory.file("journal.jsonl"))))
    }

    /// The cell that a fact is about.
    fn meant(&mut self, entry: &Entry) -> Option<&mut CellFiles> {
        let place = entry.unit.zip(entry.slot).map(|(unit, slot)| Place { unit, slot });
        let lies_there = |place: &Place| self.cells.get(place).is_some_and(|it| it.gathered.is_meant(entry));
        if let Some(place) = place.filter(lies_there) {
            return self.cells.get_mut(&place);
        }
        entry.cell.as_ref()?;
        self.cells.values_mut().find(|cell| cell.gathered.is_meant(entry))
    }

    /// Hands the rows that have come to the system, so that a killed program loses none of them, and writes all facts that were
    /// kept since the last time into the journal. Those that must be on the disk are there when this
    /// returns, each after the rows of its cell that came before it: every file is waited for once, however many facts there are.
    /// Before that nothing must follow from them.
    ///
    /// # Errors
    /// As for a note.
    pub fn commit(&mut self) -> Result<(), RecordError> {
        // The rows first: a power cut must not leave a fact without them.
        let mut rows = Ok(());
        for place in std::mem::take(&mut self.told) {
            rows = rows.and(self.cells.get_mut(&place).map_or(Ok(()), CellFiles::flush));
        }
        if std::mem::take(&mut self.due) {
            rows = rows.and(self.each_cell(CellFiles::commit));
        }
        let journal = self.journal.commit();
        let journal = journal.map_err(RecordError::file("append to", self.directory.file("journal.jsonl")));
        rows.and(journal).and(self.tell_if_full())
    }

    /// That the disk is full, told once.
    fn tell_if_full(&mut self) -> Result<(), RecordError> {
        if !self.reserve.is_used() || std::mem::replace(&mut self.told_full, true) {
            return Ok(());
        }
        Err(RecordError::Full { path: self.directory.path().to_owned() })
    }

    /// Hands all rows and facts to the system, those of a simulated run, too. To be called now and then.
    ///
    /// # Errors
    /// The disk takes no more; the cells must be stopped.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        let flushed = self.each_cell(CellFiles::flush);
        flushed.and(self.commit())
    }

    /// Does it to the files of every cell; those of one that fail do not hinder the others.
    fn each_cell(
        &mut self,
        action: fn(&mut CellFiles) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        self.cells.values_mut().map(action).fold(Ok(()), Result::and)
    }

    fn gathered(&self, cell: &CellName) -> Option<&Gathered> {
        let open = self.cells.values().map(|files| &files.gathered);
        open.chain(&self.closed).find(|gathered| gathered.cell == *cell)
    }

    /// What the run came to so far.
    pub fn summary(&self, end: &RunEnd) -> Summary {
        Summary {
            recipe: self.manifest.recipe.name.clone(),
            simulated: self.manifest.simulated,
            started: self.manifest.started,
            ended: end.ended,
            cut_off: false,
            exit: end.exit,
            cells: self
                .manifest
                .cells
                .iter()
                .filter_map(|cell| self.gathered(&cell.name))
                .map(Gathered::summary)
                .collect(),
        }
    }

    /// Syncs every file, writes the summary in all its forms, and replaces `run.json`.
    ///
    /// # Errors
    /// The disk takes no more.
    pub fn finish(&mut self, end: RunEnd) -> Result<Summary, RecordError> {
        self.each_cell(CellFiles::sync)?;
        self.reserve.give_back();
        self.journal.sync().map_err(RecordError::file("sync", self.directory.file("journal.jsonl")))?;
        let summary = self.summary(&end);
        summary.write(&self.directory)?;
        self.manifest.ended = Some(end.ended);
        self.manifest.outcome = Some(end.exit);
        self.manifest.exit_code = Some(end.exit.code());
        self.manifest.simulator_truth = end.simulator_truth;
        let path = self.directory.file("run.json");
        replace(&path, &pretty(&path, &self.manifest)?)?;
        Ok(summary)
    }

    /// Gives up after a failure. What can still be brought to the disk is; the rest of the directory can be made from that.
    pub fn give_up(mut self) -> RunDirectory {
        let _ = self.each_cell(CellFiles::sync);
        let _ = self.journal.sync();
        self.reserve.give_back();
        self.directory
    }
}

fn reserve(directory: &RunDirectory, cells: usize) -> Result<Reserve, RecordError> {
    let cells = u32::try_from(cells).unwrap_or(u32::MAX);
    let bytes = RESERVE.saturating_add(RESERVE_A_CELL.saturating_mul(cells));
    let path = directory.file(".reserve");
    Reserve::take(&path, bytes).map_err(RecordError::file("keep room for the end of the run in", path))
}
