//! Servers that break off, refuse, lie or never end: an error or an incomplete result, never a partial one that says complete.

use mailglean::demo::{Act, Certificate, Mailbox, Script};
use mailglean::message::FolderKind;

use crate::common::{OWNER, Program, Run, Served};
use crate::mail::{FIRST_DAY, letter, mailbox};

/// Audits a server that misbehaves once or always.
fn audit(script: Script) -> Run {
    Program::new().audit_server(&Served::scripted(mailbox(), script), &[])
}

/// Checks many cases at once: a client waits before it tries again, and waiting costs nothing.
fn each<T: Send>(cases: Vec<T>, check: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

#[test]
fn a_wrong_password_or_token_is_said_so() {
    let served = Served::new(mailbox());
    let program = Program::new();
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    let ca = served.dir.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    program.audit(&[&url, "--ca", ca, "--password-command", "printf wrong"]).refused(77);
    program.audit(&[&url, "--ca", ca, "--auth", "xoauth2", "--token-command", "printf wrong"]).refused(77);
    program.audit(&[&url, "--ca", ca, "--auth", "oauthbearer", "--token-command", "printf wrong"]).refused(77);
    // A command that fails gives no secret, and the empty one is not tried.
    let before = served.running.transcript.verbs();
    let run = program.audit(&[&url, "--ca", ca, "--password-command", "false"]);
    assert!([77, 78].contains(&run.code), "{}: {}", run.code, run.stderr);
    let after = served.running.transcript.verbs();
    assert_eq!(before.get("LOGIN"), after.get("LOGIN"));
    assert_eq!(before.get("AUTHENTICATE"), after.get("AUTHENTICATE"));
}

#[test]
fn no_certificate_is_taken_on_trust() {
    for certificate in [Certificate::Expired, Certificate::OtherHost, Certificate::SelfSigned] {
        let served = Served::with_certificate(mailbox(), certificate);
        let program = Program::new();
        program.audit_server(&served, &[]).refused(76);
        assert_eq!(served.running.transcript.commands(), [], "{certificate:?}: something was said to it");
    }
    // The right server, and nobody who vouches for it.
    let served = Served::new(mailbox());
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    Program::new().audit(&[&url, "--password-command", "printf x"]).refused(76);
}

#[test]
fn nobody_there_is_69() {
    let port = crate::common::free_port();
    let url = format!("imaps://demo%40firma.example@localhost:{port}");
    Program::new().audit(&[&url, "--password-command", "printf x"]).refused(69);
}

#[test]
fn without_starttls_nothing_secret_is_said() {
    let stripped = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n".to_vec();
    let capability = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n{tag} OK done\r\n".to_vec();
    let scripts = [
        Script::default()
            .always("GREETING", Act::Say(stripped))
            .always("CAPABILITY", Act::Say(capability))
            .always("STARTTLS", Act::answer("BAD what")),
        Script::default().always("GREETING", Act::Say(b"* PREAUTH welcome\r\n".to_vec())),
        Script::default().always("STARTTLS", Act::answer("NO not today")),
        Script::default().always("STARTTLS", Act::answer("BAD what")),
        // Bytes of the plain connection must not count for the protected one.
        Script::default().always("STARTTLS", Act::Say(b"{tag} OK go\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n".to_vec())),
        Script::default().always("GREETING", Act::Close(b"* BYE too busy\r\n".to_vec())),
    ];
    each(scripts.into_iter().enumerate().collect(), |(n, script)| {
        let served = Served::scripted(mailbox(), script);
        let program = Program::new();
        let url = format!("imap://demo%40firma.example@localhost:{}", served.running.starttls.port());
        let ca = served.dir.path().join("ca.pem");
        let run = program.audit(&[&url, "--ca", ca.to_str().unwrap(), "--password-command", "printf x"]);
        let verbs = served.running.transcript.verbs();
        assert!([69, 75, 76].contains(&run.code), "{n}: {}: {} {verbs:?}", run.code, run.stderr);
        assert!(run.result.is_none());
        assert!(!verbs.contains_key("LOGIN") && !verbs.contains_key("AUTHENTICATE"), "{verbs:?}");
    });
}

#[test]
fn where_nothing_was_read_there_is_no_report() {
    let bye = || Act::Close(b"* BYE shutting down\r\n".to_vec());
    let cases = vec![
        ("LIST", Act::answer("NO go away")),
        ("LIST", Act::answer("BAD what")),
        ("LIST", Act::Cut(10)),
        ("EXAMINE", Act::answer("NO [INUSE] locked")),
        ("EXAMINE", Act::Cut(40)),
        ("EXAMINE", bye()),
        ("UID FETCH", bye()),
        ("UID FETCH", Act::answer("NO [UNAVAILABLE] server error")),
    ];
    each(cases, |(verb, act)| {
        let run = audit(Script::default().always(verb, act));
        assert!([66, 69, 75, 76].contains(&run.code), "{verb}: {}: {}", run.code, run.stderr);
        assert!(run.result.is_none(), "{verb}: there is a report of nothing");
    });
}

#[test]
fn a_folder_that_vanishes_is_one_problem() {
    let script = Script::default().when("EXAMINE", "Sent", Act::answer("NO [NONEXISTENT] gone"));
    let run = audit(script).exits(4);
    assert_eq!(run.problems("folder"), 1, "{}", run.report()["coverage"]);
    assert_eq!(run.report()["coverage"]["read"], 3);
    assert_eq!(run.contact("gerda.demo@t-online.de")["sphere"], "private");
}

#[test]
fn a_server_that_breaks_off_in_a_message_leaves_the_rest() {
    // What was complete counts; that something is missing is said.
    let mut big = Mailbox::default();
    let many = (0..60).map(|n| {
        let from = format!("Person {n} <p{n}@many.example>");
        (letter(n, &from, OWNER, "", &format!("Hallo\n{}\n", "wort ".repeat(400))), FIRST_DAY)
    });
    big.add("INBOX", FolderKind::Inbox, many.collect());
    each(vec![30_000, 60_000], |cut| {
        // Whatever is asked for of bodies: half of it comes.
        let script = Script::default()
            .when("UID FETCH", "BODY.PEEK[]", Act::Cut(cut))
            .when("UID FETCH", "BODY.PEEK[1]", Act::Cut(cut))
            .when("UID FETCH", "BODY.PEEK[TEXT]", Act::Cut(cut));
        let run = Program::new().audit_server(&Served::scripted(big.clone(), script), &[]);
        assert!([4, 69, 76].contains(&run.code), "{}: {}", run.code, run.stderr);
        if let Some(report) = &run.result {
            assert_eq!(report["complete"], false, "a part was taken for the whole");
            assert!(report["coverage"]["read"].as_u64().unwrap() < 60);
        }
    });
}
