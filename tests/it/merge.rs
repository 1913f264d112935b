//! Numbers over many mailboxes: what is published, what is refused, and what is remembered of it.

use std::fs;

use crate::common::Program;
use crate::mail::{mailbox, write_maildir};

/// A program with results of so many mailboxes, made with one key.
fn audited(mailboxes: usize) -> Program {
    let program = Program::new();
    write_maildir(&mailbox(), &program.path("Maildir"));
    for n in 0..mailboxes {
        let owner = format!("demo{n}@firma.example");
        let own = ["--owner", &owner, "--owner", "demo@firma.example", "--out", &format!("{n}.json")];
        let run = program.command(&[&["audit", "Maildir"][..], &own].concat()).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    }
    program
}

/// Exit code, stdout and stderr of a merge of these results.
fn merge(program: &Program, results: &[usize], more: &[&str]) -> (i32, String, String) {
    let files: Vec<String> = results.iter().map(|n| format!("{n}.json")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = program.command(&[&["merge", "--overdue"][..], &files, more].concat()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_rests_on_enough_mailboxes_is_published() {
    let program = audited(9);
    let (code, text, error) = merge(&program, &[0, 1, 2, 3], &[]);
    assert_eq!((code, text.as_str()), (6, ""), "four are not five: {error}");
    let (code, text, error) = merge(&program, &[0, 1, 2, 3, 4], &["--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let merged: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&merged["mailboxes"], &merged["k"]), (&5.into(), &5.into()));
    let one: serde_json::Value = serde_json::from_slice(&fs::read(program.path("0.json")).unwrap()).unwrap();
    let business = one["profiles"][0]["permitted"]["sent"]["business"].as_u64().unwrap();
    assert!(business > 0);
    // Five mailboxes with the same people: five times as many, rounded to five.
    assert_eq!(merged["profiles"][0]["sent"]["business"][1], business * 5);

    let (code, _, error) = merge(&program, &[0, 1, 2, 3, 4, 5], &[]);
    assert_eq!(code, 6, "one more mailbox could be told from the difference: {error}");
    assert!(error.contains("hint:"), "{error}");
    let (code, text, _) = merge(&program, &[0, 1, 2, 3, 4], &["--lang", "de"]);
    assert_eq!(code, 0);
    assert!(text.contains("Postfächer: 5") && text.contains("private oder unbeteiligte Personen"), "{text}");

    // It remembers pseudonyms, for its user alone.
    let ledger = program.path(".local/share/mailglean/merges.jsonl");
    let kept = fs::read_to_string(&ledger).unwrap();
    assert_eq!(kept.lines().count(), 1, "the refused one is not a publication, and the same one is not another");
    assert!(!kept.contains('@') && !kept.contains("firma"), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&ledger).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::write(&ledger, &kept[..kept.len() - 5]).unwrap();
    let (code, _, error) = merge(&program, &[0, 1, 2, 3, 4], &[]);
    assert_eq!(code, 65, "a damaged ledger allows nothing: {error}");
}

#[test]
fn what_could_count_a_mailbox_twice_is_refused() {
    let program = audited(3);
    let (code, _, error) = merge(&program, &[0, 1, 1], &["-k", "3"]);
    assert_eq!(code, 65, "{error}");
    let (code, _, error) = merge(&program, &[0, 1, 2], &["-k", "2"]);
    assert_eq!(code, 6, "{error}");
    let other = ["audit", "Maildir", "--owner", "x@firma.example", "--key", "other.key", "--out", "3.json"];
    assert_eq!(program.command(&other).output().unwrap().status.code(), Some(0));
    let (code, _, error) = merge(&program, &[0, 1, 2, 3], &["-k", "3"]);
    assert_eq!(code, 65, "another key: {error}");
    let (code, _, error) = merge(&program, &[0, 1, 2], &["-k", "3"]);
    assert_eq!(code, 0, "{error}");
}
