//! Invented mail for the tests: letters, and the folders, files and mailboxes that hold them.

use std::fs;
use std::path::Path;

use mailglean::demo::Mailbox;
use mailglean::message::FolderKind;

use crate::common::OWNER;

/// 2025-03-03T00:00:00Z, the day of the first letter; each next one is a day later.
pub const FIRST_DAY: i64 = 1_740_960_000;

/// A letter, with CRLF.
pub fn letter(number: u32, from: &str, to: &str, more: &str, text: &str) -> Vec<u8> {
    let day = number % 28 + 1;
    let month = ["Mar", "Apr", "May", "Jun"][usize::try_from(number / 28).unwrap() % 4];
    let head = format!(
        "From: {from}\nTo: {to}\n{more}Subject: Letter {number}\nDate: {day} {month} 2025 10:00:00 +0000\n\
Message-ID: <{number}@letters.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\
Content-Transfer-Encoding: 8bit\n"
    );
    format!("{head}\n{text}").replace('\n', "\r\n").into_bytes()
}

/// Letters with everything that an audit tells apart: a business contact with a signature, somebody private, somebody
/// who is only copied in, a letter of the owner, a newsletter.
pub fn letters() -> Vec<(FolderKind, Vec<u8>)> {
    use FolderKind::{Inbox, Sent};
    let owner = &format!("Ada Demo <{OWNER}>");
    vec![
        (
            Inbox,
            letter(
                0,
                "Martina Kern <m.kern@kern-logistik.example>",
                owner,
                "Cc: Theo Beispiel <theo.beispiel@gmx.de>\n",
                "Guten Tag,\n\nanbei das Angebot.\n\nMit freundlichen Grüßen\nMartina Kern\nLeiterin Einkauf\n\
Kern Logistik GmbH\nHafenstraße 12, 20457 Hamburg\nTel. +49 40 66969 110\nm.kern@kern-logistik.example\n",
            ),
        ),
        (
            Inbox,
            letter(
                1,
                "Mama <gerda.demo@t-online.de>",
                owner,
                "",
                "Hallo mein Schatz,\n\nkommst Du am Sonntag zum Essen?\n\nKuss\nMama\n",
            ),
        ),
        (
            Sent,
            letter(
                2,
                owner,
                "Martina Kern <m.kern@kern-logistik.example>",
                "",
                "Guten Tag Frau Kern,\n\nvielen Dank.\n\nAda Demo\nFirma GmbH\nTel. +49 30 23125 011\n",
            ),
        ),
        (
            Inbox,
            letter(
                3,
                "News <news@versand.example>",
                owner,
                "List-Unsubscribe: <https://versand.example/u>\nPrecedence: bulk\n",
                "Nur heute: 20 % auf alles.\n",
            ),
        ),
    ]
}

/// The letters on a server.
pub fn mailbox() -> Mailbox {
    let of = |kind: FolderKind| {
        let letters = letters().into_iter().enumerate().filter(|(_, (folder, _))| *folder == kind);
        letters.map(|(n, (_, bytes))| (bytes, FIRST_DAY + i64::try_from(n).unwrap() * 86_400)).collect()
    };
    let mut mailbox = Mailbox::default();
    mailbox.add("INBOX", FolderKind::Inbox, of(FolderKind::Inbox)).add("Sent", FolderKind::Sent, of(FolderKind::Sent));
    mailbox
}

/// Writes a server's mailbox as a Maildir++ tree, with LF as deliverers do.
pub fn write_maildir(mailbox: &Mailbox, root: &Path) {
    for folder in &mailbox.folders {
        let path = match folder.name.as_str() {
            "INBOX" => root.to_owned(),
            name => root.join(format!(".{}", mailglean_wire_name(name).replace('/', "."))),
        };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        for message in &folder.messages {
            // Every third message is new: EXAMINE must leave it there.
            let (part, flags) = if message.uid % 3 == 0 { ("new", "") } else { ("cur", ":2,S") };
            let name = format!("{}.M{}P1.host{flags}", message.internal_date, message.uid);
            let text: Vec<u8> = message.bytes.iter().copied().filter(|&byte| byte != b'\r').collect();
            fs::write(path.join(part).join(name), text).unwrap();
        }
    }
}

/// The names that the tests use, as they stand on the wire and on Dovecot's disk.
fn mailglean_wire_name(name: &str) -> String {
    name.replace('&', "&-").replace("Entwürfe", "Entw&APw-rfe").replace("日本語", "&ZeVnLIqe-")
}

/// Writes messages as an mboxrd.
pub fn write_mbox(messages: &[Vec<u8>], path: &Path) {
    let mut mbox = vec![];
    for message in messages {
        mbox.extend_from_slice(b"From somebody@mail.example Mon Mar  3 10:00:00 2025\n");
        for line in message.split_inclusive(|&byte| byte == b'\n') {
            let marks = line.iter().take_while(|&&byte| byte == b'>').count();
            if line[marks..].starts_with(b"From ") {
                mbox.push(b'>');
            }
            mbox.extend(line.iter().filter(|&&byte| byte != b'\r'));
        }
        mbox.push(b'\n');
    }
    fs::write(path, mbox).unwrap();
}
