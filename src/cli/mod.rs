//! What the command line offers: arguments in, an exit code out.

pub mod simulate;
