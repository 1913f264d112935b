//! Decides what can be seen in a line and around it: the features that the model weighs.

use std::sync::LazyLock;

use crate::address::Address;
use crate::message::{Line, Party};

use super::structure::{Kind, Segment, Structure, quote_marks};
use super::words::{Class, Classes, LEXICON, Shape, Token, split};

macro_rules! bits {
    ($kind:ident, $count:ident, $names:ident: $($name:ident),* $(,)?) => {
        /// One thing seen; a bit of a set.
        #[allow(clippy::upper_case_acronyms)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $kind { $($name),* }

        /// The names, in the order of their bits: the keys of the model file.
        pub const $names: &[&str] = &[$(stringify!($name)),*];
        pub const $count: usize = $names.len();

        impl $kind {
            /// The set that holds this one alone.
            pub const fn bit(self) -> u128 {
                1 << self as u8
            }
        }
    };
}

// What a line shows by itself.
bits! { Own, OWN, OWN_NAMES:
    Delimiter, StandardDelimiter, Rule, Underscores, Framed, Bullet, Numbered, DashName, Indented, StartsLower, StartsDigit,
    Words0, Words1, Words2, Words3, Words5, Words8, Words12, WordsMany,
    Len12, Len30, Len60, Len80, LenLong,
    AllCapital, HalfCapital, NoCapital, AllUpper,
    EndsStop, EndsComma, EndsBang, EndsQuestion, EndsColon, EndsDigit,
    Digits0, Digits3, Digits6, Digits9, DigitsMany,
    Phone, PhoneLabel, FaxLabel, Extension, Zip, StateZip, Clock, Money,
    Email, EmailOnly, Url, UrlOnly, ContactLabel, Labelled,
    Bar, Columns, Parens, Quotes, Angle, Slash, Equals,
    ClosingStart, ClosingWhole, ClosingName, ThanksStart, ThanksWhole, GreetingStart, Device, DeviceStart,
    Footer, FooterTwo, Legal, LegalTwo, LegalStart, List, ListTwo, Title, TitleStart, TitleHalf,
    Organisation, OrganisationEnd, Street, StreetNumber, Honorific, HonorificStart, Credentials, HeaderLabel, Month,
    Prose0, Prose1, Prose2, ProseMany, ProseHalf,
    SenderAll, SenderTwo, SenderOne, SenderOnlyOne, SenderInitials, SenderEmail, SenderDomain,
    NameShape, OneName, Initials, EmailName, Attachment, Code, SignatureHint, NameFirst, Parts,
}

// Where a line stands, and what stands around it.
bits! { Place, PLACE, PLACE_NAMES:
    End1, End2, End3, End5, End8, End12, End20, EndFar,
    Start1, Start2, Start3, StartFar, OnlyLine,
    ParagraphEnd0, ParagraphEnd1, ParagraphEnd2, ParagraphEnd3, ParagraphFar,
    ParagraphFirst, ParagraphLast, ParagraphOne, ParagraphTwo, ParagraphFive, ParagraphTen, ParagraphLong,
    BlankBefore, BlankAfter, BlanksBefore, QuoteBefore, QuoteAfter,
    AfterDelimiter1, AfterDelimiter3, AfterDelimiter9, AfterDelimiterFar, BeforeDelimiter, DelimiterNext,
    AfterDelimiterTwice, DelimiterAhead,
    AfterClosing1, AfterClosing2, AfterClosing4, AfterClosing8, AfterClosingFar,
    AfterName1, AfterName4, AfterName8, AfterRule1, AfterRule4, AfterFooter, AfterList, AfterDevice, NameAhead, ClosingAhead,
    OwnPhone, OwnContact, OwnTitle, OwnOrganisation, OwnStreet, OwnName, OwnSender, OwnProse, OwnFooter, OwnLegal, OwnList,
    OwnClosing, OwnRule, OwnContactTwo,
    NextPhone, NextContact, NextTitle, NextOrganisation, NextStreet, NextName, NextSender, NextProse, NextFooter, NextLegal,
    NextList, NextClosing,
    LastPhone, LastContact, LastTitle, LastOrganisation, LastStreet, LastName, LastSender, LastProse, LastFooter, LastLegal,
    LastList, LastClosing,
    ContactBelow, ContactBelowTwo, ProseBelow, ProseBelowTwo, FooterBelow, BelowAllShort, Quoted, NoSender, Continues, OwnFooterMany, Stranger, SenderAbove, SenderSigned,
    ContactAbove, Few,
}

// What kind of text the line stands in: says nothing of its zone, but of what a corpus would call a signature there.
bits! { Scene, SCENE, SCENE_NAMES:
    Marks0, Marks1, Marks2, Marks3, Unmarked, Deep,
    SenderNone, SenderBare, SenderAddress,
    Alone, Threaded, Inline, Lowest,
    Lines3, Lines8, Lines20, LinesMany,
}

/// A line with text, as the model sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Item {
    /// Which line of the message it is.
    pub line: usize,
    pub own: u128,
    pub place: u128,
    pub scene: u32,
    /// What lies between it and the line before: nothing, blank lines, a quotation.
    pub gap: Gap,
}

/// What lies between two lines of one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    #[default]
    None,
    Blank,
    Quote,
}

impl Item {
    /// Whether the line shows this.
    pub fn is(&self, bit: Own) -> bool {
        self.own & bit.bit() != 0
    }

    /// Whether it has no more than eight words.
    pub fn is_short(&self) -> bool {
        self.any(SHORT)
    }

    /// Whether it is no more than a first name that the sender field has, be it behind a closing.
    pub fn is_stray(&self) -> bool {
        const NAMED: u128 = Own::SenderOne.bit() | Own::SenderAll.bit();
        const ALONE: u128 = Own::Words1.bit() | Own::ClosingName.bit();
        self.is(Own::Words0) || self.any(NAMED) && self.any(ALONE) || self.is(Own::Initials)
    }

    /// Whether it is a closing that the language files know, with a name behind it at most.
    pub fn is_closing(&self) -> bool {
        const STARTS: u128 = Own::ClosingStart.bit() | Own::ThanksStart.bit();
        const FEW: u128 = Own::Words1.bit() | Own::Words2.bit() | Own::Words3.bit() | Own::Words5.bit();
        self.any(STARTS) && self.any(FEW)
    }

    /// Whether it says little more than how to unsubscribe, or that nobody reads answers.
    pub fn is_notice(&self) -> bool {
        const SAYS: u128 = Own::List.bit() | Own::Footer.bit();
        const ELSE: u128 =
            Own::Phone.bit() | Own::ThanksStart.bit() | Own::ClosingStart.bit() | Own::EndsQuestion.bit();
        self.any(SAYS) && self.any(Own::Prose0.bit() | Own::Prose1.bit()) && !self.any(ELSE)
    }

    /// Whether it is a sentence without anybody's data, as it stands below signatures.
    pub fn is_motto(&self) -> bool {
        const ELSE: u128 = CONTACT
            | NAME
            | Own::TitleHalf.bit()
            | Own::StreetNumber.bit()
            | Own::Zip.bit()
            | Own::StateZip.bit()
            | Own::Extension.bit()
            | Own::OrganisationEnd.bit();
        let says = self.any(Own::Prose2.bit() | Own::ProseMany.bit()) || self.is(Own::Quotes);
        says && !self.any(ELSE)
            && !self.any(Own::Words0.bit() | Own::Words1.bit() | Own::Words2.bit() | Own::Words3.bit())
    }

    /// Whether it has somebody's number, address or site.
    pub fn is_contact(&self) -> bool {
        self.any(CONTACT)
    }

    /// Whether it is a name, and no closing.
    pub fn is_name(&self) -> bool {
        const CLOSES: u128 = Own::ClosingStart.bit() | Own::ThanksStart.bit() | Own::GreetingStart.bit();
        self.any(NAME | Own::NameFirst.bit() | Own::OneName.bit() | Own::SenderOnlyOne.bit())
            && self.is_short()
            && !self.any(CLOSES)
    }

    /// Whether it is one of the text's last three lines.
    pub fn is_near_end(&self) -> bool {
        self.place & (Place::End1.bit() | Place::End2.bit() | Place::End3.bit()) != 0
    }

    fn any(&self, bits: u128) -> bool {
        self.own & bits != 0
    }
}

/// How many lines of a text's end are weighed (half of it where it is quoted); what stands above is body.
pub const WINDOW: usize = 60;
/// How much of a line is looked at.
const SEEN: usize = 400;
/// How many words of a line are looked at.
const WORDS: usize = 64;

/// The sender's name and address, as words.
#[derive(Default)]
pub struct Sender {
    /// Hashes of the name's words and of the parts of the address.
    name: Vec<u64>,
    local: Vec<u64>,
    initials: Vec<u8>,
    address: String,
    /// The first label of the domain ("firm" of firm.example).
    domain: Option<u64>,
    known: bool,
    /// A bit for every hash of the name and the address: most words are neither.
    sieve: u64,
}

impl Sender {
    /// Takes a party apart.
    pub fn of(party: Option<&Party>) -> Self {
        let Some(party) = party else { return Self::default() };
        let mut sender = Self::default();
        let mut words = Vec::new();
        if let Some(name) = &party.name {
            split(name, 8, &mut words);
            for word in &words {
                if word.shape != Shape::Digits {
                    if word.chars > 1 {
                        sender.name.push(word.hash);
                    }
                    sender.initials.extend(name.as_bytes().get(word.start as usize).map(u8::to_ascii_lowercase));
                }
            }
        }
        if let Some(address) = &party.address {
            split(address.local(), 6, &mut words);
            for word in words.iter().filter(|word| word.chars > 1 && word.shape != Shape::Digits) {
                sender.local.push(word.hash);
            }
            // "j.mueller@" is Müller's, whose accents the hashes leave out.
            let plain = address.local().replace("ae", "a").replace("oe", "o").replace("ue", "u");
            if plain != address.local() {
                split(&plain, 6, &mut words);
                sender.local.extend(words.iter().filter(|word| word.chars > 2).map(|word| word.hash));
            }
            split(address.domain(), 6, &mut words);
            sender.domain = words.iter().rev().nth(1).filter(|word| word.chars > 2).map(|word| word.hash);
            sender.address = address.as_str().to_owned();
        }
        sender.sieve = sender.name.iter().chain(&sender.local).fold(0, |set, hash| set | 1 << (hash >> 58));
        sender.known = !(sender.name.is_empty() && sender.local.is_empty());
        sender
    }

    /// Whether there is a name or an address.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// Whether a word is part of the sender's name or address.
    pub fn names(&self, hash: u64) -> bool {
        self.sieve & 1 << (hash >> 58) != 0 && (self.name.contains(&hash) || self.local.contains(&hash))
    }
}

/// Buffers that are used again for the next text.
#[derive(Default)]
pub struct Scratch {
    words: Vec<Token>,
    paragraphs: Vec<Paragraph>,
    of: Vec<usize>,
}

/// Reads the last lines of one author's text.
pub fn read(
    lines: &[Line],
    structure: &Structure,
    segment: &Segment,
    sender: &Sender,
    scratch: &mut Scratch,
    out: &mut Vec<Item>,
) {
    out.clear();
    let scene = scene(structure, segment, sender);
    let window = if segment.quoted { WINDOW / 2 } else { WINDOW };
    let from = segment.count.saturating_sub(window);
    let tail = segment.lines.len().saturating_sub(window);
    // A quoted text has another author.
    let author =
        segment.introduction.map_or_else(Sender::default, |(start, end)| author(lines, start..end, &mut scratch.words));
    let sender = if segment.quoted { &author } else { sender };
    let mut last: Option<usize> = tail.checked_sub(1).and_then(|before| segment.lines.get(before)).copied();
    for &n in segment.lines.iter().skip(tail) {
        let Some(line) = lines.get(n) else { continue };
        let text = unmarked(&line.text);
        let own = own(text, line, sender, &mut scratch.words);
        let gap = match last {
            None => Gap::None,
            Some(last) if n == last + 1 => Gap::None,
            Some(last) => {
                let blank =
                    structure.kinds.get(last + 1..n).is_none_or(|lines| lines.iter().all(|&kind| kind == Kind::Blank));
                if blank { Gap::Blank } else { Gap::Quote }
            }
        };
        out.push(Item { line: n, own, place: 0, scene, gap });
        last = Some(n);
    }
    email_names(lines, out, &mut scratch.words);
    places(segment, from, sender, scratch, out);
}

/// Whom an introduction names as the writer of what follows: "Von: Ann Lee <...>", "Ann Lee schrieb:".
fn author(lines: &[Line], introduction: std::ops::Range<usize>, words: &mut Vec<Token>) -> Sender {
    const LABELS: Classes = Class::From.bit() | Class::Sent.bit() | Class::To.bit() | Class::Subject.bit();
    let mut party = Party { name: None, address: None };
    for line in lines.get(introduction).unwrap_or_default() {
        let text = clipped(unmarked(&line.text).trim());
        if let Some((label, value)) = text.split_once(':') {
            split(label, 4, words);
            let label = LEXICON.at(words).filter(|found| found.words == words.len()).map_or(0, |found| found.classes);
            if label & Class::From.bit() != 0 {
                return Sender::of(super::party(value).as_ref());
            }
            if label & LABELS != 0 {
                continue;
            }
        }
        if party.address.is_none() {
            let bare = |part: &str| Address::parse(part.trim_matches(|c: char| !c.is_alphanumeric()));
            party.address = text.split_whitespace().filter(|part| part.contains('@')).find_map(bare);
        }
        split(text, 40, words);
        for (n, word) in words.iter().enumerate().filter(|(_, word)| word.shape == Shape::Capital) {
            if LEXICON.at(words.get(n..=n).unwrap_or_default()).is_none() {
                let name = party.name.get_or_insert_default();
                name.push_str(text.get(word.start as usize..word.end as usize).unwrap_or_default());
                name.push(' ');
            }
        }
    }
    Sender::of(Some(&party))
}

/// The start of a line, as much as is looked at.
fn clipped(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SEEN)).unwrap_or(text)
}

/// A line without its quote marks.
fn unmarked(text: &str) -> &str {
    text.get(quote_marks(text).1..).unwrap_or_default()
}

/// What kind of text a segment is.
fn scene(structure: &Structure, segment: &Segment, sender: &Sender) -> u32 {
    let mut set = 0u128;
    let mut put = |bit: Scene, yes: bool| set |= u128::from(yes) << bit as u32;
    put(Scene::Marks0, !segment.quoted);
    put(Scene::Marks1, segment.quoted && segment.marks == 1);
    put(Scene::Marks2, segment.quoted && segment.marks == 2);
    put(Scene::Marks3, segment.quoted && segment.marks > 2);
    put(Scene::Unmarked, segment.quoted && segment.marks == 0);
    put(Scene::Deep, structure.segments.len() > 3);
    put(Scene::SenderNone, !sender.known);
    put(Scene::SenderBare, sender.known && sender.address.is_empty());
    put(Scene::SenderAddress, sender.known && !sender.address.is_empty());
    let end = segment.lines.last().copied().unwrap_or(0);
    put(Scene::Alone, structure.segments.len() == 1);
    put(Scene::Threaded, structure.threaded);
    put(Scene::Inline, segment.quoted && structure.last_own > end);
    put(Scene::Lowest, structure.last <= end);
    let count = segment.count;
    put(Scene::Lines3, count <= 3);
    put(Scene::Lines8, (4..=8).contains(&count));
    put(Scene::Lines20, (9..=20).contains(&count));
    put(Scene::LinesMany, count > 20);
    set as u32
}

/// What one line shows. `text` is without quote marks.
fn own(text: &str, line: &Line, sender: &Sender, words: &mut Vec<Token>) -> u128 {
    let full = text.trim_end();
    let trimmed = full.trim_start();
    let mut set = 0u128;
    let mut put = |bit: Own, yes: bool| set |= u128::from(yes) << bit as u32;
    let indent = full.len() - trimmed.len();
    put(Own::Indented, indent >= 4 || full.starts_with('\t'));
    put(Own::SignatureHint, line.hints.signature);
    put(Own::Delimiter, trimmed == "--");
    put(Own::StandardDelimiter, text.trim_start() == "-- ");
    let seen = clipped(trimmed);
    let bytes = seen.as_bytes();
    let length = trimmed.len();
    let length_is = match length {
        ..=12 => Own::Len12,
        13..=30 => Own::Len30,
        31..=60 => Own::Len60,
        61..=80 => Own::Len80,
        _ => Own::LenLong,
    };
    put(length_is, true);
    split(seen, WORDS, words);
    let count = words.len();
    let words_are = match count {
        0 => Own::Words0,
        1 => Own::Words1,
        2 => Own::Words2,
        3 => Own::Words3,
        4..=5 => Own::Words5,
        6..=8 => Own::Words8,
        9..=12 => Own::Words12,
        _ => Own::WordsMany,
    };
    put(words_are, true);
    let first = bytes.first().copied().unwrap_or(0);
    let second = bytes.get(1).copied().unwrap_or(0);
    let graphic = |byte: u8| byte.is_ascii_punctuation();
    let rule = count == 0 && length >= 2 && trimmed != "--";
    put(Own::Rule, rule && first != b'_');
    put(Own::Underscores, rule && first == b'_');
    put(
        Own::Framed,
        count > 0 && graphic(first) && graphic(second) && !matches!(first, b'(' | b'<' | b'"' | b'[' | b'\''),
    );
    put(
        Own::Bullet,
        matches!(first, b'-' | b'*' | b'+' | b'o') && second == b' ' || trimmed.starts_with(['•', '·', '–', '▪']),
    );
    put(Own::StartsLower, trimmed.starts_with(char::is_lowercase));
    put(Own::StartsDigit, first.is_ascii_digit());
    let last = bytes.last().copied().unwrap_or(0);
    if length <= SEEN {
        put(Own::EndsStop, last == b'.');
        put(Own::EndsComma, last == b',');
        put(Own::EndsBang, last == b'!');
        put(Own::EndsQuestion, last == b'?');
        put(Own::EndsColon, last == b':');
        put(Own::EndsDigit, last.is_ascii_digit());
    }
    let marks = Marks::of(bytes, words);
    let digits_are = match marks.digits {
        0 => Own::Digits0,
        1..=3 => Own::Digits3,
        4..=6 => Own::Digits6,
        7..=9 => Own::Digits9,
        _ => Own::DigitsMany,
    };
    put(digits_are, true);
    put(Own::Phone, marks.phone);
    put(Own::Clock, marks.clock);
    put(Own::Money, marks.money || marks.wide && seen.contains(['€', '£']));
    put(Own::Bar, marks.bars || marks.wide && seen.contains(['•', '·', '–', '▪']));
    put(Own::Columns, marks.columns);
    put(Own::Parens, marks.parens);
    put(Own::Quotes, first == b'"' || seen.starts_with(['„', '“', '»', '«']));
    put(Own::Angle, first == b'<' || marks.angles);
    put(Own::Slash, marks.slashes);
    put(Own::Equals, marks.equals);
    put(Own::Code, first == b'{' || first == b'}' || first == b'#' || last == b';' || last == b'{' || marks.call);
    put(Own::Attachment, (marks.angles || first == b'-') && attachment(seen));

    // Words: how they are written.
    let of = |shape: Shape| marks.shapes.get(shape as usize).copied().unwrap_or(0);
    let (capital, upper, lower) = (of(Shape::Capital), of(Shape::Upper), of(Shape::Lower));
    let letters = capital + upper + lower;
    put(Own::AllCapital, letters > 0 && lower == 0);
    put(Own::HalfCapital, lower > 0 && (capital + upper) * 2 >= letters);
    put(Own::NoCapital, letters > 0 && capital + upper == 0);
    put(Own::AllUpper, upper > 0 && capital + lower == 0);

    // Words: what they mean.
    let mut classes: Classes = 0;
    let mut counts = [0u8; 32];
    let mut start: Classes = 0;
    let mut end: Classes = 0;
    let mut closing = 0;
    let mut whole: Classes = 0;
    let mut at = 0;
    let lexicon = &*LEXICON;
    while at < count {
        let rest = words.get(at..).unwrap_or_default();
        let mut step = 1;
        let mut found: Classes = 0;
        if let Some(phrase) = lexicon.at(rest) {
            found = phrase.classes;
            step = phrase.words;
        }
        if let Some(word) = rest.first()
            && word.chars >= 6
            && step == 1
        {
            found |= lexicon.suffix(bytes.get(word.start as usize..word.end as usize).unwrap_or_default());
        }
        // A dash may come before a closing or a name ("-- Thanks", "- Paul").
        if at == 0 {
            start = found;
            if found & (Class::Closing.bit() | Class::Thanks.bit()) != 0 {
                closing = step;
            }
            if step == count {
                whole = found;
            }
        }
        if at + step >= count {
            end = found;
        }
        classes |= found;
        let mut rest = found;
        while rest != 0 {
            if let Some(n) = counts.get_mut(rest.trailing_zeros() as usize) {
                *n = n.saturating_add(1);
            }
            rest &= rest - 1;
        }
        at += step;
    }
    let has = |class: Class| classes & class.bit() != 0;
    let starts = |class: Class| start & class.bit() != 0;
    let number = |class: Class| usize::from(counts.get(class as usize).copied().unwrap_or(0));
    put(Own::ClosingStart, starts(Class::Closing) && count <= 8);
    put(Own::ClosingWhole, whole & Class::Closing.bit() != 0);
    put(Own::ThanksStart, starts(Class::Thanks) && count <= 8);
    put(Own::ThanksWhole, whole & Class::Thanks.bit() != 0);
    put(
        Own::ClosingName,
        closing > 0 && (closing + 1..=closing + 3).contains(&count) && lower <= closing && marks.digits == 0,
    );
    put(Own::GreetingStart, starts(Class::Greeting));
    put(Own::Device, has(Class::Device));
    put(Own::DeviceStart, starts(Class::Device));
    put(Own::Footer, has(Class::Footer));
    put(Own::FooterTwo, number(Class::Footer) >= 2);
    put(Own::Legal, has(Class::Legal));
    put(Own::LegalTwo, number(Class::Legal) >= 2);
    put(Own::LegalStart, starts(Class::Legal));
    put(Own::List, has(Class::List));
    put(Own::ListTwo, number(Class::List) >= 2);
    put(Own::Title, has(Class::Title));
    put(Own::TitleStart, starts(Class::Title));
    put(Own::TitleHalf, number(Class::Title) > 0 && number(Class::Title) * 3 >= count);
    put(Own::Organisation, has(Class::Organisation));
    put(Own::OrganisationEnd, end & Class::Organisation.bit() != 0);
    put(Own::Street, has(Class::Street));
    put(Own::StreetNumber, has(Class::Street) && (1..=12).contains(&marks.digits));
    put(Own::Honorific, has(Class::Honorific));
    put(Own::HonorificStart, starts(Class::Honorific));
    put(Own::Credentials, end & Class::Honorific.bit() != 0 && count > 1);
    put(Own::Month, has(Class::Month));
    let label = start & (Class::From.bit() | Class::Sent.bit() | Class::To.bit() | Class::Subject.bit()) != 0;
    let colon = memchr::memchr(b':', bytes.get(..24).unwrap_or(bytes)).is_some();
    put(Own::HeaderLabel, label && colon);
    put(Own::Labelled, colon);
    put(Own::PhoneLabel, has(Class::Phone) && marks.digits >= 3);
    put(Own::FaxLabel, has(Class::Fax) && marks.digits >= 3);
    put(Own::ContactLabel, starts(Class::Contact) && colon);
    let prose = number(Class::Prose);
    put(Own::Prose0, prose == 0);
    put(Own::Prose1, prose == 1);
    put(Own::Prose2, (2..=3).contains(&prose));
    put(Own::ProseMany, prose > 3);
    put(Own::ProseHalf, prose * 3 >= count && prose > 0);

    // Addresses.
    let email = marks.at_sign && seen.split_whitespace().any(|part| part.contains('@') && part.len() > 4);
    let url = marks.inner_dot && has_url(seen);
    put(Own::Email, email);
    put(Own::EmailOnly, email && !seen.contains(' '));
    put(Own::Url, url);
    put(Own::UrlOnly, url && !seen.contains(' '));
    put(Own::Extension, !marks.phone && (3..=6).contains(&marks.digits) && count <= 4 && extension(words, classes));
    put(Own::Zip, zip(words, marks.digits));
    put(Own::StateZip, marks.digits >= 5 && state_zip(words));
    put(
        Own::Numbered,
        first.is_ascii_digit() && matches!(second, b'.' | b')') || second == b')' && first.is_ascii_alphabetic(),
    );

    // Names.
    if count > 0 && count <= 24 {
        let mut named = 0;
        for word in words.iter() {
            named += usize::from(sender.names(word.hash));
        }
        let initials = |word: &Token| {
            word.chars <= 3 && matches!(word.shape, Shape::Upper | Shape::Mixed | Shape::Capital | Shape::Lower)
        };
        put(Own::SenderAll, named > 0 && named == count);
        put(Own::SenderTwo, named >= 2);
        put(Own::SenderOne, named == 1);
        put(Own::SenderOnlyOne, named == 1 && count <= 3);
        let is_initials =
            count <= 3 && words.iter().all(|word| word.chars <= 3) && words.iter().any(initials) && marks.digits == 0;
        put(Own::SenderInitials, is_initials && sender_initials(seen, words, sender));
        put(Own::Initials, is_initials && length <= 8);
        let bare = classes
            & (Class::Title.bit()
                | Class::Organisation.bit()
                | Class::Legal.bit()
                | Class::Phone.bit()
                | Class::Greeting.bit())
            == 0;
        let plain = marks.digits == 0 && !email && !url && !matches!(last, b':' | b'?' | b'!');
        let shaped = capital + marks.letters;
        put(Own::NameShape, plain && bare && (2..=5).contains(&count) && shaped >= 2 && lower <= 1 && !marks.bars);
        put(Own::NameFirst, bare_name(seen, words) && prose == 0 && !starts(Class::Greeting));
        put(Own::Parts, prose == 0 && marks.separators >= 1 && parts(seen));
        put(
            Own::OneName,
            plain && count == 1 && capital + lower == 1 && length <= 16 && whole & !Class::Honorific.bit() == 0,
        );
        put(
            Own::DashName,
            (first == b'-' || trimmed.starts_with(['–', '—', '~']))
                && count <= 3
                && marks.digits == 0
                && count > 0
                && prose == 0,
        );
    }
    put(Own::SenderEmail, email && !sender.address.is_empty() && contains_folded(bytes, sender.address.as_bytes()));
    put(Own::SenderDomain, sender.domain.is_some_and(|domain| words.iter().any(|word| word.hash == domain)));
    set
}

/// "Ann Lee, Sales, 020 7946 0018", "Ann Lee (Sales)", "Ann Lee": two words as names are written, then something else.
fn bare_name(text: &str, words: &[Token]) -> bool {
    let named = |word: &Token| word.shape == Shape::Capital || word.shape == Shape::Upper && word.chars == 1;
    let [first, second, ..] = words else { return false };
    if first.start != 0 || !named(first) || second.shape != Shape::Capital {
        return false;
    }
    let gap = text.get(first.end as usize..second.start as usize).unwrap_or_default();
    let rest = text.get(second.end as usize..).unwrap_or_default().trim_start();
    matches!(gap, " " | ". " | "-")
        && (rest.is_empty()
            || rest.starts_with(|c: char| {
                c.is_ascii_digit() || matches!(c, ',' | '|' | '(' | '+' | '/' | '•' | '·' | '–')
            }))
}

/// "Hotel Linde, Rezeption, 02364 555-1": two parts or more, none of which reads like a sentence's.
fn parts(text: &str) -> bool {
    let mut count = 0;
    for part in text.split([',', '|', '•', '·']) {
        let part = part.trim();
        let starts = part.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '+' | '('));
        if !starts || part.len() > 48 || part.ends_with(['.', '!', '?', ':']) && part.len() > 12 {
            return false;
        }
        count += 1;
    }
    count >= 2
}

/// What the characters of a line are.
#[derive(Default)]
struct Marks {
    /// Commas and bars between words.
    separators: usize,
    digits: usize,
    phone: bool,
    clock: bool,
    at_sign: bool,
    /// A dot with a letter right behind it.
    inner_dot: bool,
    angles: bool,
    call: bool,
    money: bool,
    bars: bool,
    slashes: bool,
    equals: bool,
    parens: bool,
    columns: bool,
    wide: bool,
    /// How many words are written in each way.
    shapes: [usize; 5],
    /// Capital letters that stand alone.
    letters: usize,
}

impl Marks {
    /// Looks at what lies between the words, and at the words that hold digits.
    fn of(bytes: &[u8], words: &[Token]) -> Self {
        let mut marks = Self::default();
        let mut number = Number::default();
        let (mut at, mut spaces, mut text) = (0, 0, false);
        for n in 0..=words.len() {
            let word = words.get(n);
            let start = word.map_or(bytes.len(), |word| word.start as usize);
            let gap = bytes.get(at..start).unwrap_or_default();
            if gap == b" " {
                spaces = 1;
            } else {
                marks.gap(gap, &mut number);
                for &byte in gap {
                    if byte == b' ' {
                        spaces += 1;
                    } else {
                        marks.columns |= text && (spaces >= 3 || byte == b'\t');
                        (spaces, text) = (0, true);
                    }
                }
            }
            let Some(word) = word else { break };
            at = word.end as usize;
            marks.columns |= spaces >= 3 && text;
            (spaces, text) = (0, true);
            marks.inner_dot |= gap == b"." && bytes.get(start).is_some_and(u8::is_ascii_lowercase);
            if let Some(count) = marks.shapes.get_mut(word.shape as usize) {
                *count += 1;
            }
            match word.shape {
                Shape::Digits => {
                    marks.digits += usize::from(word.chars);
                    number.digits += usize::from(word.chars);
                    number.groups += 1;
                }
                Shape::Mixed => {
                    marks.phone |= number.end();
                    let digits =
                        bytes.get(start..at).unwrap_or_default().iter().filter(|byte| byte.is_ascii_digit()).count();
                    marks.digits += digits;
                }
                Shape::Upper => {
                    marks.letters += usize::from(word.chars == 1);
                    marks.phone |= number.end();
                }
                _ => marks.phone |= number.end(),
            }
        }
        marks.phone |= number.end();
        marks
    }

    /// Looks at what lies between two words, if it is more than a space.
    fn gap(&mut self, gap: &[u8], number: &mut Number) {
        let mut before = 0;
        for &byte in gap {
            match byte {
                b' ' | b'-' => {}
                b'(' => self.parens = true,
                b')' => self.call |= before == b'(',
                b'.' => number.dots += 1,
                b'/' => (number.dots, self.slashes) = (number.dots + 1, true),
                b'+' => number.plus = true,
                b':' => self.clock |= number.digits > 0,
                _ => {
                    self.phone |= number.end();
                    match byte {
                        b'@' => self.at_sign = true,
                        b',' => self.separators += 1,
                        b'|' => (self.bars, self.separators) = (true, self.separators + 1),
                        b'=' => self.equals = true,
                        b'$' | b'%' => self.money = true,
                        b'<' => self.angles |= before == b'<',
                        0x80.. => (self.wide, self.separators) = (true, self.separators + 1),
                        _ => {}
                    }
                }
            }
            before = byte;
        }
    }
}

/// Digits with the marks that stand between them.
#[derive(Default)]
struct Number {
    digits: usize,
    groups: usize,
    dots: usize,
    plus: bool,
}

impl Number {
    /// Ends the number; whether it could be a telephone's.
    fn end(&mut self) -> bool {
        if self.digits == 0 {
            (self.dots, self.plus) = (0, false);
            return false;
        }
        let phone = is_phone(self.digits, self.groups, self.dots, self.plus);
        *self = Self::default();
        phone
    }
}

/// Whether a run of digits could be a telephone number, and is no date.
fn is_phone(digits: usize, groups: usize, dots: usize, plus: bool) -> bool {
    let date = digits <= 8 && groups == 3 && dots >= 2 && !plus;
    (7..=16).contains(&digits) && !date && (groups >= 2 || plus)
}

/// "x30429", "3-7805", "ext. 24", "App. 200", "Raum 0.14".
fn extension(words: &[Token], classes: Classes) -> bool {
    let digits = words.iter().filter(|word| word.shape == Shape::Digits).count();
    let mixed = words.iter().any(|word| word.shape == Shape::Mixed && (3..=7).contains(&word.chars));
    digits == words.len() || mixed || classes & Class::Phone.bit() != 0
}

/// Four to six digits and a capital word beside them: "45141 Essen", "SO14 3QQ" is left to the words.
fn zip(words: &[Token], digits: usize) -> bool {
    digits >= 4
        && words.windows(2).any(|pair| match pair {
            [a, b] => a.shape == Shape::Digits && (4..=6).contains(&a.chars) && b.shape == Shape::Capital,
            _ => false,
        })
}

/// "TX 77002", "California 94104".
fn state_zip(words: &[Token]) -> bool {
    words.windows(2).any(|pair| match pair {
        [a, b] => {
            b.shape == Shape::Digits
                && b.chars == 5
                && (a.shape == Shape::Upper && a.chars == 2 || a.shape == Shape::Capital)
        }
        _ => false,
    })
}

fn has_url(text: &str) -> bool {
    if text.contains("http") || text.contains("www.") || text.contains("WWW.") || text.contains("://") {
        return true;
    }
    // "firm.example", "firm.de/shop": letters on both sides of a dot, and a known or short end.
    text.split([' ', '\t', '|', '/', ',']).any(|part| {
        let Some((name, end)) = part.rsplit_once('.') else { return false };
        name.len() >= 3
            && !part.contains('@')
            && end.len() >= 2
            && end.len() <= 7
            && end.bytes().all(|byte| byte.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
            && name.bytes().any(|byte| byte.is_ascii_alphabetic())
            && !matches!(
                end,
                "doc"
                    | "xls"
                    | "pdf"
                    | "txt"
                    | "ppt"
                    | "zip"
                    | "jpg"
                    | "exe"
                    | "docx"
                    | "xlsx"
                    | "png"
                    | "html"
                    | "htm"
            )
    })
}

/// " - Report.xls", "<<letter.doc>>", "(See attached file: x.doc)".
fn attachment(text: &str) -> bool {
    text.contains("<<") && text.contains(">>")
        || text.starts_with("- ") && text.len() < 80 && {
            text.rsplit_once('.').is_some_and(|(_, end)| {
                let end = end.trim_end();
                (2..=4).contains(&end.len()) && end.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        }
}

fn sender_initials(text: &str, words: &[Token], sender: &Sender) -> bool {
    if sender.initials.is_empty() {
        return false;
    }
    let letters =
        words.iter().flat_map(|word| text.bytes().skip(word.start as usize).take((word.end - word.start) as usize));
    let mut count = 0;
    for letter in letters {
        if !sender.initials.contains(&letter.to_ascii_lowercase()) {
            return false;
        }
        count += 1;
    }
    count > 0 && count <= sender.initials.len() + 1
}

fn contains_folded(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// Marks the lines whose words stand in an address of the same block: "Robert Baker" above rjbaker@firm.example.
fn email_names(lines: &[Line], items: &mut [Item], words: &mut Vec<Token>) {
    let mut locals: Vec<&str> = Vec::new();
    let text = |n: usize| lines.get(n).map_or("", |line| unmarked(&line.text));
    for item in items.iter().rev().filter(|item| item.is(Own::Email)).take(4) {
        let line = text(item.line);
        if line.len() > 200 {
            continue;
        }
        for part in
            line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ':' | ',' | ';' | '|'))
        {
            if let Some((local, _)) = part.split_once('@')
                && local.len() >= 3
            {
                locals.push(local);
            }
        }
    }
    if locals.is_empty() {
        return;
    }
    for item in items.iter_mut() {
        if item.own & (Own::Words1.bit() | Own::Words2.bit() | Own::Words3.bit() | Own::Words5.bit()) == 0
            || item.is(Own::Email)
        {
            continue;
        }
        let line = text(item.line);
        split(line, 6, words);
        let hit = words.iter().any(|word| {
            word.chars >= 3
                && matches!(word.shape, Shape::Capital | Shape::Upper)
                && line
                    .get(word.start as usize..word.end as usize)
                    .is_some_and(|word| locals.iter().any(|local| contains_folded(local.as_bytes(), word.as_bytes())))
        });
        if hit {
            item.own |= Own::EmailName.bit();
        }
    }
}

/// A run of lines without a gap, and what it holds.
#[derive(Clone, Copy, Default)]
struct Paragraph {
    first: usize,
    last: usize,
    phone: bool,
    contacts: usize,
    title: bool,
    organisation: bool,
    street: bool,
    name: bool,
    sender: bool,
    prose: bool,
    footer: usize,
    legal: bool,
    list: bool,
    closing: bool,
    rule: bool,
}

const CONTACT: u128 =
    Own::Email.bit() | Own::Url.bit() | Own::Phone.bit() | Own::ContactLabel.bit() | Own::PhoneLabel.bit();
const SHORT: u128 = Own::Words0.bit()
    | Own::Words1.bit()
    | Own::Words2.bit()
    | Own::Words3.bit()
    | Own::Words5.bit()
    | Own::Words8.bit();
const NAME: u128 = Own::SenderAll.bit() | Own::SenderTwo.bit() | Own::NameShape.bit() | Own::EmailName.bit();

impl Paragraph {
    /// What it holds, as the bits of a place.
    #[inline]
    fn seen(&self, places: &[Place; 12]) -> u128 {
        let has = [
            self.phone,
            self.contacts > 0,
            self.title,
            self.organisation,
            self.street,
            self.name,
            self.sender,
            self.prose,
            self.footer > 0,
            self.legal,
            self.list,
            self.closing,
        ];
        has.iter().zip(places).fold(0, |set, (&yes, &place)| set | u128::from(yes) << place as u32)
    }

    fn add(&mut self, item: &Item) {
        let prose = item.any(Own::WordsMany.bit() | Own::Words12.bit())
            && item.any(Own::ProseMany.bit() | Own::ProseHalf.bit())
            && !item.any(Own::Footer.bit() | Own::Legal.bit() | Own::List.bit());
        self.phone |= item.any(Own::Phone.bit() | Own::PhoneLabel.bit() | Own::Extension.bit());
        self.contacts += usize::from(item.any(CONTACT));
        self.title |= item.is(Own::TitleHalf);
        self.organisation |= item.is(Own::Organisation) && item.any(SHORT);
        self.street |= item.any(Own::StreetNumber.bit() | Own::Zip.bit() | Own::StateZip.bit()) && item.any(SHORT);
        self.name |= item.any(Own::NameShape.bit() | Own::OneName.bit() | Own::DashName.bit());
        self.sender |= item.any(Own::SenderAll.bit() | Own::SenderTwo.bit() | Own::SenderOnlyOne.bit());
        self.prose |= prose;
        self.footer += usize::from(item.is(Own::Footer)) + usize::from(item.is(Own::FooterTwo));
        self.legal |= item.is(Own::Legal);
        self.list |= item.is(Own::List);
        self.closing |= item.any(Own::ClosingStart.bit() | Own::ThanksStart.bit());
        self.rule |= item.any(Own::Rule.bit() | Own::Underscores.bit() | Own::Delimiter.bit());
    }
}

/// The same of a line's paragraph, the next one and the one before.
const OWN_PARAGRAPH: [Place; 12] = {
    use Place as P;
    [
        P::OwnPhone,
        P::OwnContact,
        P::OwnTitle,
        P::OwnOrganisation,
        P::OwnStreet,
        P::OwnName,
        P::OwnSender,
        P::OwnProse,
        P::OwnFooter,
        P::OwnLegal,
        P::OwnList,
        P::OwnClosing,
    ]
};
const NEXT_PARAGRAPH: [Place; 12] = {
    use Place as P;
    [
        P::NextPhone,
        P::NextContact,
        P::NextTitle,
        P::NextOrganisation,
        P::NextStreet,
        P::NextName,
        P::NextSender,
        P::NextProse,
        P::NextFooter,
        P::NextLegal,
        P::NextList,
        P::NextClosing,
    ]
};
const LAST_PARAGRAPH: [Place; 12] = {
    use Place as P;
    [
        P::LastPhone,
        P::LastContact,
        P::LastTitle,
        P::LastOrganisation,
        P::LastStreet,
        P::LastName,
        P::LastSender,
        P::LastProse,
        P::LastFooter,
        P::LastLegal,
        P::LastList,
        P::LastClosing,
    ]
};

/// Fills in where every line stands.
fn places(segment: &Segment, from: usize, sender: &Sender, scratch: &mut Scratch, items: &mut [Item]) {
    let paragraphs = &mut scratch.paragraphs;
    let of = &mut scratch.of;
    paragraphs.clear();
    of.clear();
    for (n, item) in items.iter().enumerate() {
        if n == 0 || item.gap != Gap::None {
            paragraphs.push(Paragraph { first: n, ..Paragraph::default() });
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.last = n;
            paragraph.add(item);
        }
        of.push(paragraphs.len().saturating_sub(1));
    }
    let count = items.len();

    // From the top: distances to what came before.
    let far = usize::MAX / 2;
    let (mut delimiter, mut closing, mut name, mut rule) = (far, far, far, far);
    let (mut delimiters, mut footer, mut list, mut device) = (0usize, false, false, false);
    let mut previous_blanks = None;
    let (mut signed, mut contact) = (false, false);
    // A long line of prose that goes on in the next one.
    let mut unfinished = false;
    let signs = Own::SenderAll.bit() | Own::SenderTwo.bit() | Own::SenderOnlyOne.bit();
    // Somewhere in the last few lines the sender's name stands by itself.
    let sender_signed = items.iter().rev().take(16).any(|item| item.any(signs) && item.is_short());
    for (n, item) in items.iter_mut().enumerate() {
        let mut set = 0u128;
        let mut put = |bit: Place, yes: bool| set |= u128::from(yes) << bit as u32;
        put(Place::AfterDelimiter1, delimiter == 1);
        put(Place::AfterDelimiter3, (2..=3).contains(&delimiter));
        put(Place::AfterDelimiter9, (4..=9).contains(&delimiter));
        put(Place::AfterDelimiterFar, delimiter > 9 && delimiter < far);
        put(Place::AfterDelimiterTwice, delimiters > 1);
        put(Place::BeforeDelimiter, delimiters == 0);
        put(Place::AfterClosing1, closing == 1);
        put(Place::AfterClosing2, closing == 2);
        put(Place::AfterClosing4, (3..=4).contains(&closing));
        put(Place::AfterClosing8, (5..=8).contains(&closing));
        put(Place::AfterClosingFar, closing > 8 && closing < far);
        put(Place::AfterName1, name == 1);
        put(Place::AfterName4, (2..=4).contains(&name));
        put(Place::AfterName8, (5..=8).contains(&name));
        put(Place::AfterRule1, rule == 1);
        put(Place::AfterRule4, (2..=4).contains(&rule));
        put(Place::AfterFooter, footer);
        put(Place::AfterList, list);
        put(Place::AfterDevice, device);
        let start = from + n;
        put(Place::Start1, start == 0);
        put(Place::Start2, start == 1);
        put(Place::Start3, start == 2);
        put(Place::StartFar, start > 2);
        put(Place::OnlyLine, segment.count == 1);
        put(Place::BlankBefore, item.gap == Gap::Blank);
        put(Place::QuoteBefore, item.gap == Gap::Quote);
        put(Place::Continues, unfinished && item.gap == Gap::None);
        unfinished = item.any(Own::Len80.bit() | Own::LenLong.bit())
            && !item.any(Own::EndsStop.bit() | Own::EndsBang.bit() | Own::EndsQuestion.bit() | Own::EndsColon.bit())
            && item.any(Own::ProseMany.bit() | Own::ProseHalf.bit() | Own::WordsMany.bit());
        put(Place::BlanksBefore, item.gap == Gap::Blank && previous_blanks.is_some_and(|last| item.line > last + 2));
        put(Place::Quoted, segment.quoted);
        put(Place::NoSender, !sender.known);
        put(Place::SenderAbove, signed);
        put(Place::ContactAbove, contact);
        put(Place::Few, segment.count <= 4);
        previous_blanks = Some(item.line);
        item.place = set;
        for distance in [&mut delimiter, &mut closing, &mut name, &mut rule] {
            if *distance < far {
                *distance += 1;
            }
        }
        if item.is(Own::Delimiter) {
            delimiter = 1;
            delimiters += 1;
        }
        if item.any(Own::Rule.bit() | Own::Underscores.bit()) {
            rule = 1;
        }
        let ends = item.any(Own::ClosingWhole.bit() | Own::ThanksWhole.bit() | Own::ClosingName.bit());
        if ends || item.is(Own::ClosingStart) && item.any(SHORT) && !item.is(Own::ProseMany) {
            closing = 1;
        }
        if item.any(NAME) && item.any(SHORT) {
            name = 1;
        }
        signed |= item.any(signs) && item.is_short();
        contact |= (name < far || signed) && item.any(CONTACT);
        footer |= item.any(Own::FooterTwo.bit() | Own::LegalTwo.bit());
        list |= item.is(Own::List);
        device |= item.is(Own::DeviceStart);
    }

    // From the end: what is still to come.
    let (mut contacts, mut prose, mut below_footer, mut all_short) = (0usize, 0usize, false, true);
    let (mut delimiter_ahead, mut name_ahead, mut closing_ahead) = (false, false, false);
    let mut gap_after = None;
    for (n, item) in items.iter_mut().enumerate().rev() {
        let mut set = 0u128;
        let mut put = |bit: Place, yes: bool| set |= u128::from(yes) << bit as u32;
        let mut around = 0u128;
        let end = count - n;
        let end_is = match end {
            ..=1 => Place::End1,
            2 => Place::End2,
            3 => Place::End3,
            4..=5 => Place::End5,
            6..=8 => Place::End8,
            9..=12 => Place::End12,
            13..=20 => Place::End20,
            _ => Place::EndFar,
        };
        put(end_is, true);
        put(Place::BlankAfter, gap_after == Some(Gap::Blank));
        put(Place::QuoteAfter, gap_after == Some(Gap::Quote));
        put(Place::ContactBelow, contacts > 0);
        put(Place::ContactBelowTwo, contacts > 1);
        put(Place::ProseBelow, prose > 0);
        put(Place::ProseBelowTwo, prose > 2);
        put(Place::FooterBelow, below_footer);
        put(Place::BelowAllShort, all_short);
        put(Place::DelimiterAhead, delimiter_ahead);
        put(Place::DelimiterNext, delimiter_ahead && gap_after == Some(Gap::None));
        put(Place::NameAhead, name_ahead);
        put(Place::SenderSigned, sender_signed);
        put(Place::ClosingAhead, closing_ahead);
        let k = of.get(n).copied().unwrap_or(0);
        let behind = paragraphs.len() - 1 - k.min(paragraphs.len() - 1);
        put(Place::ParagraphEnd0, behind == 0);
        put(Place::ParagraphEnd1, behind == 1);
        put(Place::ParagraphEnd2, behind == 2);
        put(Place::ParagraphEnd3, behind == 3);
        put(Place::ParagraphFar, behind > 3);
        if let Some(own) = paragraphs.get(k) {
            let length = own.last + 1 - own.first;
            put(Place::ParagraphFirst, n == own.first);
            put(Place::ParagraphLast, n == own.last);
            put(Place::ParagraphOne, length == 1);
            put(Place::ParagraphTwo, length == 2);
            put(Place::ParagraphFive, (3..=5).contains(&length));
            put(Place::ParagraphTen, (6..=10).contains(&length));
            put(Place::ParagraphLong, length > 10);
            put(Place::Stranger, sender.known && own.name && !own.sender);
            around |= own.seen(&OWN_PARAGRAPH);
            put(Place::OwnContactTwo, own.contacts > 1);
            put(Place::OwnFooterMany, own.footer > 2);
            put(Place::OwnRule, own.rule);
        }
        if let Some(next) = paragraphs.get(k + 1) {
            around |= next.seen(&NEXT_PARAGRAPH);
        }
        if let Some(last) = k.checked_sub(1).and_then(|k| paragraphs.get(k)) {
            around |= last.seen(&LAST_PARAGRAPH);
        }
        item.place |= set | around;
        gap_after = Some(item.gap);
        contacts += usize::from(item.any(CONTACT));
        prose += usize::from(
            item.any(Own::WordsMany.bit() | Own::Words12.bit())
                && item.any(Own::ProseMany.bit())
                && !item.any(Own::Footer.bit() | Own::Legal.bit() | Own::List.bit()),
        );
        below_footer |= item.any(Own::Footer.bit() | Own::Legal.bit() | Own::List.bit());
        all_short &= item.any(SHORT);
        delimiter_ahead |= item.is(Own::Delimiter);
        name_ahead |= item.any(Own::SenderAll.bit() | Own::SenderTwo.bit());
        closing_ahead |= item.any(Own::ClosingWhole.bit() | Own::ThanksWhole.bit());
    }
}

/// Pairs that say together what neither says alone.
pub const PAIRS: &[(Seen, Seen)] = {
    use Own as O;
    use Place as P;
    use Seen::{Own as A, Place as B};
    &[
        (A(O::OneName), B(P::End1)),
        (A(O::OneName), B(P::AfterClosing1)),
        (A(O::OneName), B(P::ParagraphOne)),
        (A(O::OneName), B(P::ParagraphEnd0)),
        (A(O::NameShape), B(P::End1)),
        (A(O::NameShape), B(P::AfterClosing1)),
        (A(O::NameShape), B(P::ParagraphFirst)),
        (A(O::NameShape), B(P::ParagraphEnd0)),
        (A(O::NameShape), B(P::OwnContact)),
        (A(O::NameShape), B(P::OwnTitle)),
        (A(O::NameShape), B(P::OwnOrganisation)),
        (A(O::NameShape), B(P::ProseBelow)),
        (A(O::SenderAll), B(P::End1)),
        (A(O::SenderAll), B(P::ParagraphEnd0)),
        (A(O::SenderAll), B(P::ParagraphFirst)),
        (A(O::SenderAll), B(P::ProseBelow)),
        (A(O::SenderAll), B(P::DelimiterAhead)),
        (A(O::SenderTwo), B(P::ParagraphFirst)),
        (A(O::SenderTwo), B(P::ProseBelow)),
        (A(O::SenderOnlyOne), B(P::ParagraphEnd0)),
        (A(O::SenderOnlyOne), B(P::DelimiterAhead)),
        (A(O::SenderOnlyOne), B(P::AfterClosing1)),
        (A(O::Initials), B(P::End1)),
        (A(O::Initials), B(P::AfterClosing1)),
        (A(O::DashName), B(P::End1)),
        (A(O::DashName), B(P::DelimiterAhead)),
        (A(O::OneName), B(P::DelimiterAhead)),
        (A(O::NameShape), B(P::DelimiterAhead)),
        (A(O::Phone), B(P::ParagraphEnd0)),
        (A(O::Phone), B(P::OwnName)),
        (A(O::Phone), B(P::OwnProse)),
        (A(O::Phone), B(P::ProseBelow)),
        (A(O::PhoneLabel), B(P::OwnName)),
        (A(O::PhoneLabel), B(P::ParagraphEnd0)),
        (A(O::Extension), B(P::AfterName1)),
        (A(O::Extension), B(P::End1)),
        (A(O::Email), B(P::OwnName)),
        (A(O::Email), B(P::OwnProse)),
        (A(O::EmailOnly), B(P::ParagraphEnd0)),
        (A(O::Url), B(P::OwnName)),
        (A(O::Url), B(P::OwnProse)),
        (A(O::UrlOnly), B(P::ParagraphEnd0)),
        (A(O::Title), B(P::AfterName1)),
        (A(O::Title), B(P::OwnProse)),
        (A(O::TitleHalf), B(P::AfterName1)),
        (A(O::TitleHalf), B(P::AfterName4)),
        (A(O::Organisation), B(P::AfterName4)),
        (A(O::Organisation), B(P::OwnProse)),
        (A(O::OrganisationEnd), B(P::ParagraphEnd0)),
        (A(O::StreetNumber), B(P::AfterName4)),
        (A(O::Zip), B(P::AfterName4)),
        (A(O::Zip), B(P::AfterName8)),
        (A(O::Rule), B(P::End1)),
        (A(O::Rule), B(P::NextFooter)),
        (A(O::Rule), B(P::NextContact)),
        (A(O::Underscores), B(P::NextContact)),
        (A(O::Underscores), B(P::NextList)),
        (A(O::Bullet), B(P::ParagraphEnd0)),
        (A(O::Numbered), B(P::ParagraphEnd0)),
        (A(O::Footer), B(P::ParagraphEnd0)),
        (A(O::Legal), B(P::ParagraphEnd0)),
        (A(O::Legal), B(P::AfterName8)),
        (A(O::List), B(P::ParagraphEnd0)),
        (A(O::ProseMany), B(P::AfterDelimiter1)),
        (A(O::ProseMany), B(P::AfterDelimiter3)),
        (A(O::ProseMany), B(P::AfterDelimiter9)),
        (A(O::ProseMany), B(P::ParagraphEnd0)),
        (A(O::ProseHalf), B(P::AfterClosing2)),
        (A(O::ProseHalf), B(P::AfterName1)),
        (A(O::ProseHalf), B(P::AfterName4)),
        (A(O::Quotes), B(P::End1)),
        (A(O::Quotes), B(P::AfterName4)),
        (A(O::Framed), B(P::ParagraphEnd0)),
        (A(O::Bar), B(P::ParagraphEnd0)),
        (A(O::Columns), B(P::ParagraphEnd0)),
        (A(O::Columns), B(P::OwnContact)),
        (A(O::AllCapital), B(P::AfterName1)),
        (A(O::AllCapital), B(P::AfterName4)),
        (A(O::AllCapital), B(P::AfterClosing1)),
        (A(O::AllCapital), B(P::AfterClosing2)),
        (A(O::AllCapital), B(P::ParagraphEnd0)),
        (A(O::AllCapital), B(P::End1)),
        (A(O::Email), B(P::AfterList)),
        (A(O::Url), B(P::AfterList)),
        (A(O::Url), B(P::AfterFooter)),
        (A(O::ClosingWhole), B(P::ProseBelow)),
        (A(O::ThanksWhole), B(P::ProseBelow)),
        (A(O::ThanksWhole), B(P::End1)),
        (A(O::ClosingWhole), B(P::End1)),
        (A(O::ThanksStart), B(P::NextSender)),
        (A(O::ClosingStart), B(P::NextSender)),
        (B(P::ParagraphEnd0), B(P::OwnSender)),
        (B(P::ParagraphEnd0), B(P::OwnContact)),
        (B(P::ParagraphEnd0), B(P::OwnPhone)),
        (B(P::ParagraphEnd0), B(P::OwnProse)),
        (B(P::ParagraphEnd1), B(P::OwnContact)),
        (B(P::ParagraphEnd1), B(P::OwnSender)),
        (B(P::ParagraphEnd1), B(P::NextFooter)),
        (B(P::ParagraphEnd1), B(P::NextLegal)),
        (B(P::OwnSender), B(P::OwnContact)),
        (B(P::OwnName), B(P::OwnContact)),
        (B(P::OwnName), B(P::OwnOrganisation)),
        (B(P::OwnName), B(P::OwnTitle)),
        (B(P::AfterClosingFar), B(P::ProseBelow)),
        (B(P::AfterDelimiter9), B(P::OwnContact)),
        (B(P::AfterDelimiter3), B(P::OwnList)),
        (B(P::AfterDelimiter1), B(P::OwnList)),
        (B(P::AfterDelimiter9), B(P::OwnList)),
        (B(P::AfterDelimiter1), B(P::OwnFooter)),
        (B(P::AfterDelimiter3), B(P::OwnFooter)),
        (B(P::AfterFooter), B(P::OwnProse)),
        (B(P::AfterFooter), B(P::OwnContact)),
        (A(O::OneName), B(P::Continues)),
        (B(P::Stranger), B(P::SenderSigned)),
        (B(P::Stranger), B(P::OwnContact)),
        (B(P::Stranger), B(P::ProseBelow)),
        (B(P::OwnOrganisation), B(P::NoSender)),
        (B(P::OwnContact), B(P::ProseBelow)),
        (B(P::OwnContact), B(P::SenderAbove)),
        (B(P::OwnName), B(P::ProseBelow)),
        (A(O::OneName), B(P::NoSender)),
        (A(O::NameShape), B(P::NoSender)),
        (A(O::NameShape), B(P::SenderAbove)),
        (A(O::NameShape), B(P::NameAhead)),
        (B(P::Start1), B(P::End1)),
        (A(O::ThanksStart), B(P::Start1)),
        (A(O::ClosingStart), B(P::Start1)),
        (A(O::ThanksStart), B(P::Few)),
        (A(O::ClosingStart), B(P::Few)),
        (A(O::ThanksWhole), B(P::Few)),
        (A(O::EndsStop), B(P::Few)),
        (A(O::EndsBang), B(P::Few)),
        (A(O::NameFirst), B(P::End1)),
        (A(O::NameFirst), B(P::ParagraphEnd0)),
        (A(O::NameFirst), B(P::Few)),
        (A(O::NameFirst), B(P::Start1)),
        (A(O::NameFirst), B(P::ParagraphFirst)),
        (A(O::NameFirst), B(P::Stranger)),
        (A(O::Parts), B(P::End1)),
        (A(O::Parts), B(P::Few)),
        (A(O::Parts), B(P::ParagraphFirst)),
        (A(O::NameShape), B(P::Few)),
        (A(O::OneName), B(P::Few)),
        (A(O::AllCapital), B(P::Few)),
        (A(O::SenderAll), B(P::Few)),
        (A(O::SenderOne), B(P::Few)),
        (A(O::Phone), B(P::Few)),
        (A(O::Prose1), B(P::ContactAbove)),
        (A(O::Prose2), B(P::ContactAbove)),
        (A(O::ProseMany), B(P::ContactAbove)),
        (A(O::ProseHalf), B(P::ContactAbove)),
        (A(O::EndsStop), B(P::ContactAbove)),
        (A(O::EndsStop), B(P::SenderAbove)),
        (A(O::EndsBang), B(P::SenderAbove)),
        (A(O::ProseHalf), B(P::SenderAbove)),
        (A(O::Clock), B(P::ContactAbove)),
        (A(O::Legal), B(P::ContactAbove)),
        (A(O::AllCapital), B(P::ContactAbove)),
        (B(P::BlankBefore), B(P::ContactAbove)),
        (B(P::BlankBefore), B(P::SenderAbove)),
        (B(P::ParagraphOne), B(P::ContactAbove)),
        (B(P::ParagraphOne), B(P::SenderAbove)),
        (B(P::End1), B(P::SenderAbove)),
        (B(P::End1), B(P::ContactAbove)),
        (B(P::Start1), B(P::OwnContact)),
        (B(P::Start1), B(P::OwnSender)),
    ]
};

/// A bit of either set.
#[derive(Clone, Copy)]
pub enum Seen {
    Own(Own),
    Place(Place),
}

impl Seen {
    fn name(self) -> &'static str {
        match self {
            Self::Own(bit) => OWN_NAMES.get(bit as usize).copied().unwrap_or_default(),
            Self::Place(bit) => PLACE_NAMES.get(bit as usize).copied().unwrap_or_default(),
        }
    }
}

/// What is weighed anew in every scene.
pub const KEYS: &[Seen] = {
    use Own as O;
    use Place as P;
    use Seen::{Own as A, Place as B};
    &[
        A(O::OneName),
        A(O::NameShape),
        A(O::SenderAll),
        A(O::SenderTwo),
        A(O::SenderOnlyOne),
        A(O::Initials),
        A(O::DashName),
        A(O::ClosingWhole),
        A(O::ThanksWhole),
        A(O::ClosingName),
        A(O::Footer),
        A(O::Legal),
        A(O::List),
        A(O::Device),
        A(O::Rule),
        A(O::Underscores),
        A(O::Delimiter),
        A(O::Email),
        A(O::Url),
        A(O::Phone),
        A(O::ProseHalf),
        B(P::OwnContact),
        B(P::OwnName),
        B(P::OwnLegal),
        B(P::OwnFooter),
        B(P::OwnProse),
        B(P::OwnList),
        B(P::AfterClosing1),
        B(P::AfterDelimiter1),
        B(P::AfterName1),
        B(P::End1),
        B(P::ParagraphEnd0),
        B(P::ParagraphOne),
        B(P::AfterFooter),
    ]
};

/// Which keys a line has.
pub fn keys(item: &Item) -> u64 {
    static PLACES: LazyLock<KeyTable> = LazyLock::new(KeyTable::build);
    let table = &*PLACES;
    let mut set = 0;
    for (mut rest, of) in [(item.own & table.own_mask, &table.own), (item.place & table.place_mask, &table.place)] {
        while rest != 0 {
            set |= of.get(rest.trailing_zeros() as usize).copied().unwrap_or(0);
            rest &= rest - 1;
        }
    }
    set
}

/// The key of every bit that is one.
struct KeyTable {
    own: [u64; 128],
    place: [u64; 128],
    own_mask: u128,
    place_mask: u128,
}

impl KeyTable {
    fn build() -> Self {
        let mut table = Self { own: [0; 128], place: [0; 128], own_mask: 0, place_mask: 0 };
        for (n, key) in KEYS.iter().enumerate() {
            let (slot, mask, bit) = match key {
                Seen::Own(bit) => (table.own.get_mut(*bit as usize), &mut table.own_mask, bit.bit()),
                Seen::Place(bit) => (table.place.get_mut(*bit as usize), &mut table.place_mask, bit.bit()),
            };
            *mask |= bit;
            if let Some(slot) = slot {
                *slot = 1 << n;
            }
        }
        table
    }
}

/// How many features tell scenes apart; they stand behind the others.
pub const SCENES: usize = SCENE * (1 + KEYS.len());

/// Hands over every feature of a line's scene.
pub fn scene_features(item: &Item, mut each: impl FnMut(usize)) {
    let keys = keys(item);
    let mut scenes = item.scene;
    while scenes != 0 {
        let base = FEATURES + scenes.trailing_zeros() as usize * (1 + KEYS.len());
        scenes &= scenes - 1;
        each(base);
        let mut rest = keys;
        while rest != 0 {
            each(base + 1 + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}

/// How far a line's neighbours are looked at, up and down.
pub const REACH: usize = 2;
/// How many features there are.
pub const FEATURES: usize = OWN * (2 * REACH + 1) + PLACE + PAIRS.len() + 2;

/// The name of a feature in the model file.
pub fn feature_name(feature: usize) -> String {
    if let Some(scene) = feature.checked_sub(FEATURES) {
        let name = SCENE_NAMES.get(scene / (1 + KEYS.len())).copied().unwrap_or_default();
        return match (scene % (1 + KEYS.len())).checked_sub(1).and_then(|key| KEYS.get(key)) {
            Some(key) => format!("{name}&{}", key.name()),
            None => name.to_owned(),
        };
    }
    let own = OWN * (2 * REACH + 1);
    if feature < own {
        let name = OWN_NAMES.get(feature % OWN).copied().unwrap_or_default();
        return match feature / OWN {
            0 => name.to_owned(),
            offset @ 1..=REACH => format!("{name}-{offset}"),
            offset => format!("{name}+{}", offset - REACH),
        };
    }
    if let Some(name) = PLACE_NAMES.get(feature - own) {
        return (*name).to_owned();
    }
    match PAIRS.get(feature - own - PLACE) {
        Some((a, b)) => format!("{}&{}", a.name(), b.name()),
        None if feature + 1 == FEATURES => "after the end".to_owned(),
        None => "before the start".to_owned(),
    }
}

/// Hands over every feature of line `n`, one by one: for training, and to prove what [`super::model::Tables`] adds up.
pub fn features(items: &[Item], n: usize, mut each: impl FnMut(usize)) {
    let Some(item) = items.get(n) else { return };
    let mut bits = |mut set: u128, base: usize| {
        while set != 0 {
            each(base + set.trailing_zeros() as usize);
            set &= set - 1;
        }
    };
    bits(item.own, 0);
    for offset in 1..=REACH {
        match n.checked_sub(offset).and_then(|k| items.get(k)) {
            Some(before) => bits(before.own, offset * OWN),
            None if offset == 1 => bits(1, FEATURES - 2),
            None => {}
        }
        match items.get(n + offset) {
            Some(after) => bits(after.own, (offset + REACH) * OWN),
            None if offset == 1 => bits(1, FEATURES - 1),
            None => {}
        }
    }
    let own = OWN * (2 * REACH + 1);
    bits(item.place, own);
    let has = |seen: &Seen| match seen {
        Seen::Own(bit) => item.own & bit.bit() != 0,
        Seen::Place(bit) => item.place & bit.bit() != 0,
    };
    for (k, (first, second)) in PAIRS.iter().enumerate() {
        if has(first) && has(second) {
            bits(1, own + PLACE + k);
        }
    }
}
