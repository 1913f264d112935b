//! What a response says. Tolerant: every server writes its own IMAP, and a value that cannot be read costs itself.
//!
//! Never recurses deeper than [`DEPTH`], keeps at most [`VALUES`] values, and looks at each byte once.

use std::borrow::Cow;

/// Parentheses nested deeper than this are not read. Real mail stays below ten.
const DEPTH: usize = 64;
/// Values in one response.
const VALUES: usize = 60_000;

/// A piece of IMAP data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Nil,
    Atom(&'a [u8]),
    Text(Cow<'a, [u8]>),
    List(Vec<Value<'a>>),
    /// Nested too deep, or too many: skipped.
    Skipped,
}

impl<'a> Value<'a> {
    /// Its bytes, if it is a string of any kind.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Atom(bytes) => Some(bytes),
            Value::Text(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<u64> {
        std::str::from_utf8(self.bytes()?).ok()?.parse().ok()
    }

    fn lower(&self) -> Option<String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(bytes).to_ascii_lowercase())
    }
}

/// A response, being read from its start.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    values: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, values: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn skip_blanks(&mut self) {
        let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.advance(blanks);
    }

    /// The next word as it stands, brackets and what they hold included; `None` at the end.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        let mut inside = false;
        let ends = |byte: u8, inside: &mut bool| {
            match byte {
                b'[' => *inside = true,
                b']' => *inside = false,
                b' ' | b'(' | b')' if !*inside => return true,
                b'\r' | b'\n' => return true,
                _ => {}
            }
            false
        };
        let end = self.rest.iter().position(|byte| ends(*byte, &mut inside)).unwrap_or(self.rest.len());
        let word = self.rest.get(..end)?;
        self.advance(end);
        if word.is_empty() { None } else { Some(word) }
    }

    /// Whether the next word is this one; takes it if so.
    pub(super) fn takes(&mut self, expected: &str) -> bool {
        let before = (self.rest, self.values);
        if self.word().is_some_and(|word| word.eq_ignore_ascii_case(expected.as_bytes())) {
            return true;
        }
        (self.rest, self.values) = before;
        false
    }

    /// Takes an opening parenthesis.
    pub(super) fn opens(&mut self) -> bool {
        self.skip_blanks();
        let opens = self.peek() == Some(b'(');
        if opens {
            self.advance(1);
        }
        opens
    }

    /// Takes a closing parenthesis, or the end.
    pub(super) fn closes(&mut self) -> bool {
        self.skip_blanks();
        match self.peek() {
            Some(b')') => {
                self.advance(1);
                true
            }
            None => true,
            _ => false,
        }
    }

    /// The next value; `None` at the end or at a closing parenthesis.
    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        self.skip_blanks();
        match self.peek()? {
            b')' => None,
            b'(' => Some(self.nested()),
            _ => Some(self.scalar()),
        }
    }

    /// A parenthesised list, without recursion: the open lists are on a stack of their own.
    fn nested(&mut self) -> Value<'a> {
        let mut open: Vec<Vec<Value<'a>>> = Vec::new();
        let mut depth = 0_usize;
        let mut skipped = false;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'(') => {
                    self.advance(1);
                    depth += 1;
                    if depth > DEPTH {
                        skipped = true;
                    }
                    if !skipped {
                        open.push(Vec::new());
                    }
                }
                Some(b')') | None => {
                    let ended = self.peek().is_none();
                    self.advance(1);
                    depth = if ended { 0 } else { depth.saturating_sub(1) };
                    if skipped {
                        if depth == 0 {
                            return Value::Skipped;
                        }
                        continue;
                    }
                    let Some(list) = open.pop() else { return Value::Skipped };
                    if ended && !open.is_empty() {
                        return Value::Skipped;
                    }
                    match open.last_mut() {
                        Some(outer) => outer.push(Value::List(list)),
                        None => return Value::List(list),
                    }
                }
                Some(_) => {
                    let value = self.scalar();
                    self.values += 1;
                    if self.values > VALUES {
                        skipped = true;
                        open = Vec::new();
                    }
                    if let (false, Some(list)) = (skipped, open.last_mut()) {
                        list.push(value);
                    }
                }
            }
        }
    }

    fn scalar(&mut self) -> Value<'a> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal(0),
            Some(b'~') if self.rest.get(1) == Some(&b'{') => self.literal(1),
            _ => {
                let ends = |byte: &u8| matches!(byte, b' ' | b'(' | b')' | b'\r' | b'\n');
                let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                let atom = self.rest.get(..end).unwrap_or_default();
                // Progress in any case.
                self.advance(end.max(1));
                if atom.eq_ignore_ascii_case(b"NIL") { Value::Nil } else { Value::Atom(atom) }
            }
        }
    }

    fn quoted(&mut self) -> Value<'a> {
        self.advance(1);
        let mut escaped: Option<Vec<u8>> = None;
        let mut at = 0;
        while let Some(byte) = self.rest.get(at).copied() {
            match byte {
                b'"' => {
                    let plain = self.rest.get(..at).unwrap_or_default();
                    self.advance(at + 1);
                    return Value::Text(escaped.map_or(Cow::Borrowed(plain), Cow::Owned));
                }
                b'\\' => {
                    let text = escaped.get_or_insert_with(|| self.rest.get(..at).unwrap_or_default().to_vec());
                    text.extend(self.rest.get(at + 1));
                    at += 2;
                }
                _ => {
                    if let Some(text) = &mut escaped {
                        text.push(byte);
                    }
                    at += 1;
                }
            }
        }
        // Without an end it is not a string; what follows cannot be read.
        self.rest = &[];
        Value::Skipped
    }

    fn literal(&mut self, prefix: usize) -> Value<'a> {
        let Some(close) = memchr::memchr(b'}', self.rest) else { return self.atom_anyway() };
        let digits = self.rest.get(prefix + 1..close).unwrap_or_default();
        let digits = digits.strip_suffix(b"+").unwrap_or(digits);
        let size = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<usize>().ok());
        let after = self.rest.get(close + 1..).unwrap_or_default();
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        let (Some(size), Some(data)) = (size, after.strip_prefix(b"\n")) else { return self.atom_anyway() };
        let Some((text, rest)) = data.split_at_checked(size) else { return self.atom_anyway() };
        self.rest = rest;
        Value::Text(Cow::Borrowed(text))
    }

    fn atom_anyway(&mut self) -> Value<'a> {
        let ends = |byte: &u8| matches!(byte, b' ' | b')' | b'\r' | b'\n');
        let end = self.rest.iter().position(ends).unwrap_or(self.rest.len()).max(1);
        let atom = self.rest.get(..end).unwrap_or_default();
        self.advance(end);
        Value::Atom(atom)
    }
}

/// What an untagged response tells that anybody here asks for.
#[derive(Debug)]
pub(super) enum Untagged<'a> {
    Capability(Vec<String>),
    /// What was switched on.
    Enabled(Vec<String>),
    List(Listed),
    Status(Vec<u8>, State),
    /// Numbers found, from .. to, as the server wrote them: written out they may be four billion.
    Search(Vec<(u32, u32)>),
    Fetch(Fetched<'a>),
    Exists(u64),
    Rights(Vec<u8>, String),
    Bye,
    /// A status with a code, in upper case: `UIDVALIDITY 7`.
    Note(String),
    Other,
}

/// A line of LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// In upper case, with the backslash.
    pub attributes: Vec<String>,
    pub delimiter: Option<char>,
    pub name: Vec<u8>,
}

/// The counters of a folder that show whether it was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub messages: Option<u64>,
    pub uid_next: Option<u64>,
    pub uid_validity: Option<u64>,
    pub unseen: Option<u64>,
    pub highest_modseq: Option<u64>,
    pub size: Option<u64>,
}

/// What came of one message.
#[derive(Debug, Default)]
pub(super) struct Fetched<'a> {
    pub uid: Option<u32>,
    pub size: Option<u64>,
    /// Flags in upper case, sorted.
    pub flags: Option<Vec<String>>,
    /// Equal in all copies of one message (Gmail, OBJECTID).
    pub copy_id: Option<Vec<u8>>,
    pub structure: Option<Result<Part, TooOdd>>,
    /// Section in upper case without brackets, origin and field names (`1.2`, `2.HEADER.FIELDS`), and its bytes.
    pub sections: Vec<(String, Option<Cow<'a, [u8]>>)>,
}

/// A BODYSTRUCTURE that cannot be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooOdd;

/// A part of a message, as BODYSTRUCTURE tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// `text/plain`, in lower case.
    pub kind: String,
    /// The parameters of its type; names in lower case.
    pub parameters: Vec<(String, Vec<u8>)>,
    /// `attachment`, `inline`, in lower case.
    pub disposition: Option<String>,
    pub disposition_parameters: Vec<(String, Vec<u8>)>,
    /// In lower case.
    pub encoding: String,
    pub size: Option<u64>,
    pub parts: Vec<Part>,
}

/// Reads an untagged response.
pub(super) fn untagged(bytes: &[u8]) -> Untagged<'_> {
    let mut reader = Reader::new(bytes);
    if !reader.takes("*") {
        return Untagged::Other;
    }
    let Some(first) = reader.word() else { return Untagged::Other };
    let first_text = String::from_utf8_lossy(first).to_ascii_uppercase();
    if let Ok(number) = first_text.parse::<u64>() {
        if reader.takes("FETCH") {
            return Untagged::Fetch(fetched(&mut reader));
        }
        return if reader.takes("EXISTS") { Untagged::Exists(number) } else { Untagged::Other };
    }
    match first_text.as_str() {
        "CAPABILITY" | "ENABLED" => {
            let mut names = Vec::new();
            while let Some(name) = reader.word() {
                names.push(String::from_utf8_lossy(name).to_ascii_uppercase());
            }
            if first_text == "ENABLED" { Untagged::Enabled(names) } else { Untagged::Capability(names) }
        }
        "LIST" => listed(&mut reader).map_or(Untagged::Other, Untagged::List),
        "STATUS" => status(&mut reader).map_or(Untagged::Other, |(name, state)| Untagged::Status(name, state)),
        "SEARCH" => {
            let mut found = Vec::new();
            while let Some(word) = reader.word() {
                let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<u32>().ok());
                found.extend(number.map(|number| (number, number)));
            }
            Untagged::Search(found)
        }
        "ESEARCH" => Untagged::Search(esearch(&mut reader)),
        "MYRIGHTS" => {
            let name = reader.value().and_then(|name| name.bytes().map(<[u8]>::to_vec));
            let rights = reader.value().and_then(|value| value.lower());
            name.zip(rights).map_or(Untagged::Other, |(name, rights)| Untagged::Rights(name, rights))
        }
        "BYE" => Untagged::Bye,
        "OK" | "NO" | "BAD" => {
            let code = reader.word().filter(|word| word.starts_with(b"["));
            let code = code.map(|word| String::from_utf8_lossy(word).to_ascii_uppercase());
            code.map_or(Untagged::Other, |code| {
                Untagged::Note(code.trim_start_matches('[').trim_end_matches(']').to_owned())
            })
        }
        _ => Untagged::Other,
    }
}

fn listed(reader: &mut Reader<'_>) -> Option<Listed> {
    let attributes = reader.value()?;
    let attributes =
        attributes.list()?.iter().filter_map(|value| value.lower()).map(|name| name.to_ascii_uppercase()).collect();
    let delimiter = reader.value()?;
    let delimiter = delimiter.bytes().and_then(|bytes| bytes.first()).map(|byte| char::from(*byte));
    let name = reader.value()?;
    // A folder may be called NIL.
    let name = if name == Value::Nil { b"NIL".to_vec() } else { name.bytes()?.to_vec() };
    Some(Listed { attributes, delimiter, name })
}

fn status(reader: &mut Reader<'_>) -> Option<(Vec<u8>, State)> {
    let name = reader.value()?;
    let name = if name == Value::Nil { b"NIL".to_vec() } else { name.bytes()?.to_vec() };
    let items = reader.value()?;
    let mut state = State::default();
    for pair in items.list()?.chunks_exact(2) {
        let [key, value] = pair else { continue };
        let number = value.number();
        match key.lower().unwrap_or_default().as_str() {
            "messages" => state.messages = number,
            "uidnext" => state.uid_next = number,
            "uidvalidity" => state.uid_validity = number,
            "unseen" => state.unseen = number,
            "highestmodseq" => state.highest_modseq = number,
            "size" => state.size = number,
            _ => {}
        }
    }
    Some((name, state))
}

/// `* ESEARCH (TAG "A1") UID ALL 2,10:12`
fn esearch(reader: &mut Reader<'_>) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    if reader.opens() {
        while !reader.closes() {
            if reader.value().is_none() {
                break;
            }
        }
    }
    while let Some(word) = reader.word() {
        let has_numbers = [&b"ALL"[..], b"MIN", b"MAX"].iter().any(|name| word.eq_ignore_ascii_case(name));
        if has_numbers && let Some(set) = reader.word() {
            ranges(set, &mut found);
        }
    }
    found
}

/// A set of numbers: `2,10:12`.
fn ranges(set: &[u8], found: &mut Vec<(u32, u32)>) {
    let Ok(set) = std::str::from_utf8(set) else { return };
    for range in set.split(',') {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        if let (Ok(from), Ok(to)) = (from.parse::<u32>(), to.parse::<u32>()) {
            found.push((from.min(to), from.max(to)));
        }
    }
}

fn fetched<'a>(reader: &mut Reader<'a>) -> Fetched<'a> {
    let mut fetched = Fetched::default();
    if !reader.opens() {
        return fetched;
    }
    while !reader.closes() {
        let Some(key) = reader.word() else {
            // A stray value where a name should be.
            if reader.value().is_none() {
                break;
            }
            continue;
        };
        let Some(value) = reader.value() else { break };
        let key = String::from_utf8_lossy(key).to_ascii_uppercase();
        match key.as_str() {
            "UID" => fetched.uid = value.number().and_then(|number| u32::try_from(number).ok()),
            "RFC822.SIZE" => fetched.size = value.number(),
            "FLAGS" => {
                let flags = value.list().unwrap_or_default();
                let mut flags: Vec<_> =
                    flags.iter().filter_map(|flag| flag.lower()).map(|flag| flag.to_ascii_uppercase()).collect();
                flags.sort();
                fetched.flags = Some(flags);
            }
            "X-GM-MSGID" => fetched.copy_id = value.bytes().map(<[u8]>::to_vec),
            "EMAILID" => {
                let id = value.list().and_then(<[_]>::first).and_then(Value::bytes);
                fetched.copy_id = id.map(<[u8]>::to_vec);
            }
            "BODYSTRUCTURE" => fetched.structure = Some(part(&value, 0)),
            _ => {
                if let Some(section) = section(&key) {
                    let bytes = match value {
                        Value::Text(bytes) => Some(bytes),
                        Value::Atom(bytes) => Some(Cow::Borrowed(bytes)),
                        _ => None,
                    };
                    fetched.sections.push((section, bytes));
                }
            }
        }
    }
    fetched
}

/// `BODY[2.HEADER.FIELDS (FROM)]<0>` asks for `2.HEADER.FIELDS`.
fn section(key: &str) -> Option<String> {
    let inside = key.strip_prefix("BODY[")?;
    let end = inside.find(']')?;
    let inside = inside.get(..end)?;
    Some(inside.split(' ').next().unwrap_or_default().to_owned())
}

fn part(value: &Value<'_>, depth: usize) -> Result<Part, TooOdd> {
    if depth > DEPTH {
        return Err(TooOdd);
    }
    let items = value.list().ok_or(TooOdd)?;
    let is_multipart = match items {
        [Value::List(_), ..] => true,
        // Gmail writes NIL for a multipart without parts; a single part has its size in seventh place.
        [Value::Nil, Value::Text(_) | Value::Atom(_), ..] => items.get(6).and_then(Value::number).is_none(),
        _ => false,
    };
    if is_multipart { multipart(items, depth) } else { single(items, depth) }
}

fn multipart(items: &[Value<'_>], depth: usize) -> Result<Part, TooOdd> {
    let count = items.iter().take_while(|item| item.list().is_some()).count();
    let (parts, rest) = items.split_at_checked(count).ok_or(TooOdd)?;
    let rest = if parts.is_empty() { rest.get(1..).unwrap_or_default() } else { rest };
    let parts = parts.iter().map(|item| part(item, depth + 1)).collect::<Result<Vec<_>, _>>()?;
    let subtype = rest.first().and_then(Value::lower).ok_or(TooOdd)?;
    let (disposition, disposition_parameters) = disposition(rest.get(2));
    Ok(Part {
        kind: format!("multipart/{subtype}"),
        parameters: rest.get(1).map(parameters).unwrap_or_default(),
        disposition,
        disposition_parameters,
        encoding: String::new(),
        size: None,
        parts,
    })
}

fn single(items: &[Value<'_>], depth: usize) -> Result<Part, TooOdd> {
    let [kind, subtype, given, _id, _description, encoding, size, more @ ..] = items else { return Err(TooOdd) };
    let kind = kind.lower().unwrap_or_else(|| "text".to_owned());
    let subtype = subtype.lower().unwrap_or_else(|| "plain".to_owned());
    let kind = format!("{kind}/{subtype}");
    let mut parts = Vec::new();
    let extension = match kind.as_str() {
        "message/rfc822" | "message/global" => match more {
            [Value::List(_) | Value::Nil, body @ Value::List(_), ..] => {
                parts.push(part(body, depth + 1)?);
                4
            }
            // Some servers leave the envelope and the body away: then it is a part like any other.
            _ => 1,
        },
        _ if kind.starts_with("text/") => 2,
        _ => 1,
    };
    let (disposition, disposition_parameters) = disposition(more.get(extension));
    Ok(Part {
        kind,
        parameters: parameters(given),
        disposition,
        disposition_parameters,
        encoding: encoding.lower().unwrap_or_default(),
        size: size.number(),
        parts,
    })
}

fn parameters(value: &Value<'_>) -> Vec<(String, Vec<u8>)> {
    let pairs = value.list().unwrap_or_default().chunks_exact(2);
    let read = |pair: &[Value<'_>]| match pair {
        [name, value] => Some((name.lower()?, value.bytes()?.to_vec())),
        _ => None,
    };
    pairs.filter_map(read).collect()
}

fn disposition(value: Option<&Value<'_>>) -> (Option<String>, Vec<(String, Vec<u8>)>) {
    match value {
        Some(Value::List(items)) => {
            let name = items.first().and_then(Value::lower);
            (name, items.get(1).map(parameters).unwrap_or_default())
        }
        Some(other) => (other.lower(), Vec::new()),
        None => (None, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(text: &str) -> Fetched<'_> {
        match untagged(text.as_bytes()) {
            Untagged::Fetch(fetched) => fetched,
            other => panic!("{other:?}"),
        }
    }

    fn structure(text: &str) -> Result<Part, TooOdd> {
        fetch(&format!("* 1 FETCH (UID 7 BODYSTRUCTURE {text} FLAGS (\\Seen))\r\n")).structure.unwrap()
    }

    #[test]
    fn a_message_comes_with_all_that_was_asked() {
        let text = "* 3 FETCH (UID 7 RFC822.SIZE 90 FLAGS (\\Seen $x) BODY[HEADER.FIELDS (FROM \"TO\")] {11}\r\nFrom: a)\r\n\r\n \
                    BODY[1.2]<0> \"a \\\"b\\\" c\" BODY[2] NIL X-NEW (1 (2)) EMAILID (M1))\r\n";
        let fetched = fetch(text);
        assert_eq!((fetched.uid, fetched.size), (Some(7), Some(90)));
        assert_eq!(fetched.flags.unwrap(), ["$X", "\\SEEN"]);
        let sections: Vec<_> = fetched.sections.iter().map(|(name, text)| (name.as_str(), text.as_deref())).collect();
        let expected: [(&str, Option<&[u8]>); 3] =
            [("HEADER.FIELDS", Some(b"From: a)\r\n\r")), ("1.2", Some(b"a \"b\" c")), ("2", None)];
        // The literal is eleven bytes, whatever stands in it.
        assert_eq!(sections, expected);
    }

    #[test]
    fn structures_that_real_servers_send_are_read() {
        let text = "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"QUOTED-PRINTABLE\" 120 4 NIL (\"inline\" NIL) NIL NIL)";
        let part = structure(text).unwrap();
        assert_eq!(
            (part.kind.as_str(), part.encoding.as_str(), part.size),
            ("text/plain", "quoted-printable", Some(120))
        );
        assert_eq!(part.parameters, [("charset".to_owned(), b"utf-8".to_vec())]);
        assert_eq!(part.disposition.as_deref(), Some("inline"));

        let mixed = format!(
            "({text}(\"image\" \"png\" NIL NIL NIL NIL -1)({text} \"alternative\") \"mixed\" (\"boundary\" \"x\"))"
        );
        let part = structure(&mixed).unwrap();
        let kinds: Vec<_> = part.parts.iter().map(|part| part.kind.as_str()).collect();
        assert_eq!(
            (part.kind.as_str(), kinds),
            ("multipart/mixed", vec!["text/plain", "image/png", "multipart/alternative"])
        );
        assert_eq!(part.parts[1].size, None, "minus one is no size");

        let attached =
            format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 400 (NIL NIL) {text} 9 NIL (\"attachment\" NIL))");
        let part = structure(&attached).unwrap();
        assert_eq!((part.parts.len(), part.disposition.as_deref()), (1, Some("attachment")));

        for odd in
            ["(NIL \"alternative\" (\"boundary\" \"x\") NIL NIL)", "(\"text\" \"plain\" () NIL NIL \"7bit\" 1.8e+06 0)"]
        {
            structure(odd).unwrap();
        }
        for bad in ["NIL", "()", "(\"text\")", "\"text\"", "((((\"x\"))))"] {
            assert_eq!(structure(bad), Err(TooOdd), "{bad}");
        }
    }

    #[test]
    fn depth_and_number_have_an_end() {
        let deep = |depth: usize| format!("{}{}", "(".repeat(depth), ")".repeat(depth));
        assert!(matches!(Reader::new(deep(60).as_bytes()).value(), Some(Value::List(_))));
        assert_eq!(Reader::new(deep(1_000_000).as_bytes()).value(), Some(Value::Skipped));
        let many = format!("({})", "x ".repeat(200_000));
        assert_eq!(Reader::new(many.as_bytes()).value(), Some(Value::Skipped));
    }

    #[test]
    fn lists_and_counters_are_read_as_servers_write_them() {
        let Untagged::List(listed) = untagged(b"* LIST (\\HasNoChildren \\Sent) \".\" {6}\r\nINBOX.\r\n") else {
            panic!()
        };
        assert_eq!(listed.attributes, ["\\HASNOCHILDREN", "\\SENT"]);
        assert_eq!((listed.delimiter, listed.name.as_slice()), (Some('.'), &b"INBOX."[..]));
        let Untagged::Status(name, state) = untagged(b"* STATUS NIL (MESSAGES 3 UIDNEXT 4 UNSEEN 1 )\r\n") else {
            panic!()
        };
        assert_eq!((name.as_slice(), state.messages, state.unseen), (&b"NIL"[..], Some(3), Some(1)));
        for (text, expected) in [
            ("* SEARCH 3 1 x 2 \r\n", vec![(3, 3), (1, 1), (2, 2)]),
            ("* SEARCH\r\n", vec![]),
            ("* ESEARCH (TAG \"A1\") UID ALL 2,12:10,4294967295:1\r\n", vec![(2, 2), (10, 12), (1, u32::MAX)]),
            ("* ESEARCH (TAG \"A1\") UID\r\n", vec![]),
        ] {
            let Untagged::Search(found) = untagged(text.as_bytes()) else { panic!("{text}") };
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = untagged(&bytes);
            let _ = untagged(&[&b"* 1 FETCH (BODYSTRUCTURE ("[..], &bytes].concat());
            let _ = untagged(&[&b"* LIST (\\x) "[..], &bytes].concat());
        }
    }
}
