//! `mailglean inspect`: one message (or JSON Lines), line by line.

use super::{Failure, Outcome};

#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: &Args) -> Result<Outcome, Failure> {
    Ok(Outcome::Done)
}
