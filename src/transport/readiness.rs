//! An open serial port or connection with a wait that another thread can end. Systems differ here, and in what tells
//! that a port was plugged in anew (`address.rs`).

#[cfg(not(unix))]
pub(super) use elsewhere::Port;
#[cfg(unix)]
pub(super) use unix::Port;

use super::Wake;
use crate::clock::{Clock, Instant};
use std::io;

/// Bits a second. The unit ignores it; 38400 is customary.
const BAUD: u32 = 38400;

/// Bytes read at once; USB delivers at most 64 in one packet.
const CHUNK: usize = 1024;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ready {
    /// There are bytes to read.
    Bytes,
    /// The time is over.
    Timeout,
    /// Another thread asked.
    Woken,
}

impl Port {
    /// Waits for bytes until a moment of this clock, and appends what came.
    pub(super) fn receive(
        &mut self,
        until: Instant,
        clock: &dyn Clock,
        into: &mut Vec<u8>,
    ) -> io::Result<Wake> {
        loop {
            match self.wait(until.since(clock.now()))? {
                Ready::Woken => return Ok(Wake::Woken),
                Ready::Timeout if clock.now() >= until => return Ok(Wake::Deadline),
                Ready::Timeout => {}
                Ready::Bytes => {
                    let mut chunk = [0; CHUNK];
                    let count = self.read(&mut chunk)?;
                    if count > 0 {
                        into.extend_from_slice(chunk.get(..count).unwrap_or_default());
                        return Ok(Wake::Bytes);
                    }
                }
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    use super::{BAUD, Ready};
    use crate::lock::Taken;
    use crate::transport::Waker;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
    use rustix::io::Errno;
    use rustix::termios::{
        ControlModes, OptionalActions, QueueSelector, ioctl_tiocexcl, tcflush, tcgetattr, tcsetattr,
    };
    use std::fs::File;
    use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
    use std::net::TcpStream;
    use std::os::fd::{AsFd, OwnedFd};
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    /// Where pseudo-terminals live. One that its other end keeps open would stay exclusive after this
    /// process has died, so only the lock is taken there, which dies with the process.
    const PSEUDO_TERMINALS: &str = "/dev/pts";

    /// Two locks keep others out. One lies on the device itself, under whatever name it is opened; it holds against
    /// every program that looks for it, and against root. The other, TIOCEXCL, holds against programs that look
    /// for nothing, but not against root. Both go with the process.
    pub(in crate::transport) struct Port {
        file: File,
        wake: PipeReader,
        bell: Arc<Bell>,
    }

    /// What ends a wait. It goes with its port: a waker that is kept for longer keeps no handle open.
    struct Bell {
        sender: PipeWriter,
        /// Set while a byte lies in the pipe.
        rung: AtomicBool,
    }

    impl Bell {
        fn ring(&self) {
            // One byte at a time, so that the pipe never fills and a waker never waits.
            if !self.rung.swap(true, Ordering::AcqRel) {
                let _ = (&self.sender).write(&[1]);
            }
        }
    }

    impl Port {
        pub(in crate::transport) fn open(path: &Path) -> io::Result<Self> {
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let taken = |errno| match errno {
                Errno::BUSY | Errno::AGAIN => Taken::by_whoever_locks(path).into(),
                other => io::Error::from(other),
            };
            let file = File::from(open(path, flags, Mode::empty()).map_err(taken)?);
            let mut settings = tcgetattr(&file)?;
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(taken)?;
            if !path.canonicalize()?.starts_with(PSEUDO_TERMINALS) {
                ioctl_tiocexcl(&file)?;
            }
            settings.make_raw();
            settings.control_modes -= ControlModes::PARENB | ControlModes::CSTOPB | ControlModes::CRTSCTS;
            settings.control_modes |= ControlModes::CS8 | ControlModes::CREAD | ControlModes::CLOCAL;
            settings.set_speed(BAUD)?;
            tcsetattr(&file, OptionalActions::Now, &settings)?;
            tcflush(&file, QueueSelector::IOFlush)?;
            Self::waiting_for(file)
        }

        /// A connection.
        pub(in crate::transport) fn over(stream: TcpStream) -> io::Result<Self> {
            stream.set_nonblocking(true)?;
            // On these systems a socket is read and written as a file is.
            Self::waiting_for(File::from(OwnedFd::from(stream)))
        }

        fn waiting_for(file: File) -> io::Result<Self> {
            let (wake, sender) = pipe()?;
            Ok(Self { file, wake, bell: Arc::new(Bell { sender, rung: AtomicBool::new(false) }) })
        }

        pub(in crate::transport) fn waker(&self) -> Waker {
            let bell = Arc::downgrade(&self.bell);
            Waker::new(move || {
                if let Some(bell) = bell.upgrade() {
                    bell.ring();
                }
            })
        }

        pub(super) fn wait(&mut self, time: Duration) -> io::Result<Ready> {
            let mut watched =
                [PollFd::new(&self.file, PollFlags::IN), PollFd::new(&self.wake, PollFlags::IN)];
            let time = Timespec::try_from(time).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 });
            match poll(&mut watched, Some(&time)) {
                // A signal: its handler wakes whoever has to know.
                Err(error) if error == Errno::INTR => return Ok(Ready::Woken),
                other => other?,
            };
            let [port, wake] = watched.map(|fd| fd.revents());
            if port.contains(PollFlags::IN) {
                return Ok(Ready::Bytes);
            }
            if port.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return Err(io::Error::new(io::ErrorKind::NotConnected, "the device is gone"));
            }
            if wake.contains(PollFlags::IN) {
                let _ = self.wake.read(&mut [0])?;
                self.bell.rung.store(false, Ordering::Release);
                return Ok(Ready::Woken);
            }
            Ok(Ready::Timeout)
        }

        /// Reads what is there; nothing there is no error.
        pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.file.read(into) {
                Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the device is gone")),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
                other => other,
            }
        }

        /// Writes all bytes, waiting at most so long for the port to take the next of them.
        pub(in crate::transport) fn write(&mut self, mut bytes: &[u8], time: Duration) -> io::Result<()> {
            let time = Timespec::try_from(time).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
            while !bytes.is_empty() {
                match self.file.write(bytes) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        let mut watched = [PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::OUT)];
                        if poll(&mut watched, Some(&time)).is_ok_and(|ready| ready == 0) {
                            return Err(io::ErrorKind::TimedOut.into());
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::net::TcpListener;

        #[test]
        fn a_waker_keeps_no_handle_of_a_port_that_is_gone() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut port = Port::over(stream).unwrap();
            let (waker, bell) = (port.waker(), Arc::downgrade(&port.bell));
            waker.wake();
            waker.wake();
            assert_eq!(port.wait(Duration::ZERO).unwrap(), Ready::Woken);
            assert_eq!(port.wait(Duration::ZERO).unwrap(), Ready::Timeout, "twice before it looked is once");
            drop(port);
            assert!(bell.upgrade().is_none(), "both ends of its pipe are closed");
            waker.wake();
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{BAUD, Ready};
    use crate::lock::Taken;
    use crate::transport::Waker;
    use serialport::SerialPort;
    use std::io::{self, Read, Write};
    use std::net::TcpStream;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    /// The longest single wait, after which a wake-up is noticed.
    const SLICE: Duration = Duration::from_millis(10);

    /// What bytes pass through.
    trait Pipe: Read + Write + Send {
        fn set_times(&mut self, time: Duration) -> io::Result<()>;
        /// How many bytes can be read at once without waiting, at least.
        fn ready(&self) -> io::Result<usize>;
    }

    impl Pipe for Box<dyn SerialPort> {
        fn set_times(&mut self, time: Duration) -> io::Result<()> {
            Ok(self.set_timeout(time)?)
        }

        fn ready(&self) -> io::Result<usize> {
            Ok(usize::try_from(self.bytes_to_read()?).unwrap_or(0))
        }
    }

    impl Pipe for TcpStream {
        fn set_times(&mut self, time: Duration) -> io::Result<()> {
            self.set_read_timeout(Some(time))?;
            self.set_write_timeout(Some(time))
        }

        fn ready(&self) -> io::Result<usize> {
            self.set_nonblocking(true)?;
            let seen = self.peek(&mut [0; 1024]);
            self.set_nonblocking(false)?;
            match seen {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
                other => other,
            }
        }
    }

    pub(in crate::transport) struct Port {
        port: Box<dyn Pipe>,
        woken: Arc<AtomicBool>,
        /// A byte that a wait has already read.
        ahead: Option<u8>,
        /// Whether nothing read is the end.
        is_stream: bool,
    }

    impl Port {
        pub(in crate::transport) fn open(path: &Path) -> io::Result<Self> {
            let name = path.to_string_lossy();
            let port = serialport::new(name.as_ref(), BAUD).timeout(SLICE).open().map_err(|error| {
                // To open a port that another program has is told in the same way as to open one that is not there.
                let is_there = error.kind() == serialport::ErrorKind::NoDevice
                    && serialport::available_ports()
                        .is_ok_and(|all| all.iter().any(|it| it.port_name == name));
                if is_there { Taken { by: None }.into() } else { io::Error::from(error) }
            })?;
            Ok(Self { port: Box::new(port), woken: Arc::default(), ahead: None, is_stream: false })
        }

        /// A connection.
        pub(in crate::transport) fn over(stream: TcpStream) -> io::Result<Self> {
            Ok(Self { port: Box::new(stream), woken: Arc::default(), ahead: None, is_stream: true })
        }

        pub(in crate::transport) fn waker(&self) -> Waker {
            let flag = Arc::clone(&self.woken);
            Waker::new(move || flag.store(true, Ordering::Release))
        }

        pub(super) fn wait(&mut self, time: Duration) -> io::Result<Ready> {
            if self.woken.swap(false, Ordering::AcqRel) {
                return Ok(Ready::Woken);
            }
            self.port.set_times(time.clamp(Duration::from_millis(1), SLICE))?;
            let mut byte = [0];
            match self.port.read(&mut byte) {
                Ok(0) if self.is_stream => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => Ok(Ready::Timeout),
                Ok(_) => {
                    self.ahead = Some(byte[0]);
                    Ok(Ready::Bytes)
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
                    Ok(Ready::Timeout)
                }
                Err(error) => Err(error),
            }
        }

        pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let mut count = 0;
            if let (Some(place), Some(byte)) = (into.first_mut(), self.ahead.take()) {
                *place = byte;
                count = 1;
            }
            let more = self.port.ready()?.min(into.len() - count);
            if more > 0 {
                count += self.port.read(into.get_mut(count..count + more).unwrap_or_default())?;
            }
            Ok(count)
        }

        pub(in crate::transport) fn write(&mut self, bytes: &[u8], time: Duration) -> io::Result<()> {
            self.port.set_times(time)?;
            self.port.write_all(bytes)
        }
    }
}
