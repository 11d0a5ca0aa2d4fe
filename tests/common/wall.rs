//! A wall of simulated units on pseudo-terminals in real time, in a process of its own.
#![allow(dead_code, missing_docs, reason = "each bench uses its own part")]

use std::error::Error;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Units in one process: it looks at all of them whenever one has something to say.
const TOGETHER: usize = 8;

/// Units, each with four cells; they end when this is dropped.
pub struct Wall {
    simulators: Vec<Child>,
    ports: Vec<PathBuf>,
}

impl Wall {
    /// Serves so many units with cells of this kind (the lines of a `[cell.*]`) from links in a folder.
    pub fn serve(program: &str, folder: &Path, units: usize, cell: &str) -> Result<Self, Box<dyn Error>> {
        let mut wall = Self { simulators: Vec::new(), ports: Vec::new() };
        let all: Vec<usize> = (0..units).collect();
        for some in all.chunks(TOGETHER) {
            wall.add(program, folder, some, cell)?;
        }
        Ok(wall)
    }

    /// Serves units of these numbers.
    fn add(
        &mut self,
        program: &str,
        folder: &Path,
        units: &[usize],
        cell: &str,
    ) -> Result<(), Box<dyn Error>> {
        let mut bench = format!("[cell.one]\nchemistry = \"li-ion\"\n{cell}\n");
        for number in units {
            let serial = 300_001 + number;
            write!(bench, "[[unit]]\nserial = {serial}\nslots = [\"one\", \"one\", \"one\", \"one\"]\n")?;
        }
        let name = format!("u{}-", self.ports.len());
        let path = folder.join(format!("{name}.toml"));
        std::fs::write(&path, bench)?;
        let mut command = Command::new(program);
        command.arg("simulate").arg("--link").arg(folder.join(&name)).arg("--bench").arg(path);
        let mut simulator = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let told = simulator.stdout.take().ok_or("its output is not piped")?;
        self.simulators.push(simulator);
        for line in BufReader::new(told).lines() {
            let line = line?;
            // `unit SERIAL: LINK -> DEVICE`
            if let Some((_, link)) = line.split_once(" -> ").and_then(|(unit, _)| unit.split_once(": ")) {
                self.ports.push(link.into());
            } else if line.starts_with("simulating at") {
                return Ok(());
            }
        }
        Err("a simulator ended before it began".into())
    }

    /// The ports of the units.
    pub fn ports(&self) -> &[PathBuf] {
        &self.ports
    }
}

impl Drop for Wall {
    fn drop(&mut self) {
        for simulator in &mut self.simulators {
            let _ = simulator.kill();
            let _ = simulator.wait();
        }
        self.ports.iter().for_each(|link| drop(std::fs::remove_file(link)));
    }
}
