//! Decides how bytes become header fields, parts and text: MIME structure, transfer encodings, charsets.
//!
//! One pass over the message finds every part, however deep: the boundaries of all open multiparts are looked for
//! at the same time, so nesting costs nothing. A limit that is hit is a problem, and what lies within it is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use charset::Charset;
use mailparse::MailHeader;
use memchr::{memchr, memmem};

use super::ProblemKind;

/// Parts within parts.
pub const NESTING: usize = 50;
/// Parts of a message, those of attached messages among them.
pub const PARTS: usize = 1_000;
/// Header fields of a message, those of its parts among them.
pub const HEADERS: usize = 10_000;
/// Bytes of one header field.
pub const FIELD: usize = 1 << 20;
/// Bytes of a Content-Type field; longer ones are attacks.
const CONTENT_TYPE: usize = 8 << 10;
/// A boundary has up to 70 characters (RFC 2046, 5.1.1); real ones are sometimes longer.
const BOUNDARY: usize = 256;

/// The media type of a part, as far as it decides anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// `text/html`, in lower case.
    pub name: String,
    pub charset: Option<String>,
    pub boundary: Option<String>,
    /// What `format=flowed` says, if it is there.
    pub flowed: Option<DelSp>,
}

/// Whether the space that marks a soft line break belongs to the text (RFC 3676).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelSp {
    Keep,
    Delete,
}

/// A part: its header, and what follows up to the next boundary.
pub struct Part<'a> {
    pub headers: Vec<MailHeader<'a>>,
    pub media: MediaType,
    /// How many parts it lies in.
    pub depth: usize,
    pub body: &'a [u8],
}

impl Part<'_> {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        field(&self.headers, name)
    }

    /// Every field of this name, in order.
    pub fn fields<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s [u8]> {
        self.headers.iter().filter(move |header| is_named(header, name)).map(MailHeader::get_value_raw)
    }

    /// Whether the part is a message of its own that was attached.
    pub fn is_message(&self) -> bool {
        matches!(self.media.name.as_str(), "message/rfc822" | "message/global" | "message/news")
    }

    /// Whether a mail program shows the part as a file rather than as text.
    pub fn is_attachment(&self) -> bool {
        self.field("Content-Disposition").is_some_and(|value| {
            value.trim_ascii_start().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"attachment"))
        })
    }

    /// The body without its transfer encoding, at most `limit` bytes of it.
    pub fn decoded(&self, limit: usize, hit: &mut dyn FnMut(ProblemKind)) -> Cow<'_, [u8]> {
        let (bytes, whole) = match self.encoding() {
            Encoding::Identity => (Cow::Borrowed(self.body), true),
            Encoding::Base64 => {
                let (bytes, whole) = base64(self.body, limit);
                (Cow::Owned(bytes), whole)
            }
            Encoding::QuotedPrintable => {
                let (bytes, whole) = quoted_printable(self.body, limit);
                (Cow::Owned(bytes), whole)
            }
        };
        if !whole {
            hit(ProblemKind::Encoding);
        }
        if bytes.len() > limit {
            hit(ProblemKind::TooLarge);
            return match bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..limit).unwrap_or(bytes)),
                Cow::Owned(mut bytes) => {
                    bytes.truncate(limit);
                    Cow::Owned(bytes)
                }
            };
        }
        bytes
    }

    /// Whether the body has a transfer encoding.
    pub fn is_encoded(&self) -> bool {
        self.encoding() != Encoding::Identity
    }

    fn encoding(&self) -> Encoding {
        Encoding::of(&self.headers)
    }
}

/// The first field of this name.
fn field<'s>(headers: &'s [MailHeader<'_>], name: &str) -> Option<&'s [u8]> {
    headers.iter().find(|header| is_named(header, name)).map(MailHeader::get_value_raw)
}

/// Whether a field has this name.
pub fn is_named(header: &MailHeader, name: &str) -> bool {
    header.get_key_raw().trim_ascii_end().eq_ignore_ascii_case(name.as_bytes())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl Encoding {
    fn of(headers: &[MailHeader]) -> Self {
        let value = field(headers, "Content-Transfer-Encoding").unwrap_or_default().trim_ascii();
        let starts = |word: &[u8]| value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if starts(b"base64") {
            Self::Base64
        } else if starts(b"quoted-printable") {
            Self::QuotedPrintable
        } else {
            Self::Identity
        }
    }
}

/// A multipart that is open: its boundary, and the depth of its part.
struct Open {
    boundary: Vec<u8>,
    depth: usize,
}

/// Takes a message apart: its parts in order, each before those that lie in it. Empty if there is no header field.
pub fn parts<'a>(bytes: &'a [u8], hit: &mut dyn FnMut(ProblemKind)) -> Vec<Part<'a>> {
    let mut parts: Vec<Part> = Vec::new();
    // The parts that have not ended yet (their places in `parts`), outermost first, with where their bodies start.
    let mut path: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut of_boundary: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    let mut fields_left = HEADERS;
    let (mut at, mut depth, mut default) = (0, 0, "text/plain");

    'part: loop {
        let place = if parts.is_empty() { Place::Top } else { Place::Within };
        let rest = bytes.get(at..).unwrap_or_default();
        let Block { headers, used, any } = header_fields(rest, place, &mut fields_left, hit);
        if parts.is_empty() && !any {
            return parts;
        }
        at += used;
        let body = bytes.get(at..).unwrap_or_default();
        let media = media_type(&headers, default);
        let identity = Encoding::of(&headers) == Encoding::Identity;
        let part = Part { headers, media, depth, body };
        let boundary = boundary_of(&part);
        let message = part.is_message() && identity;
        path.push((parts.len(), at));
        parts.push(part);
        if depth >= NESTING && (boundary.is_some() || message) {
            hit(ProblemKind::TooDeep);
        } else if message {
            // The attached message's header starts right here.
            if parts.len() >= PARTS {
                hit(ProblemKind::TooManyParts);
                break;
            }
            (depth, default) = (depth + 1, "text/plain");
            continue;
        } else if let Some(boundary) = boundary {
            of_boundary.entry(boundary.clone()).or_default().push(open.len());
            open.push(Open { boundary, depth });
        }

        // On to the next line that is a boundary of any open multipart.
        while !open.is_empty() {
            let Some(found) = next_delimiter(bytes, at, &of_boundary) else { break 'part };
            let Some(level) = open.get(found.level).map(|open| open.depth) else { break 'part };
            let keep = match found.kind {
                Delimiter::Between => found.level + 1,
                Delimiter::Last => found.level,
            };
            while path.last().is_some_and(|(part, _)| parts.get(*part).is_some_and(|part| part.depth > level)) {
                end(&mut parts, path.pop(), bytes, found.before);
            }
            for closed in open.drain(keep..).rev() {
                if let Some(levels) = of_boundary.get_mut(&closed.boundary) {
                    levels.pop();
                }
            }
            at = found.after;
            match found.kind {
                Delimiter::Last => continue,
                Delimiter::Between if parts.len() >= PARTS => {
                    hit(ProblemKind::TooManyParts);
                    break 'part;
                }
                Delimiter::Between => {
                    let inner = path.last().and_then(|(part, _)| parts.get(*part));
                    let digest = inner.is_some_and(|part| part.media.name == "multipart/digest");
                    default = if digest { "message/rfc822" } else { "text/plain" };
                    depth = level + 1;
                    continue 'part;
                }
            }
        }
        break;
    }
    parts
}

/// Sets the end of a part's body.
fn end<'a>(parts: &mut [Part<'a>], part: Option<(usize, usize)>, bytes: &'a [u8], before: usize) {
    let Some((part, start)) = part else { return };
    if let Some(part) = parts.get_mut(part) {
        part.body = bytes.get(start..before.max(start)).unwrap_or_default();
    }
}

struct Found {
    level: usize,
    kind: Delimiter,
    /// Where the part before it ends: without the line break, which belongs to the delimiter.
    before: usize,
    after: usize,
}

#[derive(Clone, Copy)]
enum Delimiter {
    Between,
    Last,
}

/// The next line from `at` on that delimits one of these multiparts.
fn next_delimiter(bytes: &[u8], at: usize, of_boundary: &BTreeMap<Vec<u8>, Vec<usize>>) -> Option<Found> {
    let mut from = at;
    let finder = memmem::Finder::new(b"\n--");
    loop {
        let rest = bytes.get(from..)?;
        let start = if from == at && rest.starts_with(b"--") { from } else { from + finder.find(rest)? + 1 };
        let line = bytes.get(start + 2..)?;
        let line = line.get(..BOUNDARY + 4).unwrap_or(line);
        let length = memchr(b'\n', line).unwrap_or(line.len());
        let text = line.get(..length)?.trim_ascii_end();
        let level = |name: &[u8]| of_boundary.get(name).and_then(|levels| levels.last().copied());
        let last = || text.strip_suffix(b"--").and_then(|name| level(name.trim_ascii_end()));
        let found = level(text).map(|level| (level, Delimiter::Between));
        if let Some((level, kind)) = found.or_else(|| last().map(|level| (level, Delimiter::Last))) {
            let mut before = start;
            for end in [b'\n', b'\r'] {
                if before > at && bytes.get(before - 1) == Some(&end) {
                    before -= 1;
                }
            }
            return Some(Found { level, kind, before, after: (start + 2 + length + 1).min(bytes.len()) });
        }
        from = start + 2;
    }
}

/// The boundary of a multipart: as its header names it, or the first line of its body that looks like one.
fn boundary_of(part: &Part) -> Option<Vec<u8>> {
    if !part.media.name.starts_with("multipart/") {
        return None;
    }
    let named = part.media.boundary.as_deref().map(|boundary| boundary.as_bytes().trim_ascii_end());
    if let Some(named) = named.filter(|named| !named.is_empty() && named.len() <= BOUNDARY) {
        return Some(named.to_vec());
    }
    let body = part.body.trim_ascii_start();
    let line = body.get(..BOUNDARY).unwrap_or(body).split(|b| *b == b'\n').next()?;
    let guess = line.strip_prefix(b"--")?.trim_ascii_end();
    (!guess.is_empty()).then(|| guess.to_vec())
}

/// The header fields that a message starts with.
pub fn header(bytes: &[u8]) -> Vec<MailHeader<'_>> {
    header_fields(bytes, Place::Top, &mut { HEADERS }, &mut |_| {}).headers
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Within,
}

/// The fields that anything here asks for. The others (half of most messages' bytes: traces, seals, scores) are
/// stepped over.
const FIELDS: &[&str] = &[
    "To",
    "Cc",
    "Bcc",
    "From",
    "Date",
    "Sender",
    "Subject",
    "List-Id",
    "Reply-To",
    "Received",
    "List-Post",
    "Precedence",
    "X-BeenThere",
    "Message-ID",
    "Return-Path",
    "Delivered-To",
    "Envelope-To",
    "Resent-To",
    "Resent-Cc",
    "Resent-From",
    "Resent-Sender",
    "Content-Type",
    "MIME-Version",
    "Mailing-List",
    "X-Autoreply",
    "X-Auto-Reply",
    "Auto-Submitted",
    "X-Autorespond",
    "X-Original-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "X-Autogenerated",
    "List-Unsubscribe",
    "Content-Disposition",
    "Content-Transfer-Encoding",
];

/// A header block: the fields of [`FIELDS`] in it, whether it has any at all, and its length with its blank line.
struct Block<'a> {
    headers: Vec<MailHeader<'a>>,
    any: bool,
    used: usize,
}

/// Reads a header block.
///
/// `mailparse` reads each field; it is shown one field at a time, because its own loop gives up the whole message
/// at a lone carriage return or at a line that starts with a space.
fn header_fields<'a>(bytes: &'a [u8], place: Place, left: &mut usize, hit: &mut dyn FnMut(ProblemKind)) -> Block<'a> {
    let mut block = Block { headers: Vec::new(), any: false, used: 0 };
    let (mut many, mut large) = (false, false);
    while let Some(rest) = bytes.get(block.used..).filter(|rest| !rest.is_empty()) {
        let length = line_length(rest);
        let line = rest.get(..length).unwrap_or_default();
        if line.trim_ascii_end().is_empty() {
            block.used += length;
            break;
        }
        let Some(name) = field_name(line) else {
            let postmark = line.starts_with(b"From ") || line.starts_with(b">From ");
            let junk = !block.any && place == Place::Top && postmark || starts_with_space(line);
            let next = rest.get(length..).unwrap_or_default();
            if junk || field_name(next.get(..line_length(next)).unwrap_or_default()).is_some() {
                block.used += length;
                continue;
            }
            // Not a header any more: the body starts without its blank line.
            break;
        };
        block.any = true;
        let mut end = length;
        while let Some(more) = rest.get(end..).filter(|more| starts_with_space(more)) {
            end += line_length(more);
        }
        block.used += end;
        if *left == 0 {
            many = true;
            continue;
        }
        *left -= 1;
        if FIELDS.iter().any(|field| field.as_bytes().eq_ignore_ascii_case(name)) {
            large |= end > FIELD;
            let field = rest.get(..end.min(FIELD)).unwrap_or_default();
            block.headers.extend(mailparse::parse_header(field).map(|(header, _)| header));
        }
    }
    if many {
        hit(ProblemKind::TooManyHeaders);
    }
    if large {
        hit(ProblemKind::TooLarge);
    }
    block
}

/// The length of the first line with its line break.
fn line_length(bytes: &[u8]) -> usize {
    memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)
}

fn starts_with_space(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b' ' | b'\t'))
}

/// The name of the field that a line starts: printable characters up to a colon.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let head = line.get(..256).unwrap_or(line);
    let (name, _) = memchr(b':', head).and_then(|colon| head.split_at_checked(colon))?;
    let name = name.trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| (33..127).contains(b))).then_some(name)
}

/// Reads Content-Type. `mailparse` does, on the few parameters that matter: on many it takes quadratic time.
fn media_type(headers: &[MailHeader], default: &str) -> MediaType {
    let value = field(headers, "Content-Type").unwrap_or_default();
    let value = unfold(&text_of_header(value.get(..CONTENT_TYPE).unwrap_or(value)));
    let mut pieces = split_outside_quotes(&value);
    let name = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
    let name = name.split([' ', '\t', '(', ',']).next().unwrap_or_default();
    let wanted = ["boundary", "charset", "format", "delsp"];
    let matters = |piece: &&str| {
        let key = piece.trim_start();
        wanted.iter().any(|want| key.get(..want.len()).is_some_and(|start| start.eq_ignore_ascii_case(want)))
    };
    let kept: Vec<&str> = pieces.filter(matters).take(16).collect();
    let parsed = mailparse::parse_content_type(&format!("x/x;{}", kept.join(";")));
    let get = |key: &str| parsed.params.get(key).map(|value| value.trim().to_owned());
    let says = |key: &str, what: &str| get(key).is_some_and(|value| value.eq_ignore_ascii_case(what));
    let name = match name {
        "" => default,
        "text" => "text/plain",
        "html" => "text/html",
        "message" => "message/rfc822",
        other => other,
    };
    MediaType {
        name: name.to_owned(),
        charset: get("charset").filter(|charset| !charset.is_empty()),
        boundary: get("boundary"),
        flowed: says("format", "flowed").then(|| if says("delsp", "yes") { DelSp::Delete } else { DelSp::Keep }),
    }
}

/// Splits at semicolons that stand outside of quotes.
fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        }
        c == ';' && !quoted
    })
}

/// A header field's bytes as text: UTF-8 (RFC 6532), or else what old programs wrote.
pub fn text_of_header(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        // Cut within a character at the limit: not another charset.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Joins a field's lines, as RFC 5322 (2.2.3) says; other control characters become spaces.
pub fn unfold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' | '\n' => {}
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// An unstructured field as a person reads it: unfolded, its encoded words decoded, spaces trimmed.
pub fn unstructured(bytes: &[u8]) -> String {
    decode_words(&unfold(&text_of_header(bytes))).trim().to_owned()
}

/// Decodes the encoded words of RFC 2047. A character may be spread over two words (it may not, but is), words may
/// touch text or each other, and one that cannot be decoded stays as it is.
pub fn decode_words(text: &str) -> Cow<'_, str> {
    if !text.contains("=?") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    // Octets of words that wait for the next one, and their charset.
    let mut waiting: (Vec<u8>, &str) = (Vec::new(), "");
    let mut rest = text;
    let mut any_end = true;
    while let Some(start) = rest.find("=?").filter(|_| any_end) {
        let (before, word) = rest.split_at(start);
        let Some((charset, octets, after)) = encoded_word(word, &mut any_end) else {
            flush(&mut out, &mut waiting);
            out.push_str(before);
            out.push_str("=?");
            rest = word.get(2..).unwrap_or_default();
            continue;
        };
        let adjacent = !waiting.0.is_empty() && before.chars().all(char::is_whitespace);
        if !adjacent || !charset.eq_ignore_ascii_case(waiting.1) {
            flush(&mut out, &mut waiting);
        }
        if !adjacent {
            out.push_str(before);
        }
        waiting.1 = charset;
        waiting.0.extend(octets);
        rest = after;
    }
    flush(&mut out, &mut waiting);
    out.push_str(rest);
    // A decoded word may hold line breaks and worse.
    Cow::Owned(out.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

fn flush(out: &mut String, waiting: &mut (Vec<u8>, &str)) {
    if !waiting.0.is_empty() {
        out.push_str(&decode_charset(&waiting.0, Some(waiting.1)).0);
        waiting.0.clear();
    }
}

/// One encoded word at the start of `text`: its charset, its octets, and what follows it.
fn encoded_word<'t>(text: &'t str, any_end: &mut bool) -> Option<(&'t str, Vec<u8>, &'t str)> {
    let inner = text.strip_prefix("=?")?;
    let head: &[u8] = inner.as_bytes().get(..64).unwrap_or(inner.as_bytes());
    let (charset, rest) = inner.split_at_checked(memchr(b'?', head)?)?;
    let method = *rest.as_bytes().get(1)?;
    let content = rest.get(2..)?.strip_prefix('?')?;
    // RFC 2231 adds a language: `utf-8*en`.
    let charset = charset.split('*').next().unwrap_or_default();
    if !matches!(method, b'B' | b'b' | b'Q' | b'q') || !is_known(charset) {
        return None;
    }
    let Some((content, after)) = content.split_once("?=") else {
        *any_end = false;
        return None;
    };
    let octets = match method {
        b'B' | b'b' => base64(content.as_bytes(), usize::MAX).0,
        _ => quoted_word(content.as_bytes()),
    };
    Some((charset, octets, after))
}

/// The length of the encoded word at the start of `text`, if there is one. Nothing in it separates or quotes.
pub fn encoded_word_length(text: &str, any_end: &mut bool) -> Option<usize> {
    if !*any_end || !text.starts_with("=?") {
        return None;
    }
    encoded_word(text, any_end).map(|(_, _, after)| text.len() - after.len())
}

/// The Q encoding of header fields: `_` is a space.
fn quoted_word(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        match (first, more) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, tail @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                out.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = tail;
            }
            _ => out.push(*first),
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Decodes quoted-printable, and whether it is whole. Octets that should have been encoded stay as they are
/// (`mailparse` drops them, and with them the umlauts of careless programs).
fn quoted_printable(text: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len().min(limit));
    let mut whole = true;
    let mut rest = text.get(..limit.saturating_mul(3)).unwrap_or(text);
    while !rest.is_empty() && out.len() <= limit {
        let length = line_length(rest);
        let (line, more) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let ended = line.ends_with(b"\n");
        let mut line = line.trim_ascii_end();
        rest = more;
        let soft = line.ends_with(b"=");
        if soft {
            line = line.get(..line.len() - 1).unwrap_or_default();
        }
        while let Some(equals) = memchr(b'=', line) {
            out.extend_from_slice(line.get(..equals).unwrap_or_default());
            let code = line.get(equals + 1..).unwrap_or_default();
            let octet = match code {
                [high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
                _ => None,
            };
            // A code that is none stays; one that the end of the text cuts off is lost.
            let cut = code.len() < 2 && !ended && more.is_empty();
            whole &= !cut;
            let used = match octet {
                Some(octet) => {
                    out.push(octet);
                    3
                }
                None if cut => line.len(),
                None => {
                    out.push(b'=');
                    1
                }
            };
            line = line.get(equals + used..).unwrap_or_default();
        }
        out.extend_from_slice(line);
        if ended && !soft {
            out.push(b'\n');
        }
    }
    (out, whole)
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes base64, and whether it is whole. Lines that are plainly something else (a mailing list's footer) are
/// left out; padding may stand between pieces.
fn base64(text: &[u8], limit: usize) -> (Vec<u8>, bool) {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    // No sane text of this many bytes takes more room than this.
    let text = text.get(..limit.saturating_mul(2)).unwrap_or(text);
    let mut out = Vec::with_capacity(text.len().min(limit) / 4 * 3);
    let mut piece = Vec::new();
    let mut whole = true;
    let mut decode = |piece: &mut Vec<u8>, out: &mut Vec<u8>| {
        let usable = piece.len() - usize::from(piece.len() % 4 == 1);
        whole &= usable == piece.len();
        let decoded = piece.get(..usable).map(|usable| LENIENT.decode_vec(usable, out));
        whole &= matches!(decoded, Some(Ok(())));
        piece.clear();
    };
    let mut foreign = false;
    for line in text.split(|b| *b == b'\n') {
        if out.len() > limit {
            break;
        }
        let line = line.trim_ascii();
        let other = line.iter().filter(|b| !is_base64(b) && !matches!(b, b'=' | b' ' | b'\t' | b'\r')).count();
        foreign |= other > 0;
        if other > line.len() / 8 {
            continue;
        }
        for run in line.split_inclusive(|b| *b == b'=').flat_map(|run| run.chunks(4096)) {
            piece.extend(run.iter().filter(|b| is_base64(b)));
            // Padding ends a piece. Whole quads are decoded as they come, which keeps the buffer small.
            if run.ends_with(b"=") {
                decode(&mut piece, &mut out);
            } else if piece.len() >= 4096 {
                let open = piece.split_off(piece.len() / 4 * 4);
                decode(&mut piece, &mut out);
                piece = open;
            }
        }
    }
    decode(&mut piece, &mut out);
    (out, whole && !foreign)
}

/// Whether somebody knows how to decode this charset.
fn is_known(label: &str) -> bool {
    charset_of(label).is_some()
}

fn charset_of(label: &str) -> Option<Charset> {
    let label = label.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ','));
    Charset::for_label_no_replacement(label.as_bytes()).or_else(|| {
        let lower = label.to_ascii_lowercase();
        let same = match lower.as_str() {
            "utf8mb4" | "utf_8" | "unicode" | "default" | "charset=utf-8" => "utf-8",
            "cp1250" | "cp-1250" | "windows1250" => "windows-1250",
            "cp-1252" | "windows1252" | "ansi" | "8bit" | "unknown-8bit" | "iso_8859-15@euro" => "windows-1252",
            "cp850" | "ibm850" | "cp437" | "ibm437" => return None,
            "iso8859_1" | "iso-8859-1-windows-3.1-latin-1" => "iso-8859-1",
            _ => return None,
        };
        Charset::for_label(same.as_bytes())
    })
}

/// Text of a charset, and whether all of it was in it. Without a charset: UTF-8 if it is that, else Windows-1252.
pub fn decode_charset<'b>(bytes: &'b [u8], label: Option<&str>) -> (Cow<'b, str>, bool) {
    let unstated = label.is_none_or(|label| label.eq_ignore_ascii_case("us-ascii") || label.trim().is_empty());
    let guess = || match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    if unstated {
        return (guess(), true);
    }
    match label.and_then(charset_of) {
        None => (guess(), bytes.is_ascii()),
        Some(charset) => {
            let (text, used, lossy) = charset.decode(bytes);
            // What calls itself UTF-8 and is not is nearly always what the program's own system writes.
            if lossy && used.name() == "UTF-8" { (guess(), false) } else { (text, !lossy) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a message as `depth type body`, and the problems.
    fn shape(text: &str) -> (Vec<String>, Vec<ProblemKind>) {
        let mut hits = Vec::new();
        let bytes = text.replace('\n', "\r\n");
        let parts = parts(bytes.as_bytes(), &mut |kind| hits.push(kind));
        let shown = parts.iter().map(|part| {
            let body = String::from_utf8_lossy(part.body).replace("\r\n", "/");
            let leaf = !part.media.name.starts_with("multipart/") && !part.is_message();
            format!("{} {} {}", part.depth, part.media.name, if leaf { &body } else { "" }).trim_end().to_owned()
        });
        (shown.collect(), hits)
    }

    #[test]
    fn parts_of_nested_multiparts() {
        let text = "From: a@b.example\nContent-Type: multipart/mixed; boundary=out\n\npreamble\n\
            --out\nContent-Type: multipart/alternative; boundary=\"in ner\"\n\n--in ner\n\none\n\n\
            --in ner\nContent-Type: TEXT/HTML; charset=utf-8\n\n<p>two\n--in ner--\nepilogue\n\
            --out\nContent-Type: message/rfc822\n\nSubject: x\n\nthree\n--out--\nrest\n";
        let want = [
            "0 multipart/mixed",
            "1 multipart/alternative",
            "2 text/plain one/",
            "2 text/html <p>two",
            "1 message/rfc822",
            "2 text/plain three",
        ];
        assert_eq!(shape(text), (want.map(str::to_owned).to_vec(), vec![]));
    }

    #[test]
    fn an_inner_multipart_that_is_not_closed_ends_with_the_outer_one() {
        let text = "From: a@b.example\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\
            Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--b\nnot a part\n";
        let want = ["0 multipart/mixed", "1 multipart/mixed", "2 text/plain one", "1 text/plain two/--b/not a part/"];
        assert_eq!(shape(text).0, want);
    }

    #[test]
    fn a_boundary_that_nobody_names_is_found() {
        let text = "From: a@b.example\nContent-Type: multipart/mixed\n\n--x\n\none\n--x--\n";
        assert_eq!(shape(text).0, ["0 multipart/mixed", "1 text/plain one"]);
    }

    #[test]
    fn limits_are_problems_and_the_rest_is_read() {
        let nest: String =
            (0..200).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let (shown, hits) = shape(&format!("From: a@b.example\n{nest}\nend\n"));
        assert_eq!((shown.len(), hits), (NESTING + 1, vec![ProblemKind::TooDeep]));

        let many = "--b\n\nx\n".repeat(PARTS + 10);
        let (shown, hits) = shape(&format!("Content-Type: multipart/mixed; boundary=b\n\n{many}"));
        assert_eq!((shown.len(), hits), (PARTS, vec![ProblemKind::TooManyParts]));

        let (shown, hits) = shape(&format!("{}\nbody\n", "X-H: v\n".repeat(HEADERS + 5)));
        assert_eq!((shown, hits), (vec!["0 text/plain body/".to_owned()], vec![ProblemKind::TooManyHeaders]));
    }

    #[test]
    fn what_is_no_header_ends_it() {
        let text = "From ann@b.example Mon Jan  1\nFrom: a@b.example\nhello\nthere: you\nSubject: x\n\nbody";
        assert_eq!(shape(text).0, ["0 text/plain body"]);
        assert_eq!(
            shape("From: a@b.example\nhello there,\nhow are you\n").0,
            ["0 text/plain hello there,/how are you/"]
        );
        assert!(shape("no header at all\nnone\n").0.is_empty());
    }

    fn qp(text: &str) -> (String, bool) {
        let (bytes, whole) = quoted_printable(text.as_bytes(), usize::MAX);
        (String::from_utf8_lossy(&bytes).into_owned(), whole)
    }

    #[test]
    fn quoted_printable_text() {
        assert_eq!(qp("J=C3=B6rg =\r\nM. \t\r\n2=2, =ZZ=\r\n"), ("J\u{f6}rg M.\n2=2, =ZZ".into(), true));
        assert_eq!(qp("Stra\u{df}e"), ("Stra\u{df}e".into(), true));
        assert_eq!(qp("M=C3=BCller=C"), ("M\u{fc}ller".into(), false));
    }

    #[test]
    fn base64_text() {
        let read = |text: &str| {
            let (bytes, whole) = base64(text.as_bytes(), usize::MAX);
            (String::from_utf8_lossy(&bytes).into_owned(), whole)
        };
        assert_eq!(read("SGVs\r\nbG8="), ("Hello".into(), true));
        assert_eq!(read("SGk=SGk="), ("HiHi".into(), true));
        assert_eq!(read("SGVsbG8"), ("Hello".into(), true));
        assert_eq!(read("SGVsb"), ("Hel".into(), false));
        assert!(!read("SGVsbG8=\n____________\nlist@firm.example\n").1);
    }

    #[test]
    fn charsets() {
        assert_eq!(decode_charset(b"J\xf6rg", None), ("J\u{f6}rg".into(), true));
        assert_eq!(decode_charset("J\u{f6}rg".as_bytes(), Some("us-ascii")), ("J\u{f6}rg".into(), true));
        assert_eq!(decode_charset(b"J\xf6rg", Some("utf-8")), ("J\u{f6}rg".into(), false));
        assert_eq!(decode_charset(b"J\xf6rg", Some("nobody-knows")), ("J\u{f6}rg".into(), false));
        assert_eq!(decode_charset(b"J+APY-rg", Some("utf-7")).0, "J\u{f6}rg");
    }
}
