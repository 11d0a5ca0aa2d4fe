//! A file of rows that is written as they come.

use super::RecordError;
use super::column::{Column, names};
use super::replace::sync_directory;
use crate::identity::CellName;
use crate::journal::{Kept, Reserve};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

/// A table of one cell, on the disk.
#[derive(Debug)]
pub(super) struct Table<T: 'static> {
    path: PathBuf,
    columns: &'static [Column<T>],
    reserve: Reserve,
    /// Not there until the first row, where the table is made for that.
    file: Option<csv::Writer<Kept>>,
    /// Whether the file's own name may not be on the disk yet.
    unnamed: bool,
}

impl<T> Table<T> {
    /// A table that is made with its first row: no file tells that nothing of the kind was measured.
    pub(super) fn at_first_row(path: PathBuf, columns: &'static [Column<T>], reserve: &Reserve) -> Self {
        Self { path, columns, reserve: reserve.clone(), file: None, unnamed: false }
    }

    /// A table that is there from the start.
    ///
    /// # Errors
    /// There is such a file already, or the system refuses.
    pub(super) fn create(
        path: PathBuf,
        columns: &'static [Column<T>],
        reserve: &Reserve,
    ) -> Result<Self, RecordError> {
        let mut table = Self::at_first_row(path, columns, reserve);
        table.open()?;
        Ok(table)
    }

    /// A table that is gone on with, if it is there, or else is made with its first row.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn go_on(
        path: PathBuf,
        columns: &'static [Column<T>],
        reserve: &Reserve,
    ) -> Result<Self, RecordError> {
        let file = match OpenOptions::new().append(true).open(&path) {
            Ok(file) => Some(csv::Writer::from_writer(Kept::new(file, reserve.clone()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(RecordError::file("go on with", path)(error)),
        };
        Ok(Self { file, ..Self::at_first_row(path, columns, reserve) })
    }

    fn open(&mut self) -> Result<&mut csv::Writer<Kept>, RecordError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let mut file = csv::Writer::from_writer(make(&self.path, &self.reserve)?);
                file.write_record(names(self.columns)).map_err(csv_fault(&self.path))?;
                self.unnamed = true;
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// A number is not finite, and no row was written; the system refuses.
    pub(super) fn push(&mut self, row: &T, cell: &CellName) -> Result<(), RecordError> {
        let texts =
            self.columns.iter().map(|column| column.text(row, cell)).collect::<Result<Vec<_>, _>>()?;
        let path = self.path.clone();
        self.open()?.write_record(&texts).map_err(csv_fault(&path))
    }

    /// Hands everything to the system.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush().map_err(RecordError::file("write", &self.path))
    }

    /// Waits until everything is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), RecordError> {
        self.flush()?;
        let Some(file) = &self.file else { return Ok(()) };
        file.get_ref().sync().map_err(RecordError::file("sync", &self.path))?;
        if std::mem::take(&mut self.unnamed) {
            sync_directory(self.path.parent().unwrap_or(Path::new(".")))?;
        }
        Ok(())
    }
}

/// Makes a file that must not be there yet.
pub(super) fn make(path: &Path, reserve: &Reserve) -> Result<Kept, RecordError> {
    let file = OpenOptions::new().append(true).create_new(true).open(path);
    file.map(|file| Kept::new(file, reserve.clone())).map_err(RecordError::file("make", path))
}

fn csv_fault(path: &Path) -> impl FnOnce(csv::Error) -> RecordError {
    let fault = RecordError::file("write", path);
    move |error| {
        fault(match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })
    }
}
