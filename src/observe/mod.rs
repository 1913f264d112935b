//! Decides whom a message names, through which channel: zones of its text, signatures, quoted threads, fields.

mod fields;
mod header;
mod intro;
mod notice;
mod within;
pub mod zones;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::address::Address;
use crate::message::{Line, Message, Party};
use fields::{Block, Field, Hints as BlockHints};
use header::Shown;

pub use fields::{Country, FieldKind, written as written_phone};
pub use header::{Shown as DisplayName, display as display_name, is_role_address};
pub use notice::{Notice, notices};
pub use within::Within;
pub use zones::zones;

/// The place of a message where somebody's data stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sender,
    To,
    Cc,
    Bcc,
    ReplyTo,
    Signature,
    QuotedSignature,
    Footer,
    Intro,
    AddressBook,
}

impl Channel {
    /// In the order in which stored rows and queries number them: a new one goes to the end.
    pub const ALL: [Self; 10] = [
        Self::Sender,
        Self::To,
        Self::Cc,
        Self::Bcc,
        Self::ReplyTo,
        Self::Signature,
        Self::QuotedSignature,
        Self::Footer,
        Self::Intro,
        Self::AddressBook,
    ];
}

/// The kind of a telephone number, as its label and its range say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneKind {
    Work,
    Mobile,
    Home,
    Fax,
}

/// A telephone number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    /// E.164 (`+49511555020`). Until the mailbox's country is known ([`Phone::settled`]) a number without prefix is its
    /// digits, and behind a semicolon the country that the language of its message stands for (`0511555020;DE`).
    pub number: String,
    pub kind: PhoneKind,
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({:?})", self.kind)
    }
}

/// A person's (or a shared address's) data as one place shows them. Every field may be empty.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Card {
    /// Names without honorifics' noise: "Dr. Holger Meier", not "i. A. Meier, Dr. Holger (Einkauf)".
    pub names: Vec<String>,
    pub emails: Vec<Address>,
    pub titles: Vec<String>,
    pub organisations: Vec<String>,
    pub departments: Vec<String>,
    /// Postal addresses, each in one line: "Industriestr. 4, 45141 Essen".
    pub addresses: Vec<String>,
    pub urls: Vec<String>,
    pub phones: Vec<Phone>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Card({} names, {} emails, {} phones)", self.names.len(), self.emails.len(), self.phones.len())
    }
}

/// One sighting: this person's data stood in this channel of this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub channel: Channel,
    pub card: Card,
    /// Whose card it is, where the message itself ties it: the sender's address for his own signature, the
    /// address in the introducing line for a quoted one. `None` if only the card's own text says who.
    pub of: Option<Address>,
    /// In what kind of text it stood.
    pub within: Within,
}

/// What a line of text is. The letters are those of the accuracy data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    Body,
    Closing,
    Signature,
    Footer,
    Intro,
    Quoted,
    QuotedSignature,
}

impl Zone {
    /// The zone's letter: B C S D I Q T.
    pub fn letter(self) -> char {
        match self {
            Self::Body => 'B',
            Self::Closing => 'C',
            Self::Signature => 'S',
            Self::Footer => 'D',
            Self::Intro => 'I',
            Self::Quoted => 'Q',
            Self::QuotedSignature => 'T',
        }
    }
}

/// Everybody whom a message names, in the order of the message.
pub fn observe(message: &Message) -> Vec<Observation> {
    observe_in(message, &zones(&message.lines, message.from.first()))
}

/// [`observe`] with the zones of the message's lines, where they are known already. The message alone says in which
/// country a number is dialled.
pub fn observe_in(message: &Message, zones: &[Zone]) -> Vec<Observation> {
    let mut seen = Observer::default().observe(message, zones);
    for phone in seen.iter_mut().flat_map(|one| &mut one.card.phones).filter(|phone| phone.is_local()) {
        *phone = phone.settled(None);
    }
    seen
}

/// Reads message after message, and remembers the signature blocks and display names that it has read.
#[derive(Default)]
pub struct Observer {
    memo: fields::Memo,
    names: header::Memo,
}

impl Observer {
    /// [`observe_in`] with numbers left local where the message does not tell the country.
    pub fn observe(&mut self, message: &Message, zones: &[Zone]) -> Vec<Observation> {
        observe_local(message, zones, &mut self.memo, &mut self.names)
    }

    /// The contact fields of a text, in the order of their lines: `each` gets the kind, the first line and the parts.
    pub fn fields(
        &mut self,
        text: &[&str],
        zones: &[Zone],
        from: Option<&Party>,
        mut each: impl FnMut(FieldKind, usize, &mut dyn Iterator<Item = &str>),
    ) {
        if !zones.iter().any(|zone| matches!(zone, Zone::Signature | Zone::QuotedSignature)) {
            return;
        }
        let depths: Vec<usize> = text.iter().map(|line| marks(line)).collect();
        for run in runs(text, zones, &depths) {
            let sender = match run.zone {
                Zone::Signature => from,
                Zone::QuotedSignature => None,
                _ => continue,
            };
            let lines = text.get(run.start..run.end).unwrap_or_default();
            let block = self.memo.of_block(lines, &BlockHints { sender, text });
            for field in &block.fields {
                let line = field.places.first().map_or(0, |place| place.line) + run.start;
                each(
                    field.kind,
                    line,
                    &mut field.places.iter().filter_map(|place| lines.get(place.line)?.get(place.start..place.end)),
                );
            }
        }
    }
}

fn observe_local(
    message: &Message,
    zones: &[Zone],
    memo: &mut fields::Memo,
    names: &mut header::Memo,
) -> Vec<Observation> {
    let mut seen = Vec::new();
    let parties = Parties::read(message, names, &mut seen);
    let text: Vec<&str> = message.lines.iter().map(|line| line.text.as_str()).collect();
    let depths: Vec<usize> = message.lines.iter().map(depth).collect();
    let sender = parties.behind_list.as_ref().or(message.from.first());
    let mut scopes = Scopes::default();
    for run in runs(&text, zones, &depths) {
        let lines = text.get(run.start..run.end).unwrap_or_default();
        scopes.leave(run.depth, run.after_intro);
        let first = seen.len();
        match run.zone {
            Zone::Signature => {
                let block = memo.of_block(lines, &BlockHints { sender, text: &text });
                let of = signer(&block, sender, &parties);
                push_block(Channel::Signature, &block, of, &mut seen);
            }
            Zone::QuotedSignature => {
                let author = scopes.author();
                let party = author.map(|author| Party { name: author.name.clone(), address: author.address.clone() });
                let block = memo.of_block(lines, &BlockHints { sender: party.as_ref(), text: &text });
                let of = signer(&block, party.as_ref(), &parties);
                push_block(Channel::QuotedSignature, &block, of, &mut seen);
            }
            Zone::Footer => footer(lines, &parties, &mut seen),
            Zone::Intro => {
                let bare: Vec<&str> = lines.iter().map(|line| unquoted(line)).collect();
                let within = within::introduced(&bare, &message.subject);
                for intro in intro::read(&bare) {
                    let completed = |named: intro::Named| named.completed(|name| parties.named(name));
                    let author = intro.author.map(completed);
                    seen.extend(
                        author.iter().cloned().chain(intro.others.into_iter().map(completed)).filter_map(introduced),
                    );
                    scopes.enter(run.depth, author, within);
                }
            }
            Zone::Body | Zone::Closing | Zone::Quoted => {}
        }
        let within = scopes.within().unwrap_or_else(|| match run.zone {
            Zone::QuotedSignature => within::unintroduced(&message.subject),
            _ => Within::Mail,
        });
        seen.iter_mut().skip(first).for_each(|one| one.within = within);
    }
    seen
}

/// A message to more people than this is a circular.
const CIRCULAR: usize = 500;

/// Whom the header names, to be found by address or by name.
#[derive(Default)]
struct Parties<'m> {
    /// In the order of the header, with the name that the address bears.
    all: Vec<(&'m Address, Option<String>)>,
    // Made when somebody asks: most messages name nobody below their header, and some have a hundred thousand recipients.
    addresses: OnceCell<BTreeSet<&'m Address>>,
    /// The first address of each name; see [`intro::name_key`].
    names: OnceCell<BTreeMap<String, &'m Address>>,
    /// The writer of a message whose sender is a list: what is signed is signed by them, not by the list.
    behind_list: Option<Party>,
}

impl<'m> Parties<'m> {
    /// Reads the address fields of the header into observations and an index.
    fn read(message: &'m Message, names: &mut header::Memo, seen: &mut Vec<Observation>) -> Self {
        let mut all = Self::default();
        let from = message.from.first().and_then(|party| party.address.as_ref());
        let fields = [
            (Channel::Sender, &message.from),
            (Channel::Sender, &message.sender),
            (Channel::ReplyTo, &message.reply_to),
            (Channel::To, &message.to),
            (Channel::Cc, &message.cc),
            (Channel::Bcc, &message.bcc),
        ];
        // The names of a circular are rarely met again: remembering each costs more than reading it anew.
        let circular = fields.iter().map(|(_, list)| list.len()).sum::<usize>() > CIRCULAR;
        for (index, (channel, list)) in fields.into_iter().enumerate() {
            for (at, party) in list.iter().enumerate() {
                // The Sender field repeats From, or names the machine of a list.
                if index == 1 && (message.automation.list || party.address.as_ref() == from) {
                    continue;
                }
                let (name, address) = (party.name.as_deref(), party.address.as_ref());
                let shown = if circular { header::of_party(name, address) } else { names.of_party(name, address) };
                if index == 0 && at == 0 && shown.is_behind_list() {
                    let address = own_address(message, party).cloned();
                    all.behind_list = Some(Party { name: shown.name.clone(), address });
                }
                if let Some(address) = &party.address {
                    all.all.push((address, shown.name.clone().filter(|_| !shown.via_list)));
                }
                seen.extend(named_party(channel, party, shown, message));
            }
        }
        // Whom an invitation names is named in the message's content, whether the header does so too or not: which of
        // the two a plug-in reads is its own affair.
        for party in message.calendar.iter().filter(|party| party.address.is_some()) {
            let shown = names.of_party(party.name.as_deref(), party.address.as_ref());
            let named = named_party(Channel::Intro, party, shown, message);
            seen.extend(named.into_iter().map(|one| Observation { within: Within::Invitation, ..one }));
        }
        all
    }

    fn has(&self, address: &Address) -> bool {
        self.addresses.get_or_init(|| self.all.iter().map(|(address, _)| *address).collect()).contains(address)
    }

    fn named(&self, name: &str) -> Option<&'m Address> {
        let names = self.names.get_or_init(|| {
            let mut names = BTreeMap::new();
            for (address, name) in &self.all {
                let key = name.as_deref().map(intro::name_key);
                if let Some(key) = key.filter(|key| !key.is_empty()) {
                    names.entry(key).or_insert(*address);
                }
            }
            names
        });
        names.get(&intro::name_key(name)).copied()
    }
}

/// A list put its own address behind the writer's name. The writer's own often stands in Reply-To.
fn own_address<'a>(message: &'a Message, party: &Party) -> Option<&'a Address> {
    let mut answers = message.reply_to.iter().filter_map(|party| party.address.as_ref());
    answers.find(|address| Some(*address) != party.address.as_ref() && !is_role_address(address))
}

fn named_party(channel: Channel, party: &Party, shown: Shown, message: &Message) -> Vec<Observation> {
    let behind_list = shown.is_behind_list();
    let name = shown.name;
    let organisations = shown.organisation.into_iter().collect();
    if behind_list && channel == Channel::Sender {
        let own = own_address(message, party);
        let card =
            Card { names: name.into_iter().collect(), emails: own.cloned().into_iter().collect(), ..Card::default() };
        let list = Card { emails: party.address.clone().into_iter().collect(), ..Card::default() };
        return vec![
            Observation { channel, card, of: own.cloned(), within: Within::Mail },
            Observation { channel, card: list, of: party.address.clone(), within: Within::Mail },
        ];
    }
    let card = Card {
        // Behind a list's address, a writer's name is somebody else's.
        names: name.filter(|_| !behind_list).into_iter().collect(),
        emails: party.address.clone().into_iter().collect(),
        organisations,
        ..Card::default()
    };
    if card == Card::default() {
        Vec::new()
    } else {
        vec![Observation { channel, card, of: party.address.clone(), within: Within::Mail }]
    }
}

/// Somebody whom an intro names, with whatever is more than a first name.
fn introduced(named: intro::Named) -> Option<Observation> {
    let name = named.name.filter(|name| named.address.is_some() || name.split_whitespace().count() > 1);
    let card = Card {
        names: name.into_iter().collect(),
        emails: named.address.clone().into_iter().collect(),
        ..Card::default()
    };
    (card != Card::default()).then_some(Observation {
        channel: Channel::Intro,
        card,
        of: named.address,
        within: Within::Mail,
    })
}

/// Whose a block is: the expected person's, unless it bears another name.
fn signer(block: &Block, expected: Option<&Party>, parties: &Parties) -> Option<Address> {
    let name = block.card.names.first();
    let own = expected.and_then(|party| party.address.as_ref());
    let foreign = match (block.is_sender, expected) {
        (Some(false), Some(party)) => {
            let shown = header::of_party(party.name.as_deref(), party.address.as_ref());
            let full = shown.personal && shown.name.as_deref().is_some_and(|name| name.split_whitespace().count() > 1);
            let spelt = party.address.as_ref().is_some_and(|address| {
                let parts: Vec<&str> = address.local().split(['.', '_']).collect();
                matches!(parts.as_slice(), [a, b] if a.len() > 1 && b.len() > 2 && parts.concat().chars().all(char::is_alphabetic))
            });
            // "Tischlerei Wimmer" <werkstatt@tischlerei-wimmer.example> is signed by somebody called Wimmer.
            let named_so = !shown.personal
                && name.is_some_and(|name| {
                    fields::bears_surname(name, party.name.as_deref().unwrap_or_default(), party.address.as_ref())
                });
            !named_so && (full || spelt || party.address.as_ref().is_some_and(is_role_address))
        }
        (None, _) => false,
        (_, None) => true,
        (Some(true), Some(_)) => false,
    };
    if !foreign && own.is_some() {
        return own.cloned();
    }
    name.and_then(|name| parties.named(name)).cloned()
}

fn push_block(channel: Channel, block: &Block, of: Option<Address>, seen: &mut Vec<Observation>) {
    let Block { card, aides, officers, .. } = block;
    let mut card = card.clone();
    let organisation = card.organisations.first().filter(|name| fields::has_legal_form(name)).cloned();
    // A shared address in a person's block is the organisation's, not the person's.
    if !card.names.is_empty() {
        card.emails.retain(|email| Some(email) == of.as_ref() || !is_role_address(email));
    }
    // A number of nobody is nobody's contact.
    if card != Card::default() && (of.is_some() || !card.names.is_empty() || !card.emails.is_empty()) {
        seen.push(Observation { channel, card, of, within: Within::Mail });
    }
    for aide in aides {
        seen.push(Observation { channel, card: aide.clone(), of: None, within: Within::Mail });
    }
    for officer in officers {
        seen.push(by_footer(officer.clone().card(organisation.as_deref()), None));
    }
}

/// The officers of a legal footer with the organisation that the footer itself names, and people's addresses in it.
fn footer(lines: &[&str], parties: &Parties, seen: &mut Vec<Observation>) {
    for address in lines.iter().filter(|line| line.contains('@')).flat_map(|line| fields::addresses(line)) {
        // "datenschutz@" and its like are nobody's; the address of a list is, where the message went to it.
        if parties.has(&address) || !is_role_address(&address) {
            let card = Card { emails: vec![address.clone()], ..Card::default() };
            seen.push(by_footer(card, Some(address)));
        }
    }
    if !lines.iter().any(|line| line.contains(':')) {
        return;
    }
    let mut joined: Vec<String> = Vec::new();
    for line in lines {
        let line = fields::clipped(unquoted(line).trim());
        match joined.last_mut() {
            // A list of names that goes on in the next line.
            Some(last) if last.len() < 2_000 && last.ends_with([',', ':']) => {
                last.push(' ');
                last.push_str(line);
            }
            _ => joined.push(line.to_owned()),
        }
    }
    let mut organisation = None;
    for line in &joined {
        organisation = organisation.or_else(|| fields::organisation_in(line));
    }
    for officer in joined.iter().flat_map(|line| fields::officers(line)) {
        seen.push(by_footer(officer.card(organisation.as_deref()), None));
    }
}

fn by_footer(card: Card, of: Option<Address>) -> Observation {
    Observation { channel: Channel::Footer, card, of, within: Within::Mail }
}

/// How many levels of quoting a line stands in.
fn depth(line: &Line) -> usize {
    marks(&line.text) + usize::from(line.hints.quote)
}

/// How many quoting marks a line bears.
fn marks(text: &str) -> usize {
    let mut marks = 0;
    for byte in text.bytes() {
        match byte {
            b'>' => marks += 1,
            b' ' | b'\t' => {}
            _ => break,
        }
    }
    marks
}

fn unquoted(line: &str) -> &str {
    line.trim_start_matches(['>', ' ', '\t'])
}

/// Lines of one zone that belong together.
struct Run {
    zone: Zone,
    start: usize,
    end: usize,
    depth: usize,
    /// The run follows an intro at once, so that it is what the intro introduces.
    after_intro: bool,
}

/// Cuts a text into runs. A signature goes on over blank lines and over a footer's few lines in its middle.
fn runs(text: &[&str], zones: &[Zone], depths: &[usize]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut after_intro = false;
    for (index, line) in text.iter().enumerate() {
        let zone = zones.get(index).copied().unwrap_or(Zone::Body);
        if unquoted(line).trim().is_empty() {
            continue;
        }
        let depth = depths.get(index).copied().unwrap_or(0);
        let bound = matches!(zone, Zone::Signature | Zone::QuotedSignature);
        let last = runs.len().checked_sub(1);
        let over_footer = last
            .and_then(|last| last.checked_sub(1))
            .filter(|_| bound && runs.last().is_some_and(|last| last.zone == Zone::Footer));
        let continues = |at: &usize| {
            runs.get(*at).is_some_and(|run| {
                run.zone == zone && run.depth == depth && (index - run.end <= 4 || Some(*at) == last)
            })
        };
        match last.filter(continues).or_else(|| over_footer.filter(continues)).and_then(|at| runs.get_mut(at)) {
            Some(run) => run.end = index + 1,
            None => runs.push(Run { zone, start: index, end: index + 1, depth, after_intro }),
        }
        after_intro = zone == Zone::Intro;
    }
    runs
}

/// Whose text stands where: an intro's author speaks until its quoting ends.
#[derive(Default)]
struct Scopes {
    open: Vec<Scope>,
}

struct Scope {
    /// The depth at which the intro stands.
    depth: usize,
    /// The quoted text is marked; otherwise it lies at the intro's own depth, down to the next intro.
    marked: Option<bool>,
    author: Option<intro::Named>,
    /// What the outermost of the open introductions introduces.
    within: Within,
}

impl Scopes {
    fn enter(&mut self, depth: usize, author: Option<intro::Named>, within: Within) {
        self.open.retain(|scope| scope.depth < depth || (scope.depth == depth && scope.marked == Some(false)));
        if self.open.len() > 100 {
            self.open.remove(0);
        }
        let within = self.within().unwrap_or(within);
        self.open.push(Scope { depth, marked: None, author, within });
    }

    /// Closes what ended before a run at this depth.
    fn leave(&mut self, depth: usize, after_intro: bool) {
        if after_intro
            && let Some(last) = self.open.last_mut()
            && last.marked.is_none()
        {
            last.marked = Some(depth > last.depth);
        }
        self.open.retain(|scope| match scope.marked {
            Some(true) => depth > scope.depth,
            _ => depth >= scope.depth,
        });
    }

    fn within(&self) -> Option<Within> {
        self.open.first().map(|scope| scope.within)
    }

    fn author(&self) -> Option<&intro::Named> {
        self.open.last().and_then(|scope| scope.author.as_ref())
    }
}

/// A field and its text as it stands in the message; parts in several lines joined by line breaks.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldSpan {
    pub kind: FieldKind,
    pub text: String,
    /// Index of the first line.
    pub line: usize,
}

/// The contact fields of a text: of its signatures, or of all of it where it is one signature block.
pub fn fields_of_text(text: &str, from: Option<&Party>, whole_is_block: bool) -> Vec<FieldSpan> {
    let all: Vec<&str> = text.lines().collect();
    if whole_is_block {
        let block = fields::of_block(&all, &BlockHints { sender: from, text: &[] });
        return spans(&all, &block.fields);
    }
    let lines: Vec<Line> = all.iter().map(|line| Line::plain(line)).collect();
    fields_of_zones(&lines, &zones(&lines, from), from)
}

/// [`fields_of_text`] with the zones of the lines, where they are known already.
pub fn fields_of_zones(lines: &[Line], zones: &[Zone], from: Option<&Party>) -> Vec<FieldSpan> {
    let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let mut found = Vec::new();
    Observer::default().fields(&text, zones, from, |kind, line, parts| {
        found.push(FieldSpan { kind, text: parts.collect::<Vec<_>>().join("\n"), line });
    });
    found
}

fn spans(lines: &[&str], fields: &[Field]) -> Vec<FieldSpan> {
    let mut spans = Vec::with_capacity(fields.len());
    for field in fields {
        let parts = field.places.iter().filter_map(|place| lines.get(place.line)?.get(place.start..place.end));
        let text = parts.collect::<Vec<_>>().join("\n");
        let line = field.places.first().map_or(0, |place| place.line);
        spans.push(FieldSpan { kind: field.kind, text, line });
    }
    spans
}

#[cfg(test)]
mod tests;
