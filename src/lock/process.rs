//! Which process has locked a file. Linux tells in `/proc/locks`; other systems do not tell.

use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt;

/// A process, as it is told of to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its command line, fit for a screen; empty if the system does not show it to this user.
    pub command: String,
    /// When it started.
    pub started: Option<DateTime<Utc>>,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.id)?;
        if let Some(started) = self.started {
            write!(f, ", started {}", started.to_rfc3339_opts(SecondsFormat::Secs, true))?;
        }
        if !self.command.is_empty() {
            write!(f, ": {}", self.command)?;
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
impl Process {
    /// The process that has locked the file at a path: not known on this system.
    pub(super) fn that_locks(_: &std::path::Path) -> Option<Self> {
        None
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::Process;
    use chrono::{DateTime, Utc};
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// So much of a command line is told, in characters.
    const LONGEST: usize = 160;

    impl Process {
        /// The process that has locked the file at a path, if one has and the system shows it to this user.
        pub(in crate::lock) fn that_locks(path: &Path) -> Option<Self> {
            let file = fs::metadata(path).ok()?;
            let (major, minor) = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
            let id = holder(&fs::read_to_string("/proc/locks").ok()?, major, minor, file.ino())?;
            Some(Self { id, command: command(id).unwrap_or_default(), started: started(id) })
        }
    }

    /// Finds the holder of a whole-file lock, as in `1: FLOCK  ADVISORY  WRITE 4711 00:1a:3 0 EOF`. Who only waits for
    /// one has an arrow in the second place.
    fn holder(locks: &str, major: u32, minor: u32, inode: u64) -> Option<u32> {
        let wanted = format!("{major:02x}:{minor:02x}:{inode}");
        locks.lines().find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            match fields.as_slice() {
                [_, "FLOCK", _, _, id, file, ..] if *file == wanted => id.parse().ok(),
                _ => None,
            }
        })
    }

    fn command(id: u32) -> Option<String> {
        let bytes = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        let text: Vec<_> = words.map(String::from_utf8_lossy).collect();
        let shown = text.join(" ");
        // It was written by whoever started that process, and goes to this user's screen.
        let shown = shown.chars().map(|c| if c.is_control() { '?' } else { c });
        Some(shown.take(LONGEST).collect())
    }

    fn started(id: u32) -> Option<DateTime<Utc>> {
        let ticks = start_in_ticks(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?;
        let system = fs::read_to_string("/proc/stat").ok()?;
        let boot: i64 = system.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        let seconds = i64::try_from(ticks / rustix::param::clock_ticks_per_second()).ok()?;
        DateTime::from_timestamp(boot.checked_add(seconds)?, 0)
    }

    /// The 22nd field of `/proc/ID/stat`. The second, the name, may hold spaces and brackets.
    fn start_in_ticks(stat: &str) -> Option<u64> {
        let (_, after_name) = stat.rsplit_once(')')?;
        after_name.split_whitespace().nth(19)?.parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_who_has_the_lock_is_its_holder() {
            let locks = "1: FLOCK  ADVISORY  WRITE 12 00:1a:3 0 EOF\n1: -> FLOCK  ADVISORY  WRITE 13 00:1a:3 0 EOF\n\
                         2: POSIX  ADVISORY  WRITE 14 00:1a:4 0 EOF\n3: FLOCK  ADVISORY  WRITE 15 08:02:4 0 EOF\n";
            assert_eq!(holder(locks, 0, 0x1a, 3), Some(12));
            assert_eq!(holder(locks, 0, 0x1a, 4), None);
            assert_eq!(holder(locks, 8, 2, 4), Some(15));
            assert_eq!(holder("nonsense\n\n1:\n", 0, 0, 0), None);
        }

        #[test]
        fn a_name_with_brackets_hides_no_start() {
            let fields = (3..=52).map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
            assert_eq!(start_in_ticks(&format!("7 (a) b) {fields}")), Some(22));
            assert_eq!(start_in_ticks("7 (a"), None);
        }
    }
}
