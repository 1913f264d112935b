//! `mailglean audit`: reads a mailbox, works out what would have leaked, writes the result.

use std::path::PathBuf;

use super::fail_on::FailOn;
use super::job::Job;
use super::output::Existing;
use super::sign::{self, Signer};
use super::walls::Walls;
use super::{Failure, Outcome, Reach, output, runtime, settings, waiting};
use crate::config::{Config, Flags, Origin, Plan};
use crate::source::files::FileSource;
use crate::source::imap::ImapSource;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    /// End with exit code 3 if this holds, like private.low>0; may be given more than once.
    #[arg(long, value_name = "CONDITION")]
    fail_on: Vec<String>,
    /// Sign the result with this OpenSSH key; the signature lies beside it.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    #[command(flatten)]
    pub show: Show,
}

/// What is read, and how it is looked at; shared by `audit` and `verify`.
#[derive(clap::Args)]
pub struct What {
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
    /// Audit a protected mailbox (works council, data-protection officer, ...); printed in the report.
    #[arg(long, value_name = "REASON")]
    protected_ok: Option<String>,
}

impl What {
    /// The configuration that was named, and these flags; whether the sandbox is unwanted.
    pub fn wanted(self) -> Result<(Config, Flags, bool), Failure> {
        let config = self.reach.config()?;
        let flags = Flags {
            since: self.since,
            contacts: self.contacts,
            owner: self.owner,
            own_domains: self.own_domains,
            profiles: self.profiles,
            protected_ok: self.protected_ok,
            ..self.reach.flags(self.source)
        };
        Ok((config, flags, self.reach.no_sandbox))
    }

    /// Whether something to read is named on the command line.
    pub fn named(&self) -> bool {
        self.source.is_some() || self.reach.config.is_some()
    }
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
    let (config, flags, no_sandbox) = args.what.wanted()?;
    let existing = if args.show.overwrite { Existing::Replace } else { Existing::Keep };
    let plan = Plan::new(config, args.show.over(flags))?;
    let origin = plan.origin.clone();
    if args.sign.is_some() {
        output::may_write(&sign::beside(&plan.out), existing)?;
    }
    let mut job = Job::new(plan, existing, quiet, None)?;
    job.fail_on = args.fail_on.iter().map(|text| FailOn::parse(text)).collect::<Result<_, _>>()?;
    job.signer = args.sign.as_deref().map(Signer::start).transpose()?;
    let walls = Walls::writing(job.files(), no_sandbox);
    match opened(origin, walls, quiet)? {
        Opened::Imap(mut source) => runtime()?.block_on(job.run("imap", source.as_mut())),
        Opened::Files(mut source) => runtime()?.block_on(job.run("files", &mut source)),
    }
}

/// A source that is ready to be read.
pub enum Opened {
    Imap(Box<ImapSource>),
    Files(FileSource),
}

/// Finds the source, asks for its secret, and closes the walls.
pub fn opened(origin: Origin, walls: Walls, quiet: bool) -> Result<Opened, Failure> {
    match origin {
        Origin::Imap(account) => {
            // The secret and the host's address come before the walls: within them no command runs and no name is
            // looked up.
            let settings = waiting()?.block_on(settings(&account))?;
            let walls = account.ca.into_iter().fold(walls, Walls::reading).connecting(settings.port);
            let mut source = ImapSource::new(settings);
            waiting()?.block_on(source.look_up())?;
            walls.close(quiet);
            Ok(Opened::Imap(Box::new(source)))
        }
        Origin::Files(path) => {
            let source = FileSource::open(&path)?;
            walls.reading(path).close(quiet);
            Ok(Opened::Files(source))
        }
    }
}
