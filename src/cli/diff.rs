//! `mailglean diff`: what changed since the last audit, and why.

use std::path::PathBuf;

use super::report::language;
use super::{Failure, Outcome, result};
use crate::report::{Look, diff};

#[derive(clap::Args)]
pub struct Args {
    /// The older result.json.
    old: PathBuf,
    /// The newer result.json, or - for stdin.
    new: PathBuf,
    /// How the answer looks.
    #[arg(long, short, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// Language of the answer.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Read results that are past their date.
    #[arg(long)]
    overdue: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let (old, new) = (result::read(&args.old, args.overdue)?, result::read(&args.new, args.overdue)?);
    let found = diff(&old, &new);
    let look = Look { lang: language(&args.lang), ..Look::default() };
    result::print(|out| if args.format == "json" { found.json(out) } else { found.text(look, out) })?;
    Ok(Outcome::Done)
}
