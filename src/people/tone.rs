//! Decides which signals of tone a message gives: forms of address, greeting, closing, words, hour. The words are
//! forgotten at once; what stays is which signals occurred.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::message::{Message, Timestamp};
use crate::observe::Zone;

use super::names::fold;

/// A set of signals ([`IDS`]), one bit each.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Signals(u64);

impl Signals {
    /// These signals. In a constant an id that there is not is an error of the compiler: see `signals!`.
    pub const fn of(ids: &[&str]) -> Self {
        let mut bits = 0;
        let mut rest = ids;
        while let [id, tail @ ..] = rest {
            bits |= 1 << place(id);
            rest = tail;
        }
        Self(bits)
    }

    /// Whether one of the others is among these.
    pub const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Those of these that are among the others.
    const fn only(self, of: Self) -> Self {
        Self(self.0 & of.0)
    }

    /// Those of these that are not among the others.
    pub(super) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    fn set(&mut self, id: &str) {
        if let Some(at) = IDS.iter().position(|have| *have == id) {
            self.0 |= 1 << at;
        }
    }

    fn set_at(&mut self, at: u8) {
        self.0 |= 1 << at;
    }

    pub(super) fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The ids of the signals that are set.
    pub fn ids(self) -> impl Iterator<Item = &'static str> {
        IDS.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, id)| *id)
    }

    fn has(self, id: &str) -> bool {
        self.ids().any(|have| have == id)
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

/// The set of the signals named, worked out by the compiler.
macro_rules! signals {
    ($($id:literal),+ $(,)?) => { const { $crate::people::Signals::of(&[$($id),+]) } };
}
pub(crate) use signals;

/// The place of a signal in [`IDS`].
const fn place(id: &str) -> usize {
    let mut at = 0;
    let mut rest = IDS;
    while let [first, tail @ ..] = rest {
        if equal(first.as_bytes(), id.as_bytes()) {
            return at;
        }
        at += 1;
        rest = tail;
    }
    // Too far for a bit: an error, and in a constant one of the compiler.
    u64::BITS as usize
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let ([one, rest_a @ ..], [two, rest_b @ ..]) = (a, b) {
        if *one != *two {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.is_empty() && b.is_empty()
}

/// All signals. `subject-*` are the word lists in the subject.
pub const IDS: &[&str] = &[
    "du",
    "sie",
    "vous",
    "greet-formal",
    "greet-first",
    "greet-family",
    "close-private",
    "close-warm",
    "close-business",
    "private",
    "business",
    "consumer",
    "minor",
    "health",
    "legal",
    "family-law",
    "subject-private",
    "subject-business",
    "subject-consumer",
    "evening",
    "weekend",
    "office-hours",
    "list",
    "unsubscribe",
    "generated",
    "reply",
    "bulk",
    "by-hand",
    "crowd",
    "age",
    "private-alias",
    "list-target",
    "german",
    "block",
    "short",
    "ticket",
    "parent-greeting",
    "parent-signing",
    "about-private",
    "parent-name",
    "housing",
    "own-matter",
    "your-matter",
    "signed-first",
    "signed-full",
    "religion",
    "union",
    "politics",
    "estate",
    "home-buying",
];

/// What a letter can be about, in its subject or its text.
const TOPICS: Signals = Signals::of(&[
    "minor",
    "health",
    "legal",
    "family-law",
    "housing",
    "religion",
    "union",
    "politics",
    "estate",
    "home-buying",
]);

/// What the words of a text tell, wherever they stand in it.
const ANYWHERE: Signals = Signals(TOPICS.0 | Signals::of(&["du", "vous", "private", "business", "consumer"]).0);

/// What is read of one message: a longer one says no more.
const MOST_WORDS: usize = 1_500;

/// The signals of one message.
pub(super) fn of(message: &Message, zones: &[Zone]) -> Signals {
    let mut out = Signals::default();
    let auto = message.automation;
    for (holds, id) in [
        (auto.list, "list"),
        (auto.unsubscribe, "unsubscribe"),
        (auto.generated, "generated"),
        (auto.reply || is_absence(&message.subject), "reply"),
        (auto.bulk, "bulk"),
        (!auto.any(), "by-hand"),
        (message.to.len() + message.cc.len() > 1, "crowd"),
    ] {
        if holds {
            out.set(id);
        }
    }
    if let Some(date) = message.date {
        hour(date, &mut out);
    }
    // "Anna (Mama von Ben, 4b)": what stands in brackets is no part of a name, and tells of a child.
    if message.from.iter().filter_map(|party| party.name.as_deref()).any(names_a_child) {
        out.set("parent-name");
    }
    if is_ticket(&message.subject) {
        out.set("ticket");
    }
    let lower = message.subject.to_lowercase();
    if names_word(&lower, &["privat", "private", "privates", "privat:", "privé", "privato"]) {
        out.set("about-private");
    }
    let mut subject = Signals::default();
    scan(&message.subject, &mut subject, &mut 0);
    for (id, of_subject) in
        [("private", "subject-private"), ("business", "subject-business"), ("consumer", "subject-consumer")]
    {
        if subject.has(id) {
            out.set(of_subject);
        }
    }
    out.join(subject.only(TOPICS));
    // The subject of an answer is the other's.
    if !message.subject.split(' ').next().is_some_and(|first| first.ends_with(':')) {
        set_matters(&message.subject, &mut out);
    }
    let mut read = 0;
    let mut greeting = true;
    let mut closing = Vec::new();
    let mut signed = 0;
    let mut names = Vec::new();
    for (line, zone) in message.lines.iter().zip(zones) {
        let text = line.text.trim();
        if text.is_empty() || read > MOST_WORDS {
            continue;
        }
        match zone {
            Zone::Body => {
                if greeting {
                    greet(text, &mut out);
                    greeting = false;
                }
                if is_german(text) {
                    out.set("german");
                }
                scan_body(text, &mut out, &mut read);
                closing.clear();
                // "Bussi" may be the last line of a body; a sentence is no closing.
                if text.len() < 40 {
                    closing.push(text);
                }
                names.clear();
                names.push(text);
            }
            Zone::Closing => {
                closing.push(text);
                names.push(text);
            }
            Zone::Signature => {
                names.push(text);
                signed += usize::from(!text.trim_matches(['-', '_', '=', ' ']).is_empty());
                if closing.len() < 4 && text.len() < 40 {
                    closing.push(text);
                }
            }
            _ => {}
        }
    }
    match signed {
        0 => {}
        1 => out.set("short"),
        2 => {}
        _ => out.set("block"),
    }
    for text in closing {
        if text.len() < 80 {
            close(text, &mut out);
        }
    }
    sign(message, &names, &mut out);
    out
}

/// Whether the writer signs with the first name alone, as one does among friends, or with the surname.
fn sign(message: &Message, lines: &[&str], out: &mut Signals) {
    let key = message.from.first().and_then(|party| party.name.as_deref()).and_then(super::names::key);
    let mut first = false;
    for line in lines.iter().take(12).filter(|line| line.len() < 60) {
        let words = super::names::words(line);
        let Some(word) = words.last().filter(|_| words.len() <= 5) else { continue };
        let Some(key) = key.as_ref().filter(|key| key.is_full()) else {
            first |= words.len() == 1 && super::names::is_first_name(word);
            continue;
        };
        if words.contains(&key.last) {
            out.set("signed-full");
            return;
        }
        // A short form ("Hen" of "Henrietta") and an initial are the first name, too.
        let short = words.len() == 1 && word.chars().count() <= 4 && key.first.starts_with(word.as_str());
        first |= *word == key.first || short || words.len() == 1 && super::names::is_first_name(word);
    }
    if first {
        out.set("signed-first");
    }
}

const PARENTS: &[&str] = &[
    "mama", "papa", "mami", "papi", "mutti", "vati", "mum", "mom", "dad", "mummy", "daddy", "maman", "babbo", "mamma",
];

/// Whether a display name says whose parent somebody is.
pub fn names_a_child(name: &str) -> bool {
    let words = super::names::words(name);
    words.iter().zip(words.iter().skip(1)).any(|(a, b)| {
        let parent = matches!(a.as_str(), "mutter" | "vater" | "eltern") || PARENTS.contains(&a.as_str());
        parent && matches!(b.as_str(), "von" | "of")
    })
}

/// A number in brackets or behind "Ticket": what help desks write into a subject.
fn is_ticket(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    let bracketed = lower.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    bracketed.into_iter().any(|inner| inner.chars().filter(char::is_ascii_digit).count() >= 3)
        || ["ticket", "case #", "case-id", "incident", "vorgang #", "vorgangsnummer", "anfrage #", "request #", "inc0"]
            .iter()
            .any(|word| lower.contains(word))
}

fn is_german(text: &str) -> bool {
    names_word(&text.to_lowercase(), &["und", "nicht", "ist", "ich", "der", "das", "bitte", "für", "mit", "auf"])
}

fn names_word(lower: &str, words: &[&str]) -> bool {
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
}

/// A subject that mail programs write for somebody who is away.
fn is_absence(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    [
        "automatische antwort",
        "abwesenheit",
        "abwesend",
        "out of office",
        "automatic reply",
        "auto:",
        "autoreply",
        "réponse automatique",
        "automatisch antwoord",
        "risposta automatica",
        "respuesta automática",
    ]
    .iter()
    .any(|start| subject.starts_with(start))
}

fn hour(date: Timestamp, out: &mut Signals) {
    let local = date.seconds.saturating_add(i64::from(date.offset) * 60);
    let (day, hour) = (local.div_euclid(86_400), local.rem_euclid(86_400) / 3_600);
    // 1970-01-01 was a Thursday.
    let weekend = (day + 3).rem_euclid(7) >= 5;
    if weekend {
        out.set("weekend");
    } else if (8..18).contains(&hour) {
        out.set("office-hours");
    } else if !(6..19).contains(&hour) {
        out.set("evening");
    }
}

fn scan_body(text: &str, out: &mut Signals, read: &mut usize) {
    let mut found = Signals::default();
    scan(text, &mut found, read);
    out.join(found.only(ANYWHERE));
    set_matters(text, out);
    if formal(text) {
        out.set("sie");
    }
    if tells_age(text) {
        out.set("age");
    }
}

fn set_matters(text: &str, out: &mut Signals) {
    let (own, yours) = matters(text);
    for (holds, id) in [(own, "own-matter"), (yours, "your-matter")] {
        if holds {
            out.set(id);
        }
    }
}

/// "Sie", "Ihnen", "Ihr.." with a capital inside a sentence.
fn formal(text: &str) -> bool {
    let mut start = true;
    for raw in text.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphabetic());
        if !start && matches!(word, "Sie" | "Ihnen" | "Ihr" | "Ihre" | "Ihren" | "Ihrem" | "Ihrer" | "Ihres") {
            return true;
        }
        start = raw.ends_with(['.', '!', '?', ':', '-', '"']) || word.is_empty();
    }
    // At the start of a sentence "Ihnen" and "Ihre .." are formal too, "Sie" and "Ihr" need not be.
    text.starts_with("Ihnen ") || text.starts_with("Ihre ") || text.starts_with("Ihren ")
}

/// Whose thing of home or life a text names: "meine neue Wohnung", "our kitchen" the writer's own, "Ihre Tochter", "your
/// flat" the reader's. Nobody names these who writes for a firm to a firm.
fn matters(text: &str) -> (bool, bool) {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS).map(fold).collect();
    let (mut own, mut yours) = (false, false);
    for (at, word) in words.iter().enumerate() {
        let (german, other, mine) = match word.as_str() {
            "mein" | "meine" | "meinen" | "meinem" | "meiner" | "meines" | "unser" | "unsere" | "unseren"
            | "unserem" | "unserer" => (true, false, true),
            "my" | "our" | "mon" | "ma" | "mes" | "mio" | "mia" | "miei" | "mijn" | "mi" | "mis" => (false, true, true),
            "ihr" | "ihre" | "ihren" | "ihrem" | "ihrer" | "ihres" => (true, false, false),
            "your" | "votre" | "vos" | "vostro" | "vostra" | "suo" | "sua" | "uw" | "su" | "sus" => {
                (false, true, false)
            }
            _ => continue,
        };
        let mut next = words.iter().skip(at + 1).take(2);
        let thing = next.any(|word| {
            let word = word.as_str();
            german && (OWN_GERMAN.iter().any(|thing| word.ends_with(thing)) || !mine && KIN.contains(&word))
                || other && (OWN_OTHER.contains(&word) || !mine && KIN.contains(&word))
        });
        own |= thing && mine;
        yours |= thing && !mine;
    }
    (own, yours)
}

/// Only of the reader: who writes of a child of his own may do so in any letter.
const KIN: &[&str] = &[
    "sohn",
    "tochter",
    "kind",
    "kinder",
    "kindes",
    "mann",
    "frau",
    "mutter",
    "vater",
    "son",
    "daughter",
    "child",
    "children",
    "husband",
    "wife",
    "mother",
    "father",
    "fils",
    "fille",
    "enfant",
    "figlio",
    "figlia",
    "zoon",
    "dochter",
    "kindje",
    "hijo",
    "hija",
    "rucken",
    "knie",
    "zahne",
    "teeth",
    "knee",
    "tenancy",
    "mietvertrag",
    "mitgliedsbeitrag",
    "subs",
];

/// Ends of German words ("Eigentumswohnung", "Haustürschlüssel"), folded.
const OWN_GERMAN: &[&str] = &[
    "wohnung",
    "zuhause",
    "einfamilienhaus",
    "reihenhaus",
    "eigenheim",
    "garten",
    "kuche",
    "badezimmer",
    "heizung",
    "auto",
    "miete",
    "kaution",
    "schlussel",
    "rente",
    "fahrrad",
    "hund",
    "katze",
    "bewerbung",
    "lebenslauf",
    "studium",
    "ausbildung",
    "steuererklarung",
    "einkommensteuer",
    "steuerbescheid",
    "lebensversicherung",
    "haftpflicht",
    "hausrat",
    "spende",
    "mitgliedschaft",
    "urlaub",
    "teich",
    "terrasse",
    "balkon",
    "dachboden",
    "keller",
    "privatadresse",
    "personalausweis",
    "kundigungsschreiben",
    "arbeitszeugnis",
];

const OWN_OTHER: &[&str] = &[
    "flat",
    "apartment",
    "home",
    "house",
    "garden",
    "kitchen",
    "bathroom",
    "car",
    "rent",
    "deposit",
    "keys",
    "pension",
    "bike",
    "dog",
    "cat",
    "cv",
    "resume",
    "application",
    "degree",
    "donation",
    "membership",
    "holiday",
    "appartement",
    "maison",
    "jardin",
    "cuisine",
    "voiture",
    "loyer",
    "candidature",
    "casa",
    "appartamento",
    "giardino",
    "cucina",
    "macchina",
    "affitto",
    "candidatura",
    "woning",
    "huis",
    "tuin",
    "keuken",
    "auto",
    "huur",
    "sollicitatie",
    "piso",
    "cocina",
    "coche",
    "alquiler",
];

/// "ich bin ja erst 16", "I'm only 14".
fn tells_age(text: &str) -> bool {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    words.iter().enumerate().any(|(at, word)| {
        let Ok(age) = word.parse::<u8>() else { return false };
        let before = words.get(at.saturating_sub(4)..at).unwrap_or_default();
        let german = before.iter().any(|word| word == "bin")
            && before.iter().any(|word| matches!(word.as_str(), "ich" | "erst"));
        let english = before.windows(2).any(|two| two[0] == "i" && matches!(two[1].as_str(), "m" | "am"));
        let is = german || english;
        let unit = words.get(at + 1).map_or("", String::as_str);
        (6..18).contains(&age)
            && is
            && !matches!(
                unit,
                "uhr"
                    | "km"
                    | "euro"
                    | "min"
                    | "minuten"
                    | "stunden"
                    | "tage"
                    | "am"
                    | "pm"
                    | "minutes"
                    | "days"
                    | "hours"
            )
    })
}

/// "Hallo Jana," names one person by the first name; "Hallo Frau Brandt," does not.
fn greet(text: &str, out: &mut Signals) {
    let start: String = text.chars().take(60).collect();
    if super::names::words(&start).iter().take(2).any(|word| PARENTS.contains(&word.as_str())) {
        out.set("parent-greeting");
    }
    // "Hi Orla, can you ..." greets as well as a line of its own.
    let text = if text.len() > 60 { start.split([',', '!', ':']).next().unwrap_or_default() } else { text };
    let mut found = Signals::default();
    scan(text, &mut found, &mut 0);
    if found.has("greet-formal") {
        out.set("greet-formal");
        return;
    }
    if found.has("greet-family") {
        out.set("greet-family");
    }
    let words: Vec<String> = super::names::words(text);
    let opens = words.first().is_some_and(|word| {
        matches!(
            word.as_str(),
            "hallo"
                | "hi"
                | "hey"
                | "liebe"
                | "lieber"
                | "moin"
                | "servus"
                | "dear"
                | "hello"
                | "ciao"
                | "salut"
                | "cher"
                | "chere"
                | "na"
                | "huhu"
                | "beste"
                | "hoi"
                | "gruss"
                | "griasdi"
                | "salu"
                | "morning"
                | "evening"
                | "hiya"
        )
    });
    let name = words.iter().skip(usize::from(opens)).take(2).any(|word| super::names::is_first_name(word));
    if name && words.len() <= 4 {
        out.set("greet-first");
    }
}

fn close(text: &str, out: &mut Signals) {
    let words = super::names::words(text);
    if words.len() <= 2 && words.iter().any(|word| PARENTS.contains(&word.as_str())) {
        out.set("parent-signing");
    }
    let mut found = Signals::default();
    scan(text, &mut found, &mut 0);
    for id in ["close-private", "close-warm", "close-business"] {
        if found.has(id) {
            out.set(id);
        }
    }
}

/// Sets the signals of all the listed words and phrases in a text.
fn scan(text: &str, out: &mut Signals, read: &mut usize) {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')))
        .filter(|word| !word.is_empty() && word.len() < 40)
        .take(MOST_WORDS)
        .map(fold)
        .collect();
    *read += words.len();
    for (at, word) in words.iter().enumerate() {
        for phrase in PHRASES.get(word.as_str()).into_iter().flatten() {
            let rest = words.iter().skip(at + 1);
            if phrase.rest.iter().zip(rest.clone()).filter(|(want, have)| want == have).count() == phrase.rest.len() {
                out.set_at(phrase.signal);
            }
        }
    }
}

struct Phrase {
    rest: Vec<&'static str>,
    signal: u8,
}

static PHRASES: LazyLock<HashMap<&'static str, Vec<Phrase>>> = LazyLock::new(|| {
    let mut out: HashMap<&'static str, Vec<Phrase>> = HashMap::new();
    for line in include_str!("data/tone.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((id, phrases)) = line.split_once(':') else { continue };
        let Some(signal) = IDS.iter().position(|have| *have == id).and_then(|at| u8::try_from(at).ok()) else {
            continue;
        };
        for phrase in phrases.split(',') {
            let mut words = phrase.split_whitespace();
            if let Some(first) = words.next() {
                out.entry(first).or_default().push(Phrase { rest: words.collect(), signal });
            }
        }
    }
    out
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_is_folded_and_every_signal_known() {
        for line in include_str!("data/tone.txt").lines().filter(|line| !line.starts_with('#')) {
            let (id, phrases) = line.split_once(':').expect("a signal");
            assert!(IDS.contains(&id), "{id}");
            for word in phrases.split(',').flat_map(str::split_whitespace) {
                assert_eq!(fold(word), word, "in {id}");
            }
        }
    }

    #[test]
    fn formal_address_is_a_capital_inside_a_sentence() {
        for (text, wanted) in [
            ("Können Sie das prüfen?", true),
            ("vielen Dank für Ihre Nachricht", true),
            ("Sie kommt morgen. Sie ist krank.", false),
            ("kannst du sie abholen", false),
        ] {
            assert_eq!(formal(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_thing_of_ones_own() {
        for (text, wanted) in [
            ("ich habe meinen Haustürschlüssel verloren", (true, false)),
            ("die Abrechnung für meine neue Wohnung", (true, false)),
            ("the tap in our kitchen", (true, false)),
            ("la clef de mon appartement", (true, false)),
            ("Ihre Tochter fehlte am Montag", (false, true)),
            ("the boiler in your flat", (false, true)),
            ("meine Tochter ist krank, daher später", (false, false)),
            ("our supplier has a house in Kent", (false, false)),
            ("unsere Bestellung 4711, Ihre Rechnung", (false, false)),
        ] {
            assert_eq!(matters(text), wanted, "{text}");
        }
    }

    #[test]
    fn who_tells_his_age() {
        for (text, wanted) in [
            ("ich bin ja erst 16 und darf nicht", true),
            ("I'm only 14", true),
            ("ich bin erst um 16 Uhr da", false),
            ("ich komme am 12. um 8", false),
            ("ich bin 45", false),
        ] {
            assert_eq!(tells_age(text), wanted, "{text}");
        }
    }
}
