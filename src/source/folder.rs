//! Decides what a folder is called and what its name says it is for, in the languages of common mail programs.

use crate::message::FolderKind;

/// RFC 3501, section 5.1.3. `None` if it is not well-formed.
pub fn modified_utf7(text: &str) -> Option<String> {
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

/// What a folder is for, as its name (`/` between levels) says.
///
/// Below a folder of one's own making, `Sent` is whatever its owner took it for; at the top it is the real one.
pub fn kind(name: &str) -> FolderKind {
    let levels: Vec<_> = name.split('/').collect();
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
        FolderKind::Inbox,
        &[
            "inbox",
            "posteingang",
            "boîte de réception",
            "bandeja de entrada",
            "posta in arrivo",
            "postvak in",
            "caixa de entrada",
        ],
    ),
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

    #[test]
    fn names_in_many_languages() {
        assert_eq!(kind("INBOX"), FolderKind::Inbox);
        assert_eq!(kind("Gesendete Objekte"), FolderKind::Sent);
        assert_eq!(kind("INBOX/Éléments envoyés"), FolderKind::Sent);
        assert_eq!(kind("[Gmail]/Alle Nachrichten"), FolderKind::All);
        assert_eq!(kind("Projects/Sent"), FolderKind::Other);
        assert_eq!(kind("Customers"), FolderKind::Other);
    }

    #[test]
    fn modified_utf7_names() {
        assert_eq!(modified_utf7("Entw&APw-rfe").as_deref(), Some("Entwürfe"));
        assert_eq!(modified_utf7("R&-D").as_deref(), Some("R&D"));
        assert_eq!(modified_utf7("bad&!!-name"), None);
    }
}
