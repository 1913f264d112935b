//! `mailglean leaflet`: one page for employees, with the result's own figures.

use std::path::PathBuf;

use super::output::{self, Existing};
use super::report::language;
use super::{Failure, Outcome, result};
#[cfg(feature = "pdf")]
use crate::report::leaflet_pdf;
use crate::report::{LeafletError, Report, leaflet};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// How it looks: html for a browser, pdf for exactly one A4 page.
    #[arg(long, short, default_value = "html", value_parser = formats())]
    format: String,
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

fn formats() -> clap::builder::PossibleValuesParser {
    if cfg!(feature = "pdf") { ["html", "pdf"].as_slice() } else { ["html"].as_slice() }.into()
}

/// The leaflet's bytes in the format that was asked for.
fn made(report: &Report, args: &Args) -> Result<Vec<u8>, Failure> {
    let (lang, contact) = (language(&args.lang), args.contact.as_deref());
    let refused = |error: LeafletError| {
        Failure::new(Outcome::Refused, error.to_string())
            .hint("a leaflet needs a mailbox with more people; `mailglean demo` makes a result of invented ones")
    };
    #[cfg(feature = "pdf")]
    if args.format == "pdf" {
        let paper = leaflet_pdf(report, lang, contact).map_err(refused)?;
        return paper.map_err(|error| Failure::new(Outcome::Internal, format!("cannot make the leaflet: {error}")));
    }
    leaflet(report, lang, contact).map(String::into_bytes).map_err(refused)
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let page = made(&report, args)?;
    match &args.out {
        None => output::to_stdout(&page)?,
        Some(path) => {
            let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
            output::to_file(path, &page, existing)?;
            Outcome::Done
        }
    };
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
