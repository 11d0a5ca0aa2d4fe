//! The ports at which units can be: those that were named, or all that have a unit's USB ids.

use crate::transport::serial;
use crate::transport::{PortAddress, PortMark};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Where units are looked for.
#[derive(Clone, Debug)]
pub struct Ports {
    named: Vec<PortAddress>,
    /// Whether ports with a unit's USB ids count, too.
    usb: bool,
}

impl Ports {
    /// Every port with a unit's USB ids.
    pub fn connected() -> Self {
        Self { named: Vec::new(), usb: true }
    }

    /// The ports named. A unit on USB can come back under another name: so if one of them has a unit's
    /// USB ids, all such ports count, too.
    pub fn named(named: Vec<PortAddress>) -> Self {
        let devices: Vec<_> = named.iter().filter_map(device).collect();
        // Where the system does not tell its ports, none is known to be on USB.
        let usb = serial::candidates().is_ok_and(|ports| ports.iter().any(|port| devices.contains(port)));
        Self { named, usb }
    }

    /// The ports that are there now, each with its mark. This talks to none of them; it takes some
    /// milliseconds.
    ///
    /// # Errors
    /// The system does not say which ports there are.
    pub fn list(&self) -> io::Result<BTreeMap<PortAddress, PortMark>> {
        let mut ports: BTreeMap<_, _> =
            self.named.iter().filter_map(|port| Some((port.clone(), port.mark()?))).collect();
        if self.usb {
            // A device that was named by a link to it is one port, not two.
            let devices: Vec<_> = ports.keys().filter_map(device).collect();
            let others = serial::candidates()?.into_iter().filter(|path| !devices.contains(path));
            ports.extend(others.map(PortAddress::Serial).filter_map(|port| {
                let mark = port.mark()?;
                Some((port, mark))
            }));
        }
        Ok(ports)
    }
}

/// The device behind a port's name; `None` where there is none on this machine.
fn device(port: &PortAddress) -> Option<PathBuf> {
    match port {
        PortAddress::Serial(path) => path.canonicalize().ok(),
        PortAddress::Tcp(_) | PortAddress::Rfc2217(_) => None,
    }
}
