//! Whether a report is in one language: what the program says, never what it quotes.

use std::fs;

use crate::common::Program;

/// Words without which hardly a sentence is made, and which the other language does not have.
const ENGLISH: &[&str] = &[
    "the",
    "of",
    "and",
    "is",
    "are",
    "with",
    "from",
    "that",
    "which",
    "not",
    "their",
    "taken",
    "folder",
    "sent",
    "people",
    "without",
    "none",
    "list",
    "only",
    "yes",
    "portal_max",
    "minimal_us",
    "sent_mail",
];
const GERMAN: &[&str] = &[
    "der",
    "das",
    "und",
    "nicht",
    "mit",
    "von",
    "ist",
    "sind",
    "oder",
    "kein",
    "keine",
    "eine",
    "einer",
    "zu",
    "auf",
    "wurde",
    "wird",
    "nur",
    "für",
    "Personen",
    "Postfach",
    "Nachrichten",
    "ja",
    "nein",
];

/// The texts of a page but those marked as another language's or as code, links, and the names of products.
fn said(page: &str, product: &str) -> Vec<String> {
    let body = page.split_once("<body>").unwrap().1.replace(product, "");
    let mut texts = Vec::new();
    let mut quoted: Option<&str> = None;
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap();
        match quoted {
            Some(open) if tag.starts_with('/') && name == open => quoted = None,
            None if name == "code" && !tag.starts_with('/') => quoted = Some("code"),
            None if name == "span" && (tag.contains("lang=") || tag.contains("class=\"id\"")) => quoted = Some("span"),
            _ => {}
        }
        if quoted.is_none() && !text.trim().is_empty() && !text.starts_with("http") {
            texts.push(text.to_owned());
        }
        if let Some((_, label)) = tag.split_once("aria-label=\"") {
            texts.push(label.split('"').next().unwrap().to_owned());
        }
    }
    texts
}

#[test]
fn a_page_speaks_one_language() {
    let program = Program::new();
    program.run(&["demo", "--overwrite"]).exits(0);
    let result: serde_json::Value = serde_json::from_slice(&fs::read(program.path("result.json")).unwrap()).unwrap();
    let product = result["profiles"][0]["product"].as_str().unwrap();
    for (lang, foreign) in [("de", ENGLISH), ("en", GERMAN)] {
        let made = program
            .command(&["report", "result.json", "--overdue", "--format", "html", "--lang", lang])
            .output()
            .unwrap();
        let texts = said(&String::from_utf8(made.stdout).unwrap(), product);
        assert!(texts.len() > 500, "{}", texts.len());
        for text in texts {
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let found = foreign.iter().find(|word| words.contains(word));
            assert_eq!(found, None, "{lang}: {text}");
        }
    }
}
