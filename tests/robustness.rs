//! Any bytes in, no panic, linear time: real odd mail and address books where they are at hand, worst cases made here.

#![allow(clippy::unwrap_used)] // a test that cannot read its data has failed

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mailglean::message::{self, Folder, FolderKind, Locator, Message, Problem, RawMessage};
use mailglean::source::contacts;

fn raw(bytes: Vec<u8>) -> RawMessage {
    let folder = Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox };
    RawMessage { at: Locator { folder: Arc::new(folder), number: 1 }, bytes }
}

fn parse(bytes: Vec<u8>) -> (Option<Message>, Vec<Problem>) {
    let mut problems = Vec::new();
    let message = message::parse(&raw(bytes), &mut problems);
    (message, problems)
}

/// The folder of shared test data, which is not part of the project.
fn shared(what: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(what);
    if !path.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    Some(path)
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

#[test]
fn real_odd_mail() {
    let Some(dir) = shared("corpora") else { return };
    let mut found = Vec::new();
    for part in ["odd", "mail", "german", "contacts"] {
        files(&dir.join(part), &mut found);
    }
    let (mut bytes, mut lost, mut lines, mut slowest) = (0, 0, 0, (Duration::ZERO, PathBuf::new()));
    let mut problems = std::collections::BTreeMap::new();
    let start = Instant::now();
    for path in &found {
        let content = std::fs::read(path).unwrap();
        bytes += content.len();
        let start = Instant::now();
        let (message, found) = parse(content);
        let took = start.elapsed();
        if took > slowest.0 {
            slowest = (took, path.clone());
        }
        lost += usize::from(message.is_none());
        lines += message.map_or(0, |message| message.lines.len());
        for problem in found {
            *problems.entry(problem.what).or_insert(0) += 1;
        }
    }
    let took = start.elapsed();
    println!("{} files, {bytes} bytes, {lines} lines, {lost} no messages, {took:?}, slowest {slowest:?}", found.len());
    println!("{problems:?}");
    assert!(slowest.0 < Duration::from_secs(5), "{slowest:?}");
}

#[test]
fn real_address_books() {
    let Some(dir) = shared("corpora/contacts") else { return };
    let mut found = Vec::new();
    files(&dir, &mut found);
    let (mut known, mut contacts, mut broken) = (0, 0, 0);
    for path in &found {
        if let Some(book) = contacts::read(&std::fs::read(path).unwrap(), Some("DE")) {
            known += 1;
            contacts += book.contacts.len();
            broken += book.problems.len();
        }
    }
    println!("{known} of {} files are address books, {contacts} contacts, {broken} broken", found.len());
    assert!(contacts > 100);
}
