//! Decides what the words of a domain, an organisation or a title tell: the data files, and how they are matched.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::people::names;

/// Words with marks (`praxis*`, `*anwalt`, `*recht*`), each with the class it shows.
pub(super) struct Words {
    exact: HashMap<&'static str, Vec<&'static str>>,
    starts: HashMap<&'static str, Vec<&'static str>>,
    ends: HashMap<&'static str, Vec<&'static str>>,
    inside: Vec<(&'static str, &'static str)>,
}

/// Words that show an organisation's class, in a domain's label or in its name.
pub(super) static CLASSES: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/classes.tsv")));
/// Words that show a profession, in a title or beside a name.
pub(super) static TITLES: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/titles.tsv")));
/// Words that show what a folder or an address-book category is for.
pub(super) static FOLDERS: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/folders.tsv")));

impl Words {
    fn read(text: &'static str) -> Self {
        let mut out = Self { exact: HashMap::new(), starts: HashMap::new(), ends: HashMap::new(), inside: Vec::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((class, words)) = line.split_once('\t') else { continue };
            for word in words.split_whitespace() {
                let bare = word.trim_matches('*');
                match (word.starts_with('*'), word.ends_with('*')) {
                    (true, true) => out.inside.push((bare, class)),
                    (true, false) => out.ends.entry(bare).or_default().push(class),
                    (false, true) => out.starts.entry(bare).or_default().push(class),
                    (false, false) => out.exact.entry(bare).or_default().push(class),
                }
            }
        }
        out
    }

    /// The classes that the words of a text show.
    pub(super) fn of(&self, text: &str) -> BTreeSet<&'static str> {
        let mut out = BTreeSet::new();
        for word in names::words(text).iter().take(24) {
            let mut of_word = BTreeSet::new();
            self.word(word, &mut of_word);
            // "Steuerpraxis" is no practice: the file names the exceptions.
            if !of_word.contains("none") {
                out.extend(of_word);
            }
        }
        out
    }

    fn word(&self, word: &str, out: &mut BTreeSet<&'static str>) {
        out.extend(self.exact.get(word).into_iter().flatten());
        for (at, _) in word.char_indices().chain([(word.len(), ' ')]) {
            if let Some((head, tail)) = word.split_at_checked(at) {
                out.extend(self.starts.get(head).into_iter().flatten());
                out.extend(self.ends.get(tail).into_iter().flatten());
            }
        }
        out.extend(self.inside.iter().filter(|(inner, _)| word.contains(inner)).map(|(_, class)| class));
    }
}

/// Whether an organisation's name bears a legal form that only firms have.
pub(super) fn is_firm(organisation: &str) -> bool {
    let padded = format!(
        " {} ",
        organisation.replace(['.', ','], " ").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    );
    FIRMS.iter().any(|form| padded.contains(form))
}

const FIRMS: &[&str] = &[
    " gmbh ",
    " mbh ",
    " ggmbh ",
    " ag ",
    " kg ",
    " ohg ",
    " ug ",
    " se ",
    " kgaa ",
    " gbr ",
    " e k ",
    " ek ",
    " eg ",
    " partg ",
    " mbb ",
    " ltd ",
    " limited ",
    " llp ",
    " plc ",
    " inc ",
    " llc ",
    " corp ",
    " corporation ",
    " b v ",
    " bv ",
    " n v ",
    " nv ",
    " s a ",
    " sas ",
    " s a s ",
    " sarl ",
    " s r l ",
    " srl ",
    " s p a ",
    " spa ",
    " ab ",
    " a/s ",
    " aps ",
    " oy ",
    " dac ",
    " s l ",
    " sl ",
    " sp z o o ",
    " kft ",
    " s r o ",
];

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
        ] {
            assert_eq!(is_firm(text), wanted, "{text}");
        }
    }
}
