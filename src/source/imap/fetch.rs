//! Getting the messages of a folder: many in one command, several commands under way, one message in memory at a time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::Limits;
use super::folders::Place;
use super::reader::{Fetched, Untagged, untagged};
use super::session::{Event, Session};
use super::wire::Answer;
use crate::message::{Locator, Problem, ProblemKind, RawMessage};
use crate::source::{Arrival, SourceError};

/// Why there is no more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    NobodyListens,
}

/// Messages asked for in one command.
const BATCH: usize = 50;
/// Commands under way at once.
const DEPTH: usize = 4;

/// One command's worth of messages.
struct Job {
    uids: Vec<u32>,
    missing: BTreeSet<u32>,
}

/// Fetches these messages and sends them on.
pub(super) async fn fetch(
    session: &mut Session,
    place: &Place,
    uids: Vec<u32>,
    limits: &Limits,
    out: &mpsc::Sender<Arrival>,
) -> Result<End, SourceError> {
    let job = |uids: &[u32]| Job { uids: uids.to_vec(), missing: uids.iter().copied().collect() };
    let mut queue: VecDeque<Job> = uids.chunks(BATCH).map(job).collect();
    let mut open: VecDeque<(String, Job)> = VecDeque::new();
    loop {
        while open.len() < DEPTH {
            let Some(job) = queue.pop_front() else { break };
            let set = set(&job.uids);
            let command = format!("UID FETCH {set} (UID RFC822.SIZE BODY.PEEK[]<0.{}>)", limits.message);
            let tag = session.start(&command).await.map_err(|fault| session.error(fault))?;
            open.push_back((tag, job));
        }
        if open.is_empty() {
            return Ok(End::Done);
        }
        match session.event().await.map_err(|fault| session.error(fault))? {
            Event::Data(response) => {
                let Untagged::Fetch(fetched) = untagged(&response.bytes) else { continue };
                let Some(uid) = fetched.uid else { continue };
                let Some(bytes) = whole(fetched) else { continue };
                // Each message once, and none that was not asked for.
                if !open.iter_mut().any(|(_, job)| job.missing.remove(&uid)) {
                    continue;
                }
                let at = locator(place, uid);
                if bytes.1 > limits.message {
                    let problem = Problem { at: at.clone(), what: ProblemKind::TooLarge };
                    if out.send(Arrival::Problem(problem)).await.is_err() {
                        return Ok(End::NobodyListens);
                    }
                }
                if out.send(Arrival::Message(RawMessage { at, bytes: bytes.0 })).await.is_err() {
                    return Ok(End::NobodyListens);
                }
            }
            Event::Done { tag, outcome } => {
                let Some(at) = open.iter().position(|(sent, _)| *sent == tag) else { continue };
                let Some((_, finished)) = open.remove(at) else { continue };
                let missing: Vec<u32> = finished.missing.into_iter().collect();
                if outcome.answer != Answer::Ok && missing.len() > 1 {
                    // One message that a server cannot read spoils the command: find it, read the others.
                    let (first, second) = missing.split_at(missing.len() / 2);
                    queue.push_front(job(second));
                    queue.push_front(job(first));
                    continue;
                }
                for uid in missing {
                    let problem = Problem { at: locator(place, uid), what: ProblemKind::NotDelivered };
                    if out.send(Arrival::Problem(problem)).await.is_err() {
                        return Ok(End::NobodyListens);
                    }
                }
            }
        }
    }
}

fn whole(fetched: Fetched<'_>) -> Option<(Vec<u8>, u64)> {
    let size = fetched.size.unwrap_or(0);
    let (_, bytes) = fetched.sections.into_iter().find(|(section, _)| section.is_empty())?;
    bytes.map(|bytes| (bytes.into_owned(), size))
}

fn locator(place: &Place, uid: u32) -> Locator {
    Locator { folder: Arc::clone(&place.folder), number: u64::from(uid) }
}

/// `1:3,7`
fn set(uids: &[u32]) -> String {
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
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[u32::MAX]), "4294967295");
        assert_eq!(set(&[]), "");
    }
}
