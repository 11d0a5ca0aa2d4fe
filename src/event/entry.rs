//! The facts of a run. Every report can be made again from these and the sample files.

use super::{
    Circumstances, CriterionResult, CycleResult, Graded, ImpedancePoint, Position, ResistancePoint, Sample,
    StepResult,
};
use crate::identity::{CellName, Place, SerialNumber};
use crate::plan::Limits;
use crate::units::{Coulombs, Volts};
use crate::verdict::{Exit, Verdict};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One line of the journal: a fact, when it was, and what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Wall time; simulated time in a simulated run.
    pub time: DateTime<Utc>,
    /// Seconds since the run began, on the clock of the unit it is about.
    pub test_time_second: f64,
    /// The unit it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<SerialNumber>,
    /// The slot it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<crate::identity::Slot>,
    /// The cell it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<CellName>,
    /// The fact.
    #[serde(flatten)]
    pub event: Event,
}

/// A fact of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run began.
    RunStarted {
        /// Version of this program.
        version: String,
        /// The recipe's name.
        recipe: String,
        /// SHA-256 of the recipe's bytes, in hexadecimal.
        recipe_sha256: String,
        /// Whether the units are simulated.
        simulated: bool,
    },
    /// The run goes on in another process, after it was interrupted. What was told of its end counts no more.
    RunResumed {
        /// Version of this program.
        version: String,
        /// The last moment that was told of before.
        last: DateTime<Utc>,
        /// How long nobody had the cells, in seconds: from that moment on.
        gap_second: f64,
        /// What was cut off the ends of files, because it had not been written whole.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        healed: Vec<String>,
    },
    /// A unit answered.
    UnitFound {
        /// The port it answered on.
        port: String,
        /// Firmware version of the measurement processor.
        firmware: u16,
        /// Whether it has a watchdog, which needs firmware 4 or later.
        watchdog: bool,
    },
    /// A cell was bound to a slot.
    CellBound {
        /// Its voltage as it was found.
        voltage: Volts,
    },
    /// The test of a cell goes on after an interruption: the cell was found as it must be by now. What was told of the end
    /// of its test, and ruled, counts no more.
    CellResumed {
        /// Its voltage as it was found.
        voltage: Volts,
        /// The least that it could have.
        at_least: Volts,
        /// The most that it could have.
        at_most: Volts,
    },
    /// The verdict on a cell whose test is done is open again, because it is compared with cells whose tests go on.
    CellReopened {
        /// The criteria that will be ruled anew. So will its grade, if it has one.
        criteria: Vec<String>,
    },
    /// A calibration register that matters to the cell holds what no calibrated unit holds.
    CalibrationDoubted {
        /// The register's name.
        register: String,
        /// The raw value.
        found: u16,
        /// What a calibrated unit holds, in words.
        expected: String,
        /// What stands in for it, in a run that goes on all the same; where nothing does, the unit
        /// computes with what it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead: Option<String>,
    },
    /// A setting of the unit was changed for the run and will be restored.
    SettingChanged {
        /// The register's name.
        register: String,
        /// The raw value before.
        before: u16,
        /// The raw value now.
        after: u16,
    },
    /// A setting is again as it was before the run.
    SettingRestored {
        /// The register's name.
        register: String,
        /// The raw value.
        value: u16,
    },
    /// The cell's limits were written to the unit, read back and compared.
    LimitsVerified {
        /// What they are.
        limits: Limits,
    },
    /// A step began.
    StepStarted {
        /// The step of the plan.
        step_id: u32,
        /// Steps begun by this cell so far, this one included.
        step_count: u32,
        /// The cycle, from 1.
        cycle: u32,
        /// The name in the recipe.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What it does, in words.
        what: String,
    },
    /// The constant current of a step turned into constant voltage.
    HoldStarted {
        /// The voltage held.
        voltage: Volts,
    },
    /// An impedance was measured.
    ImpedanceMeasured {
        /// What came out.
        #[serde(flatten)]
        point: ImpedancePoint,
        /// Where and when, and what the cell was like; absent in journals of older versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Circumstances>,
    },
    /// A DC resistance was measured.
    ResistanceMeasured {
        /// What came out.
        #[serde(flatten)]
        point: ResistancePoint,
    },
    /// A step ended.
    StepEnded {
        /// What it came to.
        result: Box<StepResult>,
        /// Where in its plan the cell is now; absent where the step was broken off for good, and in journals
        /// of older versions, from which nothing can go on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Box<Position>>,
    },
    /// The step under way was interrupted, by no wish of its recipe.
    Interrupted {
        /// By what, in words.
        what: String,
        /// What follows, in words.
        then: String,
        /// Where in its plan the cell is, with all that passed, where no end of a step tells that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Box<Position>>,
    },
    /// What the unit's charge counter held when a step began: with it, the charge that passes while nobody
    /// looks can be told afterwards.
    CounterSeen {
        /// CHARGEH and CHARGEL as one number.
        raw: u32,
    },
    /// A pass of a repeat that counts as a cycle came to its end.
    CycleEnded {
        /// What it came to.
        #[serde(flatten)]
        result: Box<CycleResult>,
    },
    /// Charge passed that was not counted as it should have been: the unit's counter was cleared or
    /// damaged, or its unit was lost or reset while current flowed.
    ChargeGap {
        /// The time over which it is not known, in seconds.
        seconds: f64,
        /// The least that can have passed.
        at_least: Coulombs,
        /// The most that can have passed.
        at_most: Coulombs,
        /// What stands in for it in all sums.
        counted: Coulombs,
        /// What happened, in words.
        what: String,
    },
    /// The unit's counter and the integral of the measured current over the host's time do not agree.
    ChargeDisagrees {
        /// By the counter; this is what is recorded.
        counter: Coulombs,
        /// By the samples.
        samples: Coulombs,
    },
    /// How fast the unit's clock runs, by which its charge sum is corrected.
    ClockMeasured {
        /// Seconds of the host for each second of the unit: above 1, the unit is slow.
        ratio: f64,
        /// The standard error of that.
        uncertainty: f64,
        /// The time over which it was measured, in seconds.
        over_second: f64,
    },
    /// The machine slept. Its units were left to themselves meanwhile.
    HostSuspended {
        /// How long, in seconds.
        seconds: f64,
    },
    /// Somebody or something set the machine's wall time. The times of the run go on as if nobody had.
    ClockSet {
        /// How far ahead, in seconds; back, where negative.
        seconds: f64,
    },
    /// The program was kept from looking after a unit, by a machine that slept or had too much to do. What the unit said meanwhile
    /// was thrown away, because it was old.
    Unattended {
        /// How long, in seconds; all times since this was told last together.
        seconds: f64,
        /// How often since then.
        times: u32,
    },
    /// How many writes to registers in EEPROM the run has cost the unit.
    EepromWritten {
        /// Writes.
        count: u64,
    },
    /// A hook kept a text in the journal.
    HookNote {
        /// What it said.
        text: String,
    },
    /// A hook defined a metric, or defined it anew.
    HookMetric {
        /// Its name.
        name: String,
        /// The number.
        value: f64,
        /// The unit of the number, as the recipe declares it.
        in_unit: String,
    },
    /// What hooks keep for the cell has changed: with this, they can go on where they were.
    HookKept {
        /// The values by their names.
        values: serde_json::Value,
    },
    /// A hook gave the cell a label.
    Labelled {
        /// The label.
        label: String,
    },
    /// A hook tightened the limits of the cell for the rest of its test.
    LimitsTightened {
        /// What they are now.
        limits: Limits,
    },
    /// The unit stopped a cell by itself.
    UnitStopped {
        /// The names of the flags in ERROR.
        error: String,
        /// The names of the flags in STATUS.
        status: String,
    },
    /// A unit of the run is gone from its port, or does not answer there any more.
    UnitLost {
        /// The port it was on.
        port: String,
        /// What was seen of it, in words.
        why: String,
    },
    /// A unit that was lost answers again.
    UnitBack {
        /// The port it is on now.
        port: String,
    },
    /// Something went wrong and was got over, or did not matter: a retry, a torn frame.
    Notice {
        /// In words.
        what: String,
    },
    /// The run waits for what only a person can bring, or goes on without it in time.
    NeedsPerson {
        /// What somebody has to do, in words.
        what: String,
    },
    /// Something failed.
    Fault {
        /// In words: what was expected, what came.
        what: String,
    },
    /// A cell is done.
    CellEnded {
        /// What became of it.
        verdict: Verdict,
        /// Why, in words.
        why: String,
        /// Whether its plan was left in the middle, and can be gone on with.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resumable: bool,
    },
    /// A criterion was ruled for a cell.
    CriterionJudged {
        /// How.
        #[serde(flatten)]
        result: Box<CriterionResult>,
    },
    /// A cell got a grade.
    CellGraded {
        /// Which.
        #[serde(flatten)]
        result: Graded,
    },
    /// The verdict of a cell is settled: how its test ended, and what its criteria and its grade made of it.
    /// Only where the recipe has criteria or grades.
    CellJudged {
        /// The verdict.
        verdict: Verdict,
        /// Why, in words.
        why: String,
    },
    /// A slot was made safe: its mode was written and read back.
    MadeSafe {
        /// The mode that was read back.
        mode: String,
    },
    /// A slot could not be made safe; its unit's watchdog does it, where the firmware has one.
    NotMadeSafe {
        /// What went wrong.
        what: String,
    },
    /// What lies in a slot whose cell is not under test has changed. Only in a run with a queue.
    SlotFound {
        /// What lies in it.
        holds: Holds,
        /// The voltage of the cell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        voltage: Option<Volts>,
    },
    /// The cell is to be put into the slot.
    CellWanted,
    /// The name of the next cell, for the slot, is to be typed or scanned in.
    NameWanted,
    /// The test of the cell is over, and it is to be taken out of the slot.
    CellToTakeOut {
        /// What became of it.
        verdict: Verdict,
    },
    /// Something that was done at the bench is not as it should be.
    Mistake {
        /// What, and what to do.
        what: String,
    },
    /// Somebody asked the run to end.
    StopRequested {
        /// Who: `SIGINT`, `SIGTERM` and the like.
        by: String,
    },
    /// The run ended.
    RunEnded {
        /// How.
        exit: Exit,
    },
}

impl Event {
    /// Whether the fact must be on the disk before the run goes on: where a run, a cell or a step
    /// begins and ends, what was changed in a unit, and everything that touches safety.
    pub const fn must_be_synced(&self) -> bool {
        match self {
            Self::UnitFound { .. }
            | Self::CellBound { .. }
            | Self::HoldStarted { .. }
            | Self::CycleEnded { .. }
            | Self::CriterionJudged { .. }
            | Self::CellGraded { .. }
            | Self::ImpedanceMeasured { .. }
            | Self::ResistanceMeasured { .. }
            | Self::ClockMeasured { .. }
            | Self::CounterSeen { .. }
            | Self::EepromWritten { .. }
            | Self::HookNote { .. }
            | Self::HookMetric { .. }
            | Self::Labelled { .. }
            | Self::SlotFound { .. }
            | Self::CellWanted
            | Self::NameWanted
            | Self::CellToTakeOut { .. }
            | Self::Mistake { .. }
            | Self::Notice { .. } => false,
            Self::RunStarted { .. }
            | Self::RunResumed { .. }
            | Self::CellResumed { .. }
            | Self::CellReopened { .. }
            | Self::HostSuspended { .. }
            | Self::ClockSet { .. }
            | Self::Unattended { .. }
            | Self::CalibrationDoubted { .. }
            | Self::SettingChanged { .. }
            | Self::SettingRestored { .. }
            | Self::LimitsVerified { .. }
            | Self::StepStarted { .. }
            | Self::StepEnded { .. }
            | Self::Interrupted { .. }
            | Self::ChargeGap { .. }
            | Self::ChargeDisagrees { .. }
            | Self::HookKept { .. }
            | Self::LimitsTightened { .. }
            | Self::UnitStopped { .. }
            | Self::UnitLost { .. }
            | Self::UnitBack { .. }
            | Self::Fault { .. }
            | Self::NeedsPerson { .. }
            | Self::CellEnded { .. }
            | Self::CellJudged { .. }
            | Self::MadeSafe { .. }
            | Self::NotMadeSafe { .. }
            | Self::StopRequested { .. }
            | Self::RunEnded { .. } => true,
        }
    }
}

/// What lies in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Nothing.
    Empty,
    /// A cell the wrong way round.
    Reversed,
    /// A cell.
    Cell,
}

/// What a station tells the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A fact for the journal.
    Fact(Box<Entry>),
    /// A row for a cell's file.
    Row(Place, Box<Sample>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Coulombs;

    fn read(event: &str) -> Event {
        let text = format!(r#"{{"time":"2000-01-01T00:00:00Z","test_time_second":1.5,{event}}}"#);
        let entry: Entry = serde_json::from_str(&text).unwrap();
        let again: Entry = serde_json::from_str(&serde_json::to_string(&entry).unwrap()).unwrap();
        assert_eq!(again, entry);
        entry.event
    }

    /// Journals of the first version knew less of cycles and impedances.
    #[test]
    fn old_facts_are_read_without_what_was_not_told_then() {
        let passed = r#"{"charge_in":"90 C","charge_out":"80 C","energy_in":"360 J","energy_out":"280 J"}"#;
        let cycle = read(&format!(r#""event":"cycle-ended","cycle":3,"passed":{passed}"#));
        let Event::CycleEnded { result } = cycle else { panic!("{cycle:?}") };
        assert_eq!((result.cycle, result.passed.charge_out), (3, Coulombs(80.0)));
        assert_eq!(result.passed.coulombic_efficiency(), Some(80.0 / 90.0));
        assert_eq!((result.capacity_fade(), result.voltage_min, &result.reason), (None, None, &None));
        let point =
            r#""event":"impedance-measured","frequency":"1015.625 Hz","magnitude":"0.03 ohm","averages":4"#;
        assert!(matches!(read(point), Event::ImpedanceMeasured { at: None, point } if point.averages == 4));
    }

    #[test]
    fn a_hooks_metric_stands_beside_the_unit_that_its_line_is_about() {
        let event = Event::HookMetric { name: "peak".into(), value: 1.5, in_unit: "V".into() };
        let entry = Entry {
            time: DateTime::UNIX_EPOCH,
            test_time_second: 2.0,
            unit: Some(SerialNumber(7)),
            slot: None,
            cell: None,
            event,
        };
        let line = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry, "{line}");
    }
}
