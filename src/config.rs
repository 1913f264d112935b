//! Decides what a run is to do: the YAML file, and the plan that file and flags come to.
//!
//! A configuration holds no secret. After [`Plan`], a wrong value has no type it could live in.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use crate::address::Address;
use crate::observe::Country;
use crate::people::OwnerHint;
use crate::report::Level;
use crate::source::Wanted;
use crate::source::imap::{PORT, PROVIDERS, Provider};

/// A configuration larger than this is refused before it is parsed.
const MAX_FILE: u64 = 64 * 1024;

/// The configuration file, as written. Every key is explained in `config.example.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Mailboxes to reach over IMAP, by a name of the user's choice.
    pub accounts: BTreeMap<String, Account>,
    /// A Maildir, mbox, message or folder of messages to read instead.
    pub files: Option<PathBuf>,
    pub folders: Folders,
    /// First day to read, `YYYY-MM-DD`.
    pub since: Option<String>,
    /// Address books: vCard, CSV or LDIF files.
    pub contacts: Vec<PathBuf>,
    /// An address book on a CardDAV server.
    pub carddav: Option<CardDav>,
    pub owner: OwnerConfig,
    /// Two letters (`AT`): where a number without prefix is dialled, if its message does not tell.
    pub country: Option<String>,
    /// Plug-in profiles by id, or paths of the user's own.
    pub profiles: Vec<String>,
    /// The days between which the plug-in is taken to be installed, `YYYY-MM-DD`.
    pub installed_on: Option<String>,
    pub removed_on: Option<String>,
    pub evidence: Option<String>,
    /// Why names are shown; printed in the report.
    pub reveal: Option<String>,
    pub language: Option<String>,
    pub out: Option<PathBuf>,
    /// Further renderings to write beside the result: `html`, `csv`, `md`.
    pub formats: Vec<String>,
    /// Key file of the pseudonyms.
    pub key: Option<PathBuf>,
    /// What was read, for the next run; made by the first.
    pub state: Option<PathBuf>,
    /// Days until the report expires.
    pub expires_after_days: Option<u32>,
    pub governance: Governance,
}

/// How to reach one mailbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// A provider that is known by name (`gmail`): its server is the host.
    pub provider: Option<String>,
    #[serde(default)]
    pub host: String,
    pub port: Option<u16>,
    #[serde(default)]
    pub tls: Tls,
    /// PEM file of the authority to trust instead of the system's.
    pub ca: Option<PathBuf>,
    pub user: String,
    #[serde(default)]
    pub auth: Auth,
    /// For a master user: whose mailbox is read.
    pub authzid: Option<String>,
    /// Program and arguments that print the password; run without a shell.
    pub password_command: Option<Command>,
    /// Program and arguments that print an OAuth 2.0 access token.
    pub token_command: Option<Command>,
    /// Where in the system's keyring the password, or the token, lies.
    pub keyring: Option<Box<Keyring>>,
    /// How many connections may be open at once.
    pub connections: Option<usize>,
    /// Access tokens with a client id of the user's own.
    pub oauth: Option<Box<OAuth>>,
}

/// An entry of the system's keyring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keyring {
    /// What the entry is for; `mailglean` if it is not said.
    pub service: Option<String>,
    /// Whose it is; the account's user if it is not said.
    pub user: Option<String>,
    pub store: KeyringStore,
}

/// Which keyring of the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyringStore {
    /// The one of the user's session: the Secret Service on Linux, the login keychain, the Credential Manager.
    #[default]
    Session,
    /// The one that Linux itself holds in memory, for machines without a session.
    Kernel,
}

/// How access tokens are got. What is known of the account's provider need not be said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    pub client_id: String,
    /// Program and arguments that print the client's secret, where its provider gives it one.
    pub client_secret_command: Option<Command>,
    /// Of Microsoft: whose directory.
    pub tenant: Option<String>,
    /// Where a person says yes, and where tokens are handed out.
    pub device_url: Option<String>,
    pub browser_url: Option<String>,
    pub token_url: Option<String>,
    pub scope: Option<String>,
    /// Program and arguments that print the refresh token of an earlier run.
    pub refresh_token_command: Option<Command>,
    /// Program and arguments that take a new refresh token on their standard input, and keep it.
    pub store_command: Option<Command>,
}

/// More connections than this are taken for an attack by many servers.
const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=8;

impl Account {
    /// This user's, on a server that is still to be named.
    fn of(user: &str) -> Self {
        Self {
            provider: None,
            host: String::new(),
            port: None,
            tls: Tls::Implicit,
            ca: None,
            user: user.to_owned(),
            auth: Auth::Auto,
            authzid: None,
            password_command: None,
            token_command: None,
            keyring: None,
            connections: None,
            oauth: None,
        }
    }
}

/// How to reach the owner's address books on a CardDAV server; they are read and never written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardDav {
    /// The server, the user's home or one address book: `https://dav.firm.example/`; `http` for this machine alone.
    pub url: String,
    pub user: String,
    /// PEM file of the authority to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// Program and arguments that print the password; run without a shell.
    pub password_command: Option<Command>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    #[default]
    Implicit,
    Starttls,
    /// No TLS, and only to this machine itself.
    PlainLoopback,
}

/// How to log in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum Auth {
    /// The strongest mechanism for which there is a secret.
    #[default]
    Auto,
    Login,
    Plain,
    /// SCRAM-SHA-256: the server does not learn the password.
    Scram,
    #[serde(alias = "oauth2")]
    #[value(alias = "oauth2")]
    Xoauth2,
    Oauthbearer,
}

/// A command as one line (split like a shell would, but run without one) or as a list of words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Command {
    Line(String),
    Words(Vec<String>),
}

impl Command {
    /// Program and arguments; `None` if there is no program or a quote is left open.
    pub fn words(&self) -> Option<Vec<String>> {
        let words = match self {
            Self::Line(line) => shlex::split(line)?,
            Self::Words(words) => words.clone(),
        };
        (!words.is_empty()).then_some(words)
    }
}

/// Which folders are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Folders {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

/// Whose mailbox it is; found from the mail where it is not said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnerConfig {
    pub addresses: Vec<String>,
    pub domains: Vec<String>,
}

/// The questions to settle before a mailbox is read. The report prints the answers, and their absence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Governance {
    pub purpose: Option<String>,
    pub private_use_allowed: Option<bool>,
    pub works_council_involved: Option<bool>,
    pub data_protection_officer_informed: Option<bool>,
    /// Addresses whose mailboxes are refused like a works council's.
    pub protected: Vec<String>,
}

/// Why a configuration or a flag cannot be used. Tells places and keys, never values that could be secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read configuration '{}'", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("configuration '{}' is larger than 64 KiB", path.display())]
    TooLarge { path: PathBuf },
    #[error("configuration '{}'{place}: {what}", path.display())]
    Wrong { path: PathBuf, place: Place, what: String, hint: Option<String> },
    /// A value that cannot be meant: of the configuration, or of a flag.
    #[error("{what}")]
    Value { what: String, hint: Option<String>, in_file: bool },
}

impl ConfigError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Wrong { hint, .. } | Self::Value { hint, .. } => hint.clone(),
            Self::Unreadable { .. } => Some("see config.example.yaml for a file to start from".into()),
            Self::TooLarge { .. } => Some("name the configuration itself, not a mailbox".into()),
        }
    }

    fn value(what: impl Into<String>, hint: &str) -> Self {
        Self::Value { what: what.into(), hint: Some(hint.to_owned()), in_file: false }
    }
}

/// A line and a column, both from 1; unknown where the parser does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(Option<(usize, usize)>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((line, column)) => write!(f, ", line {line}, column {column}"),
            None => Ok(()),
        }
    }
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] with line, column and, for a misspelt key, a suggestion.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
        if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
            return Err(ConfigError::TooLarge { path: path.to_owned() });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text).map_err(|(place, what, hint)| ConfigError::Wrong {
            path: path.to_owned(),
            place,
            what,
            hint,
        })
    }

    fn parse(text: &str) -> Result<Self, (Place, String, Option<String>)> {
        // An empty file is an empty configuration, not a null.
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        serde_yaml::from_str(text).map_err(|error| {
            let place = Place(error.location().map(|at| (at.line(), at.column())));
            let (what, hint) = explain(&error.to_string());
            (place, what, hint)
        })
    }
}

/// The parser's words without the place, which is told apart, and without values, which could be secret.
fn explain(message: &str) -> (String, Option<String>) {
    let bare = message.split(" at line ").next().unwrap_or(message);
    let bare = match bare.find("unknown field").or_else(|| bare.find("unknown variant")) {
        Some(start) => &bare[start..],
        None => bare,
    };
    let mut ticked = bare.split('`').skip(1).step_by(2);
    if bare.starts_with("unknown field") || bare.starts_with("unknown variant") {
        let given = ticked.next().unwrap_or_default().to_owned();
        let known: Vec<&str> = ticked.collect();
        let what = if bare.starts_with("unknown field") { "unknown key" } else { "unknown value" };
        if what == "unknown key" && is_secret_key(&given) {
            return (
                format!("the key '{given}' is refused: a configuration holds no secret"),
                Some(
                    "use `password_command:` or `token_command:`, the variable MAILGLEAN_PASSWORD, or the prompt"
                        .into(),
                ),
            );
        }
        return (format!("{what} '{given}'"), nearest(&given, &known));
    }
    if let Some((_, expected)) = bare.split_once(", expected ") {
        let key = bare.split(": invalid").next().filter(|key| !key.contains(' ')).unwrap_or_default();
        let at = if key.is_empty() { String::new() } else { format!("'{key}': ") };
        let (expected, hint) = in_words(expected);
        return (format!("{at}expected {expected}"), Some(hint.to_owned()));
    }
    let hint = match bare {
        _ if bare.contains("missing field") => "add it; config.example.yaml shows an account with all its keys",
        _ if bare.contains("duplicate") => "keep one of the two",
        _ => {
            "YAML wants the same indentation for the keys of one level, by spaces, and quotes around a text with ': ' in it"
        }
    };
    (bare.to_owned(), Some(hint.to_owned()))
}

/// What a key holds, for those who do not write Rust, and how that is written.
fn in_words(expected: &str) -> (&str, &'static str) {
    match expected {
        "u16" => ("a number from 0 to 65535", "write it without quotes, like 993"),
        "u32" | "usize" => ("a whole number", "write it without quotes, like 90"),
        "a boolean" => ("true or false", "write it without quotes"),
        "a map" => ("keys with values", "write one key a line, indented further than this one"),
        "a sequence" => ("a list", "write it as [one, two], or one a line behind a dash"),
        "path string" => ("a path", "write it in quotes if it begins with a bracket, a brace or a star"),
        "struct Folders" => ("the keys include and exclude", "write: folders: {include: [INBOX], exclude: []}"),
        "struct OwnerConfig" => ("the keys addresses and domains", "write: owner: {addresses: [name@firm.example]}"),
        "struct Keyring" => {
            ("the keys of a keyring's entry", "write: keyring: {service: mailglean, user: name@firm.example}")
        }
        "struct OAuth" => ("the keys of OAuth", "it has at least client_id"),
        "struct Account" => ("the keys of an account", "it has at least host and user, one a line"),
        "struct Governance" => ("the answers to the start questions", "config.example.yaml has all of them"),
        other => (other, "config.example.yaml explains every key"),
    }
}

fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "passwort", "passwd", "pass", "secret", "token", "kennwort"].iter().any(|secret| key == *secret)
}

/// The nearest known word, as a hint; all of them where none is near.
pub fn nearest(given: &str, known: &[&str]) -> Option<String> {
    let best = known.iter().map(|word| (strsim::damerau_levenshtein(given, word), word)).min()?;
    if best.0 <= 1 + given.len() / 3 {
        Some(format!("did you mean '{}'?", best.1))
    } else {
        Some(format!("known: {}", known.join(", ")))
    }
}

/// What flags say; each beats the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// A path, an `imaps://` or `imap://` address, or the name of an account of the configuration.
    pub source: Option<String>,
    pub folders: Vec<String>,
    pub exclude: Vec<String>,
    pub since: Option<String>,
    pub contacts: Vec<PathBuf>,
    /// `https://user@host/path`.
    pub carddav: Option<String>,
    pub carddav_password_command: Option<String>,
    pub installed_on: Option<String>,
    pub removed_on: Option<String>,
    pub owner: Vec<String>,
    pub own_domains: Vec<String>,
    pub country: Option<String>,
    pub profiles: Vec<String>,
    pub evidence: Option<String>,
    pub reveal: Option<String>,
    pub language: Option<String>,
    pub out: Option<PathBuf>,
    pub formats: Vec<String>,
    pub key: Option<PathBuf>,
    pub state: Option<PathBuf>,
    /// A provider that is known by name; the source is then the user.
    pub provider: Option<String>,
    pub ca: Option<PathBuf>,
    pub auth: Option<Auth>,
    pub authzid: Option<String>,
    pub password_command: Option<String>,
    pub token_command: Option<String>,
    pub connections: Option<usize>,
    /// Why a protected mailbox may be audited; printed in the report.
    pub protected_ok: Option<String>,
    /// The user allows a connection without TLS to this machine itself.
    pub plain_loopback: bool,
}

/// Where mail comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    Imap(Account),
    Files(PathBuf),
}

/// What a run is to do, every value checked.
#[derive(Clone)]
pub struct Plan {
    pub origin: Origin,
    /// What stands for the mailbox: the name that the configuration gives it; empty where it has none.
    pub mailbox: String,
    pub wanted: Wanted,
    pub contacts: Vec<PathBuf>,
    pub carddav: Option<CardDav>,
    pub owner: OwnerHint,
    /// Where numbers without prefix are dialled; `None`: the country of most of the mailbox's numbers.
    pub country: Option<Country>,
    pub profiles: Vec<String>,
    pub installed_on: Option<Date>,
    pub removed_on: Option<Date>,
    pub evidence: Level,
    pub reveal: Option<String>,
    pub language: crate::report::Lang,
    pub out: PathBuf,
    pub formats: Vec<String>,
    pub key: Option<PathBuf>,
    pub state: Option<PathBuf>,
    pub expires_after_days: u32,
    pub governance: Governance,
    /// Mailboxes that are refused, beside those that their addresses give away.
    pub protected: Vec<Address>,
    pub protected_ok: Option<String>,
}

/// The profile that is simulated where none is named.
pub const DEFAULT_PROFILE: &str = "zoominfo-community-2013";

impl Plan {
    /// Flags over configuration over defaults.
    ///
    /// # Errors
    /// [`ConfigError::Value`] for whatever cannot be meant.
    pub fn new(config: Config, flags: Flags) -> Result<Self, ConfigError> {
        let alone = flags.clone();
        Self::resolve(config, flags).map_err(|error| match error {
            // Whatever the flags alone would not have led to, the file did.
            ConfigError::Value { what, hint, .. } => {
                let same = |other| matches!(other, ConfigError::Value { what: other, .. } if other == what);
                let in_file = !Self::resolve(Config::default(), alone).err().is_some_and(same);
                ConfigError::Value { what, hint, in_file }
            }
            other => other,
        })
    }

    fn resolve(config: Config, flags: Flags) -> Result<Self, ConfigError> {
        let either = |flag: Vec<String>, file: Vec<String>| if flag.is_empty() { file } else { flag };
        let origin = origin(&config, &flags)?;
        let mailbox = account_name(&config, &flags).unwrap_or_default().to_owned();
        let carddav = carddav(&config, &flags)?;
        let given = |flag: Option<String>, file: Option<String>, key: &str| {
            flag.or(file).map(|text| day(&text, key)).transpose()
        };
        let installed_on = given(flags.installed_on, config.installed_on, "installed_on")?;
        let removed_on = given(flags.removed_on, config.removed_on, "removed_on")?;
        if installed_on.zip(removed_on).is_some_and(|(installed, removed)| removed < installed) {
            return Err(ConfigError::value(
                "'removed_on' lies before 'installed_on'",
                "a plug-in is there from the one day to the other",
            ));
        }
        let since = flags.since.or(config.since).map(|text| day(&text, "since")).transpose()?;
        let mut profiles = either(flags.profiles, config.profiles);
        if profiles.is_empty() {
            profiles.push(DEFAULT_PROFILE.to_owned());
        }
        let evidence = flags.evidence.or(config.evidence);
        let evidence = evidence.map_or(Ok(Level::Pseudonyms), |text| {
            Level::ALL.into_iter().find(|level| level.name() == text).ok_or_else(|| {
                let hint = nearest(&text, &["counts", "pseudonyms", "masked", "clear"]);
                ConfigError::Value { what: format!("'{text}' is no evidence level"), hint, in_file: false }
            })
        })?;
        let language = flags.language.or(config.language);
        let language = language.map_or(Ok(crate::report::Lang::En), |text| {
            crate::report::Lang::ALL
                .into_iter()
                .find(|lang| lang.tag() == text)
                .ok_or_else(|| ConfigError::value(format!("no report language '{text}'"), "known: de, en"))
        })?;
        let owner =
            owner(&either(flags.owner, config.owner.addresses), &either(flags.own_domains, config.owner.domains))?;
        let country = match flags.country.or(config.country) {
            Some(text) => Some(Country::parse(&text).ok_or_else(|| {
                ConfigError::value(format!("'{text}' is no country"), "two letters are expected, like DE, AT or GB")
            })?),
            None => home(&owner, &origin),
        };
        Ok(Self {
            origin,
            mailbox,
            wanted: Wanted {
                folders: either(flags.folders, config.folders.include),
                exclude: either(flags.exclude, config.folders.exclude),
                since: since.map(day_number),
            },
            carddav,
            contacts: if flags.contacts.is_empty() { config.contacts } else { flags.contacts },
            owner,
            country,
            profiles,
            installed_on,
            removed_on,
            evidence,
            reveal: flags.reveal.or(config.reveal),
            language,
            out: flags.out.or(config.out).unwrap_or_else(|| PathBuf::from("result.json")),
            formats: either(flags.formats, config.formats),
            key: flags.key.or(config.key),
            state: flags.state.or(config.state),
            expires_after_days: config.expires_after_days.unwrap_or(90),
            protected: protected(&config.governance.protected)?,
            protected_ok: flags.protected_ok.filter(|reason| !reason.trim().is_empty()),
            governance: config.governance,
        })
    }
}

/// The country that the owner's domains are given out to, or the account's.
fn home(owner: &OwnerHint, origin: &Origin) -> Option<Country> {
    let domains = owner.domains.iter().map(String::as_str).chain(owner.addresses.iter().map(Address::domain));
    let account = match origin {
        Origin::Imap(account) => account.user.rsplit_once('@').map(|(_, domain)| domain),
        Origin::Files(_) => None,
    };
    domains.chain(account).find_map(Country::of_domain)
}

/// The account or the files that source, configuration and flags come to; `None` in `flags.source`: what the
/// configuration names.
///
/// # Errors
/// [`ConfigError::Value`] if nothing or more than one thing is named, or the address cannot be read.
pub fn origin(config: &Config, flags: &Flags) -> Result<Origin, ConfigError> {
    let mut account = match &flags.source {
        Some(user) if flags.provider.is_some() && !user.contains("://") => Account::of(user),
        Some(source) if source.contains("://") => account_of(source)?,
        Some(source) => match config.accounts.get(source) {
            Some(account) => account.clone(),
            None => return Ok(Origin::Files(PathBuf::from(source))),
        },
        None => match (&config.files, config.accounts.len()) {
            (Some(files), 0) => return Ok(Origin::Files(files.clone())),
            (None, 1) => config.accounts.values().next().cloned().into_iter().next().ok_or_else(nothing)?,
            (None, 0) => return Err(nothing()),
            _ => {
                let names: Vec<&str> = config.accounts.keys().map(String::as_str).collect();
                return Err(ConfigError::value(
                    "the configuration names more than one source",
                    &format!("say which: {}", names.join(", ")),
                ));
            }
        },
    };
    account.provider = flags.provider.clone().or(account.provider);
    if let Some(id) = &account.provider {
        let Some(provider) = Provider::find(id) else {
            let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.id).collect();
            return Err(ConfigError::Value {
                what: format!("no provider '{id}'"),
                hint: nearest(id, &known),
                in_file: flags.provider.is_none(),
            });
        };
        if account.host.is_empty() {
            provider.host.clone_into(&mut account.host);
            account.port = account.port.or(Some(PORT));
        }
        if provider.tokens_only && account.auth == Auth::Auto {
            account.auth = Auth::Xoauth2;
        }
    } else if account.host.is_empty() {
        return Err(ConfigError::value("an account has no host", "name its server with `host:`, or its `provider:`"));
    }
    account.ca = flags.ca.clone().or(account.ca);
    account.auth = flags.auth.unwrap_or(account.auth);
    account.authzid = flags.authzid.clone().or(account.authzid);
    account.password_command = flags.password_command.clone().map(Command::Line).or(account.password_command);
    account.token_command = flags.token_command.clone().map(Command::Line).or(account.token_command);
    account.connections = flags.connections.or(account.connections);
    if account.connections.is_some_and(|count| !CONNECTIONS.contains(&count)) {
        return Err(ConfigError::value("so many connections are not made at once", "one to eight are"));
    }
    if flags.plain_loopback {
        account.tls = Tls::PlainLoopback;
    }
    if account.oauth.is_some() && account.auth == Auth::Auto {
        account.auth = Auth::Xoauth2;
    }
    let oauth = account
        .oauth
        .as_ref()
        .map(|oauth| [&oauth.client_secret_command, &oauth.refresh_token_command, &oauth.store_command]);
    let commands = [&account.password_command, &account.token_command].into_iter().chain(oauth.into_iter().flatten());
    for command in commands.flatten() {
        if command.words().is_none() {
            return Err(ConfigError::value(
                "a command has no program or an open quote",
                "write program and arguments as a list",
            ));
        }
    }
    Ok(Origin::Imap(account))
}

/// The name under which the configuration has the account that is read. An address or a path is no such name: it could
/// be somebody's.
fn account_name<'a>(config: &'a Config, flags: &Flags) -> Option<&'a str> {
    let (name, _) = match &flags.source {
        Some(source) => config.accounts.get_key_value(source)?,
        None if config.files.is_none() && config.accounts.len() == 1 => config.accounts.first_key_value()?,
        None => return None,
    };
    Some(name)
}

/// The CardDAV server that flags and configuration come to.
fn carddav(config: &Config, flags: &Flags) -> Result<Option<CardDav>, ConfigError> {
    let mut server = match &flags.carddav {
        Some(text) => Some(server_of(text)?),
        None => config.carddav.clone(),
    };
    let Some(server) = &mut server else { return Ok(None) };
    server.ca = flags.ca.clone().or(server.ca.take());
    server.password_command =
        flags.carddav_password_command.clone().map(Command::Line).or(server.password_command.take());
    if crate::source::carddav::address(&server.url).is_none() {
        return Err(ConfigError::value(
            "cannot read the address of the CardDAV server",
            "it looks like https://user@dav.firm.example/, and like http:// only on this machine itself",
        ));
    }
    if server.password_command.as_ref().is_some_and(|command| command.words().is_none()) {
        return Err(ConfigError::value(
            "a command has no program or an open quote",
            "write program and arguments as a list",
        ));
    }
    Ok(Some(server.clone()))
}

/// `https://user@host/path`.
fn server_of(text: &str) -> Result<CardDav, ConfigError> {
    let wrong = |why: &str| {
        ConfigError::value(
            format!("cannot read the address of the CardDAV server: {why}"),
            "it looks like https://user@dav.firm.example/",
        )
    };
    let mut url = url::Url::parse(text).map_err(|_| wrong("it is no address"))?;
    if url.password().is_some() {
        return Err(ConfigError::value(
            "a password in the address is refused: other users of this machine can see it",
            "leave it out; it is asked for, or comes from --carddav-password-command or MAILGLEAN_CARDDAV_PASSWORD",
        ));
    }
    let user = percent_decode(url.username());
    if user.is_empty() {
        return Err(wrong("no user name"));
    }
    url.set_username("").map_err(|()| wrong("it is no address of a server"))?;
    Ok(CardDav { url: url.to_string(), user, ca: None, password_command: None })
}

fn nothing() -> ConfigError {
    ConfigError::value(
        "nothing to read",
        "name a Maildir, an mbox, imaps://user@host, or --config FILE; or try `mailglean demo`",
    )
}

/// `imaps://user@host:port` (TLS from the first byte) or `imap://user@host:port` (STARTTLS).
fn account_of(text: &str) -> Result<Account, ConfigError> {
    let wrong = |why: &str| {
        ConfigError::value(
            format!("cannot read the mailbox address: {why}"),
            "it looks like imaps://user@host or imap://user@host:143",
        )
    };
    let url = url::Url::parse(text).map_err(|_| wrong("it is no address"))?;
    let tls = match url.scheme() {
        "imaps" => Tls::Implicit,
        "imap" => Tls::Starttls,
        _ => return Err(wrong("it starts neither with imaps:// nor with imap://")),
    };
    if url.password().is_some() {
        return Err(ConfigError::value(
            "a password in the address is refused: other users of this machine can see it",
            "leave it out; it is asked for, or comes from --password-command or MAILGLEAN_PASSWORD",
        ));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("no host"))?;
    let user = percent_decode(url.username());
    if user.is_empty() {
        return Err(wrong("no user name"));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Account { host, port: url.port(), tls, ..Account::of(&user) })
}

fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn owner(addresses: &[String], domains: &[String]) -> Result<OwnerHint, ConfigError> {
    let wrong = |what: &str| {
        ConfigError::value(
            format!("an owner's {what} cannot be read"),
            "it looks like name@firm.example, or firm.example for a domain",
        )
    };
    let addresses = addresses.iter().map(|text| Address::parse(text).ok_or_else(|| wrong("address")));
    let addresses = addresses.collect::<Result<BTreeSet<_>, _>>()?;
    let domains = domains.iter().map(|text| {
        let text = text.trim_start_matches('@');
        idna::domain_to_ascii(text).ok().filter(|domain| domain.contains('.')).ok_or_else(|| wrong("domain"))
    });
    Ok(OwnerHint { addresses, domains: domains.collect::<Result<_, _>>()? })
}

fn protected(addresses: &[String]) -> Result<Vec<Address>, ConfigError> {
    let wrong = || ConfigError::value("a protected address cannot be read", "it looks like name@firm.example");
    addresses.iter().map(|text| Address::parse(text).ok_or_else(wrong)).collect()
}

fn day(text: &str, key: &str) -> Result<Date, ConfigError> {
    text.parse().map_err(|_| ConfigError::value(format!("'{key}' is no date"), "write it as YYYY-MM-DD"))
}

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(date).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        match Config::parse(text) {
            Ok(_) => "fine".into(),
            Err((place, what, hint)) => format!("{place}: {what} | {}", hint.unwrap_or_default()),
        }
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_place_and_a_suggestion() {
        let text = "accounts:\n  work:\n    host: imap.example.org\n    user: ann\n    prot: 993\n";
        assert_eq!(wrong(text), ", line 5, column 5: unknown key 'prot' | did you mean 'port'?");
        assert_eq!(wrong("evidenz: clear\n"), ", line 1, column 1: unknown key 'evidenz' | did you mean 'evidence'?");
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let text = "accounts:\n  work:\n    host: imap.example.org\n    user: ann\n    password: geheim123\n";
        let said = wrong(text);
        assert!(said.contains("'password' is refused") && said.contains("password_command"), "{said}");
        assert!(!said.contains("geheim123"), "{said}");
    }

    #[test]
    fn a_wrong_type_does_not_repeat_the_value() {
        let said = wrong("accounts:\n  work:\n    host: imap.example.org\n    user: ann\n    port: geheim123\n");
        assert!(said.contains("line 5") && said.contains("65535") && !said.contains("geheim123"), "{said}");
    }

    #[test]
    fn the_country_is_said_or_that_of_the_owners_domain() {
        let country = |text: &str, flag: Option<&str>| {
            let flags = Flags { country: flag.map(str::to_owned), ..Flags::default() };
            Plan::new(Config::parse(text).unwrap(), flags).map(|plan| plan.country).map_err(|error| error.to_string())
        };
        let at = Ok(Country::parse("AT"));
        assert_eq!(country("files: mail\ncountry: at\n", None), at);
        assert_eq!(country("files: mail\ncountry: DE\n", Some("AT")), at);
        assert_eq!(country("files: mail\nowner: {domains: [firm.at]}\n", None), at);
        let account = "accounts: {a: {host: imap.example.org, user: ann@firm.at}}\n";
        assert_eq!(country(account, None), at);
        assert_eq!(country("files: mail\n", None), Ok(None));
        assert_eq!(country("files: mail\ncountry: Austria\n", None), Err("'Austria' is no country".into()));
    }

    #[test]
    fn flags_beat_the_file_and_the_file_beats_the_default() {
        let config = Config::parse("files: mail\nevidence: counts\nsince: 2024-02-29\n").unwrap();
        let flags = Flags { evidence: Some("masked".into()), ..Flags::default() };
        let plan = Plan::new(config, flags).unwrap();
        assert!(matches!(plan.evidence, Level::Masked));
        assert_eq!(plan.wanted.since, Some(19_782));
        assert_eq!(plan.profiles, [DEFAULT_PROFILE]);
    }

    #[test]
    fn addresses_of_mailboxes() {
        let account = account_of("imaps://ann%40firm.example@imap.firm.example").unwrap();
        assert_eq!(
            (account.user.as_str(), account.host.as_str(), account.port),
            ("ann@firm.example", "imap.firm.example", None)
        );
        assert_eq!(account_of("imap://ann@[::1]:1143").unwrap().host, "::1");
        for wrong in ["imaps://ann:pw@host", "https://ann@host", "imaps://host", "imaps://"] {
            assert!(account_of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_of_address_books() {
        let of = |text: &str| {
            let flags = Flags { source: Some("mail".into()), carddav: Some(text.into()), ..Flags::default() };
            Plan::new(Config::default(), flags).map(|plan| plan.carddav.map(|server| (server.url, server.user)))
        };
        let want = ("https://dav.firm.example/ann/".to_owned(), "ann@firm.example".to_owned());
        assert_eq!(of("https://ann%40firm.example@dav.firm.example/ann/").unwrap(), Some(want));
        for wrong in
            ["https://dav.firm.example/", "https://a:pw@dav.firm.example/", "http://a@dav.firm.example/", "a@x"]
        {
            let error = of(wrong).map(|_| ()).unwrap_err();
            assert!(error.hint().is_some() && !error.to_string().contains("pw"), "{wrong}");
        }
        let file = Config::parse("files: mail\ncarddav: {url: 'https://dav.firm.example/', user: ann}\n").unwrap();
        assert_eq!(Plan::new(file, Flags::default()).unwrap().carddav.unwrap().user, "ann");
        let said = wrong("carddav: {url: 'https://dav.firm.example/', user: ann, password: geheim123}\n");
        assert!(said.contains("'password' is refused") && !said.contains("geheim123"), "{said}");
    }

    #[test]
    fn a_plug_in_is_not_removed_before_it_is_installed() {
        let days = |installed: &str, removed: &str| {
            let flags = Flags {
                source: Some("mail".into()),
                installed_on: Some(installed.into()),
                removed_on: Some(removed.into()),
                ..Flags::default()
            };
            Plan::new(Config::default(), flags).map(|plan| plan.removed_on.map(|day| day.to_string()))
        };
        assert_eq!(days("2025-01-01", "2025-01-01").unwrap().as_deref(), Some("2025-01-01"));
        assert!(days("2025-01-02", "2025-01-01").is_err());
        assert!(days("yesterday", "2025-01-01").is_err());
    }

    #[test]
    fn an_empty_file_is_an_empty_configuration() {
        assert!(Config::parse("# nothing yet\n\n").unwrap().accounts.is_empty());
    }
}
