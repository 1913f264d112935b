//! Periodic audits: whoever was accepted once does not fail the next one, and whoever is new does.

use std::fs;

use crate::common::{OWNER, Program, Run};

fn letter(program: &Program, name: &str, from: &str) {
    fs::create_dir_all(program.path("mail")).unwrap();
    let head = format!("From: {from}\r\nTo: Demo <{OWNER}>\r\nDate: Mon, 2 Jun 2025 10:00:00 +0200\r\n");
    let rest = format!("Message-ID: <{name}@test.example>\r\nSubject: Hallo\r\n\r\nBis bald\r\n");
    fs::write(program.path("mail").join(format!("{name}.eml")), head + &rest).unwrap();
}

/// Audits as of today, so that a result of a moment ago is not past its date.
fn audit(program: &Program, arguments: &[&str]) -> Run {
    let all = [&["--quiet", "audit", "mail", "--owner", OWNER, "--overwrite"], arguments].concat();
    let output = program.command(&all).env_remove("SOURCE_DATE_EPOCH").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let result = fs::read(program.path("result.json")).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap());
    Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr), result }
}

fn ids(run: &Run) -> Vec<String> {
    run.contacts().as_array().unwrap().iter().map(|contact| contact["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_who_is_new_fails_the_next_audit() {
    let program = Program::new();
    letter(&program, "one", "Tante Rosa <rosa@ewetel.net>");
    let fails = ["--fail-on", "headline.high>0"];
    let first = audit(&program, &fails).exits(3);
    fs::copy(program.path("result.json"), program.path("accepted.json")).unwrap();
    let with = |baseline| [&fails[..], &["--baseline", baseline]].concat();
    let again = audit(&program, &with("accepted.json")).exits(0);
    assert_eq!(again.stderr, "", "nothing is new, so nothing is said");

    letter(&program, "two", "Onkel Theo <theo@osnanet.de>");
    let more = audit(&program, &with("accepted.json")).exits(3);
    let new: Vec<String> = ids(&more).into_iter().filter(|id| !ids(&first).contains(id)).collect();
    let want = format!("note: headline.high>0 counts 1 who are not in the baseline: {}\n", new[0]);
    assert_eq!((new.len(), more.stderr.as_str()), (1, want.as_str()));

    // A list of ids, as somebody keeps it who has looked at each.
    let list = format!("# accepted on 3 May\n{}  # told\n", ids(&first)[0]);
    fs::write(program.path("accepted"), list).unwrap();
    audit(&program, &with("accepted")).exits(3);
    fs::write(program.path("accepted"), ids(&more).join("\n")).unwrap();
    audit(&program, &with("accepted")).exits(0);
    fs::write(program.path("accepted"), "# nobody yet\n").unwrap();
    audit(&program, &with("accepted")).exits(3);
}

#[test]
fn who_counts_as_something_else_by_now_is_new() {
    let program = Program::new();
    letter(&program, "one", "Tante Rosa <rosa@ewetel.net>");
    audit(&program, &[]).exits(0);
    let text = fs::read_to_string(program.path("result.json")).unwrap();
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut classes = result["contacts"].as_array().unwrap().iter().map(|contact| contact["class"].clone());
    let class = classes.find(|class| class != "own").unwrap();
    assert_ne!(class, "business");
    let condition = format!("{}.high>0", class.as_str().unwrap());
    let fails = ["--fail-on", &condition, "--baseline", "accepted.json"];
    fs::write(program.path("accepted.json"), &text).unwrap();
    audit(&program, &fails).exits(0);
    let other = text.replace(&format!("\"class\": {class}"), "\"class\": \"business\"");
    assert_ne!(other, text);
    fs::write(program.path("accepted.json"), other).unwrap();
    audit(&program, &fails).exits(3);
}

#[test]
fn a_baseline_that_names_nobody_here_is_refused_before_anything_is_read() {
    let program = Program::new();
    letter(&program, "one", "Tante Rosa <rosa@ewetel.net>");
    let with = |more: &[&'static str]| [&["--fail-on", "private.low>0", "--baseline", "accepted.json"], more].concat();
    audit(&program, &["--key", "other", "--out", "accepted.json"]).exits(0);
    audit(&program, &with(&[])).refused(78);
    audit(&program, &["--evidence", "counts", "--out", "accepted.json"]).exits(0);
    audit(&program, &with(&[])).refused(65);
    audit(&program, &["--out", "accepted.json"]).exits(0);
    audit(&program, &with(&["--evidence", "counts"])).refused(64);
    fs::remove_file(program.path("accepted.json")).unwrap();
    audit(&program, &with(&[])).refused(66);
    let alone = audit(&program, &["--baseline", "accepted.json"]).exits(64);
    assert!(alone.stderr.contains("--fail-on"), "{}", alone.stderr);
}
