//! `batlab-run simulate`: simulated units as serial ports, for any other program.

use crate::diagnostic::{Colour, Source, SourceError, render};
use crate::simulator::Mishap;
use crate::simulator::bench::{Bench, LineKind};
use std::path::PathBuf;

/// The arguments of `batlab-run simulate`.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct SimulateArgs {
    /// Where to link the unit's pseudo-terminal; several units are linked at PATH0, PATH1, ...
    #[arg(long, value_name = "PATH")]
    pub link: PathBuf,
    /// The bench to simulate; without it, one unit with four small cells (recipes/sim/small.toml)
    #[arg(long, value_name = "BENCH.toml")]
    pub bench: Option<PathBuf>,
    /// How many simulated seconds pass in a second, from 0.01 to 1000
    #[arg(long, value_name = "N", default_value = "1", value_parser = speed)]
    pub speed: f64,
    /// Draw the cells and the units' errors from this seed instead of the bench's own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How the units' lines behave, whatever the bench says: `simple` (delays by chance), or `modelled` (USB frames, the
    /// lines between the processors with their buffers and losses, the main loop)
    #[arg(long, value_name = "KIND", value_enum)]
    pub line: Option<LineArg>,
    /// Keep the true charge, energy, capacity and resistance of every cell in this JSON file
    #[arg(long, value_name = "FILE")]
    pub books: Option<PathBuf>,
    /// Let this befall the first unit at a simulated time, such as unit-reset@10s or pull-cell:1@2min; may be
    /// given several times (the faults of docs/recipe-tests.md, but for those of the line)
    #[arg(long = "fault", value_name = "FAULT[:SLOT]@TIME")]
    pub faults: Vec<Mishap>,
}

/// What `--line` may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LineArg {
    /// Delays by chance.
    Simple,
    /// As the real one, with all that shares it.
    Modelled,
}

/// Why there is nothing to simulate, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The bench file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SourceError),
    /// The bench file is wrong; the text shows every place.
    #[error("{0}")]
    Bench(String),
    /// A port cannot be made, or failed.
    #[cfg(unix)]
    #[error(transparent)]
    Serve(#[from] crate::simulator::served::ServeError),
    /// The signals that end it cannot be caught.
    #[error("SIGINT and SIGTERM cannot be caught: {0}")]
    Signals(String),
    /// This system has no pseudo-terminals.
    #[error("this system has no pseudo-terminals; run the simulation inside a recipe's run, with --sim")]
    NoPseudoTerminals,
}

impl SimulateError {
    /// The exit code: 2 for what the command line or the bench file got wrong, 3 for what failed
    /// on the way.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreadable(_) | Self::Bench(_) | Self::NoPseudoTerminals => 2,
            Self::Signals(_) => 3,
            #[cfg(unix)]
            Self::Serve(error) => {
                use crate::simulator::served::ServeError;
                match error {
                    ServeError::Link(_) | ServeError::Books { .. } => 2,
                    ServeError::Pty { .. } | ServeError::Wait(_) => 3,
                }
            }
        }
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "this is not a number".to_owned())?;
    if (0.01..=1000.0).contains(&speed) { Ok(speed) } else { Err("it may be 0.01 to 1000".to_owned()) }
}

/// The bench that the arguments name.
///
/// # Errors
/// Its file cannot be read, or is wrong.
pub fn bench(args: &SimulateArgs) -> Result<Bench, SimulateError> {
    let mut bench = match &args.bench {
        None => Bench::small_cells(Bench::SEED),
        Some(path) => {
            let source = Source::from_file(path)?;
            Bench::parse(&source)
                .map_err(|problems| SimulateError::Bench(render(&source, &problems, Colour::Off)))?
        }
    };
    if let Some(seed) = args.seed {
        bench.seed = seed;
    }
    if let Some(line) = args.line {
        let line = match line {
            LineArg::Simple => LineKind::Simple,
            LineArg::Modelled => LineKind::Modelled,
        };
        bench.units.iter_mut().for_each(|unit| unit.line = line);
    }
    Ok(bench)
}

/// Serves the bench until SIGINT, SIGTERM or SIGHUP, then prints what truly happened in every cell.
/// Gives the exit code, which is 0.
///
/// # Errors
/// The bench is wrong, a port cannot be made, or one failed.
#[cfg(unix)]
pub fn simulate(args: &SimulateArgs) -> Result<u8, SimulateError> {
    use crate::simulator::served::{Options, Service};
    use std::io::Write;

    let bench = bench(args)?;
    let signals = |error: &dyn std::fmt::Display| SimulateError::Signals(error.to_string());
    let (stop, mut ask) = std::io::pipe().map_err(|error| signals(&error))?;
    crate::scheduler::listen(move |_| {
        // If this fails, the other end is gone, and so is what should be stopped.
        let _ = ask.write_all(&[0]);
    })
    .map_err(|error| signals(&error))?;

    let (link, books, mishaps) = (args.link.clone(), args.books.clone(), args.faults.clone());
    let options = Options { link, speed: args.speed, books, mishaps };
    let mut service = Service::open(&bench, &options)?;
    // Whoever reads this output may have gone; the units stay.
    let mut out = std::io::stdout();
    for (serial, link, device) in service.ports() {
        let _ = writeln!(out, "unit {serial}: {} -> {}", link.display(), device.display());
    }
    let _ = writeln!(out, "simulating at {} times real time; Ctrl-C ends it", args.speed);
    let _ = out.flush();
    service.run(&stop)?;
    let _ = write!(out, "\nWhat truly passed in the simulated cells:\n{}", service.summary());
    Ok(0)
}

/// Says that this system cannot do it.
///
/// # Errors
/// Always, once the bench has been found good.
#[cfg(not(unix))]
pub fn simulate(args: &SimulateArgs) -> Result<u8, SimulateError> {
    bench(args)?;
    Err(SimulateError::NoPseudoTerminals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: SimulateArgs,
    }

    fn parse(words: &[&str]) -> Result<SimulateArgs, String> {
        Line::try_parse_from([&["simulate"], words].concat()).map(|l| l.args).map_err(|e| e.to_string())
    }

    #[test]
    fn without_a_bench_small_cells_lie_in_one_unit() {
        let args = parse(&["--link", "u"]).unwrap();
        assert_eq!(args.speed, 1.0);
        assert_eq!(bench(&args).unwrap(), Bench::small_cells(1));
        let other = bench(&parse(&["--link", "u", "--seed", "9"]).unwrap()).unwrap();
        assert_eq!(other, Bench::small_cells(9));
        assert_eq!(other.units[0].line, LineKind::Simple);
        let modelled = bench(&parse(&["--link", "u", "--line", "modelled"]).unwrap()).unwrap();
        assert_eq!(modelled.units[0].line, LineKind::Modelled);
    }

    #[test]
    fn wrong_arguments_say_what_is_allowed() {
        assert!(parse(&[]).unwrap_err().contains("--link"));
        let message = parse(&["--link", "u", "--line", "fast"]).unwrap_err();
        assert!(message.contains("simple, modelled"), "{message}");
        for bad in ["0", "-1", "nan", "inf", "1e9", "fast"] {
            let message = parse(&["--link", "u", &format!("--speed={bad}")]).unwrap_err();
            assert!(message.contains("--speed"), "{message}");
        }
    }

    #[test]
    fn a_wrong_bench_is_the_command_lines_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench.toml");
        let args = |path: &std::path::Path| SimulateArgs {
            link: folder.path().join("u"),
            bench: Some(path.to_owned()),
            speed: 1.0,
            seed: None,
            line: None,
            books: None,
            faults: Vec::new(),
        };
        let missing = simulate(&args(&path)).unwrap_err();
        assert_eq!(missing.exit_code(), 2);
        assert!(missing.to_string().contains("bench.toml"));
        std::fs::write(&path, "[[units]]\nserial = 1\n").unwrap();
        let wrong = simulate(&args(&path)).unwrap_err();
        assert_eq!(wrong.exit_code(), 2);
        assert!(wrong.to_string().contains("did you mean `unit`?"), "{wrong}");
    }
}
