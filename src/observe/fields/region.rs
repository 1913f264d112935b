//! Decides which countries' plans a number without international prefix is tried in, the likeliest first.

use rlibphonenumber::Region;

use super::words::{Sense, fold, sense};
use super::{Hints, Row, postal};
use crate::address::Address;
use crate::observe::Card;

/// The countries whose plans are tried.
#[derive(Default)]
pub(crate) struct Plans {
    /// By an international number, an address, a domain, a country's name in the block.
    pub(crate) sure: Vec<Region>,
    /// By language: the country's own numbers, and its mobile ones even where they are not assigned.
    pub(crate) likely: Vec<Region>,
}

/// What speaks for which country.
pub(super) fn plans(rows: &[Row], hints: &Hints<'_>, country: Option<postal::Country>, card: &Card) -> Plans {
    let mut sure: Vec<Region> = Vec::with_capacity(4);
    let mut add = |region: Option<Region>| {
        sure.extend(region.filter(|region| !sure.contains(region)));
    };
    for row in rows {
        for at in memchr::memchr_iter(b'+', row.text.as_bytes()) {
            let behind = row.text.get(at + 1..).unwrap_or_default();
            let digits: String = behind.chars().filter(char::is_ascii_digit).take(3).collect();
            add(by_code(&digits).map(|(_, region)| region));
        }
    }
    add(country.and_then(postal::Country::region));
    let mut english = 0;
    for row in rows {
        for word in row.text.split(|c: char| !c.is_alphanumeric()).filter(|word| (2..=14).contains(&word.len())) {
            let key = fold(word);
            let meaning = sense(&key);
            english += u32::from(meaning.has(Sense::ENGLISH));
            add(by_label(&key));
            if meaning.has(Sense::COUNTRY) {
                add(by_name(&key));
            }
        }
    }
    let sender = hints.sender.and_then(|party| party.address.as_ref());
    for domain in
        sender.into_iter().chain(&card.emails).map(Address::domain).chain(card.urls.iter().map(String::as_str))
    {
        add(by_domain(domain));
    }
    let mut likely: Vec<Region> = language(hints.text).into_iter().collect();
    if english >= 2 {
        likely.extend([Region::GB, Region::IE]);
    }
    Plans { sure, likely }
}

/// The country that the language of a text stands for, by its small words.
fn language(lines: &[&str]) -> Option<Region> {
    const WORDS: &[(Region, &[&str])] = &[
        (Region::DE, &["und", "der", "die", "das", "ist", "ich", "nicht", "wir", "mit", "sie", "den", "auch"]),
        (Region::GB, &["the", "and", "you", "is", "to", "of", "we", "for", "with", "are", "have", "our"]),
        (Region::FR, &["le", "les", "vous", "est", "et", "je", "nous", "pour", "des", "une", "dans", "au"]),
        (Region::IT, &["il", "che", "di", "per", "sono", "della", "una", "con", "gli", "questo", "ho", "le"]),
        (Region::ES, &["el", "que", "los", "para", "una", "por", "con", "las", "del", "es", "se", "lo"]),
        (Region::NL, &["het", "een", "en", "van", "ik", "niet", "voor", "met", "zijn", "dat", "op", "je"]),
        (Region::PL, &["nie", "jest", "na", "się", "do", "w", "z", "że", "dla", "czy", "jak", "po"]),
        (Region::PT, &["o", "que", "os", "para", "uma", "com", "não", "do", "da", "em", "por", "um"]),
        (Region::DK, &["og", "det", "jeg", "er", "ikke", "til", "vi", "som", "af", "har", "med", "den"]),
    ];
    let mut counts = [0_u32; WORDS.len()];
    let mut seen = 0;
    for line in lines.iter().take(80) {
        for word in
            super::clipped(line).split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty() && word.len() <= 6)
        {
            let word = word.to_lowercase();
            for (count, (_, words)) in counts.iter_mut().zip(WORDS) {
                *count += u32::from(words.contains(&&*word));
            }
            seen += 1;
        }
        if seen > 300 {
            break;
        }
    }
    let best = counts.iter().zip(WORDS).max_by_key(|(count, _)| **count)?;
    (*best.0 >= 3).then_some(best.1.0)
}

/// The calling code that digits begin with, and its country.
pub(super) fn by_code(digits: &str) -> Option<(&'static str, Region)> {
    const CODES: &[(&str, Region)] = &[
        ("49", Region::DE),
        ("43", Region::AT),
        ("41", Region::CH),
        ("44", Region::GB),
        ("1", Region::US),
        ("33", Region::FR),
        ("39", Region::IT),
        ("34", Region::ES),
        ("31", Region::NL),
        ("48", Region::PL),
        ("32", Region::BE),
        ("353", Region::IE),
        ("351", Region::PT),
        ("352", Region::LU),
        ("45", Region::DK),
        ("46", Region::SE),
        ("47", Region::NO),
        ("358", Region::FI),
        ("420", Region::CZ),
        ("36", Region::HU),
        ("91", Region::IN),
        ("61", Region::AU),
        ("30", Region::GR),
        ("90", Region::TR),
    ];
    CODES.iter().find(|(code, _)| digits.starts_with(code)).copied()
}

/// The country that a domain or a page's address is given out to.
pub(super) fn by_domain(domain: &str) -> Option<Region> {
    let suffix =
        domain.trim_start_matches("https://").trim_start_matches("http://").split('/').next()?.rsplit('.').next()?;
    Some(match suffix {
        "de" => Region::DE,
        "at" => Region::AT,
        "ch" | "li" => Region::CH,
        "uk" => Region::GB,
        "fr" => Region::FR,
        "it" => Region::IT,
        "es" => Region::ES,
        "nl" => Region::NL,
        "pl" => Region::PL,
        "be" => Region::BE,
        "ie" => Region::IE,
        "pt" => Region::PT,
        "lu" => Region::LU,
        "dk" => Region::DK,
        "se" => Region::SE,
        "no" => Region::NO,
        "fi" => Region::FI,
        "cz" => Region::CZ,
        "ca" => Region::CA,
        "us" | "edu" | "gov" => Region::US,
        _ => return None,
    })
}

fn by_name(word: &str) -> Option<Region> {
    Some(match word {
        "deutschland" | "germany" | "allemagne" => Region::DE,
        "oesterreich" | "austria" => Region::AT,
        "schweiz" | "switzerland" | "suisse" | "svizzera" => Region::CH,
        "france" | "frankreich" => Region::FR,
        "italy" | "italia" | "italien" => Region::IT,
        "espana" | "spain" | "spanien" => Region::ES,
        "nederland" | "netherlands" | "niederlande" => Region::NL,
        "belgie" | "belgique" | "belgium" | "belgien" => Region::BE,
        "polska" | "poland" | "polen" => Region::PL,
        "portugal" => Region::PT,
        "england" | "scotland" | "wales" | "uk" => Region::GB,
        "ireland" | "irland" => Region::IE,
        "usa" => Region::US,
        _ => return None,
    })
}

/// Labels that one country alone writes.
fn by_label(word: &str) -> Option<Region> {
    Some(match word {
        "natel" => Region::CH,
        "portable" | "telecopie" | "poste" => Region::FR,
        "cellulare" => Region::IT,
        "movil" => Region::ES,
        "mobiel" => Region::NL,
        "komorka" | "kom" => Region::PL,
        "telemovel" => Region::PT,
        _ => return None,
    })
}
