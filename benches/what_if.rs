//! How long a question about rules takes over 100,000 people, and how large the result is that it is asked of.
//!
//! `cargo bench --bench what_if` prints one line for each question. The people are invented: each stands in one to six
//! places of thirty folders, two in three at an organisation.

#![allow(clippy::expect_used, reason = "a benchmark fails by panicking")]

mod process;

use std::sync::Arc;
use std::time::Instant;

use mailglean::address::Address;
use mailglean::assess::whatif::{Figure, Goal};
use mailglean::assess::{Facts, FolderRead, assess};
use mailglean::classify::classify_all;
use mailglean::message::{Automation, Folder, FolderKind, Line, Locator, Message, Party, Timestamp};
use mailglean::observe::{Card, Channel, Observation, Within, Zone};
use mailglean::people::{OwnerHint, People};
use mailglean::profile::{Bound, builtin};
use mailglean::report::{Evidence, FORMATS, Level, Look, Meta, Question, Report, what_if};

const FOLDERS: usize = 30;
const DOMAIN: [&str; 8] = ["gmx.de", "t-online.de", "firm", "firm", "firm", "firm", "verein", "gmail.com"];

/// The same numbers at every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn party(number: usize) -> Party {
    let domain = match DOMAIN[number % 8] {
        kind if kind.contains('.') => kind.to_owned(),
        kind => format!("{kind}-{}.example", number / 8 % 900),
    };
    Party { name: Some(format!("Anna Muster{number}")), address: Address::parse(&format!("anna.n{number}@{domain}")) }
}

/// One person in ten writes of what is nobody's business, from whatever domain.
fn private(number: usize) -> bool {
    number % 10 == 3
}

fn text(number: usize) -> [&'static str; 3] {
    match private(number) {
        true => [
            "Liebe Jana,",
            "kommst du am Samstag zu Omas Geburtstag? Die Kinder freuen sich auf dich.",
            "Alles Liebe, deine Anna",
        ],
        false => ["Sehr geehrte Frau Brandt,", "anbei unser Angebot mit der Bestellnummer.", "Mit freundlichen Grüßen"],
    }
}

fn mailbox(addresses: usize) -> (People, Vec<Arc<Folder>>) {
    let kind = |at| match at {
        0 => FolderKind::Inbox,
        1 => FolderKind::Sent,
        2 => FolderKind::Junk,
        _ => FolderKind::Other,
    };
    let folder = |at| Arc::new(Folder { alias: format!("f{:02}", at + 1), name: format!("F{at}"), kind: kind(at) });
    let folders: Vec<Arc<Folder>> = (0..FOLDERS).map(folder).collect();
    let owner = Party { name: Some("Jana Brandt".to_owned()), address: Address::parse("jana@corp.example") };
    let (mut people, mut random) = (People::default(), Random(0x9e37_79b9_7f4a_7c15));
    for number in 0..addresses {
        for _ in 0..1 + random.below(6) {
            let at = match random.below(10) {
                0..4 => 0,
                4..6 => 1,
                _ => random.below(FOLDERS),
            };
            let others: Vec<Party> = (0..random.below(3)).map(|_| party(random.below(addresses))).collect();
            let (from, to) = if at == 1 { (owner.clone(), party(number)) } else { (party(number), owner.clone()) };
            let message = Message {
                at: Locator { folder: folders[at].clone(), number: number as u64 },
                date: Some(Timestamp { seconds: 1_700_000_000 + random.below(60_000_000) as i64, offset: 60 }),
                id: Some(format!("{number}.{}@bench.example", random.below(1 << 30))),
                subject: if private(number) { "Samstag" } else { "Angebot und Termin" }.to_owned(),
                from: vec![from.clone()],
                sender: Vec::new(),
                reply_to: Vec::new(),
                to: vec![to.clone()],
                cc: others.clone(),
                bcc: Vec::new(),
                delivered_to: Vec::new(),
                automation: Automation::default(),
                lines: text(number).iter().map(|line| Line::plain(line)).collect(),
                calendar: Vec::new(),
            };
            let sighting = |channel, party: &Party| {
                let names = party.name.iter().cloned().collect();
                let card = Card { names, emails: party.address.iter().cloned().collect(), ..Card::default() };
                Observation { channel, card, of: party.address.clone(), within: Within::default() }
            };
            let mut seen = vec![sighting(Channel::Sender, &from)];
            seen.push(sighting(Channel::To, &to));
            seen.extend(others.iter().map(|other| sighting(Channel::Cc, other)));
            if random.below(3) == 0 && at != 1 {
                seen.push(sighting(Channel::Signature, &from));
            }
            people.add(&message, &[Zone::Body, Zone::Body, Zone::Closing], &seen);
        }
    }
    (people, folders)
}

fn main() {
    let (people, folders) = mailbox(100_000);
    let resolved = people.resolve(&OwnerHint::default());
    let verdicts = classify_all(&resolved);
    let read = |folder: Arc<Folder>| FolderRead { folder, messages: 1, read: 1 };
    let facts = Facts { folders: folders.into_iter().map(read).collect(), today: 20_300, ..Facts::default() };
    let started = Instant::now();
    let all = assess(resolved, verdicts, &builtin()[..1], facts);
    let assessed = started.elapsed();
    let evidence = Evidence { level: Level::Pseudonyms, key: vec![7; 32], reason: None };
    let report = Report::new(&all, &evidence, &Meta::default());
    let json = FORMATS.iter().find(|format| format.name == "json").expect("is a format");
    let mut bytes = Vec::new();
    (json.write)(&report, Look::default(), &mut bytes).expect("a vector takes everything");
    let (started, spent) = (Instant::now(), process::seconds());
    let report = Report::load(&bytes, None).expect("is read again");
    println!(
        "{} contacts, {} places, {} domains; assess {:.2} s; result.json {} MB, read in {:.2} s ({:.2} s processor)",
        report.contacts.len(),
        report.contacts.iter().map(|contact| contact.places.len()).sum::<usize>(),
        report.domains.len(),
        assessed.as_secs_f64(),
        bytes.len() / 1_000_000,
        started.elapsed().as_secs_f64(),
        process::seconds() - spent
    );
    let headline = |bound| Goal { figure: Figure::Headline, bound };
    let [low, high] = [report.headline.low, report.headline.high];
    println!("headline {low} to {high}");
    assert!(low > 0, "a question about nobody measures nothing");
    let questions: [(&str, &[&str], Goal, u64); 8] = [
        ("40 candidates, nobody private", &[], Goal::default(), 0),
        ("40 candidates, headline to a tenth", &[], headline(Bound::Declared), low / 10),
        ("40 candidates, high end to a tenth", &[], headline(Bound::Permitted), high / 10),
        ("30 folders, nobody private", &["folder:*"], Goal::default(), 0),
        ("30 folders, headline halved", &["folder:*"], headline(Bound::Permitted), high / 2),
        ("30 folders and places, to a tenth", &["folder:*", "channel:*"], headline(Bound::Permitted), high / 10),
        (
            "40 rules but no structural ones",
            &["folder:*", "channel:*", "provider:*"],
            headline(Bound::Permitted),
            high / 4,
        ),
        (
            "more than 40 rules",
            &["folder:*", "channel:*", "provider:*", "switch:*", "freemail:*"],
            headline(Bound::Permitted),
            high / 20,
        ),
    ];
    println!(
        "question                               seconds  processor  among  rules  left            lost            proved"
    );
    for (name, rules, goal, target) in questions {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        let question = Question { rules, goal, target, smallest: true, ..Question::default() };
        let (started, spent) = (Instant::now(), process::seconds());
        let answer = what_if(&report, &question).expect("is answered");
        let found = answer.smallest.expect("is sought");
        println!(
            "{name:<38} {:>7.2} {:>10.2} {:>6} {:>6}  {:<15} {:<15} {}",
            started.elapsed().as_secs_f64(),
            process::seconds() - spent,
            answer.candidates,
            found.rules.len(),
            format!("{:?}", found.left.map(Option::unwrap_or_default)),
            format!("{:?}", found.lost.map(Option::unwrap_or_default)),
            found.proved
        );
    }
    println!("most memory at any time: {} MiB, the making of the people included", process::peak().unwrap_or_default());
}
