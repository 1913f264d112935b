//! Decides what the lines of a signature block say: name, title, organisation, department, address, numbers, pages.
//!
//! What has a form of its own is taken first (addresses, pages, numbers, postal addresses) and blanked out; what
//! is left is cut into segments, and each segment is one thing. Where words do not tell, the place does.

mod name;
mod officers;
mod phone;
mod postal;
mod words;

use rlibphonenumber::Region;

pub(crate) use name::{Known, cased, person};
pub(crate) use officers::{Officer, officers};
pub(crate) use words::{Sense, fold, is_first_name, is_legal_form, is_personal_domain, sense};

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
    pub officers: Vec<Card>,
    /// The name is the sender's as far as words tell; `None` if the block shows no name.
    pub is_sender: Option<bool>,
}

/// A line of the block without quoting marks, what was taken from it blanked out by the byte 1.
struct Row {
    /// Offset of the text in the line as given.
    offset: usize,
    text: String,
}

/// One thing between separators.
#[derive(Clone, Copy)]
struct Segment {
    row: usize,
    start: usize,
    end: usize,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Unknown,
    Name,
    Title,
    Organisation,
    Department,
    /// No contact data.
    Noise,
}

const BLANK: char = '\u{1}';

/// Reads one signature block.
pub fn of_block(lines: &[&str], hints: &Hints<'_>) -> Block {
    let mut block = Block::default();
    let shown = hints.sender.map(|party| header::of_party(party.name.as_deref(), party.address.as_ref())).unwrap_or_default();
    // An office's name and address say nothing of who signs.
    let name = shown.name.as_deref().filter(|_| shown.personal);
    let address = hints.sender.and_then(|party| party.address.as_ref()).filter(|address| !header::is_role_address(address));
    let named_office = shown.name.is_some() && !shown.personal && header::office(shown.name.as_deref().unwrap_or_default());
    let known = Known::new(name.as_slice(), address.filter(|_| !named_office).map(Address::local));
    let mut rows: Vec<Row> = lines.iter().map(|line| row(line)).collect();
    let mut domains: Vec<String> = Vec::new();
    if let Some(address) = hints.sender.and_then(|party| party.address.as_ref())
        && !is_personal_domain(address.domain())
    {
        domains.push(label_of(address.domain()));
    }
    take_officers(&mut rows, &mut block);
    take_addresses(&mut rows, &mut block, &mut domains);
    let pieces = pieces(&rows);
    let country = take_postal(&mut rows, &pieces, &mut block);
    let (aides, neutral) = take_phones(&mut rows, hints, country, &mut block);
    classify(&rows, &known, &domains, &mut block);
    settle_phones(hints, &neutral, &mut block);
    block.aides = aides;
    block.fields.sort_by_key(|field| field.places.first().copied());
    block
}

/// Strips quoting marks and a rule's ornaments.
fn row(line: &str) -> Row {
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
            block.officers.extend(found.into_iter().map(|officer| Card {
                names: vec![officer.name],
                titles: vec![officer.title],
                ..Card::default()
            }));
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
            for (start, end) in mails(&row.text) {
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
                let from = label_start(&row.text, start);
                blank(&mut row.text, from, end);
            }
        }
        let mut found = Vec::new();
        for (start, end) in urls(&row.text) {
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
            let from = label_start(&row.text, start);
            blank(&mut row.text, from, end);
        }
    }
}

fn place(line: usize, offset: usize, start: usize, end: usize) -> Place {
    Place { line, start: offset + start, end: offset + end }
}

/// Where the label of an address begins ("E-Mail: "), or the address itself.
fn label_start(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    let head = before.trim_end_matches([' ', ':', '\t', '<', '(', '[', '?', '.', '\u{a0}']);
    let word =
        head.rsplit(|c: char| c.is_whitespace() || matches!(c, BLANK | '|' | '•' | '·' | ';' | ',' | '[' | '(' | '<'));
    let word = word.into_iter().next().unwrap_or_default();
    let bare = word.trim_end_matches(['-', ']', ')']);
    if bare.is_empty() || !sense(&fold(bare)).has(Sense::MAIL_LABEL) {
        return start - (before.len() - before.trim_end_matches(['<', '(', '[']).len());
    }
    let mut from = head.len() - word.len();
    // "Email address:", "e-mail address" have two words.
    let more = text.get(..from).unwrap_or_default();
    if bare.eq_ignore_ascii_case("address") || bare.eq_ignore_ascii_case("adresse") {
        let head = more.trim_end();
        let word = head.rsplit(char::is_whitespace).next().unwrap_or_default();
        if sense(&fold(word)).has(Sense::MAIL_LABEL) {
            from = head.len() - word.len();
        }
    }
    from
}

/// Byte ranges of what looks like an e-mail address.
fn mails(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        let head = text.get(..at).unwrap_or_default();
        let local = head.trim_end_matches(|c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c));
        let mut start = local.len();
        if let Some(colon) = text.get(start..at).and_then(|local| local.rfind(['/', '|', '=', '\''])) {
            start += colon + 1;
        }
        let tail = text.get(at + 1..).unwrap_or_default();
        let domain = tail.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(tail.len());
        let domain = tail.get(..domain).unwrap_or_default().trim_end_matches(['.', '-']);
        let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.contains("..");
        let end = at + 1 + domain.len();
        if start < at && dotted && found.last().is_none_or(|(_, last)| *last <= start) {
            found.push((start, end));
        }
    }
    found
}

/// Byte ranges of pages: with a scheme, with `www.`, or a bare host alone between separators.
fn urls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if memchr::memchr(b'.', text.as_bytes()).is_none() {
        return found;
    }
    let mut at = 0;
    for word in text.split(|c: char| {
        c.is_whitespace() || matches!(c, BLANK | '|' | '•' | '·' | '<' | '>' | '"' | '(' | ')' | '[' | ']')
    }) {
        let start = at;
        at += word.len();
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let end = start + word.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '\'']).len();
        let lead = word.len() - word.trim_start_matches(['*', ',', ';', '\'']).len();
        let start = start + lead;
        let Some(bare) = text.get(start..end) else { continue };
        let lower = bare.get(..8).unwrap_or(bare).to_ascii_lowercase();
        let scheme = lower.starts_with("http://") || lower.starts_with("https://");
        if (scheme && bare.len() > 10) || (lower.starts_with("www.") && bare.len() > 6) {
            found.push((start, end));
            continue;
        }
        // "w:www.firm.example", "Web:firm.example".
        if let Some(www) =
            bare.find("www.").filter(|www| bare.get(..*www).is_some_and(|head| head.ends_with(':') && head.len() < 12))
        {
            found.push((start + www, end));
        } else if is_host(bare) {
            found.push((start, end));
        }
    }
    found
}

/// `firm.example`, `firm.de/team`: labels of letters and a known or reserved suffix.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or(text);
    let mut labels = host.split('.');
    let good = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() < 5 || !host.contains('.') || !labels.all(good) {
        return false;
    }
    let suffix = host.rsplit('.').next().unwrap_or_default();
    let name = host.split('.').next().unwrap_or_default();
    if suffix.len() < 2 || name.len() < 2 || !suffix.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    matches!(suffix, "example" | "test" | "invalid")
        || (host.len() > 6 && psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known()))
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

fn take_postal(rows: &mut [Row], pieces: &[postal::Piece], block: &mut Block) -> Option<postal::Country> {
    let digits = rows.iter().any(|row| row.text.bytes().any(|byte| byte.is_ascii_digit()));
    if !digits {
        return None;
    }
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let found = postal::find(&texts, pieces);
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
    let mut scanner = phone::Scanner::new(regions(rows, hints, country));
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

/// The countries whose numbers these may be, the likeliest first.
fn regions(rows: &[Row], hints: &Hints<'_>, country: Option<postal::Country>) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::with_capacity(6);
    let mut add = |region: Option<Region>| {
        if let Some(region) = region
            && !regions.contains(&region)
        {
            regions.push(region);
        }
    };
    let mut english = 0;
    let mut named = None;
    for row in rows {
        // An international number of the block speaks for the country of the national ones.
        for at in memchr::memchr_iter(b'+', row.text.as_bytes()) {
            let digits: String =
                row.text.get(at + 1..).unwrap_or_default().chars().filter(char::is_ascii_digit).take(3).collect();
            add(by_code(&digits));
        }
    }
    add(country.and_then(|country| match country {
        postal::Country::De => Some(Region::DE),
        postal::Country::At => Some(Region::AT),
        postal::Country::Ch => Some(Region::CH),
        postal::Country::Gb => Some(Region::GB),
        postal::Country::Us => Some(Region::US),
        postal::Country::Ca => Some(Region::CA),
        postal::Country::Fr => Some(Region::FR),
        postal::Country::It => Some(Region::IT),
        postal::Country::Es => Some(Region::ES),
        postal::Country::Nl => Some(Region::NL),
        postal::Country::Pl => Some(Region::PL),
        postal::Country::Pt => Some(Region::PT),
        postal::Country::Other => None,
    }));
    for row in rows {
        for word in row.text.split(|c: char| !c.is_alphanumeric()).filter(|word| (2..=14).contains(&word.len())) {
            let key = fold(word);
            let meaning = sense(&key);
            english += u32::from(meaning.has(Sense::ENGLISH));
            if named.is_none() && meaning.has(Sense::COUNTRY) {
                named = by_name(&key);
            }
            if named.is_none() {
                named = by_label(&key);
            }
        }
    }
    add(named);
    let domain = hints.sender.and_then(|party| party.address.as_ref()).map(|address| address.domain().to_owned());
    add(domain.as_deref().and_then(by_domain));
    for row in rows {
        for word in row.text.split_whitespace() {
            if word.len() < 40 && word.contains('.') {
                add(by_domain(word));
            }
        }
    }
    if english >= 2 {
        add(Some(Region::GB));
        add(Some(Region::IE));
    }
    add(Some(Region::DE));
    add(Some(Region::US));
    regions
}

fn by_code(digits: &str) -> Option<Region> {
    const CODES: &[(&str, Region)] = &[
        ("49", Region::DE),
        ("43", Region::AT),
        ("41", Region::CH),
        ("44", Region::GB),
        ("1", Region::US),
        ("33", Region::FR),
        ("39", Region::IT),
        ("34", Region::ES),
        ("31", Region::NL),
        ("48", Region::PL),
        ("32", Region::BE),
        ("353", Region::IE),
        ("351", Region::PT),
        ("352", Region::LU),
        ("45", Region::DK),
        ("46", Region::SE),
        ("47", Region::NO),
        ("358", Region::FI),
        ("420", Region::CZ),
        ("36", Region::HU),
        ("91", Region::IN),
        ("61", Region::AU),
        ("30", Region::GR),
        ("90", Region::TR),
    ];
    CODES.iter().find(|(code, _)| digits.starts_with(code)).map(|(_, region)| *region)
}

fn by_domain(domain: &str) -> Option<Region> {
    let suffix = domain.trim_end_matches(['.', ',', ')', '>', '/']).rsplit('.').next()?;
    Some(match suffix {
        "de" => Region::DE,
        "at" => Region::AT,
        "ch" | "li" => Region::CH,
        "uk" => Region::GB,
        "fr" => Region::FR,
        "it" => Region::IT,
        "es" => Region::ES,
        "nl" => Region::NL,
        "pl" => Region::PL,
        "be" => Region::BE,
        "ie" => Region::IE,
        "pt" => Region::PT,
        "lu" => Region::LU,
        "dk" => Region::DK,
        "se" => Region::SE,
        "no" => Region::NO,
        "fi" => Region::FI,
        "cz" => Region::CZ,
        "ca" => Region::CA,
        "us" | "edu" | "gov" => Region::US,
        _ => return None,
    })
}

fn by_name(word: &str) -> Option<Region> {
    Some(match word {
        "deutschland" | "germany" | "allemagne" => Region::DE,
        "oesterreich" | "austria" => Region::AT,
        "schweiz" | "switzerland" | "suisse" | "svizzera" => Region::CH,
        "france" | "frankreich" => Region::FR,
        "italy" | "italia" | "italien" => Region::IT,
        "espana" | "spain" | "spanien" => Region::ES,
        "nederland" | "netherlands" | "niederlande" => Region::NL,
        "belgie" | "belgique" | "belgium" | "belgien" => Region::BE,
        "polska" | "poland" | "polen" => Region::PL,
        "portugal" => Region::PT,
        "england" | "scotland" | "wales" | "uk" => Region::GB,
        "ireland" | "irland" => Region::IE,
        "usa" => Region::US,
        _ => return None,
    })
}

/// Labels that one country alone writes.
fn by_label(word: &str) -> Option<Region> {
    Some(match word {
        "natel" => Region::CH,
        "portable" | "telecopie" | "poste" => Region::FR,
        "cellulare" => Region::IT,
        "movil" => Region::ES,
        "mobiel" => Region::NL,
        "komorka" | "kom" => Region::PL,
        "telemovel" => Region::PT,
        _ => return None,
    })
}

/// What a segment's words say.
#[derive(Default, Clone, Copy)]
struct Signs {
    words: usize,
    title: bool,
    position: bool,
    organisation: bool,
    weak: bool,
    legal: bool,
    department: usize,
    department_part: usize,
    department_head: bool,
    noise: bool,
    label: usize,
    small: usize,
    upper: usize,
    country: usize,
    digits: bool,
    /// The domain of an address or a page holds one of the words.
    domain: bool,
    ampersand: bool,
}

fn signs(text: &str, domains: &[String], known: &Known) -> Signs {
    let mut signs = Signs::default();
    let mut key = String::new();
    let mut tail = String::new();
    let mut run = String::new();
    for raw in text.split([' ', '\u{a0}', ',', '(', ')']).filter(|raw| !raw.is_empty()) {
        let bare = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '&' && c != '.' && c != '/');
        if bare == "&" || bare == "+" {
            signs.ampersand = true;
            continue;
        }
        if bare.is_empty() {
            continue;
        }
        signs.words += 1;
        signs.digits |= bare.bytes().any(|byte| byte.is_ascii_digit());
        key.clear();
        words::fold_into(bare.trim_end_matches('.'), &mut key);
        let mut meaning = sense(&key);
        if bare.contains(['/', '-', '*', ':']) && !meaning.has(Sense::TITLE) {
            for part in key.split(['/', '-', '*', ':']).filter(|part| part.len() > 2) {
                let part = sense(part);
                for bit in [Sense::TITLE, Sense::PROFESSION, Sense::ORGANISATION, Sense::DEPARTMENT] {
                    if part.has(bit) {
                        meaning = meaning.with(bit);
                    }
                }
            }
        }
        let upper = bare.chars().next().is_some_and(char::is_uppercase);
        signs.upper += usize::from(upper);
        signs.title |= meaning.has(Sense::TITLE);
        signs.position |= meaning.has(Sense::TITLE) && !meaning.has(Sense::PROFESSION);
        signs.organisation |= meaning.has(Sense::ORGANISATION);
        signs.weak |= meaning.has(Sense::ORGANISATION_WEAK);
        signs.department += usize::from(meaning.has(Sense::DEPARTMENT));
        signs.department_part += usize::from(meaning.has(Sense::DEPARTMENT_PART) && !meaning.has(Sense::DEPARTMENT));
        signs.department_head |=
            meaning.has(Sense::DEPARTMENT_HEAD) && (signs.words == 1 || raw.len() > 5 || bare.ends_with("t."));
        signs.noise |= meaning.has(Sense::NOISE);
        signs.label += usize::from(meaning.has(Sense::LABEL) || meaning.has(Sense::MAIL_LABEL));
        signs.small += usize::from(meaning.has(Sense::SMALL) && !upper);
        signs.country += usize::from(meaning.has(Sense::COUNTRY));
        if key.len() >= 4 && !known.has(&key) && !meaning.has(Sense::SMALL) {
            signs.domain |= domains
                .iter()
                .any(|domain| domain.contains(&key) || (domain.len() >= 4 && key.starts_with(domain.as_str())));
        }
        // "e. V.", "B.V.", "S.p.A.": letters of neighbours joined.
        tail.clear();
        tail.extend(bare.chars().filter(|c| *c != '.'));
        let single = tail.chars().count() <= 2;
        if single {
            run.push_str(&tail);
        } else {
            run.clear();
        }
        let alone = is_legal_form(&tail) && (signs.words > 1);
        signs.legal |= alone || (run.len() > 1 && run.len() < 8 && signs.words > 1 && is_legal_form(&run));
    }
    signs
}

fn classify(rows: &[Row], known: &Known, domains: &[String], block: &mut Block) {
    let mut segments: Vec<Segment> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let quoted = row.text.starts_with(['"', '\u{201e}', '\u{201c}', '~', '„']);
        for (start, end) in cut(&row.text, false) {
            let dashed = row.text.starts_with("- ") && row.text.ends_with(" -");
            let words = row.text.get(start..end).unwrap_or_default().split_whitespace().count();
            let role = if quoted && words > 1 {
                Role::Noise
            } else if dashed && words <= 4 {
                Role::Department
            } else {
                Role::Unknown
            };
            segments.push(Segment { row: index, start, end, role });
        }
    }
    let text = |segment: &Segment| {
        rows.get(segment.row).and_then(|row| row.text.get(segment.start..segment.end)).unwrap_or_default()
    };

    // The name first: it tells where the rest begins.
    let mut best: Option<(usize, name::Person, u8)> = None;
    for (index, segment) in segments.iter().enumerate().take(12) {
        if segment.role != Role::Unknown {
            continue;
        }
        let Some(one) = person(text(segment), known) else { continue };
        let early = u8::from(index < 3);
        let score = match (one.evidence, one.full) {
            (3, true) => 9,
            (3, false) => 5,
            (2, true) if index < 5 => 6 + early,
            (1, true) if index == 0 && (segments.len() > 1 || one.rest.is_some() || !block.card.phones.is_empty()) => 4,
            (2, false) if index == 0 && !known.is_empty() => 2,
            _ => 0,
        };
        // Upper-case words that nobody knows are a brand before they are a name.
        let brand = one.evidence == 1 && text(segment).chars().all(|c| !c.is_lowercase());
        if score > 0 && !brand && best.as_ref().is_none_or(|(_, _, known)| score > *known) {
            best = Some((index, one, score));
        }
    }
    let mut titles: Vec<(usize, usize, usize, bool)> = Vec::new();
    let mut extra: Vec<Segment> = Vec::new();
    let mut name_at = None;
    if let Some((index, one, _)) = best {
        let Some(segment) = segments.get(index).copied() else { return };
        if let Some(found) = segments.get_mut(index) {
            found.role = Role::Name;
        }
        name_at = Some(index);
        let offset = rows.get(segment.row).map_or(0, |row| row.offset);
        block.fields.push(Field {
            kind: FieldKind::Name,
            places: vec![place(segment.row, offset, segment.start + one.start, segment.start + one.end)],
        });
        if one.full {
            block.is_sender = Some(one.evidence == 3);
            block.card.names.push(one.name);
        } else if one.evidence == 3 {
            block.is_sender = Some(true);
        }
        if let Some((start, end)) = one.note
            && let Some(note) = text(&segment).get(start..end)
            && judge(note, domains, known).0 == Role::Title
        {
            titles.push((segment.row, segment.start + start, segment.start + end, true));
        }
        if let Some((start, end)) = one.title {
            titles.push((segment.row, segment.start + start, segment.start + end, true));
        }
        if let Some(rest) = one.rest {
            let start = segment.start + rest;
            extra.push(Segment { start, role: Role::Unknown, ..segment });
        }
    }
    if let (Some(at), false) = (name_at, extra.is_empty()) {
        let at = at + 1;
        for more in extra.into_iter().rev() {
            segments.insert(at.min(segments.len()), more);
        }
    }

    // Then what words tell.
    let surname = block.card.names.first().and_then(|name| name.split_whitespace().next_back()).map(fold).unwrap_or_default();
    let mut organisations: Vec<(usize, u8)> = Vec::new();
    let mut added: Vec<(usize, Segment)> = Vec::new();
    for index in 0..segments.len() {
        let Some(segment) = segments.get(index).copied() else { continue };
        if segment.role != Role::Unknown {
            continue;
        }
        let (segment, tail) = split_title(text(&segment), segment, domains, known);
        if let Some(tail) = tail {
            added.push((index, tail));
        }
        if let Some(found) = segments.get_mut(index) {
            *found = segment;
        }
        let (mut role, mut score) = judge(text(&segment), domains, known);
        if bears(text(&segment), &surname) && role != Role::Noise && score < 5 {
            (role, score) = (Role::Organisation, 5);
        }
        if let Some(found) = segments.get_mut(index) {
            found.role = role;
        }
        if role == Role::Organisation {
            organisations.push((index, score));
        }
    }
    for (index, tail) in added.into_iter().rev() {
        let (mut role, mut score) = judge(text(&tail), domains, known);
        if role == Role::Unknown && text(&tail).split_whitespace().next().is_some_and(|word| word.len() >= 3 && !word.chars().any(char::is_lowercase)) {
            (role, score) = (Role::Organisation, 4);
        }
        segments.insert(index + 1, Segment { role, ..tail });
        organisations.iter_mut().filter(|(at, _)| *at > index).for_each(|(at, _)| *at += 1);
        if role == Role::Organisation {
            organisations.push((index + 1, score));
        }
    }
    organisations.sort_unstable();

    // Then what places tell.
    let last_title = segments.iter().rposition(|segment| segment.role == Role::Title);
    let first_organisation = organisations.iter().filter(|(_, score)| *score >= 4).map(|(index, _)| *index).min();
    for index in 0..segments.len() {
        let Some(segment) = segments.get(index).copied() else { continue };
        if segment.role != Role::Unknown || !plausible(text(&segment)) {
            continue;
        }
        let previous = index.checked_sub(1).and_then(|at| segments.get(at)).map(|segment| segment.role);
        let role = match (previous, first_organisation) {
            (Some(Role::Title), Some(organisation)) if organisation == index + 1 => Role::Department,
            (Some(Role::Name), Some(organisation)) if organisation > index && last_title.is_none() => Role::Title,
            (Some(Role::Title | Role::Department), None) if organisations.is_empty() => Role::Organisation,
            _ => Role::Unknown,
        };
        if role == Role::Organisation {
            organisations.push((index, 4));
        }
        if let Some(found) = segments.get_mut(index) {
            found.role = role;
        }
    }

    for segment in &segments {
        if segment.role == Role::Title {
            let signs = signs(text(segment), domains, known);
            titles.push((segment.row, segment.start, segment.end, signs.position || !signs.title));
        }
    }
    for (row, start, end, _) in &titles {
        let offset = rows.get(*row).map_or(0, |row| row.offset);
        block.fields.push(Field { kind: FieldKind::Title, places: vec![place(*row, offset, *start, *end)] });
    }
    // One title a card: a position before a profession, the first of each.
    if let Some((row, start, end, _)) = titles.iter().find(|title| title.3).or_else(|| titles.first()) {
        block.card.titles.push(tidy(rows.get(*row).and_then(|row| row.text.get(*start..*end)).unwrap_or_default()));
    }
    // Under the roof of a town or a university, its offices and institutes are departments.
    let roof = organisations.iter().find(|(index, _)| segments.get(*index).is_some_and(|segment| is_roof(text(segment)))).map(|(index, _)| *index);
    if let Some(roof) = roof {
        for (index, score) in &mut organisations {
            if *index != roof && *score < 10 && segments.get(*index).is_some_and(|segment| !is_roof(text(segment))) {
                *score = 0;
                if let Some(segment) = segments.get_mut(*index) {
                    segment.role = Role::Department;
                }
            }
        }
    }
    let strongest = organisations.iter().map(|(_, score)| *score).max().unwrap_or(0);
    for (index, score) in organisations {
        let Some(segment) = segments.get(index) else { continue };
        // Beside a legal form, only another one counts; beside an institution, a weak word does not.
        if score < 4 || (strongest >= 10 && score < 10) {
            continue;
        }
        let (start, end) = trim_organisation(text(segment));
        let (start, end) = (segment.start + start, segment.start + end);
        let offset = rows.get(segment.row).map_or(0, |row| row.offset);
        block
            .fields
            .push(Field { kind: FieldKind::Organisation, places: vec![place(segment.row, offset, start, end)] });
        let value = tidy(rows.get(segment.row).and_then(|row| row.text.get(start..end)).unwrap_or_default());
        if score == strongest
            && (block.card.organisations.is_empty() || score >= 10)
            && !block.card.organisations.contains(&value)
        {
            block.card.organisations.push(value);
        }
    }
    for segment in segments.iter().filter(|segment| segment.role == Role::Department) {
        let offset = rows.get(segment.row).map_or(0, |row| row.offset);
        let shown = text(segment);
        let start = segment.start + department_label(shown);
        block
            .fields
            .push(Field { kind: FieldKind::Department, places: vec![place(segment.row, offset, start, segment.end)] });
        let value = tidy(rows.get(segment.row).and_then(|row| row.text.get(start..segment.end)).unwrap_or_default());
        if block.card.departments.is_empty() && !value.is_empty() {
            block.card.departments.push(value);
        }
    }
}

/// "Lammers Dachbau", "Tischlerei Lammers": the signer's surname and capitalised words that make a firm of it.
fn bears(text: &str, surname: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    surname.len() > 2
        && (2..=5).contains(&words.len())
        && words.iter().all(|word| word.starts_with(|c: char| c.is_uppercase() || c == '&') || sense(&fold(word)).has(Sense::SMALL))
        && words.iter().any(|word| fold(word) == surname)
        && !words.iter().any(|word| is_first_name(&fold(word)) && fold(word) != surname)
}

/// Bodies that consist of offices: towns, districts, universities, ministries.
fn is_roof(text: &str) -> bool {
    const ROOFS: &[&str] = &[
        "stadt", "gemeinde", "samtgemeinde", "landkreis", "landratsamt", "kreis", "bezirksamt", "stadtverwaltung", "kreisverwaltung",
        "universitaet", "hochschule", "university", "college", "council", "ministry", "universite", "universita", "universidad",
        "universiteit", "uniwersytet", "universidade", "ville", "mairie", "comune", "ayuntamiento", "gemeente", "urzad", "klinikum",
        "universitaetsklinikum", "erzbistum", "bistum", "city", "hospital",
    ];
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let key = fold(word);
        ROOFS.contains(&&*key) || key.ends_with("universitaet") || key.ends_with("hochschule") || key.ends_with("ministerium")
    })
}

/// One blank between words.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "Leiterin Einkauf, Muster GmbH", "Partner, Corporate Tax", "CEO bei Muster": the title, and what follows it.
fn split_title(text: &str, segment: Segment, domains: &[String], known: &Known) -> (Segment, Option<Segment>) {
    let cut_at = |at: usize, width: usize| {
        let head = text.get(..at).unwrap_or_default().trim_end();
        let tail = text.get(at + width..).unwrap_or_default();
        let lead = tail.len() - tail.trim_start().len();
        let start = segment.start + at + width + lead;
        (Segment { end: segment.start + head.len(), ..segment }, Some(Segment { start, ..segment }))
    };
    for (at, _) in text.match_indices(", ").take(3) {
        let head = signs(text.get(..at).unwrap_or_default(), domains, known);
        let tail = text.get(at + 2..).unwrap_or_default();
        let after = signs(tail, domains, known);
        if head.title
            && !head.legal
            && (after.legal || (after.organisation && !after.title) || (after.domain && !after.title))
        {
            return cut_at(at, 2);
        }
        // "Jugendtrainer, HSG Musterdorf": an abbreviation and a proper name.
        let first = tail.split_whitespace().next().unwrap_or_default();
        let caps = first.chars().count() >= 3 && first.chars().all(char::is_uppercase) && (2..=4).contains(&after.words);
        if head.title && caps && after.department == 0 && !after.title && after.upper == after.words {
            return cut_at(at, 2);
        }
        // A partner's department is no part of the title; a vice president's is.
        let whole = fold(text.get(..at).unwrap_or_default());
        if matches!(
            &*whole,
            "partner" | "partnerin" | "managing partner" | "senior partner" | "associate" | "counsel" | "of counsel"
        ) && is_department(tail, &after)
        {
            return cut_at(at, 2);
        }
    }
    for word in [" bei der ", " bei ", " der ", " des ", " at ", " @ ", " chez ", " presso ", " bij "] {
        if let Some(at) = text.find(word) {
            let head = signs(text.get(..at).unwrap_or_default(), domains, known);
            let after = signs(text.get(at + word.len()..).unwrap_or_default(), domains, known);
            if head.title
                && (after.legal
                    || (matches!(word, " bei " | " at " | " @ " | " chez " | " bij " | " bei der ") && after.upper > 0))
            {
                return cut_at(at, word.len());
            }
        }
    }
    (segment, None)
}

fn is_department(text: &str, signs: &Signs) -> bool {
    let content = signs.words.saturating_sub(signs.small);
    let listed = signs.department > 0 && signs.department + signs.department_part >= content && content <= 6;
    let opened = signs.department_head && signs.words >= 2 && signs.words <= 8 && !signs.legal;
    let begins = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    begins && (listed || opened)
}

/// What a segment is by its words, and how surely an organisation.
fn judge(text: &str, domains: &[String], known: &Known) -> (Role, u8) {
    let signs = signs(text, domains, known);
    let ends = text.chars().next_back().unwrap_or(' ');
    let sentence = signs.words > 10
        || (signs.words >= 5 && matches!(ends, '!' | '?'))
        || (signs.words >= 4 && ends == '.' && !signs.legal)
        || signs.small >= 4
        || (signs.words >= 4 && signs.upper * 3 < signs.words);
    if signs.words == 0
        || (sentence && !(signs.legal && signs.words <= 12 && signs.small <= 3))
        || text.starts_with(['(', '"', '\u{201e}', '#', '@'])
    {
        return (Role::Noise, 0);
    }
    if signs.label > 0 && signs.words <= signs.label + 1 && !signs.legal && !signs.title && signs.department == 0 {
        return (Role::Noise, 0);
    }
    if signs.country > 0 && signs.country + 1 >= signs.words && !signs.legal {
        return (Role::Noise, 0);
    }
    if signs.noise && signs.digits && !signs.title {
        return (Role::Noise, 0);
    }
    if signs.legal && !(signs.noise && signs.words > 5) {
        return (Role::Organisation, if signs.domain { 12 } else { 11 });
    }
    if is_department(text, &signs) && !signs.position {
        return (Role::Department, 0);
    }
    if signs.noise && !signs.title {
        return (Role::Noise, 0);
    }
    if signs.title && signs.words <= 9 && !text.ends_with(':') {
        // "Pommer Steuerberater" is a firm where the domain says so.
        let firm = signs.domain && !signs.position && signs.words > 1;
        if !firm {
            return (Role::Title, 0);
        }
    }
    let begins = text.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    if !begins || signs.words > 8 {
        return (Role::Unknown, 0);
    }
    if signs.organisation && (signs.words > 1 || signs.domain || text.len() > 10) {
        return (Role::Organisation, if signs.domain { 9 } else { 7 });
    }
    let firm =
        u8::from(signs.weak) * 3 + u8::from(signs.domain) * 4 + u8::from(signs.ampersand && signs.upper >= 2) * 3;
    let firm = firm + u8::from(signs.weak && signs.words > 1 && signs.upper == signs.words);
    if firm >= 4 || (signs.ampersand && signs.upper >= 2 && firm >= 3 && signs.department + signs.department_part == 0)
    {
        return (Role::Organisation, firm.max(4));
    }
    (Role::Unknown, 0)
}

/// The organisation with a legal form that a footer's line names.
pub(crate) fn organisation_in(line: &str) -> Option<String> {
    let known = Known::default();
    let mut pieces = cut(line, false);
    if pieces.len() == 1 {
        pieces = cut(line, true);
    }
    for (start, end) in pieces {
        let text = line.get(start..end)?;
        let text = text.split([',', ':']).next().unwrap_or(text).trim();
        let signs = signs(text, &[], &known);
        if signs.legal
            && signs.words <= 8
            && signs.small <= 2
            && text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        {
            return Some(tidy(text));
        }
    }
    None
}

/// Whether a name of an organisation bears a legal form.
pub(crate) fn has_legal_form(text: &str) -> bool {
    signs(text, &[], &Known::default()).legal
}

/// Whether an unknown segment can be a title, a department or a firm at all.
fn plausible(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let small =
        |word: &&str| sense(&fold(word)).has(Sense::SMALL) || sense(&fold(word)).has(Sense::PARTICLE) || *word == "&";
    let proper = words.iter().all(|word| word.starts_with(|c: char| c.is_uppercase()) || small(word));
    !words.is_empty()
        && words.len() <= 5
        && proper
        && words.first().is_some_and(|word| !small(word))
        && text.chars().filter(|c| c.is_alphabetic()).count() >= 4
        && !text.chars().any(|c| c.is_ascii_digit() || matches!(c, '@' | ':' | '?' | '!' | '"' | '…' | '_' | '='))
        && !text.ends_with('.')
}

/// "Abteilung Schaden" is the department "Schaden"; "Lehrstuhl für Geotechnik" stays whole.
fn department_label(text: &str) -> usize {
    let Some((label, rest)) = text.split_once([' ', ':']) else { return 0 };
    let key = fold(label.trim_end_matches(['.', ':']));
    let strip = matches!(
        &*key,
        "abteilung" | "abt" | "bereich" | "dept" | "department" | "ressort" | "afdeling" | "reparto" | "dzial"
    );
    let rest = rest.trim_start_matches([' ', ':']);
    let next = rest.split_whitespace().next().unwrap_or_default();
    if strip && next.starts_with(char::is_uppercase) { text.len() - rest.len() } else { 0 }
}

/// Without "Ihre", "for", a town behind a comma.
fn trim_organisation(text: &str) -> (usize, usize) {
    let mut start = 0;
    for lead in [
        "Ihre ",
        "Ihr ",
        "Deine ",
        "Dein ",
        "Your ",
        "für die ",
        "für das ",
        "für ",
        "for ",
        "bei der ",
        "c/o ",
        "Firma ",
        "Fa. ",
    ] {
        if text.get(start..).is_some_and(|rest| rest.starts_with(lead)) {
            start += lead.len();
            break;
        }
    }
    let mut end = text.len();
    let body = text.get(start..).unwrap_or_default();
    if let Some((head, tail)) = body.rsplit_once(", ") {
        let words: Vec<&str> = tail.split_whitespace().collect();
        let letters = tail.replace(['.', ' '], "");
        let town =
            words.len() <= 2 && words.iter().all(|word| word.starts_with(char::is_uppercase)) && !head.contains(',');
        let forms = is_legal_form(&letters) || words.iter().any(|word| is_legal_form(&word.replace('.', "")));
        if town && !forms && !tail.contains('&') && head.len() > 3 {
            end = start + head.len();
        }
    }
    (start, end)
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

#[cfg(test)]
mod tests;
