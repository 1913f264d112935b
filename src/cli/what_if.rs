//! `mailglean what-if`: rules, their price, and the smallest set of them.

use std::path::PathBuf;

use super::report::language;
use super::{Failure, Outcome, result};
use crate::assess::whatif::Goal;
use crate::report::{Look, Question, what_if};

#[derive(clap::Args)]
#[command(after_help = RULES)]
pub struct Args {
    /// A result.json, or - for stdin.
    result: PathBuf,
    /// A rule, counted together with the others named; `folder:*` is all of a kind. May be given more than once.
    #[arg(long = "rule", value_name = "RULE")]
    rules: Vec<String>,
    /// How many people may be left: seek the smallest set for that [default: 0].
    #[arg(long, value_name = "N")]
    target: Option<u64>,
    /// Which people: private, bystander or headline, .low (declared) or .high (permitted).
    #[arg(long, value_name = "FIGURE", default_value = "private.low", value_parser = figures())]
    figure: String,
    /// How many business contacts the set may cost at most.
    #[arg(long, value_name = "N")]
    max_lost: Option<u64>,
    /// By which profile of the result; the first if not given.
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
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

const RULES: &str = "\
Rules:
  customers-only       only domains where a business contact is
  wrote-to-me          only people who wrote to the owner
  no-quoted-text       nothing from quoted or forwarded text
  inbox-and-sent       no other folder
  switch:EXCLUSION     what profiles know: reciprocity_only, own_domain, role_addresses, automated_mail ...
  freemail:LIST        minimal_us, portal_mid, portal_max, de_extended
  window:DAYS          the first reading goes back no further
  channel:PLACE        cc, signature, quoted_signature, footer, address_book ... is not read
  provider:KIND        free-mail, access-provider, paid-mail, relay, disposable, mixed
  folder:ALIAS         as the result names it
  domain:ALIAS         as the result names it";

fn figures() -> clap::builder::PossibleValuesParser {
    Goal::all().map(|goal| clap::builder::PossibleValue::new(goal.name())).collect::<Vec<_>>().into()
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = result::read(&args.result, args.overdue)?;
    let question = Question {
        rules: args.rules.clone(),
        goal: Goal::all().find(|goal| goal.name() == args.figure).unwrap_or_default(),
        target: args.target.unwrap_or(0),
        smallest: args.target.is_some(),
        most_lost: args.max_lost,
        profile: args.profile.clone(),
    };
    let answer = what_if(&report, &question).map_err(|error| {
        let outcome = if error.is_usage() { Outcome::Usage } else { Outcome::BadInput };
        Failure { outcome, what: error.to_string(), hints: error.hint().into_iter().collect() }
    })?;
    let look = Look { lang: language(&args.lang), ..Look::default() };
    result::print(|out| if args.format == "json" { answer.json(out) } else { answer.text(&report, look, out) })?;
    Ok(if report.complete { Outcome::Done } else { Outcome::Incomplete })
}
