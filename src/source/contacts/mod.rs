//! Decides what an address book says: who stands in it, with which fields, in every format that programs export.
//!
//! An entry that cannot be read is a problem and costs itself alone. A file that is no address book is an error.

mod vcard;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use encoding_rs::Encoding;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use super::SourceError;
use crate::message::{Folder, FolderKind, Locator, Problem, ProblemKind};
use crate::observe::{Card, Phone, PhoneKind};

/// Bytes of an address book that are read.
const LIMIT: u64 = 256 << 20;

/// An entry of an address book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub card: Card,
    /// Categories, labels and groups, as the owner named them.
    pub categories: Vec<String>,
    pub nicknames: Vec<String>,
    /// The entry holds a birthday; the day itself is not kept.
    pub birthday: bool,
}

/// An address book, read.
#[derive(Debug, Default)]
pub struct AddressBook {
    pub contacts: Vec<Contact>,
    pub problems: Vec<Problem>,
}

/// Reads an address book. `country` (`DE`) is where a number without prefix is dialled.
///
/// # Errors
/// If the file cannot be read, or is no address book.
pub fn open(path: &Path, country: Option<&str>) -> Result<AddressBook, SourceError> {
    let shown = || path.display().to_string();
    let unreadable = |cause| SourceError::Unreadable { path: shown(), cause };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes)).map_err(unreadable)?;
    read(&bytes, country).ok_or_else(|| SourceError::NotContacts { path: shown() })
}

/// Reads an address book of any known format; `None` if it is of none.
pub fn read(bytes: &[u8], country: Option<&str>) -> Option<AddressBook> {
    let text = decode(bytes);
    let mut shelf = Shelf { book: AddressBook::default(), read: 0, phones: Phones::new(country) };
    let start = text.trim_start();
    let is_vcard = start.get(..11).is_some_and(|begin| begin.eq_ignore_ascii_case("BEGIN:VCARD"));
    if is_vcard {
        vcard::read(&text, &mut shelf);
    } else {
        return None;
    }
    Some(shelf.book)
}

/// A file's text: with its byte order mark, in UTF-8, or as Windows wrote it in the west.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// Where entries go as they are read.
struct Shelf {
    book: AddressBook,
    read: u64,
    phones: Phones,
}

impl Shelf {
    /// Takes an entry, or counts it as broken if there is nothing in it that anybody could use.
    fn put(&mut self, contact: Contact) {
        let Card { names, emails, phones, organisations, .. } = &contact.card;
        if names.is_empty() && emails.is_empty() && phones.is_empty() && organisations.is_empty() {
            self.broken();
        } else {
            self.read += 1;
            self.book.contacts.push(contact);
        }
    }

    fn broken(&mut self) {
        self.read += 1;
        let folder = Folder { alias: "contacts".into(), name: String::new(), kind: FolderKind::Other };
        let at = Locator { folder: Arc::new(folder), number: self.read };
        self.book.problems.push(Problem { at, what: ProblemKind::Contact });
    }
}

/// Numbers in one spelling.
struct Phones {
    region: Option<Region>,
}

impl Phones {
    fn new(country: Option<&str>) -> Self {
        Self { region: country.and_then(|country| Region::try_from(country.to_ascii_uppercase().as_str()).ok()) }
    }

    /// A number in E.164; its digits alone if nobody says in which country they are dialled. `kind` is what its
    /// label says; without one the number's own range decides between mobile and work.
    fn read(&self, text: &str, kind: Option<PhoneKind>) -> Option<Phone> {
        let text = text.trim();
        let text = text.strip_prefix("tel:").unwrap_or(text);
        let text = text.split([';', '\n']).next().unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < 3 || digits.len() > 20 {
            return None;
        }
        // `+49 (0)511 ...`: the zero is for callers at home.
        let text = text.replacen("(0)", "", usize::from(text.trim_start().starts_with(['+', '0'])));
        let text = text.strip_prefix("00").map_or(text.clone(), |rest| format!("+{rest}"));
        let parsed = PHONE_NUMBER_UTIL.parse(&text, self.region).ok();
        let own = parsed.as_ref().map(|number| PHONE_NUMBER_UTIL.get_number_type(number));
        let guess = if matches!(own, Some(PhoneNumberType::Mobile)) { PhoneKind::Mobile } else { PhoneKind::Work };
        let number = match parsed {
            Some(number) => PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned(),
            None => digits,
        };
        Some(Phone { number, kind: kind.unwrap_or(guess) })
    }
}

/// Adds what is not empty and not there yet.
fn add(list: &mut Vec<String>, text: &str) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !text.is_empty() && !list.contains(&text) {
        list.push(text);
    }
}

fn add_email(card: &mut Card, text: &str) {
    for address in crate::message::addresses_in(text) {
        if !card.emails.contains(&address) {
            card.emails.push(address);
        }
    }
}

fn add_phone(card: &mut Card, phone: Option<Phone>) {
    card.phones.extend(phone.filter(|phone| !card.phones.iter().any(|known| known.number == phone.number)));
}

/// `street, code city, country`, of what is there.
fn postal(street: &str, code: &str, city: &str, region: &str, country: &str) -> String {
    let town = format!("{} {}", code.trim(), city.trim());
    let lines = [street, &town, region, country].map(str::trim);
    lines.iter().filter(|line| !line.is_empty()).copied().collect::<Vec<_>>().join(", ")
}
