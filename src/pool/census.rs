//! Which ports are worth a try, and when: those that came, or came back. A machine without I/O.

use crate::clock::Instant;
use crate::identity::SerialNumber;
use crate::transport::{PortAddress, PortMark};
use std::collections::BTreeMap;
use std::time::Duration;

/// The pause before a port at which nothing answered is tried again. It doubles from the first to the
/// longest.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(8));

/// The ports that were there at the last look, and what is known of them.
#[derive(Debug, Default)]
pub(super) struct Census {
    ports: BTreeMap<PortAddress, Entry>,
}

#[derive(Debug)]
struct Entry {
    mark: PortMark,
    standing: Standing,
}

/// What is known of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// It is at work: nobody else may open it.
    InUse(SerialNumber),
    /// There is nothing more to find out until something is plugged in anew; perhaps this unit is there.
    Settled(Option<SerialNumber>),
    /// It is to be tried.
    Due { at: Instant, pause: Duration, bootloader: bool },
}

impl Standing {
    fn due(at: Instant) -> Self {
        Self::Due { at, pause: PAUSE.0, bootloader: false }
    }

    fn serial(&self) -> Option<SerialNumber> {
        match self {
            Self::InUse(serial) => Some(*serial),
            Self::Settled(serial) => *serial,
            Self::Due { .. } => None,
        }
    }
}

impl Census {
    /// The ports that are there before anything is waited for: those in use, and others with which
    /// nobody is concerned as long as they stay.
    pub(super) fn new(listing: BTreeMap<PortAddress, PortMark>, in_use: &[(String, SerialNumber)]) -> Self {
        let entry = |(port, mark): (PortAddress, PortMark)| {
            let name = port.to_string();
            let user = in_use.iter().find(|(used, _)| *used == name);
            let standing = user.map_or(Standing::Settled(None), |(_, serial)| Standing::InUse(*serial));
            (port, Entry { mark, standing })
        };
        Self { ports: listing.into_iter().map(entry).collect() }
    }

    /// Takes in which ports there are now. What came, or was plugged in anew, is due. Gives the ports that
    /// are gone, with the unit that was there.
    pub(super) fn take_in(
        &mut self,
        now: Instant,
        listing: &BTreeMap<PortAddress, PortMark>,
    ) -> Vec<(PortAddress, Option<SerialNumber>)> {
        let mut gone = Vec::new();
        self.ports.retain(|port, entry| {
            // The owner of a port in use notices a change itself, and then sets it free.
            let stays = listing
                .get(port)
                .is_some_and(|mark| *mark == entry.mark || matches!(entry.standing, Standing::InUse(_)));
            if !stays {
                gone.push((port.clone(), entry.standing.serial()));
            }
            stays
        });
        for (port, mark) in listing {
            let came = || Entry { mark: mark.clone(), standing: Standing::due(now) };
            self.ports.entry(port.clone()).or_insert_with(came).mark = mark.clone();
        }
        gone
    }

    /// A port that is to be tried now.
    pub(super) fn due(&self, now: Instant) -> Option<PortAddress> {
        let is_due = |entry: &Entry| matches!(entry.standing, Standing::Due { at, .. } if at <= now);
        self.ports.iter().find(|(_, entry)| is_due(entry)).map(|(port, _)| port.clone())
    }

    /// When the next port is to be tried.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let at = |entry: &Entry| match entry.standing {
            Standing::Due { at, .. } => Some(at),
            _ => None,
        };
        self.ports.values().filter_map(at).min()
    }

    /// The port at which a bootloader answers, if it is the only one from which anything can be expected.
    pub(super) fn sole_bootloader(&self) -> Option<&PortAddress> {
        let mut expected =
            self.ports.iter().filter(|(_, entry)| matches!(entry.standing, Standing::Due { .. }));
        let (port, entry) = expected.next()?;
        let sole = expected.next().is_none();
        (sole && matches!(entry.standing, Standing::Due { bootloader: true, .. })).then_some(port)
    }

    /// This unit is at work on a port.
    pub(super) fn put_to_use(&mut self, port: &PortAddress, serial: SerialNumber) {
        self.stand(port, |_| Standing::InUse(serial));
    }

    /// A unit with which nobody is concerned answered.
    pub(super) fn settle(&mut self, port: &PortAddress, serial: Option<SerialNumber>) {
        self.stand(port, |_| Standing::Settled(serial));
    }

    /// Nothing that is of use answered: it is tried again later.
    pub(super) fn put_off(&mut self, port: &PortAddress, now: Instant, bootloader: bool) {
        self.stand(port, |before| {
            let pause = match before {
                Standing::Due { pause, .. } => *pause,
                _ => PAUSE.0,
            };
            Standing::Due { at: now + pause, pause: (pause * 2).min(PAUSE.1), bootloader }
        });
    }

    /// What is there may have changed by then.
    pub(super) fn ask_again(&mut self, port: &PortAddress, at: Instant) {
        self.stand(port, |_| Standing::due(at));
    }

    /// A unit is waited for: where it was is worth a try.
    pub(super) fn set_free(&mut self, now: Instant, serial: SerialNumber) {
        for entry in self.ports.values_mut().filter(|entry| entry.standing.serial() == Some(serial)) {
            entry.standing = Standing::due(now);
        }
    }

    fn stand(&mut self, port: &PortAddress, standing: impl FnOnce(&Standing) -> Standing) {
        if let Some(entry) = self.ports.get_mut(port) {
            entry.standing = standing(&entry.standing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const UNIT: SerialNumber = SerialNumber(7);

    fn port(path: &Path) -> PortAddress {
        PortAddress::Serial(path.to_owned())
    }

    fn listing(ports: &[&PortAddress]) -> BTreeMap<PortAddress, PortMark> {
        ports.iter().map(|port| ((*port).clone(), port.mark().expect("it is there"))).collect()
    }

    fn at(seconds: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(seconds)
    }

    /// Files stand in for device nodes.
    struct Desk {
        folder: tempfile::TempDir,
    }

    impl Desk {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn plug(&self, name: &str) -> PortAddress {
            let path = self.folder.path().join(name);
            std::fs::write(&path, name).unwrap();
            port(&path)
        }
    }

    #[test]
    fn only_what_comes_is_tried() {
        let desk = Desk::new();
        let (used, foreign) = (desk.plug("used"), desk.plug("foreign"));
        let mut census = Census::new(listing(&[&used, &foreign]), &[(used.to_string(), UNIT)]);
        assert!(census.take_in(at(1), &listing(&[&used, &foreign])).is_empty());
        assert_eq!((census.due(at(100)), census.next_due()), (None, None));
        let new = desk.plug("new");
        assert!(census.take_in(at(2), &listing(&[&used, &foreign, &new])).is_empty());
        assert_eq!(census.due(at(2)), Some(new.clone()));
        census.settle(&new, Some(SerialNumber(8)));
        assert_eq!(census.due(at(100)), None);
        assert_eq!(
            census.take_in(at(3), &listing(&[&used])),
            [(foreign, None), (new, Some(SerialNumber(8)))]
        );
    }

    #[test]
    fn a_port_in_use_is_tried_when_its_unit_is_waited_for_and_not_before() {
        let desk = Desk::new();
        let used = desk.plug("used");
        let mut census = Census::new(listing(&[&used]), &[(used.to_string(), UNIT)]);
        // Another node in its place: whoever is at work there will notice.
        desk.plug("other");
        std::fs::rename(desk.folder.path().join("other"), desk.folder.path().join("used")).unwrap();
        census.take_in(at(1), &listing(&[&used]));
        assert_eq!(census.due(at(1)), None);
        census.set_free(at(2), SerialNumber(8));
        assert_eq!(census.due(at(2)), None);
        census.set_free(at(2), UNIT);
        assert_eq!(census.due(at(2)), Some(used));
    }

    #[cfg(unix)]
    #[test]
    fn what_was_plugged_in_anew_between_two_looks_is_tried() {
        let desk = Desk::new();
        let foreign = desk.plug("foreign");
        let mut census = Census::new(listing(&[&foreign]), &[]);
        desk.plug("other");
        std::fs::rename(desk.folder.path().join("other"), desk.folder.path().join("foreign")).unwrap();
        assert_eq!(census.take_in(at(1), &listing(&[&foreign])), [(foreign.clone(), None)]);
        assert_eq!(census.due(at(1)), Some(foreign));
    }

    #[test]
    fn a_silent_port_is_tried_again_with_growing_pauses() {
        let desk = Desk::new();
        let mut census = Census::default();
        let silent = desk.plug("silent");
        census.take_in(at(0), &listing(&[&silent]));
        let mut tries = Vec::new();
        for second in 0..40 {
            if let Some(port) = census.due(at(second)) {
                census.put_off(&port, at(second), false);
                tries.push(second);
            }
        }
        assert_eq!(tries, [0, 1, 3, 7, 15, 23, 31, 39]);
    }

    #[test]
    fn a_bootloader_is_the_answer_only_where_nothing_else_can_come() {
        let desk = Desk::new();
        let mut census = Census::default();
        let (one, other) = (desk.plug("one"), desk.plug("other"));
        census.take_in(at(0), &listing(&[&one, &other]));
        census.put_off(&one, at(0), true);
        assert_eq!(census.sole_bootloader(), None);
        census.settle(&other, Some(UNIT));
        assert_eq!(census.sole_bootloader(), Some(&one));
        census.put_off(&one, at(1), false);
        assert_eq!(census.sole_bootloader(), None);
    }
}
