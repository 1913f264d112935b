//! Decides what the embedded server remembers of its clients, and how a test makes it misbehave.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A command that the server heard.
#[derive(Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which connection it came over, from 1 in the order of arrival.
    pub connection: u32,
    /// In capitals; `UID` is part of it (`UID FETCH`).
    pub verb: String,
    /// The whole command without its tag; of LOGIN and AUTHENTICATE the verb alone.
    pub line: String,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.connection, self.verb)
    }
}

/// All commands that the server has heard so far, whatever it answered. Clones see the same list.
#[derive(Clone, Default)]
pub struct Transcript(Arc<Mutex<Vec<Heard>>>);

impl Transcript {
    pub fn commands(&self) -> Vec<Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each verb was heard.
    pub fn verbs(&self) -> BTreeMap<String, u64> {
        let mut verbs = BTreeMap::new();
        for heard in self.commands() {
            *verbs.entry(heard.verb).or_default() += 1;
        }
        verbs
    }

    /// Notes a command; returns it, and how often its verb was heard up to now.
    pub(super) fn note(&self, connection: u32, command: &[u8]) -> (Heard, u64) {
        let text = String::from_utf8_lossy(command);
        let line = text.trim_end_matches(['\r', '\n']).split_once(' ').map_or("", |(_tag, line)| line);
        let mut words = line.split(' ');
        let mut verb = words.next().unwrap_or_default().to_ascii_uppercase();
        if verb == "UID" {
            verb = format!("UID {}", words.next().unwrap_or_default().to_ascii_uppercase());
        }
        let secret = matches!(verb.as_str(), "LOGIN" | "AUTHENTICATE");
        let line = if secret { verb.clone() } else { line.to_owned() };
        let heard = Heard { connection, verb, line };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(heard.clone());
        let nth = all.iter().filter(|other| other.verb == heard.verb).count();
        (heard, u64::try_from(nth).unwrap_or(u64::MAX))
    }
}

/// What the server does instead of answering properly, for tests.
#[derive(Clone, Default)]
pub struct Script(Vec<Step>);

#[derive(Clone)]
struct Step {
    verb: String,
    /// Counted over all connections, from 1; `None` for every one.
    nth: Option<u64>,
    /// What the command must contain.
    text: String,
    act: Act,
}

/// One misbehaviour. In bytes that are sent, `{tag}` stands for the tag of the command.
#[derive(Clone)]
pub enum Act {
    /// Sends these bytes in place of the answer and goes on.
    Say(Vec<u8>),
    /// Sends these bytes (none: nothing) and cuts the connection.
    Close(Vec<u8>),
    /// Sends these bytes (none: nothing) and says nothing more, with the connection open.
    Stall(Vec<u8>),
    /// Sends these bytes over and over until the client leaves.
    Flood(Vec<u8>),
    /// Sends these bytes and then the proper answer.
    First(Vec<u8>),
    /// Sends so many bytes of the proper answer and cuts the connection, without TLS's notice that it ends.
    Cut(usize),
    /// Sends what becomes of the proper answer.
    Edit(Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
}

impl Script {
    /// On the `nth` command of this verb, counted over all connections from 1, does this instead of answering.
    /// `GREETING` is the moment after connecting; everything else is a verb as in [`Heard::verb`].
    #[must_use]
    pub fn on(mut self, verb: &str, nth: u64, act: Act) -> Self {
        self.0.push(Step { verb: verb.to_owned(), nth: Some(nth), text: String::new(), act });
        self
    }

    /// Does this on every command of this verb.
    #[must_use]
    pub fn always(self, verb: &str, act: Act) -> Self {
        self.when(verb, "", act)
    }

    /// Does this on every command of this verb that contains this text.
    #[must_use]
    pub fn when(mut self, verb: &str, text: &str, act: Act) -> Self {
        self.0.push(Step { verb: verb.to_owned(), nth: None, text: text.to_owned(), act });
        self
    }

    pub(super) fn act(&self, verb: &str, nth: u64, line: &str) -> Option<Act> {
        let due = |step: &&Step| {
            step.verb == verb && step.nth.is_none_or(|wanted| wanted == nth) && line.contains(&step.text)
        };
        let step = self.0.iter().find(due);
        step.map(|step| step.act.clone())
    }
}

impl Act {
    /// A tagged answer: `NO [INUSE] try later`, `BAD`, `OK`.
    pub fn answer(status: &str) -> Self {
        Self::Say(format!("{{tag}} {status}\r\n").into_bytes())
    }
}
