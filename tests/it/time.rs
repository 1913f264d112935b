//! A plug-in through time, invitations, and what brokers wrote: from a mailbox to the result, by the whole program.

use std::collections::BTreeSet;
use std::sync::Arc;

use mailglean::assess::{Facts, assess};
use mailglean::audit::Analysis;
use mailglean::demo::{Mailbox, sample};
use mailglean::message::{Folder, FolderKind, Locator, RawMessage};
use mailglean::people::OwnerHint;
use mailglean::{classify, profile};
use serde_json::json;

use crate::common::{OWNER, Program, Served};
use crate::mail::{FIRST_DAY, letter, mailbox, write_maildir};

fn invitation() -> Vec<u8> {
    let text = String::from_utf8(letter(8, "Ann Lee <ann@firm.example>", OWNER, "", "")).unwrap();
    let head = text.split("Content-Type").next().unwrap();
    format!(
        "{head}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        Termin\r\n--b\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        // BEGIN:VCALENDAR, METHOD:REQUEST, an organiser and two attendees, one of them in no header.
        "QkVHSU46VkNBTEVOREFSDQpNRVRIT0Q6UkVRVUVTVA0KQkVHSU46VkVWRU5UDQpPUkdBTklaRVI7Q049QW5uIExlZTptYWlsdG86\
         YW5uQGZpcm0uZXhhbXBsZQ0KQVRURU5ERUU7Q049Q29yYSBTYW5kOm1haWx0bzpjb3JhQGVsc2UuZXhhbXBsZQ0KQVRURU5ERUU6\
         bWFpbHRvOmRlbW9AZmlybWEuZXhhbXBsZQ0KRU5EOlZFVkVOVA0KRU5EOlZDQUxFTkRBUg0K"
            .replace(' ', "")
    )
    .into_bytes()
}

#[test]
fn an_invitation_is_fetched_and_its_guests_are_kept_apart() {
    let mut mailbox = mailbox();
    mailbox.add("Termine", FolderKind::Other, vec![(invitation(), FIRST_DAY)]);
    let served = Served::new(mailbox.clone());
    let program = Program::new();
    let profiles = ["--profile", "apollo-contributor-2024", "--profile", "lusha-community-2021"];
    let run = program.audit_server(&served, &profiles).exits(0);
    let cora = run.contact("cora@else.example");
    assert_eq!(cora["places"][0]["within"], "invitation");
    assert_eq!(cora["names"], json!(["Cora Sand"]));
    assert_eq!(cora["relation"], "bystander");
    // Apollo may read calendars as far as is known; Lusha says that it does not.
    assert_eq!(cora["fates"]["apollo-contributor-2024"][1]["is"], "sent");
    assert_eq!(cora["fates"]["lusha-community-2021"][1]["is"], "not_read");
    // The same from files.
    write_maildir(&mailbox, &program.path("Maildir"));
    let files = program.audit(&[&["Maildir"], &profiles[..]].concat()).exits(0);
    assert_eq!(files.contact("cora@else.example")["fates"], cora["fates"]);
}

#[test]
fn the_day_of_the_installation_makes_the_curve() {
    let program = Program::new();
    write_maildir(&mailbox(), &program.path("Maildir"));
    let supposed = program.audit(&["Maildir"]).exits(0);
    let profile = &supposed.report()["profiles"][0];
    let scenarios: Vec<&str> =
        profile["growth"].as_array().unwrap().iter().map(|one| one["scenario"].as_str().unwrap()).collect();
    assert_eq!(scenarios, ["always", "last_year"]);
    assert_eq!(profile["growth"][0]["declared"]["total"]["leaks"], profile["low"]);
    assert_eq!(profile["growth"][0]["permitted"]["total"]["leaks"], profile["high"]);
    assert!(supposed.stdout.contains("as if installed one year before the newest message"), "{}", supposed.stdout);

    // The letters are of 1 to 4 March 2025; the plug-in comes on the second and goes on the third. Martina and Theo are
    // there on the first day, and so is Mama (on the second); the newsletter comes too late.
    let days = ["--installed-on", "2025-03-02", "--removed-on", "2025-03-03"];
    let given = program.audit(&[&["Maildir"], &days[..]].concat()).exits(0);
    let [growth] = given.report()["profiles"][0]["growth"].as_array().unwrap().as_slice() else { panic!("not one") };
    assert_eq!(growth["scenario"], "configured");
    assert_eq!((&growth["installed_on"], &growth["until"]), (&json!("2025-03-02"), &json!("2025-03-03")));
    assert_eq!(growth["permitted"]["day_one"]["people"], 3);
    assert_eq!(given.contact("news@versand.example")["fates"]["zoominfo-community-2013"][1]["is"], "too_old");
    assert_eq!(
        given.contact("m.kern@kern-logistik.example")["fates"]["zoominfo-community-2013"][1]["transmissions"],
        1
    );
    program.audit(&["Maildir", "--installed-on", "2025-03-03", "--removed-on", "2025-03-02"]).refused(64);
}

#[test]
fn what_brokers_wrote_is_counted_and_never_quoted() {
    let mut mailbox = mailbox();
    let notice = |number, text: &str| letter(number, "Directory <office@directory.example>", OWNER, "", text);
    let told = "Sehr geehrte Damen und Herren,\n\nSie wurden in unser Branchenverzeichnis aufgenommen.\n\
        Bitte prüfen Sie Ihren Eintrag: Quittenstein.\n";
    mailbox.add("Archiv", FolderKind::Other, vec![(notice(8, told), FIRST_DAY), (notice(40, told), FIRST_DAY)]);
    // The same letter in a second folder is the same letter.
    mailbox.add("Kopien", FolderKind::Other, vec![(notice(8, told), FIRST_DAY)]);
    let program = Program::new();
    write_maildir(&mailbox, &program.path("Maildir"));
    for level in ["counts", "pseudonyms", "clear"] {
        let arguments =
            ["audit", "Maildir", "--owner", OWNER, "--evidence", level, "--reveal", "a test", "--format", "md"];
        let run = program.run(&[&arguments[..], &["--overwrite"]].concat()).exits(0);
        let notices = &run.report()["notices"];
        assert_eq!(notices["messages"], 2);
        assert_eq!(notices["kinds"], json!({"listed": 2, "verify": 2}));
        let months = if level == "counts" { json!({}) } else { json!({"2025-03": 1, "2025-04": 1}) };
        assert_eq!(notices["months"], months);
        let report = std::fs::read_to_string(program.path("result.md")).unwrap();
        assert!(report.contains("Mail from data brokers") && !report.contains("Quittenstein"));
        assert!(run.stdout.contains("2 messages that look like a broker's notice"), "{}", run.stdout);
    }
}

/// Order, split and grouping of messages change neither a curve nor a count.
#[test]
fn time_adds_up_whoever_reads_what() {
    let mailbox: Mailbox = sample();
    let mut messages = Vec::new();
    for (folder, at) in mailbox.folders.iter().zip(1..) {
        let place = Arc::new(Folder { alias: format!("f{at:02}"), name: folder.name.clone(), kind: folder.kind });
        for stored in folder.messages.iter().take(60) {
            messages
                .push((Locator { folder: Arc::clone(&place), number: u64::from(stored.uid) }, stored.bytes.to_vec()));
        }
    }
    assert!(messages.len() > 100, "{}", messages.len());
    let raw = |(at, bytes): &(Locator, Vec<u8>)| RawMessage { at: at.clone(), bytes: bytes.clone() };
    let judged = |analysis: Analysis| {
        let (people, facts) = analysis.finish();
        let resolved = people.resolve(&OwnerHint::default());
        let verdicts = classify::classify_all(&resolved);
        let facts = Facts { today: 20_500, ..facts };
        let all = assess(resolved, verdicts, &profile::builtin(), facts);
        let runs = all.runs.iter();
        runs.map(|run| (run.growth.clone(), run.declared.legal.clone(), run.permitted.legal.clone()))
            .collect::<Vec<_>>()
    };
    let mut forth = Analysis::default();
    messages.iter().for_each(|message| forth.add(&raw(message)));
    let mut parts = [Analysis::default(), Analysis::default(), Analysis::default()];
    for (message, at) in messages.iter().rev().zip(0_usize..) {
        parts[(at * 7) % 3].add(&raw(message));
    }
    let [mut one, two, mut three] = parts;
    three.merge(two);
    one.merge(three);
    let forth = judged(forth);
    assert_eq!(forth, judged(one));
    let grown: BTreeSet<usize> =
        forth.iter().flat_map(|(growth, ..)| growth.iter().map(|one| one.declared.people.len())).collect();
    assert!(grown.iter().any(|points| *points > 10), "{grown:?}");
}
