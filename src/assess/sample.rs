//! People built by hand, for the tests of this stage and of those after it: one line a sighting.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Assessment, Facts, FolderRead, assess};
use crate::address::Address;
use crate::classify::{Escape, Sensitive, Sphere, Verdict};
use crate::message::{Folder, FolderKind};
use crate::observe::{Channel, Phone, PhoneKind, Within};
use crate::people::{Few, FewMap, Owner, Person, Place, Relation, Resolved, Sighting, Tone, Value};
use crate::profile::Profile;

/// A day that the samples call today: 2025-06-30.
pub const TODAY: i32 = 20_269;

/// Reads people from lines. A line without indent is a person: `key sphere relation [marks...]`; an indented one a
/// place: `channel folder via day [count] [value...]`, a value being `kind=text` with `_` for a space.
pub fn people(text: &str) -> (Resolved, Vec<Verdict>) {
    let mut people: Vec<(Person, Verdict)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with(' ') {
            let (person, _) = people.last_mut().expect("a person stands before its places");
            sighting(person, &words);
        } else {
            people.push(person(&words));
        }
    }
    let mut owner = Owner { found_by: "configured", ..Owner::default() };
    owner.addresses.insert(address("me@corp.example"));
    owner.domains.insert("corp.example".into());
    people.sort_by(|a, b| a.0.key.cmp(&b.0.key));
    let (people, verdicts) = people.into_iter().unzip();
    (Resolved { owner, people, outbound_measured: true, circles: Default::default() }, verdicts)
}

/// The whole way from lines to an assessment.
pub fn assessed(text: &str, profiles: &[Profile], facts: Facts) -> Assessment {
    let (resolved, verdicts) = people(text);
    assess(resolved, verdicts, profiles, facts)
}

/// Facts of a mailbox that was read as a whole.
pub fn facts() -> Facts {
    let folder = folder("inbox");
    Facts { folders: vec![FolderRead { folder, messages: 10, read: 10 }], today: TODAY, ..Facts::default() }
}

/// Facts of a mailbox with every folder that a sample may name.
pub fn facts_of_folders() -> Facts {
    let read = |kind| FolderRead { folder: folder(kind), messages: 10, read: 10 };
    Facts { folders: ["inbox", "sent", "junk", "other"].map(read).into(), ..facts() }
}

/// Small mailboxes in which many things meet; lines as [`people`] reads them.
pub fn arbitrary_mailbox() -> impl Strategy<Value = String> {
    let domain = prop::sample::select(vec!["gmail.com", "gmx.de", "ewetel.net", "firm.example", "corp.example"]);
    let sphere = prop::sample::select(vec!["private", "business", "unsure", "colleague", "role"]);
    let relation = prop::sample::select(vec!["direct", "inbound", "outbound", "bystander", "listed"]);
    let channel = prop::sample::select(vec![
        "sender",
        "to",
        "cc",
        "signature",
        "quoted",
        "forwarded",
        "invited",
        "footer",
        "book",
    ]);
    let folder = prop::sample::select(vec!["inbox", "sent", "junk", "other", "inbox+a", "inbox+p"]);
    let place = (channel, folder, -900..0i32, prop::bool::ANY, prop::bool::ANY);
    let one = (domain, sphere, relation, prop::collection::vec(place, 1..4));
    prop::collection::vec(one, 1..25).prop_map(|all| {
        let mut text = String::new();
        for (at, (domain, sphere, relation, places)) in all.iter().enumerate() {
            text += &format!("k{at} {sphere} {relation}\n");
            for (channel, folder, day, name, email) in places {
                text += &format!("  {channel} {folder} via@firm.example {day} work=+4951155502{at}");
                text += if *name { " name=N" } else { "" };
                text += &if *email { format!(" email=k{at}@{domain}") } else { String::new() };
                text += "\n";
            }
        }
        text
    })
}

fn address(text: &str) -> Address {
    Address::parse(text).expect("the sample's address is one")
}

fn folder(kind: &str) -> Arc<Folder> {
    let kind = match kind {
        "inbox" => FolderKind::Inbox,
        "sent" => FolderKind::Sent,
        "junk" => FolderKind::Junk,
        _ => FolderKind::Other,
    };
    Arc::new(Folder { alias: format!("f0{}", kind as u8 + 1), name: format!("Geheim/{kind:?}"), kind })
}

fn person(words: &[&str]) -> (Person, Verdict) {
    let sphere = match words[1] {
        "colleague" => Sphere::Colleague,
        "business" => Sphere::Business,
        "consumer" => Sphere::Consumer,
        "private" => Sphere::Private,
        "role" => Sphere::Role,
        "automated" => Sphere::Automated,
        "own" => Sphere::Own,
        _ => Sphere::Unsure,
    };
    let relation = match words[2] {
        "own" => Relation::Own,
        "direct" => Relation::Direct,
        "inbound" => Relation::Inbound,
        "outbound" => Relation::Outbound,
        "listed" => Relation::Listed,
        _ => Relation::Bystander,
    };
    let private = match sphere {
        Sphere::Private => 0.93,
        Sphere::Unsure => 0.5,
        _ => 0.04,
    };
    let mut verdict = Verdict {
        sphere,
        certainty: 0.93,
        private,
        sensitive: BTreeSet::new(),
        reasons: vec!["free-mail"],
        escapes: BTreeSet::new(),
    };
    for mark in &words[3..] {
        match *mark {
            "health" => drop(verdict.sensitive.insert(Sensitive::Health)),
            "isp" => drop(verdict.escapes.insert(Escape::AccessProvider)),
            "own-domain" => drop(verdict.escapes.insert(Escape::OwnDomain)),
            other => panic!("no such mark: {other}"),
        }
    }
    let person = Person {
        key: words[0].into(),
        emails: Few::new(),
        names: FewMap::new(),
        titles: FewMap::new(),
        organisations: FewMap::new(),
        departments: FewMap::new(),
        addresses: FewMap::new(),
        urls: FewMap::new(),
        phones: FewMap::new(),
        relation,
        places: FewMap::new(),
        joins: Vec::new(),
        tone: Tone::default(),
        around: Tone::default(),
        answered: Default::default(),
        categories: Default::default(),
    };
    (person, verdict)
}

fn sighting(person: &mut Person, words: &[&str]) {
    let channel = match words[0] {
        "sender" => Channel::Sender,
        "to" => Channel::To,
        "cc" => Channel::Cc,
        "signature" => Channel::Signature,
        "bcc" => Channel::Bcc,
        "reply_to" => Channel::ReplyTo,
        "quoted" | "forwarded" => Channel::QuotedSignature,
        "intro" | "invited" => Channel::Intro,
        "footer" => Channel::Footer,
        "book" => Channel::AddressBook,
        other => panic!("no such channel: {other}"),
    };
    let (kind, flags) = words[1].split_once('+').unwrap_or((words[1], ""));
    let within = match words[0] {
        "quoted" => Within::Reply,
        "forwarded" => Within::Forward,
        "invited" => Within::Invitation,
        _ => Within::Mail,
    };
    let place = Place {
        channel,
        within,
        folder: (channel != Channel::AddressBook).then(|| folder(kind)),
        via: (words[2] != "-").then(|| address(words[2])),
        automated: flags.contains('a'),
        private_subject: flags.contains('p'),
    };
    let days: Few<i32> = words[3].split(',').filter_map(|day| day.parse::<i32>().ok()).map(|day| TODAY + day).collect();
    let first = days.first().copied();
    let mut values = FewMap::new();
    for value in &words[4..] {
        let (kind, text) = value.split_once('=').expect("a value is kind=text");
        let text = text.replace('_', " ");
        let count = days.len().max(1) as u64;
        let add = |to: &mut FewMap<String, u64>| bump(to, text.clone(), count);
        let value = match kind {
            "email" => {
                person.emails.insert(address(&text));
                Value::Email(address(&text))
            }
            "name" => {
                add(&mut person.names);
                Value::Name(text.as_str().into())
            }
            "title" => {
                add(&mut person.titles);
                Value::Title(text.as_str().into())
            }
            "org" => {
                add(&mut person.organisations);
                Value::Organisation(text.as_str().into())
            }
            "address" => {
                add(&mut person.addresses);
                Value::Postal(text.as_str().into())
            }
            "work" | "home" | "mobile" => {
                let kind = match kind {
                    "work" => PhoneKind::Work,
                    "home" => PhoneKind::Home,
                    _ => PhoneKind::Mobile,
                };
                let phone = Phone { number: text, kind };
                bump(&mut person.phones, phone.clone(), count);
                Value::Phone(phone)
            }
            other => panic!("no such value: {other}"),
        };
        values.insert(value, first);
    }
    let count = days.len().max(1) as u64;
    person.places.insert(place, Sighting { count, days, values });
}

fn bump<K: Ord>(to: &mut FewMap<K, u64>, key: K, count: u64) {
    let before = to.get(&key).copied().unwrap_or(0);
    to.insert(key, before + count);
}
