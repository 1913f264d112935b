//! Decides what a run leaves for the next one, and how: which messages were read, and what each of them showed, sealed.
//!
//! The file tells without its key how many folders and messages there are, and nothing of anybody: folders stand under
//! keyed pseudonyms, and what a message showed is encrypted. Whoever has the key can read it, as with the results.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use ring::aead;
use rusqlite::{Connection, OptionalExtension as _, params};
use sha2::Sha256;

use super::Analysis;
use crate::message::Folder;
use crate::source::{Known, Mark, Memory, Resumed};

/// `mgln` in a file's header: this is a state of mailglean.
const APPLICATION: i32 = 0x6d67_6c6e;
/// The shape of the tables.
const SHAPE: i32 = 1;
/// Rows that are committed at once, and how long the first of them may wait.
const BATCH: usize = 500;
const BATCH_TIME: Duration = Duration::from_millis(200);
/// Messages that a worker takes up at once.
const TAKEN: usize = 256;
/// A folder's sum is written anew when so many messages, or one in so many, are not in it yet.
const LOOSE: usize = 2_000;
const LOOSE_SHARE: usize = 8;

/// A keyed pseudonym.
type Name = [u8; 16];

/// Why a state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("'{}' is no state of mailglean", path.display())]
    NotAState { path: PathBuf },
    #[error("the state '{}' was made by a newer mailglean", path.display())]
    TooNew { path: PathBuf },
    #[error("the state '{}' was made with another key", path.display())]
    OtherKey { path: PathBuf },
    #[error("the state '{}' is in use by another run", path.display())]
    InUse { path: PathBuf },
    #[error("cannot use the state '{}'", path.display())]
    Broken {
        path: PathBuf,
        #[source]
        cause: rusqlite::Error,
    },
    #[error("cannot make the state '{}'", path.display())]
    NotMade {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
}

/// Whose mailbox a state is about, through whatever port. Nothing of it is written down but a pseudonym.
#[derive(Clone, Copy)]
pub struct Mailbox<'a> {
    pub host: &'a str,
    pub user: &'a str,
    pub authzid: Option<&'a str>,
}

/// The state of one mailbox, open for one run.
pub struct State {
    path: PathBuf,
    db: Connection,
    keys: Keys,
    account: Name,
    memory: Memory,
    /// It was made by a mailglean that saw messages otherwise, and was emptied.
    pub started_over: bool,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

impl State {
    /// Opens or makes the file. `sees`: what tells this program's reading of a message from any other's.
    ///
    /// # Errors
    /// [`StateError`] if the file is something else, of another key, or in use.
    pub fn open(path: &Path, key: &[u8], mailbox: &Mailbox<'_>, sees: &[u8]) -> Result<Self, StateError> {
        let broken = |cause: rusqlite::Error| state_error(path, cause);
        make(path).map_err(|cause| StateError::NotMade { path: path.to_owned(), cause })?;
        let db = Connection::open(path).map_err(broken)?;
        // One run at a time: what two of them fetch at once would be fetched twice.
        db.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0;").map_err(broken)?;
        let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(broken)?;
        let (application, shape) = (number("application_id").map_err(broken)?, number("user_version").map_err(broken)?);
        if application != APPLICATION && (application != 0 || tables > 0) {
            return Err(StateError::NotAState { path: path.to_owned() });
        }
        if shape > SHAPE {
            return Err(StateError::TooNew { path: path.to_owned() });
        }
        // WAL and NORMAL: a commit survives the end of the process at any moment, and the file stays whole at a power cut.
        // Rows that go are overwritten.
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;",
        )
        .map_err(broken)?;
        let keys = Keys::new(key);
        let account = keys.account(mailbox);
        let mut state = Self {
            path: path.to_owned(),
            db,
            keys,
            account,
            memory: Memory { canary: None, folder: Arc::new(|_| None) },
            started_over: false,
        };
        state.prepare(sees)?;
        state.memory = state.remember().map_err(broken)?;
        Ok(state)
    }

    /// What a source needs to know of earlier runs.
    pub fn memory(&self) -> Memory {
        self.memory.clone()
    }

    /// Makes the tables, and empties them if another reading filled them.
    fn prepare(&mut self, sees: &[u8]) -> Result<(), StateError> {
        let path = self.path.clone();
        let broken = |cause: rusqlite::Error| state_error(&path, cause);
        let check = self.keys.name(&[b"check"]);
        let sees = self.keys.name(&[b"sees", sees]);
        let change = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(broken)?;
        change.execute_batch(TABLES).map_err(broken)?;
        change.pragma_update(None, "application_id", APPLICATION).map_err(broken)?;
        change.pragma_update(None, "user_version", SHAPE).map_err(broken)?;
        let meta = |name: &str| {
            let query = "SELECT value FROM meta WHERE name = ?";
            change.query_row(query, [name], |row| row.get::<_, Vec<u8>>(0)).optional().map_err(broken)
        };
        if meta("check")?.is_some_and(|have| have != check) {
            return Err(StateError::OtherKey { path: self.path.clone() });
        }
        let have = meta("sees")?;
        if have.as_deref() != Some(&sees[..]) {
            self.started_over = have.is_some();
            change
                .execute_batch("DELETE FROM message; DELETE FROM sum; DELETE FROM folder; DELETE FROM account;")
                .map_err(broken)?;
        }
        let put = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)";
        change.execute(put, params!["check", &check[..]]).map_err(broken)?;
        change.execute(put, params!["sees", &sees[..]]).map_err(broken)?;
        change.commit().map_err(broken)
    }

    /// Reads what the source has to know.
    fn remember(&self) -> rusqlite::Result<Memory> {
        let canary: Option<Option<bool>> = self
            .db
            .query_row("SELECT canary FROM account WHERE name = ?", [&self.account[..]], |row| row.get(0))
            .optional()?;
        let mut folders: BTreeMap<Name, Known> = BTreeMap::new();
        let mut uids = self.db.prepare("SELECT uid FROM message WHERE folder = ?")?;
        let mut query = self.db.prepare(
            "SELECT id, name, uid_validity, uid_next, messages, highest_modseq FROM folder WHERE account = ?",
        )?;
        let mut rows = query.query([&self.account[..]])?;
        while let Some(row) = rows.next()? {
            let number = |at: usize| row.get::<_, Option<i64>>(at).map(|value| value.map(i64::cast_unsigned));
            let mark = Mark {
                uid_validity: number(2)?.unwrap_or(0),
                uid_next: number(3)?,
                messages: number(4)?,
                highest_modseq: number(5)?,
            };
            let numbers = uids.query_map([row.get::<_, i64>(0)?], |row| row.get(0))?.collect::<Result<_, _>>()?;
            folders.insert(row.get(1)?, Known { mark, numbers });
        }
        let (keys, account) = (self.keys.clone(), self.account);
        let asked: Mutex<BTreeSet<Name>> = Mutex::default();
        let folder = move |folder: &Folder| {
            let name = keys.folder(account, folder);
            // Two folders whose names read alike are told apart by nobody here: the second is read like a new one.
            let first = asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
            if first { folders.get(&name).cloned() } else { None }
        };
        Ok(Memory { canary: canary.flatten(), folder: Arc::new(folder) })
    }
}

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account (name BLOB PRIMARY KEY, canary INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS folder (id INTEGER PRIMARY KEY, account BLOB NOT NULL, name BLOB NOT NULL,
    uid_validity INTEGER NOT NULL, uid_next INTEGER, messages INTEGER, highest_modseq INTEGER, UNIQUE (account, name));
CREATE TABLE IF NOT EXISTS message (folder INTEGER NOT NULL, uid INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS message_at ON message (folder, uid);
CREATE TABLE IF NOT EXISTS sum (folder INTEGER PRIMARY KEY, uids BLOB NOT NULL, sealed BLOB NOT NULL);";

/// An empty file for its user alone, unless there is one.
fn make(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn state_error(path: &Path, cause: rusqlite::Error) -> StateError {
    let path = path.to_owned();
    match cause.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => StateError::InUse { path },
        Some(rusqlite::ErrorCode::NotADatabase) => StateError::NotAState { path },
        _ => StateError::Broken { path, cause },
    }
}

/// Keys for names and for sealing, both derived from the key of the pseudonyms: who destroys that one destroys all.
#[derive(Clone)]
struct Keys {
    names: [u8; 32],
    seal: Arc<aead::LessSafeKey>,
}

impl Keys {
    fn new(key: &[u8]) -> Self {
        let names = mac(key, &[b"mailglean state: names"]);
        let seal = mac(key, &[b"mailglean state: seal"]);
        // 32 bytes are what this algorithm takes, so this cannot fail; a key that opens nothing would be no harm.
        let unbound = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &seal);
        #[expect(clippy::expect_used, reason = "the length is that of the algorithm")]
        let unbound = unbound.expect("a key of 32 bytes");
        Self { names, seal: Arc::new(aead::LessSafeKey::new(unbound)) }
    }

    fn name(&self, parts: &[&[u8]]) -> Name {
        let [name @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = mac(&self.names, parts);
        name
    }

    fn account(&self, mailbox: &Mailbox<'_>) -> Name {
        let Mailbox { host, user, authzid } = mailbox;
        let host = host.to_ascii_lowercase();
        let authzid = authzid.unwrap_or_default();
        self.name(&[b"account", host.as_bytes(), user.as_bytes(), authzid.as_bytes()])
    }

    /// The kind belongs to it: what was read as Sent is not what it is as Other.
    fn folder(&self, account: Name, folder: &Folder) -> Name {
        self.name(&[b"folder", &account, format!("{:?}", folder.kind).as_bytes(), folder.name.as_bytes()])
    }

    /// Seals bytes to the place where they are kept, so that rows cannot be exchanged.
    fn seal(&self, at: &Seat, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let mut nonce = [0; aead::NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let with = aead::Nonce::assume_unique_for_key(nonce);
        self.seal.seal_in_place_append_tag(with, aead::Aad::from(at.bytes()), &mut bytes).ok()?;
        bytes.extend_from_slice(&nonce);
        Some(bytes)
    }

    fn open(&self, at: &Seat, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = sealed.split_off(sealed.len().checked_sub(aead::NONCE_LEN)?);
        let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let length = self.seal.open_in_place(nonce, aead::Aad::from(at.bytes()), &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Where sealed bytes are kept.
struct Seat {
    folder: Name,
    uid_validity: u64,
    /// 0: the folder's sum, of the messages that have this digest.
    uid: u32,
    of: Name,
}

impl Seat {
    fn bytes(&self) -> Vec<u8> {
        [&self.folder[..], &self.uid_validity.to_be_bytes(), &self.uid.to_be_bytes(), &self.of].concat()
    }
}

/// What the keeper of the state is told.
pub(super) enum Note {
    /// A folder begins.
    Resumed(Resumed),
    /// A message was read, and this is what it shows.
    Read { folder: Arc<Folder>, uid: u64, shows: Vec<u8> },
    /// No folder will begin any more.
    AllBegun,
    /// The run came to its end: all folders that there are were named.
    Complete { folders: BTreeSet<Arc<Folder>> },
}

/// Messages that were read by an earlier run, unsealed.
pub(super) struct Recalled {
    pub folder: Arc<Folder>,
    pub shown: Vec<Vec<u8>>,
    /// Of how many messages nothing can be unsealed: they are lost to this run, and fetched by the next.
    pub lost: Vec<u32>,
}

/// Keeps the state while a run goes on; the one that writes to the file.
pub(super) struct Keeper<F> {
    state: State,
    /// Takes what was recalled; dropped as soon as there can be no more.
    hand_out: Option<F>,
    /// Folders of this run, by alias.
    begun: BTreeMap<String, Begun>,
    names: BTreeSet<Name>,
    /// Rows since the last commit, and when the first of them came.
    waiting: usize,
    since: Instant,
    failed: Option<rusqlite::Error>,
}

struct Begun {
    id: i64,
    seat: (Name, u64),
    mark: Mark,
    whole: bool,
    folder: Arc<Folder>,
}

impl Begun {
    fn seat(&self, uid: u32, of: Name) -> Seat {
        Seat { folder: self.seat.0, uid_validity: self.seat.1, uid, of }
    }
}

impl<F: FnMut(Recalled)> Keeper<F> {
    pub(super) fn new(state: State, hand_out: F) -> Self {
        Self {
            state,
            hand_out: Some(hand_out),
            begun: BTreeMap::new(),
            names: BTreeSet::new(),
            waiting: 0,
            since: Instant::now(),
            failed: None,
        }
    }

    /// Works until nobody has a note any more. The run does not end with the state: an error is told at its end.
    pub(super) fn run(mut self, notes: &mpsc::Receiver<Note>) -> Result<(), StateError> {
        loop {
            let note = if self.waiting == 0 {
                notes.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected)
            } else {
                notes.recv_timeout(BATCH_TIME.saturating_sub(self.since.elapsed()))
            };
            let done = match note {
                Ok(note) => self.take(note),
                Err(mpsc::RecvTimeoutError::Timeout) => self.commit(),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            if let Err(cause) = done {
                // What cannot be written is not written; whatever is known is handed out all the same.
                self.failed.get_or_insert(cause);
                let _ = self.state.db.execute_batch("ROLLBACK");
                self.waiting = 0;
            }
        }
        if let Err(cause) = self.commit() {
            self.failed.get_or_insert(cause);
        }
        match self.failed {
            None => Ok(()),
            Some(cause) => Err(state_error(&self.state.path, cause)),
        }
    }

    fn take(&mut self, note: Note) -> rusqlite::Result<()> {
        match note {
            Note::Resumed(resumed) => self.begin(resumed)?,
            Note::Read { folder, uid, shows } => self.keep(&folder, uid, shows)?,
            Note::AllBegun => self.hand_out = None,
            Note::Complete { folders } => {
                self.commit()?;
                self.complete(&folders)?;
            }
        }
        if self.waiting >= BATCH || (self.waiting > 0 && self.since.elapsed() >= BATCH_TIME) {
            self.commit()?;
        }
        Ok(())
    }

    /// Opens a transaction, if none is.
    fn write(&mut self) -> rusqlite::Result<&Connection> {
        if self.waiting == 0 {
            self.state.db.execute_batch("BEGIN IMMEDIATE")?;
            self.since = Instant::now();
        }
        self.waiting += 1;
        Ok(&self.state.db)
    }

    fn commit(&mut self) -> rusqlite::Result<()> {
        if self.waiting > 0 {
            self.waiting = 0;
            self.state.db.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    fn begin(&mut self, resumed: Resumed) -> rusqlite::Result<()> {
        let Resumed { folder, mark, known, gone, starts_over, whole, canary } = resumed;
        let (account, name) = (self.state.account, self.state.keys.folder(self.state.account, &folder));
        if !self.names.insert(name) {
            return Ok(());
        }
        let db = self.write()?;
        db.execute("INSERT OR IGNORE INTO account (name) VALUES (?)", [&account[..]])?;
        if canary.is_some() {
            db.execute("UPDATE account SET canary = ? WHERE name = ?", params![canary, &account[..]])?;
        }
        let id = "SELECT id, uid_validity FROM folder WHERE account = ? AND name = ?";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?.cast_unsigned()));
        let have = db.query_row(id, params![&account[..], &name[..]], row).optional()?;
        if let Some((id, _)) = have {
            if starts_over || mark.uid_validity == 0 {
                db.execute("DELETE FROM message WHERE folder = ?", [id])?;
                db.execute("DELETE FROM sum WHERE folder = ?", [id])?;
            }
            let mut delete = db.prepare_cached("DELETE FROM message WHERE folder = ? AND uid = ?")?;
            for uid in &gone {
                delete.execute(params![id, uid])?;
            }
        }
        if mark.uid_validity == 0 {
            return self.commit();
        }
        let id = match have {
            Some((id, validity)) if validity == mark.uid_validity => id,
            Some((id, _)) => {
                db.execute(
                    "UPDATE folder SET uid_validity = ?, uid_next = NULL, messages = NULL, highest_modseq = NULL WHERE id = ?",
                    params![mark.uid_validity.cast_signed(), id],
                )?;
                id
            }
            None => {
                db.execute(
                    "INSERT INTO folder (account, name, uid_validity) VALUES (?, ?, ?)",
                    params![&account[..], &name[..], mark.uid_validity.cast_signed()],
                )?;
                db.last_insert_rowid()
            }
        };
        self.commit()?;
        let begun = Begun { id, seat: (name, mark.uid_validity), mark, whole, folder: Arc::clone(&folder) };
        self.recall(&begun, known)?;
        self.begun.insert(folder.alias.clone(), begun);
        Ok(())
    }

    /// Hands out what is known of these messages: in one sum as far as that goes, the rest one by one.
    fn recall(&mut self, begun: &Begun, mut known: BTreeSet<u32>) -> rusqlite::Result<()> {
        let Some(hand_out) = &mut self.hand_out else { return Ok(()) };
        let folder = || Arc::clone(&begun.folder);
        if let Some((covered, sum)) = sum(&self.state, begun)?
            && covered.is_subset(&known)
        {
            known = &known - &covered;
            hand_out(Recalled { folder: folder(), shown: vec![sum], lost: Vec::new() });
        }
        let mut recalled = Recalled { folder: folder(), shown: Vec::new(), lost: Vec::new() };
        let mut select = self.state.db.prepare_cached("SELECT sealed FROM message WHERE folder = ? AND uid = ?")?;
        for uid in known {
            let sealed: Option<Vec<u8>> = select.query_row(params![begun.id, uid], |row| row.get(0)).optional()?;
            match sealed.and_then(|sealed| self.state.keys.open(&begun.seat(uid, Name::default()), sealed)) {
                Some(shows) => recalled.shown.push(shows),
                None => {
                    self.state
                        .db
                        .execute("DELETE FROM message WHERE folder = ? AND uid = ?", params![begun.id, uid])?;
                    recalled.lost.push(uid);
                }
            }
            if recalled.shown.len() >= TAKEN {
                let full = std::mem::replace(
                    &mut recalled,
                    Recalled { folder: folder(), shown: Vec::new(), lost: Vec::new() },
                );
                hand_out(full);
            }
        }
        hand_out(recalled);
        Ok(())
    }

    fn keep(&mut self, folder: &Folder, uid: u64, shows: Vec<u8>) -> rusqlite::Result<()> {
        let Some(begun) = self.begun.get(&folder.alias) else { return Ok(()) };
        let Ok(uid) = u32::try_from(uid) else { return Ok(()) };
        let id = begun.id;
        let Some(sealed) = self.state.keys.seal(&begun.seat(uid, Name::default()), shows) else { return Ok(()) };
        let put = "INSERT OR REPLACE INTO message (folder, uid, sealed) VALUES (?, ?, ?)";
        self.write()?.prepare_cached(put)?.execute(params![id, uid, sealed])?;
        Ok(())
    }

    /// All was read: what was begun is whole now, and what was not there is gone.
    fn complete(&mut self, folders: &BTreeSet<Arc<Folder>>) -> rusqlite::Result<()> {
        let begun: Vec<Begun> = std::mem::take(&mut self.begun).into_values().collect();
        for begun in &begun {
            self.add_up(begun)?;
            let count: i64 =
                self.state
                    .db
                    .query_row("SELECT count(*) FROM message WHERE folder = ?", [begun.id], |row| row.get(0))?;
            let Mark { uid_next, messages, highest_modseq, .. } = begun.mark;
            // A message that was not delivered has no row: the folder is opened again the next time.
            if begun.whole && messages == Some(count.cast_unsigned()) {
                self.write()?.execute(
                    "UPDATE folder SET uid_next = ?, messages = ?, highest_modseq = ? WHERE id = ?",
                    params![
                        uid_next.map(u64::cast_signed),
                        messages.map(u64::cast_signed),
                        highest_modseq.map(u64::cast_signed),
                        begun.id
                    ],
                )?;
            }
        }
        let there: BTreeSet<Name> =
            folders.iter().map(|folder| self.state.keys.folder(self.state.account, folder)).collect();
        let account = self.state.account;
        let mut query = self.state.db.prepare("SELECT id, name FROM folder WHERE account = ?")?;
        let rows = query.query_map([&account[..]], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Name>(1)?)))?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        drop(query);
        for (id, _) in rows.iter().filter(|(_, name)| !there.contains(name)) {
            let db = self.write()?;
            for table in [
                "DELETE FROM message WHERE folder = ?",
                "DELETE FROM sum WHERE folder = ?",
                "DELETE FROM folder WHERE id = ?",
            ] {
                db.execute(table, [id])?;
            }
        }
        self.commit()
    }

    /// Adds a folder's messages up where the sum would leave too many to be read one by one.
    fn add_up(&mut self, begun: &Begun) -> rusqlite::Result<()> {
        let db = &self.state.db;
        let rows: BTreeSet<u32> = db
            .prepare_cached("SELECT uid FROM message WHERE folder = ?")?
            .query_map([begun.id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        // Whose sum there is shows without unsealing it.
        let covered = covered(&self.state, begun)?.filter(|covered| covered.is_subset(&rows));
        let summed = covered.as_ref().map_or(0, BTreeSet::len);
        let loose = rows.len() - summed;
        if loose == 0 || (covered.is_some() && loose < LOOSE && loose < summed / LOOSE_SHARE) || rows.len() < TAKEN {
            return Ok(());
        }
        let have = sum(&self.state, begun)?.filter(|(covered, _)| covered.is_subset(&rows));
        let mut total = Analysis::default();
        let mut rest = rows.clone();
        if let Some((covered, sum)) = have
            && let Some(sum) = Analysis::read(&sum, &begun.folder)
        {
            rest = &rest - &covered;
            total.merge(sum);
        }
        for uid in rest {
            let sealed: Vec<u8> = self
                .state
                .db
                .prepare_cached("SELECT sealed FROM message WHERE folder = ? AND uid = ?")?
                .query_row(params![begun.id, uid], |row| row.get(0))?;
            let shows = self.state.keys.open(&begun.seat(uid, Name::default()), sealed);
            let Some(one) = shows.and_then(|shows| Analysis::read(&shows, &begun.folder)) else { return Ok(()) };
            total.merge(one);
        }
        let uids = ranges(&rows);
        let mut bytes = Vec::new();
        total.write(&mut bytes);
        let of = self.state.keys.name(&[b"uids", &uids]);
        let Some(sealed) = self.state.keys.seal(&begun.seat(0, of), bytes) else { return Ok(()) };
        let put = "INSERT OR REPLACE INTO sum (folder, uids, sealed) VALUES (?, ?, ?)";
        self.write()?.execute(put, params![begun.id, uids, sealed])?;
        Ok(())
    }
}

/// Whose sum is kept of a folder.
fn covered(state: &State, begun: &Begun) -> rusqlite::Result<Option<BTreeSet<u32>>> {
    let query = "SELECT uids FROM sum WHERE folder = ?";
    let uids: Option<Vec<u8>> = state.db.query_row(query, [begun.id], |row| row.get(0)).optional()?;
    Ok(uids.map(|uids| numbers(&uids)))
}

/// The sum of a folder, and whose it is.
fn sum(state: &State, begun: &Begun) -> rusqlite::Result<Option<(BTreeSet<u32>, Vec<u8>)>> {
    let query = "SELECT uids, sealed FROM sum WHERE folder = ?";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((uids, sealed)) = state.db.query_row(query, [begun.id], row).optional()? else { return Ok(None) };
    let of = state.keys.name(&[b"uids", &uids]);
    let opened = state.keys.open(&begun.seat(0, of), sealed);
    Ok(opened.map(|sum| (numbers(&uids), sum)))
}

/// First and last of each run of numbers, four bytes each.
fn ranges(numbers: &BTreeSet<u32>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = numbers.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if(|next| last.checked_add(1) == Some(*next)) {
            last = next;
        }
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&last.to_be_bytes());
    }
    out
}

fn numbers(ranges: &[u8]) -> BTreeSet<u32> {
    let (numbers, _) = ranges.as_chunks::<4>();
    let (pairs, _) = numbers.as_chunks::<2>();
    pairs.iter().flat_map(|[first, last]| u32::from_be_bytes(*first)..=u32::from_be_bytes(*last)).collect()
}
