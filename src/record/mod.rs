//! What a run leaves behind: the run directory, and its files as they are written.

mod bdf;
mod cell;
mod column;
mod cycles;
mod directory;
mod error;
mod junit;
mod manifest;
mod markdown;
mod measurement;
mod metrics;
mod number;
mod recorder;
mod replace;
mod resistance;
mod spectrum;
mod steps;
mod summary;
mod summary_file;
mod table;

pub use bdf::{BdfRows, COLUMNS};
pub use directory::RunDirectory;
pub use error::RecordError;
pub use manifest::{
    CalibrationDoubt, CellTruth, FileInfo, HostInfo, Manifest, ManifestCell, ManifestUnit, RecipeInfo,
    SettingChange, ToolInfo, UnitClock,
};
pub use measurement::Measurement;
pub use metrics::{Metric, metric, metrics, tables};
pub use number::{Decimals, Fixed, NotWritable};
pub use recorder::{BoundCell, Recorder, RunEnd};
pub use replace::replace;
pub use summary::{CellSummary, Summary};
pub use summary_file::{CellRow, CriterionCount, GradeCount, SummaryFile, TestRow, VerdictCounts};
