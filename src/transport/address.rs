//! What a port is called, what is opened under that name, and what tells that it was plugged in anew.

use super::host::HostPort;
use super::rfc2217::Rfc2217;
use super::serial::Serial;
use super::tcp::Tcp;
use super::{Transport, TransportError};
use crate::clock::Clock;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

/// A port as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortAddress {
    /// A serial port of this machine: a device, a pseudo-terminal, or a link to one.
    Serial(PathBuf),
    /// A server on the network that passes bytes on to a serial port, and nothing else: `tcp://HOST:PORT`.
    Tcp(HostPort),
    /// One that speaks telnet with the options of RFC 2217: `rfc2217://HOST:PORT`.
    Rfc2217(HostPort),
}

impl PortAddress {
    /// Opens the port. One of this machine is opened for this process alone; of a remote one its server
    /// decides.
    ///
    /// # Errors
    /// There is none, or another program has it.
    pub fn open(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Transport>, TransportError> {
        match self {
            Self::Serial(path) => Ok(Box::new(Serial::open(path, clock)?)),
            Self::Tcp(server) => Ok(Box::new(Tcp::connect(self.to_string(), server, clock)?)),
            Self::Rfc2217(server) => Ok(Box::new(Rfc2217::connect(self.to_string(), server, clock)?)),
        }
    }

    /// Whether it is a port of another machine.
    pub fn is_remote(&self) -> bool {
        !matches!(self, Self::Serial(_))
    }

    /// The mark of the port that is there now; `None` where there is none. A device that is plugged in
    /// anew has another mark, even under the same name. Of a remote port only talking to it shows whether it
    /// is there, so it counts as there.
    pub fn mark(&self) -> Option<PortMark> {
        match self {
            Self::Serial(path) => PortMark::of(path),
            Self::Tcp(_) | Self::Rfc2217(_) => Some(PortMark(Vec::new())),
        }
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
            Self::Tcp(server) => write!(f, "tcp://{server}"),
            Self::Rfc2217(server) => write!(f, "rfc2217://{server}"),
        }
    }
}

impl FromStr for PortAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, server)) = text.split_once("://") else { return Ok(Self::Serial(text.into())) };
        let server = || {
            server.parse().map_err(|why| {
                format!("{why}; wanted is {scheme}://HOST:PORT, such as {scheme}://bench:4000")
            })
        };
        match scheme {
            "tcp" => server().map(Self::Tcp),
            "rfc2217" => server().map(Self::Rfc2217),
            _ => Err(format!(
                "`{scheme}://` is not known; remote ports are tcp://HOST:PORT or rfc2217://HOST:PORT"
            )),
        }
    }
}

/// What a port's place in the file system shows: the device node behind its name, and the link to it.
/// Where the system has no such nodes, all marks are alike, and a device that was away for a moment only
/// seems never to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMark(Vec<u64>);

impl PortMark {
    #[cfg(unix)]
    fn of(path: &std::path::Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let node = path.metadata().ok()?;
        let mut mark = vec![node.dev(), node.ino(), node.rdev()];
        let link = path.symlink_metadata().ok().filter(|link| link.file_type().is_symlink());
        if let Some(link) = link {
            mark.extend([link.ino(), link.ctime().cast_unsigned(), link.ctime_nsec().cast_unsigned()]);
        }
        Some(Self(mark))
    }

    #[cfg(not(unix))]
    fn of(path: &std::path::Path) -> Option<Self> {
        let ports = serialport::available_ports().ok()?;
        let is_there = ports.iter().any(|port| path == std::path::Path::new(&port.port_name));
        is_there.then(|| Self(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_paths_or_remote() {
        for text in ["/dev/ttyACM0", "COM3", "u", "tcp://bench:4000", "rfc2217://[::1]:4000"] {
            assert_eq!(text.parse::<PortAddress>().unwrap().to_string(), text);
        }
        assert!(matches!("tcp:4000".parse(), Ok(PortAddress::Serial(_))));
        let wrong = "tcp://bench".parse::<PortAddress>().unwrap_err();
        assert_eq!(
            wrong,
            "the number of the port is missing; wanted is tcp://HOST:PORT, such as tcp://bench:4000"
        );
        assert!("http://bench:80".parse::<PortAddress>().unwrap_err().contains("rfc2217://HOST:PORT"));
    }
}
