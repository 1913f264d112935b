//! What shows that nothing was changed: the grade, and the transcript that somebody else can check.

use std::fs;
use std::sync::Arc;

use mailglean::demo::{Act, Mailbox, Script};
use mailglean::message::FolderKind;

use crate::common::{OWNER, Program, Run, Served};
use crate::mail::{FIRST_DAY, letter};

fn mailbox() -> Mailbox {
    let mut mailbox = Mailbox::default();
    let one = |n: u32| (letter(n, "Ann Vogt <ann@firm.example>", OWNER, "", "Hello.\n"), FIRST_DAY);
    mailbox.add("INBOX", FolderKind::Inbox, (0..6).map(one).collect());
    mailbox.add("Geheime Sachen", FolderKind::Other, (6..9).map(one).collect());
    mailbox
}

fn edit(change: impl Fn(&str) -> String + Send + Sync + 'static) -> Act {
    Act::Edit(Arc::new(move |answer: Vec<u8>| change(&String::from_utf8_lossy(&answer)).into_bytes()))
}

fn grade(run: &Run) -> &str {
    run.report()["reading"]["proof"]["grade"].as_str().unwrap()
}

#[test]
fn a_mailbox_that_nobody_touched_is_graded_b() {
    let served = Served::new(mailbox());
    let run = Program::new().audit_server(&served, &[]).exits(0);
    assert_eq!(grade(&run), "B");
    assert!(run.stdout.contains("grade B"), "{}", run.stdout);
}

#[test]
fn rights_that_forbid_writing_are_graded_a_and_others_are_not() {
    let acl = || edit(|answer| answer.replace(" NAMESPACE", " ACL NAMESPACE"));
    let rights = |of: &str, rights: &str| Act::Say(format!("* MYRIGHTS {of} {rights}\r\n{{tag}} OK\r\n").into_bytes());
    for (other, expected) in [("lr", "A"), ("lrp", "A"), ("lrs", "B"), ("lrswipkxte", "B"), ("lrd", "B")] {
        let script = Script::default()
            .always("AUTHENTICATE", acl())
            .when("MYRIGHTS", "INBOX", rights("INBOX", "lr"))
            .when("MYRIGHTS", "Geheime", rights("\"Geheime Sachen\"", other));
        let run = Program::new().audit_server(&Served::scripted(mailbox(), script), &[]).exits(0);
        assert_eq!(grade(&run), expected, "{other}");
    }
    let refused = Script::default().always("AUTHENTICATE", acl()).always("MYRIGHTS", Act::answer("NO"));
    let run = Program::new().audit_server(&Served::scripted(mailbox(), refused), &[]).exits(0);
    assert_eq!(grade(&run), "B", "what the server does not tell forbids nothing");
}

#[test]
fn what_others_do_is_c_and_what_the_reading_does_is_f() {
    let folders = mailbox().folders.len() as u64;
    let new = edit(|answer| answer.replace("MESSAGES 6", "MESSAGES 7").replace("UIDNEXT 7", "UIDNEXT 8"));
    let script = Script::default().on("STATUS", folders + 2, new);
    let run = Program::new().audit_server(&Served::scripted(mailbox(), script), &[]).exits(5);
    assert_eq!(grade(&run), "C");

    // All that was unread has been read since: that was no other.
    let read = || edit(|answer| answer.replace("UNSEEN 3", "UNSEEN 0"));
    let nothing = Act::Say(b"* SEARCH\r\n{tag} OK\r\n".to_vec());
    let script = Script::default().on("STATUS", folders + 2, read()).on("UID SEARCH", 2, nothing);
    let run = Program::new().audit_server(&Served::scripted(mailbox(), script), &[]).exits(5);
    assert_eq!(grade(&run), "F");
    // One of them is still unread: whoever read the others, it was not this program, which looked at all.
    let one = Act::Say(b"* SEARCH 4\r\n{tag} OK\r\n".to_vec());
    let script = Script::default().on("STATUS", folders + 2, read()).on("UID SEARCH", 2, one);
    let run = Program::new().audit_server(&Served::scripted(mailbox(), script), &[]).exits(5);
    assert_eq!(grade(&run), "C");
}

#[test]
fn a_transcript_tells_what_the_server_heard_and_nothing_of_anybody() {
    let served = Served::scripted(mailbox(), Script::default().on("UID FETCH", 5, Act::Close(Vec::new())));
    let program = Program::new();
    let run = program.audit_server(&served, &["--transcript", "t.jsonl"]).exits(0);
    let text = fs::read_to_string(program.path("t.jsonl")).unwrap();
    for word in ["Geheime", "INBOX", "ann@", OWNER, "Vogt", &served.running.password, "localhost", "Letter"] {
        assert!(!text.contains(word), "{word} stands in the transcript");
    }
    let verified = program.run(&["verify", "t.jsonl"]).exits(0);
    let said = |name: &str| -> u64 {
        let line = verified.stdout.lines().find_map(|line| line.trim().strip_prefix(name));
        line.and_then(|line| line.trim().parse().ok()).unwrap_or_else(|| panic!("{name}: {}", verified.stdout))
    };
    let heard = served.running.transcript.verbs();
    for (verb, count) in heard.iter().filter(|(verb, _)| *verb != "UID FETCH") {
        assert_eq!(said(verb), *count, "{verb}");
    }
    // What was on its way when the connection broke was sent and not heard, and got no answer.
    let lost = said("UID FETCH") - heard["UID FETCH"];
    assert!((1..=said("Unanswered")).contains(&lost), "{lost}: {}", verified.stdout);
    assert!(verified.stdout.contains("over 2 connections"), "{}", verified.stdout);
    // Folders by alias, and of how many messages.
    assert!(
        text.contains(r#""folder":"f01","messages":3,"items":["UID","FLAGS","BODY.PEEK[HEADER.FIELDS]""#),
        "{text}"
    );

    fs::write(program.path("r.json"), run.report().to_string()).unwrap();
    let matched = program.run(&["verify", "t.jsonl", "r.json"]).exits(0);
    assert!(matched.stdout.contains("this very transcript"));
    program.audit_server(&Served::new(mailbox()), &["--transcript", "other.jsonl", "--out", "o.json"]).exits(0);
    program.run(&["verify", "t.jsonl", "o.json"]).refused(65);
    program.audit_server(&Served::new(mailbox()), &["--out", "none.json"]).exits(0);
    program.run(&["verify", "t.jsonl", "none.json"]).refused(65);

    fs::write(program.path("t.jsonl"), text.replace("\"messages\":3", "\"messages\":2")).unwrap();
    let run = program.run(&["verify", "t.jsonl"]).refused(65);
    assert!(run.stderr.contains("was changed"), "{}", run.stderr);
    program.run(&["verify", "missing.jsonl"]).refused(66);
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    // A device that is always full.
    if !std::path::Path::new("/dev/full").exists() {
        return crate::common::skipped("a transcript on a full disk: no /dev/full");
    }
    let served = Served::new(mailbox());
    let run = Program::new().audit_server(&served, &["--transcript", "/dev/full", "--overwrite"]);
    assert_eq!(run.code, 73, "{}", run.stderr);
    assert_eq!(served.running.transcript.commands(), []);
}
