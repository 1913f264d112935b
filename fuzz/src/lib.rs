//! What the fuzz targets do with their input. `tests/fuzz_corpus.rs` of the project replays `corpus/` through the same
//! functions, so that every case that was ever found stays a test. To fuzz: `fuzz/run message 1800`.

use std::sync::Arc;

use mailglean::message::{self, Folder, FolderKind, Locator, Message, RawMessage};
use mailglean::{observe, profile, source::contacts};

/// A whole message.
pub fn message(data: &[u8]) {
    parse(data.to_vec());
}

/// The text of an HTML message.
pub fn html(data: &[u8]) {
    parse([b"From: a@firm.example\nContent-Type: text/html; charset=utf-8\n\n", data].concat());
}

/// An address field. Whatever it holds, each party says something.
pub fn addresses(data: &[u8]) {
    let line = data.split(|b| *b == b'\n').next().unwrap_or_default();
    if let Some(message) = parse([b"To: ", line, b"\n\nhi\n"].concat()) {
        assert!(message.to.iter().all(|party| party.name.is_some() || party.address.is_some()));
    }
}

/// An address book of any format.
pub fn contacts(data: &[u8]) {
    let _ = contacts::read(data, Some("DE"));
}

/// Who is named by a message: zones, fields, header.
pub fn observe(data: &[u8]) {
    if let Some(message) = parse([b"From: Ann Lee <ann@firm.example>\n\n", data].concat()) {
        let _ = observe::observe(&message);
    }
}

/// The zones of any text: every line has one, and what is a signature is a line.
pub fn zones(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (sender, text) = text.split_once('\n').unwrap_or(("", &text));
    let lines: Vec<message::Line> = text.split('\n').map(message::Line::plain).collect();
    let sender = observe::zones::party(sender);
    let (zones, signature) = observe::zones::Reader::default().zones_and_list(&lines, sender.as_ref());
    assert_eq!(zones.len(), lines.len());
    assert_eq!(signature.len(), lines.len());
}

/// What an IMAP server sends.
pub fn imap(data: &[u8]) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    }
    RUNTIME.with(|runtime| runtime.block_on(mailglean::source::imap::read_anything(data.to_vec())));
}

/// A result file, and every format of what it says.
pub fn result(data: &[u8]) {
    if let Ok(report) = mailglean::report::Report::load(data, None) {
        for format in mailglean::report::FORMATS {
            let mut out = Vec::new();
            (format.write)(&report, mailglean::report::Look::default(), &mut out).expect("a vector takes everything");
            // No text of a result may act on a terminal, whatever format shows it.
            // (A PDF is packed, so that any byte may stand in it.)
            assert!(format.name == "pdf" || !out.contains(&0x1b), "an escape in {}", format.name);
        }
    }
}

/// A user's own profile file.
pub fn profiles(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = profile::load(text);
    }
}

fn parse(bytes: Vec<u8>) -> Option<Message> {
    let folder = Folder { alias: "f01".into(), name: "INBOX".into(), kind: FolderKind::Inbox };
    let raw = RawMessage { at: Locator { folder: Arc::new(folder), number: 1 }, bytes };
    let message = message::parse(&raw, &mut Vec::new());
    if let Some(message) = &message {
        assert!(message.lines.iter().all(|line| !line.text.contains('\n')));
    }
    message
}
