//! Decides whom the lines name that introduce quoted text: "Am ... schrieb ...:" and forwarded header blocks.

use super::fields::{Known, Sense, fold, is_first_name, person, sense};
use super::header;
use crate::address::Address;

/// Somebody whom an intro names: a clean name, an address, or both.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
    pub(crate) personal: bool,
    pub(crate) address: Option<Address>,
}

/// One intro: who wrote the quoted text, and to whom.
#[derive(Clone, Default)]
pub(crate) struct Intro {
    pub(crate) author: Option<Named>,
    pub(crate) others: Vec<Named>,
}

enum Label {
    From,
    People,
    Other,
}

/// Reads a run of intro lines, quoting marks stripped. Several header blocks in a row are several intros.
pub(crate) fn read(lines: &[&str]) -> Vec<Intro> {
    let mut intros: Vec<Intro> = Vec::new();
    let mut current: Option<(Label, String)> = None;
    let mut any_label = false;
    for line in lines {
        let line = line.trim().trim_start_matches('*');
        match label(line) {
            Some((label, value)) => {
                close(&mut intros, current.take());
                any_label |= !matches!(label, Label::Other);
                current = Some((label, value.to_owned()));
            }
            None => {
                if let Some((Label::From | Label::People, value)) = &mut current {
                    // A wrapped list goes on; a rule or a blank line ends it.
                    if line.is_empty() || line.starts_with("--") || value.len() > 20_000 {
                        close(&mut intros, current.take());
                    } else {
                        value.push(' ');
                        value.push_str(line);
                    }
                }
            }
        }
    }
    close(&mut intros, current.take());
    if any_label {
        return intros;
    }
    let joined =
        lines.iter().map(|line| line.trim()).filter(|line| !line.starts_with("---") && !line.starts_with("___"));
    let joined = joined.collect::<Vec<_>>().join(" ");
    attribution(&joined).map(|author| Intro { author: Some(author), others: Vec::new() }).into_iter().collect()
}

fn close(intros: &mut Vec<Intro>, field: Option<(Label, String)>) {
    let Some((label, value)) = field else { return };
    match label {
        Label::From => {
            let author = entries(&value).into_iter().next();
            match intros.last_mut() {
                Some(last) if last.author.is_none() => last.author = author,
                _ => intros.push(Intro { author, others: Vec::new() }),
            }
        }
        Label::People => {
            let people = entries(&value);
            match intros.last_mut() {
                Some(last) => last.others.extend(people),
                None => intros.push(Intro { author: None, others: people }),
            }
        }
        Label::Other => {}
    }
}

/// "Von: ...", "*To:* ...": the label's kind and what follows.
fn label(line: &str) -> Option<(Label, &str)> {
    let colon = line.find(':')?;
    let head = line.get(..colon)?;
    if head.len() > 24 || head.contains(['<', '@', ',']) {
        return None;
    }
    let value = line.get(colon + 1..)?.trim_start_matches(['*', ' ', '\t']);
    // "Kopie (CC)".
    let head = head.split('(').next().unwrap_or(head);
    let key = fold(head.trim_matches([' ', '*', '\u{a0}', '\t', '|']));
    Some(match &*key {
        "von" | "from" | "de" | "da" | "od" | "van" | "fra" | "fran" | "absender" | "sender" | "gesendet von"
        | "sent by" | "expediteur" | "mittente" | "afzender" | "nadawca" | "remetente" => (Label::From, value),
        "an" | "to" | "a" | "para" | "aan" | "do" | "til" | "till" | "cc" | "kopie" | "copie" | "copia" | "dw"
        | "bcc" | "empfaenger" | "destinataire" | "destinatario" | "cc:" | "reply-to" | "antwort an" | "kopi"
        | "ke" | "udw" => (Label::People, value),
        // Any other short label ends a list of people; a time of day is none.
        _ if key.chars().any(char::is_alphabetic)
            && key.split(' ').count() <= 3
            && !key.chars().any(|c| c.is_ascii_digit()) =>
        {
            (Label::Other, value)
        }
        _ => return None,
    })
}

/// The entries of an address list as mail programs write it into text.
pub(crate) fn entries(value: &str) -> Vec<Named> {
    let mut found = Vec::new();
    if value.contains(';') {
        for entry in value.split(';').take(2_000) {
            found.extend(entry_of(entry));
        }
        return found;
    }
    let mut pending: Option<&str> = None;
    for part in commas(value).into_iter().take(2_000) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        match pending.take() {
            None if surname_alone(part) => pending = Some(part),
            None => found.extend(entry_of(part)),
            Some(surname) => {
                let name = part.split(['<', '[']).next().unwrap_or_default().trim();
                let first = (1..=4).contains(&name.split_whitespace().count()) && !name.contains('@');
                if first && (part.contains('@') || !complete(name)) {
                    found.extend(entry_of(&format!("{surname}, {part}")));
                } else {
                    found.extend(entry_of(surname));
                    if surname_alone(part) { pending = Some(part) } else { found.extend(entry_of(part)) }
                }
            }
        }
    }
    found.extend(pending.and_then(entry_of));
    found
}

/// Stretches between commas that stand outside quotes and angle brackets.
fn commas(value: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut angle) = (0, false, false);
    for (at, c) in value.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' => angle = true,
            '>' => angle = false,
            ',' if !quoted && !angle => {
                parts.extend(value.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(value.get(start..));
    parts
}

/// A part that a first name may follow: no address, one word or a name with a particle.
fn surname_alone(part: &str) -> bool {
    if part.contains(['@', '<', '[', '/', '"']) {
        return false;
    }
    let words: Vec<&str> = part.split_whitespace().collect();
    match words.as_slice() {
        [] => false,
        [one] => one.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '\u{2019}')),
        [first, ..] => words.len() <= 4 && (first.chars().all(char::is_lowercase) || !complete(part)),
    }
}

fn complete(name: &str) -> bool {
    let mut words = name.split_whitespace();
    let first = words.next().is_some_and(|first| is_first_name(&fold(first)));
    first && words.any(|word| word.trim_end_matches('.').chars().count() > 1)
}

/// "Anna Meier <a@b>", "Meier, Anna [mailto:a@b]", "Bob M Hall/NA/Firm@Firm", "a@b".
fn entry_of(entry: &str) -> Option<Named> {
    let entry = entry.trim().trim_matches(['*', ' ', ',']);
    let at = entry.find('@');
    let mut address = None;
    let mut name = entry;
    if let Some(at) = at {
        let open = entry.get(..at)?.rfind(['<', '[', '(', ' ']).map_or(0, |open| open + 1);
        let rest = entry.get(open..)?;
        let close = rest.find(['>', ']', ')', ' ']).unwrap_or(rest.len());
        let text = rest.get(..close)?.trim_start_matches("mailto:").trim_start_matches("MAILTO:");
        address = text.contains('.').then(|| Address::parse(text)).flatten();
        name = entry.get(..open)?.trim_end_matches(['<', '[', '(', ' ']);
        if address.is_none() {
            // Notes: "Bob M Hall/NA/Firm@Firm", "Bob Hall @ FIRM".
            name = entry.split(['@', '/', '<']).next()?.trim();
        } else if name.is_empty() {
            // "a@b (Anna Meier)".
            let behind = rest.get(close..).unwrap_or_default();
            name = behind.trim_matches(['>', ']', '(', ')', ' ']);
        }
    } else if let Some(slash) = entry.find('/') {
        name = entry.get(..slash)?;
    }
    // A date that the wrapped line carries along.
    let name = name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim();
    let shown = header::of_party(Some(name), address.as_ref());
    (shown.name.is_some() || address.is_some()).then_some(Named { name: shown.name, personal: shown.personal, address })
}

const VERBS: &[&str] = &[
    "schrieb",
    "wrote",
    "a écrit",
    "a ecrit",
    "ha scritto",
    "escribió",
    "escribio",
    "schreef",
    "napisał",
    "napisała",
    "napisal",
    "pisze",
    "escreveu",
    "skrev",
    "writes",
    "geschrieben",
];

/// "On ..., Anna Meier <a@b> wrote:", "Am ... schrieb Meier, Anna:", "... Anna Meier <a@b>:".
fn attribution(text: &str) -> Option<Named> {
    // A news article's id looks like an address and is none.
    let text = match text.find("In article <").or_else(|| text.find("In message <")) {
        Some(at) => text.get(at..)?.split_once('>')?.1.trim_start_matches([',', ' ']),
        None => text,
    };
    let verb = VERBS.iter().filter_map(|verb| text.rfind(verb).map(|at| (at, verb.len()))).max();
    let (before, after) = match verb {
        Some((at, length)) => (text.get(..at)?, text.get(at + length..)?),
        None => (text, ""),
    };
    let after = after.trim_start_matches(['(', 'a', ')']).trim_matches([':', ' ', '\u{a0}']);
    let when = ["am ", "on ", "um ", "in ", "op ", "le ", "il ", "w ", "at "];
    let named_behind = after.chars().any(char::is_alphabetic)
        && !after.starts_with(|c: char| c.is_ascii_digit())
        && !when.iter().any(|word| after.starts_with(word));
    if named_behind {
        return entry_of(after);
    }
    // The name stands behind the date.
    let address_at =
        before.rfind('@').map(|at| before.get(..at).and_then(|head| head.rfind(['<', '[', '(', ' '])).unwrap_or(0));
    let head = before.get(..address_at.unwrap_or(before.len()))?;
    let mut from = 0;
    let mut at = 0;
    for word in head.split_inclusive(char::is_whitespace) {
        at += word.len();
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let key = fold(bare);
        let time = matches!(
            &*key,
            "am" | "pm"
                | "uhr"
                | "gmt"
                | "cet"
                | "cest"
                | "utc"
                | "mez"
                | "mesz"
                | "est"
                | "edt"
                | "pst"
                | "pdt"
                | "cst"
                | "cdt"
                | "bst"
                | "h"
                | "kl"
                | "um"
                | "at"
                | "om"
                | "ore"
                | "alle"
                | "a"
                | "las"
                | "o"
        );
        if bare.chars().any(|c| c.is_ascii_digit()) || (from > 0 && time) {
            from = at;
        }
    }
    let name = head.get(from..)?.trim_matches([',', ' ', ':', '<', '(', '[', '"', '*']);
    let address = address_at.and_then(|at| before.get(at..));
    let entry = match address {
        Some(address) => format!("{name} {}", address.trim()),
        None => name.to_owned(),
    };
    let named = entry_of(&entry)?;
    // Without verb and address, only what is surely a name.
    if verb.is_none() && named.address.is_none() {
        return person(name, &Known::default()).filter(|one| one.full && one.evidence >= 2).map(|_| named);
    }
    Some(named)
}

impl Named {
    /// Fills in the address where the name is that of somebody known.
    pub(crate) fn completed<'a>(mut self, find: impl Fn(&str) -> Option<&'a Address>) -> Self {
        if self.address.is_none() {
            self.address = self.name.as_deref().and_then(find).cloned();
        }
        self
    }
}

/// What two spellings of one name share: its words in any order, titles and initials aside.
pub(crate) fn name_key(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c == '.').map(fold);
    let mut words: Vec<String> = words.filter(|word| word.len() > 1 && !sense(word).has(Sense::HONORIFIC)).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(named: &Named) -> String {
        let address = named.address.as_ref().map(Address::as_str).unwrap_or_default();
        format!("{} <{address}>", named.name.as_deref().unwrap_or_default())
    }

    fn author(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        read(&lines).first().and_then(|intro| intro.author.as_ref()).map(show).unwrap_or_default()
    }

    #[test]
    fn attribution_lines_of_many_programs() {
        for (text, want) in [
            ("Am 03.04.2025 um 10:12 schrieb Anna Meier:", "Anna Meier <>"),
            (
                "Am Di., 7. Jan. 2025 um 09:17 Uhr schrieb Meier, Anna <a.meier@firm.example>:",
                "Anna Meier <a.meier@firm.example>",
            ),
            (
                "On Mon, 18 Nov 2024 at 10:12, Anna Meier <a.meier@firm.example> wrote:",
                "Anna Meier <a.meier@firm.example>",
            ),
            ("On 21/02/2025 12:05, Anna Meier wrote:", "Anna Meier <>"),
            ("On 31 Jan 2025, at 08:40, Anna Meier <a@firm.example> wrote:", "Anna Meier <a@firm.example>"),
            ("On Mon, 10 Mar 2025, Anna Meier wrote:", "Anna Meier <>"),
            ("On Tue, Mar 4, 2025 at 9:05 AM Anna Meier <a@firm.example>\nwrote:", "Anna Meier <a@firm.example>"),
            ("Anna Meier <a@firm.example> schrieb am Di., 4. März 2025, 09:12:", "Anna Meier <a@firm.example>"),
            ("Le mar. 4 mars 2025 à 09:12, Luc Martin <luc@firm.example> a écrit :", "Luc Martin <luc@firm.example>"),
            (
                "Il giorno mar 4 mar 2025 alle ore 09:12 Marco Bianchi <m@firm.example> ha scritto:",
                "Marco Bianchi <m@firm.example>",
            ),
            ("El mar, 4 mar 2025 a las 9:12, Juan Pérez (<j@firm.example>) escribió:", "Juan Pérez <j@firm.example>"),
            ("Op di 4 mrt 2025 om 09:12 schreef Jan de Boer <j@firm.example>:", "Jan de Boer <j@firm.example>"),
            ("W dniu 4.03.2025 o 09:12 Anna Nowak pisze:", "Anna Nowak <>"),
            ("Den 16.04.2025 kl. 13.02 skrev Anna Meier:", "Anna Meier <>"),
            ("2025-03-04 9:12 GMT+01:00 Anna Meier <a@firm.example>:", "Anna Meier <a@firm.example>"),
            ("-----Ursprüngliche Nachricht-----", ""),
        ] {
            assert_eq!(author(text), want, "{text}");
        }
    }

    #[test]
    fn header_blocks() {
        let text = "-----Original Message-----\nVon: Meier, Anna <a.meier@firm.example>\nGesendet: Dienstag, 4. März 2025 09:12\n\
                    An: Lang, Eva; Tom Fuchs\nCc: 'Ben Roth'; c.sommer@else.example\nBetreff: Angebot: Nr. 4";
        let lines: Vec<&str> = text.lines().collect();
        let intros = read(&lines);
        let one = intros.first().unwrap();
        assert_eq!(one.author.as_ref().map(show).unwrap(), "Anna Meier <a.meier@firm.example>");
        let others: Vec<String> = one.others.iter().map(show).collect();
        assert_eq!(others, ["Eva Lang <>", "Tom Fuchs <>", "Ben Roth <>", " <c.sommer@else.example>"]);
    }

    #[test]
    fn lists_with_commas() {
        let list = |text: &str| entries(text).iter().map(show).collect::<Vec<_>>().join(" | ");
        assert_eq!(list("Meier, Anna"), "Anna Meier <>");
        assert_eq!(list("Meier, Anna J."), "Anna J. Meier <>");
        assert_eq!(list("Anna Meier, Tom Fuchs"), "Anna Meier <> | Tom Fuchs <>");
        assert_eq!(
            list("Anna Meier <a@x.example>, Fuchs, Tom <t@x.example>"),
            "Anna Meier <a@x.example> | Tom Fuchs <t@x.example>"
        );
        assert_eq!(list("Bob M Hall/NA/Firm@Firm, Ann Lee/HOU/Firm@Firm"), "Bob M Hall <> | Ann Lee <>");
        assert_eq!(list("a@x.example, b@x.example"), " <a@x.example> |  <b@x.example>");
        assert_eq!(list("Anna Meier [mailto:a@x.example]"), "Anna Meier <a@x.example>");
    }
}
