//! `mailglean verify`: holds a transcript against the list of commands that only read, and against a result.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{Failure, Outcome, output, result};
use crate::source::imap::{Flaw, verify};

/// A transcript of a million commands is smaller than this.
const LARGEST: u64 = 1 << 30;

#[derive(clap::Args)]
pub struct Args {
    /// What `audit --transcript` wrote.
    transcript: PathBuf,
    /// The result of that audit: its hash must be that of the transcript.
    result: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let shown = args.transcript.display();
    let unreadable = |error: std::io::Error| {
        Failure::new(Outcome::NoInput, format!("cannot read '{shown}': {}", error.kind()))
            .hint("give the file that `mailglean audit --transcript FILE` wrote")
    };
    if std::fs::metadata(&args.transcript).map_err(unreadable)?.len() > LARGEST {
        return Err(Failure::new(Outcome::BadInput, format!("'{shown}' is too large for a transcript")));
    }
    let text = std::fs::read_to_string(&args.transcript).map_err(unreadable)?;
    let verified = verify(&text).map_err(|flaw| {
        let outcome = match flaw {
            Flaw::Forbidden(_) | Flaw::NotReadOnly(_) => Outcome::Changed,
            _ => Outcome::BadInput,
        };
        Failure::new(outcome, format!("'{shown}': {flaw}"))
            .hint("this transcript does not show that only reading was done")
    })?;
    let mut page = String::new();
    let total: u64 = verified.commands.values().sum();
    // Writing to a String cannot fail.
    let _ =
        writeln!(page, "Sound         {total} commands over {} connections, none that writes", verified.connections);
    if verified.unanswered > 0 {
        let _ = writeln!(page, "Unanswered    {}", verified.unanswered);
    }
    for (verb, count) in &verified.commands {
        let _ = writeln!(page, "  {verb:14} {count}");
    }
    let _ = writeln!(page, "Hash          {}", verified.chain);
    match &args.result {
        None => page.push_str("Not compared with a result: name it to see whether this is its transcript.\n"),
        Some(path) => {
            let report = result::read(path, true)?;
            let said = report.reading.proof.and_then(|proof| proof.transcript);
            if said.as_deref() != Some(verified.chain.as_str()) {
                let what = match said {
                    None => "names no transcript: the audit was run without --transcript",
                    Some(_) => "is of another audit than this transcript",
                };
                return Err(Failure::new(Outcome::BadInput, format!("'{}' {what}", path.display()))
                    .hint("give the two files that one run of `mailglean audit` wrote"));
            }
            page.push_str("The result names this very transcript.\n");
        }
    }
    output::to_stdout(page.as_bytes())
}
