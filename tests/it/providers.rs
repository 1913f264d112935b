//! Providers that are known by name.

use crate::common::Program;

#[test]
fn what_has_to_be_done_first_is_told_without_a_connection() {
    let program = Program::new();
    let run = program.run(&["check", "--provider", "gmail"]).exits(0);
    assert!(run.stdout.contains("imap.gmail.com, port 993"), "{}", run.stdout);
    assert!(run.stdout.contains("app password"), "{}", run.stdout);
    let run = program.run(&["check", "--provider", "gmial", "ann@gmail.com"]).refused(64);
    assert!(run.stderr.contains("did you mean 'gmail'?"), "{}", run.stderr);
}

#[test]
fn ten_providers_are_known_and_each_says_what_to_grant() {
    let known = [
        ("gmail", "imap.gmail.com", "app password"),
        ("outlook", "outlook.office365.com", "IMAP.AccessAsUser.All"),
        ("icloud", "imap.mail.me.com", "app-specific password"),
        ("yahoo", "imap.mail.yahoo.com", "app password"),
        ("gmx", "imap.gmx.net", "POP3/IMAP"),
        ("web.de", "imap.web.de", "POP3/IMAP"),
        ("t-online", "secureimap.t-online.de", "Passwort für E-Mail-Programme"),
        ("ionos", "imap.ionos.de", "password of the mailbox"),
        ("mailbox.org", "imap.mailbox.org", "application password"),
        ("posteo", "posteo.de", "Postfachschutz"),
    ];
    for (id, host, grant) in known {
        let run = Program::new().run(&["check", "--provider", id]).exits(0);
        let said = run.stdout.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("{host}, port 993")) && said.contains(grant), "{id}: {said}");
    }
}

#[test]
fn a_provider_that_takes_tokens_only_is_not_asked_for_a_password() {
    let run = Program::new().run(&["check", "--provider", "outlook", "ann@firm.example"]).refused(78);
    assert!(run.stderr.contains("no token for outlook.office365.com"), "{}", run.stderr);
    let run = Program::new().run(&["check", "--provider", "posteo", "ann@posteo.example"]).refused(78);
    assert!(run.stderr.contains("no password for posteo.de"), "{}", run.stderr);
}

#[test]
fn an_account_needs_a_host_or_a_provider() {
    let program = Program::new();
    std::fs::write(program.path("c.yaml"), "accounts:\n  one:\n    user: ann@firm.example\n").unwrap();
    let run = program.run(&["check", "--config", "c.yaml"]).refused(64);
    assert!(run.stderr.contains("no host"), "{}", run.stderr);
    std::fs::write(program.path("c.yaml"), "accounts:\n  one:\n    user: ann\n    provider: web.de\n").unwrap();
    let run = program.run(&["check", "--config", "c.yaml"]).refused(78);
    assert!(run.stderr.contains("no password for imap.web.de"), "{}", run.stderr);
}
