//! The audit from end to end, over the embedded server and over files: one mailbox gives one result, and is only read.

use std::fs;

use mailglean::message::FolderKind;

use crate::common::{OWNER, Program, Run, Served, forbidden};
use crate::mail::{FIRST_DAY, letter, letters, mailbox, write_maildir, write_mbox};

#[test]
fn an_audit_says_only_what_may_be_said_on_the_wire() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let run = program.audit_server(&served, &[]).exits(0);
    let heard = served.running.transcript.commands();
    let wrong: Vec<_> = heard.iter().filter(|heard| forbidden(&heard.line)).map(|heard| &heard.line).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(heard.iter().any(|heard| heard.verb == "EXAMINE") && heard.iter().any(|heard| heard.verb == "UID FETCH"));
    // What the report says of the commands is what the server heard.
    let said = &run.report()["reading"]["proof"]["commands"];
    let said: std::collections::BTreeMap<String, u64> = serde_json::from_value(said.clone()).unwrap();
    assert_eq!(said, served.running.transcript.verbs());
}

#[test]
fn the_test_of_the_wire_would_fail() {
    for line in [
        "SELECT INBOX",
        "CLOSE",
        "UID STORE 1 +FLAGS (\\Seen)",
        "STORE 1 FLAGS ()",
        "EXPUNGE",
        "UID FETCH 1 BODY[]",
        "uid fetch 1 (FLAGS BODY[1.2]<0.5>)",
        "UID FETCH 1 RFC822",
        "UID FETCH 1 RFC822.TEXT",
        "FETCH 1 BODY.PEEK[]",
        "APPEND x {3}",
        "UID MOVE 1 x",
        "SETACL x",
        "CREATE x",
        "UID EXPUNGE 1",
        "CHECK",
        "",
    ] {
        assert!(forbidden(line), "{line}");
    }
    for line in
        ["EXAMINE INBOX", "UID FETCH 1:* (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (From)] BODYSTRUCTURE)", "LOGOUT"]
    {
        assert!(!forbidden(line), "{line}");
    }
}

#[test]
fn server_maildir_mbox_and_single_files_give_the_same_contacts() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let over_imap = program.audit_server(&served, &[]).exits(0);
    assert_eq!(over_imap.contact("m.kern@kern-logistik.example")["relation"], "direct");
    assert_eq!(over_imap.contact("theo.beispiel@gmx.de")["relation"], "bystander");
    assert_eq!(over_imap.contact("gerda.demo@t-online.de")["sphere"], "private");

    let maildir = program.path("Maildir");
    write_maildir(&mailbox(), &maildir);
    let from_maildir = program.audit(&[maildir.to_str().unwrap()]).exits(0);
    assert_eq!(from_maildir.contacts(), over_imap.contacts());

    let all: Vec<Vec<u8>> = letters().into_iter().map(|(_, bytes)| bytes).collect();
    let mbox = program.path("all.mbox");
    write_mbox(&all, &mbox);
    let emls = program.path("letters");
    fs::create_dir(&emls).unwrap();
    for (n, bytes) in all.iter().enumerate() {
        fs::write(emls.join(format!("{n}.eml")), bytes).unwrap();
    }
    // Without folders, which message was sent shows in its sender alone.
    let from_mbox = program.audit(&[mbox.to_str().unwrap()]).exits(0);
    let from_emls = program.audit(&[emls.to_str().unwrap()]).exits(0);
    assert_eq!(from_mbox.report()["coverage"]["read"], 4);
    // A plug-in that reads one folder takes less; what a mailbox shows of people is the same.
    let people = |run: &Run| {
        let keys = [
            "emails",
            "names",
            "titles",
            "organisations",
            "addresses",
            "phones",
            "urls",
            "sphere",
            "relation",
            "sources",
        ];
        let contacts = run.contacts().as_array().unwrap();
        contacts.iter().map(|contact| keys.map(|key| contact[key].clone())).collect::<Vec<_>>()
    };
    assert_eq!(people(&from_mbox), people(&over_imap));
    assert_eq!(people(&from_emls), people(&over_imap));
}

#[test]
fn starttls_and_tokens_lead_to_the_same_result() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let by_password = program.audit_server(&served, &[]).exits(0);
    let running = &served.running;
    let ca = served.dir.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let password = format!("printf %s {}", running.password);
    let token = format!("printf %s {}", running.token);
    let starttls = format!("imap://demo%40firma.example@localhost:{}", running.starttls.port());
    let tls = format!("imaps://demo%40firma.example@localhost:{}", running.tls.port());
    for way in [
        [&starttls, "--ca", ca, "--password-command", &password, "--auth", "plain"],
        [&starttls, "--ca", ca, "--token-command", &token, "--auth", "xoauth2"],
        [&tls, "--ca", ca, "--token-command", &token, "--auth", "oauthbearer"],
        [&tls, "--ca", ca, "--password-command", &password, "--auth", "login"],
    ] {
        let run = program.audit(&way).exits(0);
        assert_eq!(run.contacts(), by_password.contacts(), "{way:?}");
        let host = format!("localhost:{}", if *way[0] == starttls { running.starttls } else { running.tls }.port());
        assert_eq!(run.report()["reading"]["hosts"], serde_json::json!([host]), "{way:?}");
        assert!(run.report()["reading"]["proof"]["tls"].as_str().unwrap().starts_with("TLS 1.3"), "{way:?}");
    }
}

#[test]
fn folders_and_days_can_be_chosen_and_the_rest_is_named() {
    let mut mailbox = mailbox();
    let old = letter(9, "Otto Alt <otto@alt.example>", OWNER, "", "Hallo\n");
    mailbox
        .add("Entwürfe", FolderKind::Drafts, vec![])
        .add("Archiv/R&D", FolderKind::Other, vec![(old.clone(), FIRST_DAY - 86_400), (old, FIRST_DAY)])
        .add("日本語", FolderKind::Other, vec![(letter(10, "Yuki <yuki@nihon.example>", OWNER, "", "x\n"), FIRST_DAY)]);
    let served = Served::new(mailbox);
    let program = Program::new();
    let run = program.audit_server(&served, &["--folder", "Archiv/*", "--since", "2025-03-03"]).exits(0);
    let coverage = &run.report()["coverage"];
    assert_eq!(coverage["read"], 1, "{coverage}");
    assert_eq!(coverage["folders"][0]["name"], "Archiv/R&D");
    let not_opened: Vec<_> =
        coverage["not_opened"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(not_opened, ["Entwürfe", "INBOX", "Sent", "日本語"]);
    let opened: Vec<_> =
        served.running.transcript.commands().into_iter().filter(|heard| heard.verb == "EXAMINE").collect();
    assert!(opened.iter().all(|heard| heard.line.contains("Archiv/R&-D")), "a folder was opened that nobody asked for");
    let run = program.audit_server(&served, &["--folder", "日本語"]).exits(0);
    assert_eq!(run.contact("yuki@nihon.example")["relation"], "inbound");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let bytes = || {
        program.audit_server(&served, &[]).exits(0);
        fs::read_to_string(program.path("result.json")).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn the_order_of_messages_changes_nothing() {
    let program = Program::new();
    let mut all: Vec<Vec<u8>> = letters().into_iter().map(|(_, bytes)| bytes).collect();
    let mut results = vec![];
    for _ in 0..all.len() {
        all.rotate_left(1);
        write_mbox(&all, &program.path("all.mbox"));
        program.audit(&["all.mbox"]).exits(0);
        results.push(fs::read_to_string(program.path("result.json")).unwrap());
    }
    assert!(results.iter().all(|result| result == &results[0]), "the order shows in the result");
}

#[test]
fn copies_that_are_not_fetched_count_like_those_that_are() {
    let mut mailbox = mailbox();
    let everything = mailbox.folders.iter().flat_map(|folder| &folder.messages);
    let everything = everything.map(|message| (message.bytes.to_vec(), message.internal_date)).collect();
    mailbox.add("All Mail", mailglean::message::FolderKind::All, everything);
    let program = Program::new();
    let fetched = program.audit_server(&Served::new(mailbox.clone()), &[]).exits(0);
    let named = program.audit_server(&Served::naming_copies(mailbox.clone()), &[]).exits(0);
    assert_eq!(named.contacts(), fetched.contacts());
    assert_eq!(named.report()["coverage"], fetched.report()["coverage"]);
    let served = Served::naming_copies(mailbox);
    let kept = program.audit_server(&served, &["--state", "s"]).exits(0);
    let again = program.audit_server(&served, &["--state", "s", "--overwrite"]).exits(0);
    assert!(kept.report() == again.report());
    assert_eq!(again.contacts(), fetched.contacts());
}

#[test]
fn a_second_copy_of_everything_changes_no_verdict() {
    let once = Served::new(mailbox());
    let mut doubled = mailbox();
    let copies = doubled.folders.iter().flat_map(|folder| &folder.messages);
    let copies = copies.map(|message| (message.bytes.to_vec(), message.internal_date)).collect();
    doubled.add("All Mail", FolderKind::All, copies);
    let twice = Served::new(doubled);
    let program = Program::new();
    let verdicts = |served: &Served| {
        let run = program.audit_server(served, &[]).exits(0);
        let of = |contact: &serde_json::Value| {
            ["emails", "sphere", "relation", "certainty", "reasons"].map(|key| contact[key].clone())
        };
        let verdicts: Vec<_> = run.contacts().as_array().unwrap().iter().map(of).collect();
        (verdicts, run.report()["headline"].clone())
    };
    assert_eq!(verdicts(&once), verdicts(&twice));
}

#[test]
fn who_was_written_to_long_ago_is_no_bystander() {
    // A plug-in may look at one year; whether the owner ever wrote to somebody shows only in the whole mailbox.
    let mut mailbox = mailbox();
    let old = String::from_utf8(letter(20, OWNER, "theo.beispiel@gmx.de", "", "Hallo Theo\n")).unwrap();
    let old = old.replace(" 2025 ", " 2009 ").into_bytes();
    mailbox.add("Archiv", FolderKind::Archive, vec![(old, 1_250_000_000)]);
    let served = Served::new(mailbox);
    let run = Program::new().audit_server(&served, &[]).exits(0);
    assert_eq!(run.contact("theo.beispiel@gmx.de")["relation"], "outbound");
}

#[test]
fn a_gap_clears_nobody() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let run = program.audit_server(&served, &[]).exits(0);
    assert_eq!(run.report()["coverage"]["address_book"], serde_json::Value::Null);
    assert!(run.stdout.to_lowercase().contains("not measured"), "{}", run.stdout);
    fs::write(
        program.path("book.vcf"),
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Theo Beispiel\r\nEMAIL:theo.beispiel@gmx.de\r\nEND:VCARD\r\n",
    )
    .unwrap();
    let run = program.audit_server(&served, &["--contacts", "book.vcf"]).exits(0);
    assert_eq!(run.report()["coverage"]["address_book"], 1);
    assert_eq!(run.contact("theo.beispiel@gmx.de")["sources"]["address_book"], 1);
}

#[test]
fn every_figure_is_between_two_bounds() {
    let served = Served::new(mailbox());
    let run = Program::new().audit_server(&served, &[]).exits(0);
    let report = run.report();
    assert!(report["headline"]["low"].as_u64().unwrap() <= report["headline"]["high"].as_u64().unwrap());
    assert!(!report["profiles"][0]["assumptions"].as_array().unwrap().is_empty());
    let text = run.stdout.to_lowercase();
    for word in ["declared", "permitted", "assum"] {
        assert!(text.contains(word), "the summary does not say `{word}`:\n{}", run.stdout);
    }
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}'), "escapes in a pipe");
}

#[test]
fn demo_needs_nothing_and_says_so() {
    let program = Program::new();
    let started = std::time::Instant::now();
    let run = program.run(&["demo"]).exits(0);
    assert!(run.report()["synthetic"].as_bool().unwrap());
    let hosts = run.report()["reading"]["hosts"].as_array().unwrap();
    assert!(hosts.len() == 1 && hosts[0].as_str().unwrap().starts_with("127.0.0.1:"), "{hosts:?}");
    assert!(run.report()["reading"]["proof"]["tls"].as_str().unwrap().starts_with("TLS"));
    assert_eq!(run.report()["complete"], true);
    assert!(run.report()["headline"]["low"].as_u64().unwrap() > 0, "a demo that shows nothing");
    // Not a measurement, but a demo that hangs on something outside is none.
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn check_opens_no_message() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    let ca = served.dir.path().join("ca.pem");
    let password = format!("printf %s {}", served.running.password);
    let run = program.run(&["check", &url, "--ca", ca.to_str().unwrap(), "--password-command", &password]).exits(0);
    let verbs = served.running.transcript.verbs();
    assert!(!verbs.contains_key("UID FETCH"), "{verbs:?}");
    assert!(verbs.contains_key("LIST"));
    assert!(run.stdout.contains("TLS 1.3"), "{}", run.stdout);
}
