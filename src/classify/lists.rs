//! Decides what the words of a domain, an organisation or a title tell: the data files, and how they are matched.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::people::{Fixed, names};

/// A handful of classes, each once. Most people have none, and none costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes(Vec<&'static str>);

impl Classes {
    pub(super) fn contains(&self, class: &str) -> bool {
        self.0.contains(&class)
    }

    pub(super) fn insert(&mut self, class: &'static str) {
        if !self.contains(class) {
            self.0.push(class);
        }
    }

    pub(super) fn remove(&mut self, class: &str) {
        self.0.retain(|have| *have != class);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }
}

impl Extend<&'static str> for Classes {
    fn extend<I: IntoIterator<Item = &'static str>>(&mut self, classes: I) {
        for class in classes {
            self.insert(class);
        }
    }
}

impl FromIterator<&'static str> for Classes {
    fn from_iter<I: IntoIterator<Item = &'static str>>(classes: I) -> Self {
        let mut out = Self::default();
        out.extend(classes);
        out
    }
}

/// Words with marks (`praxis*`, `*anwalt`, `*recht*`), each with the class it shows.
pub(super) struct Words {
    exact: HashMap<&'static str, Vec<&'static str>, Fixed>,
    starts: HashMap<&'static str, Vec<&'static str>, Fixed>,
    ends: HashMap<&'static str, Vec<&'static str>, Fixed>,
    inside: Vec<(&'static str, &'static str)>,
    /// The first two bytes of `starts` and the last two of `ends`: hardly any word has them, and no other is looked up.
    first_two: Pairs,
    last_two: Pairs,
}

/// A set of pairs of bytes.
struct Pairs(Vec<u64>);

impl Pairs {
    fn new() -> Self {
        Self(vec![0; 1 << 10])
    }

    fn put(&mut self, one: u8, two: u8) {
        let at = usize::from(u16::from_be_bytes([one, two]));
        if let Some(bits) = self.0.get_mut(at / 64) {
            *bits |= 1 << (at % 64);
        }
    }

    /// A part of one byte is known with whatever stands beside it.
    fn add(&mut self, part: &[u8], from_the_end: bool) {
        let beside = if from_the_end { |other, byte| (other, byte) } else { |other, byte| (byte, other) };
        match part {
            [byte] => (0..=u8::MAX).map(|other| beside(other, *byte)).for_each(|(one, two)| self.put(one, two)),
            [.., one, two] if from_the_end => self.put(*one, *two),
            [one, two, ..] => self.put(*one, *two),
            [] => {}
        }
    }

    fn has(&self, one: u8, two: u8) -> bool {
        let at = usize::from(u16::from_be_bytes([one, two]));
        self.0.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }
}

/// Words that show an organisation's class, in a domain's label or in its name.
pub(super) static CLASSES: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/classes.tsv")));
/// Words that show a profession, in a title or beside a name.
pub(super) static TITLES: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/titles.tsv")));
/// Words that show what a folder or an address-book category is for.
pub(super) static FOLDERS: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/folders.tsv")));

impl Words {
    fn read(text: &'static str) -> Self {
        let mut out = Self {
            exact: HashMap::default(),
            starts: HashMap::default(),
            ends: HashMap::default(),
            inside: Vec::new(),
            first_two: Pairs::new(),
            last_two: Pairs::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((class, words)) = line.split_once('\t') else { continue };
            for word in words.split_whitespace() {
                let bare = word.trim_matches('*');
                match (word.starts_with('*'), word.ends_with('*')) {
                    (true, true) => out.inside.push((bare, class)),
                    (true, false) => {
                        out.ends.entry(bare).or_default().push(class);
                        out.last_two.add(bare.as_bytes(), true);
                    }
                    (false, true) => {
                        out.starts.entry(bare).or_default().push(class);
                        out.first_two.add(bare.as_bytes(), false);
                    }
                    (false, false) => out.exact.entry(bare).or_default().push(class),
                }
            }
        }
        out
    }

    /// The classes that the words of a text show.
    pub(super) fn of(&self, text: &str) -> Classes {
        let mut out = Classes::default();
        self.add(text, &mut out);
        out
    }

    /// Adds the classes that the words of a text show.
    pub(super) fn add(&self, text: &str, out: &mut Classes) {
        for word in names::words(text).iter().take(24) {
            let before = out.0.len();
            self.word(word, out);
            // "Steuerpraxis" is no practice: the file names the exceptions.
            if out.contains("none") {
                out.0.truncate(before);
            }
        }
    }

    fn word(&self, word: &str, out: &mut Classes) {
        let known = |table: &HashMap<&'static str, Vec<&'static str>, Fixed>, part: &str, out: &mut Classes| {
            if let Some(classes) = table.get(part) {
                out.extend(classes.iter().copied());
            }
        };
        known(&self.exact, word, out);
        let (starts, ends) = match word.as_bytes() {
            // A word of one letter is short enough to be looked up.
            [_] | [] => (true, true),
            [one, two, ..] => {
                let last = word.as_bytes().last_chunk().is_some_and(|[one, two]| self.last_two.has(*one, *two));
                (self.first_two.has(*one, *two), last)
            }
        };
        if starts || ends {
            for (at, _) in word.char_indices().chain([(word.len(), ' ')]) {
                let Some((head, tail)) = word.split_at_checked(at) else { continue };
                if starts {
                    known(&self.starts, head, out);
                }
                if ends {
                    known(&self.ends, tail, out);
                }
            }
        }
        for (inner, class) in &self.inside {
            if word.contains(inner) {
                out.insert(class);
            }
        }
    }
}

/// Whether an organisation's name bears a legal form that only firms have.
pub(super) fn is_firm(organisation: &str) -> bool {
    let bare = |c: char| c.is_whitespace() || matches!(c, '.' | ',' | '(' | ')' | '&' | '|');
    let mut letters: [u8; 5] = [b' '; 5];
    for word in organisation.split(bare).filter(|word| !word.is_empty()) {
        let known = |form: &&str| form.eq_ignore_ascii_case(word);
        if word.len() <= LONGEST_FORM && (FORMS.iter().any(known) || CAPITALS.contains(&word)) {
            return true;
        }
        // "s. r. l.": letters that stand alone make a form together.
        match word.as_bytes() {
            [letter] => {
                letters.rotate_left(1);
                letters[4] = letter.to_ascii_lowercase();
                if SPELLED.iter().any(|form| letters.ends_with(form.as_bytes())) {
                    return true;
                }
            }
            _ => letters = [b' '; 5],
        }
    }
    // Two letters are also somebody's initials: at the end alone they are a form ("Weber e. K.", "Blanc S.A.").
    SPELLED_LAST.iter().any(|form| letters.ends_with(form.as_bytes()))
}

/// Forms of one word. "AS", "CO" and "SC" alone are words of other meaning, and are left out.
const FORMS: &[&str] = &[
    // Germany, Austria, Switzerland, Liechtenstein
    "gmbh",
    "mbh",
    "ggmbh",
    "gesmbh",
    "ag",
    "kg",
    "ohg",
    "ug",
    "se",
    "kgaa",
    "gbr",
    "ek",
    "ekfr",
    "ekfm",
    "eg",
    "genmbh",
    "partg",
    "partgmbb",
    "partmbb",
    "mbb",
    "kgmbh",
    "gag",
    "genossenschaft",
    // United Kingdom, Ireland, United States, Commonwealth
    "ltd",
    "limited",
    "llp",
    "plc",
    "inc",
    "incorporated",
    "llc",
    "corp",
    "corporation",
    "dac",
    "clg",
    "pty",
    "pvt",
    // Netherlands, Belgium, Luxembourg
    "bv",
    "nv",
    "bvba",
    "vof",
    "cvba",
    "sprl",
    "scrl",
    "srl",
    // France, Italy, Spain, Portugal
    "sas",
    "sasu",
    "sarl",
    "eurl",
    "snc",
    "sagl",
    "spa",
    "srls",
    "sapa",
    "sl",
    "slu",
    "sau",
    "lda",
    "ltda",
    "unipessoal",
    // Scandinavia, Baltic countries
    "ab",
    "a/s",
    "aps",
    "ivs",
    "asa",
    "oy",
    "oyj",
    "hf",
    "ehf",
    "uab",
    "sia",
    "oü",
    // Poland, Czechia, Slovakia, Hungary, Slovenia, Croatia, Romania, Bulgaria, Turkey
    "spzoo",
    "sro",
    "spol",
    "kft",
    "zrt",
    "nyrt",
    "doo",
    "eood",
    "ood",
    "ead",
    "sti",
    "şti",
];

const LONGEST_FORM: usize = 14;

/// Forms whose letters stand alone.
const SPELLED: &[&str] = &["mbh", "sas", "sarl", "srl", "spa", "snc", "slu", "zoo", "sro", "doo"];
const SPELLED_LAST: &[&str] = &["bv", "nv", "sa", "sl", "ek", "eu", "dd", "as", "og"];

/// Forms that are words or floors of a house in small letters.
const CAPITALS: &[&str] = &["OG", "AS", "BT", "DD"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_by_their_marks() {
        for (text, class) in [
            ("zahnarztpraxis-sommer", "practice"),
            ("tsv-beispielstadt", "club"),
            ("grundschule-am-teich", "school"),
            ("uni-musterstadt", "university"),
            ("familie-beispiel", "family"),
            ("Kanzlei Muster & Partner", "law"),
            ("finanzamt-nord", "authority"),
        ] {
            assert!(CLASSES.of(text).contains(class), "{text}: {:?}", CLASSES.of(text));
        }
        assert!(CLASSES.of("walzwerk-nord").is_empty());
        assert!(TITLES.of("Fachanwältin für Familienrecht").contains("family-law"));
        assert!(TITLES.of("Leiter Einkauf").contains("business"));
    }

    #[test]
    fn every_word_in_the_files_is_folded() {
        for file in
            [include_str!("data/classes.tsv"), include_str!("data/titles.tsv"), include_str!("data/folders.tsv")]
        {
            for line in file.lines().filter(|line| !line.starts_with('#')) {
                let (_, words) = line.split_once('\t').expect("class, tab, words");
                for word in words.split_whitespace() {
                    let bare = word.trim_matches('*').replace('-', "");
                    assert_eq!(names::fold(&bare), bare);
                }
            }
        }
    }

    #[test]
    fn legal_forms() {
        for (text, wanted) in [
            ("Kalkwerk GmbH & Co. KG", true),
            ("Vaart Shipping B.V.", true),
            ("Ruderverein von 1911 e. V.", false),
            ("Planbar Architektur", false),
            ("Holzbau Gruber Ges.m.b.H.", true),
            ("Malerei Huber e.U.", true),
            ("Buchhandlung Weber e. K.", true),
            ("Ferrari Tessuti S.r.l.", true),
            ("Odlewnia Północ Sp. z o.o.", true),
            ("Atelier Blanc S.A.", true),
            ("Nordlys A/S", true),
            ("Blitzrein Gebäudedienste UG (haftungsbeschränkt)", true),
            ("Turnverein 1860 e. V.", false),
            ("Anna Se\u{0301}guin", false),
            ("", false),
        ] {
            assert_eq!(is_firm(text), wanted, "{text}");
        }
    }
}
