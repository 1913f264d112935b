//! The figures of docs/accuracy.md for the zones of a text, of the program as it is built: `cargo bench --bench accuracy`.
//!
//! Whatever `*.jsonl` of `../shared/accuracy` (or `--data DIR`) is there is scored as its `score.py` does. The built-in
//! models were trained on the `*.dev.jsonl`; honest figures on those are the folds of `cargo bench --bench train`.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and stops where it cannot run")]

#[allow(dead_code, reason = "what the training needs beside")]
#[path = "train/data.rs"]
mod data;
#[allow(dead_code, reason = "what the training needs beside")]
#[path = "train/gold.rs"]
mod gold;
#[allow(dead_code, reason = "what the training needs beside")]
#[path = "train/score.rs"]
mod score;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use mailglean::message::Line;
use mailglean::observe::zones::{Reader, party};
use score::{Counts, SIX, THREADS};

/// F1 of the best public program on the held-out half of each set, each time another one.
const PEERS: [(&str, f64); 10] = [
    ("forge", 0.859),
    ("newsgroups20", 0.978),
    ("webis_gmane", 0.812),
    ("quagga_enron_top", 0.847),
    ("quagga_lines_top", 0.677),
    ("webis_enron_top", 0.734),
    ("quagga_enron", 0.582),
    ("quagga_asf", 0.690),
    ("quagga_lines", 0.549),
    ("webis_enron", 0.603),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs this as a test; only `cargo bench` asks for work.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = arguments.iter().position(|argument| argument == "--data").and_then(|n| arguments.get(n + 1));
    let folder = folder.map_or_else(|| root.join("../shared/accuracy"), PathBuf::from);
    for half in ["dev", "heldout"] {
        lists(&folder, half);
    }
    println!("\nzones of gold mailboxes (lines with text, closings not scored): with the sender, without");
    mailboxes(&root.join("../shared/gold"));
    println!("(the models were trained on those that follow: no test)");
    mailboxes(&root.join("tests/gold"));
    println!("mailboxes that nothing was learnt from");
    mailboxes(&root.join("tests/gold/unseen"));
    growth();
    speed(&folder);
}

/// What the program calls a signature, against what the corpora do.
fn lists(folder: &Path, half: &str) {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let mut reader = Reader::default();
    for set in SIX.iter().chain(&THREADS) {
        for sample in data::load(&folder.join(format!("{set}.{half}.jsonl"))) {
            let (_, listed) = reader.zones_and_list(&sample.lines, party(&sample.from).as_ref());
            counts.entry((*set).to_owned()).or_default().add(&score::judge(&sample, &listed));
        }
    }
    if counts.is_empty() {
        let missing = if folder.is_dir() { format!("no *.{half}.jsonl") } else { "no ../shared".to_owned() };
        println!("signature lines, {half} half: skipped: {missing}");
        return;
    }
    let note = if half == "dev" { " (the models were trained on it: no test)" } else { "" };
    println!("signature lines, {half} half{note}");
    println!("{:20} {:>7} {:>7} {:>7} {:>7}", "set", "F1", "peer", "found", "quiet");
    for (set, peer) in PEERS {
        let of = counts.get(set).copied().unwrap_or_default();
        println!("{set:20} {:7.3} {peer:7.3} {:7.3} {:7.3}", of.f1(), of.found(), of.quiet());
    }
    let pool = |sets: &[&str]| {
        let mut sum = Counts::default();
        sets.iter().filter_map(|set| counts.get(*set)).for_each(|of| sum.add(of));
        sum
    };
    let mean = SIX.iter().filter_map(|set| counts.get(*set)).map(Counts::f1).sum::<f64>() / SIX.len() as f64;
    for (name, f1, wanted, of) in
        [("six, mean", mean, 0.85, pool(&SIX)), ("six, pooled", pool(&SIX).f1(), 0.92, pool(&SIX))]
    {
        println!("{name:20} {f1:7.3} {:>7} {:7.3} {:7.3}   wanted: {wanted}, quiet 0.96", "", of.found(), of.quiet());
    }
    let threads = pool(&THREADS);
    println!(
        "{:20} {:7.3} {:>7} {:7.3} {:7.3}   wanted: 0.80",
        "threads, pooled",
        threads.f1(),
        "",
        threads.found(),
        threads.quiet()
    );
}

/// Zone accuracy on every gold mailbox of a folder.
fn mailboxes(folder: &Path) {
    let mailboxes = gold::load(folder);
    if mailboxes.is_empty() {
        println!("skipped: no mailboxes in {}", folder.file_name().unwrap_or_default().to_string_lossy());
    }
    let mut reader = Reader::default();
    for mailbox in &mailboxes {
        let mut shares = [gold::Share::default(); 2];
        for message in &mailbox.messages {
            let sender = party(&message.from);
            for (share, sender) in shares.iter_mut().zip([sender.as_ref(), None]) {
                share.add(message, &reader.zones(&message.lines, sender));
            }
        }
        let [with, without] = shares.map(gold::Share::of_one);
        println!("{:20} {with:7.4} {without:7.4}   wanted: 0.97", mailbox.name);
    }
}

/// How much longer ten times the text takes, from the text to the zones of its lines, with one reader for all of them.
fn growth() {
    println!("\ntime for 10 MB over time for 1 MB, at best of three (wanted: 12 at most)");
    let mail = "Hi Bob,\n\nthe drawing is attached, call me on 020 7946 0018.\n\nRegards\nAnn Lee\nFirm Ltd\n> ok\n";
    let texts = [
        ("mail", mail.to_owned()),
        ("quote marks", ">".repeat(200) + "\n"),
        ("header lines", "From: a\nTo: b\nSubject: c\nDate: d\n".to_owned()),
        ("blank lines", "\n".to_owned()),
        ("one long line", "word ".to_owned()),
        ("delimiters", "-- \n".to_owned()),
        ("names", "Ann Lee\n".to_owned()),
    ];
    for (name, text) in texts {
        let time = |size: usize| {
            let body = text.repeat(size / text.len());
            let mut reader = Reader::default();
            let run = |_| {
                let start = Instant::now();
                let lines: Vec<Line> = body.split('\n').map(Line::plain).collect();
                let (zones, _) = reader.zones_and_list(&lines, None);
                assert_eq!(zones.len(), lines.len());
                start.elapsed().as_secs_f64()
            };
            (0..3).map(run).fold(f64::MAX, f64::min)
        };
        let (small, large) = (time(1_000_000), time(10_000_000));
        println!("{name:20} {:7.1}   ({:.1} ms, {:.1} ms)", large / small.max(1e-9), small * 1e3, large * 1e3);
    }
}

/// `inspect --jsonl` over the single messages, again and again.
fn speed(folder: &Path) {
    const TIMES: usize = 20;
    let mut once = String::new();
    for sample in SIX.iter().flat_map(|set| data::load(&folder.join(format!("{set}.dev.jsonl")))) {
        let text: Vec<&str> = sample.lines.iter().map(|line| line.text.as_str()).collect();
        let question = serde_json::json!({"id": sample.id, "text": text.join("\n"), "from": sample.from});
        let _ = writeln!(once, "{question}");
    }
    if once.is_empty() {
        println!("\ninspect --jsonl: skipped: no ../shared");
        return;
    }
    println!("\ninspect --jsonl, wall time, best of three (wanted: 50000 messages/s)");
    let input = once.repeat(TIMES);
    let messages = (once.lines().count() * TIMES) as f64;
    for (name, options) in [("zones", &["inspect", "--jsonl", "--no-fields"][..]), ("fields", &["inspect", "--jsonl"])]
    {
        let run = |_| {
            let start = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_mailglean"));
            let mut child = command
                .args(options)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .expect("the program can be started");
            child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
            assert!(child.wait().expect("it ends").success());
            start.elapsed().as_secs_f64()
        };
        let seconds = (0..3).map(run).fold(f64::MAX, f64::min);
        println!("{name:20} {:7.0} messages/s, {:.1} MB/s", messages / seconds, input.len() as f64 / 1e6 / seconds);
    }
}
