//! Decides where the parts of a message begin and end, to the byte, for BODYSTRUCTURE and sections.
//!
//! Written apart from what reads messages in `message`, so that the one can be tested against the other.

use std::borrow::Cow;

use imap_codec::imap_types::body::{
    BasicFields, Body, BodyStructure, Disposition, MultiPartExtensionData, SinglePartExtensionData, SpecificFields,
};
use imap_codec::imap_types::core::{IString, Literal, NString, Vec1};
use imap_codec::imap_types::envelope::{Address, Envelope};

/// Deeper parts are shown as one, as real servers do.
const MAX_DEPTH: usize = 50;

/// A part of a message: slices of the message's bytes.
pub(super) struct Part<'a> {
    /// The header fields with the empty line that ends them.
    pub header: &'a [u8],
    pub body: &'a [u8],
    kind: Kind<'a>,
    content_type: ContentType,
}

enum Kind<'a> {
    Leaf,
    Multipart(Vec<Part<'a>>),
    Message(Box<Part<'a>>),
}

struct ContentType {
    main: String,
    sub: String,
    parameters: Vec<(String, String)>,
}

impl<'a> Part<'a> {
    /// Takes a message apart; any bytes are some message.
    pub fn parse(bytes: &'a [u8]) -> Self {
        Self::parse_at(bytes, ("text", "plain"), 0)
    }

    fn parse_at(bytes: &'a [u8], default: (&str, &str), depth: usize) -> Self {
        let (header, body) = bytes.split_at(header_length(bytes));
        let content_type = ContentType::parse(header, default);
        let encoded = value(header, b"content-transfer-encoding").is_some_and(|encoding| {
            ["base64", "quoted-printable"].iter().any(|e| encoding.trim().eq_ignore_ascii_case(e))
        });
        let kind = if depth >= MAX_DEPTH {
            Kind::Leaf
        } else if content_type.main == "multipart" {
            let inner = if content_type.sub == "digest" { ("message", "rfc822") } else { ("text", "plain") };
            let slices = content_type.parameter("boundary").map_or(vec![], |boundary| split(body, boundary.as_bytes()));
            let parts: Vec<_> = slices.into_iter().map(|slice| Self::parse_at(slice, inner, depth + 1)).collect();
            if parts.is_empty() { Kind::Leaf } else { Kind::Multipart(parts) }
        } else if content_type.main == "message" && content_type.sub == "rfc822" && !encoded {
            Kind::Message(Box::new(Self::parse_at(body, ("text", "plain"), depth + 1)))
        } else {
            Kind::Leaf
        };
        Self { header, body, kind, content_type }
    }

    /// The part with this number (`2.1.3`), or `None` if there is none.
    pub fn find(&self, path: &[u32]) -> Option<&Part<'a>> {
        let (&first, rest) = path.split_first()?;
        let child = match &self.kind {
            Kind::Multipart(parts) => parts.get(usize::try_from(first).ok()?.checked_sub(1)?)?,
            Kind::Leaf | Kind::Message(_) if first == 1 => self,
            Kind::Leaf | Kind::Message(_) => return None,
        };
        if rest.is_empty() {
            return Some(child);
        }
        match &child.kind {
            Kind::Multipart(_) => child.find(rest),
            Kind::Message(inner) => inner.find(rest),
            Kind::Leaf => None,
        }
    }

    /// The message that this part holds, where it is a `message/rfc822`.
    pub fn message(&self) -> Option<&Part<'a>> {
        match &self.kind {
            Kind::Message(inner) => Some(inner),
            Kind::Leaf | Kind::Multipart(_) => None,
        }
    }

    pub fn structure(&self) -> BodyStructure<'static> {
        if let Kind::Multipart(parts) = &self.kind
            && let Ok(bodies) = Vec1::try_from(parts.iter().map(Part::structure).collect::<Vec<_>>())
        {
            return BodyStructure::Multi {
                bodies,
                subtype: string(&self.content_type.sub),
                extension_data: Some(MultiPartExtensionData {
                    parameter_list: self.content_type.parameter_list(),
                    tail: Some(self.disposition()),
                }),
            };
        }
        let basic = BasicFields {
            parameter_list: self.content_type.parameter_list(),
            id: nstring(value(self.header, b"content-id")),
            description: nstring(value(self.header, b"content-description")),
            content_transfer_encoding: string(
                value(self.header, b"content-transfer-encoding").as_deref().map_or("7bit", str::trim),
            ),
            size: count(self.body.len()),
        };
        let lines = count(memchr::memchr_iter(b'\n', self.body).count());
        let specific = match (&self.kind, self.content_type.main.as_str()) {
            (Kind::Message(inner), _) => SpecificFields::Message {
                envelope: Box::new(inner.envelope()),
                body_structure: Box::new(inner.structure()),
                number_of_lines: lines,
            },
            // A multipart without parts is an empty text, as Dovecot shows it.
            (_, "multipart") => SpecificFields::Text { subtype: string("plain"), number_of_lines: lines },
            (_, "text") => SpecificFields::Text { subtype: string(&self.content_type.sub), number_of_lines: lines },
            // A message/rfc822 that is not taken apart must not be shown as one.
            (_, "message") if self.content_type.sub == "rfc822" => {
                SpecificFields::Basic { r#type: string("application"), subtype: string("octet-stream") }
            }
            (_, main) => SpecificFields::Basic { r#type: string(main), subtype: string(&self.content_type.sub) },
        };
        let extension_data = Some(SinglePartExtensionData { md5: NString(None), tail: Some(self.disposition()) });
        BodyStructure::Single { body: Body { basic, specific }, extension_data }
    }

    fn disposition(&self) -> Disposition<'static> {
        let disposition = value(self.header, b"content-disposition").map(|text| {
            let (kind, parameters) = parameters(&text);
            (string(&kind), parameters.iter().map(|(name, value)| (string(name), string(value))).collect())
        });
        Disposition { disposition, tail: None }
    }

    pub fn envelope(&self) -> Envelope<'static> {
        let text = |name: &[u8]| nstring(value(self.header, name));
        let list = |name: &[u8]| value(self.header, name).map_or(vec![], |value| addresses(&value));
        let from = list(b"from");
        let or_from = |list: Vec<Address<'static>>| if list.is_empty() { from.clone() } else { list };
        Envelope {
            date: text(b"date"),
            subject: text(b"subject"),
            sender: or_from(list(b"sender")),
            reply_to: or_from(list(b"reply-to")),
            to: list(b"to"),
            cc: list(b"cc"),
            bcc: list(b"bcc"),
            in_reply_to: text(b"in-reply-to"),
            message_id: text(b"message-id"),
            from,
        }
    }
}

impl ContentType {
    fn parse(header: &[u8], default: (&str, &str)) -> Self {
        let text = value(header, b"content-type").unwrap_or_default();
        let (kind, parameters) = parameters(&text);
        match kind.split_once('/') {
            Some((main, sub)) if !main.trim().is_empty() && !sub.trim().is_empty() => {
                Self { main: main.trim().to_ascii_lowercase(), sub: sub.trim().to_ascii_lowercase(), parameters }
            }
            _ => Self { main: default.0.to_owned(), sub: default.1.to_owned(), parameters: vec![] },
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn parameter_list(&self) -> Vec<(IString<'static>, IString<'static>)> {
        if self.main == "text" && self.parameters.is_empty() {
            return vec![(string("charset"), string("us-ascii"))];
        }
        self.parameters.iter().map(|(name, value)| (string(name), string(value))).collect()
    }
}

/// The header fields as they stand, each with its continuation lines and line ends.
pub(super) fn fields(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = header;
    std::iter::from_fn(move || {
        let mut end = line_length(rest);
        while rest.get(end).is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            end += line_length(rest.get(end..)?);
        }
        if end == 0 {
            return None;
        }
        let (field, after) = rest.split_at(end);
        rest = after;
        let colon = memchr::memchr(b':', field).unwrap_or(0);
        Some((field.get(..colon).unwrap_or_default().trim_ascii_end(), field))
    })
}

/// The unfolded value of a field, or `None` if the header has none.
fn value(header: &[u8], name: &[u8]) -> Option<String> {
    let (name, field) = fields(header).find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let value = field.get(name.len()..).unwrap_or_default();
    let value: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let text = String::from_utf8_lossy(&value);
    Some(text.trim_start().trim_start_matches(':').trim().to_owned())
}

/// The length of the header with the empty line after it.
fn header_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = line_length(rest);
        at += length;
        if matches!(rest.get(..length), Some(b"\r\n" | b"\n")) {
            break;
        }
    }
    at
}

fn line_length(bytes: &[u8]) -> usize {
    memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
}

/// The parts between the lines of a boundary. The line end before a boundary belongs to the boundary.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = vec![];
    let mut begun: Option<usize> = None;
    let mut at = 0;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        let length = line_length(rest);
        let line = rest.get(..length).unwrap_or_default();
        let mark = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)).map(<[u8]>::trim_ascii_end);
        if let Some(tail @ (b"" | b"--")) = mark {
            if let Some(begin) = begun.take() {
                let part = body.get(begin..at).unwrap_or_default();
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            if tail == b"--" {
                return parts;
            }
            begun = Some(at + length);
        }
        at += length;
    }
    parts.extend(begun.and_then(|begin| body.get(begin..)));
    parts
}

/// A value and its `; name=value` parameters, quotes removed, as they stand otherwise.
fn parameters(text: &str) -> (String, Vec<(String, String)>) {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => {
                escaped = true;
                continue;
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            ';' if !quoted => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    let mut pieces = pieces.into_iter();
    let first = pieces.next().unwrap_or_default().trim().to_owned();
    let pair = |piece: String| {
        let (name, value) = piece.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    (first, pieces.filter_map(pair).collect())
}

fn addresses(text: &str) -> Vec<Address<'static>> {
    let Ok(list) = mailparse::addrparse(text) else { return vec![] };
    let single = |info: mailparse::SingleInfo| {
        let (mailbox, host) = match info.addr.rsplit_once('@') {
            Some((mailbox, host)) => (mailbox.to_owned(), Some(host.to_owned())),
            None => (info.addr, None),
        };
        Address {
            name: nstring(info.display_name),
            adl: NString(None),
            mailbox: nstring(Some(mailbox)),
            host: nstring(host),
        }
    };
    let entry = |entry: mailparse::MailAddr| match entry {
        mailparse::MailAddr::Single(info) => vec![info],
        mailparse::MailAddr::Group(group) => group.addrs,
    };
    list.into_inner().into_iter().flat_map(entry).map(single).collect()
}

/// A string as IMAP can carry it: NUL is not allowed anywhere, so it goes as 0x80, as Dovecot has it.
pub(super) fn sendable(bytes: &[u8]) -> Cow<'_, [u8]> {
    match memchr::memchr(0, bytes) {
        None => Cow::Borrowed(bytes),
        Some(_) => Cow::Owned(bytes.iter().map(|&byte| if byte == 0 { 0x80 } else { byte }).collect()),
    }
}

fn string(text: &str) -> IString<'static> {
    let bytes = sendable(text.as_bytes()).into_owned();
    IString::try_from(bytes).unwrap_or_else(|_| IString::Literal(Literal::unvalidated(&b""[..])))
}

fn nstring(text: Option<String>) -> NString<'static> {
    NString(text.map(|text| string(&text)))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &[u8] = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"o; o\"\r\n\r\npreamble\r\n\
--o; o\r\nContent-Type: text/plain; charset=utf-8\r\n\r\none\r\n\r\n\
--o; o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n\
--i\r\n\r\nplain\r\n--i  \r\nContent-Type: text/html\r\n\r\n<p>html\r\n--i--\r\n\
--o; o\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--o; o--\r\nepilogue";

    #[test]
    fn sections_are_slices_to_the_byte() {
        let part = Part::parse(LETTER);
        let body = |path: &[u32]| part.find(path).map(|part| std::str::from_utf8(part.body).unwrap());
        assert_eq!(body(&[1]), Some("one\r\n"), "the line end before a boundary is the boundary's");
        assert_eq!(body(&[2, 1]), Some("plain"));
        assert_eq!(body(&[2, 2]), Some("<p>html"));
        assert_eq!(body(&[3]), Some("AAAA"));
        assert_eq!(body(&[4]), None);
        assert_eq!(body(&[1, 1]), None);
        let inner = part.find(&[2]).and_then(Part::message).unwrap();
        assert!(inner.header.starts_with(b"Subject: inner\r\n") && inner.header.ends_with(b"\r\n\r\n"));
    }

    #[test]
    fn a_message_without_parts_is_its_own_first_part() {
        let part = Part::parse(b"Subject: x\r\n\r\nbody\r\n");
        assert_eq!(part.find(&[1]).unwrap().body, b"body\r\n");
        assert!(part.find(&[2]).is_none());
        assert!(part.find(&[1, 1]).is_none());
    }

    #[test]
    fn any_bytes_are_some_message() {
        let nested = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(10_000);
        for bytes in
            [&b""[..], b"\r\n", b"\0\0", b"no header at all", b"Content-Type: multipart/mixed\r\n\r\n", &nested]
        {
            let part = Part::parse(bytes);
            assert_eq!(part.header.len() + part.body.len(), bytes.len());
            let _ = (part.structure(), part.envelope());
        }
    }

    #[test]
    fn fields_keep_their_folds() {
        let header = b"To: a@b.example,\r\n c@d.example\r\nSubject : s\r\n\r\n";
        let found: Vec<_> = fields(header).map(|(name, field)| (name, field.len())).collect();
        assert_eq!(found, [(&b"To"[..], 32), (&b"Subject"[..], 13), (&b""[..], 2)]);
        assert_eq!(value(header, b"to").as_deref(), Some("a@b.example, c@d.example"));
        assert_eq!(value(header, b"subject").as_deref(), Some("s"));
    }
}
