//! A session that can look and do nothing else: commands through the engine, answers through the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::gate::EXTENSIONS;
use super::reader::{Untagged, untagged};
use super::wire::{Answer, Fault, Response, Wire, fault_of};
use crate::source::SourceError;

/// See the module. The engine's session is private and never handed out.
pub(super) struct Session {
    engine: async_imap::Session<Wire>,
    host: String,
    pub(super) capabilities: BTreeSet<String>,
    /// Folder names come in UTF-8, and not in IMAP's own UTF-7.
    pub(super) utf8: bool,
    /// TLS version and cipher suite, or why there was none.
    pub(super) tls: String,
    /// How long the answer to one command may take, whatever comes meanwhile.
    patience: Duration,
    deadline: Instant,
    /// Responses since the last tagged answer, and bytes of those that bring no message.
    chatter: u64,
    talk: usize,
    said_bye: bool,
}

/// The tagged answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub answer: Answer,
    /// In upper case: `READ-ONLY`, `UNAVAILABLE`.
    pub code: Option<String>,
    /// How long the server asks us to stay away.
    pub pause: Option<Duration>,
}

impl Outcome {
    pub(super) fn is_ok(&self) -> bool {
        self.answer == Answer::Ok
    }

    /// Whether the server means "not now" rather than "no".
    pub(super) fn is_busy(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        !self.is_ok()
            && ["UNAVAILABLE", "LIMIT", "INUSE", "OVERQUOTA", "THROTTLED"].iter().any(|word| code.starts_with(word))
    }
}

/// One response in the middle of commands under way.
pub(super) enum Event {
    Data(Response),
    Done { tag: String, outcome: Outcome },
}

/// More untagged responses than this between two answers are a server that talks without end.
const CHATTER: u64 = 1_000_000;
/// As above, in bytes: the numbers of all messages that a folder may have come to a sixth of it.
const TALK: usize = 256 << 20;

impl Session {
    pub(super) fn new(
        engine: async_imap::Session<Wire>,
        host: &str,
        tls: String,
        capabilities: BTreeSet<String>,
        patience: Duration,
    ) -> Self {
        Self {
            engine,
            host: host.to_owned(),
            capabilities,
            utf8: false,
            tls,
            patience,
            deadline: Instant::now() + patience,
            chatter: 0,
            talk: 0,
            said_bye: false,
        }
    }

    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    pub(super) fn commands(&self) -> &BTreeMap<String, u64> {
        self.engine.get_ref().commands()
    }

    pub(super) fn received(&self) -> u64 {
        self.engine.get_ref().received()
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        self.engine.get_mut()
    }

    /// Sends a command and returns its tag.
    pub(super) async fn start(&mut self, command: &str) -> Result<String, Fault> {
        self.deadline = Instant::now() + self.patience;
        match self.engine.run_command(command).await {
            Ok(id) => Ok(id.0),
            Err(async_imap::error::Error::Io(error)) => Err(fault_of(&error)),
            Err(_) => Err(Fault::Lost),
        }
    }

    /// The next thing the server says.
    pub(super) async fn event(&mut self) -> Result<Event, Fault> {
        let response = match tokio::time::timeout_at(self.deadline, self.engine.get_mut().next()).await {
            Ok(response) => response?,
            Err(_) => return Err(Fault::Slow),
        };
        if let Some(tag) = response.tag() {
            self.chatter = 0;
            self.talk = 0;
            self.deadline = Instant::now() + self.patience;
            let answer = response.status().unwrap_or(Answer::Bad);
            let pause = if answer == Answer::Ok { None } else { pause(&response.bytes) };
            let outcome = Outcome { answer, code: response.code(), pause };
            return Ok(Event::Done { tag: tag.to_owned(), outcome });
        }
        self.chatter += 1;
        if !is_fetch(&response.bytes) {
            self.talk = self.talk.saturating_add(response.bytes.len());
        }
        if self.chatter > CHATTER || self.talk > TALK {
            return Err(Fault::Protocol("it talks without end"));
        }
        if response.status() == Some(Answer::Bye) {
            self.said_bye = true;
        }
        // Nobody waits for this: it comes before the names of which it tells how they are written.
        if is_enabled(&response.bytes)
            && self.commands().contains_key("ENABLE")
            && let Untagged::Enabled(names) = untagged(&response.bytes)
        {
            self.utf8 |= names.iter().any(|name| EXTENSIONS.contains(&name.as_str()));
        }
        Ok(Event::Data(response))
    }

    /// Runs one command alone and shows what comes to `see`.
    pub(super) async fn run(&mut self, command: &str, mut see: impl FnMut(Untagged<'_>)) -> Result<Outcome, Fault> {
        let sent = self.start(command).await?;
        loop {
            match self.event().await? {
                Event::Data(response) if response.dropped => {}
                Event::Data(response) => see(untagged(&response.bytes)),
                Event::Done { tag, outcome } if tag == sent => return Ok(outcome),
                Event::Done { .. } => {}
            }
        }
    }

    pub(super) fn error_busy(&self) -> SourceError {
        SourceError::TryLater { host: self.host.clone() }
    }

    /// The error that a fault is to whoever reads the mailbox.
    pub(super) fn error(&self, fault: Fault) -> SourceError {
        error(&self.host, fault, self.said_bye)
    }
}

/// The error that a fault is to whoever reads the mailbox.
pub(super) fn error(host: &str, fault: Fault, said_bye: bool) -> SourceError {
    let host = host.to_owned();
    match fault {
        Fault::Lost if said_bye => SourceError::TryLater { host },
        Fault::Lost => SourceError::Lost { host },
        Fault::Slow => SourceError::Lost { host },
        Fault::Protocol(what) => SourceError::Protocol { host, what: what.to_owned() },
        Fault::KeptBack => SourceError::Protocol { host, what: fault.to_string() },
    }
}

/// Whether a response brings (something of) a message: `* 12 FETCH`.
fn is_fetch(response: &[u8]) -> bool {
    let rest = response.strip_prefix(b"* ").unwrap_or_default();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest.get(digits..).and_then(|rest| rest.get(..6)).is_some_and(|word| word.eq_ignore_ascii_case(b" FETCH"))
}

fn is_enabled(response: &[u8]) -> bool {
    const START: &[u8] = b"* ENABLED";
    response.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// `Request is throttled. Suggested Backoff Time: 178755 milliseconds`, as Exchange has it.
fn pause(line: &[u8]) -> Option<Duration> {
    let line = String::from_utf8_lossy(line);
    let (_, after) = line.split_once("Backoff Time: ")?;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_millis)
}

/// A string as an argument. `None` if it cannot be one.
pub(super) fn quoted(text: &str) -> Option<String> {
    if text.contains(['\r', '\n', '\0']) {
        return None;
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}
