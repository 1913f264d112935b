//! Decides what of a message is read: which of its parts a person would see, what its header says of it.

use std::borrow::Cow;

use super::mime::{self, Part};
use super::{
    Automation, Line, Message, Party, Problem, ProblemKind, RawMessage, Timestamp, calendar, html, parties, text,
};
use crate::address::Address;

/// Bytes of text of a message, decoded.
const TEXT: usize = 8 << 20;
/// Bytes of a message that are looked at.
pub const MESSAGE: usize = 64 << 20;
/// Fewer letters than this, and plain text may be a mere pointer to its HTML alternative.
const STUB: usize = 200;

/// Reads a message. `None` if nothing of it can be used; `problems` says why, and what was left out of one that can.
pub fn parse(raw: &RawMessage, problems: &mut Vec<Problem>) -> Option<Message> {
    let mut hits: Vec<ProblemKind> = Vec::new();
    let message = read(raw, &mut |kind| {
        // One message has one problem of a kind, however often a limit is hit.
        if !hits.contains(&kind) {
            hits.push(kind);
        }
    });
    problems.extend(hits.into_iter().map(|what| Problem { at: raw.at.clone(), what }));
    message
}

fn read(raw: &RawMessage, hit: &mut dyn FnMut(ProblemKind)) -> Option<Message> {
    let bytes = with_line_feeds(&raw.bytes);
    if bytes.len() > MESSAGE {
        hit(ProblemKind::TooLarge);
    }
    let parts = mime::parts(bytes.get(..MESSAGE).unwrap_or(&bytes), hit);
    let Some(top) = parts.first() else {
        hit(ProblemKind::NotAMessage);
        return None;
    };
    let mut of = |name: &str| parties_of(top, name, hit);
    let (from, mut sender, reply_to) = (of("From"), of("Sender"), of("Reply-To"));
    let (mut to, mut cc, bcc) = (of("To"), of("Cc"), of("Bcc"));
    // Whoever sent a message on unchanged is no author, and whom they sent it to is addressed (RFC 5322, 3.6.6).
    for (list, names) in [
        (&mut sender, ["Resent-From", "Resent-Sender"].as_slice()),
        (&mut to, ["Resent-To"].as_slice()),
        (&mut cc, ["Resent-Cc"].as_slice()),
    ] {
        for party in names.iter().flat_map(|name| of(name)) {
            if !list.iter().any(|known| known.address == party.address) {
                list.push(party);
            }
        }
    }
    let subject = top.field("Subject").map(mime::unstructured).unwrap_or_default();
    let mut reader = Reader { parts: &parts, left: TEXT, depth: 0, lines: Vec::new(), calendar: Vec::new(), hit };
    reader.part(0);
    let Reader { lines, calendar, .. } = reader;
    Some(Message {
        at: raw.at.clone(),
        date: top.field("Date").and_then(date),
        id: top.field("Message-ID").map(message_id).filter(|id| !id.is_empty()),
        automation: automation(top, &subject),
        delivered_to: delivered_to(top),
        subject,
        from,
        sender,
        reply_to,
        to,
        cc,
        bcc,
        calendar,
        lines,
    })
}

/// When a message says it was sent; its body is not looked at.
pub fn sent(bytes: &[u8]) -> Option<Timestamp> {
    let bytes = with_line_feeds(bytes);
    mime::header(&bytes).iter().find(|header| mime::is_named(header, "Date")).and_then(|h| date(h.get_value_raw()))
}

/// Whether bytes start like a message: with header fields, one of them a field of mail.
pub fn looks_like_one(start: &[u8]) -> bool {
    const FIELDS: &[&str] =
        &["From", "To", "Subject", "Date", "Received", "Return-Path", "Message-ID", "MIME-Version", "Delivered-To"];
    let bytes = with_line_feeds(start);
    mime::header(&bytes).iter().any(|header| FIELDS.iter().any(|name| mime::is_named(header, name)))
}

/// Mail of a system that ends lines with a carriage return alone.
fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    let start = bytes.get(..4096).unwrap_or(bytes);
    if start.contains(&b'\r') && !start.contains(&b'\n') && memchr::memchr(b'\n', bytes).is_none() {
        return Cow::Owned(bytes.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect());
    }
    Cow::Borrowed(bytes)
}

fn parties_of(part: &Part, name: &str, hit: &mut dyn FnMut(ProblemKind)) -> Vec<Party> {
    let mut all = Vec::new();
    for value in part.fields(name) {
        let field = parties::parse(value);
        if field.broken {
            hit(ProblemKind::AddressField);
        }
        all.extend(field.parties);
    }
    all
}

fn delivered_to(part: &Part) -> Vec<Address> {
    let names = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"];
    let mut all = Vec::new();
    for value in names.iter().flat_map(|name| part.fields(name)) {
        for address in parties::parse(value).parties.into_iter().filter_map(|party| party.address) {
            if !all.contains(&address) && all.len() < 100 {
                all.push(address);
            }
        }
    }
    all
}

fn message_id(value: &[u8]) -> String {
    let text = mime::unstructured(value);
    let inner = text.split_once('<').map_or(text.as_str(), |(_, after)| after.split('>').next().unwrap_or(after));
    inner.trim().to_owned()
}

/// Reads Date. What no reader understands is no date, and costs nothing else.
fn date(value: &[u8]) -> Option<Timestamp> {
    let text = mime::unstructured(value.get(..256).unwrap_or(value));
    let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(zoned) = parser.parse_zoned_datetime(&text) {
        let offset = i16::try_from(zoned.offset().seconds() / 60).unwrap_or(0);
        return Some(Timestamp { seconds: zoned.timestamp().as_second(), offset });
    }
    // `dd-Mon-yyyy`, seconds left out, names of zones, text behind it: what older programs wrote.
    let loose = text.replace('-', " -").replace(',', ", ");
    let seconds = mailparse::dateparse(&text).or_else(|_| mailparse::dateparse(&loose)).ok()?;
    if seconds == 0 {
        // It found no day, month or year, and did not say so.
        return None;
    }
    let offset = text.split_whitespace().rev().find_map(offset).unwrap_or(0);
    Some(Timestamp { seconds, offset })
}

/// `+0100` as minutes.
fn offset(word: &str) -> Option<i16> {
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i16 =
        digits.parse().ok().filter(|_| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    let minutes = number / 100 * 60 + number % 100;
    (minutes <= 15 * 60).then_some(sign * minutes)
}

fn automation(part: &Part, subject: &str) -> Automation {
    let has = |name: &str| part.field(name).is_some();
    let value = |name: &str| part.field(name).map(mime::unstructured).unwrap_or_default().to_ascii_lowercase();
    let auto = value("Auto-Submitted");
    let precedence = value("Precedence");
    let report = part.media.name == "multipart/report";
    let replied = auto.starts_with("auto-replied")
        || precedence.contains("auto_reply")
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Reply"].iter().any(|name| has(name) && value(name) != "no");
    let generated = replied
        || report
        || !auto.is_empty() && !auto.starts_with("no")
        || value("Return-Path") == "<>"
        || has("X-Autogenerated");
    Automation {
        list: ["List-Id", "List-Post", "X-BeenThere", "Mailing-List"].iter().any(|name| has(name)),
        unsubscribe: has("List-Unsubscribe"),
        generated,
        reply: !report && (replied || generated && is_absence(subject)),
        bulk: ["bulk", "junk", "list"].iter().any(|word| precedence.contains(word)),
    }
}

/// Exchange calls its absence notes `auto-generated`; their subject tells them from what a machine wrote by itself.
fn is_absence(subject: &str) -> bool {
    const STARTS: &[&str] = &[
        "automatic reply",
        "auto-reply",
        "auto reply",
        "autoreply",
        "out of office",
        "out of the office",
        "automatische antwort",
        "abwesenheit",
        "abwesend",
        "nicht im büro",
        "réponse automatique",
        "absence",
        "absent",
        "risposta automatica",
        "respuesta automática",
        "fuera de la oficina",
        "automatisch antwoord",
        "afwezig",
        "autoodpowiedź",
        "odpowiedź automatyczna",
        "resposta automática",
    ];
    let lower = subject.to_lowercase();
    let lower = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    let lower = ["re: ", "aw: "].iter().find_map(|mark| lower.strip_prefix(mark)).unwrap_or(lower);
    STARTS.iter().any(|start| lower.starts_with(start))
}

/// Walks over the parts that a person would see.
struct Reader<'m, 'h> {
    parts: &'m [Part<'m>],
    /// Bytes of text that may still be decoded.
    left: usize,
    /// How many attached messages this one lies in.
    depth: usize,
    lines: Vec<Line>,
    calendar: Vec<Party>,
    hit: &'h mut dyn FnMut(ProblemKind),
}

impl<'m> Reader<'m, '_> {
    /// Reads the part at this place; the limit of nesting bounds the recursion.
    fn part(&mut self, place: usize) {
        let Some(part) = self.parts.get(place) else { return };
        let name = part.media.name.as_str();
        if part.is_message() {
            self.attached(place);
        } else if name == "multipart/alternative" {
            self.alternative(place);
        } else if name == "multipart/related" {
            let first = self.children(place).find(|child| self.shows_text(*child));
            first.into_iter().for_each(|child| self.part(child));
        } else if name.starts_with("multipart/") {
            for child in self.children(place).collect::<Vec<_>>() {
                self.part(child);
            }
        } else if name == "text/calendar" {
            self.invitation(part);
        } else if !part.is_attachment() || place == 0 {
            match name {
                "text/plain" => self.plain(part),
                "text/html" | "text/enriched" | "application/xhtml+xml" => self.html(part),
                _ => {}
            }
        }
    }

    /// The places of the parts that lie directly in this one.
    fn children(&self, place: usize) -> impl Iterator<Item = usize> + use<'m> {
        let parts = self.parts;
        let depth = parts.get(place).map_or(0, |part| part.depth);
        let within = parts.iter().enumerate().skip(place + 1).take_while(move |(_, part)| part.depth > depth);
        within.filter(move |(_, part)| part.depth == depth + 1).map(|(place, _)| place)
    }

    /// Whether this part, or one that lies in it, has text.
    fn shows_text(&self, place: usize) -> bool {
        let depth = self.parts.get(place).map_or(0, |part| part.depth);
        let within = self.parts.iter().skip(place).enumerate();
        let mut within = within.take_while(|(n, part)| *n == 0 || part.depth > depth);
        within.any(|(_, part)| matches!(part.media.name.as_str(), "text/plain" | "text/html"))
    }

    /// Plain text where it is the whole text, else the richest alternative.
    fn alternative(&mut self, place: usize) {
        let children: Vec<usize> = self.children(place).collect();
        let is = |child: &&usize, name: &str| self.parts.get(**child).is_some_and(|part| part.media.name == name);
        let plain = children.iter().find(|child| is(child, "text/plain")).copied();
        let mut others = children.iter().filter(|child| !is(child, "text/plain") && !is(child, "text/calendar"));
        let rich = others.rfind(|child| self.shows_text(**child)).copied();
        for calendar in children.iter().filter(|child| is(child, "text/calendar")) {
            self.part(*calendar);
        }
        let Some(plain) = plain else {
            rich.or(children.last().copied()).into_iter().for_each(|child| self.part(child));
            return;
        };
        let start = self.lines.len();
        self.part(plain);
        let Some(rich) = rich else { return };
        let seen = letters(self.lines.get(start..).unwrap_or_default());
        if seen < STUB {
            // "This message is HTML": compare it with the other text.
            let short = self.lines.split_off(start);
            self.part(rich);
            if letters(self.lines.get(start..).unwrap_or_default()) < seen.saturating_mul(3) / 2 + 20 {
                self.lines.truncate(start);
                self.lines.extend(short);
            }
        }
    }

    fn plain(&mut self, part: &Part) {
        if let Some(text) = self.text(part, part.media.charset.as_deref()) {
            self.lines.extend(text::lines(
                &text,
                part.media.flowed,
                text::LINES.saturating_sub(self.lines.len()),
                self.hit,
            ));
        }
    }

    fn html(&mut self, part: &Part) {
        let charset = part.media.charset.clone().or_else(|| meta_charset(part.body));
        if let Some(text) = self.text(part, charset.as_deref()) {
            self.lines.extend(html::lines(&text, text::LINES.saturating_sub(self.lines.len()), self.hit));
        }
    }

    fn text<'p>(&mut self, part: &'p Part, charset: Option<&str>) -> Option<Cow<'p, str>> {
        let bytes = part.decoded(self.left, self.hit);
        self.left -= bytes.len().min(self.left);
        if bytes.is_empty() {
            return None;
        }
        let (text, whole) = match bytes {
            Cow::Borrowed(bytes) => mime::decode_charset(bytes, charset),
            Cow::Owned(bytes) => {
                let (text, whole) = mime::decode_charset(&bytes, charset);
                (Cow::Owned(text.into_owned()), whole)
            }
        };
        if !whole {
            (self.hit)(ProblemKind::Charset);
        }
        Some(text)
    }

    /// An attached message is shown below the text: its header as an introduction, its text as quoted.
    fn attached(&mut self, place: usize) {
        let Some(child) = self.children(place).next() else {
            self.encoded_message(place);
            return;
        };
        let Some(head) = self.parts.get(child) else { return };
        self.introduce(head);
        let start = self.lines.len();
        self.part(child);
        for line in self.lines.iter_mut().skip(start) {
            line.hints.quote = line.hints.quote.saturating_add(1);
        }
    }

    /// An attached message that is base64 (it must not be, and is).
    fn encoded_message(&mut self, place: usize) {
        let Some(part) = self.parts.get(place).filter(|part| part.is_encoded() && self.depth < 4) else { return };
        let bytes = part.decoded(self.left, self.hit);
        let parts = mime::parts(&bytes, self.hit);
        let Some(head) = parts.first() else { return };
        let (lines, calendar) = (std::mem::take(&mut self.lines), std::mem::take(&mut self.calendar));
        let left = self.left - bytes.len().min(self.left);
        let mut inner = Reader { parts: &parts, left, depth: self.depth + 1, lines, calendar, hit: self.hit };
        inner.introduce(head);
        let start = inner.lines.len();
        inner.part(0);
        for line in inner.lines.iter_mut().skip(start) {
            line.hints.quote = line.hints.quote.saturating_add(1);
        }
        let Reader { lines, calendar, left, .. } = inner;
        (self.lines, self.calendar, self.left) = (lines, calendar, left);
    }

    /// The lines that a mail program writes above a forwarded message.
    fn introduce(&mut self, head: &Part) {
        let mut lines = vec![Line::plain(""), Line::plain("-------- Forwarded Message --------")];
        for name in ["From", "Date", "To", "Cc", "Subject"] {
            if let Some(value) = head.field(name) {
                let value = mime::unstructured(value.get(..4096).unwrap_or(value));
                lines.push(Line::plain(&format!("{name}: {value}")));
            }
        }
        lines.push(Line::plain(""));
        self.lines.extend(lines);
    }

    fn invitation(&mut self, part: &Part) {
        if let Some(text) = self.text(part, part.media.charset.as_deref()) {
            self.calendar.extend(calendar::parties(&text));
        }
    }
}

/// How much there is to read, without spaces and marks.
fn letters(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.text.chars().filter(|c| c.is_alphanumeric()).count()).sum()
}

/// The charset that an HTML text names itself.
fn meta_charset(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).to_ascii_lowercase();
    let start = start.replace("=3d", "=");
    let (_, after) = start.split_once("charset=")?;
    let name = after.trim_start_matches(['"', '\'', ' ']);
    let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.:".contains(*c)).take(40).collect();
    (!name.is_empty()).then_some(name)
}
