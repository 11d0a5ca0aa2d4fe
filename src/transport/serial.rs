//! A unit on a serial port, or on anything that behaves like one, such as a pseudo-terminal.

use super::readiness::Port;
use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// USB vendor id of the unit: Microchip's.
const VENDOR: u16 = 0x04D8;
/// USB product id of the unit: Microchip's generic CDC device, so others have it too.
const PRODUCT: u16 = 0x000A;
/// The longest that a port may take to accept bytes before it counts as stuck.
const STUCK: Duration = Duration::from_secs(1);

/// The ports whose USB ids are those of a unit, sorted by name. The ids are a generic pair, so whether
/// a unit is behind one shows only in talking to it.
///
/// # Errors
/// The system does not say which ports there are.
pub fn candidates() -> io::Result<Vec<PathBuf>> {
    let is_unit = |port: &serialport::SerialPortInfo| match &port.port_type {
        serialport::SerialPortType::UsbPort(usb) => usb.vid == VENDOR && usb.pid == PRODUCT,
        _ => false,
    };
    let ports = serialport::available_ports()?;
    // macOS shows each port twice; the call-out one does not wait for a carrier.
    let is_dial_in = |port: &serialport::SerialPortInfo| port.port_name.starts_with("/dev/tty.");
    let mut paths: Vec<_> = ports
        .into_iter()
        .filter(|port| is_unit(port) && !is_dial_in(port))
        .map(|port| PathBuf::from(port.port_name))
        .collect();
    paths.sort();
    Ok(paths)
}

/// An open port, for this process alone, at 38400 baud 8N1.
pub struct Serial {
    name: String,
    port: Port,
    clock: Arc<dyn Clock>,
}

impl Serial {
    /// Opens the port at a path: a device, a pseudo-terminal, or a link to one.
    ///
    /// # Errors
    /// There is none, it is not a terminal, or another program has it.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, TransportError> {
        let name = path.display().to_string();
        match Port::open(path) {
            Ok(port) => Ok(Self { name, port, clock }),
            Err(source) => Err(TransportError { port: name, what: Self::why(&source), source }),
        }
    }

    fn why(error: &io::Error) -> &'static str {
        match error.kind() {
            _ if is_out_of_handles(error) => "cannot be opened; too many files are open: see `ulimit -n`",
            io::ErrorKind::NotFound => "cannot be opened; there is no such port: is the unit plugged in?",
            io::ErrorKind::PermissionDenied => "cannot be opened; your user may not use it",
            io::ErrorKind::ResourceBusy => "cannot be opened; it is in use",
            _ => "cannot be opened as a serial port",
        }
    }

    fn error(&self, what: &'static str, source: io::Error) -> TransportError {
        TransportError { port: self.name.clone(), what, source }
    }
}

/// Whether the process, or the whole system, has no file handle left. No kind of error tells that.
fn is_out_of_handles(error: &io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

impl Transport for Serial {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.port.write(bytes, STUCK).map_err(|error| self.error("cannot be written to", error))
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.port.receive(until, &*self.clock, into).map_err(|error| self.error("is lost", error))
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    #[test]
    fn talks_through_a_link_to_a_pseudo_terminal() {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("u");
        std::os::unix::fs::symlink(name, &link).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let mut port = Serial::open(&link, clock.clone()).unwrap();
        assert!(Serial::open(&link, clock.clone()).is_err(), "two programs must not have one port");
        // Bytes that a terminal in any other than raw mode would change.
        let bytes = [0xAA, 0x0D, 0x0A, 0x03, 0x11, 0x00];
        port.send(&bytes).unwrap();
        let mut read = [0; 16];
        assert_eq!(rustix::io::read(&master, &mut read), Ok(6));
        assert_eq!(read[..6], bytes);
        rustix::io::write(&master, &bytes).unwrap();
        let mut came = Vec::new();
        let soon = clock.now() + Duration::from_secs(5);
        assert_eq!(port.receive(soon, &mut came).unwrap(), Wake::Bytes);
        assert_eq!(came, bytes);
        port.waker().wake();
        assert_eq!(port.receive(soon, &mut came).unwrap(), Wake::Woken);
        let past = clock.now();
        assert_eq!(port.receive(past, &mut came).unwrap(), Wake::Deadline);
        drop(master);
        assert!(port.receive(soon, &mut came).is_err());
    }
}
