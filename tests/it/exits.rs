//! How a run ends, for whoever calls the program from a script: the exit codes that need a special occasion.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use mailglean::demo::{Act, Script};

use crate::common::{OWNER, Program, Served};
use crate::mail::{mailbox, write_maildir};

#[test]
fn a_message_that_becomes_read_by_peeking_ends_everything() {
    // The flags before, a peek, the flags after: this server has set \Seen in between.
    let flags = |seen: &str| Act::Say(format!("* 1 FETCH (UID 1 FLAGS ({seen}))\r\n{{tag}} OK done\r\n").into_bytes());
    let unread = Act::Say(b"* SEARCH 1\r\n{tag} OK done\r\n".to_vec());
    let script = Script::default().when("UID SEARCH", "UNSEEN", unread).on("UID FETCH", 1, flags("")).on(
        "UID FETCH",
        3,
        flags("\\Seen"),
    );
    let served = Served::scripted(mailbox(), script);
    let program = Program::new();
    let run = program.audit_server(&served, &[]).refused(5);
    assert!(run.stderr.contains("read"), "{}", run.stderr);
    let verbs = served.running.transcript.verbs();
    assert_eq!(verbs.get("UID FETCH"), Some(&3), "it went on: {verbs:?}");
}

#[test]
fn a_folder_that_is_not_read_only_is_not_read() {
    let open = "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 4] x\r\n{tag} OK [READ-WRITE] open\r\n";
    let served = Served::scripted(mailbox(), Script::default().always("EXAMINE", Act::Say(open.as_bytes().to_vec())));
    let run = Program::new().audit_server(&served, &[]);
    assert!([5, 76].contains(&run.code), "{}: {}", run.code, run.stderr);
    assert!(run.result.is_none());
    assert!(!served.running.transcript.verbs().contains_key("UID FETCH"));
}

#[test]
fn a_mailbox_that_changes_meanwhile_is_reported_as_changed() {
    // INBOX and Sent are looked at before, and again after.
    let later =
        b"* STATUS INBOX (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 1700000001 UNSEEN 1 HIGHESTMODSEQ 2)\r\n{tag} OK done\r\n";
    let served = Served::scripted(mailbox(), Script::default().on("STATUS", 3, Act::Say(later.to_vec())));
    let run = Program::new().audit_server(&served, &[]).exits(5);
    assert_eq!(run.report()["reading"]["proof"]["changed"].as_array().unwrap().len(), 1);
}

#[test]
fn a_server_that_asks_to_wait_is_75() {
    let busy = Act::Close(b"* BYE [UNAVAILABLE] too many connections\r\n".to_vec());
    let served = Served::scripted(mailbox(), Script::default().always("GREETING", busy));
    let run = Program::new().audit_server(&served, &[]);
    assert!([69, 75].contains(&run.code), "{}: {}", run.code, run.stderr);
    assert!(run.result.is_none());
    let served = Served::scripted(
        mailbox(),
        Script::default()
            .always("LOGIN", Act::answer("NO [UNAVAILABLE] later"))
            .always("AUTHENTICATE", Act::answer("NO [UNAVAILABLE] later")),
    );
    let run = Program::new().audit_server(&served, &[]);
    assert_eq!(run.code, 75, "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_an_honest_result_or_none() {
    // Everything of INBOX comes; then the server says nothing more.
    let served = Served::scripted(mailbox(), Script::default().when("EXAMINE", "Sent", Act::Stall(vec![])));
    let program = Program::new();
    let url = format!("imaps://demo%40firma.example@localhost:{}", served.running.tls.port());
    let ca = served.dir.path().join("ca.pem");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailglean"))
        .args(["audit", &url, "--owner", OWNER, "--ca"])
        .arg(ca)
        .args(["--password-command", &format!("printf %s {}", served.running.password)])
        .env("HOME", program.dir.path())
        .current_dir(program.dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let waiting = || {
        served.running.transcript.commands().iter().any(|heard| heard.verb == "EXAMINE" && heard.line.contains("Sent"))
    };
    for _ in 0..1500 {
        if waiting() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(waiting(), "the audit never came to the second folder");
    // What came is handed on before the next command is sent, but not necessarily counted yet.
    std::thread::sleep(Duration::from_millis(200));
    assert!(Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let result: serde_json::Value = serde_json::from_slice(&fs::read(program.path("result.json")).unwrap()).unwrap();
    assert_eq!(result["complete"], false);
    assert_eq!(result["coverage"]["read"], 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let program = Program::new();
    write_maildir(&mailbox(), &program.path("Maildir"));
    let full = || Stdio::from(fs::File::options().write(true).open("/dev/full").unwrap());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailglean"));
        command.args(arguments).env("HOME", program.dir.path()).current_dir(program.dir.path());
        command.stdout(full()).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(run(&["audit", "Maildir"]), Some(74));
    assert_eq!(run(&["completions", "bash"]), Some(74));
}

#[test]
fn usage_and_configuration_are_told_apart() {
    let program = Program::new();
    assert_eq!(program.run(&["audit", "--no-such-flag"]).code, 64);
    assert_eq!(program.run(&["aduit"]).code, 64);
    assert_eq!(program.run(&["audit", "x", "--evidence", "everything"]).code, 64);
    fs::write(
        program.path("a.yaml"),
        "accounts:\n  work:\n    host: imap.firma.example\n    user: x\n    pasword: y\n",
    )
    .unwrap();
    let run = program.run(&["audit", "--config", "a.yaml"]).refused(78);
    assert!(run.stderr.contains("line 5"), "{}", run.stderr);
    assert!(!run.stderr.contains("y\n"), "a value was shown");
    fs::write(program.path("b.yaml"), "accounts:\n  work: {host: imap.firma.example, user: x, password: hunter2}\n")
        .unwrap();
    let run = program.run(&["audit", "--config", "b.yaml"]).refused(78);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

/// Wrong configurations: what is wrong with each, and what the message must name.
const WRONG: &[(&str, &str)] = &[
    ("accounts: [work]\n", "keys with values"),
    ("accounts:\n  work:\n    user: ann\n", "no host"),
    ("accounts:\n  work:\n    host: imap.firm.example\n", "missing field `user`"),
    ("accounts: {work: {host: imap.firm.example, user: ann, port: 99999}}\n", "port"),
    ("accounts: {work: {host: imap.firm.example, user: ann, port: geheim123}}\n", "65535"),
    ("accounts: {work: {host: imap.firm.example, user: ann, tls: none}}\n", "starttls"),
    ("accounts: {work: {host: imap.firm.example, user: ann, auth: kerberos}}\n", "xoauth2"),
    ("accounts: {work: {host: imap.firm.example, user: ann, password: geheim123}}\n", "MAILGLEAN_PASSWORD"),
    ("accounts: {work: {host: imap.firm.example, user: ann, token: geheim123}}\n", "token_command"),
    ("accounts: {work: {host: imap.firm.example, user: ann, password_command: ''}}\n", "no program"),
    ("accounts: {work: {host: imap.firm.example, user: ann, token_command: \"pass 'geheim123\"}}\n", "open quote"),
    ("accounts: {work: {hots: imap.firm.example, user: ann}}\n", "did you mean 'host'"),
    (
        "accounts: {a: {host: imap.firm.example, user: ann}, b: {host: imap.firm.example, user: bob}}\n",
        "more than one source",
    ),
    ("accounts: {a: {host: imap.firm.example, user: ann}}\nfiles: mail\n", "more than one source"),
    ("evidenz: clear\n", "did you mean 'evidence'"),
    ("files: mail\nevidence: everything\n", "pseudonyms"),
    ("files: mail\nlanguage: fr\n", "de, en"),
    ("files: mail\nsince: 29.02.2024\n", "YYYY-MM-DD"),
    ("files: mail\ninstalled_on: 2025-13-01\n", "installed_on"),
    ("files: mail\ninstalled_on: 2025-02-01\nremoved_on: 2025-01-01\n", "'removed_on' lies before 'installed_on'"),
    ("files: mail\nowner: {addresses: [ann]}\n", "owner's address"),
    ("files: mail\nowner: {domains: [localhost]}\n", "owner's domain"),
    ("files: mail\nowner: ann@firm.example\n", "addresses and domains"),
    ("files: mail\nexpires_after_days: soon\n", "whole number"),
    ("files: mail\ngovernance: {works_council: true}\n", "works_council_involved"),
    ("files: mail\ngovernance: {private_use_allowed: maybe}\n", "true or false"),
    ("files: mail\ngovernance: {protected: [betriebsrat]}\n", "protected address"),
    ("files: mail\nfolders: [INBOX]\n", "include and exclude"),
    ("files: mail\n  since: x\n", "indentation"),
    ("files: [unclosed\n", "a path"),
    ("files: mail\nfiles: other\n", "duplicate"),
];

#[test]
fn every_wrong_configuration_says_what_and_what_to_do() {
    let program = Program::new();
    for (text, named) in WRONG {
        fs::write(program.path("wrong.yaml"), text).unwrap();
        let run = program.run(&["audit", "--config", "wrong.yaml"]).refused(78);
        assert!(run.stderr.contains(named), "{text}: {}", run.stderr);
        assert!(run.stderr.contains("\nhint: "), "{text}: {}", run.stderr);
        assert!(!run.stderr.contains("geheim123"), "{text}: {}", run.stderr);
    }
    fs::write(program.path("wrong.yaml"), b"files: \xff\xfe\n").unwrap();
    assert!(program.run(&["audit", "--config", "wrong.yaml"]).refused(78).stderr.contains("hint: "));
    fs::write(program.path("wrong.yaml"), "#".repeat(70_000)).unwrap();
    assert!(program.run(&["audit", "--config", "wrong.yaml"]).refused(78).stderr.contains("64 KiB"));
    assert!(program.run(&["audit", "--config", "nowhere.yaml"]).refused(78).stderr.contains("config.example.yaml"));
    // The same value as a flag is a matter of usage.
    assert_eq!(program.run(&["audit", "mail", "--lang", "fr"]).code, 64);
}
