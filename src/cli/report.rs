//! `mailglean report`: an old result again, in another format or language.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::{Failure, Outcome, result};
use crate::report::{FORMATS, Lang, Look};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// How it looks.
    #[arg(long, short, default_value = "text", value_parser = formats())]
    format: String,
    /// Language of the report.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Show a result that is past its date.
    #[arg(long)]
    overdue: bool,
}

fn formats() -> clap::builder::PossibleValuesParser {
    FORMATS
        .iter()
        .map(|format| clap::builder::PossibleValue::new(format.name).help(format.about))
        .collect::<Vec<_>>()
        .into()
}

/// The language of a `--lang` value.
pub(super) fn language(tag: &str) -> Lang {
    Lang::ALL.into_iter().find(|lang| lang.tag() == tag).unwrap_or_default()
}

/// Whether emphasis by escapes is welcome on stdout.
pub(super) fn colour() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let look = Look { lang: language(&args.lang), colour: colour() };
    let Some(format) = FORMATS.iter().find(|format| format.name == args.format) else {
        let what = format!("there is no format '{}'", args.format);
        return Err(Failure { outcome: Outcome::Usage, what, hints: Vec::new() });
    };
    result::print(|out| (format.write)(&report, look, out))?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
