//! `mailglean audit`: reads a mailbox, works out what would have leaked, writes the result.

use std::path::PathBuf;

use super::fail_on::FailOn;
use super::job::Job;
use super::output::Existing;
use super::walls::Walls;
use super::{Failure, Outcome, Reach, carddav, runtime, settings, waiting};
use crate::config::{Flags, Origin, Plan};
use crate::source::carddav::CardDav as CardDavSource;
use crate::source::files::FileSource;
use crate::source::imap::ImapSource;

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
    /// A plug-in to simulate, by id or as a file; may be given more than once.
    #[arg(long = "profile", value_name = "ID")]
    profiles: Vec<String>,
    /// End with exit code 3 if this holds, like private.low>0; may be given more than once.
    #[arg(long, value_name = "CONDITION")]
    fail_on: Vec<String>,
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
    flags.carddav = args.carddav;
    flags.carddav_password_command = args.carddav_password_command;
    flags.installed_on = args.installed_on;
    flags.removed_on = args.removed_on;
    flags.owner = args.owner;
    flags.own_domains = args.own_domains;
    flags.profiles = args.profiles;
    let existing = if args.show.overwrite { Existing::Replace } else { Existing::Keep };
    let plan = Plan::new(config, args.show.over(flags))?;
    let origin = plan.origin.clone();
    let server = plan.carddav.clone();
    let mut job = Job::new(plan, existing, quiet, None)?;
    job.fail_on = args.fail_on.iter().map(|text| FailOn::parse(text)).collect::<Result<_, _>>()?;
    let mut walls = Walls::writing(job.files(), args.reach.no_sandbox);
    let mut books = None;
    if let Some(server) = server {
        let mut source = CardDavSource::new(waiting()?.block_on(carddav(&server))?);
        waiting()?.block_on(source.look_up())?;
        walls = server.ca.into_iter().fold(walls, Walls::reading).connecting(source.port());
        books = Some(source);
    }
    match origin {
        Origin::Imap(account) => {
            // The secret and the host's address come before the walls: within them no command runs and no name is
            // looked up.
            let settings = waiting()?.block_on(settings(&account))?;
            let walls = account.ca.into_iter().fold(walls, Walls::reading).connecting(settings.port);
            let mut source = ImapSource::new(settings);
            waiting()?.block_on(source.look_up())?;
            walls.close(quiet);
            runtime()?.block_on(async {
                add_books(&mut job, books).await?;
                job.run("imap", &mut source).await
            })
        }
        Origin::Files(path) => {
            let mut source = FileSource::open(&path)?;
            walls.reading(path).close(quiet);
            runtime()?.block_on(async {
                add_books(&mut job, books).await?;
                job.run("files", &mut source).await
            })
        }
    }
}

/// Reads the address books of a server, before the mail: who cannot be read there is told before the long part.
async fn add_books(job: &mut Job, source: Option<CardDavSource>) -> Result<(), Failure> {
    if let Some(source) = source {
        job.add_book(source.read(None).await?);
    }
    Ok(())
}
