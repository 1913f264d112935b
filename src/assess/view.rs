//! Decides how one person looks to a plug-in: every place as the facts that a profile asks for, worked out once,
//! so that a profile, a bound or a switched assumption costs no more than a walk over the places.

use std::collections::BTreeSet;

use super::growth::Term;
use super::whatif::{Atom, Domains, Kinds, Reach, Shown, Someone};
use super::{Class, Facts, Fate, Judged, Origin, Record};
use crate::address::Address;
use crate::classify::{Escape, Sensitive, Sphere};
use crate::message::FolderKind;
use crate::observe::Channel;
use crate::people::{Few, FewMap, Owner, Person, Place, Relation, Sighting, Value, domains};
use crate::profile::{Field, Fields, List, Ruling, Setting, Spot, Subject, Trigger, Window, freemail};

/// One person as a plug-in meets them.
pub(super) struct View<'a> {
    pub class: Class,
    pub sphere: Sphere,
    pub relation: Relation,
    pub sensitive: &'a BTreeSet<Sensitive>,
    pub escapes: &'a BTreeSet<Escape>,
    /// The newest day of any place; `None` if nothing is dated.
    pub last: Option<i32>,
    subject: Subject,
    spots: Vec<Seen<'a>>,
    term: Term,
}

/// Where a record comes from: what a controller would have to keep to name its origin.
pub(super) struct Ledger {
    pub channels: BTreeSet<Channel>,
    /// The nearest of those who brought it.
    pub origin: Option<Origin>,
    /// Each part has a sender and a day.
    pub traceable: bool,
}

struct Seen<'a> {
    spot: Spot,
    origin: Origin,
    /// It is known who sent the messages.
    signed: bool,
    fields: Fields,
    count: u64,
    days: &'a Few<i32>,
    values: &'a FewMap<Value, Option<i32>>,
    /// The address that is sent along although it does not stand here.
    along: Option<&'a Address>,
    bare: bool,
    /// The folder's alias.
    folder: Option<&'a str>,
    /// Registrable domains of the addresses that the record would bear, and what kind of mailboxes they give.
    domains: Vec<&'a str>,
    kinds: Kinds,
}

impl<'a> View<'a> {
    pub fn new(judged: &'a Judged, owner: &Owner, facts: &Facts) -> Self {
        let Judged { person, verdict, class } = judged;
        let seen = |(place, sighting)| seen(person, owner, facts, place, sighting);
        let written_to = matches!(person.relation, Relation::Direct | Relation::Outbound | Relation::Own);
        let days = person.places.values().filter_map(|sighting| sighting.days.last());
        Self {
            class: *class,
            sphere: verdict.sphere,
            relation: person.relation,
            sensitive: &verdict.sensitive,
            escapes: &verdict.escapes,
            last: days.max().copied(),
            subject: Subject { role: *class == Class::Role, written_to },
            spots: person.places.iter().map(seen).collect(),
            term: Term { installed: facts.installed_on, removed: facts.removed_on },
        }
    }

    /// Where the record would come from.
    pub fn ledger(&self, setting: &Setting) -> Ledger {
        let mut ledger = Ledger { channels: BTreeSet::new(), origin: None, traceable: true };
        for seen in self.spots.iter().filter(|seen| !self.taken(setting, seen).is_empty()) {
            ledger.channels.insert(seen.spot.channel);
            ledger.origin = [ledger.origin, Some(seen.origin)].into_iter().flatten().min();
            ledger.traceable &= seen.signed && !seen.days.is_empty();
        }
        ledger
    }

    /// What comes to the plug-in of this person, and when.
    pub fn arrivals(&self, setting: &Setting, term: Term) -> Arrivals<'_> {
        let mut values: Vec<(Key<'_>, Option<i32>)> = Vec::new();
        let mut days: Vec<i32> = Vec::new();
        for seen in &self.spots {
            let read = seen.read(setting, term);
            let in_window = seen.days.is_empty() || !read.is_empty();
            let Ruling::Take(fields) = setting.ruling(&seen.spot, &self.subject, in_window) else { continue };
            if fields.intersection(seen.fields).is_empty() {
                continue;
            }
            days.extend(read);
            // A value that was shown before the window began is taken to be shown on the first day that is read.
            let since = |first: Option<i32>| match first {
                Some(first) => read.get(read.partition_point(|&day| day < first)).copied().map(Some),
                None => Some(None),
            };
            let taken = seen.values.iter().filter(|(value, _)| fields.contains(field(value)));
            values.extend(taken.filter_map(|(value, &first)| Some((Key::of(value), since(first)?))));
            if fields.contains(Field::Email) {
                values.extend(seen.along.map(|address| (Key::Email(address), read.first().copied())));
            }
        }
        // By value, the undated first: what is in the first upload is not new later.
        values.sort_unstable();
        values.dedup_by(|later, first| later.0 == first.0);
        Arrivals { values, days }
    }

    /// Whether the plug-in sends a record of this person.
    pub fn sends(&self, setting: &Setting) -> bool {
        let mut fields = Fields::default();
        self.spots.iter().any(|seen| {
            fields = fields.union(self.taken(setting, seen));
            fields.names_somebody()
        })
    }

    /// What becomes of this person; `bare` is the setting without its filter.
    pub fn fate(&self, setting: &Setting, bare: &Setting) -> Fate {
        if let Some(record) = self.record(setting) {
            return Fate::Sent(record);
        }
        let rulings =
            || self.spots.iter().map(|seen| setting.ruling(&seen.spot, &self.subject, self.within(setting, seen)));
        if self.sends(bare) {
            let held = rulings().filter_map(|ruling| match ruling {
                Ruling::HeldBack(exclusion) => Some(exclusion),
                _ => None,
            });
            if let Some(first) = held.min() {
                return Fate::HeldBack(first);
            }
        }
        if rulings().any(|ruling| ruling == Ruling::TooOld) { Fate::TooOld } else { Fate::NotRead }
    }

    /// The person as rules see them: every place in the order of [`Person::places`].
    pub fn someone(&self, known: &'a Domains) -> Someone<'a> {
        let end = self.term.removed.unwrap_or(i32::MAX);
        let atom = |seen: &Seen<'a>| {
            let always = self.shown_to_rules(end, seen);
            let first = self.term.installed.map(|day| self.shown_to_rules(day.min(end), seen));
            Atom {
                spot: seen.spot,
                always,
                first: first.filter(|first| *first != always),
                folder: seen.folder,
                domains: seen.domains.clone(),
                kinds: seen.kinds,
                customer: seen.domains.iter().any(|domain| known.customer(domain)),
            }
        };
        Someone { class: self.class, relation: self.relation, atoms: self.spots.iter().map(atom).collect() }
    }

    /// What a place has shown by a day, and how far a first reading has to look back to meet it.
    fn shown_to_rules(&self, end: i32, seen: &Seen<'_>) -> Shown {
        let fields = self.shown_by(end, seen);
        let latest = between(seen.days, None, end).last();
        let reach = match (latest, self.term.installed) {
            _ if seen.days.is_empty() => Reach::Any,
            (None, _) => Reach::Never,
            (Some(_), None) => Reach::Any,
            (Some(latest), Some(installed)) => {
                u32::try_from(installed.saturating_sub(*latest)).map_or(Reach::Any, Reach::Days)
            }
        };
        Shown { name: fields.contains(Field::Name), email: fields.contains(Field::Email), reach }
    }

    fn record(&self, setting: &Setting) -> Option<Record> {
        let mut record = Record {
            fields: Fields::default(),
            messages: 0,
            first: None,
            last: None,
            nameless_address: true,
            unlisted_provider: false,
            transmissions: 0,
        };
        for seen in &self.spots {
            let fields = self.taken(setting, seen);
            if fields.is_empty() {
                continue;
            }
            record.fields = record.fields.union(fields);
            record.messages = record.messages.saturating_add(seen.count);
            let days = seen.read(setting, self.term);
            let (first, last) = (days.first().copied(), days.last().copied());
            record.first = [record.first, first].into_iter().flatten().min();
            record.last = record.last.max(last);
            record.nameless_address &= seen.bare;
            record.unlisted_provider |= seen.spot.freemail.is_some_and(|list| list > setting.freemail);
        }
        record.fields.names_somebody().then_some(record)
    }

    fn taken(&self, setting: &Setting, seen: &Seen<'_>) -> Fields {
        match setting.ruling(&seen.spot, &self.subject, self.within(setting, seen)) {
            Ruling::Take(fields) => fields.intersection(self.shown_by(window(setting, self.term).1, seen)),
            _ => Fields::default(),
        }
    }

    /// What the place has shown by the last day that is read.
    fn shown_by(&self, end: i32, seen: &Seen<'_>) -> Fields {
        if end >= self.term.removed.unwrap_or(i32::MAX) {
            return seen.fields;
        }
        let shown =
            seen.values.iter().filter(|(_, day)| day.is_none_or(|day| day <= end)).map(|(value, _)| field(value));
        shown.chain(seen.along.map(|_| Field::Email)).collect()
    }

    /// Whether the plug-in reads a day on which this was seen. What bears no date cannot be called too old.
    fn within(&self, setting: &Setting, seen: &Seen<'_>) -> bool {
        seen.days.is_empty() || !seen.read(setting, self.term).is_empty()
    }
}

impl Seen<'_> {
    /// The days that are read of those on which this was seen.
    fn read(&self, setting: &Setting, term: Term) -> &[i32] {
        let (start, end) = window(setting, term);
        between(self.days, start.filter(|_| !setting.reads_as_book(&self.spot)), end)
    }
}

/// The first and the last day that are read.
fn window(setting: &Setting, term: Term) -> (Option<i32>, i32) {
    let back = match setting.window {
        Window::Days(days) => i32::try_from(days).ok(),
        Window::Unlimited => None,
    };
    let start = term.installed.zip(back).map(|(day, back)| day.saturating_sub(back));
    let end = term.removed.unwrap_or(i32::MAX);
    // One upload and no more: it sees what is there on its day.
    let once = term.installed.filter(|_| setting.schedule.trigger == Trigger::Once);
    (start, once.map_or(end, |day| day.min(end)))
}

/// What comes to a plug-in of one person: each value once, with the first day it comes (`None`: undated).
pub(super) struct Arrivals<'a> {
    values: Vec<(Key<'a>, Option<i32>)>,
    days: Vec<i32>,
}

impl Arrivals<'_> {
    /// The first day on which a record would say of whom it is; `None`: it never does.
    pub fn names_somebody(&self) -> Option<Option<i32>> {
        self.values.iter().filter(|(key, _)| key.names_somebody()).map(|(_, day)| *day).min()
    }

    /// The days on which something new comes.
    pub fn values(&self) -> impl Iterator<Item = Option<i32>> {
        self.values.iter().map(|(_, day)| *day)
    }

    /// The days on which anything comes, new or not.
    pub fn days(&self) -> impl Iterator<Item = Option<i32>> {
        self.days.iter().copied().map(Some)
    }
}

/// A value, by which two are the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Email(&'a Address),
    Name(&'a Value),
    Other(&'a Value),
}

impl<'a> Key<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Email(address) => Self::Email(address),
            Value::Name(_) => Self::Name(value),
            other => Self::Other(other),
        }
    }

    fn names_somebody(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

fn seen<'a>(person: &'a Person, owner: &Owner, facts: &Facts, place: &'a Place, sighting: &'a Sighting) -> Seen<'a> {
    let end = facts.removed_on.unwrap_or(i32::MAX);
    let shown: Vec<&'a Value> =
        sighting.values.iter().filter(|(_, day)| day.is_none_or(|day| day <= end)).map(|(v, _)| v).collect();
    let addresses = bears(person, place, &shown);
    let lists: Option<Vec<List>> = addresses.iter().map(|address| listed(address)).collect();
    let sent_by_owner = place
        .via
        .as_ref()
        .is_some_and(|via| owner.addresses.contains(via) || owner.addresses.contains(&via.canonical()));
    let folder = place.folder.as_ref().map(|folder| folder.kind);
    let outbound = sent_by_owner || (place.via.is_none() && folder == Some(FolderKind::Sent));
    let spot = Spot {
        channel: place.channel,
        within: place.within,
        folder,
        outbound,
        automated: place.automated,
        private_subject: place.private_subject,
        freemail: lists.and_then(|lists| lists.into_iter().max()),
        own_domain: addresses.iter().any(|address| at_home(address, owner)),
        named: shown.iter().any(|value| matches!(value, Value::Name(_))),
        may_stand_for_book: outbound
            && facts.address_book.is_none()
            && matches!(place.channel, Channel::To | Channel::Cc | Channel::Bcc),
    };
    let mut fields: Fields = shown.into_iter().map(field).collect();
    // A signature is sent with the address of the mail that bears it, whether the signature repeats it or not.
    let along = addresses.first().copied().filter(|_| place.channel == Channel::Signature);
    if along.is_some() {
        fields.insert(Field::Email);
    }
    let Sighting { count, days, values } = sighting;
    let origin = match place.channel {
        Channel::AddressBook => Origin::AddressBook,
        _ if place.via.as_ref().is_some_and(|via| person.emails.contains(via)) => Origin::Themselves,
        Channel::Sender => Origin::Themselves,
        _ if outbound => Origin::Owner,
        _ => Origin::Others,
    };
    let mut homes: Vec<&'a str> = addresses.iter().map(|address| address.registrable()).collect();
    homes.sort_unstable();
    homes.dedup();
    Seen {
        spot,
        origin,
        signed: place.via.is_some(),
        fields,
        count: *count,
        days,
        values,
        along,
        bare: addresses.is_empty(),
        folder: place.folder.as_ref().map(|folder| folder.alias.as_str()),
        domains: homes,
        kinds: addresses.iter().map(|address| domains::kind(address.domain())).collect(),
    }
}

/// The addresses that a record from this place would bear: those that stand there; for a signature without one,
/// the address it was sent from; and where a text names somebody only, all that is known of them.
fn bears<'a>(person: &'a Person, place: &'a Place, shown: &[&'a Value]) -> Vec<&'a Address> {
    let here: Vec<&Address> = shown
        .iter()
        .filter_map(|value| match value {
            Value::Email(address) => Some(address),
            _ => None,
        })
        .collect();
    if !here.is_empty() {
        return here;
    }
    match &place.via {
        Some(via) if place.channel == Channel::Signature && person.emails.contains(via) => vec![via],
        _ => person.emails.iter().collect(),
    }
}

fn listed(address: &Address) -> Option<List> {
    freemail::smallest(address.domain()).or_else(|| freemail::smallest(address.registrable()))
}

fn at_home(address: &Address, owner: &Owner) -> bool {
    owner.domains.contains(address.domain()) || owner.domains.contains(address.registrable())
}

/// Which field a value is of.
pub(crate) fn field(value: &Value) -> Field {
    match value {
        Value::Name(_) => Field::Name,
        Value::Email(_) => Field::Email,
        Value::Title(_) => Field::Title,
        Value::Organisation(_) => Field::Organisation,
        Value::Department(_) => Field::Department,
        Value::Postal(_) => Field::Address,
        Value::Url(_) => Field::Url,
        Value::Phone(phone) => Field::from(phone.kind),
    }
}

/// The days from `start` to `end`, both included.
fn between(days: &[i32], start: Option<i32>, end: i32) -> &[i32] {
    let from = start.map_or(0, |start| days.partition_point(|day| *day < start));
    let to = days.partition_point(|day| *day <= end);
    days.get(from..to).unwrap_or_default()
}
