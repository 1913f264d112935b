//! Decides how a source and an analysis run side by side, and what counts as read.
//!
//! Workers each keep an [`Analysis`] of their own; at the end the analyses are added. The sum does not depend on who
//! read what, so neither does a report.

mod state;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::hash::Hasher as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::assess::{Facts, FolderRead, Notices};
use crate::message::{self, Folder, Locator, Problem, ProblemKind, RawMessage};
use crate::observe::{self, Card, Country};
use crate::people::People;
use crate::source::{Arrival, Reading, Source, SourceError, Wanted};

use state::{Keeper, Note, Recalled};
pub use state::{Mailbox, State, StateError};

/// Messages that wait for a worker. Few, because one may be as large as half a gigabyte.
const WAITING: usize = 4;

/// How long a source may take to say goodbye after it was told to stop.
const GOODBYE: Duration = Duration::from_secs(3);

/// What was read so far, and what it showed. A commutative sum.
#[derive(Default)]
pub struct Analysis {
    reader: observe::zones::Reader,
    observer: observe::Observer,
    people: People,
    folders: BTreeMap<Arc<Folder>, Counts>,
    not_opened: BTreeMap<Arc<Folder>, Option<u64>>,
    problems: Vec<Problem>,
    address_book: Option<u64>,
    notices: Notices,
    country: Option<Country>,
}

impl fmt::Debug for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Analysis({} messages)", self.messages_read())
    }
}

/// How far one folder was read.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    announced: u64,
    read: u64,
}

impl Analysis {
    /// Adds one message. One that cannot be read is counted and costs itself alone.
    pub fn add(&mut self, raw: &RawMessage) {
        let folder = self.folders.entry(Arc::clone(&raw.at.folder)).or_default();
        if let Some(message) = message::parse(raw, &mut self.problems) {
            folder.read += 1;
            let zones = self.reader.zones(&message.lines, message.from.first());
            let seen = self.observer.observe(&message, &zones);
            self.people.add(&message, &zones, &seen);
            self.notices.add(&message, &zones);
        }
    }

    /// Says in which country a number without prefix is dialled; else it is the country of most numbers.
    pub fn dialled_in(&mut self, country: Option<Country>) {
        self.country = country;
    }

    /// Adds an address book: that it was given counts even where it is empty.
    pub fn add_contacts<'a>(&mut self, entries: impl IntoIterator<Item = (&'a Card, &'a [String])>) {
        let count = self.address_book.get_or_insert(0);
        for (card, categories) in entries {
            *count += 1;
            self.people.add_contact(card, categories);
        }
    }

    /// Notes what could not be read.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What one message shows, as an analysis of its own.
    fn single(&mut self, raw: &RawMessage, known: Vec<Problem>) -> Self {
        let (reader, observer) = (std::mem::take(&mut self.reader), std::mem::take(&mut self.observer));
        let mut one = Self { reader, observer, problems: known, ..Self::default() };
        one.add(raw);
        self.reader = std::mem::take(&mut one.reader);
        self.observer = std::mem::take(&mut one.observer);
        one
    }

    /// Writes what messages of one folder showed behind `out`; the address book and what was announced are left out.
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.messages_read().to_le_bytes());
        let problems: Vec<(u64, ProblemKind)> =
            self.problems.iter().map(|problem| (problem.at.number, problem.what)).collect();
        // Numbers and words of our own: this cannot fail.
        let rare = serde_json::to_vec(&(problems, &self.notices)).unwrap_or_default();
        out.extend_from_slice(&(rare.len() as u64).to_le_bytes());
        out.extend_from_slice(&rare);
        self.people.write(out);
    }

    /// Reads what [`Analysis::write`] wrote of messages of this folder. `None` if it is not that.
    fn read(bytes: &[u8], folder: &Arc<Folder>) -> Option<Self> {
        let (read, bytes) = bytes.split_first_chunk()?;
        let (length, bytes) = bytes.split_first_chunk()?;
        let (rare, bytes) = bytes.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let (problems, notices): (Vec<(u64, ProblemKind)>, Notices) = serde_json::from_slice(rare).ok()?;
        let at = |number| Locator { folder: Arc::clone(folder), number };
        let counts = Counts { announced: 0, read: u64::from_le_bytes(*read) };
        Some(Self {
            people: People::read(bytes, folder)?,
            folders: BTreeMap::from([(Arc::clone(folder), counts)]),
            problems: problems.into_iter().map(|(number, what)| Problem { at: at(number), what }).collect(),
            notices,
            ..Self::default()
        })
    }

    /// Adds another analysis; commutative and associative.
    pub fn merge(&mut self, other: Self) {
        self.people.merge(other.people);
        for (folder, counts) in other.folders {
            let sum = self.folders.entry(folder).or_default();
            sum.announced += counts.announced;
            sum.read += counts.read;
        }
        for (folder, messages) in other.not_opened {
            let sum = self.not_opened.entry(folder).or_default();
            *sum = (*sum).max(messages);
        }
        self.problems.extend(other.problems);
        self.notices.merge(other.notices);
        self.address_book = match (self.address_book, other.address_book) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
        };
        self.country = self.country.or(other.country);
    }

    /// Messages that could be used.
    pub fn messages_read(&self) -> u64 {
        self.folders.values().map(|counts| counts.read).sum()
    }

    /// The people, and what is known of the reading.
    pub fn finish(self) -> (People, Facts) {
        let mut problems = self.problems;
        problems.sort();
        let folder_read = |(folder, counts): (Arc<Folder>, Counts)| {
            // A folder whose size nobody announced holds what came of it, lost messages included.
            let lost = problems.iter().filter(|problem| problem.what.loses_all() && problem.at.folder == folder).count()
                as u64;
            let messages = counts.announced.max(counts.read + lost);
            FolderRead { folder, messages, read: counts.read }
        };
        let folders = self.folders.into_iter().map(folder_read).collect();
        let facts = Facts {
            folders,
            not_opened: self.not_opened.into_iter().collect(),
            problems,
            address_book: self.address_book,
            notices: self.notices,
            ..Facts::default()
        };
        let mut people = self.people;
        people.settle_phones(self.country);
        (people, facts)
    }
}

/// What came of reading a source.
#[derive(Debug)]
pub struct Outcome {
    pub analysis: Analysis,
    pub reading: Reading,
    /// The user stopped it.
    pub stopped: bool,
    /// What ended the reading before everything was read; what came until then is in the analysis.
    pub broken: Option<SourceError>,
    /// Why the next run may have to read again what this one has read.
    pub state: Option<StateError>,
}

/// What a worker takes up.
enum Work {
    /// A message, and what its source had to say of it.
    Mail(RawMessage, Vec<Problem>),
    Recalled(Recalled),
}

/// Reads a source to its end, or until `stop` resolves. `seen` hears of every arrival, in order.
///
/// With a state, what earlier runs have read is taken from there, and what this one reads is added to it as it goes.
///
/// # Errors
/// [`SourceError`] where nothing at all was read; later it is in [`Outcome::broken`].
pub async fn read<S: Source>(
    source: &mut S,
    wanted: &Wanted,
    workers: usize,
    state: Option<State>,
    mut seen: impl FnMut(&Arrival),
    stop: impl Future<Output = ()>,
) -> Result<Outcome, SourceError> {
    let (out, mut inbox) = mpsc::channel(WAITING);
    let (work, todo) = mpsc::channel::<Work>(WAITING);
    let todo = Arc::new(Mutex::new(todo));
    // Without bound, so that a worker never waits for the keeper while the keeper waits for a worker. It holds what
    // few messages show, and the file is faster than any server.
    let (notes, keeper) = match state {
        None => (None, None),
        Some(state) => {
            let (notes, taken) = std::sync::mpsc::channel();
            let work = work.clone();
            let hand_out = move |recalled| {
                // Nobody works any more where the run was stopped.
                let _ = work.blocking_send(Work::Recalled(recalled));
            };
            (Some(notes), Some(tokio::task::spawn_blocking(move || Keeper::new(state, hand_out).run(&taken))))
        }
    };
    // Whether what messages show is kept for their copies.
    let remembers = Arc::new(AtomicBool::new(false));
    let hands: Vec<_> = (0..workers.max(1))
        .map(|_| {
            tokio::task::spawn_blocking({
                let (todo, notes, remembers) = (Arc::clone(&todo), notes.clone(), Arc::clone(&remembers));
                move || work_off(&todo, notes.as_ref(), &remembers)
            })
        })
        .collect();
    drop(todo);

    let (stopping, mut stopped) = watch::channel(false);
    let mut own = Analysis::default();
    let mut folders: BTreeSet<Arc<Folder>> = BTreeSet::new();
    let mut copies: Vec<(Locator, Locator)> = Vec::new();
    let reading = async {
        let leave = async {
            // The sender outlives this future, so it is only ever told to stop.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            tokio::time::sleep(GOODBYE).await;
        };
        let result = tokio::select! {
            result = source.read(wanted, &out) => Some(result),
            () = leave => None,
        };
        drop(out);
        result
    };
    let tell = |note: Note| {
        if let Some(notes) = &notes {
            // The keeper works until the last sender is gone.
            let _ = notes.send(note);
        }
    };
    let handing = async {
        tokio::pin!(stop);
        let mut open = true;
        // A source says what is wrong with a message directly before it.
        let mut said: Vec<Problem> = Vec::new();
        loop {
            let arrival = tokio::select! {
                biased;
                () = &mut stop, if open => {
                    open = false;
                    inbox.close();
                    stopping.send_replace(true);
                    continue;
                }
                arrival = inbox.recv() => arrival,
            };
            let Some(arrival) = arrival else { break };
            seen(&arrival);
            match arrival {
                Arrival::Message(raw) => {
                    let (known, other) = said.drain(..).partition(|problem| problem.at == raw.at);
                    own.problems.extend::<Vec<_>>(other);
                    if work.send(Work::Mail(raw, known)).await.is_err() {
                        break;
                    }
                }
                Arrival::Folder { folder, messages } => {
                    folders.insert(Arc::clone(&folder));
                    own.folders.entry(folder).or_default().announced += messages;
                }
                Arrival::NotOpened { folder, messages } => {
                    folders.insert(Arc::clone(&folder));
                    own.not_opened.insert(folder, messages);
                }
                Arrival::Problem(problem) if !problem.what.loses_all() => said.push(problem),
                Arrival::Problem(problem) => {
                    folders.insert(Arc::clone(&problem.at.folder));
                    own.problem(problem);
                }
                Arrival::Resumed(resumed) => tell(Note::Resumed(resumed)),
                Arrival::CopiesFollow => remembers.store(true, Ordering::Relaxed),
                Arrival::Copy { at, of } => copies.push((at, of)),
            }
        }
        own.problems.extend(said);
        drop(work);
        tell(Note::AllBegun);
        !open
    };
    let (result, stopped) = tokio::join!(reading, handing);
    let mut originals = Shown::new();
    for hand in hands {
        match hand.await {
            Ok((analysis, shown)) => {
                own.merge(analysis);
                originals.extend(shown);
            }
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    for (at, of) in copies {
        // What a message shows does not depend on where it lies; what that means does.
        let Some(mut copy) = originals.get(&of).and_then(|shows| Analysis::read(shows, &at.folder)) else {
            own.problem(Problem { at, what: ProblemKind::NotDelivered });
            continue;
        };
        copy.problems.iter_mut().for_each(|problem| problem.at.number = at.number);
        if notes.is_some() {
            let mut shows = Vec::new();
            copy.write(&mut shows);
            tell(Note::Read { folder: at.folder, uid: at.number, shows });
        }
        own.merge(copy);
    }
    if matches!(result, Some(Ok(_))) && !stopped {
        tell(Note::Complete { folders });
    }
    drop(notes);
    let state = match keeper {
        None => None,
        Some(keeper) => match keeper.await {
            Ok(kept) => kept.err(),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        },
    };
    let outcome = |analysis, reading, broken| Outcome { analysis, reading, stopped, broken, state };
    match result {
        Some(Ok(reading)) => Ok(outcome(own, reading, None)),
        Some(Err(error)) if own.messages_read() == 0 => Err(error),
        Some(Err(error)) => Ok(outcome(own, source.reading(), Some(error))),
        None => Ok(outcome(own, source.reading(), None)),
    }
}

/// What messages show, each kept for its copies.
type Shown = BTreeMap<Locator, Vec<u8>>;

/// One worker: takes messages until there are no more.
fn work_off(
    todo: &Mutex<mpsc::Receiver<Work>>,
    notes: Option<&std::sync::mpsc::Sender<Note>>,
    remembers: &AtomicBool,
) -> (Analysis, Shown) {
    let mut analysis = Analysis::default();
    let mut originals = Shown::new();
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let remembers = remembers.load(Ordering::Relaxed);
        match next {
            None => return (analysis, originals),
            Some(Work::Mail(raw, known)) if notes.is_none() && !remembers => {
                analysis.problems.extend(known);
                analysis.add(&raw);
            }
            Some(Work::Mail(raw, known)) => {
                let one = analysis.single(&raw, known);
                let mut shows = Vec::new();
                one.write(&mut shows);
                if let Some(notes) = notes {
                    let (folder, shows) = (Arc::clone(&raw.at.folder), shows.clone());
                    // A keeper that is gone keeps nothing; the run goes on.
                    let _ = notes.send(Note::Read { folder, uid: raw.at.number, shows });
                }
                if remembers && originals.len() < ORIGINALS {
                    shows.shrink_to_fit();
                    originals.insert(raw.at, shows);
                }
                analysis.merge(one);
            }
            Some(Work::Recalled(Recalled { folder, shown, lost })) => {
                for shows in shown {
                    match Analysis::read(&shows, &folder) {
                        Some(one) => analysis.merge(one),
                        None => analysis.problem(damaged(&folder, 0)),
                    }
                }
                analysis.problems.extend(lost.into_iter().map(|uid| damaged(&folder, uid)));
            }
        }
    }
}

/// More messages than a source speaks of copies of; a bound, and no more.
const ORIGINALS: usize = 100_000;

/// What the state said was read and cannot give back. The next run fetches it.
fn damaged(folder: &Arc<Folder>, uid: u32) -> Problem {
    let at = Locator { folder: Arc::clone(folder), number: u64::from(uid) };
    Problem { at, what: ProblemKind::NotDelivered }
}

/// What tells this program's reading of a message from any other's: a fingerprint of the source that it was made from,
/// and of how the standard library it was made with hashes what is told apart by a hash.
pub fn fingerprint() -> Vec<u8> {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(b"mailglean");
    let hashes = hasher.finish().to_le_bytes();
    let parts = [env!("CARGO_PKG_VERSION").as_bytes(), env!("MAILGLEAN_STORED").as_bytes(), &hashes];
    parts.join(&0)
}
