//! `run.json`: what ran, on what, from when to when, and how it ended.

use super::{CellTruth, Measurement, Metric};
use crate::identity::{CellName, Place, SerialNumber, Slot};
use crate::units::Volts;
use crate::verdict::Exit;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The manifest of a run. Written when the run starts, and replaced whole when it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The program that ran.
    pub tool: ToolInfo,
    /// The machine it ran on.
    pub host: HostInfo,
    /// Whether the units are simulated. If so, no number in the run is a measurement.
    pub simulated: bool,
    /// The seed of the simulated cells; absent on hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What was run.
    pub recipe: RecipeInfo,
    /// The plan that was proved from it.
    pub plan: serde_json::Value,
    /// When the run started; simulated time in a simulated run.
    pub started: DateTime<Utc>,
    /// When it ended; absent while it runs, and for ever if it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Exit>,
    /// The exit code that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    /// The times at which nobody had the cells, because the run was interrupted and gone on with later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interruptions: Vec<Interruption>,
    /// The units.
    pub units: Vec<ManifestUnit>,
    /// The cells and where they lay.
    pub cells: Vec<ManifestCell>,
    /// Whether cells were tested on calibration registers that are blank or absurd, as `--uncalibrated` allows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncalibrated: bool,
    /// The calibration registers that hold what no calibrated unit holds, for each cell that they matter to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration_doubted: Vec<CalibrationDoubt>,
    /// The settings of units that were changed for the run.
    #[serde(default)]
    pub settings_changed: Vec<SettingChange>,
    /// How the recorded quantities were got.
    pub measurement: Measurement,
    /// What each column of the files is, by its name.
    #[serde(default)]
    pub metrics: BTreeMap<String, Metric>,
    /// The simulator's own books, cell by cell; only in simulated runs, and only at their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulator_truth: Option<BTreeMap<CellName, CellTruth>>,
}

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The directory has none.
    #[error(
        "{path} is no run directory: it has no run.json; name one that a run made, such as runs/20260131T215500Z_capacity"
    )]
    NoRun {
        /// The directory.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("{path}: cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It says nothing that this version understands.
    #[error("{path}:{line}: {what}; nothing in the directory can be told without it: take it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl Manifest {
    /// Of a run on hardware that begins: nothing has come of it yet.
    pub fn begun(
        recipe: RecipeInfo,
        plan: serde_json::Value,
        started: DateTime<Utc>,
        units: Vec<ManifestUnit>,
        cells: Vec<ManifestCell>,
    ) -> Self {
        Self {
            tool: ToolInfo::default(),
            host: HostInfo::default(),
            simulated: false,
            seed: None,
            recipe,
            plan,
            started,
            ended: None,
            outcome: None,
            exit_code: None,
            interruptions: Vec::new(),
            units,
            cells,
            uncalibrated: false,
            calibration_doubted: Vec::new(),
            settings_changed: Vec::new(),
            measurement: Measurement::default(),
            metrics: super::metrics(),
            simulator_truth: None,
        }
    }

    /// Reads the manifest of a run directory.
    ///
    /// # Errors
    /// There is none, it cannot be read, or it cannot be understood.
    pub fn read(directory: &Path) -> Result<Self, ManifestError> {
        let path = directory.join("run.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(ManifestError::NoRun { path: directory.to_owned() });
            }
            Err(source) => return Err(ManifestError::File { path, source }),
        };
        serde_json::from_slice(&bytes).map_err(|error| ManifestError::Damaged {
            path,
            line: error.line(),
            what: error.to_string(),
        })
    }

    /// Whether the plan of a cell has criteria or grades: the end of its test is no verdict yet.
    pub fn is_to_judge(&self, cell: &CellName) -> bool {
        let own = self.cells.iter().find(|it| it.name == *cell).and_then(|it| it.plan.as_ref());
        let plan = own.unwrap_or(&self.plan);
        ["accept", "grade"].iter().any(|what| plan[what].as_array().is_some_and(|them| !them.is_empty()))
    }
}

/// A program and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Default for ToolInfo {
    /// This program.
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// A machine, by kind; nothing in it names the machine or its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostInfo {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub arch: String,
}

impl Default for HostInfo {
    /// This machine.
    fn default() -> Self {
        Self { os: std::env::consts::OS.to_owned(), arch: std::env::consts::ARCH.to_owned() }
    }
}

/// A recipe, known by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeInfo {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// What was set of its parameters on the command line, each as NAME=VALUE.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// The list of cells that was given with it, by its name under `inputs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell_list: Option<String>,
    /// The queue of cells, if the run has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueInfo>,
    /// The summary that was given to compare with, by its name under `inputs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The other files that it was made from; they are kept under `inputs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
}

/// Where the cells of a queue come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueInfo {
    /// The list of their names, by its name under `inputs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Whether names are typed or scanned in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// A file that a run was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its name, as the recipe or the command line has it.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl FileInfo {
    /// Describes a file by its name and bytes.
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), sha256: sha256(bytes) }
    }
}

/// The SHA-256 of bytes, in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl RecipeInfo {
    /// Describes a recipe by its name and bytes.
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            sha256: sha256(bytes),
            set: Vec::new(),
            cell_list: None,
            queue: None,
            reference: None,
            files: Vec::new(),
        }
    }
}

/// A unit of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestUnit {
    /// Its serial number.
    pub serial: SerialNumber,
    /// Firmware version of its measurement processor.
    pub firmware: u16,
    /// The port it answered on.
    pub port: String,
    /// Its calibration as raw register values, by register name with the slot where there is one.
    pub calibration: BTreeMap<String, u16>,
    /// How its clock was found to run; absent where the run was too short to tell. Charges were counted
    /// without a correction until it was known, some 50 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<UnitClock>,
    /// Writes to registers in EEPROM, which wears; absent until the end of the run. Where that was interrupted, of the parts
    /// that came to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eeprom_writes: Option<u64>,
}

impl ManifestUnit {
    /// A unit as it was found.
    pub fn new(serial: SerialNumber, firmware: u16, port: &str, calibration: BTreeMap<String, u16>) -> Self {
        Self { serial, firmware, port: port.to_owned(), calibration, clock: None, eeprom_writes: None }
    }
}

/// How fast a unit's clock ran beside the host's, by its SYSTEM_TIMER. Charges are multiplied by the ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitClock {
    /// Seconds of the host for each second of the unit: above 1, the unit is slow.
    pub ratio: f64,
    /// The standard error of that.
    pub uncertainty: f64,
    /// The time over which it was measured last, at most some twenty minutes.
    pub over_second: f64,
}

/// A cell of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestCell {
    /// Its name.
    pub name: CellName,
    /// The unit it lay in.
    pub unit: SerialNumber,
    /// The slot it lay in.
    pub slot: Slot,
    /// Its voltage as it was found, in volts.
    pub voltage_found_volt: f64,
    /// Its own plan, where that is not the one of the run: it has another nominal capacity, or other
    /// values of the recipe's parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<serde_json::Value>,
}

impl ManifestCell {
    /// A cell that was found with this voltage, and is tested by the plan of the run.
    pub fn new(name: CellName, place: Place, voltage: Volts) -> Self {
        Self { name, unit: place.unit, slot: place.slot, voltage_found_volt: voltage.0, plan: None }
    }
}

/// A time at which nobody had the cells of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interruption {
    /// The last moment that was told of before.
    pub last: DateTime<Utc>,
    /// When the run was gone on with.
    pub resumed: DateTime<Utc>,
    /// The time between the two, in seconds.
    pub gap_second: f64,
    /// What was cut off the ends of files, because it had not been written whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub healed: Vec<String>,
}

/// A calibration register that holds what no calibrated unit holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationDoubt {
    /// The unit.
    pub unit: Option<SerialNumber>,
    /// The slot of the cell that it matters to.
    pub slot: Option<Slot>,
    /// The register's name.
    pub register: String,
    /// The raw value that it holds.
    pub found: u16,
    /// What a calibrated unit holds, in words.
    pub expected: String,
    /// What stands in for it; absent where the unit computes with what it holds, or where the cell was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

/// A register of a unit that was changed for the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// The unit.
    pub unit: Option<SerialNumber>,
    /// The slot, for a register of a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// The register's name.
    pub register: String,
    /// The raw value before the run.
    pub before: u16,
    /// The raw value in the run.
    pub after: u16,
    /// Whether the value from before was written again.
    pub restored: bool,
}
