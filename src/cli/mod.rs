//! What the command line offers: arguments in, an exit code out.

mod args;
mod bound;
mod calibration;
mod campaign;
mod cell_list;
mod check;
mod conduct;
mod dry_run;
mod exchange;
mod failure;
mod firmware;
mod handles;
mod lost;
mod lost_units;
mod manual;
mod notify;
mod observe;
mod operator;
pub mod pool;
mod queue;
mod report;
pub mod resume;
mod room;
mod run;
mod say;
mod script;
pub mod simulate;
mod test;
mod units;
mod watch;

pub use args::{Command, CommandLine};

use crate::verdict::Exit;
use args::SchemaOf;
use clap::Parser;
use failure::Failure;

/// Does what the command line says, and gives the exit code.
pub fn main() -> u8 {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Where nobody reads, there is nobody to tell that nothing could be told.
            let _ = error.print();
            // Help and version are asked for, everything else is wrong.
            return if error.use_stderr() { Exit::Refused.code() } else { Exit::Passed.code() };
        }
    };
    match std::panic::catch_unwind(|| dispatch(line)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            say::complain(failure.text.trim_end());
            failure.exit.code()
        }
        // The panic has told where; whatever was energised was made safe as it unwound.
        Err(_) => Exit::Defect.code(),
    }
}

fn dispatch(line: CommandLine) -> Result<u8, Failure> {
    match line.command {
        None => run::run(&line.run).map(Exit::code),
        Some(Command::Plan { recipe, settings, json, no_dry_run, sim, seed }) => {
            let on = (!no_dry_run).then_some(dry_run::On { bench: sim.as_deref(), seed });
            check::plan(&recipe, &settings, json, on.as_ref()).map(Exit::code)
        }
        Some(Command::Test { paths, update, json }) => test::test(&paths, update, json).map(Exit::code),
        Some(Command::Check { recipes, settings, format }) => {
            check::check(&recipes, &settings, format).map(Exit::code)
        }
        Some(Command::Explain { code }) => check::explain(code.as_deref()).map(Exit::code),
        Some(Command::Report { directories, out }) => {
            report::report(&directories, out.as_deref()).map(Exit::code)
        }
        Some(Command::Campaign(args)) => campaign::campaign(&args).map(Exit::code),
        Some(Command::Resume(args)) => resume::resume(&args).map(Exit::code),
        Some(Command::Watch { directory, json }) => watch::watch(&directory, json).map(Exit::code),
        Some(Command::Import(args)) => exchange::import(&args).map(Exit::code),
        Some(Command::Export(args)) => exchange::export(&args).map(Exit::code),
        Some(Command::Notify { command }) => notify::command(&command).map(Exit::code),
        Some(Command::Pool { command }) => pool::command(&command).map(Exit::code),
        Some(Command::Schema { of }) => schema(of).map(Exit::code),
        Some(Command::Firmware { command }) => firmware::firmware(&command).map(Exit::code),
        Some(Command::Calibration { command }) => calibration::calibration(&command).map(Exit::code),
        Some(Command::Manual(command)) => manual::manual(*command).map(Exit::code),
        Some(Command::Simulate(args)) => simulate::simulate(&args)
            .map_err(|error| Failure { exit: exit_of(error.exit_code()), text: error.to_string() }),
    }
}

fn exit_of(code: u8) -> Exit {
    if code == Exit::Refused.code() { Exit::Refused } else { Exit::Fault }
}

fn schema(of: SchemaOf) -> Result<Exit, Failure> {
    let text = match of {
        SchemaOf::Recipe => crate::recipe::schema_text(),
        SchemaOf::Notify => crate::recipe::notify::schema_text(),
        SchemaOf::Summary => crate::record::SummaryFile::schema_text(),
        SchemaOf::Bench => {
            serde_json::to_string_pretty(&crate::simulator::bench::Bench::schema()).map(|text| text + "\n")
        }
    };
    say::out(text.map_err(|error| Failure::defect(error.to_string()))?);
    Ok(Exit::Passed)
}
