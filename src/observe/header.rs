//! Decides what a display name says: a person's name, and what mail programs and people write around it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::fields::{Known, Sense, cased, clipped, fold, has_legal_form, is_first_name, is_legal_form, person, sense};
use crate::address::Address;

/// A display name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// "First Last" with academic titles; a shared mailbox's or a firm's name as it is written.
    pub name: Option<String>,
    /// The name is a person's, as far as its words tell.
    pub personal: bool,
    /// What stands beside a person's name and bears a legal form.
    pub organisation: Option<String>,
    /// The name was put before a mailing list's address ("Ann Lee via Club List").
    pub via_list: bool,
}

impl Shown {
    /// A person's name stands before the address of a list that writes for them.
    pub(super) fn is_behind_list(&self) -> bool {
        self.via_list && self.personal
    }
}

/// Takes a display name apart; see `of_party` for what the address can add.
pub fn display(text: &str) -> Shown {
    read(text, None)
}

/// Takes a display name apart, with its address as evidence for the order of its words.
pub fn of_party(name: Option<&str>, address: Option<&Address>) -> Shown {
    name.map(|name| read(name, address)).unwrap_or_default()
}

/// Display names taken apart before: a mailbox shows the same ones in every letter. What is remembered changes no answer.
#[derive(Default)]
pub(super) struct Memo {
    known: HashMap<Box<str>, Shown>,
    /// Bytes of the keys.
    size: usize,
    key: String,
}

impl Memo {
    /// Keys beyond this many bytes are too much to remember: everything is forgotten and learnt again.
    const MOST: usize = 1 << 20;

    /// See [`of_party`].
    pub(super) fn of_party(&mut self, name: Option<&str>, address: Option<&Address>) -> Shown {
        let Some(name) = name else { return Shown::default() };
        self.key.clear();
        self.key.push_str(clipped(name));
        self.key.push('\0');
        self.key.push_str(address.map_or("", Address::as_str));
        if let Some(known) = self.known.get(self.key.as_str()) {
            return known.clone();
        }
        let shown = read(name, address);
        if self.size > Self::MOST {
            self.known.clear();
            self.size = 0;
        }
        self.size += self.key.len();
        self.known.insert(self.key.as_str().into(), shown.clone());
        shown
    }
}

fn read(text: &str, address: Option<&Address>) -> Shown {
    let mut shown = Shown::default();
    // Nobody is called by more than this.
    let joined = spaced(clipped(text));
    let quotes = ['"', '\'', '\u{201e}', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '`', ' ', '<', '>'];
    let mut text = joined.trim_matches(quotes);
    // An address in place of a name is no name; one behind a name is cut off.
    if let Some(at) = text.find('@') {
        let start = text.get(..at).and_then(|head| head.rfind([' ', '<', '(', '['])).unwrap_or(0);
        text = text.get(..start).unwrap_or_default().trim_end_matches(['<', '(', '[', ' ', '-']);
    }
    if text.is_empty() || !text.chars().any(char::is_alphabetic) {
        return shown;
    }
    // Most names have two words, and none of these in between.
    let between = text.bytes().filter(|byte| *byte == b' ').count() > 1;
    let deputies = [
        " on behalf of ",
        " im Auftrag von ",
        " i.A. von ",
        " im Namen von ",
        " de la part de ",
        " namens ",
        " per conto di ",
        " en nombre de ",
        " w imieniu ",
    ];
    for word in deputies.into_iter().filter(|_| between) {
        if let Some(at) = text.find(word) {
            let (deputy, other) = (text.get(..at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
            // The address says which of the two is meant; without a word of theirs it is the one spoken for.
            text = if bears(address, deputy) && !bears(address, other) { deputy } else { other }.trim_matches(quotes);
        }
    }
    for word in [" via ", " über ", " through "].into_iter().filter(|_| between) {
        if let Some(at) = text.find(word) {
            shown.via_list = true;
            text = text.get(..at).unwrap_or_default().trim_matches(quotes);
        }
    }
    let bracketed = text.contains(['(', '[', '{', ')', ']', '}']);
    let (mut main, mut beside) = if bracketed { without_brackets(text) } else { (text.to_owned(), Vec::new()) };
    let separators = [" | ", "|", " / ", " - ", " – ", " — ", " · ", " • ", " : ", " @ "];
    let separated = main.bytes().any(|byte| matches!(byte, b'|' | b'/' | b'-' | b':' | b'@' | 0x80..));
    for separator in separators.into_iter().filter(|_| separated) {
        if let Some((head, tail)) = main.split_once(separator) {
            beside.push(tail.trim().to_owned());
            main = head.trim().to_owned();
        }
    }
    let local = address.map(Address::local);
    let known = Known::new(&[], local);
    let name = named(&main, &known, &mut beside);
    shown.organisation = beside.into_iter().map(|text| text.trim().to_owned()).find(|text| has_legal_form(text));
    match name {
        Some(name) => {
            let given = given_beside(&name, text);
            shown.name = Some(ordered(&given.unwrap_or(name), address));
            shown.personal = true;
        }
        None if !main.is_empty() => {
            let words = main.trim_matches([',', ';', ' ']);
            shown.name = Some(words.to_owned());
            let count = words.split_whitespace().count();
            // A single word or a family's name may be a person's; words of an office are not.
            shown.personal = count == 1 && !office(words) && words.chars().all(|c| c.is_alphabetic() || c == '-');
        }
        None => {}
    }
    shown
}

/// With one space between words.
fn spaced(text: &str) -> Cow<'_, str> {
    let plain = !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && text.is_ascii()
        && !text.contains("  ")
        && !text.bytes().any(|byte| byte != b' ' && byte.is_ascii_whitespace() || byte == 0x0b);
    if plain { Cow::Borrowed(text) } else { Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")) }
}

/// A name and what stands in brackets beside it: "(gesperrt)", "(Mama von Ben, 4b)", "[EXT]".
fn without_brackets(text: &str) -> (String, Vec<String>) {
    let mut beside = Vec::new();
    let mut main = String::new();
    let mut depth = 0_usize;
    let mut inner = String::new();
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    beside.push(std::mem::take(&mut inner));
                    main.push(' ');
                }
            }
            _ if depth > 0 => inner.push(c),
            _ => main.push(c),
        }
    }
    if depth > 0 {
        beside.push(inner);
    }
    (spaced(&main).into_owned(), beside)
}

/// Whether the part of an address before the @ holds one of the words.
fn bears(address: Option<&Address>, text: &str) -> bool {
    let known = Known::new(&[], address.map(Address::local));
    text.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 3 && known.has(&fold(word)))
}

/// The person in a display name without its brackets; commas part "Last, First" or a firm.
fn named(main: &str, known: &Known, beside: &mut Vec<String>) -> Option<String> {
    let Some((head, tail)) = main.split_once(',') else {
        return whole(main, known);
    };
    let (head, tail) = (head.trim(), tail.trim());
    let (first, more) = match tail.split_once(',') {
        Some((first, more)) => (first.trim(), Some(more.trim())),
        None => (tail, None),
    };
    if first.is_empty() {
        return whole(head, known);
    }
    let head_words = head.split_whitespace().count();
    // "Delgado Marcus, CPA", "Rosen Hannah, Firma AB", "Anna Meier, Muster GmbH": the name is complete before the comma.
    let credential =
        sense(&fold(&first.replace('.', ""))).has(Sense::BEHIND_NAME.with(Sense::HONORIFIC)) && first.len() <= 6;
    if head_words >= 2 && (credential || is_organisation(first) || (complete(head) && !starts_with_first_name(first))) {
        if !credential {
            beside.push(tail.to_owned());
        }
        return whole(head, known);
    }
    // "Kita Sonnenblume, Eva Lang".
    if (is_organisation(head) || office(head)) && more.is_none() && !is_organisation(first) {
        let name = whole(first, known)?;
        beside.push(head.to_owned());
        return Some(name);
    }
    if is_organisation(first) || office(head) {
        return None;
    }
    if let Some(more) = more {
        beside.push(more.to_owned());
    }
    // "Ehlers, Torben Dr." and "Ehlers, Dr. Torben" and "Heide, Joost van der".
    let words: Vec<&str> = first.split_whitespace().collect();
    let title = |word: &&&str| {
        let key = fold(&word.replace('.', ""));
        word.contains('.') && key.len() > 1 && sense(&key).has(Sense::HONORIFIC)
            || matches!(&*key, "dr" | "prof" | "mag")
    };
    let titles: Vec<&str> = words.iter().filter(title).copied().collect();
    let given: Vec<&str> = words.iter().filter(|word| !title(word)).copied().collect();
    let head_title: Vec<&str> = head.split_whitespace().filter(|word| title(&word)).collect();
    let surname: Vec<&str> = head.split_whitespace().filter(|word| !title(&word)).collect();
    if given.is_empty() || surname.is_empty() || given.len() > 5 || surname.len() > 5 {
        return None;
    }
    let full = [cased(&given.join(" ")), cased(&surname.join(" "))].join(" ");
    let words = full.split_whitespace();
    let lettered =
        words.clone().all(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '.' | '\u{2019}')));
    if !lettered || office(&full) {
        return None;
    }
    let mut name = [head_title, titles].concat().join(" ");
    if !name.is_empty() {
        name.push(' ');
    }
    name.push_str(&full);
    Some(name)
}

/// A name without commas: read strictly first, then any two or three capitalised words that are no office's.
fn whole(text: &str, known: &Known) -> Option<String> {
    if let Some(one) = person(text, known).filter(|one| one.full && one.rest.is_none()) {
        let title = one.title.and_then(|(start, end)| text.get(start..end)).unwrap_or_default();
        // "Praxis Dr. Lang" is no person; "Notar Dr. Lang" is.
        if !sense(&fold(title)).has(Sense::ORGANISATION) {
            return Some(one.name);
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let lettered =
        words.iter().all(|word| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '.' | '\u{2019}')));
    let hits = words.iter().filter(|word| word.len() > 2 && known.has(&fold(word))).count();
    let trade = words
        .iter()
        .map(|word| sense(&fold(word)))
        .any(|meaning| meaning.has(Sense::ORGANISATION_WEAK.with(Sense::TITLE)));
    let plausible = !trade && (2..=4).contains(&words.len()) && lettered && !office(text) && !text.contains('&');
    (plausible && (hits > 0 || words.iter().any(|word| is_first_name(&fold(word))))).then(|| cased(text))
}

/// A first name and a surname, in whatever order.
fn complete(text: &str) -> bool {
    text.split_whitespace().any(|word| is_first_name(&fold(word)))
}

fn starts_with_first_name(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| is_first_name(&fold(word.trim_end_matches('.'))))
}

/// "Pichler Lukas" is "Lukas Pichler" where the address or the first name says so.
fn ordered(name: &str, address: Option<&Address>) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let [a, b] = words.as_slice() else { return name.to_owned() };
    let (first, second) = (fold(a), fold(b));
    let swap = address.and_then(|address| {
        let local = fold(address.local());
        let mut parts = local.split(['.', '_', '-']);
        let (one, two) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let forward = (one == first || first.starts_with(&one)) && two == second;
        let backward = (one == second || second.starts_with(&one)) && two == first;
        (forward != backward).then_some(backward)
    });
    let swap = swap
        .unwrap_or_else(|| is_first_name(&second) && !is_first_name(&first) && first.len() > 2 && !first.contains('.'));
    // "FOWLER Ann" shouts so that nobody mistakes the surname.
    let calm = |word: &str, other: &str| {
        let shouted = word.chars().filter(|c| c.is_alphabetic()).count() > 3 && !word.chars().any(char::is_lowercase);
        if shouted && other.chars().any(char::is_lowercase) { cased(word) } else { word.to_owned() }
    };
    let (first, second) = if swap { (b, a) } else { (a, b) };
    format!("{} {}", calm(first, second), calm(second, first))
}

/// "Dijkstra, L. (Lena)": the name in brackets completes the initial.
fn given_beside(name: &str, text: &str) -> Option<String> {
    let (initial, surname) = name.split_once(' ')?;
    let letter = initial.strip_suffix('.').unwrap_or(initial);
    if letter.chars().count() != 1 {
        return None;
    }
    let inner = text.split_once('(')?.1.split(')').next()?.trim();
    let same = inner.chars().next()?.to_lowercase().eq(letter.chars().next()?.to_lowercase());
    (same && !inner.contains(' ') && is_first_name(&fold(inner))).then(|| format!("{inner} {surname}"))
}

/// Whether a text names a firm or an institution.
fn is_organisation(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().enumerate().any(|(index, word)| {
        let bare = word.trim_matches([',', ';']);
        (index > 0 && is_legal_form(&bare.replace('.', "")))
            || sense(&fold(bare.trim_end_matches('.'))).has(Sense::ORGANISATION)
                && (index > 0 || bare.chars().count() > 7 || words.len() > 1)
    })
}

/// Words that stand for an office, a team or a machine: no person is called so.
pub fn office(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).any(|word| {
        let key = fold(word);
        let meaning = sense(&key);
        let bits = Sense::ORGANISATION.with(Sense::DEPARTMENT).with(Sense::DEPARTMENT_HEAD);
        (meaning.has(bits) && !is_first_name(&key)) || is_office_word(&key) || (word.len() > 2 && is_legal_form(word))
    })
}

fn is_office_word(word: &str) -> bool {
    matches!(
        word,
        "team"
            | "info"
            | "office"
            | "buero"
            | "service"
            | "support"
            | "newsletter"
            | "noreply"
            | "reply"
            | "notification"
            | "notifications"
            | "benachrichtigung"
            | "system"
            | "admin"
            | "administrator"
            | "postmaster"
            | "mailer"
            | "daemon"
            | "webmaster"
            | "shop"
            | "store"
            | "kundenservice"
            | "customer"
            | "helpdesk"
            | "ticket"
            | "bot"
            | "alerts"
            | "alert"
            | "news"
            | "list"
            | "liste"
            | "verteiler"
            | "alle"
            | "bewerbung"
            | "karriere"
            | "jobs"
            | "rechnung"
            | "rechnungen"
            | "invoice"
            | "invoices"
            | "bestellung"
            | "bestellungen"
            | "order"
            | "orders"
            | "postfach"
            | "editors"
            | "redaktion"
            | "betriebsrat"
            | "reservations"
            | "rezeption"
            | "reception"
            | "sekretariat"
            | "praxisteam"
            | "gemeindebuero"
            | "hausverwaltung"
            | "zentrale"
            | "accounts"
            | "payable"
            | "kontakt"
            | "contact"
            | "billing"
            | "noticias"
            | "equipe"
            | "servizio"
            | "assistenza"
            | "klantenservice"
            | "biuro"
            | "atendimento"
            | "vorstand"
            | "eltern"
            | "familie"
            | "family"
            | "famille"
            | "famiglia"
            | "familia"
            | "rodzina"
            | "family's"
            | "digest"
            | "group"
    )
}

/// Local parts of addresses that several people read, or nobody.
pub fn is_role_address(address: &Address) -> bool {
    let local = fold(address.local());
    local.split(['.', '-', '_', '+']).next().is_some_and(|first| {
        let meaning = sense(first);
        is_office_word(first)
            || (meaning.has(Sense::DEPARTMENT.with(Sense::ORGANISATION)) && !is_first_name(first))
            || matches!(
                first,
                "no" | "do"
                    | "mail"
                    | "email"
                    | "post"
                    | "kontakt"
                    | "hello"
                    | "hallo"
                    | "hi"
                    | "welcome"
                    | "empfang"
                    | "anfrage"
                    | "anmeldung"
            )
    })
}

/// Whether a mailing list's program reads it and nobody else: `parents-leave@`, `parents-request@` (Mailman, ezmlm, Sympa).
pub(super) fn is_list_command(address: &Address) -> bool {
    let command = address.local().rsplit_once(['-', '+']).map(|(_, command)| command);
    command.is_some_and(|command| {
        matches!(
            command,
            "bounces" | "confirm" | "help" | "join" | "leave" | "owner" | "request" | "subscribe" | "unsubscribe"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        let shown = display(text);
        match shown.name {
            Some(name) if shown.personal => name,
            Some(name) => format!("[{name}]"),
            None => String::new(),
        }
    }

    #[test]
    fn display_names() {
        for (text, want) in [
            ("Anna Meier", "Anna Meier"),
            ("\"Meier, Anna\"", "Anna Meier"),
            ("MEIER, ANNA", "Anna Meier"),
            ("Meier, Dr. Anna", "Dr. Anna Meier"),
            ("Meier, Anna Dr.", "Dr. Anna Meier"),
            ("Heide, Joost van der", "Joost van der Heide"),
            ("Meier, Anna (Muster GmbH)", "Anna Meier"),
            ("Anna Meier (Mama von Tim, 3a)", "Anna Meier"),
            ("Anna Meier | Muster GmbH", "Anna Meier"),
            ("Anna Meier - Muster GmbH", "Anna Meier"),
            ("Meier Anna, Muster AG", "Anna Meier"),
            ("Martin J. Fowley, CPA", "Martin J. Fowley"),
            ("Bakker, L. (Lena)", "Lena Bakker"),
            ("Meier, A.", "A. Meier"),
            ("Notar Dr. Karl Lang", "Dr. Karl Lang"),
            ("Frau Anna Meier", "Anna Meier"),
            ("Anna Meier via Elternliste", "Anna Meier"),
            ("Petra Klein im Auftrag von Max Groß", "Max Groß"),
            ("Petra Klein on behalf of Max Gross", "Max Gross"),
            ("anna.meier@firm.example", ""),
            ("'anna.meier@firm.example'", ""),
            ("Buchhaltung Weser", "[Buchhaltung Weser]"),
            ("Muster GmbH", "[Muster GmbH]"),
            ("Praxis Dr. Lang", "[Praxis Dr. Lang]"),
            ("Support <Ticket-System>", "[Support <Ticket-System]"),
            ("Mama", "Mama"),
            ("Kita Sonnenblume, Eva Lang", "Eva Lang"),
            ("Tischlerei Lammers", "[Tischlerei Lammers]"),
            ("", ""),
        ] {
            assert_eq!(name(text), want, "{text}");
        }
    }

    #[test]
    fn a_list_is_told_what_to_do_under_its_own_addresses() {
        let command = |text: &str| is_list_command(&Address::parse(text).unwrap());
        assert!(command("parents-leave@lists.club.example") && command("parents-request@club.example"));
        assert!(!command("parents@club.example") && !command("anna-lee@club.example"));
    }

    #[test]
    fn what_stands_beside_a_name() {
        assert_eq!(display("Meier, Anna (Muster GmbH)").organisation.as_deref(), Some("Muster GmbH"));
        assert_eq!(display("Anna Meier (Mama von Tim, 3a)").organisation, None);
        assert!(display("Anna Meier via Elternliste").via_list);
    }

    #[test]
    fn the_address_tells_the_order() {
        let address = Address::parse("l.pichler@firm.example");
        assert_eq!(of_party(Some("Pichler Lukas"), address.as_ref()).name.as_deref(), Some("Lukas Pichler"));
        let address = Address::parse("martin.werner@firm.example");
        assert_eq!(of_party(Some("Werner Martin"), address.as_ref()).name.as_deref(), Some("Martin Werner"));
    }

    #[test]
    fn the_address_tells_who_speaks_for_whom() {
        let shown = |local: &str| {
            let address = Address::parse(&format!("{local}@firm.example"));
            of_party(Some("Petra Klein on behalf of Max Gross"), address.as_ref()).name
        };
        assert_eq!(shown("petra.klein").as_deref(), Some("Petra Klein"));
        assert_eq!(shown("max.gross").as_deref(), Some("Max Gross"));
        assert_eq!(shown("office").as_deref(), Some("Max Gross"));
    }

    #[test]
    fn what_an_address_and_a_name_are_to_each_other() {
        let shown = |name: &str, address: &str| {
            let shown = of_party(Some(name), Address::parse(address).as_ref());
            format!(
                "{} {}{}",
                shown.name.unwrap_or_default(),
                if shown.personal { "p" } else { "-" },
                if shown.via_list { "l" } else { "" }
            )
        };
        for (name, address, want) in [
            ("ann.lee@firm.example", "ann.lee@firm.example", " -"),
            ("ann.lee@firm.example <ann.lee@firm.example>", "ann.lee@firm.example", " -"),
            ("Lee, Ann", "ann.lee@firm.example", "Ann Lee p"),
            ("FOWLER Ann", "ann.fowler@firm.example", "Ann Fowler p"),
            ("Ann Lee (Firm Ltd)", "ann.lee@firm.example", "Ann Lee p"),
            ("Ann Lee via Club List", "list@club.example", "Ann Lee pl"),
            ("Ann Lee [Firm]", "ann.lee@firm.example", "Ann Lee p"),
            ("Firm Ltd", "info@firm.example", "Firm Ltd -"),
            ("Sir Ann Lee", "ann.lee@firm.example", "Sir Ann Lee p"),
        ] {
            assert_eq!(shown(name, address), want, "{name}");
        }
    }

    #[test]
    fn addresses_of_offices() {
        for text in [
            "info@firm.example",
            "buchhaltung@firm.example",
            "no-reply@firm.example",
            "ap-invoices@firm.example",
            "service.team@x.example",
        ] {
            let address = Address::parse(text);
            let role = address.as_ref().is_some_and(is_role_address);
            assert_eq!(role, !text.starts_with("ap-"), "{text}");
        }
        assert!(!Address::parse("anna.meier@firm.example").as_ref().is_some_and(is_role_address));
    }
}
