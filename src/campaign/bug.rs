//! Mistakes that a program could make, made on purpose between the program and the world: the campaign has
//! to find them. No run outside a campaign comes past this code.

use std::collections::BTreeMap;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The watchdog is kicked by a timer, as long as the process lives and not as long as the station is in
    /// control.
    KickedByTimer,
    /// The limits are written when the mode is, and reading them back before is made believe.
    LimitsAfterMode,
    /// Rows are not handed to the system each second; a killed program loses them.
    SampleLost,
}

/// The command that kicks the watchdog.
pub(super) const KICK: [u8; 5] = [0xAA, 4, 0x91, 255, 0];

/// Holds limits back until the mode has been written, and answers for the unit meanwhile.
#[derive(Debug, Default)]
pub(super) struct LimitsLater {
    held: BTreeMap<(u8, u8), [u8; 5]>,
    /// What is to be told instead of the unit's own answers.
    pub(super) forged: Vec<u8>,
}

impl LimitsLater {
    /// What goes to the unit instead of these whole frames.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(frame) = rest.first_chunk::<5>() {
            let [start, namespace, address, low, _] = *frame;
            let is_limit = start == 0xAA && namespace < 4 && (0x0A..=0x0F).contains(&(address & 0x7F));
            if start != 0xAA {
                out.push(start);
                rest = &rest[1..];
                continue;
            }
            rest = &rest[5..];
            let key = (namespace, address & 0x7F);
            if is_limit && address & 0x80 != 0 {
                self.held.insert(key, *frame);
                self.forged.extend([0xAA, namespace, address, 0, 0]);
            } else if let Some([.., low, high]) = self.held.get(&key).filter(|_| is_limit) {
                self.forged.extend([0xAA, namespace, address, *low, *high]);
            } else {
                out.extend(frame);
                if namespace < 4 && address == 0x80 && (3..=5).contains(&low) {
                    for address in 0x0A..=0x0F {
                        out.extend(self.held.remove(&(namespace, address)).into_iter().flatten());
                    }
                }
            }
        }
        out.extend(rest);
        out
    }
}
