//! `mailglean verify`: whether a result is as it was written, by whom, and what a second look at the mailbox says.

use std::fmt::Write;
use std::path::PathBuf;

use super::audit::{Mail, What, add_books, open};
use super::job::Job;
use super::output::{self, Existing};
use super::progress::Voice;
use super::sign::{self, Checked};
use super::walls::Walls;
use super::{Failure, Outcome, result, runtime, transcript};
use crate::config::Plan;
use crate::report::{self, Report};

#[derive(clap::Args)]
pub struct Args {
    /// A result.json; or what `audit --transcript` wrote, followed by the result that it belongs to.
    result: PathBuf,
    #[command(flatten)]
    again: What,
    /// The signature; default: RESULT.sig, if it is there.
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Who may sign: OpenSSH's list of allowed signers.
    #[arg(long, value_name = "FILE", requires = "signer")]
    allowed_signers: Option<PathBuf>,
    /// Who is to have signed, as that list names them.
    #[arg(long, value_name = "IDENTITY", requires = "allowed_signers")]
    signer: Option<String>,
    /// Key file of the pseudonyms, to recompute.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Verify a result that is past its date.
    #[arg(long)]
    overdue: bool,
}

pub fn run(args: Args, voice: Voice) -> Result<Outcome, Failure> {
    let bytes = result::bytes(&args.result)?;
    if transcript::is_one(&bytes) {
        return transcript::verify(&args.result, &bytes, args.again.second());
    }
    let given = result::parse(&args.result, &bytes, args.overdue)?;
    let mut page = String::new();
    let mut fine = true;
    let mut say = |what: &str, good: bool, how: &str| {
        fine &= good;
        // Writing to a String cannot fail.
        let _ = writeln!(page, "{what:<12} {}{how}", if good { "" } else { "NOT CONFIRMED: " });
    };
    say("result", true, &format!("schema {}, mailglean {}", given.schema, report::Plain(&given.program.version)));
    match report::intact(&bytes) {
        Some(true) => say("digest", true, "as it was written"),
        Some(false) => say("digest", false, "the file was changed after it was written"),
        None => say("digest", false, "the file bears none"),
    }
    let lies_there = sign::beside(&args.result);
    match args.signature.or_else(|| lies_there.exists().then_some(lies_there)) {
        None => say("signature", args.signer.is_none(), "there is none"),
        Some(signature) => {
            let allowed = args.allowed_signers.as_deref().zip(args.signer.as_deref());
            match sign::check(&bytes, &signature, allowed)? {
                Checked::ByAllowed => say("signature", true, "by the named signer"),
                Checked::BySomebody => {
                    say("signature", true, "valid; by whom was not asked (--allowed-signers, --signer)")
                }
                Checked::Wrong => say("signature", false, "it does not fit this file and signer"),
            }
        }
    }
    if args.again.named() {
        match recomputed(args.again, args.key, &given, voice)? {
            Again::Equal => say("recomputed", true, "equal"),
            Again::OtherKey => say("recomputed", false, "the result was made with another key (--key)"),
            Again::Differs(keys) => say("recomputed", false, &format!("differs in {}", keys.join(", "))),
        }
    }
    output::to_stdout(page.as_bytes())?;
    Ok(if fine { Outcome::Done } else { Outcome::BadInput })
}

enum Again {
    Equal,
    OtherKey,
    /// The result's keys under which something else stands.
    Differs(Vec<String>),
}

/// Audits the source again, as of the moment of the result and at its level, and compares.
fn recomputed(what: What, key: Option<PathBuf>, given: &Report, voice: Voice) -> Result<Again, Failure> {
    let (config, mut flags, no_sandbox) = what.wanted()?;
    if flags.profiles.is_empty() {
        flags.profiles = given.profiles.iter().map(|profile| profile.id.clone()).collect();
    }
    flags.key = key;
    let mut plan = Plan::new(config, flags)?;
    plan.evidence = given.evidence.level;
    plan.reveal.clone_from(&given.evidence.reason);
    if plan.protected_ok.is_none() {
        plan.protected_ok = given.questions.get("protected_mailbox").cloned().flatten();
    }
    let (origin, carddav) = (plan.origin.clone(), plan.carddav.clone());
    let mut job = Job::reading(plan, Existing::Keep, voice, None)?;
    if let Ok(then) = given.generated_at.parse() {
        job.now = then;
    }
    let opened = open(origin, carddav, Walls::writing([], no_sandbox), voice)?;
    let again = runtime()?.block_on(async {
        add_books(&mut job, opened.books).await?;
        match opened.mail {
            Mail::Imap(mut source) => job.read("imap", source.as_mut()).await,
            Mail::Files(mut source) => job.read("files", &mut source).await,
        }
    })?;
    let again = again.report;
    if again.evidence.key != given.evidence.key {
        return Ok(Again::OtherKey);
    }
    let value = |report: &Report| match serde_json::to_value(report) {
        Ok(serde_json::Value::Object(map)) => Ok(map),
        _ => Err(Failure::new(Outcome::Internal, "cannot compare the results")),
    };
    let (again, given) = (value(&again)?, value(given)?);
    // What the user answered, when it ends, and how the bytes came are no part of what was found.
    const APART: [&str; 5] = ["digest", "expires", "questions", "reading", "program"];
    let differs = |key: &&String| !APART.contains(&key.as_str()) && again.get(*key) != given.get(*key);
    let keys: Vec<String> =
        given.keys().chain(again.keys().filter(|key| !given.contains_key(*key))).filter(differs).cloned().collect();
    Ok(if keys.is_empty() { Again::Equal } else { Again::Differs(keys) })
}
