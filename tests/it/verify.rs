//! A result that can be checked later: its digest, its signature, and a second look at the mailbox.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{Program, skipped};
use crate::mail::{letter, mailbox, write_maildir};

/// Exit code and what was said.
fn run(program: &Program, arguments: &[&str]) -> (i32, String) {
    let output = program.command(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn audited(more: &[&str]) -> Program {
    let program = Program::new();
    write_maildir(&mailbox(), &program.path("Maildir"));
    sign_key(&program);
    let (code, said) = run(&program, &[&["audit", "Maildir", "--owner", "demo@firma.example"][..], more].concat());
    assert_eq!(code, 0, "{said}");
    program
}

/// A key that can sign; false without OpenSSH.
fn sign_key(program: &Program) -> bool {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", "dpo", "-f"]).arg(program.path("signing"));
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[test]
fn a_result_that_was_changed_is_not_confirmed() {
    let program = audited(&[]);
    let verify = ["verify", "result.json", "--overdue"];
    let (code, said) = run(&program, &verify);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("as it was written"), "{said}");
    let text = fs::read_to_string(program.path("result.json")).unwrap();
    let changed = text.replacen("\"low\": ", "\"low\": 1", 1);
    assert_ne!(text, changed);
    fs::write(program.path("result.json"), changed).unwrap();
    let (code, said) = run(&program, &verify);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("NOT CONFIRMED"), "{said}");
}

#[test]
fn a_second_look_finds_the_same_or_says_what_differs() {
    let program = audited(&["--evidence", "masked"]);
    let again = ["verify", "result.json", "Maildir", "--overdue", "--owner", "demo@firma.example"];
    let (code, said) = run(&program, &again);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("recomputed   equal"), "{said}");
    let (code, said) = run(&program, &[&again[..], &["--key", "other.key"]].concat());
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("another key"), "{said}");
    let one_more = letter(77, "New One <new@new.example>", "demo@firma.example", "", "Hello\n");
    fs::write(program.path("Maildir/cur/one-more:2,S"), one_more).unwrap();
    let (code, said) = run(&program, &again);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("differs in") && said.contains("contacts") && !said.contains("new.example"), "{said}");
}

#[test]
fn what_is_signed_is_checked_by_openssh_and_by_ourselves() {
    if !sign_key(&Program::new()) {
        skipped("signatures: no ssh-keygen");
        return;
    }
    let program = audited(&["--sign", "signing"]);
    let public = fs::read_to_string(program.path("signing.pub")).unwrap();
    fs::write(program.path("allowed"), format!("dpo@firma.example {public}")).unwrap();
    // By hand, as an administrator would.
    let by_hand = |file: &str| {
        let mut command = Command::new("ssh-keygen");
        command.current_dir(program.dir.path());
        command.args(["-Y", "verify", "-f", "allowed", "-I", "dpo@firma.example", "-n", "mailglean", "-s"]);
        command.arg("result.json.sig").stdin(fs::File::open(program.path(file)).unwrap());
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(by_hand("result.json"));
    let verify = ["verify", "result.json", "--overdue"];
    let (code, said) = run(&program, &verify);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("by whom was not asked"), "{said}");
    let by_name = [&verify[..], &["--allowed-signers", "allowed", "--signer"]].concat();
    let (code, said) = run(&program, &[&by_name[..], &["dpo@firma.example"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("by the named signer"), "{said}");
    let (code, said) = run(&program, &[&by_name[..], &["mallory@firma.example"]].concat());
    assert_eq!(code, 65, "{said}");
    // A forger makes the digest fit again, and not the signature.
    let (code, _) = run(&program, &["report", "result.json", "--overdue", "--format", "json"]);
    assert_eq!(code, 0);
    let forged =
        fs::read_to_string(program.path("result.json")).unwrap().replace("\"synthetic\": false", "\"synthetic\": true");
    fs::write(program.path("forged.json"), forged).unwrap();
    assert!(!by_hand("forged.json"));
    let forged = ["verify", "forged.json", "--overdue", "--signature", "result.json.sig"];
    let (code, said) = run(&program, &forged);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("does not fit"), "{said}");
    // What cannot sign is said before anything is read.
    fs::write(program.path("nokey"), "not a key").unwrap();
    let (code, said) = run(&program, &["audit", "Maildir", "--sign", "nokey", "--out", "second.json"]);
    assert_eq!(code, 78, "{said}");
    assert!(!program.path("second.json").exists());
}

#[test]
fn a_protected_mailbox_needs_a_reason() {
    let program = Program::new();
    write_maildir(&mailbox(), &program.path("Maildir"));
    let audit = ["audit", "Maildir", "--owner", "betriebsrat@firma.example"];
    let (code, said) = run(&program, &audit);
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("works council") && !program.path("result.json").exists(), "{said}");
    fs::write(program.path("c.yaml"), "files: Maildir\ngovernance: {protected: [demo@firma.example]}\n").unwrap();
    let (code, said) = run(&program, &["audit", "--config", "c.yaml"]);
    assert_eq!(code, 6, "whose it is shows only from the mail: {said}");
    assert!(!program.path("result.json").exists());
    let (code, said) = run(&program, &[&audit[..], &["--protected-ok", "asked for by the council"]].concat());
    assert_eq!(code, 0, "{said}");
    let result = fs::read_to_string(program.path("result.json")).unwrap();
    assert!(result.contains("asked for by the council"));
}
