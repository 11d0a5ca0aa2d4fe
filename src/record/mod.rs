//! What a run leaves behind: the run directory, its files as they are written, and those that can be made again.

mod bdf;
mod cell;
mod column;
mod cycles;
mod directory;
mod error;
mod gathered;
mod heard;
mod junit;
mod labels;
mod manifest;
mod markdown;
mod measurement;
mod metrics;
mod number;
mod past;
mod recorder;
mod remake;
mod replace;
mod resistance;
mod rows;
mod spectrum;
mod steps;
mod summary;
mod summary_file;
mod table;
mod tables;
mod truth;

pub use bdf::{BdfRows, COLUMNS};
pub use directory::RunDirectory;
pub use error::RecordError;
pub use manifest::{
    CalibrationDoubt, FileInfo, HostInfo, Interruption, Manifest, ManifestCell, ManifestError, ManifestUnit,
    QueueInfo, RecipeInfo, SettingChange, ToolInfo, UnitClock,
};
pub use measurement::Measurement;
pub use metrics::{Metric, metric, metrics, tables};
pub use number::{Decimals, Fixed, NotWritable};
pub use past::{Past, PastCell, Told};
pub use recorder::{BoundCell, Recorder, RunEnd};
pub use remake::{Remade, RemakeError, remake};
pub(crate) use replace::share;
pub use replace::{create, replace};
pub use rows::RecordedRow;
pub use summary::{CellSummary, SUMMARIES, Summary};
pub use summary_file::{CellRow, CriterionCount, GradeCount, SummaryFile, TestRow, VerdictCounts};
pub use truth::CellTruth;
