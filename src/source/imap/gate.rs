//! What may go out on the wire: the one allow-list. It sees the bytes that are really about to be sent.

use std::collections::BTreeMap;

use super::transcript::Transcript;

/// Why a line was kept back. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused;

/// Watches what goes out, and remembers what was asked so that nothing else is taken for an answer.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// How often each verb went out.
    commands: BTreeMap<String, u64>,
    /// Tags of commands that have no answer yet, with their numbers in the transcript.
    open: BTreeMap<String, u64>,
    /// The tag of an AUTHENTICATE under way: until its answer, lines are SASL responses and not commands.
    sasl: Option<String>,
    /// Where every command is written down before it is sent, and which connection this is.
    transcript: Option<(Transcript, u32)>,
    /// The alias of the folder that is open, where there is a transcript.
    folder: Option<String>,
}

impl Gate {
    /// A gate of a new connection that goes on with the count of an earlier one.
    pub(super) fn new(commands: &BTreeMap<String, u64>, transcript: Option<&Transcript>) -> Self {
        let transcript = transcript.map(|transcript| (transcript.clone(), transcript.connection()));
        Self { commands: commands.clone(), transcript, ..Self::default() }
    }

    /// Lets one line (without its CRLF) pass, or does not.
    pub(super) fn pass(&mut self, line: &[u8]) -> Result<(), Refused> {
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Refused);
        }
        if self.sasl.is_some() {
            let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
            return if line == b"*" || line.iter().all(harmless) { Ok(()) } else { Err(Refused) };
        }
        // A literal would make the server wait for a line that it does not take for a command.
        if line.ends_with(b"}") {
            return Err(Refused);
        }
        let (tag, rest) = word(line);
        let (verb, arguments) = command(rest).ok_or(Refused)?;
        let tag = std::str::from_utf8(tag).map_err(|_| Refused)?;
        if tag.is_empty() || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric()) || self.open.contains_key(tag) {
            return Err(Refused);
        }
        if !allowed(verb, arguments) {
            return Err(Refused);
        }
        // What cannot be written down is not sent.
        let number = self.write_down(verb, arguments)?;
        if verb == "AUTHENTICATE" {
            self.sasl = Some(tag.to_owned());
        }
        self.open.insert(tag.to_owned(), number);
        *self.commands.entry(verb.to_owned()).or_default() += 1;
        Ok(())
    }

    /// A tagged answer has come. `false` if nobody asked.
    pub(super) fn answered(&mut self, tag: &str, status: &str, code: Option<&str>) -> bool {
        if self.sasl.as_deref() == Some(tag) {
            self.sasl = None;
        }
        let Some(number) = self.open.remove(tag) else { return false };
        if let Some((transcript, _)) = &self.transcript {
            // An answer that is not written down leaves a transcript that says so.
            let _ = transcript.answered(number, status, code == Some("READ-ONLY"));
        }
        true
    }

    fn write_down(&mut self, verb: &str, arguments: &[u8]) -> Result<u64, Refused> {
        let Some((transcript, connection)) = &self.transcript else { return Ok(0) };
        let mut messages = None;
        let mut items = Vec::new();
        let folder = match verb {
            "EXAMINE" => {
                self.folder = transcript.alias(arguments);
                self.folder.clone()
            }
            "MYRIGHTS" => transcript.alias(arguments),
            "STATUS" => {
                let name = arguments.iter().rposition(|byte| *byte == b'(').and_then(|at| arguments.get(..at));
                name.and_then(|name| transcript.alias(name.trim_ascii_end()))
            }
            "UNSELECT" => {
                self.folder = None;
                None
            }
            "UID FETCH" => {
                let (set, asked) = word(arguments);
                messages = Some(size(set));
                items = names(asked);
                self.folder.clone()
            }
            "UID SEARCH" => self.folder.clone(),
            _ => None,
        };
        transcript.sent(*connection, verb, folder, messages, items).map_err(|_| Refused)
    }

    pub(super) fn commands(&self) -> &BTreeMap<String, u64> {
        &self.commands
    }
}

/// The verbs that cannot change a mailbox. `SELECT` (takes `\Recent` away) and `CLOSE` (expunges) are not among them.
const VERBS: &[&str] = &[
    "CAPABILITY",
    "ID",
    "NOOP",
    "STARTTLS",
    "AUTHENTICATE",
    "LOGIN",
    "ENABLE",
    "COMPRESS",
    "NAMESPACE",
    "LIST",
    "STATUS",
    "EXAMINE",
    "MYRIGHTS",
    "UID SEARCH",
    "UID FETCH",
    "UNSELECT",
    "LOGOUT",
];

/// What `ID` says of us: which program this is, and nothing of the machine or of whoever runs it.
pub(super) const IDENTITY: &str = concat!("(\"name\" \"mailglean\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")");

/// What may be switched on: how names and texts are written, and nothing that a server does.
pub(super) const EXTENSIONS: &[&str] = &["UTF8=ACCEPT", "IMAP4REV2"];

/// What may be asked of a message: nothing that sets `\Seen`.
const ITEMS: &[&str] = &[
    "UID",
    "FLAGS",
    "RFC822.SIZE",
    "INTERNALDATE",
    "ENVELOPE",
    "BODYSTRUCTURE",
    "MODSEQ",
    "EMAILID",
    "THREADID",
    "X-GM-MSGID",
    "X-GM-THRID",
    "X-GM-LABELS",
];

/// Whether a verb, as a transcript has it, is on the list.
pub(super) fn is_known(verb: &str) -> bool {
    VERBS.contains(&verb)
}

/// Whether all of these may be asked of a message.
pub(super) fn are_known(items: &[String]) -> bool {
    items_allowed(format!("({})", items.join(" ")).as_bytes())
}

/// How many numbers a set names; `*` counts as one.
fn size(set: &[u8]) -> u64 {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.parse::<u64>().ok());
    let count = |range: &[u8]| {
        let colon = range.iter().position(|byte| *byte == b':')?;
        let (first, last) = (number(range.get(..colon)?)?, number(range.get(colon + 1..)?)?);
        Some(first.abs_diff(last) + 1)
    };
    set.split(|byte| *byte == b',').map(|range| count(range).unwrap_or(1)).sum()
}

/// What is asked of a message, without the names of header fields.
fn names(items: &[u8]) -> Vec<String> {
    let mut rest = items.strip_prefix(b"(").and_then(|items| items.strip_suffix(b")")).unwrap_or_default();
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (item, after) = rest.split_at_checked(item_end(rest)).unwrap_or((rest, &[]));
        let item = String::from_utf8_lossy(item);
        names.push(match item.split_once(" (") {
            Some((section, _)) => format!("{section}]"),
            None => item.into_owned(),
        });
        rest = after.get(1..).unwrap_or_default();
    }
    names
}

fn command(rest: &[u8]) -> Option<(&'static str, &[u8])> {
    let (first, after) = word(rest);
    let (given, arguments) = if first.eq_ignore_ascii_case(b"UID") {
        let (second, arguments) = word(after);
        ([b"UID ", second].concat(), arguments)
    } else {
        (first.to_vec(), after)
    };
    let verb = VERBS.iter().copied().find(|verb| given.eq_ignore_ascii_case(verb.as_bytes()))?;
    Some((verb, arguments))
}

fn allowed(verb: &str, arguments: &[u8]) -> bool {
    match verb {
        "COMPRESS" => arguments == b"DEFLATE",
        "ID" => arguments == IDENTITY.as_bytes(),
        "ENABLE" => {
            let known = |word: &[u8]| EXTENSIONS.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
            arguments.split(|byte| *byte == b' ').all(known)
        }
        "UID FETCH" => {
            let (set, items) = word(arguments);
            let is_set = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b',' | b'*');
            !set.is_empty() && set.iter().all(is_set) && items_allowed(items)
        }
        _ => true,
    }
}

/// `(UID FLAGS BODY.PEEK[1.1]<0.4096>)`, and nothing after it.
fn items_allowed(items: &[u8]) -> bool {
    let Some(mut rest) = items.strip_prefix(b"(").and_then(|items| items.strip_suffix(b")")) else {
        return false;
    };
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let end = item_end(rest);
        let (item, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let plain = ITEMS.iter().any(|known| item.eq_ignore_ascii_case(known.as_bytes()));
        if !plain && !is_peek(item) {
            return false;
        }
        rest = match after {
            [] => after,
            [b' ', more @ ..] if !more.is_empty() => more,
            _ => return false,
        };
    }
    true
}

/// Where the first item ends: at a blank that stands outside brackets.
fn item_end(items: &[u8]) -> usize {
    let mut inside = false;
    for (at, byte) in items.iter().enumerate() {
        match byte {
            b'[' => inside = true,
            b']' => inside = false,
            b' ' if !inside => return at,
            _ => {}
        }
    }
    items.len()
}

fn is_peek(item: &[u8]) -> bool {
    let Some(open) = item.iter().position(|byte| *byte == b'[') else { return false };
    let Some(close) = item.iter().position(|byte| *byte == b']') else { return false };
    let (Some(name), Some(section), Some(partial)) =
        (item.get(..open), item.get(open + 1..close), item.get(close + 1..))
    else {
        return false;
    };
    let peek = name.eq_ignore_ascii_case(b"BODY.PEEK") || name.eq_ignore_ascii_case(b"BINARY.PEEK");
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b' ' | b'(' | b')' | b'-' | b'_');
    let is_range = partial.is_empty()
        || (partial.starts_with(b"<")
            && partial.ends_with(b">")
            && partial.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'<' | b'.' | b'>')));
    peek && section.iter().all(plain) && is_range
}

/// The bytes before the first blank, and those after it.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    match line.iter().position(|byte| *byte == b' ') {
        Some(at) => (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default()),
        None => (line, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(line: &str) -> bool {
        Gate::default().pass(line.as_bytes()).is_ok()
    }

    #[test]
    fn what_only_looks_goes_out() {
        for line in [
            "A1 CAPABILITY",
            "A1 LOGIN \"user\" \"secret\"",
            "A1 EXAMINE \"INBOX\"",
            "A1 LIST \"\" \"*\" RETURN (SPECIAL-USE)",
            "A1 STATUS \"INBOX\" (MESSAGES UIDNEXT)",
            "A1 UID SEARCH SINCE 1-Jan-2026",
            "A1 UID FETCH 1:* (UID FLAGS)",
            "A1 UID FETCH 1,3:5 (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM TO LIST-ID)] BODYSTRUCTURE)",
            "A1 UID FETCH 7 (UID BODY.PEEK[1.2.MIME] BODY.PEEK[1.2]<0.4096>)",
            "A1 UNSELECT",
            "A1 ENABLE UTF8=ACCEPT IMAP4rev2",
            &format!("A1 ID {IDENTITY}"),
            "A1 LOGOUT",
        ] {
            assert!(passes(line), "{line}");
        }
    }

    #[test]
    fn what_could_change_a_mailbox_does_not() {
        for line in [
            "A1 SELECT INBOX",
            "A1 CLOSE",
            "A1 EXPUNGE",
            "A1 CHECK",
            "A1 STORE 1 +FLAGS (\\Seen)",
            "A1 UID STORE 1 +FLAGS (\\Seen)",
            "A1 UID COPY 1 Other",
            "A1 UID MOVE 1 Other",
            "A1 UID EXPUNGE 1",
            "A1 APPEND INBOX {3}",
            "A1 EXAMINE {5}",
            "A1 EXAMINE {5+}",
            "A1 CREATE x",
            "A1 DELETE x",
            "A1 RENAME x y",
            "A1 SUBSCRIBE x",
            "A1 SETACL x y lrs",
            "A1 SETMETADATA x (/private/x y)",
            "A1 FETCH 1 (FLAGS)",
            "A1 UID FETCH 1 (BODY[])",
            "A1 UID FETCH 1 (UID body[1])",
            "A1 UID FETCH 1 BODY[]",
            "A1 UID FETCH 1 (RFC822)",
            "A1 UID FETCH 1 (RFC822.TEXT)",
            "A1 UID FETCH 1 (RFC822.HEADER)",
            "A1 UID FETCH 1 (BINARY[1])",
            "A1 UID FETCH 1 ALL",
            "A1 UID FETCH 1 (UID) (CHANGEDSINCE 3 VANISHED)",
            "A1 UID FETCH 1 ()",
            "A1 UID FETCH 1 (UID BODY.PEEK[] BODY[])",
            "A1 UID FETCH 1 (BODY.PEEK[]BODY[])",
            "A1 UID FETCH 1 (BODY.PEEK[\"]",
            "A1 COMPRESS OTHER",
            "A1 ENABLE QRESYNC",
            "A1 ENABLE",
            "A1 ID (\"user\" \"ann\")",
            "A1 ID NIL",
            "A1 NOOP\nA2 SELECT INBOX",
            "A1 NOOP\rx",
            "NOOP",
            "",
            " NOOP",
            "* NOOP",
        ] {
            assert!(!passes(line), "{line}");
        }
    }

    #[test]
    fn a_sasl_answer_is_base64_or_gives_up() {
        let mut gate = Gate::default();
        gate.pass(b"A1 AUTHENTICATE PLAIN").unwrap();
        assert!(gate.pass(b"AGFsaWNlAHNlY3JldA==").is_ok());
        assert!(gate.pass(b"*").is_ok());
        assert_eq!(gate.pass(b"A2 SELECT INBOX"), Err(Refused));
        assert!(gate.answered("A1", "OK", None));
        assert!(gate.pass(b"A2 NOOP").is_ok());
    }

    #[test]
    fn a_transcript_tells_how_many_and_what_of_them_and_no_more() {
        assert_eq!(size(b"1:500,7,9:10,12:*"), 504);
        let asked = b"(UID BODY.PEEK[HEADER.FIELDS (FROM TO)] BODY.PEEK[1.2]<0.100> BODYSTRUCTURE)";
        let told = ["UID", "BODY.PEEK[HEADER.FIELDS]", "BODY.PEEK[1.2]<0.100>", "BODYSTRUCTURE"];
        assert_eq!(names(asked), told);
        assert!(are_known(&names(asked)) && !are_known(&[]));
    }

    #[test]
    fn only_what_was_asked_is_answered_and_counted() {
        let mut gate = Gate::default();
        gate.pass(b"A1 UID fetch 1 (UID)").unwrap();
        assert!(gate.pass(b"A1 NOOP").is_err(), "a tag is used once at a time");
        assert!(!gate.answered("A2", "OK", None));
        assert!(gate.answered("A1", "OK", None));
        assert!(!gate.answered("A1", "OK", None));
        assert_eq!(gate.commands().iter().collect::<Vec<_>>(), [(&"UID FETCH".to_owned(), &1)]);
    }
}
