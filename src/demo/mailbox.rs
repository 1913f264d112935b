//! Decides what the embedded server's mailbox holds, and how an mbox becomes a folder of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use mailparse::MailHeaderMap as _;

use crate::message::FolderKind;

/// The folders that the embedded server shows.
#[derive(Clone, Default)]
pub struct Mailbox {
    pub folders: Vec<Folder>,
}

/// A folder of the embedded server.
#[derive(Clone)]
pub struct Folder {
    /// With `/` between its levels, in UTF-8; the wire carries it in modified UTF-7.
    pub name: String,
    /// Which SPECIAL-USE attribute the folder is listed with.
    pub kind: FolderKind,
    pub uid_validity: u32,
    /// In the order of their UIDs.
    pub messages: Vec<Stored>,
}

/// A message as the server keeps it.
#[derive(Clone)]
pub struct Stored {
    pub uid: u32,
    pub bytes: Arc<[u8]>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub internal_date: i64,
    pub seen: bool,
}

impl Mailbox {
    /// Adds a folder with these messages (bytes as they go over the wire, internal date), numbered from 1.
    pub fn add(&mut self, name: &str, kind: FolderKind, messages: Vec<(Vec<u8>, i64)>) -> &mut Self {
        let uid_validity = 1_700_000_001 + u32::try_from(self.folders.len()).unwrap_or(0);
        let stored = |(n, (bytes, internal_date)): (usize, (Vec<u8>, i64))| Stored {
            uid: u32::try_from(n).unwrap_or(u32::MAX - 1) + 1,
            bytes: Arc::from(bytes),
            internal_date,
            seen: n % 2 == 0,
        };
        let messages = messages.into_iter().enumerate().map(stored).collect();
        self.folders.push(Folder { name: name.to_owned(), kind, uid_validity, messages });
        self
    }

    /// Adds a folder from an mbox (mboxrd); lines end in CRLF afterwards, and `Date` is the internal date.
    pub fn add_mbox(&mut self, name: &str, kind: FolderKind, mbox: &[u8]) -> &mut Self {
        let dated = |message: Vec<u8>| {
            let date = internal_date(&message);
            (message, date)
        };
        let messages = split_mbox(mbox).into_iter().map(dated).collect();
        self.add(name, kind, messages)
    }

    /// The folder names on the wire that have no folder of their own but lead to one.
    pub(super) fn parents(&self) -> BTreeSet<String> {
        let mut parents = BTreeSet::new();
        for folder in &self.folders {
            for (at, _) in folder.name.match_indices('/') {
                parents.extend(folder.name.get(..at).map(str::to_owned));
            }
        }
        for folder in &self.folders {
            parents.remove(&folder.name);
        }
        parents
    }
}

impl Folder {
    /// The name in modified UTF-7 (RFC 3501, 5.1.3).
    pub(super) fn wire_name(&self) -> String {
        modified_utf7(&self.name)
    }

    pub(super) fn uid_next(&self) -> u32 {
        self.messages.last().map_or(1, |last| last.uid.saturating_add(1))
    }

    pub(super) fn unseen(&self) -> usize {
        self.messages.iter().filter(|message| !message.seen).count()
    }
}

/// A name as IMAP4rev1 writes it: printable ASCII as it is, the rest as UTF-16 in base64 between `&` and `-`.
pub(super) fn modified_utf7(name: &str) -> String {
    let base64 = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);
    let mut wire = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    let flush = |shifted: &mut Vec<u8>, wire: &mut String| {
        if !shifted.is_empty() {
            wire.push('&');
            base64.encode_string(&*shifted, wire);
            wire.push('-');
            shifted.clear();
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut shifted, &mut wire);
            wire.push(c);
            if c == '&' {
                wire.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush(&mut shifted, &mut wire);
    wire
}

/// The messages of an mboxrd, with CRLF and without the `From ` lines and the `>` that protects its like.
fn split_mbox(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in mbox.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"From ") {
            messages.push(Vec::new());
            continue;
        }
        let Some(message) = messages.last_mut() else { continue };
        let marks = line.iter().take_while(|&&byte| byte == b'>').count();
        let quoted = marks > 0 && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "));
        let line = if quoted { line.get(1..).unwrap_or_default() } else { line };
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        message.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        message.extend_from_slice(b"\r\n");
    }
    // The empty line before the next `From ` belongs to the mbox, not to the message.
    for message in &mut messages {
        if message.ends_with(b"\r\n\r\n") {
            message.truncate(message.len() - 2);
        }
    }
    messages
}

fn internal_date(message: &[u8]) -> i64 {
    let date = mailparse::parse_headers(message).ok().and_then(|(headers, _)| headers.get_first_value("Date"));
    date.and_then(|date| mailparse::dateparse(&date).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_travel_in_modified_utf7() {
        // The first two are the examples of RFC 3501 and RFC 2152, written as one name each.
        let cases = [
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("😀", "&2D3eAA-"),
            ("Archive/2024", "Archive/2024"),
        ];
        for (name, wire) in cases {
            assert_eq!(modified_utf7(name), wire, "{name}");
        }
    }

    #[test]
    fn an_mboxrd_gives_back_what_went_in() {
        let mbox = b"From a@b.example Mon Jan  1 00:00:00 2024\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n>From here\n>>From there\n\nFrom c@d.example Mon Jan  1 00:00:00 2024\nSubject: 2\n\nlast\n";
        let mut mailbox = Mailbox::default();
        mailbox.add_mbox("INBOX", FolderKind::Inbox, mbox);
        let folder = mailbox.folders.first().unwrap();
        let bytes: Vec<&[u8]> = folder.messages.iter().map(|message| &*message.bytes).collect();
        assert_eq!(
            bytes,
            [
                &b"Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\nFrom here\r\n>From there\r\n"[..],
                &b"Subject: 2\r\n\r\nlast\r\n"[..]
            ]
        );
        assert_eq!(folder.messages.first().unwrap().internal_date, 1_704_067_200);
        assert_eq!(folder.uid_next(), 3);
    }

    #[test]
    fn a_level_without_a_folder_is_listed_as_a_parent() {
        let mut mailbox = Mailbox::default();
        mailbox.add("Archive/2024/Q1", FolderKind::Other, vec![]).add("Archive", FolderKind::Archive, vec![]);
        assert_eq!(mailbox.parents().into_iter().collect::<Vec<_>>(), ["Archive/2024"]);
    }
}
