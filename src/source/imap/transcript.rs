//! Decides how what went over the wire is written down for others: verbs, counts and answers, chained by their hashes,
//! and nothing of what was said. And how such a transcript is checked, by somebody who was not there.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::gate;

/// One line of a transcript, without its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Entry {
    Begin {
        /// The version of this format.
        transcript: u32,
        program: String,
    },
    Sent {
        n: u64,
        connection: u32,
        sent: String,
        /// The alias of the folder that is asked about or open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
        /// Of how many messages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        messages: Option<u64>,
        /// What of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<String>,
    },
    Answered {
        answered: u64,
        status: String,
        /// The server confirmed that the folder cannot be written to.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        read_only: bool,
    },
    End {
        commands: BTreeMap<String, u64>,
    },
}

/// The version of the format.
const VERSION: u32 = 1;
/// What stands between an entry and its hash.
const CHAIN: &str = ",\"chain\":\"";

/// A transcript being written. Clones write to the same one.
#[derive(Clone)]
pub struct Transcript(Arc<Mutex<Pen>>);

struct Pen {
    out: Box<dyn Write + Send>,
    chain: Chain,
    sent: u64,
    connections: u32,
    commands: BTreeMap<String, u64>,
    /// Folders by their name as an argument, which is never written.
    aliases: BTreeMap<Vec<u8>, String>,
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript(..)")
    }
}

impl Transcript {
    /// Begins a transcript.
    ///
    /// # Errors
    /// If the first line cannot be written.
    pub fn begin(out: Box<dyn Write + Send>) -> std::io::Result<Self> {
        let mut pen = Pen {
            out,
            chain: Chain::default(),
            sent: 0,
            connections: 0,
            commands: BTreeMap::new(),
            aliases: BTreeMap::new(),
        };
        let program = concat!("mailglean ", env!("CARGO_PKG_VERSION")).to_owned();
        pen.write(&Entry::Begin { transcript: VERSION, program })?;
        Ok(Self(Arc::new(Mutex::new(pen))))
    }

    /// Ends it, and returns the hash that stands for all of it.
    ///
    /// # Errors
    /// If the last line cannot be written.
    pub fn end(&self) -> std::io::Result<String> {
        let mut pen = self.pen();
        let commands = std::mem::take(&mut pen.commands);
        pen.write(&Entry::End { commands })?;
        pen.out.flush()?;
        Ok(pen.chain.hex())
    }

    fn pen(&self) -> MutexGuard<'_, Pen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection's number.
    pub(super) fn connection(&self) -> u32 {
        let mut pen = self.pen();
        pen.connections += 1;
        pen.connections
    }

    /// From now on a folder is written as its alias.
    pub(super) fn know(&self, argument: &str, alias: &str) {
        self.pen().aliases.insert(argument.as_bytes().to_vec(), alias.to_owned());
    }

    pub(super) fn alias(&self, argument: &[u8]) -> Option<String> {
        self.pen().aliases.get(argument).cloned()
    }

    /// Notes a command before it is sent; its number.
    pub(super) fn sent(
        &self,
        connection: u32,
        verb: &str,
        folder: Option<String>,
        messages: Option<u64>,
        items: Vec<String>,
    ) -> std::io::Result<u64> {
        let mut pen = self.pen();
        pen.sent += 1;
        let n = pen.sent;
        *pen.commands.entry(verb.to_owned()).or_default() += 1;
        pen.write(&Entry::Sent { n, connection, sent: verb.to_owned(), folder, messages, items })?;
        Ok(n)
    }

    pub(super) fn answered(&self, answered: u64, status: &str, read_only: bool) -> std::io::Result<()> {
        self.pen().write(&Entry::Answered { answered, status: status.to_owned(), read_only })
    }
}

impl Pen {
    fn write(&mut self, entry: &Entry) -> std::io::Result<()> {
        let line = serde_json::to_string(entry).map_err(std::io::Error::other)?;
        self.chain.add(line.as_bytes());
        let open = line.strip_suffix('}').unwrap_or(&line);
        writeln!(self.out, "{open}{CHAIN}{}\"}}", self.chain.hex())
    }
}

/// Each link is the hash of the one before and of a line.
#[derive(Default)]
struct Chain([u8; 32]);

impl Chain {
    fn add(&mut self, line: &[u8]) {
        self.0 = Sha256::new().chain_update(self.0).chain_update(line).finalize().into();
    }

    fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a transcript shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How often each verb went out.
    pub commands: BTreeMap<String, u64>,
    pub connections: u32,
    /// Commands that got no answer.
    pub unanswered: u64,
    /// The hash that stands for all of it.
    pub chain: String,
}

/// Why a transcript proves nothing, or the contrary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("line {0} is no line of a transcript")]
    NotATranscript(usize),
    #[error("it is of a newer version")]
    TooNew,
    #[error("line {0} does not fit to those before it: something was changed, added or taken away")]
    Broken(usize),
    #[error("its end is missing: the run was cut off, or lines were")]
    NoEnd,
    #[error("line {0}: a command that is not on the list of those that only read")]
    Forbidden(usize),
    #[error("line {0}: messages were asked for in a folder that was not confirmed to be open for reading only")]
    NotReadOnly(usize),
}

/// Replays a transcript against the list of what may go out.
///
/// # Errors
/// The first [`Flaw`], by its line.
pub fn verify(text: &str) -> Result<Verified, Flaw> {
    let mut chain = Chain::default();
    let mut commands: BTreeMap<String, u64> = BTreeMap::new();
    let mut connections = 0;
    let mut sent = 0;
    // Commands without an answer: the folder that one of them opens.
    let mut open: BTreeMap<u64, Option<(u32, String)>> = BTreeMap::new();
    // Which folder a connection has open, and whether read-only was confirmed.
    let mut folders: BTreeMap<u32, (String, bool)> = BTreeMap::new();
    let mut ended = false;
    for (at, line) in (1..).zip(text.lines()) {
        let (entry, hash) = line.rsplit_once(CHAIN).ok_or(Flaw::NotATranscript(at))?;
        let entry = format!("{entry}}}");
        chain.add(entry.as_bytes());
        if hash.strip_suffix("\"}") != Some(&chain.hex()) {
            return Err(Flaw::Broken(at));
        }
        let entry: Entry = serde_json::from_str(&entry).map_err(|_| Flaw::NotATranscript(at))?;
        if ended || (at == 1) != matches!(entry, Entry::Begin { .. }) {
            return Err(Flaw::Broken(at));
        }
        match entry {
            Entry::Begin { transcript, .. } if transcript > VERSION => return Err(Flaw::TooNew),
            Entry::Begin { .. } => {}
            Entry::Sent { n, connection, sent: verb, folder, items, .. } => {
                sent += 1;
                if n != sent {
                    return Err(Flaw::Broken(at));
                }
                if !gate::is_known(&verb) || (verb == "UID FETCH" && !gate::are_known(&items)) {
                    return Err(Flaw::Forbidden(at));
                }
                connections = connections.max(connection);
                let mut opens = None;
                match (verb.as_str(), folder) {
                    ("EXAMINE", folder) => {
                        folders.remove(&connection);
                        opens = Some((connection, folder.unwrap_or_default()));
                    }
                    ("UNSELECT", _) => {
                        folders.remove(&connection);
                    }
                    ("UID FETCH", folder) => {
                        let folder = folder.unwrap_or_default();
                        if folders.get(&connection) != Some(&(folder, true)) {
                            return Err(Flaw::NotReadOnly(at));
                        }
                    }
                    _ => {}
                }
                open.insert(n, opens);
                *commands.entry(verb).or_default() += 1;
            }
            Entry::Answered { answered, status, read_only } => {
                let opens = open.remove(&answered).ok_or(Flaw::Broken(at))?;
                if let Some((connection, folder)) = opens
                    && status == "OK"
                {
                    folders.insert(connection, (folder, read_only));
                }
            }
            Entry::End { commands: counted } => {
                if counted != commands {
                    return Err(Flaw::Broken(at));
                }
                ended = true;
            }
        }
    }
    if !ended {
        return Err(Flaw::NoEnd);
    }
    Ok(Verified { commands, connections, unanswered: open.len() as u64, chain: chain.hex() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somewhere to write that can be looked at.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(verbs: &[(&str, Option<&str>, &[&str], bool)]) -> (String, String) {
        let paper = Paper::default();
        let transcript = Transcript::begin(Box::new(paper.clone())).unwrap();
        let connection = transcript.connection();
        for (verb, folder, items, read_only) in verbs {
            let items = items.iter().map(|item| (*item).to_owned()).collect();
            let n = transcript.sent(connection, verb, folder.map(str::to_owned), None, items).unwrap();
            transcript.answered(n, "OK", *read_only).unwrap();
        }
        let chain = transcript.end().unwrap();
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        (text, chain)
    }

    const FAIR: &[(&str, Option<&str>, &[&str], bool)] = &[
        ("LOGIN", None, &[], false),
        ("EXAMINE", Some("f01"), &[], true),
        ("UID FETCH", Some("f01"), &["UID", "BODY.PEEK[HEADER.FIELDS]", "BODY.PEEK[1.2]<0.4096>"], false),
        ("LOGOUT", None, &[], false),
    ];

    #[test]
    fn what_was_written_is_verified() {
        let (text, chain) = written(FAIR);
        let verified = verify(&text).unwrap();
        assert_eq!((verified.chain, verified.connections, verified.unanswered), (chain, 1, 0));
        assert_eq!(verified.commands["UID FETCH"], 1);
    }

    #[test]
    fn no_line_can_be_changed_added_or_taken_away() {
        let (text, _) = written(FAIR);
        let lines: Vec<&str> = text.lines().collect();
        for at in 0..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(at);
            assert!(verify(&fewer.join("\n")).is_err(), "without line {}", at + 1);
            let mut twice = lines.clone();
            twice.insert(at, lines[at]);
            assert!(verify(&twice.join("\n")).is_err(), "line {} twice", at + 1);
        }
        assert_eq!(verify(&text.replace("LOGOUT", "NOOP")), Err(Flaw::Broken(8)));
        assert_eq!(verify(&text.replace("f01", "f02")), Err(Flaw::Broken(4)));
        assert_eq!(verify(""), Err(Flaw::NoEnd));
        assert_eq!(verify("hello"), Err(Flaw::NotATranscript(1)));
    }

    #[test]
    fn a_sound_chain_of_wrong_commands_is_found_out() {
        for (verb, items) in [("UID STORE", &[][..]), ("SELECT", &[]), ("UID FETCH", &["BODY[]"]), ("UID FETCH", &[])] {
            let (text, _) = written(&[("EXAMINE", Some("f01"), &[], true), (verb, Some("f01"), items, false)]);
            assert_eq!(verify(&text), Err(Flaw::Forbidden(4)), "{verb}");
        }
        let (text, _) = written(&[("EXAMINE", Some("f01"), &[], false), ("UID FETCH", Some("f01"), &["UID"], false)]);
        assert_eq!(verify(&text), Err(Flaw::NotReadOnly(4)));
        let (text, _) = written(&[("EXAMINE", Some("f01"), &[], true), ("UID FETCH", Some("f02"), &["UID"], false)]);
        assert_eq!(verify(&text), Err(Flaw::NotReadOnly(4)));
    }
}
