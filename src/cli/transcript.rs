//! A transcript of the commands: where it is written, and `mailglean verify TRANSCRIPT [RESULT]`, which holds it against the
//! list of commands that only read, and against a result.

use std::fmt::Write as _;
use std::path::Path;

use super::output::{self, Existing};
use super::{Failure, Outcome, result};
use crate::source::imap::{Flaw, Transcript, verify as replay};

/// How a transcript begins, and no result does.
const BEGIN: &[u8] = b"{\"transcript\":";

/// Whether these are the bytes of a transcript.
pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGIN)
}

/// Says what a transcript shows, and whether it is that of `result`.
pub fn verify(path: &Path, bytes: &[u8], result: Option<&Path>) -> Result<Outcome, Failure> {
    let shown = path.display();
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new(Outcome::BadInput, format!("'{shown}' is no transcript: it is no text")))?;
    let verified = replay(text).map_err(|flaw| {
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
    match result {
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

/// A new transcript in a new file; with `--overwrite`, in place of an old one.
pub fn begin(path: &Path, existing: Existing) -> Result<Transcript, Failure> {
    output::may_write(path, existing)?;
    let failed = |error: std::io::Error| {
        Failure::new(Outcome::NoOutput, format!("cannot write '{}': {}", path.display(), error.kind()))
            .hint("check the folder, the free space and the rights")
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    Transcript::begin(Box::new(file)).map_err(failed)
}
