//! `mailglean schema`: the JSON Schema of the result file.

use super::{Failure, Outcome, result};
use crate::report::JSON_SCHEMA;

#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<Outcome, Failure> {
    result::print(|out| out.write_all(JSON_SCHEMA.as_bytes()))?;
    Ok(Outcome::Done)
}
