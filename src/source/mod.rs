//! Decides how messages come in: one trait, and behind it IMAP, files and address books.

pub mod carddav;
pub mod contacts;
pub mod files;
pub mod folder;
mod http;
pub mod imap;
#[cfg(feature = "oauth")]
pub mod oauth;

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use tokio::sync::mpsc;

use crate::message::{Folder, Locator, Problem, RawMessage};

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Globs over folder names (`INBOX`, `Archive/**`); empty: every folder.
    pub folders: Vec<String>,
    /// Globs of folders to leave out.
    pub exclude: Vec<String>,
    /// Only messages dated (IMAP: received) on this day (since 1970-01-01) or later.
    pub since: Option<i32>,
}

impl Wanted {
    /// The folders that are wanted, as something that can be asked.
    ///
    /// # Errors
    /// A glob that is none.
    pub fn filter(&self) -> Result<FolderFilter, SourceError> {
        Ok(FolderFilter { take: globs(&self.folders)?, leave: globs(&self.exclude)?, all: self.folders.is_empty() })
    }
}

/// Tells which folders are wanted.
#[derive(Clone, Debug)]
pub struct FolderFilter {
    take: GlobSet,
    leave: GlobSet,
    all: bool,
}

impl FolderFilter {
    /// Whether a folder of this name (`/` between its levels) is wanted.
    pub fn takes(&self, name: &str) -> bool {
        (self.all || self.take.is_match(name)) && !self.leave.is_match(name)
    }
}

/// `*` stays within a level of folders, `**` does not.
fn globs(patterns: &[String]) -> Result<GlobSet, SourceError> {
    let wrong = |pattern: &str| SourceError::Glob { pattern: pattern.to_owned() };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|_| wrong(pattern))?;
        set.add(glob);
    }
    set.build().map_err(|_| wrong(&patterns.join(", ")))
}

/// What a source hands over, in the order it comes.
pub enum Arrival {
    /// A folder was opened and holds this many messages that are wanted.
    Folder {
        folder: Arc<Folder>,
        messages: u64,
    },
    Message(RawMessage),
    /// A message or a folder that was not read.
    Problem(Problem),
    /// A folder that is known and was not opened because nobody wanted it, with its number of messages if known.
    NotOpened {
        folder: Arc<Folder>,
        messages: Option<u64>,
    },
    /// How a folder stands to what an earlier run left of it; comes before its messages.
    Resumed(Resumed),
    /// Messages that come may have copies in folders that follow; comes before any of them.
    CopiesFollow,
    /// A message whose copy was handed over before, from another place, and is not fetched again.
    Copy {
        at: Locator,
        of: Locator,
    },
}

/// The state of a folder by which the next run sees whether anything came or went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Without it a number says nothing about the next time.
    pub uid_validity: u64,
    pub uid_next: Option<u64>,
    pub messages: Option<u64>,
    pub highest_modseq: Option<u64>,
}

/// What an earlier run left of a folder.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// As it was when all of the folder had been read; its counters are empty if that was never so.
    pub mark: Mark,
    /// The numbers of the messages that need not be fetched.
    pub numbers: BTreeSet<u32>,
}

/// Tells what an earlier run left of a folder.
pub type Recollection = dyn Fn(&Folder) -> Option<Known> + Send + Sync;

/// What earlier runs left of a mailbox.
#[derive(Clone)]
pub struct Memory {
    /// Whether an unread message stayed unread then.
    pub canary: Option<bool>,
    /// What is known of one folder.
    pub folder: Arc<Recollection>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory(..)")
    }
}

/// How a folder stands to what an earlier run left of it.
#[derive(Clone, Debug)]
pub struct Resumed {
    pub folder: Arc<Folder>,
    pub mark: Mark,
    /// Messages that are wanted and known: they will not come.
    pub known: BTreeSet<u32>,
    /// Messages that were known and are there no more.
    pub gone: BTreeSet<u32>,
    /// The server has numbered the folder anew: nothing of what was known holds.
    pub starts_over: bool,
    /// Every message of the folder is wanted, so that it will have been read to its end.
    pub whole: bool,
    pub canary: Option<bool>,
}

/// What a source can say of itself when it is done.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Every `host:port` that was connected to, in order, each once.
    pub hosts: Vec<String>,
    /// What shows that nothing was changed; `None` for files, which are opened for reading alone.
    pub proof: Option<Proof>,
}

/// The facts about reading only.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Proof {
    /// The commands that went out on the wire, by verb, with their number.
    pub commands: std::collections::BTreeMap<String, u64>,
    /// TLS version and cipher suite, or why there was none.
    pub tls: String,
    /// Whether every folder was opened read-only and the server confirmed it.
    pub read_only: bool,
    /// Folders (aliases) whose state (UIDVALIDITY, UIDNEXT, MESSAGES, UNSEEN, HIGHESTMODSEQ) differed afterwards.
    pub changed: Vec<String>,
    /// Folders whose state was equal before and after.
    pub unchanged: u64,
    /// Whether an unread message stayed unread when it was looked at, before any other was; `None` if there was none.
    #[serde(default)]
    pub canary: Option<bool>,
    /// Messages turned from unread to read while they were read here, and no others did.
    #[serde(default)]
    pub marked_read: bool,
    /// Whether this user's rights let nothing of any folder that was read be changed, as the server says.
    #[serde(default)]
    pub cannot_write: bool,
    /// The hash that stands for the transcript, if one was written.
    #[serde(default)]
    pub transcript: Option<String>,
}

/// How well it is shown that nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Grade {
    /// Nothing could have been: the server forbids this user to write.
    A,
    /// Nothing that writes was sent, and every folder was the same before and after.
    B,
    /// Nothing that writes was sent; somebody else changed something meanwhile.
    C,
    /// Something was changed by the reading, or the server did not promise that it cannot be.
    F,
}

impl Proof {
    /// What these facts come to. A command that is not on the list is never sent, so what differs afterwards and was
    /// not marked as read by our looking is somebody else's doing.
    pub fn grade(&self) -> Grade {
        match () {
            () if !self.read_only || self.canary == Some(false) || self.marked_read => Grade::F,
            () if self.cannot_write => Grade::A,
            () if self.changed.is_empty() => Grade::B,
            () => Grade::C,
        }
    }
}

/// A place that mail comes from.
pub trait Source: Send {
    /// Reads what is wanted and sends it on. Ends early, without error, when nobody listens any more.
    ///
    /// # Errors
    /// Only what ends the reading as a whole; a message or a folder that fails is an [`Arrival::Problem`].
    fn read(
        &mut self,
        wanted: &Wanted,
        out: &mpsc::Sender<Arrival>,
    ) -> impl Future<Output = Result<Reading, SourceError>> + Send;

    /// What can be said so far; for a reading that ended in an error or was cut short.
    fn reading(&self) -> Reading {
        Reading::default()
    }
}

/// Why a source could not be read. Holds no personal data: hosts, aliases and numbers only.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot read '{path}'")]
    Unreadable {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("'{path}' is neither a Maildir, an mbox, a message nor a folder of messages")]
    NotMail { path: String },
    #[error("'{path}' is no address book: neither vCard nor CSV nor LDIF")]
    NotContacts { path: String },
    #[error("cannot reach {host}")]
    Unreachable {
        host: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("the TLS connection to {host} failed: {what}")]
    Tls { host: String, what: String },
    #[error("login refused by {host}")]
    Login { host: String, hint: String },
    /// It was good when the reading began, and no other was to be had.
    #[error("the access token for {host} has run out before everything was read")]
    Expired { host: String },
    #[error("{host} broke the protocol: {what}")]
    Protocol { host: String, what: String },
    #[error("{host} asks to try again later")]
    TryLater { host: String },
    #[error("the connection to {host} was lost before everything was read")]
    Lost { host: String },
    #[error("'{pattern}' is not a pattern of folder names")]
    Glob { pattern: String },
    #[error("{host} marks messages as read although it is told not to; stopped after the first")]
    SetsSeen { host: String },
    #[error("{host} does not open folders read-only")]
    NotReadOnly { host: String },
}
