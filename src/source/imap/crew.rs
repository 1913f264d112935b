//! Decides how several connections share the messages of one folder, and what becomes of them when the server wants fewer.
//!
//! A further connection is worth it where a server gives each of them a share of its own. What it brings is a part of the
//! same sum, so the result is that of one connection.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connect::{self, Before};
use super::fetch::{self, COPIES, Copies, End, Pace};
use super::folders::{self, Opened, Place};
use super::session::Session;
use super::{Settings, Transcript};
use crate::net::Egress;
use crate::source::{Arrival, SourceError};

/// Fewer messages than this for each are not worth another login.
const SHARE: usize = 1_000;

/// Further connections, beside the one that leads.
#[derive(Default)]
pub(super) struct Crew {
    idle: Vec<Session>,
    /// The server has shown that it does not want any more of them.
    full: bool,
    /// Commands and bytes of those that are gone.
    commands: BTreeMap<String, u64>,
    received: u64,
}

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crew({})", self.idle.len())
    }
}

/// What a further connection does, and how far it came.
struct Hand {
    session: Session,
    remaining: BTreeSet<u32>,
    unread: BTreeSet<u32>,
    copies: Copies,
}

/// What all connections of a crew need to know.
pub(super) struct Task<'a> {
    pub settings: &'a Settings,
    pub egress: &'a Egress,
    pub transcript: Option<&'a Transcript>,
    pub place: &'a Place,
    pub uid_validity: Option<u64>,
    pub out: &'a mpsc::Sender<Arrival>,
}

impl Crew {
    /// Fetches what remains over as many connections as are allowed, worth it and to be had.
    pub(super) async fn fetch(
        &mut self,
        lead: &mut Session,
        task: &Task<'_>,
        remaining: &mut BTreeSet<u32>,
        unread: &mut BTreeSet<u32>,
        copies: &mut Copies,
    ) -> Result<End, SourceError> {
        let pace = Pace::of(task.settings);
        // Each would remember copies up to the bound, and together they would remember others than one alone.
        let forgets = Copies::item(lead).is_some() && remaining.len() > COPIES;
        let most = if forgets { 1 } else { task.settings.connections.min(remaining.len() / SHARE) };
        let hands = self.gather(task, most.saturating_sub(1)).await;
        if hands.is_empty() {
            return fetch::fetch(lead, task.place, remaining, unread, copies, pace, task.out).await;
        }
        let mut shares = split(std::mem::take(remaining), hands.len() + 1).into_iter();
        *remaining = shares.next().unwrap_or_default();
        let mut at_work = JoinSet::new();
        for (session, share) in hands.into_iter().zip(shares) {
            let mut hand = Hand { session, remaining: share, unread: BTreeSet::new(), copies: Copies::default() };
            let (place, out) = (task.place.clone(), task.out.clone());
            at_work.spawn(async move {
                let Hand { session, remaining, unread, copies } = &mut hand;
                let result = fetch::fetch(session, &place, remaining, unread, copies, pace, &out).await;
                (hand, result)
            });
        }
        let own = fetch::fetch(lead, task.place, remaining, unread, copies, pace, task.out).await;
        let mut end = End::Done;
        while let Some(joined) = at_work.join_next().await {
            let (hand, result) = match joined {
                Ok(done) => done,
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => continue,
            };
            remaining.extend(hand.remaining);
            unread.extend(hand.unread);
            copies.merge(hand.copies);
            match result {
                Ok(End::Done) => self.idle.push(hand.session),
                Ok(End::NobodyListens) => {
                    end = End::NobodyListens;
                    self.idle.push(hand.session);
                }
                Err(_) => self.lose(&hand.session),
            }
        }
        match own {
            Ok(End::Done) if end == End::NobodyListens => Ok(end),
            // What a connection left that was lost is read by the one that leads.
            Ok(End::Done) if !remaining.is_empty() => {
                fetch::fetch(lead, task.place, remaining, unread, copies, pace, task.out).await
            }
            Err(error) => {
                // It may be that all of them together were too many.
                self.full = true;
                self.dismiss().await;
                Err(error)
            }
            done => done,
        }
    }

    /// So many further connections with the folder open, or fewer.
    async fn gather(&mut self, task: &Task<'_>, most: usize) -> Vec<Session> {
        let mut ready = Vec::new();
        while ready.len() < most {
            let mut session = match self.idle.pop() {
                Some(session) => session,
                None if self.full => break,
                None => {
                    let before = Before { commands: &BTreeMap::new(), transcript: task.transcript };
                    match connect::connect(task.settings, task.egress, &before).await {
                        Ok(session) => session,
                        // Whatever the reason: asked once, and not again.
                        Err(_) => {
                            self.full = true;
                            break;
                        }
                    }
                }
            };
            match folders::open(&mut session, task.place).await {
                Ok(Opened::ReadOnly(exists)) if exists.uid_validity == task.uid_validity => ready.push(session),
                Ok(_) => {
                    self.idle.push(session);
                    break;
                }
                Err(_) => self.lose(&session),
            }
        }
        ready
    }

    fn lose(&mut self, session: &Session) {
        self.full = true;
        self.account_for(session);
    }

    fn account_for(&mut self, session: &Session) {
        for (verb, count) in session.commands() {
            *self.commands.entry(verb.clone()).or_default() += count;
        }
        self.received += session.received();
    }

    /// Says goodbye on all of them.
    pub(super) async fn dismiss(&mut self) {
        for mut session in std::mem::take(&mut self.idle) {
            let _ = tokio::time::timeout(super::GOODBYE, session.run("LOGOUT", |_| {})).await;
            self.account_for(&session);
        }
    }

    /// Commands by verb and bytes received, of all that are gone.
    pub(super) fn account(&self) -> (&BTreeMap<String, u64>, u64) {
        (&self.commands, self.received)
    }
}

/// Shares of about the same size, each of neighbours.
fn split(all: BTreeSet<u32>, into: usize) -> Vec<BTreeSet<u32>> {
    let size = all.len().div_ceil(into.max(1)).max(1);
    let all: Vec<u32> = all.into_iter().collect();
    all.chunks(size).map(|share| share.iter().copied().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_in_one_share() {
        for (count, into) in [(0, 3), (1, 3), (10, 3), (9, 3), (2_001, 2)] {
            let all: BTreeSet<u32> = (1..=count).collect();
            let shares = split(all.clone(), into);
            assert!(shares.len() <= into, "{count} into {into}");
            assert_eq!(shares.iter().map(BTreeSet::len).sum::<usize>(), all.len());
            assert_eq!(shares.into_iter().flatten().collect::<BTreeSet<_>>(), all);
        }
    }
}
