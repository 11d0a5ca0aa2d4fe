//! Hears a run: keeps everything in files, and shows it.

use super::queue::{Attendant, Beginning, Step};
use super::units::{Simulation, Trace};
use crate::clock::{Clock, Instant, Lapse, LapseWatch, SystemClock};
use crate::event::{Entry, Event, Note};
use crate::identity::{CellName, SerialNumber};
use crate::notify::Notifier;
use crate::record::{CellTruth, Recorder};
use crate::results::{Judge, Ruling};
use crate::scheduler::{Observer, StopSwitch, TICK};
use crate::station::{BoundCell, Glimpse, Live};
use crate::terminal::{CellView, Display};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a person's screen is drawn, or what persons put into slots is looked for.
const WATCHED: Duration = Duration::from_millis(200);

/// The recorder and the display of a run.
pub(super) struct Watcher {
    pub(super) recorder: Recorder,
    pub(super) display: Display,
    judge: Judge,
    lives: Vec<Live>,
    verdicts: BTreeMap<CellName, Verdict>,
    expected: Option<Duration>,
    begun: Option<Instant>,
    trace: Option<Trace>,
    notifier: Option<Notifier>,
    clock: Arc<dyn Clock>,
    /// The clock of the real world, where the run has another.
    real: SystemClock,
    lapses: LapseWatch,
    switch: StopSwitch,
    stopping: bool,
    latest: Option<(DateTime<Utc>, f64)>,
    /// Facts that are kept and not committed; nothing has followed from them yet.
    told: Vec<Entry>,
    /// Cells of a queue whose slots others have now.
    gone: Vec<CellName>,
    queue: Option<Attendant>,
}

impl Watcher {
    /// Watches a run of these cells, which goes by this clock, ends by this switch, and is expected to take so long, if that is
    /// known.
    pub(super) fn new(
        recorder: Recorder,
        display: Display,
        judge: Judge,
        lives: Vec<Live>,
        expected: Option<Duration>,
        clock: Arc<dyn Clock>,
        switch: StopSwitch,
    ) -> Self {
        Self {
            recorder,
            display,
            judge,
            lives,
            verdicts: BTreeMap::new(),
            expected,
            begun: None,
            trace: None,
            notifier: None,
            clock,
            real: SystemClock::start(),
            lapses: LapseWatch::default(),
            switch,
            stopping: false,
            latest: None,
            told: Vec::new(),
            gone: Vec::new(),
            queue: None,
        }
    }

    /// Wall time and seconds of the test by now: simulated units have a clock each, and what is
    /// said of the whole run comes after all that they said.
    fn now(&self, unit: Option<SerialNumber>) -> (DateTime<Utc>, f64) {
        let now = self.clock.now();
        let mine = (self.clock.wall(now), now.since(Instant::ORIGIN).as_secs_f64());
        match (unit, self.latest) {
            (None, Some((time, second))) => (mine.0.max(time), mine.1.max(second)),
            _ => mine,
        }
    }

    /// The wall time by the clock that is furthest.
    pub(super) fn wall(&self) -> DateTime<Utc> {
        self.now(None).0
    }

    /// Looks after this trace, too.
    pub(super) fn with_trace(self, trace: Trace) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Knows what became of cells that are done already.
    pub(super) fn with_verdicts(mut self, verdicts: BTreeMap<CellName, Verdict>) -> Self {
        self.notifier.iter_mut().for_each(|notifier| notifier.knows(&verdicts));
        Self { verdicts, ..self }
    }

    /// Lets others know, too.
    pub(super) fn with_notifier(self, notifier: Option<Notifier>) -> Self {
        Self { notifier, ..self }
    }

    /// Sees to a queue, too.
    pub(super) fn with_queue(self, queue: Option<Attendant>) -> Self {
        Self { queue, ..self }
    }

    /// Whether cells come while the run goes on.
    pub(super) fn has_queue(&self) -> bool {
        self.queue.is_some()
    }

    /// The simulator's own books of every cell of the run.
    pub(super) fn truth(&self, simulation: &Simulation) -> BTreeMap<CellName, CellTruth> {
        let there = |live: &Live| Some((live.cell.clone(), simulation.truth(live.place)?));
        let mut truth: BTreeMap<_, _> = self.lives.iter().filter_map(there).collect();
        // Where a cell of a queue was taken out, its slot may hold the next one by now.
        truth.extend(self.queue.iter().flat_map(Attendant::truth));
        truth
    }

    /// Says that somebody has to come to a unit.
    pub(super) fn needs_person(&self, unit: SerialNumber, why: &str) {
        if let Some(notifier) = &self.notifier {
            notifier.needs_person(self.wall(), Some(unit), why);
        }
    }

    /// Waits a little for messages on their way, and keeps what was not delivered as notices. Gives whether there
    /// are any.
    pub(super) fn close(&mut self) -> Result<bool, String> {
        let losses = match &self.notifier {
            Some(notifier) => notifier.close(&self.real, || self.switch.is_hurried()),
            None => Vec::new(),
        };
        let any = !losses.is_empty();
        losses.into_iter().try_for_each(|what| self.tell(None, Event::Notice { what }))?;
        Ok(any)
    }

    /// Keeps and shows a fact of the whole run, or of a unit.
    pub(super) fn tell(&mut self, unit: Option<SerialNumber>, event: Event) -> Result<(), String> {
        let (time, test_time_second) = self.now(unit);
        let entry = Entry { time, test_time_second, unit, slot: None, cell: None, event };
        let kept = self.note(&Note::Fact(Box::new(entry)));
        kept.and(self.commit())
    }

    /// Keeps and shows a fact about a cell, and what follows from it.
    pub(super) fn tell_of_cell(&mut self, ruling: Ruling) -> Result<(), String> {
        let entry = self.about(ruling);
        let kept = self.note(&Note::Fact(Box::new(entry)));
        kept.and(self.commit())
    }

    fn about(&self, Ruling { cell, place, event }: Ruling) -> Entry {
        let (time, test_time_second) = self.now(None);
        let (unit, slot) = (Some(place.unit), Some(place.slot));
        Entry { time, test_time_second, unit, slot, cell: Some(cell), event }
    }

    /// Rules on all that is still open of the cells, when every one is done, and gives how the run ends by
    /// their verdicts.
    pub(super) fn settle(&mut self) -> Result<Exit, String> {
        for ruling in self.judge.settle() {
            let entry = self.about(ruling);
            self.keep(&Note::Fact(Box::new(entry)))?;
        }
        self.commit()?;
        let left = self.queue.as_ref().map_or(0, Attendant::left);
        if left > 0 {
            let what =
                format!("{left} cells of the queue were not tested; `batlab-run resume` goes on with them");
            self.tell(None, Event::Notice { what })?;
        }
        let cells = self.lives.iter().map(|live| &live.cell).chain(&self.gone);
        let exit =
            Exit::of_run(cells.map(|cell| self.verdicts.get(cell).copied().unwrap_or(Verdict::NotRun)));
        Ok(if left > 0 { exit.graver(Exit::Stopped) } else { exit })
    }

    /// Keeps what was told.
    fn keep(&mut self, note: &Note) -> Result<(), String> {
        let kept = self.recorder.accept(note).map_err(|error| error.to_string());
        if let Note::Fact(entry) = note {
            let (time, second) = self.latest.unwrap_or((entry.time, entry.test_time_second));
            self.latest = Some((time.max(entry.time), second.max(entry.test_time_second)));
            if let (Event::CellEnded { verdict, .. } | Event::CellJudged { verdict, .. }, Some(cell)) =
                (&entry.event, &entry.cell)
            {
                self.verdicts.insert(cell.clone(), *verdict);
            }
            self.told.push(Entry::clone(entry));
        }
        kept
    }

    /// Tells once that somebody asked for the end, before anything that comes of it.
    fn tell_stop(&mut self) -> Result<(), String> {
        if self.stopping || !self.switch.is_wanted() {
            return Ok(());
        }
        let Some(by) = self.switch.asked_by() else { return Ok(()) };
        self.stopping = true;
        self.tell(None, Event::StopRequested { by: by.to_owned() })
    }

    /// Does what follows from a fact that is committed: it is shown, others are told, and the queue hears it.
    fn follow(&mut self, entry: &Entry) {
        self.display.note(entry);
        if let Some(notifier) = &mut self.notifier {
            notifier.hear(entry);
        }
        let Some(queue) = self.queue.as_mut().filter(|_| !self.switch.is_wanted()) else { return };
        queue.hear(entry);
        if let (Event::CellEnded { verdict, .. }, Some(cell)) = (&entry.event, &entry.cell) {
            let live = self.lives.iter().find(|live| live.cell == *cell).map(Live::look);
            let voltage = live.filter(|seen| seen.step_id > 0).map(|seen| seen.voltage);
            queue.ended(cell, self.verdicts.get(cell).copied().unwrap_or(*verdict), voltage);
        }
    }

    /// Does what the queue orders. Whoever ends a run puts no more cells in, and none begins.
    fn attend(&mut self) -> Result<(), String> {
        if self.switch.is_wanted() {
            return Ok(());
        }
        while let Some(step) = self.queue.as_mut().and_then(Attendant::next_step) {
            match step.map_err(|failure| failure.text)? {
                Step::Tell(cell, place, event) => {
                    let (unit, slot) = (place.map(|place| place.unit), place.map(|place| place.slot));
                    let (time, test_time_second) = self.now(None);
                    let entry = Entry { time, test_time_second, unit, slot, cell, event };
                    self.keep(&Note::Fact(Box::new(entry)))?;
                }
                Step::Begin(beginning) => {
                    let Beginning { recorded, described, subject, live } = *beginning;
                    self.recorder.add(&recorded, described).map_err(|error| error.to_string())?;
                    self.judge.add(subject);
                    self.notifier.iter_mut().for_each(Notifier::one_more);
                    // Only the cells that lie in slots are shown.
                    self.gone.extend(
                        self.lives.extract_if(.., |other| other.place == live.place).map(|it| it.cell),
                    );
                    self.lives.push(live);
                }
            }
        }
        Ok(())
    }

    fn view(&self, live: &Live) -> CellView {
        let Glimpse { step_id, step, cycle, at, voltage, current, temperature, charge, done, .. } =
            live.look();
        let seen = step_id > 0;
        let left = self.begun.zip(self.expected).map(|(begun, expected)| expected.saturating_sub(at - begun));
        CellView {
            cell: live.cell.clone(),
            place: live.place,
            step,
            cycle: cycle.max(1),
            voltage: seen.then_some(voltage),
            current: seen.then_some(current),
            temperature: seen.then_some(temperature),
            charge,
            time_left: left.filter(|left| seen && !done && !left.is_zero()),
            state: match (self.verdicts.get(&live.cell), seen) {
                (Some(verdict), _) => verdict.to_string(),
                (None, true) if current.0 > 0.0 => "charging".into(),
                (None, true) if current.0 < 0.0 => "discharging".into(),
                (None, true) => "resting".into(),
                (None, false) => "preparing".into(),
            },
        }
    }
}

impl Observer for Watcher {
    fn note(&mut self, note: &Note) -> Result<(), String> {
        let stop = self.tell_stop();
        let follow = self.judge.hear(note);
        let mut kept = stop.and(self.keep(note));
        for follows in follow {
            kept = kept.and(self.keep(&Note::Fact(Box::new(follows))));
        }
        if self.clock.passes_by_itself() || self.told.is_empty() {
            return kept;
        }
        // Simulated time waits for no disk: what follows has its place right behind, whatever else waits to be taken in.
        kept.and(self.commit())
    }

    fn commit(&mut self) -> Result<(), String> {
        let mut kept = self.recorder.commit().map_err(|error| error.to_string());
        // What follows is told, too, and more may follow from that.
        while !self.told.is_empty() {
            for entry in std::mem::take(&mut self.told) {
                self.follow(&entry);
            }
            kept = kept.and(self.attend());
            kept = kept.and(self.recorder.commit().map_err(|error| error.to_string()));
        }
        kept
    }

    fn tick(&mut self) -> Result<(), String> {
        if self.begun.is_none() {
            let begun = self.lives.iter().map(Live::look).filter(|glimpse| glimpse.step_id > 0);
            self.begun = begun.map(|glimpse| glimpse.at).min();
        }
        if self.display.shows_cells() {
            let views: Vec<_> = self.lives.iter().map(|live| self.view(live)).collect();
            self.display.tick(&views);
        }
        self.tell_stop()?;
        for lapse in self.lapses.look(self.clock.lapses()) {
            self.tell(
                None,
                match lapse {
                    Lapse::Asleep(time) => Event::HostSuspended { seconds: time.as_secs_f64() },
                    Lapse::Set(seconds) => Event::ClockSet { seconds },
                },
            )?;
        }
        if let Some(error) = self.trace.as_ref().and_then(Trace::take_error) {
            let what = format!("the trace ended early: {error}");
            super::say::complain(format_args!("warning: {what}"));
            self.tell(None, Event::Notice { what })?;
        }
        let time = self.wall();
        if let Some(notifier) = &mut self.notifier {
            notifier.tick(self.real.now(), time);
            for what in notifier.losses() {
                self.tell(None, Event::Notice { what })?;
            }
        }
        if let Some(queue) = self.queue.as_mut().filter(|_| !self.switch.is_wanted()) {
            queue.listen();
            self.attend()?;
            self.commit()?;
        }
        self.recorder.flush().map_err(|error| error.to_string())
    }

    fn tick_every(&self) -> Duration {
        let is_watched = self.display.shows_cells() || self.queue.is_some();
        if is_watched { WATCHED } else { TICK }
    }

    fn more_cells(&mut self) -> Vec<BoundCell> {
        self.queue.as_mut().map(Attendant::take_come).unwrap_or_default()
    }

    fn has_all_cells(&self) -> bool {
        self.queue.as_ref().is_none_or(Attendant::is_over)
    }
}
