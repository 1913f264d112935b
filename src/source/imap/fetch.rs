//! Getting the messages of a folder in two passes: the header fields and the structure of all of them, then of each
//! message the texts that a person would see, and nothing else.
//!
//! Many messages share a command and several commands are under way at once, so that the time is that of the bytes and
//! not that of the round trips. Messages are handed on as they become complete.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::folders::Place;
use super::parts::{ATTACHED_FIELDS, Doubt, FIELDS, Piece, Plan, STUB, is_plain_to_read, part_at, rebuild};
use super::reader::{Fetched, Part, Untagged, untagged};
use super::session::{Event, Outcome, Session};
use super::{Limits, Settings};
use crate::message::{self, Folder, Locator, Problem, ProblemKind, RawMessage};
use crate::source::{Arrival, SourceError};

/// Why there is no more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    NobodyListens,
}

/// Commands under way at once.
const DEPTH: usize = 4;
/// As long as less than this is still to come, small groups are asked for as well, so that the line is never idle: what
/// a line of 50 Mbit/s carries in 80 ms.
const ENOUGH: u64 = 512 << 10;
/// Commands under way at once where their answers are small, and their bytes: a server that is writing does not read, and
/// what waits for it must fit between us.
const SMALL_DEPTH: usize = 32;
const ASKED: usize = 16 << 10;
/// What the header fields and the structure of a message come to, more or less.
const HEAD_BYTES: u64 = 1_000;
/// Messages whose header fields are asked for in one command.
const HEADS: usize = 500;
/// Messages whose texts are asked for in one command, and their bytes as announced.
const TEXTS: usize = 500;
const TEXT_BYTES: u64 = 4 << 20;
/// Messages that are asked for as a whole in one command.
const WHOLE: usize = 20;
/// Messages of which the header is known and the text is not; each holds a few kilobytes.
const UNDER_WAY: usize = 3_000;
/// A plain text that is kept while its alternative is fetched.
const KEPT: usize = 16 << 10;
/// How often a server that is busy is asked again, with a pause that doubles.
const RETRIES: u32 = 5;

/// A message of which the header is known.
struct Draft {
    head: Vec<u8>,
    root: Part,
    pieces: Vec<Piece>,
    maybe: Vec<Doubt>,
    clipped: bool,
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ask {
    Heads,
    /// These items, of messages that are otherwise alike.
    Texts(Vec<String>),
    Whole,
}

/// A command: what is asked of which messages, and of which of them nothing has come yet.
struct Job {
    ask: Ask,
    missing: BTreeSet<u32>,
    /// What a message is expected to bring.
    each: u64,
    tries: u32,
}

impl Job {
    fn new(ask: Ask, uids: impl IntoIterator<Item = u32>, each: u64) -> Self {
        Self { ask, missing: uids.into_iter().collect(), each, tries: 0 }
    }

    /// What of the answer is still to come, more or less.
    fn due(&self) -> u64 {
        self.each.saturating_mul(self.missing.len() as u64)
    }

    fn command(&self, limits: &Limits, id: &str) -> String {
        let set = set(&self.missing);
        match &self.ask {
            Ask::Heads => {
                let fields = FIELDS.join(" ");
                format!("UID FETCH {set} (UID FLAGS{id} BODY.PEEK[HEADER.FIELDS ({fields})] BODYSTRUCTURE)")
            }
            Ask::Texts(items) => format!("UID FETCH {set} (UID {})", items.join(" ")),
            Ask::Whole => format!("UID FETCH {set} (UID RFC822.SIZE BODY.PEEK[]<0.{}>)", limits.message),
        }
    }
}

/// Messages that wait for the same items.
#[derive(Default)]
struct Group {
    uids: Vec<u32>,
    bytes: u64,
}

/// Messages by what the server calls them in every folder (Gmail's `X-GM-MSGID`, RFC 8474's `EMAILID`).
#[derive(Debug, Default)]
pub(super) struct Copies(BTreeMap<u64, Locator>);

/// More messages than this are not remembered; copies of others are fetched again.
pub(super) const COPIES: usize = 100_000;
/// Messages whose names are asked for in one command.
const NAMES: usize = 5_000;

impl Copies {
    /// What to ask this server for; `None` if it has no name for a message that lies in two folders.
    pub(super) fn item(session: &Session) -> Option<&'static str> {
        if session.can("X-GM-EXT-1") {
            Some("X-GM-MSGID")
        } else if session.can("OBJECTID") {
            Some("EMAILID")
        } else {
            None
        }
    }

    fn hash(id: &[u8]) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hasher::write(&mut hasher, id);
        std::hash::Hasher::finish(&hasher)
    }

    fn note(&mut self, id: &[u8], folder: impl FnOnce() -> Arc<Folder>, uid: u32) {
        if self.0.len() < COPIES {
            let at = || Locator { folder: folder(), number: u64::from(uid) };
            self.0.entry(Self::hash(id)).or_insert_with(at);
        }
    }

    /// Adds what was noted on another connection.
    pub(super) fn merge(&mut self, other: Self) {
        for (id, at) in other.0 {
            if self.0.len() < COPIES {
                let first = self.0.entry(id).or_insert_with(|| at.clone());
                *first = std::mem::replace(first, at.clone()).min(at);
            }
        }
    }

    /// Takes the messages out of `remaining` that were handed on from elsewhere, and says so.
    pub(super) async fn settle(
        &self,
        session: &mut Session,
        place: &Place,
        remaining: &mut BTreeSet<u32>,
        out: &mpsc::Sender<Arrival>,
    ) -> Result<End, SourceError> {
        let Some(item) = Self::item(session).filter(|_| !self.0.is_empty()) else { return Ok(End::Done) };
        let all: Vec<u32> = remaining.iter().copied().collect();
        let mut found = Vec::new();
        for some in all.chunks(NAMES) {
            let command = format!("UID FETCH {} (UID {item})", set(&some.iter().copied().collect()));
            let see = |data: Untagged<'_>| {
                if let Untagged::Fetch(Fetched { uid: Some(uid), copy_id: Some(id), .. }) = data
                    && let Some(of) = self.0.get(&Self::hash(&id))
                {
                    found.push((uid, of.clone()));
                }
            };
            // A server that refuses to tell has its messages fetched.
            session.run(&command, see).await.map_err(|fault| session.error(fault))?;
        }
        for (uid, of) in found {
            let at = Locator { folder: Arc::clone(&place.folder), number: u64::from(uid) };
            if at != of && remaining.remove(&uid) && out.send(Arrival::Copy { at, of }).await.is_err() {
                return Ok(End::NobodyListens);
            }
        }
        Ok(End::Done)
    }
}

/// A folder being fetched.
struct Flow<'a> {
    place: &'a Place,
    limits: &'a Limits,
    out: &'a mpsc::Sender<Arrival>,
    /// What is still to be handed on; survives the connection.
    remaining: &'a mut BTreeSet<u32>,
    /// Where a copy of a message was handed on, by what its server calls it in all folders.
    copies: &'a mut Copies,
    /// Messages that were unread before anything of them was looked at.
    unread: &'a mut BTreeSet<u32>,
    heads: VecDeque<u32>,
    urgent: VecDeque<Job>,
    groups: BTreeMap<Vec<String>, Group>,
    whole: Vec<u32>,
    drafts: BTreeMap<u32, Draft>,
    open: VecDeque<Open>,
}

/// A command under way.
struct Open {
    tag: String,
    job: Job,
    /// Bytes of the command itself.
    size: usize,
}

/// How much is asked for, and how long a busy server is left alone the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub limits: Limits,
    pub patience: Duration,
}

impl Pace {
    pub(super) fn of(settings: &Settings) -> Self {
        Self { limits: settings.limits, patience: settings.timeouts.retry * 2 }
    }
}

/// Fetches what remains and sends it on; takes from `remaining` whatever is done with.
pub(super) async fn fetch(
    session: &mut Session,
    place: &Place,
    remaining: &mut BTreeSet<u32>,
    unread: &mut BTreeSet<u32>,
    copies: &mut Copies,
    pace: Pace,
    out: &mpsc::Sender<Arrival>,
) -> Result<End, SourceError> {
    let Pace { limits, patience } = &pace;
    let heads = remaining.iter().copied().collect();
    let id = Copies::item(session).map(|item| format!(" {item}")).unwrap_or_default();
    let mut flow = Flow {
        place,
        limits,
        out,
        remaining,
        unread,
        copies,
        heads,
        urgent: VecDeque::new(),
        groups: BTreeMap::new(),
        whole: Vec::new(),
        drafts: BTreeMap::new(),
        open: VecDeque::new(),
    };
    loop {
        while let Some(job) = flow.next_job() {
            let command = job.command(limits, &id);
            let tag = session.start(&command).await.map_err(|fault| session.error(fault))?;
            flow.open.push_back(Open { tag, job, size: command.len() });
        }
        if flow.open.is_empty() {
            return Ok(End::Done);
        }
        let end = match session.event().await.map_err(|fault| session.error(fault))? {
            Event::Data(response) => match untagged(&response.bytes) {
                Untagged::Fetch(fetched) => flow.take(fetched).await,
                _ => End::Done,
            },
            Event::Done { tag, outcome } => {
                let at = flow.open.iter().position(|open| open.tag == tag);
                let Some(Open { job, .. }) = at.and_then(|at| flow.open.remove(at)) else { continue };
                // Some servers say UNAVAILABLE of one message, for ever: that is no reason to wait.
                let unavailable = outcome.code.as_deref().is_some_and(|code| code.starts_with("UNAVAILABLE"));
                if outcome.pause.is_some() || outcome.is_busy() && !unavailable {
                    let again = pause(&outcome, job.tries, *patience);
                    let Some(again) = again.filter(|_| !job.missing.is_empty()) else {
                        return Err(session.error_busy());
                    };
                    tokio::time::sleep(again).await;
                    flow.urgent.push_back(Job { tries: job.tries + 1, ..job });
                    continue;
                }
                flow.done(job, &outcome).await
            }
        };
        if end == End::NobodyListens {
            return Ok(End::NobodyListens);
        }
    }
}

/// How long to wait for a server that is busy, twice as long each time; `None` if it has been long enough.
fn pause(outcome: &Outcome, tries: u32, first: Duration) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(300);
    let own = first * (1 << tries.min(8));
    let wait = outcome.pause.unwrap_or(own).max(own);
    if tries < RETRIES && wait <= LONGEST { Some(wait) } else { None }
}

impl Flow<'_> {
    /// What to ask next; `None` if the answers that are under way come first.
    fn next_job(&mut self) -> Option<Job> {
        let is_free = self.open.len() < DEPTH;
        if is_free {
            if let Some(job) = self.urgent.pop_front() {
                return Some(job);
            }
            let is_full = |group: &Group| group.uids.len() >= TEXTS || group.bytes >= TEXT_BYTES;
            if let Some(items) = self.groups.iter().find(|(_, group)| is_full(group)).map(|(items, _)| items.clone()) {
                return self.group(items);
            }
            if !self.heads.is_empty() && self.drafts.len() < UNDER_WAY {
                let count = self.heads.len().min(HEADS);
                return Some(Job::new(Ask::Heads, self.heads.drain(..count), HEAD_BYTES));
            }
        }
        // Groups grow for as long as enough is under way without them.
        let due = self.open.iter().fold(0_u64, |due, open| due.saturating_add(open.job.due()));
        let asked: usize = self.open.iter().map(|open| open.size).sum();
        if due < ENOUGH && (is_free || self.open.len() < SMALL_DEPTH && asked < ASKED) {
            let largest = self.groups.iter().max_by_key(|(_, group)| group.bytes);
            if let Some(items) = largest.map(|(items, _)| items.clone()) {
                return self.group(items);
            }
        }
        // What is fetched as a whole is rare and large: after everything else.
        let has_heads = self.open.iter().any(|open| open.job.ask == Ask::Heads);
        if !is_free || has_heads || !self.groups.is_empty() || self.whole.is_empty() {
            return None;
        }
        let count = self.whole.len().min(WHOLE);
        Some(Job::new(Ask::Whole, self.whole.drain(..count), ENOUGH))
    }

    /// The messages that wait for these items.
    fn group(&mut self, items: Vec<String>) -> Option<Job> {
        let Group { uids, bytes } = self.groups.remove(&items)?;
        let each = bytes / (uids.len() as u64).max(1);
        Some(Job::new(Ask::Texts(items), uids, each))
    }

    /// Takes what came of one message, if a command under way asked for it.
    async fn take(&mut self, mut fetched: Fetched<'_>) -> End {
        let Some(uid) = fetched.uid else { return End::Done };
        let is_head = fetched.sections.iter().any(|(section, _)| section == "HEADER.FIELDS");
        let is_whole = fetched.sections.iter().any(|(section, _)| section.is_empty());
        let fits = |ask: &Ask| match ask {
            Ask::Heads => is_head,
            Ask::Whole => is_whole,
            Ask::Texts(_) => !is_head && !is_whole && !fetched.sections.is_empty(),
        };
        let mut jobs = self.open.iter_mut().map(|open| &mut open.job);
        let Some(job) = jobs.find(|job| fits(&job.ask) && job.missing.contains(&uid)) else { return End::Done };
        match job.ask {
            Ask::Heads | Ask::Whole => {
                let mut sections = fetched.sections.drain(..);
                let bytes = sections.find(|(section, _)| section.is_empty() || section == "HEADER.FIELDS");
                let Some((_, Some(bytes))) = bytes else { return End::Done };
                drop(sections);
                job.missing.remove(&uid);
                if job.ask == Ask::Whole {
                    let clipped = fetched.size.is_some_and(|size| size > self.limits.message);
                    return self.hand_on(uid, bytes.into_owned(), clipped).await;
                }
                let is_unread = |flags: &Vec<String>| !flags.iter().any(|flag| flag == "\\SEEN");
                if fetched.flags.as_ref().is_some_and(is_unread) {
                    self.unread.insert(uid);
                }
                if let Some(id) = &fetched.copy_id {
                    self.copies.note(id, || self.place.folder.clone(), uid);
                }
                let head = bytes.into_owned();
                let root = match fetched.structure {
                    Some(Ok(root)) if is_plain_to_read(&head, &root) => root,
                    _ => {
                        self.whole.push(uid);
                        return End::Done;
                    }
                };
                let plan = Plan::of(&root);
                let draft = Draft { head, root, pieces: plan.now, maybe: plan.maybe, clipped: false };
                self.drafts.insert(uid, draft);
            }
            Ask::Texts(_) => {
                let Some(draft) = self.drafts.get_mut(&uid) else { return End::Done };
                if !draft.take(fetched) {
                    return End::Done;
                }
                job.missing.remove(&uid);
            }
        }
        self.go_on(uid).await
    }

    /// Asks for what a message lacks, or hands it on.
    async fn go_on(&mut self, uid: u32) -> End {
        if !self.ask_for_missing(uid) {
            return End::Done;
        }
        let Some(draft) = self.drafts.remove(&uid) else { return End::Done };
        let bytes = rebuild(&draft.head, &draft.root, &draft.pieces);
        self.hand_on(uid, bytes, draft.clipped).await
    }

    /// Puts a message into the group that waits for what it lacks; whether it lacks nothing.
    fn ask_for_missing(&mut self, uid: u32) -> bool {
        let Some(draft) = self.drafts.get_mut(&uid) else { return false };
        let mut room = self.limits.text;
        let mut items = Vec::new();
        let mut bytes = 0;
        for piece in &draft.pieces {
            let size = piece.size.unwrap_or(0);
            if piece.got.is_some() {
                room = room.saturating_sub(size);
                continue;
            }
            let section = &piece.section;
            if section.ends_with(".HEADER.FIELDS") {
                items.push(format!("BODY.PEEK[{section} ({ATTACHED_FIELDS})]"));
            } else if piece.size.is_some_and(|size| size <= room) {
                items.push(format!("BODY.PEEK[{section}]"));
            } else {
                draft.clipped |= piece.size.is_some();
                items.push(format!("BODY.PEEK[{section}]<0.{}>", room.max(1)));
            }
            room = room.saturating_sub(size);
            bytes += size;
        }
        if items.is_empty() {
            return true;
        }
        let group = self.groups.entry(items).or_default();
        group.uids.push(uid);
        group.bytes += bytes;
        false
    }

    /// A command is answered. What did not come is asked for in another way, until no way is left.
    async fn done(&mut self, job: Job, outcome: &Outcome) -> End {
        let missing: Vec<u32> = job.missing.into_iter().collect();
        if !outcome.is_ok() && missing.len() > 1 {
            // One message that a server cannot read spoils the command: find it, read the others.
            let (first, second) = missing.split_at(missing.len() / 2);
            for half in [second, first] {
                self.urgent.push_front(Job::new(job.ask.clone(), half.iter().copied(), job.each));
            }
            return End::Done;
        }
        if job.ask != Ask::Whole {
            for uid in missing {
                self.drafts.remove(&uid);
                self.whole.push(uid);
            }
            return End::Done;
        }
        for uid in missing {
            self.remaining.remove(&uid);
            let problem = Problem { at: self.locator(uid), what: ProblemKind::NotDelivered };
            if self.out.send(Arrival::Problem(problem)).await.is_err() {
                return End::NobodyListens;
            }
        }
        End::Done
    }

    async fn hand_on(&mut self, uid: u32, bytes: Vec<u8>, clipped: bool) -> End {
        // Each message once, whatever the server repeats.
        if !self.remaining.remove(&uid) {
            return End::Done;
        }
        let at = self.locator(uid);
        if clipped {
            let problem = Problem { at: at.clone(), what: ProblemKind::TooLarge };
            if self.out.send(Arrival::Problem(problem)).await.is_err() {
                return End::NobodyListens;
            }
        }
        match self.out.send(Arrival::Message(RawMessage { at, bytes })).await {
            Ok(()) => End::Done,
            Err(_) => End::NobodyListens,
        }
    }

    fn locator(&self, uid: u32) -> Locator {
        Locator { folder: Arc::clone(&self.place.folder), number: u64::from(uid) }
    }
}

impl Draft {
    /// Takes the texts that came; whether all that were asked for are there.
    fn take(&mut self, fetched: Fetched<'_>) -> bool {
        for (section, bytes) in fetched.sections {
            let piece = self.pieces.iter_mut().find(|piece| piece.section == section && piece.got.is_none());
            if let Some(piece) = piece {
                piece.got = bytes.map(Cow::into_owned);
            }
        }
        if self.pieces.iter().any(|piece| piece.got.is_none()) {
            return false;
        }
        self.settle_doubts();
        true
    }

    /// Now that the plain texts are there: which of their alternatives have to be read as well?
    fn settle_doubts(&mut self) {
        for doubt in std::mem::take(&mut self.maybe) {
            let Some(plain) = self.pieces.iter_mut().find(|piece| piece.section == doubt.plain) else { continue };
            let Some(part) = part_at(&self.root, &doubt.plain) else { continue };
            let text = rebuild(b"", part, &[Piece { section: "1".to_owned(), size: None, got: plain.got.clone() }]);
            if letters(text) >= STUB {
                continue;
            }
            if plain.got.as_ref().is_some_and(|text| text.len() > KEPT) {
                plain.got = None;
            }
            self.pieces.extend(doubt.rich);
        }
    }
}

/// How many letters and digits a person would read.
fn letters(bytes: Vec<u8>) -> usize {
    let folder = message::Folder { alias: String::new(), name: String::new(), kind: message::FolderKind::Other };
    let raw = RawMessage { at: Locator { folder: Arc::new(folder), number: 0 }, bytes };
    let lines = message::parse(&raw, &mut Vec::new()).map(|message| message.lines).unwrap_or_default();
    lines.iter().map(|line| line.text.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}

/// `1:3,7`
fn set(uids: &BTreeSet<u32>) -> String {
    let mut set = String::new();
    let mut rest = uids.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while rest.peek().is_some_and(|next| last.checked_add(1) == Some(*next)) {
            last = rest.next().unwrap_or(last);
        }
        if !set.is_empty() {
            set.push(',');
        }
        if first == last {
            set.push_str(&first.to_string());
        } else {
            set.push_str(&format!("{first}:{last}"));
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_asked_for_as_ranges() {
        let written = |uids: &[u32]| set(&uids.iter().copied().collect());
        assert_eq!(written(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(written(&[u32::MAX]), "4294967295");
        assert_eq!(written(&[]), "");
    }
}
