//! Decides which countries' plans a number without international prefix is tried in, the likeliest first.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use rlibphonenumber::Region;

use super::words::{Sense, WordHasher, fold, sense};
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
    /// The text around the block was looked at.
    pub(crate) by_language: bool,
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
    let bare = |row: &Row| !row.text.contains('+') && row.text.bytes().filter(u8::is_ascii_digit).count() >= 5;
    if !rows.iter().any(bare) {
        // Every number has its prefix, or stands beside one that has.
        return Plans { sure, likely: Vec::new(), by_language: false };
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
    Plans { sure, likely, by_language: true }
}

/// The country that the language of a text stands for, by its small words; `None` if too few of them tell.
pub(super) fn language(lines: &[&str]) -> Option<Region> {
    let mut counts = [0_u32; LANGUAGES.len()];
    let mut seen = 0;
    let mut word = String::new();
    for line in lines.iter().take(80) {
        let line = super::clipped(line);
        let words = line.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty() && word.len() <= 8);
        for text in words {
            word.clear();
            if text.is_ascii() {
                word.push_str(text);
                word.make_ascii_lowercase();
            } else {
                word.extend(text.chars().flat_map(char::to_lowercase));
            }
            let spoken = SMALL_WORDS.get(word.as_str()).copied().unwrap_or_default();
            if spoken != 0 {
                for (bit, count) in counts.iter_mut().enumerate() {
                    *count += u32::from(spoken >> bit & 1);
                }
            }
            seen += 1;
        }
        if seen > 300 {
            break;
        }
    }
    let (best, most) = counts.iter().enumerate().max_by_key(|(at, count)| (**count, std::cmp::Reverse(*at)))?;
    let second = counts.iter().enumerate().filter(|(at, _)| *at != best).map(|(_, count)| *count).max().unwrap_or(0);
    let clear = *most >= 3 && *most > second || *most >= 2 && *most >= 2 * second;
    LANGUAGES.get(best).filter(|_| clear).map(|(region, _)| *region)
}

static SMALL_WORDS: LazyLock<HashMap<&'static str, u16, BuildHasherDefault<WordHasher>>> = LazyLock::new(|| {
    let mut all: HashMap<&str, u16, _> = HashMap::default();
    for (bit, (_, words)) in LANGUAGES.iter().enumerate() {
        for word in words.split_whitespace() {
            *all.entry(word).or_default() |= 1 << bit;
        }
    }
    all
});

const LANGUAGES: &[(Region, &str)] = &[
    (
        Region::DE,
        "und der die das ist ich nicht wir mit sie den auch ein eine einen zu auf im von für dem bitte danke grüße gruß \
         grüsse liebe lieber hallo es an am wie noch uns ihr ihre ihnen euch du dir mir mich bei nach aber wenn oder sind \
         war hat habe haben wird werden kann als zum zur um über vor dass daß freundlichen freundliche herzliche viele \
         beste sehr geehrte geehrter herr frau mal schon nur hier dann morgen heute gerne vielen dank",
    ),
    (
        Region::GB,
        "the and you is to of we for with are have our i it in on be not this that your my me at from please thanks thank \
         regards hi dear will can so if as but has was were they he she his her do did all just would could should an a \
         or by us let know best kind wishes cheers many sincerely hello been there what when see any about out up get",
    ),
    (
        Region::FR,
        "le les vous est et je nous pour des une dans au la de à un que pas ne bonjour merci bien votre sur en du il elle \
         ce cette avec qui par plus sont vos mon ma mes cher chère cordialement bonne madame monsieur",
    ),
    (
        Region::IT,
        "il che di per sono della una con gli questo ho le la e un non mi ci si da del dei al alla anche come ma grazie \
         ciao buongiorno saluti cordiali gentile caro cara lei noi vi è più nel nella ti",
    ),
    (
        Region::ES,
        "el que los para una por con las del es se lo la de en un y no le me su mi te como más pero hola gracias saludos \
         estimado estimada buenos días señor señora está este esta nos muy",
    ),
    (
        Region::NL,
        "het een en van ik niet voor met zijn dat op je de is te we in er aan ook maar wel dit deze naar bij om als hoi \
         beste groet groeten vriendelijke bedankt graag mijn uw ons nog dan kan",
    ),
    (
        Region::PL,
        "nie jest na się do w z że dla czy jak po i to o za od proszę dziękuję dzień dobry pozdrawiam pozdrowienia pan \
         pani ale oraz jestem są będzie ten ta tego",
    ),
    (
        Region::PT,
        "o que os para uma com não do da em por um e a as no na se de é mais como mas obrigado obrigada olá bom dia \
         cumprimentos você meu minha seu sua está",
    ),
    (
        Region::DK,
        "og det jeg er ikke til vi som af har med den på en et at for du de kan om fra hej tak hilsen venlig mvh dig mig \
         din min men så",
    ),
];

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
        "au" => Region::AU,
        "nz" => Region::NZ,
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
