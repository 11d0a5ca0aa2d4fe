//! What a unit's line carries when this driver is at its other end: reads a second and what part of the line's limit
//! that is, how long single reads and verified writes take, and a full measurement of a unit.
//!
//! `cargo bench --bench transactions [-- SECONDS]`, so many for each line of the table; 2 if not said.
//!
//! A simulated unit with a modelled line runs in another process, behind a pseudo-terminal, so that what is counted here
//! is the driver's alone. System calls and processor time are what Linux counts; elsewhere they are left out.

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    over_a_port::main()
}

#[cfg(not(unix))]
fn main() {
    println!("this system has no pseudo-terminals");
}

#[cfg(unix)]
mod over_a_port {
    use batlab_run::clock::{Clock, Instant, SystemClock};
    use batlab_run::driver::{Config, Line, Output, Request};
    use batlab_run::identity::Slot;
    use batlab_run::manual::{self, Thermistors};
    use batlab_run::pool::MetUnit;
    use batlab_run::transport::serial::Serial;
    use batlab_run::wire::{Address, Mode, Setpoint, cell, unit};
    use std::error::Error;
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;
    use std::time::Duration;

    type Fault = Box<dyn Error>;

    /// Seconds for each line of the table, if not said otherwise.
    const SECONDS: u64 = 2;
    /// Passes of the unit's main loop in a second, each of which takes a command; and with four active cells.
    const PASSES: [(&str, f64); 2] = [("idle", 1e6 / 700.0), ("four cells active", 1e6 / 860.0)];
    /// Amperes through each active cell, in steps of 1/128 A: the cells are small.
    const STEPS: u16 = 8;

    pub fn main() -> Result<(), Fault> {
        let seconds = std::env::args().filter_map(|it| it.parse().ok()).next().unwrap_or(SECONDS);
        let scratch = tempfile::tempdir()?;
        let port = scratch.path().join("u");
        let _unit = Simulated::start(&port)?;
        for (name, passes) in PASSES {
            println!("{name}: the main loop takes {passes:.0} commands/s");
            let mut host = Host::open(&port, Config::default())?;
            host.set(if name == "idle" { Mode::Idle } else { Mode::Discharge })?;
            host.latencies(seconds)?;
            host.measurements(seconds)?;
            for in_flight in [1, 4, Config::default().in_flight, 8, Config::MOST_IN_FLIGHT] {
                // A port is open once at a time.
                drop(host);
                host = Host::open(&port, Config { in_flight, ..Config::default() })?;
                host.throughput(in_flight, passes, seconds)?;
            }
        }
        Host::open(&port, Config::default())?.set(Mode::Idle)
    }

    struct Simulated(Child);

    impl Simulated {
        fn start(port: &Path) -> Result<Self, Fault> {
            let mut child = Command::new(env!("CARGO_BIN_EXE_batlab-run"))
                .args(["simulate", "--line", "modelled", "--link"])
                .arg(port)
                .stdout(Stdio::piped())
                .spawn()?;
            let mut said = BufReader::new(child.stdout.take().ok_or("its output is not to be read")?);
            let simulated = Self(child);
            let mut line = String::new();
            while !line.contains("simulating at") {
                line.clear();
                if said.read_line(&mut line)? == 0 {
                    return Err("the simulation did not start".into());
                }
            }
            Ok(simulated)
        }
    }

    impl Drop for Simulated {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    struct Host {
        line: Line,
        clock: Arc<dyn Clock>,
    }

    impl Host {
        fn open(port: &Path, config: Config) -> Result<Self, Fault> {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
            let serial = Serial::open(port, Arc::clone(&clock))?;
            let mut line = Line::new(Box::new(serial), Arc::clone(&clock), config);
            line.start()?;
            Ok(Self { line, clock })
        }

        /// Brings all four cells into a mode.
        fn set(&mut self, mode: Mode) -> Result<(), Fault> {
            for slot in Slot::ALL {
                self.line.write(cell::CURRENT_SETPOINT.at(slot), steps(STEPS)?)?;
                self.line.write(cell::MODE.at(slot), mode)?;
            }
            Ok(())
        }

        /// Reads a second, where the next are always asked for already.
        fn throughput(&mut self, in_flight: usize, passes: f64, seconds: u64) -> Result<(), Fault> {
            let (calls, core) = (calls(), core());
            let begin = self.clock.now();
            let end = begin + Duration::from_secs(seconds);
            let (mut read, mut failed) = (0_usize, 0_usize);
            for _ in 0..2 {
                self.line.submit(Request::ReadMany(twelve_of_each()));
            }
            while self.clock.now() < end {
                self.line.pump(end)?;
                while let Some(output) = self.line.next_output() {
                    if let Output::Reply { result, .. } = output {
                        match result {
                            Ok(_) => read += twelve_of_each().len(),
                            Err(_) => failed += 1,
                        }
                        self.line.submit(Request::ReadMany(twelve_of_each()));
                    }
                }
            }
            let took = (self.clock.now() - begin).as_secs_f64();
            let rate = read as f64 / took;
            print!(
                "  {in_flight:>2} in flight {rate:>10.0} reads/s, {:>5.1} % of that",
                rate / passes * 100.0
            );
            if let Some(calls) = self::calls().zip(calls).map(|(after, before)| after - before) {
                print!("; {:.0} reads and writes of the port for 100", 100.0 * calls as f64 / read as f64);
            }
            if let Some(core) = self::core().zip(core).map(|(after, before)| after - before) {
                print!("; {:.1} us of processor time each", core / read as f64 * 1e6);
            }
            println!("{}", if failed > 0 { format!("; {failed} failed") } else { String::new() });
            Ok(())
        }

        /// How long one at a time takes.
        fn latencies(&mut self, seconds: u64) -> Result<(), Fault> {
            let read = self.times(seconds, |line| {
                line.read(unit::FIRMWARE_VER)?;
                Ok(())
            })?;
            tell("a read", read);
            let mut more = 0;
            let write = self.times(seconds, |line| {
                more = (more + 1) % STEPS;
                line.write(cell::CURRENT_SETPOINT.at(Slot::ALL[0]), steps(STEPS + more)?)?;
                Ok(())
            })?;
            tell("a verified write", write);
            Ok(())
        }

        /// How long a full measurement takes: of a unit as `batlab-run measure` has it, and of twelve registers of each cell.
        fn measurements(&mut self, seconds: u64) -> Result<(), Fault> {
            let all = self.times(seconds, |line| {
                line.read_many(twelve_of_each())?;
                Ok(())
            })?;
            tell("12 registers x 4 cells", all);
            let firmware = self.line.read(unit::FIRMWARE_VER)?;
            let mut unit = MetUnit { line: self.line.hang_up(), serial: None, firmware };
            let thermistors = Thermistors::read(&mut unit.line)?;
            let mut times = Vec::new();
            let end = self.clock.now() + Duration::from_secs(seconds);
            while self.clock.now() < end {
                let begin = self.clock.now();
                manual::measure(&mut unit, &Slot::ALL, &thermistors)?;
                times.push(self.clock.now() - begin);
            }
            self.line = unit.line;
            tell("batlab-run measure", times);
            Ok(())
        }

        /// How long something took, each time for so many seconds.
        fn times(
            &mut self,
            seconds: u64,
            mut once: impl FnMut(&mut Line) -> Result<(), Fault>,
        ) -> Result<Vec<Duration>, Fault> {
            let mut times = Vec::new();
            let end = self.clock.now() + Duration::from_secs(seconds);
            loop {
                let begin: Instant = self.clock.now();
                if begin >= end {
                    return Ok(times);
                }
                once(&mut self.line)?;
                times.push(self.clock.now() - begin);
            }
        }
    }

    /// A setpoint of so many steps.
    fn steps(steps: u16) -> Result<Setpoint, Fault> {
        Setpoint::steps(steps).ok_or_else(|| "the register holds no such setpoint".into())
    }

    fn tell(what: &str, mut times: Vec<Duration>) {
        times.sort();
        let at =
            |part: f64| times.get(((times.len() - 1) as f64 * part) as usize).copied().unwrap_or_default();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "  {what:<24} {:>7.2} ms (median of {}), 90 %: {:.2}, 99 %: {:.2}, longest: {:.2}",
            ms(at(0.5)),
            times.len(),
            ms(at(0.9)),
            ms(at(0.99)),
            ms(at(1.0))
        );
    }

    /// Twelve registers of each cell.
    fn twelve_of_each() -> Vec<Address> {
        let of = |slot| {
            [
                cell::MODE.at(slot).address(),
                cell::ERROR.at(slot).address(),
                cell::STATUS.at(slot).address(),
                cell::CURRENT_SETPOINT.at(slot).address(),
                cell::REPORT_INTERVAL.at(slot).address(),
                cell::TEMPERATURE.at(slot).address(),
                cell::CURRENT.at(slot).address(),
                cell::VOLTAGE.at(slot).address(),
                cell::CHARGEL.at(slot).address(),
                cell::CHARGEH.at(slot).address(),
                cell::VOLTAGE_LIMIT_CHG.at(slot).address(),
                cell::VOLTAGE_LIMIT_DCHG.at(slot).address(),
            ]
        };
        Slot::ALL.into_iter().flat_map(of).collect()
    }

    /// How often this process has read or written anything.
    fn calls() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/self/io").ok()?;
        let count =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        Some(count("syscr:")? + count("syscw:")?)
    }

    /// Seconds of processor time of this thread.
    fn core() -> Option<f64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
    }
}
