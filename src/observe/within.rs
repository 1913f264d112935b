//! Decides whether text below an introduction was forwarded or is what a reply answers to: vendors tell the two apart.
//!
//! The outermost introduction decides for all that stands below it: a program that reads forwarded mail and no quoted
//! replies looks at what kind of message it has before it, not at what that message quotes in turn.

/// In what kind of text a place stands, beside its channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// The header, or what the sender wrote.
    #[default]
    Mail,
    /// What a reply quotes.
    Reply,
    /// A message that was passed on, in the text or attached.
    Forward,
    /// An invitation to an appointment that came by mail.
    Invitation,
}

impl Within {
    /// Whether it is the header or what the sender wrote.
    pub fn is_mail(&self) -> bool {
        *self == Self::Mail
    }
}

/// What an introduction (quoting marks stripped) introduces, in a message with this subject.
///
/// A line that says so decides. "On ... wrote:" introduces a reply. A block of header fields stands above both, so
/// there the subject says which.
pub(super) fn introduced(intro: &[&str], subject: &str) -> Within {
    let folded = |line: &str| line.to_lowercase();
    let rule =
        intro.iter().take(6).map(|line| folded(line)).find(|line| FORWARDED.iter().any(|word| line.contains(word)));
    if rule.is_some() {
        return Within::Forward;
    }
    let fields = intro.iter().take(30).filter(|line| is_field(line)).count();
    if fields >= 2 && is_forward(subject) { Within::Forward } else { Within::Reply }
}

/// What quoted text without any introduction is, in a message with this subject.
pub(super) fn unintroduced(subject: &str) -> Within {
    if is_forward(subject) { Within::Forward } else { Within::Reply }
}

/// "Von: ...", "*To:* ...".
fn is_field(line: &str) -> bool {
    let line = line.trim_start_matches(['*', ' ', '\t', '|']);
    line.split_once(':').is_some_and(|(name, _)| {
        (2..=24).contains(&name.len()) && name.split_whitespace().count() <= 3 && name.chars().any(char::is_alphabetic)
    })
}

/// Whether a subject says that the message passes another on, rather than answering it.
fn is_forward(subject: &str) -> bool {
    let first = subject.trim_start().split(':').next().unwrap_or_default();
    let first = first.trim().trim_start_matches('[');
    subject.contains(':') && PREFIXES.iter().any(|prefix| first.eq_ignore_ascii_case(prefix))
}

/// What mail programs write before the subject of a forwarded message; `tr` and `i` are French and Italian, `rv`
/// Spanish, `enc` Portuguese, `pd` Polish, `vs` Finnish, `vb` Swedish, `doorst` Dutch.
const PREFIXES: &[&str] =
    &["fwd", "fw", "wg", "wtr", "tr", "i", "rv", "enc", "pd", "vs", "vb", "vl", "doorst", "weitergeleitet"];

/// What mail programs write above a forwarded message, folded to small letters.
const FORWARDED: &[&str] = &[
    "forwarded message",
    "forwarded by",
    "forwarded mail",
    "begin forwarded",
    "weitergeleitete nachricht",
    "weitergeleitete mail",
    "weitergeleitete e-mail",
    "weitergeleiteten nachricht",
    "weitergeleiteten e-mail",
    "weitergeleitet von",
    "message transféré",
    "message transfere",
    "messaggio inoltrato",
    "messaggio inoltra",
    "inizio messaggio inoltrato",
    "mensaje reenviado",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "doorgestuurde bericht",
    "wiadomość przekazana",
    "przekazana wiadomość",
    "videresendt",
    "vidarebefordrat",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_so_decides() {
        for line in [
            "---------- Forwarded message ---------",
            "-------- Weitergeleitete Nachricht --------",
            "Anfang der weitergeleiteten Nachricht:",
            "Begin forwarded message:",
            "----- Forwarded by Ann Lee/Firm on 03/04/2025 -----",
            "---------- Message transféré ----------",
        ] {
            assert_eq!(introduced(&[line, "Von: Ann Lee <ann@firm.example>"], "Re: x"), Within::Forward, "{line}");
        }
    }

    #[test]
    fn a_reply_is_one_under_any_subject() {
        for line in ["Am 03.04.2025 um 10:12 schrieb Ann Lee:", "On Mon, 10 Mar 2025, Ann Lee wrote:"] {
            assert_eq!(introduced(&[line], "Fwd: x"), Within::Reply, "{line}");
        }
    }

    #[test]
    fn a_block_of_header_fields_is_what_the_subject_says() {
        let block = ["Von: Ann Lee", "Gesendet: Dienstag, 4. März 2025 09:12", "An: Eva Lang", "Betreff: Angebot"];
        for (subject, want) in [
            ("WG: Angebot", Within::Forward),
            ("FW: Angebot", Within::Forward),
            ("Fwd: WG: Angebot", Within::Forward),
            ("AW: Angebot", Within::Reply),
            ("AW: WG: Angebot", Within::Reply),
            ("Angebot", Within::Reply),
            ("Frage", Within::Reply),
            ("WG Zimmer frei", Within::Reply),
        ] {
            assert_eq!(introduced(&block, subject), want, "{subject}");
        }
        assert_eq!(unintroduced("WG: Angebot"), Within::Forward);
        assert_eq!(unintroduced("Angebot"), Within::Reply);
    }
}
