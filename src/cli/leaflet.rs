//! `mailglean leaflet`: one page for employees, with the result's own figures.

use std::path::PathBuf;

use super::output::{self, Existing};
use super::report::language;
use super::{Failure, Outcome, result};
use crate::report::leaflet;

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// Language of the leaflet.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Whom to ask; without it a line to write on.
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Make it of a result that is past its date.
    #[arg(long)]
    overdue: bool,
    /// Write to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    overwrite: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let page = leaflet(&report, language(&args.lang), args.contact.as_deref()).map_err(|error| {
        Failure::new(Outcome::Refused, error.to_string())
            .hint("a leaflet needs a mailbox with more people; `mailglean demo` makes a result of invented ones")
    })?;
    match &args.out {
        None => output::to_stdout(page.as_bytes())?,
        Some(path) => {
            let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
            output::to_file(path, page.as_bytes(), existing)?;
            Outcome::Done
        }
    };
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
