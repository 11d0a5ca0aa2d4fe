//! `import` and `export`: recipes and results from and for other tools.

use super::args::Settings;
use super::failure::Failure;
use super::say;
use super::script::Script;
use crate::diagnostic::Source;
use crate::exchange::{
    self, CellHint, ExportError, Exported, Fate, ImportError, Note, Origin, to_pybamm, to_unicycler,
};
use crate::plan::Plan;
use crate::recipe::Chemistry;
use crate::record::create;
use crate::units::Coulombs;
use crate::verdict::Exit;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a foreign file is made into a recipe from.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  batlab-run import settings.json -o cycle.toml             the vendor's settings, of the library or the desktop program
  batlab-run import --capacity \"3 Ah\" playlist.json         the recipe on standard output
  batlab-run import --from pybamm experiment.txt            one step a line, or a JSON list of them
  batlab-run import --json protocol.json | jq .notes

The recipe is proved before it is given. What became of every key that is not carried over as it stands is told on
standard error, and with --json on standard output.

Exit codes: 0 there is a recipe; 2 the file is wrong, or no recipe that does the same may be run.")]
pub struct ImportArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is, where that is not plain from what stands in it.
    #[arg(long, value_enum)]
    from: Option<From>,
    /// Write the recipe to this file, which must not exist yet; without it, to standard output.
    #[arg(long, short, value_name = "RECIPE.toml")]
    output: Option<PathBuf>,
    /// The nominal capacity of the cells, such as "2.5 Ah".
    #[arg(long)]
    capacity: Option<Coulombs>,
    /// The chemistry of the cells.
    #[arg(long, value_enum)]
    chemistry: Option<OfCell>,
    /// Print the recipe and the notes as JSON.
    #[arg(long)]
    json: bool,
}

/// What is said as another tool has it, and how.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  batlab-run export --format unicycler recipes/cycle.toml -o protocol.json
  batlab-run export --format pybamm --set cycles=3 recipes/cycle.toml
  batlab-run export --format vendor-csv runs/20260131T215500Z_capacity

What cannot be said there is told on standard error, and with --json on standard output. The vendor's log goes into the
run's own directory, vendor-csv, unless -o names another one.")]
pub struct ExportArgs {
    /// As what.
    #[arg(long, value_enum)]
    format: Format,
    /// The recipe; for vendor-csv the directory of a run.
    #[arg(value_name = "RECIPE|DIR")]
    path: PathBuf,
    /// Write to this file, which must not exist yet, and for vendor-csv into this directory.
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Values for the recipe's parameters.
    #[command(flatten)]
    settings: Settings,
    /// Give each cell a file of its own in vendor-csv, with a header.
    #[arg(long)]
    individual: bool,
    /// Print the text and the notes as JSON.
    #[arg(long)]
    json: bool,
}

/// Tools whose files can be read.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// Settings of the vendor's Python library, or a playlist of the vendor's desktop program.
    Vendor,
    /// A protocol of aurora-unicycler.
    Unicycler,
    /// Steps of a PyBaMM experiment.
    Pybamm,
}

/// Tools for which something can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A protocol of aurora-unicycler, as JSON.
    Unicycler,
    /// Steps of a PyBaMM experiment, as a JSON list.
    Pybamm,
    /// The log of the vendor's Python library, from the directory of a run.
    VendorCsv,
}

/// Chemistries that have an envelope.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OfCell {
    /// Layered oxides against graphite.
    LiIon,
    /// Iron phosphate against graphite.
    Lfp,
}

/// Makes a recipe of a foreign file.
pub(super) fn import(args: &ImportArgs) -> Result<Exit, Failure> {
    let source = Source::from_file(&args.file)?;
    let from = args.from.map(|from| match from {
        From::Vendor => Origin::Vendor,
        From::Unicycler => Origin::Unicycler,
        From::Pybamm => Origin::Pybamm,
    });
    let chemistry = args.chemistry.map(|of| match of {
        OfCell::LiIon => Chemistry::LiIon,
        OfCell::Lfp => Chemistry::Lfp,
    });
    let hint = CellHint { chemistry, capacity: args.capacity };
    if args.capacity.is_some_and(|capacity| capacity.0 <= 0.0) {
        return Err(Failure::refused("--capacity: a capacity is above zero"));
    }
    let path = source.path.as_str();
    let imported = exchange::import(&source.text, from, hint).map_err(|error| match error {
        ImportError::Json { line, column, what } => {
            Failure::refused(format!("{path}:{line}:{column}: this is no JSON: {what}"))
                .hint("steps for PyBaMM, one a line, are read with --from pybamm")
        }
        ImportError::Unsafe { recipe, problems } => {
            let shown = Failure::problems(&recipe, &problems);
            let why = format!("{path}: a recipe that does the same cannot be run\n{}", shown.text.trim_end());
            Failure { text: format!("error: {why}"), ..shown }
        }
        other => Failure::refused(format!("{path}: {other}")),
    })?;
    if args.from.is_none() && !args.json {
        say::complain(format_args!("{path} is taken for {}", imported.origin));
    }
    let out = Out { output: args.output.as_deref(), json: args.json };
    out.give("recipe", &imported.recipe, &imported.notes, json!({ "from": imported.origin }))
}

/// Says a recipe or a run as another tool has it.
pub(super) fn export(args: &ExportArgs) -> Result<Exit, Failure> {
    let write: fn(&Plan) -> Result<Exported, ExportError> = match args.format {
        Format::VendorCsv => return vendor_csv(args),
        Format::Unicycler => to_unicycler,
        Format::Pybamm => to_pybamm,
    };
    if args.individual {
        return Err(Failure::refused("--individual goes with --format vendor-csv"));
    }
    let script = Script::open(&args.path, &args.settings)?;
    let plan = script.prove()?;
    let mut exported =
        write(&plan).map_err(|error| Failure::refused(format!("{}: {error}", args.path.display())))?;
    for key in ["notify", "test"] {
        if script.source.has_at_its_top(key) {
            exported.notes.push(Note::new(Fate::NotCarried, key, "is of this program, and not said there"));
        }
    }
    let out = Out { output: args.output.as_deref(), json: args.json };
    out.give("text", &exported.text, &exported.notes, json!({}))
}

/// Writes the vendor's log of a run.
fn vendor_csv(args: &ExportArgs) -> Result<Exit, Failure> {
    if !args.settings.set.is_empty() || args.settings.reference.is_some() {
        return Err(Failure::refused("--set and --reference go with recipes; a run has its values already"));
    }
    let out = args.output.clone().unwrap_or_else(|| args.path.join("vendor-csv"));
    let logs = exchange::write_vendor_logs(&args.path, &out, args.individual).map_err(Failure::refused)?;
    let files: Vec<String> = logs.files.iter().map(|path| path.display().to_string()).collect();
    let notes = [
        "VCC and the three columns without a name (setpoints and duty) stay empty: a run does not record them",
        "times are UTC; the original's are of the place where it ran",
        "charge and energy begin at zero with each step; energy is the integral of voltage and current, not charge times a mean",
    ];
    if args.json {
        let value = json!({ "files": files, "lines": logs.lines, "torn": logs.torn, "notes": notes });
        say::out(format_args!("{value:#}\n"));
        return Ok(Exit::Passed);
    }
    for cell in &logs.torn {
        say::complain(format_args!("warning: the last row of {cell} was not written whole; it is left out"));
    }
    notes.iter().for_each(|note| say::complain(format_args!("note: {note}")));
    files.iter().for_each(|file| say::out(format_args!("log: {file}\n")));
    Ok(Exit::Passed)
}

/// Where a text and its notes go.
struct Out<'a> {
    output: Option<&'a Path>,
    json: bool,
}

impl Out<'_> {
    /// Gives both. `what` is what the text is called in JSON, `more` what else stands there.
    fn give(
        &self,
        what: &str,
        text: &str,
        notes: &[Note],
        mut more: serde_json::Value,
    ) -> Result<Exit, Failure> {
        if let Some(path) = self.output {
            create(path, text.as_bytes()).map_err(Failure::not_created)?;
        }
        if self.json {
            more[what] = text.into();
            more["output"] = json!(self.output.map(|path| path.display().to_string()));
            more["notes"] = json!(notes);
            say::out(format_args!("{more:#}\n"));
            return Ok(Exit::Passed);
        }
        notes.iter().for_each(say::complain);
        match self.output {
            Some(path) => say::out(format_args!("{what}: {}\n", path.display())),
            None => say::out(text),
        }
        Ok(Exit::Passed)
    }
}
