//! What a run leaves behind: the run directory, and its files as they are written.

mod bdf;
mod cell;
mod directory;
mod error;
mod manifest;
mod number;
mod recorder;
mod replace;
mod steps;
mod summary;
mod tally;

pub use bdf::{BdfRows, COLUMNS};
pub use directory::RunDirectory;
pub use error::RecordError;
pub use manifest::{
    CalibrationDoubt, CellTruth, FileInfo, HostInfo, Manifest, ManifestCell, ManifestUnit, Measurement,
    RecipeInfo, SettingChange, ToolInfo, UnitClock,
};
pub use number::{Decimals, Fixed, NotWritable};
pub use recorder::{BoundCell, Recorder, RunEnd};
pub use summary::{CellSummary, Summary};
