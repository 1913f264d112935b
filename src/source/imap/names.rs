//! What a folder is called and what it is for.

use crate::message::FolderKind;
use crate::source::folder;
use crate::source::imap::reader::Listed;

/// The name with `/` between its levels, decoded. Characters that could steer a terminal are replaced.
pub(super) fn decode(listed: &Listed, utf8: bool) -> String {
    let raw = &listed.name;
    let text = match std::str::from_utf8(raw) {
        Ok(text) if text.is_ascii() && !utf8 => folder::modified_utf7(text).unwrap_or_else(|| text.to_owned()),
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(raw).into_owned(),
    };
    let levels = match listed.delimiter {
        Some(delimiter) if delimiter != '/' => text.replace(delimiter, "/"),
        _ => text,
    };
    let levels: String = levels.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if levels.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { levels }
}

/// What the folder is for: what the server says, else what its name says in the languages of common mail programs.
pub(super) fn kind(listed: &Listed, name: &str) -> FolderKind {
    if name == "INBOX" {
        return FolderKind::Inbox;
    }
    for attribute in &listed.attributes {
        match attribute.as_str() {
            "\\SENT" => return FolderKind::Sent,
            "\\DRAFTS" => return FolderKind::Drafts,
            "\\JUNK" | "\\SPAM" => return FolderKind::Junk,
            "\\TRASH" => return FolderKind::Trash,
            "\\ARCHIVE" => return FolderKind::Archive,
            "\\ALL" | "\\ALLMAIL" => return FolderKind::All,
            _ => {}
        }
    }
    folder::kind(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &[u8], delimiter: char, attributes: &[&str]) -> Listed {
        Listed {
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
            delimiter: Some(delimiter),
            name: name.to_vec(),
        }
    }

    #[test]
    fn names_come_out_as_their_owner_reads_them() {
        let cases: [(&[u8], char, &str); 8] = [
            (b"Entw&APw-rfe", '/', "Entwürfe"),
            ("Entwürfe".as_bytes(), '/', "Entwürfe"),
            (b"INBOX.Kunden.R&AOk-pertoire", '.', "INBOX/Kunden/Répertoire"),
            (b"R&-D", '/', "R&D"),
            (b"&ZeVnLIqe-", '/', "日本語"),
            (b"bad&!!-name", '/', "bad&!!-name"),
            (b"inbox", '/', "INBOX"),
            (b"a\x1b[31mb\r\nc", '/', "a\u{fffd}[31mb\u{fffd}\u{fffd}c"),
        ];
        for (raw, delimiter, expected) in cases {
            assert_eq!(decode(&listed(raw, delimiter, &[]), false), expected);
        }
        // Once names come in UTF-8, an ampersand is one.
        assert_eq!(decode(&listed(b"Entw&APw-rfe", '/', &[]), true), "Entw&APw-rfe");
        assert_eq!(decode(&listed("Müller.R&D".as_bytes(), '.', &[]), true), "Müller/R&D");
    }

    #[test]
    fn the_server_says_what_a_folder_is_for_and_else_its_name() {
        let kind_of = |name: &str, attributes: &[&str]| kind(&listed(name.as_bytes(), '/', attributes), name);
        assert_eq!(kind_of("INBOX", &[]), FolderKind::Inbox);
        assert_eq!(kind_of("Ablage", &["\\HASNOCHILDREN", "\\SENT"]), FolderKind::Sent);
        assert_eq!(kind_of("Gesendete Objekte", &[]), FolderKind::Sent);
        assert_eq!(kind_of("INBOX/Éléments envoyés", &[]), FolderKind::Sent);
        assert_eq!(kind_of("Projects/Sent", &[]), FolderKind::Other);
        assert_eq!(kind_of("[Gmail]/All Mail", &["\\ALL"]), FolderKind::All);
        assert_eq!(kind_of("Customers", &[]), FolderKind::Other);
    }
}
