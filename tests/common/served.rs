//! Simulated units served as serial ports in real time, and a look at their registers from outside.
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::program::Scratch;
use batlab_run::clock::{Clock, SystemClock};
use batlab_run::driver::{Config, Line};
use batlab_run::identity::Slot;
use batlab_run::transport::serial::Serial;
use batlab_run::wire::{Encoding, Mode, cell, unit};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No test waits longer than this for anything; a loaded machine is slow.
pub const LONG: Duration = Duration::from_secs(90);

/// A program that runs beside the test, and does not outlive it.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Starts the program; each line of its output can be waited for.
    pub fn start(scratch: &Scratch, arguments: &[&str]) -> Self {
        Self::spawn(scratch.command(arguments))
    }

    /// Starts what this command says.
    pub fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("its output is piped"));
        let err = BufReader::new(child.stderr.take().expect("its errors are piped"));
        let (sender, lines) = channel();
        let errors = sender.clone();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        std::thread::spawn(move || {
            err.lines().map_while(Result::ok).for_each(|line| drop(errors.send(line)));
        });
        Self { child, lines }
    }

    /// Waits until so many lines have contained a text.
    pub fn says(&self, text: &str, times: usize) {
        let mut heard = String::new();
        for _ in 0..times {
            loop {
                let line = self.lines.recv_timeout(LONG);
                let line = line.unwrap_or_else(|_| panic!("it never said `{text}`, but:\n{heard}"));
                heard.push_str(&line);
                heard.push('\n');
                if line.contains(text) {
                    break;
                }
            }
        }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, as `-INT`.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(status.expect("kill is there").success());
    }

    /// Waits until it has ended.
    pub fn ends(&mut self) -> ExitStatus {
        let clock = SystemClock::start();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(clock.now().as_micros() < LONG.as_micros() as u64, "it does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Everything that it has said and nobody has waited for.
    pub fn rest(&self) -> String {
        self.lines.iter().map(|line| line + "\n").collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves a bench at the link `u` (or `u0`, `u1`) of a scratch folder, with its books in `books.json`.
pub fn serve(scratch: &Scratch, more: &[&str]) -> Running {
    let arguments = [&["simulate", "--link", "u", "--books", "books.json"], more].concat();
    let served = Running::start(scratch, &arguments);
    served.says("simulating at", 1);
    served
}

/// What a unit shows from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Outside {
    pub modes: [Mode; 4],
    pub settings: u16,
    pub threshold: u16,
    pub reports: [u16; 4],
}

impl Outside {
    /// Reads it over the unit's port, changing nothing.
    pub fn look(scratch: &Scratch, port: &str) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let port = Serial::open(&scratch.file(port), Arc::clone(&clock)).expect("the port is free");
        let mut line = Line::new(Box::new(port), clock, Config::default());
        line.start().expect("the unit answers");
        let mut read = |address| line.read_many(vec![address]).expect("the unit answers")[0];
        Self {
            modes: Slot::ALL.map(|slot| Mode::from_raw(read(cell::MODE.at(slot).address()))),
            settings: read(unit::SETTINGS.address()),
            threshold: read(unit::ZERO_AMP_THRESH.address()),
            reports: Slot::ALL.map(|slot| read(cell::REPORT_INTERVAL.at(slot).address())),
        }
    }

    /// Whether nobody has the port.
    pub fn is_free(scratch: &Scratch, port: &str) -> bool {
        Serial::open(&scratch.file(port), Arc::new(SystemClock::start())).is_ok()
    }

    /// Whether no slot drives any current.
    pub fn is_quiet(&self) -> bool {
        self.modes.iter().all(|mode| matches!(mode, Mode::Idle | Mode::Stopped))
    }
}
