//! The command `batlab-run`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(batlab_run::cli::main())
}
