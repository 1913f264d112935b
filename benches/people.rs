//! How long joining and judging takes for 10,000 to 1,000,000 distinct addresses, and how much memory it needs.
//!
//! `cargo bench --bench people` prints one line for each size; `-- 100000` for that size alone.

mod process;

use std::sync::Arc;
use std::time::Instant;

use mailglean::address::Address;
use mailglean::classify::{Sphere, classify_all};
use mailglean::message::{Automation, Folder, FolderKind, Line, Locator, Message, Party, Timestamp};
use mailglean::observe::{Card, Channel, Observation, Within, Zone};
use mailglean::people::{OwnerHint, People};

const FIRST: [&str; 8] = ["Anna", "Bernd", "Carla", "Dieter", "Elif", "Frank", "Gesa", "Henning"];
const LAST: [&str; 6] = ["Müller", "Osterkamp", "Lindqvist", "Wübbena", "Kowalczyk", "Tjarks"];
const DOMAIN: [&str; 5] = ["gmx.de", "t-online.de", "firm", "verein", "praxis"];

fn party(number: usize) -> Party {
    let (first, last) = (FIRST[number % 8], LAST[number / 8 % 6]);
    let domain = match DOMAIN[number / 48 % 5] {
        kind if kind.contains('.') => kind.to_owned(),
        kind => format!("{kind}-{}.example", number / 200),
    };
    // As many namesakes as a large firm has, and a million different names in the end.
    let name = format!("{first} {last}{}", syllables(number / 400));
    Party { name: Some(name), address: Address::parse(&format!("{first}.n{number}@{domain}").to_lowercase()) }
}

/// A number in syllables: what has digits in it is no name.
fn syllables(mut number: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ba", "do", "fel", "gar", "hin", "kur", "len", "mot", "ris", "wen"];
    let mut out = String::new();
    loop {
        out.push_str(SYLLABLES[number % 10]);
        number /= 10;
        if number == 0 {
            return out;
        }
    }
}

fn main() {
    println!("addresses  add s  join s  classify s  join+classify s  processor s  ratio  people  private  peak MiB");
    let mut before: Option<f64> = None;
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10_000, 100_000, 1_000_000] } else { asked };
    for addresses in sizes {
        let folder = |name: &str, kind| Arc::new(Folder { alias: name.to_owned(), name: name.to_owned(), kind });
        let (inbox, sent) = (folder("INBOX", FolderKind::Inbox), folder("Sent", FolderKind::Sent));
        let owner = Party { name: Some("Jana Brandt".to_owned()), address: Address::parse("jana@corp.example") };
        let started = Instant::now();
        let mut people = People::default();
        for first in (0..addresses).step_by(10) {
            let parties: Vec<Party> = (first..first + 10).map(party).collect();
            let outbound = first % 100 == 0;
            let (from, to) =
                if outbound { (owner.clone(), parties.clone()) } else { (parties[0].clone(), vec![owner.clone()]) };
            let cc = if outbound { Vec::new() } else { parties.into_iter().skip(1).collect() };
            let message = Message {
                at: Locator { folder: if outbound { sent.clone() } else { inbox.clone() }, number: first as u64 },
                date: Some(Timestamp { seconds: 1_700_000_000 + first as i64 * 60, offset: 60 }),
                id: Some(format!("{first}@bench.example")),
                subject: "Angebot und Termin".to_owned(),
                from: vec![from],
                sender: Vec::new(),
                reply_to: Vec::new(),
                to,
                cc,
                bcc: Vec::new(),
                delivered_to: Vec::new(),
                automation: Automation::default(),
                lines: vec![Line::plain("Hallo Jana, kannst du am Montag?"), Line::plain("Viele Grüße")],
                calendar: Vec::new(),
            };
            let fields = [(Channel::Sender, &message.from), (Channel::To, &message.to), (Channel::Cc, &message.cc)];
            let seen: Vec<Observation> = fields
                .iter()
                .flat_map(|(channel, parties)| {
                    parties.iter().map(|party| {
                        let names = party.name.iter().cloned().collect();
                        let card = Card { names, emails: party.address.iter().cloned().collect(), ..Card::default() };
                        Observation { channel: *channel, card, of: party.address.clone(), within: Within::Mail }
                    })
                })
                .collect();
            people.add(&message, &[Zone::Body, Zone::Closing], &seen);
        }
        let added = started.elapsed();
        let spent = process::seconds();
        let resolved = people.resolve(&OwnerHint::default());
        drop(people);
        let joined = started.elapsed();
        let verdicts = classify_all(&resolved);
        let judged = started.elapsed();
        let private = verdicts.iter().filter(|verdict| verdict.sphere == Sphere::Private).count();
        let both = (judged - added).as_secs_f64();
        let ratio = before.map_or_else(|| "-".to_owned(), |before| format!("{:.1}", both / before));
        before = Some(both);
        println!(
            "{addresses:9}  {:5.2}  {:6.2}  {:10.2}  {both:15.2}  {:11.2}  {ratio:>5}  {}  {private}  {}",
            added.as_secs_f64(),
            (joined - added).as_secs_f64(),
            (judged - joined).as_secs_f64(),
            process::seconds() - spent,
            resolved.people.len(),
            process::peak().map_or_else(|| "unknown".to_owned(), |mib| mib.to_string()),
        );
    }
}
