//! Protocols of aurora-unicycler (schema of version 0.4.6), in and out.

mod fields;
mod loops;
mod read;
mod steps;
mod write;

pub(super) use read::read;
pub(super) use write::write;
