//! The facts of a run. Every report can be made again from these and the sample files.

use super::{ImpedancePoint, ResistancePoint, Sample, StepResult, Totals};
use crate::identity::{CellName, Place, SerialNumber};
use crate::plan::Limits;
use crate::units::Volts;
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
        result: StepResult,
    },
    /// A pass of a repeat that counts as a cycle came to its end.
    CycleEnded {
        /// The cycle, from 1.
        cycle: u32,
        /// What passed in it, from the beginning of its own first step.
        passed: Totals,
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
        unit: String,
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
    /// Something went wrong and was got over, or did not matter: a retry, a torn frame.
    Notice {
        /// In words.
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
            | Self::ImpedanceMeasured { .. }
            | Self::ResistanceMeasured { .. }
            | Self::HookNote { .. }
            | Self::HookMetric { .. }
            | Self::Labelled { .. }
            | Self::Notice { .. } => false,
            Self::RunStarted { .. }
            | Self::SettingChanged { .. }
            | Self::SettingRestored { .. }
            | Self::LimitsVerified { .. }
            | Self::StepStarted { .. }
            | Self::StepEnded { .. }
            | Self::HookKept { .. }
            | Self::LimitsTightened { .. }
            | Self::UnitStopped { .. }
            | Self::Fault { .. }
            | Self::CellEnded { .. }
            | Self::MadeSafe { .. }
            | Self::NotMadeSafe { .. }
            | Self::StopRequested { .. }
            | Self::RunEnded { .. } => true,
        }
    }
}

/// What a station tells the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A fact for the journal.
    Fact(Box<Entry>),
    /// A row for a cell's file.
    Row(Place, Box<Sample>),
}
