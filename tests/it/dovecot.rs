//! A real server, Debian's Dovecot: every way in, and nothing on it is touched.
//!
//! And Cyrus and Courier, which show the same mailbox in their own ways.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use mailglean::demo::Mailbox;
use mailglean::message::FolderKind;

use crate::common::{OWNER, Program, Run, forbidden, manifest, skipped, tls};
use crate::mail::{FIRST_DAY, letter, mailbox};
use crate::real::{Kind, PASSWORD, Real};

/// A mailbox with folders whose names are not ASCII, or mean something to IMAP.
fn named() -> Mailbox {
    let mut mailbox = mailbox();
    for (n, name) in (30..).zip(["Entwürfe", "R&D", "日本語", "Archiv/2024/Q1", "a \"quoted\" \\ name"]) {
        let from = format!("Person {n} <p{n}@names.example>");
        mailbox.add(name, FolderKind::Other, vec![(letter(n, &from, OWNER, "", "Hallo\n"), FIRST_DAY)]);
    }
    mailbox
}

#[test]
fn every_way_in_gives_the_same_contacts_and_leaves_no_trace() {
    let Some(server) = Real::legible(Kind::Dovecot, &named()) else { return };
    let program = Program::new();
    let before = server.state();
    assert!(before.contains("/new/"), "a mailbox without new mail shows nothing");

    let first = server.audit(&program, &server.imaps(), &PASSWORD).exits(0);
    assert_eq!(first.report()["coverage"]["read"], 9, "{}", first.report()["coverage"]);
    assert_eq!(first.report()["reading"]["proof"]["read_only"], true);
    for n in 30..35 {
        assert_eq!(first.contact(&format!("p{n}@names.example"))["relation"], "inbound");
    }
    let token = ["--auth", "xoauth2", "--token-command", "printf %s token-alice"];
    let bearer = ["--auth", "oauthbearer", "--token-command", "printf %s token-alice"];
    let master = ["--auth", "plain", "--authzid", "alice", "--password-command", "printf %s master-pw"];
    let as_master = server.imaps().replace("alice@", "master@");
    for (url, way) in [
        (server.starttls(), &PASSWORD[..]),
        (server.imaps(), &token[..]),
        (server.starttls(), &bearer[..]),
        (as_master, &master[..]),
        (server.imaps(), &["--auth", "scram", "--password-command", "printf %s alice-pw"]),
    ] {
        let run = server.audit(&program, &url, way).exits(0);
        assert_eq!(run.contacts(), first.contacts(), "{url} {way:?}");
    }

    let wrong = ["--auth", "scram", "--password-command", "printf %s wrong-pw"];
    server.audit(&program, &server.imaps(), &wrong).refused(77);

    assert_eq!(server.state(), before, "the audit left a trace");
    let heard = server.heard();
    assert!(heard.iter().any(|line| line.starts_with("EXAMINE ")), "{heard:?}");
    let wrong: Vec<_> = heard.iter().filter(|line| forbidden(line)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_test_for_traces_would_find_one() {
    let Some(server) = Real::over(Kind::Dovecot, &mailbox()) else { return };
    let before = server.state();
    assert_eq!(server.state(), before, "looking for traces leaves some");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ca = fs::read_to_string(server.file("ca.pem")).unwrap();
        let address = ([127, 0, 0, 1], server.tls).into();
        let client = async_imap::Client::new(tls(address, &ca).await);
        let mut session = client.login("alice", "alice-pw").await.unwrap();
        session.select("INBOX").await.unwrap();
        // The one message that is new, and so unseen.
        let read: Vec<_> = session.uid_fetch("1:*", "BODY[]").await.unwrap().try_collect().await.unwrap();
        assert_eq!(read.len(), 3);
        session.logout().await.unwrap();
    });
    assert_ne!(server.state(), before, "SELECT and BODY[] left no trace: the comparison proves nothing");
    assert!(server.heard().iter().any(|line| forbidden(line)));
}

#[test]
fn what_is_wrong_with_a_login_or_a_certificate_is_said() {
    let Some(server) = Real::over(Kind::Dovecot, &mailbox()) else { return };
    let program = Program::new();
    for way in [
        &["--password-command", "printf wrong"][..],
        &["--auth", "xoauth2", "--token-command", "printf expired"],
        &["--auth", "oauthbearer", "--token-command", "printf expired"],
    ] {
        server.audit(&program, &server.imaps(), way).refused(77);
    }
    let other = server.file("other-ca.pem");
    for url in [server.imaps(), server.starttls()] {
        let way = [&[url.as_str(), "--ca", other.to_str().unwrap()][..], &PASSWORD].concat();
        program.audit(&way).refused(76);
        program.audit(&[&[url.as_str()][..], &PASSWORD].concat()).refused(76);
    }
    // A password with everything in it that a quoted string has to take care of.
    let url = format!("imaps://%C3%BC-carol@localhost:{}", server.tls);
    fs::write(program.path("secret"), "päss\"w\\rd\n").unwrap();
    let run = server.audit(&program, &url, &["--password-command", "cat secret"]);
    assert!(run.code != 77, "{}", run.stderr);
}

#[test]
fn ten_thousand_messages_are_all_read() {
    let mut many = Mailbox::default();
    let letters = (0..10_000_u32).map(|n| {
        let from = format!("Person {} <p{}@many.example>", n % 700, n % 700);
        let text = format!("Guten Tag,\n\nzu {n}.\n\nPerson {}\nTel. +49 30 23125 {:03}\n", n % 700, n % 700);
        (letter(n % 100, &from, OWNER, "", &text), FIRST_DAY + i64::from(n) * 60)
    });
    many.add("INBOX", FolderKind::Inbox, letters.collect());
    let Some(server) = Real::over(Kind::Dovecot, &many) else { return };
    let before = server.state();
    let program = Program::new();
    let run = server.audit(&program, &server.imaps(), &PASSWORD).exits(0);
    let coverage = &run.report()["coverage"];
    assert_eq!((&coverage["messages"], &coverage["read"]), (&10_000.into(), &10_000.into()));
    assert_eq!(run.contacts().as_array().unwrap().len(), 701, "700 people and the owner");
    assert_eq!(run.contact("p7@many.example")["sources"]["sender"], 15);
    assert_eq!(server.state(), before);
}

#[test]
fn mail_that_comes_during_an_audit_is_no_fault_of_the_audit() {
    let Some(server) = Real::over(Kind::Dovecot, &mailbox()) else { return };
    let program = Program::new();
    let new = server.file("home/alice/Maildir/new/1740000000.M99P1.host");
    // Delivered as a deliverer does, a little after the start; whether before or after the folder was opened is chance.
    let deliver = thread::spawn(move || {
        thread::sleep(Duration::from_millis(60));
        fs::write(new, letter(50, "Late <late@many.example>", OWNER, "", "x\n")).unwrap();
    });
    let run = server.audit(&program, &server.imaps(), &PASSWORD);
    deliver.join().unwrap();
    // That the mailbox changed is said; nothing is lost for it.
    assert!([0, 5].contains(&run.code), "{}: {}", run.code, run.stderr);
    assert!(run.report()["coverage"]["read"].as_u64().unwrap() >= 4);
    assert_eq!(run.report()["complete"], true);
}

#[test]
fn servers_that_differ_in_everything_give_the_same_contacts() {
    let mailbox = mailbox();
    let program = Program::new();
    let dir = program.path("Maildir");
    crate::mail::write_maildir(&mailbox, &dir);
    let files = program.audit(&["Maildir"]).exits(0);
    for kind in [Kind::Dovecot, Kind::Cyrus, Kind::Courier, Kind::Imap4d] {
        let Some(server) = Real::over(kind, &mailbox) else { continue };
        let run = server.audit(&program, &server.imaps(), &PASSWORD).exits(0);
        assert_eq!(names_gone(&run), names_gone(&files), "{kind:?}");
        assert_eq!(run.report()["coverage"]["read"], 4, "{kind:?}");
        assert_eq!(run.report()["reading"]["proof"]["read_only"], true, "{kind:?}");
    }
}

/// The hand-written mailbox that is kept beside the checkout gives the same contacts over a server and as files.
#[test]
fn a_mailbox_beside_the_checkout_is_the_same_over_imap_and_as_files() {
    let gold = manifest().join("../shared/gold");
    let Ok(entries) = fs::read_dir(&gold) else { return skipped("no ../shared") };
    for entry in entries {
        let yaml = entry.unwrap().path();
        if yaml.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        same_contacts(&gold.join("build.py"), &yaml);
    }
}

/// So do the mailboxes that were made for the tests.
#[test]
fn sample_mailboxes_are_the_same_over_imap_and_as_files() {
    let build = manifest().join("samples/build.py");
    same_contacts(&build, &manifest().join("samples/demo.yaml"));
    for entry in fs::read_dir(manifest().join("tests/gold")).unwrap() {
        same_contacts(&build, &entry.unwrap().path());
    }
}

fn same_contacts(build: &Path, yaml: &Path) {
    let program = Program::new();
    let output = Command::new("python3").arg(build).arg(yaml).arg(program.dir.path()).output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("No module named 'yaml'") => {
            return skipped("no PyYAML to build a mailbox");
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => return skipped("no python3 to build a mailbox"),
    }
    let maildir = program.path("maildir");
    let Some(server) = Real::start(Kind::Dovecot, &maildir) else { return };
    let before = server.state();
    let book = ["--contacts", "addressbook.vcf"];
    let files = program.audit(&[&["maildir"], &book[..]].concat()).exits(0);
    let imap = server.audit(&program, &server.imaps(), &[&PASSWORD[..], &book].concat()).exits(0);
    assert!(files.contacts().as_array().unwrap().len() > 20);
    assert_eq!(names_gone(&imap), names_gone(&files), "{}", yaml.display());
    assert_eq!(imap.report()["headline"], files.report()["headline"]);
    assert_eq!(server.state(), before);
}

/// Contacts without the aliases of folders: a server has empty folders that the files do not have.
fn names_gone(run: &Run) -> Vec<serde_json::Value> {
    let mut contacts = run.contacts().as_array().unwrap().clone();
    for contact in &mut contacts {
        contact.as_object_mut().unwrap().remove("places");
    }
    contacts
}
