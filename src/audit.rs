//! Decides how a source and an analysis run side by side, and what counts as read.
//!
//! Workers each keep an [`Analysis`] of their own; at the end the analyses are added. The sum does not depend on who
//! read what, so neither does a report.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::assess::{Facts, FolderRead, Notices};
use crate::message::{self, Folder, Problem, RawMessage};
use crate::observe::{self, Card, Country};
use crate::people::People;
use crate::source::{Arrival, Reading, Source, SourceError, Wanted};

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
}

/// Reads a source to its end, or until `stop` resolves. `seen` hears of every arrival, in order.
///
/// # Errors
/// [`SourceError`] where nothing at all was read; later it is in [`Outcome::broken`].
pub async fn read<S: Source>(
    source: &mut S,
    wanted: &Wanted,
    workers: usize,
    mut seen: impl FnMut(&Arrival),
    stop: impl Future<Output = ()>,
) -> Result<Outcome, SourceError> {
    let (out, mut inbox) = mpsc::channel(WAITING);
    let (work, todo) = mpsc::channel::<RawMessage>(WAITING);
    let todo = Arc::new(Mutex::new(todo));
    let hands: Vec<_> = (0..workers.max(1))
        .map(|_| {
            tokio::task::spawn_blocking({
                let todo = Arc::clone(&todo);
                move || work_off(&todo)
            })
        })
        .collect();
    drop(todo);

    let (stopping, mut stopped) = watch::channel(false);
    let mut own = Analysis::default();
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
    let handing = async {
        tokio::pin!(stop);
        let mut open = true;
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
                    if work.send(raw).await.is_err() {
                        break;
                    }
                }
                Arrival::Folder { folder, messages } => own.folders.entry(folder).or_default().announced += messages,
                Arrival::NotOpened { folder, messages } => {
                    own.not_opened.insert(folder, messages);
                }
                Arrival::Problem(problem) => own.problem(problem),
            }
        }
        drop(work);
        !open
    };
    let (result, stopped) = tokio::join!(reading, handing);
    for hand in hands {
        match hand.await {
            Ok(analysis) => own.merge(analysis),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    match result {
        Some(Ok(reading)) => Ok(Outcome { analysis: own, reading, stopped, broken: None }),
        Some(Err(error)) if own.messages_read() == 0 => Err(error),
        Some(Err(error)) => Ok(Outcome { analysis: own, reading: source.reading(), stopped, broken: Some(error) }),
        None => Ok(Outcome { analysis: own, reading: source.reading(), stopped, broken: None }),
    }
}

/// One worker: takes messages until there are no more.
fn work_off(todo: &Mutex<mpsc::Receiver<RawMessage>>) -> Analysis {
    let mut analysis = Analysis::default();
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(raw) = next else { return analysis };
        analysis.add(&raw);
    }
}
