//! Decides whose mailbox it is. Where the mailbox does not show it clearly, nobody is the owner and the report says so.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;

use super::domains::{self, DomainKind, LocalKind};
use super::names::{self, NameKey};
use super::{Letter, Owner, OwnerHint};

/// What the search for the owner looks at. Identities are numbers in the order of their canonical addresses.
pub(super) struct Traces<'a> {
    /// The canonical address of each identity; `None` for those without.
    pub addresses: &'a [Option<&'a Address>],
    /// The full names under which each identity was seen, as sender if it was one.
    pub names: &'a dyn Fn(u32) -> Vec<NameKey>,
    /// The names as written, with the number of sightings.
    pub written: &'a dyn Fn(u32) -> Vec<String>,
    pub letters: &'a [Letter],
}

/// Who the owner is, under which identities, and under which of them in the first place.
pub(super) fn find(traces: &Traces<'_>, hint: &OwnerHint) -> (Owner, BTreeSet<u32>, BTreeSet<u32>) {
    let (mut own, found_by) = first(traces, hint);
    if own.is_empty() {
        return (Owner { domains: hint.domains.clone(), ..Owner::default() }, own.clone(), own);
    }
    let main = own.clone();
    // An alias that was found can show the next one; each round adds at least one, and few people have more than these.
    for _ in 0..4 {
        let more = aliases(traces, &own);
        if more.is_empty() {
            break;
        }
        own.extend(more);
    }
    let addresses: BTreeSet<Address> = own
        .iter()
        .filter_map(|who| traces.addresses.get(*who as usize).copied().flatten().cloned())
        .chain(hint.addresses.iter().cloned())
        .collect();
    let names: BTreeSet<String> = own.iter().flat_map(|who| (traces.written)(*who)).collect();
    let mut domains: BTreeSet<String> = hint.domains.clone();
    let keys: Vec<NameKey> = own.iter().flat_map(|who| (traces.names)(*who)).collect();
    let organisations = |addresses: &mut dyn Iterator<Item = &Address>| -> BTreeSet<String> {
        addresses.filter_map(domains::organisation_domain).map(str::to_owned).collect()
    };
    let of_main =
        organisations(&mut main.iter().filter_map(|who| traces.addresses.get(*who as usize).copied().flatten()));
    let of_all = organisations(&mut addresses.iter());
    // A private alias on a family's domain makes the family no colleagues; a one-man firm's only domain is its own.
    domains.extend(of_all.iter().filter(|domain| of_main.contains(*domain) || !is_family(domain, &keys)).cloned());
    (Owner { addresses, names, domains, found_by }, own, main)
}

/// A domain that begins with a surname or says that it is a family's.
fn is_family(domain: &str, keys: &[NameKey]) -> bool {
    let words = names::words(domain.split('.').next().unwrap_or_default());
    let label = words.concat();
    let begins = words.first().is_some_and(|word| word.len() > 3 && keys.iter().any(|key| key.last == *word));
    keys.iter().any(|key| key.tail == label || label == format!("{}{}", key.first, key.tail))
        || begins
        || label.contains("familie")
        || label.contains("family")
}

/// The address or addresses that the mailbox is surely about.
fn first(traces: &Traces<'_>, hint: &OwnerHint) -> (BTreeSet<u32>, &'static str) {
    if !hint.addresses.is_empty() {
        let wanted: BTreeSet<Address> = hint.addresses.iter().map(Address::canonical).collect();
        let own = (0u32..)
            .zip(traces.addresses)
            .filter(|(_, address)| address.is_some_and(|address| wanted.contains(address)));
        let own: BTreeSet<u32> = own.map(|(who, _)| who).collect();
        if !own.is_empty() {
            return (own, "configured");
        }
    }
    let mut sent = BTreeMap::<u32, u64>::new();
    let mut delivered = BTreeMap::<u32, u64>::new();
    let mut arrived = 0u64;
    for letter in traces.letters {
        if letter.sent {
            *sent.entry(letter.from).or_default() += 1;
            continue;
        }
        arrived += 1;
        for who in &letter.delivered {
            *delivered.entry(*who).or_default() += 1;
        }
    }
    let one = |counts: &BTreeMap<u32, u64>, of: u64, share: f64, least: u64| -> Option<u32> {
        let (who, count) = best(counts)?;
        // What one person has under several addresses counts together.
        let names = (traces.names)(who);
        let kin: u64 = counts
            .iter()
            .filter(|(other, _)| **other == who || same_person(traces, **other, &names))
            .map(|(_, n)| n)
            .sum();
        (count >= least && kin as f64 >= share * of as f64).then_some(who)
    };
    let role = |who: u32| {
        traces
            .addresses
            .get(who as usize)
            .copied()
            .flatten()
            .is_none_or(|address| domains::local_kind(address.local()) != LocalKind::Person)
    };
    // What was sent in a department's name says nothing about who sent it, unless all of it was.
    if sent.keys().any(|who| !role(*who)) {
        sent.retain(|who, _| !role(*who));
    }
    let total: u64 = sent.values().sum();
    if let Some(who) = one(&sent, total, 0.5, 1) {
        return (BTreeSet::from([who]), "sent folder");
    }
    delivered.retain(|who, _| !role(*who));
    let total = delivered.values().sum::<u64>();
    if let Some(who) = one(&delivered, total.max(arrived / 4), 0.5, 2) {
        return (BTreeSet::from([who]), "delivered-to");
    }
    let (mut received, addressed) = received(traces);
    received.retain(|who, _| !role(*who));
    if let Some(who) = one(&received, addressed, 0.5, 3) {
        let names = (traces.names)(who);
        let rival = received
            .iter()
            .filter(|(other, _)| **other != who && !same_person(traces, **other, &names))
            .map(|(_, n)| *n)
            .max();
        let count = received.get(&who).copied().unwrap_or_default();
        if rival.is_none_or(|rival| rival * 3 <= count * 2) {
            return (BTreeSet::from([who]), "recipients");
        }
    }
    (BTreeSet::new(), "")
}

/// How many letters each got who got some from three senders and more, and how many letters name a recipient at all.
fn received(traces: &Traces<'_>) -> (BTreeMap<u32, u64>, u64) {
    let letters = || traces.letters.iter().filter(|letter| !letter.sent && !letter.crowd && !letter.to.is_empty());
    let recipients =
        |letter: &'_ Letter| letter.to.iter().copied().filter(|who| *who != letter.from).collect::<Vec<_>>();
    let mut counts = vec![0u32; traces.addresses.len()];
    for who in letters().flat_map(recipients) {
        if let Some(count) = counts.get_mut(who as usize) {
            *count = count.saturating_add(1);
        }
    }
    // Nearly everybody is named once or twice: only the others need to be looked at closely.
    let often = |who: &u32| counts.get(*who as usize).is_some_and(|count| *count >= 3);
    let mut senders = BTreeMap::<u32, BTreeSet<u32>>::new();
    for letter in letters() {
        for who in recipients(letter).into_iter().filter(often) {
            let from = senders.entry(who).or_default();
            if from.len() < 3 {
                from.insert(letter.from);
            }
        }
    }
    let enough = senders.into_iter().filter(|(_, from)| from.len() >= 3).map(|(who, _)| who);
    let count = |who: u32| (who, counts.get(who as usize).copied().map_or(0, u64::from));
    (enough.map(count).collect(), letters().count() as u64)
}

/// The highest count; of equal ones the least address.
fn best(counts: &BTreeMap<u32, u64>) -> Option<(u32, u64)> {
    counts.iter().map(|(who, count)| (*who, *count)).max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
}

fn same_person(traces: &Traces<'_>, who: u32, names: &[NameKey]) -> bool {
    (traces.names)(who).iter().any(|key| names.iter().any(|name| key.is_full() && key.words == name.words))
}

/// Further addresses of the owner.
fn aliases(traces: &Traces<'_>, own: &BTreeSet<u32>) -> BTreeSet<u32> {
    let keys: Vec<NameKey> = {
        let mut keys: Vec<NameKey> = own.iter().flat_map(|who| (traces.names)(*who)).filter(NameKey::is_full).collect();
        keys.extend(
            own.iter()
                .filter_map(|who| names::from_local(traces.addresses.get(*who as usize).copied().flatten()?.local())),
        );
        keys
    };
    let spells = |who: u32| {
        let address = traces.addresses.get(who as usize).copied().flatten();
        address.is_some_and(|address| keys.iter().any(|key| names::local_spells_full(address.local(), key)))
    };
    let person = |who: u32| {
        let address = traces.addresses.get(who as usize).copied().flatten();
        address.is_some_and(|address| domains::local_kind(address.local()) == LocalKind::Person)
    };
    // Every full name under which the address appears is the owner's, and there is one or the address spells it.
    let named = |who: u32| {
        let names: Vec<NameKey> = (traces.names)(who).into_iter().filter(NameKey::is_full).collect();
        names.iter().all(|name| keys.iter().any(|key| names::compatible(key, name)))
            && (!names.is_empty() || spells(who))
    };
    let bears_surname = |who: u32| {
        let address = traces.addresses.get(who as usize).copied().flatten();
        let words = address.map(|address| names::local_words(address.local())).unwrap_or_default();
        keys.iter().any(|key| words.iter().any(|word| *word == key.last || *word == key.tail))
    };
    let mut out = BTreeSet::new();
    for letter in traces.letters {
        // What lies in the owner's Sent folder under the owner's name was sent by the owner, from whatever address;
        // under no full name too, if the address has the surname.
        if letter.sent && !own.contains(&letter.from) {
            let full = (traces.names)(letter.from);
            let kin = |name: &NameKey| keys.iter().any(|key| key.last == name.last || names::compatible(key, name));
            if full.iter().all(kin) && (!full.is_empty() || person(letter.from) && bears_surname(letter.from)) {
                out.insert(letter.from);
            }
        }
        // A letter under the owner's name that reached none of the owner's addresses is the owner's copy of it.
        let kept =
            !letter.list && !letter.crowd && !letter.to.is_empty() && !letter.to.iter().any(|who| own.contains(who));
        if kept && !own.contains(&letter.from) && bears_surname(letter.from) && named(letter.from) {
            out.insert(letter.from);
        }
        for who in letter.delivered.iter().filter(|who| !own.contains(who)) {
            if person(*who) && named(*who) {
                out.insert(*who);
            }
        }
        // A message that reached this mailbox and names no known address of the owner came to one unknown so far.
        let orphan = !letter.sent
            && !letter.list
            && !letter.crowd
            && !own.contains(&letter.from)
            && !letter.to.iter().any(|who| own.contains(who));
        if orphan {
            out.extend(
                letter
                    .to
                    .iter()
                    .copied()
                    .filter(|who| *who != letter.from && person(*who) && spells(*who) && named(*who)),
            );
        }
    }
    out.retain(|who| !own.contains(who));
    out
}

/// Whether the owner has nothing but mailboxes that anybody can have.
pub fn is_sole_trader(owner: &Owner) -> bool {
    owner.domains.is_empty()
        && !owner.addresses.is_empty()
        && owner.addresses.iter().all(|address| domains::kind(address.domain()) != DomainKind::Own)
}
