//! `mailglean merge`: numbers over many mailboxes, for those who must not see any single one.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::output::{self, Existing};
use super::{Failure, Outcome, key, report, result};
use crate::report::Look;
use crate::report::aggregate::{Ledger, Publication, Refusal, Threshold, USUAL, aggregate};

/// A ledger larger than this was not written by this program.
const LEDGER: u64 = 64 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// Result files, one a mailbox, made with one key.
    #[arg(value_name = "RESULT", required = true)]
    results: Vec<PathBuf>,
    /// How many mailboxes each number rests on at least; not below 3.
    #[arg(short, long, default_value_t = USUAL)]
    k: usize,
    /// What was published before; default: beside the usual key.
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// text or json.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Language of the text.
    #[arg(long, default_value = "en", value_parser = ["en", "de"])]
    lang: String,
    /// Write to a file instead of stdout.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    overwrite: bool,
    /// Take results that are past their date.
    #[arg(long)]
    overdue: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Form {
    Text,
    Json,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let threshold = Threshold::new(args.k).map_err(refused)?;
    let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
    if let Some(out) = &args.out {
        output::may_write(out, existing)?;
    }
    let mut results = Vec::new();
    let mut publication = Publication { mailboxes: Default::default(), results: Default::default() };
    for path in &args.results {
        let report = result::read(path, args.overdue)?;
        // The figures of a result, not its bytes: a file that was only written anew tells nothing new.
        let figures = serde_json::to_vec(&(&report.headline, &report.people, &report.profiles));
        let figures = figures.map_err(|_| Failure::new(Outcome::Internal, "cannot read a result again"))?;
        let digest: String = Sha256::digest(&figures).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        publication.mailboxes.insert(report.owner.id.clone());
        publication.results.insert(format!("{}:{digest}", report.owner.id));
        results.push(report);
    }
    let aggregate = aggregate(&results, threshold).map_err(refused)?;
    drop(results);
    let bytes = match args.format {
        Form::Json => {
            let written = serde_json::to_vec_pretty(&aggregate);
            let mut bytes = written.map_err(|_| Failure::new(Outcome::Internal, "cannot write the aggregate"))?;
            bytes.push(b'\n');
            bytes
        }
        Form::Text => {
            let mut bytes = Vec::new();
            let look = Look { lang: report::language(&args.lang), ..Look::default() };
            let written = aggregate.write_text(look, &mut bytes);
            written.map_err(|_| Failure::new(Outcome::Internal, "cannot write the aggregate"))?;
            bytes
        }
    };
    let ledger = match &args.ledger {
        Some(path) => path.clone(),
        None => key::data_folder()?.join("merges.jsonl"),
    };
    // Written down before anything is shown: a publication that nobody remembers could be subtracted from.
    remember(&ledger, &publication, threshold)?;
    match &args.out {
        Some(out) => output::to_file(out, &bytes, existing).map(|()| Outcome::Done),
        None => output::to_stdout(&bytes),
    }
}

fn refused(refusal: Refusal) -> Failure {
    let hint = match refusal {
        Refusal::Floor(_) => "leave --k out, or ask for more",
        Refusal::TooFew { .. } => "audit more mailboxes; a smaller --k needs a reason that you can defend",
        Refusal::Twice => "give one result a mailbox, its newest",
        Refusal::Nobody => "audit it again with --owner ADDRESS",
        Refusal::Keys => "audit all mailboxes with one key (--key FILE)",
        Refusal::NoProfile => "audit all mailboxes with the same --profile",
        Refusal::TooClose { .. } => {
            "publish the same mailboxes again, all audited anew, or a set that differs by enough; leave nobody out alone"
        }
    };
    let outcome = match refusal {
        Refusal::TooFew { .. } | Refusal::TooClose { .. } | Refusal::Floor(_) => Outcome::Refused,
        _ => Outcome::BadInput,
    };
    Failure::new(outcome, refusal.to_string()).hint(hint)
}

/// Adds a publication to the ledger, if it may be added; one line each, under a lock, on the disk before it returns.
fn remember(path: &Path, next: &Publication, threshold: Threshold) -> Result<(), Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        Failure::new(Outcome::NoOutput, format!("cannot keep the ledger '{shown}': {}", error.kind()))
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    let earlier = read(&mut file).map_err(failed)?.ok_or_else(|| {
        Failure::new(Outcome::BadInput, format!("the ledger '{shown}' is damaged: what was published is not known"))
            .hint("put its copy back; without it nothing can be published beside what was")
    })?;
    earlier.allows(next, threshold).map_err(refused)?;
    if !earlier.0.contains(next) {
        let mut line = serde_json::to_vec(next).map_err(|_| Failure::new(Outcome::Internal, "cannot write a line"))?;
        line.push(b'\n');
        file.write_all(&line).and_then(|()| file.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// `None`: damaged.
fn read(file: &mut File) -> std::io::Result<Option<Ledger>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(LEDGER + 1).read_to_end(&mut bytes)?;
    // A line that a power cut left unfinished would hide a publication.
    if bytes.len() as u64 > LEDGER || bytes.last().is_some_and(|&last| last != b'\n') {
        return Ok(None);
    }
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(|line| serde_json::from_slice(line).ok()).collect::<Option<Vec<_>>>().map(Ledger))
}
