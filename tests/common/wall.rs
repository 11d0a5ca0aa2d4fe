//! A wall of simulated units on pseudo-terminals in real time, in a process of its own.
#![allow(dead_code, missing_docs, reason = "each bench uses its own part")]

use std::error::Error;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Units, each with four cells; they end when this is dropped.
pub struct Wall {
    simulator: Child,
    folder: PathBuf,
    units: usize,
}

impl Wall {
    /// Serves so many units with cells of this kind (the lines of a `[cell.*]`) from links in a folder.
    pub fn serve(program: &str, folder: &Path, units: usize, cell: &str) -> Result<Self, Box<dyn Error>> {
        let mut bench = format!("[cell.one]\nchemistry = \"li-ion\"\n{cell}\n");
        for number in 0..units {
            let serial = 300_001 + number;
            write!(bench, "[[unit]]\nserial = {serial}\nslots = [\"one\", \"one\", \"one\", \"one\"]\n")?;
        }
        let path = folder.join(format!("{units}.toml"));
        std::fs::write(&path, bench)?;
        let mut command = Command::new(program);
        command.arg("simulate").arg("--link").arg(folder.join("u")).arg("--bench").arg(path);
        let mut simulator = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let told = simulator.stdout.take().ok_or("its output is not piped")?;
        let wall = Self { simulator, folder: folder.to_owned(), units };
        for line in BufReader::new(told).lines() {
            if line?.starts_with("simulating at") {
                return Ok(wall);
            }
        }
        Err("the simulator ended before it began".into())
    }

    /// The ports of the units.
    pub fn ports(&self) -> Vec<PathBuf> {
        match self.units {
            1 => vec![self.folder.join("u")],
            units => (0..units).map(|number| self.folder.join(format!("u{number}"))).collect(),
        }
    }
}

impl Drop for Wall {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
        self.ports().iter().for_each(|link| drop(std::fs::remove_file(link)));
    }
}
