//! `mailglean audit`: reads a mailbox, works out what would have leaked, writes the result.

use std::path::{Path, PathBuf};

use super::baseline::Baseline;
use super::fail_on::FailOn;
use super::job::Job;
use super::output::Existing;
use super::progress::Voice;
use super::sign::{self, Signer};
use super::walls::Walls;
use super::{Failure, Outcome, Reach, carddav, output, runtime, settings, transcript, waiting};
use crate::audit::Mailbox;
use crate::config::{CardDav, Config, Flags, Origin, Plan};
use crate::report::Level;
use crate::source::carddav::CardDav as CardDavSource;
use crate::source::files::FileSource;
use crate::source::imap::ImapSource;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
    /// End with exit code 3 if this holds, like private.low>0; may be given more than once.
    #[arg(long, value_name = "CONDITION")]
    fail_on: Vec<String>,
    /// An earlier result, or a list of ids: whoever counted there does not count for --fail-on.
    #[arg(long, value_name = "FILE", requires = "fail_on")]
    baseline: Option<PathBuf>,
    /// What `mailglean review` was told of an earlier result made with the same key.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Sign the result with this OpenSSH key; the signature lies beside it.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Remember what was read, sealed with the key, and read only what is new; a run that was cut off goes on.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write down every IMAP command that is sent (verbs, counts and answers; nothing of what is said), for `verify`.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
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
    /// The owner's address books on a CardDAV server, like https://user@dav.firm.example/.
    #[arg(long, value_name = "URL")]
    carddav: Option<String>,
    /// A command that prints the password of the CardDAV server.
    #[arg(long, value_name = "COMMAND")]
    carddav_password_command: Option<String>,
    /// The day on which the plug-in is taken to be installed; without it two are supposed, and named.
    #[arg(long, value_name = "YYYY-MM-DD")]
    installed_on: Option<String>,
    /// The last day on which it is taken to read.
    #[arg(long, value_name = "YYYY-MM-DD")]
    removed_on: Option<String>,
    /// An address of the mailbox's owner; found from the mail if not given.
    #[arg(long, value_name = "ADDRESS")]
    owner: Vec<String>,
    /// A domain of the owner's organisation.
    #[arg(long = "own-domain", value_name = "DOMAIN")]
    own_domains: Vec<String>,
    /// Where a number without prefix is dialled, as two letters; else as most of the mailbox's numbers.
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
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
            carddav: self.carddav,
            carddav_password_command: self.carddav_password_command,
            installed_on: self.installed_on,
            removed_on: self.removed_on,
            owner: self.owner,
            own_domains: self.own_domains,
            country: self.country,
            profiles: self.profiles,
            protected_ok: self.protected_ok,
            ..self.reach.flags(self.source)
        };
        Ok((config, flags, self.reach.no_sandbox))
    }

    /// What stands where a source would: for a transcript, the result that it belongs to.
    pub fn second(&self) -> Option<&Path> {
        self.source.as_deref().map(Path::new)
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

pub fn run(args: Args, voice: Voice) -> Result<Outcome, Failure> {
    let (config, mut flags, no_sandbox) = args.what.wanted()?;
    flags.state = args.state;
    let existing = if args.show.overwrite { Existing::Replace } else { Existing::Keep };
    let labels = args.labels.as_deref().map(super::review::read).transpose()?;
    let plan = Plan::new(config, args.show.over(flags))?;
    if args.sign.is_some() {
        output::may_write(&sign::beside(&plan.out), existing)?;
    }
    if labels.is_some() && plan.evidence == Level::Counts {
        return Err(Failure::new(Outcome::Usage, "--labels has nobody to label at the level counts")
            .hint("use --evidence pseudonyms"));
    }
    let baseline = args.baseline.as_deref().map(Baseline::read).transpose()?;
    if baseline.is_some() && plan.evidence == Level::Counts {
        return Err(Failure::new(Outcome::Usage, "--baseline has nobody to tell apart at the level counts")
            .hint("use --evidence pseudonyms"));
    }
    let (origin, carddav) = (plan.origin.clone(), plan.carddav.clone());
    let mut job = Job::new(plan, existing, voice, None)?;
    job.labels = labels;
    if let Some(baseline) = baseline {
        job.compare_with(baseline)?;
    }
    job.fail_on = args.fail_on.iter().map(|text| FailOn::parse(text)).collect::<Result<_, _>>()?;
    job.signer = args.sign.as_deref().map(Signer::start).transpose()?;
    // Both files are opened before the walls are closed.
    let memory = match &origin {
        Origin::Imap(account) => {
            let (host, user, authzid) = (&account.host, &account.user, account.authzid.as_deref());
            let memory = job.resume(&Mailbox { host, user, authzid })?;
            job.transcript = args.transcript.as_deref().map(|path| transcript::begin(path, existing)).transpose()?;
            memory
        }
        Origin::Files(_) => {
            job.only_files(args.transcript.is_some())?;
            None
        }
    };
    let walls = Walls::writing(job.files(), no_sandbox);
    let opened = open(origin, carddav, walls, voice)?;
    runtime()?.block_on(async {
        add_books(&mut job, opened.books).await?;
        match opened.mail {
            Mail::Imap(source) => {
                let mut source = *source;
                if let Some(memory) = memory {
                    source = source.remembering(memory);
                }
                if let Some(transcript) = job.transcript.clone() {
                    source = source.recording(transcript);
                }
                job.run("imap", &mut source).await
            }
            Mail::Files(mut source) => job.run("files", &mut source).await,
        }
    })
}

/// What is ready to be read.
pub struct Opened {
    pub mail: Mail,
    pub books: Option<CardDavSource>,
}

/// Where mail comes from.
pub enum Mail {
    Imap(Box<ImapSource>),
    Files(FileSource),
}

/// Finds the sources, asks for their secrets, and closes the walls.
pub fn open(origin: Origin, server: Option<CardDav>, mut walls: Walls, voice: Voice) -> Result<Opened, Failure> {
    // Secrets and the hosts' addresses come before the walls: within them no command runs and no name is looked up.
    let books = match server {
        None => None,
        Some(server) => {
            let mut source = CardDavSource::new(waiting()?.block_on(carddav(&server))?);
            waiting()?.block_on(source.look_up())?;
            walls = server.ca.into_iter().fold(walls, Walls::reading).connecting(source.port());
            Some(source)
        }
    };
    let mail = match origin {
        Origin::Imap(account) => {
            let settings = waiting()?.block_on(settings(&account))?;
            walls = account.ca.into_iter().fold(walls, Walls::reading).connecting(settings.port);
            let renewing = settings.renewal.as_ref().and_then(|renewal| renewal.port);
            walls = renewing.into_iter().fold(walls, Walls::connecting);
            let mut source = ImapSource::new(settings);
            waiting()?.block_on(source.look_up())?;
            Mail::Imap(Box::new(source))
        }
        Origin::Files(path) => {
            let source = FileSource::open(&path)?;
            walls = walls.reading(path);
            Mail::Files(source)
        }
    };
    walls.close(voice);
    Ok(Opened { mail, books })
}

/// Reads the address books of a server, before the mail: who cannot be read there is told before the long part.
pub async fn add_books(job: &mut Job, source: Option<CardDavSource>) -> Result<(), Failure> {
    if let Some(source) = source {
        job.add_book(source.read(None).await?);
    }
    Ok(())
}
