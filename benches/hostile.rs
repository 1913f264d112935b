//! What hostile mail costs beside ordinary mail: parsed, cut into zones and observed, in nanoseconds a byte.
//!
//! `cargo bench --bench hostile` prints it, dearest first. Only the ratios are to be compared: both are of one run.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark that cannot run stops, and prints")]

mod bombs;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mailglean::message::{self, Folder, FolderKind, Locator, RawMessage};
use mailglean::observe::{Observer, zones};

/// Bytes of a hostile message.
const SIZE: usize = 1_000_000;
const RUNS: u32 = 5;
/// How many times the mean the dearest may cost.
const BOUND: f64 = 3.0;

fn main() {
    // `cargo test --all-targets` runs this as a test; only `cargo bench` asks for work.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let sample: Vec<Vec<u8>> = mailglean::demo::sample()
        .folders
        .iter()
        .flat_map(|folder| folder.messages.iter().map(|message| message.bytes.to_vec()))
        .collect();
    let mut mean = cost(&sample);
    println!("{mean:8.1} ns/byte         the sample mailbox, {} messages", sample.len());
    match corpora() {
        Some(mail) => {
            // Whole mail of many kinds costs less a byte than the sample's short letters: the stricter measure.
            mean = cost(&mail);
            println!("{mean:8.1} ns/byte         real mail, {} files", mail.len());
        }
        None => println!("skipped: no ../shared"),
    }
    let mut costs: Vec<_> = bombs::bombs(SIZE)
        .into_iter()
        .filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only.as_str())))
        .map(|(name, bytes)| (cost(&[bytes]), name))
        .collect();
    costs.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("\nhostile messages of 1 MB (wanted: {BOUND} times the mean at most)");
    for (cost, name) in costs {
        println!("{cost:8.1} ns/byte {:6.1}  {name}", cost / mean);
    }
}

/// Nanoseconds a byte; the best of some runs.
fn cost(mail: &[Vec<u8>]) -> f64 {
    let folder = Arc::new(Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox });
    let raw: Vec<RawMessage> = mail
        .iter()
        .map(|bytes| RawMessage { at: Locator { folder: Arc::clone(&folder), number: 1 }, bytes: bytes.clone() })
        .collect();
    let run = || {
        let mut reader = zones::Reader::default();
        let mut observer = Observer::default();
        let mut took = Duration::ZERO;
        for message in &raw {
            let started = Instant::now();
            let message = message::parse(message, &mut Vec::new());
            let seen = message.as_ref().map(|message| {
                let zones = reader.zones(&message.lines, message.from.first());
                observer.observe(message, &zones)
            });
            drop(seen);
            took += started.elapsed();
            drop(message);
        }
        took
    };
    let best = (0..RUNS).map(|_| run()).min().unwrap_or_default();
    best.as_secs_f64() * 1e9 / mail.iter().map(Vec::len).sum::<usize>() as f64
}

/// Real mail of public collections, where it lies beside the project.
fn corpora() -> Option<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let mut found = Vec::new();
    for part in ["mail", "german"] {
        read(&folder.join(part), &mut found)?;
    }
    Some(found)
}

fn read(folder: &Path, found: &mut Vec<Vec<u8>>) -> Option<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read(&path, found)?;
        } else {
            found.push(std::fs::read(path).ok()?);
        }
    }
    Some(())
}
