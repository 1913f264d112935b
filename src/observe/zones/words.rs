//! Decides which words and phrases mean something for the zones of a text, in all languages at once.
//!
//! One data file a language (`src/observe/lang/`), one class a line. A text is looked at once, word by word; which
//! language it is in does not matter.

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

/// The first so many of eight letters.
const FIRST: [u64; 8] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff];

/// Letters are hashed eight at a time, in lower case, without their accents and with "ß" as "ss".
#[derive(Clone, Copy)]
struct Hash {
    state: u64,
    /// Letters that wait for their eight to be full.
    part: u64,
    bits: u32,
}

impl Hash {
    const NEW: Self = Self { state: 0xcbf2_9ce4_8422_2325, part: 0, bits: 0 };

    fn eight(&mut self, letters: u64) {
        let mixed = (self.state ^ letters).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.state = mixed ^ (mixed >> 29);
    }

    fn byte(&mut self, byte: u8) {
        self.part |= u64::from(byte) << self.bits;
        self.bits += 8;
        if self.bits == 64 {
            self.eight(self.part);
            (self.part, self.bits) = (0, 0);
        }
    }

    fn char(&mut self, c: char) {
        if c == 'ß' || c == 'ẞ' {
            self.byte(b's');
            self.byte(b's');
            return;
        }
        // Who is "Yıldırım" in the text is "Yildirim" in many an address and header.
        if let Some(letter) = plain_letter(c) {
            self.byte(letter);
            return;
        }
        let mut buffer = [0; 4];
        for lower in c.to_lowercase() {
            for byte in lower.encode_utf8(&mut buffer).bytes() {
                self.byte(byte);
            }
        }
    }

    fn end(mut self) -> u64 {
        if self.bits > 0 {
            self.eight(self.part);
        }
        self.state
    }

    /// The hash of a word of ASCII letters and digits; a capital letter and its small one differ in one bit, and a
    /// digit has that bit.
    fn ascii(text: &[u8], start: usize, end: usize) -> u64 {
        const LOW: u64 = 0x2020_2020_2020_2020;
        let mut hash = Self::NEW;
        let mut at = start;
        loop {
            let rest = end.saturating_sub(at);
            if rest == 0 {
                break;
            }
            let whole = |at: usize| text.get(at..).and_then(<[u8]>::first_chunk).copied().map(u64::from_le_bytes);
            let letters = match (whole(at), text.len().checked_sub(8)) {
                (Some(eight), _) => eight,
                // The text's last letters, without those before them.
                (None, Some(last)) => whole(last).unwrap_or_default() >> ((8 * (at - last)) & 63),
                (None, None) => {
                    let mut eight = [0; 8];
                    for (to, from) in eight.iter_mut().zip(text.get(at..).unwrap_or_default()) {
                        *to = *from;
                    }
                    u64::from_le_bytes(eight)
                }
            };
            hash.eight((letters | LOW) & FIRST.get(rest).unwrap_or(&u64::MAX));
            at += 8;
        }
        hash.state
    }
}

/// The letter under an accent, in lower case.
fn plain_letter(c: char) -> Option<u8> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' | 'Ă' | 'Ą' => {
            b'a'
        }
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => b'c',
        'ď' | 'đ' | 'Ď' | 'Đ' => b'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ę' | 'Ě' => b'e',
        'ğ' | 'Ğ' => b'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' | 'İ' => b'i',
        'ł' | 'Ł' => b'l',
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => b'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' | 'Ő' => {
            b'o'
        }
        'ř' | 'Ř' => b'r',
        'ś' | 'ş' | 'š' | 'ș' | 'Ś' | 'Ş' | 'Š' | 'Ș' => b's',
        'ť' | 'ț' | 'Ť' | 'Ț' => b't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ū' | 'Ů' | 'Ű' => b'u',
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => b'y',
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => b'z',
        _ => return None,
    })
}

/// The hash of a phrase whose last word is added.
pub fn join(phrase: u64, word: u64) -> u64 {
    (phrase.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;
const WIDE: u8 = 8;

/// What an ASCII character is; 0 ends a word.
fn kind(c: char) -> u8 {
    match c {
        'a'..='z' => LOWER,
        'A'..='Z' => UPPER,
        '0'..='9' => DIGIT,
        _ if c.is_ascii() => 0,
        _ => WIDE,
    }
}

/// What 64 bytes are, a bit a byte: parts of words, and of those the capitals, the digits, and what is beyond ASCII.
#[derive(Clone, Copy, Default)]
struct Block {
    word: u64,
    upper: u64,
    digit: u64,
    wide: u64,
}

impl Block {
    /// Looks at up to 64 bytes, eight at a time.
    #[inline]
    fn of(bytes: &[u8]) -> Self {
        let mut block = Self::default();
        let (eights, rest) = bytes.as_chunks::<8>();
        let mut at = 0;
        for eight in eights {
            block.add(u64::from_le_bytes(*eight), at);
            at += 8;
        }
        if !rest.is_empty() {
            let mut eight = [0; 8];
            for (to, from) in eight.iter_mut().zip(rest) {
                *to = *from;
            }
            block.add(u64::from_le_bytes(eight), at);
        }
        block
    }

    #[inline]
    fn add(&mut self, eight: u64, at: u32) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        // Seven bits a byte, so that nothing is carried over when a bound is added.
        let low = eight & !HIGH;
        let at_least = |bytes: u64, bound: u8| bytes.wrapping_add(ONES.wrapping_mul(u64::from(0x80 - bound)));
        let within = |bytes: u64, first: u8, last: u8| at_least(bytes, first) & !at_least(bytes, last + 1) & HIGH;
        let wide = eight & HIGH;
        let digit = within(low, b'0', b'9') & !wide;
        let upper = within(low, b'A', b'Z') & !wide;
        let lower = within(low, b'a', b'z') & !wide;
        // The highest bit of each byte, side by side.
        let gather = |bits: u64| ((bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (at & 63);
        self.word |= gather(wide | digit | upper | lower);
        self.upper |= gather(upper);
        self.digit |= gather(digit);
        self.wide |= gather(wide);
    }
}

/// Splits a line into words (letters and digits) and hands over the first `limit` of them.
pub fn split(text: &str, limit: usize, out: &mut Vec<Token>) {
    out.clear();
    let bytes = text.as_bytes();
    // A word that goes on in the next block.
    let mut open: Option<(usize, u8, u32)> = None;
    let mut base = 0;
    for bytes in bytes.chunks(64) {
        let block = Block::of(bytes);
        let mut rest = block.word;
        // Where the word that goes on ends here: at once, perhaps.
        let mut first = open.is_some();
        while first || rest != 0 {
            let from = if first { 0 } else { rest.trailing_zeros() };
            let length = (block.word >> (from & 63)).trailing_ones();
            let mask = (u64::MAX >> (64 - length.max(1)) & u64::from(length > 0).wrapping_neg()) << (from & 63);
            first = false;
            rest &= !mask;
            let at = base + from as usize;
            let (start, mut seen, mut uppers) = open.take().unwrap_or((at, 0, 0));
            let uppercase = block.upper & mask;
            if uppercase != 0 {
                seen |= UPPER;
                uppers += if uppercase & (uppercase - 1) == 0 { 1 } else { uppercase.count_ones() };
            }
            seen |= if block.digit & mask != 0 { DIGIT } else { 0 };
            seen |= if block.wide & mask != 0 { WIDE } else { 0 };
            seen |= if mask & !(block.upper | block.digit | block.wide) != 0 { LOWER } else { 0 };
            if from + length == 64 {
                open = Some((start, seen, uppers));
                break;
            }
            word(text, start, at + length as usize, seen, uppers, out);
            if out.len() >= limit {
                out.truncate(limit);
                return;
            }
        }
        base += 64;
    }
    if let Some((start, seen, uppers)) = open {
        word(text, start, bytes.len(), seen, uppers, out);
        out.truncate(limit);
    }
}

/// Takes a run of letters, digits and bytes beyond ASCII.
#[inline]
fn word(text: &str, start: usize, end: usize, seen: u8, uppers: u32, out: &mut Vec<Token>) {
    if seen & WIDE != 0 {
        wide(text, start, end, out);
        return;
    }
    let bytes = text.as_bytes();
    let leads = bytes.get(start).is_some_and(u8::is_ascii_uppercase);
    let chars = clip(end - start);
    out.push(Token {
        hash: Hash::ascii(bytes, start, end),
        start: clip(start),
        end: clip(end),
        chars: u8::try_from(chars).unwrap_or(u8::MAX),
        shape: shape(seen, uppers, chars, leads),
    });
}

/// The words of a run with bytes beyond ASCII, not all of which are letters.
#[cold]
fn wide(text: &str, start: usize, end: usize, out: &mut Vec<Token>) {
    let mut at = start;
    while at < end {
        if let Some(token) = wide_word(text, &mut at) {
            out.push(token);
        }
    }
}

fn clip(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A word with letters beyond ASCII; `at` moves behind it, or behind the first character if that is no letter.
fn wide_word(text: &str, at: &mut usize) -> Option<Token> {
    let start = *at;
    let (mut hash, mut seen, mut uppers, mut chars, mut leads) = (Hash::NEW, 0u8, 0u32, 0u32, false);
    for c in text.get(start..).unwrap_or_default().chars() {
        let kind = kind(c);
        match kind {
            0 => break,
            WIDE if !c.is_alphanumeric() => {
                if chars == 0 {
                    *at += c.len_utf8();
                }
                break;
            }
            WIDE => {
                let upper = c.is_uppercase();
                leads |= upper && chars == 0;
                uppers += u32::from(upper);
                seen |= if upper { UPPER } else { LOWER };
                hash.char(c);
            }
            _ => {
                leads |= kind == UPPER && chars == 0;
                uppers += u32::from(kind == UPPER);
                seen |= kind;
                hash.byte(c as u8 | 0x20);
            }
        }
        chars += 1;
        *at += c.len_utf8();
    }
    (chars > 0).then(|| Token {
        hash: hash.end(),
        start: clip(start),
        end: clip(*at),
        chars: u8::try_from(chars).unwrap_or(u8::MAX),
        shape: shape(seen, uppers, chars, leads),
    })
}

fn shape(seen: u8, uppers: u32, chars: u32, leads: bool) -> Shape {
    match (seen & DIGIT != 0, uppers) {
        (true, _) if seen == DIGIT => Shape::Digits,
        (true, _) => Shape::Mixed,
        (false, 0) => Shape::Lower,
        (false, n) if n == chars && chars > 1 => Shape::Upper,
        (false, 1) if leads => Shape::Capital,
        // "McDonald", "DeVries".
        (false, 2) if leads && chars >= 4 => Shape::Capital,
        _ => Shape::Mixed,
    }
}

/// What a word of the lexicon is, alone and as the start of a phrase.
#[derive(Clone, Copy, Default)]
struct Entry {
    hash: u64,
    classes: Classes,
    /// A longer phrase starts with this one.
    more: bool,
    used: bool,
}

/// Bits that say quickly that a hash is not there; most words are not.
struct Sieve(Vec<u64>);

impl Sieve {
    /// 2^16 bits.
    const WORDS: usize = 1 << 10;

    fn new() -> Self {
        Self(vec![0; Self::WORDS])
    }

    fn add(&mut self, key: u16) {
        if let Some(word) = self.0.get_mut(usize::from(key >> 6)) {
            *word |= 1 << (key & 63);
        }
    }

    fn may_have(&self, key: u16) -> bool {
        self.0.get(usize::from(key >> 6)).is_some_and(|word| word & 1 << (key & 63) != 0)
    }
}

/// All phrases, looked up word by word.
pub struct Lexicon {
    /// Open addressing, at most half full; a power of two.
    entries: Vec<Entry>,
    sieve: Sieve,
    /// Word ends ("-straße", "-leiterin"), by their last byte.
    suffixes: Vec<Vec<(&'static [u8], Classes)>>,
    /// The last two bytes of word ends.
    ends: Sieve,
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
        let mut lexicon = Self {
            entries: vec![Entry::default(); 1 << 15],
            sieve: Sieve::new(),
            suffixes: vec![Vec::new(); 256],
            ends: Sieve::new(),
        };
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
            self.sieve.add((hash >> 48) as u16);
            let Some(slot) = self.slot(hash) else { continue };
            let Some(entry) = self.entries.get_mut(slot) else { continue };
            (entry.hash, entry.used) = (hash, true);
            if n + 1 == words.len() {
                entry.classes |= class.bit();
            } else {
                entry.more = true;
            }
        }
    }

    /// Where a hash is, or would be.
    fn slot(&self, hash: u64) -> Option<usize> {
        let mask = self.entries.len() - 1;
        let mut slot = (hash >> 40) as usize & mask;
        // Half of it is free, so that an end is found.
        while let Some(entry) = self.entries.get(slot) {
            if !entry.used || entry.hash == hash {
                return Some(slot);
            }
            slot = (slot + 1) & mask;
        }
        None
    }

    fn entry(&self, hash: u64) -> Option<&Entry> {
        if !self.sieve.may_have((hash >> 48) as u16) {
            return None;
        }
        self.slot(hash).and_then(|slot| self.entries.get(slot)).filter(|entry| entry.used)
    }

    fn add_suffix(&mut self, suffix: &'static str, class: Class) {
        if let [.., a, b] = suffix.as_bytes()
            && let Some(list) = self.suffixes.get_mut(usize::from(*b))
        {
            list.push((suffix.as_bytes(), class.bit()));
            self.ends.add(u16::from_be_bytes([*a, *b]));
        }
    }

    /// The longest phrase that starts with the first of these words, and all classes of the shorter ones.
    #[inline]
    pub fn at(&self, words: &[Token]) -> Option<Found> {
        let first = words.first()?;
        if self.sieve.may_have((first.hash >> 48) as u16) { self.phrase(words) } else { None }
    }

    fn phrase(&self, words: &[Token]) -> Option<Found> {
        let mut found = None;
        let mut classes = 0;
        let mut hash = 0;
        for (n, word) in words.iter().enumerate().take(8) {
            hash = if n == 0 { word.hash } else { join(hash, word.hash) };
            let Some(entry) = self.entry(hash) else { break };
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
    pub fn suffix(&self, bytes: &[u8]) -> Classes {
        let [.., a, b] = bytes else { return 0 };
        let end = [a.to_ascii_lowercase(), b.to_ascii_lowercase()];
        if !self.ends.may_have(u16::from_be_bytes(end)) {
            return 0;
        }
        let Some(list) = self.suffixes.get(usize::from(end[1])) else { return 0 };
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
        assert_eq!(LEXICON.suffix("Hafenstraße".as_bytes()) & Class::Street.bit(), Class::Street.bit());
        assert_eq!(LEXICON.suffix(b"Vertriebsleiterin") & Class::Title.bit(), Class::Title.bit());
        assert_eq!(LEXICON.suffix(b"weg"), 0);
    }

    #[test]
    fn a_word_is_one_word_however_it_is_written() {
        let mut words = Vec::new();
        split(
            "Geschäftsführung GESCHÄFTSFÜHRUNG Straßenbahnhof STRASSENBAHNHOF abcdefgh1 ABCDEFGH1 (x)",
            9,
            &mut words,
        );
        let hashes: Vec<u64> = words.iter().map(|word| word.hash).collect();
        for pair in hashes.chunks_exact(2) {
            assert_eq!(pair[0], pair[1]);
        }
        assert_eq!(words.len(), 7);
        assert_eq!((words[6].chars, words[6].shape), (1, Shape::Lower));
    }

    proptest::proptest! {
        #[test]
        fn words_are_runs_of_letters_and_digits(text in "([a-zA-Z0-9äÉß€ .,@\\[\\]`{}/:-]{0,9}|[a-z]{60,70}|[^a]){0,30}") {
            let mut words = Vec::new();
            split(&text, 1000, &mut words);
            let found: Vec<&str> = words.iter().map(|word| &text[word.start as usize..word.end as usize]).collect();
            let want: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            proptest::prop_assert_eq!(found, want);
            for word in &words {
                let mut alone = Vec::new();
                split(&text[word.start as usize..word.end as usize], 2, &mut alone);
                proptest::prop_assert_eq!((alone.len(), alone[0].hash, alone[0].shape), (1, word.hash, word.shape));
            }
        }
    }

    #[test]
    fn the_lexicon_has_room() {
        let used = LEXICON.entries.iter().filter(|entry| entry.used).count();
        assert!(used * 2 < LEXICON.entries.len(), "{used}");
    }
}
