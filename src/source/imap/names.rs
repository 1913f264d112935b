//! What a folder is called and what it is for.

use crate::message::FolderKind;
use crate::source::imap::reader::Listed;

/// The name with `/` between its levels, decoded. Characters that could steer a terminal are replaced.
pub(super) fn decode(listed: &Listed) -> String {
    let raw = &listed.name;
    let text = match std::str::from_utf8(raw) {
        Ok(text) if text.is_ascii() => modified_utf7(text).unwrap_or_else(|| text.to_owned()),
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

/// RFC 3501, section 5.1.3. `None` if it is not well-formed.
fn modified_utf7(text: &str) -> Option<String> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(rest.get(..at)?);
        let after = rest.get(at + 1..)?;
        let end = after.find('-')?;
        let coded = after.get(..end)?;
        rest = after.get(end + 1..)?;
        if coded.is_empty() {
            decoded.push('&');
            continue;
        }
        let mut units = Vec::new();
        let (mut bits, mut count) = (0_u32, 0_u32);
        for byte in coded.bytes() {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b',' => 63,
                _ => return None,
            };
            bits = (bits << 6) | u32::from(six);
            count += 6;
            if count >= 16 {
                count -= 16;
                units.push(u16::try_from((bits >> count) & 0xffff).ok()?);
            }
        }
        decoded.push_str(&String::from_utf16(&units).ok()?);
    }
    decoded.push_str(rest);
    Some(decoded)
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
    let levels: Vec<_> = name.split('/').collect();
    // Below a folder of one's own making, `Sent` is whatever its owner took it for; at the top it is the real one.
    let is_top = match levels.as_slice() {
        [_] => true,
        [first, _] => first.eq_ignore_ascii_case("INBOX") || first.starts_with('['),
        _ => false,
    };
    let last = levels.last().copied().unwrap_or_default().to_lowercase();
    let known = NAMES.iter().find(|(_, names)| names.contains(&last.as_str()));
    known.filter(|_| is_top).map_or(FolderKind::Other, |(kind, _)| *kind)
}

const NAMES: &[(FolderKind, &[&str])] = &[
    (
        FolderKind::Sent,
        &[
            "sent",
            "sent items",
            "sent mail",
            "sent messages",
            "sent-mail",
            "outbox.sent",
            "gesendet",
            "gesendete objekte",
            "gesendete elemente",
            "gesendete nachrichten",
            "gesendete mails",
            "postausgang",
            "envoyés",
            "messages envoyés",
            "éléments envoyés",
            "courrier envoyé",
            "enviados",
            "elementos enviados",
            "correo enviado",
            "mensagens enviadas",
            "itens enviados",
            "inviata",
            "posta inviata",
            "elementi inviati",
            "messaggi inviati",
            "verzonden",
            "verzonden items",
            "verzonden berichten",
            "skickat",
            "sendt",
            "sendte elementer",
            "lähetetyt",
            "wysłane",
            "elementy wysłane",
            "odeslaná pošta",
            "odeslané",
            "elküldött elemek",
            "отправленные",
            "надіслані",
            "gönderilmiş öğeler",
        ],
    ),
    (
        FolderKind::Drafts,
        &[
            "drafts",
            "draft",
            "entwürfe",
            "entwurf",
            "brouillons",
            "borradores",
            "rascunhos",
            "bozze",
            "concepten",
            "utkast",
            "kladder",
            "luonnokset",
            "szkice",
            "kopie robocze",
            "koncepty",
            "piszkozatok",
            "черновики",
            "чернетки",
            "taslaklar",
        ],
    ),
    (
        FolderKind::Junk,
        &[
            "junk",
            "junk e-mail",
            "junk email",
            "junk-e-mail",
            "spam",
            "bulk mail",
            "spamverdacht",
            "unerwünscht",
            "werbung (spam)",
            "courrier indésirable",
            "indésirables",
            "pourriel",
            "correo no deseado",
            "lixo eletrônico",
            "posta indesiderata",
            "ongewenste e-mail",
            "skräppost",
            "uønsket e-post",
            "roskaposti",
            "wiadomości-śmieci",
            "nevyžádaná pošta",
            "levélszemét",
            "спам",
        ],
    ),
    (
        FolderKind::Trash,
        &[
            "trash",
            "deleted",
            "deleted items",
            "deleted messages",
            "bin",
            "papierkorb",
            "gelöscht",
            "gelöschte objekte",
            "gelöschte elemente",
            "corbeille",
            "éléments supprimés",
            "papelera",
            "elementos eliminados",
            "lixeira",
            "lixo",
            "cestino",
            "posta eliminata",
            "prullenbak",
            "verwijderde items",
            "papperskorgen",
            "papirkurv",
            "slettede elementer",
            "roskakori",
            "kosz",
            "koš",
            "odstraněná pošta",
            "törölt elemek",
            "корзина",
            "удаленные",
            "кошик",
            "silinmiş öğeler",
        ],
    ),
    (
        FolderKind::Archive,
        &["archive", "archives", "archiv", "archivio", "archivo", "arquivo", "archief", "arkiv", "arkisto", "архив"],
    ),
    (FolderKind::All, &["all mail", "alle nachrichten", "tous les messages", "todos", "tutti i messaggi"]),
];

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
            assert_eq!(decode(&listed(raw, delimiter, &[])), expected);
        }
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
