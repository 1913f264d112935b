//! Whether what is said of the people of a message agrees with what readers said of the message: business or personal.
//!
//! `cargo test --release --test enron -- --ignored --nocapture`. The 875 messages are third-party data and no part of this
//! repository: they are looked for in `../shared`. Each message is a mailbox of one letter, its owner the sender if the
//! sender is of the firm, else the first recipient of the firm. A message is said to be personal if one of its people, the
//! owner left out, is called private; with an unsure one and no private one it is not judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mailglean::address::Address;
use mailglean::audit::Analysis;
use mailglean::classify::{Sphere, classify_all};
use mailglean::message::{Folder, FolderKind, Locator, RawMessage};
use mailglean::people::{OwnerHint, Relation};

const FIRM: &str = "enron.com";

fn addresses(text: &str) -> Vec<Address> {
    text.split(',').filter_map(|one| Address::parse(one.trim())).collect()
}

#[derive(Default)]
struct Cell {
    messages: u32,
    personal: u32,
    unsure: u32,
}

#[test]
#[ignore = "prints what docs/accuracy.md shows"]
fn agreement() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/accuracy/enron_berkeley_private.dev.jsonl");
    let Ok(lines) = std::fs::read_to_string(path) else {
        println!("skipped: no ../shared");
        return;
    };
    // By label, and by whether anybody outside the firm takes part.
    let mut cells: BTreeMap<(String, bool), Cell> = BTreeMap::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let from = addresses(&field("from"));
        let rest: Vec<Address> = addresses(&field("to")).into_iter().chain(addresses(&field("cc"))).collect();
        let inside = |address: &&Address| address.registrable() == FIRM;
        let sent = from.iter().any(|address| inside(&address));
        let Some(owner) = from.iter().chain(&rest).find(inside).or(rest.first()) else { continue };
        let header = |name: &str, value: &str| {
            let flat: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            if flat.trim().is_empty() { String::new() } else { format!("{name}: {flat}\r\n") }
        };
        let name: String = field("x_from").chars().filter(|c| !c.is_control() && *c != '"').collect();
        let sender = from.first().map(|address| format!("\"{name}\" <{address}>")).unwrap_or_default();
        let raw = [
            header("From", &sender),
            header("To", &field("to")),
            header("Cc", &field("cc")),
            header("Subject", &field("subject")),
            "Content-Type: text/plain; charset=utf-8\r\n\r\n".to_owned(),
            field("text"),
        ];
        let kind = if sent { FolderKind::Sent } else { FolderKind::Inbox };
        let folder = Arc::new(Folder { alias: "f01".to_owned(), name: "one".to_owned(), kind });
        let mut analysis = Analysis::default();
        analysis.add(&RawMessage { at: Locator { folder, number }, bytes: raw.concat().into_bytes() });
        let hint = OwnerHint { addresses: [owner.clone()].into(), domains: [FIRM.to_owned()].into() };
        let resolved = analysis.finish().0.resolve(&hint);
        let verdicts = classify_all(&resolved);
        let people = || resolved.people.iter().zip(&verdicts).filter(|(person, _)| person.relation != Relation::Own);
        // Those who take part; who is only quoted or signed for does not.
        let takes_part =
            |addresses: &[Address]| addresses.iter().any(|address| from.contains(address) || rest.contains(address));
        let spheres: Vec<Sphere> =
            people().filter(|(person, _)| takes_part(&person.emails)).map(|(_, verdict)| verdict.sphere).collect();
        let personal = spheres.contains(&Sphere::Private);
        let unsure = !personal && spheres.contains(&Sphere::Unsure);
        let outside = from.iter().chain(&rest).any(|address| !inside(&address));
        let cell = cells.entry((field("private"), outside)).or_default();
        cell.messages += 1;
        cell.personal += u32::from(personal);
        cell.unsure += u32::from(unsure);
    }
    println!("| label | somebody from outside | messages | said to be personal | not judged |");
    println!("|---|---|---|---|---|");
    for ((label, outside), cell) in &cells {
        println!("| {label} | {outside} | {} | {} | {} |", cell.messages, cell.personal, cell.unsure);
    }
    println!(
        "label `unclear` left out; `yes` and `semi` are personal; messages with an unsure person agree with nothing"
    );
    for (what, wanted) in
        [("all", [true, false].as_slice()), ("with somebody from outside", &[true]), ("inside", &[false])]
    {
        let (mut agree, mut judged, mut unsure, mut business) = (0, 0, 0, 0);
        for ((label, outside), cell) in cells.iter().filter(|((label, _), _)| label != "unclear") {
            if wanted.contains(outside) {
                let said_business = cell.messages - cell.personal - cell.unsure;
                agree += if label == "no" { said_business } else { cell.personal };
                judged += cell.messages - cell.unsure;
                unsure += cell.unsure;
                business += if label == "no" { cell.messages } else { 0 };
            }
        }
        let all = judged + unsure;
        println!(
            "{what}: agreement in {agree} of {judged} judged ({:.1} %), {unsure} unsure; calling all {all} business agrees in {:.1} %",
            100.0 * f64::from(agree) / f64::from(judged.max(1)),
            100.0 * f64::from(business) / f64::from(all.max(1)),
        );
    }
    let messages: u32 = cells.values().map(|cell| cell.messages).sum();
    assert!(messages >= 800, "only {messages} messages were judged");
}
