//! Decides what the lines of a signature block say: name, title, organisation, department, address, numbers, pages.
//!
//! What has a form of its own is taken first (addresses, pages, numbers, postal addresses) and blanked out; what
//! is left is cut into segments, and each segment is one thing. Where words do not tell, the place does.

mod dial;
mod links;
mod name;
mod officers;
mod phone;
mod postal;
mod region;
mod roles;
mod words;

pub use dial::{Country, written};
pub(crate) use name::{Known, cased, person};
pub(crate) use officers::{Officer, officers};
pub(crate) use roles::{has_legal_form, organisation_in};
pub(crate) use words::{Sense, fold, is_first_name, is_legal_form, is_personal_domain, sense};

use std::collections::HashMap;
use std::sync::Arc;

use rlibphonenumber::Region;

use crate::address::Address;
use crate::message::Party;
use crate::observe::{Card, Phone, PhoneKind, header};

/// What a stretch of a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKind {
    Name,
    Title,
    Organisation,
    Department,
    Phone,
    Fax,
    Email,
    Address,
    Url,
}

/// A place in a block: a line and bytes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: usize,
    pub start: usize,
    pub end: usize,
}

/// One field and where it stands; an address may stand in several lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    pub kind: FieldKind,
    pub places: Vec<Place>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Field({:?}, {:?})", self.kind, self.places)
    }
}

/// What is known about a block before it is read.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Whose block it should be.
    pub sender: Option<&'a Party>,
    /// The text around the block: its language tells the country of numbers without prefix.
    pub text: &'a [&'a str],
}

/// What a block says.
#[derive(Clone, Default)]
pub struct Block {
    /// Every field where it stands, in the order of the text.
    pub fields: Vec<Field>,
    /// The person whom the block is about.
    pub card: Card,
    /// Others with a number of their own in it: a secretary.
    pub aides: Vec<Card>,
    /// Officers whom a footer inside the block names.
    pub(crate) officers: Vec<Officer>,
    /// The name is the sender's as far as words tell; `None` if the block shows no name.
    pub is_sender: Option<bool>,
    /// The language of the text around the block was looked at.
    by_language: bool,
}

/// A line of the block without quoting marks, what was taken from it blanked out by the byte 1.
struct Row {
    /// Offset of the text in the line as given.
    offset: usize,
    text: String,
}

const BLANK: char = '\u{1}';

/// Signature blocks read before: people sign every letter alike. What is remembered changes no answer.
#[derive(Default)]
pub struct Memo {
    known: HashMap<Box<[u8]>, Remembered>,
    /// Bytes of the keys.
    size: usize,
    key: Vec<u8>,
}

struct Remembered {
    block: Arc<Block>,
    /// The language of the text around it, where that was looked at.
    language: Option<Option<Region>>,
}

impl Memo {
    /// Keys beyond this many bytes are too much to remember: everything is forgotten and learnt again.
    const MOST: usize = 4 << 20;

    /// [`of_block`], or what it said of the same block before.
    pub fn of_block(&mut self, lines: &[&str], hints: &Hints<'_>) -> Arc<Block> {
        self.key.clear();
        for line in lines.iter().take(LINES) {
            self.key.extend_from_slice(clipped(line).as_bytes());
            self.key.push(b'\n');
        }
        if let Some(sender) = hints.sender {
            self.key.push(0);
            self.key.extend_from_slice(sender.name.as_deref().unwrap_or_default().as_bytes());
            self.key.push(0);
            self.key.extend_from_slice(sender.address.as_ref().map_or("", Address::as_str).as_bytes());
        }
        if let Some(known) = self.known.get(self.key.as_slice())
            && known.language.is_none_or(|language| language == region::language(hints.text))
        {
            return Arc::clone(&known.block);
        }
        let block = Arc::new(of_block(lines, hints));
        if self.size > Self::MOST {
            self.known.clear();
            self.size = 0;
        }
        let language = block.by_language.then(|| region::language(hints.text));
        self.size += self.key.len();
        self.known.insert(self.key.as_slice().into(), Remembered { block: Arc::clone(&block), language });
        block
    }
}

/// Reads one signature block.
pub fn of_block(lines: &[&str], hints: &Hints<'_>) -> Block {
    let mut block = Block::default();
    let shown =
        hints.sender.map(|party| header::of_party(party.name.as_deref(), party.address.as_ref())).unwrap_or_default();
    // An office's name and address say nothing of who signs.
    let name = shown.name.as_deref().filter(|_| shown.personal);
    let address =
        hints.sender.and_then(|party| party.address.as_ref()).filter(|address| !header::is_role_address(address));
    let office = shown.name.as_deref().filter(|name| !shown.personal && name.len() > 2);
    let named_office = office.is_some_and(header::office);
    let known = Known::new(name.as_slice(), address.filter(|_| !named_office).map(Address::local));
    let mut rows: Vec<Row> = lines.iter().take(LINES).map(|line| row(line)).collect();
    let mut domains: Vec<String> = Vec::new();
    if let Some(address) = hints.sender.and_then(|party| party.address.as_ref())
        && !is_personal_domain(address.domain())
    {
        domains.push(label_of(address.domain()));
    }
    take_officers(&mut rows, &mut block);
    take_addresses(&mut rows, &mut block, &mut domains);
    let pieces = pieces(&rows);
    let country = take_postal(&mut rows, &pieces, &domains, &mut block);
    let (aides, neutral) = take_phones(&mut rows, hints, country, &mut block);
    roles::read(&rows, &roles::Context { known: &known, domains: &domains, office }, &mut block);
    settle_phones(hints, &neutral, &mut block);
    block.aides = aides;
    block.fields.sort_by_key(|field| field.places.first().copied());
    block
}

/// Lines beyond this many, and bytes of a line beyond that many, are in no signature.
const LINES: usize = 200;
const LINE: usize = 1_000;

/// The part of a line that is read; keeps the cost of a hostile line low.
pub(crate) fn clipped(line: &str) -> &str {
    line.get(..line.floor_char_boundary(LINE)).unwrap_or(line)
}

/// Strips quoting marks and a rule's ornaments.
fn row(line: &str) -> Row {
    let line = clipped(line);
    let body = line.trim_start_matches(['>', ' ', '\t', '|', '\u{a0}']);
    // "> | Name" of boxed signatures; a bar alone would be a separator anyway.
    let offset = line.len() - body.len();
    let body = body.trim_end();
    let ornament = body.chars().all(|c| !c.is_alphanumeric() && !matches!(c, '☎' | '✆'));
    let text = if ornament { String::new() } else { body.to_owned() };
    Row { offset, text }
}

/// The registrable domain's first label, for comparing with an organisation's words.
fn label_of(domain: &str) -> String {
    let registrable = crate::address::registrable(domain);
    fold(registrable.split('.').next().unwrap_or(registrable)).replace('-', "")
}

fn blank(text: &mut String, start: usize, end: usize) {
    if start < end && text.is_char_boundary(start) && text.is_char_boundary(end) {
        text.replace_range(start..end, &"\u{1}".repeat(end - start));
    }
}

fn take_officers(rows: &mut [Row], block: &mut Block) {
    for row in rows.iter_mut().filter(|row| row.text.contains(':')) {
        let found = officers(&row.text);
        if let (Some(first), Some(last)) = (found.first(), found.last()) {
            let (start, end) = (first.start, last.end);
            let label = row.text.get(..start).unwrap_or_default();
            // The label goes with the names; what stands before it stays.
            let from = label.rfind([BLANK, '|', '•', '·', ';']).map_or(0, |at| at + 1);
            block.officers.extend(found);
            let from = (from..=start).find(|at| row.text.is_char_boundary(*at)).unwrap_or(start);
            blank(&mut row.text, from, end);
        }
    }
}

/// E-mail addresses and pages.
fn take_addresses(rows: &mut [Row], block: &mut Block, domains: &mut Vec<String>) {
    for (line, row) in rows.iter_mut().enumerate() {
        if memchr::memchr(b'@', row.text.as_bytes()).is_some() {
            let mut found = Vec::new();
            for (start, end) in links::mails(&row.text) {
                let Some(text) = row.text.get(start..end) else { continue };
                let Some(address) = Address::parse(text) else { continue };
                block.fields.push(Field { kind: FieldKind::Email, places: vec![place(line, row.offset, start, end)] });
                if !is_personal_domain(address.domain()) {
                    domains.push(label_of(address.domain()));
                }
                if !block.card.emails.contains(&address) {
                    block.card.emails.push(address);
                }
                found.push((start, end));
            }
            for (start, end) in found {
                let from = links::label_start(&row.text, start);
                blank(&mut row.text, from, end);
            }
        }
        let mut found = Vec::new();
        for (start, end) in links::urls(&row.text) {
            let Some(text) = row.text.get(start..end) else { continue };
            block.fields.push(Field { kind: FieldKind::Url, places: vec![place(line, row.offset, start, end)] });
            let host = text.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
            let host = host.split(['/', '?', '#']).next().unwrap_or_default();
            domains.push(label_of(&host.to_lowercase()));
            let text = text.to_owned();
            if !block.card.urls.contains(&text) {
                block.card.urls.push(text);
            }
            found.push((start, end));
        }
        for (start, end) in found {
            let from = links::label_start(&row.text, start);
            blank(&mut row.text, from, end);
        }
    }
}

/// The e-mail addresses of a line.
pub(crate) fn addresses(line: &str) -> Vec<Address> {
    links::mails(line).into_iter().filter_map(|(start, end)| Address::parse(line.get(start..end)?)).collect()
}

fn place(line: usize, offset: usize, start: usize, end: usize) -> Place {
    Place { line, start: offset + start, end: offset + end }
}

/// The block in pieces between commas and separators, for postal addresses.
fn pieces(rows: &[Row]) -> Vec<postal::Piece> {
    let mut pieces = Vec::new();
    for (line, row) in rows.iter().enumerate() {
        for (start, end) in cut(&row.text, true) {
            pieces.push(postal::Piece { line, start, end });
        }
    }
    pieces
}

/// Stretches between separators, trimmed; also between commas if asked for.
fn cut(text: &str, commas: bool) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    let push = |cuts: &mut Vec<(usize, usize)>, start: usize, end: usize| {
        let Some(part) = text.get(start..end) else { return };
        let edge = |c: char| {
            c.is_whitespace()
                || matches!(c, ',' | ':' | ';' | '|' | '*' | '_' | '=' | '<' | '>' | '~' | '-' | '–' | '—' | '#')
        };
        let inner = part.trim_start_matches(edge);
        let from = start + (part.len() - inner.len());
        let inner = inner.trim_end_matches(edge);
        if inner.chars().any(char::is_alphanumeric) {
            cuts.push((from, from + inner.len()));
        }
    };
    while at < bytes.len() {
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let width = c.len_utf8();
        let mut length = 0;
        match c {
            BLANK | '|' | '•' | '·' | '‧' | '∙' | '●' | '▪' | '■' | '◆' | '\t' | ';' | '¦' | '│' | '★' | '►' | '»'
            | '«' => {
                length = width;
            }
            ',' if commas => length = 1,
            ' ' => {
                let rest = text.get(at..).unwrap_or_default();
                let blanks = rest.len() - rest.trim_start_matches(' ').len();
                let after = rest.get(blanks..).unwrap_or_default();
                if blanks >= 3 {
                    length = blanks;
                } else if let Some(sign) = after.chars().next() {
                    let ends =
                        |width: usize| after.get(width..).is_some_and(|more| more.is_empty() || more.starts_with(' '));
                    if matches!(sign, '-' | '–' | '—' | '/' | '*' | '~' | '\\' | '=' | '>' | ':')
                        && ends(sign.len_utf8())
                        && !in_brackets(text, at)
                    {
                        length = blanks + sign.len_utf8();
                    } else if after.starts_with("//") || after.starts_with("--") || after.starts_with("::") {
                        length = blanks + 2;
                    }
                }
            }
            _ => {}
        }
        if length > 0 {
            push(&mut cuts, start, at);
            at += length;
            start = at;
        } else {
            at += width;
        }
    }
    push(&mut cuts, start, text.len());
    cuts
}

/// Whether a bracket is open before a place and closed behind it: "(Portuguese - English)".
fn in_brackets(text: &str, at: usize) -> bool {
    let (head, tail) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let open = head.rfind('(').is_some_and(|open| head.rfind(')').is_none_or(|close| close < open));
    open && tail.find(')').is_some_and(|close| tail.find('(').is_none_or(|next| close < next))
}

fn take_postal(
    rows: &mut [Row],
    pieces: &[postal::Piece],
    domains: &[String],
    block: &mut Block,
) -> Option<postal::Country> {
    let digits = rows.iter().any(|row| row.text.bytes().any(|byte| byte.is_ascii_digit()));
    if !digits {
        return None;
    }
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let found = postal::find(&texts, pieces, domains);
    let country = found.iter().find_map(|postal| postal.country);
    for postal in found {
        let places = postal
            .parts
            .iter()
            .filter_map(|part| Some(place(part.line, rows.get(part.line)?.offset, part.start, part.end)));
        block.fields.push(Field { kind: FieldKind::Address, places: places.collect() });
        for part in &postal.parts {
            if let Some(row) = rows.get_mut(part.line) {
                blank(&mut row.text, part.start, part.end);
            }
        }
        if !block.card.addresses.contains(&postal.value) {
            block.card.addresses.push(postal.value);
        }
    }
    country
}

/// Numbers, and people who share a line with their number under a label ("Sekretariat: Eva Lang, Tel. ...").
fn take_phones(
    rows: &mut [Row],
    hints: &Hints<'_>,
    country: Option<postal::Country>,
    block: &mut Block,
) -> (Vec<Card>, Vec<String>) {
    let mut aides = Vec::new();
    let mut neutral = Vec::new();
    if !rows.iter().any(|row| row.text.bytes().filter(u8::is_ascii_digit).count() >= 4) {
        return (aides, neutral);
    }
    let plans = region::plans(rows, hints, country, &block.card);
    block.by_language = plans.by_language;
    let mut scanner = phone::Scanner::new(plans);
    let mut letters: Vec<usize> = Vec::new();
    for (line, row) in rows.iter_mut().enumerate() {
        let found = scanner.scan(&row.text);
        if found.is_empty() {
            continue;
        }
        let aide = aide(&row.text, found.first().map_or(0, |first| first.from));
        let mut card = Card::default();
        for one in &found {
            let kind = if one.kind == PhoneKind::Fax { FieldKind::Fax } else { FieldKind::Phone };
            block.fields.push(Field { kind, places: vec![place(line, row.offset, one.start, one.end)] });
            let target = if aide.is_some() { &mut card.phones } else { &mut block.card.phones };
            if one.letter_p && aide.is_none() {
                letters.push(target.len());
            }
            add_phone(target, &one.number, one.kind);
            if one.neutral && aide.is_none() {
                neutral.push(one.number.clone());
            }
            if one.and_fax {
                add_phone(target, &one.number, PhoneKind::Fax);
            }
        }
        for one in &found {
            blank(&mut row.text, one.from, one.to);
        }
        if let Some((name, start, end)) = aide {
            card.names.push(name);
            aides.push(card);
            let text = row.text.clone();
            let from = text.get(..start).and_then(|head| head.rfind([BLANK, '|', '•', '·'])).map_or(0, |at| at + 1);
            let from = (from..=start).find(|at| row.text.is_char_boundary(*at)).unwrap_or(start);
            blank(&mut row.text, from, end);
        }
    }
    // "P" beside another number for work is "privat".
    let other =
        |at: usize| block.card.phones.iter().enumerate().any(|(i, phone)| i != at && phone.kind == PhoneKind::Work);
    let home: Vec<usize> = letters.into_iter().filter(|at| other(*at)).collect();
    for at in home {
        if let Some(phone) = block.card.phones.get_mut(at)
            && phone.kind == PhoneKind::Work
        {
            phone.kind = PhoneKind::Home;
        }
    }
    (aides, neutral)
}

fn add_phone(phones: &mut Vec<Phone>, number: &str, kind: PhoneKind) {
    if !phones.iter().any(|known| known.number == number && known.kind == kind) {
        phones.push(Phone { number: number.to_owned(), kind });
    }
}

/// "Sekretariat: Eva Lang" before a number: the name and where it stands.
fn aide(text: &str, until: usize) -> Option<(String, usize, usize)> {
    let head = text.get(..until)?;
    let colon = head.find(':')?;
    let label = fold(head.get(..colon)?.rsplit(['|', '•', '·', BLANK]).next()?.trim());
    let known = matches!(
        &*label,
        "sekretariat"
            | "sekretaerin"
            | "sekretaer"
            | "assistenz"
            | "assistentin"
            | "assistent"
            | "vorzimmer"
            | "assistant"
            | "secretary"
            | "pa"
            | "ea"
            | "executive assistant"
            | "personal assistant"
            | "assistante"
            | "segreteria"
            | "secretaria"
            | "secretaresse"
            | "sekretarka"
            | "ansprechpartner"
            | "ansprechpartnerin"
            | "vertretung"
            | "stellvertretung"
    );
    if !known {
        return None;
    }
    let rest = head.get(colon + 1..)?;
    let part = rest.split([',', '|', '·', '•', '(', BLANK]).next()?;
    let lead = part.len() - part.trim_start().len();
    let one = person(part.trim(), &Known::default()).filter(|one| one.full)?;
    let start = colon + 1 + lead + one.start;
    Some((one.name, start, colon + 1 + lead + one.end))
}

/// A number without a label of its own is at home where nothing in the block speaks of work.
fn settle_phones(hints: &Hints<'_>, neutral: &[String], block: &mut Block) {
    let card = &mut block.card;
    let work = !card.titles.is_empty()
        || !card.organisations.is_empty()
        || !card.departments.is_empty()
        || !card.urls.is_empty();
    let private = hints.sender.and_then(|party| party.address.as_ref()).is_some_and(|address| {
        is_personal_domain(address.domain()) || card.names.iter().any(|name| is_family_domain(name, address.domain()))
    });
    if !work && private {
        for phone in
            card.phones.iter_mut().filter(|phone| phone.kind == PhoneKind::Work && neutral.contains(&phone.number))
        {
            phone.kind = PhoneKind::Home;
        }
    }
}

/// `familie-keller.example`, `keller.example` of somebody called Keller.
fn is_family_domain(name: &str, domain: &str) -> bool {
    let label = label_of(domain);
    let surname = name.split_whitespace().next_back().map(fold).unwrap_or_default();
    let rest = label.replace(&surname.replace('-', ""), "");
    surname.len() > 2
        && rest.len() < label.len()
        && (rest.is_empty() || matches!(&*rest, "familie" | "family" | "fam" | "privat" | "home" | "the"))
}

/// Whether a firm's display name, or its domain, is made of a person's surname.
pub(crate) fn bears_surname(name: &str, shown: &str, address: Option<&Address>) -> bool {
    let surname = name.split_whitespace().next_back().map(fold).unwrap_or_default();
    let spelt = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| fold(word) == surname);
    let domain = address.filter(|address| !is_personal_domain(address.domain())).map(Address::domain);
    surname.len() > 3 && (spelt(shown) || domain.is_some_and(spelt))
}

#[cfg(test)]
mod tests;
