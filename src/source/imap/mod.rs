//! Reading a mailbox over IMAP: strictly read-only, fast, and from a server that need not be well-behaved.
//!
//! - `gate`: what may go out. - `transcript`: what did, written down. - `wire`: framing and bounds. - `connect`: TLS and login. - `session`: one command, one
//!   answer. - `reader`: what an answer says. - `names`: what folders are called. - `folders`: which there are, and
//!   their state. - `fetch`: getting the messages. - `crew`: over several connections. - `parts`: which parts of them.

mod connect;
mod crew;
mod fetch;
mod folders;
mod gate;
mod names;
mod parts;
mod providers;
mod reader;
mod scram;
mod session;
mod transcript;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::mpsc;

use self::connect::Before;
pub(super) use self::connect::handshake;
use self::crew::Crew;
use self::fetch::{Copies, End};
use self::folders::{Opened, Place};
use self::reader::State;
use self::session::Session;
use super::{Arrival, FolderFilter, Known, Mark, Memory, Proof, Reading, Resumed, Source, SourceError, Wanted};
use crate::message::{Locator, Problem, ProblemKind};
use crate::net::Egress;

pub use providers::{PORT, PROVIDERS, Provider};
pub use transcript::{Flaw, Transcript, Verified, verify};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (port 993).
    Implicit,
    /// After the greeting (port 143); never without.
    StartTls,
    /// Not at all; refused for any peer but this machine.
    PlainLoopback,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The authorities that this machine trusts.
    System,
    /// Those in this PEM file, and no others.
    File(PathBuf),
    /// Those in this PEM text, and no others.
    Pem(Vec<u8>),
}

/// How to log in. Its Debug form shows no secret.
#[derive(Clone, Debug)]
pub enum Login {
    /// A password, by the best way that the server offers.
    Password(SecretString),
    /// A password, by AUTHENTICATE PLAIN alone.
    PasswordSasl(SecretString),
    /// A password that the server does not learn, by SCRAM-SHA-256 alone.
    PasswordScram(SecretString),
    /// An access token, as Gmail and Microsoft take it.
    XOAuth2(SecretString),
    /// An access token, as RFC 7628 has it.
    OAuthBearer(SecretString),
}

impl Login {
    fn secret(&self) -> &SecretString {
        match self {
            Self::Password(secret)
            | Self::PasswordSasl(secret)
            | Self::PasswordScram(secret)
            | Self::XOAuth2(secret)
            | Self::OAuthBearer(secret) => secret,
        }
    }

    /// The same way with another token; `None` for passwords, which do not run out.
    fn with_token(&self, token: SecretString) -> Option<Self> {
        match self {
            Self::XOAuth2(_) => Some(Self::XOAuth2(token)),
            Self::OAuthBearer(_) => Some(Self::OAuthBearer(token)),
            Self::Password(_) | Self::PasswordSasl(_) | Self::PasswordScram(_) => None,
        }
    }

    fn is_token(&self) -> bool {
        matches!(self, Self::XOAuth2(_) | Self::OAuthBearer(_))
    }
}

/// An access token that is being asked for; `None` where there is none to be had.
pub type Asking = Pin<Box<dyn Future<Output = Option<SecretString>> + Send>>;

/// Asks for an access token in place of one that has run out.
pub type AskForToken = dyn Fn() -> Asking + Send + Sync;

/// How an access token is renewed while mail is read, without a person.
#[derive(Clone)]
pub struct Renewal {
    pub ask: Arc<AskForToken>,
    /// The port that is connected to for it.
    pub port: Option<u16>,
}

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For TCP, and again for TLS.
    pub connect: Duration,
    /// While nothing at all comes.
    pub idle: Duration,
    /// For the whole answer to one command, however steadily it drips.
    pub command: Duration,
    /// Before a lost connection is made anew; four times as long before each further attempt.
    pub retry: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(120),
            command: Duration::from_secs(30 * 60),
            retry: Duration::from_millis(500),
        }
    }
}

/// How much is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a message that has to be fetched as a whole, because its structure cannot be told.
    pub message: u64,
    /// Bytes of text of one message, in its transfer encoding.
    pub text: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 16 << 20, text: 12 << 20 }
    }
}

/// Everything that is needed to read one account.
#[derive(Clone)]
pub struct Settings {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub trust: Trust,
    pub user: String,
    pub login: Login,
    /// Where an access token may run out.
    pub renewal: Option<Renewal>,
    /// Whose mailbox is read, where a master user logs in for somebody else.
    pub authzid: Option<String>,
    /// Whether to compress the connection where the server can.
    pub compress: bool,
    /// How many connections may be open at once; a server that wants fewer gets fewer.
    pub connections: usize,
    /// Hosts that were connected to for the login itself, `host:port`.
    pub contacted: Vec<String>,
    pub timeouts: Timeouts,
    pub limits: Limits,
}

/// How many connections are open at once where nobody says it.
pub const CONNECTIONS: usize = 1;

impl Settings {
    /// The usual settings for an account: system roots, no master user, compression where possible.
    pub fn new(host: &str, port: u16, tls: Tls, user: &str, login: Login) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls,
            trust: Trust::System,
            user: user.to_owned(),
            login,
            renewal: None,
            authzid: None,
            compress: true,
            connections: CONNECTIONS,
            contacted: Vec::new(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The user's name is personal data.
        write!(f, "Settings({}:{}, {:?})", self.host, self.port, self.tls)
    }
}

/// A mailbox on an IMAP server.
pub struct ImapSource {
    settings: Settings,
    egress: Egress,
    proof: Proof,
    received: u64,
    /// Connections made anew, in all and since anything came of one.
    reconnects: u32,
    in_vain: u32,
    memory: Option<Memory>,
    transcript: Option<Transcript>,
    copies: Copies,
    /// Messages that were unread before they were read here, by the folder's alias.
    unread: BTreeMap<String, BTreeSet<u32>>,
    /// An unread message was looked at in this run.
    has_looked: bool,
    crew: Crew,
}

impl ImapSource {
    /// A source for this account. Nothing is connected to before it is read.
    pub fn new(settings: Settings) -> Self {
        let egress = Egress::new([(settings.host.as_str(), settings.port)]);
        let proof = Proof::default();
        Self {
            settings,
            egress,
            proof,
            received: 0,
            reconnects: 0,
            in_vain: 0,
            memory: None,
            transcript: None,
            copies: Copies::default(),
            unread: BTreeMap::new(),
            has_looked: false,
            crew: Crew::default(),
        }
    }

    /// Writes down every command before it is sent; see [`Transcript`].
    #[must_use]
    pub fn recording(self, transcript: Transcript) -> Self {
        Self { transcript: Some(transcript), ..self }
    }

    /// Leaves out what earlier runs have read already, and tells of it ([`Arrival::Resumed`]).
    #[must_use]
    pub fn remembering(self, memory: Memory) -> Self {
        let proof = Proof { canary: memory.canary, ..self.proof };
        Self { proof, memory: Some(memory), ..self }
    }

    /// Looks the host up now, so that no name need be looked up while mail is read.
    ///
    /// # Errors
    /// [`SourceError::Unreachable`] where the name has no address.
    pub async fn look_up(&mut self) -> Result<(), SourceError> {
        let host = || self.settings.host.clone();
        self.egress
            .look_up(self.settings.timeouts.connect)
            .await
            .map_err(|cause| SourceError::Unreachable { host: host(), cause })
    }

    /// What can be said so far; after a reading that ended in an error, what was reached before it.
    pub fn reading(&self) -> Reading {
        let hosts = [self.settings.contacted.clone(), self.egress.contacted()].concat();
        Reading { hosts, proof: Some(self.proof.clone()) }
    }

    /// Bytes that came in, as the server sent them (compressed, if it does), without TLS.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How a folder, now that it is open, stands to what is known of it.
    fn compare(
        &self,
        place: &Place,
        opened: &folders::Exists,
        state: &State,
        known: Known,
        uids: &BTreeSet<u32>,
        whole: bool,
    ) -> Resumed {
        // Courier gives another UIDVALIDITY to STATUS than to EXAMINE, the first time: the session's own is the truth.
        let mark = Mark {
            uid_validity: opened.uid_validity.unwrap_or(0),
            uid_next: state.uid_next,
            messages: state.messages,
            highest_modseq: state.highest_modseq,
        };
        let holds = mark.uid_validity != 0 && known.mark.uid_validity == mark.uid_validity;
        let starts_over = !holds && !known.numbers.is_empty();
        let numbers = if holds { known.numbers } else { BTreeSet::new() };
        let gone = if whole { numbers.difference(uids).copied().collect() } else { BTreeSet::new() };
        let known = numbers.intersection(uids).copied().collect();
        Resumed { gone, starts_over, whole, ..self.resumed(place, mark, known) }
    }

    fn resumed(&self, place: &Place, mark: Mark, known: BTreeSet<u32>) -> Resumed {
        Resumed {
            folder: Arc::clone(&place.folder),
            mark,
            known,
            gone: BTreeSet::new(),
            starts_over: false,
            whole: true,
            canary: self.proof.canary,
        }
    }

    /// Announces a folder: how many of its messages are wanted, and what is known of them.
    async fn tell_of(&mut self, resumed: Resumed, new: u64, out: &mpsc::Sender<Arrival>) -> Result<End, SourceError> {
        let messages = new + resumed.known.len() as u64;
        let folder = Arc::clone(&resumed.folder);
        let mut end = told(out, Arrival::Folder { folder, messages }).await;
        if self.memory.is_some() && end == End::Done {
            end = told(out, Arrival::Resumed(resumed)).await;
        }
        Ok(end)
    }

    async fn read_all(&mut self, wanted: &Wanted, out: &mpsc::Sender<Arrival>) -> Result<(), SourceError> {
        let filter = wanted.filter()?;
        let before = Before { commands: &BTreeMap::new(), transcript: self.transcript.as_ref() };
        let mut session = connect::connect(&self.settings, &self.egress, &before).await?;
        self.proof.tls.clone_from(&session.tls);
        self.proof.read_only = true;
        let result = self.read_mailbox(&mut session, wanted, &filter, out).await;
        // Says goodbye. Whether the server answers does not matter any more.
        self.crew.dismiss().await;
        let _ = tokio::time::timeout(GOODBYE, session.run("LOGOUT", |_| {})).await;
        let (commands, received) = self.crew.account();
        self.received += session.received() + received;
        self.proof.commands.clone_from(session.commands());
        for (verb, count) in commands {
            *self.proof.commands.entry(verb.clone()).or_default() += count;
        }
        result
    }

    async fn read_mailbox(
        &mut self,
        session: &mut Session,
        wanted: &Wanted,
        filter: &FolderFilter,
        out: &mpsc::Sender<Arrival>,
    ) -> Result<(), SourceError> {
        let (places, before) = folders::list_with_states(session).await?;
        if let Some(transcript) = &self.transcript {
            for place in &places {
                transcript.know(place.argument.as_deref().unwrap_or_default(), &place.folder.alias);
            }
        }
        if Copies::item(session).is_some() && told(out, Arrival::CopiesFollow).await == End::NobodyListens {
            return Ok(());
        }
        let mut read = Vec::new();
        for (place, state) in places.iter().zip(&before) {
            let end = if filter.takes(&place.folder.name) {
                read.push(place);
                self.read_folder(session, place, state, wanted, out).await?
            } else {
                let folder = Arc::clone(&place.folder);
                told(out, Arrival::NotOpened { folder, messages: state.messages }).await
            };
            if end == End::NobodyListens {
                return Ok(());
            }
        }
        let (after, rights) = match folders::states_and_rights(session, &places, &read).await {
            Err(error) => {
                self.connect_again(session, error).await?;
                folders::states_and_rights(session, &places, &read).await?
            }
            after => after?,
        };
        self.proof.cannot_write =
            !rights.is_empty() && rights.iter().all(|rights| rights.as_deref().is_some_and(forbid_writing));
        for ((place, before), after) in places.iter().zip(&before).zip(&after) {
            if !read.iter().any(|read| read.raw == place.raw) {
                continue;
            }
            if folders::same(before, after) {
                self.proof.unchanged += 1;
                continue;
            }
            self.proof.changed.push(place.folder.alias.clone());
            // Were they all marked as read, the very ones that were read here? Nobody else does that.
            let unread = self.unread.remove(&place.folder.alias).unwrap_or_default();
            if unread.len() > 1
                && after.unseen < before.unseen
                && after.messages >= before.messages
                && let Opened::ReadOnly(_) = folders::open(session, place).await?
                && let Some(still) = folders::unseen(session).await?
            {
                self.proof.marked_read |= still.is_disjoint(&unread);
            }
        }
        Ok(())
    }

    /// Reads a folder, over as many connections as it takes (and as there are good reasons for).
    async fn read_folder(
        &mut self,
        session: &mut Session,
        place: &Place,
        state: &State,
        wanted: &Wanted,
        out: &mpsc::Sender<Arrival>,
    ) -> Result<End, SourceError> {
        let known = self.memory.as_ref().and_then(|memory| (memory.folder)(&place.folder));
        if state.messages == Some(0) {
            // There is nothing to open it for.
            let gone = known.map(|known| known.numbers).unwrap_or_default();
            let resumed = Resumed { gone, ..self.resumed(place, Mark::default(), BTreeSet::new()) };
            return self.tell_of(resumed, 0, out).await;
        }
        if wanted.since.is_none()
            && let Some(known) = known.as_ref().filter(|known| is_unchanged(known, state))
        {
            // The same messages as then, and all of them are known: there is nothing to open it for either.
            let resumed = self.resumed(place, known.mark, known.numbers.clone());
            return self.tell_of(resumed, 0, out).await;
        }
        let mut task = Task { known: known.unwrap_or_default(), ..Task::default() };
        loop {
            let before = task.remaining.len();
            match self.read_on(session, place, state, &mut task, wanted, out).await {
                Err(error) => {
                    if task.remaining.len() < before {
                        self.in_vain = 0;
                    }
                    self.connect_again(session, error).await?;
                }
                end => return end,
            }
        }
    }

    /// Waits and connects again, if that may help; else the error stands.
    async fn connect_again(&mut self, session: &mut Session, mut error: SourceError) -> Result<(), SourceError> {
        loop {
            let passing = matches!(
                error,
                SourceError::Lost { .. } | SourceError::TryLater { .. } | SourceError::Unreachable { .. }
            );
            if !passing || self.reconnects >= RECONNECTS || self.in_vain >= IN_VAIN {
                return Err(match error {
                    // It was reached before; what was read stays.
                    SourceError::Unreachable { host, .. } => SourceError::Lost { host },
                    error => error,
                });
            }
            tokio::time::sleep(self.settings.timeouts.retry * 4_u32.pow(self.in_vain)).await;
            self.reconnects += 1;
            self.in_vain += 1;
            let before = Before { commands: session.commands(), transcript: self.transcript.as_ref() };
            let mut connected = connect::connect(&self.settings, &self.egress, &before).await;
            // The token was good before: it has run out.
            if let Err(SourceError::Login { host, .. }) = &connected
                && self.settings.login.is_token()
            {
                let expired = SourceError::Expired { host: host.clone() };
                let fresh = match &self.settings.renewal {
                    Some(renewal) => (renewal.ask)().await,
                    None => None,
                };
                let Some(login) = fresh.and_then(|token| self.settings.login.with_token(token)) else {
                    return Err(expired);
                };
                self.settings.login = login;
                connected = match connect::connect(&self.settings, &self.egress, &before).await {
                    Err(SourceError::Login { .. }) => return Err(expired),
                    connected => connected,
                };
            }
            match connected {
                Ok(fresh) => {
                    self.received += session.received();
                    *session = fresh;
                    return Ok(());
                }
                Err(next) => error = next,
            }
        }
    }

    /// Opens a folder and reads what of it is still to be read.
    async fn read_on(
        &mut self,
        session: &mut Session,
        place: &Place,
        state: &State,
        task: &mut Task,
        wanted: &Wanted,
        out: &mpsc::Sender<Arrival>,
    ) -> Result<End, SourceError> {
        let opened = match folders::open(session, place).await? {
            Opened::ReadOnly(opened) => opened,
            Opened::NotReadOnly => {
                self.proof.read_only = false;
                return Err(SourceError::NotReadOnly { host: self.settings.host.clone() });
            }
            Opened::Not => return Ok(folder_problem(place, out).await),
        };
        if !task.begun {
            let Some(uids) = folders::uids(session, &opened, wanted.since).await? else {
                return Ok(folder_problem(place, out).await);
            };
            let known = std::mem::take(&mut task.known);
            let resumed = self.compare(place, &opened, state, known, &uids, wanted.since.is_none());
            let remaining: BTreeSet<u32> = uids.difference(&resumed.known).copied().collect();
            let new = remaining.len() as u64;
            if !self.has_looked && state.unseen != Some(0) && new > 0 {
                // The server counts through the folder: that is a number of ours where all of it is wanted.
                let at = opened.first_unseen.filter(|_| wanted.since.is_none() && uids.len() as u64 == opened.messages);
                let at = at.and_then(|at| usize::try_from(at.checked_sub(1)?).ok());
                let canary = folders::canary(session, at.and_then(|at| uids.iter().nth(at).copied())).await?;
                self.has_looked = canary.is_some();
                self.proof.canary = canary.or(self.proof.canary);
                if canary == Some(false) {
                    return Err(SourceError::SetsSeen { host: self.settings.host.clone() });
                }
            }
            let resumed = Resumed { canary: self.proof.canary, ..resumed };
            *task = Task { begun: true, remaining, uid_validity: opened.uid_validity, known: Known::default() };
            if self.tell_of(resumed, new, out).await? == End::NobodyListens {
                return Ok(End::NobodyListens);
            }
        } else if task.uid_validity != opened.uid_validity {
            // The numbers mean other messages now.
            return Ok(folder_problem(place, out).await);
        }
        if self.copies.settle(session, place, &mut task.remaining, out).await? == End::NobodyListens {
            return Ok(End::NobodyListens);
        }
        let unread = self.unread.entry(place.folder.alias.clone()).or_default();
        let share = crew::Task {
            settings: &self.settings,
            egress: &self.egress,
            transcript: self.transcript.as_ref(),
            place,
            uid_validity: opened.uid_validity,
            out,
        };
        self.crew.fetch(session, &share, &mut task.remaining, unread, &mut self.copies).await
    }
}

/// Whether rights (RFC 4314, and the `c` and `d` of RFC 2086) let nothing of a folder be changed: no flags, no
/// messages, no folder.
fn forbid_writing(rights: &str) -> bool {
    !rights.contains(['s', 'w', 'i', 't', 'e', 'x', 'k', 'a', 'c', 'd'])
}

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// How often a lost connection is made anew: in a whole reading, and without anything coming of it.
const RECONNECTS: u32 = 20;
const IN_VAIN: u32 = 4;

/// What of a folder is still to be read.
#[derive(Debug, Default)]
struct Task {
    begun: bool,
    remaining: BTreeSet<u32>,
    uid_validity: Option<u64>,
    /// What earlier runs have of it, until it is opened.
    known: Known,
}

/// Whether a folder holds the same messages as when it was read to its end, and every one of them is still known: no
/// number was given since, and none fell.
fn is_unchanged(known: &Known, state: &State) -> bool {
    let Known { mark, numbers } = known;
    let same = |then: Option<u64>, now: Option<u64>| then.is_some() && then == now;
    state.uid_validity == Some(mark.uid_validity)
        && same(mark.uid_next, state.uid_next)
        && same(mark.messages, state.messages)
        && state.messages == Some(numbers.len() as u64)
}

async fn told(out: &mpsc::Sender<Arrival>, arrival: Arrival) -> End {
    match out.send(arrival).await {
        Ok(()) => End::Done,
        Err(_) => End::NobodyListens,
    }
}

/// A folder that cannot be read is one problem; the others are read.
async fn folder_problem(place: &Place, out: &mpsc::Sender<Arrival>) -> End {
    let at = Locator { folder: Arc::clone(&place.folder), number: 0 };
    told(out, Arrival::Problem(Problem { at, what: ProblemKind::Folder })).await
}

impl Source for ImapSource {
    async fn read(&mut self, wanted: &Wanted, out: &mpsc::Sender<Arrival>) -> Result<Reading, SourceError> {
        self.read_all(wanted, out).await?;
        Ok(self.reading())
    }
}

/// A folder, seen from outside.
#[derive(Clone, Debug)]
pub struct FolderFacts {
    pub folder: Arc<crate::message::Folder>,
    pub wanted: bool,
    pub messages: Option<u64>,
    /// Bytes, where the server tells without being made to count.
    pub size: Option<u64>,
    /// The rights of this user (RFC 4314), where the server tells.
    pub rights: Option<String>,
}

/// What `check` finds out without opening a message.
#[derive(Clone, Debug)]
pub struct Check {
    pub tls: String,
    /// What the server can do, in its own words, in upper case.
    pub capabilities: Vec<String>,
    pub folders: Vec<FolderFacts>,
    pub hosts: Vec<String>,
    pub commands: BTreeMap<String, u64>,
}

/// Logs in and looks around. Opens no folder and no message.
///
/// # Errors
/// What keeps the account from being read at all.
pub async fn check(settings: &Settings, wanted: &Wanted) -> Result<Check, SourceError> {
    let filter = wanted.filter()?;
    let egress = Egress::new([(settings.host.as_str(), settings.port)]);
    let before = Before { commands: &BTreeMap::new(), transcript: None };
    let mut session = connect::connect(settings, &egress, &before).await?;
    let places = folders::list(&mut session).await?;
    let states = folders::states_with_size(&mut session, &places).await?;
    let rights = folders::rights(&mut session, &places.iter().collect::<Vec<_>>()).await?;
    let facts = places.iter().zip(states).zip(rights);
    let folders = facts.map(|((place, state), rights)| FolderFacts {
        folder: Arc::clone(&place.folder),
        wanted: filter.takes(&place.folder.name),
        messages: state.messages,
        size: state.size,
        rights,
    });
    let folders = folders.collect();
    let _ = tokio::time::timeout(GOODBYE, session.run("LOGOUT", |_| {})).await;
    Ok(Check {
        tls: session.tls.clone(),
        capabilities: session.capabilities.iter().cloned().collect(),
        folders,
        hosts: [settings.contacted.clone(), egress.contacted()].concat(),
        commands: session.commands().clone(),
    })
}

/// What becomes of a server's bytes, whatever they are: framed, read, planned with. For the fuzzer, which reaches
/// nothing in these private modules otherwise.
#[doc(hidden)]
pub async fn read_anything(bytes: Vec<u8>) {
    use self::parts::Plan;
    use self::reader::{Untagged, untagged};
    use self::wire::{Bounds, Wire};
    let second = Duration::from_secs(1);
    let bounds = Bounds { literal: 1 << 20, line: 1 << 16, numbers: 1 << 20, idle: second, response: second };
    let carrier = tokio::io::join(std::io::Cursor::new(bytes), tokio::io::sink());
    let mut wire = Wire::new(Box::new(carrier), bounds, gate::Gate::default());
    while let Ok(response) = wire.next().await {
        // What a response says of itself, and what a login would make of it.
        let _ = (response.tag(), response.status(), response.code());
        match untagged(&response.bytes) {
            Untagged::List(listed) => {
                let name = names::decode(&listed, false);
                names::kind(&listed, &name);
            }
            Untagged::Fetch(fetched) => {
                if let Some(Ok(structure)) = &fetched.structure {
                    let head = b"From: a@firm.example\r\n\r\n";
                    let mut plan = Plan::of(structure);
                    parts::is_plain_to_read(head, structure);
                    for piece in &mut plan.now {
                        parts::part_at(structure, &piece.section);
                        piece.got = Some(b"some text\r\n".to_vec());
                    }
                    parts::rebuild(head, structure, &plan.now);
                }
            }
            _ => {}
        }
    }
}
