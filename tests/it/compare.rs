//! Two results side by side, and what others could look up, asked of the program as a user would.

use std::fs;

use serde_json::Value;

use crate::common::Program;

fn json(program: &Program, arguments: &[&str]) -> Value {
    let run = program.run(&[arguments, &["--overdue", "--format", "json"]].concat()).exits(0);
    serde_json::from_str(&run.stdout).unwrap()
}

/// A letter in a folder of messages.
fn letter(program: &Program, name: &str, from: &str, cc: &str) {
    let head = format!("From: {from}\r\nTo: Demo <demo@firma.example>\r\n{cc}Date: Mon, 2 Jun 2025 10:00:00 +0200\r\n");
    let rest = format!("Message-ID: <{name}@test.example>\r\nSubject: Hallo\r\n\r\nBis bald\r\n");
    fs::write(program.path("mail").join(format!("{name}.eml")), head + &rest).unwrap();
}

#[test]
fn a_new_letter_is_why_two_results_differ() {
    let program = Program::new();
    fs::create_dir(program.path("mail")).unwrap();
    letter(&program, "one", "Tante Rosa <rosa@ewetel.net>", "");
    let audit = |out: &str| {
        let all = ["audit", "mail", "--owner", "demo@firma.example", "--out", out, "--key", "k"];
        program.run(&all).exits(0);
    };
    audit("old.json");
    audit("same.json");
    letter(&program, "two", "Onkel Theo <theo@osnanet.de>", "");
    audit("new.json");
    let same = json(&program, &["diff", "old.json", "same.json"]);
    assert_eq!((&same["why"], &same["people"]["appeared"]), (&serde_json::json!([]), &0.into()));
    let diff = json(&program, &["diff", "old.json", "new.json"]);
    let causes: Vec<&str> = diff["why"].as_array().unwrap().iter().map(|why| why["what"].as_str().unwrap()).collect();
    assert_eq!(causes, ["mailbox"]);
    assert_eq!((&diff["compared"], &diff["people"]["appeared"]), (&"people".into(), &1.into()));
    let shown = program.run(&["diff", "old.json", "new.json", "--overdue", "--lang", "de"]).exits(0).stdout;
    assert!(shown.contains("Postfach: messages 1 -> 2") && !shown.contains("theo"), "{shown}");
    // Another key: totals, and said so.
    let all = ["audit", "mail", "--owner", "demo@firma.example", "--out", "other.json", "--key", "k2"];
    program.run(&all).exits(0);
    let other = json(&program, &["diff", "old.json", "other.json"]);
    assert_eq!((&other["compared"], &other["people"]["new"]), (&"other_key".into(), &serde_json::json!([])));
}

#[test]
fn another_profile_version_is_told_from_another_mailbox() {
    let program = Program::new();
    fs::create_dir(program.path("mail")).unwrap();
    // Rosa never wrote: uninvolved, whatever else she is.
    letter(&program, "one", "Kai Beispiel <kai@anders.example>", "Cc: Rosa Beispiel <rosa@ewetel.net>\r\n");
    let builtin = include_str!("../../src/profile/builtin.yaml");
    let end = builtin.find("- id: zoominfo-contact-contributor").unwrap();
    let first = &builtin[..end];
    let wider = first.replacen("freemail: {declared: portal_max", "freemail: {declared: de_extended", 1);
    assert_ne!(first, wider);
    fs::write(program.path("a.yaml"), first).unwrap();
    fs::write(program.path("b.yaml"), wider).unwrap();
    for name in ["a", "b"] {
        let (profile, out) = (format!("./{name}.yaml"), format!("{name}.json"));
        program.run(&["audit", "mail", "--owner", "demo@firma.example", "--profile", &profile, "--out", &out]).exits(0);
    }
    let diff = json(&program, &["diff", "a.json", "b.json"]);
    let why = diff["why"].as_array().unwrap();
    assert_eq!((why.len(), &why[0]["what"]), (1, &"profile".into()));
    let detail = &why[0]["details"][0];
    assert_eq!((&detail["old"], &detail["new"]), (&"portal_max".into(), &"de_extended".into()));
    let parts = &diff["profiles"][0]["parts"];
    assert_eq!(parts, &serde_json::json!({"profile": [-1, 0], "judged": [0, 0], "mailbox": [0, 0]}), "{diff}");
}

#[test]
fn a_company_is_looked_up_where_names_are_shown() {
    let program = Program::new();
    program.run(&["demo", "--evidence", "clear", "--reveal", "a test", "--out", "clear.json"]).exits(0);
    program.run(&["demo", "--out", "people.json"]).exits(0);
    program.run(&["demo", "--evidence", "counts", "--out", "counts.json"]).exits(0);
    let all = json(&program, &["directory", "clear.json"]);
    let result: Value = serde_json::from_slice(&fs::read(program.path("clear.json")).unwrap()).unwrap();
    // The records are those that the report counts.
    assert_eq!(all["records"], result["profiles"][0]["permitted"]["directory"]["records"]);
    assert_eq!(all["records"].as_u64().unwrap(), all["found"].as_array().unwrap().len() as u64);
    let organisation = result["contacts"].as_array().unwrap().iter().find_map(|contact| {
        let sent = contact["fates"]["zoominfo-community-2013"][1]["fields"].as_array()?;
        sent.contains(&"organisation".into()).then(|| contact["organisations"][0].as_str())?
    });
    let organisation = organisation.unwrap();
    let found = json(&program, &["directory", "clear.json", "--search", organisation]);
    let hits = found["found"].as_array().unwrap();
    assert!(!hits.is_empty() && (hits.len() as u64) < all["records"].as_u64().unwrap(), "{found}");
    for hit in hits {
        assert!(hit["messages"].as_u64().unwrap() > 0 && hit["fields"].as_array().unwrap().len() > 1, "{hit}");
    }
    let nobody = json(&program, &["directory", "people.json", "--search", organisation]);
    assert_eq!((&nobody["by_name"], &nobody["found"]), (&false.into(), &serde_json::json!([])));
    program.run(&["directory", "counts.json", "--overdue"]).refused(65);
}
