//! Any bytes in, no panic, linear time: real odd mail and address books where they are at hand, worst cases made here.

#![allow(clippy::unwrap_used)] // a test that cannot read its data has failed

#[path = "../benches/bombs/mod.rs"]
mod bombs;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bombs::bombs;
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
    // Whoever has mail of his own at hand.
    if let Some(more) = std::env::var_os("MAILGLEAN_TEST_MAIL") {
        files(Path::new(&more), &mut found);
    }
    let (mut bytes, mut lost, mut lines, mut slowest) = (0, 0, 0, (Duration::ZERO, PathBuf::new()));
    let mut problems = std::collections::BTreeMap::new();
    let mut spent = Duration::ZERO;
    for path in &found {
        let content = std::fs::read(path).unwrap();
        bytes += content.len();
        let start = Instant::now();
        let (message, found) = parse(content);
        let took = start.elapsed();
        spent += took;
        if took > slowest.0 {
            slowest = (took, path.clone());
        }
        lost += usize::from(message.is_none());
        lines += message.map_or(0, |message| message.lines.len());
        for problem in found {
            *problems.entry(problem.what).or_insert(0) += 1;
        }
    }
    println!("{} files, {bytes} bytes, {lines} lines, {lost} no messages", found.len());
    println!("{:.2} ns/byte, slowest {slowest:?}", spent.as_secs_f64() * 1e9 / bytes as f64);
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

proptest::proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000)) {
        let _ = contacts::read(&bytes, Some("DE"));
        parse(bytes);
    }

    /// Bytes that look like mail get further than others.
    #[test]
    fn any_mail(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        let bytes: Vec<u8> = pieces.concat().into();
        let _ = contacts::read(&bytes, None);
        let (message, _) = parse(bytes);
        if let Some(message) = message {
            proptest::prop_assert!(message.lines.iter().all(|line| !line.text.contains('\n')));
        }
    }
}

const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "\"",
    "<",
    ">",
    "(",
    ")",
    "=",
    "=?",
    "?=",
    "=?utf-8?Q?=C3",
    "=?utf-8?B?w6Q=?=",
    "\u{e4}",
    "\u{1f600}",
    "\0",
    "@",
    "a@firm.example",
    "Ann",
    "From: ",
    "To: ",
    "Subject: ",
    "Date: ",
    "Tue, 4 Mar 2025 08:12:00 +0100",
    "Content-Type: ",
    "multipart/mixed; boundary=b",
    "multipart/alternative; boundary=c",
    "message/rfc822",
    "text/html",
    "text/plain; charset=utf-16; format=flowed; delsp=yes",
    "text/calendar",
    "Content-Transfer-Encoding: base64",
    "quoted-printable",
    "--b",
    "--c",
    "--b--",
    "--",
    "<div class=gmail_quote>",
    "<blockquote type=cite>",
    "</div>",
    "</blockquote>",
    "<table><tr><td>",
    "<td>",
    "</table>",
    "<p>",
    "<br>",
    "<hr>",
    "<a href='mailto:a@firm.example'>",
    "</a>",
    "<pre>",
    "<!--",
    "-->",
    "<style>p{margin:0",
    "</style>",
    "<div id=divRplyFwdMsg>",
    "<li>",
    "&nbsp;",
    "&amp",
    "&#x110000;",
    "&#0;",
    "> ",
    "-- \n",
    "begin:vcard\n",
    "BEGIN:VCARD\n",
    "VERSION:2.1\n",
    "N;ENCODING=QUOTED-PRINTABLE:=C3",
    "FN:",
    "TEL;TYPE=cell:+49 (0)511 5550210\n",
    "END:VCARD\n",
    "dn: cn=a\n",
    "mail:: YUBi\n",
    "Vorname;E-Mail-Adresse\n",
    "BEGIN:VCALENDAR\n",
    "BEGIN:VEVENT\n",
    "ATTENDEE;CN=x:mailto:a@firm.example\n",
];

/// Nanoseconds a byte; the best of some runs.
fn cost(bytes: &[u8]) -> f64 {
    let run = || {
        let raw = raw(bytes.to_vec());
        let start = Instant::now();
        let message = message::parse(&raw, &mut Vec::new());
        let took = start.elapsed();
        drop(message);
        took
    };
    let best = (0..5).map(|_| run()).min().unwrap();
    best.as_secs_f64() * 1e9 / bytes.len() as f64
}

#[test]
#[ignore = "a measurement, and other work on the machine counts: cargo test --release --test robustness -- --ignored"]
fn no_input_takes_more_than_linear_time() {
    // Without optimisation the same, on less.
    let (small, large) = if cfg!(debug_assertions) { (15_000, 120_000) } else { (60_000, 480_000) };
    let mut slow = Vec::new();
    for ((name, few), (_, many)) in bombs(small).into_iter().zip(bombs(large)) {
        // Quadratic would be 8 times. Others use this machine: what looks slow is measured again.
        let costs = || (cost(&few), cost(&many));
        let slack = if cfg!(debug_assertions) { 100.0 } else { 2.0 };
        let linear = |(low, high): &(f64, f64)| *high < 4.0 * low + slack;
        let (low, high) = (0..4).map(|_| costs()).find(linear).unwrap_or_else(costs);
        println!("{low:8.2} {high:8.2} ns/byte  {name}");
        if !linear(&(low, high)) {
            slow.push((name, low, high));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

proptest::proptest! {
    /// `mailparse` is the oracle: what it accepts, ours reads the same way.
    #[test]
    fn address_fields_as_mailparse_reads_them(pieces in proptest::collection::vec(proptest::sample::select(MAILBOXES), 1..8)) {
        let value = pieces.join(", ");
        let field = format!("To: {value}\n");
        let (header, _) = mailparse::parse_header(field.as_bytes()).unwrap();
        let theirs = mailparse::addrparse_header(&header).unwrap();
        // Two things are left out that mailparse 0.18 gets wrong: the comma behind a group becomes a part of the next
        // address, and behind a raw letter that is not ASCII an encoded word is not decoded.
        let single = |info: &mailparse::SingleInfo| (info.display_name.clone(), info.addr.to_lowercase());
        let want: Vec<_> = theirs.iter().flat_map(|entry| match entry {
            mailparse::MailAddr::Single(info) => vec![single(info)],
            mailparse::MailAddr::Group(group) => group.addrs.iter().map(single).collect(),
        }).collect();
        let (message, problems) = parse(format!("{field}\nhi\n").into());
        let found: Vec<_> = message.unwrap().to.into_iter()
            .map(|party| (party.name, party.address.map(|address| address.to_string()).unwrap_or_default()))
            .collect();
        proptest::prop_assert_eq!(found, want);
        proptest::prop_assert!(problems.is_empty());
    }
}

const MAILBOXES: &[&str] = &[
    "ann@firm.example",
    "<bo@firm.example>",
    "Ann Lee <Ann.Lee@Firm.example>",
    "\"Lee, Ann\" <ann@firm.example>",
    "\"Ann \\\"A\\\" Lee\" <ann@firm.example>",
    "=?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <j@firm.example>",
    "=?utf-8?B?SsO2cmc=?=\n =?utf-8?B?IE3DvGxsZXI=?= <j@firm.example>",
    "=?iso-8859-1?Q?M=FCller=2C_J=F6rg?= <j@firm.example>",
    "O'Neil <o'neil+tag@firm.example>",
];
