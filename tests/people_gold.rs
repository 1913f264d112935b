//! People, spheres and relations against hand-labelled mailboxes, with what their messages show taken from the labels:
//! so that what is measured here is the judgement and not the reading. Prints the figures; asserts the targets.
//!
//! The mailboxes are the YAML files under `../shared/gold` and `tests/gold`; where there are none the test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailglean::address::Address;
use mailglean::classify::{Sphere, Verdict, classify_all};
use mailglean::message::{Automation, Folder, FolderKind, Line, Locator, Message, Party, Timestamp};
use mailglean::observe::{Card, Channel, Observation, Phone, PhoneKind, Within, Zone};
use mailglean::people::{OwnerHint, People, Person, Relation, Resolved};
use serde_yaml::Value;

fn mailboxes() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dirs = match std::env::var_os("MAILGLEAN_GOLD") {
        Some(dir) => vec![PathBuf::from(dir)],
        None => vec![root.join("../shared/gold"), root.join("tests/gold")],
    };
    let files = dirs.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten().map(|entry| entry.path());
    let mut out: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    out.sort();
    out
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn list(value: &Value, key: &str) -> Vec<String> {
    match value.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Sequence(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

struct Gold {
    box_: Value,
}

impl Gold {
    fn person(&self, who: &str) -> &Value {
        &self.box_["people"][who]
    }

    fn party(&self, message: &Value, who: &str) -> Party {
        let address = message
            .get("addresses")
            .and_then(|all| text(all, who))
            .or_else(|| list(self.person(who), "emails").first().cloned());
        let name = message.get("names").and_then(|all| text(all, who)).or_else(|| text(self.person(who), "name"));
        Party { name: name.filter(|name| !name.is_empty()), address: address.and_then(|text| Address::parse(&text)) }
    }

    fn parties(&self, message: &Value, key: &str) -> Vec<Party> {
        list(message, key).iter().map(|who| self.party(message, who)).collect()
    }

    fn card(&self, who: &str, fields: &[String]) -> Card {
        let person = self.person(who);
        let has = |field: &str| fields.iter().any(|have| have == field);
        let take = |field: &str, key: &str| if has(field) { list(person, key) } else { Vec::new() };
        let mut card = Card {
            names: take("name", "name"),
            titles: take("title", "title"),
            organisations: take("org", "org"),
            departments: take("department", "department"),
            addresses: take("address", "address"),
            urls: take("url", "url"),
            emails: take("email", "emails").first().and_then(|text| Address::parse(text)).into_iter().collect(),
            phones: Vec::new(),
        };
        for (field, kind) in [
            ("work", PhoneKind::Work),
            ("mobile", PhoneKind::Mobile),
            ("home", PhoneKind::Home),
            ("fax", PhoneKind::Fax),
        ] {
            if has(&format!("phone.{field}"))
                && let Some(number) = person.get("phones").and_then(|all| text(all, field))
            {
                let digits: String = number.chars().filter(char::is_ascii_digit).collect();
                card.phones.push(Phone { number: format!("+{digits}"), kind });
            }
        }
        card
    }

    fn add(&self, people: &mut People, message: &Value, number: u64) {
        let folder = text(message, "folder").unwrap_or_else(|| "INBOX".to_owned());
        let kind = match folder.as_str() {
            "INBOX" => FolderKind::Inbox,
            "Sent" => FolderKind::Sent,
            _ => FolderKind::Other,
        };
        let from = text(message, "from").unwrap_or_default();
        let mut lines = Vec::new();
        let mut zones = Vec::new();
        for line in text(message, "body").unwrap_or_default().trim_end().split('\n') {
            zones.push(match line.chars().next() {
                Some('C') => Zone::Closing,
                Some('S') => Zone::Signature,
                Some('D') => Zone::Footer,
                Some('I') => Zone::Intro,
                Some('Q') => Zone::Quoted,
                Some('T') => Zone::QuotedSignature,
                _ => Zone::Body,
            });
            lines.push(Line::plain(line.get(2..).unwrap_or_default()));
        }
        let date = text(message, "date").and_then(|text| text.parse::<jiff::Timestamp>().ok().map(|at| (at, text)));
        let date = date.map(|(at, text)| {
            let offset = text.get(19..).unwrap_or_default();
            let minutes = offset.get(1..3).and_then(|hours| hours.parse::<i16>().ok()).unwrap_or_default() * 60;
            Timestamp { seconds: at.as_second(), offset: if offset.starts_with('-') { -minutes } else { minutes } }
        });
        let list_id = text(message, "list_id").is_some();
        let generated = message.get("auto_submitted").and_then(Value::as_bool).unwrap_or_default();
        let parsed = Message {
            at: Locator { folder: Arc::new(Folder { alias: folder.clone(), name: folder, kind }), number },
            date,
            id: text(message, "id"),
            subject: text(message, "subject").unwrap_or_default(),
            from: vec![self.party(message, &from)],
            sender: Vec::new(),
            reply_to: self.parties(message, "reply_to"),
            to: self.parties(message, "to"),
            cc: self.parties(message, "cc"),
            bcc: self.parties(message, "bcc"),
            delivered_to: Vec::new(),
            automation: Automation { list: list_id, unsubscribe: list_id, generated, ..Automation::default() },
            lines,
            calendar: Vec::new(),
        };
        let mut seen = Vec::new();
        let fields = [
            (Channel::Sender, &parsed.from),
            (Channel::To, &parsed.to),
            (Channel::Cc, &parsed.cc),
            (Channel::Bcc, &parsed.bcc),
            (Channel::ReplyTo, &parsed.reply_to),
        ];
        for (channel, parties) in fields {
            for party in parties {
                let names = party.name.iter().filter(|name| !name.contains('@')).cloned().collect();
                let card = Card { names, emails: party.address.iter().cloned().collect(), ..Card::default() };
                seen.push(Observation { channel, card, of: party.address.clone(), within: Within::Mail });
            }
        }
        for told in message.get("discloses").and_then(Value::as_sequence).into_iter().flatten() {
            let who = text(told, "who").unwrap_or_default();
            let card = self.card(&who, &list(told, "fields"));
            let of = |channel| Observation { channel, card: card.clone(), of: None, within: Within::Mail };
            match text(told, "in").as_deref() {
                Some("signature") => {
                    let mut one = of(Channel::Signature);
                    one.of = (who == from).then(|| parsed.from[0].address.clone()).flatten();
                    seen.push(one);
                }
                Some("quoted_signature") => seen.push(of(Channel::QuotedSignature)),
                Some("footer") => seen.push(of(Channel::Footer)),
                _ => {}
            }
        }
        people.add(&parsed, &zones, &seen);
    }

    fn read(&self) -> People {
        let mut people = People::default();
        for who in list(&self.box_, "address_book") {
            let person = self.person(&who);
            let fields: Vec<String> =
                ["name", "title", "org", "address", "url", "phone.work", "phone.mobile", "phone.home", "phone.fax"]
                    .map(str::to_owned)
                    .into();
            let mut card = self.card(&who, &fields);
            card.emails = list(person, "emails").iter().filter_map(|text| Address::parse(text)).collect();
            people.add_contact(&card, &[]);
        }
        for (number, message) in (1..).zip(self.box_["messages"].as_sequence().into_iter().flatten()) {
            self.add(&mut people, message, number);
        }
        people
    }

    /// The relation that follows from the messages, as the gold README defines it.
    fn relation(&self, who: &str) -> Relation {
        let owns = |who: &str| text(self.person(who), "sphere").as_deref() == Some("own");
        let (mut wrote, mut written) = (false, false);
        for message in self.box_["messages"].as_sequence().into_iter().flatten() {
            let from = text(message, "from").unwrap_or_default();
            if owns(&from) {
                written |= ["to", "cc", "bcc"].iter().any(|key| list(message, key).iter().any(|one| one == who));
            } else {
                wrote |= from == who;
            }
        }
        match (owns(who), wrote, written) {
            (true, ..) => Relation::Own,
            (_, true, true) => Relation::Direct,
            (_, true, false) => Relation::Inbound,
            (_, false, true) => Relation::Outbound,
            _ if list(&self.box_, "address_book").iter().any(|one| one == who) => Relation::Listed,
            _ => Relation::Bystander,
        }
    }
}

fn key(name: &str) -> String {
    mailglean::people::names::key(name).map(|key| key.words).unwrap_or_default()
}

#[derive(Default)]
struct Score {
    people: usize,
    sphere: usize,
    relation: usize,
    false_joins: usize,
    splits: usize,
    strays: usize,
    /// By sphere: true, said, both.
    f1: BTreeMap<String, (usize, usize, usize)>,
    sensitive: (usize, usize, usize),
    /// Stated certainty, and whether it was right.
    certainty: Vec<(f64, bool)>,
    private: (i64, i64),
    wrong: Vec<String>,
}

fn name_of<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn score(gold: &Gold, resolved: &Resolved, verdicts: &[Verdict]) -> Score {
    let mut out = Score::default();
    let whos: Vec<String> = gold.box_["people"]
        .as_mapping()
        .into_iter()
        .flat_map(|all| all.keys())
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect();
    let mut by_mail = BTreeMap::new();
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for who in &whos {
        let emails = list(gold.person(who), "emails");
        for email in &emails {
            by_mail.insert(email.to_lowercase(), who.clone());
        }
        if emails.is_empty() {
            by_name.entry(key(&text(gold.person(who), "name").unwrap_or_default())).or_default().push(who.clone());
        }
    }
    let mut got: BTreeMap<String, Vec<(&Person, &Verdict)>> = BTreeMap::new();
    for (person, verdict) in resolved.people.iter().zip(verdicts) {
        let mut who: BTreeSet<&String> = person.emails.iter().filter_map(|email| by_mail.get(email.as_str())).collect();
        if who.is_empty() && person.emails.is_empty() {
            who = person.names.keys().filter_map(|name| by_name.get(&key(name))).flatten().collect();
        }
        out.false_joins += who.len().saturating_sub(1);
        if who.len() > 1 {
            out.wrong.push(format!("joined {who:?}"));
        }
        if who.is_empty() {
            out.strays += 1;
            out.wrong.push(format!("stray {:?} {:?}", person.names.keys().collect::<Vec<_>>(), person.key));
        }
        if verdict.sphere == Sphere::Private {
            out.private.1 += 1;
        }
        for who in who {
            got.entry(who.clone()).or_default().push((person, verdict));
        }
    }
    out.splits = got.values().map(|all| all.len() - 1).sum();
    for (who, all) in &got {
        if all.len() > 1 {
            out.wrong.push(format!("split {who}: {:?}", all.iter().map(|(person, _)| &person.key).collect::<Vec<_>>()));
        }
        let (person, verdict) = all[0];
        let truth = text(gold.person(who), "sphere").unwrap_or_default();
        let said = name_of(verdict.sphere);
        out.people += 1;
        out.sphere += usize::from(truth == said);
        out.certainty.push((verdict.certainty, truth == said));
        if truth != said {
            out.wrong.push(format!(
                "{who}: {truth}, said {said} ({:.2}, p {:.2}) {:?} tone {:?} / {:?}",
                verdict.certainty, verdict.private, verdict.reasons, person.tone.signals, person.answered.signals
            ));
        }
        out.f1.entry(truth.clone()).or_default().0 += 1;
        out.f1.entry(said.clone()).or_default().1 += 1;
        if truth == said {
            out.f1.entry(said).or_default().2 += 1;
        }
        if truth == "private" {
            out.private.0 += 1;
        }
        if person.relation == gold.relation(who) {
            out.relation += 1;
        } else {
            out.wrong.push(format!("{who}: relation {:?}, said {:?}", gold.relation(who), person.relation));
        }
        let wanted: BTreeSet<String> = list(gold.person(who), "sensitive").into_iter().collect();
        let have: BTreeSet<String> = verdict.sensitive.iter().map(name_of).collect();
        out.sensitive.0 += wanted.len();
        out.sensitive.1 += have.len();
        out.sensitive.2 += wanted.intersection(&have).count();
        if wanted != have {
            out.wrong.push(format!("{who}: sensitive {wanted:?}, said {have:?}"));
        }
    }
    out
}

#[test]
fn labelled_mailboxes() {
    let files = mailboxes();
    if files.is_empty() {
        println!("skipped: no ../shared and no tests/gold");
        return;
    }
    for file in files {
        let gold = Gold { box_: serde_yaml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap() };
        if gold.box_.get("messages").is_none() {
            continue;
        }
        let resolved = gold.read().resolve(&OwnerHint::default());
        let verdicts = classify_all(&resolved);
        let score = score(&gold, &resolved, &verdicts);
        let share = |hit: usize, all: usize| 100.0 * hit as f64 / all.max(1) as f64;
        println!(
            "== {} owner found by {:?}, {} addresses, domains {:?}",
            text(&gold.box_, "name").unwrap_or_default(),
            resolved.owner.found_by,
            resolved.owner.addresses.len(),
            resolved.owner.domains
        );
        println!("sphere right {:.1} ({}/{})", share(score.sphere, score.people), score.sphere, score.people);
        println!("relation right {:.1}", share(score.relation, score.people));
        println!("false joins {}, splits {}, strays {}", score.false_joins, score.splits, score.strays);
        for (sphere, (truth, said, both)) in &score.f1 {
            println!("{sphere}: F1 {:.1} (true {truth}, said {said}, both {both})", share(2 * both, truth + said));
        }
        println!(
            "sensitive: recall {:.1}, precision {:.1}",
            share(score.sensitive.2, score.sensitive.0),
            share(score.sensitive.2, score.sensitive.1)
        );
        println!("private: true {}, said {}", score.private.0, score.private.1);
        for line in &score.wrong {
            println!("  {line}");
        }
        assert_eq!(score.false_joins, 0, "two people are never one");
    }
}
