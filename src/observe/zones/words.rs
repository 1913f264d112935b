//! Decides which words and phrases mean something for the zones of a text, in all languages at once.
//!
//! One data file a language (`src/observe/lang/`), one class a line. A text is looked at once, word by word; which
//! language it is in does not matter.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// A set of [`Class`]es.
pub type Classes = u32;

macro_rules! classes {
    ($($name:ident = $label:literal),* $(,)?) => {
        /// What a word or a phrase of a language file stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Class { $($name),* }

        const LABELS: &[(&str, Class)] = &[$(($label, Class::$name)),*];
    };
}

classes! {
    Closing = "closing",
    Thanks = "thanks",
    Greeting = "greeting",
    Device = "device",
    Footer = "footer",
    Legal = "legal",
    List = "list",
    Title = "title",
    Organisation = "org",
    Street = "street",
    Phone = "phone",
    Fax = "fax",
    Contact = "contact",
    Honorific = "honorific",
    From = "from",
    Sent = "sent",
    To = "to",
    Subject = "subject",
    Wrote = "wrote",
    On = "on",
    Divider = "divider",
    Month = "month",
    Prose = "prose",
}

impl Class {
    /// The set that holds this class alone.
    pub const fn bit(self) -> Classes {
        1 << self as u32
    }
}

/// The language files, by their codes.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("de", include_str!("../lang/de.txt")),
    ("en", include_str!("../lang/en.txt")),
    ("es", include_str!("../lang/es.txt")),
    ("fr", include_str!("../lang/fr.txt")),
    ("it", include_str!("../lang/it.txt")),
    ("nl", include_str!("../lang/nl.txt")),
    ("pl", include_str!("../lang/pl.txt")),
    ("pt", include_str!("../lang/pt.txt")),
];

/// The words and phrases of all languages.
pub static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::build);

/// One word of a line.
#[derive(Clone, Copy)]
pub struct Token {
    /// Hash of the word in lower case.
    pub hash: u64,
    pub start: u32,
    pub end: u32,
    /// Number of its letters and digits, counted up to 255.
    pub chars: u8,
    pub shape: Shape,
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Lower,
    Capital,
    Upper,
    Digits,
    /// Letters and digits, or capitals inside.
    Mixed,
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

fn mix_char(mut hash: u64, c: char) -> u64 {
    if c == 'ß' || c == 'ẞ' {
        return mix(mix(hash, b's'), b's');
    }
    let mut buffer = [0; 4];
    for lower in c.to_lowercase() {
        for byte in lower.encode_utf8(&mut buffer).bytes() {
            hash = mix(hash, byte);
        }
    }
    hash
}

/// The hash of a phrase whose last word is added.
pub fn join(phrase: u64, word: u64) -> u64 {
    (phrase.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;
const WIDE: u8 = 8;

/// What every byte is; 0 ends a word.
const KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0usize;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            0x80.. => WIDE,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// Splits a line into words (letters and digits) and hands over the first `limit` of them.
pub fn split(text: &str, limit: usize, out: &mut Vec<Token>) {
    out.clear();
    let bytes = text.as_bytes();
    let kind = |at: usize| bytes.get(at).map_or(0, |&byte| KINDS[usize::from(byte)]);
    let mut at = 0;
    while at < bytes.len() && out.len() < limit {
        let start = at;
        let first = kind(at);
        let (mut hash, mut seen, mut uppers, mut chars, mut wide_upper) = (SEED, 0u8, 0u32, 0u32, false);
        loop {
            let kind = kind(at);
            if kind & (LOWER | UPPER | DIGIT) != 0 {
                // A capital letter and its small one differ in one bit; a digit has that bit.
                hash = mix(hash, bytes.get(at).copied().unwrap_or(0) | 0x20);
                uppers += u32::from(kind == UPPER);
                seen |= kind;
                at += 1;
            } else if kind == WIDE {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                if !c.is_alphanumeric() {
                    break;
                }
                let upper = c.is_uppercase();
                wide_upper |= upper && chars == 0;
                uppers += u32::from(upper);
                seen |= if upper { UPPER } else { LOWER };
                hash = mix_char(hash, c);
                at += c.len_utf8();
            } else {
                break;
            }
            chars += 1;
        }
        if chars == 0 {
            at += if first == WIDE {
                text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
            } else {
                1
            };
            continue;
        }
        let leads = first == UPPER || wide_upper;
        let shape = match (seen & DIGIT != 0, uppers) {
            (true, _) if seen == DIGIT => Shape::Digits,
            (true, _) => Shape::Mixed,
            (false, 0) => Shape::Lower,
            (false, n) if n == chars && chars > 1 => Shape::Upper,
            (false, 1) if leads => Shape::Capital,
            // "McDonald", "DeVries".
            (false, 2) if leads && chars >= 4 => Shape::Capital,
            _ => Shape::Mixed,
        };
        let clip = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        out.push(Token {
            hash,
            start: clip(start),
            end: clip(at),
            chars: u8::try_from(chars).unwrap_or(u8::MAX),
            shape,
        });
    }
}

/// What a word of the lexicon is, alone and as the start of a phrase.
#[derive(Clone, Copy, Default)]
struct Entry {
    classes: Classes,
    /// A longer phrase starts with this one.
    more: bool,
}

/// Keys are hashes already.
#[derive(Default)]
struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = mix(self.0, byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// All phrases, looked up word by word.
pub struct Lexicon {
    entries: HashMap<u64, Entry, BuildHasherDefault<Plain>>,
    /// Word ends ("-straße", "-leiterin"), by their last byte.
    suffixes: Vec<Vec<(&'static [u8], Classes)>>,
}

/// A phrase found in a line.
#[derive(Clone, Copy)]
pub struct Found {
    pub classes: Classes,
    /// How many words it has.
    pub words: usize,
}

impl Lexicon {
    fn build() -> Self {
        let mut lexicon = Self { entries: HashMap::default(), suffixes: vec![Vec::new(); 256] };
        for (_, text) in LANGUAGES {
            for (class, suffix, phrase) in rows(text) {
                if suffix {
                    lexicon.add_suffix(phrase, class);
                } else {
                    lexicon.add(phrase, class);
                }
            }
        }
        lexicon
    }

    fn add(&mut self, phrase: &str, class: Class) {
        let mut words = Vec::new();
        split(phrase, 16, &mut words);
        let mut hash = 0;
        for (n, word) in words.iter().enumerate() {
            hash = if n == 0 { word.hash } else { join(hash, word.hash) };
            let entry = self.entries.entry(hash).or_default();
            if n + 1 == words.len() {
                entry.classes |= class.bit();
            } else {
                entry.more = true;
            }
        }
    }

    fn add_suffix(&mut self, suffix: &'static str, class: Class) {
        if let Some(list) = suffix.as_bytes().last().and_then(|&last| self.suffixes.get_mut(usize::from(last))) {
            list.push((suffix.as_bytes(), class.bit()));
        }
    }

    /// The longest phrase that starts with the first of these words, and all classes of the shorter ones.
    pub fn at(&self, words: &[Token]) -> Option<Found> {
        let mut found = None;
        let mut classes = 0;
        let mut hash = 0;
        for (n, word) in words.iter().enumerate().take(8) {
            hash = if n == 0 { word.hash } else { join(hash, word.hash) };
            let Some(entry) = self.entries.get(&hash) else { break };
            if entry.classes != 0 {
                // A longer phrase decides, but a short one's class is kept where it is of another kind.
                classes = if n == 0 { entry.classes } else { entry.classes | classes & Class::Prose.bit() };
                found = Some(Found { classes, words: n + 1 });
            }
            if !entry.more {
                break;
            }
        }
        found
    }

    /// The classes of a compound word's last part; `word` as written.
    pub fn suffix(&self, word: &str) -> Classes {
        let bytes = word.as_bytes();
        let Some(list) = bytes.last().and_then(|&last| self.suffixes.get(usize::from(last.to_ascii_lowercase())))
        else {
            return 0;
        };
        let mut classes = 0;
        for &(suffix, class) in list {
            if bytes.len() > suffix.len() + 2
                && bytes.get(bytes.len() - suffix.len()..).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
            {
                classes |= class;
            }
        }
        classes
    }
}

/// The rows of a language file: class, whether it is a word's end, phrase.
fn rows(text: &'static str) -> impl Iterator<Item = (Class, bool, &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':')).flat_map(
        |(label, list)| {
            let (label, suffix) = match label.strip_suffix(".suffix") {
                Some(label) => (label, true),
                None => (label, false),
            };
            let class = LABELS.iter().find(|(name, _)| *name == label).map(|&(_, class)| class);
            let phrases = list.split(';').map(str::trim).filter(|phrase| !phrase.is_empty());
            phrases.filter_map(move |phrase| class.map(|class| (class, suffix, phrase)))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str) -> Classes {
        let mut words = Vec::new();
        split(text, 32, &mut words);
        LEXICON.at(&words).map_or(0, |found| found.classes)
    }

    #[test]
    fn every_row_of_every_language_is_read() {
        for (code, text) in LANGUAGES {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let label = line.split(':').next().unwrap_or_default();
                let label = label.strip_suffix(".suffix").unwrap_or(label);
                assert!(LABELS.iter().any(|(name, _)| *name == label), "{code}: unknown class '{label}'");
            }
            for (name, class) in LABELS {
                assert!(rows(text).any(|(c, ..)| c == *class), "{code} has nothing for '{name}'");
            }
        }
    }

    #[test]
    fn case_and_punctuation_do_not_matter() {
        for text in
            ["Mit freundlichen Grüßen", "MIT FREUNDLICHEN GRÜSSEN,", "mit  freundlichen grüssen", "Best regards!"]
        {
            assert!(classes(text) & Class::Closing.bit() != 0, "{text}");
        }
        assert_eq!(classes("Mit freundlichen"), Class::Prose.bit());
    }

    #[test]
    fn compounds_are_known_by_their_end() {
        assert_eq!(LEXICON.suffix("Hafenstraße") & Class::Street.bit(), Class::Street.bit());
        assert_eq!(LEXICON.suffix("Vertriebsleiterin") & Class::Title.bit(), Class::Title.bit());
        assert_eq!(LEXICON.suffix("weg"), 0);
    }
}
