//! Decides whether a message looks like a notice of somebody who trades in contacts: "your entry in our database",
//! information under Art. 14 GDPR, a directory entry to be confirmed. By words alone, so it can be wrong both ways.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::Zone;
use crate::message::{FolderKind, Message};

/// What such a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The reader stands in a database or directory.
    Listed,
    /// The reader's data came from elsewhere (Art. 14 GDPR).
    Source,
    /// An entry is to be checked or confirmed.
    Verify,
    /// A profile can be claimed or taken out.
    Remove,
}

impl Notice {
    pub const ALL: [Self; 4] = [Self::Listed, Self::Source, Self::Verify, Self::Remove];
}

/// Bytes of the text that are looked at.
const READ: usize = 32 << 10;
/// The weight at which a kind holds.
const ENOUGH: u32 = 2;

/// What kinds of notice a message is. Mail that the owner sent, answers and quoted text are none.
pub fn notices(message: &Message, zones: &[Zone]) -> Vec<Notice> {
    let own = matches!(message.at.folder.kind, FolderKind::Sent | FolderKind::Drafts);
    if own || is_answer(&message.subject) {
        return Vec::new();
    }
    let Some(phrases) = phrases() else { return Vec::new() };
    let mut weights = [0; Notice::ALL.len()];
    let subject = spaced(std::iter::once(message.subject.as_str()));
    phrases.weigh(&subject, 2, &mut weights);
    let own_text = message
        .lines
        .iter()
        .zip(zones)
        .filter(|(_, zone)| !matches!(zone, Zone::Quoted | Zone::QuotedSignature | Zone::Intro));
    let text = spaced(own_text.map(|(line, _)| line.text.as_str()));
    phrases.weigh(&text, 1, &mut weights);
    Notice::ALL.into_iter().zip(weights).filter(|(_, weight)| *weight >= ENOUGH).map(|(kind, _)| kind).collect()
}

/// Lines as one text with single spaces, in small letters.
fn spaced<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for word in lines.flat_map(str::split_whitespace) {
        if text.len() + word.len() > READ {
            break;
        }
        if word.is_ascii() {
            text.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            text.push_str(&word.to_lowercase());
        }
        text.push(' ');
    }
    text
}

fn is_answer(subject: &str) -> bool {
    let first = subject.trim_start().split(':').next().unwrap_or_default().trim();
    subject.contains(':') && ["re", "aw", "antw", "sv"].iter().any(|prefix| first.eq_ignore_ascii_case(prefix))
}

/// The file, ready to be searched for.
struct Phrases {
    search: AhoCorasick,
    /// Kind and weight of each pattern.
    of: Vec<(Notice, u32)>,
}

impl Phrases {
    /// Adds up the phrases that stand in a text, each once and the longest of those that overlap.
    fn weigh(&self, text: &str, factor: u32, weights: &mut [u32; Notice::ALL.len()]) {
        let mut seen = vec![false; self.of.len()];
        for found in self.search.find_iter(text) {
            let at = found.pattern().as_usize();
            let (Some(seen), Some(&(kind, weight))) = (seen.get_mut(at), self.of.get(at)) else { continue };
            if !std::mem::replace(seen, true)
                && let Some(sum) = weights.get_mut(kind as usize)
            {
                *sum += weight * factor;
            }
        }
    }
}

fn phrases() -> Option<&'static Phrases> {
    static PHRASES: OnceLock<Option<Phrases>> = OnceLock::new();
    let load = || {
        let rows: Vec<(Notice, u32, &str)> = rows().collect();
        let search = AhoCorasick::builder()
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(rows.iter().map(|(_, _, phrase)| phrase))
            .ok()?;
        Some(Phrases { search, of: rows.iter().map(|&(kind, weight, _)| (kind, weight)).collect() })
    };
    PHRASES.get_or_init(load).as_ref()
}

fn rows() -> impl Iterator<Item = (Notice, u32, &'static str)> {
    let lines = include_str!("notice.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut parts = line.split('\t');
        let kind = match parts.next()? {
            "listed" => Notice::Listed,
            "source" => Notice::Source,
            "verify" => Notice::Verify,
            "remove" => Notice::Remove,
            _ => return None,
        };
        Some((kind, parts.next()?.parse().ok()?, parts.next()?))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::{Folder, Locator, RawMessage};
    use crate::observe::zones;

    fn of(folder: FolderKind, subject: &str, body: &str) -> Vec<Notice> {
        let folder = Arc::new(Folder { alias: "f01".into(), name: "x".into(), kind: folder });
        let bytes = format!("From: news@broker.example\r\nSubject: {subject}\r\n\r\n{body}\r\n").into_bytes();
        let raw = RawMessage { at: Locator { folder, number: 1 }, bytes };
        let message = crate::message::parse(&raw, &mut Vec::new()).expect("is a message");
        notices(&message, &zones(&message.lines, message.from.first()))
    }

    #[test]
    fn every_row_of_the_file_is_read() {
        let lines = include_str!("notice.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), lines);
        for (_, weight, phrase) in rows() {
            assert!((1..=ENOUGH).contains(&weight) && phrase.len() > 8, "{phrase}");
            assert_eq!(phrase, phrase.to_lowercase(), "{phrase}");
        }
        for kind in Notice::ALL {
            assert!(rows().any(|(of, ..)| of == kind));
        }
    }

    #[test]
    fn notices_as_brokers_and_directories_write_them() {
        for (subject, body, want) in [
            (
                "Information nach Art. 14 DSGVO",
                "Guten Tag,\r\nwir verarbeiten Ihre Kontaktdaten aus öffentlich\r\nzugänglichen Quellen.",
                &[Notice::Source][..],
            ),
            (
                "Your data",
                "You are a business professional. Your business contact\r\ninformation is shown to our customers. Claim your profile or opt out.",
                &[Notice::Listed, Notice::Remove],
            ),
            ("Eintragsbestätigung", "Bitte prüfen Sie Ihren Eintrag im Branchenbuch.", &[Notice::Verify]),
            ("Notice of Personal Information Processing", "Hello", &[Notice::Source]),
        ] {
            assert_eq!(of(FolderKind::Inbox, subject, body), want, "{subject}");
        }
    }

    #[test]
    fn everyday_mail_is_none() {
        for (subject, body) in [
            ("Ihr Profil", "bitte laden Sie ein Bild für die Webseite hoch."),
            ("Angebot", "anbei unser Angebot. Ihr Eintrag im Kalender fehlt noch."),
            ("Datenschutz", "Unsere Hinweise nach Art. 13 DSGVO finden Sie auf der Webseite."),
            ("Re: Information nach Art. 14 DSGVO", "Bitte löschen Sie meine Daten."),
            ("Fragen", "> Information nach Art. 14 DSGVO\r\n> Ihr Eintrag in unserer Datenbank\r\n\r\nWas ist das?"),
        ] {
            assert_eq!(of(FolderKind::Inbox, subject, body), [], "{subject}");
        }
        assert_eq!(of(FolderKind::Sent, "Information nach Art. 14 DSGVO", "x"), []);
    }
}
