//! Labels by hand, as somebody at a terminal gives them: kept at once, counted everywhere, used again by the next audit.

use std::fs;

use serde_json::Value;

use crate::common::Program;

fn demo(program: &Program, more: &[&str]) -> Value {
    let run = program.run(&[&["demo", "--quiet", "--out", "result.json"], more].concat()).exits(0);
    run.report().clone()
}

fn read(program: &Program, name: &str) -> Value {
    serde_json::from_slice(&fs::read(program.path(name)).unwrap()).unwrap()
}

fn unsure(report: &Value) -> Vec<String> {
    let contacts = report["contacts"].as_array().unwrap().iter();
    contacts.filter(|one| one["sphere"] == "unsure").map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

fn answer(program: &Program, arguments: &[&str], lines: &str) -> String {
    // The tests' day is long past, and so is the day by which the result was to be deleted.
    let output = program.command(&[arguments, &["--overdue"]].concat()).write_stdin(lines).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn labels_are_kept_at_once_and_counted_everywhere() {
    let program = Program::new();
    let before = demo(&program, &[]);
    let open = unsure(&before);
    assert!(!open.is_empty(), "the sample has unsure people");

    // Nonsense is asked again; the pipe ends where the terminal would be closed.
    let said = answer(&program, &["review", "result.json"], "hm?\np\n");
    assert!(said.contains("Person 1 of") && said.contains("kept: private"), "{said}");
    assert!(
        !said.contains('\u{1b}') && !said.contains('@'),
        "plain lines, and no address at the level pseudonyms: {said}"
    );
    let labels = read(&program, "result.labels.json");
    assert_eq!(labels["labels"].as_object().unwrap().len(), 1);
    assert!(labels["labels"].as_object().unwrap().iter().all(|(id, label)| open.contains(id) && label == "private"));
    #[cfg(unix)]
    for file in ["result.labels.json", "result.json"] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(program.path(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }

    // The next time goes on with the second person.
    let rest = "b\n".repeat(open.len());
    let said = answer(&program, &["review", "result.json", "--lang", "de"], &rest);
    match open.len() - 1 {
        0 => assert!(said.contains("niemand mehr einzuordnen"), "{said}"),
        left => assert!(said.contains(&format!("Person 1 von {left}")), "{said}"),
    }
    assert!(said.contains(&format!("Von Hand eingeordnet: {}", open.len())), "{said}");
    assert!(said.contains("noch unsicher: 0"), "{said}");
    let after = read(&program, "result.json");
    assert!(unsure(&after).is_empty());
    let (low, high) = (after["headline"]["low"].as_u64().unwrap(), after["headline"]["high"].as_u64().unwrap());
    assert!(low >= before["headline"]["low"].as_u64().unwrap(), "one more is surely private");
    assert!(high <= before["headline"]["high"].as_u64().unwrap(), "the others are surely not");
    assert_eq!(after["profiles"][0]["low"], low);
    for (format, words) in [("text", "Labelled by hand"), ("md", "Labelled by hand"), ("csv", "by-hand")] {
        let shown = answer(&program, &["report", "result.json", "--format", format], "");
        assert!(shown.contains(words), "{format}: {shown}");
    }
    let said = answer(&program, &["review", "result.json"], "");
    assert!(said.contains("Nobody is left"), "{said}");

    // A result that was counted again is read like any other.
    let again = program
        .command(&["report", "result.json", "--format", "json", "--overdue"])
        .output()
        .map(|output| serde_json::from_slice::<Value>(&output.stdout).unwrap())
        .unwrap();
    assert_eq!(again["people"], after["people"]);
}

#[test]
fn an_audit_takes_labels_of_its_own_key_and_no_others() {
    let program = Program::new();
    let letter = "From: Vera Viert <vera.viert.1970@web.de>\r\nTo: demo@firma.example\r\nSubject: Hallo\r\n\
                  Date: Mon, 2 Jun 2025 10:00:00 +0200\r\nMessage-ID: <1@web.de>\r\n\r\nwie besprochen.\r\n";
    fs::write(program.path("one.eml"), letter).unwrap();
    let audit = ["audit", "one.eml", "--owner", "demo@firma.example"];
    let first = program.run(&audit).exits(0).report().clone();
    let vera = &first["contacts"].as_array().unwrap().iter().find(|one| one["class"] != "own").unwrap().clone();
    let key = first["evidence"]["key"].as_str().unwrap();
    let labels = serde_json::json!({"schema": 1, "key": key, "labels": {vera["id"].as_str().unwrap(): "consumer"}});
    fs::write(program.path("said.json"), labels.to_string()).unwrap();
    let second = program.run(&[&audit[..], &["--labels", "said.json"]].concat()).exits(0).report().clone();
    let labelled = second["contacts"].as_array().unwrap().iter().find(|one| one["id"] == vera["id"]).unwrap();
    if vera["sphere"] == "unsure" {
        assert_eq!((&labelled["sphere"], &labelled["reasons"][0]), (&"consumer".into(), &"by-hand".into()));
        assert_eq!(second["people"]["spheres"]["consumer"], 1);
    } else {
        assert_eq!(labelled, vera, "a label is for whom the rules leave unsure");
    }

    let other = serde_json::json!({"schema": 1, "key": "00000000", "labels": {}});
    fs::write(program.path("other.json"), other.to_string()).unwrap();
    let run = program.run(&[&audit[..], &["--labels", "other.json"]].concat()).refused(65);
    assert!(run.stderr.contains("another key"), "{}", run.stderr);
    fs::write(program.path("broken.json"), "{\"vera\"").unwrap();
    let run = program.run(&[&audit[..], &["--labels", "broken.json"]].concat()).refused(65);
    assert!(!run.stderr.contains("vera"), "{}", run.stderr);
    let counts = [&audit[..], &["--labels", "said.json", "--evidence", "counts"]].concat();
    program.run(&counts).refused(64);
}
