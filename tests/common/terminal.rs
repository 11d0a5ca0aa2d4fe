//! A pseudo-terminal: a screen for the program, or a port on which there is no unit.
#![allow(dead_code, reason = "each test file uses its own part")]

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A pseudo-terminal of which everything shown is kept.
pub struct Terminal {
    device: PathBuf,
    end: OwnedFd,
    writer: File,
    reader: JoinHandle<String>,
    gone: Arc<AtomicBool>,
}

impl Terminal {
    pub fn open() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        // Or programs that other tests start just now would hold on to it.
        fcntl_setfd(&ours, FdFlags::CLOEXEC).expect("it is ours alone");
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
        let gone = Arc::new(AtomicBool::new(false));
        let is_gone = Arc::clone(&gone);
        let reader = std::thread::spawn(move || {
            let mut shown = Vec::new();
            let mut piece = [0; 1024];
            // It ends with an error when the last program has closed the terminal.
            while !is_gone.load(Ordering::Relaxed) {
                let mut watched = [PollFd::new(&ours, PollFlags::IN)];
                let soon = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
                match poll(&mut watched, Some(&soon)).map(|_| watched[0].revents().is_empty()) {
                    Ok(true) => {}
                    _ => match ours.read(&mut piece) {
                        Ok(0) | Err(_) => break,
                        Ok(count) => shown.extend_from_slice(&piece[..count]),
                    },
                }
            }
            String::from_utf8_lossy(&shown).into_owned()
        });
        Self { device, end, writer, reader, gone }
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

    /// Takes it away from all who have it open: whatever they write from now on is an error.
    pub fn vanish(self) {
        self.gone.store(true, Ordering::Relaxed);
        self.reader.join().expect("the reader ends");
    }

    /// All that was written to it; to be called when no program has it open any more.
    pub fn shown(self) -> String {
        drop(self.end);
        self.reader.join().expect("the reader ends")
    }
}
