//! `mailglean directory`: what any other member could look up afterwards.

use std::path::PathBuf;

use super::report::language;
use super::{Failure, Outcome, result};
use crate::profile::Bound;
use crate::report::{Look, NoRecords, Search, look_up};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// Company or name where the result shows them; else id, class, kind of data, month. Every word has to match.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    search: String,
    /// By which profile of the result; the first if not given.
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// In which reading.
    #[arg(long, default_value = "permitted", value_parser = ["declared", "permitted"])]
    bound: String,
    /// How many records the text shows.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// How the answer looks.
    #[arg(long, short, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// Language of the answer.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Read a result that is past its date.
    #[arg(long)]
    overdue: bool,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let bound = if args.bound == "declared" { Bound::Declared } else { Bound::Permitted };
    let search = Search { text: args.search.clone(), profile: args.profile.clone(), bound };
    let found = look_up(&report, &search).map_err(|error| {
        let outcome = if matches!(error, NoRecords::Profile(_)) { Outcome::Usage } else { Outcome::BadInput };
        Failure::new(outcome, error.to_string()).hint(error.hint())
    })?;
    let look = Look { lang: language(&args.lang), ..Look::default() };
    result::print(|out| if args.format == "json" { found.json(out) } else { found.text(look, args.limit, out) })?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
