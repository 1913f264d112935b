//! Decides how one person looks to a plug-in: every place as the facts that a profile asks for, worked out once,
//! so that a profile, a bound or a switched assumption costs no more than a walk over the places.

use std::collections::BTreeSet;

use super::whatif::{Atom, Domains, Kinds, Reach, Someone};
use super::{Class, Facts, Fate, Judged, Record};
use crate::address::Address;
use crate::classify::{Escape, Sensitive, Sphere};
use crate::message::FolderKind;
use crate::observe::Channel;
use crate::people::{Few, Owner, Person, Place, Relation, Sighting, Value, domains};
use crate::profile::{Field, Fields, List, Ruling, Setting, Spot, Subject, Window, freemail};

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
    installed_on: Option<i32>,
    removed_on: Option<i32>,
}

struct Seen<'a> {
    spot: Spot,
    fields: Fields,
    count: u64,
    days: &'a Few<i32>,
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
            installed_on: facts.installed_on,
            removed_on: facts.removed_on,
        }
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
        let atom = |seen: &Seen<'a>| Atom {
            spot: seen.spot,
            email: seen.fields.contains(Field::Email),
            reach: self.reach(seen),
            folder: seen.folder,
            domains: seen.domains.clone(),
            kinds: seen.kinds,
            customer: seen.domains.iter().any(|domain| known.customer(domain)),
        };
        Someone { class: self.class, relation: self.relation, atoms: self.spots.iter().map(atom).collect() }
    }

    /// How far a first reading has to look back to meet what was seen here.
    fn reach(&self, seen: &Seen<'_>) -> Reach {
        let latest = between(seen.days, None, self.removed_on.unwrap_or(i32::MAX)).last();
        match (latest, self.installed_on) {
            _ if seen.days.is_empty() => Reach::Any,
            (None, _) => Reach::Never,
            (Some(_), None) => Reach::Any,
            (Some(latest), Some(installed)) => {
                u32::try_from(installed.saturating_sub(*latest)).map_or(Reach::Any, Reach::Days)
            }
        }
    }

    fn record(&self, setting: &Setting) -> Option<Record> {
        let mut record = Record {
            fields: Fields::default(),
            messages: 0,
            first: None,
            last: None,
            nameless_address: true,
            unlisted_provider: false,
        };
        for seen in &self.spots {
            let fields = self.taken(setting, seen);
            if fields.is_empty() {
                continue;
            }
            record.fields = record.fields.union(fields);
            record.messages = record.messages.saturating_add(seen.count);
            let (start, end) = self.window(setting);
            let days = between(seen.days, start, end);
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
            Ruling::Take(fields) => fields.intersection(seen.fields),
            _ => Fields::default(),
        }
    }

    /// Whether the plug-in reads a day on which this was seen. What bears no date cannot be called too old.
    fn within(&self, setting: &Setting, seen: &Seen<'_>) -> bool {
        let (start, end) = self.window(setting);
        seen.days.is_empty() || !between(seen.days, start, end).is_empty()
    }

    /// The first and the last day that are read.
    fn window(&self, setting: &Setting) -> (Option<i32>, i32) {
        let back = match setting.window {
            Window::Days(days) => i32::try_from(days).ok(),
            Window::Unlimited => None,
        };
        let start = self.installed_on.zip(back).map(|(day, back)| day.saturating_sub(back));
        (start, self.removed_on.unwrap_or(i32::MAX))
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
    let spot = Spot {
        channel: place.channel,
        folder,
        outbound: sent_by_owner || (place.via.is_none() && folder == Some(FolderKind::Sent)),
        automated: place.automated,
        private_subject: place.private_subject,
        freemail: lists.and_then(|lists| lists.into_iter().max()),
        own_domain: addresses.iter().any(|address| at_home(address, owner)),
        named: shown.iter().any(|value| matches!(value, Value::Name(_))),
    };
    let mut fields: Fields = shown.into_iter().map(field).collect();
    // A signature is sent with the address of the mail that bears it, whether the signature repeats it or not.
    if place.channel == Channel::Signature && !addresses.is_empty() {
        fields.insert(Field::Email);
    }
    let mut homes: Vec<&'a str> = addresses.iter().map(|address| address.registrable()).collect();
    homes.sort_unstable();
    homes.dedup();
    Seen {
        spot,
        fields,
        count: sighting.count,
        days: &sighting.days,
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
