//! A file of rows that is written as they come.

use super::RecordError;
use super::column::{Column, names};
use super::replace::sync_directory;
use crate::identity::CellName;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A table of one cell, on the disk.
#[derive(Debug)]
pub(super) struct Table<T: 'static> {
    path: PathBuf,
    columns: &'static [Column<T>],
    /// Not there until the first row, where the table is made for that.
    file: Option<csv::Writer<File>>,
    /// Whether there is something that may not be on the disk yet.
    unsynced: bool,
    /// Whether the file's own name may not be on the disk yet.
    unnamed: bool,
}

impl<T> Table<T> {
    /// A table that is made with its first row: no file tells that nothing of the kind was measured.
    pub(super) fn at_first_row(path: PathBuf, columns: &'static [Column<T>]) -> Self {
        Self { path, columns, file: None, unsynced: false, unnamed: false }
    }

    /// A table that is there from the start.
    ///
    /// # Errors
    /// There is such a file already, or the system refuses.
    pub(super) fn create(path: PathBuf, columns: &'static [Column<T>]) -> Result<Self, RecordError> {
        let mut table = Self::at_first_row(path, columns);
        table.open()?;
        Ok(table)
    }

    /// A table that is gone on with, if it is there, or else is made with its first row.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn go_on(path: PathBuf, columns: &'static [Column<T>]) -> Result<Self, RecordError> {
        let file = match OpenOptions::new().append(true).open(&path) {
            Ok(file) => Some(csv::Writer::from_writer(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(RecordError::file("go on with", path)(error)),
        };
        Ok(Self { file, ..Self::at_first_row(path, columns) })
    }

    fn open(&mut self) -> Result<&mut csv::Writer<File>, RecordError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let mut file = csv::Writer::from_writer(make(&self.path)?);
                file.write_record(names(self.columns)).map_err(csv_fault(&self.path))?;
                (self.unsynced, self.unnamed) = (true, true);
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
        self.open()?.write_record(&texts).map_err(csv_fault(&path))?;
        self.unsynced = true;
        Ok(())
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
        if std::mem::take(&mut self.unsynced) {
            file.get_ref().sync_data().map_err(RecordError::file("sync", &self.path))?;
        }
        if std::mem::take(&mut self.unnamed) {
            sync_directory(self.path.parent().unwrap_or(Path::new(".")))?;
        }
        Ok(())
    }
}

/// Makes a file that must not be there yet.
pub(super) fn make(path: &Path) -> Result<File, RecordError> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(RecordError::file("make", path))
}

fn csv_fault(path: &Path) -> impl FnOnce(csv::Error) -> RecordError {
    let fault = RecordError::file("write", path);
    move |error| fault(error.into())
}
