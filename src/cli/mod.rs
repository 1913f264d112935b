//! Decides what the command line means: commands, flags, exit codes and the order of a run.

mod audit;
mod baseline;
mod check;
mod demo;
mod diff;
mod directory;
mod explain;
mod fail_on;
mod inspect;
mod job;
mod key;
mod keyring;
mod leaflet;
mod merge;
#[cfg(feature = "oauth")]
mod oauth;
mod output;
mod profiles;
mod progress;
mod protected;
mod remove;
mod report;
mod result;
mod review;
mod schema;
mod secret;
mod serve;
mod sign;
mod transcript;
mod verify;
mod walls;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::progress::Voice;
use crate::audit::StateError;
use crate::config::{self, Account, Auth, Config, ConfigError, Flags, Tls};
use crate::source::{SourceError, carddav, imap};

/// Shows which private and third-party contacts a contact-sharing plug-in would take from a mailbox.
///
/// Reads a mailbox without leaving a trace, works out what the plug-in would have taken from it, and reports how
/// many private people and bystanders would have been given away. Start with `mailglean demo`.
#[derive(Parser)]
#[command(name = "mailglean", version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    /// Only the result: no progress, no notes.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Every folder as it is opened, and what could not be fetched; aliases and numbers only.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes, the same for every format:
  0 done   3 --fail-on held   4 result written but incomplete   5 the mailbox changed   6 refused by policy
  64 usage   65 bad input file   66 no input   69 server not reachable   70 internal   73, 74 output
  75 try later   76 protocol or TLS broken   77 login refused   78 configuration   130 interrupted";

#[derive(Subcommand)]
enum Command {
    /// The whole job on the embedded sample mailbox, over a loopback IMAP connection.
    Demo(demo::Args),
    /// Log in and look: folders, sizes, capabilities, TLS facts, rights. Opens no message.
    Check(check::Args),
    /// The audit: result.json and a summary on the terminal.
    Audit(Box<audit::Args>),
    /// One message (or JSON Lines), line by line: zones, observations, fields.
    Inspect(inspect::Args),
    /// An old result again, in another format or language.
    Report(report::Args),
    /// One page for employees, with the result's own figures, rounded.
    Leaflet(leaflet::Args),
    /// Why one person of a result is counted.
    Explain(explain::Args),
    /// Rules, their price, and the smallest set of them.
    WhatIf(what_if::Args),
    /// What changed since the last audit, and why.
    Diff(diff::Args),
    /// What any other member could look up afterwards, with search.
    Directory(directory::Args),
    /// Numbers over several mailboxes, none of which tells of fewer than k.
    Merge(merge::Args),
    /// Whether a result is as it was written, by whom, and what a second look at the mailbox says.
    Verify(Box<verify::Args>),
    /// A result with search and filter, or the live demonstration, as a page of this machine alone.
    Serve(serve::Args),
    /// Say by hand what the unsure people of a result are; counts again.
    Review(review::Args),
    /// The plug-in profiles, with their sources.
    Profiles(profiles::Args),
    /// Remove results and pages that are past their date, with what was rendered from them.
    Purge(remove::PurgeArgs),
    /// The key of the pseudonyms: destroy it.
    Key(remove::KeyArgs),
    /// The JSON Schema of the result file.
    Schema(schema::Args),
    /// Print a shell's completions.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff); `mailglean man | man -l -` shows it.
    Man,
}

/// How to reach a mailbox; shared by `audit` and `check`.
#[derive(clap::Args)]
struct Reach {
    /// Configuration file; see config.example.yaml.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A provider that is known: gmail, outlook, icloud, yahoo, gmx, web.de, t-online, ionos, mailbox.org or posteo.
    /// Name the user in place of the account.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// PEM file of the authority to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// How to log in.
    #[arg(long, value_enum, value_name = "HOW")]
    auth: Option<Auth>,
    /// For a master user: whose mailbox is read.
    #[arg(long, value_name = "USER")]
    authzid: Option<String>,
    /// Program and arguments that print the password; run without a shell.
    #[arg(long, value_name = "COMMAND")]
    password_command: Option<String>,
    /// Program and arguments that print an OAuth 2.0 access token.
    #[arg(long, value_name = "COMMAND")]
    token_command: Option<String>,
    /// How many connections to the server may be open at once (one to eight).
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// Connect without TLS; only to this machine itself.
    #[arg(long)]
    plain_loopback: bool,
    /// Only folders that match this glob; may be given more than once.
    #[arg(long = "folder", value_name = "GLOB")]
    folders: Vec<String>,
    /// No folder that matches this glob; may be given more than once.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Read without the sandbox of Linux, as a mailbox with links to other folders needs it.
    #[arg(long)]
    no_sandbox: bool,
}

impl Reach {
    fn config(&self) -> Result<Config, Failure> {
        Ok(self.config.as_deref().map(Config::load).transpose()?.unwrap_or_default())
    }

    fn flags(&self, source: Option<String>) -> Flags {
        Flags {
            source,
            folders: self.folders.clone(),
            exclude: self.exclude.clone(),
            provider: self.provider.clone(),
            ca: self.ca.clone(),
            auth: self.auth,
            authzid: self.authzid.clone(),
            password_command: self.password_command.clone(),
            token_command: self.token_command.clone(),
            connections: self.connections,
            plain_loopback: self.plain_loopback,
            ..Flags::default()
        }
    }
}

/// How a run ended; every variant is one exit code, the same for every format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done = 0,
    /// `--fail-on` held.
    Failed = 3,
    /// The result is written but not everything was read.
    Incomplete = 4,
    /// The mailbox changed under a read-only audit.
    Changed = 5,
    /// Evidence level or protected mailbox.
    Refused = 6,
    Usage = 64,
    BadInput = 65,
    NoInput = 66,
    Unreachable = 69,
    Internal = 70,
    NoOutput = 73,
    OutputBroken = 74,
    TryLater = 75,
    Protocol = 76,
    Login = 77,
    Config = 78,
    Interrupted = 130,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// An error for those who act: what could not be done, its causes, and what the user can do.
#[derive(Debug)]
pub struct Failure {
    pub outcome: Outcome,
    /// What could not be done and to what; lower case, no full stop, nobody's data.
    pub what: String,
    /// What the user can do, one line each.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(outcome: Outcome, what: impl Into<String>) -> Self {
        Self { outcome, what: what.into(), hints: Vec::new() }
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = error.hint();
        let outcome = match &error {
            ConfigError::Value { in_file: false, .. } => Outcome::Usage,
            _ => Outcome::Config,
        };
        let failure = Self::new(outcome, chain(&error));
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let (outcome, hint) = match &error {
            SourceError::Unreadable { .. } => {
                (Outcome::NoInput, Some("check the path, and whether you may read it".to_owned()))
            }
            SourceError::NotMail { .. } => (
                Outcome::BadInput,
                Some("name a Maildir, an mbox, a message or a folder of messages (.eml)".to_owned()),
            ),
            SourceError::NotContacts { .. } => (Outcome::BadInput, None),
            SourceError::Glob { .. } => (
                Outcome::Usage,
                Some("`*` stands for anything within a level of folders, `**` across levels".to_owned()),
            ),
            SourceError::SetsSeen { .. } => (
                Outcome::Changed,
                Some("the first unread message of a folder is now marked as read; nothing else was opened".to_owned()),
            ),
            SourceError::Unreachable { .. } => {
                (Outcome::Unreachable, Some("check the host name, the port and the network".to_owned()))
            }
            SourceError::Tls { .. } => (
                Outcome::Protocol,
                Some(
                    "if the certificate is signed by an authority of your own, name its PEM file with --ca".to_owned(),
                ),
            ),
            SourceError::Login { hint, .. } => (Outcome::Login, Some(hint.clone())),
            SourceError::Expired { .. } => (
                Outcome::Login,
                Some(
                    "run it again: with --state it goes on where it stopped. `oauth:` renews a token while mail is read; a \
                     `token_command:` can be run once more with --no-sandbox alone"
                        .to_owned(),
                ),
            ),
            SourceError::Protocol { .. } | SourceError::Lost { .. } => (Outcome::Protocol, None),
            SourceError::TryLater { .. } => (Outcome::TryLater, None),
            SourceError::NotReadOnly { .. } => (
                Outcome::Protocol,
                Some(
                    "nothing was opened; mailglean reads only where the server confirms that it cannot write"
                        .to_owned(),
                ),
            ),
        };
        let failure = Self::new(outcome, chain(&error));
        match hint.filter(|hint| !hint.is_empty()) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let (outcome, hint) = match &error {
            StateError::NotAState { .. } => (Outcome::BadInput, "name another file: this one is left as it is"),
            StateError::TooNew { .. } => (Outcome::Config, "use that version, or name another file and start over"),
            StateError::OtherKey { .. } => {
                (Outcome::Config, "name that key with --key, or another file with --state to start over")
            }
            StateError::InUse { .. } => (Outcome::TryLater, "wait for it, or name another file"),
            StateError::Broken { .. } | StateError::NotMade { .. } => {
                (Outcome::NoOutput, "check the folder, the free space and the rights, or name another file")
            }
        };
        Self::new(outcome, chain(&error)).hint(hint)
    }
}

/// Runs the command line and returns how it ended; errors were printed to stderr.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let outcome = if error.use_stderr() { Outcome::Usage } else { Outcome::Done };
            // Nothing is left to tell where even the help cannot be printed.
            let _ = error.print();
            return outcome.into();
        }
    };
    std::panic::set_hook(Box::new(tell_where));
    crate::sandbox::no_core_dumps();
    let result = guarded(|| dispatch(cli));
    match result {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("error: {}", failure.what);
            for hint in &failure.hints {
                eprintln!("hint: {hint}");
            }
            failure.outcome.into()
        }
    }
}

/// Runs a command; a panic in it is an error like any other.
fn guarded(command: impl FnOnce() -> Result<Outcome, Failure>) -> Result<Outcome, Failure> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(command)).unwrap_or_else(|_| {
        // The hook has said where; what the panic says could hold somebody's text.
        Err(Failure::new(Outcome::Internal, "mailglean is at fault; no result was written")
            .hint("please report the place above and what was read, without the mail itself"))
    })
}

/// A panic's place, and not its text: an index out of a string quotes the string.
fn tell_where(panic: &std::panic::PanicHookInfo<'_>) {
    match panic.location() {
        Some(place) => eprintln!("internal error at {}:{}", place.file(), place.line()),
        None => eprintln!("internal error"),
    }
}

fn dispatch(cli: Cli) -> Result<Outcome, Failure> {
    let voice = Voice::new(cli.quiet, cli.verbose);
    match cli.command {
        Command::Demo(args) => demo::run(&args, voice),
        Command::Check(args) => check::run(&args),
        Command::Audit(args) => audit::run(*args, voice),
        Command::Inspect(args) => inspect::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Leaflet(args) => leaflet::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::WhatIf(args) => what_if::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Directory(args) => directory::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Verify(args) => verify::run(*args, voice),
        Command::Serve(args) => serve::run(&args, voice),
        Command::Review(args) => review::run(&args),
        Command::Profiles(args) => profiles::run(&args),
        Command::Purge(args) => remove::purge(&args, voice),
        Command::Key(args) => remove::key(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mailglean", &mut script);
    output::to_stdout(&script)
}

fn man() -> Result<Outcome, Failure> {
    let mut page = Vec::new();
    let broken = |_| Failure::new(Outcome::Internal, "cannot render the manual page");
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(broken)?;
    output::to_stdout(&page)
}

/// What the IMAP source needs to know of an account; asks for the secret.
async fn settings(account: &Account) -> Result<imap::Settings, Failure> {
    let tls = match account.tls {
        Tls::Implicit => imap::Tls::Implicit,
        Tls::Starttls => imap::Tls::StartTls,
        Tls::PlainLoopback => imap::Tls::PlainLoopback,
    };
    let port = account.port.unwrap_or(if account.tls == Tls::Implicit { 993 } else { 143 });
    let token = match account.auth {
        Auth::Xoauth2 | Auth::Oauthbearer => true,
        Auth::Auto => account.token_command.is_some() && account.password_command.is_none(),
        Auth::Login | Auth::Plain | Auth::Scram => false,
    };
    let trust = account.ca.clone().map_or(imap::Trust::System, imap::Trust::File);
    let mut contacted = Vec::new();
    let mut renewal = None;
    let secret = match &account.oauth {
        Some(config) if token && account.token_command.is_none() => {
            let granted = oauth_token(account, config, trust.clone()).await?;
            contacted = granted.hosts;
            renewal = granted.renewal;
            granted.access
        }
        _ => {
            let (kind, command) = match token {
                true => (secret::Kind::Token, &account.token_command),
                false => (secret::Kind::Password, &account.password_command),
            };
            if let Some(command) = command.clone().filter(|_| token) {
                renewal = Some(secret::again(command));
            }
            match &account.keyring {
                Some(entry) if command.is_none() => keyring::read(kind, entry, &account.user).await?,
                _ => secret::obtain(kind, command.as_ref(), &account.user, &account.host).await?,
            }
        }
    };
    let login = match account.auth {
        Auth::Oauthbearer => imap::Login::OAuthBearer(secret),
        Auth::Plain => imap::Login::PasswordSasl(secret),
        Auth::Scram => imap::Login::PasswordScram(secret),
        _ if token => imap::Login::XOAuth2(secret),
        _ => imap::Login::Password(secret),
    };
    let mut settings = imap::Settings::new(&account.host, port, tls, &account.user, login);
    settings.authzid = account.authzid.clone();
    settings.connections = account.connections.unwrap_or(imap::CONNECTIONS);
    settings.trust = trust;
    settings.contacted = contacted;
    settings.renewal = renewal;
    Ok(settings)
}

/// An access token, the hosts that were asked for it, and how it is renewed.
struct Granted {
    access: secrecy::SecretString,
    hosts: Vec<String>,
    renewal: Option<imap::Renewal>,
}

#[cfg(feature = "oauth")]
async fn oauth_token(account: &Account, config: &config::OAuth, trust: imap::Trust) -> Result<Granted, Failure> {
    oauth::token(account, config, trust).await
}

#[cfg(not(feature = "oauth"))]
async fn oauth_token(_: &Account, _: &config::OAuth, _: imap::Trust) -> Result<Granted, Failure> {
    Err(Failure::new(Outcome::Config, "this mailglean was built without OAuth")
        .hint("name a program that prints a token with `token_command:`"))
}

/// What the CardDAV source needs to know of a server; asks for the secret.
async fn carddav(server: &config::CardDav) -> Result<carddav::Settings, Failure> {
    let url = carddav::address(&server.url);
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    let kind = secret::Kind::AddressBook;
    let password = secret::obtain(kind, server.password_command.as_ref(), &server.user, host).await?;
    let settings = carddav::Settings::new(&server.url, &server.user, password);
    let mut settings =
        settings.ok_or_else(|| Failure::new(Outcome::Config, "cannot read the address of the CardDAV server"))?;
    if let Some(ca) = &server.ca {
        settings.trust = imap::Trust::File(ca.clone());
    }
    Ok(settings)
}

/// A runtime of this thread alone, for what comes before mail is read.
fn waiting() -> Result<tokio::runtime::Runtime, Failure> {
    started(tokio::runtime::Builder::new_current_thread())
}

/// A runtime for the commands that connect.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    started(tokio::runtime::Builder::new_multi_thread())
}

fn started(mut how: tokio::runtime::Builder) -> Result<tokio::runtime::Runtime, Failure> {
    how.enable_all().build().map_err(|error| Failure::new(Outcome::Internal, format!("cannot start: {}", error.kind())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "it is what is tested")]
    fn a_panic_ends_as_internal_and_repeats_nothing() {
        let failure = guarded(|| panic!("ann@firm.example")).unwrap_err();
        assert_eq!((failure.outcome, failure.outcome as u8), (Outcome::Internal, 70));
        assert!(!failure.what.contains("ann@") && failure.hints.iter().all(|hint| !hint.contains("ann@")));
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
