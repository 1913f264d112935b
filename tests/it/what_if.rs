//! Rules over whole results: what the places of a result say without any rule is what the audit said, for every profile.

use std::fs;

use mailglean::profile;
use mailglean::report::{FateShown, Level, Report};
use serde_json::Value;

use crate::common::{Program, manifest, skipped};

/// Every profile, as flags.
fn every_profile() -> Vec<String> {
    profile::builtin().into_iter().flat_map(|profile| ["--profile".to_owned(), profile.id]).collect()
}

/// How many persons the places of a result send, all profiles and readings together; each is held against its fate.
fn agree(report: &Report) -> usize {
    let mut sent = 0;
    for profile in &report.profiles {
        let settings = report.settings(profile).unwrap();
        let people = report.contacts.iter().zip(report.people_for_rules());
        for (contact, someone) in people {
            for (setting, fate) in settings.iter().zip(&contact.fates[&profile.id]) {
                let is = someone.sent(setting, &[]);
                assert_eq!(is, matches!(fate, FateShown::Sent { .. }), "{} under {}", contact.id, profile.id);
                sent += usize::from(is);
            }
        }
    }
    sent
}

#[test]
fn the_places_of_the_sample_say_what_the_audit_said() {
    let program = Program::new();
    let profiles = every_profile();
    let flags: Vec<&str> = profiles.iter().map(String::as_str).collect();
    program.run(&[&["demo"], flags.as_slice()].concat()).exits(0);
    let bytes = fs::read(program.path("result.json")).unwrap();
    assert!(agree(&Report::load(&bytes, None).unwrap()) > 100);
    let result: Value = serde_json::from_slice(&bytes).unwrap();
    let line = |shown: &Value| {
        let figures = |bound: &str| {
            let count = |class: &str| shown[bound]["sent"][class].clone();
            format!("{} private, {} bystanders, {} business", count("private"), count("bystander"), count("business"))
        };
        format!("{}: {} .. {}", shown["id"].as_str().unwrap(), figures("declared"), figures("permitted"))
    };
    let profiles: Vec<String> = result["profiles"].as_array().unwrap().iter().map(line).collect();
    insta::assert_snapshot!(profiles.join("\n"));
}

/// The reference mailbox, with a plug-in that came and went, so that windows and dates matter.
#[test]
fn the_places_of_the_reference_mailbox_say_what_the_audit_said() {
    let gold = manifest().join("../shared/gold");
    let Some(mailbox) = built(&gold) else { return skipped("no ../shared/gold, or no Python to build it") };
    let program = Program::new();
    let list = profile::builtin().into_iter().map(|profile| profile.id).collect::<Vec<_>>().join(", ");
    for dates in ["", "installed_on: 2025-01-15\n", "installed_on: 2025-01-15\nremoved_on: 2025-06-01\n"] {
        fs::write(program.path("c.yaml"), format!("profiles: [{list}]\n{dates}")).unwrap();
        let (mail, book) = (mailbox.path().join("maildir"), mailbox.path().join("addressbook.vcf"));
        let flags = ["--config", "c.yaml", "--contacts", book.to_str().unwrap()];
        program.run(&[&["audit", mail.to_str().unwrap()], flags.as_slice()].concat()).exits(0);
        let report = Report::load(&fs::read(program.path("result.json")).unwrap(), None).unwrap();
        assert_eq!((report.evidence.level, report.profiles.len()), (Level::Pseudonyms, 8));
        assert!(agree(&report) > 100);
    }
}

/// The gold mailbox as messages; `None` where it cannot be built here.
fn built(gold: &std::path::Path) -> Option<tempfile::TempDir> {
    let dir = tempfile::tempdir().unwrap();
    let yaml = gold.join("steuerberatung.yaml");
    let done = std::process::Command::new("python3")
        .args([gold.join("build.py").as_os_str(), yaml.as_os_str(), dir.path().as_os_str()])
        .output()
        .is_ok_and(|output| output.status.success());
    (done && dir.path().join("maildir").exists()).then_some(dir)
}

#[test]
fn a_question_about_rules_is_answered_from_the_file_alone() {
    let program = Program::new();
    program.run(&["demo"]).exits(0);
    let kept = program.path("kept.json");
    fs::rename(program.path("result.json"), &kept).unwrap();
    let ask = |arguments: &[&str]| {
        let all = [&["what-if", kept.to_str().unwrap(), "--overdue", "--format", "json"], arguments].concat();
        let run = program.run(&all).exits(0);
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    let all = ask(&[]);
    let [low, high] = [0, 1].map(|at| all["left"][at].as_u64().unwrap());
    assert!(low > 0 && high > low);
    let smallest = &all["smallest"];
    assert_eq!(
        (&smallest["reached"], &smallest["proved"], &smallest["private"][0]),
        (&true.into(), &true.into(), &0.into())
    );
    // The set that is said to do it does it, asked by its rules.
    let rules: Vec<&str> = smallest["rules"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let flags: Vec<&str> = rules.iter().flat_map(|id| ["--rule", id]).collect();
    let together = ask(&flags)["together"].clone();
    for key in ["left", "private", "lost"] {
        assert_eq!(together[key], smallest[key], "{key}");
    }
    // A limit on the price is kept, and what it costs is said.
    let cheap = ask(&["--max-lost", "2"])["smallest"].clone();
    assert!(cheap["lost"][0].as_u64().unwrap() <= 2);
    assert!(cheap["private"][0].as_u64() >= smallest["private"][0].as_u64());
}

#[test]
fn numbers_alone_do_not_answer_and_an_unknown_rule_is_told() {
    let program = Program::new();
    program.run(&["demo", "--evidence", "counts", "--out", "counts.json"]).exits(0);
    program.run(&["demo", "--out", "people.json"]).exits(0);
    program.run(&["what-if", "counts.json", "--overdue"]).refused(65);
    program.run(&["what-if", "people.json", "--overdue", "--rule", "folder:f99"]).refused(64);
    program.run(&["what-if", "people.json", "--overdue", "--profile", "nobody"]).refused(64);
}
