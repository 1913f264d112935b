//! Decides what of a message is remembered of whom, and under which identity. Two sums add up to one.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::address::Address;
use crate::message::{FolderKind, Message, Party};
use crate::observe::{Card, Channel, Country, Observation, Phone, Within, Zone};

use super::names::NameKey;
use super::{CROWD, Letter, Named, People, Place, Seen, UNDATED, Value, Who, domains, names, tone};

/// Longer values are cut: nobody's name or title is that long.
const LONGEST: usize = 300;

impl People {
    /// Adds what one message shows. `zones` are those of `message.lines`, `seen` what the message shows of whom.
    pub fn add(&mut self, message: &Message, zones: &[Zone], seen: &[Observation]) {
        let via = message.from.iter().find_map(|party| party.address.clone());
        let day = message.date.map(|date| date.day());
        let subject = message.subject.to_lowercase();
        let private_subject = PRIVATE_SUBJECT.iter().any(|word| subject.contains(word));
        let place = |channel, within| Place {
            channel,
            within,
            folder: Some(message.at.folder.clone()),
            via: via.clone(),
            automated: message.automation.any(),
            private_subject,
        };
        let mut places = [[None; 4]; 10];
        let mut parties = None;
        for one in seen {
            let nameless = one.of.is_none() && one.card.emails.is_empty();
            if nameless && parties.is_none() {
                parties = Some(self.parties(message));
            }
            let Some(who) = self.identify(one, via.as_ref(), parties.as_deref().unwrap_or_default()) else { continue };
            let slot = places.get_mut(one.channel as usize).and_then(|row| row.get_mut(one.within as usize));
            let known = slot.as_deref().copied().flatten();
            let number = known.unwrap_or_else(|| self.places.put(place(one.channel, one.within)));
            if let Some(slot) = slot {
                *slot = Some(number);
            }
            self.sight(who, number, day, &one.card);
            self.tie(one, who, message);
        }
        if let Some(via) = &via {
            self.letter(message, via, tone::of(message, zones));
        }
    }

    /// Adds an entry of the owner's address book.
    pub fn add_contact(&mut self, card: &Card, categories: &[String]) {
        let place = Place {
            channel: Channel::AddressBook,
            within: Within::Mail,
            folder: None,
            via: None,
            automated: false,
            private_subject: false,
        };
        let number = self.places.put(place);
        let whos: Vec<u32> = if card.emails.is_empty() {
            let name = card.names.iter().find_map(|name| names::key(name));
            let organisation = card.organisations.first().map_or_else(String::new, |text| fold_organisation(text));
            let Some(name) = name else { return };
            let named = Named { words: name.words, organisation, domain: String::new(), footer: false };
            vec![self.whos.put(Who::Named(Arc::new(named)))]
        } else {
            card.emails.iter().map(|email| self.whos.put(Who::Address(email.canonical()))).collect()
        };
        for (at, who) in whos.iter().enumerate() {
            // The first address bears the entry; the others bear themselves and the name.
            let mut own = card.clone();
            own.emails = card.emails.get(at).cloned().into_iter().collect();
            if at > 0 {
                own = Card { names: card.names.clone(), emails: own.emails, ..Card::default() };
            }
            self.sight(*who, number, None, &own);
            if !categories.is_empty() {
                self.categories.entry(*who).or_default().extend(categories.iter().cloned());
            }
        }
        if let Some((first, rest)) = whos.split_first() {
            for other in rest.iter().filter(|other| *other != first) {
                self.bind(*first, *other, "address-book-entry");
            }
        }
    }

    /// Adds another sum; commutative and associative.
    pub fn merge(&mut self, mut other: Self) {
        // A sum has no order: the smaller part is what is moved and numbered anew.
        if self.seen.len() < other.seen.len() {
            std::mem::swap(self, &mut other);
        }
        let whos: Vec<u32> = other.whos.all.iter().map(|who| self.whos.put(who.clone())).collect();
        let places: Vec<u32> = other.places.all.iter().map(|place| self.places.put(place.clone())).collect();
        let values: Vec<u32> = other.values.all.iter().map(|value| self.values.put(value.clone())).collect();
        // Every number of `other` was given by its own pools, so it is in these tables.
        let who = |number: u32| whos.get(number as usize).copied().unwrap_or(u32::MAX);
        for ((one, place), seen) in other.seen {
            let place = places.get(place as usize).copied().unwrap_or(u32::MAX);
            let mine = self.seen.entry((who(one), place)).or_default();
            mine.count += seen.count;
            for day in seen.days {
                mine.day(day);
            }
            for (value, day, count) in seen.values {
                mine.value(values.get(value as usize).copied().unwrap_or(u32::MAX), day, count);
            }
        }
        for (hash, letter) in other.letters {
            let numbers = |all: &[u32]| all.iter().map(|one| who(*one)).collect::<BTreeSet<_>>().into_iter().collect();
            let moved = Letter {
                from: who(letter.from),
                to: numbers(&letter.to),
                delivered: numbers(&letter.delivered),
                ..letter
            };
            self.keep(hash, moved);
        }
        for ((a, b, rule), count) in other.ties {
            *self.ties.entry(pair(who(a), who(b), rule)).or_default() += count;
        }
        for (one, categories) in other.categories {
            self.categories.entry(who(one)).or_default().extend(categories);
        }
    }

    /// Gives every number without prefix a country: the one that is given, else that of most numbers, each counted once.
    pub fn settle_phones(&mut self, country: Option<Country>) {
        let phones = |values: &[Value]| -> Vec<(u32, Phone)> {
            let numbered = (0_u32..).zip(values);
            numbered
                .filter_map(
                    |(at, value)| if let Value::Phone(phone) = value { Some((at, phone.clone())) } else { None },
                )
                .collect()
        };
        let all = phones(&self.values.all);
        let country = country.or_else(|| {
            let numbers: BTreeSet<&str> = all.iter().map(|(_, phone)| phone.number.as_str()).collect();
            Country::of_most(numbers)
        });
        let local = all.iter().filter(|(_, phone)| phone.is_local());
        let moved: HashMap<u32, u32> =
            local.map(|(at, phone)| (*at, self.values.put(Value::Phone(phone.settled(country))))).collect();
        if moved.is_empty() {
            return;
        }
        for seen in
            self.seen.values_mut().filter(|seen| seen.values.iter().any(|(value, ..)| moved.contains_key(value)))
        {
            for (value, ..) in &mut seen.values {
                *value = moved.get(value).copied().unwrap_or(*value);
            }
            seen.values = summed(std::mem::take(&mut seen.values));
        }
    }

    /// Under which identity a sighting is kept; `None` if the card says neither address nor name.
    fn identify(&mut self, one: &Observation, via: Option<&Address>, parties: &[(NameKey, u32)]) -> Option<u32> {
        let Observation { channel, card, of, .. } = one;
        let first = card.emails.first();
        let address = match channel {
            Channel::Signature | Channel::QuotedSignature | Channel::Intro => of.as_ref().or(first),
            // An officer in the footer is not the sender, whatever ties the footer to the message.
            Channel::Footer => first,
            _ => first.or(of.as_ref()),
        };
        if let Some(address) = address {
            return Some(self.whos.put(Who::Address(address.canonical())));
        }
        let name = card.names.iter().find_map(|name| names::key(name))?;
        let mut same = parties.iter().filter(|(party, _)| party.is_full() && party.words == name.words);
        if let (Some((_, who)), None) = (same.next(), same.next()) {
            return Some(*who);
        }
        let organisation = card.organisations.first().map_or_else(String::new, |text| fold_organisation(text));
        let context = match channel {
            Channel::QuotedSignature | Channel::Intro => of.as_ref(),
            Channel::Footer => of.as_ref().or(via),
            _ => via,
        };
        let domain = context.and_then(domains::organisation_domain).unwrap_or_default().to_owned();
        let named = Named { words: name.words, organisation, domain, footer: *channel == Channel::Footer };
        Some(self.whos.put(Who::Named(Arc::new(named))))
    }

    /// The full names in the address fields, with who bears them.
    fn parties(&mut self, message: &Message) -> Vec<(NameKey, u32)> {
        let all = message.from.iter().chain(&message.to).chain(&message.cc).chain(&message.reply_to).take(CROWD);
        let named = all.filter_map(|party| {
            let address = party.address.as_ref()?;
            let key = party.name.as_deref().and_then(names::key).filter(NameKey::is_full);
            Some((key.or_else(|| names::from_local(address.local()))?, address))
        });
        let mut out: Vec<(NameKey, u32)> =
            named.map(|(key, address)| (key, self.whos.put(Who::Address(address.canonical())))).collect();
        out.sort_by_key(|(_, who)| *who);
        out.dedup_by_key(|(_, who)| *who);
        out
    }

    fn sight(&mut self, who: u32, place: u32, day: Option<i32>, card: &Card) {
        let text = |kind: fn(Arc<str>) -> Value, texts: &[String]| {
            texts.iter().map(|text| kind(cut(text))).collect::<Vec<_>>()
        };
        let mut values: Vec<Value> = text(Value::Name, &card.names);
        values.extend(card.emails.iter().cloned().map(Value::Email));
        values.extend(text(Value::Title, &card.titles));
        values.extend(text(Value::Organisation, &card.organisations));
        values.extend(text(Value::Department, &card.departments));
        values.extend(text(Value::Postal, &card.addresses));
        values.extend(text(Value::Url, &card.urls));
        values.extend(card.phones.iter().cloned().map(Value::Phone));
        let numbers: Vec<u32> = values.into_iter().map(|value| self.values.put(value)).collect();
        let seen = self.seen.entry((who, place)).or_default();
        seen.count += 1;
        if let Some(day) = day {
            seen.day(day);
        }
        for number in numbers {
            seen.value(number, day.unwrap_or(UNDATED), 1);
        }
    }

    /// Notes what ties this identity to another.
    fn tie(&mut self, one: &Observation, who: u32, message: &Message) {
        match one.channel {
            Channel::Signature | Channel::QuotedSignature => {
                for email in &one.card.emails {
                    let other = self.whos.put(Who::Address(email.canonical()));
                    if other != who {
                        self.bind(who, other, "signature-prints-address");
                    }
                }
            }
            Channel::ReplyTo => {
                let own = one.card.names.iter().find_map(|name| names::key(name));
                for party in &message.from {
                    let Party { name: Some(name), address: Some(address) } = party else { continue };
                    let same = names::key(name)
                        .filter(NameKey::is_full)
                        .is_some_and(|key| Some(&key.words) == own.as_ref().map(|own| &own.words));
                    let other = self.whos.put(Who::Address(address.canonical()));
                    if same && other != who {
                        self.bind(who, other, "reply-to-of-the-same-name");
                    }
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, a: u32, b: u32, rule: &'static str) {
        *self.ties.entry(pair(a, b, rule)).or_default() += 1;
    }

    fn letter(&mut self, message: &Message, via: &Address, signals: tone::Signals) {
        let mut hasher = DefaultHasher::new();
        via.hash(&mut hasher);
        match &message.id {
            Some(id) => id.hash(&mut hasher),
            None => (&message.date.map(|date| date.seconds), &message.subject).hash(&mut hasher),
        }
        let hash = hasher.finish();
        let mut numbers = |all: &mut dyn Iterator<Item = &Address>| -> Vec<u32> {
            all.map(|address| self.whos.put(Who::Address(address.canonical())))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        let parties = message.to.len() + message.cc.len() + message.bcc.len();
        let crowd = parties > CROWD;
        let addresses =
            message.to.iter().chain(&message.cc).chain(&message.bcc).filter_map(|party| party.address.as_ref());
        let letter = Letter {
            from: numbers(&mut std::iter::once(via)).first().copied().unwrap_or(u32::MAX),
            to: if crowd { Vec::new() } else { numbers(&mut addresses.into_iter()) },
            crowd,
            sent: message.at.folder.kind == FolderKind::Sent,
            list: message.automation.list,
            delivered: numbers(&mut message.delivered_to.iter().take(8)),
            day: message.date.map_or(UNDATED, |date| date.day()),
            thread: thread(&message.subject),
            signals,
        };
        self.keep(hash, letter);
    }

    /// Keeps a letter; of two copies whatever either of them shows.
    fn keep(&mut self, hash: u64, letter: Letter) {
        use std::collections::hash_map::Entry;
        match self.letters.entry(hash) {
            Entry::Vacant(slot) => {
                slot.insert(letter);
            }
            Entry::Occupied(mut slot) => {
                let have = slot.get_mut();
                let union = |a: &mut Vec<u32>, b: Vec<u32>| {
                    a.extend(b);
                    a.sort_unstable();
                    a.dedup();
                };
                union(&mut have.to, letter.to);
                union(&mut have.delivered, letter.delivered);
                have.crowd |= letter.crowd || have.to.len() > CROWD;
                if have.crowd {
                    have.to.clear();
                }
                have.sent |= letter.sent;
                have.list |= letter.list;
                have.day = have.day.min(letter.day);
                have.thread = have.thread.min(letter.thread);
                have.signals.join(letter.signals);
            }
        }
    }
}

impl Seen {
    fn day(&mut self, day: i32) {
        if self.days.last() == Some(&day) {
            return;
        }
        // Sorted when full rather than at each step, so that a thousand days in any order cost no thousand moves.
        if self.days.len() == self.days.capacity() && self.days.len() > 16 {
            self.days.sort_unstable();
            self.days.dedup();
            self.days.reserve(self.days.len());
        }
        self.days.push(day);
    }

    fn value(&mut self, value: u32, day: i32, count: u32) {
        // Most places show one or two values, over and over.
        if let Some(have) = self.values.iter_mut().take(8).find(|have| have.0 == value) {
            have.1 = have.1.min(day);
            have.2 = have.2.saturating_add(count);
            return;
        }
        if self.values.len() == self.values.capacity() && self.values.len() > 16 {
            self.values = summed(std::mem::take(&mut self.values));
            self.values.reserve(self.values.len());
        }
        self.values.push((value, day, count));
    }

    /// The values, each once, by number.
    pub(super) fn settled(&self) -> Cow<'_, [(u32, i32, u32)]> {
        if self.values.is_sorted_by(|a, b| a.0 < b.0) {
            return Cow::Borrowed(&self.values);
        }
        Cow::Owned(summed(self.values.clone()))
    }
}

fn summed(mut values: Vec<(u32, i32, u32)>) -> Vec<(u32, i32, u32)> {
    values.sort_unstable();
    let mut out: Vec<(u32, i32, u32)> = Vec::with_capacity(values.len());
    for (value, day, count) in values {
        match out.last_mut() {
            Some(last) if last.0 == value => {
                last.1 = last.1.min(day);
                last.2 = last.2.saturating_add(count);
            }
            _ => out.push((value, day, count)),
        }
    }
    out
}

fn pair(a: u32, b: u32, rule: &'static str) -> (u32, u32, &'static str) {
    (a.min(b), a.max(b), rule)
}

fn cut(text: &str) -> Arc<str> {
    let end =
        text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST).last().unwrap_or(0);
    Arc::from(text.get(..end).unwrap_or_default())
}

/// An organisation in one spelling: folded, without its legal form.
pub(crate) fn fold_organisation(text: &str) -> String {
    let words: Vec<String> = names::words(text);
    let kept: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !LEGAL_WORDS.contains(word) && word.len() > 1).collect();
    kept.join(" ")
}

const LEGAL_WORDS: &[&str] = &[
    "gmbh",
    "mbh",
    "ggmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "haftungsbeschrankt",
    "se",
    "co",
    "kgaa",
    "gbr",
    "ek",
    "eg",
    "ev",
    "partg",
    "mbb",
    "partnerschaft",
    "ltd",
    "limited",
    "llp",
    "plc",
    "inc",
    "llc",
    "corp",
    "corporation",
    "company",
    "bv",
    "nv",
    "sa",
    "sas",
    "sarl",
    "srl",
    "spa",
    "ab",
    "as",
    "aps",
    "oy",
    "dac",
    "and",
    "und",
    "the",
    "von",
];

/// Words that some plug-ins are said to spare.
const PRIVATE_SUBJECT: &[&str] =
    &["privat", "vertraulich", "persönlich", "confidential", "personal", "privé", "confidentiel", "riservato"];

fn thread(subject: &str) -> u64 {
    let mut rest = subject.trim();
    while let Some((head, tail)) = rest.split_once(':') {
        if head.chars().count() > 5
            || !matches!(
                head.trim().to_lowercase().as_str(),
                "re" | "aw" | "fw" | "fwd" | "wg" | "antw" | "sv" | "rif" | "r" | "tr" | "vs"
            )
        {
            break;
        }
        rest = tail.trim();
    }
    if rest.chars().count() < 12 {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    rest.to_lowercase().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::PhoneKind;
    use crate::people::OwnerHint;

    fn book(entries: &[(&str, &str)]) -> People {
        let mut people = People::default();
        for (name, number) in entries {
            let phone = Phone { number: (*number).to_owned(), kind: PhoneKind::Work };
            let email = Address::parse(&format!("{name}@firm.example"));
            let card = Card { emails: email.into_iter().collect(), phones: vec![phone], ..Card::default() };
            people.add_contact(&card, &[]);
        }
        people
    }

    fn numbers(mut people: People, country: Option<&str>) -> String {
        people.settle_phones(country.and_then(Country::parse));
        let resolved = people.resolve(&OwnerHint::default());
        let all = resolved.people.iter().flat_map(|person| person.phones.iter());
        all.map(|(phone, _)| format!("{} {:?}", phone.number, phone.kind)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn local_numbers_get_the_mailboxs_country_in_whatever_order_they_came() {
        let (a, b) =
            ([("ann", "06645550123;DE"), ("ben", "+43732555010")], [("cy", "+437612555044"), ("di", "0511555020;")]);
        let sum = |first: &[(&str, &str)], second: &[(&str, &str)]| {
            let mut sum = book(first);
            sum.merge(book(second));
            sum
        };
        let want = "+436645550123 Mobile, +43732555010 Work, +437612555044 Work, +43511555020 Work";
        assert_eq!(numbers(sum(&a, &b), None), want);
        assert_eq!(numbers(sum(&b, &a), None), want);
        let want = "+496645550123 Work, +43732555010 Work, +437612555044 Work, +49511555020 Work";
        assert_eq!(numbers(sum(&b, &a), Some("DE")), want);
    }

    #[test]
    fn two_spellings_of_one_number_become_one() {
        let mut people = book(&[("ann", "0511555020;DE"), ("ann", "+49511555020")]);
        people.merge(book(&[("ann", "0511555020;")]));
        assert_eq!(numbers(people, Some("DE")), "+49511555020 Work");
    }
}
