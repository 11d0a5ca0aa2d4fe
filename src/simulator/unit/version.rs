//! What the versions of the measurement processor's firmware can do.

/// A firmware version, as FIRMWARE_VER shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u16);

impl Version {
    /// Whether the direction relay races the driver, which jumps to its setpoint, and the charge is
    /// counted in a hidden sum (3 and earlier).
    pub fn is_old(self) -> bool {
        self.0 <= 3
    }

    /// Whether it has the watchdog (4 and later).
    pub fn has_watchdog(self) -> bool {
        self.0 >= 4
    }

    /// Whether it stops at low VCC, and a discharge without the supply (5 and later).
    pub fn has_guards(self) -> bool {
        self.0 >= 5
    }

    /// Whether it has the hi-res modes (7 and later).
    pub fn has_hi_res(self) -> bool {
        self.0 >= 7
    }
}
