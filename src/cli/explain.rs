//! `mailglean explain`: why one person of a result is counted.

use std::path::PathBuf;

use super::report::language;
use super::{Failure, Outcome, result};
use crate::report::{Level, Look, explain, find};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// A person's id as the report shows it, or its beginning.
    id: String,
    /// Language of the answer.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Read a result that is past its date.
    #[arg(long)]
    overdue: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let found = find(&report, &args.id);
    let failed = |what: String, hint: &str| Failure { outcome: Outcome::BadInput, what, hints: vec![hint.into()] };
    match found.as_slice() {
        [contact] => {
            result::print(|out| explain(&report, contact, Look { lang: language(&args.lang), ..Look::default() }, out))?
        }
        [] if report.evidence.level == Level::Counts => {
            return Err(failed("this result holds numbers only".into(), "run the audit with --evidence pseudonyms"));
        }
        [] => {
            return Err(failed(
                "no person of this result has that id".into(),
                "ids stand in the csv, md and json formats",
            ));
        }
        several => {
            return Err(failed(format!("{} people have an id that starts so", several.len()), "give more of the id"));
        }
    }
    Ok(Outcome::Done)
}
