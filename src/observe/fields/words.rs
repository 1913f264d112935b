//! Decides what a single word can mean in a signature: title, department, organisation, legal form, label, street.
//!
//! The lists are the files in `data/`; all languages are looked up at once, because a signature is too short to
//! tell its language, and its words seldom mean two things.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::observe::PhoneKind;

/// What a word can mean, as a set of bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sense(u32);

impl Sense {
    pub(crate) const TITLE: Self = Self(1);
    /// A profession or qualification: a title that gives way to a position.
    pub(crate) const PROFESSION: Self = Self(1 << 1);
    pub(crate) const DEPARTMENT: Self = Self(1 << 2);
    /// Opens a department's name.
    pub(crate) const DEPARTMENT_HEAD: Self = Self(1 << 3);
    /// May stand in a department's name, but makes none.
    pub(crate) const DEPARTMENT_PART: Self = Self(1 << 4);
    pub(crate) const ORGANISATION: Self = Self(1 << 5);
    pub(crate) const ORGANISATION_WEAK: Self = Self(1 << 6);
    /// Before a name and part of it ("Dr.").
    pub(crate) const HONORIFIC: Self = Self(1 << 7);
    /// Before a name and no part of it ("Frau", "i. A.", "StB").
    pub(crate) const BEFORE_NAME: Self = Self(1 << 8);
    /// Behind a name ("CPA").
    pub(crate) const BEHIND_NAME: Self = Self(1 << 9);
    pub(crate) const STREET: Self = Self(1 << 10);
    /// Small words of a sentence or of a name of something: articles, prepositions, verbs.
    pub(crate) const SMALL: Self = Self(1 << 11);
    /// Of a name and lower case: von, de, van.
    pub(crate) const PARTICLE: Self = Self(1 << 12);
    /// Says that the line is no contact data: opening hours, registers, adverts.
    pub(crate) const NOISE: Self = Self(1 << 13);
    pub(crate) const COUNTRY: Self = Self(1 << 14);
    pub(crate) const STATE: Self = Self(1 << 15);
    pub(crate) const WORK: Self = Self(1 << 16);
    pub(crate) const MOBILE: Self = Self(1 << 17);
    pub(crate) const HOME: Self = Self(1 << 18);
    pub(crate) const FAX: Self = Self(1 << 19);
    /// A label that counts only beside a number.
    pub(crate) const LABEL_WEAK: Self = Self(1 << 20);
    /// Labels of an e-mail address or a page.
    pub(crate) const MAIL_LABEL: Self = Self(1 << 21);
    /// A word that only English uses, for the country of a number without prefix.
    pub(crate) const ENGLISH: Self = Self(1 << 22);
    pub(crate) const LABEL: Self = Self(0b1111 << 16);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The kind of number that a label promises; of two ("Tel./Fax") the first in this order.
    pub(crate) fn phone_kind(self) -> Option<PhoneKind> {
        [
            (Self::MOBILE, PhoneKind::Mobile),
            (Self::HOME, PhoneKind::Home),
            (Self::WORK, PhoneKind::Work),
            (Self::FAX, PhoneKind::Fax),
        ]
        .into_iter()
        .find_map(|(bit, kind)| self.has(bit).then_some(kind))
    }
}

/// FNV-1a with a last stir: words are short, and nobody who writes mail chooses what is in these tables.
#[derive(Clone)]
pub(crate) struct WordHasher(u64);

impl Default for WordHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }
}

type Words<V> = HashMap<Box<str>, V, BuildHasherDefault<WordHasher>>;

struct Lexicon {
    whole: Words<Sense>,
    /// Ends of compounds, read backwards: a step a letter.
    ends: Vec<Step>,
}

/// A place in the tree of ends.
#[derive(Default)]
struct Step {
    /// The letters that may stand before, and where they lead; in the order of the letters.
    next: Vec<(u8, u32)>,
    sense: Sense,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(build);

const SMALL: &str = "the a an and or of for in on at to by with from is are was be been this that these those it its we \
    you your our i my me he she they us as if not no please any all will would can may have has do does did der die das \
    den dem des ein eine einer einem eines und oder für von vom zu zum zur mit bei beim im am an auf aus ist sind wird \
    werden war sie ihr ihre ihren unser unsere unseren wir ich es er nicht kein keine bitte als auch nur wenn dass bis nach \
    über unter sich diese dieser dieses le la les un une et ou pour dans sur avec est sont vous nous votre notre ne pas ce \
    cette si il lo gli e o per con su di da del della dei è sono el los las y para en con por su het een en voor met op \
    van zijn niet i w z na do od dla jest nie o a os e um uma para com por em ao";

const PARTICLES: &str = "von van de der den des del della di da do dos das du la le el al bin ibn zu zur zum vom af av ter \
    ten te vande vander of und y e i d'";

const NOISE: &str = "amtsgericht partnerschaftsregister genossenschaftsregister firmenbuch landesgericht registergericht sprechzeiten sprechstunde sprechstunden öffnungszeiten bürozeiten arbeitszeit arbeitszeiten \
    servicezeiten erreichbar erreichbarkeit geöffnet geschlossen hrb hra gnr vr handelsregister registergericht \
    vereinsregister registered registration registriert vat ust-id ust-idnr ustid ustidnr ust steuernummer steuer-nr \
    st.-nr uid iban bic swift konto kontonummer bankverbindung blz gläubiger-id kvk btw siret siren rcs nip regon \
    krs cif nif partita iva p.iva c.f. follow folgen besuchen visit confidential vertraulich disclaimer gesendet sent envoyé \
    inviato verzonden wysłane enviado datenschutz privacy unsubscribe abbestellen newsletter aanwezig \
    werktags montag dienstag mittwoch donnerstag freitag monday tuesday wednesday thursday friday mo-fr mo-do availability \
    urlaub linkedin xing twitter facebook instagram youtube click klick http https www termin termine \
    pgp gpg fingerprint gerichtsstand sitz notdienst angebot angebote agb";

const COUNTRIES: &str = "deutschland germany allemagne österreich austria schweiz switzerland suisse svizzera france \
    frankreich italia italy italien españa spain spanien nederland netherlands niederlande belgië belgique belgium \
    belgien polska poland polen portugal england scotland wales uk ireland irland usa luxembourg luxemburg denmark danmark \
    dänemark sweden sverige norway norge finland suomi india canada australia liechtenstein czechia";

const STATES: &str = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc \
    nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc alabama alaska arizona arkansas california colorado connecticut \
    delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts \
    michigan minnesota mississippi missouri montana nebraska nevada hampshire jersey mexico york carolina dakota ohio \
    oklahoma oregon pennsylvania island tennessee texas utah vermont virginia washington wisconsin wyoming columbia on qc bc ab \
    mb sk ns nb nsw vic qld";

const MAIL_LABELS: &str = "e-mail email mail mailto e courriel mél correo e-post internet web website homepage url www \
    site sitio web: skype linkedin xing e:mail webseite internetseite";

const ENGLISH: &str = "university school college of the director manager officer head senior street road department phone mobile office \
    direct limited ltd llp plc team lecturer reader professor chief kind regards partner associate registered england";

fn build() -> Lexicon {
    let mut lexicon = Lexicon { whole: Words::default(), ends: vec![Step::default()] };
    let mut german = false;
    for entry in entries(include_str!("data/titles.txt")) {
        if let Some(section) = entry.strip_prefix('[') {
            german = section.starts_with("de");
            continue;
        }
        let (entry, sense) = match entry.strip_prefix('~') {
            Some(rest) => (rest, Sense::TITLE.with(Sense::PROFESSION)),
            None => (entry, Sense::TITLE),
        };
        let (word, end) = compound(entry);
        lexicon.add(word, end, sense);
        if german {
            lexicon.add(&format!("{}in", word.trim_end_matches('e')), end, sense);
        }
    }
    for entry in entries(include_str!("data/departments.txt")) {
        let (word, sense) = match entry.split_at_checked(1) {
            Some(("^", word)) => (word, Sense::DEPARTMENT_HEAD),
            Some(("+", word)) => (word, Sense::DEPARTMENT_PART),
            _ => (entry, Sense::DEPARTMENT),
        };
        let (word, end) = compound(word);
        lexicon.add(word, end, sense);
    }
    for entry in entries(include_str!("data/organisations.txt")) {
        let (entry, sense) = match entry.strip_prefix('?') {
            Some(rest) => (rest, Sense::ORGANISATION_WEAK),
            None => (entry, Sense::ORGANISATION),
        };
        if !entry.starts_with('[') {
            let (word, end) = compound(entry);
            lexicon.add(word, end, sense);
        }
    }
    for entry in entries(include_str!("data/credentials.txt")) {
        match entry.split_at_checked(1) {
            Some(("<", word)) => lexicon.add(word, false, Sense::HONORIFIC),
            Some(("(", word)) => lexicon.add(word, false, Sense::BEFORE_NAME),
            Some((">", word)) => lexicon.add(word, false, Sense::BEHIND_NAME),
            _ => {}
        }
    }
    for entry in entries(include_str!("data/streets.txt")) {
        let (word, end) = compound(entry);
        lexicon.add(word, end, Sense::STREET);
    }
    for line in entries(include_str!("data/phone_labels.txt")) {
        let mut words = line.split_whitespace();
        let Some(kind) = words.next() else { continue };
        let (kind, weak) = match kind.strip_suffix('?') {
            Some(kind) => (kind, Sense::LABEL_WEAK),
            None => (kind, Sense::default()),
        };
        let sense = match kind {
            "mobile" => Sense::MOBILE,
            "home" => Sense::HOME,
            "fax" => Sense::FAX,
            _ => Sense::WORK,
        };
        words.for_each(|word| lexicon.add(word, false, sense.with(weak)));
    }
    for (words, sense) in [
        (SMALL, Sense::SMALL),
        (PARTICLES, Sense::PARTICLE),
        (NOISE, Sense::NOISE),
        (COUNTRIES, Sense::COUNTRY),
        (STATES, Sense::STATE),
        (MAIL_LABELS, Sense::MAIL_LABEL),
        (ENGLISH, Sense::ENGLISH),
    ] {
        words.split_whitespace().for_each(|word| lexicon.add(word, false, sense));
    }
    lexicon
}

/// The entries of a list: no comments, no blank lines.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn compound(entry: &str) -> (&str, bool) {
    entry.strip_prefix('-').map_or((entry, false), |word| (word, true))
}

impl Lexicon {
    fn add(&mut self, word: &str, end: bool, sense: Sense) {
        let word = fold(word);
        if word.is_empty() {
            return;
        }
        if end {
            self.add_end(&word, sense);
        }
        let known = self.whole.entry(word.into_boxed_str()).or_default();
        *known = known.with(sense);
    }

    fn add_end(&mut self, word: &str, sense: Sense) {
        let mut at = 0_usize;
        for byte in word.bytes().rev() {
            let fresh = u32::try_from(self.ends.len()).unwrap_or_default();
            let Some(step) = self.ends.get_mut(at) else { return };
            let next = match step.next.binary_search_by_key(&byte, |(letter, _)| *letter) {
                Ok(found) => step.next.get(found).map_or(0, |(_, next)| *next),
                Err(gap) => {
                    step.next.insert(gap, (byte, fresh));
                    self.ends.push(Step::default());
                    fresh
                }
            };
            at = next as usize;
        }
        if let Some(step) = self.ends.get_mut(at) {
            step.sense = step.sense.with(sense);
        }
    }

    /// What the ends of a word say, two letters at least before them.
    fn end_of(&self, word: &str) -> Sense {
        let mut sum = Sense::default();
        let mut step = self.ends.first();
        for byte in word.as_bytes().get(2..).unwrap_or_default().iter().rev() {
            let Some(here) = step else { break };
            let Ok(found) = here.next.binary_search_by_key(byte, |(letter, _)| *letter) else { break };
            step = here.next.get(found).and_then(|(_, next)| self.ends.get(*next as usize));
            sum = sum.with(step.map_or(Sense::default(), |step| step.sense));
        }
        sum
    }
}

/// What a word can mean; `word` folded by [`fold`].
pub(crate) fn sense(word: &str) -> Sense {
    let lexicon = &*LEXICON;
    lexicon.whole.get(word).copied().unwrap_or_default().with(lexicon.end_of(word))
}

/// Whether a legal form closes with these letters (dots and blanks left out).
pub(crate) fn is_legal_form(letters: &str) -> bool {
    static FORMS: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
        let mut forms: HashMap<String, Vec<&'static str>> = HashMap::new();
        for form in entries(include_str!("data/legal_forms.txt")) {
            forms.entry(form.to_lowercase()).or_default().push(form);
        }
        forms
    });
    if letters.len() < 2 || letters.len() > 12 {
        return false;
    }
    let Some(forms) = FORMS.get(&letters.to_lowercase()) else { return false };
    let capitals = !letters.chars().any(char::is_lowercase);
    // Two or three letters in lower case are words of a language before they are a legal form.
    forms.iter().any(|form| *form == letters || capitals || (letters.len() > 3 && form.len() > 3))
}

/// Whether a folded word is a first name somewhere.
pub(crate) fn is_first_name(word: &str) -> bool {
    const NAMES: &str = include_str!("data/first_names.txt");
    if word.contains('-') {
        return word.split('-').all(|part| !part.contains('-') && is_first_name(part));
    }
    sorted_lines_contain(NAMES, word)
}

/// Whether people have their private mailboxes at this domain.
pub(crate) fn is_personal_domain(domain: &str) -> bool {
    const DOMAINS: &str = include_str!("data/personal_domains.txt");
    sorted_lines_contain(DOMAINS, domain)
}

/// Binary search in a text of sorted lines, without an index.
fn sorted_lines_contain(text: &str, wanted: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b'\n', bytes.get(low..middle).unwrap_or_default()).map_or(low, |at| low + at + 1);
        let rest = bytes.get(start..).unwrap_or_default();
        let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        match bytes.get(start..end).unwrap_or_default().cmp(wanted.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// Lower case, umlauts spelt out, no accents: "Müller-Łoś" is "mueller-los".
pub(crate) fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 2);
    fold_into(word, &mut out);
    out
}

/// [`fold`] into a text that is used again.
pub(crate) fn fold_into(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    // Composed first, so that "u" with a combining diaeresis is spelt out as "ü" is.
    for letter in word.nfc().flat_map(char::to_lowercase) {
        match letter {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'œ' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            ascii if ascii.is_ascii() => out.push(ascii),
            other => out.extend(std::iter::once(other).nfd().filter(|part| !is_combining_mark(*part))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fold_to_plain_letters() {
        assert_eq!(fold("Geschäftsführerin"), "geschaeftsfuehrerin");
        assert_eq!(fold("Mu\u{308}ller"), "mueller");
        assert_eq!(fold("Łukasz Ñandú"), "lukasz nandu");
    }

    #[test]
    fn compounds_are_known_by_their_end() {
        for title in ["Vertriebsleiterin", "Einkaufsleiter", "Klassenlehrerin", "Steuerfachangestellter"] {
            assert!(sense(&fold(title)).has(Sense::TITLE), "{title}");
        }
        assert!(sense(&fold("Industriestr")).has(Sense::STREET));
        assert!(!sense(&fold("Meier")).has(Sense::TITLE));
    }

    #[test]
    fn legal_forms_in_their_spellings() {
        for form in ["GmbH", "GMBH", "gmbh", "eV", "KG", "BV", "SpA", "LLP", "KGaA", "Ltd"] {
            assert!(is_legal_form(form), "{form}");
        }
        for word in ["as", "se", "no", "ag", "Se", "As", "Berlin"] {
            assert!(!is_legal_form(word), "{word}");
        }
    }

    #[test]
    fn first_names_are_found_by_search() {
        for name in ["anna", "juergen", "zuzanna", "aaron", "joost"] {
            assert!(is_first_name(name), "{name}");
        }
        for word in ["", "qqq", "mahnkopf", "zzzz", "abteilung"] {
            assert!(!is_first_name(word), "{word}");
        }
    }
}
