//! Disks that fill, and files that may not grow, while cells are energised.

use crate::program::Scratch;
use crate::served::{Outside, Running, serve};
use crate::{SHORT, long};
use batlab_run::event::Event;
use batlab_run::journal;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A disk of one megabyte, mounted in a scratch folder; none where the system lets nobody mount.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(scratch: &Scratch) -> Option<Self> {
        let path = scratch.file("disk");
        fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&path).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Self(path));
        }
        println!("passed over: no small disk can be mounted here");
        None
    }

    /// Somebody makes room.
    fn grow(&self) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=8m"]).arg(&self.0);
        assert!(mount.status().is_ok_and(|status| status.success()));
    }

    /// Leaves so many bytes of it, in a file that can be deleted again.
    fn leave(&self, bytes: usize) -> PathBuf {
        let path = self.0.join("filling");
        fs::write(&path, vec![1; (1 << 20) - bytes]).unwrap();
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// What the journal of a run that lost a file tells at its end.
fn tells_why(scratch: &Scratch, run: &str, why: &str) {
    let journal = journal::read(&scratch.file(&format!("{run}/journal.jsonl"))).unwrap();
    assert_eq!(journal.torn, None);
    let told = |is: &dyn Fn(&Event) -> bool| journal.entries.iter().filter(|entry| is(&entry.event)).count();
    assert_eq!(told(&|event| matches!(event, Event::Fault { what } if what.contains(why))), 1);
    assert_eq!(told(&|event| matches!(event, Event::MadeSafe { .. })), 4);
    assert_eq!(told(&|event| matches!(event, Event::StopRequested { .. })), 0, "nobody asked");
    let last = journal.entries.last().map(|entry| entry.event.clone());
    assert!(matches!(last, Some(Event::RunEnded { exit }) if exit.code() == 3), "{last:?}");
    for row in scratch.rows(&format!("{run}/summary.csv")) {
        assert_eq!(row["verdict"], "incomplete", "{}", row["why"]);
    }
}

#[test]
fn a_simulated_run_on_a_disk_that_fills_ends_safely_and_says_so() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch) else { return };
    scratch.write("endless.toml", &SHORT.replace("rest = \"2 s\"", "rest = \"50 h\""));
    let said = scratch.run(&["--sim", "--out", "disk/run", "endless.toml"]).ends_with(3);
    let said = said.complains(&["disk/run is full; make room", "Every cell was stopped", "report disk/run"]);
    assert!(said.out.contains("notice: the run may need"), "{}", said.out);
    tells_why(&scratch, "disk/run", "is full");
    // With room, all of it can be made again, and is the same.
    disk.grow();
    let before = scratch.read("disk/run/summary.json");
    fs::remove_file(scratch.file("disk/run/summary.json")).unwrap();
    scratch.run(&["report", "disk/run"]).ends_with(0);
    assert_eq!(scratch.read("disk/run/summary.json"), before);
    assert!(!scratch.file("disk/run/.reserve").exists());
}

#[test]
fn a_disk_that_fills_stops_the_cells_of_a_unit() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch) else { return };
    let _served = serve(&scratch, &[]);
    scratch.write("long.toml", &long());
    let filling = disk.leave(500_000);
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "disk/run", "long.toml"]);
    run.says("step-started", 4);
    // Whatever is left beside the reserve.
    fs::write(disk.0.join("more"), vec![1; 1 << 20]).unwrap_err();
    assert_eq!(run.ends().code(), Some(3), "{}", run.rest());
    assert!(Outside::look(&scratch, "u").is_quiet());
    tells_why(&scratch, "disk/run", "is full");
    drop(filling);
}

#[test]
fn there_is_no_run_without_room_for_its_end() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch) else { return };
    let _served = serve(&scratch, &[]);
    scratch.write("long.toml", &long());
    disk.leave(100_000);
    let said = scratch.run(&["--port", "u", "--out", "disk/run", "long.toml"]).ends_with(3);
    said.complains(&["cannot keep room for the end of the run in", "make room on that disk"]);
    assert!(Outside::look(&scratch, "u").is_quiet());
}

#[test]
fn a_directory_that_goes_away_stops_the_cells_of_a_unit() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    // A table that comes with its first row finds no directory.
    let out = "[[step]]\nname = \"out\"";
    let measuring = format!("[[step]]\nname = \"z\"\nimpedance = \"1 kHz\"\n\n{out}");
    scratch.write("short.toml", &SHORT.replace(out, &measuring));
    let mut run = Running::start(&scratch, &["--port", "u", "--json", "--out", "run", "short.toml"]);
    run.says("step-started", 4);
    fs::rename(scratch.file("run/cells"), scratch.file("run/elsewhere")).unwrap();
    assert_eq!(run.ends().code(), Some(3), "{}", run.rest());
    assert!(Outside::look(&scratch, "u").is_quiet());
    let journal = journal::read(&scratch.file("run/journal.jsonl")).unwrap();
    let tells = |event: &Event| matches!(event, Event::Fault { what } if what.contains("spectrum.csv"));
    assert!(journal.entries.iter().any(|entry| tells(&entry.event)), "{:?}", journal.entries.last());
}

/// Left to itself, the system would end the process where the limit is reached.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_others() {
    let scratch = Scratch::new();
    scratch.write("short.toml", SHORT);
    let limited =
        format!("ulimit -f 100; exec {} --sim --out run short.toml", env!("CARGO_BIN_EXE_batlab-run"));
    let done = Command::new("sh").args(["-c", &limited]).current_dir(scratch.path()).output().unwrap();
    let complaint = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(3), "{complaint}");
    assert!(complaint.contains("raise the limit on the size of files"), "{complaint}");
}
