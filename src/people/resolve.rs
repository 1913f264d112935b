//! Decides which identities are one person, and what the mailbox shows between that person and the owner.
//!
//! Everything here works on identities in the order of their text, so that the order of adding cannot matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::address::Address;
use crate::message::FolderKind;
use crate::observe::{Channel, Phone, PhoneKind};

use super::domains::{self, LocalKind};
use super::few::{Few, FewMap};
use super::names::{self, NameKey};
use super::tone::{Signals, signals};
use super::{
    Join, Letter, Owner, OwnerHint, People, Person, Place, Relation, Resolved, Seen, Sighting, Tone, UNDATED, Value,
    Who, in_parallel, in_rounds, owner,
};

/// More identities than this are no one person.
const MOST_JOINED: usize = 24;
/// A letter of the owner to more people than this is an answer to none of them.
const ANSWERED: usize = 2;
/// What is said to more people than this tells nothing about each.
const COMPANY: usize = 40;
/// What a letter shows of one of its people alone: it went to or came from the owner's private address.
const ALIAS: u8 = 1;
/// It went to a mailing list's own address.
const TARGET: u8 = 2;
/// How many days after a letter an answer to another address of its writer still counts as one.
const ANSWERED_WITHIN: i32 = 7;

/// Rules of joining, in the order of trust. The first two need no name.
pub const JOIN_RULES: &[(&str, &str, &str)] = &[
    (
        "spelling",
        "the same mailbox, spelled differently (case, plus tag, Gmail dots)",
        "dasselbe Postfach in anderer Schreibweise (Groß/klein, Plus-Zusatz, Gmail-Punkte)",
    ),
    (
        "address-book-entry",
        "the address book keeps both addresses in one entry",
        "das Adressbuch führt beide Adressen in einem Eintrag",
    ),
    (
        "signature-prints-address",
        "the person's own signature prints the other address",
        "die eigene Signatur nennt die andere Adresse",
    ),
    (
        "reply-to-of-the-same-name",
        "answers go to an address of the same name",
        "Antworten gehen an eine Adresse desselben Namens",
    ),
    (
        "same-phone",
        "the same telephone number in signatures of one name",
        "dieselbe Telefonnummer in Signaturen eines Namens",
    ),
    (
        "same-name-and-domain",
        "the same full name at the same organisation's domain",
        "derselbe volle Name unter der Domain derselben Organisation",
    ),
    (
        "same-name-and-organisation",
        "the same full name with the same organisation",
        "derselbe volle Name mit derselben Organisation",
    ),
    (
        "same-rare-name-and-thread",
        "the same rare full name in one conversation",
        "derselbe seltene volle Name in einem Gesprächsverlauf",
    ),
    (
        "same-rare-name-answered-elsewhere",
        "the owner answered to the other address of the same rare name",
        "beantwortet an die andere Adresse desselben seltenen Namens",
    ),
    (
        "same-rare-name-among-colleagues",
        "the same rare full name at the owner's organisation, and colleagues stand in the conversation",
        "derselbe seltene volle Name in der eigenen Organisation, und im Gespräch stehen Kolleginnen oder Kollegen",
    ),
    (
        "same-name-in-the-owners-family",
        "the same full name, and the surname is the owner's",
        "derselbe volle Name, und der Familienname ist der des Inhabers",
    ),
    (
        "name-without-address",
        "a name without an address, in the context of the addressed person of that name",
        "ein Name ohne Adresse, im Umfeld der Person dieses Namens mit Adresse",
    ),
    (
        "only-one-of-that-name",
        "a rare full name that only one person in the mailbox bears",
        "ein seltener voller Name, den nur eine Person im Postfach trägt",
    ),
    ("owner", "an address of the owner", "eine Adresse der Inhaberin oder des Inhabers"),
];

impl People {
    /// Finds the owner, joins identities and states every relation.
    pub fn resolve(&self, hint: &OwnerHint) -> Resolved {
        Resolver::new(self).run(hint)
    }
}

/// What signatures, footers and the address book say of identities besides their names; of most they say nothing.
#[derive(Default)]
struct Facts {
    /// Folded organisations of each identity that has one.
    organisations: HashMap<u32, Vec<String>>,
    /// Numbers of telephone values, each with an identity that gives it.
    phones: Vec<(u32, u32)>,
}

impl Facts {
    fn organisations(&self, who: u32) -> &[String] {
        self.organisations.get(&who).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Everybody who bears one full name.
struct Namesakes {
    words: String,
    key: Option<NameKey>,
    /// Where they stand in the list of bearers.
    at: std::ops::Range<usize>,
}

/// What one mailbox shows that another one of the same name may show too.
struct Trace {
    who: u32,
    domain: Option<u32>,
    /// Subjects of letters of this mailbox, or of the owner to it.
    threads: Vec<u64>,
    /// Days of letters to the owner.
    wrote: Vec<i32>,
    /// The owner wrote first, to this mailbox alone, on this day.
    answered: Option<i32>,
    /// A colleague of the owner's stands in a letter between this mailbox and the owner.
    among_colleagues: bool,
}

impl Trace {
    /// The owner's first letter to `other`, who had never appeared, followed one from here within days.
    fn was_answered_at(&self, other: &Self) -> bool {
        let answered =
            |day| self.wrote.iter().any(|wrote| (i32::saturating_sub(day, ANSWERED_WITHIN)..=day).contains(wrote));
        other.answered.is_some_and(answered)
    }
}

/// The organisation's domain of each identity under a number, and the domains. Each domain is looked up once.
fn domains_of<'a>(whos: &[&'a Who]) -> (Vec<Option<u32>>, Vec<&'a str>) {
    let mut names: Vec<&'a str> = Vec::new();
    let mut numbers: HashMap<&'a str, u32> = HashMap::new();
    let mut known: HashMap<&'a str, Option<u32>> = HashMap::new();
    let mut number = |name: &'a str| {
        *numbers.entry(name).or_insert_with(|| {
            names.push(name);
            u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let of = |who: &&'a Who| match who {
        Who::Address(address) => {
            *known.entry(address.domain()).or_insert_with(|| domains::organisation_domain(address).map(&mut number))
        }
        Who::Named(named) => (!named.domain.is_empty()).then(|| number(&named.domain)),
    };
    let all = whos.iter().map(of).collect();
    (all, names)
}

/// The first bytes of an identity's text, so that comparing them is comparing numbers.
fn beginning(who: &Who) -> u128 {
    let (kind, text) = match who {
        Who::Address(address) => (0u8, address.as_str()),
        Who::Named(named) => (1, named.words.as_str()),
    };
    let mut bytes = [0u8; 16];
    for (slot, byte) in bytes.iter_mut().zip(std::iter::once(kind).chain(text.bytes())) {
        *slot = byte;
    }
    u128::from_be_bytes(bytes)
}

struct Resolver<'a> {
    people: &'a People,
    /// In order of their text.
    whos: Vec<&'a Who>,
    /// The number of each in the pool.
    numbers: Vec<u32>,
    /// Sightings by identity and place.
    seen: Vec<(u32, u32, &'a Seen)>,
    /// Where the sightings of an identity start in `seen`; one more at the end.
    starts: Vec<usize>,
    /// Of each value that is a full name a hash of its folded words; 0 for the others. A million names written out would
    /// cost more than reading anew the few that are compared.
    full: Vec<u64>,
    letters: Vec<Letter>,
    ties: BTreeMap<(u32, u32, &'static str), u64>,
    parent: Vec<u32>,
    members: HashMap<u32, Vec<u32>>,
    joins: BTreeMap<u32, BTreeMap<&'static str, u64>>,
    /// The organisation's domain of each identity, as its place in `domain_names`.
    domains: Vec<Option<u32>>,
    domain_names: Vec<&'a str>,
    /// Mailing lists, as their letters show: they write to themselves.
    lists: BTreeSet<u32>,
    /// Surnames of the owner, where a name shows which of its words is one.
    owners_surnames: BTreeSet<String>,
    /// The letters of those identities whose joining depends on them, as places in `letters`, identity by identity.
    letters_of: Vec<u32>,
    /// Where those of an identity end in `letters_of`; they begin where those of the one before end.
    letters_to: Vec<u32>,
}

impl<'a> Resolver<'a> {
    fn new(people: &'a People) -> Self {
        // The pool has every number below its length.
        let who = |number: u32| people.whos.all.get(number as usize);
        // Most are told apart by their beginning, which is at hand; the text lies anywhere in memory.
        let mut order: Vec<(u128, u32)> =
            (0u32..).zip(&people.whos.all).map(|(at, who)| (beginning(who), at)).collect();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| who(a.1).cmp(&who(b.1))));
        let order: Vec<u32> = order.into_iter().map(|(_, number)| number).collect();
        let mut rank = vec![0u32; order.len()];
        for (at, number) in (0u32..).zip(&order) {
            if let Some(slot) = rank.get_mut(*number as usize) {
                *slot = at;
            }
        }
        let to_rank = |number: u32| rank.get(number as usize).copied().unwrap_or(u32::MAX);
        let mut places: Vec<u32> = (0u32..).take(people.places.all.len()).collect();
        places.sort_unstable_by_key(|number| people.places.all.get(*number as usize));
        let mut place_rank = vec![0u32; places.len()];
        for (at, number) in (0u32..).zip(&places) {
            if let Some(slot) = place_rank.get_mut(*number as usize) {
                *slot = at;
            }
        }
        let mut seen: Vec<(u32, u32, u32, &Seen)> = people
            .seen
            .iter()
            .map(|((one, place), seen)| {
                (to_rank(*one), place_rank.get(*place as usize).copied().unwrap_or_default(), *place, seen)
            })
            .collect();
        seen.sort_unstable_by_key(|(who, place, _, _)| (*who, *place));
        let mut starts = vec![0usize; order.len() + 1];
        for (one, ..) in &seen {
            if let Some(slot) = starts.get_mut(*one as usize + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut starts {
            sum += *slot;
            *slot = sum;
        }
        let full = in_parallel(&people.values.all, |_, values| values.iter().map(full_name).collect());
        let ranks = |all: &[u32]| {
            let mut out: Vec<u32> = all.iter().map(|one| to_rank(*one)).collect();
            out.sort_unstable();
            out
        };
        let mut letters: Vec<Letter> = people
            .letters
            .values()
            .map(|letter| Letter {
                from: to_rank(letter.from),
                to: ranks(&letter.to),
                delivered: ranks(&letter.delivered),
                ..letter.clone()
            })
            .collect();
        letters.sort_unstable_by(|a, b| {
            (a.from, &a.to, a.day, a.thread, a.sent).cmp(&(b.from, &b.to, b.day, b.thread, b.sent))
        });
        let ties = people.ties.iter().map(|((a, b, rule), count)| {
            let (a, b) = (to_rank(*a), to_rank(*b));
            ((a.min(b), a.max(b), *rule), *count)
        });
        let whos: Vec<&'a Who> = order.iter().filter_map(|number| who(*number)).collect();
        let (domains, domain_names) = domains_of(&whos);
        Self {
            people,
            whos,
            domains,
            domain_names,
            numbers: order.clone(),
            seen: seen.into_iter().map(|(who, _, place, seen)| (who, place, seen)).collect(),
            starts,
            full,
            letters,
            ties: ties.collect(),
            parent: (0u32..).take(order.len()).collect(),
            members: HashMap::new(),
            joins: BTreeMap::new(),
            lists: BTreeSet::new(),
            owners_surnames: BTreeSet::new(),
            letters_of: Vec::new(),
            letters_to: Vec::new(),
        }
    }

    fn run(mut self, hint: &OwnerHint) -> Resolved {
        let addresses: Vec<Option<&Address>> = self.whos.iter().map(|who| address_of(who)).collect();
        let (owner, own, main) = {
            let names = |who: u32| self.full_names(who);
            let written = |who: u32| self.written_names(who);
            let traces =
                owner::Traces { addresses: &addresses, names: &names, written: &written, letters: &self.letters };
            owner::find(&traces, hint)
        };
        let lists = self.letters.iter().filter(|letter| letter.list && letter.to.contains(&letter.from));
        self.lists = lists.map(|letter| letter.from).filter(|who| !own.contains(who)).collect();
        let full = own.iter().flat_map(|who| self.full_names(*who));
        self.owners_surnames = full.filter_map(|key| surname(&key).map(str::to_owned)).collect();
        let facts = self.facts();
        self.join(&facts, &own);
        // What joining alone needed.
        drop(facts);
        self.full = Vec::new();
        self.letters_of = Vec::new();
        self.letters_to = Vec::new();
        self.people(owner, &own, &main)
    }

    fn sightings(&self, who: u32) -> &[(u32, u32, &'a Seen)] {
        let at = who as usize;
        let from = self.starts.get(at).copied().unwrap_or_default();
        let to = self.starts.get(at + 1).copied().unwrap_or(from);
        self.seen.get(from..to).unwrap_or_default()
    }

    fn place(&self, number: u32) -> Option<&'a Place> {
        self.people.places.all.get(number as usize)
    }

    /// The full names of an identity; those it uses itself, if it ever wrote or signed.
    fn full_names(&self, who: u32) -> Vec<NameKey> {
        let mut all = BTreeSet::new();
        let mut self_given = BTreeSet::new();
        for (_, place, seen) in self.sightings(who) {
            let itself =
                self.place(*place).is_some_and(|place| matches!(place.channel, Channel::Sender | Channel::Signature));
            for key in seen.values.iter().filter_map(|(value, ..)| self.full_key(*value)) {
                if itself {
                    self_given.insert(key.clone());
                }
                all.insert(key);
            }
        }
        let chosen = if self_given.is_empty() { all } else { self_given };
        chosen.into_iter().collect()
    }

    /// The numbers of the values that an identity was seen with, in any place.
    fn values_of(&self, who: u32) -> impl Iterator<Item = u32> {
        self.sightings(who).iter().flat_map(|(_, _, seen)| seen.values.iter().map(|(value, ..)| *value))
    }

    fn written_names(&self, who: u32) -> Vec<String> {
        let values = self.values_of(who);
        let full = values.filter(|value| self.full_hash(*value) != 0);
        let names = full.filter_map(|value| match self.people.values.all.get(value as usize) {
            Some(Value::Name(name)) => Some(name.to_string()),
            _ => None,
        });
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A hash of the words of a value that is a full name, else 0.
    fn full_hash(&self, value: u32) -> u64 {
        self.full.get(value as usize).copied().unwrap_or_default()
    }

    /// The key of a value that is a full name.
    fn full_key(&self, value: u32) -> Option<NameKey> {
        (self.full_hash(value) != 0).then(|| self.key(value)).flatten()
    }

    fn key(&self, value: u32) -> Option<NameKey> {
        match self.people.values.all.get(value as usize) {
            Some(Value::Name(name)) => names::key(name),
            _ => None,
        }
    }

    /// The keys of the full names of some identities; nobody has more that matter.
    fn keys_of(&self, whos: &[u32]) -> Vec<NameKey> {
        const MOST: usize = 64;
        let mut out = Vec::new();
        for who in whos {
            let mut full: Vec<u32> = self.values_of(*who).filter(|value| self.full_hash(*value) != 0).collect();
            full.sort_unstable();
            full.dedup();
            out.extend(full.into_iter().take(MOST - out.len()).filter_map(|value| self.key(value)));
        }
        out
    }

    fn facts(&self) -> Facts {
        let mut out = Facts::default();
        for (who, identity) in (0u32..).zip(&self.whos) {
            let mut organisations = Vec::new();
            for (_, place, seen) in self.sightings(who) {
                let signed = self.place(*place).is_some_and(|place| {
                    matches!(
                        place.channel,
                        Channel::Signature | Channel::QuotedSignature | Channel::AddressBook | Channel::Footer
                    )
                });
                for (value, ..) in seen.values.iter().filter(|_| signed) {
                    match self.people.values.all.get(*value as usize) {
                        Some(Value::Organisation(text)) => organisations.push(super::add::fold_organisation(text)),
                        Some(Value::Phone(_)) => out.phones.push((*value, who)),
                        _ => {}
                    }
                }
            }
            if let Who::Named(named) = identity {
                organisations.push(named.organisation.clone());
            }
            organisations.retain(|text| text.len() > 2);
            if !organisations.is_empty() {
                organisations.sort_unstable();
                organisations.dedup();
                out.organisations.insert(who, organisations);
            }
        }
        out.phones.sort_unstable();
        out.phones.dedup();
        out
    }

    /// Who bears one full name, for each that more than one identity bears, in the order of the names; and the bearers.
    fn namesakes(&self) -> (Vec<Namesakes>, Vec<u32>) {
        let named = (0u32..).take(self.whos.len()).flat_map(|who| {
            self.values_of(who).map(move |value| (self.full_hash(value), who)).filter(|(hash, _)| *hash != 0)
        });
        let mut all: Vec<(u64, u32)> = named.collect();
        all.sort_unstable();
        all.dedup();
        let mut groups = Vec::new();
        let mut from = 0;
        for group in all.chunk_by(|a, b| a.0 == b.0) {
            let at = from..from + group.len();
            from = at.end;
            let [(hash, first), _, ..] = group else { continue };
            let named = self.values_of(*first).find(|value| self.full_hash(*value) == *hash);
            let Some(key) = named.and_then(|value| self.key(value)) else { continue };
            groups.push(Namesakes { key: names::key(&key.words), words: key.words, at });
        }
        groups.sort_unstable_by(|a, b| a.words.cmp(&b.words));
        (groups, all.into_iter().map(|(_, who)| who).collect())
    }

    fn join(&mut self, facts: &Facts, own: &BTreeSet<u32>) {
        let mut owners = own.iter();
        if let Some(first) = owners.next() {
            for other in owners {
                self.unite(*first, *other, "owner", 1, own);
            }
        }
        let ties: Vec<_> = self.ties.iter().map(|((a, b, rule), count)| (*a, *b, *rule, *count)).collect();
        for wanted in ["address-book-entry", "signature-prints-address", "reply-to-of-the-same-name"] {
            for (a, b, rule, count) in ties.iter().filter(|tie| tie.2 == wanted) {
                if self.is_person(*a) && self.is_person(*b) && self.tie_holds(*a, *b, rule) {
                    self.unite(*a, *b, rule, *count, own);
                }
            }
        }
        self.join_phones(facts, own);
        let (groups, bearers) = self.namesakes();
        let bearers = |group: &Namesakes| bearers.get(group.at.clone()).unwrap_or_default();
        self.index_letters(groups.iter().map(bearers).filter(|whos| whos.len() <= MOST_JOINED));
        for group in &groups {
            self.join_contexts(bearers(group), facts, own);
            if let Some(key) = &group.key {
                self.join_mailboxes(key, bearers(group), own);
            }
        }
        for group in &groups {
            self.join_nameless(group.key.as_ref(), bearers(group), facts, own);
        }
    }

    fn index_letters<'b>(&mut self, groups: impl Iterator<Item = &'b [u32]>) {
        let mut wanted = vec![false; self.whos.len()];
        for who in groups.flatten() {
            if let Some(slot) = wanted.get_mut(*who as usize) {
                *slot = true;
            }
        }
        let wanted = |who: &&u32| wanted.get(**who as usize).copied().unwrap_or_default();
        let mut ends = vec![0u32; self.whos.len()];
        for who in self.letters.iter().flat_map(|letter| letter.to.iter().chain([&letter.from])).filter(wanted) {
            if let Some(count) = ends.get_mut(*who as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut ends {
            // Where it begins, until it is filled.
            sum += std::mem::replace(slot, sum);
        }
        let mut places = vec![0u32; sum as usize];
        for (at, letter) in (0u32..).zip(&self.letters) {
            for who in letter.to.iter().chain([&letter.from]).filter(wanted) {
                let Some(next) = ends.get_mut(*who as usize) else { continue };
                if let Some(slot) = places.get_mut(*next as usize) {
                    *slot = at;
                }
                *next += 1;
            }
        }
        (self.letters_of, self.letters_to) = (places, ends);
    }

    fn letters_of(&self, who: u32) -> impl Iterator<Item = &Letter> {
        let end = |who: u32| self.letters_to.get(who as usize).map_or(0, |end| *end as usize);
        let from = who.checked_sub(1).map_or(0, end);
        let places = self.letters_of.get(from..end(who)).unwrap_or_default();
        places.iter().filter_map(|at| self.letters.get(*at as usize))
    }

    /// Same number, same name: one person with two addresses.
    fn join_phones(&mut self, facts: &Facts, own: &BTreeSet<u32>) {
        let mut by_phone: BTreeMap<(&str, bool), Vec<u32>> = BTreeMap::new();
        for (value, who) in &facts.phones {
            if let Some(Value::Phone(phone)) = self.people.values.all.get(*value as usize) {
                by_phone.entry((&phone.number, phone.kind == PhoneKind::Mobile)).or_default().push(*who);
            }
        }
        let mut pairs = Vec::new();
        for ((_, mobile), whos) in by_phone.iter().filter(|(_, whos)| whos.len() > 1) {
            // Colleagues share a switchboard: sorted by surname, those who can be one person stand side by side.
            let mut named: Vec<(NameKey, u32)> =
                whos.iter().filter_map(|who| Some((self.any_name(*who)?, *who))).collect();
            named.sort_by(|a, b| {
                (&a.0.last, a.0.first.chars().next(), a.1).cmp(&(&b.0.last, b.0.first.chars().next(), b.1))
            });
            named.dedup_by_key(|(_, who)| *who);
            for (one, two) in named.iter().zip(named.iter().skip(1)) {
                // A couple shares a line at home, and its initials may be the same; a mobile is one person's.
                let one_person = if *mobile {
                    names::compatible(&one.0, &two.0)
                } else {
                    one.0.is_full() && one.0.words == two.0.words
                };
                if one.0.last == two.0.last && one_person {
                    pairs.push((one.1, two.1));
                }
            }
        }
        for (a, b) in pairs {
            self.unite(a, b, "same-phone", 1, own);
        }
    }

    /// The fullest name of an identity.
    fn any_name(&self, who: u32) -> Option<NameKey> {
        let values = self.values_of(who);
        let keys = values.filter_map(|value| self.key(value));
        keys.max_by(|a, b| (a.is_full(), a.words.len(), &a.words).cmp(&(b.is_full(), b.words.len(), &b.words)))
    }

    /// Full name and domain, or full name and organisation.
    fn join_contexts(&mut self, whos: &[u32], facts: &Facts, own: &BTreeSet<u32>) {
        let mut by_domain: Vec<(&str, u32)> =
            whos.iter().filter_map(|who| self.domain(*who).map(|domain| (domain, *who))).collect();
        let organised = whos.iter().flat_map(|who| facts.organisations(*who).iter().map(|text| (text.as_str(), *who)));
        let mut by_organisation: Vec<(&str, u32)> = organised.collect();
        for (all, rule) in
            [(&mut by_domain, "same-name-and-domain"), (&mut by_organisation, "same-name-and-organisation")]
        {
            all.sort_unstable();
            for (a, b) in all.iter().zip(all.iter().skip(1)).filter(|(a, b)| a.0 == b.0) {
                self.unite(a.1, b.1, rule, 1, own);
            }
        }
    }

    /// A private mailbox and a work address of one rare name, if the conversation ties them.
    fn join_mailboxes(&mut self, key: &NameKey, whos: &[u32], own: &BTreeSet<u32>) {
        let rare = is_rare(key);
        if !rare || whos.len() > MOST_JOINED {
            return;
        }
        let addressed: Vec<u32> = whos
            .iter()
            .copied()
            .filter(|who| {
                self.whos.get(*who as usize).is_some_and(|who| address_of(who).is_some()) && !own.contains(who)
            })
            .collect();
        // Two members of one family seldom bear one first name, and the owner knows one of each.
        let family = surname(key).is_some_and(|last| self.owners_surnames.contains(last));
        let traces: Vec<Trace> = addressed.into_iter().map(|who| self.trace(who, own)).collect();
        for (at, a) in traces.iter().enumerate() {
            for b in traces.iter().skip(at + 1) {
                let different_firms = a.domain.is_some() && b.domain.is_some() && a.domain != b.domain;
                if self.find(a.who) == self.find(b.who) {
                    continue;
                }
                if self.is_colleagues_mailbox(a, b, key, own) || self.is_colleagues_mailbox(b, a, key, own) {
                    self.unite(a.who, b.who, "same-rare-name-among-colleagues", 1, own);
                    continue;
                }
                if different_firms {
                    continue;
                }
                if family && (a.domain.is_none() || b.domain.is_none()) {
                    self.unite(a.who, b.who, "same-name-in-the-owners-family", 1, own);
                } else if a.threads.iter().any(|thread| b.threads.contains(thread)) {
                    self.unite(a.who, b.who, "same-rare-name-and-thread", 1, own);
                } else if a.was_answered_at(b) || b.was_answered_at(a) {
                    self.unite(a.who, b.who, "same-rare-name-answered-elsewhere", 1, own);
                }
            }
        }
    }

    /// One is an address at the owner's organisation, the other a private mailbox that spells the name, and the letters to
    /// and from it are colleagues' business as well. Colleagues have namesakes, too: those know the family.
    fn is_colleagues_mailbox(&self, at_work: &Trace, other: &Trace, key: &NameKey, own: &BTreeSet<u32>) -> bool {
        let spelled = || {
            let address = self.whos.get(other.who as usize).and_then(|who| address_of(who));
            address.is_some_and(|address| names::local_spells_full(address.local(), key))
        };
        other.domain.is_none() && other.among_colleagues && self.is_owners(at_work.domain, own) && spelled()
    }

    /// Whether an organisation's domain is one of the owner's.
    fn is_owners(&self, domain: Option<u32>, own: &BTreeSet<u32>) -> bool {
        domain.is_some() && own.iter().any(|who| self.domains.get(*who as usize).copied().flatten() == domain)
    }

    /// Names without an address: to the person of that name whose context they share.
    fn join_nameless(&mut self, key: Option<&NameKey>, whos: &[u32], facts: &Facts, own: &BTreeSet<u32>) {
        let is_named = |who: &&u32| matches!(self.whos.get(**who as usize), Some(Who::Named(_)));
        if !whos.iter().any(|who| is_named(&who)) {
            return;
        }
        let (nameless, addressed): (Vec<u32>, Vec<u32>) = whos.iter().partition(|who| is_named(who));
        if addressed.len() > MOST_JOINED * 4 {
            return;
        }
        for who in &nameless {
            let younger = self.is_younger(&[*who]);
            let fits = |other: &u32| self.same_context(*who, *other, facts) && self.is_younger(&[*other]) == younger;
            let mut fits: Vec<u32> = addressed.iter().copied().filter(fits).collect();
            fits.dedup_by_key(|other| self.find(*other));
            let roots: BTreeSet<u32> = fits.iter().map(|other| self.find(*other)).collect();
            if let (1, Some(other)) = (roots.len(), fits.first()) {
                self.unite(*who, *other, "name-without-address", 1, own);
            }
        }
        let rare = key.is_some_and(is_rare);
        if !rare {
            return;
        }
        let roots: BTreeSet<u32> = addressed.iter().map(|who| self.find(*who)).collect();
        for who in &nameless {
            let contextless = facts.organisations(*who).is_empty();
            let footer = matches!(self.whos.get(*who as usize), Some(Who::Named(named)) if named.footer);
            if contextless
                && !footer
                && let (1, Some(other)) = (roots.len(), addressed.first())
            {
                self.unite(*who, *other, "only-one-of-that-name", 1, own);
            }
        }
        if addressed.is_empty() {
            for (a, b) in nameless.iter().zip(nameless.iter().skip(1)) {
                let bare = |who: u32| facts.organisations(who).is_empty() && self.domain(who).is_none();
                if bare(*a) || bare(*b) {
                    self.unite(*a, *b, "only-one-of-that-name", 1, own);
                }
            }
        }
    }

    fn same_context(&self, nameless: u32, addressed: u32, facts: &Facts) -> bool {
        let Some(Who::Named(named)) = self.whos.get(nameless as usize) else { return false };
        let domain = self.domain(addressed);
        if !named.domain.is_empty() && domain == Some(named.domain.as_str()) {
            return true;
        }
        !named.organisation.is_empty()
            && (facts.organisations(addressed).contains(&named.organisation)
                || domain.is_some_and(|domain| organisation_owns(&named.organisation, domain)))
    }

    /// The organisation's domain of an identity.
    fn domain(&self, who: u32) -> Option<&'a str> {
        self.domain_names.get(self.domains.get(who as usize).copied().flatten()? as usize).copied()
    }

    /// What may tie the mailboxes of one name to each other.
    fn trace(&self, who: u32, own: &BTreeSet<u32>) -> Trace {
        let mut threads = Vec::new();
        let mut wrote = Vec::new();
        let mut among_colleagues = false;
        let mut first: Option<(&Letter, (i32, bool))> = None;
        for letter in self.letters_of(who) {
            if letter.thread != 0 && (letter.from == who || own.contains(&letter.from)) {
                threads.push(letter.thread);
            }
            if letter.from == who && letter.to.iter().any(|who| own.contains(who)) {
                wrote.push(letter.day);
            }
            if letter.from == who || own.contains(&letter.from) {
                let colleague = |other: &u32| {
                    *other != who
                        && !own.contains(other)
                        && self.is_owners(self.domains.get(*other as usize).copied().flatten(), own)
                };
                among_colleagues |= letter.to.iter().any(colleague);
            }
            let rank = (letter.day, letter.from == who);
            if first.is_none_or(|(_, least)| rank < least) {
                first = Some((letter, rank));
            }
        }
        let answered =
            first.filter(|(letter, _)| own.contains(&letter.from) && letter.to.len() == 1 && letter.day != UNDATED);
        Trace {
            who,
            domain: self.domains.get(who as usize).copied().flatten(),
            threads,
            wrote,
            answered: answered.map(|(letter, _)| letter.day),
            among_colleagues,
        }
    }

    /// Whether a tie that the mailbox shows can be one of a person to himself.
    fn tie_holds(&self, a: u32, b: u32, rule: &str) -> bool {
        if rule == "address-book-entry" {
            return true;
        }
        // A signature also prints the assistant's or the firm's address: the name or the spelling must agree.
        let (of_a, of_b) = (self.keys_of(&[a]), self.keys_of(&[b]));
        let spelled = |names: &[NameKey], who: u32| {
            let address = self.whos.get(who as usize).and_then(|who| address_of(who));
            address.is_some_and(|address| names.iter().any(|name| names::local_spells(address.local(), name)))
        };
        let agree = of_a.iter().any(|one| of_b.iter().any(|two| names::compatible(one, two)));
        agree || of_b.is_empty() && spelled(&of_a, b) || of_a.is_empty() && spelled(&of_b, a)
    }

    fn is_person(&self, who: u32) -> bool {
        match self.whos.get(who as usize) {
            Some(Who::Address(address)) => domains::local_kind(address.local()) == LocalKind::Person,
            Some(Who::Named(_)) => true,
            None => false,
        }
    }

    /// Whether a name or an address says that this is the younger of two namesakes.
    fn is_younger(&self, whos: &[u32]) -> bool {
        whos.iter().any(|who| {
            let mut names = self.values_of(*who).filter_map(|value| match self.people.values.all.get(value as usize) {
                Some(Value::Name(name)) => Some(name),
                _ => None,
            });
            let address = self.whos.get(*who as usize).and_then(|who| address_of(who));
            address.is_some_and(|address| names::local_says_younger(address.local()))
                || names.any(|name| names::says_younger(name))
        })
    }

    fn find(&self, who: u32) -> u32 {
        let mut at = who;
        while let Some(up) = self.parent.get(at as usize).copied().filter(|up| *up != at) {
            at = up;
        }
        at
    }

    /// Joins two identities, unless that would make one person of two names, or of the owner and somebody else.
    fn unite(&mut self, a: u32, b: u32, rule: &'static str, count: u64, own: &BTreeSet<u32>) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            *self.joins.entry(a).or_default().entry(rule).or_default() += count;
            return;
        }
        let members = |root: u32| self.members.get(&root).cloned().unwrap_or_else(|| vec![root]);
        let (of_a, of_b) = (members(a), members(b));
        if rule != "owner" {
            if of_a.len() + of_b.len() > MOST_JOINED {
                return;
            }
            let (names_a, names_b) = (self.keys_of(&of_a), self.keys_of(&of_b));
            let conflict = !names_a.is_empty()
                && !names_b.is_empty()
                && !names_a.iter().any(|one| names_b.iter().any(|two| names::compatible(one, two)));
            if conflict && rule != "address-book-entry" {
                return;
            }
            // A list lends its address to whoever writes; a name shows nothing about it.
            let list = |whos: &[u32]| whos.iter().any(|who| self.lists.contains(who));
            if list(&of_a) || list(&of_b) {
                return;
            }
            // Father and son share name and firm, and the son's "Jr." is left out now and then. What their own signature
            // or the address book ties needs no name.
            let by_name = !matches!(rule, "address-book-entry" | "signature-prints-address");
            if by_name && self.is_younger(&of_a) != self.is_younger(&of_b) {
                return;
            }
            let owns = |whos: &[u32]| whos.iter().any(|who| own.contains(who));
            if owns(&of_a) != owns(&of_b) && conflict {
                return;
            }
        }
        // The lower root stays: it is the one that comes first in the text's order.
        let (keep, drop) = (a.min(b), a.max(b));
        if let Some(slot) = self.parent.get_mut(drop as usize) {
            *slot = keep;
        }
        let mut all = of_a;
        all.extend(of_b);
        all.sort_unstable();
        // Flat, so that finding stays short.
        for who in &all {
            if let Some(slot) = self.parent.get_mut(*who as usize) {
                *slot = keep;
            }
        }
        self.members.remove(&drop);
        self.members.insert(keep, all);
        let moved = self.joins.remove(&drop).unwrap_or_default();
        let joins = self.joins.entry(keep).or_default();
        for (rule, count) in moved {
            *joins.entry(rule).or_default() += count;
        }
        *joins.entry(rule).or_default() += count;
    }

    fn people(mut self, owner: Owner, own: &BTreeSet<u32>, main: &BTreeSet<u32>) -> Resolved {
        let own_address: BTreeSet<&Address> =
            own.iter().filter_map(|who| address_of(self.whos.get(*who as usize)?)).collect();
        let from_owner: Vec<bool> = self
            .people
            .places
            .all
            .iter()
            .map(|place| {
                place.via.as_ref().is_some_and(|via| own_address.contains(&via.canonical()))
                    && place.folder.as_ref().is_none_or(|folder| folder.kind != FolderKind::Drafts)
            })
            .collect();
        let roots: Vec<u32> = (0u32..).take(self.whos.len()).map(|who| self.find(who)).collect();
        // A root is the least of its identities, so it comes before the others.
        let order: Vec<u32> = (0u32..).zip(&roots).filter(|(who, root)| who == *root).map(|(who, _)| who).collect();
        let outbound_measured = self.letters.iter().any(|letter| letter.sent || own.contains(&letter.from));
        let tones = self.tones(&roots, own, main, &owner);
        let members = std::mem::take(&mut self.members);
        let this = &self;
        let mut people: Vec<Person> = in_rounds(&order, |_, roots| {
            let build = |root: &u32| {
                let alone = [*root];
                let members = members.get(root).map_or(alone.as_slice(), Vec::as_slice);
                let mut person = this.person(members, own, &from_owner);
                let tone = tones.binary_search_by_key(root, |(who, _)| *who).ok().and_then(|at| tones.get(at));
                if let Some((_, [tone, answered, around])) = tone {
                    (person.tone, person.answered, person.around) = (*tone, *answered, *around);
                }
                if let Some(joins) = this.joins.get(root) {
                    person.joins.extend(joins.iter().map(|(rule, count)| Join { rule, count: *count }));
                }
                person
            };
            roots.iter().map(build).collect()
        });
        drop(tones);
        // Nobody without a sighting: an address that only a signature printed is a value of its bearer.
        let mut order: Vec<u32> = order
            .into_iter()
            .zip(&people)
            .filter(|(_, person)| !person.places.is_empty())
            .map(|(root, _)| root)
            .collect();
        people.retain(|person| !person.places.is_empty());
        // Nearly in order: an address as it was written seldom comes elsewhere than the canonical one.
        if !people.is_sorted_by(|a, b| a.key <= b.key) {
            let mut pairs: Vec<(u32, Person)> = order.into_iter().zip(people).collect();
            pairs.sort_by(|a, b| a.1.key.cmp(&b.1.key));
            (order, people) = pairs.into_iter().unzip();
        }
        let mut index: Vec<Option<u32>> = vec![None; roots.len()];
        for (at, root) in (0u32..).zip(&order) {
            if let Some(slot) = index.get_mut(*root as usize) {
                *slot = Some(at);
            }
        }
        let place = |who: &u32| index.get(*roots.get(*who as usize)? as usize).copied().flatten();
        let circle = |letter: &Letter| -> Box<[u32]> {
            let whos = letter.to.iter().chain([&letter.from]).filter(|who| !own.contains(who));
            let mut all: Vec<u32> = whos.filter_map(place).collect();
            all.sort_unstable();
            all.dedup();
            all.into_boxed_slice()
        };
        let mut circles: Vec<Box<[u32]>> =
            self.letters.iter().filter(|letter| !letter.crowd).map(circle).filter(|circle| circle.len() > 1).collect();
        circles.sort_unstable();
        circles.dedup();
        Resolved { owner, people, outbound_measured, circles }
    }

    /// By person: what their letters sound like, the owner's to them and hardly anybody else, and those of others (and
    /// of the owner to more people) that named them.
    fn tones(&self, roots: &[u32], own: &BTreeSet<u32>, main: &BTreeSet<u32>, owner: &Owner) -> Vec<(u32, [Tone; 3])> {
        // The addresses that the owner keeps beside the one for business.
        let apart = |who: &u32| self.domain(*who).is_none_or(|domain| !owner.domains.contains(domain));
        let private: BTreeSet<u32> = own.iter().copied().filter(|who| !main.contains(who) && apart(who)).collect();
        // Person, side, letter, and what the letter shows of this person alone.
        let mut all: Vec<(u32, u8, u32, u8)> = Vec::new();
        let mut add = |who: u32, side: u8, at: u32, extra: u8| {
            all.extend(roots.get(who as usize).map(|root| (*root, side, at, extra)));
        };
        for (at, letter) in (0u32..).zip(&self.letters) {
            let from_owner = own.contains(&letter.from);
            let alias = if private.contains(&letter.from) || letter.to.iter().any(|who| private.contains(who)) {
                ALIAS
            } else {
                0
            };
            if !from_owner {
                add(letter.from, 0, at, alias);
            }
            let others = || letter.to.iter().copied().filter(|who| *who != letter.from && !own.contains(who));
            let count = others().count();
            // A list's own address is the one that everything goes to.
            let target = if letter.list && count == 1 { TARGET } else { 0 };
            if count <= COMPANY {
                let side = if from_owner && count <= ANSWERED { 1 } else { 2 };
                for who in others() {
                    add(who, side, at, alias | target);
                }
            }
        }
        all.sort_unstable();
        let mut out: Vec<(u32, [Tone; 3])> = Vec::new();
        for group in all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some((root, side, ..)) = group.first().copied() else { continue };
            let tone = self.tone(group);
            if out.last().is_none_or(|(last, _)| *last != root) {
                out.push((root, Default::default()));
            }
            if let Some(slot) = out.last_mut().and_then(|(_, sides)| sides.get_mut(usize::from(side))) {
                *slot = tone;
            }
        }
        out
    }

    /// The sum over the letters of one person on one side.
    fn tone(&self, group: &[(u32, u8, u32, u8)]) -> Tone {
        let mut signals = Signals::default();
        for (_, _, at, extra) in group {
            let Some(letter) = self.letters.get(*at as usize) else { continue };
            let alone = letter.to.len() == 1;
            signals.join(if alone { letter.signals } else { letter.signals.without(signals!["parent-signing"]) });
            for (bit, signal) in [(ALIAS, signals!["private-alias"]), (TARGET, signals!["list-target"])] {
                if extra & bit != 0 {
                    signals.join(signal);
                }
            }
        }
        Tone { messages: group.len() as u64, signals }
    }

    fn person(&self, members: &[u32], own: &BTreeSet<u32>, from_owner: &[bool]) -> Person {
        let mut person = Person::default();
        let sightings = members.iter().map(|who| self.sightings(*who).len()).sum();
        let mut places: Vec<(Place, Sighting)> = Vec::with_capacity(sightings);
        let mut emails: Vec<Address> = Vec::with_capacity(members.len());
        let mut texts: [Vec<(String, u64)>; 6] = Default::default();
        let mut phones: Vec<(Phone, u64)> = Vec::new();
        let (mut wrote, mut written, mut listed) = (false, false, false);
        let own_address = |address: &Address| {
            let canonical = address.canonical();
            let mut all = members.iter().filter_map(|who| address_of(self.whos.get(*who as usize)?));
            all.any(|have| *have == canonical)
        };
        for who in members {
            let spelled = emails.len();
            for (_, number, seen) in self.sightings(*who) {
                let Some(place) = self.place(*number) else { continue };
                let by_owner = from_owner.get(*number as usize).copied().unwrap_or_default();
                match place.channel {
                    Channel::Sender => wrote = true,
                    Channel::To | Channel::Cc | Channel::Bcc if by_owner => written = true,
                    Channel::AddressBook => listed = true,
                    _ => {}
                }
                let mut values = Vec::with_capacity(seen.values.len());
                for (number, day, count) in seen.settled().iter().copied() {
                    let Some(value) = self.people.values.all.get(number as usize) else { continue };
                    let count = u64::from(count);
                    match value {
                        Value::Name(text) => put(&mut texts, 0, text, count),
                        Value::Title(text) => put(&mut texts, 1, text, count),
                        Value::Organisation(text) => put(&mut texts, 2, text, count),
                        Value::Department(text) => put(&mut texts, 3, text, count),
                        Value::Postal(text) => put(&mut texts, 4, text, count),
                        Value::Url(text) => put(&mut texts, 5, text, count),
                        Value::Phone(phone) => phones.push((phone.clone(), count)),
                        // A signature also prints other people's addresses and the firm's.
                        Value::Email(address) if own_address(address) => emails.push(address.clone()),
                        Value::Email(_) => {}
                    }
                    values.push((value.clone(), (day != UNDATED).then_some(day)));
                }
                let sighting = Sighting {
                    count: seen.count,
                    days: seen.days.iter().copied().collect(),
                    values: values.into_iter().collect(),
                };
                places.push((place.clone(), sighting));
            }
            let identity = self.whos.get(*who as usize).copied();
            // A person's address is shown as it was written; the canonical one only if none was.
            if let (Some(Who::Address(address)), true) = (identity, emails.len() == spelled) {
                emails.push(address.clone());
            }
            if let Some(number) = self.numbers.get(*who as usize).filter(|_| !self.people.categories.is_empty()) {
                person.categories.extend(self.people.categories.get(number).into_iter().flatten().cloned());
            }
        }
        let add = |have: &mut u64, more: u64| *have += more;
        let [names, titles, organisations, departments, addresses, urls] =
            texts.map(|entries| FewMap::summed(entries, add));
        person.names = names;
        person.titles = titles;
        person.organisations = organisations;
        person.departments = departments;
        person.addresses = addresses;
        person.urls = urls;
        person.phones = FewMap::summed(phones, add);
        person.emails = emails.into_iter().collect::<Few<_>>();
        if person.emails.len() > 1
            && person.emails.iter().map(Address::canonical).collect::<BTreeSet<_>>().len() < person.emails.len()
        {
            person.joins.push(Join { rule: "spelling", count: 1 });
        }
        person.places = FewMap::summed(places, |have, more| {
            have.count += more.count;
            have.days = have.days.iter().chain(more.days.iter()).copied().collect();
            have.values = FewMap::summed(
                have.values.clone().into_iter().chain(more.values).collect(),
                |a: &mut Option<i32>, b| {
                    *a = match (*a, b) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    }
                },
            );
        });
        person.key = match (person.emails.first(), members.first().and_then(|who| self.whos.get(*who as usize))) {
            (Some(email), _) => email.as_str().to_owned(),
            (None, Some(Who::Named(named))) => format!(
                "{} @ {}{}{}",
                named.words,
                named.organisation,
                if named.domain.is_empty() { "" } else { " / " },
                named.domain
            ),
            _ => String::new(),
        };
        person.relation = if members.iter().any(|who| own.contains(who)) {
            Relation::Own
        } else {
            match (wrote, written) {
                (true, true) => Relation::Direct,
                (true, false) => Relation::Inbound,
                (false, true) => Relation::Outbound,
                (false, false) if listed => Relation::Listed,
                (false, false) => Relation::Bystander,
            }
        };
        person
    }
}

fn put(texts: &mut [Vec<(String, u64)>; 6], at: usize, text: &str, count: u64) {
    if let Some(list) = texts.get_mut(at) {
        // Most have one.
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push((text.to_owned(), count));
    }
}

/// A hash of the folded words of a full name, never 0; 0 for every other value.
fn full_name(value: &Value) -> u64 {
    let Value::Name(name) = value else { return 0 };
    let Some(key) = names::key(name).filter(NameKey::is_full) else { return 0 };
    let mut hasher = DefaultHasher::new();
    key.words.hash(&mut hasher);
    hasher.finish().max(1)
}

fn address_of(who: &Who) -> Option<&Address> {
    match who {
        Who::Address(address) => Some(address),
        Who::Named(_) => None,
    }
}

/// Whether hardly two people in one mailbox bear this name by chance. Its words are in no order here: a word that is a
/// first name counts as surname only where no other word can be one.
fn is_rare(key: &NameKey) -> bool {
    let words: Vec<&str> = key.words.split(' ').collect();
    let surnames: Vec<&str> = words.iter().copied().filter(|word| !names::is_first_name(word)).collect();
    let all = if surnames.is_empty() { words } else { surnames };
    !all.iter().any(|word| names::is_common_surname(word))
}

/// The one word of a name that is no first name; `None` where several or none are.
fn surname(key: &NameKey) -> Option<&str> {
    let mut words = key.words.split(' ').filter(|word| !names::is_first_name(word));
    match (words.next(), words.next()) {
        (Some(word), None) => Some(word),
        _ => None,
    }
}

/// Whether a domain is most likely this organisation's: its label begins with the name's first telling word.
pub(crate) fn organisation_owns(organisation: &str, domain: &str) -> bool {
    let label = names::words(domain.split('.').next().unwrap_or_default()).concat();
    let joined: String = organisation.split(' ').collect();
    let first = organisation.split(' ').find(|word| word.len() >= 4).unwrap_or_default();
    label.len() >= 4
        && (joined.starts_with(&label)
            || label.starts_with(&joined) && !joined.is_empty()
            || !first.is_empty() && label.contains(first))
}
