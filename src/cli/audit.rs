//! `mailglean audit`: reads a mailbox, works out what would have leaked, writes the result.

use std::path::{Path, PathBuf};

use super::fail_on::FailOn;
use super::job::Job;
use super::output::Existing;
use super::{Failure, Outcome, Reach, output, runtime, settings};
use crate::audit::Mailbox;
use crate::config::{Flags, Origin, Plan};
use crate::source::files::FileSource;
use crate::source::imap::{ImapSource, Transcript};

#[derive(clap::Args)]
pub struct Args {
    /// A Maildir, mbox, message or folder of messages; imaps://user@host; or an account of the configuration.
    source: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Only messages of this day or later.
    #[arg(long, value_name = "YYYY-MM-DD")]
    since: Option<String>,
    /// The owner's address book (vCard); may be given more than once.
    #[arg(long, value_name = "FILE")]
    contacts: Vec<PathBuf>,
    /// An address of the mailbox's owner; found from the mail if not given.
    #[arg(long, value_name = "ADDRESS")]
    owner: Vec<String>,
    /// A domain of the owner's organisation.
    #[arg(long = "own-domain", value_name = "DOMAIN")]
    own_domains: Vec<String>,
    /// A plug-in to simulate, by id or as a file; may be given more than once.
    #[arg(long = "profile", value_name = "ID")]
    profiles: Vec<String>,
    /// End with exit code 3 if this holds, like private.low>0; may be given more than once.
    #[arg(long, value_name = "CONDITION")]
    fail_on: Vec<String>,
    /// Remember what was read, sealed with the key, and read only what is new; a run that was cut off goes on.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write down every IMAP command that is sent (verbs, counts and answers; nothing of what is said), for `verify`.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    #[command(flatten)]
    pub show: Show,
}

/// What is reported and where; shared by `audit` and `demo`.
#[derive(clap::Args, Clone)]
pub struct Show {
    /// How much of people is shown: counts, pseudonyms, masked or clear.
    #[arg(long, value_name = "LEVEL")]
    pub evidence: Option<String>,
    /// Why names are shown; printed in the report.
    #[arg(long, value_name = "REASON")]
    pub reveal: Option<String>,
    /// The result's file.
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace an existing result.
    #[arg(long)]
    pub overwrite: bool,
    /// text or json for stdout; other formats are written beside the result. May be given more than once.
    #[arg(long = "format", value_name = "FORMAT", value_delimiter = ',')]
    pub formats: Vec<String>,
    /// Language of the report: en or de.
    #[arg(long = "lang", value_name = "LANG")]
    pub language: Option<String>,
    /// Key file of the pseudonyms.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

impl Show {
    /// These flags on top of others.
    pub fn over(self, flags: Flags) -> Flags {
        Flags {
            evidence: self.evidence,
            reveal: self.reveal,
            language: self.language,
            out: self.out,
            formats: self.formats,
            key: self.key,
            ..flags
        }
    }
}

pub fn run(args: Args, quiet: bool) -> Result<Outcome, Failure> {
    let config = args.reach.config()?;
    let mut flags = args.reach.flags(args.source);
    flags.since = args.since;
    flags.contacts = args.contacts;
    flags.owner = args.owner;
    flags.own_domains = args.own_domains;
    flags.profiles = args.profiles;
    flags.state = args.state;
    let existing = if args.show.overwrite { Existing::Replace } else { Existing::Keep };
    let plan = Plan::new(config, args.show.over(flags))?;
    let (origin, has_state) = (plan.origin.clone(), plan.state.is_some());
    let mut job = Job::new(plan, existing, quiet, None)?;
    job.fail_on = args.fail_on.iter().map(|text| FailOn::parse(text)).collect::<Result<_, _>>()?;
    runtime()?.block_on(async {
        match origin {
            Origin::Imap(account) => {
                let settings = settings(&account).await?;
                let authzid = settings.authzid.clone();
                let (host, user) = (settings.host.clone(), settings.user.clone());
                let mailbox = Mailbox { host: &host, user: &user, authzid: authzid.as_deref() };
                let source = ImapSource::new(settings);
                let mut source = match job.resume(&mailbox)? {
                    Some(memory) => source.remembering(memory),
                    None => source,
                };
                if let Some(path) = &args.transcript {
                    let transcript = transcript(path, existing)?;
                    job.transcript = Some(transcript.clone());
                    source = source.recording(transcript);
                }
                job.run("imap", &mut source).await
            }
            Origin::Files(_) if args.transcript.is_some() => {
                Err(Failure::new(Outcome::Usage, "a transcript is written of commands to a server")
                    .hint("files are read without any: leave --transcript out"))
            }
            Origin::Files(_) if has_state => Err(Failure::new(Outcome::Usage, "a state is kept of a mailbox on a server")
                .hint("files are read as a whole every time: leave --state out")),
            Origin::Files(path) => {
                let mut source = FileSource::open(&path)?;
                job.run("files", &mut source).await
            }
        }
    })
}

/// A new transcript in a new file; with `--overwrite`, in place of an old one.
fn transcript(path: &Path, existing: Existing) -> Result<Transcript, Failure> {
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
