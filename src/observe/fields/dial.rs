//! Decides which number digits are: the numbering plans of the countries, and what is done where nobody says a country.
//!
//! Digits without prefix mean something only where they are dialled. A message often shows the country (an
//! international number beside them, an address, a domain); where it does not, the number stays *local* until the
//! whole mailbox is known: its digits, and the country that the language of the message speaks for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

use crate::observe::{Phone, PhoneKind};

/// A country of the telephone's world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(pub(super) Region);

impl Country {
    /// By its two letters (`AT`).
    pub fn parse(letters: &str) -> Option<Self> {
        let letters = letters.trim().to_ascii_uppercase();
        if letters.len() != 2 {
            return None;
        }
        // What people write for the United Kingdom.
        let letters = if letters == "UK" { "GB" } else { letters.as_str() };
        Region::try_from(letters).ok().map(Self)
    }

    /// By a domain that is given out to one country (`firm.at`).
    pub fn of_domain(domain: &str) -> Option<Self> {
        super::region::by_domain(domain).map(Self)
    }

    /// The country that most of these numbers are of. Local ones say nothing.
    pub fn of_most<'a>(numbers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut counts: BTreeMap<&'static str, (u32, Region)> = BTreeMap::new();
        for digits in numbers.into_iter().filter_map(|number| number.strip_prefix('+')) {
            if let Some((code, region)) = super::region::by_code(digits) {
                counts.entry(code).or_insert((0, region)).0 += 1;
            }
        }
        // Of two with as many numbers the first in the order of the codes.
        counts.into_values().rev().max_by_key(|(count, _)| *count).map(|(_, region)| Self(region))
    }
}

impl Phone {
    /// Whether only the digits are known, and not the country where they are dialled.
    pub fn is_local(&self) -> bool {
        !self.number.starts_with('+')
    }

    /// The number in E.164 with the mailbox's country to go by; as it is where it has its own, or fits nowhere.
    ///
    /// The country decides among those that speak the language of the message; another language outweighs it.
    #[must_use]
    pub fn settled(&self, country: Option<Country>) -> Self {
        if !self.is_local() {
            return self.clone();
        }
        let (digits, guess) = self.number.split_once(';').unwrap_or((&self.number, ""));
        let from_message = self.number.contains(';');
        let guess = Region::try_from(guess).ok();
        let country = country.map(|country| country.0);
        let order = match (country, guess) {
            (Some(country), Some(guess)) if !speaks(country, guess) => [Some(guess), Some(country)],
            _ => [country, guess],
        };
        let read = |region: Region| {
            national(region, digits, true)
                .then(|| possible(digits, Some(region)))
                .flatten()
                .map(|found| (region, found))
        };
        let likely: Vec<_> = order.into_iter().flatten().filter_map(read).collect();
        let usual: Vec<_> = [Region::DE, Region::US].into_iter().filter(|_| from_message).filter_map(read).collect();
        let own = likely.iter().find(|(region, _)| Some(*region) == country && order.first() == Some(&country));
        let valid = |list: &[(Region, Plan)]| list.iter().position(|(_, plan)| plan.assigned);
        let mobile = || likely.iter().find(|(_, plan)| plan.kind == PhoneNumberType::Mobile);
        let first = own
            .or_else(|| valid(&likely).and_then(|at| likely.get(at)))
            .or_else(mobile)
            .or_else(|| valid(&usual).and_then(|at| usual.get(at)))
            .or_else(|| likely.iter().chain(&usual).next());
        let Some((_, plan)) = first else { return Self { number: digits.to_owned(), kind: self.kind } };
        // An address book's labels were chosen for this very number; a message's stand there for the reader.
        let mobile = from_message && plan.kind == PhoneNumberType::Mobile && self.kind != PhoneKind::Fax;
        Self { number: plan.number.clone(), kind: if mobile { PhoneKind::Mobile } else { self.kind } }
    }
}

/// Whether two countries share a language, so that the language of a text does not tell them apart.
fn speaks(country: Region, language: Region) -> bool {
    const SHARED: &[&[Region]] = &[
        &[Region::DE, Region::AT, Region::CH, Region::LI, Region::LU, Region::IT],
        &[Region::GB, Region::IE, Region::US, Region::CA, Region::AU, Region::NZ, Region::IN, Region::ZA, Region::SG],
        &[Region::FR, Region::BE, Region::CH, Region::LU, Region::CA],
        &[Region::IT, Region::CH],
        &[Region::NL, Region::BE],
        &[Region::PT, Region::BR],
        &[Region::ES, Region::MX, Region::AR, Region::CL],
    ];
    country == language || SHARED.iter().any(|all| all.first() == Some(&language) && all.contains(&country))
}

/// A local number: its digits, and the country that the language of the message stands for.
pub(super) fn local(digits: &str, guess: Option<Region>) -> String {
    guess.map_or_else(|| format!("{digits};"), |region| format!("{digits};{region:?}"))
}

/// A number that is written down by itself (an entry of an address book); local without an international prefix.
///
/// `kind` is what its label says; without one the number's own range decides between mobile and work.
pub fn written(text: &str, kind: Option<PhoneKind>) -> Option<Phone> {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let text = text.split([';', '\n']).next().unwrap_or_default();
    let count = text.bytes().filter(u8::is_ascii_digit).count();
    if !(3..=20).contains(&count) {
        return None;
    }
    // `+49 (0)511 ...`: the zero is for callers at home.
    let text = text.replacen("(0)", "", usize::from(text.trim_start().starts_with(['+', '0'])));
    let text = text.strip_prefix("00").map_or(text.clone(), |rest| format!("+{rest}"));
    let international = text.starts_with('+').then(|| PHONE_NUMBER_UTIL.parse(&text, None).ok()).flatten();
    let Some(number) = international else {
        let digits = text.chars().filter(char::is_ascii_digit).collect();
        return Some(Phone { number: digits, kind: kind.unwrap_or(PhoneKind::Work) });
    };
    let own = PHONE_NUMBER_UTIL.get_number_type(&number);
    let guess = if own == PhoneNumberType::Mobile { PhoneKind::Mobile } else { PhoneKind::Work };
    let number = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    Some(Phone { number, kind: kind.unwrap_or(guess) })
}

/// What the plan of a country makes of digits.
#[derive(Clone)]
pub(super) struct Plan {
    /// E.164.
    pub(super) number: String,
    pub(super) kind: PhoneNumberType,
    /// Its range is given out; the fictitious ones of samples are not.
    pub(super) assigned: bool,
}

/// The number if its length is possible in the country (`None`: the digits begin with `+`).
pub(super) fn possible(digits: &str, region: Option<Region>) -> Option<Plan> {
    let number = dialled(digits, region)?;
    let assigned = number.is_valid();
    if !assigned && !matches!(number.is_possible_with_reason(), Ok(NumberLengthType::IsPossible)) {
        return None;
    }
    let kind = match if assigned { number.get_type() } else { PhoneNumberType::Unknown } {
        known @ (PhoneNumberType::FixedLine | PhoneNumberType::Mobile | PhoneNumberType::TollFree) => known,
        _ => guess(&number),
    };
    let number = format!("+{}{}", number.country_code, number.get_national_significant_number());
    Some(Plan { number, kind, assigned })
}

/// Digits as a number: its calling code, and what is dialled behind it.
///
/// The library's own parser reads any text, letters and extensions among it; here are digits alone.
fn dialled(digits: &str, region: Option<Region>) -> Option<PhoneNumber> {
    let (code, rest) = match digits.strip_prefix('+') {
        Some(digits) => calling_code(digits)?,
        None => (PHONE_NUMBER_UTIL.get_country_code_for_region(region?)?, digits),
    };
    // What is dialled at home before the area code.
    let rest = match code {
        1 if rest.len() == 11 => rest.strip_prefix('1').unwrap_or(rest),
        36 => rest.strip_prefix("06").unwrap_or(rest),
        7 if rest.len() == 11 => rest.strip_prefix('8').unwrap_or(rest),
        // Their numbers begin with the area code; Italy's with its zero.
        1 | 7 | 30 | 34 | 39 | 45 | 47 | 48 | 225 | 241 | 242 | 351 | 352 | 378 | 420 => rest,
        _ => rest.strip_prefix('0').unwrap_or(rest),
    };
    let zeros = rest.bytes().take_while(|byte| *byte == b'0').count();
    if !(3..=17).contains(&rest.len()) || zeros == rest.len() {
        return None;
    }
    Some(PhoneNumber {
        country_code: code,
        national_number: rest.parse().ok()?,
        italian_leading_zero: (zeros > 0).then_some(true),
        number_of_leading_zeros: (zeros > 1).then(|| i32::try_from(zeros).unwrap_or(1)),
        ..PhoneNumber::default()
    })
}

/// Calling codes of two digits; all but these, 1 and 7 have three.
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];

/// The calling code at the start of an international number, and what follows (ITU-T E.164, annex D).
fn calling_code(digits: &str) -> Option<(i32, &str)> {
    let two = digits.get(..2)?;
    let length = match two.as_bytes() {
        [b'1' | b'7', _] => 1,
        _ if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    };
    Some((digits.get(..length)?.parse().ok()?, digits.get(length..)?))
}

/// Whether digits are written as a number of this country is, without its prefix. `sure`: by a label or its groups.
pub(super) fn national(region: Region, digits: &str, sure: bool) -> bool {
    let n = digits.len();
    match region {
        Region::US | Region::CA => {
            let ten = match digits.strip_prefix('1') {
                Some(rest) if n == 11 => rest,
                _ => digits,
            };
            ten.len() == 10 && !ten.starts_with(['0', '1']) && sure
        }
        Region::ES | Region::PL | Region::PT | Region::CZ | Region::GR => n == 9 && !digits.starts_with('0') && sure,
        Region::DK | Region::NO => n == 8 && !digits.starts_with('0') && sure,
        Region::LU => (6..=9).contains(&n) && sure,
        Region::IN => n == 10 && sure || digits.starts_with('0'),
        Region::IT => (digits.starts_with('0') || (digits.starts_with('3') && n == 10)) && (7..=11).contains(&n),
        _ => digits.starts_with('0') && !digits.starts_with("00") && (7..=15).contains(&n) && (sure || n >= 8),
    }
}

/// Mobile prefixes of the plans that fictitious numbers break: 015, 016, 017 in Germany, 07 in the United Kingdom ...
fn guess(number: &PhoneNumber) -> PhoneNumberType {
    static MOBILE: LazyLock<Vec<(u32, &'static str)>> = LazyLock::new(|| {
        vec![
            (49, "15"),
            (49, "16"),
            (49, "17"),
            (44, "7"),
            (43, "6"),
            (41, "7"),
            (33, "6"),
            (33, "7"),
            (31, "6"),
            (39, "3"),
            (34, "6"),
            (34, "7"),
            (32, "4"),
            (351, "9"),
            (353, "8"),
            (48, "5"),
            (48, "6"),
            (48, "7"),
            (46, "7"),
            (358, "4"),
            (358, "5"),
            (61, "4"),
        ]
    });
    let national = number.get_national_significant_number();
    let country = u32::try_from(number.country_code).unwrap_or_default();
    // Salzburg is 662: Austria's mobile prefixes are 650 and above without the cities between.
    let landline = country == 43 && national.starts_with('6') && !is_austrian_mobile(&national);
    let mobile = MOBILE.iter().any(|(code, prefix)| *code == country && national.starts_with(prefix));
    if mobile && !landline { PhoneNumberType::Mobile } else { PhoneNumberType::Unknown }
}

fn is_austrian_mobile(national: &str) -> bool {
    [
        "650", "651", "652", "653", "655", "657", "659", "660", "661", "663", "664", "665", "666", "667", "668", "669",
        "67", "68", "69",
    ]
    .iter()
    .any(|prefix| national.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(number: &str, country: &str) -> String {
        let phone = Phone { number: number.to_owned(), kind: PhoneKind::Work };
        let phone = phone.settled(Country::parse(country));
        format!("{} {:?}", phone.number, phone.kind)
    }

    #[test]
    fn the_mailbox_decides_where_the_message_does_not() {
        for (number, country, want) in [
            ("07613555011;DE", "AT", "+437613555011 Work"),
            ("07613555011;DE", "", "+497613555011 Work"),
            ("06605550171;", "AT", "+436605550171 Mobile"),
            ("07700900833;", "GB", "+447700900833 Mobile"),
            ("01632960831;", "GB", "+441632960831 Work"),
            ("6175550143;GB", "GB", "+16175550143 Work"),
            // The language outweighs a country where it is not spoken.
            ("01614960390;GB", "DE", "+441614960390 Work"),
            ("0511555020;DE", "GB", "+49511555020 Work"),
            // An entry of an address book without any country keeps its digits.
            ("0511555020", "", "0511555020 Work"),
            ("0511555020", "DE", "+49511555020 Work"),
            ("110", "DE", "110 Work"),
            ("+43512555010", "DE", "+43512555010 Work"),
        ] {
            assert_eq!(settled(number, country), want, "{number} in {country}");
        }
    }

    #[test]
    fn a_mailboxs_country_is_that_of_most_of_its_numbers() {
        let of = |all: &[&str]| Country::of_most(all.iter().copied());
        assert_eq!(
            of(&["+43512555010", "+43664555010", "+49511555020", "0511555020", "05115550;DE"]),
            Country::parse("at")
        );
        assert_eq!(of(&["+49511555020", "+43512555010"]), of(&["+43512555010", "+49511555020"]));
        assert_eq!(of(&["0511555020"]), None);
        assert_eq!(Country::parse("uk"), Country::parse("GB"));
        assert_eq!(Country::parse("Austria"), None);
    }

    #[test]
    fn digits_are_dialled_as_the_library_reads_them() {
        for (digits, region) in [
            ("+49511555020", None),
            ("+490511555020", None),
            ("+4315550123", None),
            ("+436645550123", None),
            ("+41315550143", None),
            ("+442079460018", None),
            ("+12075550143", None),
            ("+33155500123", None),
            ("+390471555018", None),
            ("+393485550118", None),
            ("+34915550123", None),
            ("+31105550123", None),
            ("+48585550123", None),
            ("+351215550123", None),
            ("+353155501 31", None),
            ("+4533555012", None),
            ("+358405550123", None),
            ("+420255501234", None),
            ("+3615550123", None),
            ("+61255500142", None),
            ("+79165550123", None),
            ("0511555020", Some(Region::DE)),
            ("01715550123", Some(Region::DE)),
            ("06645550123", Some(Region::AT)),
            ("0315550143", Some(Region::CH)),
            ("02079460018", Some(Region::GB)),
            ("07700900123", Some(Region::GB)),
            ("2075550143", Some(Region::US)),
            ("12075550143", Some(Region::US)),
            ("0155500123", Some(Region::FR)),
            ("0471555018", Some(Region::IT)),
            ("915550123", Some(Region::ES)),
            ("0105550123", Some(Region::NL)),
            ("585550123", Some(Region::PL)),
            ("215550123", Some(Region::PT)),
            ("015550131", Some(Region::IE)),
            ("33555012", Some(Region::DK)),
            ("0405550123", Some(Region::FI)),
            ("06 1 5550123", Some(Region::HU)),
        ] {
            let digits: String = digits.chars().filter(|c| *c != ' ').collect();
            let read = PHONE_NUMBER_UTIL.parse(&digits, region).unwrap();
            let own = dialled(&digits, region).unwrap();
            let (own, read) = (own.format_as(PhoneNumberFormat::E164), read.format_as(PhoneNumberFormat::E164));
            assert_eq!(own, read, "{digits} {region:?}");
        }
    }

    #[test]
    fn written_by_itself() {
        let read = |text: &str| written(text, None).map(|phone| format!("{} {:?}", phone.number, phone.kind));
        assert_eq!(read("tel:+49-171-5550123").as_deref(), Some("+491715550123 Mobile"));
        assert_eq!(read("+49 (0)511 5550-10").as_deref(), Some("+49511555010 Work"));
        assert_eq!(read("0043 512 555010").as_deref(), Some("+43512555010 Work"));
        assert_eq!(read("0511 555020").as_deref(), Some("0511555020 Work"));
        assert_eq!(read("none"), None);
    }
}
