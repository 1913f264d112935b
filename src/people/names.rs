//! Decides when two spellings are one name: order, case, umlauts, honorifics, initials; and what is no name at all.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::few::Fixed;

/// A person's name, folded for comparing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey {
    /// The words of two letters and more, sorted, one space between.
    pub words: String,
    /// The word that is most likely the surname.
    pub last: String,
    /// The word that is most likely the first name; may be a single letter.
    pub first: String,
    /// All words behind the first one, joined: the surname with its particles and second half.
    pub tail: String,
}

impl NameKey {
    /// Whether the name has a first name and a surname written out: an identity, given a context.
    pub fn is_full(&self) -> bool {
        self.first.chars().nth(1).is_some() && self.words.contains(' ')
    }
}

/// Longer text is no name.
const LONGEST: usize = 80;

/// Folds a name as a message writes it. `None` for what is no person's name: an address, a firm, a phrase.
pub fn key(text: &str) -> Option<NameKey> {
    if text.len() > LONGEST * 2 || text.contains('@') || text.contains("://") {
        return None;
    }
    let text = without_brackets(text);
    // "Hanna und Hein Moor" share an address and are no one person.
    let couple =
        text.split_whitespace().any(|word| matches!(word, "&" | "+" | "und" | "u." | "u" | "and" | "et" | "y"));
    if couple || text.contains('&') {
        return None;
    }
    // "Meier, Dr. Holger" turns round; "Marcus J. Delgado, CPA" and "Zbinden Urs, Firm AG" do not.
    let behind: Vec<String> = text.split_once(',').map(|(_, behind)| words(behind)).unwrap_or_default();
    let turned = match text.split_once(',') {
        Some((last, first)) => {
            let rest = &behind;
            let kept = rest.iter().any(|word| !is_honorific(word));
            let bare = words(last).iter().filter(|word| !is_honorific(word) && !is_particle(word)).count() <= 1;
            if kept && (bare || first_name_known(rest)) { format!("{first} {last}") } else { last.to_owned() }
        }
        None => text,
    };
    let mut all = words(&turned);
    // "Stan Novak, Jr." says so behind the comma.
    let younger = all.iter().chain(&behind).any(|word| is_younger(word));
    all.retain(|word| !is_honorific(word));
    // "i. A." and "i. V." sign for somebody else.
    if all.len() > 3 && all[0] == "i" && matches!(all[1].as_str(), "a" | "v") {
        all.drain(..2);
    }
    if all.is_empty() || all.len() > 6 || all.iter().any(|word| word.chars().any(|c| c.is_numeric())) {
        return None;
    }
    if all.iter().any(|word| mixed_script(word)) {
        return None;
    }
    let mut long: Vec<&str> = all.iter().map(String::as_str).filter(|word| word.chars().nth(1).is_some()).collect();
    let last = (*long.last()?).to_owned();
    let first = all.first()?.clone();
    let tail: String = all.iter().skip(1).map(String::as_str).collect();
    // "Stan Novak Jr." and "Stan Novak" are two people, under one roof most of the time.
    if younger && long.len() > 1 {
        long.push(YOUNGER);
    }
    long.sort_unstable();
    long.dedup();
    Some(NameKey { words: long.join(" "), last, first, tail })
}

/// Whether two names can be one person's at the same address: one holds the other's words, initials included.
pub fn compatible(a: &NameKey, b: &NameKey) -> bool {
    if a.words == b.words {
        return true;
    }
    let words = |key: &NameKey| key.words.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let (one, two) = (words(a), words(b));
    if one.contains(YOUNGER) != two.contains(YOUNGER) {
        return false;
    }
    let initials =
        || a.last == b.last && a.first.chars().next() == b.first.chars().next() && (!a.is_full() || !b.is_full());
    one.is_subset(&two) || two.is_subset(&one) || initials()
}

/// Whether a display name, full or not ("Stan Jr"), says that its bearer is the younger of two namesakes.
pub fn says_younger(name: &str) -> bool {
    name.len() <= LONGEST * 2 && words(name).iter().skip(1).any(|word| is_younger(word))
}

/// The same of the local part of an address (`stanjr`, `stan.novak-jr`).
pub fn local_says_younger(local: &str) -> bool {
    let parts = local_words(local);
    let glued = |word: &String| ["jr", "junior"].iter().any(|end| word.strip_suffix(end).is_some_and(is_first_name));
    parts.iter().skip(1).any(|word| matches!(word.as_str(), "jr" | "jun" | "junior")) || parts.iter().any(glued)
}

/// A word in one spelling: lower case, without accents, `ü`, `ue` and `u` alike.
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return fold_ascii(word);
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.nfkd() {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'ß' => plain.push_str("ss"),
            'ø' | 'Ø' => plain.push('o'),
            'æ' | 'Æ' => plain.push('a'),
            'ł' | 'Ł' => plain.push('l'),
            'đ' | 'Đ' => plain.push('d'),
            'ı' => plain.push('i'),
            c => plain.extend(c.to_lowercase()),
        }
    }
    let mut out = String::with_capacity(plain.len());
    let mut before = ' ';
    for c in plain.chars() {
        // "mueller" is "müller", but "bauer" and "quelle" have no umlaut.
        let umlaut = c == 'e' && matches!(before, 'a' | 'o' | 'u') && {
            let two_back = out.chars().rev().nth(1).unwrap_or(' ');
            !matches!(two_back, 'a' | 'e' | 'o' | 'u' | 'q')
        };
        if !umlaut {
            out.push(c);
        }
        before = c;
    }
    out
}

/// The same without a look at Unicode's tables: most words need none.
fn fold_ascii(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let (mut before, mut kept, mut two_back) = (' ', ' ', ' ');
    for c in word.chars().map(|c| c.to_ascii_lowercase()) {
        let umlaut = c == 'e' && matches!(before, 'a' | 'o' | 'u') && !matches!(two_back, 'a' | 'e' | 'o' | 'u' | 'q');
        if !umlaut {
            out.push(c);
            two_back = kept;
            kept = c;
        }
        before = c;
    }
    out
}

/// Whether the local part of an address spells this name (`m.mueller`, `martina.mueller.77`, `muellerm`).
pub fn local_spells(local: &str, name: &NameKey) -> bool {
    let parts = local_words(local);
    let joined: String = parts.concat();
    let last = name.words.split(' ').any(|word| word.len() > 2 && parts.iter().any(|part| part == word));
    let initial = name.first.chars().next().map(String::from).unwrap_or_default();
    last || joined == format!("{initial}{}", name.last)
        || joined == format!("{}{initial}", name.last)
        || joined == format!("{}{}", name.first, name.last)
}

/// Whether the local part holds both the first name and the surname, written out.
pub fn local_spells_full(local: &str, name: &NameKey) -> bool {
    let parts = local_words(local);
    let has = |word: &String| parts.contains(word);
    name.is_full() && (has(&name.first) && has(&name.last) || parts.concat() == format!("{}{}", name.first, name.last))
}

/// The folded words of a local part.
pub fn local_words(local: &str) -> Vec<String> {
    local.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty()).map(fold).collect()
}

/// The name that a local part spells, if it spells one: `holger.meier` does, `info` and `hm` do not.
pub fn from_local(local: &str) -> Option<NameKey> {
    let parts = local_words(local);
    let [first, last] = parts.as_slice() else { return None };
    if first.len() < 2 || last.len() < 2 || !FIRST_NAMES.contains(first.as_str()) {
        return None;
    }
    key(&format!("{first} {last}"))
}

/// Whether a word is a first name of some language.
pub fn is_first_name(folded: &str) -> bool {
    FIRST_NAMES.contains(folded)
}

/// Whether so many people bear the surname that it tells nothing by itself.
pub fn is_common_surname(folded: &str) -> bool {
    COMMON_SURNAMES.contains(folded)
}

/// The folded words of a text, without marks.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')))
        .filter(|word| !word.is_empty())
        .map(fold)
        .collect()
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0u32;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

fn first_name_known(rest: &[String]) -> bool {
    rest.iter().find(|word| !is_honorific(word)).is_some_and(|word| is_first_name(word))
}

/// How [`NameKey::words`] marks the younger of two namesakes in one family.
const YOUNGER: &str = "jr";

fn is_younger(folded: &str) -> bool {
    matches!(folded, "jr" | "jun" | "ii" | "iii")
}

fn is_honorific(folded: &str) -> bool {
    HONORIFICS.binary_search(&folded).is_ok()
}

fn is_particle(folded: &str) -> bool {
    matches!(
        folded,
        "von"
            | "van"
            | "der"
            | "den"
            | "de"
            | "zu"
            | "zum"
            | "zur"
            | "di"
            | "da"
            | "la"
            | "le"
            | "del"
            | "vom"
            | "ter"
            | "ten"
    )
}

/// Latin letters beside look-alikes of another script are a disguise; such a name proves nothing.
fn mixed_script(word: &str) -> bool {
    let latin = word.chars().any(|c| c.is_ascii_alphabetic());
    let other = word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}'));
    latin && other
}

const HONORIFICS: &[&str] = &[
    "aca",
    "acca",
    "arch",
    "avv",
    "ba",
    "bc",
    "bed",
    "bsc",
    "ca",
    "cand",
    "cpa",
    "cta",
    "dent",
    "dipl",
    "diplom",
    "dott",
    "dottssa",
    "dr",
    "dres",
    "drs",
    "eng",
    "fca",
    "fr",
    "frau",
    "habil",
    "hc",
    "herr",
    "hon",
    "hr",
    "ii",
    "iii",
    "ing",
    "ir",
    "iur",
    "jr",
    "jun",
    "jur",
    "kffr",
    "kfm",
    "lic",
    "llb",
    "llm",
    "madame",
    "mag",
    "mba",
    "mbbs",
    "med",
    "miss",
    "mme",
    "monsieur",
    "mr",
    "mrcs",
    "mrs",
    "ms",
    "msc",
    "nat",
    "phd",
    "phil",
    "pol",
    "ppa",
    "prof",
    "professor",
    "ra",
    "rain",
    "rer",
    "sen",
    "sig",
    "signora",
    "sir",
    "sr",
    "stb",
    "tech",
    "theol",
    "univ",
    "vet",
    "wp",
];

/// First names, folded. Source and licence: the head of the file.
static FIRST_NAMES: LazyLock<HashSet<&'static str, Fixed>> =
    LazyLock::new(|| list(include_str!("data/first_names.txt")));
static COMMON_SURNAMES: LazyLock<HashSet<&'static str, Fixed>> =
    LazyLock::new(|| list(include_str!("data/common_surnames.txt")));

fn list(text: &'static str) -> HashSet<&'static str, Fixed> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect()
}
