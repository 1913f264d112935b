//! Decides which parts of a block are a postal address, from its code and town outwards.
//!
//! A code alone is digits; it counts with a town beside it, and in the countries of four digits with a street.

use rlibphonenumber::Region;

use super::words::{Sense, fold, is_legal_form, sense};

/// A stretch of one line between commas and separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Index into the block's lines.
    pub(crate) line: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// An address: its parts in the order in which it is read out, and what country's form it has.
pub(crate) struct Postal {
    pub(crate) value: String,
    pub(crate) parts: Vec<Piece>,
    pub(crate) country: Option<Country>,
}

/// Countries whose form of address is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Country {
    De,
    At,
    Ch,
    Gb,
    Us,
    Ca,
    Ie,
    Au,
    Fr,
    It,
    Es,
    Nl,
    Pl,
    Pt,
    Other,
}

impl Country {
    /// The numbering plan of the country.
    pub(crate) fn region(self) -> Option<Region> {
        Some(match self {
            Self::De => Region::DE,
            Self::At => Region::AT,
            Self::Ch => Region::CH,
            Self::Gb => Region::GB,
            Self::Us => Region::US,
            Self::Ca => Region::CA,
            Self::Ie => Region::IE,
            Self::Au => Region::AU,
            Self::Fr => Region::FR,
            Self::It => Region::IT,
            Self::Es => Region::ES,
            Self::Nl => Region::NL,
            Self::Pl => Region::PL,
            Self::Pt => Region::PT,
            Self::Other => return None,
        })
    }
}

/// A code with its town in a piece: byte ranges within the line.
struct Town {
    /// Where code and town begin and end.
    start: usize,
    end: usize,
    /// Where the code stands without its country ("D-").
    bare: usize,
    country: Option<Country>,
    /// Code and town are no proof without a street.
    needs_street: bool,
    /// The street stands before the code in the same piece.
    head: bool,
    /// The town is in the piece before ("Toledo, OH 43604").
    town_before: bool,
}

struct Word<'a> {
    text: &'a str,
    start: usize,
    end: usize,
}

/// Finds the addresses of a block. `pieces` in reading order; `lines` as the pieces index them. What one of the domains
/// spells is a firm, whatever its words.
pub(crate) fn find(lines: &[&str], pieces: &[Piece], domains: &[String]) -> Vec<Postal> {
    let mut found = Vec::new();
    let mut used = vec![false; pieces.len()];
    for (index, piece) in pieces.iter().enumerate() {
        if used.get(index).copied().unwrap_or(true) {
            continue;
        }
        let Some(line) = lines.get(piece.line) else { continue };
        let Some(text) = line.get(piece.start..piece.end) else { continue };
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Some(town) = town(text, piece.start) else { continue };
        let get = |at: usize| -> Option<(&Piece, &str)> {
            let piece = pieces.get(at)?;
            Some((piece, lines.get(piece.line)?.get(piece.start..piece.end)?))
        };
        // Pieces before: the town (US), then up to three parts of the street.
        let mut before: Vec<usize> = Vec::new();
        let mut cursor = index;
        let mut line_now = piece.line;
        let near = |from: usize, to: usize| to <= from && from - to <= 2;
        if town.town_before
            && let Some(previous) = cursor.checked_sub(1)
            && let Some((before_piece, text)) = get(previous)
            && near(line_now, before_piece.line)
            && is_town(text)
            && used.get(previous) == Some(&false)
        {
            before.push(previous);
            cursor = previous;
            line_now = before_piece.line;
        }
        let english = matches!(town.country, Some(Country::Us | Country::Gb | Country::Ca | Country::Ie | Country::Au));
        let limit = if english { 4 } else { 2 };
        let mut streets = usize::from(town.head);
        while before.len() < limit && (english || !town.head) {
            let Some(previous) = cursor.checked_sub(1) else { break };
            let Some((part, text)) = get(previous) else { break };
            if !near(line_now, part.line) || used.get(previous) != Some(&false) {
                break;
            }
            let street = is_street(text, english) && !(english && spelt(text, domains));
            // A British address may name the town, or the house, in a part of its own; a German one its district.
            let loose = english && streets == 0 && is_town(text) && {
                let further = previous.checked_sub(1).and_then(get);
                further.is_some_and(|(more, text)| near(part.line, more.line) && is_street(text, english))
            };
            // "The Old Net Loft, Quay Street, Whitmouth NR99 1AA": a house has a name where nobody numbers the street.
            let joined = pieces.get(cursor).is_some_and(|next| {
                next.line == part.line
                    && lines
                        .get(part.line)
                        .and_then(|line| line.get(part.end..next.start))
                        .is_some_and(|gap| gap.trim() == ",")
            });
            let lane = english || split(text, 0).iter().any(|word| sense(&fold(word.text)).has(Sense::STREET));
            let named = joined && lane && is_house(text) && !spelt(text, domains);
            if !street && !loose && !named {
                break;
            }
            streets += usize::from(street || named);
            before.push(previous);
            cursor = previous;
            line_now = part.line;
        }
        before.reverse();
        // "A-5020 Salzburg, Glashüttenweg 6": the street behind, in the same line.
        let behind = (streets == 0).then_some(index + 1).filter(|next| {
            get(*next)
                .is_some_and(|(part, text)| part.line == piece.line && is_street(text, false) && !text.contains('@'))
        });
        if town.needs_street && streets == 0 && behind.is_none() {
            continue;
        }
        if matches!(town.country, Some(Country::Us)) && town.town_before && before.is_empty() {
            continue;
        }
        let mut parts = Vec::new();
        let mut value = String::new();
        let mut add = |part: Piece, text: &str| {
            if !value.is_empty() {
                value.push_str(", ");
            }
            value.extend(text.split_whitespace().flat_map(|word| [" ", word]).skip(1));
            parts.push(part);
        };
        for &at in before.iter().chain(behind.as_ref()) {
            if let Some((part, text)) = get(at) {
                add(*part, text);
            }
            if let Some(flag) = used.get_mut(at) {
                *flag = true;
            }
        }
        let start = if town.head { piece.start } else { town.start };
        let bare = if town.head { piece.start } else { town.bare };
        let shown = line.get(bare..town.end).unwrap_or_default();
        if town.head
            && let Some(street) = line.get(piece.start..town.start)
        {
            let town_text = line.get(town.bare..town.end).unwrap_or_default();
            add(
                Piece { line: piece.line, start, end: town.end },
                &format!("{}, {town_text}", street.trim_end_matches([' ', ',', '-'])),
            );
        } else {
            add(Piece { line: piece.line, start, end: town.end }, shown);
        }
        parts.sort_by_key(|part| (part.line, part.start));
        if let Some(flag) = used.get_mut(index) {
            *flag = true;
        }
        found.push(Postal { value, parts, country: town.country });
    }
    found
}

/// Whether a domain spells out the words.
fn spelt(text: &str, domains: &[String]) -> bool {
    let joined: String = text.split(|c: char| !c.is_alphanumeric()).map(fold).collect();
    joined.len() >= 6
        && domains.iter().any(|domain| *domain == joined || domain.len() >= 8 && joined.contains(domain.as_str()))
}

/// What may stand between commas in an English address: a house, a village.
fn is_house(text: &str) -> bool {
    let words = split(text, 0);
    !words.is_empty()
        && words.len() <= 5
        && !text.contains(['@', ':', '\u{1}', '?', '!', '('])
        && words.iter().all(|word| {
            let bare = word.text.trim_end_matches('.');
            let meaning = sense(&fold(bare));
            let no_house = Sense::TITLE.with(Sense::ORGANISATION).with(Sense::NOISE).with(Sense::DEPARTMENT);
            (starts_upper(bare)
                || bare.starts_with(|c: char| c.is_ascii_digit())
                || meaning.has(Sense::SMALL.with(Sense::PARTICLE))
                || bare == "&")
                && (!meaning.has(no_house) || meaning.has(Sense::STREET))
                && (!meaning.has(Sense::LABEL) || meaning.has(Sense::LABEL_WEAK))
                && !is_legal_form(&bare.replace('.', ""))
        })
}

fn split(text: &str, base: usize) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(8);
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            if let Some(from) = start.take() {
                words.push(Word { text: text.get(from..at).unwrap_or_default(), start: base + from, end: base + at });
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(from) = start {
        words.push(Word { text: text.get(from..).unwrap_or_default(), start: base + from, end: base + text.len() });
    }
    words
}

/// Code and town in a piece of text that begins at `base` of its line.
fn town(text: &str, base: usize) -> Option<Town> {
    let words = split(text, base);
    if words.len() > 14 {
        return None;
    }
    american(&words)
        .or_else(|| british(&words))
        .or_else(|| australian(&words))
        .or_else(|| irish(&words))
        .or_else(|| continental(&words))
}

/// "Sydney NSW 2000".
fn australian(words: &[Word<'_>]) -> Option<Town> {
    let at = words.iter().rposition(|word| word.text.len() == 4 && all_digits(word.text))?;
    let state = words.get(at.checked_sub(1)?)?;
    let known = matches!(state.text.trim_end_matches(','), "NSW" | "VIC" | "QLD" | "WA" | "SA" | "TAS" | "ACT" | "NT");
    let behind = words.iter().skip(at + 1).all(|word| sense(&fold(word.text)).has(Sense::COUNTRY));
    let town = words.iter().take(at - 1).all(|word| starts_upper(word.text));
    if !known || !behind || !town || words.len() > at + 2 {
        return None;
    }
    let start = words.first()?.start;
    let country = Some(Country::Au);
    Some(Town {
        start,
        end: words.get(at)?.end,
        bare: start,
        country,
        needs_street: false,
        head: false,
        town_before: at == 1,
    })
}

/// "Dublin 2", "Cork T12 X8K4".
fn irish(words: &[Word<'_>]) -> Option<Town> {
    let [first, rest @ ..] = words else { return None };
    let eircode = |a: &str, b: &str| {
        (pattern(a, "A99") || pattern(a, "A9A"))
            && b.len() == 4
            && b.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && b.bytes().any(|byte| byte.is_ascii_digit())
    };
    let district = |text: &str| {
        let digits = text.trim_end_matches('W');
        all_digits(digits) && digits.len() <= 2
    };
    let coded = words.len() >= 3
        && words.len() <= 6
        && words.windows(2).next_back().is_some_and(|pair| matches!(pair, [a, b] if eircode(a.text, b.text)));
    let dublin = first.text == "Dublin" && matches!(rest, [number] if district(number.text));
    if !coded && !dublin {
        return None;
    }
    let last = words.last()?;
    let country = Some(Country::Ie);
    Some(Town {
        start: first.start,
        end: last.end,
        bare: first.start,
        country,
        needs_street: dublin,
        head: false,
        town_before: false,
    })
}

fn american(words: &[Word<'_>]) -> Option<Town> {
    let is_zip = |text: &str| {
        let (zip, more) = text.split_once('-').map_or((text, None), |(zip, more)| (zip, Some(more)));
        zip.len() == 5 && all_digits(zip) && more.is_none_or(|more| more.len() == 4 && all_digits(more))
    };
    let at = words.iter().rposition(|word| is_zip(word.text))?;
    // Behind the code a country at most.
    if words.len() > at + 3
        || words.iter().skip(at + 1).any(|word| !sense(&fold(word.text.trim_matches('.'))).has(Sense::COUNTRY))
    {
        return None;
    }
    let mut state = at.checked_sub(1)?;
    let word = words.get(state)?;
    let plain = word.text.replace(['.', ','], "");
    let short = plain.len() == 2 && plain.chars().all(char::is_uppercase);
    if !(short || plain.len() > 3) || !sense(&fold(&plain)).has(Sense::STATE) {
        return None;
    }
    let pair = matches!(
        &*fold(&plain),
        "york" | "jersey" | "hampshire" | "mexico" | "carolina" | "dakota" | "virginia" | "island" | "columbia"
    );
    if pair && let Some(first) = state.checked_sub(1).and_then(|at| words.get(at)) {
        let named = matches!(&*fold(first.text), "new" | "north" | "south" | "west" | "rhode" | "british");
        state -= usize::from(named);
    }
    let end = words.get(at)?.end;
    let state_start = words.get(state)?.start;
    let head = state > 0;
    // "1400 Smith Street Houston TX 77002" is an address in one piece; "Houston TX 77002" is the town.
    let digits = words.iter().take(state).any(|word| word.text.starts_with(|c: char| c.is_ascii_digit()));
    let start = if head { words.first()?.start } else { state_start };
    if head && !digits && !words.iter().take(state).all(|word| starts_upper(word.text) || word.text.starts_with("d'")) {
        return None;
    }
    Some(Town {
        start,
        end,
        bare: start,
        country: Some(Country::Us),
        needs_street: false,
        head: false,
        town_before: !head,
    })
}

fn british(words: &[Word<'_>]) -> Option<Town> {
    for (at, word) in words.iter().enumerate() {
        let first = word.text.trim_start_matches('(');
        let Some(next) = words.get(at + 1) else { continue };
        let second = next.text.trim_end_matches(['.', ',', ')']);
        let canadian = pattern(first, "A9A") && pattern(second, "9A9");
        let outward = ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].iter().any(|form| pattern(first, form));
        if !(canadian || outward && pattern(second, "9AA")) {
            continue;
        }
        if words.len() > at + 4 {
            return None;
        }
        let country = if canadian { Country::Ca } else { Country::Gb };
        let start = words.first()?.start;
        return Some(Town {
            start,
            end: next.start + second.len(),
            bare: start,
            country: Some(country),
            needs_street: false,
            head: false,
            town_before: at == 0,
        });
    }
    None
}

/// `A` a capital letter, `9` a digit.
fn pattern(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(have, want)| match want {
            b'A' => have.is_ascii_uppercase(),
            _ => have.is_ascii_digit(),
        })
}

fn continental(words: &[Word<'_>]) -> Option<Town> {
    for (at, word) in words.iter().enumerate() {
        let (prefix, code) = match word.text.split_once('-') {
            Some((prefix, code)) if prefix.chars().all(char::is_alphabetic) && !code.is_empty() => (Some(prefix), code),
            _ => (None, word.text),
        };
        // "D - 30159", "CH 4500".
        let spaced = match at {
            0 => None,
            _ => words.get(at - 1).map(|word| word.text).filter(|text| at == 1 && country(text).is_some()),
        };
        let named = prefix.or(spaced);
        let named_country = named.and_then(country);
        if prefix.is_some() && named_country.is_none() {
            continue;
        }
        let mut next = at + 1;
        let mut from = None;
        let (country, needs_street) = if all_digits(code) && code.len() == 5 {
            (named_country, at > 0 && spaced.is_none() && named_country.is_none())
        } else if all_digits(code) && code.len() == 4 {
            match words.get(at + 1).map(|word| word.text) {
                Some(letters) if pattern(letters, "AA") && words.len() > at + 2 => {
                    next = at + 2;
                    (Some(Country::Nl), false)
                }
                _ => (named_country, named_country.is_none()),
            }
        } else if pattern(code, "9999AA") {
            (Some(Country::Nl), false)
        } else if pattern_with(code, "99-999") {
            (Some(Country::Pl), false)
        } else if pattern_with(code, "9999-999") {
            (Some(Country::Pt), false)
        } else if all_digits(code) && code.len() == 3 && words.get(at + 1).is_some_and(|word| pattern(word.text, "99"))
        {
            next = at + 2;
            from = Some(());
            (Some(Country::Other), true)
        } else {
            continue;
        };
        let Some(end) = town_words(words, next) else {
            if from.is_none() && code.len() >= 4 && at > 0 {
                continue;
            }
            continue;
        };
        let year = code.len() == 4 && (code.starts_with("19") || code.starts_with("20")) && named_country.is_none();
        let start = if spaced.is_some() { words.first()?.start } else { word.start };
        let head_words = if spaced.is_some() { 0 } else { at };
        let head = head_words > 0 && {
            let last = words.get(head_words - 1)?;
            let text_has_number =
                last.text.starts_with(|c: char| c.is_ascii_digit()) || matches!(last.text, "-" | "–" | "," | "/");
            text_has_number
                || words
                    .iter()
                    .take(head_words)
                    .any(|word| sense(&fold(word.text.trim_end_matches('.'))).has(Sense::STREET))
        };
        if head_words > 0 && !head {
            continue;
        }
        if year && head_words == 0 && country.is_none() && !needs_street {
            continue;
        }
        return Some(Town {
            start,
            end,
            bare: word.end - code.len(),
            country: country.or(named_country),
            needs_street: needs_street && !head,
            head,
            town_before: false,
        });
    }
    None
}

fn pattern_with(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(have, want)| if want == b'-' { have == b'-' } else { have.is_ascii_digit() })
}

/// Where the town's name ends, from word `at` on.
fn town_words(words: &[Word<'_>], at: usize) -> Option<usize> {
    const STREETS: &[&str] = &[
        "street",
        "st",
        "avenue",
        "ave",
        "road",
        "rd",
        "drive",
        "dr",
        "lane",
        "ln",
        "boulevard",
        "blvd",
        "way",
        "court",
        "parkway",
        "highway",
        "plaza",
        "square",
        "row",
        "circle",
        "suite",
        "floor",
        "loop",
        "pike",
        "rue",
        "via",
        "calle",
        "rua",
        "avenida",
    ];
    let first = words.get(at)?;
    let label = sense(&fold(first.text.trim_end_matches(['.', ':'])));
    if label.has(Sense::LABEL) && !label.has(Sense::LABEL_WEAK) {
        return None;
    }
    if !first.text.starts_with(|c: char| c.is_uppercase() || c == '\'')
        || first.text.chars().filter(|c| c.is_alphabetic()).count() < 2
    {
        return None;
    }
    let mut end = None;
    for (index, word) in words.iter().enumerate().skip(at).take(6) {
        let bare = word.text.trim_end_matches([',', '.', ';', ')']);
        let key = fold(bare);
        if STREETS.contains(&&*key) {
            return None;
        }
        let small = matches!(
            &*key,
            "am" | "an"
                | "der"
                | "bei"
                | "im"
                | "in"
                | "ob"
                | "vor"
                | "a"
                | "b"
                | "d"
                | "i"
                | "le"
                | "la"
                | "sur"
                | "sous"
                | "de"
                | "du"
                | "den"
                | "aan"
                | "del"
                | "en"
                | "v"
                | "cedex"
                | "do"
                | "da"
        );
        let digits = bare.chars().all(|c| c.is_ascii_digit());
        if sense(&key).has(Sense::LABEL) && index > at && !sense(&key).has(Sense::LABEL_WEAK) {
            break;
        }
        if !(starts_upper(bare)
            || small
            || word.text.starts_with('(')
            || word.text.starts_with("d'")
            || (digits && index > at && bare.len() <= 2))
        {
            break;
        }
        if is_legal_form(&bare.replace('.', "")) && bare.len() > 2 {
            return None;
        }
        end = Some(word.start + bare.len() + usize::from(word.text.starts_with('(') && word.text.ends_with(')')));
    }
    end
}

fn country(prefix: &str) -> Option<Country> {
    Some(match prefix {
        "D" | "DE" => Country::De,
        "A" | "AT" => Country::At,
        "CH" => Country::Ch,
        "F" | "FR" => Country::Fr,
        "I" | "IT" => Country::It,
        "E" | "ES" => Country::Es,
        "NL" => Country::Nl,
        "PL" => Country::Pl,
        "P" | "PT" => Country::Pt,
        "B" | "BE" | "L" | "LU" | "DK" | "S" | "SE" | "N" | "NO" | "FI" | "CZ" | "LI" | "FL" => Country::Other,
        _ => return None,
    })
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn starts_upper(text: &str) -> bool {
    text.trim_start_matches(['(', '\'']).chars().next().is_some_and(char::is_uppercase)
}

/// A town standing alone: capitalised words, no digits.
fn is_town(text: &str) -> bool {
    let words = split(text, 0);
    !words.is_empty()
        && words.len() <= 4
        && !text.contains(['@', ':', '\u{1}'])
        && words.iter().all(|word| {
            let letters = word.text.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\''));
            let meaning = sense(&fold(word.text.trim_end_matches('.')));
            letters
                && (starts_upper(word.text) || meaning.has(Sense::PARTICLE) || meaning.has(Sense::SMALL))
                && !meaning.has(Sense::TITLE)
                && !is_legal_form(&word.text.replace('.', ""))
        })
}

/// A street with its number, a post-office box, a floor.
pub(crate) fn is_street(text: &str, english: bool) -> bool {
    let text = text.trim();
    if text.len() > 70 || text.contains(['@', ':', '\u{1}', '?', '!']) {
        return false;
    }
    let words = split(text, 0);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters < 2 || words.len() > 9 {
        return false;
    }
    let mut street = false;
    let mut title = false;
    let mut unit = false;
    for word in &words {
        let bare = word.text.trim_matches([',', '.', '(', ')', '#']);
        let meaning = sense(&fold(bare));
        street |= meaning.has(Sense::STREET);
        if bare.len() > 2 && is_legal_form(&bare.replace('.', "")) {
            return false;
        }
        unit |= meaning.has(Sense::DEPARTMENT_HEAD) && !meaning.has(Sense::STREET);
        if meaning.has(Sense::LABEL) && !meaning.has(Sense::LABEL_WEAK) && !meaning.has(Sense::STREET) && !english {
            return false;
        }
        title |= meaning.has(Sense::TITLE) && !meaning.has(Sense::STREET);
    }
    // "Klassenlehrerin 4b" ends like a street; "School Lane" is one.
    if (title || unit) && !street {
        return false;
    }
    let number = |word: &str| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let rest = word.get(digits..).unwrap_or_default();
        digits > 0
            && digits <= 5
            && (rest.is_empty()
                || rest.chars().count() == 1 && rest.chars().all(char::is_alphabetic)
                || rest.starts_with(['-', '/', '\u{2013}']) && rest.len() <= 6)
    };
    let first = words.first().map(|word| word.text.trim_matches(',')).unwrap_or_default();
    let last = words.last().map(|word| word.text).unwrap_or_default();
    let penultimate = words.len().checked_sub(2).and_then(|at| words.get(at)).map(|word| word.text).unwrap_or_default();
    let ends =
        number(last) || (last.chars().count() == 1 && number(penultimate)) || (number(penultimate) && all_digits(last));
    let starts = number(first) || (english && first.starts_with(|c: char| c.is_ascii_digit()));
    let any_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    // "Im Winkel 3", "12 rue de l'Église", "4100 Harbor Commerce Dr", "Suite 250", "Postfach 12 34", "Am Markt".
    let proper = starts_upper(first) || starts || street;
    if english {
        return (street && (any_digit || starts_upper(first))) || (starts && words.len() >= 2);
    }
    proper
        && words.len() <= 7
        && ((ends && (words.len() >= 2)) || (starts && words.len() >= 2) || (street && any_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines, cut at commas and bars as a block is.
    fn addresses(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let mut pieces = Vec::new();
        for (line, text) in lines.iter().enumerate() {
            let mut start = 0;
            for part in text.split_inclusive([',', '|', '·']) {
                let inner = part.trim_end_matches([',', '|', '·']);
                let lead = inner.len() - inner.trim_start().len();
                if !inner.trim().is_empty() {
                    pieces.push(Piece { line, start: start + lead, end: start + lead + inner.trim().len() });
                }
                start += part.len();
            }
        }
        find(&lines, &pieces, &["netloft".to_owned()])
            .into_iter()
            .map(|postal| postal.value)
            .collect::<Vec<_>>()
            .join(" + ")
    }

    #[test]
    fn forms_of_many_countries() {
        for (text, value) in [
            ("Am Steinbruch 3\n31848 Bad Münder", "Am Steinbruch 3, 31848 Bad Münder"),
            ("Musterstr. 12a | D-20354 Hamburg", "Musterstr. 12a, 20354 Hamburg"),
            ("Postfach 12 34, 80331 München", "Postfach 12 34, 80331 München"),
            ("A-5020 Salzburg, Glaswerkweg 6", "Glaswerkweg 6, 5020 Salzburg"),
            ("Uferstrasse 18, CH-4500 Solothurn", "Uferstrasse 18, 4500 Solothurn"),
            ("Seestrasse 9\n8002 Zürich", "Seestrasse 9, 8002 Zürich"),
            ("7 Ropewalk Quay, Southampton SO14 3QQ", "7 Ropewalk Quay, Southampton SO14 3QQ"),
            ("22 Cloth Yard | London EC1A 7ZZ", "22 Cloth Yard, London EC1A 7ZZ"),
            ("4100 Harbor Dr, Suite 250\nToledo, OH 43604", "4100 Harbor Dr, Suite 250, Toledo, OH 43604"),
            ("680 Fifth Avenue\n8th Floor\nNew York, NY 10019", "680 Fifth Avenue, 8th Floor, New York, NY 10019"),
            ("The Old Net Loft, Quay Street, Whitmouth NR99 1AA", "The Old Net Loft, Quay Street, Whitmouth NR99 1AA"),
            ("Muster Primary School, School Lane, Whitmouth NR99 1AA", "School Lane, Whitmouth NR99 1AA"),
            ("12 Harcourt Yard, Dublin 2", "12 Harcourt Yard, Dublin 2"),
            ("Level 5, 100 Kent Street\nSydney NSW 2000", "Level 5, 100 Kent Street, Sydney NSW 2000"),
            ("12 rue des Lilas, 75011 Paris", "12 rue des Lilas, 75011 Paris"),
            ("Via Garibaldi 8\n20121 Milano", "Via Garibaldi 8, 20121 Milano"),
            ("Calle Mayor 5, 28013 Madrid", "Calle Mayor 5, 28013 Madrid"),
            ("Boompjeskade 41, 3011 XX Rotterdam", "Boompjeskade 41, 3011 XX Rotterdam"),
            ("ul. Długa 7\n80-831 Gdańsk", "ul. Długa 7, 80-831 Gdańsk"),
            ("Rua Augusta 20, 1100-053 Lisboa", "Rua Augusta 20, 1100-053 Lisboa"),
            ("Hafenstraße 210 31785 Hameln", "Hafenstraße 210, 31785 Hameln"),
        ] {
            assert_eq!(addresses(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "Verein von 1911 Muster",
            "1400 Smith Street",
            "HRB 20555 Hannover GmbH",
            "Vorwahl 05151 oder",
            "Messe 2025 Halle",
            "Order 43604 shipped",
            "Tel 0117 496 0550 Fax 0117 496 0551",
            "Dublin 2",
        ] {
            assert_eq!(addresses(text), "", "{text}");
        }
    }
}
