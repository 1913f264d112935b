//! `mailglean report`: an old result again, in another format or language, for other readers.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use super::output::{self, Existing};
use super::{Failure, Outcome, result};
use crate::report::{Audience, FORMATS, Lang, Look};

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
    /// Who reads it: dpo gets all that the result holds, management and team numbers only, person the own mailbox. An
    /// html page then has the sections for them.
    #[arg(long = "for", value_name = "READER", default_value = "dpo", value_parser = readers())]
    reader: String,
    /// Write to this file, for its user alone, instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    overwrite: bool,
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

fn readers() -> clap::builder::PossibleValuesParser {
    Audience::ALL.map(Audience::name).into()
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
    let audience = Audience::ALL.into_iter().find(|audience| audience.name() == args.reader).unwrap_or_default();
    let report = report.at_most(audience.level());
    let colour = args.out.is_none() && colour();
    let look = Look { lang: language(&args.lang), colour, audience, overdue: result::overdue(&report) };
    let Some(format) = FORMATS.iter().find(|format| format.name == args.format) else {
        let what = format!("there is no format '{}'", args.format);
        return Err(Failure { outcome: Outcome::Usage, what, hints: Vec::new() });
    };
    match &args.out {
        None => result::print(|out| (format.write)(&report, look, out))?,
        Some(path) => {
            let mut bytes = Vec::new();
            let broken = |_| Failure::new(Outcome::Internal, format!("cannot render '{}'", format.name));
            (format.write)(&report, look, &mut bytes).map_err(broken)?;
            let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
            output::to_file(path, &bytes, existing)?;
        }
    }
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
