//! Which folders there are, what state they are in, and which messages of one are wanted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::names;
use super::reader::{Listed, State, Untagged, untagged};
use super::session::{Event, Outcome, Session, quoted};
use super::wire::Fault;
use crate::message::Folder;
use crate::source::SourceError;

/// The most messages that a folder may have: what a server claims takes memory here, a few bytes for each.
const MOST_MESSAGES: usize = 4_000_000;
const TOO_MANY: &str = "it claims more messages in a folder than this program can hold";

/// A folder as this server knows it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub folder: Arc<Folder>,
    /// Its name in the server's own spelling.
    pub raw: Vec<u8>,
    /// The name as an argument; `None` if it cannot be written as one.
    pub argument: Option<String>,
}

/// More folders than this are not a mailbox.
const FOLDERS: usize = 100_000;
/// Commands under way at once while folders are asked about.
const DEPTH: usize = 50;

/// The folders that can be opened, in the order of their names.
pub(super) async fn list(session: &mut Session) -> Result<Vec<Place>, SourceError> {
    let special = session.can("SPECIAL-USE") && session.can("LIST-EXTENDED");
    let command = if special { "LIST \"\" \"*\" RETURN (SPECIAL-USE)" } else { "LIST \"\" \"*\"" };
    Ok(listed(session, command).await?.0)
}

/// The folders that can be opened, and the state of each: in one turn where the server can (RFC 5819).
pub(super) async fn list_with_states(session: &mut Session) -> Result<(Vec<Place>, Vec<State>), SourceError> {
    if !at_once(session) {
        let places = list(session).await?;
        let states = states(session, &places).await?;
        return Ok((places, states));
    }
    let special = if session.can("SPECIAL-USE") { "SPECIAL-USE " } else { "" };
    let command = format!("LIST \"\" \"*\" RETURN ({special}STATUS ({}))", items(session));
    let (places, by_name) = listed(session, &command).await?;
    let states = completed(session, &places, by_name).await?;
    Ok((places, states))
}

/// Whether LIST tells the states of the folders as well.
fn at_once(session: &Session) -> bool {
    session.can("LIST-STATUS") && session.can("LIST-EXTENDED")
}

/// States by the server's own spelling of the folder's name.
type States = BTreeMap<Vec<u8>, State>;

async fn listed(session: &mut Session, command: &str) -> Result<(Vec<Place>, States), SourceError> {
    let mut all: Vec<Listed> = Vec::new();
    let mut states = States::new();
    let see = |data: Untagged<'_>| match data {
        Untagged::List(listed) if all.len() < FOLDERS => all.push(listed),
        Untagged::Status(name, state) if states.len() < FOLDERS => {
            states.insert(name, state);
        }
        _ => {}
    };
    let outcome = session.run(command, see).await.map_err(|fault| session.error(fault))?;
    if !outcome.is_ok() {
        return Err(refusal(session, &outcome, "it does not list its folders"));
    }
    let closed = |listed: &Listed| {
        listed.attributes.iter().any(|name| name == "\\NOSELECT" || name == "\\NONEXISTENT" || name == "\\REFERRAL")
    };
    let mut seen = BTreeSet::new();
    let mut named: Vec<_> = all
        .into_iter()
        .filter(|listed| !closed(listed) && seen.insert(listed.name.clone()))
        .map(|listed| (names::decode(&listed, session.utf8), listed))
        .collect();
    named.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
    let places = named.into_iter().enumerate().map(|(at, (name, listed))| {
        let kind = names::kind(&listed, &name);
        let argument = std::str::from_utf8(&listed.name).ok().and_then(quoted);
        Place { folder: Arc::new(Folder { alias: format!("f{:02}", at + 1), name, kind }), raw: listed.name, argument }
    });
    Ok((places.collect(), states))
}

/// The states in the order of the folders; those that did not come with the list are asked for.
async fn completed(session: &mut Session, places: &[Place], mut have: States) -> Result<Vec<State>, SourceError> {
    let missing: Vec<&Place> = places.iter().filter(|place| !have.contains_key(&place.raw)).collect();
    let items = items(session);
    have.extend(ask_states(session, &missing, items).await?);
    Ok(places.iter().map(|place| have.remove(&place.raw).unwrap_or_default()).collect())
}

/// The error that a refusal is, where nothing can go on without the command.
fn refusal(session: &Session, outcome: &Outcome, what: &'static str) -> SourceError {
    if outcome.is_busy() {
        return session.error_busy();
    }
    session.error(Fault::Protocol(what))
}

/// The state of each folder, in their order; empty where the server does not tell.
async fn states(session: &mut Session, places: &[Place]) -> Result<Vec<State>, SourceError> {
    Ok(states_and_rights(session, places, &[]).await?.0)
}

/// The state of each folder, and the rights (RFC 4314) on each of some of them, all in one turn; empty where the server
/// does not tell.
pub(super) async fn states_and_rights(
    session: &mut Session,
    places: &[Place],
    some: &[&Place],
) -> Result<(Vec<State>, Vec<Option<String>>), SourceError> {
    let items = items(session);
    let mut questions = VecDeque::new();
    if at_once(session) && places.len() > 1 {
        questions.push_back(format!("LIST \"\" \"*\" RETURN (STATUS ({items}))"));
    } else {
        questions.extend(places.iter().filter_map(|place| ask_state(place, items)));
    }
    questions.extend(some.iter().filter_map(|place| ask_rights(session, place)));
    let mut told = ask_each(session, questions).await?;
    let rights = some.iter().map(|place| told.rights.remove(&place.raw)).collect();
    Ok((completed(session, places, told.states).await?, rights))
}

/// The counters that show whether a folder was changed.
fn items(session: &Session) -> &'static str {
    if session.can("CONDSTORE") {
        "MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ"
    } else {
        "MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
    }
}

/// The number of messages of each folder, and the size where the server keeps count of it.
pub(super) async fn states_with_size(session: &mut Session, places: &[Place]) -> Result<Vec<State>, SourceError> {
    let items = if session.can("STATUS=SIZE") { "MESSAGES SIZE" } else { "MESSAGES" };
    let mut by_name = ask_states(session, &places.iter().collect::<Vec<_>>(), items).await?;
    Ok(places.iter().map(|place| by_name.remove(&place.raw).unwrap_or_default()).collect())
}

async fn ask_states(session: &mut Session, places: &[&Place], items: &str) -> Result<States, SourceError> {
    let questions = places.iter().filter_map(|place| ask_state(place, items)).collect();
    Ok(ask_each(session, questions).await?.states)
}

fn ask_state(place: &Place, items: &str) -> Option<String> {
    Some(format!("STATUS {} ({items})", place.argument.as_ref()?))
}

/// The rights on each folder (RFC 4314), where the server has such.
pub(super) async fn rights(session: &mut Session, places: &[&Place]) -> Result<Vec<Option<String>>, SourceError> {
    let questions = places.iter().filter_map(|place| ask_rights(session, place)).collect();
    let mut told = ask_each(session, questions).await?;
    Ok(places.iter().map(|place| told.rights.remove(&place.raw)).collect())
}

fn ask_rights(session: &Session, place: &Place) -> Option<String> {
    let argument = place.argument.as_ref().filter(|_| session.can("ACL"))?;
    Some(format!("MYRIGHTS {argument}"))
}

/// What was told of folders, by the server's own spelling of their names.
#[derive(Default)]
struct Told {
    states: States,
    rights: BTreeMap<Vec<u8>, String>,
}

/// Asks many questions, several under way at once. What is refused tells nothing.
async fn ask_each(session: &mut Session, mut questions: VecDeque<String>) -> Result<Told, SourceError> {
    let mut told = Told::default();
    let mut open = 0;
    loop {
        while open < DEPTH {
            let Some(question) = questions.pop_front() else { break };
            session.start(&question).await.map_err(|fault| session.error(fault))?;
            open += 1;
        }
        if open == 0 {
            return Ok(told);
        }
        match session.event().await.map_err(|fault| session.error(fault))? {
            Event::Data(response) => match untagged(&response.bytes) {
                Untagged::Status(name, state) if told.states.len() < FOLDERS => {
                    told.states.insert(name, state);
                }
                Untagged::Rights(name, rights) if told.rights.len() < FOLDERS => {
                    told.rights.insert(name, rights);
                }
                _ => {}
            },
            Event::Done { .. } => open -= 1,
        }
    }
}

/// Whether two looks at a folder saw the same. What the server did not tell both times does not count.
pub(super) fn same(before: &State, after: &State) -> bool {
    if before.messages.is_none() || after.messages.is_none() {
        return false;
    }
    let equal = |a: Option<u64>, b: Option<u64>| a == b || a.is_none() || b.is_none();
    before.messages == after.messages
        && equal(before.uid_next, after.uid_next)
        && equal(before.uid_validity, after.uid_validity)
        && equal(before.unseen, after.unseen)
        && equal(before.highest_modseq, after.highest_modseq)
}

/// How an attempt to open a folder ended.
pub(super) enum Opened {
    ReadOnly(Exists),
    /// The server would let us write; so it does not honour EXAMINE.
    NotReadOnly,
    /// It is not there any more, or not for us.
    Not,
}

/// What opening a folder told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exists {
    pub messages: u64,
    pub uid_validity: Option<u64>,
    pub uid_next: Option<u64>,
    /// The place of the first unread message among all of the folder, from 1.
    pub first_unseen: Option<u64>,
}

/// Opens a folder for reading only.
pub(super) async fn open(session: &mut Session, place: &Place) -> Result<Opened, SourceError> {
    let Some(argument) = &place.argument else { return Ok(Opened::Not) };
    let mut exists = Exists::default();
    let see = |data: Untagged<'_>| match data {
        Untagged::Exists(messages) => exists.messages = messages,
        Untagged::Note(note) => {
            let number = |name: &str| note.strip_prefix(name)?.trim().parse::<u64>().ok();
            exists.uid_validity = number("UIDVALIDITY ").or(exists.uid_validity);
            exists.uid_next = number("UIDNEXT ").or(exists.uid_next);
            exists.first_unseen = number("UNSEEN ").or(exists.first_unseen);
        }
        _ => {}
    };
    let outcome = session.run(&format!("EXAMINE {argument}"), see).await.map_err(|fault| session.error(fault))?;
    if !outcome.is_ok() {
        return if outcome.is_busy() { Err(session.error_busy()) } else { Ok(Opened::Not) };
    }
    match outcome.code.as_deref() {
        Some("READ-ONLY") => Ok(Opened::ReadOnly(exists)),
        _ => Ok(Opened::NotReadOnly),
    }
}

/// The UIDs of the messages that are wanted; `None` if the server does not tell.
pub(super) async fn uids(
    session: &mut Session,
    exists: &Exists,
    since: Option<i32>,
) -> Result<Option<BTreeSet<u32>>, SourceError> {
    if exists.messages == 0 {
        return Ok(Some(BTreeSet::new()));
    }
    if exists.messages > MOST_MESSAGES as u64 {
        return Err(session.error(Fault::Protocol(TOO_MANY)));
    }
    // As many messages as there ever were UIDs: then it is all of them, and nobody has to be asked.
    if since.is_none()
        && let Ok(last) = u32::try_from(exists.messages)
        && exists.uid_next == Some(exists.messages + 1)
    {
        return Ok(Some((1..=last).collect()));
    }
    let criterion = since.and_then(search_date).map_or("ALL".to_owned(), |day| format!("SINCE {day}"));
    let (mut found, outcome) = search(session, &criterion).await?;
    if found.len() > MOST_MESSAGES {
        return Err(session.error(Fault::Protocol(TOO_MANY)));
    }
    if outcome.is_busy() {
        return Err(session.error_busy());
    }
    if !outcome.is_ok() && since.is_some() {
        return Ok(None);
    }
    if since.is_none() && (!outcome.is_ok() || found.is_empty()) {
        // Some servers cannot search; all of them can count.
        let see = |data: Untagged<'_>| {
            if let Untagged::Fetch(fetched) = data {
                take(&mut found, fetched.uid);
            }
        };
        let outcome = session.run("UID FETCH 1:* (UID)", see).await.map_err(|fault| session.error(fault))?;
        if !outcome.is_ok() {
            return Ok(None);
        }
    }
    found.remove(&0);
    Ok(Some(found))
}

/// The UIDs that a search finds in the open folder, and what the server says of it.
async fn search(session: &mut Session, criterion: &str) -> Result<(BTreeSet<u32>, Outcome), SourceError> {
    // Ranges instead of every single number, where the server can.
    let returns = if returns_ranges(session) { "RETURN (ALL) " } else { "" };
    let mut found = BTreeSet::new();
    let see = |data: Untagged<'_>| {
        if let Untagged::Search(ranges) = data {
            take(&mut found, ranges.into_iter().flat_map(|(from, to)| from..=to));
        }
    };
    let outcome =
        session.run(&format!("UID SEARCH {returns}{criterion}"), see).await.map_err(|fault| session.error(fault))?;
    Ok((found, outcome))
}

fn returns_ranges(session: &Session) -> bool {
    session.can("ESEARCH") || session.can("IMAP4REV2")
}

/// Adds numbers to those found, as long as there is room: one more than is allowed tells that there were too many.
fn take(found: &mut BTreeSet<u32>, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        if found.len() > MOST_MESSAGES {
            return;
        }
        found.insert(number);
    }
}

/// The unread messages of the open folder; `None` if the server does not tell.
pub(super) async fn unseen(session: &mut Session) -> Result<Option<BTreeSet<u32>>, SourceError> {
    let (found, outcome) = search(session, "UNSEEN").await?;
    Ok(outcome.is_ok().then_some(found))
}

/// Peeks at unread messages of the open folder, and says whether they stayed unread. `None` if there is none.
///
/// Some servers mark a message as read whatever they are asked. One that turns twice was not somebody else. `first`: a
/// message that the server has called unread by itself; where it stays so, nobody has to be asked for others.
pub(super) async fn canary(session: &mut Session, first: Option<u32>) -> Result<Option<bool>, SourceError> {
    let mut turned = false;
    if let Some(uid) = first {
        match peek(session, uid).await.map_err(|fault| session.error(fault))? {
            Some(true) => return Ok(Some(true)),
            Some(false) => turned = true,
            None => {}
        }
    }
    let command = if returns_ranges(session) { "UID SEARCH RETURN (MIN MAX) UNSEEN" } else { "UID SEARCH UNSEEN" };
    let (mut oldest, mut newest) = (u32::MAX, 0);
    let see = |data: Untagged<'_>| {
        if let Untagged::Search(found) = data {
            for (from, to) in found {
                (oldest, newest) = (oldest.min(from), newest.max(to));
            }
        }
    };
    let outcome = session.run(command, see).await.map_err(|fault| session.error(fault))?;
    if !outcome.is_ok() || newest == 0 {
        return Ok(if turned { Some(false) } else { None });
    }
    for uid in BTreeSet::from([oldest, newest]).into_iter().rev() {
        match peek(session, uid).await.map_err(|fault| session.error(fault))? {
            Some(true) => return Ok(Some(true)),
            Some(false) => turned = true,
            // Somebody else has read it just now, or it is gone: that shows nothing.
            None => return Ok(None),
        }
    }
    Ok(if turned { Some(false) } else { None })
}

/// Whether an unread message stays unread when it is peeked at; `None` if it was not seen to be unread before.
async fn peek(session: &mut Session, uid: u32) -> Result<Option<bool>, Fault> {
    let flags = format!("UID FETCH {uid} (UID FLAGS)");
    let first = session.start(&flags).await?;
    session.start(&format!("UID FETCH {uid} (UID BODY.PEEK[]<0.64>)")).await?;
    let last = session.start(&flags).await?;
    let mut before = None;
    let mut now = None;
    loop {
        match session.event().await? {
            Event::Data(response) => {
                if let Untagged::Fetch(fetched) = untagged(&response.bytes)
                    && fetched.uid == Some(uid)
                    && let Some(flags) = fetched.flags
                {
                    now = Some(flags.iter().any(|flag| flag == "\\SEEN"));
                }
            }
            Event::Done { tag, .. } if tag == first => before = now,
            Event::Done { tag, .. } if tag == last => {
                return Ok(if before == Some(false) { Some(now != Some(true)) } else { None });
            }
            Event::Done { .. } => {}
        }
    }
}

/// A day as SEARCH wants it.
fn search_date(day: i32) -> Option<String> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.get(usize::try_from(date.month() - 1).ok()?)?;
    Some(format!("{}-{month}-{:04}", date.day(), date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_search_wants_them() {
        assert_eq!(search_date(0).as_deref(), Some("1-Jan-1970"));
        assert_eq!(search_date(20_781).as_deref(), Some("24-Nov-2026"));
        assert_eq!(search_date(i32::MAX), None);
    }

    #[test]
    fn any_counter_that_differs_is_a_change() {
        let state = State { messages: Some(3), uid_next: Some(4), unseen: Some(1), ..State::default() };
        assert!(same(&state, &state.clone()));
        assert!(same(&state, &State { uid_next: None, ..state.clone() }));
        assert!(!same(&state, &State { unseen: Some(0), ..state.clone() }));
        assert!(!same(&state, &State::default()), "what is not known is not unchanged");
    }

    #[test]
    fn numbers_without_end_are_taken_up_to_the_bound_and_one_more() {
        let mut found = BTreeSet::new();
        take(&mut found, 1..=u32::MAX);
        take(&mut found, 1..=u32::MAX);
        assert_eq!(found.len(), MOST_MESSAGES + 1);
    }
}
