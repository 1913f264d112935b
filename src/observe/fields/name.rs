//! Decides which words are a person's name, and what of them is honorific, credential or noise.

use super::words::{Sense, fold, is_first_name, is_legal_form, sense};

/// The words that a name is expected to be made of: the sender's display name and address.
#[derive(Default, Clone)]
pub(crate) struct Known {
    words: Vec<String>,
    local: String,
}

impl Known {
    /// From a display name (taken apart) and the local part of an address.
    pub(crate) fn new(names: &[&str], local: Option<&str>) -> Self {
        let words =
            names.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric())).filter(|word| word.len() > 1);
        let words = words.map(fold).collect();
        let local = local.map(|local| fold(local.split('+').next().unwrap_or(local))).unwrap_or_default();
        Self { words, local }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.local.is_empty()
    }

    /// Whether a folded word of a name is one of the expected.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word) || self.in_local(word)
    }

    /// "Geoff" for Geoffrey, "Alex" for Alexandra: a first name cut short.
    fn calls(&self, word: &str) -> bool {
        word.len() >= 3 && self.words.first().is_some_and(|known| known.len() > word.len() && known.starts_with(word))
    }

    /// Whether the display name holds it; an address may hold a firm's words as well.
    fn shown(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn in_local(&self, word: &str) -> bool {
        if word.len() < 3 || self.local.is_empty() {
            return false;
        }
        self.local
            .split(['.', '_', '-'])
            .any(|part| part == word || (part.len() == word.len() + 1 && part.ends_with(word)))
            || (word.len() >= 4 && self.local.contains(word))
    }
}

/// A name as it stands in a piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// With academic titles, without salutation, proxy and credentials.
    pub(crate) name: String,
    /// Where it stands in the text, academic titles included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// A title right before the name ("Pastorin Wiebke Clausnitzer").
    pub(crate) title: Option<(usize, usize)>,
    /// A first name or an initial, and a surname.
    pub(crate) full: bool,
    /// 3: words of the sender's name; 2: a known first name; 1: looks like a name.
    pub(crate) evidence: u8,
    /// Text behind the name that is no credential, from here on.
    pub(crate) rest: Option<usize>,
    /// What stands in brackets behind the name: "(Inhaberin)", "(she/her)".
    pub(crate) note: Option<(usize, usize)>,
}

struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

/// Reads a text as a name. `None` if it is none; a single first name is one with `full` unset.
pub(crate) fn person(text: &str, known: &Known) -> Option<Person> {
    if text.len() > 90 || text.len() < 2 {
        return None;
    }
    let words = split(text);
    let mut at = 0;
    let mut title = None;
    let mut honorifics = Vec::new();
    // Before the name: proxies, salutations, academic titles, a title of office.
    while let Some(word) = words.get(at) {
        if at + 1 >= words.len() {
            break;
        }
        let folded = fold(word.text);
        let bare = folded.replace('.', "");
        if bare == "i" && words.get(at + 1).is_some_and(|next| matches!(&*fold(next.text).replace('.', ""), "a" | "v"))
        {
            at += 2;
            continue;
        }
        match lead(&folded, word.text) {
            Lead::Drop => {}
            Lead::Keep => honorifics.push(at),
            Lead::Title if title.is_none() && honorifics.is_empty() => title = Some((word.start, word.end)),
            _ => break,
        }
        at += 1;
    }
    let mut core: Vec<&Word> = Vec::new();
    let mut folded: Vec<String> = Vec::new();
    let mut end = None;
    let lower_allowed = !known.is_empty();
    let mut any_upper = false;
    while let Some(word) = words.get(at) {
        let bare = word.text.trim_end_matches([',', ';', ':']);
        let bare = bare.trim_end_matches(['*', '!']);
        if bare.starts_with('(') || bare.starts_with('[') || core.len() >= 6 {
            break;
        }
        let key = fold(bare.trim_end_matches('.'));
        if core.len() >= 2 && is_credential(bare, &key) {
            break;
        }
        let meaning = sense(&key);
        let particle = meaning.has(Sense::PARTICLE) && bare.chars().next().is_some_and(char::is_lowercase);
        if !is_name_word(bare) {
            return None;
        }
        let upper = bare.chars().next().is_some_and(char::is_uppercase);
        any_upper |= upper;
        if !upper && !particle && !lower_allowed {
            return None;
        }
        core.push(word);
        folded.push(key);
        at += 1;
        if word.text.ends_with([',', ';', ':']) {
            end = Some(word.start + bare.len());
            break;
        }
    }
    let last = *core.last()?;
    let end = end.unwrap_or(last.end).min(last.end);
    let end = end - trailing(text.get(last.start..end)?);
    let initials = folded.iter().filter(|word| spelt_initials(word)).count();
    let real: Vec<&String> =
        folded.iter().filter(|word| !spelt_initials(word) && !sense(word).has(Sense::PARTICLE)).collect();
    let hits = folded
        .iter()
        .enumerate()
        .filter(|(at, word)| word.len() > 1 && (known.has(word) || *at == 0 && known.calls(word)));
    let hits = hits.count();
    if !any_upper && hits == 0 {
        return None;
    }
    // One matching word of many is the name of a firm as well ("Lammers Dachbau").
    let strong = hits >= 2
        || (hits == 1 && (initials > 0 || real.len() == 1 || real.first().is_some_and(|word| is_first_name(word))));
    let first_known = folded.iter().find(|word| word.len() > 1).is_some_and(|word| is_first_name(word));
    for (index, word) in folded.iter().enumerate() {
        let meaning = sense(word);
        let foreign = Sense::ORGANISATION.with(Sense::ORGANISATION_WEAK).with(Sense::TITLE).with(Sense::DEPARTMENT);
        let foreign = foreign.with(Sense::NOISE).with(Sense::COUNTRY).with(Sense::LABEL).with(Sense::MAIL_LABEL);
        let foreign = foreign.with(Sense::DEPARTMENT_HEAD).with(Sense::STREET).with(Sense::DEPARTMENT_PART);
        let small = meaning.has(Sense::SMALL) && !meaning.has(Sense::PARTICLE) && word.len() > 1;
        let initial = spelt_initials(word);
        if initial || known.shown(word) {
            continue;
        }
        let surname = index > 0 && (first_known || strong) && is_surname(word);
        // "Ganz liebe Grüße", "Grüße Volker": a closing that stands where a signature would.
        if greets(word) && !surname {
            return None;
        }
        if (meaning.has(foreign) && !surname && !(index == 0 && is_first_name(word))) || small {
            return None;
        }
        if core.get(index).is_some_and(|word| is_legal_form(&word.text.replace(['.', ','], ""))) && !surname {
            return None;
        }
    }
    if real.is_empty() || core.len() > 5 {
        return None;
    }
    let evidence = if strong {
        3
    } else if first_known
        || (real.len() >= 2 && real.get(1).is_some_and(|word| is_first_name(word)) && initials + real.len() <= 3)
    {
        2
    } else {
        1
    };
    // A surname alone, and a first name with an initial, are half a name.
    let surname_last = folded.last().is_some_and(|word| !spelt_initials(word));
    let full = surname_last && (real.len() >= 2 || initials > 0);
    if evidence == 1 && !(full && real.len() <= 3) {
        return None;
    }
    let rest = rest_after(text, &words, at)?;
    let note = text.get(end..).and_then(|tail| {
        let open = tail.find('(')?;
        let close = tail.find(')')?;
        (open + 1 < close).then_some((end + open + 1, end + close))
    });
    let start = honorifics.first().map_or(core.first()?.start, |index| words.get(*index).map_or(0, |word| word.start));
    let mut name = String::new();
    for index in honorifics {
        let word = words.get(index)?;
        push(&mut name, word.text.trim_end_matches(','));
    }
    push(&mut name, &cased(text.get(core.first()?.start..end)?));
    Some(Person { name, start, end, title, full, evidence, rest, note })
}

/// Words that end a letter, and stand before the name or for it.
fn greets(word: &str) -> bool {
    matches!(
        word,
        "gruesse"
            | "grusse"
            | "gruss"
            | "gruessen"
            | "gruessle"
            | "gruessli"
            | "regards"
            | "wishes"
            | "greetings"
            | "cheers"
            | "salutations"
            | "cordialement"
            | "saluti"
            | "saludos"
            | "groet"
            | "groeten"
            | "groetjes"
            | "pozdrawiam"
            | "cumprimentos"
    )
}

enum Lead {
    Drop,
    Keep,
    Title,
    Name,
}

fn lead(folded: &str, raw: &str) -> Lead {
    let bare = folded.trim_matches(['.', ',', ':']);
    if matches!(bare, "i.a" | "i.v" | "p.p" | "ppa" | "gez" | "ia" | "iv" | "pp") && raw.contains('.')
        || matches!(bare, "ppa" | "gez")
    {
        return Lead::Drop;
    }
    if bare.starts_with('(') {
        // "(FH)" behind a degree.
        return Lead::Drop;
    }
    let mut keep = false;
    let mut drop = false;
    for part in bare.split(['.', '-', '/']).filter(|part| !part.is_empty()) {
        let meaning = sense(part);
        if meaning.has(Sense::HONORIFIC) && (part.len() > 1 || keep) {
            keep = true;
        } else if meaning.has(Sense::BEFORE_NAME) {
            drop = true;
        } else {
            let title = sense(bare).has(Sense::TITLE) && raw.chars().next().is_some_and(char::is_uppercase);
            return if title { Lead::Title } else { Lead::Name };
        }
    }
    // "Ihr", "Frau" are written alone; "Dipl.-Kfm." is one.
    match (keep, drop) {
        (true, _) => Lead::Keep,
        (false, true) => Lead::Drop,
        _ => Lead::Name,
    }
}

fn split(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            if let Some(start) = start.take() {
                words.push(Word { text: text.get(start..at).unwrap_or_default(), start, end: at });
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(start) = start {
        words.push(Word { text: text.get(start..).unwrap_or_default(), start, end: text.len() });
    }
    words
}

fn trailing(text: &str) -> usize {
    text.len() - text.trim_end_matches([',', ';', ':', '*', '!']).len()
}

fn push(name: &mut String, word: &str) {
    if !name.is_empty() {
        name.push(' ');
    }
    name.push_str(word);
}

/// Letters, a hyphen, an apostrophe, a closing dot of an initial.
fn is_name_word(word: &str) -> bool {
    let body = word.strip_suffix('.').unwrap_or(word);
    let letters = body.chars().filter(|c| c.is_alphabetic()).count();
    letters > 0
        && word.len() <= 40
        && (body.len() == word.len() || letters <= 3 || body.contains('.'))
        && body.chars().all(|c| {
            c.is_alphabetic() || matches!(c, '-' | '\'' | '\u{2019}' | '.' | '`' | '\u{301}' | '\u{308}' | '\u{300}')
        })
        && !body.starts_with(['-', '.'])
        && !body.ends_with('-')
}

fn is_credential(word: &str, key: &str) -> bool {
    let plain: String = word.chars().filter(|c| *c != '.').collect();
    let capitals = plain.chars().filter(|c| c.is_uppercase()).count() >= 2 || matches!(key, "jr" | "sr" | "esq");
    capitals && sense(&key.replace('.', "")).has(Sense::BEHIND_NAME) && !is_first_name(key)
        || capitals
            && plain.contains(['/'])
            && key.split('/').all(|part| sense(part).has(Sense::BEHIND_NAME.with(Sense::BEFORE_NAME)))
}

/// What follows the name: credentials, pronouns and brackets are passed over. `None`: it is no name after all.
fn rest_after(text: &str, words: &[Word<'_>], at: usize) -> Option<Option<usize>> {
    let comma = at > 0 && words.get(at - 1).is_some_and(|word| word.text.ends_with([',', ';', ':']));
    let mut at = at;
    let mut bracket = false;
    while let Some(word) = words.get(at) {
        let bare = word.text.trim_matches([',', ';', '.']);
        let key = fold(bare);
        if bracket || word.text.starts_with(['(', '[']) {
            bracket = !word.text.contains([')', ']']);
            at += 1;
            continue;
        }
        let credential = bare.split(['/', '-']).all(|part| {
            let part = part.replace('.', "");
            sense(&fold(&part)).has(Sense::BEHIND_NAME.with(Sense::HONORIFIC)) && part.chars().any(char::is_uppercase)
        });
        if credential
            || matches!(
                &*key,
                "she/her" | "he/him" | "they/them" | "sie/ihr" | "er/ihm" | "m/w/d" | "elle" | "x" | "xx"
            )
        {
            at += 1;
            continue;
        }
        // Behind a comma anything may follow: a title, a firm.
        return if comma || words.get(at - 1).is_some_and(|word| word.text.ends_with(',')) {
            Some(text.get(word.start..).map(|_| word.start))
        } else {
            None
        };
    }
    Some(None)
}

/// "G-K" for a double surname.
fn spelt_initials(word: &str) -> bool {
    word.split(['-', '.']).all(|part| part.len() <= 1)
}

/// Words that are titles or streets, and surnames before that.
fn is_surname(word: &str) -> bool {
    const NAMES: &[&str] = &include!("data/surname_words.in");
    NAMES.binary_search(&word).is_ok() || sense(word).has(Sense::STREET) || sense(word).has(Sense::BEHIND_NAME)
}

/// "ANNA MEIER" and "anna meier" are "Anna Meier"; mixed case stays as it is written.
pub(crate) fn cased(name: &str) -> String {
    let words = name.split_whitespace();
    let upper = name.chars().any(char::is_uppercase);
    let lower = name.chars().any(char::is_lowercase);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    if (upper && lower) || letters < 4 {
        return words.collect::<Vec<_>>().join(" ");
    }
    let mut out = String::with_capacity(name.len());
    for word in words {
        push(&mut out, "");
        let key = fold(word);
        if !upper && sense(&key).has(Sense::PARTICLE) {
            out.push_str(word);
            continue;
        }
        let mut start = true;
        for c in word.chars() {
            if start {
                out.extend(c.to_uppercase());
            } else {
                out.extend(c.to_lowercase());
            }
            start = !c.is_alphabetic();
        }
    }
    out.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match person(text, &Known::default()) {
            Some(person) if person.full => person.name,
            Some(person) => format!("~{}", person.name),
            None => String::from("-"),
        }
    }

    #[test]
    fn honorifics_stay_and_noise_goes() {
        for (text, name) in [
            ("Dr.-Ing. Jürgen Kaminski", "Dr.-Ing. Jürgen Kaminski"),
            ("Prof. Dr. med. Hans-Peter von der Weide", "Prof. Dr. med. Hans-Peter von der Weide"),
            ("i. A. Svenja Oltmanns", "Svenja Oltmanns"),
            ("i.V. Dipl.-Kfm. Jonas Reuter", "Dipl.-Kfm. Jonas Reuter"),
            ("ppa. Birte Sander", "Birte Sander"),
            ("Frau Lena Brandt", "Lena Brandt"),
            ("WP/StB Dr. Anke Holm", "Dr. Anke Holm"),
            ("Martin J. Fowley, CPA", "Martin J. Fowley"),
            ("Priya Anand ACA", "Priya Anand"),
            ("Robin Keller (they/them)", "Robin Keller"),
            ("drs. Anouk de Wit", "drs. Anouk de Wit"),
            ("MARIA KELLER", "Maria Keller"),
            ("A. Sommer", "A. Sommer"),
            ("Anna Koch", "Anna Koch"),
            ("Pastorin Julia Winter", "Julia Winter"),
            ("mgr Anna Nowak", "-"),
        ] {
            assert_eq!(read(text), name, "{text}");
        }
    }

    #[test]
    fn firms_titles_and_sentences_are_no_names() {
        for text in [
            "Leiter Einkauf",
            "Muster Bau GmbH",
            "Senior Account Manager",
            "Legal Department",
            "Art Director",
            "Mit freundlichen Grüßen",
            "Ganz liebe Grüße",
            "Grüße Anna",
            "Kind Regards",
            "Industriestr. 4",
            "Tel",
            "Amtsgericht Essen",
            "please consider the environment",
        ] {
            assert_eq!(read(text), "-", "{text}");
        }
    }
}
