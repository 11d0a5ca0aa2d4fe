//! A pseudo-terminal: a screen for the program, or a port on which there is no unit.
#![allow(dead_code, reason = "each test file uses its own part")]

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread::JoinHandle;

/// A pseudo-terminal of which everything shown is kept.
pub struct Terminal {
    device: PathBuf,
    end: OwnedFd,
    writer: File,
    reader: JoinHandle<String>,
}

impl Terminal {
    pub fn open() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&ours).expect("it is granted");
        unlockpt(&ours).expect("it is unlocked");
        let name = ptsname(&ours, Vec::new()).expect("it has a name");
        let device = PathBuf::from(name.into_string().expect("its name is text"));
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let end = open(&device, flags, Mode::empty()).expect("its other end opens");
        let mut settings = tcgetattr(&end).expect("it has settings");
        settings.make_raw();
        tcsetattr(&end, OptionalActions::Now, &settings).expect("it takes settings");
        let mut ours = File::from(ours);
        let writer = ours.try_clone().expect("a second handle");
        let reader = std::thread::spawn(move || {
            let mut shown = Vec::new();
            // It ends with an error when the last program has closed the terminal.
            let _ = ours.read_to_end(&mut shown);
            String::from_utf8_lossy(&shown).into_owned()
        });
        Self { device, end, writer, reader }
    }

    /// The path under which a program opens it.
    pub fn device(&self) -> String {
        self.device.display().to_string()
    }

    /// Its end, as a program's output.
    pub fn end(&self) -> Stdio {
        self.end.try_clone().expect("a second handle").into()
    }

    /// Writes to whoever has it open, as a device would.
    pub fn say(&self, bytes: &[u8]) {
        (&self.writer).write_all(bytes).expect("a terminal takes bytes");
    }

    /// All that was written to it; to be called when no program has it open any more.
    pub fn shown(self) -> String {
        drop(self.end);
        self.reader.join().expect("the reader ends")
    }
}
